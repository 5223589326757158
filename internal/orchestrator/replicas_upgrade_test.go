package orchestrator_test

import (
	"context"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/ztp"
)

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

// TestReplicas_OneOutOfReachDoesNotKeepALongWait: nobody reached the vendor for so long
// that tries are a minute apart. When one can again, the try after that is its own,
// although the one that is still cut off always looks first.
func TestReplicas_OneOutOfReachDoesNotKeepALongWait(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	f.press(ztp.KindOnboard)
	m := &machine{world: f.world}
	bad, well := m.join(), m.join()
	bad.line.cut, well.line.cut = true, true
	op := must(f.control.Sync(t.Context(), admin, f.p.Slug, "snom", control.Submission{})).Operation
	both := func(until func() bool, limit time.Duration) {
		t.Helper()
		for begun := f.clock.now(); !until(); f.clock.advance(time.Second) {
			if f.clock.now().Sub(begun) > limit {
				t.Fatalf("after %s: %v", limit, f.describeOpen())
			}
			for _, x := range []*member{bad, bad, well} {
				if err := x.orch.Beat(t.Context()); err != nil {
					t.Fatal(err)
				}
				if _, err := x.orch.Work(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	both(func() bool { return f.op(op.ID).Attempt > 6 }, 10*time.Minute)
	well.line.cut = false
	both(func() bool { return f.op(op.ID).State.Final() }, 4*time.Minute)
	f.mustEnd(f.op(op.ID), ztp.OperationDone, "")
}
