package control

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// Check wakes the read step of an operation whose outcome is unknown, or else
// queues a read-only check of the link. It changes nothing at the vendor, so any
// other open change of the link is left alone and named: waking one that waits
// would send its writes before their time.
func (c *Control) Check(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, s Submission) (Result, error) {
	if err := c.mayChange(ctx, a, "check.asked", "", v); err != nil {
		return Result{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return Result{}, err
	}
	x := action{kind: ztp.KindCheck, sub: s}
	if op, err := c.repeated(ctx, a, s.Key, x.bodyHash(p.ID, info.Name)); op != nil || err != nil {
		return c.result(ctx, p, info, op, err)
	}
	op, err := c.cfg.Store.OpenOperation(ctx, p.ID, info.Name)
	switch {
	case err == nil && lookedFor(op):
		return c.wake(ctx, a, p, info, op)
	case err == nil:
		err = running(op)
		c.refused(ctx, a, "check.asked", p.ID, info.Name, "", err)
		return Result{}, err
	case !ztp.IsCode(err, ztp.CodeNotFound):
		return Result{}, err
	}
	return c.queueBeside(ctx, a, p, info, x, c.somethingThere)
}

// somethingThere refuses a check where nothing of ours can be at the vendor. A
// disabled link has its company there; of one that was connected nobody here may ask.
// Of one from a backup it is to be found out.
func (c *Control) somethingThere(ctx context.Context, l ztp.Link) error {
	if !l.RestoredAt.IsZero() || l.State == ztp.LinkNotConfigured && l.CompanyID != "" && !l.Connected {
		return nil
	}
	return c.keyInForce(ctx, l)
}

// lookedFor reports whether the outcome of something that op sent is unknown, or
// is being read this moment: the second press of a double click finds it so.
func lookedFor(op ztp.Operation) bool {
	return op.State == ztp.OperationUnknown ||
		op.State == ztp.OperationRunning && op.Data.Pending != nil && op.Attempt > 0
}

// keyInForce refuses what needs the link's key where there is none.
func (c *Control) keyInForce(_ context.Context, l ztp.Link) error {
	if l.Active == 0 {
		return &ztp.Error{Code: ztp.CodeNotOnboarded}
	}
	return nil
}

func (c *Control) wake(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, op ztp.Operation) (Result, error) {
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		// Nothing to wake means that it is running already.
		if err := s.WakeOperation(ctx, op.ID); err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
			return err
		}
		e := c.event(a, "check.asked", p.ID, info.Name, "")
		e.Operation = op.ID
		return s.AppendEvent(ctx, e)
	})
	if err == nil {
		c.cfg.Wake()
	}
	return c.result(ctx, p, info, &op, err)
}

// Tidy asks for what comes round every hour: keys of ours that are used by nothing are
// deleted, and phones redirected again that an Onboard did not get to.
func (c *Control) Tidy(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, s Submission) (Result, error) {
	if err := c.mayChange(ctx, a, "tidy.asked", "", v); err != nil {
		return Result{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return Result{}, err
	}
	return c.queueBeside(ctx, a, p, info, action{kind: ztp.KindTidy, sub: s}, func(context.Context, ztp.Link) error { return nil })
}

// RevokeKey asks for the end of a key in the company that we did not make, or of
// one of ours that is loose. The active key is refused.
func (c *Control) RevokeKey(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, keyID string, s Submission) (Result, error) {
	if err := c.mayChange(ctx, a, "revoke_key.asked", "", v); err != nil {
		return Result{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return Result{}, err
	}
	if !ztp.ValidKeyID(keyID) {
		return Result{}, ztp.Invalid("key_id", "A key id has 1 to 128 letters, digits, dashes and underscores.")
	}
	x := action{kind: ztp.KindRevokeKey, sub: s, params: ztp.OperationParams{KeyID: keyID}, target: keyID}
	return c.queueBeside(ctx, a, p, info, x, func(ctx context.Context, l ztp.Link) error {
		if l.CompanyID == "" {
			return &ztp.Error{Code: ztp.CodeNotOnboarded}
		}
		if l.Active == 0 {
			return nil
		}
		cr, err := c.cfg.Store.Credential(ctx, p.ID, info.Name, l.Active)
		if err == nil && cr.VendorID == keyID {
			err = ztp.Errorf(ztp.CodeInUse, "This is the key in force. Rotate to replace it.")
		}
		return err
	})
}

// UpdateAddress asks that the profile and every phone at the vendor get the
// platform's present provisioning URL.
func (c *Control) UpdateAddress(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, s Submission) (Result, error) {
	if err := c.mayChange(ctx, a, "update_address.asked", "", v); err != nil {
		return Result{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return Result{}, err
	}
	return c.queueBeside(ctx, a, p, info, action{kind: ztp.KindUpdateAddress, sub: s}, c.keyInForce)
}

// queueBeside queues an operation that leaves the link's state as it is, unless one
// that changes the link is open or refuse has a reason against it. The same kind with the
// same question open already is returned instead of a second.
func (c *Control) queueBeside(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, x action, refuse func(context.Context, ztp.Link) error) (Result, error) {
	hash := x.bodyHash(p.ID, info.Name)
	if op, err := c.repeated(ctx, a, x.sub.Key, hash); op != nil || err != nil {
		return c.result(ctx, p, info, op, err)
	}
	l, err := c.cfg.Store.Link(ctx, p.ID, info.Name)
	if err != nil {
		return Result{}, err
	}
	verb := string(x.kind) + ".asked"
	if err = c.notRunning(ctx, l); err == nil {
		err = refuse(ctx, l)
	}
	if err != nil {
		c.refused(ctx, a, verb, p.ID, info.Name, x.target, err)
		return Result{}, err
	}
	needs := c.requirements(x.kind, l, false)
	for _, n := range needs {
		if err := c.require(ctx, n, p, info); err != nil {
			c.refused(ctx, a, verb, p.ID, info.Name, x.target, err)
			c.keepRefusal(ctx, a, p, info, err)
			return Result{}, err
		}
	}
	x.params.Template = c.proves(needs, p)
	op := c.operation(a, x.kind, p.ID, info.Name, x.params, x.sub.Key, hash)
	op.MAC = x.mac
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		open, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: p.ID, Vendor: info.Name, Open: true, Limit: 1000})
		if err != nil {
			return err
		}
		for _, o := range open.Items {
			if o.Kind == x.kind && o.Params == x.params {
				op = o
				return nil
			}
		}
		if err := s.CreateOperation(ctx, op); err != nil {
			return err
		}
		e := c.event(a, verb, p.ID, info.Name, x.target)
		e.Operation = op.ID
		return s.AppendEvent(ctx, e)
	})
	if err == nil {
		c.cfg.Wake()
	}
	return c.result(ctx, p, info, &op, err)
}

// notRunning refuses while an operation that changes the link is open.
func (c *Control) notRunning(ctx context.Context, l ztp.Link) error {
	op, err := c.cfg.Store.OpenOperation(ctx, l.Platform, l.Vendor)
	switch {
	case err == nil:
		return running(op)
	case ztp.IsCode(err, ztp.CodeNotFound):
		return nil
	}
	return err
}
