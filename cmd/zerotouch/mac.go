package main

import (
	"fmt"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type endpointReplaceCmd struct {
	remote
	following
	Platform string  `arg:"" help:"Slug or id of the platform."`
	Old      string  `arg:"" help:"MAC address of the old phone."`
	New      string  `arg:"" help:"MAC address of the new phone."`
	PauseOld bool    `help:"Keep the old phone, paused; else it is released."`
	Name     *string `placeholder:"NAME" help:"Name of the new phone; the old one's when left out."`
	Model    *string `placeholder:"NAME" help:"Model of the new phone; the old one's when left out."`
}

func (cmd *endpointReplaceCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	in := api.ReplaceEndpoint{NewMAC: cmd.New, Old: api.OldRelease, Name: cmd.Name, Model: cmd.Model}
	question := fmt.Sprintf("Register %s in the place of %s and give %s up? Anybody may claim that then.", cmd.New, cmd.Old, cmd.Old)
	if cmd.PauseOld {
		in.Old, question = api.OldPause, fmt.Sprintf("Register %s in the place of %s and pause %s?", cmd.New, cmd.Old, cmd.Old)
	}
	if err := e.confirm(cmd.Yes, question); err != nil {
		return err
	}
	a, err := c.ReplaceEndpoint(e.ctx, cmd.Platform, cmd.Old, in)
	if err != nil {
		return err
	}
	return cmd.finish(e, c, cmd.JSON, a)
}

type endpointMoveCmd struct {
	remote
	following
	atEndpoint
	To      string `required:"" placeholder:"PLATFORM" help:"Slug or id of the platform it goes to."`
	Account string `required:"" placeholder:"ACCOUNT" help:"Slug or id of the account there."`
}

func (cmd *endpointMoveCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Give %s up in %s and register it in %s?", cmd.MAC, cmd.Platform, cmd.To)); err != nil {
		return err
	}
	a, err := c.MoveEndpoint(e.ctx, cmd.Platform, cmd.MAC, api.MoveEndpoint{Platform: cmd.To, Account: cmd.Account})
	if err != nil {
		return err
	}
	return cmd.finish(e, c, cmd.JSON, a)
}

type endpointFindCmd struct {
	remote
	Text string `arg:"" name:"text" help:"MAC address in any usual spelling; or four or more of its digits in a row, or beginnings of words of name, model and serial number."`
}

func (cmd *endpointFindCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if _, err := ztp.ParseMAC(cmd.Text); err != nil {
		found, err := c.FindEndpoints(e.ctx, cmd.Text)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(e.stdout, found)
		}
		return printPhones(e, found)
	}
	m, err := c.MAC(e.ctx, cmd.Text, "")
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, m)
	}
	if len(m.Phones) == 0 && len(m.Life) == 0 {
		_, err := fmt.Fprintf(e.stdout, "%s was never registered here.\n", clean(m.MAC))
		return err
	}
	return printMAC(e, m)
}

func printPhones(e *env, found api.FoundPhones) error {
	if len(found.Items) == 0 {
		_, err := fmt.Fprintln(e.stdout, "No phone of any platform is like this.")
		return err
	}
	var rows [][]string
	for _, p := range found.Items {
		rows = append(rows, []string{p.Endpoint.MAC, p.Platform, listedState(p.Endpoint), p.Endpoint.Account, p.Endpoint.Name, p.Endpoint.Model, p.Endpoint.Serial})
	}
	err := printTable(e.stdout, []string{"MAC", "PLATFORM", "STATE", "ACCOUNT", "NAME", "MODEL", "SERIAL"}, rows)
	if found.More && err == nil {
		_, err = fmt.Fprintln(e.stdout, "\nThere are more; a longer text finds fewer.")
	}
	return err
}

// printMAC prints who has a MAC address, and its life.
func printMAC(e *env, m api.MAC) error {
	var rows [][]string
	for _, p := range m.Phones {
		rows = append(rows, []string{p.Platform, listedState(p.Endpoint), p.Endpoint.Account, p.Endpoint.Name, p.Endpoint.Vendor, timeText(p.Endpoint.ConfirmedAt), timeText(p.Endpoint.FetchedAt)})
	}
	if err := printTable(e.stdout, []string{"PLATFORM", "STATE", "ACCOUNT", "NAME", "VENDOR", "CONFIRMED", "LAST FETCHED"}, rows); err != nil {
		return err
	}
	for _, op := range m.Operations {
		if _, err := fmt.Fprintf(e.stdout, "\nUnder way: %s, operation %s\n", clean(op.Kind), clean(op.ID)); err != nil {
			return err
		}
	}
	rows = nil
	for _, x := range m.Life {
		rows = append(rows, []string{timeText(&x.At), x.What, x.Actor, x.Platform, strings.TrimSpace(x.Outcome + " " + x.Code), x.Detail})
	}
	if _, err := fmt.Fprintln(e.stdout); err != nil {
		return err
	}
	return printTable(e.stdout, []string{"WHEN", "WHAT", "WHO", "PLATFORM", "OUTCOME", "DETAIL"}, rows)
}
