package main

import (
	"cmp"
	"fmt"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type phonesCmd struct {
	Waiting   phonesWaitingCmd   `cmd:"" help:"List phones that get holding settings, the longest first."`
	Traffic   phonesTrafficCmd   `cmd:"" help:"Count the fetches of a platform's phones by the hour, in the last seven days."`
	Unclaimed phonesUnclaimedCmd `cmd:"" help:"List phones that came by a URL of the platform and are registered nowhere."`
	Resync    resyncCmd          `cmd:"" help:"Tell phones by SIP to look for their settings again, spread over a time."`
}

type phonesWaitingCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
}

func (cmd *phonesWaitingCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	header := []string{"MAC", "NAME", "WHY", "SINCE", "LAST CAME", "FROM"}
	return printList(e, cmd.JSON, c.Waiting(e.ctx, cmd.Platform), 0, header, func(w api.WaitingPhone) []string {
		why := w.Waiting.Title
		if w.AdmittedUntil != nil {
			why = "Admitted: gets its settings when it comes next"
		}
		came := timeText(&w.Waiting.At)
		if w.Waiting.Network == "" { // it is held, and has not come since
			came = ""
		}
		return []string{w.MAC, w.Name, why, timeText(&w.Waiting.Since), came, waitingFrom(w)}
	})
}

// waitingFrom are the networks that wait, so that who admits the phone can say which.
func waitingFrom(w api.WaitingPhone) string {
	var all []string
	for _, n := range w.Waiting.Networks {
		text := n.Network
		switch {
		case n.Admitted:
			text += " (admitted)"
		case n.Known:
			text += " (known)"
		}
		all = append(all, text)
	}
	if len(all) == 0 { // of a server before it told them apart
		return w.Waiting.Network
	}
	if w.Waiting.OtherVisits > 0 {
		all = append(all, "others")
	}
	return strings.Join(all, ", ")
}

type phonesUnclaimedCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
}

func (cmd *phonesUnclaimedCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	header := []string{"MAC", "ACCOUNT", "LAST CAME", "FROM", "SAYS IT IS"}
	return printList(e, cmd.JSON, c.Unclaimed(e.ctx, cmd.Platform), 0, header, func(u api.UnclaimedPhone) []string {
		return []string{u.MAC, u.Account, timeText(&u.LastAt), u.Network, u.Agent}
	})
}

type endpointAdmitCmd struct {
	remote
	asking
	atEndpoint
	Network string `placeholder:"NETWORK" help:"Who is the phone, by the network that phones waiting names, or an address in it. Needed where several wait, or the phone is known from another one."`
}

func (cmd *endpointAdmitCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	who := "the one network that waits, or where nobody does to whoever comes by its URL next"
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Give the settings of %s to %s?", cmd.MAC, cmp.Or(cmd.Network, who))); err != nil {
		return err
	}
	p, err := c.AdmitEndpointFrom(e.ctx, cmd.Platform, cmd.MAC, cmd.Network)
	return printContact(e, cmd.JSON, p, err)
}

type endpointDismissCmd struct {
	remote
	atEndpoint
}

func (cmd *endpointDismissCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	p, err := c.DismissEndpoint(e.ctx, cmd.Platform, cmd.MAC)
	return printContact(e, cmd.JSON, p, err)
}

func printContact(e *env, asJSON bool, p api.Endpoint, err error) error {
	switch {
	case err != nil:
		return err
	case asJSON:
		return printJSON(e.stdout, p)
	}
	k := p.Contact
	if k == nil { // of a server before there were contacts, or of a phone that is given up
		return printFields(e.stdout, "mac", p.MAC, "name", p.Name)
	}
	return printFields(e.stdout, "mac", p.MAC, "name", p.Name, "assurance", assuranceText(k), "waits", waitsText(k),
		"password given", timeText(k.PasswordAt), "password in use since", timeText(k.PasswordUsedAt), "window open until", timeText(k.WindowUntil))
}

func assuranceText(c *api.Contact) string {
	if c == nil {
		return ""
	}
	return c.Assurance + ", " + ztp.Assurance(c.Assurance).Title()
}

func waitsText(c *api.Contact) string {
	if c == nil || c.Waiting == nil {
		return ""
	}
	text := c.Waiting.Title + ", since " + timeText(&c.Waiting.Since)
	if c.ResumedAt != nil {
		text += "; the phone itself has come since, " + timeText(c.ResumedAt) + " (to end the alarm: zerotouch endpoint dismiss)"
	}
	return text
}

type accountTokenListCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
	Account  string `arg:"" help:"Slug or id of the account."`
}

func (cmd *accountTokenListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	header := []string{"ID", "ISSUED", "LAST USED", "ENTRIES", "PROFILES", "PHONES", "NEEDED"}
	return printList(e, cmd.JSON, c.AccountTokens(e.ctx, cmd.Platform, cmd.Account), 0, header, func(t api.AccountToken) []string {
		return []string{t.ID, timeText(&t.CreatedAt), timeText(t.UsedAt), fmt.Sprint(t.Entries), fmt.Sprint(t.Profiles), fmt.Sprint(t.Phones), t.Needed}
	})
}

type accountTokenRetireCmd struct {
	remote
	asking
	Platform string `arg:"" help:"Slug or id of the platform."`
	Account  string `arg:"" help:"Slug or id of the account."`
	Token    string `arg:"" help:"Id of the token; see account token list."`
	Force    bool   `help:"Also while phones still have it: they get a 404 then, and need a visit or a factory reset."`
}

func (cmd *accountTokenRetireCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("End token %s of account %s?", cmd.Token, cmd.Account)); err != nil {
		return err
	}
	if err := c.RetireToken(e.ctx, cmd.Platform, cmd.Account, api.RetireToken{Token: cmd.Token, Force: cmd.Force}); err != nil {
		return err
	}
	return printRemoved(e, cmd.JSON, cmd.Token)
}
