package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

const report = "/vendors/snom/reconciliation"

// reconciled lets the reconciliation that was asked for come to its end.
func (w *world) reconciled() {
	w.t.Helper()
	if worked, err := w.orch.Reconcile(context.Background()); !worked || err != nil {
		w.t.Fatalf("worked %t, %v", worked, err)
	}
}

// company is that of a platform at the vendor.
func (w *world) companyOf(p ztp.Platform) string {
	w.t.Helper()
	l, err := w.store.Link(w.t.Context(), p.ID, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	return l.CompanyID
}

// The story of the page: nothing yet, under way, differences, a fix, all well. Without
// script each step is a page.
func TestReconciliation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.sim.AddCompany(w.sim.Resellers()[0].CompanyID, "Somebody <Else>")
	w.clock.advance(time.Hour)
	b, guest := w.as("ops@example.net"), w.as("guest")
	if got := text(one(t, b.page(report).doc, "#report-h")); !strings.Contains(got, "Not compared yet") {
		t.Errorf("before the first: %q", got)
	}
	under := b.follow(b.post(report, url.Values{}))
	if got := text(one(t, under.doc, "#report .msg .h")); got != "Comparing with Snom" {
		t.Errorf("under way: %q", got)
	}
	poll := attr(one(t, under.doc, "#report .poll"), "hx-get")
	if a := b.htmx("report").get(poll); a.status != http.StatusNoContent {
		t.Errorf("unchanged: %d", a.status)
	}
	w.sim.DeleteKey(w.sim.Keys(w.companyOf(p))[0].ID)
	w.sim.AddKey(w.companyOf(p), "by hand", srapssim.DefaultRole)
	w.reconciled()
	done := b.htmx("report").get(poll)
	if done.status != http.StatusOK || len(all(done.doc, "#report .msg")) != 0 {
		t.Fatalf("when it is complete: %d", done.status)
	}
	if got := texts(done.doc, "#report .facts .is-warn"); !slices.Equal(got, []string{"Ours only", "Theirs only"}) {
		t.Errorf("what is warned of: %q", got) // a class without a row is nothing to warn of
	}
	if got := texts(done.doc, "#report tbody .status"); !slices.Equal(got, []string{"Ours only", "Theirs only", "Not ours"}) {
		t.Errorf("rows: %q", got)
	}
	if got := texts(done.doc, "#report tbody .btns a"); !slices.Equal(got, []string{"Fix… Key in force is gone", "Remove key… " + w.sim.Keys(w.companyOf(p))[0].ID, "Adopt… Somebody else's company"}) {
		t.Errorf("buttons: %q", got)
	}
	if n := len(all(guest.page(report).doc, "#report .btns")); n != 0 {
		t.Errorf("a viewer sees %d groups of buttons", n)
	}
	if got := text(one(t, b.page("/health").doc, "#snom-reconciliation .status")); got != "2 differences" {
		t.Errorf("health: %q", got)
	}
	w.fixes(b, guest)
	w.clock.advance(time.Hour)
	b = w.as("ops@example.net") // an hour ends a session
	b.follow(b.post(report, url.Values{}))
	w.reconciled()
	if got := texts(b.page(report).doc, "#report tbody .status"); !slices.Equal(got, []string{"Theirs only", "Not ours"}) {
		t.Errorf("after the fix: %q", got)
	}
}

// fixes confirms the first row's fix, as who may and as who may not.
func (w *world) fixes(b, guest *browser) {
	w.t.Helper()
	ask := attr(all(b.page(report).doc, "#report tbody .btns a")[0], "href")
	page := b.page(ask)
	if got := strings.Join(texts(page.doc, ".will li"), " "); !strings.Contains(got, "Create a new key in company") || !strings.Contains(got, "Touch phones") {
		w.t.Errorf("the question says %q", got)
	}
	if a := guest.get(ask); a.status != http.StatusForbidden {
		w.t.Errorf("a viewer is asked: %d", a.status)
	}
	if a := guest.post(ask, url.Values{}); a.status != http.StatusForbidden {
		w.t.Errorf("a viewer fixes: %d", a.status)
	}
	a := b.post(ask, url.Values{"op": {attr(one(w.t, page.doc, "input[name=op]"), "value")}})
	if a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/platforms/brightwater?op=") {
		w.t.Errorf("fixed: %d to %q", a.status, a.header.Get("Location"))
	}
	w.work()
}

// A company of somebody else's is adopted by the platform that the form names.
func TestReconciliation_Adopt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("Brightwater")
	company := w.sim.AddCompany(w.sim.Resellers()[0].CompanyID, "Made by hand")
	b := w.as("ops@example.net")
	b.follow(b.post(report, url.Values{}))
	w.reconciled()
	ask := attr(one(t, b.page(report).doc, "#report tbody .btns a"), "href")
	one(t, b.page(ask).doc, "input[name=platform]")
	for _, wrong := range []string{"", "nobody"} {
		if a := b.post(ask, url.Values{"platform": {wrong}}); a.status != http.StatusUnprocessableEntity || len(all(a.doc, "[aria-invalid=true]")) != 1 {
			t.Errorf("platform %q: %d", wrong, a.status)
		}
	}
	b.follow(b.post(ask, url.Values{"platform": {"brightwater"}}))
	w.work()
	l, err := w.store.LinkByCompany(t.Context(), "snom", company)
	if err != nil || l.State != ztp.LinkConfigured {
		t.Errorf("link %+v, %v", l, err)
	}
}

// Thousands of rows come by pages, and by class.
func TestReconciliation_Pages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	for i := range 120 {
		w.sim.AddCompany(w.sim.Resellers()[0].CompanyID, fmt.Sprintf("Company %03d", i))
	}
	w.clock.advance(time.Hour)
	b := w.as("ops@example.net")
	b.follow(b.post(report, url.Values{}))
	w.reconciled()
	seen, path := map[string]bool{}, report
	for n := 0; path != "" && n < 9; n++ {
		page := b.page(path)
		for _, row := range all(page.doc, "#report tbody tr") {
			seen[attr(row, "id")] = true
		}
		path = ""
		for _, a := range all(page.doc, "#report nav a") {
			if text(a) == "Next page" {
				path = attr(a, "href")
			}
		}
	}
	if len(seen) != 121 {
		t.Errorf("the pages show %d rows of 121", len(seen))
	}
	if got := texts(b.page(report+"?class=matching").doc, "#report tbody .status"); !slices.Equal(got, []string{"Matching"}) {
		t.Errorf("of one class: %q", got)
	}
	if got := texts(b.page(report+"?platform=nobody").doc, "#report .empty h2"); !slices.Equal(got, []string{"Nothing matches"}) {
		t.Errorf("of no platform: %q", got)
	}
	if a := b.get(report + "?class=nope"); a.status != http.StatusUnprocessableEntity || strings.Count(text(one(t, a.doc, "main")), "It is one of ours_only") != 1 || !strings.Contains(text(one(t, a.doc, "main")), "class: It is one of") {
		t.Errorf("of no class: %d %q", a.status, texts(a.doc, ".msg"))
	}
	if a := b.get("/vendors/gigaset/reconciliation"); a.status != http.StatusNotFound {
		t.Errorf("of no vendor: %d", a.status)
	}
	if a := b.get(report + "/none/fix"); a.status != http.StatusNotFound {
		t.Errorf("of no row: %d", a.status)
	}
}

// What keeps a reconciliation from its result is said where it was asked for.
func TestReconciliation_Refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	w.sim.AddFault(srapssim.Fault{Do: srapssim.DoStatus, Status: 401})
	b.follow(b.post(report, url.Values{}))
	w.reconciled()
	if got := text(one(t, b.page(report).doc, "#report .msg .h")); !strings.HasPrefix(got, "The last comparison gave no result") {
		t.Errorf("refused by the vendor: %q", got)
	}
	w.reseller.refuse(ztp.Errorf(ztp.CodeResellerCredentialsMissing, "There is no SSM parameter."))
	a := b.post(report, url.Values{})
	if a.status != http.StatusServiceUnavailable || !strings.HasPrefix(text(one(t, a.doc, "#report .msg .h")), "The comparison was not begun: Reseller credentials not configured") {
		t.Errorf("refused here: %d %q", a.status, texts(a.doc, "#report .msg .h"))
	}
	if a := b.htmx("report").post(report, url.Values{}); a.status != http.StatusServiceUnavailable || len(all(a.doc, "#report .msg[data-fresh]")) != 1 {
		t.Errorf("with script: %d", a.status)
	}
}
