package ztp_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

func TestURLTemplateForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, phone, profile string }{
		{"https://x/p/{account_token}/{mac}", "https://x/p/{account_token}/{device_token}/{mac}", "https://x/p/{account_token}/{mac}"},
		{"https://x/p/{account_token}/{device_token}/{mac}", "https://x/p/{account_token}/{device_token}/{mac}", "https://x/p/{account_token}/{mac}"},
		// Somebody else's server gets what it asks for.
		{"https://x/cfg/{account_token}/{mac}", "https://x/cfg/{account_token}/{mac}", "https://x/cfg/{account_token}/{mac}"},
		{"https://x/{device_token}/{account_token}/{mac}", "https://x/{device_token}/{account_token}/{mac}", "https://x/{account_token}/{mac}"},
	} {
		tmpl := mustParse(t, c.text)
		if got := tmpl.ForPhone().String(); got != c.phone {
			t.Errorf("%s for a phone: want %s, got %s", c.text, c.phone, got)
		}
		if got := tmpl.ForProfile().String(); got != c.profile {
			t.Errorf("%s for a profile: want %s, got %s", c.text, c.profile, got)
		}
		// What was made once is parsed again from a row, and says the same.
		for _, form := range []ztp.URLTemplate{tmpl.ForPhone(), tmpl.ForProfile()} {
			if again := mustParse(t, form.String()); again.ServedHere() != tmpl.ServedHere() || again.ForProfile() != tmpl.ForProfile() {
				t.Errorf("%s reads as something else than %s", form, tmpl)
			}
		}
	}
}

func mustParse(t *testing.T, text string) ztp.URLTemplate {
	t.Helper()
	tmpl, err := ztp.ParseURLTemplate(text)
	if err != nil {
		t.Fatal(text, err)
	}
	return tmpl
}

func TestURLTemplateTokens(t *testing.T) {
	t.Parallel()
	tmpl := mustParse(t, "https://x/p/{account_token}/{mac}")
	account, device := ztp.NewToken(), ztp.NewToken()
	phone, profile := tmpl.ForPhone().FillPhone(account, device), tmpl.Fill(account)
	if a, d, ok := tmpl.Tokens(phone); !ok || !a.Equal(account) || !d.Equal(device) {
		t.Error("the URL of a phone does not give its tokens back")
	}
	if a, d, ok := tmpl.Tokens(profile); !ok || !a.Equal(account) || !d.IsZero() {
		t.Error("a URL without the phone's own token does not give the account's back")
	}
	theirs := mustParse(t, "https://x/{device_token}/{account_token}/{mac}")
	if a, d, ok := theirs.Tokens(theirs.FillPhone(account, device)); !ok || !a.Equal(account) || !d.Equal(device) {
		t.Error("the tokens are taken for each other")
	}
	for what, text := range map[string]string{
		"nothing": "", "another base": strings.Replace(phone.RevealSecret(), "https://x", "https://y", 1),
		"a weak token of the phone": "https://x/p/" + account.RevealSecret() + "/abc/{mac}",
		"a weak account token":      "https://x/p/abc/" + device.RevealSecret() + "/{mac}",
		"a token too many":          strings.Replace(phone.RevealSecret(), "{mac}", device.RevealSecret()+"/{mac}", 1),
		"something behind":          phone.RevealSecret() + "x", "cut off": phone.RevealSecret()[:50],
		"unfilled": tmpl.ForPhone().Fill(account).RevealSecret(),
	} {
		if _, _, ok := tmpl.Tokens(ztp.NewSecret(text)); ok {
			t.Errorf("%s counts as ours", what)
		}
	}
}

func TestSamePhoneURL(t *testing.T) {
	t.Parallel()
	tmpl := mustParse(t, "https://x/p/{account_token}/{mac}")
	account, device := ztp.NewToken(), ztp.NewToken()
	hash := ztp.HashToken(device)
	open := tmpl.ForPhone().Fill(account)
	for what, c := range map[string]struct {
		filled, at ztp.Secret
		hash       string
		want       bool
	}{
		"its own":                  {open, tmpl.ForPhone().FillPhone(account, device), hash, true},
		"another phone's":          {open, tmpl.ForPhone().FillPhone(account, ztp.NewToken()), hash, false},
		"another account's":        {open, tmpl.ForPhone().FillPhone(ztp.NewToken(), device), hash, false},
		"none where it has one":    {open, tmpl.Fill(account), hash, false},
		"none where it has none":   {tmpl.Fill(account), tmpl.Fill(account), "", true},
		"one where it has none":    {open, tmpl.ForPhone().FillPhone(account, device), "", false},
		"an empty one, never made": {open, tmpl.ForPhone().FillPhone(account, ztp.Secret{}), "", false},
	} {
		if got := ztp.SamePhoneURL(c.filled, c.at, c.hash); got != c.want {
			t.Errorf("%s: want %v", what, c.want)
		}
	}
}

func TestEndpointAdmits(t *testing.T) {
	t.Parallel()
	own, wrong, none := ztp.NewToken(), ztp.NewToken(), ztp.Secret{}
	hash := ztp.HashToken(own)
	const plain, mine = "https://x/p/{account_token}/{mac}", "https://x/p/{account_token}/{device_token}/{mac}"
	for what, c := range map[string]struct {
		e                ztp.Endpoint
		own, wrong, none bool
	}{
		"from before there were tokens":     {ztp.Endpoint{AddressTemplate: plain}, false, false, true},
		"new, nothing written yet":          {ztp.Endpoint{}, false, false, true},
		"new, sent and not confirmed":       {ztp.Endpoint{DeviceTokenHash: hash}, true, false, false},
		"confirmed":                         {ztp.Endpoint{DeviceTokenHash: hash, AddressTemplate: mine}, true, false, false},
		"from before, sent, not confirmed":  {ztp.Endpoint{DeviceTokenHash: hash, AddressTemplate: plain}, true, false, true},
		"from before, in service by plain":  {ztp.Endpoint{DeviceTokenHash: hash, AddressTemplate: mine, PlainURL: true}, true, false, true},
		"nobody":                            {ztp.Endpoint{DeviceTokenHash: "x", AddressTemplate: mine}, false, false, false},
		"confirmed at somebody else's form": {ztp.Endpoint{DeviceTokenHash: hash, AddressTemplate: "https://y/{device_token}/{account_token}/{mac}"}, true, false, false},
		"confirmed at one without its own":  {ztp.Endpoint{DeviceTokenHash: hash, AddressTemplate: "https://y/cfg/{account_token}/{mac}"}, true, false, false},
	} {
		if got := []bool{c.e.Admits(own), c.e.Admits(wrong), c.e.Admits(none)}; got[0] != c.own || got[1] != c.wrong || got[2] != c.none {
			t.Errorf("%s: want %v, got %v", what, []bool{c.own, c.wrong, c.none}, got)
		}
	}
}
