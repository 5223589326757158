package campaign_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// Second faults: in a commit of the next process, or at the vendor.
var (
	laterCommits  = []fault{killBefore, killAfter, fails, loses}
	laterRequests = []struct {
		name string
		srapssim.Fault
	}{
		{"answer lost", srapssim.Fault{Do: srapssim.DoLoseAnswer}}, {"429", srapssim.Fault{Do: srapssim.DoStatus, Status: 429, RetryAfter: 3}},
		{"500", srapssim.Fault{Do: srapssim.DoStatus, Status: 500}}, {"400", srapssim.Fault{Do: srapssim.DoStatus, Status: 400}},
		{"401", srapssim.Fault{Do: srapssim.DoStatus, Status: 401}},
	}
)

// TestPairs kills the process at a commit, and breaks something for the one that goes on.
// All pairs take long: `make test-long` runs them, everything else a sample. A person
// resumes what has paused, and asks again for what has failed.
func TestPairs(t *testing.T) {
	t.Parallel()
	for kind, s := range scenes {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s.pairs(t, kind)
		})
	}
}

func (s scene) pairs(t *testing.T, kind string) {
	from := s.start(t, false)
	points, cases, passed := map[int]bool{}, 0, 0 // before a commit and after it is one point
	for _, first := range sampled(kind, s.kills(t, from), 12, 1) {
		for _, pair := range sampled(kind, s.laterThan(t, from, first), 8, 1) {
			ok := t.Run(pair.String(), func(t *testing.T) { s.twice(t, from.begun(t), pair) })
			if cases++; ok {
				passed++
			}
			points[pair.at] = true
		}
	}
	report(t, reported{"campaign: " + kind, "sqlite", "pairs", len(points), cases, passed})
}

// laterThan lists what can be broken after the first fault, by a run with that alone.
func (s scene) laterThan(t *testing.T, from *state, first strike) (all []strike) {
	t.Helper()
	w, mark := from.begun(t), 0
	first.arm(w)
	w.survive(s.asked(w), func() { mark = len(w.sim.Calls()) })
	add := func(then strike) {
		pair := first
		pair.then = &then
		all = append(all, pair)
	}
	for n := range w.store.n {
		for _, f := range laterCommits {
			add(strike{fault: f, at: n + 1})
		}
	}
	for n := range len(w.sim.Calls()) - mark {
		for _, f := range laterRequests {
			add(strike{fault: fault(f.name), at: n + 1, wire: &f.Fault})
		}
	}
	return all
}

func (s scene) twice(t *testing.T, w *world, pair strike) {
	t.Helper()
	pair.arm(w)
	r := s.asked(w)
	id := w.survive(r, func() { pair.then.arm(w) })
	w.store.at = 0
	w.sim.ClearFaults()
	if pair.then.wire == nil {
		wantStates(t, w.states(id), s.want...)
		w.madeOnce(s.kind)
	} else {
		w.mend(r, id)
	}
	s.whole(t, w)
}

// mend does what a person does who reads what has become of a campaign: lets it go on
// where it has paused, and asks again for what was not done.
func (w *world) mend(r control.CampaignRequest, id ztp.CampaignID) {
	w.t.Helper()
	ctx := context.Background()
	for n := range 4 {
		if w.campaign(id).State == ztp.CampaignPaused {
			_, err := w.control.ResumeCampaign(ctx, admin, id)
			w.must(err)
			w.settle(id)
		}
		w.hours()
		if !slices.ContainsFunc(w.items(id), func(i ztp.CampaignItem) bool { return i.State != ztp.ItemDone && i.State != ztp.ItemAlready }) {
			return
		}
		if n > 0 && r.Companies == nil && r.Kind == ztp.KindAdopt { // whose company is recorded by now is onboarded, as its row says
			r = onboardAll
		}
		r.Key = fmt.Sprint("again-", n)
		id = w.ask(r)
		w.settle(id)
	}
	w.t.Errorf("asked four times:\n%s", w.states(id))
}

// hours let what is due every hour and every day come round.
func (w *world) hours() {
	w.t.Helper()
	for range 2 {
		w.clock.advance(25 * time.Hour)
		w.must(w.orch.Schedule(context.Background()))
		for range 300 {
			w.must(w.tick())
			open, err := w.base.ListOperations(context.Background(), ztp.OperationQuery{Open: true, Limit: 1})
			if w.must(err); len(open.Items) == 0 {
				break
			}
		}
	}
}

// sampled is part of the cases: so many when all are asked for by ZEROTOUCH_TEST_FULL, or
// in a quick run; always the same ones, unless ZEROTOUCH_TEST_SEED says which.
// ZEROTOUCH_TEST_LONG runs all there are.
func sampled(name string, cases []strike, inFull, quick int) []strike {
	want := quick
	if os.Getenv("ZEROTOUCH_TEST_FULL") == "1" {
		want = inFull
	}
	if want >= len(cases) || os.Getenv("ZEROTOUCH_TEST_LONG") != "" {
		return cases
	}
	rank := func(s strike) string {
		sum := sha256.Sum256([]byte(os.Getenv("ZEROTOUCH_TEST_SEED") + name + s.String()))
		return string(sum[:])
	}
	slices.SortStableFunc(cases, func(a, b strike) int { return cmp.Compare(rank(a), rank(b)) })
	return cases[:want]
}
