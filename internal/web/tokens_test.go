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

// An account's page says who still has an earlier token; it ends when nobody needs it, or
// when somebody says so.
func TestTokensOfAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10") // the first token is in its URL at the vendor
	const at = "/platforms/brightwater/accounts/brightwater-hq"
	for range 2 {
		w.clock.advance(time.Minute)
		_, _, err := w.ctl.IssueToken(t.Context(), admin, p.Slug, "brightwater-hq", control.NewToken{})
		fatal(t, err)
	}
	b := w.as("ops@example.net")
	page := b.page(at)
	rows := texts(page.doc, "tbody tr")
	if len(rows) != 3 || !strings.HasPrefix(rows[0], "Current") || !strings.Contains(rows[2], "1 phone at the vendor, 1 profile at the vendor") || !strings.Contains(rows[1], "less than 30 days ago") {
		t.Error(rows)
	}
	if links := all(page.doc, "tbody a.btn"); len(links) != 2 || len(all(w.as("guest").page(at).doc, "tbody a.btn")) != 0 {
		t.Error("who may retire which")
	}
	retire := attr(all(page.doc, "tbody a.btn")[1], "href")
	if a := w.as("guest").post(retire, url.Values{"force": {"1"}}); a.status != http.StatusForbidden {
		t.Errorf("forged: %d", a.status)
	}
	if a := b.save(retire, nil); a.status != http.StatusConflict || !strings.Contains(text(one(t, a.doc, "main .msg")), "it still stands in phones: 1, profiles: 1") {
		t.Errorf("in use: %d", a.status)
	}
	if a := b.save(retire, map[string]string{"force": "1"}); a.status != http.StatusSeeOther {
		t.Errorf("forced: %d", a.status)
	}
	if a := b.get(retire); a.status != http.StatusNotFound {
		t.Errorf("a token that is no more: %d", a.status)
	}
	w.clock.advance(ztp.TokenQuiet)
	b = w.as("ops@example.net")
	retire = attr(one(t, b.page(at).doc, "tbody a.btn"), "href")
	if form := b.page(retire); len(all(form.doc, "main input[type=checkbox]")) != 0 {
		t.Error("asked to force what nobody needs")
	}
	b.save(retire, nil)
	if n := len(all(b.page(at).doc, "tbody tr")); n != 1 {
		t.Errorf("%d tokens are left", n)
	}
}
