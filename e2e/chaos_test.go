package e2e_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// TestChaos kills, stops and freezes servers at random while others press buttons,
// behind a proxy that loses, delays, truncates and replays the vendor's answers: three
// replicas on PostgreSQL, one server on SQLite. Then nothing breaks any more, and
// everything has to come to an end and to be true.
//
// ZEROTOUCH_TEST_CHAOS is how long it is chaos, such as 2h; ZEROTOUCH_TEST_SEED
// repeats a run as far as a run can be repeated.
func TestChaos(t *testing.T) {
	if !full {
		t.Skip("takes two minutes: set ZEROTOUCH_TEST_FULL=1")
	}
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("ZEROTOUCH_TEST_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	long := 20 * time.Second
	if text := os.Getenv("ZEROTOUCH_TEST_CHAOS"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	for _, engine := range []string{"PostgreSQL", "SQLite"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			t.Logf("again: ZEROTOUCH_TEST_FULL=1 ZEROTOUCH_TEST_CHAOS=%s ZEROTOUCH_TEST_SEED=%d go test -count=1 -v -run 'TestChaos/%s' ./e2e", long, seed, engine)
			sim, proxy, s := newSnomHere(t, srapssim.Options{Latency: 2 * time.Millisecond})
			m := &mayhem{t: t, rnd: rand.New(rand.NewPCG(seed, 99))} //nolint:gosec // no secret
			if engine == "SQLite" {
				m.all = []*installation{newInstallation(t, "", s.base)}
			} else {
				dsn := pgtest.DSN(t)
				m.db = mustDB(t, "pgx", dsn)
				first := newInstallation(t, dsn, s.base)
				m.all = []*installation{first, first.beside(t), first.beside(t)}
			}
			m.all[0].seed(t, s)
			b := newBustle(t, sim, 12, m.all...)
			stop := b.press(t, seed)
			proxy.set(lossy(seed))
			for end := time.Now().Add(long); time.Now().Before(end); {
				m.one()
			}
			proxy.set(nil)
			stop()
			m.over()
			b.heal(t)
			b.compare(t)
			t.Logf("%d kills, %d stops, %d freezes", m.kills, m.stops, m.freezes)
			reportKills(t, "chaos", m.kills, engine)
		})
	}
}

// mayhem ends servers.
type mayhem struct {
	t                     *testing.T
	rnd                   *rand.Rand
	all                   []*installation
	db                    *sql.DB // of PostgreSQL
	kills, stops, freezes int
}

// one does one thing to one server after a moment.
func (m *mayhem) one() {
	m.t.Helper()
	m.wait(400)
	in := m.all[m.rnd.IntN(len(m.all))]
	switch n := m.rnd.IntN(10); {
	case n < 7:
		m.kills++
		in.kill(m.t)
		m.wait(100)
		in.start(m.t)
	case n < 8:
		m.stops++
		in.server.signal(m.t, syscall.SIGTERM)
		in.start(m.t)
	default:
		m.freezes++
		_ = in.server.cmd.Process.Signal(syscall.SIGSTOP)
		m.wait(1500)
		_ = in.server.cmd.Process.Signal(syscall.SIGCONT)
	}
}

// wait lets some of so many milliseconds pass.
func (m *mayhem) wait(ms int) {
	select {
	case <-time.After(time.Duration(m.rnd.IntN(ms)) * time.Millisecond):
	case <-m.t.Context().Done():
	}
}

// over has every server killed once more and started again, so that what belongs to
// dead ones can be taken up without waiting for leases.
func (m *mayhem) over() {
	m.t.Helper()
	for _, in := range m.all {
		in.kill(m.t)
	}
	if m.db != nil {
		endLeases(m.t, m.db)
	}
	for _, in := range m.all {
		in.start(m.t)
	}
}

// lossy is a bad line to the vendor: it loses, delays, truncates and replays.
func lossy(seed uint64) plan {
	var mu sync.Mutex
	rnd := rand.New(rand.NewPCG(seed, 100)) //nolint:gosec // no secret
	draw := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return rnd.IntN(n)
	}
	last := map[string]*httptest.ResponseRecorder{} // answers to the same question before
	return func(r *http.Request, forward func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		// Of another key it is another question, as it is for any cache (RFC 9111, 3.5): the
		// refusal of a key that has ended, to a server that has been killed, would be the
		// answer to a write with the next one.
		id, _, _ := strings.Cut(r.Header.Get("Authorization"), ",")
		question := r.Method + " " + r.URL.Path + " " + id
		delay := func() { time.Sleep(time.Duration(draw(400)) * time.Millisecond) } // it is the line that is slow
		fate := draw(100)
		if fate < 5 {
			return nil // the request is lost
		}
		if fate < 12 {
			delay()
		}
		a := forward()
		mu.Lock()
		before := last[question]
		last[question] = a
		mu.Unlock()
		switch {
		case fate >= 12 && fate < 17:
			return nil // the answer is lost
		case fate >= 17 && fate < 22:
			return cutShort(a)
		case fate >= 22 && fate < 27 && before != nil:
			return before
		case fate >= 27 && fate < 31:
			delay()
		}
		return a
	}
}

// cutShort is half an answer: its length says that there was more.
func cutShort(a *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	if a.Body.Len() < 2 {
		return nil
	}
	half := httptest.NewRecorder()
	for name, values := range a.Header() {
		half.Header()[name] = values
	}
	half.Code = a.Code
	half.Header().Set("Content-Length", fmt.Sprint(a.Body.Len()))
	half.Body.Write(a.Body.Bytes()[:a.Body.Len()/2])
	return half
}
