package main

import (
	"fmt"
	"time"

	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

type resellerCmd struct {
	Set    resellerSetCmd    `cmd:"" help:"Put the reseller credential in place; the secret is read from standard input or a prompt and never shown again."`
	Status resellerStatusCmd `cmd:"" help:"Tell which reseller credential is in place, without the secret."`
	Remove resellerRemoveCmd `cmd:"" help:"Remove the reseller credential."`
}

// atReseller is what every verb on a reseller credential takes.
type atReseller struct {
	local
	resellerFlags
	Vendor string `arg:"" help:"Name of the vendor, such as snom."`
}

// where is the vendor and where its credential comes from.
func (at *atReseller) where() (ztp.VendorName, resellerConfig, error) {
	var m mistakes
	c := at.resellerFlags.parse(&m, at.Installation)
	if err := m.err(); err != nil {
		return "", c, err
	}
	v, err := knownVendor(at.Vendor)
	return v, c, err
}

// sealed is where for verbs that change the embedded store. With another source a
// secret put there would lie unused.
func (at *atReseller) sealed() (ztp.VendorName, error) {
	v, c, err := at.where()
	if err == nil && c.ssm != nil {
		err = usagef("This installation reads reseller credentials from SSM Parameter Store: the parameter is %s.", c.ssm.Where(v))
	}
	return v, err
}

type resellerSetCmd struct {
	atReseller
	KeyID string `name:"key-id" required:"" placeholder:"ID" help:"Id of the reseller's key."`
	Role  string `placeholder:"NAME" help:"Role at the vendor for keys made with it; wins over ZEROTOUCH_SNOM_ROLE."`
}

func (cmd *resellerSetCmd) Run(e *env) error {
	v, err := cmd.sealed()
	if err != nil {
		return err
	}
	secret, err := e.readSecret("Key secret")
	if err != nil {
		return err
	}
	key := ztp.APIKey{ID: cmd.KeyID, Secret: ztp.NewSecret(secret), Role: cmd.Role}
	if err := reseller.Validate(key); err != nil { // before a database is made for it
		return err
	}
	return cmd.with(e, true, func(s *sqlstore.Store) error {
		if err := reseller.Set(e.ctx, s, operator(), v, key, s.Now().UTC()); err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, map[string]string{"vendor": string(v), "key_id": key.ID, "role": key.Role, "database": cmd.place()})
		}
		fmt.Fprintf(e.stdout, "The reseller credential for %s is in place in %s: key %s. It counts from now on, without a restart.\n", v, clean(cmd.place()), clean(key.ID))
		return nil
	})
}

// resellerStatusCmd tells of one vendor, which has to have a credential, or of all
// vendors of this build, with or without one.
type resellerStatusCmd struct {
	local
	resellerFlags
	Vendor string `arg:"" optional:"" help:"Name of the vendor, such as snom; all of this build when left out."`
}

func (cmd *resellerStatusCmd) Run(e *env) error {
	at := atReseller{resellerFlags: cmd.resellerFlags, Vendor: cmd.Vendor}
	at.Installation = cmd.Installation
	if cmd.Vendor == "" {
		at.Vendor = string(buildVendors[0]) // any: where they come from is one for all
	}
	v, c, err := at.where()
	if err != nil {
		return err
	}
	if c.ssm != nil {
		return cmd.show(e, v, c, func(v ztp.VendorName) (reseller.Facts, error) {
			key, err := c.ssm.Reseller(e.ctx, v)
			return reseller.Facts{KeyID: key.ID, Role: key.Role}, err
		})
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		return cmd.show(e, v, c, func(v ztp.VendorName) (reseller.Facts, error) {
			return reseller.Status(e.ctx, s, operator(), v)
		})
	})
}

// show prints what look finds, of the vendor that was named or of all.
func (cmd *resellerStatusCmd) show(e *env, v ztp.VendorName, c resellerConfig, look func(ztp.VendorName) (reseller.Facts, error)) error {
	if cmd.Vendor != "" {
		f, err := look(v)
		if err != nil {
			return err
		}
		return cmd.print(e, resellerLineOf(v, c, f))
	}
	var lines []resellerLine
	for _, v := range buildVendors {
		f, err := look(v)
		if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) && !ztp.IsCode(err, ztp.CodeResellerCredentialsMissing) {
			return err
		}
		lines = append(lines, resellerLineOf(v, c, f))
	}
	if cmd.JSON {
		return printJSON(e.stdout, map[string]any{"vendors": lines})
	}
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = []string{string(l.Vendor), l.Source, l.Parameter, l.KeyID, l.Role, timeText(l.SetAt)}
		if l.KeyID == "" {
			rows[i][3] = "none"
		}
	}
	return printTable(e.stdout, []string{"VENDOR", "SOURCE", "PARAMETER", "KEY ID", "ROLE", "SET"}, rows)
}

// resellerLine is what may be told of a vendor's credential; no key id: there is none.
type resellerLine struct {
	Vendor    ztp.VendorName `json:"vendor"`
	Source    string         `json:"source"`
	Parameter string         `json:"parameter,omitempty"`
	KeyID     string         `json:"key_id"`
	Role      string         `json:"role"`
	SetAt     *time.Time     `json:"set_at"`
}

func resellerLineOf(v ztp.VendorName, c resellerConfig, f reseller.Facts) resellerLine {
	l := resellerLine{Vendor: v, Source: "sealed", KeyID: f.KeyID, Role: f.Role}
	if c.ssm != nil {
		l.Source, l.Parameter = "ssm", c.ssm.Where(v)
	}
	if !f.SetAt.IsZero() {
		l.SetAt = &f.SetAt
	}
	return l
}

func (cmd *resellerStatusCmd) print(e *env, l resellerLine) error {
	if cmd.JSON {
		return printJSON(e.stdout, l)
	}
	return printFields(e.stdout, "vendor", string(l.Vendor), "source", l.Source, "parameter", l.Parameter, "key id", l.KeyID, "role", l.Role, "set", timeText(l.SetAt))
}

type resellerRemoveCmd struct {
	atReseller
	asking
}

func (cmd *resellerRemoveCmd) Run(e *env) error {
	v, err := cmd.sealed()
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Remove the reseller credential of %s? No platform can be changed there until another one is set.", v)); err != nil {
		return err
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		if err := reseller.Remove(e.ctx, s, operator(), v, s.Now().UTC()); err != nil {
			return err
		}
		if cmd.JSON {
			return printRemoved(e, true, string(v))
		}
		_, err := fmt.Fprintf(e.stdout, "The reseller credential of %s is removed.\n", v)
		return err
	})
}
