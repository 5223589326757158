package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// With htmx a confirmation is a dialog and the answer is the row.
func TestDialogAndRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	const path = "/platforms/brightwater/ztp/snom/rotate"
	a := b.htmx("dialog").get(path)
	if a.status != http.StatusOK || strings.Contains(a.body, "<html") {
		t.Fatalf("dialog: %d\n%s", a.status, a.body)
	}
	one(t, a.doc, "dialog[role=alertdialog] h2[autofocus]")
	form := one(t, a.doc, "dialog form")
	for name, want := range map[string]string{
		"hx-post": path, "hx-target": "#ztp-snom", "hx-swap": "outerHTML", "hx-sync": "#ztp-snom:drop",
		"hx-disable": "#ztp-snom button, #dialog button", "hx-indicator": "#ztp-snom",
	} {
		if got := attr(form, name); got != want {
			t.Errorf("%s: want %q, got %q", name, want, got)
		}
	}
	a = b.htmx("ztp-snom").post(path, fields(t, a, path))
	row := one(t, a.doc, "li#ztp-snom")
	if a.status != http.StatusOK || attr(row, "aria-busy") != "true" {
		t.Errorf("answer: %d, busy %q", a.status, attr(row, "aria-busy"))
	}
	if !strings.Contains(a.header.Get("Vary"), "HX-Request") {
		t.Errorf("Vary: %q", a.header.Get("Vary"))
	}
	poll := attr(one(t, row, ".poll"), "hx-get")
	if got := b.htmx("ztp-snom").get(poll); got.status != http.StatusNoContent || got.body != "" {
		t.Errorf("unchanged row: %d %q", got.status, got.body)
	}
	w.work()
	a = b.htmx("ztp-snom").get(poll)
	if got := texts(a.doc, "#ztp-snom .msg[data-fresh] .h"); len(got) != 1 || got[0] != "Credentials rotated" {
		t.Errorf("result: %q", got)
	}
	one(t, a.doc, "#nav-count[hx-swap-oob=true]")
	one(t, a.doc, "#activity[hx-swap-oob=true]")
}

// Refusals are rows too, with the status of the catalogue; wrong fields go back
// into the dialog.
func TestRefusedInRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("Brightwater")
	w.reseller.refuse(ztp.Errorf(ztp.CodeResellerCredentialsMissing, "There is no SSM parameter /zerotouch/test/snom/reseller."))
	b := w.as("ops@example.net")
	const path = "/platforms/brightwater/ztp/snom/"
	a := b.htmx("ztp-snom").post(path+"onboard", url.Values{"op": {ztp.NewID()}})
	if a.status != http.StatusServiceUnavailable {
		t.Errorf("want 503, got %d", a.status)
	}
	if got := texts(a.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Reseller credentials not configured in this environment" {
		t.Errorf("row: %q", got)
	}
	if got := attr(all(a.doc, "#ztp-snom .msg .copy")[0], "data-copy"); got != "/zerotouch/test/snom/reseller" {
		t.Errorf("the parameter is not there to copy: %q", got)
	}
	a = b.htmx("ztp-snom").post(path+"connect", url.Values{"op": {ztp.NewID()}, "key_id": {"ck_1 2"}, "key_secret": {"short"}})
	if a.status != http.StatusUnprocessableEntity || a.header.Get("HX-Retarget") != "#dialog" {
		t.Fatalf("wrong fields: %d, to %q", a.status, a.header.Get("HX-Retarget"))
	}
	if n := len(all(a.doc, "dialog .field-err")); n != 2 {
		t.Errorf("want two fields marked, got %d", n)
	}
	if got := attr(one(t, a.doc, "#f-key_id"), "value"); got != "ck_1 2" {
		t.Errorf("the id was not kept: %q", got)
	}
	if strings.Contains(a.body, `"short"`) {
		t.Error("the secret came back")
	}
}

// An Onboard of what needs attention is answered with what is wrong, as a conflict.
func TestOnboardOfWhatNeedsAttention(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	a := w.as("ops@example.net").htmx("ztp-snom").post("/platforms/alpenruf/ztp/snom/onboard", url.Values{"op": {ztp.NewID()}})
	if a.status != http.StatusConflict {
		t.Errorf("want 409, got %d", a.status)
	}
	if got := texts(a.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Snom rejects the stored key" {
		t.Errorf("row: %q", got)
	}
}

// Unknown is shown with a check and nothing else, and Check wakes the operation.
func TestUnknownOffersCheckOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.platform("Fjordtale")
	res, err := w.ctl.Onboard(t.Context(), admin, p.Slug, "snom", control.Submission{})
	if err != nil {
		t.Fatal(err)
	}
	w.makeUnknown(*res.Operation)
	b := w.as("ops@example.net")
	page := b.page("/platforms/fjordtale")
	if got := texts(page.doc, "#ztp-snom .btn"); len(got) != 1 || !strings.HasPrefix(got[0], "Check with Snom") {
		t.Errorf("buttons: %q", got)
	}
	if got := texts(page.doc, "#ztp-snom .msg .h"); len(got) != 1 || got[0] != "Snom didn't answer in time" {
		t.Errorf("message: %q", got)
	}
	form := one(t, page.doc, "#ztp-snom form[method=post]")
	a := b.post(attr(form, "action"), fields(t, page, attr(form, "action")))
	if a.status != http.StatusSeeOther {
		t.Fatalf("check: %d", a.status)
	}
	op, err := w.ctl.Operation(t.Context(), admin, res.Operation.ID)
	if err != nil || op.NextAt.After(w.clock.now()) {
		t.Errorf("the operation was not woken: %v %v", op.NextAt, err)
	}
}

// makeUnknown puts an operation where a lost answer leaves it.
func (w *world) makeUnknown(op ztp.Operation) {
	w.t.Helper()
	claimed, err := w.store.ClaimOperation(w.t.Context(), "test", time.Minute, ztp.ClaimAny)
	if err != nil || claimed.ID != op.ID {
		w.t.Fatalf("claim: %v", err)
	}
	claimed.NextAt = w.clock.now().Add(time.Minute)
	if claimed, err = claimed.Move(ztp.OperationUnknown, w.clock.now()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.SaveOperation(w.t.Context(), claimed, time.Minute); err != nil {
		w.t.Fatal(err)
	}
	l, err := w.store.Link(w.t.Context(), op.Platform, op.Vendor)
	if err != nil {
		w.t.Fatal(err)
	}
	if l, err = l.Move(ztp.LinkUnknown); err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.SaveLink(w.t.Context(), l); err != nil {
		w.t.Fatal(err)
	}
}

// Lists answer polling in the same manner, and a page's own requests keep no
// session alive.
func TestPolling(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	list := attr(one(t, b.page("/platforms").doc, "#list .poll"), "hx-get")
	page := b.page("/platforms/brightwater")
	phones := attr(one(t, page.doc, "#phone-list .poll"), "hx-get")
	for id, poll := range map[string]string{"list": list, "phone-list": phones} {
		if got := b.htmx(id).get(poll); got.status != http.StatusNoContent {
			t.Errorf("%s: want 204, got %d", id, got.status)
		}
	}
	w.phone(p, "000413A27F10")
	w.clock.advance(5 * time.Second)
	for id, poll := range map[string]string{"list": list, "phone-list": phones} {
		if got := b.htmx(id).get(poll); got.status != http.StatusOK || len(all(got.doc, "#"+id)) != 1 {
			t.Errorf("%s: want the new list, got %d", id, got.status)
		}
	}
	for range 4 {
		w.clock.advance(4 * time.Minute)
		b.htmx("list").get(list)
	}
	a := b.htmx("list").get(list)
	if a.status != http.StatusUnauthorized || a.header.Get("HX-Redirect") != "/sign-in?ended=page" {
		t.Errorf("after 16 idle minutes: %d, to %q", a.status, a.header.Get("HX-Redirect"))
	}
}

func TestPollOfSomethingGoneIsSilent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ops@example.net")
	a := b.htmx("ztp-snom").get("/platforms/nothing/ztp/snom/row?v=1")
	if a.status != http.StatusNotFound || a.body != "" || a.header.Get("HX-Reswap") != "none" {
		t.Errorf("want a silent 404, got %d %q %q", a.status, a.body, a.header.Get("HX-Reswap"))
	}
}
