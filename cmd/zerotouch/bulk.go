package main

import (
	"bufio"
	"fmt"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// atEndpoints is what verbs take that may be for many phones at once.
type atEndpoints struct {
	Platform string   `arg:"" help:"Slug or id of the platform."`
	MACs     []string `arg:"" optional:"" name:"mac" help:"MAC addresses in any usual spelling; several are one request."`
	File     string   `placeholder:"FILE" help:"Read the MAC addresses from this file, one a line; - is the standard input."`
}

// one is the phone where a single one is named.
func (at atEndpoints) one() (atEndpoint, bool) {
	if at.File != "" || len(at.MACs) != 1 {
		return atEndpoint{}, false
	}
	return atEndpoint{Platform: at.Platform, MAC: at.MACs[0]}, true
}

// bulk asks for the same of all of them.
func (at atEndpoints) bulk(e *env, r remote, f following, action string) error {
	macs, err := at.all(e)
	if err != nil {
		return err
	}
	if len(macs) == 0 {
		return usagef("name at least one phone, or a file with --file")
	}
	c, err := r.client(e)
	if err != nil {
		return err
	}
	if action == "release" {
		if err := e.confirm(f.Yes, fmt.Sprintf("Give up %s? Anybody may claim them then.", ztp.Counted(len(macs), "phone", "phones"))); err != nil {
			return err
		}
	}
	a, err := c.BulkEndpoints(e.ctx, at.Platform, api.BulkEndpoints{Action: action, MACs: macs})
	if err != nil {
		return err
	}
	return f.finish(e, c, r.JSON, a)
}

// all are the addresses that are named, with those of the file: of each line the first
// word, so that a list of phones will do. Empty lines and those with # do not count.
func (at atEndpoints) all(e *env) ([]string, error) {
	if at.File == "" {
		return at.MACs, nil
	}
	in, err := e.input(at.File)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	macs := at.MACs
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		words := strings.FieldsFunc(lines.Text(), func(c rune) bool { return c == ',' || c == ';' || c == ' ' || c == '\t' || c == '\r' })
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		if _, err := ztp.ParseMAC(words[0]); err != nil {
			if n == 1 && strings.EqualFold(words[0], "mac") {
				continue // the header of an export
			}
			return nil, usagef("--file: line %d: %q is not a MAC address; nothing was changed", n, words[0])
		}
		macs = append(macs, words[0])
	}
	return macs, lines.Err()
}
