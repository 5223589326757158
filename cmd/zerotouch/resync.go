package main

import (
	"fmt"
	"strings"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type resyncCmd struct {
	Begin  resyncBeginCmd  `cmd:"" default:"withargs" help:"Tell phones of a platform by SIP to look for their settings again."`
	List   resyncListCmd   `cmd:"" help:"List what was begun on a platform, newest first."`
	Show   resyncShowCmd   `cmd:"" help:"Show how far it is, and what became of each phone."`
	Cancel resyncCancelCmd `cmd:"" help:"Let no further phone of it be told."`
}

// telling is how phones are told.
type telling struct {
	Reboot  bool          `help:"Let them restart, which ends calls. Without it they restart only where a changed setting needs it."`
	DryRun  bool          `help:"Only say what would be done."`
	Wait    bool          `help:"Follow it until every phone was told, or can't be."`
	Timeout time.Duration `default:"25h" placeholder:"TIME" help:"How long --wait waits (${default})."`
}

type resyncBeginCmd struct {
	remote
	telling
	atEndpoints
	Account string        `placeholder:"ACCOUNT" help:"Only phones of this account."`
	Over    time.Duration `placeholder:"TIME" help:"Spread over this time, up to 24h, such as 30m; as fast as may be without it: 50 phones a second."`
}

func (cmd *resyncBeginCmd) Run(e *env) error {
	macs, err := cmd.all(e)
	if err != nil {
		return err
	}
	if cmd.File != "" && len(macs) == 0 {
		return usagef("--file: it names no phone; nothing was begun")
	}
	if cmd.Over < 0 || cmd.Over > ztp.MaxResyncSpread {
		return usagef("--over is a time of up to 24h, such as 30m")
	}
	return cmd.begin(e, cmd.remote, cmd.atEndpoints.Platform, api.NewResync{MACs: macs, Account: cmd.Account, WithinSeconds: int(cmd.Over.Seconds())})
}

type endpointResyncCmd struct {
	remote
	telling
	atEndpoint
}

func (cmd *endpointResyncCmd) Run(e *env) error {
	return cmd.begin(e, cmd.remote, cmd.Platform, api.NewResync{MACs: []string{cmd.MAC}})
}

func (t telling) begin(e *env, r remote, platform string, in api.NewResync) error {
	c, err := r.client(e)
	if err != nil {
		return err
	}
	in.Reboot, in.DryRun = t.Reboot, t.DryRun
	got, err := c.BeginResync(e.ctx, platform, in)
	switch {
	case err != nil:
		return err
	case t.Wait && !t.DryRun:
		return watchResync(e, c, r.JSON, got, t.Timeout)
	case r.JSON:
		return printJSON(e.stdout, got)
	case t.DryRun:
		return printResyncPlan(e, got)
	}
	fmt.Fprintf(e.stdout, "%s. The last one's turn: %s. To see how far it is: zerotouch phones resync show %s\n", resyncTally(got.Tally), timeText(&got.EndsAt), got.ID)
	return nil
}

func printResyncPlan(e *env, r api.Resync) error {
	restart := "only where a setting needs it"
	if r.Reboot {
		restart = "yes"
	}
	fields := []string{"phones told", fmt.Sprint(r.Phones), "in the way", r.Trouble, "spread", spread(r.SpreadSeconds), "restart", restart}
	for _, l := range ztp.ResyncLefts {
		if n := r.LeftOut[string(l)]; n > 0 {
			fields = append(fields, "left out", fmt.Sprintf("%d: %s", n, l.Says()))
		}
	}
	if err := printFields(e.stdout, fields...); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "Nothing was begun.")
	return err
}

func spread(seconds float64) string {
	return ztp.SpreadText(time.Duration(seconds*1000) * time.Millisecond)
}

// resyncTally counts in words.
func resyncTally(t map[string]int) string {
	var parts []string
	for _, s := range ztp.ResyncItemStates {
		if n := t[string(s)]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, lower(s)))
		}
	}
	return strings.Join(parts, ", ")
}

// resyncError is a resync that has not told every phone.
type resyncError struct{ r api.Resync }

func (e resyncError) Error() string {
	switch e.r.State {
	case api.ResyncRunning:
		return "it has not ended in the time given; it goes on, see: zerotouch phones resync show " + e.r.ID
	case api.ResyncCancelled:
		return "it was cancelled"
	}
	return plural(resyncMissed(e.r), "phone was", "phones were") + " not told"
}

// resyncMissed is how many phones were neither told nor have come by themselves.
func resyncMissed(r api.Resync) int {
	return r.Phones - r.Tally[string(ztp.ResyncItemTold)] - r.Tally[string(ztp.ResyncItemCame)]
}

// watchResync follows one until it ends. It returns nil when every phone was told or has
// come by itself.
func watchResync(e *env, c *api.Client, asJSON bool, got api.Resync, timeout time.Duration) error {
	err := followed{
		line:  func() string { return strings.TrimSpace(resyncTally(got.Tally) + ". " + got.Trouble) },
		over:  func() bool { return got.State != api.ResyncRunning },
		ask:   func() (err error) { got, err = c.Resync(e.ctx, got.ID); return err },
		again: "It goes on without us; to see how far it is: zerotouch phones resync show " + got.ID,
	}.follow(e, asJSON, timeout)
	if err != nil {
		return err
	}
	if asJSON {
		if err := printJSON(e.stdout, got); err != nil {
			return err
		}
	}
	if got.State == api.ResyncDone && resyncMissed(got) == 0 {
		return nil
	}
	return resyncError{got}
}

type resyncListCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
	Limit    int    `default:"50" placeholder:"N" help:"At most so many; 0 for all (${default})."`
}

func (cmd *resyncListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	return printList(e, cmd.JSON, c.Resyncs(e.ctx, cmd.Platform), cmd.Limit, []string{"ID", "STATE", "FOR", "PHONES", "BEGUN AT", "BY", "UNTIL"}, func(r api.Resync) []string {
		return []string{r.ID, ztp.ResyncState(r.State).Title(), resyncFor(r), resyncTally(r.Tally), timeText(&r.CreatedAt), r.CreatedBy, timeText(&r.EndsAt)}
	})
}

// resyncFor says for whom it is.
func resyncFor(r api.Resync) string {
	switch {
	case r.MAC != "":
		return r.MAC
	case r.Account != "":
		return r.Platform + "/" + r.Account
	}
	return r.Platform
}

type resyncShowCmd struct {
	remote
	ID    string `arg:"" help:"Id of the resync."`
	State string `placeholder:"STATE" help:"Only phones in this state, such as not_registered."`
}

func (cmd *resyncShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	r, err := c.Resync(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	shown := struct {
		api.Resync
		Items []api.ResyncItem `json:"items"`
	}{r, []api.ResyncItem{}}
	for i, err := range c.ResyncItems(e.ctx, cmd.ID, cmd.State) {
		if err != nil {
			return err
		}
		shown.Items = append(shown.Items, i)
	}
	if cmd.JSON {
		return printJSON(e.stdout, shown)
	}
	if err := printFields(e.stdout, "id", r.ID, "for", resyncFor(r), "state", ztp.ResyncState(r.State).Title(), "in the way", r.Trouble, "phones", resyncTally(r.Tally),
		"restart", fmt.Sprint(r.Reboot), "spread", spread(r.SpreadSeconds), "begun at", timeText(&r.CreatedAt), "begun by", r.CreatedBy, "until", timeText(&r.EndsAt),
		"ended at", timeText(r.FinishedAt), "cancelled by", r.FinishedBy); err != nil {
		return err
	}
	rows := make([][]string, len(shown.Items))
	for n, i := range shown.Items {
		rows[n] = []string{i.MAC, ztp.ResyncItemState(i.State).Title(), timeText(i.DueAt), timeText(i.EndedAt), i.Target, resyncNote(i)}
	}
	return printTable(e.stdout, []string{"MAC", "STATE", "DUE AT", "ENDED AT", "TOLD AS", "NOTE"}, rows)
}

// resyncNote is what was answered, or why nothing was sent.
func resyncNote(i api.ResyncItem) string {
	switch {
	case i.LeftOut != "":
		return ztp.ResyncLeft(i.LeftOut).Says()
	case i.Note != "":
		return i.Note
	case i.Status != 0:
		return fmt.Sprintf("SIP %d", i.Status)
	}
	return ""
}

type resyncCancelCmd struct {
	remote
	ID string `arg:"" help:"Id of the resync."`
}

func (cmd *resyncCancelCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	r, err := c.CancelResync(e.ctx, cmd.ID)
	switch {
	case err != nil:
		return err
	case cmd.JSON:
		return printJSON(e.stdout, r)
	}
	_, err = fmt.Fprintf(e.stdout, "%s: %s\n", ztp.ResyncState(r.State).Title(), resyncTally(r.Tally))
	return err
}
