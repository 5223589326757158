package orchestrator_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// story is an operation from a start state, and what must be true at its end.
type story struct {
	name  string
	sim   srapssim.Options
	begin []ztp.OperationKind
	kind  ztp.OperationKind
	final ztp.LinkState
	phone ztp.EndpointState
	// commits is how often the operation, from the request to its end, waits for the
	// disk. Two of them are the request itself and that a worker has taken it up.
	commits int
}

var stories = []story{
	// The first one of an installation also records the reseller's account.
	{name: "onboard", kind: ztp.KindOnboard, final: ztp.LinkConfigured, commits: 9},
	{name: "onboard_again_resumes", begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister, ztp.KindDisable}, kind: ztp.KindOnboard, final: ztp.LinkConfigured, phone: ztp.EndpointListed, commits: 9},
	{name: "rotate", begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister}, kind: ztp.KindRotate, final: ztp.LinkConfigured, phone: ztp.EndpointListed, commits: 8},
	{name: "disable_by_platform_key", begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister}, kind: ztp.KindDisable, final: ztp.LinkNotConfigured, phone: ztp.EndpointPaused, commits: 8},
	{name: "disable_by_reseller", sim: srapssim.Options{ChildWrites: true}, begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister}, kind: ztp.KindDisable, final: ztp.LinkNotConfigured, phone: ztp.EndpointPaused, commits: 7},
	{name: "disable_without_phones", begin: []ztp.OperationKind{ztp.KindOnboard}, kind: ztp.KindDisable, final: ztp.LinkNotConfigured, commits: 6},
	{name: "register", begin: []ztp.OperationKind{ztp.KindOnboard}, kind: ztp.KindRegister, final: ztp.LinkConfigured, phone: ztp.EndpointListed, commits: 4},
	{name: "pause", begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister}, kind: ztp.KindPause, final: ztp.LinkConfigured, phone: ztp.EndpointPaused, commits: 4},
	{name: "resume", begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister, ztp.KindPause}, kind: ztp.KindResume, final: ztp.LinkConfigured, phone: ztp.EndpointListed, commits: 4},
	{name: "release", begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister}, kind: ztp.KindRelease, final: ztp.LinkConfigured, phone: ztp.EndpointReleased, commits: 4},
	{name: "release_below_disabled", begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister, ztp.KindDisable}, kind: ztp.KindRelease, final: ztp.LinkNotConfigured, phone: ztp.EndpointReleased, commits: 12},
}

// wireFaults strike at the nth HTTP call of an operation.
var wireFaults = []srapssim.Fault{
	{Do: srapssim.DoLoseRequest},
	{Do: srapssim.DoLoseAnswer},
	{Do: srapssim.DoApplyLate, Delay: srapssim.Duration(100 * time.Hour)}, // carried out 25 s later, see settle
	{Do: srapssim.DoStatus, Status: 500},
	{Do: srapssim.DoStatus, Status: 500, Applied: true},
	{Do: srapssim.DoStatus, Status: 503},
	{Do: srapssim.DoStatus, Status: 429, RetryAfter: 3},
	{Do: srapssim.DoStatus, Status: 429, RetryAfter: 1000000},
	{Do: srapssim.DoStatus, Status: 400},
	{Do: srapssim.DoStatus, Status: 401},
	{Do: srapssim.DoStatus, Status: 403},
	{Do: srapssim.DoTruncate},
	{Do: srapssim.DoHTML},
	{Do: srapssim.DoHTML, Applied: true},
	{Do: srapssim.DoRedirect},
	{Do: srapssim.DoStale},
	{Do: srapssim.DoDuplicate},
}

// start brings a world into the story's start state, once for all its cases.
func (s story) start(t testing.TB) *state {
	t.Helper()
	w := newWorld(t, worldOptions{sim: s.sim})
	for _, k := range s.begin {
		w.press(k)
	}
	return w.state()
}

// begun is a world in the start state, with fresh counters.
func (s story) begun(t testing.TB, from *state) *world {
	t.Helper()
	w := newWorld(t, worldOptions{sim: s.sim, from: from})
	w.clock.advance(time.Minute) // newest first needs a later time
	return w
}

// every says how many of the cases are run: all of them in the full run, else a
// part that still has each call and each fault in it, and with the race detector
// (-short) a sample.
func every(n int) int {
	switch {
	case os.Getenv("ZEROTOUCH_TEST_FULL") == "1":
		return 1
	case testing.Short():
		return 7 * n
	}
	return n
}

// ended checks the end of a story.
func (s story) ended(t *testing.T, w *world) {
	t.Helper()
	for _, b := range w.verify() {
		t.Error(b)
	}
	if l := w.link(); l.State != s.final {
		t.Errorf("link is %s with error %+v, want %s", l.State, l.Error, s.final)
	}
	if s.phone == "" {
		return
	}
	e, err := w.base.Endpoint(t.Context(), w.p.ID, phone)
	if err != nil {
		t.Fatal(err)
	}
	if e.State == ztp.EndpointFailed && s.kind == ztp.KindDisable && w.named(s.kind) {
		return // definitely refused by the vendor, and said so
	}
	if e.State != s.phone {
		t.Errorf("phone is %s with error %+v, want %s", e.State, e.Error, s.phone)
	}
}

// TestStories runs each operation without any fault. A commit more than the protocol
// needs is a fault: most of an operation's own time is spent in them.
func TestStories(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := s.begun(t, s.start(t))
			if err := w.orch.Beat(t.Context()); err != nil { // as a process does that has been running
				t.Fatal(err)
			}
			before, committed := len(w.sim.Calls()), w.commits()
			w.press(s.kind)
			if got := w.commits() - committed; got != s.commits {
				t.Errorf("%d commits, want %d", got, s.commits)
			}
			s.ended(t, w)
			t.Logf("%s: %d adapter calls, %d vendor calls, %d commits", s.name, w.vendor.n, len(w.sim.Calls())-before, w.store.n)
		})
	}
}

// TestCrash kills the process, loses requests and answers, and breaks the
// database at every call and commit of every operation; then a new process on
// the same database, and the admin's next press, have to bring it to its end.
func TestCrash(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			from := s.start(t)
			clean := s.begun(t, from)
			clean.press(s.kind)
			cases := 0
			for n := 1; n <= clean.vendor.n; n++ {
				for _, f := range []callFault{killBeforeCall, killAfterCall, loseRequest, loseAnswer, failBefore} {
					if cases++; cases%every(5) != 0 {
						continue
					}
					t.Run(fmt.Sprintf("%s/%d_%s", f, n, clean.vendor.seen[n-1]), func(t *testing.T) {
						w := s.begun(t, from)
						w.vendor.at, w.vendor.fault = n, f
						s.broken(t, w)
					})
				}
			}
			for n := 1; n <= clean.store.n; n++ {
				for _, f := range []commitFault{failCommit, killBefore, killAfter, loseCommitting} {
					if cases++; cases%every(5) != 0 {
						continue
					}
					t.Run(fmt.Sprintf("%s/%d", f, n), func(t *testing.T) {
						w := s.begun(t, from)
						w.store.at, w.store.fault = n, f
						s.broken(t, w)
					})
				}
			}
			t.Logf("%s: %d calls, %d commits, %d cases", s.name, clean.vendor.n, clean.store.n, cases)
		})
	}
}

// TestWire does the same with what a vendor can do to each HTTP call.
func TestWire(t *testing.T) {
	t.Parallel()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			from := s.start(t)
			clean := s.begun(t, from)
			before := len(clean.sim.Calls())
			clean.press(s.kind)
			calls := clean.sim.Calls()[before:]
			cases := 0
			for n, c := range calls {
				for _, f := range wireFaults {
					if cases++; cases%every(19) != 0 {
						continue
					}
					f.Nth = n + 1
					name := fmt.Sprintf("%d_%s_%s/%s%d", n+1, c.Method, c.Resource, f.Do, f.Status)
					if f.Applied {
						name += "_applied"
					}
					t.Run(name, func(t *testing.T) {
						w := s.begun(t, from)
						w.sim.AddFault(f)
						s.broken(t, w)
					})
				}
			}
		})
	}
}

// broken runs the operation into its fault, lets everything come to rest, heals,
// and lets the admin press again where the operation ended without success.
func (s story) broken(t *testing.T, w *world) {
	t.Helper()
	if _, err := w.try(s.kind); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.vendor.disarm()
	w.store.disarm()
	w.sim.ClearFaults()
	w.afterHours()
	w.resolve(s.kind)
	s.ended(t, w)
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

// resolve brings the story to its end as an admin would who reads the row.
func (w *world) resolve(kind ztp.OperationKind) {
	w.t.Helper()
	done := func() bool {
		page, err := w.base.ListOperations(w.t.Context(), ztp.OperationQuery{Platform: w.p.ID, Limit: 1000})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, op := range page.Items {
			if op.Kind == kind {
				return op.State == ztp.OperationDone
			}
		}
		return false
	}
	if !done() {
		w.press(kind)
		w.afterHours()
	}
	if kind != ztp.KindOnboard {
		return
	}
	// A phone that the vendor refused to resume is named; the admin resumes it.
	if e, err := w.base.Endpoint(w.t.Context(), w.p.ID, phone); err == nil && e.State == ztp.EndpointFailed {
		w.press(ztp.KindResume)
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
