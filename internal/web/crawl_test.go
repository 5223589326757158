package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// furnished is an installation with something in every state worth looking at.
func furnished(t *testing.T) *world {
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	for _, mac := range []string{"000413A27F10", "000413A27F11", "000413A27F12"} {
		w.phone(p, mac)
	}
	mac, _ := ztp.ParseMAC("000413A27F11")
	if _, err := w.ctl.PauseEndpoint(t.Context(), admin, p.Slug, mac, control.Submission{}); err != nil {
		t.Fatal(err)
	}
	w.work()
	if _, _, _, err := w.ctl.CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Name: "No token", NoToken: true}); err != nil {
		t.Fatal(err)
	}
	w.change(w.onboarded("Alpenruf"), func(l *ztp.Link) {
		l.State, l.Error = ztp.LinkNeedsAttention, &ztp.Problem{Code: ztp.CodeVendorKeyRejected, At: w.clock.now()}
	})
	w.change(w.onboarded("Canal Street"), func(l *ztp.Link) {
		l.AddressTemplate = "https://old.example/p/{account_token}/{mac}"
		l.Error = &ztp.Problem{Code: ztp.CodeForeignKeyFound, At: w.clock.now(), Keys: []ztp.VendorKey{{ID: "ck_foreign", Name: "whose?"}}}
	})
	w.change(w.platform("Fjordtale"), func(l *ztp.Link) {
		l.State, l.Error = ztp.LinkOnboarding, nil
		l.Nonce = ztp.NewNonce()
	})
	ambiguous := w.platform("Granite")
	w.change(ambiguous, func(l *ztp.Link) { l.State, l.Nonce = ztp.LinkOnboarding, ztp.NewNonce() })
	w.change(ambiguous, func(l *ztp.Link) {
		l.State = ztp.LinkNeedsAttention
		l.Error = &ztp.Problem{Code: ztp.CodeVendorCompanyAmbiguous, At: w.clock.now(), Companies: []ztp.VendorCompany{{ID: "c1", Name: "One"}}}
	})
	if _, _, err := w.ctl.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Empty"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ctl.BeginCampaign(t.Context(), admin, "snom", control.CampaignRequest{Kind: ztp.KindOnboard, Hold: true}); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Second)
	return w
}

// compared makes a platform whose last comparison has found all sorts of things.
func (w *world) compared(name string) {
	w.t.Helper()
	p := w.onboarded(name)
	w.phone(p, "000413A27F20")
	w.clock.advance(time.Hour)
	w.stray(p, "000413A27F20")
	if _, err := w.ctl.CheckExposed(w.t.Context(), admin, p.Slug, "snom", control.Submission{}); err != nil {
		w.t.Fatal(err)
	}
	w.work()
}

// change writes a link as something else would have left it.
func (w *world) change(p ztp.Platform, f func(*ztp.Link)) {
	w.t.Helper()
	l, err := w.store.Link(w.t.Context(), p.ID, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	f(&l)
	if err := w.store.SaveLink(w.t.Context(), l); err != nil {
		w.t.Fatal(err)
	}
}

// Every link and every form of every page leads to a page that answers, for both
// roles, and every page is whole: one h1, names for what can be pressed, labels
// for what can be filled in, no id twice.
func TestEveryLinkAnswers(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	w.compared("Hollow")
	for user, least := range map[string]int{"ops@example.net": 60, "guest": 20} {
		b := w.as(user)
		seen, queue := map[string]bool{"/": true}, []string{"/platforms"}
		pages := 0
		for len(queue) > 0 {
			path := queue[0]
			queue = queue[1:]
			if seen[path] {
				continue
			}
			seen[path] = true
			a := b.get(path)
			if a.status == http.StatusSeeOther {
				queue = append(queue, a.header.Get("Location"))
				continue
			}
			if a.status != http.StatusOK {
				t.Errorf("%s as %s: %d", path, user, a.status)
				continue
			}
			pages++
			if a.doc == nil || strings.HasPrefix(path, "/static/") {
				continue
			}
			wholePage(t, path, a.doc)
			queue = append(queue, leads(a.doc)...)
		}
		if pages < least {
			t.Errorf("%s: only %d pages were found", user, pages)
		}
	}
}

// leads are the addresses that a page's links and asking forms lead to.
func leads(doc *html.Node) []string {
	var out []string
	add := func(to string) {
		to, _, _ = strings.Cut(to, "#")
		to = strings.TrimSuffix(to, "?")
		if strings.HasPrefix(to, "/") {
			out = append(out, to)
		}
	}
	for _, n := range all(doc, "a[href]") {
		add(attr(n, "href"))
	}
	for _, n := range all(doc, "link[href]") {
		add(attr(n, "href"))
	}
	for _, form := range all(doc, "form[method=get]") {
		v := url.Values{}
		for _, f := range all(form, "input[type=hidden]") {
			v.Set(attr(f, "name"), attr(f, "value"))
		}
		action, _, _ := strings.Cut(attr(form, "action"), "#")
		add(action + "?" + v.Encode())
	}
	return out
}

func wholePage(t *testing.T, path string, doc *html.Node) {
	t.Helper()
	if n := len(all(doc, "h1")); n != 1 {
		t.Errorf("%s: %d h1", path, n)
	}
	if env := texts(doc, ".env b"); !slices.Equal(env, []string{installation}) {
		t.Errorf("%s: environment %q", path, env)
	}
	ids := map[string]bool{}
	for _, n := range all(doc, "[id]") {
		id := attr(n, "id")
		if ids[id] {
			t.Errorf("%s: id %q twice", path, id)
		}
		ids[id] = true
	}
	for _, name := range []string{"aria-describedby", "aria-labelledby", "for"} {
		for _, n := range all(doc, "["+name+"]") {
			for _, id := range strings.Fields(attr(n, name)) {
				if !ids[id] {
					t.Errorf("%s: %s names %q, which is not there", path, name, id)
				}
			}
		}
	}
	for _, n := range append(all(doc, "button"), all(doc, "a")...) {
		if text(n) == "" && attr(n, "aria-label") == "" {
			t.Errorf("%s: something to press has no name", path)
		}
	}
	for _, tag := range []string{"input", "select"} {
		for _, n := range all(doc, tag) {
			kind := attr(n, "type")
			if kind == "hidden" || kind == "radio" {
				continue
			}
			if len(all(doc, "label[for="+attr(n, "id")+"]")) != 1 {
				t.Errorf("%s: field %q has no label", path, attr(n, "name"))
			}
			if _, limited := lookup(n, "maxlength"); tag == "input" && kind != "checkbox" && kind != "file" && !limited {
				t.Errorf("%s: field %q has no limit", path, attr(n, "name"))
			}
		}
	}
	for _, bad := range []string{"[style]", "[onclick]", "[hx-on]", "style"} {
		if n := len(all(doc, bad)); n != 0 {
			t.Errorf("%s: %d of %s", path, n, bad)
		}
	}
	for _, s := range all(doc, "script") {
		if attr(s, "src") == "" {
			t.Errorf("%s: a script of its own", path)
		}
	}
}
