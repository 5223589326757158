package main

import (
	"fmt"
	"strings"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

type platformCmd struct {
	Create   platformCreateCmd   `cmd:"" help:"Create a platform."`
	List     platformListCmd     `cmd:"" help:"List platforms."`
	Show     platformShowCmd     `cmd:"" help:"Show a platform."`
	Set      platformSetCmd      `cmd:"" help:"Change a platform: its name, ids, provisioning URL, or what its phones have to show."`
	Offboard platformOffboardCmd `cmd:"" help:"Give up everything that a platform has at its vendors: send phones home, release them, delete profiles, revoke keys."`
	Remove   platformRemoveCmd   `cmd:"" help:"Remove a platform that has nothing left at any vendor."`
}

type platformCreateCmd struct {
	remote
	Name        string `arg:"" help:"Name of the platform."`
	Slug        string `placeholder:"SLUG" help:"Name in addresses; made from the name when left out."`
	ExternalID  string `name:"external-id" placeholder:"ID" help:"Your own id; with one that exists nothing is created."`
	URLTemplate string `name:"url-template" placeholder:"URL" help:"Own provisioning URL with {account_token} and {mac}; {device_token} where another server asks for the phone's own token."`
}

func (cmd *platformCreateCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	p, err := c.CreatePlatform(e.ctx, api.NewPlatform{Name: cmd.Name, Slug: cmd.Slug, ExternalID: cmd.ExternalID, URLTemplate: cmd.URLTemplate})
	if err != nil {
		return err
	}
	return printPlatform(e, cmd.JSON, p)
}

func printPlatform(e *env, asJSON bool, p api.Platform) error {
	if asJSON {
		return printJSON(e.stdout, p)
	}
	if err := printFields(e.stdout,
		"slug", p.Slug, "name", p.Name, "id", p.ID, "external id", p.ExternalID, "primary account", p.PrimaryAccount,
		"own provisioning URL", p.URLTemplate, "phones show", p.PhoneProof, "created", timeText(&p.CreatedAt),
	); err != nil {
		return err
	}
	return printLinks(e.stdout, p.Slug, p.Links)
}

type platformListCmd struct {
	remote
	Search string `placeholder:"TEXT" help:"Part of the name or slug."`
}

func (cmd *platformListCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	header := []string{"SLUG", "NAME", "PHONES", "VENDORS"}
	return printList(e, cmd.JSON, c.Platforms(e.ctx, cmd.Search), 0, header, func(p api.Platform) []string {
		var states []string
		for _, l := range p.Links {
			states = append(states, l.Vendor+": "+lower(ztp.LinkState(l.State)))
		}
		return []string{p.Slug, p.Name, fmt.Sprint(held(p.Endpoints)), strings.Join(states, ", ")}
	})
}

type platformShowCmd struct {
	remote
	Platform string `arg:"" help:"Slug or id."`
}

func (cmd *platformShowCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	p, err := c.Platform(e.ctx, cmd.Platform)
	if err != nil {
		return err
	}
	return printPlatform(e, cmd.JSON, p)
}

type platformSetCmd struct {
	remote
	Platform    string  `arg:"" help:"Slug or id."`
	Name        *string `placeholder:"NAME" help:"Name of the platform."`
	ExternalID  *string `name:"external-id" placeholder:"ID" help:"Your own id; empty removes it."`
	URLTemplate *string `name:"url-template" placeholder:"URL" help:"Own provisioning URL; empty for the installation's."`
	PhoneProof  *string `name:"phone-proof" placeholder:"certificate|token" help:"What a phone has to show whose model has a device certificate: that, or its own token and password, which is less."`
}

func (cmd *platformSetCmd) Run(e *env) error {
	patch := api.PlatformPatch{Name: cmd.Name, ExternalID: cmd.ExternalID, URLTemplate: cmd.URLTemplate, PhoneProof: cmd.PhoneProof}
	if patch == (api.PlatformPatch{}) {
		return usagef("nothing to change: give --name, --external-id, --url-template or --phone-proof")
	}
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	p, err := c.UpdatePlatform(e.ctx, cmd.Platform, patch)
	if err != nil {
		return err
	}
	if err := printPlatform(e, cmd.JSON, p); err != nil || cmd.URLTemplate == nil {
		return err
	}
	return tellEarlier(e, c, p)
}

// tellEarlier says how many phones keep an earlier URL, and what tells them the present one.
func tellEarlier(e *env, c *api.Client, p api.Platform) error {
	for _, l := range p.Links {
		if !l.AddressOutdated {
			continue
		}
		l, err := c.Link(e.ctx, p.Slug, l.Vendor)
		if err != nil {
			return err
		}
		fmt.Fprintf(e.stderr, "%s told an earlier URL, and the present one at the next fetch after: zerotouch update-address %s %s\n",
			ztp.Counted(l.EarlierURLs, "phone is", "phones are"), p.Slug, l.Vendor)
	}
	return nil
}

type platformRemoveCmd struct {
	remote
	asking
	Platform string `arg:"" help:"Slug or id."`
}

func (cmd *platformRemoveCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Remove platform %s with its accounts?", cmd.Platform)); err != nil {
		return err
	}
	if err := c.DeletePlatform(e.ctx, cmd.Platform); err != nil {
		return err
	}
	return printRemoved(e, cmd.JSON, cmd.Platform)
}

func printRemoved(e *env, asJSON bool, what string) error {
	if asJSON {
		return printJSON(e.stdout, map[string]string{"removed": what})
	}
	_, err := fmt.Fprintf(e.stdout, "%s is removed.\n", clean(what))
	return err
}
