package control

import (
	"context"
	"fmt"
	"strings"

	"zerotouch.example/internal/ztp"
)

// CreatePlatform makes a platform. With an external id that exists already it
// changes nothing and returns that platform and false. Repeated, it returns what it
// returned at first.
func (c *Control) CreatePlatform(ctx context.Context, a ztp.Actor, n NewPlatform) (ztp.Platform, bool, error) {
	if err := c.mayChange(ctx, a, "platform.create", "", ""); err != nil {
		return ztp.Platform{}, false, err
	}
	if n.Slug == "" {
		n.Slug = ztp.Slugify(n.Name)
	}
	if err := ztp.ValidateNames(n.Slug, n.Name, n.ExternalID); err != nil {
		return ztp.Platform{}, false, err
	}
	if err := ztp.ValidateURLTemplate(n.URLTemplate, c.cfg.URL); err != nil {
		return ztp.Platform{}, false, err
	}
	hash := digest("platform.create", n.Slug, n.Name, n.ExternalID, n.URLTemplate)
	var p ztp.Platform
	var created bool
	err := c.create(ctx, n.ExternalID, func(s ztp.Store) error {
		var err error
		if p, created, err = c.wishedPlatform(ctx, s, n); err != nil {
			return err
		}
		earlier, err := c.claim(ctx, s, a, n.Submission, ztp.Submission{BodyHash: hash, Platform: p.ID, Existed: !created})
		if err != nil {
			return err
		}
		if earlier != nil {
			created = !earlier.Existed
			p, err = s.Platform(ctx, string(earlier.Platform))
			return removedSince(err)
		}
		if !created {
			return nil
		}
		if err := s.CreatePlatform(ctx, p); err != nil {
			return err
		}
		return s.AppendEvent(ctx, c.event(a, "platform.created", p.ID, "", p.Slug))
	})
	return p, created, err
}

// wishedPlatform is the platform that has the external id, or else the new one.
func (c *Control) wishedPlatform(ctx context.Context, s ztp.Store, n NewPlatform) (p ztp.Platform, isNew bool, err error) {
	if n.ExternalID != "" {
		p, err = s.PlatformByExternalID(ctx, n.ExternalID)
		if !ztp.IsCode(err, ztp.CodeNotFound) {
			return p, false, err
		}
	}
	now := c.now()
	return ztp.Platform{
		ID: ztp.PlatformID(ztp.NewID()), Slug: n.Slug, Name: n.Name, ExternalID: n.ExternalID,
		URLTemplate: n.URLTemplate, PhoneProof: ztp.ProofCertificate, CreatedAt: now, UpdatedAt: now, Version: 1,
	}, true, nil
}

// Platform returns one by slug or id.
func (c *Control) Platform(ctx context.Context, a ztp.Actor, ref string) (ztp.Platform, error) {
	if err := maySee(a); err != nil {
		return ztp.Platform{}, err
	}
	return c.cfg.Store.Platform(ctx, ref)
}

// PlatformView returns a platform with the rows of its card.
func (c *Control) PlatformView(ctx context.Context, a ztp.Actor, ref string) (PlatformView, error) {
	p, err := c.Platform(ctx, a, ref)
	if err != nil {
		return PlatformView{}, err
	}
	views, err := c.viewPlatforms(ctx, []ztp.Platform{p})
	if err != nil {
		return PlatformView{}, err
	}
	return views[0], nil
}

// viewPlatforms asks the same few questions for any number of platforms and vendors.
func (c *Control) viewPlatforms(ctx context.Context, ps []ztp.Platform) ([]PlatformView, error) {
	ids := make([]ztp.PlatformID, len(ps))
	for i, p := range ps {
		ids[i] = p.ID
	}
	facts, err := c.cfg.Store.LinkFacts(ctx, ids)
	if err != nil {
		return nil, err
	}
	primaries, err := c.cfg.Store.PrimaryAccounts(ctx, ids)
	views, vendors := make([]PlatformView, len(ps)), c.Vendors()
	for i, p := range ps {
		v := PlatformView{Platform: p, PrimaryAccount: primaries[p.ID]}
		for _, info := range vendors {
			l := c.linkView(v, info, facts[p.ID][info.Name])
			v.Links = append(v.Links, l)
			v.Endpoints.Wanted += l.Counts.Wanted
			v.Endpoints.Listed += l.Counts.Listed
			v.Endpoints.Paused += l.Counts.Paused
			v.Endpoints.Failed += l.Counts.Failed
		}
		views[i] = v
	}
	return views, err
}

// ListPlatforms returns a page of platforms with their rows.
func (c *Control) ListPlatforms(ctx context.Context, a ztp.Actor, q ztp.PlatformQuery) (ztp.Page[PlatformView], error) {
	var out ztp.Page[PlatformView]
	if err := maySee(a); err != nil {
		return out, err
	}
	page, err := c.cfg.Store.ListPlatforms(ctx, q)
	if err != nil {
		return out, err
	}
	out.Next = page.Next
	out.Items, err = c.viewPlatforms(ctx, page.Items)
	return out, err
}

// UpdatePlatform changes name, external id, URL template, or what its phones have to show.
func (c *Control) UpdatePlatform(ctx context.Context, a ztp.Actor, ref string, in PlatformPatch) (ztp.Platform, error) {
	if err := c.mayChange(ctx, a, "platform.update", "", ""); err != nil {
		return ztp.Platform{}, err
	}
	var p ztp.Platform
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		var err error
		if p, err = s.Platform(ctx, ref); err != nil {
			return err
		}
		if in.Version != 0 && in.Version != p.Version {
			return &ztp.Error{Code: ztp.CodeFormOutdated}
		}
		before := p.URLTemplate
		set(&p.Name, in.Name)
		set(&p.ExternalID, in.ExternalID)
		set(&p.URLTemplate, in.URLTemplate)
		if err := ztp.ValidateNames(p.Slug, p.Name, p.ExternalID); err != nil {
			return err
		}
		if in.URLTemplate != nil && *in.URLTemplate != before {
			if err := ztp.ValidateURLTemplate(p.URLTemplate, c.cfg.URL); err != nil {
				return err
			}
		}
		e := c.event(a, "platform.updated", p.ID, "", p.Slug)
		if in.PhoneProof != nil && *in.PhoneProof != p.PhoneProof {
			p.PhoneProof, e.Detail = *in.PhoneProof, "phones show: "+in.PhoneProof.Title()
		}
		if err := ztp.ValidatePhoneProof(p.PhoneProof); err != nil {
			return err
		}
		p.UpdatedAt = c.now()
		if err := s.UpdatePlatform(ctx, p); err != nil {
			return err
		}
		p.Version++
		return s.AppendEvent(ctx, e)
	})
	return p, err
}

// DeletePlatform removes a platform that has nothing left at any vendor.
func (c *Control) DeletePlatform(ctx context.Context, a ztp.Actor, ref string) error {
	if err := c.mayChange(ctx, a, "platform.delete", "", ""); err != nil {
		return err
	}
	return c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		p, err := s.Platform(ctx, ref)
		if err != nil {
			return err
		}
		if err := c.unused(ctx, s, p); err != nil {
			return err
		}
		e := c.event(a, "platform.removed", p.ID, "", p.Slug)
		if e.Detail, err = cameHome(ctx, s, p); err != nil {
			return err
		}
		if err := s.DeletePlatform(ctx, p.ID); err != nil {
			return err
		}
		return s.AppendEvent(ctx, e)
	})
}

// unused refuses a platform that still has something, here or at a vendor: in_use,
// naming each thing with the way to free it.
func (c *Control) unused(ctx context.Context, s ztp.Store, p ztp.Platform) error {
	links, err := s.ListLinks(ctx, p.ID, "")
	if err != nil {
		return err
	}
	var uses []string
	for _, v := range c.cfg.Vendors {
		part, err := c.planPart(ctx, s, p, v.Describe())
		if err != nil {
			return err
		}
		if part != nil {
			uses = []string{fmt.Sprintf("Off-board the platform first (zerotouch platform offboard %s): that gives up its phones, profiles and keys.", p.Slug)}
		}
	}
	for _, l := range links {
		title := string(l.Vendor)
		if v, ok := c.vendors[l.Vendor]; ok {
			title = v.Describe().Title
		}
		n, err := s.CountEndpoints(ctx, p.ID, l.Vendor)
		if err != nil {
			return err
		}
		if phones := phonesLeft(n); phones != "" {
			uses = append(uses, fmt.Sprintf("Phones at %s: %s.", title, phones))
		}
		if l.CompanyID != "" {
			uses = append(uses, strings.TrimSpace(fmt.Sprintf("Company %s at %s. %s", l.CompanyID, title, freeCompany(l, title))))
		}
	}
	open, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: p.ID, Open: true, Limit: 1})
	if err != nil {
		return err
	}
	for _, op := range open.Items {
		uses = append(uses, fmt.Sprintf("An operation (%s). Wait until it has ended.", op.Kind))
	}
	if len(uses) == 0 {
		return nil
	}
	return &ztp.Error{Code: ztp.CodeInUse, Detail: strings.Join(uses, " ")}
}

// phonesLeft counts phones by what they are, "" for none.
func phonesLeft(n ztp.EndpointCounts) string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{n.Listed, "registered"}, {n.Paused, "paused"}, {n.Wanted, "waiting"}, {n.Failed, "failed here"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return strings.Join(parts, ", ")
}

// freeCompany is the way to be rid of a link's company that an off-boarding leaves.
func freeCompany(l ztp.Link, title string) string {
	if l.State != ztp.LinkNotConfigured || l.Connected {
		return ""
	}
	return fmt.Sprintf("Remove it in the portal of %s, then press Check with %s (or zerotouch check), which finds it gone; or keep the platform, and it is taken up again by the next Onboard.", title, title)
}

func set(dst *string, src *string) {
	if src != nil {
		*dst = *src
	}
}
