package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// What differs between the phones here and the vendor's list is shown, and taken over
// here without a call, by forms and without a script.
func TestSync(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	w.phone(p, "000413A27F11")
	w.clock.advance(time.Hour)
	l, err := w.store.Link(t.Context(), p.ID, "snom")
	if err != nil {
		t.Fatal(err)
	}
	away := map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://user:hunter2@elsewhere.example/secret-path/{mac}"}}
	w.sim.PutEndpoint(l.CompanyID, srapssim.Endpoint{MAC: "000413C0FFEE", Name: "Lobby", Enabled: true, Settings: away})
	w.sim.DeleteEndpoint(l.CompanyID, "000413A27F11")
	b := w.as("ops@example.net")
	const row, page = "/platforms/brightwater", "/platforms/brightwater/ztp/snom/sync"

	leads := false
	for _, a := range all(b.page(row).doc, "#ztp-snom .facts a") {
		leads = leads || attr(a, "href") == page
	}
	if !leads {
		t.Error("the card does not lead to the page")
	}
	if got := text(one(t, b.page(page).doc, "#sync-card h2")); got != "Not compared yet" {
		t.Errorf("before: %q", got)
	}
	a := b.post(page, fields(t, b.page(page), page))
	if busy := b.follow(a); len(all(busy.doc, "#sync-card .msg")) == 0 {
		t.Error("nothing says that it is under way")
	}
	w.work()
	got := b.page(page)
	if rows := texts(got.doc, "#sync-card tbody th code"); len(rows) != 2 || rows[0] != "00:04:13:A2:7F:11" || rows[1] != "00:04:13:C0:FF:EE" {
		t.Fatalf("rows: %q", rows)
	}
	if body := text(one(t, got.doc, "#sync-card tbody")); !strings.Contains(body, "Missing there") || !strings.Contains(body, "Leads to elsewhere.example") {
		t.Errorf("rows: %q", body)
	}
	for _, secret := range []string{"hunter2", "secret-path"} {
		if strings.Contains(got.body, secret) {
			t.Errorf("%q is on the page", secret)
		}
	}
	if flag := text(one(t, b.page(row).doc, "#ztp-snom .facts .flag")); flag != "2 phones differ" {
		t.Errorf("the card says %q", flag)
	}
	if guest := w.as("guest").page(page); len(all(guest.doc, "#sync-card form")) != 0 || len(all(guest.doc, "#sync-card a.btn")) != 0 {
		t.Error("a viewer has something to press")
	}
	if fix := b.page(page + "/fix?class=missing_there"); !strings.Contains(text(one(t, fix.doc, "main form")), "Write 1 phone to Snom") {
		t.Errorf("fix: %q", text(one(t, fix.doc, "main form")))
	}
	if wrong := b.get(page + "/fix?class=unknown_here"); wrong.status != http.StatusConflict {
		t.Errorf("fix of what can't be fixed: %d", wrong.status)
	}

	class := b.page(page + "?class=unknown_here")
	if labels := texts(class.doc, "#sync-card .card-b a.btn"); len(labels) != 2 || labels[0] != "Adopt all 1…" {
		t.Errorf("for the class: %q", labels)
	}
	calls := len(w.sim.Calls())
	ask := page + "/adopt?class=unknown_here"
	form := fields(t, b.page(ask), page+"/adopt")
	if form.Get("account") == "" {
		form.Set("account", attr(all(b.page(ask).doc, "select[name=account] option")[0], "value"))
	}
	a = b.post(page+"/adopt", form)
	w.work()
	if left := texts(b.follow(a).doc, "#sync-card tbody th code"); len(left) != 1 {
		t.Errorf("after the adoption: %q", left)
	}
	if n := len(w.sim.Calls()) - calls; n != 0 {
		t.Errorf("an adoption has made %d calls", n)
	}
	if state := text(one(t, b.page(row+"/phones/000413C0FFEE").doc, "main")); !strings.Contains(state, "Lobby") {
		t.Errorf("the adopted phone: %q", state)
	}
}

// TestSync_HostileName: a name that somebody gave a phone at the vendor can't turn or hide text.
func TestSync_HostileName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	l, err := w.store.Link(t.Context(), p.ID, "snom")
	if err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Hour)
	w.sim.PutEndpoint(l.CompanyID, srapssim.Endpoint{MAC: "000413C0FFEE", Name: "Lobby \u202eniam\u200b" + strings.Repeat("x", 500), Enabled: true})
	b := w.as("ops@example.net")
	const page = "/platforms/brightwater/ztp/snom/sync"
	b.post(page, fields(t, b.page(page), page))
	w.work()
	if name := text(one(t, b.page(page).doc, "#sync-card tbody th .sub")); !strings.HasPrefix(name, "Lobby ?niam?x") || len(name) > 120 {
		t.Errorf("the name is shown as %q", name)
	}
}

// Of a phone that is missing the page says what can be known of where it is, and where it is as
// soon as the other platform was compared.
func TestSync_WhereMissingPhonesAre(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.onboarded("Brightwater"), w.onboarded("Norddial")
	w.phone(here, "000413A27F10")
	compare := func(slug string) {
		t.Helper()
		w.clock.advance(time.Hour)
		b := w.as("ops@example.net")
		page := "/platforms/" + slug + "/ztp/snom/sync"
		b.follow(b.post(page, fields(t, b.page(page), page)))
		w.work()
	}
	company := func(p ztp.Platform) string {
		l, err := w.store.Link(t.Context(), p.ID, "snom")
		if err != nil {
			t.Fatal(err)
		}
		return l.CompanyID
	}
	shown := func(want ...string) {
		t.Helper()
		card := text(one(t, w.as("ops@example.net").page("/platforms/brightwater/ztp/snom/sync").doc, "#sync-card"))
		for _, s := range want {
			if !strings.Contains(card, s) {
				t.Errorf("%q is not in %q", s, card)
			}
		}
	}
	compare("norddial")
	w.sim.DeleteEndpoint(company(here), "000413A27F10")
	compare("brightwater")
	shown("Missing there", "1 was last compared before this one", "Compare with Snom")
	compare("norddial")
	shown("Missing there", "No other platform that was compared has one of the missing phones")
	w.sim.PutEndpoint(company(there), srapssim.Endpoint{MAC: "000413A27F10", Enabled: true})
	compare("norddial")
	shown("Moved away", "In the company of Norddial", "Release…")
}
