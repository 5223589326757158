package access_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

const day = 24 * time.Hour

func TestToken(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	expires := h.clock.Now().Add(90 * day)
	token, err := h.AddToken(t.Context(), root, "ci", ztp.Viewer, expires)
	if err != nil || !regexp.MustCompile(`^zt_[a-z2-7]{52}$`).MatchString(token.RevealSecret()) {
		t.Fatalf("a token of another form, %v", err)
	}
	row := ztp.Event{Actor: "local:root", Action: "token.added", Target: "ci", Outcome: ztp.OutcomeOK, Detail: "role viewer, expires 2026-04-02T03:04:05Z"}
	if diff := cmp.Diff(row, h.lastEvent(t)); diff != "" {
		t.Errorf("audit row, -want +got:\n%s", diff)
	}
	actor, err := h.Authenticate(t.Context(), token.RevealSecret())
	want := ztp.Actor{Kind: ztp.ActorToken, Name: "ci", Role: ztp.Viewer, Address: "192.0.2.1", RequestID: "req-1"}
	if diff := cmp.Diff(want, actor); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	list, err := h.ListTokens(t.Context(), looker)
	tokens := []ztp.APIToken{{Name: "ci", Role: ztp.Viewer, CreatedAt: h.clock.Now(), ExpiresAt: expires, UsedAt: h.clock.Now()}}
	if diff := cmp.Diff(tokens, list); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	if err := h.RevokeToken(t.Context(), root, "ci"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Authenticate(t.Context(), token.RevealSecret()); !ztp.IsCode(err, ztp.CodeUnauthenticated) {
		t.Errorf("a revoked token: %v", err)
	}
	if err := h.RevokeToken(t.Context(), root, "ci"); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("revoked twice: %v", err)
	}
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, err := h.AddToken(t.Context(), root, "ci", ztp.SuperAdmin, h.clock.Now().Add(day))
	if err != nil {
		t.Fatal(err)
	}
	h.clock.pass(day - time.Millisecond)
	if _, err := h.Authenticate(t.Context(), token.RevealSecret()); err != nil {
		t.Errorf("a moment before its end: %v", err)
	}
	h.clock.pass(time.Millisecond)
	expired := ztp.AsError(mustFail(h.Authenticate(t.Context(), token.RevealSecret())))
	unknown := ztp.AsError(mustFail(h.Authenticate(t.Context(), "zt_"+strings.Repeat("a", 52))))
	if diff := cmp.Diff(*unknown, *expired); diff != "" || expired.Code != ztp.CodeUnauthenticated {
		t.Errorf("an expired and an unknown token are told apart:\n%s", diff)
	}
}

func mustFail(_ ztp.Actor, err error) error { return err }

func TestTokenUseIsNotedOnceAMinute(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, err := h.AddToken(t.Context(), root, "ci", ztp.SuperAdmin, h.clock.Now().Add(day))
	if err != nil {
		t.Fatal(err)
	}
	first := h.clock.Now()
	for _, c := range []struct {
		pass time.Duration
		want time.Time
	}{
		{0, first}, {30 * time.Second, first}, {29 * time.Second, first},
		{time.Second, first.Add(time.Minute)}, {59 * time.Second, first.Add(time.Minute)},
	} {
		h.clock.pass(c.pass)
		if _, err := h.Authenticate(t.Context(), token.RevealSecret()); err != nil {
			t.Fatal(err)
		}
		list, err := h.ListTokens(t.Context(), root)
		if err != nil || len(list) != 1 || !list[0].UsedAt.Equal(c.want) {
			t.Errorf("at %s: used at %s, want %s (%v)", h.clock.Now(), list[0].UsedAt, c.want, err)
		}
	}
}

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	token, err := h.AddToken(t.Context(), root, "ci", ztp.SuperAdmin, h.clock.Now().Add(day))
	if err != nil {
		t.Fatal(err)
	}
	plain := token.RevealSecret()
	for what, bearer := range map[string]string{
		"empty": "", "prefix alone": "zt_", "one short": plain[:len(plain)-1], "one long": plain + "a", "upper case": strings.ToUpper(plain),
		"space": plain + " ", "without prefix": plain[3:], "scheme": "Bearer " + plain, "NUL": "zt_" + strings.Repeat("\x00", 52), "a megabyte": strings.Repeat("z", 1<<20),
		"another": "zt_" + strings.Repeat("b", 52),
	} {
		if actor, err := h.Authenticate(t.Context(), bearer); !ztp.IsCode(err, ztp.CodeUnauthenticated) || actor != (ztp.Actor{}) {
			t.Errorf("%s: %v, %v", what, actor, err)
		}
	}
	for what, c := range map[string]struct {
		name    string
		role    ztp.Role
		expires time.Duration
		field   string
	}{
		"no name": {"", ztp.Viewer, day, "name"}, "bad name": {"a:b", ztp.Viewer, day, "name"}, "taken": {"ci", ztp.Viewer, day, "name"},
		"bad role": {"x", "root", day, "role"}, "past": {"x", ztp.Viewer, 0, "expires"}, "for ever": {"x", ztp.Viewer, 30 * 365 * day, "expires"},
	} {
		got, err := h.AddToken(t.Context(), root, c.name, c.role, h.clock.Now().Add(c.expires))
		if ztp.AsError(err).Fields[c.field] == "" || !got.IsZero() {
			t.Errorf("%s: want a field error for %s, got %v", what, c.field, err)
		}
	}
}
