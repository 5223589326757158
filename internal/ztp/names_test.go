package ztp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// check compares a predicate with what it should say about each text.
func check(t *testing.T, what string, f func(string) bool, good, bad []string) {
	t.Helper()
	for _, s := range good {
		if !f(s) {
			t.Errorf("%s refuses %.60q", what, s)
		}
	}
	for _, s := range bad {
		if f(s) {
			t.Errorf("%s takes %.60q", what, s)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	check(t, "slug", ztp.ValidSlug,
		[]string{"a", "0", "acme", "acme-2", "a-", strings.Repeat("a", 40), "news"},
		[]string{"", "new", "-a", "A", "a_b", "a.b", "ä", "a b", "a\n", "a/b", strings.Repeat("a", 41), "a%2f"})
	check(t, "installation", ztp.ValidInstallation,
		[]string{"production", "p", "eu-1", "-", strings.Repeat("a", 32)},
		[]string{"", "Production", "a:b", "a]", "a b", "a\n", strings.Repeat("a", 33)})
	check(t, "id", ztp.ValidID,
		[]string{ztp.NewID(), strings.Repeat("a", 26), strings.Repeat("7", 26)},
		[]string{"", strings.Repeat("a", 25), strings.Repeat("a", 27), strings.Repeat("A", 26), strings.Repeat("1", 26)})
	check(t, "key id", ztp.ValidKeyID,
		[]string{"ck_1", "a", "A-b_C", strings.Repeat("a", 128)},
		[]string{"", "a b", "a/b", "a\n", "a:b", "ä", "..", strings.Repeat("a", 129)})
	check(t, "name", ztp.ValidName,
		[]string{"A", "Müller & Söhne <GmbH>", "日本電話", strings.Repeat("ä", 120), `"quoted"`},
		[]string{"", " a", "a ", "a\nb", "a\tb", "a\x00b", "a\x7fb", "a\u0085b", "a\u202eb", "a\u2066b", "a\u2028b", "\ufeffa", "a\xff", strings.Repeat("ä", 121)})
}

func TestSlugify(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Acme Telecom": "acme-telecom", "  Acme  ": "acme", "A&B": "a-b", "Müller": "m-ller", "---": "", "": "",
		"new": "", "日本": "", "a": "a", "x-" + strings.Repeat("y", 80): "x-" + strings.Repeat("y", 37),
	} {
		if got := ztp.Slugify(name); got != want {
			t.Errorf("Slugify(%q): want %q, got %q", name, want, got)
		}
	}
}

func FuzzSlugify(f *testing.F) {
	f.Add("Acme Telecom")
	f.Add("a " + strings.Repeat("b c", 30))
	f.Fuzz(func(t *testing.T, name string) {
		if s := ztp.Slugify(name); s != "" && !ztp.ValidSlug(s) {
			t.Errorf("Slugify(%q) gives the invalid %q", name, s)
		}
	})
}

func TestValidateNames(t *testing.T) {
	t.Parallel()
	if err := ztp.ValidateNames("acme", "Acme", ""); err != nil {
		t.Errorf("good names: %v", err)
	}
	err := ztp.ValidateNames("new", " ", "a\nb")
	var fields []string
	for _, f := range []string{"slug", "name", "external_id"} {
		if ztp.AsError(err).Fields[f] != "" {
			fields = append(fields, f)
		}
	}
	if diff := cmp.Diff([]string{"slug", "name", "external_id"}, fields); diff != "" || !ztp.IsCode(err, ztp.CodeInvalid) {
		t.Errorf("%v, fields -want +got:\n%s", err, diff)
	}
}

// Who has named no slug is told that one is needed, not how theirs is wrong.
func TestValidateNames_NoSlug(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"New", "北京"} {
		err := ztp.ValidateNames(ztp.Slugify(name), name, "")
		want := "No slug can be made from this name. Give one of 1 to 40 characters: a-z, 0-9 and dashes, not starting with a dash."
		if diff := cmp.Diff(map[string]string{"slug": want}, ztp.AsError(err).Fields); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestRandomValues(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 1000 {
		id, nonce, token := ztp.NewID(), ztp.NewNonce(), ztp.NewToken().RevealSecret()
		if len(nonce) != 32 || len(token) != 32 || seen[id] || seen[nonce] || seen[token] {
			t.Fatalf("%q, %q, token of %d characters: wrong or seen before", id, nonce, len(token))
		}
		seen[id], seen[nonce], seen[token] = true, true, true
	}
}

func TestActors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		actor       ztp.Actor
		name        string
		sees, moves bool
	}{
		{ztp.Actor{Kind: ztp.ActorUser, Name: "ann", Role: ztp.SuperAdmin}, "ann", true, true},
		{ztp.Actor{Kind: ztp.ActorUser, Name: "vic", Role: ztp.Viewer}, "vic", true, false},
		{ztp.Actor{Kind: ztp.ActorToken, Name: "ci", Role: ztp.Viewer}, "token:ci", true, false},
		{ztp.Actor{Kind: ztp.ActorLocal, Name: "root", Role: ztp.SuperAdmin}, "local:root", true, true},
		{ztp.System("orchestrator"), "system:orchestrator", true, true},
		{ztp.Actor{Kind: ztp.ActorUser, Name: "nobody"}, "nobody", false, false},
		{ztp.Actor{Kind: ztp.ActorUser, Name: "odd", Role: "admin"}, "odd", false, false},
	} {
		if got := c.actor.String(); got != c.name || c.actor.MaySee() != c.sees || c.actor.MayChange() != c.moves {
			t.Errorf("%+v: %q, sees %v, changes %v", c.actor, got, c.actor.MaySee(), c.actor.MayChange())
		}
	}
	for _, s := range []string{"", "admin", "Viewer", "super-admin "} {
		if r, err := ztp.ParseRole(s); r != "" || ztp.AsError(err).Fields["role"] == "" {
			t.Errorf("role %q: %q, %v", s, r, err)
		}
	}
}
