package phonesim

import (
	"errors"
	"net/url"
	"path"
	"strings"
)

// expand fills in the documented placeholders (wiki): {mac} in upper case without separators, and {phone_type}.
// Others are left as they stand, and so is %7Bmac%7D: the phone looks for the braces themselves (code).
func (id identity) expand(template string) string {
	return strings.NewReplacer("{mac}", id.mac, "{phone_type}", id.phoneType).Replace(template)
}

// requests returns the addresses that a phone asks one after the other for one configured URL (wiki, code):
// with {mac} in it that address alone; without a file name <type>.htm and <type>-<MAC>.htm below it; with a file
// name that file and one derived from it for this phone (the wiki does not show the form: name-MAC.ext is assumed).
func (id identity) requests(template string) ([]*url.URL, error) {
	u, err := parseHTTP(id.expand(template))
	if err != nil {
		return nil, err
	}
	if strings.Contains(template, "{mac}") {
		return []*url.URL{u}, nil
	}
	if u.Path == "" || strings.HasSuffix(u.Path, "/") {
		return []*url.URL{u.JoinPath(id.phoneType + ".htm"), u.JoinPath(id.phoneType + "-" + id.mac + ".htm")}, nil
	}
	dir, file := path.Split(u.Path)
	ext := path.Ext(file)
	own := *u
	own.Path, own.RawPath = dir+strings.TrimSuffix(file, ext)+"-"+id.mac+ext, ""
	return []*url.URL{u, &own}, nil
}

// parseHTTP accepts absolute http and https URLs. Its errors do not repeat the URL, which may carry a token.
func parseHTTP(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return nil, errors.New("not a valid URL")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("not an http or https URL")
	case u.Hostname() == "":
		return nil, errors.New("URL without a host")
	}
	u.Fragment = ""
	return u, nil
}

// sameServer compares two setting servers as written, apart from case of scheme and host and a final slash.
func sameServer(a, b string) bool { return plain(a) == plain(b) }

func plain(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	host, tail, _ := strings.Cut(rest, "/")
	return strings.TrimRight(strings.ToLower(scheme+"://"+host)+"/"+tail, "/")
}

const (
	// hidden stands for a part of a URL that may be a token.
	hidden = "…"
	// longestShown is how long a part may be to be shown: tokens of 128 bits have 22 characters and more.
	longestShown = 12
)

// redact shows a URL without what may be an account token: every longer path segment and query value is hidden,
// whatever the template of the platform looks like, except for the parts that name this phone.
func (id identity) redact(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return hidden
	}
	segments := strings.Split(strings.NewReplacer("%7B", "{", "%7D", "}").Replace(u.EscapedPath()), "/")
	for i, seg := range segments {
		segments[i] = id.redactPart(seg)
	}
	out := u.Scheme + "://" + u.Host + strings.Join(segments, "/")
	if u.RawQuery != "" {
		params := strings.Split(u.RawQuery, "&")
		for i, p := range params {
			name, value, _ := strings.Cut(p, "=")
			params[i] = id.redactPart(name) + "=" + id.redactPart(value)
		}
		out += "?" + strings.Join(params, "&")
	}
	return out
}

func (id identity) redactPart(s string) string {
	rest := strings.NewReplacer(id.mac, "", "{mac}", "", id.phoneType, "", "{phone_type}", "").Replace(s)
	if len(rest) > longestShown {
		return hidden
	}
	return s
}
