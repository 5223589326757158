package main

import (
	"fmt"

	"zerotouch.example/internal/ztp"
)

type phonesTrafficCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
}

func (cmd *phonesTrafficCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	t, err := c.Traffic(e.ctx, cmd.Platform)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, t)
	}
	var rows [][]string
	for _, x := range t.Items {
		rows = append(rows, []string{timeText(&x.Hour), ztp.FetchResult(x.Result).Title(), fmt.Sprint(x.Fetches)})
	}
	return printTable(e.stdout, []string{"HOUR", "RESULT", "FETCHES"}, rows)
}
