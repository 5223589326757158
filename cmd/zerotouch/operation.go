package main

import (
	"time"

	"zerotouch.example/internal/ztp"
)

type operationCmd struct {
	Show  operationShowCmd  `cmd:"" help:"Show an operation with its steps."`
	Watch operationWatchCmd `cmd:"" help:"Follow an operation until it ends."`
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
