package access_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

func names(users []ztp.User) []string {
	var out []string
	for _, u := range users {
		out = append(out, u.Name+" "+string(u.Role))
	}
	return out
}

func TestUsers(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	want := ztp.Event{Actor: "local:root", Action: "user.added", Target: "ann", Outcome: ztp.OutcomeOK, Detail: "role super-admin"}
	if diff := cmp.Diff(want, h.lastEvent(t)); diff != "" {
		t.Errorf("audit row, -want +got:\n%s", diff)
	}
	h.mustAddUser(t, "vic@example.net", ztp.Viewer)
	if err := h.AddUser(t.Context(), root, "ann", ztp.Viewer, good); ztp.AsError(err).Fields["name"] == "" {
		t.Errorf("a name that is taken: %v", err)
	}
	users, err := h.ListUsers(t.Context(), looker)
	if diff := cmp.Diff([]string{"ann super-admin", "vic@example.net viewer"}, names(users)); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	for _, u := range users {
		if u.PasswordHash != "" {
			t.Errorf("the list shows the password hash of %s", u.Name)
		}
	}
}

func TestAddUserInvalid(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for what, c := range map[string]struct {
		name     string
		role     ztp.Role
		password string
		fields   []string
	}{
		"empty":             {"", "", "", []string{"name", "password", "role"}},
		"upper case":        {"Ann", ztp.Viewer, good.RevealSecret(), []string{"name"}},
		"another kind":      {"local:ann", ztp.Viewer, good.RevealSecret(), []string{"name"}},
		"line break":        {"ann\n", ztp.Viewer, good.RevealSecret(), []string{"name"}},
		"too long a name":   {strings.Repeat("a", 65), ztp.Viewer, good.RevealSecret(), []string{"name"}},
		"made-up role":      {"ann", "admin", good.RevealSecret(), []string{"role"}},
		"eleven characters": {"ann", ztp.Viewer, "elevenchars", []string{"password"}},
		// Eleven characters in more than twelve bytes.
		"eleven letters":   {"ann", ztp.Viewer, strings.Repeat("ä", 11), []string{"password"}},
		"too long":         {"ann", ztp.Viewer, strings.Repeat("x", 257), []string{"password"}},
		"its own name":     {"ann.of.example", ztp.Viewer, "Ann.of.Example", []string{"password"}},
		"control in it":    {"ann", ztp.Viewer, "correct horse\nbattery", []string{"password"}},
		"not even unicode": {"ann", ztp.Viewer, "correct horse \xff\xfe", []string{"password"}},
	} {
		err := h.AddUser(t.Context(), root, c.name, c.role, ztp.NewSecret(c.password))
		var fields []string
		for f, why := range ztp.AsError(err).Fields {
			fields = append(fields, f)
			if c.password != "" && strings.Contains(why, c.password) {
				t.Errorf("%s: the error repeats the password", what)
			}
		}
		slices.Sort(fields)
		if diff := cmp.Diff(c.fields, fields); diff != "" || !ztp.IsCode(err, ztp.CodeInvalid) {
			t.Errorf("%s: %v, fields -want +got:\n%s", what, err, diff)
		}
	}
	if got := h.events(t); len(got) != 0 {
		t.Errorf("refused input left %d audit rows", len(got))
	}
	longest := ztp.NewSecret(strings.Repeat("ä", 256))
	if err := h.AddUser(t.Context(), root, "ann", ztp.Viewer, longest); err != nil {
		t.Errorf("256 characters: %v", err)
	}
	if _, _, err := h.SignIn(t.Context(), "ann", longest, ""); err != nil {
		t.Errorf("256 characters cannot sign in: %v", err)
	}
}

func TestRemoveUser(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	h.mustAddUser(t, "vic", ztp.Viewer)
	before := len(h.events(t))
	if err := h.RemoveUser(t.Context(), root, "ann"); !ztp.IsCode(err, ztp.CodeInUse) {
		t.Errorf("the last super-admin: want in_use, got %v", err)
	}
	if err := h.RemoveUser(t.Context(), root, "bob"); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("a user who is not there: want not_found, got %v", err)
	}
	if after := len(h.events(t)); after != before {
		t.Errorf("what was not done left %d audit rows", after-before)
	}
	h.mustAddUser(t, "bob", ztp.SuperAdmin)
	for _, name := range []string{"ann", "vic"} {
		if err := h.RemoveUser(t.Context(), root, name); err != nil {
			t.Errorf("remove %s: %v", name, err)
		}
		if e := h.lastEvent(t); e.Action != "user.removed" || e.Target != name {
			t.Errorf("audit row %+v", e)
		}
	}
}

// TestRemoveLastTwo: both super-admins are removed at once, and one has to stay.
func TestRemoveLastTwo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	h.mustAddUser(t, "bob", ztp.SuperAdmin)
	errs := make(chan error, 2)
	for _, name := range []string{"ann", "bob"} {
		go func() { errs <- h.RemoveUser(t.Context(), root, name) }()
	}
	if a, b := <-errs, <-errs; (a == nil) == (b == nil) {
		t.Errorf("of two removals one is refused; got %v and %v", a, b)
	}
	if users, err := h.ListUsers(t.Context(), root); err != nil || len(users) != 1 {
		t.Errorf("%d users are left, %v", len(users), err)
	}
}

func TestViewersChangeNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.mustAddUser(t, "ann", ztp.SuperAdmin)
	for action, f := range map[string]func() error{
		"user.add":          func() error { return h.AddUser(t.Context(), looker, "bob", ztp.SuperAdmin, good) },
		"user.password_set": func() error { return h.SetPassword(t.Context(), looker, "ann", wrong) },
		"user.remove":       func() error { return h.RemoveUser(t.Context(), looker, "ann") },
		"token.add": func() error {
			_, err := h.AddToken(t.Context(), looker, "ci", ztp.SuperAdmin, h.clock.Now().Add(1))
			return err
		},
		"token.revoke": func() error { return h.RevokeToken(t.Context(), looker, "ci") },
	} {
		if err := f(); !ztp.IsCode(err, ztp.CodeNotAllowed) {
			t.Errorf("%s: want not_allowed, got %v", action, err)
		}
		if e := h.lastEvent(t); e.Actor != "vic" || e.Action != action || e.Outcome != ztp.OutcomeRefused || e.Code != ztp.CodeNotAllowed {
			t.Errorf("%s: audit row %+v", action, e)
		}
	}
	users, err := h.ListUsers(t.Context(), root)
	if diff := cmp.Diff([]string{"ann super-admin"}, names(users)); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
	nobody := ztp.Actor{Kind: ztp.ActorUser, Name: "x"}
	if _, err := h.ListUsers(t.Context(), nobody); !ztp.IsCode(err, ztp.CodeNotAllowed) {
		t.Errorf("without a role: %v", err)
	}
	if _, err := h.ListTokens(t.Context(), nobody); !ztp.IsCode(err, ztp.CodeNotAllowed) {
		t.Errorf("without a role: %v", err)
	}
}
