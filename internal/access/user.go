package access

import (
	"context"
	"fmt"
	"regexp"

	"zerotouch.example/internal/ztp"
)

// namePattern has no colon, so no user or token is taken for an actor of another
// kind in the audit log, and no upper case, so no two differ by that alone.
var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._@-]{0,63}$`)

const nameRemedy = "A name has 1 to 64 characters: a-z, 0-9 and . _ @ -, beginning with a letter or digit."

// AddUser adds somebody who may sign in. A name that is taken or a password that
// breaks the rules is invalid with that field.
func (a *Access) AddUser(ctx context.Context, actor ztp.Actor, name string, role ztp.Role, password ztp.Secret) error {
	if err := a.mayChange(ctx, actor, "user.add", name); err != nil {
		return err
	}
	if err := ValidateUser(name, role, password); err != nil {
		return err
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	now := a.now()
	return a.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := s.CreateUser(ctx, ztp.User{Name: name, Role: role, PasswordHash: hash, CreatedAt: now, UpdatedAt: now}); err != nil {
			return err
		}
		e := a.event(actor, "user.added", name)
		e.Detail = "role " + string(role)
		return s.AppendEvent(ctx, e)
	})
}

// ValidateUser says what is wrong with a user before anything is written: invalid
// with the fields name, role and password.
func ValidateUser(name string, role ztp.Role, password ztp.Secret) error {
	fields := map[string]string{}
	if !namePattern.MatchString(name) {
		fields["name"] = nameRemedy
	}
	if _, err := ztp.ParseRole(string(role)); err != nil {
		fields["role"] = ztp.AsError(err).Detail
	}
	if why := checkPassword(name, password); why != "" {
		fields["password"] = why
	}
	return ztp.InvalidFields(fields)
}

// SetPassword replaces a user's password and ends all sessions of the user.
func (a *Access) SetPassword(ctx context.Context, actor ztp.Actor, name string, password ztp.Secret) error {
	if err := a.mayChange(ctx, actor, "user.password_set", name); err != nil {
		return err
	}
	if _, err := a.cfg.Store.User(ctx, name); err != nil {
		return err
	}
	if why := checkPassword(name, password); why != "" {
		return ztp.Invalid("password", why)
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		u, err := s.User(ctx, name)
		if err != nil {
			return err
		}
		u.PasswordHash, u.UpdatedAt = hash, a.now()
		if err := s.UpdateUser(ctx, u); err != nil {
			return err
		}
		if err := s.DeleteSessionsOf(ctx, name); err != nil {
			return err
		}
		return s.AppendEvent(ctx, a.event(actor, "user.password_set", name))
	})
}

// RemoveUser removes a user and ends the user's sessions. The last super-admin
// stays: in_use.
func (a *Access) RemoveUser(ctx context.Context, actor ztp.Actor, name string) error {
	if err := a.mayChange(ctx, actor, "user.remove", name); err != nil {
		return err
	}
	return a.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		// The audit row goes first: it locks the head of the log, so of two who
		// remove the last two super-admins at once the second sees the first's.
		if err := s.AppendEvent(ctx, a.event(actor, "user.removed", name)); err != nil {
			return err
		}
		users, err := s.ListUsers(ctx)
		if err != nil {
			return err
		}
		if err := mayRemove(users, name); err != nil {
			return err
		}
		return s.DeleteUser(ctx, name)
	})
}

func mayRemove(users []ztp.User, name string) error {
	var user ztp.User
	admins := 0
	for _, u := range users {
		if u.Role == ztp.SuperAdmin {
			admins++
		}
		if u.Name == name {
			user = u
		}
	}
	switch {
	case user.Name == "":
		return ztp.NotFound("user")
	case user.Role == ztp.SuperAdmin && admins == 1:
		return &ztp.Error{Code: ztp.CodeInUse, Detail: fmt.Sprintf("%q is the last super-admin. Add another one first.", name)}
	}
	return nil
}

// ListUsers returns everybody who may sign in, without password hashes.
func (a *Access) ListUsers(ctx context.Context, actor ztp.Actor) ([]ztp.User, error) {
	if err := maySee(actor); err != nil {
		return nil, err
	}
	users, err := a.cfg.Store.ListUsers(ctx)
	for i := range users {
		users[i].PasswordHash = ""
	}
	return users, err
}
