package orchestrator_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestManyBesideTheTidying: what many phones are being resumed by, the hourly tidying
// does not resume as well.
func TestManyBesideTheTidying(t *testing.T) {
	t.Parallel()
	const n = 200
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.finish(w.wanted(n), nil), ztp.OperationDone, "")
	w.mustEnd(w.finish(w.bulkOf(control.BulkPause, n), nil), ztp.OperationDone, "")
	mark := w.mark()
	op := w.bulkOf(control.BulkResume, n)
	w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+10, hookBefore, func() {
		if err := w.orch.Schedule(context.Background()); err != nil {
			t.Error(err)
		}
		_, _, other := w.process()
		for range 3 {
			if _, err := other.Work(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.settle()
	w.last(ztp.KindTidy)
	if got := w.puts(mark); got != n {
		t.Errorf("%d calls changed %d phones", got, n)
	}
	w.mustAgree(n)
	w.sound()
}

// TestManyAndDisable: a Disable makes it wait at an item boundary, and the Onboard after
// it lets it go on.
func TestManyAndDisable(t *testing.T) {
	t.Parallel()
	const n = 140
	w := onboarded(t, srapssim.Options{})
	op := w.wanted(n)
	w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+40, hookBefore, func() { disableArrives(w) }
	w.settle()
	waiting, err := w.base.Operation(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	if waiting.State != ztp.OperationWaiting || !strings.Contains(waiting.Waiting, "onboarded again") {
		t.Errorf("it is %s: %q", waiting.State, waiting.Waiting)
	}
	w.mustLink(ztp.LinkNotConfigured, "")
	for _, e := range w.sim.Endpoints(w.link().CompanyID) {
		if e.Enabled {
			t.Errorf("phone %s is redirected below a disabled link", e.MAC)
		}
	}
	left := w.tally(op)[ztp.PhoneItemQueued]
	if left == 0 || left == n {
		t.Errorf("%d of %d phones were left", left, n)
	}
	w.press(ztp.KindOnboard)
	w.settle()
	w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: n})
	w.mustAgree(n)
	w.sound()
}

// TestManyAndRotate: keys are rotated beside it, and no call fails for that.
func TestManyAndRotate(t *testing.T) {
	t.Parallel()
	const n = 140
	w := onboarded(t, srapssim.Options{})
	op := w.wanted(n)
	rotated := false
	w.store.at, w.store.fault, w.store.hook = w.store.n+4, hookCommit, func() {
		if !rotated {
			rotated = true
			_, _, other := w.process()
			if _, err := w.try(ztp.KindRotate); err != nil {
				t.Error(err)
			}
			for range 3 {
				if _, err := other.Work(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
	}
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: n})
	w.mustAgree(n)
	w.mustLink(ztp.LinkConfigured, "")
	w.sound()
}

// TestManyCancelled: what was not sent stays undone, and is taken up again when asked for.
func TestManyCancelled(t *testing.T) {
	t.Parallel()
	const n = 140
	w := onboarded(t, srapssim.Options{})
	op := w.wanted(n)
	w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+20, hookAfter, func() {
		if _, err := w.control.CancelOperation(context.Background(), admin, op.ID); err != nil {
			t.Error(err)
		}
	}
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	got := w.tally(op)
	if got[ztp.PhoneItemDone] == 0 || got[ztp.PhoneItemCancelled] == 0 || got.Total() != n || got.Over() != n {
		t.Errorf("the phones are %v", got)
	}
	again, err := w.control.ResumeOperation(t.Context(), admin, op.ID, control.Submission{Key: "again"})
	w.mustEnd(w.finish(&again, err), ztp.OperationDone, "")
	w.mustTally(&again, ztp.PhoneTally{ztp.PhoneItemDone: got[ztp.PhoneItemCancelled]})
	w.mustAgree(n)
	if _, err := w.control.ResumeOperation(t.Context(), admin, again.ID, control.Submission{}); !ztp.IsCode(err, ztp.CodeInUse) {
		t.Errorf("nothing is left to take up: %v", err)
	}
}

// TestManyOlderWriteLoses: a phone is paused while it is being registered; whichever call
// the vendor gets last, the phone ends as its row says.
func TestManyOlderWriteLoses(t *testing.T) {
	t.Parallel()
	for _, at := range []callFault{hookBefore, hookAfter} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			op := w.wanted(8)
			w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+6, at, func() {
				for i := range 8 {
					if _, err := w.control.PauseEndpoint(context.Background(), admin, w.p.Slug, nth(i), control.Submission{}); err != nil {
						t.Error(err)
					}
				}
				_, _, other := w.process()
				for range 8 {
					if _, err := other.Work(context.Background()); err != nil {
						t.Error(err)
					}
				}
			}
			w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
			w.mustAgree(8)
			for i := range 8 {
				if e := w.phoneRow(nth(i)); e.State != ztp.EndpointPaused {
					t.Errorf("phone %s is %s", e.MAC, e.State)
				}
			}
			w.sound()
		})
	}
}

// TestManyReleasedMeanwhile gives phones up while they are being registered; where the
// vendor gets the registration last, it is taken back there.
func TestManyReleasedMeanwhile(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	op := w.wanted(8)
	w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+6, hookBefore, func() {
		for i := range 8 {
			if _, err := w.control.ReleaseEndpoint(context.Background(), admin, w.p.Slug, nth(i), control.Submission{}); err != nil {
				t.Error(err)
			}
		}
		_, _, other := w.process()
		for range 8 {
			if _, err := other.Work(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemCancelled: 8})
	if got := w.sim.Endpoints(w.link().CompanyID); len(got) != 0 {
		t.Errorf("the vendor holds %d phones that were given up", len(got))
	}
	w.mustAgree(8)
}

// TestManyReleasedBelowADisabledLink gives phones up without an Onboard: by the reseller
// credential, or by a key that is made for it and revoked after. Of a release that a
// Disable comes in between of the rest waits.
func TestManyReleasedBelowADisabledLink(t *testing.T) {
	t.Parallel()
	for name, writes := range map[string]bool{"ByTheReseller": true, "ByAKeyMadeForIt": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 70
			w := onboarded(t, srapssim.Options{ChildWrites: writes})
			w.mustEnd(w.finish(w.wanted(n), nil), ztp.OperationDone, "")
			w.press(ztp.KindDisable)
			mark := w.mark()
			op := w.bulkOf(control.BulkRelease, n)
			w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
			w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: n})
			w.mustAgree(n)
			if got := len(w.sim.Endpoints(w.link().CompanyID)); got != 0 {
				t.Errorf("the vendor holds %d phones", got)
			}
			made := slices.Contains(w.changes(mark), "POST tokens")
			if made == writes {
				t.Errorf("a key was made: %t", made)
			}
			w.mustLink(ztp.LinkNotConfigured, "")
			w.sound()
		})
	}
	t.Run("DisabledInBetween", func(t *testing.T) {
		t.Parallel()
		const n = 140
		w := onboarded(t, srapssim.Options{ChildWrites: true})
		w.mustEnd(w.finish(w.wanted(n), nil), ztp.OperationDone, "")
		op := w.bulkOf(control.BulkRelease, n)
		w.vendor.at, w.vendor.fault, w.vendor.hook = w.vendor.n+20, hookBefore, func() { disableArrives(w) }
		w.settle()
		if got, err := w.base.Operation(t.Context(), op.ID); err != nil || got.State != ztp.OperationWaiting {
			t.Fatalf("it is %s (%v)", got.State, err)
		}
		w.press(ztp.KindOnboard)
		w.settle()
		w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: n})
		w.mustAgree(n)
		w.sound()
	})
}

// TestManyThroughADisable: after Disable and Onboard every phone is redirected again, and
// no MAC was free in between.
func TestManyThroughADisable(t *testing.T) {
	t.Parallel()
	n, often := 200, int64(1)
	if full() {
		n, often = 1000, 20
	}
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.finish(w.wanted(n), nil), ztp.OperationDone, "")
	company := w.link().CompanyID
	var answers atomic.Int64
	w.sim.OnAnswer(func(srapssim.Call) {
		if answers.Add(1)%often == 0 && len(w.sim.Endpoints(company)) != n {
			t.Errorf("the company holds %d of %d MACs at an answer", len(w.sim.Endpoints(company)), n)
		}
	})
	mark := w.mark()
	w.press(ztp.KindDisable)
	for i, e := range w.sim.Endpoints(company) {
		if e.Enabled {
			t.Errorf("phone %d is redirected below a disabled link", i)
		}
	}
	w.press(ztp.KindOnboard)
	if got := w.puts(mark); got != 2*n {
		t.Errorf("%d calls changed %d phones twice", got, n)
	}
	if got := len(w.calls(mark)); got > 2*n+4*(n/1000+1)+40 {
		t.Errorf("%d calls for %d phones", got, n)
	}
	w.mustAgree(n)
	redirected := 0
	for _, e := range w.sim.Endpoints(w.link().CompanyID) {
		if e.Redirect != "" {
			redirected++
		}
	}
	if redirected != n {
		t.Errorf("%d of %d phones are redirected again", redirected, n)
	}
	if slices.Contains(w.changes(mark), "DELETE endpoints") {
		t.Error("a phone was given up in between")
	}
	w.sound()
}
