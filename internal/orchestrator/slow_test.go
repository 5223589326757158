package orchestrator_test

import (
	"context"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// telling is a store that tells of every commit.
type telling struct {
	ztp.Store
	told chan struct{}
}

func (s telling) Tx(ctx context.Context, f func(ztp.Store) error) error {
	err := s.Store.Tx(ctx, f)
	s.told <- struct{}{}
	return err
}

// TestSlowCall holds a call that only reads until something is committed. What was
// done before rides with the next commit, and a quick call needs none; a slow one
// must not keep the row and the database from what is true.
func TestSlowCall(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name     string
		begin    []ztp.OperationKind
		kind     ztp.OperationKind
		after    string // method of the call before
		resource string
		step     string // that waits for the call
		recorded func(w *world) bool
	}{
		{
			name: "company_made", kind: ztp.KindOnboard, after: "POST", resource: srapssim.ResourceCompanies, step: ztp.StepTidyKeys,
			recorded: func(w *world) bool { return w.link().CompanyID == w.company().ID },
		},
		{
			name: "old_key_revoked", begin: []ztp.OperationKind{ztp.KindOnboard}, kind: ztp.KindRotate,
			after: "DELETE", resource: srapssim.ResourceTokens, step: ztp.StepListKeys,
			recorded: func(w *world) bool {
				c, err := w.base.Credential(context.Background(), w.p.ID, "snom", 1)
				return err == nil && c.State == ztp.CredentialRevoked && !c.Sealed
			},
		},
	} {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{})
			w.slowCall = 0 // half a second
			w.start()
			for _, k := range x.begin {
				w.press(k)
			}
			told := make(chan struct{}, 1000)
			w.store.Store = telling{w.base, told}
			done, held := false, false
			w.sim.OnCall(func(c srapssim.Call) {
				w.arrived(c)
				if c.Mutation() {
					done = c.Method == x.after && c.Resource == x.resource
					return
				}
				if !done || held {
					return
				}
				held = true
				for len(told) > 0 {
					<-told
				}
				select {
				case <-told:
				case <-time.After(time.Minute):
					w.breaks("L2", "nothing is committed while a call takes long")
					return
				}
				if op := w.openOps()[0]; op.Current().Name != x.step || op.Current().State != ztp.StepRunning || op.Data.Pending != nil {
					w.breaks("L2", "the row is at %+v, pending %+v, want %s", op.Current(), op.Data.Pending, x.step)
				}
				if !x.recorded(w) {
					w.breaks("L2", "what was done is not recorded: link %+v", w.link())
				}
			})
			w.press(x.kind)
			if !held {
				t.Error("no call was held")
			}
			for _, b := range w.verify() {
				t.Error(b)
			}
		})
	}
}
