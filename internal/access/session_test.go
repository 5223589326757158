package access_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/ztp"
)

func TestSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	b := &browser{h: h}
	if _, ok := b.visit(t); ok {
		t.Error("somebody is signed in without a session")
	}
	b.mustSignIn(t, "ann")
	want := ztp.Actor{Kind: ztp.ActorUser, Name: "ann", Role: ztp.SuperAdmin, Address: "192.0.2.1", RequestID: "req-1"}
	got, ok := b.visit(t)
	if diff := cmp.Diff(want, got); diff != "" || !ok {
		t.Errorf("signed in %v, -want +got:\n%s", ok, diff)
	}
	var out *http.Cookie
	b.in(t, func(ctx context.Context) {
		var err error
		if out, err = h.SignOut(ctx); err != nil {
			t.Fatal(err)
		}
	})
	if out.Name != b.cookie.Name || out.Value != "" || out.MaxAge >= 0 || out.Path != "/" || !out.Secure {
		t.Errorf("the cookie is not removed by %v", out)
	}
	// The old cookie is replayed.
	if _, ok := b.visit(t); ok {
		t.Error("still signed in after signing out")
	}
	var actions []string
	for _, e := range h.events(t) {
		actions = append(actions, e.Actor+" "+e.Action)
	}
	if diff := cmp.Diff([]string{"local:root user.added", "ann user.signed_in", "ann user.signed_out"}, actions); diff != "" {
		t.Errorf("audit log, -want +got:\n%s", diff)
	}
}

func TestCookie(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		plain bool
		want  string
	}{
		{false, "__Host-zerotouch=; Path=/; HttpOnly; Secure; SameSite=Lax"},
		{true, "zerotouch=; Path=/; HttpOnly; SameSite=Lax"},
	} {
		h := newHouse(t, func(cfg *access.Config) { cfg.PlainHTTP = c.plain })
		h.mustAddUser(t, "ann", ztp.Viewer)
		b := &browser{h: h}
		b.mustSignIn(t, "ann")
		if got := strings.Replace(b.cookie.String(), b.cookie.Value, "", 1); got != c.want || len(b.cookie.Value) < 43 {
			t.Errorf("want %s, got %s with a value of %d characters", c.want, got, len(b.cookie.Value))
		}
	}
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.Viewer)
	// Idle: fourteen minutes between requests are fine, fifteen are not.
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	for range 10 {
		h.clock.pass(14 * time.Minute)
		if _, ok := b.visit(t); !ok {
			t.Fatal("signed out after 14 minutes")
		}
	}
	h.clock.pass(15 * time.Minute)
	if _, ok := b.visit(t); ok {
		t.Error("still signed in after 15 minutes without a request")
	}
	// In all: eight hours, however busy.
	b.mustSignIn(t, "ann")
	for end := h.clock.Now().Add(8 * time.Hour); h.clock.Now().Add(5 * time.Minute).Before(end); h.clock.pass(5 * time.Minute) {
		if _, ok := b.visit(t); !ok {
			t.Fatalf("signed out %s before the end", end.Sub(h.clock.Now()))
		}
	}
	h.clock.pass(5 * time.Minute)
	if _, ok := b.visit(t); ok {
		t.Error("still signed in after 8 hours")
	}
}

// TestPollingExtendsNoSession: a page left open asks every two seconds, and its
// user is signed out all the same.
func TestPollingExtendsNoSession(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.Viewer)
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	for range 14 {
		h.clock.pass(time.Minute)
		if actor, ok := b.visit(t, access.PollHeader); !ok || actor.Name != "ann" {
			t.Fatal("a poll is not recognised as ann's")
		}
	}
	h.clock.pass(time.Minute)
	if _, ok := b.visit(t, access.PollHeader); ok {
		t.Error("polling has kept the session alive")
	}
	// The same minutes with requests of the user's own.
	b.mustSignIn(t, "ann")
	for range 16 {
		h.clock.pass(time.Minute)
		if _, ok := b.visit(t); !ok {
			t.Fatal("signed out in spite of requests")
		}
	}
}

func TestPollsByConfig(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(cfg *access.Config) {
		cfg.Idle = time.Hour
		cfg.Polls = func(r *http.Request) bool { return r.Header.Get("Row-Version") != "" }
	})
	h.mustAddUser(t, "ann", ztp.Viewer)
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	h.clock.pass(50 * time.Minute)
	if _, ok := b.visit(t, "Row-Version"); !ok {
		t.Fatal("signed out before the configured hour")
	}
	h.clock.pass(10 * time.Minute)
	if _, ok := b.visit(t); ok {
		t.Error("a poll as configured has extended the session")
	}
}

func TestRightsAreReadPerRequest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "root", ztp.SuperAdmin)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	u, err := h.store.User(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	u.Role = ztp.Viewer
	if err := h.store.UpdateUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if actor, ok := b.visit(t); !ok || actor.Role != ztp.Viewer {
		t.Errorf("the next request still has role %q (signed in %v)", actor.Role, ok)
	}
	if err := h.RemoveUser(t.Context(), root, "ann"); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.visit(t); ok {
		t.Error("a removed user is still signed in")
	}
	// Somebody new of the same name does not inherit the session.
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	if _, ok := b.visit(t); ok {
		t.Error("the session of a removed user serves a new one of the same name")
	}
}

func TestNewPasswordEndsSessions(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.Viewer)
	h.mustAddUser(t, "bob", ztp.Viewer)
	one, two, others := &browser{h: h}, &browser{h: h}, &browser{h: h}
	one.mustSignIn(t, "ann")
	two.mustSignIn(t, "ann")
	others.mustSignIn(t, "bob")
	if err := h.SetPassword(t.Context(), root, "ann", wrong); err != nil {
		t.Fatal(err)
	}
	for _, b := range []*browser{one, two} {
		if _, ok := b.visit(t); ok {
			t.Error("a session has outlived the password")
		}
	}
	if _, ok := others.visit(t); !ok {
		t.Error("another user was signed out")
	}
	if _, _, err := h.SignIn(t.Context(), "ann", good, ""); !ztp.IsCode(err, ztp.CodeUnauthenticated) {
		t.Errorf("the old password: %v", err)
	}
	if _, _, err := h.SignIn(t.Context(), "ann", wrong, ""); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if err := h.SetPassword(t.Context(), root, "nobody", wrong); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("a user who is not there: %v", err)
	}
	if err := h.SetPassword(t.Context(), root, "ann", ztp.NewSecret("short")); ztp.AsError(err).Fields["password"] == "" {
		t.Errorf("a short password: %v", err)
	}
}

// TestSessionOfAnotherPassword: a sign-in that was under way while the password
// changed leaves a session that is good for nothing; and a session that a change
// has ended stays ended, whatever the password is later.
func TestSessionOfAnotherPassword(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.Viewer)
	u, err := h.store.User(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	late, ended := &browser{h: h}, &browser{h: h}
	late.mustSignIn(t, "ann")
	changed := u
	if changed.PasswordHash, err = h.HashPassword(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	if err := h.store.UpdateUser(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if _, ok := late.visit(t); ok {
		t.Error("a session begun with the old password is good")
	}
	if err := h.store.UpdateUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	ended.mustSignIn(t, "ann")
	if err := h.SetPassword(t.Context(), root, "ann", wrong); err != nil {
		t.Fatal(err)
	}
	if err := h.store.UpdateUser(t.Context(), u); err != nil {
		t.Fatal(err)
	}
	if _, ok := ended.visit(t); ok {
		t.Error("a session that was ended has come back")
	}
}

// TestSessionFixation: the id that a browser brings to the sign-in is of no use
// afterwards, whether it was somebody's session or made up.
func TestSessionFixation(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	h.mustAddUser(t, "eve", ztp.Viewer)
	eve := &browser{h: h}
	eve.mustSignIn(t, "eve")
	victim := &browser{h: h, cookie: eve.cookie}
	victim.mustSignIn(t, "ann")
	if victim.cookie.Value == eve.cookie.Value {
		t.Error("the session id was kept at sign-in")
	}
	if actor, ok := eve.visit(t); ok {
		t.Errorf("the planted id now is a session of %s", actor.Name)
	}
	made := *victim.cookie
	made.Value = strings.Repeat("A", 43)
	victim = &browser{h: h, cookie: &made}
	victim.mustSignIn(t, "ann")
	if victim.cookie.Value == made.Value {
		t.Error("a made-up id became a session")
	}
}

// TestSessionIsStoredHashed: who reads the database cannot sign in with it.
func TestSessionIsStoredHashed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	if _, err := h.store.Session(t.Context(), b.cookie.Value, h.clock.Now()); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("the session is stored under the cookie's own value: %v", err)
	}
}

// TestSignOutIsFinal: a request that was let in just before its user signed out
// must not bring the session back by renewing it.
func TestSignOutIsFinal(t *testing.T) {
	t.Parallel()
	between := func() {}
	// Polls is asked when the session has been read and is not yet renewed.
	h := newHouse(t, func(cfg *access.Config) { cfg.Polls = func(*http.Request) bool { between(); return false } })
	h.mustAddUser(t, "ann", ztp.Viewer)
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	h.clock.pass(5 * time.Minute) // so that the next request renews
	between = func() {
		between = func() {}
		b.in(t, func(ctx context.Context) {
			if _, err := h.SignOut(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	if _, ok := b.visit(t); ok {
		t.Error("the request goes on as a user who has signed out")
	}
	if _, ok := b.visit(t); ok {
		t.Error("a request under way has brought the session back")
	}
}

func TestStoreFailure(t *testing.T) {
	t.Parallel()
	var seen error
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.Viewer)
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	if err := h.store.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.AddCookie(b.cookie)
	w := httptest.NewRecorder()
	h.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the handler was reached") }),
		func(w http.ResponseWriter, _ *http.Request, err error) {
			seen = err
			w.WriteHeader(http.StatusServiceUnavailable)
		}).ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable || seen == nil || errors.Is(seen, &ztp.Error{Code: ztp.CodeUnauthenticated}) {
		t.Errorf("without a database: %d, %v", w.Code, seen)
	}
	// Trouble of our own is no wrong password.
	if _, _, err := h.SignIn(t.Context(), "ann", good, ""); !ztp.IsCode(err, ztp.CodeInternal) {
		t.Errorf("without a database signing in gives %v", err)
	}
	if _, err := h.Authenticate(t.Context(), "zt_"+strings.Repeat("a", 52)); !ztp.IsCode(err, ztp.CodeInternal) {
		t.Errorf("without a database a token gives %v", err)
	}
}

// fullStore takes no session while its disk is full.
type fullStore struct {
	ztp.Store
	full bool
}

func (s *fullStore) SaveSession(ctx context.Context, hash, user string, data []byte, expires time.Time) error {
	if s.full {
		return errors.New("database or disk is full (13)")
	}
	return s.Store.SaveSession(ctx, hash, user, data, expires)
}

func (s *fullStore) RenewSession(ctx context.Context, hash string, data []byte, expires time.Time) error {
	if s.full {
		return errors.New("database or disk is full (13)")
	}
	return s.Store.RenewSession(ctx, hash, data, expires)
}

// TestFullDisk: who is signed in goes on reading, and is signed out when the session
// as it was written ends.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	var store *fullStore
	h := newHouse(t, func(cfg *access.Config) {
		store = &fullStore{Store: cfg.Store}
		cfg.Store = store
	})
	h.mustAddUser(t, "ann", ztp.Viewer)
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	store.full = true
	for range 7 {
		h.clock.pass(2 * time.Minute)
		if _, ok := b.visit(t); !ok {
			t.Fatal("signed out because the session could not be renewed")
		}
	}
	h.clock.pass(2 * time.Minute)
	if _, ok := b.visit(t); ok {
		t.Error("still signed in after 15 minutes that were not written down")
	}
}

func TestAddressOfTheConnection(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(cfg *access.Config) { cfg.Caller = nil })
	h.mustAddUser(t, "ann", ztp.Viewer)
	b := &browser{h: h}
	b.mustSignIn(t, "ann")
	if actor, _ := b.visit(t); actor.Address != "192.0.2.1" { // httptest's own
		t.Errorf("address %q", actor.Address)
	}
}

// awayStore is one whose database can't be reached.
type awayStore struct{ ztp.Store }

func (awayStore) User(context.Context, string) (ztp.User, error) {
	return ztp.User{}, &ztp.DatabaseError{Err: errors.New("gone")}
}

// Who tries to sign in while the database is away has tried no password, and need not rest.
func TestSignIn_DatabaseAway(t *testing.T) {
	t.Parallel()
	h := newHouse(t, func(cfg *access.Config) { cfg.Store = awayStore{cfg.Store} })
	for range 40 {
		if _, _, err := h.SignIn(t.Context(), "ann", good, "192.0.2.9"); !ztp.IsCode(err, ztp.CodeDatabaseUnavailable) {
			t.Fatal(err)
		}
	}
}
