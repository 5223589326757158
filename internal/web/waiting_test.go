package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"zerotouch.example/internal/ztp"
)

// One click lets a phone in that is late; of one that may be a stranger it is asked first;
// and a phone that nobody has registered is adopted.
func TestWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	late, stranger, found := mustMAC(t, "000413A27F10"), mustMAC(t, "000413A27F11"), mustMAC(t, "000413A27F12")
	w.phone(p, late.String())
	w.phone(p, stranger.String())
	from := netip.MustParsePrefix("192.0.2.0/24")
	for mac, why := range map[ztp.MAC]ztp.Waiting{late: ztp.WaitingLate, stranger: ztp.WaitingElsewhere} {
		e, err := w.store.Endpoint(t.Context(), p.ID, mac)
		fatal(t, err)
		k := ztp.Contact{Platform: p.ID, MAC: mac, DeviceTokenHash: e.DeviceTokenHash, Waiting: why, WaitingSince: w.clock.now(), WaitingAt: w.clock.now(),
			WaitingNetwork: from, WaitingAgent: `snomD785 <b>&`}
		if why.Alarming() {
			k.AlarmedAt, k.ProvenAt = w.clock.now(), w.clock.now().Add(-time.Hour)
		}
		fatal(t, w.store.SaveContact(t.Context(), k, ztp.Secret{}))
	}
	accounts, err := w.store.ListAccounts(t.Context(), p.ID, "", 1)
	fatal(t, err)
	fatal(t, w.store.NoteUnclaimed(t.Context(), []ztp.UnclaimedPhone{{Platform: p.ID, MAC: found, Account: accounts.Items[0].ID, FirstAt: w.clock.now(), LastAt: w.clock.now(), Network: from, Agent: "snom"}}))

	b, guest := w.as("ops@example.net"), w.as("guest")
	const at = "/platforms/brightwater/waiting"
	if got := text(one(t, guest.page("/platforms/brightwater").doc, "#waiting-link")); got != "2 phones wait, 1 with an alarm" {
		t.Error(got)
	}
	if got := text(one(t, guest.page("/health").doc, "#waiting")); !strings.Contains(got, "1 alarm") || !strings.Contains(got, "Brightwater") {
		t.Error(got)
	}
	if page := guest.page(at); len(all(page.doc, "main form")) != 0 || len(all(page.doc, "#waiting tbody tr")) != 2 {
		t.Error("a viewer sees who waits, and may press nothing")
	}
	if a := guest.post(at+"/000413A27F10/admit", url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("forged: %d", a.status)
	}
	if len(all(b.page(at).doc, "#searched")) != 0 {
		t.Error("nobody has searched")
	}
	fatal(t, w.store.AppendEvent(t.Context(), ztp.Event{At: w.clock.now(), Action: ztp.EventScanned, Target: ztp.ScanTarget, Platform: p.ID, Outcome: ztp.OutcomeRefused}))
	mustContain(t, "a search", text(one(t, b.page(at).doc, "#searched")), "by the token of an account", "adopt what you know")
	page := b.page(at)
	if got := strings.Join(texts(page.doc, "#waiting a.btn"), "; "); !strings.HasPrefix(got, "Admit…") || strings.Contains(page.body, "<b>&") {
		t.Errorf("a stranger: %s", got)
	}
	admit := ""
	for _, f := range all(page.doc, "#waiting form") {
		if action := attr(f, "action"); strings.HasSuffix(action, "/admit") {
			admit = action
		}
	}
	if a := b.post(admit, url.Values{}); a.status != http.StatusSeeOther || a.header.Get("Location") != at {
		t.Errorf("admit: %d %s", a.status, a.header.Get("Location"))
	}
	if k, err := w.store.Contact(t.Context(), p.ID, late); err != nil || k.AdmittedBy == "" || !k.AdmittedUntil.After(w.clock.now()) {
		t.Errorf("%+v, %v", k, err)
	}
	if got := text(one(t, b.page(at).doc, "#waiting")); !strings.Contains(got, "Admitted") || !strings.Contains(got, "gets its settings when it comes next") {
		t.Errorf("who was admitted: %s", got)
	}
	if n := len(all(b.page(at).doc, "#waiting form")); n != 1 { // the stranger's alarm
		t.Errorf("%d things to press, admitted or not", n)
	}
	if got := text(one(t, b.page("/platforms/brightwater/phones/000413A27F11").doc, "#held")); !strings.HasPrefix(got, ztp.WaitingElsewhere.Title()) {
		t.Error(got)
	}
	ask := b.page(attr(one(t, page.doc, "#waiting a.btn"), "href"))
	if !strings.Contains(text(one(t, ask.doc, "main")), "do not admit them") || !strings.Contains(text(one(t, ask.doc, "main")), "give its lines others") || len(all(ask.doc, "main form")) != 1 {
		t.Error(text(one(t, ask.doc, "main")))
	}
	b.post(at+"/000413A27F11/dismiss", url.Values{})
	if k, err := w.store.Contact(t.Context(), p.ID, stranger); err != nil || !k.AlarmedAt.IsZero() || !k.AdmittedAt.IsZero() {
		t.Errorf("%+v, %v", k, err)
	}
	if got := text(one(t, page.doc, "section[aria-labelledby=unclaimed-h]")); !strings.Contains(got, "Reset an adopted phone to factory settings") {
		t.Error(got) // it has stored a URL by which it gets nothing
	}
	adopt := one(t, page.doc, "section form")
	values := url.Values{}
	for _, in := range all(adopt, "input[type=hidden]") {
		values.Set(attr(in, "name"), attr(in, "value"))
	}
	b.post(attr(adopt, "action"), values)
	if e, err := w.store.Endpoint(t.Context(), p.ID, found); err != nil || e.State != ztp.EndpointWanted {
		t.Errorf("adopted: %+v, %v", e, err)
	}
	if n := len(all(b.page(at).doc, "section form")); n != 0 {
		t.Error("it is unclaimed still")
	}
}

// Two networks wait by one URL: each has its button, which carries what was shown, and what
// has changed since is told.
func TestWaitingFromTwoNetworks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	mac := mustMAC(t, "000413A27F10")
	w.phone(p, mac.String())
	e, err := w.store.Endpoint(t.Context(), p.ID, mac)
	fatal(t, err)
	e.ExpectedAt = w.clock.now().Add(-10 * 24 * time.Hour)
	thief, phone := netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("192.0.2.0/24")
	comes := func(from netip.Prefix) ztp.Answer {
		t.Helper()
		k, err := w.store.Contact(t.Context(), p.ID, mac)
		fatal(t, err)
		got := ztp.Decide(e, k, ztp.Visit{At: w.clock.now().Add(time.Minute), Way: ztp.WayFirst, Right: true, Secure: true, Ready: true, Network: from, Agent: "snom"})
		if got.Save && !got.Fresh {
			fatal(t, w.store.SaveContact(t.Context(), got.Contact, ztp.Secret{}))
		}
		return got.Answer
	}
	comes(phone)
	comes(thief)
	const at = "/platforms/brightwater/waiting"
	b := w.as("ops@example.net")
	rows := texts(b.page(at).doc, "#waiting tbody tr")
	if len(rows) != 2 || !strings.Contains(rows[0], phone.String()) || !strings.Contains(rows[0], "2 networks") || !strings.Contains(rows[1], thief.String()) {
		t.Fatalf("rows %q", rows)
	}
	form := all(b.page(at).doc, "#waiting form")
	if len(form) != 2 || attr(one(t, form[0], "input[name=network]"), "value") != phone.String() {
		t.Fatalf("%d forms", len(form))
	}
	if a := b.post(at+"/000413A27F10/admit", url.Values{}); a.status != http.StatusUnprocessableEntity || len(all(a.doc, "main select[name=network] option")) != 3 {
		t.Errorf("nobody said which: %d", a.status)
	}
	if a := b.post(at+"/000413A27F10/admit", url.Values{"network": {"203.0.113.0/24"}}); a.status != http.StatusConflict || !strings.Contains(text(one(t, a.doc, "main")), "Nobody waits from 203.0.113.0/24 any more") {
		t.Errorf("what was shown has changed: %d", a.status)
	}
	if a := b.post(at+"/000413A27F10/admit", url.Values{"network": {phone.String()}}); a.status != http.StatusSeeOther {
		t.Errorf("admit: %d", a.status)
	}
	rows = texts(b.page(at).doc, "#waiting tbody tr")
	if !strings.Contains(rows[0], "Admitted") || strings.Contains(rows[1], "Admitted") || len(all(b.page(at).doc, "#waiting form")) != 1 {
		t.Errorf("rows %q", rows)
	}
	if comes(thief) != ztp.AnswerHolding || comes(phone) != ztp.AnswerSettings {
		t.Error("the wrong one is let in")
	}
	page, err := w.store.ListEvents(t.Context(), ztp.EventQuery{Action: "endpoint.admitted"})
	if err != nil || len(page.Items) != 1 || page.Items[0].Detail != "from "+phone.String() {
		t.Errorf("%+v, %v", page.Items, err)
	}
	if a := b.get(at + "/000413A27F10/admit?network=x"); a.status != http.StatusNotFound {
		t.Errorf("no network: %d", a.status)
	}
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A phone that waits is not shown as if all was well: lists say why, in the word and colour
// of the waiting list, and lead to where it is admitted.
func TestListsSayWhoWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	late, stranger, fine := mustMAC(t, "000413A27F10"), mustMAC(t, "000413A27F11"), mustMAC(t, "000413A27F12")
	for _, mac := range []ztp.MAC{late, stranger, fine} {
		w.phone(p, mac.String())
	}
	waits := func(mac ztp.MAC, why ztp.Waiting) {
		e, err := w.store.Endpoint(t.Context(), p.ID, mac)
		fatal(t, err)
		k := ztp.Contact{Platform: p.ID, MAC: mac, DeviceTokenHash: e.DeviceTokenHash, Assurance: ztp.AssuranceCertificate, Waiting: why,
			WaitingSince: w.clock.now(), WaitingAt: w.clock.now(), WaitingNetwork: netip.MustParsePrefix("192.0.2.0/24")}
		if why.Alarming() {
			k.AlarmedAt = w.clock.now()
		}
		fatal(t, w.store.SaveContact(t.Context(), k, ztp.Secret{}))
	}
	b := w.as("ops@example.net")
	before := b.page("/platforms/brightwater").doc
	poll := attr(one(t, before, "#phone-list .poll"), "hx-get")
	waits(late, ztp.WaitingLate)
	waits(stranger, ztp.WaitingOther)
	state := func(tr *html.Node) string {
		s := all(tr, ".status")[0]
		return text(s) + " " + strings.TrimPrefix(attr(s, "class"), "status is-") + " " + attr(all(tr, ".sub a")[0], "href")
	}
	want := []string{"Came after its window had closed warn /platforms/brightwater/waiting?mac=000413A27F10",
		"Shows the certificate of another phone err /platforms/brightwater/waiting?mac=000413A27F11"}
	for path, rows := range map[string]string{"/platforms/brightwater?q=27F1": "#phone-list tbody tr", "/platforms?q=27F1": "#list tbody tr"} {
		doc := b.page(path).doc
		if got := text(all(doc, rows)[2]); !strings.Contains(got, "Registered") || strings.Contains(got, "Came") {
			t.Errorf("%s: one that is well: %s", path, got)
		}
		for i, tr := range all(doc, rows)[:2] {
			if got := state(tr); got != want[i] || !strings.Contains(text(tr), "Registered") {
				t.Errorf("%s: %s in %s, want %s", path, got, text(tr), want[i])
			}
		}
	}
	if got := state(all(b.page("/phones/000413a27f10").doc, "tbody tr")[0]); got != want[0] {
		t.Errorf("the life of it: %s", got)
	}
	if a := b.htmx("phone-list").get(poll); a.status != http.StatusOK {
		t.Errorf("the open page is told: %d", a.status)
	}
	mine := b.page("/platforms/brightwater/waiting?mac=000413A27F10").doc
	if rows := all(mine, "#waiting tbody tr"); len(rows) != 1 || !strings.Contains(text(rows[0]), late.String()) || len(all(mine, "#waiting form")) != 1 {
		t.Errorf("the way leads to %d rows", len(rows))
	}
	if got := text(one(t, b.page("/platforms/brightwater/waiting?mac=000413A27F12").doc, "#waiting")); !strings.Contains(got, "This phone does not wait") {
		t.Error(got)
	}
	if a := b.get("/platforms/brightwater/waiting?mac=x"); a.status != http.StatusNotFound {
		t.Errorf("a MAC that is none: %d", a.status)
	}

	mustContain(t, "the phone's page", text(one(t, b.page("/platforms/brightwater/phones/000413a27f11").doc, "#held")),
		"Whoever comes so gets holding settings until somebody admits them; who has its settings goes on working.")

	// The right phone comes again: it is in service, and the alarm is over but not gone.
	w.clock.advance(10 * time.Minute)
	fatal(t, w.store.TouchEndpoint(t.Context(), p.ID, stranger, w.clock.now()))
	over := "Over as far as the phone goes: it has come since"
	for _, path := range []string{"/platforms/brightwater/waiting?mac=000413A27F11", "/platforms/brightwater/phones/000413a27f11"} {
		mustContain(t, path, text(one(t, b.page(path).doc, "main")), over, "proven by its device certificate", "Shows the certificate of another phone")
	}
	if got := text(one(t, b.page("/platforms/brightwater/phones/000413a27f11").doc, "#held")); strings.Contains(got, "gets holding settings") {
		t.Error(got)
	}
	mustContain(t, "health", text(one(t, b.page("/health").doc, "#waiting")), "1 alarm")
}
