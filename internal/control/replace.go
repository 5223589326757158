package control

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// ReplaceRequest puts a new phone in an old one's place.
type ReplaceRequest struct {
	Submission
	NewMAC ztp.MAC
	// PauseOld keeps the old MAC with the platform, paused; else it is released.
	PauseOld bool
	// Name and Model are the old phone's unless given.
	Name, Model *string
}

// ReplaceEndpoint registers a new phone with the account, the settings, the name and the
// model of an old one, and then releases that or pauses it. When the new one is refused,
// nothing is changed about the old one.
func (c *Control) ReplaceEndpoint(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC, r ReplaceRequest) (EndpointResult, error) {
	p, info, old, err := c.phoneDoor(ctx, a, ztp.KindReplace, ref, mac)
	if err != nil {
		return EndpointResult{}, err
	}
	hash := endpointBodyHash(p, info, ztp.KindReplace, mac, digest(r.NewMAC, r.PauseOld, r.Name, r.Model))
	ask := phoneAsk{c, a, p, info, ztp.KindReplace, mac, r.Submission, hash}
	if err := validateReplace(r, mac); err != nil {
		return EndpointResult{}, err
	}
	if old.State == ztp.EndpointReleased {
		return ask.onlyAgain(ctx, r.NewMAC)
	}
	if op, err := c.repeated(ctx, a, r.Key, hash); op != nil || err != nil {
		return c.endpointResult(ctx, p, r.NewMAC, op, err)
	}
	if err := c.endpointAddress(ctx, p, info, ztp.KindRegister); err != nil {
		return ask.refused(ctx, err)
	}
	op := c.operation(a, ztp.KindReplace, p.ID, info.Name, ztp.OperationParams{PauseOld: r.PauseOld}, r.Key, hash)
	op.MAC, op.Also = r.NewMAC, ztp.HeldPhone{Platform: p.ID, MAC: mac}
	return ask.make(ctx, &op, func(s ztp.Store) error { return c.saveReplacement(ctx, s, p, info, mac, r) },
		c.event(a, "endpoint.replace.asked", p.ID, info.Name, mac.String()), c.event(a, "endpoint.replace.asked", p.ID, info.Name, r.NewMAC.String()))
}

func validateReplace(r ReplaceRequest, old ztp.MAC) error {
	fields := map[string]string{}
	switch {
	case r.NewMAC.IsZero():
		fields["new_mac"] = "Give the MAC address of the new phone."
	case r.NewMAC == old:
		fields["new_mac"] = "This is the old phone's own MAC address."
	}
	for field, value := range map[string]*string{"name": r.Name, "model": r.Model} {
		if value != nil && *value != "" && !ztp.ValidName(*value) {
			fields[field] = "It has at most 120 characters, no control characters and no space at its ends."
		}
	}
	return ztp.InvalidFields(fields)
}

// saveReplacement saves the new phone's row. The old one's is saved as it is: of two who
// ask for something about it at once, one finds the other.
func (c *Control) saveReplacement(ctx context.Context, s ztp.Store, p ztp.Platform, info ztp.VendorInfo, mac ztp.MAC, r ReplaceRequest) error {
	old, err := s.Endpoint(ctx, p.ID, mac)
	if err != nil {
		return err
	}
	if old.State == ztp.EndpointReleased {
		return ztp.NotFound("phone")
	}
	acc, err := s.Account(ctx, p.ID, string(old.Account))
	if err != nil {
		return err
	}
	if !acc.HasToken() {
		return ztp.Errorf(ztp.CodeProvisioningTokenMissing, "Account %q has none, so the phone would have no address.", acc.Slug)
	}
	fresh, err := c.wishedEndpoint(ctx, s, p, info, r.NewMAC)
	if err != nil {
		return err
	}
	if fresh.Version != 0 && fresh.State != ztp.EndpointWanted && fresh.Replaces != mac {
		return ztp.Invalid("new_mac", "This platform has this phone already. Release it first, or change its account and name where it is.")
	}
	fresh.Account, fresh.ProductGroup, fresh.WantPaused, fresh.Replaces = old.Account, old.ProductGroup, old.WantPaused, mac
	fresh.Name, fresh.Model = old.Name, old.Model
	set(&fresh.Name, r.Name)
	set(&fresh.Model, r.Model)
	if err := s.SaveEndpoint(ctx, fresh); err != nil {
		return err
	}
	if err := s.CopySettings(ctx, p.ID, mac, r.NewMAC, c.now()); err != nil {
		return err
	}
	return s.SaveEndpoint(ctx, old)
}
