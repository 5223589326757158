package main

import "fmt"

type endpointHoldCmd struct {
	remote
	asking
	atEndpoint
}

func (cmd *endpointHoldCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	if err := e.confirm(cmd.Yes, fmt.Sprintf("Give %s no settings any more until the hold is ended?", cmd.MAC)); err != nil {
		return err
	}
	p, err := c.HoldEndpoint(e.ctx, cmd.Platform, cmd.MAC)
	return printContact(e, cmd.JSON, p, err)
}

type endpointUnholdCmd struct {
	remote
	atEndpoint
}

func (cmd *endpointUnholdCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	p, err := c.UnholdEndpoint(e.ctx, cmd.Platform, cmd.MAC)
	return printContact(e, cmd.JSON, p, err)
}

type endpointRotatePasswordCmd struct {
	remote
	atEndpoint
}

func (cmd *endpointRotatePasswordCmd) Run(e *env) error {
	c, err := cmd.client(e)
	if err != nil {
		return err
	}
	p, err := c.RotateEndpointPassword(e.ctx, cmd.Platform, cmd.MAC)
	return printContact(e, cmd.JSON, p, err)
}
