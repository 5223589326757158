package main

import (
	"fmt"
	"io"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// atLink is what every verb on a link takes.
type atLink struct {
	Platform string `arg:"" help:"Slug or id of the platform."`
	Vendor   string `arg:"" help:"Name of the vendor, such as snom."`
}

// action is a verb that changes a link.
type action struct {
	remote
	following
	atLink
}

// run sends the change with a client and tells what came of it.
func (a action) run(e *env, send func(*api.Client) (api.Answer, error)) error {
	c, err := a.client(e)
	if err != nil {
		return err
	}
	answer, err := send(c)
	if err != nil {
		return err
	}
	return a.finish(e, c, a.JSON, answer)
}

type onboardCmd struct{ some }

func (cmd *onboardCmd) Run(e *env) error {
	if cmd.All != "" {
		return cmd.many(e, api.NewCampaign{Kind: string(ztp.KindOnboard)})
	}
	a, err := cmd.one("onboard")
	if err != nil {
		return err
	}
	return a.run(e, func(c *api.Client) (api.Answer, error) { return c.Onboard(e.ctx, cmd.Platform, cmd.Vendor) })
}

type rotateCmd struct {
	some
	OlderThan string `placeholder:"TIME" help:"With --all: only keys that are older, such as 90d."`
	Exposed   bool   `help:"The key may be known to others: also compare every address at the vendor with ours."`
	KeyID     string `name:"key-id" placeholder:"ID" help:"On a connected link: id of the new key; its secret is read from standard input or a prompt."`
}

func (cmd *rotateCmd) Run(e *env) error {
	if cmd.All != "" {
		if cmd.Exposed || cmd.KeyID != "" {
			return usagef("--exposed and --key-id are for one platform, not for --all")
		}
		return cmd.many(e, api.NewCampaign{Kind: string(ztp.KindRotate), OlderThan: cmd.OlderThan})
	}
	a, err := cmd.one("rotate")
	if err == nil && cmd.OlderThan != "" {
		err = usagef("--older-than belongs to --all")
	}
	if err != nil {
		return err
	}
	in := api.Rotate{Exposed: cmd.Exposed, KeyID: cmd.KeyID}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Replace the key of %s at %s? No phone notices.", cmd.Platform, cmd.Vendor)); err != nil {
		return err
	}
	if cmd.KeyID != "" {
		secret, err := e.readSecret("Key secret")
		if err != nil {
			return err
		}
		in.KeySecret = api.Secret(secret)
	}
	return a.run(e, func(c *api.Client) (api.Answer, error) { return c.Rotate(e.ctx, cmd.Platform, cmd.Vendor, in) })
}

type disableCmd struct {
	action
	Force bool `help:"The vendor is out of reach for good: wipe here without its confirmation."`
}

func (cmd *disableCmd) Run(e *env) error {
	question := fmt.Sprintf("Disable %s at %s? Its keys are revoked and its phones no longer redirected after a reset.", cmd.Platform, cmd.Vendor)
	if cmd.Force {
		question = fmt.Sprintf("Wipe the keys of %s at %s here, although the vendor cannot confirm that they are revoked?", cmd.Platform, cmd.Vendor)
	}
	if err := e.confirm(cmd.Yes, question); err != nil {
		return err
	}
	return cmd.run(e, func(c *api.Client) (api.Answer, error) {
		return c.Disable(e.ctx, cmd.Platform, cmd.Vendor, api.Disable{Force: cmd.Force})
	})
}

type connectCmd struct {
	action
	KeyID string `name:"key-id" required:"" placeholder:"ID" help:"Id of the key; its secret is read from standard input or a prompt."`
}

func (cmd *connectCmd) Run(e *env) error {
	secret, err := e.readSecret("Key secret")
	if err != nil {
		return err
	}
	in := api.Connect{KeyID: cmd.KeyID, KeySecret: api.Secret(secret)}
	return cmd.run(e, func(c *api.Client) (api.Answer, error) { return c.Connect(e.ctx, cmd.Platform, cmd.Vendor, in) })
}

type checkCmd struct {
	action
	Exposed bool `help:"Also compare every address at the vendor with ours: the proof after a suspected exposure, without a rotation."`
}

// Run says so when the server, instead of a check, had the open operation whose
// outcome is unknown look at the vendor: what follows is that operation's.
func (cmd *checkCmd) Run(e *env) error {
	return cmd.run(e, func(c *api.Client) (api.Answer, error) {
		if cmd.Exposed {
			return c.CheckExposed(e.ctx, cmd.Platform, cmd.Vendor)
		}
		a, err := c.Check(e.ctx, cmd.Platform, cmd.Vendor)
		if op := a.Operation; err == nil && op != nil && op.Kind != string(ztp.KindCheck) {
			noun := clean(ztp.OperationKind(op.Kind).Noun())
			fmt.Fprintf(e.stderr, "The %s that %s asked for had no answer from the vendor. It looks now what became of it; "+
				"no check of its own is made, and what follows is about that %s.\n", noun, clean(op.AskedBy), noun)
		}
		return a, err
	})
}

type adoptCmd struct {
	some
	Company string `arg:"" optional:"" help:"The vendor's id of the company; not with --all."`
	CSV     string `name:"csv" type:"existingfile" placeholder:"FILE" help:"With --all: file with company_id,platform[,key_id,key_secret]; without it, companies and platforms are matched by their names."`
}

func (cmd *adoptCmd) Run(e *env) error {
	if cmd.All != "" {
		in := api.NewCampaign{Kind: string(ztp.KindAdopt)}
		if cmd.CSV != "" {
			var err error
			if in.Companies, err = readCompanies(cmd.CSV); err != nil {
				return err
			}
		}
		return cmd.many(e, in)
	}
	a, err := cmd.one("adopt")
	switch {
	case err != nil:
		return err
	case cmd.CSV != "":
		return usagef("--csv belongs to --all")
	case cmd.Company == "":
		return usagef("name the company to take up: adopt <platform> <vendor> <company>, or many by --all VENDOR")
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Take up company %s at %s as that of %s, with a new key in it?", cmd.Company, cmd.Vendor, cmd.Platform)); err != nil {
		return err
	}
	return a.run(e, func(c *api.Client) (api.Answer, error) {
		return c.Adopt(e.ctx, cmd.Platform, cmd.Vendor, cmd.Company)
	})
}

type revokeKeyCmd struct {
	action
	KeyID string `arg:"" name:"key-id" help:"The vendor's id of the key."`
}

func (cmd *revokeKeyCmd) Run(e *env) error {
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Remove key %s at %s? Whatever uses it stops working.", cmd.KeyID, cmd.Vendor)); err != nil {
		return err
	}
	return cmd.run(e, func(c *api.Client) (api.Answer, error) {
		return c.RevokeKey(e.ctx, cmd.Platform, cmd.Vendor, cmd.KeyID)
	})
}

type updateAddressCmd struct{ action }

func (cmd *updateAddressCmd) Run(e *env) error {
	told := ""
	if !cmd.Yes && e.isTerminal {
		c, err := cmd.client(e)
		if err != nil {
			return err
		}
		// Without the number it is asked all the same; whoever says yes learns what is wrong.
		if l, err := c.Link(e.ctx, cmd.Platform, cmd.Vendor); err == nil {
			told = fmt.Sprintf(" %s will be told it at the next fetch.", ztp.Counted(l.EarlierURLs, "phone", "phones"))
		}
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Prove the present provisioning URL and write it into the profile and every phone of %s at %s?%s", cmd.Platform, cmd.Vendor, told)); err != nil {
		return err
	}
	return cmd.run(e, func(c *api.Client) (api.Answer, error) { return c.UpdateAddress(e.ctx, cmd.Platform, cmd.Vendor) })
}

type statusCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
}

func (cmd *statusCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	links, err := c.Links(e.ctx, cmd.Platform)
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(e.stdout, api.List[api.Link]{Items: links})
	}
	return printLinks(e.stdout, cmd.Platform, links)
}

func printLinks(w io.Writer, platform string, links []api.Link) error {
	header := []string{"VENDOR", "STATE", "COMPANY", "KEY", "LAST SET", "BY", "PHONES", "PAUSED", "FAILED"}
	var rows [][]string
	for _, l := range links {
		row := []string{l.Vendor, ztp.LinkState(l.State).Title(), l.CompanyID, "", "", ""}
		if k := l.Credential; k != nil {
			row[3], row[4], row[5] = fmt.Sprint(k.Number), timeText(&k.SetAt), k.SetBy
		}
		rows = append(rows, append(row, fmt.Sprint(held(l.Endpoints)), fmt.Sprint(l.Endpoints.Paused), fmt.Sprint(l.Endpoints.Failed)))
	}
	if err := printTable(w, header, rows); err != nil {
		return err
	}
	for _, l := range links {
		printRemarks(w, platform, l)
	}
	return nil
}

// held is the number of phones that the vendor holds, the paused ones included.
func held(c api.EndpointCounts) int { return c.Listed + c.Paused }

// printRemarks says of a link what a table has no room for.
func printRemarks(w io.Writer, platform string, l api.Link) {
	say := func(format string, args ...any) {
		fmt.Fprintf(w, "%s: %s\n", clean(l.Vendor), clean(fmt.Sprintf(format, args...)))
	}
	if op := l.Operation; op != nil {
		state := lower(ztp.OperationState(op.State))
		if op.Waiting != "" {
			state += " (" + op.Waiting + ")"
		}
		say("%s, %s, asked for by %s at %s (operation %s)", ztp.OperationKind(op.Kind).Noun(), state, op.AskedBy, timeText(&op.CreatedAt), op.ID)
	}
	if p := l.Error; p != nil {
		code := p.Code
		if p.RequestID != "" {
			code += ", request id " + p.RequestID
		}
		say("%s. %s %s (%s)", p.Title, p.Detail, p.Remedy, code)
		printWaysOut(w, platform, l.Vendor, *p)
	}
	if l.DisabledAt != nil && l.State == api.LinkNotConfigured {
		say("disabled at %s", timeText(l.DisabledAt))
	}
	if l.RevocationUnconfirmed {
		say("revocation not confirmed by the vendor")
	}
	if l.AddressOutdated {
		say("the vendor still has an earlier provisioning URL; see update-address")
	}
	if l.ForeignURLs > 0 {
		say("%d addresses in the company are not ours; see: zerotouch proof", l.ForeignURLs)
	}
	switch {
	case l.RestoredAt != nil && l.Operation != nil && l.Operation.Kind == string(ztp.KindRebuild):
		say("being rebuilt from the vendor since %s", timeText(l.RestoredAt))
	case l.RestoredAt != nil:
		say("restored from a backup at %s and not proven yet; nothing uses its key before", timeText(l.RestoredAt))
	}
	for _, k := range l.LaterKeys {
		say("key %s (%s) is not known here: made after a backup, or before a rebuild; see revoke-key", k.ID, k.Name)
	}
	for _, k := range l.LooseKeys {
		say("%s; removing it is tried again every hour", looseKey(k))
	}
}

// looseKey says what is known of a key that should not exist any more.
func looseKey(k api.LooseKey) string {
	s := fmt.Sprintf("key %d", k.Number)
	if k.ID != "" {
		s += " (" + k.ID + ")"
	}
	return s + " " + ztp.CredentialState(k.State).Loose()
}
