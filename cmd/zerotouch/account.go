package main

import (
	"fmt"

	"zerotouch.example/api"
)

type accountCmd struct {
	Create accountCreateCmd `cmd:"" help:"Create an account; its provisioning token is the last line printed, once."`
	List   accountListCmd   `cmd:"" help:"List accounts."`
	Show   accountShowCmd   `cmd:"" help:"Show an account."`
	Remove accountRemoveCmd `cmd:"" help:"Remove an account that nothing uses."`
	Token  accountTokenCmd  `cmd:"" help:"Provisioning tokens."`
}

type accountTokenCmd struct {
	Issue  accountTokenIssueCmd  `cmd:"" help:"Issue a new provisioning token; it is the last line printed, once."`
	List   accountTokenListCmd   `cmd:"" help:"List the tokens that are served, and who still has them."`
	Retire accountTokenRetireCmd `cmd:"" help:"End an earlier token; refused while somebody still has it."`
}

type accountCreateCmd struct {
	remote
	Platform   string `arg:"" help:"Slug or id of the platform."`
	Name       string `arg:"" help:"Name of the account."`
	Slug       string `placeholder:"SLUG" help:"Name in addresses; made from the name when left out."`
	ExternalID string `name:"external-id" placeholder:"ID" help:"Your own id; with one that exists nothing is created."`
	NoToken    bool   `name:"no-token" help:"Issue no provisioning token."`
}

func (cmd *accountCreateCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	in := api.NewAccount{Name: cmd.Name, Slug: cmd.Slug, ExternalID: cmd.ExternalID}
	if cmd.NoToken {
		in.Token = new(bool)
	}
	a, err := c.CreateAccount(e.ctx, cmd.Platform, in)
	if err != nil {
		return err
	}
	return printAccount(e, cmd.JSON, a)
}

// printAccount ends with the token, where there is one to be shown.
func printAccount(e *env, asJSON bool, a api.Account) error {
	if asJSON {
		return printJSON(e.stdout, a)
	}
	primary := ""
	if a.Primary {
		primary = "yes"
	}
	if err := printFields(e.stdout,
		"slug", a.Slug, "name", a.Name, "id", a.ID, "external id", a.ExternalID, "primary", primary,
		"token issued", timeText(a.TokenSetAt), "created", timeText(&a.CreatedAt),
	); err != nil {
		return err
	}
	if a.Token != "" {
		fmt.Fprintln(e.stderr, "The provisioning token is shown only now:")
		fmt.Fprintln(e.stdout, a.Token.Reveal())
	}
	return nil
}

type accountListCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
}

func (cmd *accountListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	header := []string{"SLUG", "NAME", "PRIMARY", "TOKEN ISSUED"}
	return printList(e, cmd.JSON, c.Accounts(e.ctx, cmd.Platform), 0, header, func(a api.Account) []string {
		primary := ""
		if a.Primary {
			primary = "yes"
		}
		return []string{a.Slug, a.Name, primary, timeText(a.TokenSetAt)}
	})
}

type accountShowCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
	Account  string `arg:"" help:"Slug or id of the account."`
}

func (cmd *accountShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	a, err := c.Account(e.ctx, cmd.Platform, cmd.Account)
	if err != nil {
		return err
	}
	return printAccount(e, cmd.JSON, a)
}

type accountRemoveCmd struct {
	remote
	asking
	Platform string `arg:"" help:"Slug or id of the platform."`
	Account  string `arg:"" help:"Slug or id of the account."`
}

func (cmd *accountRemoveCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Remove account %s of platform %s?", cmd.Account, cmd.Platform)); err != nil {
		return err
	}
	if err := c.DeleteAccount(e.ctx, cmd.Platform, cmd.Account); err != nil {
		return err
	}
	return printRemoved(e, cmd.JSON, cmd.Account)
}

type accountTokenIssueCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id of the platform."`
	Account  string `arg:"" help:"Slug or id of the account."`
}

func (cmd *accountTokenIssueCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	a, err := c.IssueToken(e.ctx, cmd.Platform, cmd.Account)
	if err != nil {
		return err
	}
	return printAccount(e, cmd.JSON, a)
}
