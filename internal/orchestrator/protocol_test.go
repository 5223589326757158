package orchestrator_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// What must hold in the middle of an operation, where the checks at rest do not look:
// what goes wrong there is mended later, and costs a key or a call.

// life is everything that can be asked for by a button, in an order in which each has
// something to do.
var life = []ztp.OperationKind{
	ztp.KindOnboard, ztp.KindRegister, ztp.KindRotate, ztp.KindPause, ztp.KindResume, ztp.KindCheck, ztp.KindUpdateAddress,
	ztp.KindDisable, ztp.KindOnboard, ztp.KindRotate, ztp.KindDisable, ztp.KindRelease,
}

// inTheMiddle lives it without a fault and looks at each call and each commit.
func inTheMiddle(t *testing.T, call func(w *world, c srapssim.Call), commit func(w *world)) {
	t.Helper()
	for name, sim := range map[string]srapssim.Options{"KeySigns": {}, "ResellerSigns": {ChildWrites: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{sim: sim})
			if call != nil {
				w.sim.OnCall(func(c srapssim.Call) { w.arrived(c); call(w, c) })
			}
			if commit != nil {
				w.store.Store = &recorder{w.base, func() { commit(w) }}
			}
			for _, kind := range life {
				w.mustEnd(w.run(kind), ztp.OperationDone, "")
			}
			w.sound()
		})
	}
}

// TestSecretIsSealedBeforeAnythingElse: a secret that the vendor shows once is stored
// before the vendor is asked for anything more, the key's own proof included.
func TestSecretIsSealedBeforeAnythingElse(t *testing.T) {
	t.Parallel()
	inTheMiddle(t, func(w *world, c srapssim.Call) {
		company := w.company()
		if company == nil {
			return
		}
		for _, k := range company.Keys {
			n, ours := w.link().Labels(installation).KeyNumber(k.Name)
			if !ours {
				continue
			}
			if row := w.credential(n); row.VendorID != k.ID || !row.Sealed && row.State != ztp.CredentialRevoked {
				w.breaks("S8", "%s %s is asked while the secret of key %d is stored nowhere: %+v", c.Method, c.Resource, n, row)
			}
		}
	}, nil)
}

// TestOneActiveAtEveryCommit: whatever is committed, it names one key in force, or none
// where there is to be none.
func TestOneActiveAtEveryCommit(t *testing.T) {
	t.Parallel()
	inTheMiddle(t, nil, func(w *world) {
		l, active := w.link(), 0
		for n, state := range w.states() {
			if state != ztp.CredentialActive {
				continue
			}
			active++
			if l.Active != n+1 {
				w.breaks("S3", "key %d is active, the link names %d", n+1, l.Active)
			}
		}
		inForce := l.State == ztp.LinkConfigured || l.State == ztp.LinkRotating
		if active > 1 || inForce != (active == 1) && l.State != ztp.LinkDisabling {
			w.breaks("S3", "%d keys are active while the link is %s", active, l.State)
		}
	})
}

// TestEveryChangeIsAudited: a commit that moves a key, the company or what is in force
// writes rows of the audit log too. Phones that a Disable or a resume goes through have
// the rows of that operation alone.
func TestEveryChangeIsAudited(t *testing.T) {
	t.Parallel()
	type facts struct {
		keys    string
		active  int
		company string
	}
	var mu sync.Mutex
	was, told := map[*world]facts{}, map[*world]int64{}
	inTheMiddle(t, nil, func(w *world) {
		l := w.link()
		now := facts{keys: fmt.Sprint(w.states()), active: l.Active, company: l.CompanyID}
		last, err := w.base.ListEvents(context.Background(), ztp.EventQuery{Limit: 1})
		if err != nil || len(last.Items) == 0 {
			w.breaks("S21", "no audit log: %v", err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if n := last.Items[0].Seq; was[w] != now && told[w] == n {
			w.breaks("S21", "a commit changes %+v to %+v and tells nobody", was[w], now)
		} else {
			told[w] = n
		}
		was[w] = now
	})
}

// counted is a store that knows how many transactions are open.
type counted struct {
	ztp.Store
	open *atomic.Int32
}

func (s counted) Tx(ctx context.Context, f func(ztp.Store) error) error {
	s.open.Add(1)
	defer s.open.Add(-1)
	return s.Store.Tx(ctx, f)
}

// TestNoTransactionDuringACall: a vendor may take long, and a transaction that waits for
// it keeps everybody else waiting.
func TestNoTransactionDuringACall(t *testing.T) {
	t.Parallel()
	var open atomic.Int32
	w := newWorld(t, worldOptions{})
	w.store.Store = counted{w.base, &open}
	calls := 0
	w.sim.OnCall(func(c srapssim.Call) {
		w.arrived(c)
		if calls++; open.Load() != 0 {
			w.breaks("S2", "a transaction is open while %s %s is under way", c.Method, c.Path)
		}
	})
	for _, kind := range life {
		w.mustEnd(w.run(kind), ztp.OperationDone, "")
	}
	if calls < len(life) {
		t.Errorf("only %d calls", calls)
	}
	w.sound()
}

// TestAbsenceNeedsTheSettleTime: what was asked for and never answered is carried out
// late, after it was looked for and not found. Nothing is asked for again before
// that could not happen any more.
func TestAbsenceNeedsTheSettleTime(t *testing.T) {
	t.Parallel()
	for _, resource := range []string{srapssim.ResourceCompanies, srapssim.ResourceTokens} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{})
			w.sim.AddFault(srapssim.Fault{
				Method: "POST", Resource: resource, Nth: 1, Do: srapssim.DoApplyLate, Delay: srapssim.Duration(100 * time.Hour),
			})
			op := w.ask(ztp.KindOnboard)
			info := w.vendor.Describe()
			early := info.CallTimeout + info.Settle - time.Second
			asked := w.clock.now()
			for w.clock.now().Sub(asked) < early {
				w.turn()
				w.clock.advance(time.Second)
			}
			if n := w.asked("POST", resource); n != 1 {
				t.Errorf("asked for %d times before absence counts", n)
			}
			w.sim.ReleaseLate()
			w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
			if took := w.clock.now().Sub(asked); took > 2*time.Minute {
				t.Errorf("L1: it took %s where the vendor answers", took)
			}
			w.sound()
		})
	}
}

// asked counts the calls of a method to a resource.
func (w *world) asked(method, resource string) (n int) {
	for _, c := range w.sim.Calls() {
		if c.Method == method && c.Resource == resource {
			n++
		}
	}
	return n
}

// TestGivingUpIsNoSuccess: a vendor that answers nothing but errors ends every operation
// without success, with the reason, and with the same key in force as before.
func TestGivingUpIsNoSuccess(t *testing.T) {
	t.Parallel()
	done := map[ztp.OperationKind]int{}
	for i, kind := range life {
		if done[kind]++; done[kind] > 1 {
			continue
		}
		for _, status := range []int{500, 503} {
			t.Run(fmt.Sprintf("%s/%d", kind, status), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, worldOptions{})
				for _, before := range life[:i] {
					w.press(before)
				}
				active, mark := w.link().Active, w.mark()
				w.refuse("", "", status)
				op := w.run(kind)
				if op.State == ztp.OperationDone || op.Error == nil || op.Error.Code == ztp.CodeInternal {
					t.Fatalf("%s is %s with error %+v", op.Kind, op.State, op.Error)
				}
				if now := w.link().Active; now != active {
					t.Errorf("key %d was in force, now it is %d", active, now)
				}
				w.mustChange(mark)
				w.sim.ClearFaults()
				w.press(kind)
				w.hourly()
				w.sound()
			})
		}
	}
}

// leasedVendor takes long for each call and looks that none may outlast the lease under
// which it is made: by then somebody else may be at the same.
type leasedVendor struct {
	*faultyVendor
	w *world
}

const longCall = 20 * time.Second

func (v leasedVendor) within(ctx context.Context, what string) {
	deadline, bounded := ctx.Deadline()
	may := time.Until(deadline)
	for _, op := range v.w.openOps() {
		if left := op.LeaseUntil.Sub(v.w.clock.now()); op.State == ztp.OperationRunning && (!bounded || may >= left) {
			v.w.breaks("S12", "%s may take %s, and the lease ends in %s", what, may, left)
		}
	}
	v.w.clock.advance(longCall)
}

func (v leasedVendor) CreateCredential(ctx context.Context, by ztp.APIKey, company, label string) (ztp.VendorKey, ztp.Secret, error) {
	v.within(ctx, "CreateCredential")
	return v.faultyVendor.CreateCredential(ctx, by, company, label)
}

func (v leasedVendor) ListCredentials(ctx context.Context, by ztp.APIKey, company string) ([]ztp.VendorKey, error) {
	v.within(ctx, "ListCredentials")
	return v.faultyVendor.ListCredentials(ctx, by, company)
}

func (v leasedVendor) RevokeCredential(ctx context.Context, by ztp.APIKey, company, id string) error {
	v.within(ctx, "RevokeCredential")
	return v.faultyVendor.RevokeCredential(ctx, by, company, id)
}

func (v leasedVendor) WhoAmI(ctx context.Context, by ztp.APIKey) (ztp.VendorCompany, error) {
	v.within(ctx, "WhoAmI")
	return v.faultyVendor.WhoAmI(ctx, by)
}

func (v leasedVendor) Profile(ctx context.Context, by ztp.APIKey, company, id string) (ztp.VendorProfile, error) {
	v.within(ctx, "Profile")
	return v.faultyVendor.Profile(ctx, by, company, id)
}

func (v leasedVendor) WriteProfile(ctx context.Context, by ztp.APIKey, company string, p ztp.VendorProfile) (ztp.VendorProfile, error) {
	v.within(ctx, "WriteProfile")
	return v.faultyVendor.WriteProfile(ctx, by, company, p)
}

// TestCallsEndBeforeTheirLease rotates at a vendor that takes 20 s for each call: a
// lease of 45 s has to be taken anew again and again.
func TestCallsEndBeforeTheirLease(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.orch = orchestrator.New(orchestrator.Config{
		Store: w.store, Vendors: []ztp.Vendor{leasedVendor{w.vendor, w}, nopVendor{}}, Reseller: w.creds, Installation: installation,
		URL: w.template(), Now: w.clock.now, Alone: true, Jitter: func(d time.Duration) time.Duration { return d },
	})
	begun := w.clock.now()
	w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
	if took := w.clock.now().Sub(begun); took < 5*longCall {
		t.Errorf("took %s: the calls were not slow", took)
	}
	w.sound()
}
