package provision_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// A platform whose phones take every look-up keeps no other one's waiting: the next that is
// free is for those, in whatever order they came.
func TestOnePlatformTakesHalfWhileOthersWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const flood, others = 80, 4
	s := &slow{Store: w.store, asked: make(chan struct{}, flood+others), free: make(chan struct{})}
	var paths []string
	for i := range flood + others {
		text, account := fmt.Sprintf("0004130000%02X", i), "one"
		if i >= flood {
			account = "three"
		}
		m := w.phone(account, text, ztp.EndpointListed)
		paths = append(paths, w.ownPath(account, w.own(account, m), text))
		w.confirm(m, ownTemplate)
	}
	w.cfg.Store = s
	w.serve()
	var work sync.WaitGroup
	served := make(chan string, flood+others)
	begin := func(path, whose string) {
		req := w.request(http.MethodGet, path)
		work.Go(func() {
			rec := httptest.NewRecorder()
			if w.handler.ServeHTTP(rec, req); rec.Code == http.StatusOK {
				served <- whose
			}
		})
	}
	for _, path := range paths[:flood] {
		begin(path, "acme")
	}
	for range 64 { // which the flood has all of
		<-s.asked
	}
	w.handler.AwaitTurns(flood - 64)
	for _, path := range paths[flood:] {
		begin(path, "other")
	}
	w.handler.AwaitTurns(flood - 64 + others)
	for range others {
		s.free <- struct{}{} // one look-up ends
		<-s.asked            // and another begins
	}
	if held := w.handler.Held(string(w.platforms["other"].ID)); held != others {
		t.Errorf("the other platform has %d of %d look-ups", held, others)
	}
	close(s.free)
	work.Wait()
	if n := len(served); n != flood+others {
		t.Errorf("%d of %d phones were served", n, flood+others)
	}
}

// Whoever gives up while waiting takes no turn.
func TestTurnThatIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 64 {
		w.must(w.handler.Take(ctx, fmt.Sprint(i)))
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := w.handler.Take(gone, "x"); err == nil {
		t.Error("there is a slot too many")
	}
	w.handler.Give("0")
	w.must(w.handler.Take(ctx, "y"))
	if n := w.handler.Held("x"); n != 0 {
		t.Errorf("it has %d", n)
	}
}

// A phone in service that asks over and over is told to come later, by which nobody else is
// kept from anything; a minute later it is served again.
func TestPhoneInALoop(t *testing.T) {
	t.Parallel()
	w, h, other := settled(t)
	w.now = w.now.Add(time.Minute)
	count := func() (served, later int) {
		for range 70 {
			switch r := h.ask(""); r.StatusCode {
			case http.StatusOK:
				served++
			case http.StatusServiceUnavailable:
				if later++; r.Header.Get("Retry-After") == "" {
					t.Error("it is not told when")
				}
			}
		}
		return served, later
	}
	for range 3 {
		if served, later := count(); served != 60 || later != 10 {
			t.Errorf("served %d times, told to come later %d times", served, later)
		}
		w.now = w.now.Add(time.Minute)
	}
	count()
	if r := w.get(other); r.StatusCode != http.StatusOK {
		t.Errorf("another phone: status %d", r.StatusCode)
	}
	if r := w.get(w.ownPath("one", ztp.NewToken(), "s/"+mac)); r.StatusCode != http.StatusNotFound {
		t.Errorf("the same with a wrong token: status %d", r.StatusCode)
	}
}

// Somebody who has nothing but its URL uses up nothing of what a phone has.
func TestLoopOfSomebodyElse(t *testing.T) {
	t.Parallel()
	w, h, _ := settled(t)
	first, from := h.path, h.from
	for range 100 {
		w.from = "198.51.100.9"
		w.get(first)
	}
	h.from = from
	if r := h.ask(""); r.StatusCode != http.StatusOK {
		t.Errorf("the phone itself: status %d", r.StatusCode)
	}
}

// A phone that has nothing yet may ask as often as it likes.
func TestWaitingPhoneInALoop(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	w.now = w.now.Add(100 * 24 * time.Hour)
	for range 100 {
		if r := w.get(phone.path); r.StatusCode != http.StatusOK {
			t.Fatalf("status %d", r.StatusCode)
		}
	}
}

func TestPaceTakesNoMemory(t *testing.T) {
	w := newWorld(t)
	m := mustMAC(t, mac)
	if n := testing.AllocsPerRun(1000, func() { w.handler.Over(m, noon) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
