package main

import (
	"fmt"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

type auditCmd struct {
	List   auditListCmd   `cmd:"" help:"List the audit log, newest first."`
	Verify auditVerifyCmd `cmd:"" help:"Recompute the chain of the audit log in the database: no row was changed, taken out of its middle or put in (docs/security.md: its end)."`
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

// auditVerifyCmd reads the database itself: the key of the chain is sealed there, so
// whoever can only write to the database cannot make a chain that verifies.
type auditVerifyCmd struct{ local }

func (cmd *auditVerifyCmd) Run(e *env) error {
	return cmd.with(e, false, func(s *sqlstore.Store) error {
		n, err := s.VerifyEvents(e.ctx)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, struct {
				Events int64 `json:"events"`
			}{n})
		}
		_, err = fmt.Fprintf(e.stdout, "The audit log is as it was written: %d events, each chained to the one before.\n", n)
		return err
	})
}
