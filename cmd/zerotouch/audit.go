package main

import (
	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type auditCmd struct {
	List auditListCmd `cmd:"" help:"List the audit log, newest first."`
}

type auditListCmd struct {
	remote
	Platform string `placeholder:"PLATFORM" help:"Slug or id of a platform."`
	Vendor   string `placeholder:"VENDOR" help:"Name of a vendor."`
	Actor    string `placeholder:"NAME" help:"Who did it."`
	Action   string `placeholder:"ACTION" help:"What was done, such as rotate.asked."`
	Outcome  string `placeholder:"OUTCOME" help:"done, refused or failed."`
	Search   string `placeholder:"TEXT" help:"Part of target or detail."`
	Limit    int    `default:"50" placeholder:"N" help:"Rows at most (${default}); 0 for all."`
}

func (cmd *auditListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	outcome, err := ztp.ParseOutcome(cmd.Outcome)
	if err != nil {
		return err
	}
	f := api.EventFilter{
		Platform: cmd.Platform, Vendor: cmd.Vendor, Actor: cmd.Actor, Action: cmd.Action, Outcome: outcome, Text: cmd.Search,
	}
	header := []string{"AT", "ACTOR", "ACTION", "OUTCOME", "PLATFORM", "VENDOR", "TARGET", "CODE", "OPERATION"}
	return printList(e, cmd.JSON, c.Events(e.ctx, f), cmd.Limit, header, func(v api.Event) []string {
		return []string{timeText(&v.At), v.Actor, v.Action, ztp.OutcomeTitle(v.Outcome), v.Platform, v.Vendor, v.Target, v.Code, v.Operation}
	})
}
