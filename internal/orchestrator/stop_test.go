package orchestrator_test

import (
	"context"
	"fmt"
	"testing"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestStop tells the process to stop while each HTTP call of every operation is
// under way: the call is finished and recorded, the operation handed over at once
// and not after a lease, and the next process brings it to its end with no more
// calls that change something than without the stop.
func TestStop(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			from := s.start(t)
			clean := s.begun(t, from)
			before := len(clean.sim.Calls())
			clean.press(s.kind)
			calls, changes := clean.sim.Calls()[before:], len(mutations(clean, before))
			for n := every(3); n <= len(calls); n += every(3) {
				t.Run(fmt.Sprintf("%d_%s_%s", n, calls[n-1].Method, calls[n-1].Resource), func(t *testing.T) {
					w := s.begun(t, from)
					w.stopAt(s.kind, n)
					w.start()
					w.settle()
					s.ended(t, w)
					if got := len(mutations(w, before)); got > changes {
						t.Errorf("want no more than %d calls that change something, got %d", changes, got)
					}
				})
			}
		})
	}
}

func mutations(w *world, from int) (found []srapssim.Call) {
	for _, c := range w.sim.Calls()[from:] {
		if c.Mutation() {
			found = append(found, c)
		}
	}
	return found
}

// stopAt presses the button and stops the process when the nth call arrives.
func (w *world) stopAt(kind ztp.OperationKind, n int) {
	w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	w.sim.OnCall(func(c srapssim.Call) {
		w.arrived(c)
		if n--; n == 0 {
			stop()
		}
	})
	w.ask(kind)
	for ctx.Err() == nil {
		if worked, err := w.orch.Work(ctx); err != nil || !worked {
			w.t.Fatalf("want work until the stop, got %t, %v", worked, err)
		}
	}
	w.sim.OnCall(w.arrived)
	for _, op := range w.openOps() {
		if op.State == ztp.OperationRunning || op.State == ztp.OperationUnknown {
			w.t.Errorf("the operation is %s (%s) after the stop, want it handed over", op.State, op.Waiting)
		}
	}
}
