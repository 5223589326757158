package campaign_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestKilledAtEveryCommit: the process dies just before or just after each of its
// commits; the next one brings the campaign to the same end, and nothing is made twice.
func TestKilledAtEveryCommit(t *testing.T) {
	t.Parallel()
	for kind, s := range scenes {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s.killed(t, kind, false, nil)
		})
	}
}

// TestKilledAtEveryCommit_PostgreSQL is the same there; in the quick run a part of it.
func TestKilledAtEveryCommit_PostgreSQL(t *testing.T) {
	t.Parallel()
	for kind, s := range scenes {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s.killed(t, kind, true, func(all []strike) []strike { return sampled(kind, all, len(all), 3) })
		})
	}
}

// killed runs a scene once for each kill, or those that part leaves.
func (s scene) killed(t *testing.T, kind string, postgres bool, part func([]strike) []strike) {
	from := s.start(t, postgres)
	kills := s.kills(t, from)
	points := len(kills) / 2
	if part != nil {
		kills = part(kills)
	}
	passed := 0
	for _, k := range kills {
		if t.Run(k.String(), func(t *testing.T) {
			w := from.begun(t)
			w.store.at, w.store.fault = k.at, k.fault
			id := w.survive(s.asked(w), nil)
			wantStates(t, w.states(id), s.want...)
			s.whole(t, w)
			w.madeOnce(s.kind)
		}) {
			passed++
		}
	}
	engine := "sqlite"
	if postgres {
		engine = "postgres"
	}
	report(t, reported{"campaign: " + kind, engine, "singles", points, len(kills), passed})
}

// strike is a fault at one of the points of a process: a commit, or with wire a request
// that the vendor gets.
type strike struct {
	fault fault
	at    int
	wire  *srapssim.Fault
	then  *strike
}

func (s strike) String() string {
	name := fmt.Sprintf("%s/%d", s.fault, s.at)
	if s.then != nil {
		name += "/then_" + s.then.String()
	}
	return name
}

func (s strike) arm(w *world) {
	if s.wire == nil {
		w.store.at, w.store.fault = s.at, s.fault
		return
	}
	f := *s.wire
	f.Nth = s.at
	w.sim.AddFault(f)
}

// kills are those before and after each commit of a run without faults.
func (s scene) kills(t *testing.T, from *state) (all []strike) {
	t.Helper()
	w := from.begun(t)
	id := w.ask(s.asked(w))
	w.settle(id)
	wantStates(t, w.states(id), s.want...)
	if w.store.n < 9 {
		t.Fatalf("%d commits", w.store.n)
	}
	for n := range w.store.n {
		all = append(all, strike{fault: killBefore, at: n + 1}, strike{fault: killAfter, at: n + 1})
	}
	return all
}

// asked is the request, under a key of its own.
func (s scene) asked(w *world) control.CampaignRequest {
	r := s.request(w)
	r.Key = "asked-once"
	return r
}

// survive asks and lets it run; whoever finds the process dead starts another one, for
// which next breaks something, and asks again if there was no answer.
func (w *world) survive(r control.CampaignRequest, next func()) (id ztp.CampaignID) {
	w.t.Helper()
	follow := func() {
		w.clock.advance(2 * time.Second)
		w.start()
		if next != nil {
			next()
			next = nil
		}
	}
	for range 5 {
		var err error
		died := dies(func() {
			var c ztp.Campaign
			c, err = w.control.BeginCampaign(context.Background(), admin, "snom", r)
			id = c.ID
		})
		if died {
			follow()
		} else if err == nil {
			break
		}
	}
	for range 5 {
		if !dies(func() { w.settle(id) }) {
			return id
		}
		follow()
	}
	w.t.Fatal("it dies again and again")
	return id
}

// dies reports whether the process died of it.
func dies(f func()) (died bool) {
	defer func() {
		p := recover()
		if died = p != nil; died && p != any(killed{}) {
			panic(p)
		}
	}()
	f()
	return false
}

// whole is what has to be true at the end: each platform has its company with one key,
// and no pasted key is kept.
func (s scene) whole(t *testing.T, w *world) {
	t.Helper()
	for id, slug := range w.slugs {
		l, err := w.base.Link(t.Context(), id, "snom")
		if err != nil || l.State != ztp.LinkConfigured || l.Error != nil || len(w.sim.Keys(l.CompanyID)) != 1 {
			t.Errorf("%s is %s with error %+v and the keys %+v (%v)", slug, l.State, l.Error, w.sim.Keys(l.CompanyID), err)
		}
	}
	if n := len(w.sim.Companies(w.own())); n != len(w.slugs) {
		t.Errorf("%d companies", n)
	}
	page, err := w.base.ListCampaigns(t.Context(), ztp.CampaignQuery{})
	w.must(err)
	for _, c := range page.Items {
		if c.FinishedAt.IsZero() {
			t.Errorf("campaign of %s is %s: %s", c.CreatedAt, c.State, c.Reason)
		}
		for id := range w.slugs {
			if _, err := w.base.OpenCampaignKey(t.Context(), c.ID, id, "snom"); !ztp.IsCode(err, ztp.CodeNotFound) {
				t.Errorf("a pasted key is kept: %v", err)
			}
		}
	}
	if _, err := w.base.VerifyEvents(t.Context()); err != nil {
		t.Error(err)
	}
}

func (w *world) madeOnce(kind ztp.OperationKind) {
	w.t.Helper()
	if got := w.operations(kind); slices.ContainsFunc(slices.Collect(maps.Values(got)), func(n int) bool { return n != 1 }) {
		w.t.Errorf("operations made: %v", got)
	}
}
