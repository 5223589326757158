package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

func nounOf(c api.Campaign) string { return ztp.OperationKind(c.Kind).Noun() }

// notStarted reports whether a campaign waits for somebody to start it.
func notStarted(c api.Campaign) bool { return c.State == api.CampaignPaused && c.StartedAt == nil }

func stateOf(c api.Campaign) string {
	if notStarted(c) {
		return "Not started"
	}
	return ztp.CampaignState(c.State).Title()
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
	err := followed{
		line:  func() string { return tallyText(got.Tally) },
		over:  func() bool { return got.Final() || got.State == api.CampaignPaused && got.Tally.Running == 0 },
		ask:   func() (err error) { got, err = c.Campaign(e.ctx, got.ID); return err },
		again: "The campaign goes on without us; to follow it again: zerotouch campaign watch " + got.ID,
	}.follow(e, asJSON, timeout)
	if err != nil {
		return err
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
