package control_test

import (
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// fixGone presses fix on a row that says that the company is gone.
func (w *world) fixGone(row string) error {
	w.t.Helper()
	_, err := w.control.ActOnRow(w.t.Context(), admin, "snom", row, control.RowFix, control.RowRequest{})
	return err
}

// The company of a row is not that of the platform any more: somebody else has put it
// right meanwhile. The button on the old page must not disable the new company.
func TestRow_GoneAndReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	w.sim.DeleteCompany(w.link().CompanyID)
	row := w.only(ztp.ReasonCompanyGone)
	w.settle()
	w.must(w.fixGone(row.ID))
	w.settle()
	w.onboard()
	before, key := w.mark(), w.activeKey()
	_, err := w.control.PlanRow(t.Context(), admin, "snom", row.ID, control.RowFix, control.RowRequest{})
	w.wantCode(ztp.CodeFormOutdated, err)
	w.wantCode(ztp.CodeFormOutdated, w.fixGone(row.ID))
	w.nothingSince(before)
	if l := w.link(); l.State != ztp.LinkConfigured || w.activeKey() != key {
		t.Errorf("the healthy link was touched: %s", l.State)
	}
}

// The company of a row is there again: the vendor had hidden it for a while. Forgetting
// it must not turn into the end of a link that works.
func TestRow_GoneAndBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	key, was := w.activeKey(), w.sim.Snapshot()
	w.sim.DeleteCompany(w.link().CompanyID)
	row := w.only(ztp.ReasonCompanyGone)
	w.settle()
	w.sim.Restore(was)
	w.must(w.fixGone(row.ID))
	w.settle()
	if l := w.link(); l.Active == 0 || l.CompanyID == "" || w.activeKey() != key {
		t.Fatalf("the link was ended: %s, %+v", l.State, l.Error)
	}
	if keys := w.sim.Keys(w.link().CompanyID); len(keys) != 1 || keys[0].ID != key || keys[0].Disabled {
		t.Errorf("keys at the vendor: %+v", keys)
	}
	if p := w.profileOf(w.link().CompanyID); !p.Enabled {
		t.Error("the profile was paused")
	}
}
