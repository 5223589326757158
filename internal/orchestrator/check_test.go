package orchestrator_test

import (
	"testing"

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
