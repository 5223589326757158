package main

import (
	"fmt"
	"strings"

	"zerotouch.example/api"
)

type endpointFetchesCmd struct {
	remote
	atEndpoint
}

func (cmd *endpointFetchesCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	header := []string{"WHEN", "FROM", "RESULT", "TIMES", "BYTES", "SAYS IT IS"}
	return printList(e, cmd.JSON, c.Fetches(e.ctx, cmd.Platform, cmd.MAC), 0, header, func(f api.Fetch) []string {
		says := f.Agent
		if f.Model != "" {
			says = strings.TrimSpace(f.Model + " " + f.Firmware)
		}
		return []string{timeText(&f.At), f.Address, f.Title, fmt.Sprint(f.Times), fmt.Sprint(f.Bytes), says}
	})
}
