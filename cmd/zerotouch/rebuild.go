package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// rebuildCmd takes up what a lost database left at a vendor.
type rebuildCmd struct {
	remote
	asking
	Vendor        string        `arg:"" help:"Name of the vendor, such as snom."`
	DryRun        bool          `name:"dry-run" help:"Show what would be taken up, and change nothing."`
	RevokeOldKeys bool          `name:"revoke-old-keys" help:"Revoke the keys of ours whose secret is lost, once the new ones are in force. Only when no other copy of this installation is running."`
	Wait          bool          `name:"wait" help:"Follow it until everything is read back, and say what could not be known."`
	Timeout       time.Duration `name:"timeout" default:"1h" placeholder:"TIME" help:"How long --wait waits (${default})."`
}

func (cmd *rebuildCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	found, err := c.Rebuild(e.ctx, cmd.Vendor)
	if err != nil {
		return err
	}
	var take []string
	for _, co := range found.Companies {
		if co.State == api.RebuildNew || co.State == api.RebuildAgain {
			take = append(take, co.CompanyID)
		}
	}
	if cmd.DryRun && cmd.JSON {
		return printJSON(e.stdout, found)
	}
	if !cmd.JSON {
		if err := printRebuild(e.stdout, found, len(take)); err != nil {
			return err
		}
	}
	if cmd.DryRun {
		return nil
	}
	if len(take) > 0 {
		if err := e.confirm(cmd.Yes, cmd.question(len(take))); err != nil {
			return err
		}
	}
	if err := cmd.start(e, c, &found, take); err != nil {
		return err
	}
	if cmd.Wait {
		return cmd.follow(e, c, found)
	}
	if cmd.JSON {
		return printJSON(e.stdout, found)
	}
	if len(take) > 0 {
		fmt.Fprintf(e.stdout, "%s begun. To follow: zerotouch rebuild %s --wait\n", plural(len(take), "rebuild is", "rebuilds are"), clean(cmd.Vendor))
	}
	return nil
}

func (cmd *rebuildCmd) question(n int) string {
	q := fmt.Sprintf("Take up %s with a new key each? No phone notices.", plural(n, "company", "companies"))
	if cmd.RevokeOldKeys {
		q = fmt.Sprintf("Take up %s with a new key each, and revoke the keys from before? Is no other copy of this installation running?", plural(n, "company", "companies"))
	}
	return q
}

// start asks for the companies that were shown, and takes over what became of them.
func (cmd *rebuildCmd) start(e *env, c *api.Client, found *api.Rebuild, take []string) error {
	for part := range slices.Chunk(take, ztp.MaxRebuild) {
		got, err := c.StartRebuild(e.ctx, cmd.Vendor, api.StartRebuild{Companies: part, RevokeOldKeys: cmd.RevokeOldKeys})
		if err != nil {
			return err
		}
		for _, now := range got.Companies {
			i := slices.IndexFunc(found.Companies, func(co api.RebuildCompany) bool { return co.CompanyID == now.CompanyID })
			if i >= 0 {
				found.Companies[i] = now
			}
		}
	}
	return nil
}

// follow waits for every rebuild under way and reports each as it ends, then what could
// not be known. Its error is that of the first one that did not go through.
func (cmd *rebuildCmd) follow(e *env, c *api.Client, found api.Rebuild) error {
	out := struct {
		api.Rebuild
		Operations []api.Operation `json:"operations"`
	}{found, []api.Operation{}}
	var failed error
	end := time.Now().Add(cmd.Timeout)
	for _, co := range found.Companies {
		if co.Operation == "" {
			continue
		}
		op, err := cmd.ended(e, c, co.Operation, end)
		if err != nil {
			return err
		}
		out.Operations = append(out.Operations, op)
		if op.State != api.OperationDone && failed == nil {
			failed = endedError{op}
		}
	}
	if cmd.JSON {
		now, err := c.Rebuild(e.ctx, cmd.Vendor)
		if err == nil { // else what ended is told all the same, and the error after it
			out.Rebuild = now
		}
		return errors.Join(printJSON(e.stdout, out), cmp.Or(failed, err))
	}
	if len(out.Operations) == 0 {
		fmt.Fprintln(e.stdout, "Nothing is under way.")
		return nil
	}
	fmt.Fprintln(e.stdout, "Lost for good, since no vendor knows it:")
	for _, s := range found.NotKnown {
		fmt.Fprintf(e.stdout, "  %s\n", clean(s))
	}
	return failed
}

// ended waits for one rebuild until end, and says how it stands then.
func (cmd *rebuildCmd) ended(e *env, c *api.Client, id string, end time.Time) (api.Operation, error) {
	op, err := c.Operation(e.ctx, id)
	for err == nil && !op.Final() && time.Now().Before(end) {
		op, err = c.WaitOperation(e.ctx, id, waitTime(20*time.Second, end))
	}
	if err != nil {
		fmt.Fprintf(e.stderr, "It goes on without us; to follow it again: zerotouch rebuild %s --wait\n", clean(cmd.Vendor))
		return op, err
	}
	if cmd.JSON {
		return op, nil
	}
	printEnd(e.stdout, op)
	if op.Error != nil && op.State != api.OperationDone {
		printProblem(e.stdout, "  ", *op.Error)
	}
	return op, nil
}

// printRebuild shows what was found, before anybody is asked.
func printRebuild(w io.Writer, found api.Rebuild, take int) error {
	rows := make([][]string, 0, len(found.Companies))
	for _, co := range found.Companies {
		rows = append(rows, []string{co.CompanyID, co.Name, co.Nonce, rebuildStates[co.State], co.Platform})
	}
	if len(rows) > 0 {
		if err := printTable(w, []string{"COMPANY", "PLATFORM", "NONCE", "STATE", "HERE"}, rows); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "%s the label of this installation; to take up: %d. %s without it and left alone.\n",
		plural(len(rows), "company carries", "companies carry"), take, plural(found.Others, "company is", "companies are"))
	return nil
}

var rebuildStates = map[string]string{
	api.RebuildNew: "to take up", api.RebuildAgain: "to take up again", api.RebuildRunning: "under way",
	api.RebuildKnown: "here already", api.RebuildAmbiguous: "ambiguous, not taken",
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
