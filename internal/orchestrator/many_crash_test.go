package orchestrator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// mixed is an operation for many phones to be broken at each of its calls and commits:
// phones 0 and 1 are paused, 2 is given up, 3 stays, 4 to 6 are new.
const mixed = 7

func mixedStart(t *testing.T, postgres bool) *state {
	t.Helper()
	w := newWorld(t, worldOptions{postgres: postgres})
	w.press(ztp.KindOnboard)
	w.mustEnd(w.finish(w.wanted(4), nil), ztp.OperationDone, "")
	w.clock.advance(time.Hour)
	return w.state()
}

func (w *world) mix() *ztp.Operation {
	w.t.Helper()
	ctx, now := context.Background(), w.clock.now()
	op := ztp.Operation{ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindBulk, Platform: w.p.ID, Vendor: "snom", State: ztp.OperationQueued,
		Steps: ztp.StepsOf(ztp.KindBulk, ztp.OperationParams{}), Actor: admin, CreatedAt: now, UpdatedAt: now}
	err := w.base.Tx(ctx, func(s ztp.Store) error {
		var items []ztp.PhoneItem
		for _, i := range []int{0, 1, 2, 4, 5, 6} {
			e, err := s.Endpoint(ctx, w.p.ID, nth(i))
			if ztp.IsCode(err, ztp.CodeNotFound) {
				e, err = ztp.Endpoint{Platform: w.p.ID, Vendor: "snom", MAC: nth(i), Account: w.account.ID, ProductGroup: "D-Series", State: ztp.EndpointWanted, CreatedAt: now}, nil
			}
			if err != nil {
				return err
			}
			x := ztp.PhoneItem{Operation: op.ID, MAC: nth(i), Action: ztp.ItemWrite, State: ztp.PhoneItemQueued, UpdatedAt: now}
			if e.UpdatedAt = now; i == 2 {
				x.Action = ztp.ItemRelease
			}
			e.WantPaused = i < 2
			if err := s.SaveEndpoint(ctx, e); err != nil {
				return err
			}
			items = append(items, x)
		}
		if err := s.CreateOperation(ctx, op); err != nil {
			return err
		}
		return s.AddPhoneItems(ctx, w.p.ID, "snom", items)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return &op
}

// mixedEnd brings what has failed to its end as an admin does, and looks at every phone.
func (w *world) mixedEnd(op ztp.OperationID) {
	w.t.Helper()
	for range 4 {
		w.settle()
		got, err := w.base.Operation(context.Background(), op)
		if err != nil {
			w.t.Fatal(err)
		}
		t := w.tally(&got)
		if !got.State.Final() || t.Over() != t.Total() {
			w.t.Fatalf("the operation is %s with phones %v", got.State, t)
		}
		if t[ztp.PhoneItemDone] == t.Total() {
			break
		}
		if w.link().State == ztp.LinkNeedsAttention {
			w.press(ztp.KindRotate)
		}
		w.clock.advance(time.Second)
		again, err := w.control.ResumeOperation(context.Background(), admin, op, control.Submission{})
		if err != nil {
			w.t.Fatal(err)
		}
		op = again.ID
	}
	w.mustAgree(mixed)
	for i, want := range []ztp.EndpointState{"paused", "paused", "released", "listed", "listed", "listed", "listed"} {
		if e := w.phoneRow(nth(i)); e.State != want {
			w.t.Errorf("phone %d is %s with error %+v, want %s", i, e.State, e.Error, want)
		}
	}
	w.sound()
}

// TestMany_Crash kills the process, loses requests and answers, and breaks the database
// at every call and commit of an operation for many.
func TestMany_Crash(t *testing.T) {
	t.Parallel()
	crashMany(t, false, size{all: 4, part: 6})
}

// TestMany_CrashPostgreSQL is the same there; in the quick run a few cases.
func TestMany_CrashPostgreSQL(t *testing.T) {
	t.Parallel()
	crashMany(t, true, size{count: 40, few: 3})
}

func crashMany(t *testing.T, postgres bool, n size) {
	from := mixedStart(t, postgres)
	begun := func(t *testing.T) *world { return newWorld(t, worldOptions{from: from, postgres: postgres}) }
	clean := begun(t)
	clean.mixedEnd(clean.mix().ID)
	calls, sent, commits := comparingBreakages()
	calls = append(calls, hooked("stopped", hookBefore, stops), hooked("frozen", hookBefore, freezes), hooked("Disable arrives", hookBefore, disableAndBack))
	commits = append(commits, atCommit(runTwice))
	for _, c := range n.of("many", cases(clean, calls, sent, commits)) {
		passed := t.Run(c.String(), func(t *testing.T) {
			w := begun(t)
			op := w.mix()
			c.arm(w, c.at)
			w.settle()
			w.heal()
			if w.link().State == ztp.LinkNotConfigured {
				w.press(ztp.KindOnboard)
			}
			w.mixedEnd(op.ID)
		})
		theTally.add("bulk", postgres, "singles", fmt.Sprint("many", c.at, c.point), passed)
	}
}

// disableAndBack is a Disable in the middle; whoever looks presses Onboard after it.
func disableAndBack(w *world) { _, _ = w.try(ztp.KindDisable) }
