package provision_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/ztp"
)

// slow lets nobody have a phone's row until it is told to.
type slow struct {
	provision.Store
	asked chan struct{}
	free  chan struct{}
}

func (s *slow) EndpointByMAC(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error) {
	s.asked <- struct{}{}
	<-s.free
	return s.Store.EndpointByMAC(ctx, mac)
}

// While the database has enough to do, phones that have their settings are told to come
// back, and those that have nothing yet are served.
func TestPhonesWithoutSettingsAreNeverShed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const phones = 49
	paths := make([]string, phones)
	for i := range paths {
		text := fmt.Sprintf("0004130000%02X", i)
		m := w.phone("one", text, ztp.EndpointListed)
		paths[i] = w.ownPath("one", w.own("one", m), text)
		w.confirm(m, ownTemplate)
	}
	s := &slow{Store: w.store, asked: make(chan struct{}, phones), free: make(chan struct{})}
	w.cfg.Store = s
	w.serve()
	answers := make([]*httptest.ResponseRecorder, phones)
	var work sync.WaitGroup
	begin := func(i int) {
		answers[i] = httptest.NewRecorder()
		req := w.request(http.MethodGet, paths[i])
		work.Go(func() { w.handler.ServeHTTP(answers[i], req) })
		<-s.asked
	}
	for i := range phones - 1 {
		begin(i)
	}
	last := paths[phones-1]
	settled := strings.Replace(last, "/00041300", "/s/00041300", 1)
	if r := w.get(settled); r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" {
		t.Errorf("a phone with settings: status %d", r.StatusCode)
	}
	begin(phones - 1)
	close(s.free)
	work.Wait()
	for i, r := range answers {
		if r.Code != http.StatusOK {
			t.Errorf("phone %d, which has nothing yet: status %d", i, r.Code)
		}
	}
	if r := w.get(settled); r.StatusCode == http.StatusServiceUnavailable {
		t.Error("the phone with settings is told to come back for ever")
	}
}

// What is in memory has a bound: some of what is too much for it are read again.
func TestMemoryHasABound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &counting{Store: w.store}
	w.cfg.Store = s
	w.serve()
	w.handler.Bound(5000)
	paths := make([]string, 6)
	for i := range paths {
		text := fmt.Sprintf("0004130000%02X", i)
		m := w.phone("one", text, ztp.EndpointListed)
		paths[i] = w.ownPath("one", w.own("one", m), text)
		for range 2 {
			w.get(paths[i])
		}
	}
	if n, _, _ := w.handler.Remembered(); n < 1 || n > 3 {
		t.Errorf("%d phones in 5000 bytes", n)
	}
	s.asked = nil
	w.get(paths[5])
	if len(s.asked) > 0 {
		t.Errorf("the last one is looked up: %v", s.asked)
	}
}

// Phones that come round in turn, half as many again as there is room for: many are in memory
// still when their turn comes. Those that came longest ago would never be.
func TestMemoryOfPhonesThatComeInTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := &counting{Store: w.store}
	w.cfg.Store = s
	w.serve()
	const phones, rounds = 30, 4
	paths := make([]string, phones)
	for i := range paths {
		text := fmt.Sprintf("0004130000%02X", i)
		m := w.phone("one", text, ztp.EndpointListed)
		paths[i] = w.ownPath("one", w.own("one", m), text)
		w.get(paths[i])
	}
	w.get(paths[0])
	w.handler.Bound(w.handler.Size() * phones * 2 / 3)
	found := 0
	for range rounds {
		for _, path := range paths {
			s.asked = nil
			if w.get(path); len(s.asked) == 0 {
				found++
			}
		}
	}
	if found < phones*rounds/5 {
		t.Errorf("%d of %d were in memory", found, phones*rounds)
	}
}
