package control

import (
	"context"
	"slices"

	"zerotouch.example/internal/ztp"
)

// MoveRequest brings a phone to an account of another platform.
type MoveRequest struct {
	Submission
	// Platform and Account are slugs or ids.
	Platform, Account string
}

// MoveEndpoint gives a phone up in this platform's company and registers it in another
// platform's, in one operation that is taken back when the second part is refused. The
// phone gets the other account's address.
func (c *Control) MoveEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC, r MoveRequest) (EndpointResult, error) {
	p, info, err := c.endpointDoor(ctx, a, ztp.KindMove, ref, "", mac)
	if err != nil {
		return EndpointResult{}, err
	}
	e, err := c.cfg.Store.Endpoint(ctx, p.ID, mac)
	here := err == nil && e.State != ztp.EndpointReleased
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return EndpointResult{}, err
	}
	if here {
		if info, err = c.Vendor(e.Vendor); err != nil {
			return EndpointResult{}, err
		}
	}
	hash := endpointBodyHash(p, info, ztp.KindMove, mac, digest(r.Platform, r.Account))
	ask := phoneAsk{c, a, p, info, ztp.KindMove, mac, r.Submission, hash}
	if op, err := c.repeated(ctx, a, r.Key, hash); op != nil || err != nil {
		return c.endpointResult(ctx, p, mac, op, err)
	}
	to, acc, err := c.moveTarget(ctx, p, r)
	if err != nil {
		return EndpointResult{}, err
	}
	if !here && !c.foundAt(ctx, p, to, mac) {
		return ask.onlyAgain(ctx, mac)
	}
	for _, x := range []ztp.Platform{p, to} {
		if err := c.endpointAddress(ctx, x, info, ztp.KindRegister); err != nil {
			if ztp.IsCode(err, ztp.CodeNotOnboarded) {
				err = ztp.Errorf(ztp.CodeNotOnboarded, "A move needs both platforms onboarded; %q is not.", x.Slug)
			}
			return ask.refused(ctx, err)
		}
	}
	op := c.operation(a, ztp.KindMove, p.ID, info.Name, ztp.OperationParams{Account: acc.ID}, r.Key, hash)
	op.MAC, op.Also = mac, ztp.HeldPhone{Platform: to.ID, MAC: mac}
	out, in := c.event(a, "endpoint.move.asked", p.ID, info.Name, mac.String()), c.event(a, "endpoint.move.asked", to.ID, info.Name, mac.String())
	out.Detail, in.Detail = "to platform "+to.Slug, "from platform "+p.Slug
	return ask.make(ctx, &op, func(s ztp.Store) error { return c.saveMoving(ctx, s, p, to, info, mac) }, out, in)
}

// moveTarget finds the platform and the account that a phone is moved to.
func (c *Control) moveTarget(ctx context.Context, p ztp.Platform, r MoveRequest) (ztp.Platform, ztp.Account, error) {
	to, err := c.cfg.Store.Platform(ctx, r.Platform)
	switch {
	case r.Platform == "" || ztp.IsCode(err, ztp.CodeNotFound):
		return to, ztp.Account{}, ztp.Invalid("platform", "There is no such platform.")
	case err != nil:
		return to, ztp.Account{}, err
	case to.ID == p.ID:
		return to, ztp.Account{}, ztp.Invalid("platform", "The phone is in this platform. Change its account instead.")
	}
	acc, err := c.cfg.Store.Account(ctx, to.ID, r.Account)
	switch {
	case r.Account == "" || ztp.IsCode(err, ztp.CodeNotFound):
		return to, acc, ztp.Invalid("account", "Platform "+to.Slug+" has no such account.")
	case err != nil:
		return to, acc, err
	case !acc.HasToken():
		return to, acc, ztp.Errorf(ztp.CodeProvisioningTokenMissing, "Account %q has none, so the phone would have no address.", acc.Slug)
	}
	return to, acc, nil
}

// foundAt reports whether the vendor was found to have a MAC in the company of p that
// has no row there: the other platform's try to register it was refused for that.
func (c *Control) foundAt(ctx context.Context, p, to ztp.Platform, mac ztp.MAC) bool {
	e, err := c.cfg.Store.Endpoint(ctx, to.ID, mac)
	return err == nil && e.State == ztp.EndpointFailed && e.Error != nil && e.Error.Holder == p.ID
}

// saveMoving marks the phone as on its way. One that only the vendor knows in this
// company gets a row of the primary account, which it goes back to if it has to.
func (c *Control) saveMoving(ctx context.Context, s ztp.Store, p, to ztp.Platform, info ztp.VendorInfo, mac ztp.MAC) error {
	now := c.now()
	e, err := s.Endpoint(ctx, p.ID, mac)
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return err
	}
	if err != nil || e.State == ztp.EndpointReleased {
		there, err := s.Endpoint(ctx, to.ID, mac)
		if err != nil {
			return err
		}
		there.State, there.UpdatedAt = ztp.EndpointReleased, now
		if err := s.SaveEndpoint(ctx, there); err != nil {
			return err
		}
		e = ztp.Endpoint{Platform: p.ID, Vendor: info.Name, MAC: mac, Account: p.Primary, ProductGroup: there.ProductGroup,
			Name: there.Name, Model: there.Model, State: ztp.EndpointWanted, CreatedAt: now, Found: true}
	}
	if !slices.Contains(info.ProductGroups, e.ProductGroup) && len(info.ProductGroups) > 0 {
		return ztp.Invalid("product_group", "This installation does not serve the phone's product group any more.")
	}
	e.MovedTo, e.UpdatedAt = to.ID, now
	return s.SaveEndpoint(ctx, e)
}
