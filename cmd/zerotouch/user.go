package main

import (
	"fmt"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

type userCmd struct {
	Add    userAddCmd    `cmd:"" help:"Add somebody; the password is read from standard input or a prompt."`
	List   userListCmd   `cmd:"" help:"List who may sign in."`
	Passwd userPasswdCmd `cmd:"" help:"Set a new password, which ends the user's sessions."`
	Remove userRemoveCmd `cmd:"" help:"Remove a user, which ends the user's sessions."`
}

type userAddCmd struct {
	local
	Name string `arg:"" help:"Name to sign in with."`
	Role string `default:"super-admin" placeholder:"ROLE" help:"super-admin or viewer (${default})."`
}

func (cmd *userAddCmd) Run(e *env) error {
	role, err := parseRole(cmd.Role)
	if err != nil {
		return err
	}
	password, err := newPassword(e)
	if err != nil {
		return err
	}
	if err := access.ValidateUser(cmd.Name, role, password); err != nil { // before a database is made for it
		return err
	}
	return cmd.with(e, true, func(s *sqlstore.Store) error {
		if err := access.New(access.Config{Store: s, Now: s.Now}).AddUser(e.ctx, operator(), cmd.Name, role, password); err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, map[string]string{"name": cmd.Name, "role": string(role), "database": cmd.place()})
		}
		fmt.Fprintf(e.stdout, "%s may sign in as %s; written to %s.\n", clean(cmd.Name), role, clean(cmd.place()))
		return nil
	})
}

// parseRole reads --role; a wrong one is a matter of usage, as with other flags.
func parseRole(text string) (ztp.Role, error) {
	role, err := ztp.ParseRole(text)
	if err != nil {
		return "", usagef("--role: %s", ztp.AsError(err).Fields["role"])
	}
	return role, nil
}

// newPassword reads a password, on a terminal twice.
func newPassword(e *env) (ztp.Secret, error) {
	first, err := e.readSecret("Password")
	if err != nil || !e.isTerminal {
		return ztp.NewSecret(first), err
	}
	again, err := e.readSecret("The same password again")
	if err != nil {
		return ztp.Secret{}, err
	}
	if first != again {
		return ztp.Secret{}, usagef("These are two different passwords. Nothing was changed.")
	}
	return ztp.NewSecret(first), nil
}

type userListCmd struct{ local }

func (cmd *userListCmd) Run(e *env) error {
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		users, err := access.New(access.Config{Store: s, Now: s.Now}).ListUsers(e.ctx, operator())
		if err != nil {
			return err
		}
		type item struct {
			Name      string    `json:"name"`
			Role      string    `json:"role"`
			CreatedAt time.Time `json:"created_at"`
		}
		items, rows := []item{}, [][]string{}
		for _, u := range users {
			items = append(items, item{u.Name, string(u.Role), u.CreatedAt})
			rows = append(rows, []string{u.Name, string(u.Role), timeText(&u.CreatedAt)})
		}
		if cmd.JSON {
			return printJSON(e.stdout, map[string]any{"items": items})
		}
		return printTable(e.stdout, []string{"NAME", "ROLE", "ADDED"}, rows)
	})
}

type userPasswdCmd struct {
	local
	Name string `arg:"" help:"Whose password."`
}

func (cmd *userPasswdCmd) Run(e *env) error {
	password, err := newPassword(e)
	if err != nil {
		return err
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		if err := access.New(access.Config{Store: s, Now: s.Now}).SetPassword(e.ctx, operator(), cmd.Name, password); err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, map[string]string{"name": cmd.Name})
		}
		fmt.Fprintf(e.stdout, "%s has a new password; all sessions have ended.\n", clean(cmd.Name))
		return nil
	})
}

type userRemoveCmd struct {
	local
	asking
	Name string `arg:"" help:"Who."`
}

func (cmd *userRemoveCmd) Run(e *env) error {
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Remove the user %s?", clean(cmd.Name))); err != nil {
		return err
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		if err := access.New(access.Config{Store: s, Now: s.Now}).RemoveUser(e.ctx, operator(), cmd.Name); err != nil {
			return err
		}
		return printRemoved(e, cmd.JSON, cmd.Name)
	})
}
