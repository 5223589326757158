package main

import (
	"errors"
	"fmt"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

type vendorCmd struct {
	Probe    vendorProbeCmd    `cmd:"" help:"Look at what a vendor's service offers to the reseller; changes nothing."`
	Rehearse vendorRehearseCmd `cmd:"" help:"Make one scratch company, key and profile with the reseller's key, use them, and remove them again."`
}

// atVendor is what both take: the vendor's settings, and where the reseller's key is.
type atVendor struct {
	atReseller
	vendorFlags
}

// ready makes the adapter and fetches the reseller's key.
func (at *atVendor) ready(e *env) (*snom.Vendor, ztp.APIKey, error) {
	v, source, err := at.where()
	if err != nil {
		return nil, ztp.APIKey{}, err
	}
	var m mistakes
	cfg := at.vendorFlags.parse(&m)
	if err := m.err(); err != nil {
		return nil, ztp.APIKey{}, err
	}
	adapter, err := snom.New(cfg.snom)
	if err != nil {
		return nil, ztp.APIKey{}, wrongSnom(err)
	}
	var key ztp.APIKey
	if source.ssm != nil {
		key, err = source.ssm.Reseller(e.ctx, v)
		return adapter, key, err
	}
	err = at.with(e, false, func(s *sqlstore.Store) error {
		key, err = source.reseller(s).Reseller(e.ctx, v)
		return err
	})
	return adapter, key, err
}

// told prints a report. One that says that something is missing is a failure, so
// that a script notices.
func told(e *env, asJSON bool, report fmt.Stringer, good bool) error {
	if asJSON {
		if err := printJSON(e.stdout, report); err != nil {
			return err
		}
	} else if _, err := fmt.Fprint(e.stdout, report); err != nil {
		return err
	}
	if !good {
		return errors.New("not everything is as it should be; see the report")
	}
	return nil
}

type vendorProbeCmd struct{ atVendor }

func (cmd *vendorProbeCmd) Run(e *env) error {
	v, key, err := cmd.ready(e)
	if err != nil {
		return err
	}
	r, err := v.Probe(e.ctx, key)
	if err != nil {
		return ztp.AsError(err)
	}
	return told(e, cmd.JSON, r, r.Usable)
}

type vendorRehearseCmd struct {
	atVendor
	asking
	MAC string `name:"mac" placeholder:"MAC" help:"MAC address of a phone that nobody has registered; it is registered and given up again."`
}

func (cmd *vendorRehearseCmd) Run(e *env) error {
	var opts snom.RehearseOptions
	if cmd.MAC != "" {
		mac, err := ztp.ParseMAC(cmd.MAC)
		if err != nil {
			return err
		}
		opts.MAC = &mac
	}
	v, key, err := cmd.ready(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, "Make one company with keys and a profile at the vendor, and remove them again?"); err != nil {
		return err
	}
	if !cmd.JSON { // it can take minutes: what is found is printed as it comes
		opts.Tell = func(f snom.Finding) { fmt.Fprintln(e.stdout, f) }
	}
	r, err := v.Rehearse(e.ctx, key, opts)
	if err != nil {
		return ztp.AsError(err)
	}
	good := r.Usable && len(r.Left) == 0
	if !cmd.JSON {
		r.Findings = nil // printed already
	}
	return told(e, cmd.JSON, r, good)
}
