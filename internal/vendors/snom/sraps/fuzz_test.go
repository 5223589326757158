package sraps_test

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"zerotouch.example/internal/vendors/snom/sraps"
)

// A message is short, printable and without the secrets, whatever was answered.
func FuzzMessage(f *testing.F) {
	for _, body := range []string{
		`{"detail":"key 0123456789abcdef is wrong"}`, `{"error":{"a":["b"]}}`, "plain", "<html>", `"\u202e0123456789\u00adabcdef"`,
		"0123456\x0089abcdef", strings.Repeat("[", 200), `{"message":"https://h/0123456789abcdef"}`,
		"0123456[redacted]789abcdef", "01234560123456789abcdef789abcdef", "\xff\xfe", "a 0123456789abcdef b",
	} {
		f.Add([]byte(body))
	}
	const secret = "0123456789abcdef"
	f.Fuzz(func(t *testing.T, body []byte) {
		got := sraps.Message(body, secret, "")
		if strings.Contains(got, secret) {
			t.Errorf("%q keeps the secret", got)
		}
		if n := utf8.RuneCountInString(got); n > 300 || !utf8.ValidString(got) {
			t.Errorf("%d runes, valid %v", n, utf8.ValidString(got))
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q in %q", r, got)
			}
		}
	})
}

// A next link is part of the header, and following it leads to a known host.
func FuzzNextLink(f *testing.F) {
	for _, h := range []string{
		`<https://api.sraps.snom.com/x?page=2>; rel="next"`, `<a>; rel=prev, <b>; rel=next`, `<;>;rel=next`, `<a>;x="\"";rel=next`, `<`, `<a>;rel="`,
		`<//evil.example/>; rel=next`, `<https://api.sraps.snom.com\@evil.example/>;rel=next`,
	} {
		f.Add(h)
	}
	c, err := sraps.New(sraps.Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, header string) {
		link := sraps.NextLink(header)
		if link != "" && !strings.Contains(header, link) {
			t.Fatalf("%q is not in %q", link, header)
		}
		got, err := c.Follow(link)
		if err != nil || got == "" {
			return
		}
		u, err := url.Parse(got)
		if err != nil || u.Scheme != "https" || u.User != nil || u.Port() != "" && u.Port() != "443" {
			t.Fatalf("%q leads to %q", header, got)
		}
		switch strings.ToLower(u.Hostname()) {
		case "api.sraps.snom.com", "secure-provisioning.snom.com":
		default:
			t.Fatalf("%q leads to %q", header, got)
		}
	})
}

// What decode takes, a reader that keeps the last of two fields reads the same as
// one that keeps the first: written out again it is as long in fields.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		`{"uuid":"a","links":{"self":"b"}}`, `[{"a":1},{"a":2}]`, `{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"a":"\"","b":{"a":[]}}`, `{} {}`, `nul`, `{"":{"":1}}`,
		`{"a":"}","b":"{\"c\":1,\"c\":2}"}`, `"\\"`, "{\"\xff\":1,\"\xfe\":2}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var v any
		if err := sraps.Decode(body, &v); err != nil {
			return
		}
		if !json.Valid(body) {
			t.Fatalf("took %q", body)
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := fields(t, again), fields(t, body); got != want {
			t.Errorf("%q has %d fields, read as %d", body, want, got)
		}
		var o sraps.Object
		if sraps.Decode(body, &o) == nil {
			_, _, _, _ = o.Text("a"), o.Bool("a"), o.Link("self"), o.Writable()
		}
	})
}

// fields counts the fields of all objects in a document, token by token.
func fields(t *testing.T, body []byte) int {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(body)))
	var walk func() int
	walk = func() int {
		tok, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		delim, ok := tok.(json.Delim)
		if !ok {
			return 0
		}
		n := 0
		for d.More() {
			if delim == '{' {
				if _, err := d.Token(); err != nil {
					t.Fatal(err)
				}
				n++
			}
			n += walk()
		}
		if _, err := d.Token(); err != nil {
			t.Fatal(err)
		}
		return n
	}
	return walk()
}

// A challenge moves our clock only if it was signed with our key.
func FuzzAttributes(f *testing.F) {
	for _, h := range []string{
		`Hawk ts="1353832234", tsm="2mw1eh/qXzl0wJZ/E6XvBhRMEJN7L3j8AyMA8eItEb0=", error="x"`, `Hawk mac="a\"b"`, `hawk a="`, `Hawk`, `Basic x`, `Hawk ts="1", ts="2"`,
	} {
		f.Add(h)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for name, v := range sraps.Attributes(header) {
			if name != strings.ToLower(name) || len(v) > len(header) {
				t.Errorf("%q: %q=%q", header, name, v)
			}
		}
		if at, ok := sraps.StaleTimestamp(header, vector.Key); ok && at.Unix() != 1353832234 {
			t.Errorf("%q proves %v", header, at)
		}
	})
}
