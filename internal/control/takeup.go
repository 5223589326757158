package control

import (
	"context"
	"strconv"
	"strings"

	"zerotouch.example/internal/ztp"
)

// takeUp makes the platform and the link of a company, and asks for its rebuild: the
// intent, before anything is sent. One that somebody took up meanwhile is left to that.
func (c *Control) takeUp(ctx context.Context, a ztp.Actor, info ztp.VendorInfo, co *RebuildCompany, revokeOld bool) error {
	if co.State != RebuildNew && co.State != RebuildAgain {
		return nil
	}
	before := *co
	again := func(s ztp.Store) error { // whose it is by now
		*co = before
		l, err := s.LinkByCompany(ctx, info.Name, co.ID)
		if ztp.IsCode(err, ztp.CodeNotFound) {
			return nil
		}
		if err == nil {
			err = c.knownHere(ctx, s, co, l)
		}
		return err
	}
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := again(s); err != nil || co.State != before.State {
			return err
		}
		if co.Platform == nil {
			p, err := c.rebuiltPlatform(ctx, s, a, *co)
			if err != nil {
				return err
			}
			co.Platform = &p
		}
		return c.queueRebuild(ctx, s, a, info, co, revokeOld)
	})
	if code := ztp.CodeOf(err); code == ztp.CodeOperationRunning || code == ztp.CodeFormOutdated || code == ztp.CodeVendorCompanyInUse {
		return again(c.cfg.Store)
	}
	return err
}

func (c *Control) queueRebuild(ctx context.Context, s ztp.Store, a ztp.Actor, info ztp.VendorInfo, co *RebuildCompany, revokeOld bool) error {
	l, err := s.Link(ctx, co.Platform.ID, info.Name)
	if err != nil {
		return err
	}
	if l.Active != 0 {
		return c.queueReading(ctx, s, a, l, co, revokeOld)
	}
	last, err := lastRebuild(ctx, s, l)
	if err != nil {
		return err
	}
	from := l.State
	if l, err = l.Move(ztp.LinkOnboarding); err != nil {
		return &ztp.Error{Code: ztp.CodeFormOutdated, Err: err}
	}
	l.Nonce, l.CompanyID, l.CompanyName, l.Error = co.Nonce, co.ID, co.VendorCompany.Name, nil
	l.RestoredAt, l.UpdatedAt = c.now(), c.now()
	if err := s.SaveLink(ctx, l); err != nil {
		return err
	}
	op := c.operation(a, ztp.KindRebuild, co.Platform.ID, info.Name, ztp.OperationParams{RevokeOld: revokeOld}, "", "")
	op.Data.From, op.Data.Rebuilt = from, staysTrue(last)
	return c.rebuildAsked(ctx, s, a, op, co)
}

// queueReading goes on with a link that has its key in force: its phones are read once
// more, since those that were left out may be ours by now, when the platform has got the
// provisioning URL that they carry; and the keys from before are revoked where that was
// refused the last time.
func (c *Control) queueReading(ctx context.Context, s ztp.Store, a ztp.Actor, l ztp.Link, co *RebuildCompany, revokeOld bool) error {
	last, err := lastRebuild(ctx, s, l)
	if err != nil || last == nil {
		return err
	}
	op := c.operation(a, ztp.KindRebuild, l.Platform, l.Vendor, ztp.OperationParams{Again: true, RevokeOld: revokeOld}, "", "")
	op.HoldsLink, op.Data.From, op.Data.Rebuilt, op.Data.Foreign = false, l.State, staysTrue(last), last.Data.Foreign
	return c.rebuildAsked(ctx, s, a, op, co)
}

// staysTrue is what a rebuild has made and the next one only finds: it is said again.
func staysTrue(last *ztp.Operation) *ztp.Rebuilt {
	if last == nil || last.Data.Rebuilt == nil {
		return nil
	}
	b := last.Data.Rebuilt
	return &ztp.Rebuilt{Accounts: b.Accounts, ProfileMade: b.ProfileMade, ProfileAddress: b.ProfileAddress}
}

func (c *Control) rebuildAsked(ctx context.Context, s ztp.Store, a ztp.Actor, op ztp.Operation, co *RebuildCompany) error {
	if err := s.CreateOperation(ctx, op); err != nil {
		return err
	}
	co.State, co.Operation = RebuildRunning, &op
	e := c.event(a, "rebuild.asked", op.Platform, op.Vendor, co.ID)
	e.Operation = op.ID
	return s.AppendEvent(ctx, e)
}

// rebuiltPlatform makes the platform of a company: its name is that of the label, its
// slug is made from that.
func (c *Control) rebuiltPlatform(ctx context.Context, s ztp.Store, a ztp.Actor, co RebuildCompany) (ztp.Platform, error) {
	now := c.now()
	p := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Name: co.Name, CreatedAt: now, UpdatedAt: now, Version: 1}
	if !ztp.ValidName(p.Name) {
		p.Name = "Platform " + co.Nonce[:8]
	}
	slug := ztp.Slugify(p.Name)
	if slug == "" {
		slug = "platform-" + co.Nonce[:8]
	}
	var err error
	if p.Slug, err = freeSlug(ctx, s, slug); err != nil {
		return p, err
	}
	if err := s.CreatePlatform(ctx, p); err != nil {
		return p, err
	}
	return p, s.AppendEvent(ctx, c.event(a, "platform.rebuilt", p.ID, "", p.Slug))
}

// freeSlug is the slug, or the first of slug-2, slug-3 … that no platform has.
func freeSlug(ctx context.Context, s ztp.Store, slug string) (string, error) {
	free := slug
	for n := 2; ; n++ {
		_, err := s.Platform(ctx, free)
		if ztp.IsCode(err, ztp.CodeNotFound) {
			return free, nil
		}
		if err != nil {
			return "", err
		}
		end := "-" + strconv.Itoa(n)
		free = strings.TrimRight(slug[:min(len(slug), 40-len(end))], "-") + end
	}
}
