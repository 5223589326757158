package orchestrator_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// mustSay compares what an operation says of itself when it is done.
func (w *world) mustSay(op ztp.Operation, want string) {
	w.t.Helper()
	w.mustEnd(op, ztp.OperationDone, "")
	if got := op.Outcome("Snom").Text; !strings.Contains(got, want) {
		w.t.Errorf("%s says %q, want %q", op.Kind, got, want)
	}
}

// TestRefusedPhone is kept as failed and says so; removing it claims no release,
// since the vendor never had it.
func TestRefusedPhone(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string][]ztp.OperationKind{"Onboarded": nil, "BelowADisabledLink": {ztp.KindDisable}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			op := w.register(strangers)
			w.mustEnd(op, ztp.OperationFailed, ztp.CodeEndpointTaken)
			if e := w.phoneRow(strangers); !op.Error.Kept || !e.Error.Kept || !e.ConfirmedAt.IsZero() {
				t.Errorf("kept %t and %t, confirmed at %s", op.Error.Kept, e.Error.Kept, e.ConfirmedAt)
			}
			for _, kind := range begin {
				w.press(kind)
			}
			w.mustSay(w.endPhone(w.control.ReleaseEndpoint(t.Context(), admin, w.p.Slug, strangers, control.Submission{})), "nothing was given up there")
			if e := w.phoneRow(strangers); e.State != ztp.EndpointReleased || !e.ConfirmedAt.IsZero() {
				t.Errorf("the phone is %s, confirmed at %s", e.State, e.ConfirmedAt)
			}
			w.sound()
		})
	}
}

// TestReleaseSaysWhoGaveUp: what the vendor held was given up, whether or not its
// first answer came; and what is added again starts without a confirmation.
func TestReleaseSaysWhoGaveUp(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustSay(w.run(ztp.KindRelease), "is given up")
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: srapssim.DoStatus, Status: 400})
	w.mustEnd(w.register(phone), ztp.OperationFailed, ztp.CodeVendorRejected)
	if e := w.phoneRow(phone); e.State != ztp.EndpointFailed || !e.ConfirmedAt.IsZero() {
		t.Errorf("added again and refused: %s, confirmed at %s", e.State, e.ConfirmedAt)
	}
	for _, do := range []srapssim.Do{srapssim.DoLoseAnswer, srapssim.DoDuplicate} {
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.sim.ClearFaults()
		w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: do})
		w.mustSay(w.run(ztp.KindRelease), "is given up")
	}
}

// TestPhoneTakenAway: what another company has got hold of is not given up by us.
func TestPhoneTakenAway(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.sim.DeleteEndpoint(w.link().CompanyID, phone.Bare())
	w.sim.PutEndpoint(w.own(), srapssim.Endpoint{MAC: phone.Bare(), Enabled: true})
	w.mustEnd(w.register(phone), ztp.OperationFailed, ztp.CodeEndpointTaken)
	w.mustSay(w.run(ztp.KindRelease), "nothing was given up there")
}

// TestOnboardSaysHowItCameToItsCompany: made, made although no answer came, or
// taken up again with the phones that the Disable had paused.
func TestOnboardSaysHowItCameToItsCompany(t *testing.T) {
	t.Parallel()
	t.Run("Created", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		w.mustSay(w.run(ztp.KindOnboard), "Snom created the company")
	})
	t.Run("CreatedAndTheAnswerLost", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: srapssim.ResourceCompanies, Nth: 1, Do: srapssim.DoLoseAnswer})
		w.mustSay(w.run(ztp.KindOnboard), "Snom created the company")
	})
	t.Run("TakenUpAgain", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.many(4)
		w.press(ztp.KindDisable)
		w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 2, Do: srapssim.DoStatus, Status: 400})
		op := w.run(ztp.KindOnboard)
		w.mustSay(op, "taken up again, none was created")
		w.mustSay(op, "3 paused phones are redirected again.") // the fourth was refused
	})
}

// unanswered loses the answer to the first write of a phone, and looks at phones after it.
func (w *world) unanswered(looks int) {
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: srapssim.DoLoseAnswer})
	for n := range looks {
		w.sim.AddFault(srapssim.Fault{Method: "GET", Resource: srapssim.ResourceEndpoints, Nth: n + 2, Do: srapssim.DoLoseRequest})
	}
}

// TestPhoneUnanswered: a write of a phone that may have gone through is not given up
// after the few seconds that a look is worth.
func TestPhoneUnanswered(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.unanswered(5)
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	if e := w.phoneRow(phone); e.State != ztp.EndpointListed || e.Error != nil {
		t.Errorf("the phone is %s with error %+v", e.State, e.Error)
	}
	w.sound()
}

// TestPhoneUnansweredForGood: an outage that begins with a lost answer is not told as
// a failure that has changed nothing.
func TestPhoneUnansweredForGood(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.unanswered(50)
	w.mustEnd(w.register(phone), ztp.OperationNeedsOperator, ztp.CodeOutcomeUnknown)
	w.sim.ClearFaults()
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.sound()
}
