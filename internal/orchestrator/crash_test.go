package orchestrator_test

import (
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
	begin []step
	// ask is what the admin presses; the button of kind when nil.
	ask   step
	kind  ztp.OperationKind
	facts func(*world)
	final ztp.LinkState
	phone ztp.EndpointState
	// commits is how often the operation, from the request to its end, waits for the
	// disk. Two of them are the request itself and that a worker has taken it up.
	commits int
	// points are where it is broken in TestEnumerate. A number that changes is a call
	// or a commit more or less: see whether it has to be, then change it here.
	points points
	// is tells the story's operations from others of their kind; nil: all are.
	is func(ztp.Operation) bool
	// rest is what must be true whenever everything has come to rest, before anybody has
	// done anything about it; bring brings a story that went astray to its end. nil for
	// nothing and for the buttons of the row.
	rest  func(*testing.T, *world)
	bring func(*world)
	// check is what else must be true; nil for nothing.
	check func(*testing.T, *world)
}

// points counts the calls of the adapter, what these send, and the commits.
type points struct{ calls, sent, commits int }

// step is something that is asked for; without an operation there was nothing to do.
type step func(w *world) (*ztp.Operation, error)

// do presses the buttons of these kinds, one after the other.
func do(kinds ...ztp.OperationKind) (steps []step) {
	for _, k := range kinds {
		steps = append(steps, func(w *world) (*ztp.Operation, error) { return w.try(k) })
	}
	return steps
}

// then adds further steps to begin.
func then(begin []step, more ...step) []step { return append(slices.Clone(begin), more...) }

var (
	onboardedWithPhone = do(ztp.KindOnboard, ztp.KindRegister)
	configured         = ztp.LinkConfigured
	notConfigured      = ztp.LinkNotConfigured
)

var stories = []story{
	// The first one of an installation also records the reseller's account.
	{name: "onboard", kind: ztp.KindOnboard, final: configured, commits: 9, points: points{9, 14, 7}},
	{name: "onboard_again_resumes", begin: do(ztp.KindOnboard, ztp.KindRegister, ztp.KindDisable), kind: ztp.KindOnboard, final: configured, phone: ztp.EndpointListed, commits: 11, points: points{11, 16, 10}},
	{name: "onboard_after_lost_key", begin: []step{lostKey(ztp.KindOnboard)}, kind: ztp.KindOnboard, final: configured, points: points{9, 13, 7}},
	{name: "onboard_after_force", begin: then(onboardedWithPhone, forced), kind: ztp.KindOnboard, final: configured, phone: ztp.EndpointListed, points: points{9, 14, 7}},
	{name: "onboard_young_keys", sim: srapssim.Options{KeyDelay: 20 * time.Second}, kind: ztp.KindOnboard, final: configured, points: points{19, 24, 17}},

	{name: "rotate", begin: onboardedWithPhone, kind: ztp.KindRotate, final: configured, phone: ztp.EndpointListed, commits: 8, points: points{8, 14, 7}},
	{name: "rotate_exposed", begin: onboardedWithPhone, ask: exposed, kind: ztp.KindRotate, final: configured, phone: ztp.EndpointListed, points: points{11, 17, 9}},
	{name: "rotate_after_lost_key", begin: then(onboardedWithPhone, lostKey(ztp.KindRotate)), kind: ztp.KindRotate, final: configured, phone: ztp.EndpointListed, points: points{9, 15, 8}},
	{name: "rotate_after_half_rotate", begin: then(onboardedWithPhone, halfRotate), kind: ztp.KindRotate, final: configured, phone: ztp.EndpointListed, points: points{9, 15, 8}},
	{name: "rotate_after_half_disable", begin: then(onboardedWithPhone, halfDisable), kind: ztp.KindRotate, final: configured, points: points{8, 14, 7}},
	{name: "rotate_young_keys", sim: srapssim.Options{KeyDelay: 20 * time.Second}, begin: do(ztp.KindOnboard), kind: ztp.KindRotate, final: configured, points: points{18, 24, 17}},
	// The vendor allows no more than the old key and the new one.
	{name: "rotate_two_keys_allowed", sim: srapssim.Options{KeyQuota: 2}, begin: do(ztp.KindOnboard), kind: ztp.KindRotate, final: configured, points: points{8, 14, 7}},
	{name: "rotate_restored", begin: then(onboardedWithPhone, restored), kind: ztp.KindRotate, final: configured, phone: ztp.EndpointListed, points: points{9, 15, 7}},

	{name: "disable_by_platform_key", begin: onboardedWithPhone, kind: ztp.KindDisable, final: notConfigured, phone: ztp.EndpointPaused, commits: 10, points: points{9, 16, 9}},
	{name: "disable_by_reseller", sim: srapssim.Options{ChildWrites: true}, begin: onboardedWithPhone, kind: ztp.KindDisable, final: notConfigured, phone: ztp.EndpointPaused, commits: 9, points: points{8, 14, 8}},
	{name: "disable_without_phones", begin: do(ztp.KindOnboard), kind: ztp.KindDisable, final: notConfigured, commits: 6, points: points{6, 13, 5}},
	{name: "disable_after_lost_key", begin: then(onboardedWithPhone, lostKey(ztp.KindRotate)), kind: ztp.KindDisable, final: notConfigured, phone: ztp.EndpointPaused, points: points{10, 17, 10}},
	{name: "disable_after_half_rotate", begin: then(onboardedWithPhone, halfRotate), kind: ztp.KindDisable, final: notConfigured, phone: ztp.EndpointPaused, points: points{10, 17, 10}},
	{name: "disable_after_half_disable", begin: then(onboardedWithPhone, halfDisable), kind: ztp.KindDisable, final: notConfigured, phone: ztp.EndpointPaused, points: points{6, 13, 5}},
	{name: "disable_after_force", begin: then(onboardedWithPhone, forced), kind: ztp.KindDisable, final: notConfigured, phone: ztp.EndpointPaused, points: points{11, 19, 13}},
	{name: "disable_restored", begin: then(onboardedWithPhone, restored), kind: ztp.KindDisable, final: notConfigured, phone: ztp.EndpointPaused, points: points{10, 17, 9}},
	{name: "force_disable", begin: onboardedWithPhone, ask: forced, kind: ztp.KindDisable, final: notConfigured, points: points{0, 0, 1}},

	{name: "connect", begin: []step{portalCompany}, ask: pasteAndConnect, facts: alone, kind: ztp.KindConnect, final: configured, points: points{5, 8, 3}},
	{name: "connect_with_reseller", begin: []step{portalCompany}, ask: pasteAndConnect, kind: ztp.KindConnect, final: configured, points: points{6, 9, 4}},
	{name: "replace_key", begin: []step{portalCompany, pasteAndConnect, do(ztp.KindRegister)[0]}, ask: pasteAndReplace, facts: alone, kind: ztp.KindRotate, final: configured, phone: ztp.EndpointListed, points: points{5, 11, 4}},
	{name: "replace_key_with_reseller", begin: []step{portalCompany, pasteAndConnect}, ask: pasteAndReplace, kind: ztp.KindRotate, final: configured, points: points{5, 11, 4}},
	{name: "disable_connected", begin: []step{portalCompany, pasteAndConnect, do(ztp.KindRegister)[0]}, facts: alone, kind: ztp.KindDisable, final: notConfigured, phone: ztp.EndpointPaused, points: points{7, 13, 7}},
	{name: "disable_connected_with_reseller", begin: []step{portalCompany, pasteAndConnect}, kind: ztp.KindDisable, final: notConfigured, points: points{4, 10, 3}},

	{name: "adopt", begin: []step{portalCompany}, ask: adopt, kind: ztp.KindAdopt, final: configured, points: points{8, 13, 7}},
	{name: "adopt_with_foreign_key", begin: []step{portalCompany, foreignInPortal}, ask: adopt, kind: ztp.KindAdopt, final: configured, points: points{8, 13, 7}, check: foreignNamed},

	{name: "check", begin: onboardedWithPhone, kind: ztp.KindCheck, final: configured, phone: ztp.EndpointListed, points: points{4, 8, 3}},
	{name: "check_restored", begin: then(onboardedWithPhone, restored), kind: ztp.KindCheck, final: configured, phone: ztp.EndpointListed, points: points{5, 9, 3}},
	{name: "tidy_orphan", begin: then(onboardedWithPhone, halfRotate), ask: tidied, kind: ztp.KindTidy, final: configured, phone: ztp.EndpointListed, points: points{3, 4, 5}},
	{name: "revoke_key", begin: then(onboardedWithPhone, foreignFound), ask: revokeForeign, kind: ztp.KindRevokeKey, final: configured, phone: ztp.EndpointListed, points: points{3, 4, 4}},
	{name: "compare_exposed", begin: then(onboardedWithPhone, sentAway), ask: compared, is: proves, kind: ztp.KindCheck, final: configured, phone: ztp.EndpointListed, points: points{7, 11, 5}, check: strayNamed},
	{name: "pause_foreign_phone", begin: then(onboardedWithPhone, sentAway, compared), ask: pauseStray, kind: ztp.KindPauseForeign, final: configured, phone: ztp.EndpointListed, points: points{1, 6, 2}, check: strayPaused},
	{name: "pause_foreign_profile", begin: then(onboardedWithPhone, profileSentAway, compared), ask: pauseStrayProfile, kind: ztp.KindPauseForeign, final: configured, phone: ztp.EndpointListed, points: points{2, 8, 2}, check: strayProfilePaused},
	{name: "update_address", begin: onboardedWithPhone, facts: moved, kind: ztp.KindUpdateAddress, final: configured, phone: ztp.EndpointListed, points: points{5, 10, 6}},

	{name: "register", begin: do(ztp.KindOnboard), kind: ztp.KindRegister, final: configured, phone: ztp.EndpointListed, commits: 4, points: points{1, 6, 2}},
	{name: "pause", begin: onboardedWithPhone, kind: ztp.KindPause, final: configured, phone: ztp.EndpointPaused, commits: 4, points: points{1, 6, 2}},
	{name: "resume", begin: do(ztp.KindOnboard, ztp.KindRegister, ztp.KindPause), kind: ztp.KindResume, final: configured, phone: ztp.EndpointListed, commits: 4, points: points{1, 6, 2}},
	{name: "release", begin: onboardedWithPhone, kind: ztp.KindRelease, final: configured, phone: ztp.EndpointReleased, commits: 4, points: points{1, 2, 2}},
	{name: "release_below_disabled", begin: do(ztp.KindOnboard, ztp.KindRegister, ztp.KindDisable), kind: ztp.KindRelease, final: notConfigured, phone: ztp.EndpointReleased, commits: 12, points: points{7, 9, 9}},
}

// press asks for the story's operation once.
func (s story) press(w *world) (*ztp.Operation, error) {
	if s.ask == nil {
		return w.try(s.kind)
	}
	w.clock.advance(time.Millisecond) // newest first needs a later time
	return s.ask(w)
}

// start brings a world into the story's start state, once for all its cases.
func (s story) start(t testing.TB) *state { return s.startOn(t, false) }

func (s story) startOn(t testing.TB, postgres bool) *state {
	t.Helper()
	w := newWorld(t, worldOptions{sim: s.sim, postgres: postgres})
	for _, b := range s.begin {
		w.clock.advance(time.Minute)
		w.doStep(b)
	}
	return w.state()
}

// doStep takes a step as often as an admin would have to.
func (w *world) doStep(b step) {
	w.t.Helper()
	for range 4 {
		op, err := b(w)
		if err != nil {
			w.t.Fatal(err)
		}
		w.settle()
		if op == nil {
			return
		}
		if got, err := w.base.Operation(w.t.Context(), op.ID); err != nil {
			w.t.Fatal(err)
		} else if got.State == ztp.OperationDone {
			return
		}
	}
	w.t.Fatalf("no success in four tries: link %+v", w.link())
}

// begun is a world in the start state, with fresh counters.
func (s story) begun(t testing.TB, from *state) *world {
	t.Helper()
	w := newWorld(t, worldOptions{sim: s.sim, from: from, postgres: from.postgres, facts: s.facts})
	w.clock.advance(time.Minute) // newest first needs a later time
	return w
}

// clean runs the story without a fault.
func (s story) clean(t testing.TB, from *state) *world {
	t.Helper()
	w := s.begun(t, from)
	if err := w.orch.Beat(t.Context()); err != nil { // as a process does that has been running
		t.Fatal(err)
	}
	w.doStep(s.press)
	return w
}

// every says how many of the cases are run: all of them in the full run, else a
// part that still has each call and each fault in it, and with the race detector
// (-short) a sample.
func every(n int) int {
	switch {
	case full():
		return 1
	case testing.Short():
		return 7 * n
	}
	return n
}

func full() bool { return os.Getenv("ZEROTOUCH_TEST_FULL") == "1" }

// ended checks the end of a story.
func (s story) ended(t *testing.T, w *world) {
	t.Helper()
	for _, b := range w.verify() {
		t.Error(b)
	}
	if l := w.link(); l.State != s.final {
		t.Errorf("link is %s with error %+v, want %s", l.State, l.Error, s.final)
	}
	if s.check != nil {
		s.check(t, w)
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
			committed := w.commits()
			w.doStep(s.press)
			if got := w.commits() - committed; got != s.commits && s.commits != 0 {
				t.Errorf("%d commits, want %d", got, s.commits)
			}
			if got := (points{w.vendor.n, w.wire.n, w.store.n}); got != s.points {
				t.Errorf("points are {%d, %d, %d}, want %+v", got.calls, got.sent, got.commits, s.points)
			}
			w.afterHours()
			s.ended(t, w)
		})
	}
}
