package ztp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

var (
	nonce  = strings.Repeat("0123456789abcdef", 2)
	other  = strings.Repeat("f", 32)
	labels = ztp.Link{Nonce: nonce}.Labels("production")
)

func TestCompanyLabel(t *testing.T) {
	t.Parallel()
	name := labels.Company("Acme [EU]")
	if want := "Acme [EU] [zt:production:" + nonce + "]"; name != want {
		t.Errorf("want %q, got %q", want, name)
	}
	got, ok := ztp.ParseCompanyLabel(name)
	if diff := cmp.Diff(ztp.Label{Installation: "production", Nonce: nonce, Name: "Acme [EU]"}, got); !ok || diff != "" {
		t.Errorf("ok %v, -want +got:\n%s", ok, diff)
	}
	for what, c := range map[string]struct {
		name string
		ours bool
	}{
		"as made":                {name, true},
		"platform renamed since": {"Other name [zt:production:" + nonce + "]", true},
		// A platform whose own name looks like a label: the last one counts.
		"label in the name":    {"A [zt:production:" + nonce + "] [zt:production:" + other + "]", false},
		"own label after it":   {"A [zt:production:" + other + "] [zt:production:" + nonce + "]", true},
		"other nonce":          {"Acme [zt:production:" + other + "]", false},
		"other installation":   {"Acme [zt:staging:" + nonce + "]", false},
		"longer installation":  {"Acme [zt:production-2:" + nonce + "]", false},
		"no space":             {"Acme[zt:production:" + nonce + "]", false},
		"something behind":     {name + " copy", false},
		"line break behind":    {name + "\n", false},
		"upper-case nonce":     {"Acme [zt:production:" + strings.ToUpper(nonce) + "]", false},
		"prefix of the nonce":  {"Acme [zt:production:" + nonce[:31] + "]", false},
		"nonce and more":       {"Acme [zt:production:" + nonce + "0]", false},
		"label of a key":       {labels.Key(1), false},
		"no nonce":             {"Acme [zt:production:]", false},
		"plain":                {"Acme", false},
		"empty":                {"", false},
		"break before":         {"A\n [zt:production:" + nonce + "]", false},
		"brackets not closed":  {"Acme [zt:production:" + nonce, false},
		"installation in caps": {"Acme [zt:Production:" + nonce + "]", false},
	} {
		if got := labels.OwnsCompany(c.name); got != c.ours {
			t.Errorf("%s: want ours %v, got %v", what, c.ours, got)
		}
	}
	// A link that was never touched has no nonce, and owns nothing.
	if (ztp.Labels{Installation: "production"}).OwnsCompany("Acme [zt:production:]") {
		t.Error("a link without a nonce owns a company")
	}
}

func TestKeyLabel(t *testing.T) {
	t.Parallel()
	if n, ok := labels.KeyNumber(labels.Key(12)); n != 12 || !ok {
		t.Errorf("own key 12: %d, %v", n, ok)
	}
	stem := "zt:production:" + nonce
	for what, name := range map[string]string{
		"other nonce": "zt:production:" + other + ":1", "other installation": "zt:staging:" + nonce + ":1",
		"zero": stem + ":0", "negative": stem + ":-1", "plus": stem + ":+1", "leading zero": stem + ":01",
		"not a number": stem + ":one", "profile": labels.Profile("D-Series"), "more": stem + ":1:2", "space": stem + ":1 ",
		"line break": stem + ":1\n", "too large": stem + ":99999999999999999999", "stem alone": stem, "no number": stem + ":",
		"prefix": "x" + stem + ":1", "company": labels.Company("Acme"), "empty": "",
	} {
		if n, ok := labels.KeyNumber(name); ok || n != 0 {
			t.Errorf("%s: %q taken for key %d", what, name, n)
		}
	}
	if _, ok := (ztp.Labels{Installation: "production"}).KeyNumber("zt:production::1"); ok {
		t.Error("a link without a nonce owns a key")
	}
}

func TestProfileLabel(t *testing.T) {
	t.Parallel()
	got, ok := ztp.ParseObjectLabel(labels.Profile("D-Series"))
	if diff := cmp.Diff(ztp.Label{Installation: "production", Nonce: nonce, Rest: "D-Series"}, got); !ok || diff != "" {
		t.Errorf("ok %v, -want +got:\n%s", ok, diff)
	}
}

func FuzzParseCompanyLabel(f *testing.F) {
	f.Add(labels.Company("Acme"))
	f.Add("A [zt:a:" + nonce + "] [zt:b:" + other + "]")
	f.Add("[zt::]")
	f.Fuzz(func(t *testing.T, name string) {
		l, ok := ztp.ParseCompanyLabel(name)
		if !ok {
			if l != (ztp.Label{}) {
				t.Errorf("%q: refused, yet %+v", name, l)
			}
			return
		}
		b := ztp.Labels{Installation: l.Installation, Nonce: l.Nonce}
		if !ztp.ValidInstallation(l.Installation) || len(l.Nonce) != 32 || !strings.HasSuffix(name, b.Company("")) || !b.OwnsCompany(name) {
			t.Errorf("%q: read as %+v", name, l)
		}
	})
}
