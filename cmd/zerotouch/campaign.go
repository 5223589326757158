package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

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
	return question
}

func nounOf(c api.Campaign) string { return ztp.OperationKind(c.Kind).Noun() }

// notStarted reports whether a campaign waits for somebody to start it.
func notStarted(c api.Campaign) bool { return c.State == api.CampaignPaused && c.StartedAt == nil }

func stateOf(c api.Campaign) string {
	if notStarted(c) {
		return "Not started"
	}
	return ztp.CampaignState(c.State).Title()
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
	_, err := fmt.Fprintf(w, "%d would be begun, with %d there is nothing to do, with %d it is not possible. Nothing was changed.\n",
		plan.Tally.Pending, plan.Tally.Already, plan.Tally.Skipped)
	return err
}

// itemNote says what is done, or why nothing or with what error.
func itemNote(i api.CampaignItem) string {
	if i.Error == nil {
		return i.Note
	}
	return strings.TrimSpace(i.Error.Title+". "+i.Error.Detail) + " (" + i.Error.Code + ")"
}

func printLeft(w io.Writer, left []api.LeftCompany) {
	for _, l := range left {
		fmt.Fprintf(w, "company left as it is: %s %s: %s\n", clean(l.ID), clean(l.Name), clean(l.Reason))
	}
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

type campaignCmd struct {
	List   campaignListCmd   `cmd:"" help:"List campaigns, newest first."`
	Show   campaignShowCmd   `cmd:"" help:"Show a campaign with what became of each platform."`
	Watch  campaignWatchCmd  `cmd:"" help:"Follow a campaign until it ends or rests."`
	Pause  campaignPauseCmd  `cmd:"" help:"Begin nothing more; what was begun comes to its end."`
	Resume campaignResumeCmd `cmd:"" help:"Go on, or start a campaign that waits for that."`
	Cancel campaignCancelCmd `cmd:"" help:"Leave undone what was not begun."`
}

type campaignListCmd struct {
	remote
	Vendor string `placeholder:"VENDOR" help:"Only those of this vendor."`
	Open   bool   `help:"Only those that have not ended."`
	Limit  int    `default:"50" placeholder:"N" help:"At most so many; 0 for all (${default})."`
}

func (cmd *campaignListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	return printList(e, cmd.JSON, c.Campaigns(e.ctx, cmd.Vendor, cmd.Open), cmd.Limit,
		[]string{"ID", "KIND", "VENDOR", "STATE", "ENDED", "FAILED", "BUDGET", "ASKED AT", "BY"}, func(c api.Campaign) []string {
			t := c.Tally
			return []string{c.ID, nounOf(c), c.Vendor, stateOf(c), fmt.Sprintf("%d of %d", t.Total-t.Pending-t.Running, t.Total),
				fmt.Sprint(t.Failed + t.NeedsOperator), c.Budget, timeText(&c.CreatedAt), c.AskedBy}
		})
}

type atCampaign struct {
	remote
	ID string `arg:"" help:"Id of the campaign."`
}

type campaignShowCmd struct {
	atCampaign
	State string `placeholder:"STATE" help:"Only platforms in this state, such as failed."`
}

func (cmd *campaignShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	got, err := c.Campaign(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return printCampaign(e, c, cmd.JSON, got, cmd.State)
}

// printCampaign prints a campaign with its platforms.
func printCampaign(e *env, c *api.Client, asJSON bool, got api.Campaign, state string) error {
	got.Items = []api.CampaignItem{}
	for i, err := range c.CampaignItems(e.ctx, got.ID, state) {
		if err != nil {
			return err
		}
		got.Items = append(got.Items, i)
	}
	if asJSON {
		return printJSON(e.stdout, got)
	}
	if err := printFields(e.stdout,
		"id", got.ID, "kind", nounOf(got), "vendor", got.Vendor, "state", stateOf(got), "why", got.Reason, "budget", got.Budget,
		"older than", got.OlderThan, "asked by", got.AskedBy, "asked at", timeText(&got.CreatedAt), "next at", timeText(got.NextAt),
		"ended at", timeText(got.FinishedAt), "platforms", tallyText(got.Tally),
	); err != nil {
		return err
	}
	var rows [][]string
	for _, i := range got.Items {
		rows = append(rows, []string{i.Platform, ztp.CampaignItemState(i.State).Title(), timeText(i.FinishedAt), i.Operation, itemNote(i)})
	}
	if err := printTable(e.stdout, []string{"PLATFORM", "STATE", "ENDED AT", "OPERATION", "NOTE"}, rows); err != nil {
		return err
	}
	printLeft(e.stdout, got.Left)
	if got.Error != nil {
		printProblem(e.stdout, "paused by: ", *got.Error)
	}
	return nil
}

// tallyText counts in words.
func tallyText(t api.CampaignTally) string {
	var parts []string
	for _, n := range []struct {
		n     int
		state ztp.CampaignItemState
	}{
		{t.Pending, ztp.ItemPending}, {t.Running, ztp.ItemRunning}, {t.Done, ztp.ItemDone}, {t.Already, ztp.ItemAlready}, {t.Failed, ztp.ItemFailed},
		{t.NeedsOperator, ztp.ItemNeedsOperator}, {t.Skipped, ztp.ItemSkipped}, {t.Cancelled, ztp.ItemCancelled},
	} {
		if n.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.n, lower(n.state)))
		}
	}
	return fmt.Sprintf("%d: %s", t.Total, strings.Join(parts, ", "))
}

type campaignWatchCmd struct {
	atCampaign
	Timeout time.Duration `default:"12h" placeholder:"TIME" help:"How long to follow it (${default})."`
}

func (cmd *campaignWatchCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	got, err := c.Campaign(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return watchCampaign(e, c, cmd.JSON, got, cmd.Timeout)
}

// campaignError is a campaign that did not end well, rests, or has not ended in the
// time that was given to it.
type campaignError struct{ c api.Campaign }

func (e campaignError) Error() string {
	t := e.c.Tally
	switch {
	case notStarted(e.c):
		return "nobody has started the campaign. To start it: zerotouch campaign resume " + e.c.ID
	case !e.c.Final() && e.c.State == api.CampaignPaused:
		return "the campaign is paused: " + e.c.Reason + " To let it go on: zerotouch campaign resume " + e.c.ID
	case !e.c.Final():
		return "it has not ended in the time given; it goes on, see: zerotouch campaign watch " + e.c.ID
	case e.c.State == api.CampaignCancelled:
		return "the campaign was cancelled"
	}
	return plural(t.Failed, "platform", "platforms") + " failed and " + plural(t.NeedsOperator, "needs attention", "need attention")
}

// watchCampaign follows a campaign and prints its tally when that changes. It returns
// nil when every platform ended without a failure.
func watchCampaign(e *env, c *api.Client, asJSON bool, got api.Campaign, timeout time.Duration) error {
	var printed api.CampaignTally
	end := time.Now().Add(timeout)
	for {
		if got.Tally != printed && !asJSON {
			fmt.Fprintln(e.stdout, clean(tallyText(got.Tally)))
			printed = got.Tally
		}
		rests := got.State == api.CampaignPaused && got.Tally.Running == 0
		if got.Final() || rests || !time.Now().Before(end) {
			break
		}
		select {
		case <-time.After(min(pollTime, time.Until(end))):
		case <-e.ctx.Done():
			return e.ctx.Err()
		}
		next, err := c.Campaign(e.ctx, got.ID)
		if err != nil {
			fmt.Fprintf(e.stderr, "The campaign goes on without us; to follow it again: zerotouch campaign watch %s\n", clean(got.ID))
			return err
		}
		got = next
	}
	if err := printCampaign(e, c, asJSON, got, ""); err != nil {
		return err
	}
	if got.State == api.CampaignDone && got.Tally.Failed+got.Tally.NeedsOperator == 0 {
		return nil
	}
	return campaignError{got}
}

// move sends a change of a campaign and says how it is then.
func (cmd atCampaign) move(e *env, send func(*api.Client) (api.Campaign, error)) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	got, err := send(c)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, got)
	}
	_, err = fmt.Fprintf(e.stdout, "Campaign %s: %s. %s\n", clean(got.ID), strings.ToLower(stateOf(got)), clean(tallyText(got.Tally)))
	return err
}

type campaignPauseCmd struct{ atCampaign }

func (cmd *campaignPauseCmd) Run(e *env) error {
	return cmd.move(e, func(c *api.Client) (api.Campaign, error) { return c.PauseCampaign(e.ctx, cmd.ID) })
}

type campaignResumeCmd struct {
	atCampaign
	asking
}

func (cmd *campaignResumeCmd) Run(e *env) error {
	if err := e.confirm(cmd.Yes, "Let this campaign go on with the platforms that it has not begun?"); err != nil {
		return err
	}
	return cmd.move(e, func(c *api.Client) (api.Campaign, error) { return c.ResumeCampaign(e.ctx, cmd.ID) })
}

type campaignCancelCmd struct {
	atCampaign
	asking
}

func (cmd *campaignCancelCmd) Run(e *env) error {
	if err := e.confirm(cmd.Yes, "Leave undone what this campaign has not begun? What was begun comes to its end."); err != nil {
		return err
	}
	return cmd.move(e, func(c *api.Client) (api.Campaign, error) { return c.CancelCampaign(e.ctx, cmd.ID) })
}
