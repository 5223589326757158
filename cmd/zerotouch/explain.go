package main

import (
	"fmt"
	"strings"
)

type endpointExplainCmd struct {
	remote
	atEndpoint
}

func (cmd *endpointExplainCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	x, err := c.ExplainEndpoint(e.ctx, cmd.Platform, cmd.MAC)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, x)
	}
	verdict, todo := "Nothing is known to stand in its way.", ""
	if x.InService {
		verdict = "It is in service."
	}
	var rows [][]string
	for _, g := range x.Gates {
		what := g.Text
		if g.Why != "" {
			what = g.Why + ". " + g.Text
		}
		if g.Name == x.First {
			verdict, todo = g.Title+": "+g.Why+".", "What to do: "+g.Remedy+"\n"
		}
		rows = append(rows, []string{g.Title, g.State, strings.TrimSpace(what)})
	}
	if _, err := fmt.Fprintf(e.stdout, "%s\n%s\n", clean(verdict), todo); err != nil {
		return err
	}
	return printTable(e.stdout, []string{"GATE", "STATE", "WHAT IS KNOWN"}, rows)
}
