package phonesim_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zerotouch.example/internal/vendors/snom/phonesim"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	p := mustPhone(t, phonesim.Options{FactoryServer: "https://redirection.example"})
	tests := map[string]struct {
		template string
		want     []string
	}{
		"MAC":        {"https://h/p/tok/{mac}", []string{"https://h/p/tok/000413A11FA7"}},
		"MACInQuery": {"https://h/p/?mac={mac}", []string{"https://h/p/?mac=000413A11FA7"}},
		"MACTwice":   {"http://h/{mac}/{phone_type}-{mac}.xml", []string{"http://h/000413A11FA7/snomD785-000413A11FA7.xml"}},
		"BareHost":   {"https://h:8443", []string{"https://h:8443/snomD785.htm", "https://h:8443/snomD785-000413A11FA7.htm"}},
		"Folder":     {"https://h/a/", []string{"https://h/a/snomD785.htm", "https://h/a/snomD785-000413A11FA7.htm"}},
		"FolderType": {"https://h/{phone_type}/", []string{"https://h/snomD785/snomD785.htm", "https://h/snomD785/snomD785-000413A11FA7.htm"}},
		"FileName":   {"https://h/a/all.xml?v=1", []string{"https://h/a/all.xml?v=1", "https://h/a/all-000413A11FA7.xml?v=1"}},
		"NoSuffix":   {"https://h/a/all#x", []string{"https://h/a/all", "https://h/a/all-000413A11FA7"}},
		// Encoded braces are no placeholder: the whole thing is then a file name.
		"Encoded": {"https://h/%7Bmac%7D", []string{"https://h/%7Bmac%7D", "https://h/%7Bmac%7D-000413A11FA7"}},
		// Not a documented placeholder.
		"UpperCase": {"https://h/{MAC}/", []string{"https://h/%7BMAC%7D/snomD785.htm", "https://h/%7BMAC%7D/snomD785-000413A11FA7.htm"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := p.Requests(tt.template)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("addresses (-want +got):\n%s", diff)
			}
		})
	}
	for _, bad := range []string{"", "h/a", "//h/a", "ftp://h/{mac}", "https://", "https://:443/", "http://h/\x00" + token, "http://h/%zz" + token} {
		if got, err := p.Requests(bad); err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%q gave %v, %v; want an error that does not repeat it", bad, got, err)
		}
	}
}

// TestGeneralThenOwn: both files are taken, and what is said for this phone wins.
func TestGeneralThenOwn(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/cfg/"))
	prov.set("/cfg/snomD785.htm", text(file("language", "English", "phone_name", "any")))
	prov.set("/cfg/snomD785-"+mac+".htm", text(file("phone_name", "mine")))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	mustBoot(t, p)
	state := p.State()
	name, _ := state.Value("phone_name", nil)
	language, _ := state.Value("language", nil)
	if name != "mine" || language != "English" {
		t.Errorf("phone_name %q, language %q", name, language)
	}
	// One good file of the two is enough.
	prov.set("/cfg/snomD785.htm", nil)
	if trace := mustBoot(t, p); trace.Source != "redirection" {
		t.Errorf("with the own file alone: %v", trace.Steps)
	}
}

func TestIndex(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/i/{mac}"))
	prov.set("/i/"+mac, text(`<setting-files><file url="`+prov.URL+`/one/{phone_type}"/><file url="two.xml"/></setting-files>`))
	prov.set("/one/snomD785", text(file("a", "1", "b", "1")))
	prov.set("/i/two.xml", text(file("b", "2")))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	trace := mustBoot(t, p)
	if diff := cmp.Diff([]string{"/i/" + mac, "/one/snomD785", "/i/two.xml"}, prov.takeAsked()); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if b, _ := p.State().Value("b", nil); b != "2" || trace.Source != "redirection" {
		t.Errorf("b = %q, source %q; want the later file's and redirection", b, trace.Source)
	}

	for name, page := range map[string]string{
		"MissingFile": `<setting-files><file url="two.xml"/><file url="none.xml"/></setting-files>`,
		"BadAddress":  `<setting-files><file url="ftp://h/x"/></setting-files>`,
		"Itself":      `<setting-files><file url="` + mac + `"/></setting-files>`,
		"Many":        `<setting-files>` + strings.Repeat(`<file url="two.xml"/>`, 60) + `</setting-files>`,
	} {
		prov.set("/i/"+mac, text(page))
		trace := mustBoot(t, p)
		if trace.Source != "" || len(prov.takeAsked()) > 50 {
			t.Errorf("%s: %s", name, outline(trace))
		}
	}
}

// TestUserAgent reads the header as provisioning servers do.
func TestUserAgent(t *testing.T) {
	t.Parallel()
	vendor := newSite(t)
	vendor.home("<settings/>")
	mustBoot(t, mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, Model: "D785", Firmware: "10.1.33.33"}))
	agent := vendor.agents[0]
	if m := regexp.MustCompile(`snom(\w+)-SIP ([\d.]+)`).FindStringSubmatch(agent); len(m) != 3 || m[1] != "D785" || m[2] != "10.1.33.33" {
		t.Errorf("model and firmware in %q: %q", agent, m)
	}
	if got := regexp.MustCompile(`\b[0-9A-F]{12}\b`).FindString(agent); got != mac {
		t.Errorf("first MAC in %q: %q", agent, got)
	}
	if !strings.HasPrefix(agent, "Mozilla/4.0 (compatible; snom") {
		t.Errorf("user agent %q", agent)
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	p := mustPhone(t, phonesim.Options{FactoryServer: "https://redirection.example"})
	for in, want := range map[string]string{
		"https://h:1/p/" + token + "/{mac}":          "https://h:1/p/…/{mac}",
		"https://h/p/" + token + "/" + mac:           "https://h/p/…/" + mac,
		"https://h/snomD785-" + mac + ".htm":         "https://h/snomD785-" + mac + ".htm",
		"https://h/cfg?t=" + token + "&mac={mac}":    "https://h/cfg?t=…&mac={mac}",
		"https://user:" + token + "@h/":              "https://h/",
		"https://h/" + mac + token + "/" + mac + ".": "https://h/…/" + mac + ".",
		"https://h/x#" + token:                       "https://h/x",
		"https://h/%zz" + token:                      "…",
		token:                                        "…",
		"https://h/autoprov/provision/cfg.xml":       "https://h/autoprov/provision/cfg.xml",
		"https://h/p/a%0Ab":                          "https://h/p/a%0Ab",
	} {
		if got := p.Redact(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

// TestRedactAnyTemplate: wherever a platform's own template has the token, it does not show.
func TestRedactAnyTemplate(t *testing.T) {
	t.Parallel()
	p := mustPhone(t, phonesim.Options{FactoryServer: "https://redirection.example"})
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[a-z2-7]{22,40}`).Draw(t, "token")
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"p", "{mac}", "{phone_type}", "cfg.xml", "%20", "?", "&", "=", "/", ":", "#", "@"}), 0, 8)
		template := "https://h/" + strings.Join(parts.Draw(t, "before"), "/") + secret + strings.Join(parts.Draw(t, "after"), "")
		if got := p.Redact(template); strings.Contains(got, secret) {
			t.Fatalf("%q is shown as %q", template, got)
		}
	})
}

// TestNothingShowsTheToken boots with a token in every URL and prints everything there is.
func TestNothingShowsTheToken(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/p/"+token+"/{mac}", "user_pass", token))
	prov.set(ours, text(file("firmware_status", "off")))
	var live strings.Builder
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, OnStep: func(s phonesim.Step) { fmt.Fprintln(&live, s) }})
	for range 3 {
		trace := mustBoot(t, p)
		var plain, lines strings.Builder
		if err := trace.WriteText(&plain); err != nil {
			t.Fatal(err)
		}
		if err := trace.WriteJSON(&lines); err != nil {
			t.Fatal(err)
		}
		state, err := json.Marshal(p.State())
		if err != nil {
			t.Fatal(err)
		}
		whole, err := json.Marshal(trace)
		if err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("boot", "trace", trace, "state", p.State())
		for _, out := range []string{plain.String(), lines.String(), live.String(), string(state), string(whole), log.String(),
			fmt.Sprintf("%v %+v %#v", trace, trace, trace), fmt.Sprintf("%v %+v %#v", p.State(), p.State(), p.State())} {
			if strings.Contains(out, token) {
				t.Fatalf("the token shows in %s", out)
			}
		}
		prov.set(ours, nil) // and once more with an error
	}
	if !strings.Contains(live.String(), "…") {
		t.Errorf("no redacted URL in %s", live.String())
	}
}

func TestTraceForms(t *testing.T) {
	t.Parallel()
	vendor, prov := newSite(t), newSite(t)
	vendor.home(file("setting_server", prov.URL+"/p/"+token+"/{mac}"))
	prov.set(ours, text(file("a", "1")))
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})
	trace := mustBoot(t, p)

	var lines strings.Builder
	if err := trace.WriteJSON(&lines); err != nil {
		t.Fatal(err)
	}
	third := strings.Split(strings.TrimSpace(lines.String()), "\n")[2]
	want := fmt.Sprintf(`{"step":"setting_server","url":"%s/p/…/%s","result":"ok","status":200,"detail":"1 setting"}`, prov.URL, mac)
	if diff := cmp.Diff(want, third); diff != "" {
		t.Errorf("JSON line (-want +got):\n%s", diff)
	}
	wantText := "setting_server  ok          200  " + prov.URL + "/p/…/" + mac + "  1 setting"
	if diff := cmp.Diff(wantText, trace.Steps[2].String()); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	if got, want := trace.Steps[2].RawURL(), prov.URL+ours; got != want {
		t.Errorf("raw URL %q, want %q", got, want)
	}
	var plain strings.Builder
	if err := trace.WriteText(&plain); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(plain.String(), "\n"); got != len(trace.Steps) {
		t.Errorf("%d lines for %d steps", got, len(trace.Steps))
	}
}
