package access_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

var (
	root   = ztp.Actor{Kind: ztp.ActorLocal, Name: "root", Role: ztp.SuperAdmin}
	looker = ztp.Actor{Kind: ztp.ActorUser, Name: "vic", Role: ztp.Viewer}
	good   = ztp.NewSecret("correct horse battery")
	wrong  = ztp.NewSecret("incorrect horse battery")
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now }
func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// house is an Access on a real store, with time in the test's hands.
type house struct {
	*access.Access
	store *sqlstore.Store
	clock *clock
}

func newHouse(t *testing.T, change ...func(*access.Config)) *house {
	t.Helper()
	c := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	store := storetest.SQLiteWith(t, storetest.Options{Clock: c.Now})
	cfg := access.Config{
		Store: store, Now: c.Now,
		Caller: func(context.Context) (string, string) { return "192.0.2.1", "req-1" },
	}
	for _, f := range change {
		f(&cfg)
	}
	return &house{Access: access.New(cfg), store: store, clock: c}
}

func (h *house) mustAddUser(t *testing.T, name string, role ztp.Role) {
	t.Helper()
	if err := h.AddUser(t.Context(), root, name, role, good); err != nil {
		t.Fatal(err)
	}
}

// events returns the audit log, oldest first.
func (h *house) events(t *testing.T) []ztp.Event {
	t.Helper()
	page, err := h.store.ListEvents(t.Context(), ztp.EventQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	var out []ztp.Event
	for i := len(page.Items) - 1; i >= 0; i-- {
		out = append(out, page.Items[i])
	}
	return out
}

// lastEvent returns the newest audit row, cut to what tests compare.
func (h *house) lastEvent(t *testing.T) ztp.Event {
	t.Helper()
	all := h.events(t)
	if len(all) == 0 {
		t.Fatal("no audit row")
	}
	e := all[len(all)-1]
	return ztp.Event{Actor: e.Actor, Address: e.Address, RequestID: e.RequestID, Action: e.Action, Target: e.Target, Outcome: e.Outcome, Code: e.Code, Detail: e.Detail}
}

// browser keeps the session cookie as a browser does.
type browser struct {
	h      *house
	cookie *http.Cookie
}

// visit makes a request and returns who the handler saw; ok is false for nobody.
func (b *browser) visit(t *testing.T, header ...string) (actor ztp.Actor, ok bool) {
	t.Helper()
	b.in(t, func(ctx context.Context) { actor, ok = access.ActorFrom(ctx) }, header...)
	return actor, ok
}

// in runs f inside a request.
func (b *browser) in(t *testing.T, f func(context.Context), header ...string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	for _, h := range header {
		r.Header.Set(h, "1")
	}
	w := httptest.NewRecorder()
	called := false
	b.h.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { called = true; f(r.Context()) }),
		func(http.ResponseWriter, *http.Request, error) {}).ServeHTTP(w, r)
	if !called {
		t.Fatalf("the handler was not reached: %d %s", w.Code, w.Body)
	}
}

func (b *browser) mustSignIn(t *testing.T, name string) {
	t.Helper()
	b.in(t, func(ctx context.Context) {
		_, cookie, err := b.h.SignIn(ctx, name, good, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		b.cookie = cookie
	})
}
