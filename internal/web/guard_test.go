package web_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// writes are all posts of the portal that change something, with a body that
// would be taken from a super-admin.
func writes() map[string]url.Values {
	op := url.Values{"op": {ztp.NewID()}}
	out := map[string]url.Values{
		"/platforms":                                 {"name": {"New"}},
		"/vendor-writes/off":                         {"reason": {"an audit"}},
		"/vendor-writes/on":                          {},
		"/platforms/brightwater/edit":                {"name": {"Other"}, "version": {"1"}},
		"/settings/phones/device":                    {"language": {"de"}, "version": {"0"}},
		"/platforms/brightwater/settings/line":       {"line_transport": {"tls"}, "version": {"0"}},
		"/platforms/brightwater/remove":              {"confirm": {"Brightwater"}},
		"/platforms/brightwater/offboard":            {"home": {"1"}, "phones": {"nonsense"}, "op": {ztp.NewID()}},
		"/platforms/brightwater/accounts":            {"name": {"New"}},
		"/platforms/brightwater/accounts/no-token":   {"name": {"Other"}, "version": {"1"}},
		"/platforms/brightwater/phones":              {"mac": {"000413A27F99"}, "account": {"brightwater-hq"}, "op": {ztp.NewID()}},
		"/platforms/brightwater/phones/000413a27f10": {"account": {"brightwater-hq"}, "name": {"Other"}, "op": {ztp.NewID()}},
	}
	for _, action := range []string{"token", "primary", "remove"} {
		out["/platforms/brightwater/accounts/no-token/"+action] = url.Values{}
	}
	for _, action := range []string{"pause", "resume", "release"} {
		out["/platforms/brightwater/phones/000413a27f10/"+action] = op
	}
	for action := range web.ActionPaths() {
		form := url.Values{"op": {ztp.NewID()}, "company_id": {"c1"}, "key_id": {"ck_1"}, "key_secret": {"long enough"}}
		if action == "rotate" {
			form = op
		}
		out["/platforms/brightwater/ztp/snom/"+action] = form
	}
	return out
}

// Forged writes of a viewer are refused and stand in the audit log; the pages
// that ask for them are refused too.
func TestViewerWritesNothing(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	viewer := w.as("guest")
	if a := viewer.post("/platforms/brightwater/ztp/snom/rotate", url.Values{"op": {"made up"}}); a.status != http.StatusForbidden {
		t.Errorf("a form that is wrong as well: want 403, got %d", a.status)
	}
	if a := viewer.post("/platforms/brightwater/phones/000413AAAAAA", url.Values{"account": {"main"}}); a.status != http.StatusForbidden {
		t.Errorf("a phone that is not there: want 403, got %d", a.status)
	}
	before := w.events()
	for path, form := range writes() {
		for _, b := range []*browser{viewer, viewer.htmx("ztp-snom")} {
			if a := b.post(path, form); a.status != http.StatusForbidden {
				t.Errorf("POST %s: want 403, got %d", path, a.status)
			}
		}
		if a := viewer.get(path); path != "/platforms" && strings.Contains(path, "/ztp/") && a.status != http.StatusForbidden && !strings.HasSuffix(path, "/check") {
			t.Errorf("GET %s: want 403, got %d", path, a.status)
		}
	}
	refused := 0
	for _, e := range w.events()[:len(w.events())-len(before)] {
		switch {
		case e.Actor != "guest":
			continue
		case e.Outcome == ztp.OutcomeRefused && e.Code == ztp.CodeNotAllowed:
			refused++
		case e.Action != "user.signed_in":
			t.Errorf("a viewer did %s", e.Action)
		}
	}
	if want := 2 * len(writes()); refused != want {
		t.Errorf("want %d refusals in the audit log, got %d", want, refused)
	}
}

// events is the whole audit log, newest first.
func (w *world) events() []ztp.Event {
	w.t.Helper()
	var out []ztp.Event
	for cursor := ""; ; {
		page, err := w.ctl.Events(w.t.Context(), admin, ztp.EventQuery{Cursor: cursor, Limit: 100})
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, page.Items...)
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

// Without a session every page leads to sign-in and back, and nothing is written.
func TestNobodySeesNothing(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	b := w.browser()
	for _, path := range []string{"/platforms", "/platforms/brightwater", "/health", "/audit", "/settings", "/vendors", "/platforms/brightwater/ztp/snom/rotate"} {
		a := b.get(path)
		if want := "/sign-in?next=" + url.QueryEscape(path); a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("%s: %d to %q", path, a.status, a.header.Get("Location"))
		}
		if a = b.htmx("x").get(path); a.status != http.StatusUnauthorized || a.header.Get("HX-Redirect") == "" {
			t.Errorf("%s by htmx: %d", path, a.status)
		}
	}
	before := len(w.events())
	for path, form := range writes() {
		if a := b.post(path, form); a.status != http.StatusSeeOther || a.header.Get("Location") != "/sign-in?ended=form" {
			t.Errorf("POST %s: %d to %q", path, a.status, a.header.Get("Location"))
		}
	}
	if after := len(w.events()); after != before {
		t.Errorf("%d events were written", after-before)
	}
}

// A session that ends in the middle: the sign-in page says what became of it, and
// leads back to where it was.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	send := func(method, path string, header map[string]string) answer {
		t.Helper()
		return w.browser().with(header).do(method, path, url.Values{"mac": {"000413A27F10"}})
	}
	form := send(http.MethodPost, "/platforms/brightwater/phones", map[string]string{"Referer": w.srv.URL + "/platforms/brightwater/phones/new?mac=1"})
	poll := send(http.MethodGet, "/platforms/brightwater/ztp/snom/row?v=1", map[string]string{"HX-Request": "true", "HX-Current-URL": w.srv.URL + "/platforms/brightwater"})
	dialog := send(http.MethodPost, "/platforms/brightwater/ztp/snom/rotate", map[string]string{"HX-Request": "true", "HX-Current-URL": w.srv.URL + "/platforms/brightwater"})
	elsewhere := send(http.MethodPost, "/platforms/brightwater/phones", map[string]string{"Referer": "https://evil.example/"})
	out := send(http.MethodPost, "/sign-out", map[string]string{"Referer": w.srv.URL + "/settings"})
	for name, c := range map[string]struct{ got, next, says string }{
		"Form":      {form.header.Get("Location"), "/platforms/brightwater/phones/new?mac=1", "was not carried out"},
		"Poll":      {poll.header.Get("HX-Redirect"), "/platforms/brightwater", "goes on by itself"},
		"Dialog":    {dialog.header.Get("HX-Redirect"), "/platforms/brightwater", "was not carried out"},
		"Elsewhere": {elsewhere.header.Get("Location"), "/platforms", "was not carried out"},
		"SignOut":   {out.header.Get("Location"), "/platforms", ""},
	} {
		page := w.browser().page(c.got)
		if next := attr(one(t, page.doc, "[name=next]"), "value"); next != c.next {
			t.Errorf("%s: leads on to %q", name, next)
		}
		if said := strings.Join(texts(page.doc, "main .msg"), " "); c.says == "" && said != "" || !strings.Contains(said, c.says) {
			t.Errorf("%s: says %q", name, said)
		}
	}
}

// A form of another site is refused before anything is looked at.
func TestForeignOrigin(t *testing.T) {
	t.Parallel()
	w := furnished(t)
	b := w.as("ops@example.net")
	before := len(w.events())
	for path, form := range writes() {
		for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
			req, err := http.NewRequest(http.MethodPost, w.srv.URL+path, strings.NewReader(form.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(header, value)
			res, err := b.c.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with %s: %s: want 403, got %d", path, header, value, res.StatusCode)
			}
			if said := text(one(t, parse(t, string(body)), "main")); !strings.Contains(said, "came from another site") || strings.Contains(said, "super-admin") {
				t.Errorf("POST %s with %s: %s: the page says %q", path, header, value, said)
			}
		}
	}
	if after := len(w.events()); after != before {
		t.Errorf("%d events were written", after-before)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorldWith(t, func(c *web.Config) { c.Secure = true })
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
			"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"X-Content-Type-Options":    "nosniff",
		"Cache-Control":             "no-store",
		"Referrer-Policy":           "same-origin",
		"Strict-Transport-Security": "max-age=31536000",
	}
	for _, path := range []string{"/sign-in", "/platforms", "/nowhere"} {
		a := w.browser().get(path)
		for name, value := range want {
			if got := a.header.Get(name); got != value {
				t.Errorf("%s: %s: want %q, got %q", path, name, value, got)
			}
		}
	}
}

func TestErrorPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	for path, status := range map[string]int{
		"/nowhere": 404, "/platforms/nobody": 404, "/platforms/brightwater/ztp/nokia/rotate": 404, "/platforms/brightwater/ztp/snom/explode": 404,
		"/platforms/brightwater/phones/xyz": 404, "/platforms/brightwater/phones/000413000000": 404, "/platforms/brightwater/accounts/none": 404,
		"/sign-out": 405, "/settings/theme": 405,
	} {
		a := b.get(path)
		if a.status != status {
			t.Errorf("GET %s: want %d, got %d", path, status, a.status)
			continue
		}
		if !strings.HasPrefix(text(one(t, a.doc, "title")), "Error: ") || len(all(a.doc, "main h1")) != 1 || len(all(a.doc, "main a")) == 0 {
			t.Errorf("GET %s: not a whole error page", path)
		}
		if !strings.Contains(text(one(t, a.doc, "main")), "req_01TEST") {
			t.Errorf("GET %s: no request id", path)
		}
	}
	if a := b.post("/platforms", url.Values{"name": {strings.Repeat("x", 70<<10)}}); a.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge form: %d", a.status)
	}
	req, _ := http.NewRequest(http.MethodPost, w.srv.URL+"/platforms", strings.NewReader(`{"name":"x"}`))
	req.Header.Set("Content-Type", "application/json")
	res, err := b.c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("JSON: %d", res.StatusCode)
	}
}

// What was not found is named, with the remedy that the API gives.
func TestNotFoundPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	for path, what := range map[string]string{
		"/nowhere": "page", "/platforms/nobody": "platform", "/platforms/brightwater/ztp/nokia/rotate": "vendor",
		"/platforms/brightwater/ztp/snom/explode": "action", "/platforms/brightwater/phones/000413000000": "phone",
		"/platforms/brightwater/accounts/none": "account",
	} {
		got, want := text(one(t, b.get(path).doc, "main")), ztp.NotFound(what)
		if !strings.Contains(got, want.Detail) || !strings.Contains(got, want.Entry("").Remedy) {
			t.Errorf("%s: got %s", path, got)
		}
	}
}

// A store that fails gives a page that says so and nothing of the cause.
func TestBrokenStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ops@example.net")
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	a := b.get("/platforms")
	if a.status != http.StatusInternalServerError || strings.Contains(a.body, "sql") {
		t.Errorf("%d\n%s", a.status, a.body)
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	wrong := b.post("/sign-in", url.Values{"username": {"ops@example.net"}, "password": {"not the password"}})
	nobody := b.post("/sign-in", url.Values{"username": {"nobody"}, "password": {"not the password"}})
	if wrong.status != http.StatusUnauthorized || nobody.status != wrong.status {
		t.Errorf("wrong password %d, wrong name %d", wrong.status, nobody.status)
	}
	if got, want := text(one(t, nobody.doc, "main .msg")), text(one(t, wrong.doc, "main .msg")); got != want {
		t.Errorf("the answers differ: %q, %q", got, want)
	}
	if strings.Contains(wrong.body, "not the password") || attr(one(t, wrong.doc, "#f-username"), "value") != "ops@example.net" {
		t.Error("the name is not kept, or the password is")
	}
	for range 6 {
		wrong = b.post("/sign-in", url.Values{"username": {"ops@example.net"}, "password": {"not the password"}})
	}
	if wrong.status != http.StatusTooManyRequests || wrong.header.Get("Retry-After") == "" {
		t.Errorf("after many tries: %d", wrong.status)
	}
	for next, want := range map[string]string{
		"/audit?q=1": "/audit?q=1", "": "/platforms", "//evil.example": "/platforms", "https://evil.example/": "/platforms",
		`/\evil.example`: "/platforms", "javascript:alert(1)": "/platforms", "/\tx": "/platforms",
	} {
		if got := web.LocalPath(next); got != want {
			t.Errorf("next %q: want %q, got %q", next, want, got)
		}
	}
	guest := w.browser()
	a := guest.post("/sign-in", url.Values{"username": {"guest"}, "password": {password}, "next": {"/audit"}})
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/audit" {
		t.Errorf("sign-in: %d to %q", a.status, a.header.Get("Location"))
	}
	guest.page("/audit")
	if a := guest.post("/sign-out", nil); a.status != http.StatusSeeOther {
		t.Errorf("sign-out: %d", a.status)
	}
	if a := guest.get("/audit"); a.status != http.StatusSeeOther {
		t.Errorf("after signing out: %d", a.status)
	}
}

// hostile is text that wants to be something else.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(1)>'{{.}}` + "`x`"

// Hostile names in every text field come back as text, on every page.
func TestInjection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, _, err := w.ctl.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: hostile, Slug: "p", ExternalID: hostile})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := w.ctl.CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Name: hostile, Slug: "a", ExternalID: hostile}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ctl.Onboard(t.Context(), admin, p.Slug, "snom", control.Submission{}); err != nil {
		t.Fatal(err)
	}
	w.work()
	mac, _ := ztp.ParseMAC("000413A27F10")
	name := hostile
	if _, err := w.ctl.PutEndpoint(t.Context(), admin, p.Slug, mac, control.EndpointRequest{Account: "a", Name: &name}); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.change(p, func(l *ztp.Link) {
		l.SetBy, l.CompanyName = hostile, hostile
		l.Error = &ztp.Problem{Code: ztp.CodeForeignKeyFound, Detail: hostile, At: w.clock.now(), RequestID: hostile,
			Keys: []ztp.VendorKey{{ID: hostile, Name: hostile, Role: hostile}}, Companies: []ztp.VendorCompany{{ID: hostile, Name: hostile}}}
	})
	b := w.as("ops@example.net")
	q := url.QueryEscape(hostile)
	for _, path := range []string{
		"/platforms", "/platforms?q=" + q, "/platforms/p", "/platforms/p?q=" + q + "&account=" + q + "&state=" + q + "&op=" + q + "&note=" + q,
		"/platforms/p/edit", "/platforms/p/remove", "/platforms/p/accounts/a", "/platforms/p/accounts/a/token", "/platforms/p/accounts/a/primary",
		"/platforms/p/phones/000413a27f10", "/platforms/p/phones/000413a27f10/pause", "/platforms/p/phones/new",
		"/platforms/p/ztp/snom/onboard", "/platforms/p/ztp/snom/rotate", "/platforms/p/ztp/snom/disable", "/platforms/p/ztp/snom/connect?key_id=" + q,
		"/platforms/p/ztp/snom/revoke-key?key_id=" + q, "/platforms/p/ztp/snom/adopt?company_id=" + q, "/platforms/p/ztp/snom/update-address",
		"/health", "/vendors", "/audit", "/audit?q=" + q + "&who=" + q + "&platform=" + q + "&action=" + q,
	} {
		harmless(t, path, b.page(path))
	}
	harmless(t, "refused form", b.post("/platforms", url.Values{"name": {hostile + "\x01"}, "slug": {hostile}, "url_template": {hostile}}))
	harmless(t, "refused phone", b.post("/platforms/p/phones", url.Values{"mac": {hostile}, "name": {hostile}, "account": {hostile}}))
	harmless(t, "refused connect", b.post("/platforms/p/ztp/snom/connect", url.Values{"key_id": {hostile}, "key_secret": {hostile}}))
	harmless(t, "sign-in", w.browser().post("/sign-in", url.Values{"username": {hostile}, "password": {hostile}, "next": {hostile}}))
	harmless(t, "nowhere", b.get("/"+url.PathEscape(hostile)))
}

func harmless(t *testing.T, path string, a answer) {
	t.Helper()
	for _, s := range all(a.doc, "script") {
		if !strings.HasPrefix(attr(s, "src"), "/static/") {
			t.Errorf("%s: a foreign script", path)
		}
	}
	if n := len(all(a.doc, "img")) + len(all(a.doc, "[onerror]")); n != 0 {
		t.Errorf("%s: %d foreign elements", path, n)
	}
}
