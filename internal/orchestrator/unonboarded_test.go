package orchestrator_test

import (
	"testing"

	"zerotouch.example/internal/ztp"
)

// A phone that waits for an Onboard which ends in Needs attention, without a key, has
// nothing to wait for: it ends with the reason, instead of waiting for ever.
func TestRegister_OnboardNeedsAttention(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.ask(ztp.KindOnboard)
	label := w.link().Labels(installation).Company(w.p.Name)
	w.sim.AddCompany(w.own(), label)
	w.sim.AddCompany(w.own(), label)
	op := w.ask(ztp.KindRegister)
	w.settle()
	if l := w.link(); l.State != ztp.LinkNeedsAttention || l.Active != 0 {
		t.Fatalf("link is %s with key %d", l.State, l.Active)
	}
	got, err := w.base.Operation(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	if got.State != ztp.OperationFailed || got.Error == nil || got.Error.Code != ztp.CodeNotOnboarded {
		t.Errorf("register is %s with %+v", got.State, got.Error)
	}
}
