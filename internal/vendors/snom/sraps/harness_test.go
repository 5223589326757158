package sraps_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// key is what tests sign with where nobody verifies.
var key = sraps.Key{ID: "ck_0123456789abcdef", Secret: "hush-hush-0123456789abcdef"}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// service is a server that answers as a test says, and counts.
type service struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
}

func newService(t *testing.T, answer http.HandlerFunc) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(s.counting(answer))
	t.Cleanup(s.Close)
	return s
}

func (s *service) counting(answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, r)
		s.mu.Unlock()
		answer(w, r)
	})
}

func (s *service) got() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*http.Request(nil), s.requests...)
}

// client talks to base, with whatever else the test wants.
func newClient(t *testing.T, cfg sraps.Config) *sraps.Client {
	t.Helper()
	c, err := sraps.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s *service) client(t *testing.T) *sraps.Client {
	t.Helper()
	return newClient(t, sraps.Config{BaseURL: s.URL + "/api/v1/", AllowPrivate: true})
}

// answering is a service that always answers the same.
func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
	}
}

// mustFail returns the *sraps.Error that every failure has to be.
func mustFail(t *testing.T, err error) *sraps.Error {
	t.Helper()
	e, ok := sraps.AsError(err)
	if !ok {
		t.Fatalf("want an *sraps.Error, got %v", err)
	}
	return e
}

// world is the simulator with a client.
type world struct {
	*srapssim.Server
	*sraps.Client
	url      string
	clock    *clock
	reseller sraps.Key
	own      string
}

func newWorld(t *testing.T, opts srapssim.Options) *world {
	t.Helper()
	w := &world{clock: newClock()}
	opts.Now = w.clock.Now
	w.Server = srapssim.New(opts)
	server := httptest.NewServer(w.Handler())
	t.Cleanup(func() { server.Close(); w.Server.Close() })
	w.url = server.URL
	account := w.Resellers()[0]
	w.own, w.reseller = account.CompanyID, sraps.Key{ID: account.KeyID, Secret: w.SecretOf(account.KeyID)}
	w.Client = newClient(t, sraps.Config{BaseURL: w.url + "/api/v1/", AllowPrivate: true, Now: w.clock.Now})
	return w
}

func hostOf(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		panic(err)
	}
	return u.Host
}
