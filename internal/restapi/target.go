package restapi

import (
	"context"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// Nowhere is the target of a change that names nothing yet.
type Nowhere struct{}

func (*Nowhere) locate(func(string) string)                                {}
func (*Nowhere) exists(context.Context, *control.Control, ztp.Actor) error { return nil }
func (*Nowhere) vendor() ztp.VendorName                                    { return "" }

// AtPlatform is /platforms/{p}.
type AtPlatform struct {
	P string `path:"p" doc:"Slug or id of the platform"`
}

func (t *AtPlatform) locate(param func(string) string) { t.P = param("p") }

func (t *AtPlatform) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.Platform(ctx, a, t.P)
	return err
}

func (*AtPlatform) vendor() ztp.VendorName { return "" }

// AtAccount is /platforms/{p}/accounts/{a}.
type AtAccount struct {
	P string `path:"p" doc:"Slug or id of the platform"`
	A string `path:"a" doc:"Slug or id of the account"`
}

func (t *AtAccount) locate(param func(string) string) { t.P, t.A = param("p"), param("a") }

func (t *AtAccount) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.Account(ctx, a, t.P, t.A)
	return err
}

func (*AtAccount) vendor() ztp.VendorName { return "" }

// AtLink is /platforms/{p}/vendors/{v}.
type AtLink struct {
	P string `path:"p" doc:"Slug or id of the platform"`
	V string `path:"v" doc:"Name of the vendor"`
}

func (t *AtLink) locate(param func(string) string) { t.P, t.V = param("p"), param("v") }

func (t *AtLink) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	if _, err := c.Platform(ctx, a, t.P); err != nil {
		return err
	}
	_, err := c.Vendor(t.vendor())
	return err
}

func (t *AtLink) vendor() ztp.VendorName { return ztp.VendorName(t.V) }

// AtVendor is /vendors/{v}.
type AtVendor struct {
	V string `path:"v" doc:"Name of the vendor"`
}

func (t *AtVendor) locate(param func(string) string) { t.V = param("v") }

func (t *AtVendor) exists(_ context.Context, c *control.Control, _ ztp.Actor) error {
	_, err := c.Vendor(t.vendor())
	return err
}

func (t *AtVendor) vendor() ztp.VendorName { return ztp.VendorName(t.V) }

// AtCampaign is /campaigns/{id}.
type AtCampaign struct {
	ID string `path:"id" doc:"Id of the campaign"`
}

func (t *AtCampaign) locate(param func(string) string) { t.ID = param("id") }

func (t *AtCampaign) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.Campaign(ctx, a, ztp.CampaignID(t.ID))
	return err
}

func (*AtCampaign) vendor() ztp.VendorName { return "" }

// AtEndpoint is /platforms/{p}/endpoints/{mac}. The phone itself need not exist:
// a PUT makes it; every other use case asks for it.
type AtEndpoint struct {
	P   string `path:"p" doc:"Slug or id of the platform"`
	MAC string `path:"mac" doc:"MAC address in any usual spelling"`
}

func (t *AtEndpoint) locate(param func(string) string) { t.P, t.MAC = param("p"), param("mac") }

func (t *AtEndpoint) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	if _, err := c.Platform(ctx, a, t.P); err != nil {
		return err
	}
	_, err := ztp.ParseMAC(t.MAC)
	return err
}

// mac is the parsed address. It is zero only for somebody who may not change
// anything, and is refused for that.
func (t *AtEndpoint) mac() ztp.MAC {
	m, _ := ztp.ParseMAC(t.MAC)
	return m
}

func (*AtEndpoint) vendor() ztp.VendorName { return "" }

// Keyed carries the header that makes a change repeatable.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"128" doc:"Makes the request repeatable: the same key and body yield the same operation, or what was made; another body under it is idempotency_mismatch. 1 to 128 printable characters; keys of other API tokens do not count"`
}

func (k Keyed) submission() control.Submission { return control.Submission{Key: k.Key} }

// Paged carries the parameters of a list.
type Paged struct {
	Cursor string `query:"cursor" doc:"Where to go on: next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Items at most"`
}
