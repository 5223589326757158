package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type rolloutCmd struct {
	List    rolloutListCmd    `cmd:"" help:"List changes of settings that touch many phones, newest first."`
	Show    rolloutShowCmd    `cmd:"" help:"Show one: what it changes, for how many phones, how far it is and what is seen of them."`
	Advance rolloutAdvanceCmd `cmd:"" help:"Send it on now: to the next part of the phones, to the same once more where it was stopped, or to the one named."`
	Stop    rolloutStopCmd    `cmd:"" help:"Let no further phones have it; those that have it keep it."`
	Back    rolloutBackCmd    `cmd:"" help:"Make what was set before count again, at once for every phone."`
}

type rolloutListCmd struct {
	remote
	Open bool `help:"Only those that are neither done nor taken back."`
}

func (cmd *rolloutListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	list, err := c.Rollouts(e.ctx, cmd.Open)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, list)
	}
	rows := make([][]string, len(list.Items))
	for i, r := range list.Items {
		rows[i] = []string{r.ID, rolloutWhere(r), ztp.RolloutState(r.State).Title(), rolloutRing(r), timeText(&r.ProposedAt), r.ProposedBy}
	}
	return printTable(e.stdout, []string{"ID", "SETTINGS OF", "STATE", "PHONES", "PROPOSED AT", "BY"}, rows)
}

func rolloutWhere(r api.Rollout) string {
	switch r.Layer {
	case string(ztp.LayerAccount):
		return r.Platform + "/" + r.Account
	case string(ztp.LayerPlatform):
		return r.Platform
	}
	return r.Layer
}

func rolloutRing(r api.Rollout) string {
	return ztp.Rollout{State: ztp.RolloutState(r.State), Percent: r.Percent, Phones: r.Phones, InRing: r.InRing}.Reach(strconv.Itoa)
}

type atRollout struct {
	remote
	ID string `arg:"" help:"Id of the change."`
}

type rolloutShowCmd struct{ atRollout }

func (cmd *rolloutShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	r, err := c.Rollout(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return printRollout(e, cmd.JSON, r)
}

func printRollout(e *env, asJSON bool, r api.Rollout) error {
	if asJSON {
		return printJSON(e.stdout, r)
	}
	w := r.Watch
	signs := func(s api.PhoneSigns) string {
		text := fmt.Sprintf("%d of the ring and %d others came, %d of the ring registered", s.Ring, s.Others, s.Registered)
		if w.Before.Earlier+w.Before.EarlierRegistered > 0 {
			text += fmt.Sprintf("; of the ring before %d came, %d registered", s.Earlier, s.EarlierRegistered)
		}
		return text
	}
	fields := []string{"id", r.ID, "settings of", rolloutWhere(r), "state", ztp.RolloutState(r.State).Title(), "why", r.Reason, "phones", rolloutRing(r),
		"proposed at", timeText(&r.ProposedAt), "proposed by", r.ProposedBy, "moved at", timeText(&r.MovedAt), "moved by", r.MovedBy}
	if r.RingAt != nil {
		fields = append(fields, "before", signs(w.Before), "spread at", timeText(w.SpreadAt), "again at", timeText(w.AgainAt), "seen at", timeText(w.SeenAt))
		if w.SeenAt != nil {
			fields = append(fields, "since", signs(w.Now))
		}
	}
	if err := printFields(e.stdout, fields...); err != nil {
		return err
	}
	var rows [][]string
	for _, c := range r.Changes {
		rows = append(rows, []string{ztp.SettingName(c.Name).Label(c.Index), changeValue(c, c.Before), changeValue(c, c.After)})
	}
	if len(rows) > 0 {
		if err := printTable(e.stdout, []string{"SETTING", "BEFORE", "AFTER"}, rows); err != nil {
			return err
		}
	}
	rows = nil
	for _, m := range r.Models {
		rows = append(rows, []string{m.Vendor, m.Model, fmt.Sprint(m.Phones)})
	}
	if len(rows) == 0 {
		return nil
	}
	return printTable(e.stdout, []string{"VENDOR", "MODEL", "PHONES"}, rows)
}

// changeValue is a value of a diff in a table.
func changeValue(c api.RolloutChange, v *string) string {
	switch {
	case v == nil:
		return "(not set)"
	case c.Secret:
		return "(secret)"
	case *v == "":
		return "(empty)"
	}
	return shownSetting(c.Name, *v)
}

type rolloutAdvanceCmd struct {
	atRollout
	Percent int `name:"to" placeholder:"PERCENT" help:"1, 10 or 100: to how many percent of the phones. Without it the next part, or the same once more where it was stopped."`
}

func (cmd *rolloutAdvanceCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if cmd.Percent == 0 {
		r, err := c.Rollout(e.ctx, cmd.ID)
		if err != nil {
			return err
		}
		if cmd.Percent = (ztp.Rollout{State: ztp.RolloutState(r.State), Percent: r.Percent}).Onward(); cmd.Percent == 0 {
			cmd.Percent = r.Percent
		}
		if r.State == api.RolloutStopped {
			fmt.Fprintf(e.stderr, "It was stopped at %d %% and is watched there anew; --to names another part.\n", r.Percent)
		}
	}
	r, err := c.AdvanceRollout(e.ctx, cmd.ID, api.AdvanceRollout{Percent: cmd.Percent})
	if err != nil {
		return err
	}
	return printRollout(e, cmd.JSON, r)
}

type rolloutStopCmd struct {
	atRollout
	Reason string `placeholder:"TEXT" help:"Shown with it."`
}

func (cmd *rolloutStopCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	r, err := c.StopRollout(e.ctx, cmd.ID, api.StopRollout{Reason: cmd.Reason})
	if err != nil {
		return err
	}
	return printRollout(e, cmd.JSON, r)
}

type rolloutBackCmd struct{ atRollout }

func (cmd *rolloutBackCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	r, err := c.TakeBackRollout(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return printRollout(e, cmd.JSON, r)
}

type freezeCmd struct {
	remote
	Reason string `placeholder:"TEXT" help:"Shown while they are frozen."`
}

func (cmd *freezeCmd) Run(e *env) error {
	return setFreeze(e, cmd.remote, api.SetSettingFreeze{Frozen: true, Reason: cmd.Reason})
}

type unfreezeCmd struct{ remote }

func (cmd *unfreezeCmd) Run(e *env) error { return setFreeze(e, cmd.remote, api.SetSettingFreeze{}) }

func setFreeze(e *env, r remote, in api.SetSettingFreeze) error {
	c, err := r.client(e)
	if err != nil {
		return err
	}
	f, err := c.SetSettingFreeze(e.ctx, in)
	switch {
	case err != nil:
		return err
	case r.JSON:
		return printJSON(e.stdout, f)
	}
	fmt.Fprintln(e.stdout, frozenText(f))
	return nil
}

func frozenText(f api.SettingFreeze) string {
	if !f.Frozen {
		return "Changes of settings go out."
	}
	text := fmt.Sprintf("Settings are frozen since %s by %s", timeText(f.Since), clean(f.By))
	if f.Reason != "" {
		text += ": " + clean(f.Reason)
	}
	return text + ". Phones go on getting what they get."
}

// printRollouts tells of changes of settings that have not gone to every phone.
func printRollouts(w io.Writer, h api.Health) {
	if h.SettingFreeze.Frozen {
		fmt.Fprintf(w, "\n%s\n", frozenText(h.SettingFreeze))
	}
	for _, r := range h.Rollouts {
		state := strings.TrimSpace(ztp.RolloutState(r.State).Title() + ". " + clean(r.Reason))
		fmt.Fprintf(w, "\nA change of settings of %s is at %s: %s (zerotouch settings rollout show %s)\n",
			clean(rolloutWhere(r)), rolloutRing(r), state, r.ID)
	}
}
