package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type reconcileCmd struct {
	remote
	following
	Vendor   string `arg:"" help:"Name of the vendor, such as snom."`
	Platform string `placeholder:"PLATFORM" help:"Compare and show this platform alone."`
	Class    string `placeholder:"CLASS" help:"Show rows of one class: ours_only, changed, theirs_only, not_judged, matching or not_ours."`
	All      bool   `help:"Show every row, also what matches and what is not ours."`
	Last     bool   `help:"Show the last complete comparison, without a new one."`
	Fix      string `xor:"row" placeholder:"ROW" help:"Run the operation that repairs what this row has found."`
	Adopt    string `xor:"row" placeholder:"ROW" help:"Take the company of this row up as that of --to."`
	Release  string `xor:"row" placeholder:"ROW" help:"Let the record here go of what this row names; nothing is sent."`
	To       string `placeholder:"PLATFORM" help:"For --adopt: the platform that takes the company up."`
	DryRun   bool   `help:"With --fix, --adopt or --release: only say what would be sent and changed."`
}

// Run compares, waits for the result and prints it, or does something about a row of
// the last one.
func (cmd *reconcileCmd) Run(e *env) error {
	if _, err := ztp.ParseRowClass(cmd.Class); err != nil {
		return usagef("--class: %s", ztp.AsError(err).Detail)
	}
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	for action, row := range map[string]string{"fix": cmd.Fix, "adopt": cmd.Adopt, "release": cmd.Release} {
		if row != "" {
			return cmd.onRow(e, c, action, row)
		}
	}
	if cmd.DryRun || cmd.To != "" {
		return usagef("--dry-run and --to go with --fix, --adopt or --release. A comparison changes nothing by itself.")
	}
	r, err := cmd.run(e, c)
	if err != nil {
		return err
	}
	return cmd.print(e, c, r)
}

// run asks for a reconciliation and waits for it.
func (cmd *reconcileCmd) run(e *env, c *api.Client) (api.Reconciliation, error) {
	if cmd.Last {
		return c.Reconciliation(e.ctx, cmd.Vendor, cmd.Platform, 0)
	}
	r, err := c.Reconcile(e.ctx, cmd.Vendor, api.Reconcile{Platform: cmd.Platform})
	said := ""
	for end := time.Now().Add(cmd.Timeout); err == nil && r.State != "idle"; {
		if line := progress(r); line != said && !cmd.JSON {
			fmt.Fprintln(e.stderr, line)
			said = line
		}
		if !time.Now().Before(end) {
			return r, fmt.Errorf("the comparison is still under way after %s; it goes on without us. See it with: zerotouch reconcile %s --last", cmd.Timeout, clean(cmd.Vendor))
		}
		r, err = c.Reconciliation(e.ctx, cmd.Vendor, cmd.Platform, waitTime(5*pollTime, end))
	}
	return r, err
}

func progress(r api.Reconciliation) string {
	switch {
	case r.State == "waiting":
		return "Waiting: " + clean(r.Waiting)
	case r.Total > 0:
		return fmt.Sprintf("Comparing: %d of %d companies read", r.Done, r.Total)
	}
	return "Comparing"
}

// print shows the last complete reconciliation. One that gave no result is an error.
func (cmd *reconcileCmd) print(e *env, c *api.Client, r api.Reconciliation) error {
	rows := []api.ReconciliationRow{}
	for row, err := range c.ReconciliationRows(e.ctx, cmd.Vendor, api.ReconciliationFilter{Platform: cmd.Platform, Class: cmd.Class}) {
		if err != nil {
			return err
		}
		if cmd.All || cmd.Class != "" || ztp.RowClass(row.Class).Differs() || row.Class == api.RowNotJudged {
			rows = append(rows, row)
		}
	}
	if cmd.JSON {
		err := printJSON(e.stdout, struct {
			api.Reconciliation
			Rows []api.ReconciliationRow `json:"rows"`
		}{r, rows})
		if err != nil {
			return err
		}
	} else if err := printReconciliation(e.stdout, r, rows); err != nil {
		return err
	}
	if r.Error != nil && !cmd.Last {
		return &api.Error{Problem: *r.Error}
	}
	return nil
}

func printReconciliation(w io.Writer, r api.Reconciliation, rows []api.ReconciliationRow) error {
	if r.Complete == nil {
		fmt.Fprintln(w, "No comparison is complete yet.")
		return nil
	}
	var counts []string
	for _, class := range ztp.RowClasses {
		counts = append(counts, fmt.Sprintf("%d %s", r.Complete.Rows[string(class)], strings.ToLower(class.Title())))
	}
	fmt.Fprintf(w, "Compared with %s at %s, asked for by %s: %s.\n", clean(r.Vendor), timeText(&r.Complete.At), clean(r.Complete.By), strings.Join(counts, ", "))
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = []string{row.ID, ztp.RowClass(row.Class).Title(), orDash(row.Platform), row.Title, what(row), toDo(r.Vendor, row)}
	}
	return printTable(w, []string{"ROW", "CLASS", "PLATFORM", "FOUND", "WHAT", "TO DO"}, cells)
}

// toDo is what can be done about a row: flags of this verb, which take the row, or
// another verb.
func toDo(vendor string, row api.ReconciliationRow) string {
	var out []string
	for _, offer := range row.Offers {
		switch {
		case offer == string(ztp.KindRevokeKey):
			offer = "zerotouch revoke-key " + row.Platform + " " + vendor + " " + row.ObjectID
		case offer == "adopt" && row.Platform == "":
			offer = "--adopt ROW --to PLATFORM"
		default:
			offer = "--" + offer + " ROW"
		}
		out = append(out, offer)
	}
	return strings.Join(out, ", ")
}

// what names the thing that a row is about.
func what(r api.ReconciliationRow) string {
	s := "company " + r.CompanyID
	if r.ObjectID != "" {
		s = r.Kind + " " + r.ObjectID + " in " + s
	}
	if r.Name != "" {
		s += " (" + r.Name + ")"
	}
	if r.Detail != "" {
		s += ": " + r.Detail
	}
	return s
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// onRow says what would be done about a row, asks, and does it.
func (cmd *reconcileCmd) onRow(e *env, c *api.Client, action, row string) error {
	in := api.RowRequest{DryRun: true, Platform: cmd.To}
	plan, err := c.ActOnRow(e.ctx, cmd.Vendor, row, action, in)
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
	printRowPlan(out, plan)
	if cmd.DryRun {
		return nil
	}
	if err := e.confirm(cmd.Yes, "Go on?"); err != nil {
		return err
	}
	in.DryRun = false
	done, err := c.ActOnRow(e.ctx, cmd.Vendor, row, action, in)
	if err != nil {
		return err
	}
	if done.Operation != nil {
		return cmd.finish(e, c, cmd.JSON, api.Answer{Operation: done.Operation})
	}
	if cmd.JSON {
		return printJSON(e.stdout, done)
	}
	if done.Kind == "" {
		fmt.Fprintln(e.stdout, "Released. Nothing was sent.")
		return nil
	}
	fmt.Fprintln(e.stdout, "Nothing had to be done.")
	return nil
}

func printRowPlan(w io.Writer, p api.RowAnswer) {
	for _, part := range []struct {
		head  string
		lines []string
	}{{"This will", p.Will}, {"This won't", p.Wont}} {
		fmt.Fprintln(w, part.head)
		for _, l := range part.lines {
			fmt.Fprintf(w, "  - %s\n", clean(strings.ReplaceAll(l, "`", "")))
		}
	}
}
