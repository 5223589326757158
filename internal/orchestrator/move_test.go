package orchestrator_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// twoPlatforms is a world with a phone in the first of two onboarded platforms.
func twoPlatforms(t *testing.T) *world {
	t.Helper()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.doStep(secondOnboarded)
	return w
}

// mustBeWith says which company has the phone at the vendor.
func (w *world) mustBeWith(l ztp.Link) {
	w.t.Helper()
	owned(w.t.(*testing.T), w)
	if w.phoneAt(l.CompanyID, phone) == nil {
		w.t.Errorf("company %s does not have the phone", l.CompanyID)
	}
}

func (w *world) putFault(nth int, f srapssim.Fault) {
	f.Method, f.Resource, f.Nth = "PUT", srapssim.ResourceEndpoints, nth
	w.sim.AddFault(f)
}

// TestMoveRefusedIsTakenBack: the other platform's vendor call is refused, and the phone
// is where it was, with all that was set there.
func TestMoveRefusedIsTakenBack(t *testing.T) {
	t.Parallel()
	w := twoPlatforms(t)
	before := w.phoneRow(phone)
	w.putFault(1, srapssim.Fault{Do: srapssim.DoStatus, Status: 400})
	op := w.finish(movedOver(w))
	w.mustEnd(op, ztp.OperationFailed, ztp.CodeVendorRejected)
	w.mustBeWith(w.link())
	after := w.phoneRow(phone)
	if after.State != ztp.EndpointListed || after.MovedTo != "" || after.Account != before.Account || after.Name != before.Name {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	w.mustEnd(w.finish(movedOver(w)), ztp.OperationDone, "")
	hasMoved(t, w)
}

// TestMoveToADisabledPlatformIsTakenBack: the other platform is disabled after the phone
// was given up.
func TestMoveToADisabledPlatformIsTakenBack(t *testing.T) {
	t.Parallel()
	w := twoPlatforms(t)
	w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+1, hookAfter, func() {
		if _, err := w.control.Disable(t.Context(), admin, "second-voice", "snom", control.DisableRequest{Force: true}); err != nil {
			t.Error(err)
		}
		w.turn() // the Disable, while the move is about to hand over
	}
	w.mustEnd(w.finish(movedOver(w)), ztp.OperationFailed, ztp.CodeNotOnboarded)
	w.mustBeWith(w.link())
	if e := w.phoneRow(phone); e.State != ztp.EndpointListed || e.MovedTo != "" {
		t.Errorf("the phone is %s, moving to %q", e.State, e.MovedTo)
	}
}

// TestMoveLeftWithNobodyIsAnAlarm: neither platform can have it. The row, the operation
// and health name it until it is somebody's again, by either way.
func TestMoveLeftWithNobodyIsAnAlarm(t *testing.T) {
	t.Parallel()
	ways := map[string]func(w *world) ztp.Operation{
		"MovedAgain": func(w *world) ztp.Operation { return w.finish(movedOver(w)) },
		"SavedAgain": func(w *world) ztp.Operation { return w.register(phone) },
		"Released":   func(w *world) ztp.Operation { return w.run(ztp.KindRelease) },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := twoPlatforms(t)
			for n := range 2 {
				w.putFault(n+1, srapssim.Fault{Do: srapssim.DoStatus, Status: 400})
			}
			op := w.finish(movedOver(w))
			w.mustEnd(op, ztp.OperationNeedsOperator, ztp.CodeEndpointUnowned)
			if !strings.Contains(op.Error.Detail, phone.String()) {
				t.Errorf("the alarm says %q", op.Error.Detail)
			}
			owned(t, w)
			unowned := func(want int) {
				t.Helper()
				h, err := w.control.Health(t.Context(), admin)
				if err != nil {
					t.Fatal(err)
				}
				left := 0
				for _, m := range h.Moving {
					if m.Left && m.Endpoint.MAC == phone {
						left++
					}
				}
				if n, err := w.control.Attention(t.Context(), admin); err != nil || left != want || n != want {
					t.Errorf("health names %d and counts %d, want %d (%v)", left, n, want, err)
				}
			}
			unowned(1)
			w.sim.ClearFaults()
			w.mustEnd(way(w), ztp.OperationDone, "")
			unowned(0)
			if name != "Released" {
				owned(t, w)
			}
		})
	}
}

// TestMoveKeepsTheAlarm: a second move that is refused as well takes the phone back to
// where it was, although nobody had it.
func TestMoveKeepsTheAlarm(t *testing.T) {
	t.Parallel()
	w := twoPlatforms(t)
	for n := range 3 { // there, back, there
		w.putFault(n+1, srapssim.Fault{Do: srapssim.DoStatus, Status: 400})
	}
	w.mustEnd(w.finish(movedOver(w)), ztp.OperationNeedsOperator, ztp.CodeEndpointUnowned)
	w.mustEnd(w.finish(movedOver(w)), ztp.OperationFailed, ztp.CodeVendorRejected)
	w.mustBeWith(w.link())
}

// TestMoveHoldsThePhoneInBothPlatforms: nobody else writes it meanwhile, and the other
// platform can't register it either.
func TestMoveHoldsThePhoneInBothPlatforms(t *testing.T) {
	t.Parallel()
	w := twoPlatforms(t)
	if _, err := movedOver(w); err != nil {
		t.Fatal(err)
	}
	_, err := w.try(ztp.KindPause)
	if !ztp.IsCode(err, ztp.CodeOperationRunning) {
		t.Errorf("pause: want operation_running, got %v", err)
	}
	_, err = w.control.PutEndpoint(t.Context(), admin, "second-voice", phone, control.EndpointRequest{Account: "main"})
	if !ztp.IsCode(err, ztp.CodeEndpointTaken) {
		t.Errorf("register there: want endpoint_taken, got %v", err)
	}
	asked := false
	w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+2, hookBefore, func() { // it is the other platform's by now
		asked = true
		_, err := w.control.PauseEndpoint(t.Context(), admin, "second-voice", phone, control.Submission{})
		if !ztp.IsCode(err, ztp.CodeOperationRunning) {
			t.Errorf("pause there: want operation_running, got %v", err)
		}
	}
	w.settle()
	if !asked {
		t.Error("nobody asked")
	}
	hasMoved(t, w)
}

// TestMoveBesideRotations: both keys are replaced while the phone is on its way.
func TestMoveBesideRotations(t *testing.T) {
	t.Parallel()
	w := twoPlatforms(t)
	w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+1, hookAfter, func() {
		for _, slug := range []string{w.p.Slug, "second-voice"} {
			if _, err := w.control.Rotate(t.Context(), admin, slug, "snom", control.RotateRequest{}); err != nil {
				t.Error(err)
			}
		}
	}
	w.mustEnd(w.finish(movedOver(w)), ztp.OperationDone, "")
	hasMoved(t, w)
	w.sound()
}

// TestTakenPhoneNamesTheSibling: the vendor has it in another platform's company, where
// nothing is recorded of it. It is named, and moved from there.
func TestTakenPhoneNamesTheSibling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{sim: srapssim.Options{ChildWrites: true}})
	w.press(ztp.KindOnboard)
	w.doStep(secondOnboarded)
	home := w.link()
	w.sim.PutEndpoint(home.CompanyID, srapssim.Endpoint{MAC: phone.Bare(), Enabled: true})
	first, account := w.p, w.account
	second, err := w.base.Platform(t.Context(), "second-voice")
	if err != nil {
		t.Fatal(err)
	}
	w.p = second
	op := w.endPhone(w.control.PutEndpoint(t.Context(), admin, second.Slug, phone, control.EndpointRequest{Account: "main"}))
	w.mustEnd(op, ztp.OperationFailed, ztp.CodeEndpointTaken)
	if op.Error.Holder != first.ID || strings.Contains(op.Error.Detail, first.Name) || strings.Contains(op.Error.Detail, first.Slug) {
		t.Errorf("holder %q, detail %q", op.Error.Holder, op.Error.Detail)
	}
	w.p, w.account = first, account
	w.mustEnd(w.finish(movedOver(w)), ztp.OperationDone, "")
	hasMoved(t, w)
}

// TestTakenPhoneOfAStranger is named to nobody, after a bounded number of looks.
func TestTakenPhoneOfAStranger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{sim: srapssim.Options{ChildWrites: true}})
	w.press(ztp.KindOnboard)
	w.doStep(secondOnboarded)
	mark := w.mark()
	op := w.register(strangers)
	w.mustEnd(op, ztp.OperationFailed, ztp.CodeEndpointTaken)
	if op.Error.Holder != "" {
		t.Errorf("holder %q", op.Error.Holder)
	}
	looks, second := 0, w.second()
	for _, c := range w.calls(mark) {
		if c.Company == second.CompanyID && c.Resource == srapssim.ResourceEndpoints {
			looks++
		}
	}
	if looks != 1 {
		t.Errorf("the other company was looked into %d times", looks)
	}
}

// TestReplaceRefused: the new phone is somebody else's. Nothing is different about the old
// one, and the new one leaves nothing behind.
func TestReplaceRefused(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	before := w.phoneRow(phone)
	r, err := w.control.ReplaceEndpoint(t.Context(), admin, w.p.Slug, phone, control.ReplaceRequest{NewMAC: strangers})
	w.mustEnd(w.finish(r.Operation, err), ztp.OperationFailed, ztp.CodeEndpointTaken)
	after := w.phoneRow(phone)
	after.Version, after.UpdatedAt = before.Version, before.UpdatedAt
	if after != before {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	if e := w.phoneRow(strangers); e.State != ztp.EndpointReleased || !e.Replaces.IsZero() {
		t.Errorf("the new phone is %s and replaces %s", e.State, e.Replaces)
	}
	w.sound()
}

// TestReplaceTakenOffAgain: the vendor takes the new phone and answers nothing, then
// refuses it. What it may have taken is given up again.
func TestReplaceTakenOffAgain(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.putFault(1, srapssim.Fault{Do: srapssim.DoStatus, Status: 502, Applied: true})
	for n := 2; n < 8; n++ {
		w.putFault(n, srapssim.Fault{Do: srapssim.DoStatus, Status: 400})
		w.sim.AddFault(srapssim.Fault{Method: "GET", Resource: srapssim.ResourceEndpoints, Nth: n, Do: srapssim.DoStatus, Status: 502})
	}
	op := w.finish(replaced(w))
	if op.State != ztp.OperationFailed {
		t.Fatalf("the replacement is %s with error %+v", op.State, op.Error)
	}
	if w.phoneAt(w.link().CompanyID, newPhone) != nil {
		t.Error("the new phone is still at the vendor")
	}
	w.sound()
}

// TestReplaceOldNotRetired: the new phone is in place, the old one can't be given up. The
// operation says both.
func TestReplaceOldNotRetired(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.refuse("DELETE", srapssim.ResourceEndpoints, 400)
	op := w.finish(replaced(w))
	w.mustEnd(op, ztp.OperationFailed, ztp.CodeVendorRejected)
	if !op.Error.Changed || !strings.Contains(op.Error.Detail, "The new phone is registered") {
		t.Errorf("it says %+v", op.Error)
	}
	if e := w.phoneRow(newPhone); e.State != ztp.EndpointListed {
		t.Errorf("the new phone is %s", e.State)
	}
	w.sim.ClearFaults()
	w.mustEnd(w.run(ztp.KindRelease), ztp.OperationDone, "")
	w.sound()
}

// TestReplaceHoldsBothPhones against other operations, and refuses what can't be.
func TestReplaceHoldsBothPhones(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	other := ztp.MAC{0x00, 0x04, 0x13, 9, 9, 9}
	w.mustEnd(w.register(other), ztp.OperationDone, "")
	for name, c := range map[string]struct {
		fresh ztp.MAC
		want  ztp.Code
	}{"NoNewPhone": {ztp.MAC{}, ztp.CodeInvalid}, "ItsOwn": {phone, ztp.CodeInvalid}, "AnotherOfThePlatform": {other, ztp.CodeInvalid}} {
		_, err := w.control.ReplaceEndpoint(t.Context(), admin, w.p.Slug, phone, control.ReplaceRequest{NewMAC: c.fresh})
		if !ztp.IsCode(err, c.want) || ztp.AsError(err).Fields["new_mac"] == "" {
			t.Errorf("%s: want %s, got %v", name, c.want, err)
		}
	}
	if _, err := replaced(w); err != nil {
		t.Fatal(err)
	}
	for _, mac := range []ztp.MAC{phone, newPhone} {
		_, err := w.control.PauseEndpoint(t.Context(), admin, w.p.Slug, mac, control.Submission{})
		if !ztp.IsCode(err, ztp.CodeOperationRunning) {
			t.Errorf("pause %s: want operation_running, got %v", mac, err)
		}
	}
	_, err := w.control.ReplaceEndpoint(t.Context(), admin, w.p.Slug, other, control.ReplaceRequest{NewMAC: newPhone})
	if err == nil {
		t.Error("two old phones are replaced by the same new one")
	}
	w.settle()
	hasReplaced(t, w)
	w.sound()
}
