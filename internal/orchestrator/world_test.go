package orchestrator_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

const installation = "test"

// atTest opens what was kept.
var atTest = storetest.Options{Installation: installation}

var admin = ztp.Actor{Kind: ztp.ActorUser, Name: "ops@example.net", Role: ztp.SuperAdmin, RequestID: "req-1"}

// clock is the one clock of a world: store, orchestrator and simulator go by it.
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

// world is an installation with its vendor: a real store, the real adapter, the
// simulator, and an orchestrator that can be killed and started again.
type world struct {
	t       testing.TB
	clock   *clock
	sim     *srapssim.Server
	wire    *wire
	file    string
	alone   bool      // the database is a file of its own
	base    ztp.Store // without faults: what the next start finds
	store   *faultyStore
	vendor  *faultyVendor
	creds   *resellerSource
	address control.AddressChecker
	// prov is the base of the provisioning URL, log takes what a process logs;
	// both count from the next start.
	prov    string
	log     *slog.Logger
	control *control.Control
	orch    *orchestrator.Orchestrator
	p       ztp.Platform
	account ztp.Account
	// facts is what holds for the world beside database and vendor; again after each start.
	facts func(*world)
	// begun is when the world's first call could arrive.
	begun time.Time
	// late: a call may arrive that a frozen process sends when nobody wants it any more.
	late atomic.Bool
	// skew is how far our clock is ahead of the vendor's.
	skew time.Duration
	// stop tells the process to stop; it is a new function after each start.
	stop    context.CancelFunc
	working context.Context
	// next breaks something for the process after the first one.
	next func()
	// limit is how long everything may take to come to rest.
	limit time.Duration
	// slowCall counts from the next start: never, or a busy machine makes a commit more.
	slowCall time.Duration
	// released are companies with our label that somebody has let go of.
	released map[string]bool
	// mu guards broken, which collects violations seen while calls arrive.
	mu     sync.Mutex
	broken []string
}

type resellerSource struct {
	key ztp.APIKey
	err error
}

func (r *resellerSource) Reseller(context.Context, ztp.VendorName) (ztp.APIKey, error) {
	return r.key, r.err
}
func (r *resellerSource) Where(ztp.VendorName) string { return "the test" }

type reachable struct{}

func (reachable) Check(context.Context, ztp.URLTemplate) error { return nil }

// limit is how long a world may take to come to rest where nothing shorter is said.
const limit = 20 * time.Minute

type worldOptions struct {
	sim   srapssim.Options
	store ztp.Store
	// clock is that of store, if it has one.
	clock *clock
	// from is a start state to begin in; nil begins with an empty installation.
	from *state
	// postgres: on a database of that, as replicas have it.
	postgres bool
	facts    func(*world)
}

// state is a world at rest, to begin others from; on PostgreSQL one at a time can begin.
type state struct {
	kept     *storetest.Kept
	postgres bool
	vendor   srapssim.Snapshot
	at       time.Time
	p        ztp.Platform
	account  ztp.Account
}

var reseller = srapssim.Reseller{KeyID: "ck_00112233445566778899aabbccddeeff", Secret: "0123456789abcdef0123456789abcdef"}

func newWorld(t testing.TB, opts worldOptions) *world {
	t.Helper()
	w := &world{t: t, clock: &clock{t: time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC)}, address: reachable{}, prov: "https://prov.example.net"}
	if opts.clock != nil {
		w.clock = opts.clock
	}
	w.facts, w.limit, w.slowCall = opts.facts, limit, time.Hour
	opts.sim.Now, opts.sim.ShortCatalogue = func() time.Time { return w.clock.now().Add(-w.skew) }, true
	opts.sim.Resellers = []srapssim.Reseller{reseller}
	w.sim = srapssim.New(opts.sim)
	t.Cleanup(w.sim.Close)
	w.wire = &wire{to: w.sim.Handler()}
	w.openStore(opts)
	w.creds = &resellerSource{key: ztp.APIKey{ID: reseller.KeyID, Secret: ztp.NewSecret(reseller.Secret)}}
	if opts.from != nil {
		w.p, w.account = opts.from.p, opts.from.account
	}
	w.start()
	if opts.from == nil {
		w.setUp()
	}
	w.begun = w.clock.now()
	w.sim.OnCall(w.arrived)
	return w
}

// openStore opens the world's database, and puts clock and vendor to where it was left.
func (w *world) openStore(opts worldOptions) {
	w.t.Helper()
	w.alone = opts.store == nil && !opts.postgres
	options := storetest.Options{Installation: installation, Clock: w.clock.now}
	if opts.from != nil {
		w.clock.t = opts.from.at
		w.sim.Restore(opts.from.vendor)
	}
	switch {
	case opts.store != nil:
		w.base = opts.store
		return
	case opts.from != nil:
		w.base, w.file = opts.from.kept.Open(w.t, w.clock.now)
		return
	case opts.postgres:
		w.file = pgtest.DSN(w.t)
	default:
		w.file = storetest.File(w.t, options)
	}
	w.base = storetest.Open(w.t, w.file, options)
}

// state closes the world and keeps it.
func (w *world) state() *state {
	w.t.Helper()
	if err := w.base.(interface{ Close() error }).Close(); err != nil {
		w.t.Fatal(err)
	}
	st := &state{postgres: !w.alone, vendor: w.sim.Snapshot(), at: w.clock.now(), p: w.p, account: w.account}
	if st.postgres {
		st.kept = storetest.KeepAt(w.t, atTest, pgtest.Keep(w.t, w.file))
		return st
	}
	text, err := os.ReadFile(w.file)
	if err != nil {
		w.t.Fatal(err)
	}
	st.kept = storetest.Keep(w.t, atTest, text)
	return st
}

// start builds a new process on the same database: everything in memory is new.
func (w *world) start() {
	if w.facts != nil {
		w.facts(w)
	}
	w.store, w.vendor, w.orch = w.process()
	w.working, w.stop = context.WithCancel(context.Background())
	w.t.Cleanup(w.stop)
	url := w.url()
	w.control = control.New(control.Config{
		Store: w.base, Vendors: []ztp.Vendor{w.vendor, nopVendor{}}, Reseller: w.creds, Address: w.address, Companies: w.orch.Companies,
		Installation: installation, URL: url, Now: w.clock.now, Log: w.log,
	})
}

// process is a process on the world's database with nothing in its memory.
func (w *world) process() (*faultyStore, *faultyVendor, *orchestrator.Orchestrator) {
	w.t.Helper()
	store, vendor := &faultyStore{Store: w.base}, &faultyVendor{inner: newSnom(w.t, w.wire, w.clock.now)}
	return store, vendor, orchestrator.New(orchestrator.Config{
		Store: store, Vendors: []ztp.Vendor{vendor, nopVendor{}}, Reseller: w.creds, Installation: installation,
		URL: w.url(), Now: w.clock.now, Alone: w.alone, ImportPart: 3, ImportWords: 3, SlowCall: w.slowCall, Jitter: func(d time.Duration) time.Duration { return d }, Log: w.log,
	})
}

func (w *world) url() (url ztp.URLTemplate) {
	w.t.Helper()
	if w.prov == "" {
		return url
	}
	url, err := ztp.TemplateForBase(w.prov)
	if err != nil {
		w.t.Fatal(err)
	}
	return url
}

func newSnom(t testing.TB, wire http.RoundTripper, now func() time.Time) *snom.Vendor {
	t.Helper()
	v, err := snom.New(snom.Config{BaseURL: wireURL, AllowPrivate: true, ProductGroups: []string{"D-Series"}, Now: now, Country: "DE", City: "Berlin",
		Transport: wire})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) setUp() {
	ctx := context.Background()
	var err error
	if w.p, _, err = w.control.CreatePlatform(ctx, admin, control.NewPlatform{Name: "Brightwater Voice"}); err != nil {
		w.t.Fatal(err)
	}
	if w.account, _, _, err = w.control.CreateAccount(ctx, admin, w.p.Slug, control.NewAccount{Name: "Main"}); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) link() ztp.Link {
	w.t.Helper()
	l, err := w.base.Link(context.Background(), w.p.ID, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// press does what an admin does: it asks for the action, and asks again as long
// as the operation ends without success while nothing is broken any more.
func (w *world) press(kind ztp.OperationKind) {
	w.t.Helper()
	for range 4 {
		op := w.ask(kind)
		w.settle()
		if op == nil {
			return
		}
		got, err := w.base.Operation(context.Background(), op.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if got.State == ztp.OperationDone {
			return
		}
	}
	w.t.Fatalf("%s did not succeed in four tries: link %+v", kind, w.link())
}

// ask presses the button once and returns the operation, nil when there was
// nothing to do.
func (w *world) ask(kind ztp.OperationKind) *ztp.Operation {
	w.t.Helper()
	op, err := w.try(kind)
	if err != nil {
		w.t.Fatalf("%s: %v", kind, err)
	}
	return op
}

var phone = ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA7}

func (w *world) try(kind ztp.OperationKind) (*ztp.Operation, error) {
	w.clock.advance(time.Millisecond) // newest first needs a later time
	ctx, slug := context.Background(), w.p.Slug
	var r control.Result
	var e control.EndpointResult
	var err error
	switch kind {
	case ztp.KindOnboard:
		r, err = w.control.Onboard(ctx, admin, slug, "snom", control.Submission{})
	case ztp.KindRotate:
		r, err = w.control.Rotate(ctx, admin, slug, "snom", control.RotateRequest{})
	case ztp.KindDisable:
		r, err = w.control.Disable(ctx, admin, slug, "snom", control.DisableRequest{})
	case ztp.KindOffboard:
		return w.offboard(control.OffboardRequest{})
	case ztp.KindCheck:
		r, err = w.control.Check(ctx, admin, slug, "snom", control.Submission{})
	case ztp.KindUpdateAddress:
		r, err = w.control.UpdateAddress(ctx, admin, slug, "snom", control.Submission{})
	case ztp.KindRegister:
		e, err = w.control.PutEndpoint(ctx, admin, slug, phone, control.EndpointRequest{Account: w.account.Slug})
		r.Operation = e.Operation
	case ztp.KindPause:
		e, err = w.control.PauseEndpoint(ctx, admin, slug, phone, control.Submission{})
		r.Operation = e.Operation
	case ztp.KindResume:
		e, err = w.control.ResumeEndpoint(ctx, admin, slug, phone, control.Submission{})
		r.Operation = e.Operation
	case ztp.KindRelease:
		e, err = w.control.ReleaseEndpoint(ctx, admin, slug, phone, control.Submission{})
		r.Operation = e.Operation
		if ztp.IsCode(err, ztp.CodeNotFound) {
			return nil, nil // released already
		}
	default:
		w.t.Fatalf("no button for %s", kind)
	}
	return r.Operation, err
}

// company is the platform's company at the simulator; nil without one.
func (w *world) company() *srapssim.Company {
	recorded := w.link().CompanyID
	var mine []srapssim.Company
	for _, c := range w.sim.State().Companies {
		if other, err := w.base.LinkByCompany(context.Background(), "snom", c.ID); err == nil && other.Platform != w.p.ID {
			continue
		}
		if c.ID == recorded || strings.Contains(c.Name, "[zt:"+installation+":") && !w.released[c.ID] {
			mine = append(mine, c)
		}
	}
	if len(mine) > 1 {
		w.t.Fatalf("S9: %d companies for one platform: %+v", len(mine), mine)
	}
	if len(mine) == 0 {
		return nil
	}
	return &mine[0]
}

var errKilled = errors.New("killed")
