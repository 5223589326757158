package control

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// WaitingPhone is a phone that gets holding settings.
type WaitingPhone struct {
	ztp.Contact
	Endpoint ztp.Endpoint
}

// Waiting returns the platform's phones that wait, the longest first.
func (c *Control) Waiting(ctx context.Context, a ztp.Actor, ref, cursor string, limit int) (ztp.Page[WaitingPhone], error) {
	out := ztp.Page[WaitingPhone]{}
	if err := maySee(a); err != nil {
		return out, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return out, err
	}
	page, err := c.cfg.Store.ListWaiting(ctx, p.ID, cursor, limit)
	if err != nil {
		return out, err
	}
	macs := make([]ztp.MAC, len(page.Items))
	for i, k := range page.Items {
		macs[i] = k.MAC
	}
	phones, err := c.cfg.Store.EndpointsByMACs(ctx, p.ID, macs)
	if err != nil {
		return out, err
	}
	for _, k := range page.Items {
		out.Items = append(out.Items, WaitingPhone{k, phones[k.MAC]})
	}
	out.Next = page.Next
	return out, nil
}

// WaitingOf returns for each of these phones what it has shown of itself if it waits, the zero
// Contact if it does not, by one question for all.
func (c *Control) WaitingOf(ctx context.Context, a ztp.Actor, phones []ztp.Endpoint) ([]ztp.Contact, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	macs := make([]ztp.MAC, len(phones))
	for i, e := range phones {
		macs[i] = e.MAC
	}
	waiting, err := c.cfg.Store.WaitingOf(ctx, macs)
	out := make([]ztp.Contact, len(phones))
	for i, e := range phones {
		if at := slices.IndexFunc(waiting, func(k ztp.Contact) bool { return k.Of(e) }); at >= 0 {
			out[i] = waiting[at]
		}
	}
	return out, err
}

// CountWaiting counts waiting phones and alarms, by platform.
func (c *Control) CountWaiting(ctx context.Context, a ztp.Actor) (map[ztp.PlatformID]ztp.WaitingCounts, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	return c.cfg.Store.CountWaiting(ctx)
}

// Unclaimed returns phones that came by a URL of the platform and are registered
// nowhere, the newest first.
func (c *Control) Unclaimed(ctx context.Context, a ztp.Actor, ref string) ([]ztp.UnclaimedPhone, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return nil, err
	}
	return c.cfg.Store.ListUnclaimed(ctx, p.ID)
}

// Contact returns what the phone has shown of itself in its present life.
func (c *Control) Contact(ctx context.Context, a ztp.Actor, e ztp.Endpoint) (ztp.Contact, error) {
	if err := maySee(a); err != nil {
		return ztp.Contact{}, err
	}
	k, err := c.cfg.Store.Contact(ctx, e.Platform, e.MAC)
	if err != nil || !k.Of(e) {
		return ztp.Contact{}, err
	}
	return k, nil
}

// AccountTokens returns the tokens of an account that are served, the newest first.
func (c *Control) AccountTokens(ctx context.Context, a ztp.Actor, ref, account string) ([]ztp.TokenUse, error) {
	acc, err := c.Account(ctx, a, ref, account)
	if err != nil {
		return nil, err
	}
	return tokensOf(ctx, c.cfg.Store, acc)
}

func tokensOf(ctx context.Context, s ztp.Store, acc ztp.Account) ([]ztp.TokenUse, error) {
	all, err := s.AccountTokens(ctx, acc.Platform, acc.ID)
	for i := range all {
		all[i].Current = all[i].ID == acc.TokenID
	}
	return all, err
}

// RetireToken ends an earlier token of an account. While somebody still has it that is
// refused, unless it is forced: a phone that comes by it gets a 404 from then on, and needs
// a visit or a factory reset.
func (c *Control) RetireToken(ctx context.Context, a ztp.Actor, ref, account, id string, force bool) error {
	acc, err := c.accountToChange(ctx, a, "account.token_retire", ref, account)
	if err != nil {
		return err
	}
	return c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if acc, err = s.Account(ctx, acc.Platform, string(acc.ID)); err != nil {
			return err
		}
		all, err := tokensOf(ctx, s, acc)
		if err != nil {
			return err
		}
		for _, t := range all {
			if t.ID != id {
				continue
			}
			if why := t.Needed(c.now()); why != "" && (t.Current || !force) {
				return ztp.Errorf(ztp.CodeInUse, "%s", why)
			}
			if err := s.RetireAccountToken(ctx, acc.Platform, acc.ID, id); err != nil {
				return err
			}
			e := c.event(a, "account.token_retired", acc.Platform, "", acc.Slug)
			e.Detail = "token " + id
			return s.AppendEvent(ctx, e)
		}
		return ztp.NotFound("provisioning token")
	})
}

// Now is the clock by which windows and tokens are judged.
func (c *Control) Now() time.Time { return c.now() }
