package control_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

var (
	admin  = ztp.Actor{Kind: ztp.ActorUser, Name: "ops@example.net", Role: ztp.SuperAdmin, RequestID: "req-1"}
	viewer = ztp.Actor{Kind: ztp.ActorUser, Name: "guest@example.net", Role: ztp.Viewer, RequestID: "req-2"}
	phone  = ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7}
)

// world is the use cases on a real store, with what an action needs in the hands
// of the test: configuration, reseller credential and address. The orchestrator
// works only where a test lets it, on the simulator.
type world struct {
	t       testing.TB
	mu      sync.Mutex
	at      time.Time
	store   *sqlstore.Store
	sim     *srapssim.Server
	snom    *snom.Vendor
	secrets *secretStore
	address *address
	url     ztp.URLTemplate
	control *control.Control
	orch    *orchestrator.Orchestrator
	p       ztp.Platform
	account ztp.Account
}

// secretStore is where the reseller credential comes from.
type secretStore struct {
	key   ztp.APIKey
	err   error
	asked int
	// until is how long a question may take, as the asker said.
	until time.Duration
}

func (s *secretStore) Reseller(ctx context.Context, _ ztp.VendorName) (ztp.APIKey, error) {
	s.asked++
	if d, ok := ctx.Deadline(); ok {
		s.until = time.Until(d)
	}
	return s.key, s.err
}

func (*secretStore) Where(ztp.VendorName) string { return "the test" }

// address is the proof of a provisioning URL.
type address struct {
	err   error
	asked int
	until time.Duration
}

func (a *address) Check(ctx context.Context, _ ztp.URLTemplate) error {
	a.asked++
	if d, ok := ctx.Deadline(); ok {
		a.until = time.Until(d)
	}
	return a.err
}

func (w *world) now() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.at }

func (w *world) advance(d time.Duration) { w.mu.Lock(); defer w.mu.Unlock(); w.at = w.at.Add(d) }

// newWorld is a platform with an account and its token, and all that an action needs.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC), address: &address{}}
	w.sim = srapssim.New(srapssim.Options{Now: w.now})
	t.Cleanup(w.sim.Close)
	srv := httptest.NewServer(w.sim.Handler())
	t.Cleanup(srv.Close)
	var err error
	w.snom, err = snom.New(snom.Config{BaseURL: srv.URL + srapssim.APIPrefix, AllowPrivate: true, ProductGroups: []string{"D-Series"},
		Now: w.now, Transport: &http.Transport{DisableKeepAlives: true}})
	w.must(err)
	w.store = storetest.SQLiteWith(t, storetest.Options{Clock: w.now})
	own := w.sim.Resellers()[0]
	w.secrets = &secretStore{key: ztp.APIKey{ID: own.KeyID, Secret: ztp.NewSecret(w.sim.SecretOf(own.KeyID))}}
	w.url, err = ztp.TemplateForBase("https://prov.example.net")
	w.must(err)
	w.start()
	w.p, _, err = w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Brightwater Voice"})
	w.must(err)
	w.account, _, _, err = w.control.CreateAccount(t.Context(), admin, w.p.Slug, control.NewAccount{Name: "Main"})
	w.must(err)
	return w
}

// start builds the parts with the present URL, which is fixed in a process.
func (w *world) start() {
	w.control = control.New(control.Config{
		Store: w.store, Vendors: []ztp.Vendor{w.snom}, Reseller: w.secrets, Address: w.address,
		Installation: storetest.Installation, URL: w.url, Now: w.now,
	})
	w.orch = orchestrator.New(orchestrator.Config{
		Store: w.store, Vendors: []ztp.Vendor{w.snom}, Reseller: w.secrets, Installation: storetest.Installation,
		URL: w.url, Now: w.now, Jitter: func(d time.Duration) time.Duration { return d },
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// settle lets the orchestrator work until nothing is open.
func (w *world) settle() {
	w.t.Helper()
	for range 100 {
		worked, err := w.orch.Work(context.Background())
		w.must(err)
		if worked {
			continue
		}
		open, err := w.store.ListOperations(context.Background(), ztp.OperationQuery{Open: true, Limit: 10})
		w.must(err)
		if len(open.Items) == 0 {
			w.advance(time.Millisecond)
			return
		}
		w.advance(time.Second)
	}
	w.t.Fatal("operations stay open")
}

// onboard brings the platform into the state configured.
func (w *world) onboard() {
	w.t.Helper()
	_, err := w.control.Onboard(context.Background(), admin, w.p.Slug, "snom", control.Submission{})
	w.must(err)
	w.settle()
	if l := w.link(); l.State != ztp.LinkConfigured {
		w.t.Fatalf("link is %s with error %+v", l.State, l.Error)
	}
}

// connect brings it there with a pasted key.
func (w *world) connect() {
	w.t.Helper()
	company := w.sim.AddCompany(w.sim.Resellers()[0].CompanyID, "by hand")
	_, err := w.control.Connect(context.Background(), admin, w.p.Slug, "snom", control.ConnectRequest{APIKey: w.paste(company)})
	w.must(err)
	w.settle()
	if l := w.link(); l.State != ztp.LinkConfigured || !l.Connected {
		w.t.Fatalf("link is %s with error %+v", l.State, l.Error)
	}
}

func (w *world) paste(company string) ztp.APIKey {
	id, secret := w.sim.AddKey(company, "by hand", srapssim.DefaultRole)
	return ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}
}

func (w *world) link() ztp.Link {
	w.t.Helper()
	l, err := w.store.Link(context.Background(), w.p.ID, "snom")
	w.must(err)
	return l
}

// wantCode compares the code of a refusal.
func (w *world) wantCode(want ztp.Code, err error) {
	w.t.Helper()
	if got := ztp.CodeOf(err); got != want {
		w.t.Errorf("want %q, got %q (%v)", want, got, err)
	}
}

// nothingSince fails when a call was sent or an operation made since.
func (w *world) nothingSince(m mark) {
	w.t.Helper()
	if now := w.mark(); now != m {
		w.t.Errorf("want nothing sent and no operation, got %d calls and %d operations", now.calls-m.calls, now.operations-m.operations)
	}
}

type mark struct{ calls, operations int }

func (w *world) mark() mark {
	w.t.Helper()
	ops, err := w.store.ListOperations(context.Background(), ztp.OperationQuery{Limit: 1000})
	w.must(err)
	return mark{len(w.sim.Calls()), len(ops.Items)}
}
