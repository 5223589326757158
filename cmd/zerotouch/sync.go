package main

import (
	"fmt"
	"io"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type syncCmd struct {
	Start   syncStartCmd `cmd:"" default:"withargs" help:"Compare every phone with the vendor's list; changes nothing."`
	Show    syncShowCmd  `cmd:"" help:"What the last complete sync has found."`
	Rows    syncRowsCmd  `cmd:"" help:"The phones that differ."`
	Adopt   syncAdoptCmd `cmd:"" help:"Register phones that are unknown here as the vendor has them; nothing is sent."`
	Fix     syncFixCmd   `cmd:"" help:"Write phones to the vendor as they are registered here."`
	Release syncAwayCmd  `cmd:"" help:"Give the MACs of phones up at the vendor: anybody may claim them then."`
}

type syncStartCmd struct {
	remote
	following
	atLink
}

// Run compares, and with --wait shows what was found.
func (cmd *syncStartCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	a, err := c.Sync(e.ctx, cmd.Platform, cmd.Vendor)
	if err != nil {
		return err
	}
	if err := cmd.finish(e, c, cmd.JSON, a); err != nil || !cmd.Wait || cmd.JSON {
		return err
	}
	return showSync(e, c, false, cmd.atLink)
}

type syncShowCmd struct {
	remote
	atLink
}

func (cmd *syncShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	return showSync(e, c, cmd.JSON, cmd.atLink)
}

func showSync(e *env, c *api.Client, asJSON bool, at atLink) error {
	y, err := c.PhoneSync(e.ctx, at.Platform, at.Vendor)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(e.stdout, y)
	}
	printSync(e.stdout, y)
	return nil
}

func printSync(w io.Writer, y api.PhoneSync) {
	if y.Running != nil {
		fmt.Fprintf(w, "Operation %s is %s.\n", clean(y.Running.ID), clean(lower(ztp.OperationState(y.Running.State))))
	}
	if y.Error != nil {
		printProblem(w, "The last sync gave no result: ", *y.Error)
	}
	if y.Complete == nil {
		fmt.Fprintln(w, "No sync is complete yet.")
		return
	}
	counts := []string{fmt.Sprintf("%d match", y.Complete.Matching)}
	for _, class := range ztp.DriftClasses {
		counts = append(counts, fmt.Sprintf("%d %s", y.Complete.Counts[string(class)], strings.ToLower(class.Title())))
	}
	if y.Complete.LeftOut > 0 {
		counts = append(counts, fmt.Sprintf("%d not judged", y.Complete.LeftOut))
	}
	fmt.Fprintf(w, "Compared with %s at %s, asked for by %s; %s there: %s.\n",
		clean(y.Vendor), timeText(&y.Complete.At), clean(y.Complete.By), plural(y.Complete.Phones, "phone", "phones"), strings.Join(counts, ", "))
	if y.Complete.Findings > 0 {
		fmt.Fprintf(w, "To see which: zerotouch sync rows %s %s\n", clean(y.Platform), clean(y.Vendor))
	}
}

type syncRowsCmd struct {
	remote
	atLink
	Class string `placeholder:"CLASS" help:"Show one class: missing_there, moved_away, unknown_here, other_url or changed."`
	Limit int    `default:"1000" placeholder:"N" help:"How many phones to name at most, 0 for all (${default})."`
}

func (cmd *syncRowsCmd) Run(e *env) error {
	if _, err := ztp.ParseDriftClass(cmd.Class); err != nil {
		return usagef("--class: %s", ztp.AsError(err).Fields["class"])
	}
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	found, err := listed(c.Drifts(e.ctx, cmd.Platform, cmd.Vendor, cmd.Class), cmd.Limit)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, found)
	}
	rows := make([][]string, len(found.Items))
	for i, d := range found.Items {
		rows[i] = []string{d.MAC, d.Title, driftDetail(d), orDash(d.Account), orDash(d.Name), strings.Join(d.Offers, ", ")}
	}
	return printTable(e.stdout, []string{"MAC", "CLASS", "WHAT", "ACCOUNT", "NAME THERE", "TO DO"}, rows)
}

// driftDetail says how a phone differs.
func driftDetail(d api.Drift) string {
	switch {
	case d.Changed:
		return "changed here since; compare again"
	case d.At != "":
		return "in the company of " + d.At
	case d.Host != "":
		return "leads to " + d.Host
	}
	return orDash(strings.Join(d.Differs, ", "))
}

// onSync is what every verb on findings takes.
type onSync struct {
	remote
	following
	atLink
	MACs   []string `arg:"" optional:"" name:"mac" help:"MAC addresses of phones that differ."`
	Class  string   `placeholder:"CLASS" help:"Every phone of a class: missing_there, moved_away, unknown_here, other_url or changed."`
	DryRun bool     `help:"Only say what would be done."`
}

type syncAdoptCmd struct {
	onSync
	Account string `placeholder:"ACCOUNT" help:"Slug or id of the account that phones with an address that isn't ours belong to from now on."`
}

func (cmd *syncAdoptCmd) Run(e *env) error { return cmd.act(e, "adopt", cmd.Account) }

type syncFixCmd struct{ onSync }

func (cmd *syncFixCmd) Run(e *env) error { return cmd.act(e, "fix", "") }

type syncAwayCmd struct{ onSync }

func (cmd *syncAwayCmd) Run(e *env) error { return cmd.act(e, "release", "") }

// act says what would be done, asks, and does it.
func (cmd *onSync) act(e *env, action, account string) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	in := api.DriftRequest{Class: cmd.Class, MACs: cmd.MACs, Account: account, DryRun: true}
	plan, err := c.ActOnDrifts(e.ctx, cmd.Platform, cmd.Vendor, action, in)
	if err != nil {
		return err
	}
	if cmd.DryRun && cmd.JSON {
		return printJSON(e.stdout, plan)
	}
	out := e.stdout
	if !cmd.DryRun {
		out = e.stderr // what was done goes to the output
	}
	printRowPlan(out, api.RowAnswer{Will: plan.Will, Wont: plan.Wont})
	if plan.NeedsAccount {
		fmt.Fprintf(out, "It needs --account for %s.\n", plural(plan.WithoutAccount, "phone", "phones"))
	}
	if cmd.DryRun {
		return nil
	}
	if err := e.confirm(cmd.Yes, "Go on?"); err != nil {
		return err
	}
	in.DryRun = false
	done, err := c.ActOnDrifts(e.ctx, cmd.Platform, cmd.Vendor, action, in)
	if err != nil {
		return err
	}
	return cmd.finish(e, c, cmd.JSON, api.Answer{Operation: done.Operation})
}
