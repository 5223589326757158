package orchestrator_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// mustBeInTheWay says that a request was refused because of op.
func (w *world) mustBeInTheWay(what string, op *ztp.Operation, err error) {
	w.t.Helper()
	if e := ztp.AsError(err); e.Code != ztp.CodeOperationRunning || e.Operation == nil || e.Operation.ID != op.ID {
		w.t.Errorf("%s: want operation_running with the %s, got %v", what, op.Kind, err)
	}
}

// TestReleaseOfManyHoldsItsPhones: a vendor that asks us to wait must not make an older
// word, that a phone be given up, win over a newer one.
func TestReleaseOfManyHoldsItsPhones(t *testing.T) {
	t.Parallel()
	w := twoPlatforms(t)
	ctx, none := t.Context(), control.Submission{}
	ask := func() (*ztp.Operation, error) {
		op, err := w.control.BulkEndpoints(ctx, admin, w.p.Slug, control.BulkRequest{Action: control.BulkRelease, MACs: []ztp.MAC{phone}})
		return &op, err
	}
	single, err := w.control.PauseEndpoint(ctx, admin, w.p.Slug, phone, none)
	if err != nil {
		t.Fatal(err)
	}
	_, err = ask()
	w.mustBeInTheWay("giving up a phone that is being paused", single.Operation, err)
	w.mustEnd(w.finish(single.Operation, nil), ztp.OperationDone, "")

	op, err := ask()
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.control.PutEndpoint(ctx, admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug})
	w.mustBeInTheWay("keeping a phone that is being given up", op, err)
	_, err = w.control.MoveEndpoint(ctx, admin, w.p.Slug, phone, control.MoveRequest{Platform: "second-voice", Account: "main"})
	w.mustBeInTheWay("moving it", op, err)
	_, err = w.control.ReplaceEndpoint(ctx, admin, w.p.Slug, phone, control.ReplaceRequest{NewMAC: nth(1)})
	w.mustBeInTheWay("replacing it", op, err)
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustEnd(w.register(phone), ztp.OperationDone, "") // and free again
}

// TestReleaseOfManyTakenUpAgain: what was asked for since is not undone by taking up what
// an ended operation has left.
func TestReleaseOfManyTakenUpAgain(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.finish(w.wanted(2), nil), ztp.OperationDone, "")
	op := w.bulkOf(control.BulkRelease, 2)
	if _, err := w.control.CancelOperation(t.Context(), admin, op.ID); err != nil {
		t.Fatal(err)
	}
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	if _, err := w.control.PauseEndpoint(t.Context(), admin, w.p.Slug, nth(0), control.Submission{}); err != nil {
		t.Fatal(err)
	}
	again, err := w.control.ResumeOperation(t.Context(), admin, op.ID, control.Submission{})
	w.mustEnd(w.finish(&again, err), ztp.OperationDone, "")
	w.mustTally(&again, ztp.PhoneTally{ztp.PhoneItemDone: 1})
	if e := w.phoneRow(nth(0)); e.State != ztp.EndpointPaused {
		t.Errorf("the phone that was paused since is %s", e.State)
	}
	w.mustAgree(2)
}

// TestReleaseOfManyTakenUpOnce: whoever asks a second time is told who was first, and a
// phone that was registered anew since is not given up.
func TestReleaseOfManyTakenUpOnce(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.finish(w.wanted(2), nil), ztp.OperationDone, "")
	op := w.bulkOf(control.BulkRelease, 2)
	if _, err := w.control.CancelOperation(t.Context(), admin, op.ID); err != nil {
		t.Fatal(err)
	}
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	takeUp := func() (*ztp.Operation, error) {
		again, err := w.control.ResumeOperation(t.Context(), admin, op.ID, control.Submission{})
		return &again, err
	}
	first, err := takeUp()
	if err != nil {
		t.Fatal(err)
	}
	_, err = takeUp()
	w.mustBeInTheWay("taking up the rest twice", first, err)
	w.mustEnd(w.finish(first, nil), ztp.OperationDone, "")
	w.mustEnd(w.register(nth(0)), ztp.OperationDone, "")
	_, err = takeUp()
	if e := ztp.AsError(err); e.Code != ztp.CodeInUse || !strings.Contains(e.Detail, string(first.ID)) {
		t.Errorf("taken up once more: %v", err)
	}
	w.settle()
	if e := w.phoneRow(nth(0)); e.State != ztp.EndpointListed {
		t.Errorf("the phone that was registered since is %s", e.State)
	}
}

// TestReleaseOfManyGoneAlready: phones that the vendor does not have any more are given up.
func TestReleaseOfManyGoneAlready(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.finish(w.wanted(3), nil), ztp.OperationDone, "")
	w.sim.DeleteEndpoint(w.link().CompanyID, nth(1).Bare())
	op := w.bulkOf(control.BulkRelease, 3)
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: 3})
	w.mustAgree(3)
}

// TestManyCancelledIsNotSent: phones that are cancelled while the vendor's list is read,
// after they were picked for the next batch, stay undone.
func TestManyCancelledIsNotSent(t *testing.T) {
	t.Parallel()
	const n = 200
	w := onboarded(t, srapssim.Options{})
	op := w.wanted(n)
	w.vendor.at, w.vendor.fault = w.vendor.n+2, killBeforeCall
	if _, err := w.orch.Work(context.Background()); err == nil {
		t.Fatal("the first process lives")
	}
	marked, left := w.tally(op)[ztp.PhoneItemSent], w.tally(op)[ztp.PhoneItemQueued]
	if left == 0 {
		t.Fatal("nothing is left to be cancelled")
	}
	w.clock.advance(61 * time.Second)
	w.start()
	w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+1, hookBefore, func() {
		if _, err := w.control.CancelOperation(context.Background(), admin, op.ID); err != nil {
			t.Error(err)
		}
	}
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: marked, ztp.PhoneItemCancelled: left})
	if e := w.phoneRow(nth(n - 1)); e.State != ztp.EndpointFailed || e.Error == nil || e.Error.Code != ztp.CodeCancelled {
		t.Errorf("a phone that nothing was sent of waits for nobody: %s, %+v", e.State, e.Error)
	}
	pause := w.bulkOf(control.BulkPause, marked)
	if _, err := w.control.CancelOperation(t.Context(), admin, pause.ID); err != nil {
		t.Fatal(err)
	}
	w.mustEnd(w.finish(pause, nil), ztp.OperationDone, "")
	if e := w.phoneRow(nth(0)); e.State != ztp.EndpointListed || e.Error == nil || e.Error.Code != ztp.CodeCancelled {
		t.Errorf("a phone that was to be paused is %s, %+v", e.State, e.Error)
	}
	w.clock.advance(time.Second)
	for _, id := range []ztp.OperationID{op.ID, pause.ID} {
		again, err := w.control.ResumeOperation(t.Context(), admin, id, control.Submission{})
		w.mustEnd(w.finish(&again, err), ztp.OperationDone, "")
	}
	w.mustAgree(n)
	if e := w.phoneRow(nth(0)); e.Error != nil {
		t.Errorf("the error stays: %+v", e.Error)
	}
}

// TestReleaseOfFindingsLooksFirst: what was changed at the vendor since the sync is not
// given up for what that had found, nor is a phone that it did not show and that is there.
func TestReleaseOfFindingsLooksFirst(t *testing.T) {
	t.Parallel()
	w := drifted(t, worldOptions{})
	w.sync()
	company := w.link().CompanyID
	back := w.ours(numbered(0).Bare())
	back.MAC = numbered(1).Bare()
	w.sim.PutEndpoint(company, back)
	w.edit(stranger, func(e *srapssim.Endpoint) {
		e.Settings = map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://third.example/{mac}"}}
	})
	w.sim.DeleteEndpoint(company, "000413C0FFEE")
	if _, err := w.control.PauseEndpoint(t.Context(), admin, w.p.Slug, numbered(3), control.Submission{}); err != nil {
		t.Fatal(err)
	}
	macs := []ztp.MAC{numbered(1), numbered(2), numbered(3), {0x00, 0x04, 0x13, 0xC0, 0xFF, 0xEE}, stranger}
	_, op := w.onDrifts(ztp.DriftRelease, control.DriftRequest{MACs: macs})
	w.mustEnd(op, ztp.OperationDone, "")
	w.mustTally(&op, ztp.PhoneTally{ztp.PhoneItemDone: 2, ztp.PhoneItemCancelled: 2})
	for mac, there := range map[ztp.MAC]bool{numbered(1): true, numbered(2): false, numbered(3): true, stranger: true} {
		if (w.phoneAt(company, mac) != nil) != there {
			t.Errorf("%s is at the vendor: %t", mac, !there)
		}
	}
	if e := w.phoneRow(numbered(1)); e.State != ztp.EndpointListed {
		t.Errorf("the phone that was there all along is %s", e.State)
	}
	if e := w.phoneRow(stranger); e.State != ztp.EndpointReleased {
		t.Errorf("the phone that is unknown here is %s", e.State)
	}
	again, err := w.control.ResumeOperation(t.Context(), admin, op.ID, control.Submission{})
	w.mustEnd(w.finish(&again, err), ztp.OperationDone, "")
	if w.phoneAt(company, numbered(1)) == nil {
		t.Error("taken up again, it was given up without a look")
	}
	w.clock.advance(time.Hour)
	w.sync()
	w.mustDrift("00:04:13:0A:0B:01 other_url prov.example.net", "00:04:13:C0:FF:EF unknown_here third.example")
}

// TestReleaseOfFindingsCancelled: what is cancelled is not given up, whether or not items
// were made of it, and is among the findings as it was.
func TestReleaseOfFindingsCancelled(t *testing.T) {
	t.Parallel()
	for name, taken := range map[string]bool{"before it begins": false, "after the phones were taken": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := drifted(t, worldOptions{})
			w.sync()
			_, res, err := w.control.ActOnDrifts(t.Context(), admin, w.p.Slug, "snom", ztp.DriftRelease, control.DriftRequest{Class: ztp.DriftUnknown})
			if err != nil {
				t.Fatal(err)
			}
			want := ztp.PhoneTally{}
			if taken {
				w.switchWrites(control.WritesRequest{Reason: "a test"})
				w.work()
				want[ztp.PhoneItemCancelled] = 2
			}
			if _, err := w.control.CancelOperation(t.Context(), admin, res.Operation.ID); err != nil {
				t.Fatal(err)
			}
			if taken {
				w.switchWrites(control.WritesRequest{On: true})
			}
			w.mustEnd(w.finish(res.Operation, nil), ztp.OperationDone, "")
			w.mustTally(res.Operation, want)
			if len(w.sim.Endpoints(w.link().CompanyID)) != 6 {
				t.Error("a phone was given up")
			}
			w.mustDrift(driftedFindings...)
			page, err := w.control.Drifts(t.Context(), admin, w.p.Slug, "snom", ztp.DriftUnknown, "", 10)
			if err != nil || len(page.Items) != 2 {
				t.Fatalf("%d findings, %v", len(page.Items), err)
			}
			for _, d := range page.Items {
				if len(d.Verbs) != 2 || d.Phone != nil || d.PickedBy != "" && !taken {
					t.Errorf("%s can't be picked again: %+v", d.MAC, d)
				}
			}
			_, op := w.onDrifts(ztp.DriftRelease, control.DriftRequest{Class: ztp.DriftUnknown})
			w.mustEnd(op, ztp.OperationDone, "")
			w.mustDrift(driftedFindings[:3]...)
		})
	}
}

// stranger is a phone of drifted that is unknown here, with an address elsewhere.
var stranger = ztp.MAC{0x00, 0x04, 0x13, 0xC0, 0xFF, 0xEF}

// TestManyLateWriteOfAReleasedPhone: a write that got no answer takes effect after the phone
// was given up.
func TestManyLateWriteOfAReleasedPhone(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	op := w.wanted(1)
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: srapssim.DoApplyLate, Delay: srapssim.Duration(time.Hour)})
	w.turn()
	if got := w.tally(op); got[ztp.PhoneItemSent] != 1 {
		t.Fatalf("the phone is %v", got)
	}
	released, err := w.control.ReleaseEndpoint(t.Context(), admin, w.p.Slug, nth(0), control.Submission{})
	w.finish(released.Operation, err)
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.sim.ReleaseLate()
	if w.phoneRow(nth(0)).State == ztp.EndpointReleased && w.phoneAt(w.link().CompanyID, nth(0)) != nil {
		t.Error("the vendor has a phone that was given up")
	}
}

// TestManyStoppedAfterARelease: a write got no answer, the phone was given up meanwhile, and
// its operation stops before it has taken the write back. What came late does not stay, and
// nobody registers the phone in between.
func TestManyStoppedAfterARelease(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	op := w.wanted(1)
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: srapssim.DoApplyLate, Delay: srapssim.Duration(time.Hour)})
	w.turn()
	if got := w.tally(op); got[ztp.PhoneItemSent] != 1 {
		t.Fatalf("the phone is %v", got)
	}
	if _, err := w.control.ReleaseEndpoint(t.Context(), admin, w.p.Slug, nth(0), control.Submission{}); err != nil {
		t.Fatal(err)
	}
	w.turn() // the release alone: the other one rests
	if e := w.phoneRow(nth(0)); e.State != ztp.EndpointReleased {
		t.Fatalf("the phone is %s", e.State)
	}
	w.sim.ReleaseLate()
	w.sim.AddFault(srapssim.Fault{Method: "GET", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: srapssim.DoStatus, Status: 401})
	w.mustEnd(w.stopped(op), ztp.OperationFailed, ztp.CodeVendorKeyRejected)
	_, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, nth(0), control.EndpointRequest{Account: w.account.Slug})
	if !ztp.IsCode(err, ztp.CodeOperationRunning) {
		t.Errorf("registered anew before it is over: %v", err)
	}
	w.settle()
	if e := w.phoneRow(nth(0)); e.State != ztp.EndpointReleased || w.phoneAt(w.link().CompanyID, nth(0)) != nil {
		t.Errorf("the phone is %s here, and still at the vendor", e.State)
	}
}

// stopped works until the operation has ended, and no longer.
func (w *world) stopped(op *ztp.Operation) ztp.Operation {
	w.t.Helper()
	for range 120 {
		got, err := w.base.Operation(w.t.Context(), op.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if got.State.Final() {
			return got
		}
		w.turn()
		w.clock.advance(time.Second)
	}
	w.t.Fatal("it does not end")
	return ztp.Operation{}
}

// TestLateWriteOfAReleasedPhone: a phone was written twice and confirmed, so that its
// operation has ended; the first write, which got no answer, comes when the phone is being
// given up.
func TestLateWriteOfAReleasedPhone(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	writes := map[string]func(*world) (*ztp.Operation, error){
		"alone": func(w *world) (*ztp.Operation, error) {
			r, err := w.control.PutEndpoint(ctx, admin, w.p.Slug, nth(0), control.EndpointRequest{Account: w.account.Slug})
			return r.Operation, err
		},
		"of many": func(w *world) (*ztp.Operation, error) { return w.tryWanted(1) },
	}
	releases := map[string]func(*world) (*ztp.Operation, error){
		"alone": func(w *world) (*ztp.Operation, error) {
			r, err := w.control.ReleaseEndpoint(ctx, admin, w.p.Slug, nth(0), control.Submission{})
			return r.Operation, err
		},
		"of many":     func(w *world) (*ztp.Operation, error) { return w.bulkOf(control.BulkRelease, 1), nil },
		"off-boarded": func(w *world) (*ztp.Operation, error) { return w.offboard(control.OffboardRequest{}) },
	}
	for written, write := range writes {
		for released, release := range releases {
			t.Run(written+", given up "+released, func(t *testing.T) {
				t.Parallel()
				w := onboarded(t, srapssim.Options{})
				w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: srapssim.DoApplyLate, Delay: srapssim.Duration(time.Hour)})
				op, err := write(w)
				w.someTurns()
				w.mustEnd(w.finish(op, err), ztp.OperationDone, "")
				given, err := release(w)
				if err != nil {
					t.Fatal(err)
				}
				w.someTurns()
				w.sim.ReleaseLate()
				w.mustEnd(w.finish(given, nil), ztp.OperationDone, "")
				if w.phoneRow(nth(0)).State != ztp.EndpointReleased || w.phoneAt(w.link().CompanyID, nth(0)) != nil {
					t.Error("the vendor has a phone that was given up")
				}
			})
		}
	}
}

// someTurns lets the orchestrator work for less time than a write takes to settle.
func (w *world) someTurns() {
	w.t.Helper()
	for range 6 {
		w.turn()
		w.clock.advance(time.Second)
	}
}
