package main

import (
	"fmt"
	"strings"

	"zerotouch.example/api"
)

type writesCmd struct {
	Status writesStatusCmd `cmd:"" help:"Whether anything is changed at vendors, and why not."`
	Off    writesOffCmd    `cmd:"" help:"Change nothing at any vendor: operations rest before their next change, nothing new is begun."`
	On     writesOnCmd     `cmd:"" help:"Go on."`
}

type writesStatusCmd struct{ remote }

func (cmd *writesStatusCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	w, err := c.VendorWrites(e.ctx)
	return printWrites(e, cmd.JSON, w, err)
}

type writesOffCmd struct {
	remote
	asking
	Reason string `placeholder:"TEXT" help:"Shown on every page while they are off."`
}

func (cmd *writesOffCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, "Stop every change at every vendor?"); err != nil {
		return err
	}
	w, err := c.SetVendorWrites(e.ctx, api.SetVendorWrites{Reason: cmd.Reason})
	return printWrites(e, cmd.JSON, w, err)
}

type writesOnCmd struct {
	remote
	asking
	Reason      string `placeholder:"TEXT" help:"Kept in the audit log."`
	NoOtherCopy bool   `help:"After another copy was found: it is stopped for good, and this database is the one that counts."`
}

func (cmd *writesOnCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if cmd.NoOtherCopy {
		if err := e.confirm(cmd.Yes, "Is the other copy stopped for good? This database then counts as restored from a backup: every key is tested, open operations end."); err != nil {
			return err
		}
	}
	w, err := c.SetVendorWrites(e.ctx, api.SetVendorWrites{On: true, Reason: cmd.Reason, NoOtherCopy: cmd.NoOtherCopy})
	return printWrites(e, cmd.JSON, w, err)
}

func printWrites(e *env, asJSON bool, w api.VendorWrites, err error) error {
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(e.stdout, w)
	}
	if w.On {
		fmt.Fprintln(e.stdout, "Vendor writes are on.")
	}
	for _, s := range w.Stops {
		where := "at every vendor"
		if s.Vendor != "" {
			where = "at " + clean(s.Vendor)
		}
		why := "switched off"
		if s.Reason == api.StopAnotherCopy {
			why = "another copy of this installation is running"
		}
		line := fmt.Sprintf("Vendor writes are off %s since %s: %s (%s). %s", where, timeText(&s.Since), why, clean(s.By), clean(s.Detail))
		fmt.Fprintln(e.stdout, strings.TrimSpace(line))
	}
	return nil
}
