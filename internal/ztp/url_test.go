package ztp_test

import (
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

func TestParseURLTemplate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, base string
		here       bool
	}{
		{"https://prov.example/p/{account_token}/{mac}", "https://prov.example", true},
		{"https://prov.example:8443/p/{account_token}/{mac}", "https://prov.example:8443", true},
		{"https://prov.brand.example/tel/p/{account_token}/{mac}", "https://prov.brand.example/tel", true},
		{"http://127.0.0.1:8081/p/{account_token}/{mac}", "http://127.0.0.1:8081", true},
		{"http://[::1]:8081/p/{account_token}/{mac}", "http://[::1]:8081", true},
		{"http://localhost/p/{account_token}/{mac}", "http://localhost", true},
		{"https://their.example/cfg/{account_token}/{mac}", "https://their.example/cfg", false},
		{"https://their.example/{account_token}/cfg?mac={mac}", "https://their.example", false},
		{"https://prov.brand.example/p/{account_token}/{device_token}/{mac}", "https://prov.brand.example", true},
		{"https://their.example/{device_token}/{account_token}/{mac}", "https://their.example", false},
		{"https://their.example/p/{device_token}/{account_token}/{mac}", "https://their.example", false},
		{"https://their.example/{account_token}/{device_token}/cfg?mac={mac}", "https://their.example", false},
	} {
		got, err := ztp.ParseURLTemplate(c.text)
		if err != nil || got.String() != c.text || got.Base() != c.base || got.ServedHere() != c.here {
			t.Errorf("%s: base %q, served here %v, %v", c.text, got.Base(), got.ServedHere(), err)
		}
	}
	for what, text := range map[string]string{
		"empty":                 "",
		"no token":              "https://prov.example/p/{mac}",
		"no mac":                "https://prov.example/p/{account_token}",
		"device token twice":    "https://prov.example/{account_token}/{device_token}/{device_token}/{mac}",
		"device token in part":  "https://prov.example/{account_token}/x{device_token}/{mac}",
		"device token in query": "https://prov.example/{account_token}/cfg?d=/{device_token}/&m={mac}",
		"device token as host":  "https://{device_token}/{account_token}/{mac}",
		"device token as port":  "https://prov.example:{device_token}/{account_token}/{mac}",
		"token twice":           "https://prov.example/{account_token}/{account_token}/{mac}",
		"mac twice":             "https://prov.example/{mac}/{account_token}/{mac}",
		"mac not last":          "https://prov.example/{mac}/{account_token}",
		"something behind":      "https://prov.example/{account_token}/{mac}.xml",
		"another brace":         "https://prov.example/{account}/{account_token}/{mac}",
		"nested braces":         "https://prov.example/{{account_token}}/{mac}",
		"plain http":            "http://prov.example/p/{account_token}/{mac}",
		"loopback as a prefix":  "http://localhost.evil.example/p/{account_token}/{mac}",
		"loopback as user":      "http://127.0.0.1@evil.example/p/{account_token}/{mac}",
		"loopback in decimal":   "http://2130706433/p/{account_token}/{mac}",
		"user and password":     "https://u:p@prov.example/p/{account_token}/{mac}",
		"token as password":     "https://u:{account_token}@prov.example/{mac}",
		"token as host":         "https://{account_token}/{mac}",
		"token in the host":     "https://{account_token}.evil.example/{mac}",
		"token ends the host":   "https://evil.{account_token}/{mac}",
		"token as port":         "https://prov.example:{account_token}/{mac}",
		"token in the query":    "https://prov.example/?t={account_token}&m={mac}",
		"token behind the host": "https://prov.example?{account_token}/{mac}",
		"fragment":              "https://prov.example/#{account_token}/{mac}",
		"other scheme":          "ftp://prov.example/p/{account_token}/{mac}",
		"script":                "javascript://prov.example/%0aalert(1)/{account_token}/{mac}",
		"no scheme":             "//prov.example/p/{account_token}/{mac}",
		"no host":               "https:///p/{account_token}/{mac}",
		"port alone":            "https://:443/p/{account_token}/{mac}",
		"opaque":                "https:prov.example/p/{account_token}/{mac}",
		"bad port":              "https://prov.example:port/p/{account_token}/{mac}",
		"bad escape":            "https://prov.example/%zz/{account_token}/{mac}",
		"space":                 "https://prov.example/a b/{account_token}/{mac}",
		"quote":                 "https://prov.example/\"/{account_token}/{mac}",
		"markup":                "https://prov.example/<b>/{account_token}/{mac}",
		"backslash":             "https://prov.example\\@evil.example/{account_token}/{mac}",
		"line break":            "https://prov.example/\r\nX: y/{account_token}/{mac}",
		"bidi":                  "https://prov.example/\u202e/{account_token}/{mac}",
		"too long":              "https://prov.example/" + strings.Repeat("a", 500) + "/{account_token}/{mac}",
	} {
		got, err := ztp.ParseURLTemplate(text)
		if e := ztp.AsError(err); err == nil || e.Fields["url_template"] == "" || !got.IsZero() {
			t.Errorf("%s: want a field error for url_template, got %v, %v", what, got, err)
		}
	}
}

func TestURLTemplateFill(t *testing.T) {
	t.Parallel()
	tmpl, err := ztp.TemplateForBase("https://prov.example/")
	if err != nil {
		t.Fatal(err)
	}
	filled := tmpl.Fill(ztp.NewSecret("tok"))
	if want := "https://prov.example/p/tok/{mac}"; filled.RevealSecret() != want {
		t.Errorf("want %s, got %s", want, filled.RevealSecret())
	}
	own := ztp.Platform{URLTemplate: "https://brand.example/{account_token}/{mac}"}
	for _, c := range []struct {
		platform ztp.Platform
		want     string
	}{
		{own, own.URLTemplate},
		{ztp.Platform{}, tmpl.String()},
		// A row that was tampered with must not fall back to the common address.
		{ztp.Platform{URLTemplate: "nonsense"}, ""},
	} {
		if got := ztp.TemplateFor(c.platform, tmpl).String(); got != c.want {
			t.Errorf("want %q, got %q", c.want, got)
		}
	}
	if ztp.ValidateURLTemplate("", ztp.URLTemplate{}) != nil || ztp.ValidateURLTemplate(own.URLTemplate, ztp.URLTemplate{}) != nil || ztp.ValidateURLTemplate("x", ztp.URLTemplate{}) == nil {
		t.Error("ValidateURLTemplate does not agree with ParseURLTemplate")
	}
}

func FuzzParseURLTemplate(f *testing.F) {
	f.Add("https://prov.example/p/{account_token}/{mac}")
	f.Add("http://[::1]/{account_token}?{mac}")
	f.Add("https://a:{account_token}@b/{mac}")
	f.Fuzz(func(t *testing.T, text string) {
		tmpl, err := ztp.ParseURLTemplate(text)
		if err != nil {
			return
		}
		token := strings.Repeat("a7", 16)
		filled := strings.ReplaceAll(tmpl.Fill(ztp.NewSecret(token)).RevealSecret(), "{mac}", "000413A11FA7")
		u, err := url.Parse(filled)
		switch {
		case err != nil:
			t.Errorf("%q: filled it is no URL: %v", text, err)
		case u.Hostname() == "" || u.User != nil || u.Fragment != "" || strings.Contains(u.Host, token) || !strings.Contains(u.Path, token):
			t.Errorf("%q: token or host in the wrong place of %q", text, filled)
		case u.Scheme != "https" && u.Scheme != "http":
			t.Errorf("%q: scheme %q", text, u.Scheme)
		}
	})
}

// The installation's own host with another path leads phones nowhere, and is refused; any other
// host may be somebody else's.
func TestOwnHostWithAnotherPath(t *testing.T) {
	t.Parallel()
	installation, err := ztp.TemplateForBase("https://prov.example.net")
	if err != nil {
		t.Fatal(err)
	}
	for text, good := range map[string]bool{
		"https://prov.example.net/q/{account_token}/{mac}": false, "https://PROV.example.net/p/x/{account_token}/{mac}": false,
		"https://prov.example.net/p/{account_token}/{mac}": true, "https://prov.example.net/brand/p/{account_token}/{mac}": true,
		"https://their.example/q/{account_token}/{mac}": true, "https://prov.example.net:8443/q/{account_token}/{mac}": true,
	} {
		err := ztp.ValidateURLTemplate(text, installation)
		if (err == nil) != good || !good && ztp.AsError(err).Fields["url_template"] == "" {
			t.Errorf("%s: %v", text, err)
		}
	}
}
