package control_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// TestCampaign_Rights: a viewer makes, moves and plans none, and the tries are in the log.
func TestCampaign_Rights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	c, err := w.control.BeginCampaign(ctx, admin, "snom", control.CampaignRequest{Kind: ztp.KindOnboard, Hold: true})
	w.must(err)
	for name, try := range map[string]func() error{
		"plan": func() error {
			_, err := w.control.PlanCampaign(ctx, viewer, "snom", control.CampaignRequest{})
			return err
		},
		"begin": func() error {
			_, err := w.control.BeginCampaign(ctx, viewer, "snom", control.CampaignRequest{})
			return err
		},
		"pause":  func() error { _, err := w.control.PauseCampaign(ctx, viewer, c.ID); return err },
		"resume": func() error { _, err := w.control.ResumeCampaign(ctx, viewer, c.ID); return err },
		"cancel": func() error { _, err := w.control.CancelCampaign(ctx, viewer, c.ID); return err },
	} {
		if err := try(); !ztp.IsCode(err, ztp.CodeNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused, err := w.store.ListEvents(ctx, ztp.EventQuery{Outcome: ztp.OutcomeRefused})
	w.must(err)
	if len(refused.Items) != 5 {
		t.Errorf("%d refusals in the log", len(refused.Items))
	}
	if got, err := w.control.Campaign(ctx, viewer, c.ID); err != nil || got.State != ztp.CampaignPaused {
		t.Errorf("a viewer sees %+v, %v", got, err)
	}
	_, err = w.control.Campaign(ctx, admin, "nonsense")
	w.wantCode(ztp.CodeNotFound, err)
	_, err = w.control.BeginCampaign(ctx, admin, "gigaset", control.CampaignRequest{Kind: ztp.KindOnboard})
	w.wantCode(ztp.CodeNotFound, err)
}

// TestCampaign_Once: the same request by several at once makes one campaign.
func TestCampaign_Once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := make([]ztp.CampaignID, 6)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			c, err := w.control.BeginCampaign(t.Context(), admin, "snom", control.CampaignRequest{Kind: ztp.KindOnboard, Submission: control.Submission{Key: "k"}})
			if err != nil {
				t.Error(err)
			}
			ids[i] = c.ID
		})
	}
	all.Wait()
	for _, id := range ids {
		if id == "" || id != ids[0] {
			t.Fatalf("%q", ids)
		}
	}
}

// TestCampaign_RefusedAtOnce: what would pause it at its first platform keeps it from
// being made.
func TestCampaign_RefusedAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	begin := func() error {
		_, err := w.control.BeginCampaign(t.Context(), admin, "snom", control.CampaignRequest{Kind: ztp.KindOnboard})
		return err
	}
	w.secrets.err = &ztp.Error{Code: ztp.CodeResellerCredentialsMissing}
	w.wantCode(ztp.CodeResellerCredentialsMissing, begin())
	w.secrets.err = nil
	_, err := w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{})
	w.must(err)
	w.wantCode(ztp.CodeVendorWritesOff, begin())
	_, err = w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{On: true})
	w.must(err)
	w.must(begin())
	err = begin()
	w.wantCode(ztp.CodeCampaignRunning, err)
	if detail := ztp.AsError(err).Detail; !strings.Contains(detail, admin.String()) || !strings.Contains(detail, "0 of 1 platforms") {
		t.Errorf("which one: %q", detail)
	}
}

// limited is a vendor to which five calls a second go out.
type limited struct{ ztp.Vendor }

func (l limited) Describe() ztp.VendorInfo {
	info := l.Vendor.Describe()
	info.Rate = 5
	return info
}

// TestCampaign_Budget never lies above what goes out to the vendor at all.
func TestCampaign_Budget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := control.New(control.Config{Store: w.store, Vendors: []ztp.Vendor{limited{w.snom}}, Reseller: w.secrets, Address: w.address, URL: w.url, Now: w.now})
	plan := func(b ztp.Budget) (ztp.Budget, error) {
		p, err := c.PlanCampaign(t.Context(), admin, "snom", control.CampaignRequest{Kind: ztp.KindOnboard, Budget: b})
		return p.Campaign.Budget, err
	}
	if _, err := plan(5.1); !strings.Contains(ztp.AsError(err).Fields["budget"], "5/s") {
		t.Errorf("above: %v", err)
	}
	if got, err := plan(5); err != nil || got != 5 {
		t.Errorf("all of it: %v, %v", got, err)
	}
	if got, err := plan(0); err != nil || got != 2 {
		t.Errorf("left out: %v, %v", got, err)
	}
}

// TestCampaign_Plan says of each state of a link what an onboarding and a rotation of
// all would do to it.
func TestCampaign_Plan(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		begin           func(w *world)
		onboard, rotate string
	}{
		"fresh":      {func(*world) {}, "pending ", ""},
		"configured": {(*world).onboard, "already ", "pending "},
		"connected":  {(*world).connect, "already ", "skipped "},
		"no token": {func(w *world) {
			p, _, err := w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Aaa"})
			w.must(err)
			w.p = p
		}, "skipped provisioning_token_missing", ""},
		"in flight": {func(w *world) {
			_, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
			w.must(err)
		}, "skipped operation_running", ""},
		"being rotated": {func(w *world) {
			w.onboard()
			_, err := w.control.Rotate(t.Context(), admin, w.p.Slug, "snom", control.RotateRequest{})
			w.must(err)
		}, "already ", "skipped operation_running"},
		"disabled": {func(w *world) {
			w.onboard()
			_, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{})
			w.must(err)
			w.settle()
		}, "skipped ", ""},
		"needs attention": {func(w *world) {
			w.onboard()
			l := w.link()
			l.State, l.Error = ztp.LinkNeedsAttention, &ztp.Problem{Code: ztp.CodeVendorKeyRejected, At: w.now()}
			w.must(w.store.SaveLink(t.Context(), l))
		}, "skipped vendor_key_rejected", "pending "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tc.begin(w)
			before := w.mark()
			for kind, want := range map[ztp.OperationKind]string{ztp.KindOnboard: tc.onboard, ztp.KindRotate: tc.rotate} {
				plan, err := w.control.PlanCampaign(t.Context(), admin, "snom", control.CampaignRequest{Kind: kind})
				w.must(err)
				got := ""
				for _, i := range plan.Items {
					if i.Platform == w.p.ID {
						got = string(i.State) + " "
						if i.Problem != nil {
							got += string(i.Problem.Code)
						} else if i.Note == "" {
							t.Errorf("%s: no word of why", kind)
						}
					}
				}
				if got != want {
					t.Errorf("%s: %q, want %q", kind, got, want)
				}
			}
			w.nothingSince(before)
			page, err := w.control.ListCampaigns(t.Context(), viewer, ztp.CampaignQuery{})
			if err != nil || len(page.Items) != 0 {
				t.Errorf("a plan is kept: %+v, %v", page.Items, err)
			}
		})
	}
}

// TestCampaign_Namesakes: a company that people made by hand is found by no Onboard. Where the
// last comparison has shown one of the platform's name, the plan says so, and asks nobody.
func TestCampaign_Namesakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plan := func() (n int, note string) {
		before := w.mark()
		p, err := w.control.PlanCampaign(t.Context(), admin, "snom", control.CampaignRequest{Kind: ztp.KindOnboard})
		w.must(err)
		w.nothingSince(before)
		return p.Namesakes, p.Items[0].Note
	}
	reseller := w.sim.Resellers()[0].CompanyID
	w.sim.AddCompany(reseller, "Somebody else")
	company := w.sim.AddCompany(reseller, " "+w.p.Name)
	if n, note := plan(); n != 0 || note != "Makes company, key and profile." {
		t.Errorf("before any comparison: %d, %q", n, note)
	}
	w.reconcile()
	if n, note := plan(); n != 1 || !strings.Contains(note, company) || !strings.Contains(note, "adopt --all") {
		t.Errorf("after it: %d, %q", n, note)
	}
	_, err := w.control.Adopt(t.Context(), admin, w.p.Slug, "snom", company, control.Submission{})
	w.must(err)
	w.settle()
	other, _, err := w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: w.p.Name, Slug: "another"})
	w.must(err)
	_, _, _, err = w.control.CreateAccount(t.Context(), admin, other.Slug, control.NewAccount{Name: "Main"})
	w.must(err)
	if n, note := plan(); n != 0 {
		t.Errorf("when it is taken up: %d, %q", n, note)
	}
}

// TestCampaign_OlderThan leaves young keys as they are.
func TestCampaign_OlderThan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	for age, want := range map[time.Duration]ztp.CampaignItemState{time.Hour: ztp.ItemAlready, 0: ztp.ItemPending} {
		plan, err := w.control.PlanCampaign(t.Context(), admin, "snom", control.CampaignRequest{Kind: ztp.KindRotate, OlderThan: age})
		if err != nil || plan.Items[0].State != want {
			t.Errorf("%s: %+v, %v", age, plan.Items, err)
		}
	}
}
