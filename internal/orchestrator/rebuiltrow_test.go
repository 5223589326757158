package orchestrator_test

import (
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// Of a company without a key, only what somebody disabled here is called disabled: a
// rebuild puts no key in force where nothing is there to prove one with.
func TestReconcile_WithoutKey(t *testing.T) {
	t.Parallel()
	disabled := rested(t, srapssim.Options{})
	disabled.press(ztp.KindDisable)
	disabled.clock.advance(time.Hour)
	if row := disabled.mustFind(ztp.ReasonCompanyKept)[0]; !strings.HasPrefix(row.Detail, admin.String()+" disabled it on 20") {
		t.Errorf("who disabled it: %q", row.Detail)
	}

	var nothing rebuildCase
	for _, c := range rebuildCases {
		if c.name == "NothingThere" {
			nothing = c
		}
	}
	w := newWorld(t, worldOptions{from: nothing.start(t, false)})
	if _, err := w.rebuild(true); err != nil {
		t.Fatal(err)
	}
	w.settle()
	for _, k := range w.sim.Keys(w.link().CompanyID) { // as somebody does who has read the row
		w.sim.DeleteKey(k.ID)
	}
	w.clock.advance(time.Hour)
	w.compareAll()
	found := false
	for _, row := range w.rows() {
		found = found || row.Reason == ztp.ReasonCompanyKept
		if text := row.Reason.Title() + row.Detail; strings.Contains(text, "disabled") {
			t.Errorf("nobody disabled it: %q", text)
		}
	}
	if !found {
		t.Errorf("the company does not show: %+v", w.rows())
	}
}
