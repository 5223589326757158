package orchestrator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// rebuildUntilAnswered asks for a rebuild, and again where the process died of it.
func (w *world) rebuildUntilAnswered(revoke bool) {
	dies := func() (died bool) {
		defer func() {
			p := recover()
			if died = p != nil; died && p != any(killed{}) {
				panic(p)
			}
		}()
		_, _ = w.rebuild(revoke) // one that fails is sent again when all has come to rest
		return false
	}
	for dies() {
		w.follow(0)
	}
	w.meet()
}

// rebuildBroken asks for a rebuild into its faults, lets everything come to rest, heals,
// and lets the admin ask again, which does nothing where nothing is left to do.
func (w *world) rebuildBroken(revoke bool) {
	w.t.Helper()
	w.rebuildUntilAnswered(revoke)
	w.settle()
	w.heal()
	w.afterHours()
	for range 2 {
		if _, err := w.rebuild(revoke); err != nil {
			w.t.Fatal(err)
		}
		w.settle()
	}
	w.hourly() // a key that was made in vain goes when the link is not from a backup any more
}

// rebuildBreakages strike at a call of a rebuild, at a request, and at a commit: all that
// others have to bear, but for what makes another company of it.
func rebuildBreakages() (calls, sent, commits []breakage) {
	calls = []breakage{
		atCall(killBeforeCall), atCall(killAfterCall), atCall(loseRequest), atCall(loseAnswer), atCall(failBefore),
		hooked("stopped", hookBefore, stops), hooked("stopped", hookAfter, stops), hooked("keys rotate", hookAfter, keysRotate),
		hooked("clock an hour on", hookBefore, jumps(time.Hour)).within(2 * time.Hour), hooked("clock an hour back", hookBefore, jumps(-time.Hour)).within(2 * time.Hour),
	}
	sent = ofRebuilds(wireBreakages(story{}))
	for _, b := range commitBreakages(story{}) {
		if !b.astray {
			commits = append(commits, b)
		}
	}
	return calls, sent, commits
}

// ofRebuilds are those of the breakages on the wire that a rebuild has to bear.
func ofRebuilds(all []breakage) (sent []breakage) {
	for _, b := range all {
		if b.name == "stale" { // a phone that the list does not show is one that nobody here knows
			b = b.only(func(p string) bool { return isList(p) && !strings.Contains(p, "/endpoints/") })
		}
		if !b.astray {
			sent = append(sent, b)
		}
	}
	return sent
}

// clean runs a rebuild without a fault.
func (c rebuildCase) clean(t *testing.T, w *world) *world {
	t.Helper()
	if _, err := w.rebuild(c.revoke); err != nil {
		t.Fatal(err)
	}
	w.settle()
	return w
}

// broken runs a rebuild into its faults and to its end.
func (c rebuildCase) broken(t *testing.T, w *world, b broken) {
	t.Helper()
	before := phonesAt(w.sim)
	b.arms(w)
	w.limit += b.patient
	w.rebuildBroken(c.revoke)
	c.ended(t, w, before)
}

// crash breaks a rebuild at its points; a part of the cases, if n says so.
func (c rebuildCase) crash(t *testing.T, postgres bool, n size) {
	from := c.start(t, postgres)
	begun := func(t *testing.T) *world {
		return newWorld(t, worldOptions{sim: c.sim, from: from, postgres: postgres})
	}
	clean := c.clean(t, begun(t))
	calls, sent, commits := rebuildBreakages()
	for _, b := range n.of(c.name, cases(clean, calls, sent, commits)) {
		passed := t.Run(b.String(), func(t *testing.T) { c.broken(t, begun(t), b) })
		theTally.add("rebuild", postgres, "singles", fmt.Sprint(c.name, b.at, b.point), passed)
	}
}

// TestRebuild_Crash kills the process, loses requests and answers, and breaks the
// database at every call, request and commit of a rebuild, from every state of the
// company: the end is that of a run without faults.
func TestRebuild_Crash(t *testing.T) {
	t.Parallel()
	for _, c := range rebuildCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.crash(t, false, size{count: 250, few: 12})
		})
	}
}

// TestRebuild_CrashPostgreSQL is a sample of the same there.
func TestRebuild_CrashPostgreSQL(t *testing.T) {
	t.Parallel()
	rebuildCases[0].crash(t, true, size{count: 300, few: 2})
}
