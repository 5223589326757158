package orchestrator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// TestEnumerate breaks every story at every point in every way that fits; then a new
// process on the same database, time, and the admin's next press have to bring it to
// its end, with all that must hold.
func TestEnumerate(t *testing.T) {
	t.Parallel()
	s := size{all: 1, part: 83}
	for _, x := range someStories(testing.Short()) {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			x.enumerate(t, false, s)
		})
	}
}

// TestEnumerate_PostgreSQL is a sample of the same there, of 300 cases or more of each
// operation; in the quick run a few of one story of each.
func TestEnumerate_PostgreSQL(t *testing.T) {
	t.Parallel()
	const cases = 350 // of which rotations of the keyset count for themselves
	of := map[string]int{}
	for _, s := range stories {
		of[s.operation()]++
	}
	for _, s := range someStories(!full()) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.enumerate(t, true, size{count: (cases + of[s.operation()] - 1) / of[s.operation()], few: 2})
		})
	}
}

// broken is a case: a breakage at one of the points, and another one, if any, at a point
// of the process after it.
type broken struct {
	breakage
	at    int
	point string
	next  *broken
}

func (c broken) String() string {
	name := fmt.Sprintf("%s/%d_%s", c.name, c.at, shortened(c.point))
	if c.next != nil {
		name += "/then_" + c.next.String()
	}
	return name
}

// cases lists them all, by the points that a world has come by.
func cases(w *world, calls, sent, commits []breakage) (list []broken) {
	add := func(points []string, breakages []breakage) {
		for i, p := range points {
			for _, b := range breakages {
				if b.fits == nil || b.fits(p) {
					list = append(list, broken{breakage: b, at: i + 1, point: p})
				}
			}
		}
	}
	add(w.vendor.seen, calls)
	add(w.wire.seen, sent)
	add(w.store.seen, commits)
	return list
}

func (s story) enumerate(t *testing.T, postgres bool, n size) {
	from := s.startOn(t, postgres)
	clean := s.clean(t, from)
	all := cases(clean, callBreakages(s), wireBreakages(s), commitBreakages(s))
	s.run(t, from, "singles", all, n)
}

// run runs cases of a story, or a sample of them, and counts.
func (s story) run(t *testing.T, from *state, of string, all []broken, n size) {
	for _, c := range n.of(s.name, all) {
		passed := t.Run(c.String(), func(t *testing.T) { s.broken(t, s.begun(t, from), c) })
		theTally.count(s, from.postgres, of, c, passed)
	}
}

// shortened is the name of a point without ids.
func shortened(point string) string {
	method, path, sent := strings.Cut(point, " ")
	if !sent {
		return point
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i := len(parts) - 1; i >= 0; i-- {
		if len(parts[i]) < 24 {
			return method + " " + parts[i]
		}
	}
	return method
}

// bound is that of L1 with the lease of a process that is gone: two minutes and what a
// takeover takes.
const bound = 3 * time.Minute

// broken runs the operation into its fault, lets everything come to rest, heals, and
// lets the admin press again where the operation ended without success.
func (s story) broken(t *testing.T, w *world, c broken) {
	t.Helper()
	c.arms(w)
	op, err := s.press(w)
	if err != nil {
		t.Fatal(err)
	}
	w.limit = bound + c.patient
	if c.next != nil {
		w.limit += bound
	}
	w.settle()
	w.limit = limit
	w.told(op)
	if s.rest != nil && (!c.astray || s.bring != nil) {
		s.rest(t, w)
	}
	w.heal()
	w.afterHours()
	if c.astray && s.bring != nil {
		s.bring(w)
	} else if c.astray {
		s.mend(w)
		s.check = nil // what it wants may be gone for good
	} else {
		s.resolve(w)
	}
	s.ended(t, w)
}

// told: an operation that has ended without success says why.
func (w *world) told(op *ztp.Operation) {
	w.t.Helper()
	if op == nil {
		return
	}
	got, err := w.base.Operation(w.t.Context(), op.ID)
	switch {
	case err != nil:
		w.t.Fatal(err)
	case !got.State.Final() && !w.parked():
		w.t.Errorf("L1: the operation is %s", got.State)
	case got.State.Final() && got.State != ztp.OperationDone && (got.Error == nil || got.Error.Code == ztp.CodeInternal):
		w.t.Errorf("it is %s and does not say why: %+v", got.State, got.Error)
	}
}

// heal takes away everything that is wrong outside.
func (w *world) heal() {
	w.vendor.disarm()
	w.store.disarm()
	w.wire.disarm()
	w.store.well()
	w.sim.ClearFaults()
	w.skew = 0
	w.late.Store(false)
}

// afterHours lets the hourly tidying and the daily check come round.
func (w *world) afterHours() {
	for range 2 {
		w.clock.advance(25 * time.Hour)
		if err := w.orch.Schedule(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		w.settle()
	}
}

// done reports whether the last operation of the story's kind was a success.
func (s story) done(w *world) bool {
	page, err := w.base.ListOperations(w.t.Context(), ztp.OperationQuery{Platform: w.p.ID, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, op := range page.Items {
		if op.Kind == s.kind && (s.is == nil || s.is(op)) {
			return op.State == ztp.OperationDone
		}
	}
	return false
}

// resolve brings the story to its end as an admin would who reads the row: by the same
// button.
func (s story) resolve(w *world) {
	w.t.Helper()
	if !s.done(w) {
		w.doStep(s.press)
		w.afterHours()
	}
	if s.kind != ztp.KindOnboard && s.kind != ztp.KindUpdateAddress {
		return
	}
	// A phone that the vendor refused is named; the admin resumes it.
	if e, err := w.base.Endpoint(w.t.Context(), w.p.ID, phone); err == nil && e.State == ztp.EndpointFailed {
		w.press(ztp.KindResume)
	}
}

// mend is resolve where people have changed things meanwhile, with every button of the row.
func (s story) mend(w *world) {
	w.t.Helper()
	for _, k := range []ztp.OperationKind{s.kind, ztp.KindRotate, ztp.KindOnboard, ztp.KindDisable, ztp.KindOnboard, s.kind} {
		if s.reached(w) {
			return
		}
		var op *ztp.Operation
		var err error
		if k == s.kind {
			op, err = s.press(w)
		} else {
			op, err = w.try(k)
		}
		if err != nil && k == ztp.KindOnboard { // there is no reseller
			op, err = pasteAndConnect(w)
		}
		if err == nil && op != nil {
			w.settle()
		}
		w.phoneTo(s.phone)
		w.afterHours()
	}
}

// reached reports whether all is as the story wants it.
func (s story) reached(w *world) bool {
	if w.link().State != s.final || len(w.openOps()) > 0 || len(w.verify()) > 0 {
		return false
	}
	if s.phone == "" {
		return true
	}
	e, err := w.base.Endpoint(w.t.Context(), w.p.ID, phone)
	return err == nil && e.State == s.phone
}

// phoneTo presses what brings the phone into the state.
func (w *world) phoneTo(state ztp.EndpointState) {
	kind := map[ztp.EndpointState]ztp.OperationKind{
		ztp.EndpointListed: ztp.KindRegister, ztp.EndpointPaused: ztp.KindPause, ztp.EndpointReleased: ztp.KindRelease,
	}[state]
	if kind == "" {
		return
	}
	e, err := w.base.Endpoint(w.t.Context(), w.p.ID, phone)
	if err != nil || e.State == state && len(w.verifyPhones(w.t.Context(), w.company())) == 0 {
		return
	}
	if op, err := w.try(kind); err == nil && op != nil {
		w.settle()
	}
	if kind == ztp.KindRegister && w.phoneRow(phone).State == ztp.EndpointPaused {
		if op, err := w.try(ztp.KindResume); err == nil && op != nil {
			w.settle()
		}
	}
}

// named reports whether the phone is named as refused by the operation.
func (w *world) named(kind ztp.OperationKind) bool {
	page, err := w.base.ListOperations(w.t.Context(), ztp.OperationQuery{Platform: w.p.ID, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, op := range page.Items {
		if op.Kind == kind && slices.Contains(op.Data.Failed, phone.String()) {
			return true
		}
	}
	return false
}
