package campaign_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

var onboardAll = control.CampaignRequest{Kind: ztp.KindOnboard, Budget: 2}

func TestOnboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(3)
	_, err := w.control.Onboard(t.Context(), admin, "platform-2", "snom", control.Submission{})
	w.must(err)
	w.must(w.tick())
	w.bare("Without a token")
	began := w.clock.now()
	id := w.whole(onboardAll)
	wantStates(t, w.states(id), "platform-1 done", "platform-2 already", "platform-3 done", "without-a-token skipped provisioning_token_missing")
	if got := fmt.Sprint(w.operations(ztp.KindOnboard)); got != "map[platform-1:1 platform-2:1 platform-3:1]" {
		t.Error(got)
	}
	// Ten calls at two a second: five seconds lie between two beginnings.
	items := w.items(id)
	if gap := items[2].StartedAt.Sub(items[0].StartedAt); gap != 5*time.Second {
		t.Errorf("the second began %s after the first, %s after the campaign", gap, items[2].StartedAt.Sub(began))
	}
	l, err := w.base.Link(t.Context(), items[0].Platform, "snom")
	if err != nil || l.State != ztp.LinkConfigured || l.SetBy != admin.String() {
		t.Errorf("link %+v, %v", l, err)
	}
	events, err := w.base.ListEvents(t.Context(), ztp.EventQuery{Action: "campaign.ended"})
	if err != nil || len(events.Items) != 1 || events.Items[0].Detail != "2 done, 1 nothing to do, 1 skipped" || events.Items[0].Target != string(id) {
		t.Errorf("%+v, %v", events.Items, err)
	}
	// Again there is nothing to do, and it says so.
	again := w.campaign(w.ask(onboardAll))
	if again.State != ztp.CampaignDone || again.Tally[ztp.ItemAlready] != 3 || again.FinishedAt.IsZero() {
		t.Errorf("again: %+v", again)
	}
}

func TestRotate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(3)
	w.whole(onboardAll)
	w.clock.advance(100 * day)
	_, err := w.control.Rotate(t.Context(), admin, "platform-2", "snom", control.RotateRequest{})
	w.must(err)
	w.must(w.tick())
	w.bare("Not onboarded")
	id := w.whole(control.CampaignRequest{Kind: ztp.KindRotate, Budget: 2, OlderThan: 90 * day})
	wantStates(t, w.states(id), "platform-1 done", "platform-2 already", "platform-3 done")
	for _, c := range w.sim.Companies(w.own()) {
		if keys := w.sim.Keys(c.ID); len(keys) != 1 || !strings.HasSuffix(keys[0].Name, ":2") {
			t.Errorf("company %s has the keys %+v", c.Name, keys)
		}
	}
}

// Three failures one after the other, and a person has to look. Resumed, it goes on
// with those that are left.
func TestPausesWhenFailuresRise(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(8)
	id := w.ask(onboardAll)
	w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: "companies", Nth: 0, Do: srapssim.DoStatus, Status: 400})
	c := w.settle(id)
	if c.State != ztp.CampaignPaused || c.Reason != "3 operations failed one after the other." || c.Problem == nil || c.Problem.Code != ztp.CodeVendorRejected {
		t.Fatalf("%s: %s %+v\n%s", c.State, c.Reason, c.Problem, w.states(id))
	}
	failed := c.Tally[ztp.ItemFailed]
	if failed < 3 || failed > 4 { // one more may have been begun before the third had ended
		t.Errorf("%d failed", failed)
	}
	w.clock.advance(time.Hour)
	w.must(w.tick())
	if now := w.campaign(id); now.Version != c.Version {
		t.Errorf("it went on by itself: %+v", now)
	}
	w.sim.ClearFaults()
	_, err := w.control.ResumeCampaign(t.Context(), admin, id)
	w.must(err)
	if c = w.settle(id); c.State != ztp.CampaignDone || c.Tally[ztp.ItemDone] != 8-failed || c.Tally[ztp.ItemFailed] != failed {
		t.Errorf("%+v", c)
	}
	events, err := w.base.ListEvents(t.Context(), ztp.EventQuery{Action: "campaign.paused"})
	if err != nil || len(events.Items) != 1 || events.Items[0].Outcome != ztp.OutcomeFailed || events.Items[0].Code != ztp.CodeVendorRejected {
		t.Errorf("%+v, %v", events.Items, err)
	}
}

// What would meet every platform pauses at once, and nobody counts as failed for it.
func TestPausesWhenItConcernsAll(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		breaks, mends func(w *world)
		code          ztp.Code
	}{
		"refused at the door": {
			func(w *world) { w.creds.fails(&ztp.Error{Code: ztp.CodeSecretStoreDenied}) },
			func(w *world) { w.creds.fails(nil) }, ztp.CodeSecretStoreDenied},
		"found by an operation": {
			func(w *world) {
				w.sim.AddFault(srapssim.Fault{Method: "GET", Resource: "companies", Do: srapssim.DoStatus, Status: 401})
			},
			func(w *world) { w.sim.ClearFaults() }, ztp.CodeResellerCredentialsRejected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.platforms(3)
			id := w.ask(onboardAll)
			tc.breaks(w)
			c := w.settle(id)
			if c.State != ztp.CampaignPaused || c.Problem == nil || c.Problem.Code != tc.code || c.Tally[ztp.ItemPending] != 3 {
				t.Fatalf("%s: %s %+v\n%s", c.State, c.Reason, c.Problem, w.states(id))
			}
			tc.mends(w)
			_, err := w.control.ResumeCampaign(t.Context(), admin, id)
			w.must(err)
			w.settle(id)
			wantStates(t, w.states(id), "platform-1 done", "platform-2 done", "platform-3 done")
		})
	}
}

// Switched off, it waits and says so; switched on, it goes on without being asked.
func TestWaitsWhileWritesAreOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(2)
	id := w.ask(onboardAll)
	_, err := w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{Reason: "an audit"})
	w.must(err)
	for range 5 {
		w.must(w.tick())
	}
	c := w.campaign(id)
	if c.State != ztp.CampaignRunning || !strings.Contains(c.Reason, "an audit") || c.Tally[ztp.ItemPending] != 2 || len(w.sim.Mutations()) > 0 {
		t.Errorf("%+v, %d calls", c, len(w.sim.Mutations()))
	}
	_, err = w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{On: true})
	w.must(err)
	if c = w.settle(id); c.State != ztp.CampaignDone || c.Reason != "" || c.Tally[ztp.ItemDone] != 2 {
		t.Errorf("%+v", c)
	}
}

// A campaign that waits to be started begins nothing; cancelled, it leaves what was
// begun to its end.
func TestHoldPauseCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(5)
	id := w.ask(control.CampaignRequest{Kind: ztp.KindOnboard, Budget: 2, Hold: true})
	w.must(w.tick())
	if c := w.campaign(id); c.State != ztp.CampaignPaused || !c.StartedAt.IsZero() || c.Tally[ztp.ItemPending] != 5 {
		t.Fatalf("%+v", c)
	}
	move := func(f func(context.Context, ztp.Actor, ztp.CampaignID) (ztp.Campaign, error), want ztp.CampaignState) {
		t.Helper()
		for range 2 { // pressed twice
			c, err := f(t.Context(), admin, id)
			if err != nil || c.State != want {
				t.Fatalf("want %s, got %+v, %v", want, c, err)
			}
		}
	}
	move(w.control.ResumeCampaign, ztp.CampaignRunning)
	w.must(w.runner.Advance(t.Context())) // begins one, which is not worked on yet
	move(w.control.PauseCampaign, ztp.CampaignPaused)
	w.must(w.runner.Advance(t.Context()))
	if c := w.campaign(id); c.Tally[ztp.ItemRunning] != 1 {
		t.Fatalf("%+v", c.Tally)
	}
	move(w.control.CancelCampaign, ztp.CampaignCancelled)
	if c := w.campaign(id); !c.FinishedAt.IsZero() || c.Tally[ztp.ItemCancelled] != 4 {
		t.Errorf("%+v", c)
	}
	w.settle(id)
	wantStates(t, w.states(id), "platform-1 done", "platform-2 cancelled", "platform-3 cancelled", "platform-4 cancelled", "platform-5 cancelled")
	_, err := w.control.ResumeCampaign(t.Context(), admin, id)
	if !ztp.IsCode(err, ztp.CodeFormOutdated) {
		t.Errorf("resumed after its end: %v", err)
	}
}

// Somebody else is at a platform, or it was removed: that one is left, the rest goes on.
func TestOthersAreAtIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(4)
	id := w.ask(onboardAll)
	w.must(w.base.DeletePlatform(t.Context(), w.items(id)[0].Platform))
	_, err := w.control.Onboard(t.Context(), admin, "platform-3", "snom", control.Submission{})
	w.must(err)
	w.must(w.runner.Advance(t.Context())) // platform-2
	w.clock.advance(10 * time.Second)
	w.must(w.runner.Advance(t.Context())) // platform-3, which is being onboarded
	w.settle(id)
	wantStates(t, w.states(id), "platform-2 done", "platform-3 skipped operation_running", "platform-4 done")
}

// Keys that are older than the policy are replaced by themselves, once a day at most;
// connected links are named.
func TestPolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(2)
	w.platform("Connected")
	company := w.sim.AddCompany(w.own(), "by hand")
	keyID, secret := w.sim.AddKey(company, "by hand", srapssim.DefaultRole)
	_, err := w.control.Connect(t.Context(), admin, "connected", "snom", control.ConnectRequest{APIKey: ztp.APIKey{ID: keyID, Secret: ztp.NewSecret(secret)}})
	w.must(err)
	w.must(w.tick())
	w.whole(onboardAll)
	w.clock.advance(89 * day)
	w.must(w.runner.Policy(t.Context()))
	newest := func() ztp.Campaign {
		page, err := w.base.ListCampaigns(t.Context(), ztp.CampaignQuery{})
		w.must(err)
		return page.Items[0]
	}
	if c := newest(); c.Kind != ztp.KindOnboard {
		t.Fatalf("too early: %+v", c)
	}
	w.clock.advance(2 * day)
	w.must(w.runner.Policy(t.Context()))
	w.must(w.runner.Policy(t.Context()))
	c := newest()
	if c.Kind != ztp.KindRotate || c.Actor.String() != "system:policy" || c.State != ztp.CampaignRunning {
		t.Fatalf("%+v", c)
	}
	w.settle(c.ID)
	wantStates(t, w.states(c.ID), "connected skipped", "platform-1 done", "platform-2 done")
	if note := w.items(c.ID)[0].Note; !strings.Contains(note, "can't be rotated by API") {
		t.Error(note)
	}
	w.clock.advance(2 * day)
	w.must(w.runner.Policy(t.Context())) // only the connected one is old, and that is no reason to begin
	if newest().ID != c.ID {
		t.Errorf("begun without anything to do: %+v", newest())
	}
}

// Two replicas take the same campaigns forward at the same time, without taking turns.
func TestTwoProcessesAtOnce(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	w := &world{t: t, clock: &clock{t: time.Now().UTC()}, slugs: map[ztp.PlatformID]string{}}
	open := func() ztp.Store { return storetest.Open(t, dsn, storetest.Options{Clock: w.clock.now}) }
	w.base = open()
	w.begin(srapssim.Options{})
	w.platforms(12)
	id := w.ask(control.CampaignRequest{Kind: ztp.KindOnboard, Budget: 100})
	var busy sync.WaitGroup
	// Time passes while nobody works: else a call that the machine is slow with would arrive
	// when its time is over, and its lease.
	var passes sync.RWMutex
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
	defer stop()
	for range 2 {
		s := open()
		_, runner := w.process(s)
		orch := w.orchestrator(s, false)
		for range 2 {
			busy.Go(func() {
				for {
					passes.RLock()
					err := runner.Advance(ctx)
					if err == nil {
						_, err = orch.Work(ctx)
					}
					passes.RUnlock()
					if err != nil {
						t.Error(err)
						return
					}
					passes.Lock()
					w.clock.advance(50 * time.Millisecond)
					passes.Unlock()
					if c, err := s.Campaign(ctx, id); err == nil && !c.FinishedAt.IsZero() {
						return
					}
				}
			})
		}
	}
	busy.Wait()
	c := w.campaign(id)
	if c.State != ztp.CampaignDone || c.Tally[ztp.ItemDone] != 12 {
		t.Fatalf("%+v\n%s", c, w.states(id))
	}
	if c.Ended != 12 {
		t.Errorf("%d ends counted", c.Ended)
	}
	for slug, n := range w.operations(ztp.KindOnboard) {
		if n != 1 {
			t.Errorf("%s was onboarded %d times", slug, n)
		}
	}
	if n := len(w.sim.Companies(w.own())); n != 12 {
		t.Errorf("%d companies", n)
	}
}

// A campaign of a backup rests until somebody has looked.
func TestRestored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(2)
	id := w.ask(onboardAll)
	_, err := w.base.MarkRestored(t.Context(), "", w.clock.now())
	w.must(err)
	for range 3 {
		w.must(w.tick())
	}
	if c := w.campaign(id); c.State != ztp.CampaignPaused || c.Tally[ztp.ItemPending] != 2 || len(w.sim.Calls()) > 0 {
		t.Errorf("%+v", c)
	}
}

// What an operation counts as within a budget is what it takes.
func TestCallsPerOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(2)
	declared := w.snom().Describe().Calls
	per := func(kind ztp.OperationKind, r control.CampaignRequest) {
		t.Helper()
		plan, err := w.control.PlanCampaign(t.Context(), admin, "snom", r)
		w.must(err)
		before := len(w.sim.Calls())
		id := w.ask(r)
		listed := len(w.sim.Calls()) - before
		w.settle(id)
		n := plan.Campaign.Tally[ztp.ItemPending]
		if got := len(w.sim.Calls()) - before - listed; got != n*declared[kind] {
			t.Errorf("%s: %d calls in %d operations, declared are %d each", kind, got, n, declared[kind])
		}
	}
	if n := declared[ztp.KindRotate]; n > 18 {
		t.Errorf("%d calls: at five a second that is less than 1,000 rotations an hour", n)
	}
	w.whole(onboardAll) // from now on the process knows what it asks once
	w.platform("Platform 3")
	per(ztp.KindOnboard, onboardAll)
	per(ztp.KindRotate, control.CampaignRequest{Kind: ztp.KindRotate})
	w.platform("By hand")
	w.sim.AddCompany(w.own(), "By hand")
	per(ztp.KindAdopt, control.CampaignRequest{Kind: ztp.KindAdopt})
}
