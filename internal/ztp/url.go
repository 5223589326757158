package ztp

import (
	"net"
	"net/url"
	"strings"
)

// URLTemplate is a provisioning URL with the places for the account's token, for the
// phone's own token and for the MAC, as in
// https://prov.example/p/{account_token}/{device_token}/{mac}. The braces around mac
// reach the vendor literally; the phone itself fills them in.
//
// A template of the form that is served here gets the phone's own token by itself:
// ForPhone is the URL of a phone, ForProfile the one that profiles fall back to.
type URLTemplate struct{ text string }

const (
	tokenPlace  = "{account_token}"
	devicePlace = "{device_token}"
	macPlace    = "{mac}"

	servedPlain = "/p/" + tokenPlace + "/" + macPlace
	servedOwn   = "/p/" + tokenPlace + "/" + devicePlace + "/" + macPlace
	settledOwn  = "/p/" + tokenPlace + "/" + devicePlace + "/s/" + macPlace
)

// TemplateForBase makes the template of an installation from the base of its
// provisioning URL: <base>/p/{account_token}/{mac}.
func TemplateForBase(base string) (URLTemplate, error) {
	return ParseURLTemplate(strings.TrimRight(base, "/") + servedPlain)
}

// ParseURLTemplate checks that t is an absolute https URL (plain http only on a
// loopback address) which ends in {mac}, has {account_token} once in its path and
// {device_token} at most once, as a segment of its path. The error has code invalid
// and the field "url_template".
func ParseURLTemplate(t string) (URLTemplate, error) {
	bad := func(why string) (URLTemplate, error) { return URLTemplate{}, Invalid("url_template", why) }
	if len(t) > 500 || strings.ContainsFunc(t, isControl) || strings.ContainsAny(t, " \"<>\\^`|") {
		return bad("A provisioning URL has at most 500 characters, without spaces, quotes or control characters.")
	}
	if strings.Count(t, tokenPlace) != 1 || strings.Count(t, macPlace) != 1 || !strings.HasSuffix(t, macPlace) {
		return bad("A provisioning URL has {account_token} once and ends in {mac}, such as https://prov.brand.example/p/{account_token}/{mac}.")
	}
	plain := strings.NewReplacer(tokenPlace, "token", devicePlace, "device", macPlace, "mac").Replace(t)
	if strings.ContainsAny(plain, "{}") {
		return bad("Only {account_token}, {device_token} and {mac} are filled in; remove the other braces.")
	}
	u, err := url.Parse(plain)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return bad("This is not a complete URL.")
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopbackHost(u.Hostname())) {
		return bad("A provisioning URL starts with https://. Plain http is only taken for a loopback address.")
	}
	path, _, _ := strings.Cut(t, "?")
	if i := strings.Index(path, tokenPlace); i < strings.Index(t, "://")+3+len(u.Host) {
		return bad("The token belongs into the path, not into the host name or behind a question mark.")
	}
	if n := strings.Count(t, devicePlace); n > 1 || n == 1 && strings.Count(afterHost(path), "/"+devicePlace+"/") != 1 {
		return bad("{device_token} stands at most once, as a part of the path of its own: …/{account_token}/{device_token}/{mac}.")
	}
	return URLTemplate{t}, nil
}

// afterHost is the path of a URL without a query, from its first slash on.
func afterHost(t string) string {
	_, rest, _ := strings.Cut(t, "://")
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[i:]
	}
	return ""
}

// IsZero reports whether there is no template.
func (t URLTemplate) IsZero() bool { return t.text == "" }

// String returns the template with its places unfilled; it holds no secret.
func (t URLTemplate) String() string { return t.text }

// ForPhone is the template of the URL that a phone is given: one that is served here
// has the phone's own token, somebody else's server only where it asks for that.
func (t URLTemplate) ForPhone() URLTemplate {
	if before, ok := strings.CutSuffix(t.text, servedPlain); ok {
		return URLTemplate{before + servedOwn}
	}
	return t
}

// ForSettled is the template of the URL that stands in a phone's settings: who comes by it
// has them. Somebody else's server has no such URL.
func (t URLTemplate) ForSettled() URLTemplate {
	if before, ok := strings.CutSuffix(t.ForPhone().text, servedOwn); ok {
		return URLTemplate{before + settledOwn}
	}
	return t.ForPhone()
}

// ForProfile is the template of the URL that a profile falls back to, which belongs to
// no phone.
func (t URLTemplate) ForProfile() URLTemplate {
	return URLTemplate{strings.Replace(t.text, devicePlace+"/", "", 1)}
}

// NamesDevice reports whether the template has a place for the phone's own token.
func (t URLTemplate) NamesDevice() bool { return strings.Contains(t.text, devicePlace) }

// Fill puts an account's token into the template. {mac} stays literal, and so does the
// place of a phone's own token. The result is a Secret because it contains the token.
func (t URLTemplate) Fill(token Secret) Secret {
	return NewSecret(strings.Replace(t.text, tokenPlace, token.RevealSecret(), 1))
}

// FillPhone is Fill with the phone's own token put in as well, where there is a place
// for it.
func (t URLTemplate) FillPhone(token, device Secret) Secret {
	return NewSecret(strings.Replace(t.Fill(token).RevealSecret(), devicePlace, device.RevealSecret(), 1))
}

// SamePhoneURL reports whether a URL at the vendor is the one that Fill has made, with
// the phone's own token of the given hash in its place.
func SamePhoneURL(filled, at Secret, deviceHash string) bool {
	before, after, own := strings.Cut(filled.RevealSecret(), devicePlace)
	if !own {
		return filled.Equal(at)
	}
	rest, begins := strings.CutPrefix(at.RevealSecret(), before)
	device, ends := strings.CutSuffix(rest, after)
	return begins && ends && deviceHash != "" && HashToken(NewSecret(device)) == deviceHash
}

// Tokens are the tokens in a URL that the vendor has, false unless the whole URL is this
// template, as a phone's or as a profile's, filled with tokens of the form that NewToken
// gives: anybody who may write there could have put in weaker ones. device is zero in a
// URL that has none.
func (t URLTemplate) Tokens(filled Secret) (account, device Secret, ok bool) {
	for _, form := range []URLTemplate{t.ForPhone(), t.ForProfile()} {
		if account, device, ok = form.tokens(filled.RevealSecret()); ok {
			return account, device, true
		}
	}
	return Secret{}, Secret{}, false
}

// Token is the account token of Tokens.
func (t URLTemplate) Token(filled Secret) (Secret, bool) {
	account, _, ok := t.Tokens(filled)
	return account, ok
}

func (t URLTemplate) tokens(filled string) (account, device Secret, ok bool) {
	text := t.text
	for place := nextPlace(text); place != ""; place = nextPlace(text) {
		before, after, _ := strings.Cut(text, place)
		rest, begins := strings.CutPrefix(filled, before)
		if !begins || len(rest) < tokenLength || !ValidToken(rest[:tokenLength]) {
			return Secret{}, Secret{}, false
		}
		token := NewSecret(rest[:tokenLength])
		if place == tokenPlace {
			account = token
		} else {
			device = token
		}
		text, filled = after, rest[tokenLength:]
	}
	return account, device, text == filled && !account.IsZero()
}

// nextPlace is the place of a token that comes first in text, "" for none.
func nextPlace(text string) string {
	account, device := strings.Index(text, tokenPlace), strings.Index(text, devicePlace)
	switch {
	case account < 0 && device < 0:
		return ""
	case device < 0 || account >= 0 && account < device:
		return tokenPlace
	}
	return devicePlace
}

// Base returns everything before the first token's place, less "/p/" where that is
// ours: the address that a check of the provisioning URL asks.
func (t URLTemplate) Base() string {
	base := t.text[:strings.Index(t.text, nextPlace(t.text))]
	return strings.TrimRight(strings.TrimSuffix(base, "/p/"), "/")
}

// Plain reports whether it is plain http, which only an address of this machine may be.
func (t URLTemplate) Plain() bool { return len(t.text) > 7 && strings.EqualFold(t.text[:7], "http://") }

// ServedHere reports whether this template has the form that zerotouch's own phone
// listener serves, whatever its host name: <base>/p/{account_token}/{mac}, also with the
// phone's own token in it.
func (t URLTemplate) ServedHere() bool { return strings.HasSuffix(t.ForPhone().text, servedOwn) }

// sameHost reports whether two templates lead to one host and port.
func (t URLTemplate) sameHost(o URLTemplate) bool {
	a, aerr := url.Parse(t.Base())
	b, berr := url.Parse(o.Base())
	return aerr == nil && berr == nil && strings.EqualFold(a.Scheme, b.Scheme) && strings.EqualFold(a.Host, b.Host)
}

// TemplateFor returns the platform's own template, or else the installation's.
// The zero template means that the installation has none configured.
func TemplateFor(p Platform, installation URLTemplate) URLTemplate {
	if p.URLTemplate == "" {
		return installation
	}
	t, err := ParseURLTemplate(p.URLTemplate)
	if err != nil {
		return URLTemplate{}
	}
	return t
}

// TemplateInUse is the template with which phones are written at a vendor. A URL that was
// proven and is served here stays in use until an operation that proves the platform's present
// one has brought that to the vendor: see TemplateFor, which is all there is before any was.
func TemplateInUse(p Platform, installation URLTemplate) URLTemplate {
	current := TemplateFor(p, installation)
	proven, err := ParseURLTemplate(p.ProvenTemplate)
	if err != nil || !proven.ServedHere() || proven == current.ForProfile() {
		return current
	}
	return proven
}

// TemplateOf is the template of the URL that a phone is told in its file: the one that its
// vendor has confirmed, since that was proven and a reset leads there, too. While none is
// confirmed it is the one that was last proven for its platform, and TemplateFor before any
// was. What it returns may be somebody else's server.
func TemplateOf(e Endpoint, p Platform, installation URLTemplate) URLTemplate {
	if t, err := ParseURLTemplate(e.AddressTemplate); err == nil {
		return t
	}
	current := TemplateFor(p, installation)
	proven, err := ParseURLTemplate(p.ProvenTemplate)
	if err != nil || proven == current.ForProfile() {
		return current
	}
	return proven
}

func isLoopbackHost(h string) bool {
	if strings.EqualFold(h, "localhost") {
		return true
	}
	ip := net.ParseIP(h)
	return ip != nil && ip.IsLoopback()
}
