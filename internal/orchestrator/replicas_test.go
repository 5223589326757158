package orchestrator_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

// fleet is a world on PostgreSQL with further replicas beside the world's own.
type fleet struct {
	*world
	dsn string
}

// replica is one process on the database of a fleet.
type replica struct {
	*orchestrator.Orchestrator
	store   ztp.Store
	vendor  *slowVendor
	control *control.Control
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	dsn := pgtest.DSN(t)
	clk := &clock{t: time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC)}
	options := storetest.Options{Installation: installation, Clock: clk.now}
	w := newWorld(t, worldOptions{store: storetest.Open(t, dsn, options), clock: clk})
	return &fleet{world: w, dsn: dsn}
}

// another starts a replica with a store and a vendor of its own.
func (f *fleet) replica(change func(ztp.Store) ztp.Store) *replica {
	f.t.Helper()
	var store ztp.Store = storetest.Open(f.t, f.dsn, storetest.Options{Installation: installation, Clock: f.clock.now})
	if change != nil {
		store = change(store)
	}
	url, err := ztp.TemplateForBase(f.prov)
	if err != nil {
		f.t.Fatal(err)
	}
	r := &replica{store: store, vendor: &slowVendor{Vendor: newSnom(f.t, f.wire, f.clock.now)}}
	vendors := []ztp.Vendor{r.vendor, nopVendor{}}
	r.Orchestrator = orchestrator.New(orchestrator.Config{
		Store: store, Vendors: vendors, Reseller: f.creds, Installation: installation,
		URL: url, Now: f.clock.now, Jitter: func(d time.Duration) time.Duration { return d },
	})
	r.control = control.New(control.Config{
		Store: store, Vendors: vendors, Reseller: f.creds, Address: f.address, Installation: installation, URL: url, Now: f.clock.now,
	})
	if err := r.Beat(context.Background()); err != nil {
		f.t.Fatal(err)
	}
	return r
}

// slowVendor holds calls back: the first one says so on held and goes on when let is
// closed, before it is sent or after its answer has come.
type slowVendor struct {
	*snom.Vendor
	held, let     chan struct{}
	before, after string
}

// hold makes the next call of that name wait; it returns when to wait for that and
// what lets the call go on.
func (v *slowVendor) hold(before, after string) (held <-chan struct{}, let func()) {
	v.held, v.let, v.before, v.after = make(chan struct{}), make(chan struct{}), before, after
	return v.held, sync.OnceFunc(func() { close(v.let) })
}

func (v *slowVendor) wait(at *string, name string) {
	if *at == name {
		*at = ""
		close(v.held)
		<-v.let
	}
}

func (v *slowVendor) WriteEndpoint(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint) (ztp.VendorEndpoint, error) {
	v.wait(&v.before, "WriteEndpoint")
	got, err := v.Vendor.WriteEndpoint(context.WithoutCancel(ctx), by, company, e)
	v.wait(&v.after, "WriteEndpoint")
	return got, err
}

func (v *slowVendor) WhoAmI(ctx context.Context, by ztp.APIKey) (ztp.VendorCompany, error) {
	v.wait(&v.before, "WhoAmI")
	return v.Vendor.WhoAmI(context.WithoutCancel(ctx), by)
}

func (v *slowVendor) CreateCredential(ctx context.Context, by ztp.APIKey, company, label string) (ztp.VendorKey, ztp.Secret, error) {
	v.wait(&v.before, "CreateCredential")
	k, s, err := v.Vendor.CreateCredential(context.WithoutCancel(ctx), by, company, label)
	v.wait(&v.after, "CreateCredential")
	return k, s, err
}

// begin lets a replica take up the next operation and returns its end.
func (f *fleet) begin(r *replica) (ended <-chan error) {
	done := make(chan error, 1)
	go func() {
		worked, err := r.Work(context.Background())
		if err == nil && !worked {
			err = fmt.Errorf("there was nothing to do")
		}
		done <- err
	}()
	return done
}

func (f *fleet) op(id ztp.OperationID) ztp.Operation {
	f.t.Helper()
	op, err := f.base.Operation(context.Background(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return op
}

func mustClose(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not come", what)
	}
}

func mustReceive(t *testing.T, what string, c <-chan error) {
	t.Helper()
	select {
	case err := <-c:
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not end", what)
	}
}

// inUse is a fleet where another replica is writing a phone with the link's key, and
// what lets that end.
func inUse(t *testing.T) (f *fleet, b *replica, ended <-chan error, let func()) {
	t.Helper()
	f = newFleet(t)
	f.press(ztp.KindOnboard)
	b = f.replica(nil)
	held, let := b.vendor.hold("WriteEndpoint", "")
	f.ask(ztp.KindRegister)
	ended = f.begin(b)
	mustClose(t, "the call of the other replica", held)
	return f, b, ended, let
}

// TestReplicas_RevokeWaits: the old key lives until a call that another replica began
// with it has ended, and the replica has said so.
func TestReplicas_RevokeWaits(t *testing.T) {
	t.Parallel()
	for _, kind := range []ztp.OperationKind{ztp.KindRotate, ztp.KindDisable} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			f, b, ended, let := inUse(t)
			defer let()
			old := f.activeKey()
			op := f.ask(kind)
			for range 3 {
				f.turn()
				f.clock.advance(time.Second)
				if err := b.Beat(t.Context()); err != nil { // alive, and still at it
					t.Fatal(err)
				}
			}
			if got := f.op(op.ID); got.State != ztp.OperationWaiting || !strings.Contains(got.Waiting, "other replicas") {
				t.Fatalf("want it to wait for the other replica, it is %s (%s)", got.State, got.Waiting)
			}
			if !slices.Contains(f.keyIDs(f.link().CompanyID), old) {
				t.Fatal("the old key was revoked under a call")
			}
			let()
			mustReceive(t, "the call of the other replica", ended)
			f.clock.advance(time.Second)
			f.turn()
			if got := f.op(op.ID); got.State != ztp.OperationWaiting {
				t.Fatalf("want it to wait until the other replica has said that it is done, it is %s", got.State)
			}
			if err := b.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
			f.settle()
			f.mustEnd(f.op(op.ID), ztp.OperationDone, "")
			for _, c := range f.sim.Calls() {
				if c.Status == 401 {
					t.Errorf("%s %s was refused", c.Method, c.Path)
				}
			}
			f.sound()
		})
	}
}

// TestReplicas_DeadOneIsNotWaitedFor: a replica that is gone has ended its calls when
// its lease and the longest call have passed, not before and not much later.
func TestReplicas_DeadOneIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	f, _, _, let := inUse(t)
	t.Cleanup(let)
	old := f.activeKey()
	f.ask(ztp.KindRotate)
	begun := f.clock.now()
	for slices.Contains(f.keyIDs(f.link().CompanyID), old) {
		if f.clock.now().Sub(begun) > 2*time.Minute {
			t.Fatalf("still not revoked: %v", f.describeOpen())
		}
		f.turn()
		f.clock.advance(time.Second)
	}
	if waited := f.clock.now().Sub(begun); waited < 50*time.Second || waited > 65*time.Second {
		t.Errorf("revoked after %s, want lease and longest call, 55 s", waited)
	}
}

// TestReplicas_OneThatLeftIsNotWaitedFor: told to stop, it says so.
func TestReplicas_OneThatLeftIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.press(ztp.KindOnboard)
	b := f.replica(nil)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := b.Run(stopped); err != nil {
		t.Fatal(err)
	}
	f.ask(ztp.KindRotate)
	f.turn()
	f.mustStates(ztp.CredentialRevoked, ztp.CredentialActive)
}

// TestReplicas_RefusedKeyIsTriedOnceWithTheNewOne: nobody waits for a replica of the
// program before this one. It finds its key refused in the middle of a call, and does
// the same again with the one in force; nobody is alarmed.
func TestReplicas_RefusedKeyIsTriedOnceWithTheNewOne(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.press(ztp.KindOnboard)
	b := f.replica(func(s ztp.Store) ztp.Store { return previous{s} })
	held, let := b.vendor.hold("WriteEndpoint", "")
	defer let()
	op := f.ask(ztp.KindRegister)
	ended := f.begin(b)
	mustClose(t, "the call of the other replica", held)
	rotate := f.ask(ztp.KindRotate)
	f.turn()
	f.mustEnd(f.op(rotate.ID), ztp.OperationDone, "")
	mark := f.mark()
	let()
	mustReceive(t, "the call of the other replica", ended)
	f.settle()
	f.mustEnd(f.op(op.ID), ztp.OperationDone, "")
	refused := 0
	for _, c := range f.calls(mark) {
		if c.Status == 401 {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d calls were refused, want the one", refused)
	}
	f.mustLink(ztp.LinkConfigured, "")
	f.sound()
}

// TestReplicas_TakeOver: what a killed replica had goes on elsewhere as soon as its
// lease has ended, which with the poll is within a minute.
func TestReplicas_TakeOver(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.press(ztp.KindOnboard)
	b := f.replica(nil)
	f.vendor.at, f.vendor.fault = f.vendor.n+3, killAfterCall
	op := f.ask(ztp.KindRotate)
	if _, err := f.orch.Work(t.Context()); err == nil {
		t.Fatal("want it killed")
	}
	killed := f.clock.now()
	for {
		worked, err := b.Work(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if worked {
			break
		}
		if f.clock.advance(time.Second); f.clock.now().Sub(killed) > 5*time.Minute {
			t.Fatalf("nobody takes it over: %v", f.describeOpen())
		}
	}
	if took := f.clock.now().Sub(killed); took > 59*time.Second || took < 40*time.Second {
		t.Errorf("taken over after %s", took)
	}
	f.vendor.disarm()
	f.settle()
	f.mustEnd(f.op(op.ID), ztp.OperationDone, "")
	f.sound()
}

// TestReplicas_OneAtATime: as long as one replica has an operation, the others leave it
// alone, however often they look; the vendor is asked once.
func TestReplicas_OneAtATime(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.press(ztp.KindOnboard)
	a, others := f.replica(nil), []*replica{f.replica(nil), f.replica(nil)}
	held, let := a.vendor.hold("CreateCredential", "")
	defer let()
	op, mark := f.ask(ztp.KindRotate), f.mark()
	ended := f.begin(a)
	mustClose(t, "the call of the first replica", held)
	for range 40 { // for nearly as long as its lease
		for _, r := range others {
			if worked, err := r.Work(t.Context()); worked || err != nil {
				t.Fatalf("another replica has taken it up: %v", err)
			}
		}
		f.clock.advance(time.Second)
	}
	let()
	mustReceive(t, "the rotation", ended)
	f.settle()
	f.mustEnd(f.op(op.ID), ztp.OperationDone, "")
	f.mustChange(mark, "POST tokens", "PUT provisioning-profiles", "DELETE tokens")
	f.sound()
}

// TestReplicas_Zombie: a replica frozen past its lease, in the middle of creating a
// key, changes nothing any more when it wakes up; the key it made late is removed.
func TestReplicas_Zombie(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"before", "after"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			f := newFleet(t)
			f.press(ztp.KindOnboard)
			b := f.replica(nil)
			var held <-chan struct{}
			var let func()
			if at == "before" {
				held, let = b.vendor.hold("CreateCredential", "")
			} else {
				held, let = b.vendor.hold("", "CreateCredential")
			}
			op := f.ask(ztp.KindRotate)
			ended := f.begin(b)
			mustClose(t, "the call of the frozen replica", held)
			f.clock.advance(46 * time.Second)
			f.settle()
			f.mustEnd(f.op(op.ID), ztp.OperationDone, "")
			mark := f.mark()
			f.sim.OnCall(nil) // the intent of a call this late is no operation's any more
			let()
			if err := <-ended; err == nil {
				t.Error("want the zombie told that it has lost its lease")
			}
			f.clock.advance(time.Minute)
			if got := f.calls(mark); len(got) > 2 { // the roles, and the key itself
				t.Errorf("the zombie went on calling: %+v", got)
			}
			f.sim.OnCall(f.arrived)
			f.daily() // finds a key that came late
			f.hourly()
			f.sound()
		})
	}
}

// TestReplicas_ZombieAfterDisable: the key that a frozen replica makes when the platform
// is disabled long since is found by the next check, and deleted.
func TestReplicas_ZombieAfterDisable(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.press(ztp.KindOnboard)
	b := f.replica(nil)
	held, let := b.vendor.hold("CreateCredential", "")
	defer let()
	f.ask(ztp.KindRotate)
	ended := f.begin(b)
	mustClose(t, "the call of the frozen replica", held)
	f.clock.advance(46 * time.Second)
	f.settle()
	f.press(ztp.KindDisable)
	company := f.link().CompanyID
	f.sim.OnCall(nil) // the intent of a call this late is no operation's any more
	let()
	if err := <-ended; err == nil {
		t.Error("want the zombie told that it has lost its lease")
	}
	f.sim.OnCall(f.arrived)
	if len(f.keyIDs(company)) != 1 {
		t.Fatal("the late key is not there")
	}
	f.mustEnd(f.run(ztp.KindCheck), ztp.OperationDone, "")
	f.hourly()
	if keys := f.keyIDs(company); len(keys) != 0 {
		t.Errorf("the company of a disabled platform has keys: %v", keys)
	}
	f.mustLink(ztp.LinkNotConfigured, "")
	f.sound()
}

// TestReplicas_OneOpenOperationPerLink: however many ask at once, at however many
// replicas, one operation is made, and all of them working at once make one company
// with one key.
func TestReplicas_OneOpenOperationPerLink(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	replicas := []*replica{f.replica(nil), f.replica(nil), f.replica(nil)}
	made := map[ztp.OperationID]bool{}
	var mu sync.Mutex
	var asking sync.WaitGroup
	for _, r := range replicas {
		for range 8 {
			asking.Go(func() {
				got, err := r.control.Onboard(t.Context(), admin, f.p.Slug, "snom", control.Submission{})
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil && got.Operation != nil:
					made[got.Operation.ID] = true
				case ztp.IsCode(err, ztp.CodeOperationRunning):
					if open := ztp.AsError(err).Operation; open != nil {
						made[open.ID] = true
					}
				default:
					t.Errorf("want the operation or which one is open, got %+v, %v", got, err)
				}
			})
		}
	}
	asking.Wait()
	if len(made) != 1 || len(f.openOps()) != 1 {
		t.Fatalf("%d operations were named, %d are open", len(made), len(f.openOps()))
	}
	f.together(replicas)
	f.settle()
	f.mustLink(ztp.LinkConfigured, "")
	if n := f.link().Active; n != 1 {
		t.Errorf("key %d is active, want the first", n)
	}
	f.sound()
}

// together lets all replicas work at once until none finds anything due.
func (f *fleet) together(replicas []*replica) {
	var wg sync.WaitGroup
	for _, r := range replicas {
		wg.Go(func() {
			for {
				worked, err := r.Work(context.Background())
				if err != nil {
					f.t.Error(err)
				}
				if !worked || err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestReplicas_ScheduledOnce: what comes round by itself comes once, however many
// replicas look at the same moment.
func TestReplicas_ScheduledOnce(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.press(ztp.KindOnboard)
	replicas := []*replica{f.replica(nil), f.replica(nil), f.replica(nil)}
	loose := f.credential(1)
	f.press(ztp.KindRotate)
	if err := f.base.MoveCredential(t.Context(), withState(f.credential(loose.Number), ztp.CredentialOrphan), ztp.CredentialRevoked); err != nil {
		t.Fatal(err)
	}
	for day := 1; day <= 2; day++ {
		f.clock.advance(25 * time.Hour)
		var wg sync.WaitGroup
		for _, r := range replicas {
			wg.Go(func() {
				if err := r.Schedule(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		f.together(replicas)
		f.settle()
		if err := replicas[0].Schedule(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := f.count(ztp.KindCheck); got != day {
			t.Errorf("day %d: %d checks", day, got)
		}
	}
	if got := f.count(ztp.KindTidy); got != 1 {
		t.Errorf("%d tidyings", got)
	}
	f.sound()
}

func withState(c ztp.Credential, s ztp.CredentialState) ztp.Credential { c.State = s; return c }

// count is how many operations of a kind there ever were.
func (w *world) count(kind ztp.OperationKind) (n int) {
	w.t.Helper()
	page, err := w.base.ListOperations(context.Background(), ztp.OperationQuery{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, op := range page.Items {
		if op.Kind == kind {
			n++
		}
	}
	return n
}

// previous is the store as the program before replicas uses it: that says nothing of
// itself, waits for nobody and does what comes round by its own clock.
type previous struct{ ztp.Store }

func (previous) BeatReplica(context.Context, ztp.Replica, time.Duration) error { return nil }
func (p previous) ListReplicas(context.Context, time.Duration) ([]ztp.Replica, time.Time, error) {
	return nil, time.Time{}, nil
}
func (previous) TakeDuty(context.Context, string, time.Duration) (bool, error) { return true, nil }
func (previous) SendHint(context.Context, ztp.Hint) error                      { return nil }

func (p previous) Tx(ctx context.Context, f func(ztp.Store) error) error {
	return p.Store.Tx(ctx, func(s ztp.Store) error { return f(previous{s}) })
}

// TestReplicas_RollingUpgrade runs the program before this one and this one on one
// database, in turns and at once, through every action. What the old one's statements
// meet in the new schema is shown in package sqlstore.
func TestReplicas_RollingUpgrade(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	replicas := []*replica{f.replica(nil), f.replica(func(s ztp.Store) ztp.Store { return previous{s} })}
	for range 2 {
		for _, kind := range []ztp.OperationKind{
			ztp.KindOnboard, ztp.KindRegister, ztp.KindRotate, ztp.KindPause, ztp.KindCheck, ztp.KindRotate, ztp.KindResume, ztp.KindDisable,
		} {
			for range 40 { // until it has come to rest
				if len(f.openOps()) == 0 {
					break
				}
				f.clock.advance(time.Second)
				f.together(replicas)
			}
			for _, r := range replicas {
				if err := r.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			f.ask(kind)
			f.together(replicas)
		}
		f.settle()
		f.sound()
	}
}

// cutOff is a vendor that this replica can never reach.
type cutOff struct{ *slowVendor }

func (cutOff) WriteEndpoint(context.Context, ztp.APIKey, string, ztp.VendorEndpoint) (ztp.VendorEndpoint, error) {
	return ztp.VendorEndpoint{}, &ztp.VendorError{Code: ztp.CodeVendorUnreachable, Effect: ztp.EffectNotSent, Temporary: true}
}

// TestReplicas_OneCannotReachTheVendor: what it takes up is done elsewhere, and it does
// not take up everything again and again.
func TestReplicas_OneCannotReachTheVendor(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.press(ztp.KindOnboard)
	well, bad := f.replica(nil), f.replica(nil)
	bad.Orchestrator = orchestrator.New(orchestrator.Config{
		Store: bad.store, Vendors: []ztp.Vendor{cutOff{bad.vendor}, nopVendor{}}, Reseller: f.creds, Installation: installation,
		URL: must(ztp.TemplateForBase(f.prov)), Now: f.clock.now, Jitter: func(d time.Duration) time.Duration { return d },
	})
	const phones = 20
	for i := range phones {
		mac := phone
		mac[5] = byte(i)
		if _, err := f.control.PutEndpoint(t.Context(), admin, f.p.Slug, mac, control.EndpointRequest{Account: f.account.Slug}); err != nil {
			t.Fatal(err)
		}
	}
	for range 120 { // the one that is cut off looks first, and more often
		for _, r := range []*replica{bad, bad, well} {
			if err := r.Beat(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Work(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		f.clock.advance(time.Second)
	}
	n, err := f.base.CountEndpoints(t.Context(), f.p.ID, "snom")
	if err != nil || n.Listed != phones || len(f.openOps()) > 0 {
		t.Errorf("want all %d listed, got %+v, %v: %v", phones, n, err, f.describeOpen())
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestReplicas_Together lets three replicas work at once on whatever is asked of any of
// them, while one after the other is killed or cut off for a while, and looks at what
// must hold when everything has come to rest.
func TestReplicas_Together(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 7)) //nolint:gosec // a test
			f := newFleet(t)
			replicas := []*replica{f.replica(nil), f.replica(nil), f.replica(nil)}
			kinds := []ztp.OperationKind{
				ztp.KindOnboard, ztp.KindRotate, ztp.KindRotate, ztp.KindDisable, ztp.KindRegister, ztp.KindPause, ztp.KindResume,
				ztp.KindCheck, ztp.KindUpdateAddress, ztp.KindRelease,
			}
			for range 30 {
				for range 1 + rnd.IntN(3) {
					_, _ = f.try(kinds[rnd.IntN(len(kinds))]) // many are refused: nothing to do, or another one open
				}
				if rnd.IntN(4) == 0 { // a dead one is followed by a new one
					replicas[rnd.IntN(len(replicas))] = f.replica(nil)
				}
				if rnd.IntN(6) == 0 {
					for _, r := range replicas {
						if err := r.Schedule(t.Context()); err != nil {
							t.Error(err)
						}
					}
				}
				f.together(replicas)
				f.clock.advance(time.Duration(rnd.IntN(20_000)) * time.Millisecond)
			}
			for range 600 { // what changes the link ends by itself
				if !slices.ContainsFunc(f.openOps(), func(op ztp.Operation) bool { return op.HoldsLink }) {
					break
				}
				f.together(replicas)
				f.clock.advance(time.Second)
			}
			f.press(ztp.KindOnboard) // what waits for that goes on
			f.sound()
		})
	}
}

// TestChangedMeanwhile: a row that somebody else changes while the vendor is asked makes
// the step begin again at once, not when the lease ends.
func TestChangedMeanwhile(t *testing.T) {
	t.Parallel()
	f, _, ended, let := inUse(t)
	defer let()
	e := f.phoneRow(phone)
	e.Name = "Reception"
	if err := f.base.SaveEndpoint(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	let()
	mustReceive(t, "the call", ended)
	f.clock.advance(2 * time.Second)
	f.turn()
	f.mustEnd(f.last(ztp.KindRegister), ztp.OperationDone, "")
	if got := f.phoneRow(phone); got.Name != "Reception" || got.State != ztp.EndpointListed {
		t.Errorf("the phone is %+v", got)
	}
	f.sound()
}
