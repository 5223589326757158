package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// strangers is held by somebody else's company from the start.
const strangers = "000413F0BEEF"

// add sends the form that adds a phone and follows to its page.
func (b *browser) add(p ztp.Platform, mac string) answer {
	b.w.t.Helper()
	accounts, err := b.w.ctl.ListAccounts(b.w.t.Context(), admin, p.Slug, "", 1)
	if err != nil {
		b.w.t.Fatal(err)
	}
	a := b.post("/platforms/"+p.Slug+"/phones", url.Values{"mac": {mac}, "account": {accounts.Items[0].Slug}, "name": {"Reception"}, "op": {ztp.NewID()}})
	b.w.work()
	return b.follow(a)
}

func mustContain(t *testing.T, where, got string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(got, s) {
			t.Errorf("%s: %q is not in %q", where, s, got)
		}
	}
}

// A phone that the vendor refused is kept as failed, and the page says so; taking
// it off the list claims nothing of the vendor.
func TestRefusedPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	page := b.add(p, strangers)
	card := one(t, page.doc, "#phone-card")
	mustContain(t, "refused", text(card), "Failed", "This MAC is registered by another company", "Snom registered nothing for this platform.",
		"The phone stays in the list here as failed", "Confirmed by Snom Not yet")
	if strings.Contains(text(card), "Nothing changed") {
		t.Errorf("a row was kept, and it says %q", text(card))
	}
	if got := texts(card, ".btn"); len(got) != 1 || !strings.HasPrefix(got[0], "Remove…") {
		t.Errorf("buttons: %q", got)
	}

	path := "/platforms/brightwater/phones/" + strings.ToLower(strangers)
	ask := b.page(path + "/release")
	mustContain(t, "confirmation", text(one(t, ask.doc, "main")), "Remove this phone?", "Take 00:04:13:F0:BE:EF out of the list here", "Snom holds nothing of it for this platform.")
	a := b.confirmed(path + "/release")
	w.work()
	card = one(t, b.follow(a).doc, "#phone-card")
	mustContain(t, "removed", text(card), "Removed here", "Snom held nothing under this MAC address for this platform, so nothing was given up there.", "Confirmed by Snom Never")
}

// A MAC that no phone of the vendor has can't be put right by saving it again.
func TestPhoneOfAnotherMaker(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	card := one(t, w.as("ops@example.net").add(p, "00:15:65:00:00:01").doc, "#phone-card")
	mustContain(t, "refused", text(card), "Failed", "not one of a Snom device", "Remove it and add it with the right MAC address.")
	if strings.Contains(text(card), "Save it again") {
		t.Errorf("the form has no MAC, and it says %q", text(card))
	}
}

// What was registered is released, in so many words.
func TestReleasedPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	mustContain(t, "added", text(one(t, b.add(p, "000413A27F10").doc, "#phone-card")), "Registered", "Phone registered")
	path := "/platforms/brightwater/phones/000413a27f10"
	a := b.confirmed(path + "/release")
	w.work()
	mustContain(t, "released", text(one(t, b.follow(a).doc, "#phone-card")), "Released", "Snom confirmed that the MAC address is given up")
}

// A change of a paused phone does not say that it is redirected.
func TestPausedPhoneSavedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	b.add(p, "000413A27F10")
	a := b.confirmed("/platforms/brightwater/phones/000413a27f10/pause")
	w.work()
	b.follow(a)
	card := text(one(t, b.add(p, "000413A27F10").doc, "#phone-card"))
	mustContain(t, "saved", card, "Paused", "Phone saved, still paused")
}

// Onboarding again says that the company was taken up and which phones came back.
func TestOnboardedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	w.phone(p, "000413A27F11")
	if _, err := w.ctl.Disable(t.Context(), admin, p.Slug, "snom", control.DisableRequest{}); err != nil {
		t.Fatal(err)
	}
	w.work()
	b := w.as("ops@example.net")
	a := b.confirmed("/platforms/brightwater/ztp/snom/onboard")
	if a.status != http.StatusSeeOther {
		t.Fatalf("onboard: %d", a.status)
	}
	w.work()
	msg := text(one(t, b.follow(a).doc, "#ztp-snom .msg"))
	mustContain(t, "onboarded again", msg, "Snom onboarded", "taken up again, none was created", "2 paused phones are redirected again.")
	for _, wrong := range []string{"Snom created the company", "Next, register phones."} {
		if strings.Contains(msg, wrong) {
			t.Errorf("it says %q: %q", wrong, msg)
		}
	}
}

// Nothing that could only end in not_onboarded is offered; a sentence says why.
func TestPhonesOfferOnlyWhatWorks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, guest := w.as("ops@example.net"), w.as("guest")
	p := w.platform("Brightwater")
	offers := func(when string, add bool, why string) {
		t.Helper()
		page := b.page("/platforms/brightwater")
		head := one(t, page.doc, "#phones-head")
		if got := len(all(head, "#b-add-phone")) == 1; got != add {
			t.Errorf("%s: Add phone is offered: %t", when, got)
		}
		mustContain(t, when, text(head), why)
		form := b.page("/platforms/brightwater/phones/new")
		if got := len(all(form.doc, "form.form button[type=submit]")) == 1; got != add {
			t.Errorf("%s: the form can be sent: %t", when, got)
		}
		mustContain(t, when, text(one(t, form.doc, "main")), why)
		if n := len(all(guest.page("/platforms/brightwater").doc, "#phones-head p")) + len(all(guest.page("/platforms/brightwater").doc, "#phones-head a")); n != 0 {
			t.Errorf("%s: a viewer is told what to do", when)
		}
	}
	offers("new", false, "Snom isn't onboarded for this platform yet. Onboard it on the card first, then add phones.")

	a := b.confirmed("/platforms/brightwater/ztp/snom/onboard")
	offers("in flight", true, "")
	w.work()
	b.follow(a)
	offers("onboarded", true, "")
	w.phone(p, "000413A27F10")
	phone := "/platforms/brightwater/phones/000413a27f10"
	if got := texts(b.page(phone).doc, "#phone-card .btn"); len(got) != 5 || !strings.HasPrefix(got[0], "Pause…") {
		t.Errorf("registered: %q", got)
	}

	b.confirmed("/platforms/brightwater/ztp/snom/disable")
	w.work()
	offers("disabled", false, "Snom is disabled for this platform: phones can be released, but not added or changed until it is onboarded again.")
	page := b.page(phone)
	if got := texts(page.doc, "#phone-card .btn"); len(got) != 2 || !strings.HasPrefix(got[0], "Hold…") || !strings.HasPrefix(got[1], "Release…") {
		t.Errorf("paused below a disabled link: %q", got)
	}
	mustContain(t, "paused", text(one(t, page.doc, "#phone-card")), "Onboarding redirects this phone again by itself.")
	if n := len(all(page.doc, "form.form")); n != 0 {
		t.Error("a form that can't be saved")
	}
	if ask := b.page(phone + "/resume"); len(all(ask.doc, "main button[type=submit]")) != 0 {
		t.Error("the confirmation of a Resume that can't end well has its button")
	}
	if ask := b.page(phone + "/release"); len(all(ask.doc, "main button[type=submit]")) != 1 {
		t.Error("a Release can't be confirmed")
	}

	// The row's answer brings the top of the list with it.
	form := fields(t, b.page("/platforms/brightwater/ztp/snom/onboard"), "/platforms/brightwater/ztp/snom/onboard")
	row := b.htmx("ztp-snom").post("/platforms/brightwater/ztp/snom/onboard", form)
	if _, oob := lookup(one(t, row.doc, "#phones-head"), "hx-swap-oob"); !oob || len(all(row.doc, "#b-add-phone")) != 1 {
		t.Error("the row comes without the top of the list of phones")
	}
}

// An account without a token can't be chosen for a new phone.
func TestAccountWithoutTokenIsNotOffered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	if _, _, _, err := w.ctl.CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Name: "Bare", NoToken: true}); err != nil {
		t.Fatal(err)
	}
	for _, o := range all(w.as("ops@example.net").page("/platforms/brightwater/phones/new").doc, "#f-account option") {
		if _, off := lookup(o, "disabled"); off != strings.HasPrefix(text(o), "Bare") {
			t.Errorf("%s: off is %t", text(o), off)
		}
	}
}

// What a form of ours would never send as its id is none, for phones as for
// platforms: it reaches no row, whatever is in it.
func TestPhoneWithAMadeUpID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	const path = "/platforms/brightwater/phones"
	for _, op := range []string{"made up", "\x00", strings.Repeat("x", 4000)} {
		for _, to := range []string{path, path + "/000413a27f10/pause", path + "/000413a27f10/release"} {
			b.follow(b.post(to, url.Values{"mac": {"000413A27F10"}, "account": {"brightwater-hq"}, "op": {op}}))
			w.work()
			if found, err := w.store.OperationByKey(t.Context(), admin.String(), op); !ztp.IsCode(err, ztp.CodeNotFound) {
				t.Errorf("%s: %.10q became the key of a %s (%v)", to, op, found.Kind, err)
			}
		}
	}
}
