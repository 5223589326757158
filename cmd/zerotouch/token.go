package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/sqlstore"
)

type tokenCmd struct {
	Add    tokenAddCmd    `cmd:"" help:"Make an API token; it is the last line printed, once."`
	List   tokenListCmd   `cmd:"" help:"List API tokens, without their values."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke an API token; the next request with it is refused."`
}

type tokenAddCmd struct {
	local
	Name    string `arg:"" help:"Name of the token, for lists and the audit log."`
	Role    string `default:"super-admin" placeholder:"ROLE" help:"super-admin or viewer (${default})."`
	Expires string `default:"90d" placeholder:"TIME" help:"How long it is good for, such as 90d, 12h or 52w (${default})."`
}

func (cmd *tokenAddCmd) Run(e *env) error {
	role, err := parseRole(cmd.Role)
	if err != nil {
		return err
	}
	life, err := parseLife(cmd.Expires)
	if err != nil {
		return err
	}
	if err := access.ValidateToken(cmd.Name, role, life); err != nil { // before a database is made for it
		return err
	}
	return cmd.with(e, true, func(s *sqlstore.Store) error {
		expires := s.Now().Add(life).UTC().Truncate(time.Second)
		token, err := access.New(access.Config{Store: s, Now: s.Now}).AddToken(e.ctx, operator(), cmd.Name, role, expires)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, map[string]string{
				"name": cmd.Name, "role": string(role), "expires_at": timeText(&expires), "token": token.RevealSecret(), "database": cmd.place(),
			})
		}
		fmt.Fprintf(e.stderr, "Token %s (%s) is good until %s, written to %s and shown only now:\n", clean(cmd.Name), role, timeText(&expires), clean(cmd.place()))
		fmt.Fprintln(e.stdout, token.RevealSecret())
		return nil
	})
}

// parseLife reads a duration in days or weeks, or in the units of Go.
func parseLife(s string) (time.Duration, error) {
	const day = 24 * time.Hour
	for suffix, unit := range map[string]time.Duration{"d": day, "w": 7 * day} {
		if number, ok := strings.CutSuffix(s, suffix); ok {
			if n, err := strconv.ParseUint(number, 10, 16); err == nil && n > 0 {
				return time.Duration(n) * unit, nil
			}
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, usagef("--expires is a time such as 90d, 12h or 52w.")
	}
	return d, nil
}

type tokenListCmd struct{ local }

func (cmd *tokenListCmd) Run(e *env) error {
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		tokens, err := access.New(access.Config{Store: s, Now: s.Now}).ListTokens(e.ctx, operator())
		if err != nil {
			return err
		}
		type item struct {
			Name      string     `json:"name"`
			Role      string     `json:"role"`
			CreatedAt time.Time  `json:"created_at"`
			ExpiresAt time.Time  `json:"expires_at"`
			UsedAt    *time.Time `json:"used_at"`
		}
		items, rows := []item{}, [][]string{}
		for _, t := range tokens {
			i := item{Name: t.Name, Role: string(t.Role), CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt}
			if !t.UsedAt.IsZero() {
				i.UsedAt = &t.UsedAt
			}
			items = append(items, i)
			rows = append(rows, []string{t.Name, string(t.Role), timeText(&t.CreatedAt), timeText(&t.ExpiresAt), timeText(&t.UsedAt)})
		}
		if cmd.JSON {
			return printJSON(e.stdout, map[string]any{"items": items})
		}
		return printTable(e.stdout, []string{"NAME", "ROLE", "MADE", "EXPIRES", "LAST USED"}, rows)
	})
}

type tokenRevokeCmd struct {
	local
	asking
	Name string `arg:"" help:"Name of the token."`
}

func (cmd *tokenRevokeCmd) Run(e *env) error {
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Revoke the token %s?", clean(cmd.Name))); err != nil {
		return err
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		if err := access.New(access.Config{Store: s, Now: s.Now}).RevokeToken(e.ctx, operator(), cmd.Name); err != nil {
			return err
		}
		return printRemoved(e, cmd.JSON, cmd.Name)
	})
}
