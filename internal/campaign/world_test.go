package campaign_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/campaign"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

var admin = ztp.Actor{Kind: ztp.ActorUser, Name: "ops@example.net", Role: ztp.SuperAdmin, RequestID: "req-1"}

// clock is the one clock of a world.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is an installation with platforms and a simulated vendor. The process that
// serves requests and takes campaigns forward can be killed at any commit; the
// orchestrator is another one, which lives on.
type world struct {
	t     testing.TB
	clock *clock
	sim   *srapssim.Server
	url   string
	base  ztp.Store
	// store is what the process that can be killed writes to.
	store   *mortal
	creds   *source
	control *control.Control
	runner  *campaign.Runner
	orch    *orchestrator.Orchestrator
	slugs   map[ztp.PlatformID]string
	// from is the start state, nil for an empty installation.
	from *state
}

type source struct {
	mu  sync.Mutex
	key ztp.APIKey
	err error
}

func (s *source) Reseller(context.Context, ztp.VendorName) (ztp.APIKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key, s.err
}
func (*source) Where(ztp.VendorName) string { return "the test" }
func (s *source) fails(err error)           { s.mu.Lock(); defer s.mu.Unlock(); s.err = err }

type reachable struct{}

func (reachable) Check(context.Context, ztp.URLTemplate) error { return nil }

func newWorld(t testing.TB) *world {
	t.Helper()
	w := bareWorld(t)
	w.base = storetest.SQLiteWith(t, storetest.Options{Clock: w.clock.now})
	w.begin(srapssim.Options{})
	return w
}

// bareWorld has a clock and nothing else yet.
func bareWorld(t testing.TB) *world {
	return &world{t: t, clock: &clock{t: time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC)}, slugs: map[ztp.PlatformID]string{}}
}

var reseller = srapssim.Reseller{KeyID: "ck_00112233445566778899aabbccddeeff", Secret: "0123456789abcdef0123456789abcdef"}

// begin sets the vendor up and starts the processes.
func (w *world) begin(o srapssim.Options) {
	o.Now, o.ShortCatalogue, o.Resellers = w.clock.now, true, []srapssim.Reseller{reseller}
	w.sim = srapssim.New(o)
	if w.from != nil {
		w.sim.Restore(w.from.vendor)
	}
	w.t.Cleanup(w.sim.Close)
	srv := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Date", w.clock.now().Format(http.TimeFormat))
		w.sim.Handler().ServeHTTP(rw, r)
	}))
	w.t.Cleanup(srv.Close)
	w.url = srv.URL + srapssim.APIPrefix
	w.creds = &source{key: ztp.APIKey{ID: reseller.KeyID, Secret: ztp.NewSecret(reseller.Secret)}}
	w.orch = w.orchestrator(w.base, w.from == nil || !w.from.postgres)
	w.start()
	if w.from == nil {
		w.user(admin, ztp.SuperAdmin)
	}
}

// user lets somebody sign in, as who asks for a campaign does.
func (w *world) user(a ztp.Actor, role ztp.Role) {
	w.t.Helper()
	w.must(w.base.CreateUser(context.Background(), ztp.User{Name: a.Name, Role: role, PasswordHash: "x", CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}))
}

// own is the reseller's own company.
func (w *world) own() string {
	w.t.Helper()
	for _, c := range w.sim.State().Companies {
		if c.Kind == srapssim.KindReseller {
			return c.ID
		}
	}
	w.t.Fatal("there is no reseller")
	return ""
}

func (w *world) address() ztp.URLTemplate {
	t, err := ztp.TemplateForBase("https://prov.example.net")
	w.must(err)
	return t
}

func (w *world) snom() *snom.Vendor {
	v, err := snom.New(snom.Config{BaseURL: w.url, AllowPrivate: true, Now: w.clock.now, Transport: &http.Transport{DisableKeepAlives: true}})
	w.must(err)
	return v
}

func (w *world) orchestrator(s ztp.Store, alone bool) *orchestrator.Orchestrator {
	return orchestrator.New(orchestrator.Config{
		Store: s, Vendors: []ztp.Vendor{w.snom()}, Reseller: w.creds, Installation: storetest.Installation, URL: w.address(),
		Now: w.clock.now, Alone: alone, Jitter: func(d time.Duration) time.Duration { return d },
	})
}

// process is control and runner on a store.
func (w *world) process(s ztp.Store) (*control.Control, *campaign.Runner) {
	ctl := control.New(control.Config{
		Store: s, Vendors: []ztp.Vendor{w.snom()}, Reseller: w.creds, Address: reachable{}, Companies: w.orch.Companies,
		Installation: storetest.Installation, URL: w.address(), Now: w.clock.now,
	})
	return ctl, campaign.New(campaign.Config{Store: s, Door: ctl, Vendors: []ztp.VendorName{"snom"}, RotateEvery: 90 * day, Now: w.clock.now})
}

const day = 24 * time.Hour

// start begins a new process on what the last one left.
func (w *world) start() {
	w.store = &mortal{Store: w.base}
	w.control, w.runner = w.process(w.store)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// platform makes one with an account.
func (w *world) platform(name string) ztp.Platform {
	w.t.Helper()
	p := w.bare(name)
	_, _, _, err := w.control.CreateAccount(w.t.Context(), admin, p.Slug, control.NewAccount{Name: "Main"})
	w.must(err)
	p, err = w.base.Platform(w.t.Context(), p.Slug)
	w.must(err)
	return p
}

// bare makes one without.
func (w *world) bare(name string) ztp.Platform {
	w.t.Helper()
	p, _, err := w.control.CreatePlatform(w.t.Context(), admin, control.NewPlatform{Name: name})
	w.must(err)
	w.slugs[p.ID] = p.Slug
	return p
}

func (w *world) platforms(n int) {
	w.t.Helper()
	for i := range n {
		w.platform(fmt.Sprintf("Platform %d", i+1))
	}
}

// ask begins a campaign.
func (w *world) ask(r control.CampaignRequest) ztp.CampaignID {
	w.t.Helper()
	c, err := w.control.BeginCampaign(context.Background(), admin, "snom", r)
	w.must(err)
	return c.ID
}

func (w *world) campaign(id ztp.CampaignID) ztp.Campaign {
	w.t.Helper()
	c, err := w.base.Campaign(context.Background(), id)
	w.must(err)
	return c
}

func (w *world) items(id ztp.CampaignID) []ztp.CampaignItem {
	w.t.Helper()
	page, err := w.base.ListCampaignItems(context.Background(), ztp.CampaignItemQuery{Campaign: id, Limit: 1000})
	w.must(err)
	return page.Items
}

// states is every platform with what became of it, such as "platform-1 done".
func (w *world) states(id ztp.CampaignID) string {
	w.t.Helper()
	var out []string
	for _, i := range w.items(id) {
		s := w.slugs[i.Platform] + " " + string(i.State)
		if i.Problem != nil {
			s += " " + string(i.Problem.Code)
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

// tick lets campaigns and operations go on for a second.
func (w *world) tick() error {
	err := w.runner.Advance(context.Background())
	for worked := true; worked && err == nil; {
		if worked, err = w.orch.Work(context.Background()); err != nil {
			return err
		}
	}
	w.clock.advance(time.Second)
	return err
}

// settle lets it run until the campaign has ended or rests.
func (w *world) settle(id ztp.CampaignID) ztp.Campaign {
	w.t.Helper()
	for range 2000 {
		if err := w.tick(); !errors.Is(err, errCommit) {
			w.must(err)
		}
		c := w.campaign(id)
		if !c.FinishedAt.IsZero() || c.State == ztp.CampaignPaused && c.Tally[ztp.ItemRunning] == 0 {
			return c
		}
	}
	w.t.Fatalf("the campaign does not come to rest: %+v\n%s", w.campaign(id), w.states(id))
	return ztp.Campaign{}
}

// whole runs a campaign to its end.
func (w *world) whole(r control.CampaignRequest) ztp.CampaignID {
	w.t.Helper()
	id := w.ask(r)
	if c := w.settle(id); c.State != ztp.CampaignDone {
		w.t.Fatalf("%s: %s %+v\n%s", c.State, c.Reason, c.Problem, w.states(id))
	}
	return id
}

// operations counts those of a kind, per platform.
func (w *world) operations(kind ztp.OperationKind) map[string]int {
	w.t.Helper()
	page, err := w.base.ListOperations(context.Background(), ztp.OperationQuery{Limit: 1000})
	w.must(err)
	n := map[string]int{}
	for _, op := range page.Items {
		if op.Kind == kind {
			n[w.slugs[op.Platform]]++
		}
	}
	return n
}

func wantStates(t testing.TB, got string, want ...string) {
	t.Helper()
	if w := strings.Join(want, "\n"); got != w {
		t.Errorf("got\n%s\nwant\n%s", got, w)
	}
}
