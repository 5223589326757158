package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type endpointSIPCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
	File     string `required:"" placeholder:"FILE" help:"CSV with mac, registered (yes or no), the time and a reason (wrong_password, unknown_user, gone), one phone a line; without a time it is now. - is the standard input."`
}

// sipAtOnce is how many phones one request tells of.
const sipAtOnce = 5000

func (cmd *endpointSIPCmd) Run(e *env) error {
	in, err := e.input(cmd.File)
	if err != nil {
		return err
	}
	defer in.Close()
	all, err := readSIP(in, time.Now().UTC().Truncate(time.Second))
	if err != nil {
		return err
	}
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	var sum api.SIPRegistrations
	for some := range slices.Chunk(all, sipAtOnce) {
		got, err := c.SetSIPs(e.ctx, cmd.Platform, some)
		if err != nil {
			return err
		}
		sum.Stands, sum.Later, sum.NotFound, sum.Invalid = sum.Stands+got.Stands, sum.Later+got.Later, sum.NotFound+got.NotFound, sum.Invalid+got.Invalid
		sum.Results = append(sum.Results, got.Results...)
	}
	if cmd.JSON {
		return printJSON(e.stdout, sum)
	}
	for _, r := range sum.Results {
		if r.Result == "not_found" || r.Result == "invalid" {
			fmt.Fprintln(e.stdout, strings.TrimSpace(r.MAC+" "+strings.ReplaceAll(r.Result, "_", " ")+" "+r.Error))
		}
	}
	fmt.Fprintf(e.stdout, "Taken: %d, something later known: %d, not found: %d, invalid: %d\n", sum.Stands, sum.Later, sum.NotFound, sum.Invalid)
	return nil
}

// readSIP reads all lines before anything is told. Empty ones, those with # and a header do
// not count.
func readSIP(in io.Reader, now time.Time) ([]api.SIPRegistration, error) {
	lines := csv.NewReader(in)
	lines.FieldsPerRecord, lines.Comment, lines.TrimLeadingSpace = -1, '#', true
	var all []api.SIPRegistration
	for n := 1; ; n++ {
		fields, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF) && len(all) == 0:
			return nil, usagef("--file: there is no phone in it")
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, usagef("--file: %v; nothing was told", err)
		case n == 1 && strings.EqualFold(fields[0], "mac"):
			continue
		}
		one, err := sipOf(fields, now)
		if err != nil {
			line, _ := lines.FieldPos(0)
			return nil, usagef("--file: line %d: %v; nothing was told", line, err)
		}
		all = append(all, one)
	}
}

func sipOf(fields []string, now time.Time) (api.SIPRegistration, error) {
	fields = append(fields, "", "", "")
	one := api.SIPRegistration{MAC: fields[0], PutSIP: api.PutSIP{At: now, Reason: fields[3]}}
	switch strings.ToLower(fields[1]) {
	case "yes", "true", "1":
		one.Registered = true
	case "no", "false", "0":
	default:
		return one, fmt.Errorf("%q is neither yes nor no; a line is MAC,yes or MAC,no", fields[1])
	}
	if one.Reason != "" && !slices.Contains(ztp.SIPReasons, ztp.SIPReason(one.Reason)) {
		return one, fmt.Errorf("%q is no reason; use wrong_password, unknown_user, gone or none", one.Reason)
	}
	if fields[2] == "" {
		return one, nil
	}
	var err error
	if one.At, err = time.Parse(time.RFC3339, fields[2]); err != nil {
		err = fmt.Errorf("%q is no time such as 2026-03-01T12:00:00Z", fields[2])
	}
	return one, err
}
