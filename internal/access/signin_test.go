package access_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/ztp"
)

func TestSignIn(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	// As people type it.
	actor, cookie, err := h.SignIn(t.Context(), " Ann ", good, "203.0.113.9")
	want := ztp.Actor{Kind: ztp.ActorUser, Name: "ann", Role: ztp.SuperAdmin, Address: "203.0.113.9", RequestID: "req-1"}
	if diff := cmp.Diff(want, actor); diff != "" || err != nil || cookie == nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	row := ztp.Event{Actor: "ann", Address: "203.0.113.9", RequestID: "req-1", Action: "user.signed_in", Target: "ann", Outcome: ztp.OutcomeOK}
	if diff := cmp.Diff(row, h.lastEvent(t)); diff != "" {
		t.Errorf("audit row, -want +got:\n%s", diff)
	}
}

// TestSignInRefusalsAreEqual: what comes back for a wrong name, a wrong password
// and nonsense does not tell which it was.
func TestSignInRefusalsAreEqual(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	want := ztp.Error{Code: ztp.CodeUnauthenticated, Detail: "Name or password is wrong."}
	for i, c := range []struct {
		name     string
		password ztp.Secret
		target   string
	}{
		{"ann", wrong, "ann"},
		{"ann", ztp.Secret{}, "ann"},
		{"ann", ztp.NewSecret(strings.Repeat("x", 1<<20)), "ann"},
		{"bob", good, ""},
		{"", good, ""},
		{"correct horse battery", good, ""}, // the password in the wrong field
		{"ann\x00", good, ""},
		{"\xff\xfe", good, ""},
		{strings.Repeat("a", 1<<20), good, ""},
	} {
		address := fmt.Sprintf("198.51.100.%d", i)
		actor, cookie, err := h.SignIn(t.Context(), c.name, c.password, address)
		if diff := cmp.Diff(want, *ztp.AsError(err)); diff != "" || cookie != nil || actor != (ztp.Actor{}) {
			t.Errorf("case %d: actor %v, -want +got:\n%s", i, actor, diff)
		}
		e := h.lastEvent(t)
		if e.Actor != "system:sign-in" || e.Action != "user.sign_in" || e.Outcome != ztp.OutcomeRefused || e.Target != c.target || e.Address != address {
			t.Errorf("case %d: audit row %+v", i, e)
		}
	}
	for _, e := range h.events(t) {
		if strings.Contains(e.Target+e.Detail, "horse") {
			t.Errorf("the audit log holds what was typed as name: %+v", e)
		}
	}
}

// TestSignInAlwaysHashes: a name that nobody has costs the same hash, or the time
// of the answer would tell. With every place to hash taken, each kind of try waits
// for one until its request is given up; a way around the hash would answer.
func TestSignInAlwaysHashes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	release := h.OccupyHashing()
	for _, name := range []string{"ann", "bob", "!", ""} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		if _, _, err := h.SignIn(ctx, name, wrong, "198.51.100.1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("name %q: answered without hashing: %v", name, err)
		}
		cancel()
	}
	release()
	hash, err := h.HashPassword(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	dummy := h.DummyHash()
	if cost := hash[:strings.LastIndex(hash[:len(hash)-44], "$")]; !strings.HasPrefix(dummy, cost) || len(dummy) != len(hash) {
		t.Errorf("the hash for nobody, %s, does not cost what %s does", dummy, cost)
	}
	if ok, err := h.VerifyPassword(t.Context(), dummy, good); ok || err != nil {
		t.Errorf("the hash for nobody: %v, %v", ok, err)
	}
}

func TestSignInRests(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	const address = "198.51.100.7"
	for i := range 5 {
		if _, _, err := h.SignIn(t.Context(), "ann", wrong, address); !ztp.IsCode(err, ztp.CodeUnauthenticated) {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	before := len(h.events(t))
	_, _, err := h.SignIn(t.Context(), "ann", good, address)
	if e := ztp.AsError(err); e.Code != ztp.CodeTooManyRequests || e.RetryAfter < 5*time.Second || e.RetryAfter > time.Minute {
		t.Errorf("after five failures: %v, RetryAfter %s", err, e.RetryAfter)
	}
	if len(h.events(t)) != before {
		t.Error("a try that has to rest is written down, which anybody could do without end")
	}
	// Others are not locked out: the same user elsewhere, another user here.
	if _, _, err := h.SignIn(t.Context(), "ann", good, "203.0.113.1"); err != nil {
		t.Errorf("from another address: %v", err)
	}
	h.mustAddUser(t, "bob", ztp.Viewer)
	if _, _, err := h.SignIn(t.Context(), "bob", good, address); err != nil {
		t.Errorf("another user: %v", err)
	}
	h.clock.pass(ztp.AsError(err).RetryAfter)
	if _, _, err := h.SignIn(t.Context(), "ann", good, address); err != nil {
		t.Errorf("after the rest: %v", err)
	}
	// Success forgets the failures.
	for i := range 5 {
		if _, _, err := h.SignIn(t.Context(), "ann", wrong, address); !ztp.IsCode(err, ztp.CodeUnauthenticated) {
			t.Fatalf("try %d after a success: %v", i+1, err)
		}
	}
}

func TestRests(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := access.NewRests()
	// Rests double from five seconds to five minutes.
	var got []time.Duration
	for range 14 {
		if wait := r.Try("ann", "198.51.100.7", now); wait != 0 {
			t.Fatalf("has to wait %s after the rest", wait)
		}
		wait := r.Try("ann", "198.51.100.7", now)
		if wait == 0 {
			continue // it was one of the free ones, counted twice
		}
		got = append(got, wait)
		now = now.Add(wait)
	}
	want := []time.Duration{5, 10, 20, 40, 80, 160, 300, 300}
	for i := range want {
		want[i] *= time.Second
	}
	if diff := cmp.Diff(want, got[:min(len(got), len(want))]); diff != "" {
		t.Errorf("rests, -want +got:\n%s", diff)
	}
	now = now.Add(15 * time.Minute)
	for i := range 5 {
		if wait := r.Try("ann", "198.51.100.7", now); wait != 0 {
			t.Errorf("try %d after a long calm waits %s", i+1, wait)
		}
	}
}

func TestRestsOfAnAddress(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := access.NewRests()
	// Stuffing: one address tries many accounts once each, out of one /64.
	free := 0
	for i := range 100 {
		if r.Try(fmt.Sprintf("user%d", i), fmt.Sprintf("2001:db8:1:2::%x", i), now) == 0 {
			free++
		}
	}
	if free != 30 {
		t.Errorf("an address has %d tries over all accounts, want 30", free)
	}
	if wait := r.Try("ann", "2001:db8:1:3::1", now); wait != 0 {
		t.Errorf("the next network has to wait %s", wait)
	}
	// An office of many who sign in rightly never rests.
	for i := range 200 {
		name := fmt.Sprintf("user%d", i)
		if wait := r.Try(name, "203.0.113.5", now); wait != 0 {
			t.Fatalf("sign-in %d of an office waits %s", i+1, wait)
		}
		r.Succeeded(name, "203.0.113.5", now)
	}
	// IPv4 written as IPv6 is the same address.
	for range 5 {
		r.Try("eve", "203.0.113.9", now)
	}
	if wait := r.Try("eve", "::ffff:203.0.113.9", now); wait == 0 {
		t.Error("another spelling of the address is a fresh start")
	}
}

func TestRestsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := access.NewRests()
	for i := range access.MaxRests + 500 {
		r.Try("ann", fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255), now)
	}
	if r.Len() > access.MaxRests+1 {
		t.Errorf("the table has grown to %d rows", r.Len())
	}
}

// TestParallelTries: fifty at once are not fifty free tries.
func TestParallelTries(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := access.NewRests()
	waits := make(chan time.Duration, 50)
	for range 50 {
		go func() { waits <- r.Try("ann", "198.51.100.7", now) }()
	}
	free := 0
	for range 50 {
		if <-waits == 0 {
			free++
		}
	}
	if free != 5 {
		t.Errorf("%d of 50 parallel tries went through, want 5", free)
	}
}

// TestUnreadableHash: a row that cannot be checked is a refusal like any other.
func TestUnreadableHash(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	now := h.clock.Now()
	if err := h.store.CreateUser(t.Context(), ztp.User{Name: "old", Role: ztp.Viewer, PasswordHash: "plain", CreatedAt: now, UpdatedAt: now}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.SignIn(t.Context(), "old", ztp.NewSecret("plain"), ""); !ztp.IsCode(err, ztp.CodeUnauthenticated) {
		t.Errorf("want unauthenticated, got %v", err)
	}
}
