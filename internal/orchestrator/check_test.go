package orchestrator_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestDailyCheck finds what people changed at the vendor, within a day and
// without changing anything there.
func TestDailyCheck(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		change func(w *world)
		state  ztp.LinkState
		code   ztp.Code
		heal   func(w *world)
	}{
		"AllIsWell": {func(*world) {}, ztp.LinkConfigured, "", func(*world) {}},
		"KeyDeleted": {func(w *world) { w.sim.DeleteKey(w.activeKey()) }, ztp.LinkNeedsAttention, ztp.CodeVendorKeyRejected,
			func(w *world) { w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "") }},
		"KeyDisabled": {func(w *world) { w.sim.DisableKey(w.activeKey()) }, ztp.LinkNeedsAttention, ztp.CodeVendorKeyRejected,
			func(w *world) { w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "") }},
		"ProfileDeleted": {func(w *world) { w.sim.DeleteProfile(w.link().CompanyID, w.link().Profiles["D-Series"]) }, ztp.LinkNeedsAttention, ztp.CodeVendorRejected,
			func(w *world) { w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "") }},
		"ProfilePaused": {func(w *world) {
			p := w.sim.Profiles(w.link().CompanyID)[0]
			p.Enabled = false
			w.sim.SetProfile(w.link().CompanyID, p)
		}, ztp.LinkNeedsAttention, ztp.CodeVendorRejected,
			func(w *world) { w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "") }},
		"ProfileSentAway": {func(w *world) {
			p := w.sim.Profiles(w.link().CompanyID)[0]
			p.Settings = elsewhere("").Settings
			w.sim.SetProfile(w.link().CompanyID, p)
		}, ztp.LinkConfigured, ztp.CodeForeignKeyFound,
			func(w *world) {
				if l := w.link(); l.ForeignAddresses != 1 || l.Error.Case != ztp.CaseForeignAddress || !strings.Contains(l.Error.Detail, "1 address that leads somewhere else") {
					w.t.Errorf("%d addresses, %+v", l.ForeignAddresses, l.Error)
				}
				w.press(ztp.KindUpdateAddress)
				w.mustLink(ztp.LinkConfigured, "")
			}},
		"ForeignKey": {func(w *world) { w.foreignKey(w.link().CompanyID) }, ztp.LinkConfigured, ztp.CodeForeignKeyFound,
			func(w *world) { w.sim.DeleteKey(w.link().Error.Keys[0].ID) }},
		"CompanyDeleted": {func(w *world) { w.sim.DeleteCompany(w.link().CompanyID) }, ztp.LinkNeedsAttention, ztp.CodeVendorCompanyMissing,
			func(w *world) { w.press(ztp.KindDisable); w.press(ztp.KindOnboard) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			c.change(w)
			mark := w.mark()
			op := w.daily()
			w.mustEnd(op, ztp.OperationDone, map[bool]ztp.Code{true: c.code}[c.state == ztp.LinkNeedsAttention])
			w.mustLink(c.state, c.code)
			w.mustChange(mark)
			c.heal(w)
			w.daily()
			w.mustLink(ztp.LinkConfigured, "")
			w.sound()
		})
	}
	t.Run("WellAgainByItself", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		well := w.sim.Snapshot()
		w.sim.DisableKey(w.activeKey())
		w.daily()
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorKeyRejected)
		w.sim.Restore(well) // somebody enabled it again
		w.daily()
		w.mustLink(ztp.LinkConfigured, "")
	})
	t.Run("OfAConnectedLinkNamesForeignKeys", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		p.foreignKey(p.company)
		p.daily()
		p.mustLink(ztp.LinkConfigured, ztp.CodeForeignKeyFound)
	})
	t.Run("OnlyOnceADay", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.daily()
		mark := w.mark()
		w.hourly()
		if n := len(w.calls(mark)); n != 0 {
			t.Errorf("%d calls an hour after a check", n)
		}
	})
	t.Run("NotOfADisabledLink", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.press(ztp.KindDisable)
		mark := w.mark()
		w.afterHours()
		if n := len(w.calls(mark)); n != 0 {
			t.Errorf("%d calls for a disabled link", n)
		}
	})
}

// disabled is a platform that was disabled, with a phone.
func disabled(t *testing.T) *world {
	t.Helper()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
	return w
}

// mustKeep fails unless the link is disabled, with that company and its phone, or
// with neither when it is "".
func (w *world) mustKeep(company string) {
	w.t.Helper()
	if l := w.mustLink(ztp.LinkNotConfigured, ""); l.CompanyID != company || l.DisabledAt.IsZero() {
		w.t.Errorf("want company %q, got %+v", company, l)
	}
	want := map[bool]ztp.EndpointState{true: ztp.EndpointPaused, false: ztp.EndpointFailed}[company != ""]
	if e := w.phoneRow(phone); e.State != want {
		w.t.Errorf("the phone is %s, want %s", e.State, want)
	}
}

// TestCheckDisabled asks for the company of a disabled link, which is forgotten when
// it is proven gone and never otherwise.
func TestCheckDisabled(t *testing.T) {
	t.Parallel()
	t.Run("StillThere", func(t *testing.T) {
		t.Parallel()
		w := disabled(t)
		company, mark := w.link().CompanyID, w.mark()
		op := w.run(ztp.KindCheck)
		w.mustEnd(op, ztp.OperationDone, "")
		w.mustKeep(company)
		w.mustChange(mark)
		if op.Data.CompanyGone || w.clock.now().Sub(w.link().CheckedAt) > time.Second {
			t.Errorf("checked at %s, gone: %t", w.link().CheckedAt, op.Data.CompanyGone)
		}
		w.sound()
	})
	t.Run("ForeignKeyStaysNamed", func(t *testing.T) {
		t.Parallel()
		w := disabled(t)
		foreign, mark := w.foreignKey(w.link().CompanyID), w.mark()
		for range 2 {
			w.mustEnd(w.run(ztp.KindCheck), ztp.OperationDone, "")
			if l := w.mustLink(ztp.LinkNotConfigured, ztp.CodeForeignKeyFound); len(l.Error.Keys) != 1 || l.Error.Keys[0].ID != foreign {
				t.Errorf("named %+v", l.Error.Keys)
			}
		}
		w.mustChange(mark)
	})
	t.Run("Gone", func(t *testing.T) {
		t.Parallel()
		w := disabled(t)
		w.sim.DeleteCompany(w.link().CompanyID)
		mark := w.mark()
		op := w.run(ztp.KindCheck)
		w.mustEnd(op, ztp.OperationDone, "")
		w.mustKeep("")
		w.mustChange(mark)
		if !op.Data.CompanyGone {
			t.Error("the operation does not say what it found")
		}
		if _, err := w.control.Check(t.Context(), admin, w.p.Slug, "snom", control.Submission{}); !ztp.IsCode(err, ztp.CodeNotOnboarded) {
			t.Errorf("a check of nothing: %v", err)
		}
		w.sound()
		w.press(ztp.KindOnboard) // makes a new company
		w.press(ztp.KindResume)
		if e := w.phoneRow(phone); e.State != ztp.EndpointListed {
			t.Errorf("the phone is %s", e.State)
		}
	})
	t.Run("GoneWithLooseKeys", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.force(), ztp.OperationDone, "")
		w.sim.DeleteCompany(w.link().CompanyID)
		w.mustEnd(w.run(ztp.KindCheck), ztp.OperationDone, "")
		w.mustStates(ztp.CredentialRevoked)
		if l := w.link(); l.Unconfirmed || l.CompanyID != "" {
			t.Errorf("got %+v", l)
		}
	})
	for name, status := range map[string]int{"NotAllowed": http.StatusForbidden, "Broken": http.StatusInternalServerError, "KeyRefused": http.StatusUnauthorized} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := disabled(t)
			company := w.link().CompanyID
			w.start() // which asks the vendor again whose the reseller credential is
			w.sim.AddFault(srapssim.Fault{Method: http.MethodGet, Resource: srapssim.ResourceCompanies, Do: srapssim.DoStatus, Status: status})
			if op := w.run(ztp.KindCheck); op.State != ztp.OperationFailed || op.Error == nil {
				t.Errorf("it is %s with %+v", op.State, op.Error)
			}
			if l := w.link(); l.CompanyID != company || l.State != ztp.LinkNotConfigured || l.Error == nil {
				t.Errorf("got %+v", l)
			}
		})
	}
	t.Run("AConnectAskedMeanwhile", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
		w.sim.DeleteCompany(w.link().CompanyID)
		other := w.sim.AddCompany(w.own(), "by hand")
		id, secret := w.sim.AddKey(other, "by hand", srapssim.DefaultRole)
		asked := false
		w.sim.OnCall(func(c srapssim.Call) {
			if c.Resource != srapssim.ResourceCompanies || asked {
				return
			}
			asked = true
			r := control.ConnectRequest{APIKey: ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}}
			if _, err := w.control.Connect(t.Context(), admin, w.p.Slug, "snom", r); err != nil {
				t.Error(err)
			}
		})
		w.mustEnd(w.run(ztp.KindCheck), ztp.OperationDone, "")
		if l := w.mustLink(ztp.LinkConfigured, ""); !asked || l.CompanyID != other {
			t.Errorf("asked: %t, and the link has the company %q", asked, l.CompanyID)
		}
	})
}

// TestCheckDisabled_Crash breaks each call and commit of a check that finds the
// company gone; it is forgotten in the end, and the phone's row stays.
func TestCheckDisabled_Crash(t *testing.T) {
	t.Parallel()
	from := disabled(t).state()
	begin := func(t *testing.T) *world {
		t.Helper()
		w := newWorld(t, worldOptions{from: from})
		w.clock.advance(time.Minute)
		w.sim.DeleteCompany(w.link().CompanyID)
		return w
	}
	clean := begin(t)
	clean.press(ztp.KindCheck)
	broken := func(t *testing.T, w *world) {
		t.Helper()
		w.run(ztp.KindCheck)
		w.vendor.disarm()
		w.store.disarm()
		if w.link().CompanyID != "" {
			w.press(ztp.KindCheck)
		}
		w.mustKeep("")
		w.sound()
	}
	for n := 1; n <= clean.vendor.n; n++ {
		for _, f := range []callFault{killBeforeCall, killAfterCall, loseRequest, loseAnswer, failBefore} {
			t.Run(fmt.Sprintf("%s/%d_%s", f, n, clean.vendor.seen[n-1]), func(t *testing.T) {
				w := begin(t)
				w.vendor.at, w.vendor.fault = n, f
				broken(t, w)
			})
		}
	}
	for n := 1; n <= clean.store.n; n++ {
		for _, f := range []commitFault{failCommit, killBefore, killAfter, loseCommitting} {
			t.Run(fmt.Sprintf("%s/%d", f, n), func(t *testing.T) {
				w := begin(t)
				w.store.at, w.store.fault = n, f
				broken(t, w)
			})
		}
	}
}
