package orchestrator_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// It comes round by itself once a period, for as long as there is something to compare.
func TestReconcile_Hourly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	runs := func(want bool) {
		t.Helper()
		if err := w.orch.Schedule(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := w.reconciliation().Run != ""; got != want {
			t.Fatalf("asked for: %t, want %t", got, want)
		}
		if want {
			w.compared()
		}
	}
	w.clock.advance(48 * time.Hour)
	runs(false)
	w.press(ztp.KindOnboard)
	w.clock.advance(58 * time.Minute)
	runs(false)
	w.clock.advance(2 * time.Minute)
	runs(true)
	runs(false)
	w.clock.advance(time.Hour)
	runs(true)
	if r := w.reconciliation(); r.CompleteBy != "system:schedule" {
		t.Errorf("asked by %q", r.CompleteBy)
	}
}

// What keeps a run from its end is said, tried again, and given up; the last complete
// one stays with its age.
func TestReconcile_VendorOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault srapssim.Fault
		want  ztp.Code
	}{
		"down":           {srapssim.Fault{Do: srapssim.DoStatus, Status: 503}, ztp.CodeVendorUnavailable},
		"keys down":      {srapssim.Fault{Method: "GET", Resource: srapssim.ResourceTokens, Do: srapssim.DoStatus, Status: 500}, ztp.CodeVendorUnavailable},
		"asks to wait":   {srapssim.Fault{Do: srapssim.DoStatus, Status: 429, RetryAfter: 40}, ztp.CodeVendorRateLimited},
		"no such key":    {srapssim.Fault{Do: srapssim.DoStatus, Status: 401}, ztp.CodeResellerCredentialsRejected},
		"no answer":      {srapssim.Fault{Do: srapssim.DoLoseAnswer}, ztp.CodeVendorUnavailable},
		"half an answer": {srapssim.Fault{Do: srapssim.DoTruncate}, ztp.CodeVendorUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := rested(t, srapssim.Options{})
			w.mustFind(ztp.ReasonMatches)
			last := w.reconciliation()
			w.foreignKey(w.link().CompanyID)
			w.start()
			w.clock.advance(time.Hour)
			w.sim.AddFault(c.fault)
			r := w.compareAll()
			if r.Error == nil || r.Error.Code != c.want || !r.CompleteAt.Equal(last.CompleteAt) {
				t.Errorf("got %+v, error %+v; want %s and the last complete run of %s", r, r.Error, c.want, last.CompleteAt)
			}
			w.mustShow(w.rows(), ztp.ReasonMatches)
			w.sim.ClearFaults()
			w.mustFind(ztp.ReasonKeyForeign)
			if r := w.reconciliation(); r.Error != nil {
				t.Errorf("the error stays: %+v", r.Error)
			}
		})
	}
}

// Calls per company, so that an hour's reconciliation stays cheap: its keys, its profiles.
func TestReconcile_Calls(t *testing.T) {
	t.Parallel()
	w := rested(t, srapssim.Options{})
	for i := range 3 {
		p, _ := w.another(fmt.Sprintf("Voice %d", i))
		w.end(w.control.Onboard(context.Background(), admin, p.Slug, "snom", control.Submission{}))
	}
	w.clock.advance(time.Hour)
	for round := range 2 {
		mark := w.mark()
		w.mustFind(ztp.ReasonMatches, ztp.ReasonMatches, ztp.ReasonMatches, ztp.ReasonMatches)
		var got []string
		for _, c := range w.calls(mark) {
			got = append(got, c.Method+" "+c.Resource)
		}
		slices.Sort(got)
		want := []string{"GET companies", "GET provisioning-profiles", "GET provisioning-profiles", "GET provisioning-profiles", "GET provisioning-profiles",
			"GET tokens", "GET tokens", "GET tokens", "GET tokens"}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("round %d (-want +got):\n%s", round, d)
		}
		w.clock.advance(time.Hour)
	}
}

// A process that is stopped gives the run back, and the next one begins it again.
func TestReconcile_Stopped(t *testing.T) {
	t.Parallel()
	w := rested(t, srapssim.Options{})
	ctx, stop := context.WithCancel(context.Background())
	w.vendor.before = stop
	if _, err := w.base.AskReconciliation(ctx, "snom", "", "ops"); err != nil {
		t.Fatal(err)
	}
	if worked, err := w.orch.Reconcile(ctx); !worked || err != nil {
		t.Fatal(worked, err)
	}
	r := w.reconciliation()
	if r.Run == "" || r.Owner != "" || r.Attempt != 0 || r.NextAt.After(w.clock.now()) {
		t.Errorf("given back: %+v", r)
	}
	w.vendor.before = nil
	w.compared()
	w.mustShow(w.rows(), ztp.ReasonMatches)
}
