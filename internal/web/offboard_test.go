package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// Without JavaScript: the page says what is given up in which order, asks, follows, and
// ends with a receipt that stays when the platform is removed.
func TestOffboard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	w.phone(p, "000413A27F11")
	b, guest := w.as("ops@example.net"), w.as("guest")
	const at = "/platforms/brightwater/offboard"
	page := b.page(at)
	if got := strings.Join(texts(page.doc, "main tbody th"), "; "); got != "1. Send phones home; 2. Give phones up; 3. Delete profiles; 4. Revoke keys; 5. Company stays" {
		t.Errorf("order: %s", got)
	}
	if n := len(all(guest.page(at).doc, "main form")); n != 0 {
		t.Error("a viewer may press something")
	}
	form := one(t, page.doc, "main form")
	values := url.Values{"home": {"1"}}
	for _, in := range all(form, "input[type=hidden]") {
		values.Set(attr(in, "name"), attr(in, "value"))
	}
	if values.Get("phones") != "2" {
		t.Errorf("form: %v", values)
	}
	for _, wrong := range []string{"3", "many", ""} {
		a := b.post(at, url.Values{"home": {"1"}, "phones": {wrong}})
		if a.status != http.StatusUnprocessableEntity || len(all(a.doc, "main .msg-err[data-fresh]")) == 0 {
			t.Errorf("phones %q: %d %s", wrong, a.status, text(one(t, a.doc, "main")))
		}
		if got := text(one(t, a.doc, "main .msg-err")); strings.Contains(got, "marked") || !strings.Contains(strings.ToLower(got), "phones") {
			t.Errorf("phones %q, which no field shows: %s", wrong, got)
		}
	}
	a := b.post(at, values)
	if a.status != http.StatusSeeOther {
		t.Fatalf("begun: %d %s", a.status, a.body)
	}
	receipt := a.header.Get("Location")
	if again := b.post(at, values); again.header.Get("Location") != receipt {
		t.Errorf("pressed twice: %d %s", again.status, again.header.Get("Location"))
	}
	if to := b.get(at); to.header.Get("Location") != receipt {
		t.Errorf("while it runs, the page leads to %q", to.header.Get("Location"))
	}
	running := b.page(receipt)
	if text(one(t, running.doc, "#o-how")) != "How far it is" || len(all(running.doc, "a[href="+receipt+"/cancel]")) != 1 || len(all(guest.page(receipt).doc, "a[href="+receipt+"/cancel]")) != 0 {
		t.Error("while it runs, it can be cancelled, by those who may")
	}
	b.page(receipt + "/cancel")
	poll := attr(one(t, running.doc, "#offboarding .poll"), "hx-get")
	if a := b.htmx("offboarding").get(poll); a.status != http.StatusNoContent {
		t.Errorf("unchanged: %d", a.status)
	}
	w.clock.advance(time.Second)
	w.work()
	if a := b.htmx("offboarding").get(poll); a.status != http.StatusOK {
		t.Errorf("changed: %d", a.status)
	}
	ended := text(one(t, b.page(receipt).doc, "main"))
	for _, want := range []string{"Receipt", "Done", "2 of 2 given up", "Keys revoked", "Remove it in the portal of Snom"} {
		if !strings.Contains(ended, want) {
			t.Errorf("the receipt lacks %q: %s", want, ended)
		}
	}
	if got := text(one(t, b.page(at).doc, "main")); !strings.Contains(got, "Nothing to give up") {
		t.Errorf("afterwards: %s", got)
	}
	l, err := w.store.Link(t.Context(), p.ID, "snom")
	if err != nil {
		t.Fatal(err)
	}
	if a := b.post("/platforms/brightwater/remove", url.Values{"confirm": {"Brightwater"}}); a.status != http.StatusConflict {
		t.Errorf("removed while its company is there: %d", a.status)
	}
	l.CompanyID, l.CompanyName = "", ""
	if err := w.store.SaveLink(t.Context(), l); err != nil { // as a check that finds it gone
		t.Fatal(err)
	}
	b.follow(b.post("/platforms/brightwater/remove", url.Values{"confirm": {"Brightwater"}}))
	if got := text(one(t, guest.page(receipt).doc, "main")); !strings.Contains(got, "2 of 2 given up") || !strings.Contains(got, "brightwater") {
		t.Errorf("of a removed platform: %s", got)
	}
	if got := text(one(t, guest.page("/offboardings").doc, "#list")); !strings.Contains(got, "Brightwater") {
		t.Errorf("the list: %s", got)
	}
}

// More than a hundred phones need their number and the platform's slug.
func TestOffboard_Many(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phones(p, ztp.OffboardAsks+1)
	b := w.as("ops@example.net")
	const at = "/platforms/brightwater/offboard"
	if n := len(all(b.page(at).doc, "main form input[required]")); n != 2 {
		t.Fatalf("%d fields ask again", n)
	}
	for _, wrong := range []url.Values{{"phones": {"101"}}, {"phones": {"101"}, "confirm": {"other"}}, {"phones": {"100"}, "confirm": {"brightwater"}}, {"confirm": {"brightwater"}}} {
		a := b.post(at, wrong)
		if a.status != http.StatusUnprocessableEntity || len(all(a.doc, ".field-err")) != 1 {
			t.Errorf("%v: %d", wrong, a.status)
		}
	}
	if n := len(w.openOperations()); n != 0 {
		t.Errorf("%d operations were begun", n)
	}
	if a := b.post(at, url.Values{"phones": {"101"}, "confirm": {"brightwater"}}); a.status != http.StatusSeeOther {
		t.Fatalf("%d %s", a.status, a.body)
	}
}

func (w *world) openOperations() []ztp.Operation {
	w.t.Helper()
	page, err := w.store.ListOperations(w.t.Context(), ztp.OperationQuery{Open: true, Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Items
}
