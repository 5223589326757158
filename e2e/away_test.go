package e2e_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
)

// TestDatabaseAway stops PostgreSQL below a server: API, command line and pages say what is
// so and what to do, the log says it once, and all goes on when it is back.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	pg, err := pgtest.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pg.Stop)
	in := newInstallation(t, durable(t, pg), "http://127.0.0.1:1")
	in.platform(t, "acme-1")
	in.verb(t, "a password for tests\n", "user", "add", "ann", "--role", "super-admin")
	b := newBrowser(t, in, "ann", "a password for tests")
	_, page := b.get(t, "/platforms")
	_, css, _ := strings.Cut(page, `<link rel="stylesheet" href="`)
	css, _, _ = strings.Cut(css, `"`)
	pg.Halt()

	for range 10 {
		_, err := in.client.CreatePlatform(t.Context(), api.NewPlatform{Name: "Never"})
		var e *api.Error
		if !api.IsCode(err, "database_unavailable") || !errors.As(err, &e) || e.Status != http.StatusServiceUnavailable || e.RetryAfter <= 0 ||
			!strings.Contains(e.Detail, "Nothing was changed") || e.Remedy == "" || e.RequestID == "" {
			t.Errorf("API: %v", err)
		}
		for path, want := range map[string]string{"/platforms": "Try again", "/platforms/acme-1": "Try again", "/health": "Try again"} {
			status, text := b.get(t, path)
			if status != http.StatusServiceUnavailable || !strings.Contains(text, "Retry-After: ") || !strings.Contains(text, "database_unavailable") ||
				!strings.Contains(text, "<h1") || !strings.Contains(text, want) || !strings.Contains(text, "Nothing was changed") {
				t.Errorf("%s: %d\n%s", path, status, text)
			}
		}
	}
	if status, text := b.post(t, "/platforms", url.Values{"name": {"Never"}}); status != http.StatusServiceUnavailable || !strings.Contains(text, "database_unavailable") {
		t.Errorf("a form: %d\n%s", status, text)
	}
	if status, _ := b.get(t, css); status != http.StatusOK || css == "" {
		t.Errorf("its style %q: %d", css, status)
	}
	if status, text := b.fragment(t, "/platforms/acme-1"); status != http.StatusServiceUnavailable || !strings.Contains(text, "Hx-Retarget: #dialog") || strings.Contains(text, "<html") {
		t.Errorf("a fragment: %d\n%s", status, text)
	}
	in.env = append(in.env, "ZEROTOUCH_URL="+in.admin, "ZEROTOUCH_TOKEN="+in.token)
	if code, said := verbFails(t, in, "platform", "list"); code != 1 || !strings.Contains(said, "(database_unavailable)") || !strings.Contains(said, "Try again in a few seconds") {
		t.Errorf("remote: exit %d: %s", code, said)
	}
	if code, said := verbFails(t, in, "user", "list"); code != 1 || !strings.Contains(said, "PostgreSQL cannot be reached") {
		t.Errorf("local: exit %d: %s", code, said)
	}
	for _, message := range []string{`msg="page failed"`, `msg="request failed"`} {
		if n := strings.Count(in.server.log.String(), message); n != 1 {
			t.Errorf("%s stands %d times in the log", message, n)
		}
	}
	if err := pg.Resume(); err != nil {
		t.Fatal(err)
	}
	until(t, "the database is back", startTimeout, func() bool { return in.ready(t) })
	if p, err := in.client.Platform(t.Context(), "acme-1"); err != nil || p.Slug != "acme-1" {
		t.Errorf("afterwards: %+v, %v", p, err)
	}
	if status, text := b.get(t, "/platforms"); status != http.StatusOK || !strings.Contains(text, "acme-1") {
		t.Errorf("the session is gone: %d", status)
	}
	if n := strings.Count(in.server.log.String(), "the database answers again"); n != 1 {
		t.Errorf("that it is back is told %d times", n)
	}
}
