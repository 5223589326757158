package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// filled is what a browser would send of the form that an answer shows.
func filled(t *testing.T, a answer) (action string, v url.Values) {
	t.Helper()
	form := one(t, a.doc, "main form")
	v = url.Values{}
	for _, in := range all(form, "input") {
		if _, on := lookup(in, "checked"); attr(in, "type") != "checkbox" || on {
			v.Set(attr(in, "name"), attr(in, "value"))
		}
	}
	for _, sel := range all(form, "select") {
		v.Set(attr(sel, "name"), "")
		for _, o := range all(sel, "option[selected]") {
			v.Set(attr(sel, "name"), attr(o, "value"))
		}
	}
	return attr(form, "action"), v
}

// save opens a form, fills in what is given and sends it.
func (b *browser) save(path string, fill map[string]string) answer {
	b.w.t.Helper()
	t := b.w.t.(*testing.T)
	action, v := filled(t, b.page(path))
	for name, value := range fill {
		v.Set(name, value)
	}
	return b.post(action, v)
}

// valueOf is what a page of settings says of one: its value, and from where.
func valueOf(t *testing.T, doc *html.Node, title string) string {
	t.Helper()
	for _, tr := range all(doc, "tbody tr") {
		if strings.HasPrefix(text(one(t, tr, "th")), title) {
			return strings.Join(texts(tr, "td"), " | ")
		}
	}
	return ""
}

// Settings of each layer are seen with where they come from, set, and taken away again;
// secrets go in and never come out.
func TestSettingsOfPhones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phone(w.onboarded("Brightwater"), "000413A27F10")
	b := w.as("ops@example.net")
	const canary, pl = "canary-XYZZY", "/platforms/brightwater"
	account, phone := pl+"/accounts/brightwater-hq/settings", pl+"/phones/000413a27f10/settings"
	for path, fill := range map[string]map[string]string{
		"/settings/phones/device":                       {"language": "de", "ntp_server": "pool.ntp.org", "admin_password": canary},
		pl + "/settings/line?n=0":                       {"line_registrar": "sip.example.net", "line_transport": "tls"},
		account + "/device":                             {"language": "en", "none-ntp_server": "1"},
		account + "/key":                                {"type": "speed_dial", "value": "+49 30 1234", "label": "Head office"},
		phone + "/line?n=1":                             {"line_user": "1001", "line_password": canary, "line_display_name": `<b>"Anna"</b>`},
		pl + "/settings/own?name=snom:dim_timer":        {"value": "20"},
		pl + "/settings/own?name=snom%3Auser_pass%5B2]": {"value": canary},
	} {
		if a := b.save(path, fill); a.status != http.StatusSeeOther {
			t.Fatalf("%s: %d %v", path, a.status, texts(a.doc, ".field-err"))
		}
	}
	page := b.page(phone)
	for title, want := range map[string]string{
		"Time zone": "Not set | ", "Language": "en | Account ops@example.net, 23 Nov 2026", "Time server": "Empty on purpose | Account",
		"Administrator password": "Is set | Installation", "Asks for settings": "01:00-05:00 | Default", "Display name": `<b>"Anna"</b> | Here`,
		"Password": "Is set | Here", "Registrar": "sip.example.net | Platform", "Key 1": "Speed dial +49301234, Head office | Account", "snom:dim_timer": "20 | Platform",
		"snom:user_pass[2]": "Is set | Platform", "FirmwareSuper-admins alone: it runs somebody's program on the phone": "Not set",
	} {
		if got := valueOf(t, page.doc, title); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q", title, got)
		}
	}
	b.save(phone+"/line?n=1", map[string]string{"unset-line_password": "1"})
	if got := valueOf(t, b.page(phone).doc, "Password"); !strings.HasPrefix(got, "Not set") {
		t.Errorf("a password that was taken away: %q", got)
	}
	b.save(account+"/device", map[string]string{"language": "", "none-ntp_server": ""})
	if got := valueOf(t, b.page(account).doc, "Language"); !strings.HasPrefix(got, "de | Installation") {
		t.Errorf("what was emptied: %q", got)
	}
	before := len(w.events())
	if a := b.save(account+"/device", nil); a.status != http.StatusSeeOther || len(w.events()) != before {
		t.Error("a form that changes nothing wrote something")
	}
	if a := b.get(phone + "/line?n=13"); a.status != http.StatusNotFound {
		t.Errorf("line 13: %d", a.status)
	}
	for _, path := range []string{"/settings/phones", pl + "/settings", account, phone, "/settings/phones/device", phone + "/line?n=1", pl + "/settings/own?name=snom:user_pass[2]", pl + "/phones/000413a27f10/preview"} {
		if strings.Contains(b.page(path).body, canary) {
			t.Errorf("%s shows a secret", path)
		}
	}
	if guest := w.as("guest").page(phone); len(all(guest.doc, "main form"))+len(all(guest.doc, "tbody th a"))+len(all(guest.doc, ".card-h .btn")) != 0 || valueOf(t, guest.doc, "Registrar") == "" {
		t.Error("a viewer sees settings, and may change none")
	}
}

// What is refused is said beside its field; nothing that was typed is lost but secrets.
func TestSettingsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phone(w.onboarded("Brightwater"), "000413A27F10")
	b := w.as("ops@example.net")
	const pl = "/platforms/brightwater"
	phone := pl + "/phones/000413a27f10/settings"
	a := b.save(phone+"/line?n=2", map[string]string{"line_user": "1001", "line_registrar": "sip:a@b", "line_password": "canary", "line_display_name": "Anna"})
	if got := text(one(t, a.doc, "#f-line_registrar-e")); a.status != http.StatusUnprocessableEntity || !strings.HasPrefix(got, "It is a host name") {
		t.Errorf("%d %q", a.status, got)
	}
	if _, v := filled(t, a); v.Get("line_display_name") != "Anna" || v.Get("line_registrar") != "sip:a@b" || strings.Contains(a.body, "canary") {
		t.Errorf("what was typed: %v", v)
	}
	a = b.save(phone+"/key", map[string]string{"number": "201", "type": "blf", "value": "a b@c", "label": "Anna"})
	if got := text(one(t, a.doc, "#f-number-e")); got != "The number is 1 to 200." {
		t.Error(got)
	}
	a = b.save(phone+"/key", map[string]string{"type": "blf", "value": "a b@c", "label": "Anna"})
	if _, v := filled(t, a); text(one(t, a.doc, "#f-value-e")) == "" || v.Get("value") != "a b@c" || v.Get("label") != "Anna" || v.Get("type") != "blf" || v.Get("number") != "1" {
		t.Errorf("a key: %v", v)
	}
	b.save(phone+"/book", map[string]string{"who": "Anna", "value": "201"})
	if a = b.save(phone+"/book", map[string]string{"number": "1", "who": "Bert", "value": "202"}); !strings.HasPrefix(text(one(t, a.doc, "#f-number-e")), "This one is set here") {
		t.Error("an entry that is there was written over")
	}
	for name, want := range map[string]string{
		"dim_timer": "There is no setting of this name", "snom:http_client_pass": "Each phone gets a value of its own", "snom:Dim": "A setting of Snom's own has lower-case", "snom:x[13]": "The number is 1 to 12",
	} {
		a := b.get(pl + "/settings/own?name=" + url.QueryEscape(name))
		if got := text(one(t, a.doc, "#f-name-e")); a.status != http.StatusUnprocessableEntity || !strings.HasPrefix(got, want) || attr(one(t, a.doc, "#f-name"), "value") != name {
			t.Errorf("%s: %d %q", name, a.status, got)
		}
	}
	if a := b.get(pl + "/settings/own?name=line_registrar[2]"); a.header.Get("Location") != pl+"/settings/line?n=2" {
		t.Errorf("a name of ours: %d %s", a.status, a.header.Get("Location"))
	}
	if got := text(one(t, b.page(pl+"/settings/own?name=snom:vlan_id").doc, "#f-value-h")); !strings.Contains(got, "Super-admins alone: it can cut a phone off") {
		t.Error(got)
	}
}

// Of two people who change the same layer, the second is told; what each typed stands.
func TestSettingsOutdated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ops@example.net")
	action, mine := filled(t, b.page("/settings/phones/device"))
	b.save("/settings/phones/device", map[string]string{"language": "fr", "ntp_server": "theirs.example.net"})
	mine.Set("tone_scheme", "DE")
	mine.Set("ntp_server", "mine.example.net")
	a := b.post(action, mine)
	_, again := filled(t, a)
	if a.status != http.StatusConflict || again.Get("tone_scheme") != "DE" || again.Get("language") != "fr" || again.Get("ntp_server") != "mine.example.net" {
		t.Errorf("%d %v", a.status, again)
	}
	if got := text(one(t, a.doc, "#f-ntp_server-h")); !strings.Contains(got, `to "theirs.example.net"`) {
		t.Error(got)
	}
	if a := b.post(action, again); a.status != http.StatusSeeOther {
		t.Errorf("the second time: %d", a.status)
	}
	view, err := w.ctl.Settings(t.Context(), admin, control.SettingsAt{})
	fatal(t, err)
	for name, want := range map[ztp.SettingName]string{"language": "fr", "tone_scheme": "DE", "ntp_server": "mine.example.net"} {
		if got := view.Effective.Text(name, 0); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// The preview is the very file, or says why there is none.
func TestPreview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	b := w.as("guest")
	const path = "/platforms/brightwater/phones/000413a27f10/preview"
	want, err := w.ctl.PreviewSettings(t.Context(), admin, p.Slug, mustMAC(t, "000413A27F10"))
	fatal(t, err)
	pre := one(t, b.page(path).doc, "pre")
	if got := pre.FirstChild.Data; got != string(want.File) || !strings.Contains(got, "********") {
		t.Error(got)
	}
	model := "M900"
	_, err = w.ctl.PutEndpoint(t.Context(), admin, p.Slug, mustMAC(t, "000413A27F10"), control.EndpointRequest{Account: "brightwater-hq", Model: &model})
	fatal(t, err)
	if got := text(one(t, b.page(path).doc, "main .msg")); !strings.Contains(got, "get no settings from here") {
		t.Error(got)
	}
}

// A window in which too many phones ask at once is saved, and warned of where it stands.
func TestCrowdedWindowIsWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.platform("Acme")
	w.phones(p, 1801)
	b := w.as("ops@example.net")
	for _, tc := range []struct {
		window string
		warned bool
	}{{"02:00-02:02", false}, {"02:00-02:01", true}, {"02:00-02:03", false}} {
		if a := b.save("/platforms/acme/settings/device", map[string]string{"poll_window": tc.window}); a.status != http.StatusSeeOther {
			t.Fatalf("%s: %d", tc.window, a.status)
		}
		got := text(one(t, b.page("/platforms/acme/settings").doc, "main"))
		if strings.Contains(got, "Too many phones ask at the same time") != tc.warned || strings.Contains(got, "such as 02:00-02:02.") != tc.warned {
			t.Errorf("%s: %s", tc.window, got)
		}
	}
}

// What was changed for an account is told by the account's name, not by its id.
func TestChangedSettingsNameTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.platform("Acme")
	a, err := w.store.Account(t.Context(), p.ID, "acme-hq")
	fatal(t, err)
	b := w.as("ops@example.net")
	if a := b.save("/platforms/acme/accounts/acme-hq/settings/device", map[string]string{"language": "de"}); a.status != http.StatusSeeOther {
		t.Fatal(a.status)
	}
	for path, part := range map[string]string{"/platforms/acme": "#activity", "/audit?platform=acme": "main"} {
		if got := text(one(t, b.page(path).doc, part)); !strings.Contains(got, "changed settings") || !strings.Contains(got, "acme-hq") || strings.Contains(got, string(a.ID)) {
			t.Errorf("%s: %s", path, got)
		}
	}
}
