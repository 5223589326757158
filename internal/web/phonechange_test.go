package web_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// A phone is moved and renamed after a question that says what becomes of it.
func TestPhoneChangeIsAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	if _, _, _, err := w.ctl.CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Name: "Second floor", Slug: "second"}); err != nil {
		t.Fatal(err)
	}
	b := w.as("ops@example.net")
	const path = "/platforms/brightwater/phones/000413a27f10"
	mac := ztp.MAC{0x00, 0x04, 0x13, 0xA2, 0x7F, 0x10}
	stands := func(what, name string) {
		t.Helper()
		e, err := w.ctl.Endpoint(t.Context(), admin, p.Slug, mac)
		if err != nil {
			t.Fatal(err)
		}
		acc, err := w.ctl.Account(t.Context(), admin, p.Slug, string(e.Account))
		if err != nil {
			t.Fatal(err)
		}
		if got := acc.Slug + " " + e.Name + " " + e.Model; got != name {
			t.Errorf("%s: %q, want %q", what, got, name)
		}
	}
	form := filledForm(b.page(path))
	before := form.Get("account") + " " + form.Get("name") + " "
	form.Set("name", "Lobby `<b>`")
	form.Set("model", "D785")
	ask := b.post(path, form)
	mustContain(t, "rename", text(one(t, ask.doc, "main")), "Rename this phone?", `Call it "Lobby '<b>'" here, at Snom and in the settings that it fetches next`,
		`Note another model of it here: "D785"`, "Change its address: the phone finds its settings as before", "Restart it or stop it while it is in service")
	stands("asked", before)
	w.work()
	a := b.post(path, fields(t, ask, path))
	w.work()
	mustContain(t, "renamed", text(one(t, b.follow(a).doc, "#phone-card")), "Lobby `<b>`", "D785")

	form = filledForm(b.page(path))
	form.Set("account", "second")
	ask = b.post(path, form)
	if ask.status != http.StatusOK {
		t.Fatalf("want the question, got %d %s %v", ask.status, ask.header.Get("Location"), form)
	}
	mustContain(t, "move", text(one(t, ask.doc, "main")), "Move this phone to another account?", `Make it a phone of the account "Second floor"`,
		"Tell it its new address by the one that it has now", "next factory reset")
	a = b.post(path, fields(t, ask, path))
	w.work()
	b.follow(a)
	stands("moved", "second Lobby `<b>` D785")

	// Saved as it is, to try once more, and what can't be saved, need no question.
	if a := b.post(path, filledForm(b.page(path))); a.status != http.StatusSeeOther {
		t.Errorf("saved as it is: want a redirect, got %d", a.status)
	}
	w.work()
	form = filledForm(b.page(path))
	form.Set("account", "nobody")
	if a := b.post(path, form); a.status != http.StatusUnprocessableEntity || len(all(a.doc, "#f-account")) != 1 {
		t.Errorf("an unknown account: want the form with 422, got %d", a.status)
	}
	form = filledForm(b.page(path))
	form.Set("name", "x\x07")
	a = b.post(path, form)
	if a.status == http.StatusOK {
		a = b.post(path, fields(t, a, path))
	}
	if a.status != http.StatusUnprocessableEntity || len(all(a.doc, "#f-name[aria-invalid]")) != 1 {
		t.Errorf("a name with a control character: want the form with 422, got %d", a.status)
	}
	stands("refused", "second Lobby `<b>` D785")
}

// filledForm is the form of a phone's page as somebody finds it.
func filledForm(a answer) url.Values {
	v := url.Values{}
	for _, n := range all(a.doc, "form.form input") {
		v.Set(attr(n, "name"), attr(n, "value"))
	}
	for _, n := range all(a.doc, "form.form select") {
		for _, o := range all(n, "option[selected]") {
			v.Set(attr(n, "name"), attr(o, "value"))
		}
	}
	return v
}

// Listed, fetched and registered at the voice service are three facts, and one changes
// without the others.
func TestPhoneFactsOnItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	b := w.as("ops@example.net")
	const path = "/platforms/brightwater/phones/000413a27f10"
	mac := ztp.MAC{0x00, 0x04, 0x13, 0xA2, 0x7F, 0x10}
	page := b.page(path)
	mustContain(t, "before", text(one(t, page.doc, "#phone-card")), "Registered", "Last fetched settings Never", "At the voice service Nothing said yet")
	poll := attr(one(t, page.doc, "#phone-card .poll"), "hx-get")
	at := w.clock.now().Add(-time.Hour).UTC().Truncate(time.Second)
	if _, err := w.ctl.SetSIP(t.Context(), admin, p.Slug, mac, ztp.SIPFact{Registered: true, At: at}); err != nil {
		t.Fatal(err)
	}
	card := b.htmx("phone-card").get(poll)
	if card.status != http.StatusOK {
		t.Fatalf("the open page does not learn it: %d", card.status)
	}
	mustContain(t, "told", text(one(t, card.doc, "#phone-card")), "Last fetched settings Never", "At the voice service Registered, ")
	if _, err := w.ctl.SetSIP(t.Context(), admin, p.Slug, mac, ztp.SIPFact{Registered: false, At: at.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "told again", text(one(t, b.page(path).doc, "#phone-card")), "Registered", "At the voice service Not registered, ")
	if len(all(b.page(path).doc, "input[name=pin]")) != 0 {
		t.Error("a PIN is asked for, and Snom needs none")
	}
}
