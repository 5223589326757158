package orchestrator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// compareAll asks for a reconciliation of everything and brings it to its end, whatever is
// in its way: a killed process is followed by a new one.
func (w *world) compareAll() ztp.Reconciliation {
	w.t.Helper()
	if _, err := w.base.AskReconciliation(context.Background(), "snom", "", "ops@example.net"); err != nil {
		w.t.Fatal(err)
	}
	return w.compared()
}

// compared lets an open reconciliation come to its end.
func (w *world) compared() ztp.Reconciliation {
	w.t.Helper()
	for range 100 {
		worked, err := w.orch.Reconcile(w.working)
		switch {
		case err != nil:
			w.follow(61 * time.Second) // the lease of the dead process ends
			continue
		case w.working.Err() != nil:
			w.follow(0)
			continue
		}
		r := w.reconciliation()
		if r.Run == "" {
			return r
		}
		if worked || r.NextAt.IsZero() {
			w.clock.advance(time.Second)
			continue
		}
		w.clock.advance(max(r.NextAt.Sub(w.clock.now()), time.Second))
	}
	w.t.Fatal("the reconciliation does not end")
	return ztp.Reconciliation{}
}

func (w *world) reconciliation() ztp.Reconciliation {
	w.t.Helper()
	r, err := w.base.Reconciliation(context.Background(), "snom", "")
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// rows are what the last complete reconciliation found.
func (w *world) rows() []ztp.ReconciliationRow {
	w.t.Helper()
	page, err := w.base.ReconciliationRows(context.Background(), ztp.ReconciliationQuery{Vendor: "snom", Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Items
}

// mustFind compares and wants these reasons, in the order of the report.
func (w *world) mustFind(want ...ztp.RowReason) []ztp.ReconciliationRow {
	w.t.Helper()
	if r := w.compareAll(); r.Error != nil {
		w.t.Fatalf("no result: %+v", r.Error)
	}
	rows := w.rows()
	w.mustShow(rows, want...)
	return rows
}

func (w *world) mustShow(rows []ztp.ReconciliationRow, want ...ztp.RowReason) {
	w.t.Helper()
	var got []ztp.RowReason
	for _, r := range rows {
		got = append(got, r.Reason)
	}
	if d := cmp.Diff(want, got); d != "" {
		w.t.Errorf("rows (-want +got):\n%s\n%+v", d, rows)
	}
}

// rested is an onboarded world whose vendor shows everywhere what was done.
func rested(t *testing.T, sim srapssim.Options) *world {
	w := onboarded(t, sim)
	w.clock.advance(time.Hour)
	return w
}

func (w *world) profile() srapssim.Profile {
	w.t.Helper()
	for _, c := range w.sim.State().Companies {
		if c.ID == w.link().CompanyID && len(c.Profiles) == 1 {
			return c.Profiles[0]
		}
	}
	w.t.Fatal("there is not one profile")
	return srapssim.Profile{}
}

// What somebody does by hand at the vendor is found, named, and left as it is.
func TestReconcile_Findings(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		begin func(w *world)
		hand  func(w *world)
		want  []ztp.RowReason
		check ztp.Code // what the check that follows says in the link's row
	}{
		"nothing":         {want: []ztp.RowReason{ztp.ReasonMatches}},
		"company gone":    {hand: func(w *world) { w.sim.DeleteCompany(w.link().CompanyID) }, want: []ztp.RowReason{ztp.ReasonCompanyGone}, check: ztp.CodeVendorCompanyMissing},
		"company renamed": {hand: func(w *world) { w.sim.RenameCompany(w.link().CompanyID, "Brightwater") }, want: []ztp.RowReason{ztp.ReasonCompanyRenamed}},
		"label kept": {hand: func(w *world) {
			w.sim.RenameCompany(w.link().CompanyID, w.link().Labels(installation).Company("Another Name"))
		}, want: []ztp.RowReason{ztp.ReasonMatches}},
		"company with the same label": {hand: func(w *world) { w.sim.AddCompany(w.own(), w.link().CompanyName) },
			want: []ztp.RowReason{ztp.ReasonCompanyDuplicate}},
		"company that nobody knows": {hand: func(w *world) {
			w.sim.AddCompany(w.own(), ztp.Labels{Installation: installation, Nonce: ztp.NewNonce()}.Company("Ghost"))
		}, want: []ztp.RowReason{ztp.ReasonCompanyUnknown, ztp.ReasonMatches}},
		"companies of others": {hand: func(w *world) {
			w.sim.AddCompany(w.own(), "Somebody Else")
			w.sim.AddCompany(w.own(), ztp.Labels{Installation: "staging", Nonce: w.link().Nonce}.Company("Staging"))
			w.sim.AddCompany(w.own(), "x"+w.link().CompanyName+"x")
		}, want: []ztp.RowReason{ztp.ReasonMatches, ztp.ReasonCompanyNotOurs, ztp.ReasonCompanyNotOurs, ztp.ReasonCompanyNotOurs}},
		"key gone":    {hand: func(w *world) { w.sim.DeleteKey(w.activeKey()) }, want: []ztp.RowReason{ztp.ReasonKeyGone}, check: ztp.CodeVendorKeyRejected},
		"key refused": {hand: func(w *world) { w.sim.DisableKey(w.activeKey()) }, want: []ztp.RowReason{ztp.ReasonKeyRefused}, check: ztp.CodeVendorKeyRejected},
		"key renamed": {hand: func(w *world) { w.sim.RenameKey(w.activeKey(), "mine now") }, want: []ztp.RowReason{ztp.ReasonKeyRenamed}},
		"key by hand": {hand: func(w *world) { w.foreignKey(w.link().CompanyID) }, want: []ztp.RowReason{ztp.ReasonKeyForeign}, check: ztp.CodeForeignKeyFound},
		"key of another copy": {hand: func(w *world) {
			w.sim.AddKey(w.link().CompanyID, w.link().Labels(installation).Key(7), srapssim.DefaultRole)
		}, want: []ztp.RowReason{ztp.ReasonKeyUnknown}, check: ztp.CodeAnotherCopyRunning},
		"profile gone":    {hand: func(w *world) { w.sim.DeleteProfile(w.link().CompanyID, w.profile().ID) }, want: []ztp.RowReason{ztp.ReasonProfileGone}, check: ztp.CodeVendorRejected},
		"profile renamed": {hand: func(w *world) { p := w.profile(); p.Name = "x"; w.sim.SetProfile(w.link().CompanyID, p) }, want: []ztp.RowReason{ztp.ReasonProfileRenamed}},
		"profile paused": {hand: func(w *world) { p := w.profile(); p.Enabled = false; w.sim.SetProfile(w.link().CompanyID, p) },
			want: []ztp.RowReason{ztp.ReasonProfilePaused}, check: ztp.CodeVendorRejected},
		"profile elsewhere": {hand: func(w *world) {
			p := w.profile()
			p.Settings[srapssim.DeskSettingServerID] = srapssim.Setting{Value: "https://evil.example/{mac}", Perm: "RW"}
			w.sim.SetProfile(w.link().CompanyID, p)
		}, want: []ztp.RowReason{ztp.ReasonProfileAddress}},
		"profile twice": {hand: func(w *world) { p := w.profile(); p.ID = ""; w.sim.SetProfile(w.link().CompanyID, p) }, want: []ztp.RowReason{ztp.ReasonProfileDuplicate}},
		"profile by hand": {hand: func(w *world) {
			w.sim.SetProfile(w.link().CompanyID, srapssim.Profile{Name: "by hand", Enabled: true})
		}, want: []ztp.RowReason{ztp.ReasonProfileForeign}},
		"disabled": {begin: func(w *world) { w.press(ztp.KindDisable); w.clock.advance(time.Hour) }, want: []ztp.RowReason{ztp.ReasonCompanyKept}},
		"disabled, company gone": {begin: func(w *world) { w.press(ztp.KindDisable); w.clock.advance(time.Hour) },
			hand: func(w *world) { w.sim.DeleteCompany(w.link().CompanyID) }, want: []ztp.RowReason{ztp.ReasonCompanyGone}},
		"never onboarded, company with its label": {
			begin: func(w *world) {
				w.press(ztp.KindDisable)
				w.sim.DeleteCompany(w.link().CompanyID)
				w.run(ztp.KindCheck) // forgets it
				w.clock.advance(time.Hour)
			},
			hand: func(w *world) { w.sim.AddCompany(w.own(), w.link().Labels(installation).Company("Brightwater")) },
			want: []ztp.RowReason{ztp.ReasonCompanyLeft},
		},
	}
	for name, c := range cases {
		for mode, sim := range map[string]srapssim.Options{"whole lists": {}, "bare lists": {BareLists: true}} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				t.Parallel()
				w := rested(t, sim)
				if c.begin != nil {
					c.begin(w)
				}
				if c.hand != nil {
					c.hand(w)
				}
				mark, before := w.mark(), w.sim.State()
				rows := w.mustFind(c.want...)
				if got := w.changes(mark); len(got) > 0 {
					t.Errorf("the reconciliation changed something at the vendor: %v", got)
				}
				if d := cmp.Diff(before.Companies, w.sim.State().Companies); d != "" {
					t.Errorf("the vendor has changed:\n%s", d)
				}
				w.saysNoSecret(rows)
				w.clock.advance(time.Minute)
				w.settle()
				var code ztp.Code
				if e := w.link().Error; e != nil {
					code = e.Code
				}
				if code != c.check {
					t.Errorf("after the check the row says %q, want %q", code, c.check)
				}
			})
		}
	}
}

// saysNoSecret searches the rows for every secret that the vendor gave out, every
// token and every address that carries one.
func (w *world) saysNoSecret(rows []ztp.ReconciliationRow) {
	w.t.Helper()
	text := fmt.Sprintf("%+v", rows)
	for _, s := range append(w.sim.Secrets(), "/p/", "evil.example") {
		if strings.Contains(text, s) {
			w.t.Errorf("the rows contain %q", s)
		}
	}
}

// A finding is named anew each time; the link is checked once for it, and again when
// it is gone.
func TestReconcile_ChecksWhatIsNew(t *testing.T) {
	t.Parallel()
	w := rested(t, srapssim.Options{})
	key := w.foreignKey(w.link().CompanyID)
	w.mustFind(ztp.ReasonKeyForeign)
	w.settle()
	first := w.last(ztp.KindCheck)
	if first.Actor != ztp.System("reconcile") {
		t.Errorf("the check was asked for by %s", first.Actor)
	}
	w.clock.advance(2 * time.Hour)
	w.mustFind(ztp.ReasonKeyForeign)
	w.settle()
	if again := w.last(ztp.KindCheck); again.ID != first.ID {
		t.Error("the same finding is checked twice")
	}
	w.sim.DeleteKey(key)
	w.clock.advance(2 * time.Hour)
	w.mustFind(ztp.ReasonMatches)
	w.settle()
	w.mustLink(ztp.LinkConfigured, "")
}

// A key of ours that should have been deleted is named until it is.
func TestReconcile_Orphans(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceTokens, Do: srapssim.DoStatus, Status: 403})
	w.run(ztp.KindRotate)
	w.clock.advance(30 * time.Minute)
	rows := w.mustFind(ztp.ReasonKeyLeft)
	if rows[0].Number != 1 || rows[0].ObjectID == w.activeKey() {
		t.Errorf("named %+v", rows[0])
	}
	w.sim.DeleteKey(rows[0].ObjectID)
	w.mustFind(ztp.ReasonKeyLeftGone)
	w.sim.ClearFaults()
	w.hourly()
	w.clock.advance(time.Minute)
	w.mustFind(ztp.ReasonMatches)
	w.sound()
}

// Absence and change count only when the vendor shows everywhere what was done; what
// was never made here counts at once.
func TestReconcile_Settling(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustFind(ztp.ReasonMatches)
	w.sim.DeleteKey(w.activeKey())
	w.mustFind(ztp.ReasonSettling)
	w.foreignKey(w.link().CompanyID)
	w.mustFind(ztp.ReasonKeyForeign, ztp.ReasonSettling)
	w.clock.advance(time.Minute)
	w.mustFind(ztp.ReasonKeyGone, ztp.ReasonKeyForeign)
}

// Whatever happens beside a reconciliation, at each of its calls: no false finding.
func TestReconcile_Beside(t *testing.T) {
	t.Parallel()
	for _, kind := range []ztp.OperationKind{ztp.KindOnboard, ztp.KindRotate, ztp.KindDisable, ztp.KindUpdateAddress} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			for n := 1; ; n++ {
				w := rested(t, srapssim.Options{})
				if kind == ztp.KindOnboard {
					w.press(ztp.KindDisable)
					w.clock.advance(time.Hour)
				}
				fired := false
				calls := 0
				w.vendor.before = func() {
					if calls++; calls == n && !fired {
						fired = true
						w.start() // another process, which does not wait for the calls of this one
						w.press(kind)
						w.clock.advance(time.Hour) // so that no rest of it is seen as young
					}
				}
				w.compareOnce()
				if !fired {
					if n < 3 {
						t.Fatalf("the reconciliation made %d calls", calls)
					}
					return
				}
				for _, r := range w.rows() {
					if r.Class().Differs() {
						t.Errorf("%s at call %d: false finding %+v", kind, n, r)
					}
				}
			}
		})
	}
}

// compareOnce runs a reconciliation without minding what else is open.
func (w *world) compareOnce() {
	w.t.Helper()
	ctx := context.Background()
	if _, err := w.base.AskReconciliation(ctx, "snom", "", "ops@example.net"); err != nil {
		w.t.Fatal(err)
	}
	if worked, err := w.orch.Reconcile(ctx); !worked || err != nil {
		w.t.Fatalf("worked %t, %v", worked, err)
	}
}

// An open operation is named, and its link not judged; so is one from a backup.
func TestReconcile_InFlight(t *testing.T) {
	t.Parallel()
	w := rested(t, srapssim.Options{})
	w.sim.DeleteKey(w.activeKey())
	w.ask(ztp.KindRotate)
	w.mustFind(ztp.ReasonInFlight)
	w.settle()
	if _, err := w.base.MarkRestored(context.Background(), "", w.clock.now()); err != nil {
		t.Fatal(err)
	}
	w.mustFind(ztp.ReasonRestored)
}

// One company that can't be read keeps nobody else from being compared.
func TestReconcile_OneCompanyUnreadable(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	p, _ := w.another("Second Voice")
	w.end(w.control.Onboard(context.Background(), admin, p.Slug, "snom", control.Submission{}))
	w.clock.advance(time.Hour)
	for _, status := range []int{500, 403, 404} {
		w.vendor.refuseKeysOf = w.link().CompanyID
		w.vendor.refusal = &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectNotSent, Temporary: status == 500,
			Denied: status == 403, NotFound: status == 404, Detail: "made up"}
		if status != 500 {
			w.vendor.refusal.Code, w.vendor.refusal.Effect = ztp.CodeVendorRejected, ztp.EffectRefused
		}
		rows := w.mustFind(ztp.ReasonNotRead, ztp.ReasonMatches)
		if rows[0].Platform != w.p.ID || !strings.Contains(rows[0].Detail, "made up") {
			t.Errorf("got %+v", rows[0])
		}
	}
}

// A connected company is read with its own key alone.
func TestReconcile_Connected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	company := w.sim.AddCompany(w.own(), "Made by hand")
	id, secret := w.sim.AddKey(company, "by hand", srapssim.DefaultRole)
	w.end(w.control.Connect(context.Background(), admin, w.p.Slug, "snom", control.ConnectRequest{APIKey: ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}}))
	w.clock.advance(time.Hour)
	mark := w.mark()
	w.mustFind(ztp.ReasonMatches)
	for _, c := range w.calls(mark) {
		if c.Company == company && c.KeyID != id {
			t.Errorf("%s %s was signed by %s", c.Method, c.Path, c.KeyID)
		}
	}
	w.sim.DisableKey(id)
	w.mustFind(ztp.ReasonKeyRefused)
}

// A run for one platform leaves the rows of others.
func TestReconcile_OnePlatform(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	w := rested(t, srapssim.Options{})
	p, _ := w.another("Second Voice")
	w.end(w.control.Onboard(ctx, admin, p.Slug, "snom", control.Submission{}))
	w.clock.advance(time.Hour)
	w.mustFind(ztp.ReasonMatches, ztp.ReasonMatches)
	w.foreignKey(w.link().CompanyID)
	w.clock.advance(time.Second)
	mark := w.mark()
	if opened, err := w.base.AskReconciliation(ctx, "snom", w.p.ID, "ops"); !opened || err != nil {
		t.Fatal(opened, err)
	}
	w.compared()
	w.mustShow(w.rows(), ztp.ReasonKeyForeign, ztp.ReasonMatches)
	if n := len(w.calls(mark)); n != 3 {
		t.Errorf("%d calls for one platform", n)
	}
}
