package control

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// CreatePlatform makes a platform. With an external id that exists already it
// changes nothing and returns that platform and false.
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
	if err := ztp.ValidateURLTemplate(n.URLTemplate); err != nil {
		return ztp.Platform{}, false, err
	}
	now := c.now()
	p := ztp.Platform{
		ID: ztp.PlatformID(ztp.NewID()), Slug: n.Slug, Name: n.Name, ExternalID: n.ExternalID,
		URLTemplate: n.URLTemplate, CreatedAt: now, UpdatedAt: now, Version: 1,
	}
	created := true
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		created = true
		if n.ExternalID != "" {
			have, err := s.PlatformByExternalID(ctx, n.ExternalID)
			if err == nil {
				p, created = have, false
				return nil
			}
			if !ztp.IsCode(err, ztp.CodeNotFound) {
				return err
			}
		}
		if err := s.CreatePlatform(ctx, p); err != nil {
			return err
		}
		return s.AppendEvent(ctx, c.event(a, "platform.created", p.ID, "", p.Slug))
	})
	return p, created, err
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
	return c.viewPlatform(ctx, p)
}

func (c *Control) viewPlatform(ctx context.Context, p ztp.Platform) (PlatformView, error) {
	v := PlatformView{Platform: p}
	for _, vendor := range c.cfg.Vendors {
		l, err := c.viewLink(ctx, c.cfg.Store, p, vendor.Describe())
		if err != nil {
			return PlatformView{}, err
		}
		v.Links = append(v.Links, l)
		v.Endpoints.Wanted += l.Counts.Wanted
		v.Endpoints.Listed += l.Counts.Listed
		v.Endpoints.Paused += l.Counts.Paused
		v.Endpoints.Failed += l.Counts.Failed
	}
	return v, nil
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
	out.Items = make([]PlatformView, 0, len(page.Items))
	for _, p := range page.Items {
		v, err := c.viewPlatform(ctx, p)
		if err != nil {
			return ztp.Page[PlatformView]{}, err
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

// UpdatePlatform changes name, external id or URL template.
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
		set(&p.Name, in.Name)
		set(&p.ExternalID, in.ExternalID)
		set(&p.URLTemplate, in.URLTemplate)
		if err := ztp.ValidateNames(p.Slug, p.Name, p.ExternalID); err != nil {
			return err
		}
		if err := ztp.ValidateURLTemplate(p.URLTemplate); err != nil {
			return err
		}
		p.UpdatedAt = c.now()
		if err := s.UpdatePlatform(ctx, p); err != nil {
			return err
		}
		p.Version++
		return s.AppendEvent(ctx, c.event(a, "platform.updated", p.ID, "", p.Slug))
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
		if err := s.DeletePlatform(ctx, p.ID); err != nil {
			return err
		}
		return s.AppendEvent(ctx, c.event(a, "platform.removed", p.ID, "", p.Slug))
	})
}

func set(dst *string, src *string) {
	if src != nil {
		*dst = *src
	}
}
