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
	"zerotouch.example/internal/ztp"
)

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
