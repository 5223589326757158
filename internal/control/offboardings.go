package control

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// OffboardingView is an off-boarding with what only the present can tell.
type OffboardingView struct {
	ztp.Offboarding
	// Operations are those of its parts, in their order, as long as the platform is there.
	Operations []ztp.Operation
	// Home is how many phones have come by since they are sent home; -1 when the platform
	// is gone, or phones are kept.
	Home int
}

// Doing says what is being done at the vendor of the part, or why it waits; "" when it
// has ended.
func (v OffboardingView) Doing(part int) string {
	if part >= len(v.Operations) || v.Parts[part].State != ztp.OffboardingRunning {
		return ""
	}
	op := v.Operations[part]
	if op.Waiting != "" {
		return op.Waiting
	}
	if s := op.Current(); s != nil {
		return ztp.StepTitle(s.Name)
	}
	return ""
}

// Offboarding returns one: while it runs how far it is, then its receipt.
func (c *Control) Offboarding(ctx context.Context, a ztp.Actor, id ztp.OffboardingID) (OffboardingView, error) {
	v := OffboardingView{Home: -1}
	if err := maySee(a); err != nil {
		return v, err
	}
	if !ztp.ValidID(string(id)) {
		return v, ztp.NotFound("off-boarding")
	}
	var err error
	if v.Offboarding, err = c.cfg.Store.Offboarding(ctx, id); err != nil {
		return v, err
	}
	for i := range v.Parts {
		p := &v.Parts[i]
		op, err := c.cfg.Store.Operation(ctx, p.Operation)
		if ztp.IsCode(err, ztp.CodeNotFound) {
			return v, nil // removed with its platform
		}
		if err != nil {
			return v, err
		}
		v.Operations = append(v.Operations, op)
		if p.State != ztp.OffboardingRunning {
			continue
		}
		t, err := c.cfg.Store.CountPhoneItems(ctx, op.ID)
		if err != nil {
			return v, err
		}
		liveCounts(p, t)
	}
	if v.KeepPhones {
		return v, nil
	}
	p, err := c.cfg.Store.Platform(ctx, string(v.Platform))
	if ztp.IsCode(err, ztp.CodeNotFound) || err == nil && p.HomeSince.IsZero() {
		return v, nil
	}
	if err == nil {
		v.Home, err = c.cfg.Store.CountHome(ctx, p.ID, p.HomeSince)
	}
	return v, err
}

// ListOffboardings returns those of a platform, by slug or id, or all for "", newest first.
func (c *Control) ListOffboardings(ctx context.Context, a ztp.Actor, ref, cursor string, limit int) (ztp.Page[ztp.Offboarding], error) {
	none := ztp.Page[ztp.Offboarding]{}
	if err := maySee(a); err != nil {
		return none, err
	}
	id := ztp.PlatformID(ref) // that of a removed one too
	if ref != "" {
		switch p, err := c.cfg.Store.Platform(ctx, ref); {
		case err == nil:
			id = p.ID
		case !ztp.IsCode(err, ztp.CodeNotFound):
			return none, err
		}
	}
	return c.cfg.Store.ListOffboardings(ctx, id, cursor, limit)
}

// CancelOffboarding leaves the phones as they are that are not given up yet; profile and
// key stay with them. One whose phones are all given up comes to its end.
func (c *Control) CancelOffboarding(ctx context.Context, a ztp.Actor, id ztp.OffboardingID) (OffboardingView, error) {
	const verb = "platform.offboard.cancelled"
	if err := c.mayChange(ctx, a, verb, "", ""); err != nil {
		return OffboardingView{}, err
	}
	v, err := c.Offboarding(ctx, a, id)
	if err != nil || v.State != ztp.OffboardingRunning {
		return v, err
	}
	for _, op := range v.Operations {
		if _, err := c.CancelOperation(ctx, a, op.ID); err != nil {
			return v, err
		}
	}
	return c.Offboarding(ctx, a, id)
}

// cameHome says for the audit row of a removed platform how many of its phones were told
// where to ask from now on, "" when they were not sent home.
func cameHome(ctx context.Context, s ztp.Store, p ztp.Platform) (string, error) {
	if p.HomeSince.IsZero() {
		return "", nil
	}
	n, err := s.CountHome(ctx, p.ID, p.HomeSince)
	return ztp.Counted(n, "phone", "phones") + " came by since they are sent home, on " + ztp.TimeText(p.HomeSince), err
}
