package main

import (
	"fmt"

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

type resellerStatusCmd struct{ atReseller }

func (cmd *resellerStatusCmd) Run(e *env) error {
	v, c, err := cmd.where()
	if err != nil {
		return err
	}
	if c.ssm != nil {
		key, err := c.ssm.Reseller(e.ctx, v)
		if err != nil {
			return err
		}
		return cmd.print(e, v, "ssm", c.ssm.Where(v), reseller.Facts{KeyID: key.ID, Role: key.Role})
	}
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		facts, err := reseller.Status(e.ctx, s, operator(), v)
		if err != nil {
			return err
		}
		return cmd.print(e, v, "sealed", "", facts)
	})
}

func (cmd *resellerStatusCmd) print(e *env, v ztp.VendorName, source, parameter string, f reseller.Facts) error {
	if cmd.JSON {
		out := map[string]any{"vendor": v, "source": source, "key_id": f.KeyID, "role": f.Role, "set_at": nil}
		if !f.SetAt.IsZero() {
			out["set_at"] = f.SetAt
		}
		if parameter != "" {
			out["parameter"] = parameter
		}
		return printJSON(e.stdout, out)
	}
	return printFields(e.stdout, "vendor", string(v), "source", source, "parameter", parameter, "key id", f.KeyID, "role", f.Role, "set", timeText(&f.SetAt))
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
