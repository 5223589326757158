package ztp

import (
	"net"
	"net/url"
	"strings"
)

// URLTemplate is a provisioning URL with the places for the account's token and
// the MAC, as in https://prov.example/p/{account_token}/{mac}. The braces around
// mac reach the vendor literally; the phone itself fills them in.
type URLTemplate struct{ text string }

const (
	tokenPlace = "{account_token}"
	macPlace   = "{mac}"
)

// TemplateForBase makes the template of an installation from the base of its
// provisioning URL: <base>/p/{account_token}/{mac}.
func TemplateForBase(base string) (URLTemplate, error) {
	return ParseURLTemplate(strings.TrimRight(base, "/") + "/p/" + tokenPlace + "/" + macPlace)
}

// ParseURLTemplate checks that t is an absolute https URL (plain http only on a
// loopback address) which ends in {mac} and has {account_token} once in its path.
// The error has code invalid and the field "url_template".
func ParseURLTemplate(t string) (URLTemplate, error) {
	bad := func(why string) (URLTemplate, error) { return URLTemplate{}, Invalid("url_template", why) }
	if len(t) > 500 || strings.ContainsFunc(t, isControl) || strings.ContainsAny(t, " \"<>\\^`|") {
		return bad("A provisioning URL has at most 500 characters, without spaces, quotes or control characters.")
	}
	if strings.Count(t, tokenPlace) != 1 || strings.Count(t, macPlace) != 1 || !strings.HasSuffix(t, macPlace) {
		return bad("A provisioning URL has {account_token} once and ends in {mac}, such as https://prov.brand.example/p/{account_token}/{mac}.")
	}
	plain := strings.NewReplacer(tokenPlace, "token", macPlace, "mac").Replace(t)
	if strings.ContainsAny(plain, "{}") {
		return bad("Only {account_token} and {mac} are filled in; remove the other braces.")
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
	return URLTemplate{t}, nil
}

// IsZero reports whether there is no template.
func (t URLTemplate) IsZero() bool { return t.text == "" }

// String returns the template with its places unfilled; it holds no secret.
func (t URLTemplate) String() string { return t.text }

// Fill puts an account's token into the template. {mac} stays literal. The result
// is a Secret because it contains the token.
func (t URLTemplate) Fill(token Secret) Secret {
	return NewSecret(strings.Replace(t.text, tokenPlace, token.RevealSecret(), 1))
}

// Token is the account token in a URL that the vendor has, false unless the whole URL
// is this template filled with a token of the form that NewToken gives: anybody who may
// write there could have put in a weaker one.
func (t URLTemplate) Token(filled Secret) (Secret, bool) {
	before, after, ok := strings.Cut(t.text, tokenPlace)
	rest, begins := strings.CutPrefix(filled.RevealSecret(), before)
	token, ends := strings.CutSuffix(rest, after)
	if !ok || !begins || !ends || !ValidToken(token) {
		return Secret{}, false
	}
	return NewSecret(token), true
}

// Base returns everything before the token's place, less "/p/" where that is
// ours: the address that a check of the provisioning URL asks.
func (t URLTemplate) Base() string {
	base := t.text[:strings.Index(t.text, tokenPlace)]
	return strings.TrimRight(strings.TrimSuffix(base, "/p/"), "/")
}

// ServedHere reports whether this template has the form that zerotouch's own phone
// listener serves, whatever its host name: <base>/p/{account_token}/{mac}.
func (t URLTemplate) ServedHere() bool {
	return strings.HasSuffix(t.text, "/p/"+tokenPlace+"/"+macPlace)
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

func isLoopbackHost(h string) bool {
	if strings.EqualFold(h, "localhost") {
		return true
	}
	ip := net.ParseIP(h)
	return ip != nil && ip.IsLoopback()
}
