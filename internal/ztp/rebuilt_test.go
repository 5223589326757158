package ztp_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// TestTokenOfAnAddress: only the whole template with a token of our own form counts;
// anything weaker could have been put there by whoever may write at the vendor.
func TestTokenOfAnAddress(t *testing.T) {
	t.Parallel()
	template, err := ztp.TemplateForBase("https://prov.example")
	if err != nil {
		t.Fatal(err)
	}
	token := ztp.NewToken()
	if got, ok := template.Token(template.Fill(token)); !ok || !got.Equal(token) {
		t.Errorf("own address: %v", ok)
	}
	good := token.RevealSecret()
	for _, address := range []string{
		"", "https://prov.example/p//{mac}", "https://prov.example/p/guess/{mac}", "https://prov.example/p/" + good + "/{mac}?x",
		"https://prov.example/p/" + good + "/000413A11FA7", "http://prov.example/p/" + good + "/{mac}", "https://prov.example/p/x/" + good + "/{mac}",
		"https://prov.example.evil/p/" + good + "/{mac}", "https://prov.example/p/" + strings.ToUpper(good) + "/{mac}", "https://prov.example/p/" + good + good + "/{mac}",
	} {
		if _, ok := template.Token(ztp.NewSecret(address)); ok {
			t.Errorf("%q counts as ours", address)
		}
	}
}

// TestAddressForm: what is shown of an address that is not ours holds nothing secret.
func TestAddressForm(t *testing.T) {
	t.Parallel()
	token := ztp.NewToken().RevealSecret()
	for address, want := range map[string]string{
		"https://prov.brand.example/p/" + token + "/{mac}":  "https://prov.brand.example/p/{account_token}/{mac}",
		"https://user:pass@elsewhere.example/s3cret?k=v":    "https://elsewhere.example/…",
		"http://elsewhere.example:81/p/" + token + "/{mac}": "http://elsewhere.example:81/…",
		"no address": "(no URL)", "": "(no URL)",
	} {
		if got := ztp.AddressForm(ztp.NewSecret(address)); got != want {
			t.Errorf("%q: want %q, got %q", address, want, got)
		}
	}
}

// TestRebuiltFinding: the row says what was made up and what was left, and never that
// nothing is to be looked at.
func TestRebuiltFinding(t *testing.T) {
	t.Parallel()
	for want, b := range map[string]ztp.Rebuilt{
		"Everything that Snom has of it is here.":                       {},
		"Made up: the names of 2 accounts":                              {Accounts: 2},
		"it was disabled, it seems":                                     {NotInForce: ztp.ProfilePaused, PausedPhones: 3},
		"no key could be proven":                                        {NotInForce: ztp.NothingToProve},
		"Paused at Snom, and left so: 1 phone.":                         {PausedPhones: 1},
		"The profile was missing and was made again.":                   {ProfileMade: true},
		"not ours (https://elsewhere.example/…); it was left":           {ProfileAddress: "https://elsewhere.example/…"},
		"6 phones (1 with another address, 2 with none of their own, 3": {OtherAddress: 1, NoAddress: 2, Elsewhere: 3},
		"Other addresses: https://a.example/…, https://b.example/…":     {Addresses: []string{"https://a.example/…", "https://b.example/…"}},
	} {
		e := ztp.RebuiltFinding("Snom", b, nil)
		if !strings.Contains(e.Detail, want) || e.Case != ztp.CaseRebuilt || e.Entry("Snom").Title != "This was rebuilt from what Snom has" {
			t.Errorf("%+v: %q is not in %q", b, want, e.Detail)
		}
	}
}

// TestNoteAddress keeps a handful of forms, each once.
func TestNoteAddress(t *testing.T) {
	t.Parallel()
	var b ztp.Rebuilt
	for i := range 100 {
		b.NoteAddress(strings.Repeat("a", i%20))
	}
	if len(b.Addresses) != 10 || b.Addresses[0] != "a" {
		t.Errorf("%q", b.Addresses)
	}
}
