package orchestrator_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestPairs kills the process at a point and breaks something while the next one
// recovers. All pairs take hours: `make test-long` runs them, everything else a sample.
func TestPairs(t *testing.T) {
	t.Parallel()
	var all []twice
	for _, s := range someStories(testing.Short()) {
		all = append(all, s.twice())
	}
	for _, s := range twoPhones {
		all = append(all, s.twice())
	}
	for _, s := range comparings {
		all = append(all, s.twice())
	}
	for _, c := range rebuildCases {
		all = append(all, c.twice())
	}
	for _, x := range all {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			x.run(t, x.start(t))
		})
	}
}

// twice is something that is killed, and meets another fault in its recovery.
type twice struct {
	name string
	// operation is what the report counts it as.
	operation string
	sample
	start func(t testing.TB) *state
	// clean has come to its end without a fault, alone after the first of two faults. It
	// tells the points of its last process.
	clean func(t *testing.T, from *state) *world
	alone func(t *testing.T, from *state, first broken) *world
	// broken has to come to the end that clean has.
	broken func(t *testing.T, from *state, pair broken)
	// later is what can be broken in a recovery.
	later func() (calls, sent, commits []breakage)
}

// sample is how many kills, each with how many second faults, are run where not all are.
type sample struct{ kills, each int }

// sampleOfPairs is that of an operation; there are many.
var sampleOfPairs = sample{kills: 8, each: 3}

// run lists the points of each recovery by a run without the second fault.
func (x twice) run(t *testing.T, from *state) {
	kills := cases(x.clean(t, from), []breakage{atCall(killBeforeCall), atCall(killAfterCall)}, nil, []breakage{atCommit(killBefore), atCommit(killAfter)})
	n := size{all: 1}
	if !long() {
		n = size{count: x.each, few: 1}
		kills = sampled(x.name, kills, x.kills, 1)
	}
	calls, sent, commits := x.later()
	for _, first := range kills {
		var all []broken
		t.Run(first.String()+"/alone", func(t *testing.T) {
			for _, second := range cases(x.alone(t, from, first), calls, sent, commits) {
				pair := first
				pair.next = &second
				all = append(all, pair)
			}
		})
		for _, c := range n.of(x.name, all) {
			passed := t.Run(c.String(), func(t *testing.T) { x.broken(t, from, c) })
			theTally.add(x.operation, false, "pairs", fmt.Sprint(x.name, c.at, c.point), passed)
		}
	}
}

func (s story) twice() twice {
	return twice{
		name: s.name, operation: s.operation(), sample: sampleOfPairs, start: s.start, clean: func(t *testing.T, from *state) *world { return s.clean(t, from) },
		alone: func(t *testing.T, from *state, first broken) *world {
			w := s.begun(t, from)
			first.arm(w, first.at)
			if _, err := s.press(w); err != nil {
				t.Fatal(err)
			}
			w.settle()
			return w
		},
		broken: func(t *testing.T, from *state, pair broken) { s.broken(t, s.begun(t, from), pair) },
		later:  func() (calls, sent, commits []breakage) { return laterCalls, laterSent, laterCommits },
	}
}

// sampleOfWholes is that of what is no operation: it has fewer stories.
var sampleOfWholes = sample{kills: 12, each: 8}

func (s comparing) twice() twice {
	return twice{
		name: "reconcile_" + s.name, operation: "reconcile", sample: sampleOfWholes, start: func(t testing.TB) *state { return s.start(t, false) }, clean: s.clean,
		alone: func(t *testing.T, from *state, first broken) *world {
			w := newWorld(t, worldOptions{from: from})
			s.into(t, w, first)
			w.compared()
			return w
		},
		broken: func(t *testing.T, from *state, pair broken) { s.broken(t, newWorld(t, worldOptions{from: from}), pair) },
		later: func() (calls, sent, commits []breakage) {
			_, sent, _ = comparingBreakages()
			return laterCalls, sent, laterCommits
		},
	}
}

func (c rebuildCase) twice() twice {
	begun := func(t *testing.T, from *state) *world { return newWorld(t, worldOptions{sim: c.sim, from: from}) }
	return twice{
		name: "rebuild_" + c.name, operation: "rebuild", sample: sampleOfWholes, start: func(t testing.TB) *state { return c.start(t, false) },
		clean: func(t *testing.T, from *state) *world { return c.clean(t, begun(t, from)) },
		alone: func(t *testing.T, from *state, first broken) *world {
			w := begun(t, from)
			first.arm(w, first.at)
			w.rebuildUntilAnswered(c.revoke)
			w.settle()
			return w
		},
		broken: func(t *testing.T, from *state, pair broken) { c.broken(t, begun(t, from), pair) },
		later:  func() (calls, sent, commits []breakage) { return laterCalls, ofRebuilds(laterSent), laterCommits },
	}
}

// kills reports whether the process is gone after it.
func (b breakage) kills() bool { return strings.HasPrefix(b.name, "killed") }

// arms breaks the first of the points, and the second when another process has begun.
func (c broken) arms(w *world) {
	c.arm(w, c.at)
	if c.next != nil {
		w.next = func() { c.next.arm(w, c.next.at) }
	}
}
