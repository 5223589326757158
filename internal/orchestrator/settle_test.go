package orchestrator_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// settle lets the orchestrator work until nothing is due, moving the clock on to
// whatever is due next. A killed process is followed by a new one, and so is one that
// was told to stop; a database that is ill is well again half a minute later. It fails
// the test when the operations do not come to rest within the bound of L1.
func (w *world) settle() {
	w.t.Helper()
	begun := w.clock.now()
	for w.clock.now().Sub(begun) < w.limit {
		if w.clock.now().Sub(begun) >= 25*time.Second {
			w.sim.ReleaseLate() // after our time limit and our first looks, before absence counts
		}
		worked, err := w.orch.Work(w.working)
		switch {
		case w.store.is(readOnly, outOfReach):
			w.clock.advance(5 * time.Second)
			if w.clock.now().Sub(begun) >= 30*time.Second {
				w.store.well()
			}
		case err != nil:
			w.follow(61 * time.Second) // the lease of the dead process ends
		case w.working.Err() != nil:
			w.handedOver()
			w.follow(0)
		case !worked:
			next, open := w.nextDue()
			if !open || w.parked() {
				return
			}
			w.clock.advance(max(next.Sub(w.clock.now()), time.Second))
		}
	}
	w.t.Fatalf("operations still open after %s: %v", w.limit, w.describeOpen())
}

// parked: all that is open waits for an Onboard, on a link that was disabled meanwhile.
func (w *world) parked() bool {
	return !slices.ContainsFunc(w.openOps(), func(op ztp.Operation) bool {
		return op.State != ztp.OperationWaiting || !strings.Contains(op.Waiting, "after it is onboarded again")
	})
}

// follow starts a process after one that is gone.
func (w *world) follow(after time.Duration) {
	w.heal()
	w.wire.n, w.wire.seen = 0, nil
	w.start()
	w.clock.advance(after)
	if w.next != nil {
		w.next()
		w.next = nil
	}
}

// handedOver: a process that was told to stop has left everything to the next one.
func (w *world) handedOver() {
	w.t.Helper()
	for _, op := range w.openOps() {
		if op.State == ztp.OperationRunning {
			w.breaks("L3", "the operation is %s (%s) after the stop", op.State, op.Waiting)
		}
	}
}

func (w *world) openOps() []ztp.Operation {
	page, err := w.base.ListOperations(context.Background(), ztp.OperationQuery{Open: true, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Items
}

func (w *world) describeOpen() []string {
	var out []string
	for _, op := range w.openOps() {
		out = append(out, fmt.Sprintf("%s %s %s %q attempt %d steps %v", op.Kind, op.State, op.NextAt, op.Waiting, op.Attempt, op.Steps))
	}
	return out
}

func (w *world) nextDue() (time.Time, bool) {
	var next time.Time
	ops := w.openOps()
	for _, op := range ops {
		at := op.NextAt
		switch op.State {
		case ztp.OperationRunning:
			at = op.LeaseUntil
		case ztp.OperationUnknown, ztp.OperationWaiting:
			if at.IsZero() || op.Waiting == "" {
				w.breaks("L2", "%s is %s, to be looked at %s, because %q", op.Kind, op.State, at, op.Waiting)
			}
		}
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, len(ops) > 0
}
