package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// Wrong values come back beside their fields, with everything that was typed.
func TestWrongFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	for name, c := range map[string]struct {
		path string
		form url.Values
		bad  []string
	}{
		"Platform":     {"/platforms", url.Values{"name": {""}, "slug": {"Not A Slug"}, "external_id": {"e-1"}}, []string{"name", "slug"}},
		"Template":     {"/platforms", url.Values{"name": {"Other"}, "url_template": {"http://prov.example/{mac}"}}, []string{"url_template"}},
		"SlugTaken":    {"/platforms", url.Values{"name": {"Other"}, "slug": {"brightwater"}}, []string{"slug"}},
		"Reserved":     {"/platforms", url.Values{"name": {"Other"}, "slug": {"new"}}, []string{"slug"}},
		"Edit":         {"/platforms/brightwater/edit", url.Values{"name": {strings.Repeat("x", 121)}, "version": {"2"}}, []string{"name"}},
		"Remove":       {"/platforms/brightwater/remove", url.Values{"confirm": {"brightwater"}}, []string{"confirm"}},
		"Account":      {"/platforms/brightwater/accounts", url.Values{"name": {"Other"}, "slug": {"-x"}}, []string{"slug"}},
		"AccountTaken": {"/platforms/brightwater/accounts", url.Values{"name": {"Other"}, "slug": {"brightwater-hq"}}, []string{"slug"}},
		"Rename":       {"/platforms/brightwater/accounts/brightwater-hq", url.Values{"name": {" "}, "version": {"2"}}, []string{"name"}},
		"ShortMAC":     {"/platforms/brightwater/phones", url.Values{"mac": {"000413A27F"}, "account": {"brightwater-hq"}, "name": {"Desk"}}, []string{"mac"}},
		"NoAccount":    {"/platforms/brightwater/phones", url.Values{"mac": {"000413A27F10"}, "account": {"gone"}, "name": {"Desk"}}, []string{"account"}},
		"Group":        {"/platforms/brightwater/phones", url.Values{"mac": {"000413A27F10"}, "account": {"brightwater-hq"}, "product_group": {"Nothing"}}, []string{"product_group"}},
		"Adopt":        {"/platforms/brightwater/ztp/snom/adopt", url.Values{"company_id": {"not an id"}}, nil},
	} {
		a := b.post(c.path, c.form)
		if a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: want 422, got %d", name, a.status)
			continue
		}
		if !strings.HasPrefix(text(one(t, a.doc, "title")), "Error: ") || len(all(a.doc, "main .msg-err[data-fresh]")) == 0 {
			t.Errorf("%s: not said at the top", name)
		}
		var bad []string
		for _, n := range all(a.doc, "[aria-invalid=true]") {
			bad = append(bad, attr(n, "name"))
			if !strings.Contains(attr(n, "aria-describedby"), attr(n, "id")+"-e") {
				t.Errorf("%s: %s is not described by its error", name, attr(n, "name"))
			}
		}
		if diff := cmp.Diff(c.bad, bad); diff != "" {
			t.Errorf("%s: fields marked, -want +got:\n%s", name, diff)
		}
		for field, values := range c.form {
			if inputs := all(a.doc, "#f-"+field); len(inputs) == 1 && inputs[0].Data == "input" && field != "confirm" && attr(inputs[0], "value") != strings.TrimSpace(values[0]) && attr(inputs[0], "value") != values[0] {
				t.Errorf("%s: %s was not kept: %q", name, field, attr(inputs[0], "value"))
			}
		}
	}
}

// A form that somebody else has overtaken shows what is there now.
func TestOutdatedForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.platform("Brightwater")
	b := w.as("ops@example.net")
	form := fields(t, b.page("/platforms/brightwater/edit"), "/platforms/brightwater/edit")
	other := "Renamed meanwhile"
	if _, err := w.ctl.UpdatePlatform(t.Context(), admin, p.Slug, control.PlatformPatch{Name: &other}); err != nil {
		t.Fatal(err)
	}
	form.Set("name", "Mine")
	a := b.post("/platforms/brightwater/edit", form)
	if a.status != http.StatusConflict || attr(one(t, a.doc, "#f-name"), "value") != other {
		t.Fatalf("want 409 with %q, got %d", other, a.status)
	}
	again := fields(t, a, "/platforms/brightwater/edit")
	again.Set("name", "Mine")
	b.follow(b.post("/platforms/brightwater/edit", again))
	if now, err := w.ctl.Platform(t.Context(), admin, p.Slug); err != nil || now.Name != "Mine" {
		t.Errorf("after reading it again: %q, %v", now.Name, err)
	}
	// A version that is none never overwrites.
	for _, version := range []string{"", "0", "x", "-1"} {
		if a := b.post("/platforms/brightwater/edit", url.Values{"name": {"Forced"}, "version": {version}}); a.status != http.StatusConflict {
			t.Errorf("version %q: want 409, got %d", version, a.status)
		}
	}
}

// A token is on the one page that answers its issue; a double click or a reload
// shows the same one and issues no second.
func TestTokenIsShownOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.platform("Brightwater")
	if _, _, _, err := w.ctl.CreateAccount(t.Context(), admin, p.Slug, control.NewAccount{Name: "Second", NoToken: true}); err != nil {
		t.Fatal(err)
	}
	b := w.as("ops@example.net")
	const path = "/platforms/brightwater/accounts/second/token"
	form := fields(t, b.page(path), path)
	a := b.post(path, form)
	copies := all(a.doc, ".shown-once .copy")
	if a.status != http.StatusOK || len(copies) != 2 {
		t.Fatalf("want the token and its address, got %d with %d", a.status, len(copies))
	}
	token := attr(copies[0], "data-copy")
	if want := "https://prov.example.net/p/" + token + "/{device_token}/{mac}"; attr(copies[1], "data-copy") != want {
		t.Errorf("address: want %q, got %q", want, attr(copies[1], "data-copy"))
	}
	if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Encoding") != "" {
		t.Error("the page with the token may be kept, or is compressed")
	}
	if a := b.post(path, form); a.status != http.StatusOK || attr(all(a.doc, ".shown-once .copy")[0], "data-copy") != token {
		t.Errorf("the same form again: %d", a.status)
	}
	form.Set("op", ztp.NewID())
	if a := b.post(path, form); a.status != http.StatusConflict || strings.Contains(a.body, token) {
		t.Errorf("a form from before that token: %d", a.status)
	}
	for _, page := range []string{"/platforms/brightwater", "/platforms/brightwater/accounts/second", "/audit"} {
		if strings.Contains(b.page(page).body, token) {
			t.Errorf("%s shows the token", page)
		}
	}
	b.follow(b.confirmed("/platforms/brightwater/accounts/second/primary"))
	if now, _ := w.ctl.Platform(t.Context(), admin, p.Slug); now.Primary == p.Primary {
		t.Error("the primary account is the same")
	}
	b.follow(b.confirmed("/platforms/brightwater/accounts/brightwater-hq/remove"))
	if _, err := w.ctl.Account(t.Context(), admin, p.Slug, "brightwater-hq"); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("the account is still there: %v", err)
	}
}

// A form that adds something adds it once, however often it is sent.
func TestSentTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ops@example.net")
	form := fields(t, b.page("/platforms/new"), "/platforms")
	form.Set("name", "Brightwater")
	for range 2 {
		if page := b.follow(b.post("/platforms", form)); text(one(t, page.doc, "h1")) != "Brightwater" {
			t.Error("not the page of the platform")
		}
	}
	const accounts = "/platforms/brightwater/accounts"
	form = fields(t, b.page(accounts+"/new"), accounts)
	form.Set("name", "Main")
	first, second := b.post(accounts, form), b.post(accounts, form)
	shown := all(first.doc, ".shown-once .copy")
	if first.status != http.StatusOK || len(shown) == 0 {
		t.Fatalf("want the token, got %d", first.status)
	}
	if again := all(second.doc, ".shown-once .copy"); second.status != http.StatusOK || attr(again[0], "data-copy") != attr(shown[0], "data-copy") {
		t.Errorf("the second time: %d", second.status)
	}
	form.Set("name", "Other")
	if a := b.post(accounts, form); a.status != http.StatusUnprocessableEntity {
		t.Errorf("something else under the same op: %d", a.status)
	}
}

func TestRemovePlatform(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	w.platform("Spare")
	b := w.as("ops@example.net")
	if a := b.post("/platforms/brightwater/remove", url.Values{"confirm": {"Brightwater"}}); a.status != http.StatusConflict {
		t.Errorf("a configured platform: want 409, got %d", a.status)
	}
	page := b.follow(b.post("/platforms/spare/remove", url.Values{"confirm": {"Spare"}}))
	if got := texts(page.doc, "#list tbody .who a"); !slices.Equal(got, []string{"Brightwater"}) {
		t.Errorf("left: %q", got)
	}
}

// One phone through its life: pause, resume, release, each asked for first.
func TestPhoneLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	b := w.as("ops@example.net")
	const path = "/platforms/brightwater/phones/000413a27f10"
	for _, c := range []struct{ action, status, news string }{
		{"pause", "Paused", "Phone paused"}, {"resume", "Registered", "Phone resumed"}, {"release", "Released", "Phone released"},
	} {
		a := b.confirmed(path + "/" + c.action)
		busy := b.page(path)
		if got := all(busy.doc, "#phone-card[aria-busy=true]"); len(got) != 1 {
			t.Errorf("%s: not shown in flight", c.action)
		}
		if got := all(busy.doc, "#phone-card .btns a"); len(got) != 0 {
			t.Errorf("%s: %d links to press in flight", c.action, len(got))
		}
		poll := attr(one(t, busy.doc, "#phone-card .poll"), "hx-get")
		if got := b.htmx("phone-card").get(poll); got.status != http.StatusNoContent {
			t.Errorf("%s: unchanged, want 204, got %d", c.action, got.status)
		}
		w.work()
		if got := b.htmx("phone-card").get(poll); got.status != http.StatusOK || len(all(got.doc, "#phone-card[aria-busy]")) != 0 {
			t.Errorf("%s: changed, got %d", c.action, got.status)
		}
		page := b.follow(a)
		if got := texts(page.doc, "#phone-card .status"); len(got) == 0 || got[0] != c.status {
			t.Errorf("%s: status %q", c.action, got)
		}
		if got := texts(page.doc, "#phone-card .msg .h"); !slices.Equal(got, []string{c.news}) {
			t.Errorf("%s: news %q", c.action, got)
		}
	}
	if a := b.post(path+"/pause", url.Values{"op": {ztp.NewID()}}); a.status != http.StatusNotFound {
		t.Errorf("pausing what was released: want 404, got %d", a.status)
	}
}

// Where the vendor is not set up a phone is refused in words, and what was typed stays.
func TestPhoneBeforeOnboarding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("Brightwater")
	a := w.as("ops@example.net").post("/platforms/brightwater/phones", url.Values{"mac": {"00:04:13:A2:7F:10"}, "account": {"brightwater-hq"}, "name": {"Desk"}})
	if a.status != http.StatusConflict || attr(one(t, a.doc, "#f-mac"), "value") != "00:04:13:A2:7F:10" {
		t.Errorf("want 409 with the form, got %d", a.status)
	}
	if got := texts(a.doc, "main .msg .h"); len(got) != 1 || !strings.HasPrefix(got[0], "This platform isn't onboarded") {
		t.Errorf("said: %q", got)
	}
}

func TestTheme(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("guest")
	for _, theme := range []string{"dark", "light", ""} {
		page := b.follow(b.post("/settings/theme", url.Values{"theme": {theme}}))
		if got := attr(one(t, page.doc, "html"), "data-theme"); got != theme {
			t.Errorf("want %q, got %q", theme, got)
		}
		if got := attr(one(t, page.doc, "input[name=theme][checked]"), "value"); got != theme {
			t.Errorf("settings show %q for %q", got, theme)
		}
	}
	page := b.follow(b.post("/settings/theme", url.Values{"theme": {`"><script>`}}))
	if got := attr(one(t, page.doc, "html"), "data-theme"); got != "" {
		t.Errorf("a theme that is none: %q", got)
	}
}
