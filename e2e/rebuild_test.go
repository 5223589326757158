package e2e_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
)

// TestRebuild loses database and key of an installation, and takes up from the vendor
// what was there, killed in the middle. Phones are redirected and served as before.
func TestRebuild(t *testing.T) {
	skipInShort(t)
	t.Parallel()
	for name, dsn := range map[string]func(testing.TB) string{
		"SQLite":     func(testing.TB) string { return "" },
		"PostgreSQL": pgtest.DSN,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSnom(t, latency/4)
			in := newInstallation(t, dsn(t), s.base)
			in.seed(t, s)
			slugs := []string{"one-1", "two-2", "off-3"}
			for _, slug := range slugs {
				in.platform(t, slug)
				onboarded(t, in, slug)
			}
			a, err := in.client.Disable(t.Context(), "off-3", "snom", api.Disable{})
			in.done(t, a, err)
			in.boots(t, s, mac("one-1", 0))
			before := s.phones(t, slugs)

			in.lose(t, dsn(t))
			in.seed(t, s)
			if name == "SQLite" { // elsewhere the leases of the dead have to end first
				in.killRebuilding(t, s)
			}
			out := verbWithin(t, 2*settled, in.program, in.remoteEnv(), "", "rebuild", "snom", "--wait")
			for _, want := range []string{"Rebuild of one-1 at snom: done", "Rebuild of two-2 at snom: done", "Rebuild of off-3 at snom: done", "Lost for good"} {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in:\n%s", want, out)
				}
			}
			if d := cmp.Diff(before, s.phones(t, slugs)); d != "" {
				t.Errorf("what phones notice (-before +after):\n%s", d)
			}
			for _, slug := range slugs[:2] {
				in.rebuilt(t, slug, api.LinkConfigured, api.EndpointCounts{Listed: 2})
				in.boots(t, s, mac(slug, 1))
			}
			in.rebuilt(t, "off-3", api.LinkNotConfigured, api.EndpointCounts{Paused: 2})
		})
	}
}

// killRebuilding begins a rebuild and kills the server when the first key is made. The
// key of another company may be decided then and not asked for: it counts as lost, and is
// made, when the vendor has settled.
func (in *installation) killRebuilding(t *testing.T, s *snom) {
	t.Helper()
	mark := len(s.calls(t))
	in.remote(t, "rebuild", "snom")
	until(t, "a key is made", startTimeout, func() bool { return slices.ContainsFunc(s.calls(t)[mark:], post) })
	in.kill(t)
	in.start(t)
}

// lose ends the server and takes away its data, and starts one on an empty database
// under the same name, as somebody does who has nothing left.
func (in *installation) lose(t *testing.T, dsn string) {
	t.Helper()
	in.kill(t)
	if err := os.RemoveAll(in.dir); err != nil {
		t.Fatal(err)
	}
	for i, v := range in.env {
		if strings.HasPrefix(v, "ZEROTOUCH_DATABASE=") {
			in.env[i] = "ZEROTOUCH_DATABASE=" + dsn
		}
	}
	in.start(t)
	in.token = strings.TrimSpace(in.verb(t, "", "token", "add", "e2e"))
	var err error
	if in.client, err = api.New(in.admin, in.token); err != nil {
		t.Fatal(err)
	}
}

// remote runs a verb that goes through the API.
func (in *installation) remote(t *testing.T, args ...string) string {
	t.Helper()
	return verb(t, in.program, in.remoteEnv(), "", args...)
}

func (in *installation) remoteEnv() []string {
	return []string{"ZEROTOUCH_URL=" + in.admin, "ZEROTOUCH_TOKEN=" + in.token}
}

// boots resets a phone and boots it: it has to be redirected and served.
func (in *installation) boots(t *testing.T, s *snom, mac string) {
	t.Helper()
	at, _, _ := strings.Cut(s.base, "/api/")
	out := verb(t, in.program, nil, "", "phone", "--mac", mac, "--redirection-url", at, "--state", filepath.Join(t.TempDir(), "phone.json"))
	if !strings.Contains(out, "provisioned by redirection") {
		t.Errorf("phone %s:\n%s", mac, out)
	}
}

// rebuilt checks a link after the rebuild, and that what is lost is said on it.
func (in *installation) rebuilt(t *testing.T, slug, state string, phones api.EndpointCounts) {
	t.Helper()
	l, err := in.client.Link(t.Context(), slug, "snom")
	if err != nil {
		t.Fatal(err)
	}
	if l.State != state || l.Endpoints != phones || l.Error == nil || !strings.Contains(l.Error.Title, "rebuilt") || (l.Credential == nil) == (state == api.LinkConfigured) {
		t.Errorf("%s: %+v, error %+v", slug, l, l.Error)
	}
}

// phones are the profiles and phones of platforms at the vendor.
func (s *snom) phones(t *testing.T, platforms []string) map[string][]any {
	t.Helper()
	all := map[string][]any{}
	for _, p := range platforms {
		found := s.companies(t, p)
		if len(found) != 1 {
			t.Fatalf("%d companies of %s", len(found), p)
		}
		all[p] = []any{found[0].Profiles, found[0].Endpoints}
	}
	return all
}
