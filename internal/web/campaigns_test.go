package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// Asked for with its counts, made once however often the form is sent, followed to its
// end, and seen by a viewer without a button.
func TestCampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Alpenruf")
	w.platform("Brightwater")
	w.platform("Canal Street")
	b, guest := w.as("ops@example.net"), w.as("guest")
	b.page("/campaigns")
	ask := b.page("/vendors/snom/campaigns/onboard")
	if got := text(all(ask.doc, ".will")[0]); !strings.Contains(got, "Onboard 2 platforms at Snom") {
		t.Errorf("this will: %q", got)
	}
	if got := text(one(t, ask.doc, ".wont")); !strings.Contains(got, "1 platform where there is nothing to do") {
		t.Errorf("this won't: %q", got)
	}
	form := url.Values{"op": {ztp.NewID()}, "budget": {"2/s"}}
	if a := guest.post("/vendors/snom/campaigns/onboard", form); a.status != http.StatusForbidden {
		t.Errorf("a viewer made one: %d", a.status)
	}
	if a := b.post("/vendors/snom/campaigns/onboard", url.Values{"budget": {"fast"}}); a.status != http.StatusUnprocessableEntity || attr(one(t, a.doc, "[aria-invalid=true]"), "name") != "budget" {
		t.Errorf("a wrong budget: %d", a.status)
	}
	first := b.post("/vendors/snom/campaigns/onboard", form)
	again := b.post("/vendors/snom/campaigns/onboard", form)
	path := first.header.Get("Location")
	if path == "" || again.header.Get("Location") != path {
		t.Fatalf("sent twice: %d %q, then %d %q", first.status, path, again.status, again.header.Get("Location"))
	}
	w.campaign(1)
	page := b.page(path)
	if got := text(one(t, page.doc, ".head .status")); got != "Running" {
		t.Errorf("state %q", got)
	}
	poll := attr(one(t, page.doc, "#campaign .poll"), "hx-get")
	if a := b.htmx("campaign").get(poll); a.status != http.StatusNoContent {
		t.Errorf("unchanged: %d", a.status)
	}
	if got := texts(guest.page(path).doc, ".head .btns *"); len(got) != 0 {
		t.Errorf("a viewer may press %q", got)
	}
	w.campaign(15)
	if a := b.htmx("campaign").get(poll); a.status != http.StatusOK || text(one(t, a.doc, ".head .status")) != "Done" {
		t.Errorf("changed: %d %s", a.status, a.body)
	}
	page = b.page(path)
	if got := strings.Join(texts(page.doc, "tbody .status"), ", "); got != "Nothing to do, Done, Done" {
		t.Errorf("results: %q", got)
	}
	if got := strings.Join(texts(b.page(path+"?state=done").doc, "tbody th a"), ", "); got != "Brightwater, Canal Street" {
		t.Errorf("those that are done: %q", got)
	}
	if got := text(one(t, guest.page("/campaigns").doc, "tbody")); !strings.Contains(got, "Onboarding of Snom platforms") || !strings.Contains(got, "3 of 3") {
		t.Errorf("list: %q", got)
	}
}

// Onboarding all says where people have made the company by hand: before it is begun, and
// on its page.
func TestCampaignNamesakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Alpenruf")
	w.platform("Brightwater")
	company := w.sim.AddCompany(w.sim.Resellers()[0].CompanyID, "Brightwater")
	w.clock.advance(time.Hour)
	b := w.as("ops@example.net")
	b.follow(b.post(report, url.Values{}))
	w.reconciled()
	if got := text(one(t, b.page("/vendors/snom/campaigns/onboard").doc, "main")); !strings.Contains(got, "1 platform has the name of a company that is at Snom already") {
		t.Errorf("it asks: %q", got)
	}
	page := b.follow(b.post("/vendors/snom/campaigns/onboard", url.Values{"op": {ztp.NewID()}, "budget": {"2/s"}}))
	if got := text(one(t, page.doc, "#campaign")); !strings.Contains(got, "Company "+company+" has the same name") {
		t.Errorf("its page: %q", got)
	}
}

// An age that is no number of whole days is shown as it was asked for.
func TestCampaignOfAnAgeInHours(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Alpenruf")
	b := w.as("ops@example.net")
	for asked, want := range map[string]string{"12h": "12h", "2w": "14 days"} {
		page := b.follow(b.post("/vendors/snom/campaigns/rotate", url.Values{"op": {ztp.NewID()}, "older_than": {asked}}))
		if got := text(one(t, page.doc, "#campaign .facts")); !strings.Contains(got, "Only keys older than "+want) {
			t.Errorf("older than %s: %q", asked, got)
		}
	}
}

// Pause acts at once; Resume and Cancel ask first.
func TestCampaignButtons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("Alpenruf")
	w.platform("Brightwater")
	b := w.as("ops@example.net")
	path := b.post("/vendors/snom/campaigns/onboard", url.Values{"op": {ztp.NewID()}, "budget": {"1/m"}}).header.Get("Location")
	buttons := func() string { return strings.Join(texts(b.page(path).doc, ".head .btns .btn"), ", ") }
	if got := buttons(); got != "Pause, Cancel…" {
		t.Errorf("running: %q", got)
	}
	page := b.follow(b.post(path+"/pause", nil))
	if got := text(one(t, page.doc, "#campaign .msg")); !strings.Contains(got, "ops@example.net paused it.") {
		t.Errorf("paused: %q", got)
	}
	if got := buttons(); got != "Resume…, Cancel…" {
		t.Errorf("paused: %q", got)
	}
	if got := text(all(b.page(path+"/resume").doc, ".will")[0]); !strings.Contains(got, "Onboard 2 platforms") {
		t.Errorf("resume: %q", got)
	}
	b.follow(b.post(path+"/resume", nil))
	if got := text(all(b.page(path+"/cancel").doc, ".will")[0]); !strings.Contains(got, "Leave 2 platforms as they are") {
		t.Errorf("cancel: %q", got)
	}
	b.follow(b.post(path+"/cancel", nil))
	if got := buttons(); got != "" {
		t.Errorf("cancelled: %q", got)
	}
	if a := b.post(path+"/resume", nil); a.status != http.StatusConflict {
		t.Errorf("resumed after its end: %d", a.status)
	}
	if a := b.get(path + "/other"); a.status != http.StatusNotFound {
		t.Errorf("something else: %d", a.status)
	}
	if a := b.get("/vendors/snom/campaigns/disable"); a.status != http.StatusNotFound {
		t.Errorf("something else for all: %d", a.status)
	}
}

// An adoption is looked at before it is started; what was pasted is not shown again.
func TestCampaignAdopt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("Alpenruf")
	w.platform("Brightwater")
	reseller := w.sim.Resellers()[0].CompanyID
	w.sim.AddCompany(reseller, "Alpenruf")
	w.sim.AddCompany(reseller, "Somebody else")
	b := w.as("ops@example.net")
	const secret = "a-pasted-secret"
	wrong := "company_id,platform,key_id,key_secret\nc1,nobody,ck_1," + secret
	a := b.post("/vendors/snom/campaigns/adopt", url.Values{"csv": {wrong}})
	if a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, secret) {
		t.Errorf("%d, or the secret is sent back", a.status)
	}
	if got := text(one(t, a.doc, ".field-err")); !strings.HasPrefix(got, "Line 2, platform: There is no such platform.") {
		t.Errorf("what is wrong: %q", got)
	}
	for _, lines := range []string{
		"c1,alpenruf,ck_1," + secret, "company_id,platform,key_id,secret\nc1,alpenruf,ck_1," + secret, "company_id,platform\nc1,alpenruf,ck_1," + secret,
		"company_id;platform;key;secret\nc1;alpenruf;ck_1;" + secret, "c1 alpenruf ck_1 " + secret,
	} {
		if a := b.post("/vendors/snom/campaigns/adopt", url.Values{"csv": {lines}}); a.status != http.StatusUnprocessableEntity || strings.Contains(a.body, secret) {
			t.Errorf("%q: %d, or the secret is sent back", lines, a.status)
		}
	}
	a = b.post("/vendors/snom/campaigns/adopt", url.Values{"csv": {"company_id,platform\nc1"}, "budget": {"1/s"}})
	if got := text(one(t, a.doc, "textarea")); !strings.Contains(got, "c1") {
		t.Errorf("what was typed is lost: %q", got)
	}
	page := b.follow(b.post("/vendors/snom/campaigns/adopt", url.Values{"op": {ztp.NewID()}}))
	if got := strings.Join(append(texts(page.doc, ".head .status"), texts(page.doc, ".head .btns .btn")...), ", "); got != "Not started, Start…, Cancel…" {
		t.Errorf("before the start: %q", got)
	}
	if got := text(one(t, page.doc, "#campaign")); !strings.Contains(got, "Takes up company") || !strings.Contains(got, "Somebody else") || !strings.Contains(got, "No company has the name of this platform.") {
		t.Errorf("preview: %q", got)
	}
	w.campaign(3)
	if n := len(w.sim.Mutations()); n != 0 {
		t.Errorf("%d calls before the start", n)
	}
	path := attr(one(t, page.doc, ".head .btns .btn-act"), "href")
	b.follow(b.post(path, nil))
	w.campaign(3)
	l, err := w.store.Link(t.Context(), w.id("alpenruf"), "snom")
	if err != nil || l.State != ztp.LinkConfigured || l.CompanyName != "Alpenruf" {
		t.Errorf("%+v, %v", l, err)
	}
}

func (w *world) id(slug string) ztp.PlatformID {
	w.t.Helper()
	p, err := w.store.Platform(w.t.Context(), slug)
	if err != nil {
		w.t.Fatal(err)
	}
	return p.ID
}

// Why a platform is left out is said in whole sentences, also where the vendor's words
// end without a full stop.
func TestCampaignNote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("Alpenruf")
	w.change(w.onboarded("Brightwater"), func(l *ztp.Link) {
		l.State = ztp.LinkNeedsAttention
		l.Error = &ztp.Problem{Code: ztp.CodeVendorKeyRejected, Detail: "Hawk authentication failed", At: w.clock.now()}
	})
	b := w.as("ops@example.net")
	page := b.follow(b.post("/vendors/snom/campaigns/onboard", url.Values{"op": {ztp.NewID()}, "budget": {"1/m"}}))
	if got := text(one(t, page.doc, "#campaign")); !strings.Contains(got, "Snom rejects the stored key. Hawk authentication failed. Phones in service keep working;") {
		t.Errorf("%q", got)
	}
}
