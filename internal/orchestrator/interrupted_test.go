package orchestrator_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/ztp"
)

// lease is the orchestrator's when nothing else is said.
const lease = time.Minute

// goOn lets the same process work until nothing is open, through failures of the
// database that pass.
func (w *world) goOn() {
	w.t.Helper()
	for range 1000 {
		worked, err := w.orch.Work(context.Background())
		if err != nil {
			w.store.disarm()
		}
		if _, open := w.nextDue(); !open {
			return
		}
		if !worked || err != nil {
			w.clock.advance(time.Second) // until the next poll
		}
	}
	w.t.Fatalf("operations still open: %v", w.describeOpen())
}

// TestInterrupted breaks the database at every commit of every operation, once, in a
// process that lives on: it goes on long before the lease of the operation ends, and
// under a new fence.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for _, s := range someStories(testing.Short()) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			from := s.start(t)
			clean := s.clean(t, from)
			cases := 0
			for n := 1; n <= clean.store.n; n++ {
				for _, f := range []commitFault{failCommit, loseCommitting} {
					if cases++; cases%every(7) != 0 {
						continue
					}
					t.Run(fmt.Sprintf("%s/%d", f, n), func(t *testing.T) {
						w := s.begun(t, from)
						w.store.at, w.store.fault = n, f
						op, err := s.press(w)
						if err != nil {
							t.Fatal(err)
						}
						// What broke while it was asked for broke nothing of the operation.
						begun, ahead := w.clock.now(), w.store.at == n && w.store.n < n
						w.goOn()
						if took := w.clock.now().Sub(begun); took >= lease+s.sim.KeyDelay {
							t.Errorf("it took %s, as long as the lease", took)
						}
						got, err := w.base.Operation(t.Context(), op.ID)
						if err != nil {
							t.Fatal(err)
						}
						if got.State != ztp.OperationDone {
							t.Errorf("it ended as %s with %+v", got.State, got.Error)
						}
						if f == failCommit && ahead && got.Fence < 2 {
							t.Errorf("it went on under the fence %d", got.Fence)
						}
						w.afterHours()
						s.ended(t, w)
					})
				}
			}
		})
	}
}

// brokenStore takes no commit of an operation at all.
type brokenStore struct{ ztp.Store }

func (brokenStore) Tx(context.Context, func(ztp.Store) error) error { return errors.New("broken") }

// TestInterruptedForGood: what no commit ever succeeds for is not taken up again
// every second, since each try may ask the vendor.
func TestInterruptedForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	o := orchestrator.New(orchestrator.Config{
		Store: brokenStore{w.base}, Vendors: []ztp.Vendor{w.vendor}, Reseller: w.creds, Installation: installation, Now: w.clock.now,
	})
	op := w.ask(ztp.KindOnboard)
	tries := func(d time.Duration) int64 {
		t.Helper()
		for end := w.clock.now().Add(d); w.clock.now().Before(end); w.clock.advance(time.Second) {
			_, _ = o.Work(t.Context()) // fails, or has nothing to do
		}
		now, err := w.base.Operation(t.Context(), op.ID)
		if err != nil {
			t.Fatal(err)
		}
		return now.Fence
	}
	if n := tries(30 * time.Second); n != 6 {
		t.Errorf("want one try and five more at once, got %d", n)
	}
	if n := tries(10 * time.Minute); n > 6+14 { // leases of 45 s
		t.Errorf("want one try in a lease from then on, got %d in all", n)
	}
}
