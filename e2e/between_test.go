package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

// between stands between a server and the vendor. It reads no signature and changes
// none: a call goes through as it came, or it does not.
type between struct {
	vendor http.Handler

	mu   sync.Mutex
	plan plan
	// gone is closed when the test ends, so that nobody waits for ever.
	gone chan struct{}
}

// plan decides what becomes of a call; forward carries it out, as often as it is
// called. nil lets everything through.
type plan func(r *http.Request, forward func() *httptest.ResponseRecorder) *httptest.ResponseRecorder

func newBetween(t *testing.T, vendor http.Handler) (*between, string) {
	t.Helper()
	b := &between{vendor: vendor, gone: make(chan struct{})}
	s := httptest.NewServer(b)
	t.Cleanup(func() { close(b.gone); s.CloseClientConnections(); s.Close() })
	return b, s.URL
}

func (b *between) set(p plan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.plan = p
}

// ServeHTTP implements http.Handler. A plan that returns nil breaks the connection.
func (b *between) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	b.mu.Lock()
	p := b.plan
	b.mu.Unlock()
	forward := func() *httptest.ResponseRecorder {
		q := r.Clone(r.Context())
		q.Body = io.NopCloser(bytes.NewReader(body))
		a := httptest.NewRecorder()
		b.vendor.ServeHTTP(a, q)
		return a
	}
	var a *httptest.ResponseRecorder
	if p == nil {
		a = forward()
	} else if a = p(r, forward); a == nil {
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(a.Code)
	_, _ = w.Write(a.Body.Bytes())
}

// newSnomHere is a simulator in this process, with all that a test may do by hand at
// the vendor, and what stands between it and a server.
func newSnomHere(t *testing.T, opts srapssim.Options) (*srapssim.Server, *between, *snom) {
	t.Helper()
	const secret = "the secret of the reseller's key"
	opts.Resellers = []srapssim.Reseller{{KeyID: "ck_reseller", Secret: secret}}
	sim := srapssim.New(opts)
	t.Cleanup(sim.Close)
	b, address := newBetween(t, sim.Handler())
	control := httptest.NewServer(sim.ControlHandler())
	t.Cleanup(control.Close)
	s := &snom{base: address + srapssim.APIPrefix, control: control.URL, keyFile: filepath.Join(t.TempDir(), "reseller.secret"), sim: sim}
	if err := os.WriteFile(s.keyFile, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return sim, b, s
}

// holdAnswer holds the answer to the first such call from now, which has been carried out by
// then, until it is let go. reached is closed when it is there.
func (s *snom) holdAnswer(t *testing.T, such func(srapssim.Call) bool) (reached <-chan struct{}, letGo func()) {
	t.Helper()
	there, ended := make(chan struct{}), make(chan struct{})
	var held atomic.Bool
	letGo = sync.OnceFunc(func() { close(ended) })
	t.Cleanup(letGo)
	s.sim.OnAnswer(func(c srapssim.Call) {
		if such(c) && held.CompareAndSwap(false, true) {
			close(there)
			<-ended
		}
	})
	return there, letGo
}

// moment is a place on the way of a call or of a commit.
type moment string

const (
	beforeCall   moment = "before a call"             // it has left; the vendor has not got it
	afterCall    moment = "after a call"              // carried out; the answer is on its way
	beforeCommit moment = "before a commit"           // everything but the commit is at the database
	afterCommit  moment = "after a commit"            // committed; the answer is on its way
	whileWriting moment = "while the disk is written" // SQLite: between two writes to its journal
)

// hold is where something was stopped, until it is let go.
type hold struct {
	once  sync.Once
	ended chan struct{}
	goOn  bool
}

func newHold() *hold { return &hold{ended: make(chan struct{})} }

// letGo ends the wait: what was held goes on, or is dropped with its connection.
func (h *hold) letGo(goOn bool) {
	h.once.Do(func() { h.goOn = goOn; close(h.ended) })
}

// wait reports whether what was held may go on.
func (h *hold) wait(gone <-chan struct{}) bool {
	select {
	case <-h.ended:
		return h.goOn
	case <-gone:
		return false
	}
}

// stopAt calls at as soon as the nth call from now is at the moment, and holds the
// call there.
func (b *between) stopAt(m moment, n int, at func()) *hold {
	h := newHold()
	var mu sync.Mutex
	seen := 0
	b.set(func(_ *http.Request, forward func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		mu.Lock()
		seen++
		mine := seen == n
		mu.Unlock()
		if !mine {
			return forward()
		}
		var a *httptest.ResponseRecorder
		if m == afterCall {
			a = forward()
		}
		at()
		if !h.wait(b.gone) {
			return nil
		}
		if m == beforeCall {
			a = forward()
		}
		return a
	})
	return h
}
