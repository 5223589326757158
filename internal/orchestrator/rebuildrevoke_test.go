package orchestrator_test

import (
	"slices"
	"testing"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestRebuild_RevokesTheNextTime: where the vendor refused to end the keys of the lost
// database, the same request does it when the vendor lets it; keys that we did not make
// stay named all the while.
func TestRebuild_RevokesTheNextTime(t *testing.T) {
	t.Parallel()
	w0 := beforeLoss(t, srapssim.Options{})
	old, foreign := w0.activeKey(), w0.foreignKey(w0.link().CompanyID)
	w := newWorld(t, worldOptions{from: lost(t, w0)})
	named := func(want ...string) {
		t.Helper()
		l := w.link()
		var got []string
		for _, k := range l.Error.Keys {
			got = append(got, k.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("named are %v, want %v", got, want)
		}
	}
	w.refuse("DELETE", srapssim.ResourceTokens, 403)
	if _, err := w.rebuild(true); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.meet()
	if op := w.last(ztp.KindRebuild); op.State != ztp.OperationNeedsOperator {
		t.Errorf("it is %s, %+v", op.State, op.Error)
	}
	named(old)
	if _, err := w.rebuild(true); err != nil {
		t.Fatal(err)
	}
	w.settle() // refused once more
	if op := w.last(ztp.KindRebuild); op.State != ztp.OperationNeedsOperator {
		t.Errorf("it is %s, %+v", op.State, op.Error)
	}
	named(old)
	w.sim.ClearFaults()
	if _, err := w.rebuild(true); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.mustEnd(w.last(ztp.KindRebuild), ztp.OperationDone, "")
	named(foreign)
	if got := w.keyIDs(w.link().CompanyID); slices.Contains(got, old) || !slices.Contains(got, foreign) {
		t.Errorf("keys at the vendor are %v, from before was %s, not ours is %s", got, old, foreign)
	}
	w.rebuiltRows(threePhones)
}
