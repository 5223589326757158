package control_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// reconcile compares everything and returns what was found.
func (w *world) reconcile() []control.RowView {
	w.t.Helper()
	ctx := context.Background()
	w.advance(time.Hour) // the vendor shows everywhere what was done
	_, err := w.control.Reconcile(ctx, admin, "snom", "")
	w.must(err)
	w.compared()
	page, err := w.control.ReconciliationRows(ctx, viewer, "snom", control.ReconciliationFilter{})
	w.must(err)
	return page.Items
}

// compared lets every open reconciliation come to its end.
func (w *world) compared() {
	w.t.Helper()
	for {
		worked, err := w.orch.Reconcile(context.Background())
		w.must(err)
		if !worked {
			break
		}
	}
	r, err := w.control.Reconciliation(context.Background(), viewer, "snom", "")
	w.must(err)
	if r.Run != "" || r.Error != nil || r.Overdue || r.Age > time.Second {
		w.t.Fatalf("the comparison: %+v", r)
	}
}

// only compares and wants the one row of a reason.
func (w *world) only(reason ztp.RowReason) control.RowView {
	w.t.Helper()
	rows := w.reconcile()
	if len(rows) != 1 || rows[0].Reason != reason {
		w.t.Fatalf("want one row %s, got %+v", reason, rows)
	}
	return rows[0]
}

func (w *world) profileOf(company string) srapssim.Profile {
	for _, c := range w.sim.State().Companies {
		if c.ID == company && len(c.Profiles) > 0 {
			return c.Profiles[0]
		}
	}
	w.t.Fatal("no profile")
	return srapssim.Profile{}
}

// Each finding that an operation repairs: the dry run sends and changes nothing, the
// same asked for in earnest puts it right.
func TestFixRow(t *testing.T) {
	t.Parallel()
	change := func(f func(p *srapssim.Profile)) func(w *world) {
		return func(w *world) {
			p := w.profileOf(w.link().CompanyID)
			f(&p)
			w.sim.SetProfile(w.link().CompanyID, p)
		}
	}
	for name, c := range map[string]struct {
		hand   func(w *world)
		found  ztp.RowReason
		by     ztp.OperationKind
		leaves ztp.RowReason
	}{
		"key gone":    {func(w *world) { w.sim.DeleteKey(w.activeKey()) }, ztp.ReasonKeyGone, ztp.KindRotate, ztp.ReasonMatches},
		"key refused": {func(w *world) { w.sim.DisableKey(w.activeKey()) }, ztp.ReasonKeyRefused, ztp.KindRotate, ztp.ReasonMatches},
		"key renamed": {func(w *world) { w.sim.RenameKey(w.activeKey(), "x") }, ztp.ReasonKeyRenamed, ztp.KindRotate, ztp.ReasonMatches},
		"profile gone": {func(w *world) { w.sim.DeleteProfile(w.link().CompanyID, w.profileOf(w.link().CompanyID).ID) },
			ztp.ReasonProfileGone, ztp.KindUpdateAddress, ztp.ReasonMatches},
		"profile paused":  {change(func(p *srapssim.Profile) { p.Enabled = false }), ztp.ReasonProfilePaused, ztp.KindUpdateAddress, ztp.ReasonMatches},
		"profile renamed": {change(func(p *srapssim.Profile) { p.Name = "x" }), ztp.ReasonProfileRenamed, ztp.KindUpdateAddress, ztp.ReasonMatches},
		"profile elsewhere": {change(func(p *srapssim.Profile) {
			p.Settings[srapssim.DeskSettingServerID] = srapssim.Setting{Value: "https://evil.example/{mac}", Perm: "RW"}
		}), ztp.ReasonProfileAddress, ztp.KindUpdateAddress, ztp.ReasonMatches},
		"company gone": {func(w *world) { w.sim.DeleteCompany(w.link().CompanyID) }, ztp.ReasonCompanyGone, ztp.KindDisable, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.onboard()
			c.hand(w)
			row := w.only(c.found)
			w.settle() // the check that it asked for
			if !slices.Equal(row.Offers, []control.RowVerb{control.RowFix}) {
				t.Errorf("offers %v", row.Offers)
			}
			before := w.mark()
			plan, err := w.control.PlanRow(t.Context(), viewer, "snom", row.ID, control.RowFix, control.RowRequest{})
			w.must(err)
			if plan.Operation != c.by || len(plan.Will) == 0 || len(plan.Wont) == 0 {
				t.Errorf("plan %+v", plan)
			}
			w.nothingSince(before)
			_, err = w.control.ActOnRow(t.Context(), viewer, "snom", row.ID, control.RowFix, control.RowRequest{})
			w.wantCode(ztp.CodeNotAllowed, err)
			w.nothingSince(before)
			done, err := w.control.ActOnRow(t.Context(), admin, "snom", row.ID, control.RowFix, control.RowRequest{})
			w.must(err)
			if done.Result.Operation == nil || done.Result.Operation.Kind != c.by {
				t.Errorf("did %+v", done)
			}
			w.settle()
			if c.leaves != "" {
				w.only(c.leaves)
			} else if rows := w.reconcile(); len(rows) > 0 || w.link().CompanyID != "" {
				t.Errorf("left %+v", rows)
			}
			w.settle()
			if l := w.link(); l.NeedsSomebody() {
				t.Errorf("the link still needs somebody: %s %+v", l.State, l.Error)
			}
		})
	}
}

// A key that should be gone is tidied away; one that is gone already can be released.
func TestRow_LeftKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceTokens, Do: srapssim.DoStatus, Status: 403})
	_, err := w.control.Rotate(t.Context(), admin, w.p.Slug, "snom", control.RotateRequest{})
	w.must(err)
	w.settle()
	row := w.only(ztp.ReasonKeyLeft)
	if row.Number != 1 || !slices.Equal(row.Offers, []control.RowVerb{control.RowFix}) {
		t.Errorf("got %+v", row)
	}
	w.sim.DeleteKey(row.ObjectID)
	row = w.only(ztp.ReasonKeyLeftGone)
	if !slices.Equal(row.Offers, []control.RowVerb{control.RowFix, control.RowRelease}) {
		t.Errorf("offers %v", row.Offers)
	}
	w.settle()
	before := w.mark()
	_, err = w.control.ActOnRow(t.Context(), admin, "snom", row.ID, control.RowRelease, control.RowRequest{})
	w.must(err)
	w.nothingSince(before)
	if n := w.audited("key.released"); n != 1 {
		t.Errorf("%d audit rows", n)
	}
	_, err = w.control.ActOnRow(t.Context(), admin, "snom", row.ID, control.RowRelease, control.RowRequest{})
	w.wantCode(ztp.CodeInvalid, err)
	w.only(ztp.ReasonMatches)
}

// A disabled platform's company can be released here. It stays at the vendor, and a
// later Onboard makes another one.
func TestRow_ReleaseCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	_, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug})
	w.must(err)
	w.settle()
	_, err = w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{})
	w.must(err)
	w.settle()
	company := w.link().CompanyID
	row := w.only(ztp.ReasonCompanyKept)
	release := func() error {
		_, err := w.control.ActOnRow(t.Context(), admin, "snom", row.ID, control.RowRelease, control.RowRequest{})
		return err
	}
	w.wantCode(ztp.CodeInUse, release()) // a phone is in it
	_, err = w.control.ReleaseEndpoint(t.Context(), admin, w.p.Slug, phone, control.Submission{})
	w.must(err)
	w.settle()
	before := w.sim.State()
	w.must(release())
	if l := w.link(); l.CompanyID != "" || l.Nonce != "" {
		t.Errorf("the link still has %q under %q", l.CompanyID, l.Nonce)
	}
	w.compared() // the platform is compared anew by itself
	if after := w.sim.State(); len(after.Companies) != len(before.Companies) {
		t.Error("the company is gone at the vendor")
	}
	w.onboard()
	if w.link().CompanyID == company {
		t.Error("the released company was taken up again")
	}
	rows := w.reconcile()
	if len(rows) != 2 || rows[0].Reason != ztp.ReasonCompanyUnknown || rows[0].CompanyID != company || rows[1].Reason != ztp.ReasonMatches {
		t.Errorf("got %+v", rows)
	}
}

// A company that nobody here knows is adopted by the platform that a person names,
// and by no other way; one that claims to be a platform's second is never taken.
func TestRow_Adopt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reseller := w.sim.Resellers()[0].CompanyID
	company := w.sim.AddCompany(reseller, "Made by hand")
	rows := w.reconcile()
	if len(rows) != 1 || rows[0].Reason != ztp.ReasonCompanyNotOurs || !slices.Equal(rows[0].Offers, []control.RowVerb{control.RowAdopt}) {
		t.Fatalf("got %+v", rows)
	}
	before := w.mark()
	adopt := func(platform string) (control.RowResult, error) {
		return w.control.ActOnRow(t.Context(), admin, "snom", rows[0].ID, control.RowAdopt, control.RowRequest{Platform: platform})
	}
	_, err := adopt("")
	w.wantCode(ztp.CodeInvalid, err)
	_, err = adopt("nobody")
	w.wantCode(ztp.CodeNotFound, err)
	w.nothingSince(before)
	_, err = adopt(w.p.Slug)
	w.must(err)
	w.settle()
	if l := w.link(); l.CompanyID != company || l.State != ztp.LinkConfigured {
		t.Fatalf("link %+v", l)
	}
	w.only(ztp.ReasonMatches)
	w.sim.AddCompany(reseller, w.link().Labels(w.control.Installation()).Company("Second"))
	if row := w.only(ztp.ReasonCompanyDuplicate); len(row.Offers) > 0 {
		t.Errorf("offers %v", row.Offers)
	}
}

// What may not be: by a viewer, without a reseller credential, at no vendor.
func TestReconcile_Refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.control.Reconcile(t.Context(), viewer, "snom", "")
	w.wantCode(ztp.CodeNotAllowed, err)
	_, err = w.control.Reconcile(t.Context(), admin, "gigaset", "")
	w.wantCode(ztp.CodeNotFound, err)
	_, err = w.control.Reconcile(t.Context(), admin, "snom", "nobody")
	w.wantCode(ztp.CodeNotFound, err)
	w.secrets.err = &ztp.Error{Code: ztp.CodeResellerCredentialsMissing}
	_, err = w.control.Reconcile(t.Context(), admin, "snom", "")
	w.wantCode(ztp.CodeResellerCredentialsMissing, err)
	if n := w.audited("reconcile.asked"); n != 2 {
		t.Errorf("%d audit rows of refusals, want 2", n)
	}
	r, err := w.control.Reconciliation(t.Context(), viewer, "snom", "")
	w.must(err)
	if r.Run != "" {
		t.Error("a refused request opened a run")
	}
}
