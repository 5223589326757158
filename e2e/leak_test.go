package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// secrets are what must not be found, by what they are.
type secrets map[string]string

// add keeps one more; an empty one would be found everywhere and shows a mistake
// of the test.
func (s secrets) add(t *testing.T, what, value string) {
	t.Helper()
	if len(value) < 8 {
		t.Fatalf("%s: %d characters are no secret to search for", what, len(value))
	}
	s[what] = value
}

// written is text that the product wrote, by where.
type written map[string]string

// files adds every file below the folder, but no key file: the key that seals the
// database lies there on purpose.
func (w written) files(t *testing.T, when, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || d.Name() == "zerotouch.key" {
			return err
		}
		text, err := os.ReadFile(path)
		w["file "+d.Name()+", "+when] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// search fails the test for every secret that is found anywhere.
func (w written) search(t *testing.T, s secrets) {
	t.Helper()
	for _, l := range w.found(s) {
		t.Errorf("%s is in the open: %s: …%q…", l.what, l.where, l.around)
	}
}

// leak is a secret in the open.
type leak struct{ what, where, around string }

// found are the secrets that are anywhere, in whole or in half, as they are or as one
// of the usual encodings writes them.
func (w written) found(s secrets) (leaks []leak) {
	for _, what := range slices.Sorted(maps.Keys(s)) {
		for _, form := range forms(s[what]) {
			for _, where := range slices.Sorted(maps.Keys(w)) {
				if at := strings.Index(w[where], form); at >= 0 {
					text := w[where]
					around := strings.ReplaceAll(text[max(0, at-60):min(len(text), at+len(form)+20)], form, "<it>")
					leaks = append(leaks, leak{what, where, around})
				}
			}
		}
	}
	return leaks
}

// forms are the ways in which a secret may be written. Half a secret of 32
// characters and more is one too.
func forms(secret string) []string {
	plain := []string{secret}
	if len(secret) >= 32 {
		plain = append(plain, secret[:16], secret[len(secret)-16:])
	}
	var all []string
	for _, p := range plain {
		all = append(all, p, strings.ToUpper(p), url.QueryEscape(p), hex.EncodeToString([]byte(p)))
		// In base64 a text looks different at each of three offsets; the ends, which its
		// neighbours spoil, are left out.
		for skip := range 3 {
			padded := append(bytes.Repeat([]byte{0}, skip), p...)
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				text := enc.EncodeToString(padded)
				all = append(all, text[4:len(text)-4])
			}
		}
	}
	if raw, err := hex.DecodeString(secret); err == nil {
		all = append(all, string(raw), base64.StdEncoding.EncodeToString(raw))
	}
	slices.Sort(all)
	return slices.DeleteFunc(slices.Compact(all), func(form string) bool { return len(form) < 8 })
}

// A search that finds nothing anywhere would let every leak pass.
func TestSearchFindsPlantedSecrets(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdef0123456789abcdef"
	raw, err := hex.DecodeString(secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"as it is":        "key=" + secret + " ",
		"upper case":      "key=" + strings.ToUpper(secret),
		"first half":      "key=" + secret[:16] + "…",
		"last half":       "…" + secret[16:],
		"base64":          base64.StdEncoding.EncodeToString([]byte("user:" + secret + "\n")),
		"base64, shifted": base64.URLEncoding.EncodeToString([]byte("users:" + secret)),
		"hex":             hex.EncodeToString([]byte(secret)),
		"its bytes":       "x" + string(raw) + "y",
	} {
		if !slices.ContainsFunc(forms(secret), func(form string) bool { return strings.Contains(text, form) }) {
			t.Errorf("%s: not found in %q", name, text)
		}
	}
	for _, form := range forms(secret) {
		if strings.Contains("time=2026-11-24T01:55:47Z level=INFO msg=request address=127.0.0.1 bytes=32 c2VjcmV0 0123456789", form) {
			t.Errorf("%q is found where no secret is", form)
		}
	}
}
