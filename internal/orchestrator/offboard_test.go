package orchestrator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// offboard asks for an off-boarding and returns its operation, nil for nothing to do.
func (w *world) offboard(r control.OffboardRequest) (*ztp.Operation, error) {
	ctx := context.Background()
	o, nothing, err := w.control.Offboard(ctx, admin, w.p.Slug, r)
	if err != nil || nothing {
		return nil, err
	}
	op, err := w.base.Operation(ctx, o.Parts[0].Operation)
	return &op, err
}

// receipt is the platform's last off-boarding.
func (w *world) receipt() ztp.Offboarding {
	w.t.Helper()
	page, err := w.base.ListOffboardings(context.Background(), w.p.ID, "", 1)
	if err != nil || len(page.Items) != 1 {
		w.t.Fatalf("%d receipts, %v", len(page.Items), err)
	}
	return page.Items[0]
}

// givenUp: nothing of ours is left at the vendor but the company, and the receipt says so.
func givenUp(t *testing.T, w *world) {
	t.Helper()
	n, err := w.base.CountEndpoints(t.Context(), w.p.ID, "snom")
	if err != nil || n != (ztp.EndpointCounts{}) {
		t.Errorf("phones left here: %+v, %v", n, err)
	}
	o := w.receipt()
	if c := w.company(); c != nil && (len(c.Endpoints)+len(c.Keys) > 0 || len(c.Profiles) != o.Parts[0].ProfilesOff) {
		t.Errorf("left in the company: %+v", c)
	}
	if l := w.link(); len(l.Profiles) != o.Parts[0].ProfilesOff {
		t.Errorf("the link still names profiles %v", l.Profiles)
	}
	if o.State != ztp.OffboardingDone || o.Parts[0].State != o.State || o.FinishedAt.IsZero() || o.Parts[0].Problem != nil {
		t.Errorf("the receipt says %+v", o)
	}
	p, err := w.base.Platform(t.Context(), string(w.p.ID))
	if err != nil || p.HomeSince.IsZero() {
		t.Errorf("phones are sent home since %s, %v", p.HomeSince, err)
	}
}

func offboarding(t *testing.T, sim srapssim.Options) *world {
	t.Helper()
	w := onboarded(t, sim)
	w.mustEnd(w.finish(w.wanted(3), nil), ztp.OperationDone, "")
	return w
}

// The order is strict: phones, profile, keys.
func TestOffboard_Order(t *testing.T) {
	t.Parallel()
	w := offboarding(t, srapssim.Options{})
	m := w.mark()
	w.mustEnd(w.run(ztp.KindOffboard), ztp.OperationDone, "")
	w.mustChange(m, "DELETE endpoints", "DELETE endpoints", "DELETE endpoints", "PUT provisioning-profiles", "DELETE provisioning-profiles", "DELETE tokens")
	givenUp(t, w)
	p := w.receipt().Parts[0]
	if p.Phones != 3 || p.Released != 3 || p.ProfilesRemoved != 1 || p.KeysRevoked != 1 || !p.Made || p.CompanyID != w.link().CompanyID {
		t.Errorf("%+v", p)
	}
	if says := p.Stays("Snom"); len(says) != 1 || !strings.Contains(says[0], p.CompanyID) {
		t.Errorf("what stays: %q", says)
	}
	w.sound()
	if op := w.ask(ztp.KindOffboard); op != nil {
		t.Errorf("there was something to do again: %+v", op)
	}
}

// A phone that the vendor does not let go of keeps profile and keys where they are. Asked
// for again, the rest goes too.
func TestOffboard_PhoneRefused(t *testing.T) {
	t.Parallel()
	w := offboarding(t, srapssim.Options{})
	w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: "endpoints", Nth: 2, Do: srapssim.DoStatus, Status: 422})
	w.mustEnd(w.run(ztp.KindOffboard), ztp.OperationFailed, ztp.CodeVendorRejected)
	w.mustLink(ztp.LinkConfigured, ztp.CodeVendorRejected)
	if c := w.company(); len(c.Endpoints) != 1 || len(c.Profiles) != 1 || len(c.Keys) != 1 {
		t.Errorf("at the vendor: %+v", c)
	}
	if o := w.receipt(); o.State != ztp.OffboardingStopped || o.Parts[0].Released != 2 || o.Parts[0].Refused != 1 || o.Parts[0].Problem == nil {
		t.Errorf("the receipt says %+v", o)
	}
	w.sound()
	w.sim.ClearFaults()
	w.mustEnd(w.run(ztp.KindOffboard), ztp.OperationDone, "")
	givenUp(t, w)
	w.sound()
}

// The vendor takes a release and does nothing: its list is believed, not its answer.
func TestOffboard_SilentlyKept(t *testing.T) {
	t.Parallel()
	w := offboarding(t, srapssim.Options{})
	w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: "endpoints", Nth: 1, Do: srapssim.DoStatus, Status: 204})
	w.mustEnd(w.run(ztp.KindOffboard), ztp.OperationDone, "")
	givenUp(t, w)
}

// Somebody cancels when some phones are given up: the rest stays, with profile and key.
func TestOffboard_Cancelled(t *testing.T) {
	t.Parallel()
	w := offboarding(t, srapssim.Options{})
	if _, err := w.offboard(control.OffboardRequest{}); err != nil {
		t.Fatal(err)
	}
	id := w.receipt().ID
	for range 2 { // pressed twice
		if _, err := w.control.CancelOffboarding(t.Context(), admin, id); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	o := w.receipt()
	if o.State != ztp.OffboardingCancelled || o.Parts[0].Left != 3 || o.Parts[0].Released != 0 {
		t.Errorf("the receipt says %+v", o)
	}
	w.mustLink(ztp.LinkConfigured, "")
	if p, err := w.base.Platform(t.Context(), string(w.p.ID)); err != nil || !p.HomeSince.IsZero() {
		t.Errorf("phones are sent home since %s, %v", p.HomeSince, err)
	}
	w.sound()
	w.mustEnd(w.run(ztp.KindOffboard), ztp.OperationDone, "")
	givenUp(t, w)
}

// Below a disabled link a key is made for it where the reseller may not write, and none
// is left; what nobody here has registered stays and is counted.
func TestOffboard_BelowDisabled(t *testing.T) {
	t.Parallel()
	for name, sim := range map[string]srapssim.Options{"own key": {}, "reseller": {ChildWrites: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := offboarding(t, sim)
			w.press(ztp.KindDisable)
			w.sim.PutEndpoint(w.link().CompanyID, srapssim.Endpoint{MAC: "000413F0CAFE"})
			w.mustEnd(w.run(ztp.KindOffboard), ztp.OperationDone, "")
			if c := w.company(); len(c.Endpoints) != 1 || len(c.Profiles)+len(c.Keys) > 0 {
				t.Errorf("left in the company: %+v", c)
			}
			if p := w.receipt().Parts[0]; p.Released != 3 || p.Strangers != 1 || len(p.Stays("Snom")) != 2 {
				t.Errorf("%+v", p)
			}
			w.sound()
		})
	}
}

// Of a company that was there before zerotouch no record stays here, so that the platform
// can be removed; its receipt is there all the same.
func TestOffboard_Connected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.doStep(portalCompany)
	w.doStep(pasteAndConnect)
	w.mustEnd(w.finish(w.wanted(3), nil), ztp.OperationDone, "")
	company := w.link().CompanyID
	if err := w.control.DeletePlatform(t.Context(), admin, w.p.Slug); !strings.Contains(ztp.AsError(err).Detail, "zerotouch platform offboard "+w.p.Slug) {
		t.Errorf("%v", err)
	}
	w.mustEnd(w.run(ztp.KindOffboard), ztp.OperationDone, "")
	if n := len(w.sim.Endpoints(company)); n != 0 {
		t.Errorf("%d phones left", n)
	}
	if err := w.control.DeletePlatform(t.Context(), admin, w.p.Slug); err != nil {
		t.Fatal(err)
	}
	v, err := w.control.Offboarding(t.Context(), admin, w.receipt().ID)
	if err != nil || v.Slug != w.p.Slug || v.Parts[0].CompanyID != company || v.Parts[0].Made || v.Parts[0].Released != 3 {
		t.Errorf("%+v, %v", v, err)
	}
}

// The company is gone already: nothing is left to be given up there.
func TestOffboard_CompanyGone(t *testing.T) {
	t.Parallel()
	w := offboarding(t, srapssim.Options{})
	w.sim.DeleteCompany(w.link().CompanyID)
	w.mustEnd(w.run(ztp.KindOffboard), ztp.OperationDone, "")
	if p := w.receipt().Parts[0]; !p.CompanyGone || len(p.Stays("Snom")) != 0 {
		t.Errorf("%+v", p)
	}
	if err := w.control.DeletePlatform(t.Context(), admin, w.p.Slug); err != nil {
		t.Error(err)
	}
}

// A phone that the vendor does not have any more is given up, by an off-boarding and by a
// bulk: an earlier try may have gone through before a kill.
func TestReleaseOfGonePhones(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(*world) ztp.Operation{
		"off-boarding": func(w *world) ztp.Operation { return w.run(ztp.KindOffboard) },
		"bulk": func(w *world) ztp.Operation {
			op, err := w.control.BulkEndpoints(context.Background(), admin, w.p.Slug, control.BulkRequest{Action: control.BulkRelease, MACs: []ztp.MAC{nth(0), nth(1), nth(2)}})
			return w.finish(&op, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := offboarding(t, srapssim.Options{})
			w.sim.DeleteEndpoint(w.link().CompanyID, nth(1).Bare())
			op := ask(w)
			w.mustEnd(op, ztp.OperationDone, "")
			if got := w.tally(&op); got[ztp.PhoneItemDone] != 3 {
				t.Errorf("%v", got)
			}
			w.sound()
		})
	}
}

// A batch whose time runs out is begun again; what it had not begun is not forgotten.
func TestOffboard_ClockJumps(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.finish(w.wanted(15), nil), ztp.OperationDone, "") // more than are sent at once
	hooked("clock an hour on", hookBefore, jumps(time.Hour)).arm(w, 1)
	w.limit = 2 * time.Hour
	op := w.run(ztp.KindOffboard)
	w.mustEnd(op, ztp.OperationDone, "")
	if op.Data.Round != 0 {
		t.Errorf("it took the vendor's list to find %d rounds of phones that were forgotten", op.Data.Round)
	}
	givenUp(t, w)
	w.sound()
}

// TestOffboard_Crash breaks an off-boarding at every call and commit, of a platform that
// is onboarded and of one that is disabled: the next process brings it to its end, or
// whoever reads the receipt asks again.
func TestOffboard_Crash(t *testing.T) {
	t.Parallel()
	crashOffboard(t, false, size{all: 8, part: 60})
}

// TestOffboard_CrashPostgreSQL is a sample of the same there.
func TestOffboard_CrashPostgreSQL(t *testing.T) {
	t.Parallel()
	crashOffboard(t, true, size{count: 15, few: 2})
}

func crashOffboard(t *testing.T, postgres bool, n size) {
	for name, disabled := range map[string]bool{"offboard": false, "offboard_below_disabled": true} {
		w := newWorld(t, worldOptions{postgres: postgres})
		w.press(ztp.KindOnboard)
		w.mustEnd(w.finish(w.wanted(3), nil), ztp.OperationDone, "")
		if disabled {
			w.press(ztp.KindDisable)
		}
		from := w.state()
		begun := func(t *testing.T) *world {
			w := newWorld(t, worldOptions{from: from, postgres: postgres})
			w.clock.advance(time.Minute)
			return w
		}
		clean := begun(t)
		clean.press(ztp.KindOffboard)
		// How many calls there are depends on which of those beside each other is answered first.
		if want := map[bool]int{false: 8, true: 15}[disabled]; len(clean.store.seen) != want {
			t.Errorf("%s: %d commits, want %d", name, len(clean.store.seen), want)
		}
		calls, sent, commits := comparingBreakages()
		calls = append(calls, hooked("stopped", hookBefore, stops), hooked("Disable arrives", hookBefore, disableArrives),
			hooked("frozen", hookBefore, freezesAmongOthers), hooked("frozen", hookAfter, freezesAmongOthers))
		commits = append(commits, atCommit(runTwice))
		for _, c := range n.of(name, cases(clean, calls, sent, commits)) {
			passed := t.Run(name+"/"+c.String(), func(t *testing.T) {
				w := begun(t)
				c.arm(w, c.at)
				op := w.ask(ztp.KindOffboard)
				w.settle()
				w.told(op)
				w.heal()
				w.afterHours()
				if got, err := w.base.Operation(t.Context(), op.ID); strings.Contains(c.name, "kill") && (err != nil || got.State != ztp.OperationDone) {
					t.Errorf("after a kill it ended as %s with %+v, %v", got.State, got.Error, err)
				}
				w.press(ztp.KindOffboard)
				w.afterHours()
				givenUp(t, w)
				w.mustLink(notConfigured, "")
				w.sound()
			})
			theTally.add("offboard", postgres, "singles", fmt.Sprint(name, c.at, c.point), passed)
		}
	}
}
