package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// stray puts into the company of a platform what somebody with its key could have: a
// key, the addresses of a phone and of the profile, a phone and a profile of others.
func (w *world) stray(p ztp.Platform, mac string) (key string) {
	w.t.Helper()
	l, err := w.store.Link(w.t.Context(), p.ID, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	away := map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://user:hunter2@elsewhere.example/secret-path/{mac}"}}
	w.sim.PutEndpoint(l.CompanyID, srapssim.Endpoint{MAC: mac, Enabled: true, Settings: away})
	w.sim.PutEndpoint(l.CompanyID, srapssim.Endpoint{MAC: "000413C0FFEE", Enabled: true, Settings: away})
	profile := w.sim.Profiles(l.CompanyID)[0]
	profile.Settings = away
	w.sim.SetProfile(l.CompanyID, profile)
	profile.ID, profile.Name = "", "by hand"
	w.sim.SetProfile(l.CompanyID, profile)
	key, _ = w.sim.AddKey(l.CompanyID, "made by hand", srapssim.DefaultRole)
	return key
}

// What an exposed rotation finds is put right on its page, each by a form that says what
// it does, without a script; then the proof is taken again, and is one of nothing.
func TestProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	w.clock.advance(time.Hour)
	key := w.stray(p, "000413A27F10")
	b := w.as("ops@example.net")
	const row, proof = "/platforms/brightwater", "/platforms/brightwater/ztp/snom/proof"

	if got := text(one(t, b.page(proof).doc, "#proof-card .status")); got != "Nothing has been compared yet" {
		t.Errorf("before: %q", got)
	}
	var order []string // whoever comes to the button has passed the tick
	for _, part := range all(b.page("/platforms/brightwater/ztp/snom/rotate").doc, "main form div") {
		if class := attr(part, "class"); class == "dlg-x" || class == "dlg-f" {
			order = append(order, class)
		}
	}
	if !slices.Equal(order, []string{"dlg-x", "dlg-f"}) {
		t.Errorf("the tick and the buttons: %q", order)
	}
	a := b.confirmed("/platforms/brightwater/ztp/snom/rotate", "exposed", "1")
	w.work()
	page := b.follow(a)
	if got := texts(page.doc, "#ztp-snom .msg-ok .h"); len(got) != 0 {
		t.Errorf("all is well, says the row: %q", got)
	}
	if !strings.Contains(text(one(t, page.doc, "#ztp-snom")), "1 key and 4 addresses not ours") {
		t.Errorf("the row: %q", text(one(t, page.doc, "#ztp-snom")))
	}
	page = b.page(proof)
	if got := texts(page.doc, "#proof-card tbody th code"); len(got) != 5 || got[0] != key {
		t.Fatalf("named: %q", got)
	}
	if got := w.as("guest").page(proof); len(all(got.doc, "#proof-card form")) != 0 || len(all(got.doc, "#proof-card a.btn")) != 0 {
		t.Error("a viewer has something to press")
	}
	for _, secret := range []string{"hunter2", "secret-path"} {
		if strings.Contains(page.body, secret) {
			t.Errorf("%q is on the page", secret)
		}
	}

	for range 5 {
		links := all(page.doc, "#proof-card tbody a.btn")
		if len(links) == 0 {
			break
		}
		ask := attr(links[0], "href")
		said := text(one(t, b.page(ask).doc, "main form"))
		if !strings.Contains(said, "This will") || !strings.Contains(said, "This won’t") && !strings.Contains(said, "This won't") {
			t.Errorf("%s: %q", ask, said)
		}
		a := b.confirmed(ask)
		w.work()
		if to := a.header.Get("Location"); !strings.HasPrefix(to, proof) {
			t.Errorf("%s leads to %q", ask, to)
		}
		page = b.follow(a)
		if got := texts(page.doc, "#proof-card .msg-ok .h"); len(got) != 1 {
			t.Errorf("%s: the page says %q", ask, texts(page.doc, "#proof-card .msg .h"))
		}
	}
	if got := text(one(t, page.doc, "#proof-card .status")); got != "Put right; compare again for the proof" {
		t.Errorf("when all is put right: %q", got)
	}
	if got := text(one(t, page.doc, "#proof-card .facts")); strings.Count(got, "0 still open") != 2 {
		t.Errorf("what was found, and what of it is open: %q", got)
	}
	if got := texts(b.page(row).doc, "#ztp-snom .msg-warn .h"); len(got) != 0 {
		t.Errorf("the row still says %q", got)
	}
	form := fields(t, page, "/platforms/brightwater/ztp/snom/check")
	a = b.post("/platforms/brightwater/ztp/snom/check", form)
	w.work()
	page = b.follow(a)
	if got := text(one(t, page.doc, "#proof-card .status")); got != "Nothing foreign was found" {
		t.Errorf("compared again: %q", got)
	}
	if got := texts(page.doc, "#proof-card .msg .h"); !slices.Equal(got, []string{"Compared with Snom"}) {
		t.Errorf("compared again, the page says %q", got)
	}
	for _, c := range w.sim.Calls() {
		if c.Method == http.MethodDelete && c.Resource != srapssim.ResourceTokens {
			t.Errorf("%s %s", c.Method, c.Path)
		}
	}
}

// A finding in the row leads to the list, where each address has what puts it right: to
// update the platform's address, say, does nothing for a phone that was sent away.
func TestProof_InTheRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	l, err := w.store.Link(t.Context(), p.ID, "snom")
	if err != nil {
		t.Fatal(err)
	}
	profile := w.sim.Profiles(l.CompanyID)[0]
	profile.Settings = map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://elsewhere.example/{mac}"}}
	w.sim.SetProfile(l.CompanyID, profile)
	b := w.as("ops@example.net")
	check := func() answer { // an ordinary check, which compares the profile alone
		a := b.post("/platforms/brightwater/ztp/snom/check", url.Values{"op": {ztp.NewID()}})
		w.work()
		return b.follow(a)
	}
	page := check()
	if got := texts(page.doc, "#ztp-snom .msg .h"); !slices.Equal(got, []string{"An address in this company is not ours"}) {
		t.Fatalf("found: %q", got)
	}
	one(t, page.doc, "#ztp-snom .msg a[href=/platforms/brightwater/ztp/snom/proof]")
	if got := all(page.doc, "#ztp-snom .msg form[action$=update-address]"); len(got) != 0 {
		t.Error("the row offers what need not be of use")
	}
	a := b.confirmed("/platforms/brightwater/ztp/snom/fix-address?back=proof&target=" + profile.ID)
	w.work()
	if got := texts(b.follow(a).doc, "#proof-card .msg .h"); !slices.Equal(got, []string{"Address updated at Snom"}) {
		t.Errorf("put right: %q", got)
	}
	if got := texts(check().doc, "#ztp-snom .msg .h"); !slices.Equal(got, []string{"Checked with Snom"}) {
		t.Errorf("checked again: %q", got)
	}
}

// The page follows by itself what happens, and with a script a dialog asks.
func TestProof_Polls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	w.clock.advance(time.Hour)
	w.stray(p, "000413A27F10")
	b := w.as("ops@example.net")
	page := b.page("/platforms/brightwater/ztp/snom/proof")
	poll := attr(one(t, page.doc, "#proof-card .poll"), "hx-get")
	if a := b.htmx("proof-card").get(poll); a.status != http.StatusNoContent {
		t.Errorf("nothing has changed, and it answers %d", a.status)
	}
	if _, err := w.ctl.CheckExposed(t.Context(), admin, p.Slug, "snom", control.Submission{}); err != nil {
		t.Fatal(err)
	}
	w.work()
	form := fields(t, b.page("/platforms/brightwater/ztp/snom/proof"), "/platforms/brightwater/ztp/snom/check")
	found := b.post("/platforms/brightwater/ztp/snom/check", form)
	w.work()
	if got := texts(b.follow(found).doc, "#proof-card .msg .h"); !slices.Equal(got, []string{"Compared with Snom"}) {
		t.Errorf("what a comparison says that found something: %q", got)
	}
	a := b.htmx("proof-card").get(poll)
	if a.status != http.StatusOK || len(all(a.doc, "h1")) != 0 || len(texts(a.doc, "tbody th")) != 5 {
		t.Errorf("after a comparison it answers %d: %s", a.status, a.body)
	}
	ask := b.htmx("dialog").get("/platforms/brightwater/ztp/snom/fix-address?target=00:04:13:C0:FF:EE")
	if text(one(t, ask.doc, "dialog h2")) != "Fix the address of 00:04:13:C0:FF:EE?" {
		t.Errorf("the dialog: %s", ask.body)
	}
	if a := b.get("/platforms/brightwater/ztp/snom/fix-address?target=00:04:13:00:00:01"); a.status != http.StatusNotFound {
		t.Errorf("what is not in the list: %d", a.status)
	}
}
