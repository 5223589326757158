package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// some is a verb on one link or, with --all, on many.
type some struct {
	remote
	following
	Platform string `arg:"" optional:"" help:"Slug or id of the platform; not with --all."`
	Vendor   string `arg:"" optional:"" help:"Name of the vendor, such as snom; not with --all."`
	All      string `name:"all" placeholder:"VENDOR" help:"Every platform at this vendor, one after the other: makes a campaign."`
	Budget   string `placeholder:"N/s" help:"With --all: vendor calls per second, minute or hour, such as 2/s or 30/m; gentle when left out."`
	DryRun   bool   `help:"With --all: only say what would happen to each platform."`
}

// one is the verb on one link.
func (s some) one(verb string) (action, error) {
	switch {
	case s.Platform == "" || s.Vendor == "":
		return action{}, usagef("name a platform and a vendor, or every platform by --all VENDOR\n  For help: zerotouch %s --help", verb)
	case s.Budget != "" || s.DryRun:
		return action{}, usagef("--budget and --dry-run belong to --all")
	}
	return action{s.remote, s.following, atLink{s.Platform, s.Vendor}}, nil
}

// many makes the campaign, after saying on a terminal what it would do.
func (s some) many(e *env, in api.NewCampaign) error {
	if s.Platform != "" {
		return usagef("name a platform and a vendor, or every platform by --all VENDOR, not both")
	}
	c, err := s.client(e)
	if err != nil {
		return err
	}
	in.Budget = s.Budget
	if s.DryRun || e.isTerminal && !s.Yes {
		dry := in
		dry.DryRun = true
		plan, err := c.CreateCampaign(e.ctx, s.All, dry)
		if err != nil {
			return err
		}
		if s.DryRun {
			return printPlan(e.stdout, s.JSON, plan)
		}
		if err := e.confirm(s.Yes, planQuestion(plan)); err != nil {
			return err
		}
	}
	made, err := c.CreateCampaign(e.ctx, s.All, in)
	if err != nil {
		return err
	}
	return s.madeCampaign(e, c, made)
}

// madeCampaign says what was made, or with --wait what became of it.
func (s some) madeCampaign(e *env, c *api.Client, made api.Campaign) error {
	switch {
	case s.Wait || made.Final():
		return watchCampaign(e, c, s.JSON, made, s.Timeout)
	case s.JSON:
		return printJSON(e.stdout, made)
	}
	_, err := fmt.Fprintf(e.stdout, "Campaign %s: %s of %d platforms at %s vendor calls. To follow it: zerotouch campaign watch %s\n",
		clean(made.ID), clean(nounOf(made)), made.Tally.Pending, clean(made.Budget), clean(made.ID))
	return err
}

// planQuestion asks with the counts of a dry run.
func planQuestion(plan api.Campaign) string {
	t := plan.Tally
	verb := strings.ToUpper(plan.Kind[:1]) + plan.Kind[1:]
	question := fmt.Sprintf("%s %d of %d platforms at %s, at %s vendor calls?", verb, t.Pending, t.Total, plan.Vendor, plan.Budget)
	if t.Already > 0 {
		question += fmt.Sprintf(" With %d there is nothing to do.", t.Already)
	}
	if t.Skipped > 0 {
		question += fmt.Sprintf(" With %d it is not possible (--dry-run says why).", t.Skipped)
	}
	if hint := namesakes(plan); hint != "" {
		question = hint + "\n" + question
	}
	return question
}

// namesakes warns of second companies beside those that people have made by hand.
func namesakes(plan api.Campaign) string {
	if plan.Namesakes == 0 {
		return ""
	}
	return fmt.Sprintf("%s the name of a company that is at %s already, and would get a second one. To take it up instead: zerotouch adopt --all %s --dry-run",
		plural(plan.Namesakes, "platform has", "platforms have"), plan.Vendor, plan.Vendor)
}

// would are the words of a dry run for what a platform's item would begin with.
func would(kind, state string) string {
	switch ztp.CampaignItemState(state) {
	case ztp.ItemPending:
		return "would " + kind
	case ztp.ItemAlready:
		return "nothing to do"
	}
	return "not possible"
}

func printPlan(w io.Writer, asJSON bool, plan api.Campaign) error {
	if asJSON {
		return printJSON(w, plan)
	}
	rows := make([][]string, 0, len(plan.Items))
	for _, i := range plan.Items {
		rows = append(rows, []string{i.Platform, would(plan.Kind, i.State), itemNote(i)})
	}
	if err := printTable(w, []string{"PLATFORM", "RESULT", "WHY"}, rows); err != nil {
		return err
	}
	printLeft(w, plan.Left)
	if hint := namesakes(plan); hint != "" {
		fmt.Fprintln(w, clean(hint))
	}
	_, err := fmt.Fprintf(w, "%d would be begun, with %d there is nothing to do, with %d it is not possible. Nothing was changed.\n",
		plan.Tally.Pending, plan.Tally.Already, plan.Tally.Skipped)
	return err
}

// readCompanies reads the file of an adoption.
func readCompanies(path string) ([]api.CampaignCompany, error) {
	file, err := os.ReadFile(path) //nolint:gosec // the operator's own file
	if err != nil {
		return nil, err
	}
	pairs, err := ztp.ParseCompanies(file)
	if err != nil {
		return nil, err
	}
	out := make([]api.CampaignCompany, 0, len(pairs))
	for _, p := range pairs {
		out = append(out, api.CampaignCompany{Line: p.Line, CompanyID: p.CompanyID, Platform: p.Platform, KeyID: p.Key.ID, KeySecret: api.Secret(p.Key.Secret.RevealSecret())})
	}
	return out, nil
}
