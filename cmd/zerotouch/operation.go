package main

import (
	"strconv"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type operationCmd struct {
	Show  operationShowCmd  `cmd:"" help:"Show an operation with its steps."`
	Watch operationWatchCmd `cmd:"" help:"Follow an operation until it ends."`

	Items  operationItemsCmd  `cmd:"" help:"Show what became of each phone of an import or of a change of many phones."`
	Cancel operationCancelCmd `cmd:"" help:"Leave undone what an operation for many phones has not sent yet."`
	Resume operationResumeCmd `cmd:"" help:"Take up the phones that an operation for many has left undone."`
}

type operationShowCmd struct {
	remote
	ID string `arg:"" help:"Id of the operation."`
}

func (cmd *operationShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	op, err := c.Operation(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, op)
	}
	if err := printFields(e.stdout,
		"id", op.ID, "kind", ztp.OperationKind(op.Kind).Noun(), "platform", op.Platform, "vendor", op.Vendor, "mac", op.MAC, "state", ztp.OperationState(op.State).Title(),
		"asked by", op.AskedBy, "asked at", timeText(&op.CreatedAt), "waits", op.Waiting, "goes on at", timeText(op.NextAt),
		"ended at", timeText(op.FinishedAt), "outcome", op.Outcome,
	); err != nil {
		return err
	}
	var rows [][]string
	for _, s := range op.Steps {
		rows = append(rows, []string{ztp.StepTitle(s.Name), s.State, timeText(s.At), s.Note})
	}
	if err := printTable(e.stdout, []string{"STEP", "STATE", "AT", "NOTE"}, rows); err != nil {
		return err
	}
	if op.Error != nil {
		printProblem(e.stdout, "", *op.Error)
	}
	return nil
}

type operationWatchCmd struct {
	remote
	ID      string        `arg:"" help:"Id of the operation."`
	Timeout time.Duration `default:"10m" placeholder:"TIME" help:"How long to follow it (${default})."`
}

func (cmd *operationWatchCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	op, err := c.Operation(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return watch(e, c, cmd.JSON, op, cmd.Timeout)
}

type operationItemsCmd struct {
	remote
	ID    string `arg:"" help:"Id of the operation."`
	State string `placeholder:"STATE" enum:",queued,sent,written,done,failed,cancelled" default:"" help:"Only those in this state."`
}

func (cmd *operationItemsCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	header := []string{"MAC", "ACTION", "STATE", "LINE", "WHY"}
	return printList(e, cmd.JSON, c.PhoneItems(e.ctx, cmd.ID, cmd.State), 0, header, func(i api.PhoneItem) []string {
		line, why := "", ""
		if i.Line > 0 {
			line = strconv.Itoa(i.Line)
		}
		if i.Error != nil {
			why = i.Error.Title
		}
		return []string{i.MAC, i.Action, i.State, line, why}
	})
}

type operationCancelCmd struct {
	remote
	ID string `arg:"" help:"Id of the operation."`
}

func (cmd *operationCancelCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	op, err := c.CancelOperation(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return following{}.finish(e, c, cmd.JSON, api.Answer{Operation: &op})
}

type operationResumeCmd struct {
	remote
	following
	ID string `arg:"" help:"Id of the operation."`
}

func (cmd *operationResumeCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	a, err := c.ResumeOperation(e.ctx, cmd.ID)
	if err != nil {
		return err
	}
	return cmd.finish(e, c, cmd.JSON, a)
}
