package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// fields reads the hidden fields of the form that posts to action.
func fields(t testing.TB, a answer, action string) url.Values {
	t.Helper()
	v := url.Values{}
	for _, n := range all(a.doc, "form[method=post][action="+action+"] input[type=hidden]") {
		v.Set(attr(n, "name"), attr(n, "value"))
	}
	return v
}

// confirmed opens a confirmation as a page and sends it.
func (b *browser) confirmed(path string, more ...string) answer {
	b.w.t.Helper()
	form := fields(b.w.t, b.page(path), strings.SplitN(path, "?", 2)[0])
	for i := 0; i+1 < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return b.post(strings.SplitN(path, "?", 2)[0], form)
}

// The whole story without a script: every step is a page, a form and a redirect.
func TestStoryWithoutScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ops@example.net")

	a := b.post("/platforms", url.Values{"name": {"Brightwater Voice"}})
	page := b.follow(a)
	if got := text(one(t, page.doc, "#ztp-snom .status")); got != "Not configured" {
		t.Fatalf("new platform: %q", got)
	}

	// Without an account the confirmation says what is missing instead of a button.
	ask := b.page("/platforms/brightwater-voice/ztp/snom/onboard")
	if got := texts(ask.doc, "form.card .msg .h"); len(got) != 1 || got[0] != "Account has no provisioning token" {
		t.Errorf("preflight: %q", got)
	}
	if n := len(all(ask.doc, "form.card button[type=submit]")); n != 0 {
		t.Errorf("a blocked confirmation has %d buttons", n)
	}
	// The post checks all the same, and the row keeps the refusal.
	a = b.post("/platforms/brightwater-voice/ztp/snom/onboard", url.Values{"op": {ztp.NewID()}})
	page = b.follow(a)
	if got := texts(page.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Account has no provisioning token" {
		t.Errorf("row after a refusal: %q", got)
	}
	if got := texts(page.doc, "#ztp-snom .msg .btn"); len(got) != 2 || got[0] != "Set up first account" || !strings.HasPrefix(got[1], "Try again…") {
		t.Errorf("remedies: %q", got)
	}

	a = b.post("/platforms/brightwater-voice/accounts", url.Values{"name": {"Harbour Clinic"}})
	if a.status != http.StatusOK || len(all(a.doc, ".shown-once")) != 2 {
		t.Fatalf("the token is not shown: %d", a.status)
	}
	token := attr(all(a.doc, ".shown-once .copy")[0], "data-copy")

	a = b.confirmed("/platforms/brightwater-voice/ztp/snom/onboard")
	inFlight := b.page("/platforms/brightwater-voice")
	if got := text(one(t, inFlight.doc, "#ztp-snom .status")); got != "Onboarding" {
		t.Errorf("in flight: %q", got)
	}
	for _, btn := range all(inFlight.doc, "#ztp-snom .row-acts button") {
		if _, off := lookup(btn, "disabled"); !off {
			t.Errorf("button %q is not off in flight", text(btn))
		}
	}
	w.work()
	page = b.follow(a)
	if got := texts(page.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Snom onboarded" {
		t.Errorf("after onboarding: %q", got)
	}
	other := w.as("ops@example.net").page("/platforms/brightwater-voice")
	if got := texts(other.doc, "#ztp-snom .msg .h"); len(got) != 0 {
		t.Errorf("news for somebody who did not ask: %q", got)
	}
	if strings.Contains(page.body, token) || strings.Contains(other.body, token) {
		t.Error("the token is on a page after it was shown")
	}

	page = b.follow(b.confirmed("/platforms/brightwater-voice/ztp/snom/onboard"))
	if got := texts(page.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Already onboarded" {
		t.Errorf("onboarded twice: %q", got)
	}

	a = b.post("/platforms/brightwater-voice/phones", url.Values{"mac": {"0004 13a2 7f10"}, "account": {"harbour-clinic"}, "name": {"Reception 1"}, "op": {ztp.NewID()}})
	w.work()
	page = b.follow(a)
	if got := text(one(t, page.doc, "#phone-card .status")); !strings.HasPrefix(got, "Registered") {
		t.Errorf("phone: %q", got)
	}

	w.clock.advance(10 * time.Minute)
	a = b.confirmed("/platforms/brightwater-voice/ztp/snom/rotate", "exposed", "1")
	w.work()
	page = b.follow(a)
	if got := texts(page.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Credentials rotated and compared" {
		t.Errorf("after rotating: %q", got)
	}

	a = b.confirmed("/platforms/brightwater-voice/ztp/snom/disable")
	w.work()
	page = b.follow(a)
	if got := texts(page.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Snom disabled" {
		t.Errorf("after disabling: %q", got)
	}
	if got := text(one(t, page.doc, "#ztp-snom .msg")); !strings.Contains(got, "1 phone is paused") {
		t.Errorf("paused phones are not named: %q", got)
	}
	for _, secret := range w.sim.Secrets() {
		if strings.Contains(page.body, secret) {
			t.Error("a secret of the vendor is on the page")
		}
	}
}

// The same submission twice is one operation, whoever sends it again and why.
func TestSameFormTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	form := fields(t, b.page("/platforms/brightwater/ztp/snom/rotate"), "/platforms/brightwater/ztp/snom/rotate")
	first := b.post("/platforms/brightwater/ztp/snom/rotate", form)
	second := b.post("/platforms/brightwater/ztp/snom/rotate", form)
	if first.header.Get("Location") != second.header.Get("Location") || first.status != http.StatusSeeOther {
		t.Errorf("first led to %q, second to %q", first.header.Get("Location"), second.header.Get("Location"))
	}
	// Another form while it runs is refused, and says who is at it.
	other := b.confirmed("/platforms/brightwater/ztp/snom/disable")
	if other.status != http.StatusConflict {
		t.Fatalf("want 409, got %d", other.status)
	}
	if got := texts(other.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Another change is running" {
		t.Errorf("row: %q", got)
	}
	if !strings.HasPrefix(text(one(t, other.doc, "title")), "Error: ") {
		t.Error("the title of a refused page does not begin with Error:")
	}
	w.work()
	w.work()
	ops, err := w.ctl.ListOperations(t.Context(), admin, ztp.OperationQuery{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[ztp.OperationKind]int{}
	for _, op := range ops.Items {
		kinds[op.Kind]++
	}
	if kinds[ztp.KindRotate] != 1 || kinds[ztp.KindDisable] != 0 {
		t.Errorf("operations: %v", kinds)
	}
}

// Whoever reloads while their own operation is in flight is told how it ended.
func TestReloadInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b, other := w.as("ops@example.net"), w.as("guest")
	b.confirmed("/platforms/brightwater/ztp/snom/rotate")
	poll := attr(one(t, b.page("/platforms/brightwater").doc, "#ztp-snom .poll"), "hx-get")
	theirs := attr(one(t, other.page("/platforms/brightwater").doc, "#ztp-snom .poll"), "hx-get")
	if got := b.htmx("ztp-snom").get(poll); got.status != http.StatusNoContent {
		t.Errorf("nothing has changed, and the row comes again: %d", got.status)
	}
	w.work()
	if got := texts(b.htmx("ztp-snom").get(poll).doc, ".msg .h"); len(got) != 1 || got[0] != "Credentials rotated" {
		t.Errorf("news: %q", got)
	}
	if got := texts(other.htmx("ztp-snom").get(theirs).doc, ".msg .h"); len(got) != 0 {
		t.Errorf("news for somebody else: %q", got)
	}
}
