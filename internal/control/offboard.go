package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// OffboardRequest asks for everything that a platform has at its vendors to be given up.
type OffboardRequest struct {
	Submission
	// KeepPhones serves phones in service as before; else they are sent home.
	KeepPhones bool
	// Phones is how many phones the asker knows to be given up, nil where nobody has
	// counted: then they are ztp.OffboardAsks at most.
	Phones *int
}

// OffboardPlan is what an off-boarding would give up, vendor by vendor in its order.
type OffboardPlan struct {
	Platform ztp.Platform
	Parts    []OffboardPlanPart
	// Phones counts those of all vendors.
	Phones int
	// Served: the platform's phones fetch their settings here, so that they can be sent home.
	Served bool
	// Waits are operations that wait for something; an off-boarding ends them.
	Waits []ztp.Operation
	// Latest is the platform's last off-boarding, nil without one.
	Latest *ztp.Offboarding
}

// Nothing reports whether there is nothing to give up.
func (p OffboardPlan) Nothing() bool { return len(p.Parts) == 0 }

// OffboardPlanPart is what would be given up at one vendor.
type OffboardPlanPart struct {
	Info   ztp.VendorInfo
	Link   ztp.Link
	Counts ztp.EndpointCounts
	// Phones, Profiles and Keys count what goes.
	Phones, Profiles, Keys int
}

// PlanOffboarding says what Offboard would give up. No vendor is called.
func (c *Control) PlanOffboarding(ctx context.Context, a ztp.Actor, ref string) (OffboardPlan, error) {
	if err := maySee(a); err != nil {
		return OffboardPlan{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return OffboardPlan{}, err
	}
	return c.planOffboarding(ctx, c.cfg.Store, p)
}

func (c *Control) planOffboarding(ctx context.Context, s ztp.Store, p ztp.Platform) (OffboardPlan, error) {
	plan := OffboardPlan{Platform: p, Served: ztp.TemplateFor(p, c.cfg.URL).ServedHere()}
	for _, v := range c.cfg.Vendors {
		part, err := c.planPart(ctx, s, p, v.Describe())
		if err != nil {
			return plan, err
		}
		if part != nil {
			plan.Parts = append(plan.Parts, *part)
			plan.Phones += part.Phones
		}
	}
	open, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: p.ID, Open: true, Limit: 1000})
	if err != nil {
		return plan, err
	}
	for _, op := range open.Items {
		if endable(op) {
			plan.Waits = append(plan.Waits, op)
		}
	}
	last, err := s.ListOffboardings(ctx, p.ID, "", 1)
	if err == nil && len(last.Items) > 0 {
		plan.Latest = &last.Items[0]
	}
	return plan, err
}

// planPart is nil for a vendor at which there is nothing.
func (c *Control) planPart(ctx context.Context, s ztp.Store, p ztp.Platform, info ztp.VendorInfo) (*OffboardPlanPart, error) {
	l, err := s.Link(ctx, p.ID, info.Name)
	if err != nil {
		return nil, err
	}
	n, err := s.CountEndpoints(ctx, p.ID, info.Name)
	if err != nil {
		return nil, err
	}
	keys, err := s.Credentials(ctx, p.ID, info.Name)
	if err != nil {
		return nil, err
	}
	part := OffboardPlanPart{Info: info, Link: l, Counts: n, Phones: n.Wanted + n.Listed + n.Paused + n.Failed, Profiles: len(l.Profiles)}
	for _, k := range keys {
		if k.State.Live() {
			part.Keys++
		}
	}
	if l.State == ztp.LinkNotConfigured && !l.Unconfirmed && part.Phones+part.Profiles+part.Keys == 0 && !(l.Connected && l.CompanyID != "") {
		return nil, nil
	}
	return &part, nil
}

// endable reports whether an off-boarding may end the operation: nobody works on it, and
// of no phone it is open who has it.
func endable(op ztp.Operation) bool {
	rests := op.State == ztp.OperationWaiting || op.State == ztp.OperationQueued
	return rests && !op.HoldsLink && op.Kind != ztp.KindMove && op.Kind != ztp.KindReplace
}

// Offboard gives up everything that the platform has at its vendors, each with an
// operation of its own: phones, then profiles, then keys. nothing reports that there was
// nothing to give up.
func (c *Control) Offboard(ctx context.Context, a ztp.Actor, ref string, r OffboardRequest) (o ztp.Offboarding, nothing bool, err error) {
	const verb = "platform.offboard.asked"
	p, perr := c.cfg.Store.Platform(ctx, ref)
	if err := c.mayChange(ctx, a, verb, p.ID, ""); err != nil {
		return o, false, err
	}
	if perr != nil {
		return o, false, perr
	}
	hash := digest("offboard", p.ID, r.KeepPhones, r.Phones)
	if earlier, err := c.repeatedOffboarding(ctx, a, r.Key, hash); earlier != nil || err != nil {
		return orNoOffboarding(earlier), false, err
	}
	plan, err := c.planOffboarding(ctx, c.cfg.Store, p)
	if err == nil {
		err = c.mayOffboard(ctx, plan, r)
	}
	if err == nil && plan.Nothing() {
		return orNoOffboarding(plan.Latest), true, nil
	}
	if err == nil {
		o, err = c.beginOffboarding(ctx, a, p, r, hash)
	}
	if err == nil {
		c.cfg.Wake()
		return o, false, nil
	}
	// What is in the way may be what the same request has made a moment ago.
	if earlier, rerr := c.repeatedOffboarding(ctx, a, r.Key, hash); earlier != nil || rerr != nil {
		return orNoOffboarding(earlier), false, rerr
	}
	c.refused(ctx, a, verb, p.ID, "", "", err)
	return o, false, err
}

func orNoOffboarding(o *ztp.Offboarding) ztp.Offboarding {
	if o == nil {
		return ztp.Offboarding{}
	}
	return *o
}

func (c *Control) repeatedOffboarding(ctx context.Context, a ztp.Actor, key, hash string) (*ztp.Offboarding, error) {
	if key == "" {
		return nil, nil
	}
	earlier, err := c.cfg.Store.OffboardingByKey(ctx, a.String(), key)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case earlier.BodyHash != hash:
		return nil, &ztp.Error{Code: ztp.CodeIdempotencyMismatch}
	}
	return &earlier, nil
}

// mayOffboard refuses what the plan does not allow, and what would stop the operations at
// their first call.
func (c *Control) mayOffboard(ctx context.Context, plan OffboardPlan, r OffboardRequest) error {
	if err := c.nothingOpen(ctx, c.cfg.Store, plan.Platform); err != nil {
		return err
	}
	if err := counted(plan, r); err != nil {
		return err
	}
	for _, part := range plan.Parts {
		for _, n := range c.requirements(ztp.KindOffboard, part.Link, false) {
			if err := c.require(ctx, n, plan.Platform, part.Info); err != nil {
				return err
			}
		}
	}
	return nil
}

// counted refuses a number of phones that is not theirs, and many phones without it.
func counted(plan OffboardPlan, r OffboardRequest) error {
	switch {
	case r.Phones != nil && *r.Phones != plan.Phones:
		return ztp.Invalid("phones", fmt.Sprintf("There are %d phones to give up, not %d. Look at the preview again.", plan.Phones, *r.Phones))
	case r.Phones == nil && plan.Phones > ztp.OffboardAsks:
		return ztp.Invalid("phones", fmt.Sprintf("This gives up %d phones. More than %d need their number, as the preview shows it.", plan.Phones, ztp.OffboardAsks))
	}
	return nil
}

// nothingOpen refuses while something of the platform is under way that an off-boarding
// does not end.
func (c *Control) nothingOpen(ctx context.Context, s ztp.Store, p ztp.Platform) error {
	open, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: p.ID, Open: true, Limit: 1000})
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(open.Items, func(op ztp.Operation) bool { return !endable(op) }); i >= 0 {
		return running(open.Items[i])
	}
	return nil
}

// beginOffboarding commits the off-boarding with an operation for each vendor, its phones
// and its audit rows; from that commit on the platform's phones are sent home.
func (c *Control) beginOffboarding(ctx context.Context, a ztp.Actor, p ztp.Platform, r OffboardRequest, hash string) (ztp.Offboarding, error) {
	var o ztp.Offboarding
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		plan, err := c.planOffboarding(ctx, s, p)
		if err == nil {
			err = c.nothingOpen(ctx, s, p)
		}
		if err == nil {
			err = counted(plan, r)
		}
		if err != nil {
			return err
		}
		now := c.now()
		o = ztp.Offboarding{
			ID: ztp.OffboardingID(ztp.NewID()), Platform: p.ID, Slug: p.Slug, Name: p.Name, State: ztp.OffboardingRunning,
			KeepPhones: r.KeepPhones || !plan.Served, AskedBy: a.String(), Key: r.Key, BodyHash: hash, CreatedAt: now, Version: 1,
		}
		if err := c.endWaiting(ctx, s, a, plan.Waits); err != nil {
			return err
		}
		for _, part := range plan.Parts {
			done, err := c.beginPart(ctx, s, a, o, part)
			if err != nil {
				return err
			}
			o.Parts = append(o.Parts, done)
		}
		if err := s.CreateOffboarding(ctx, o); err != nil {
			return err
		}
		home := now
		if o.KeepPhones {
			home = time.Time{}
		}
		if err := s.SendPhonesHome(ctx, p.ID, home); err != nil {
			return err
		}
		e := c.event(a, "platform.offboard.asked", p.ID, "", p.Slug)
		e.Detail = fmt.Sprintf("%s: %s", o.ID, ztp.Counted(plan.Phones, "phone", "phones"))
		return s.AppendEvent(ctx, e)
	})
	return o, err
}

// endWaiting ends what waits for something that will not come any more.
func (c *Control) endWaiting(ctx context.Context, s ztp.Store, a ztp.Actor, waits []ztp.Operation) error {
	now := c.now()
	why := ztp.ProblemOf(ztp.Errorf(ztp.CodeNotOnboarded, "The platform was off-boarded before its turn came."), now, a.RequestID)
	for _, op := range waits {
		ended, err := s.EndWaitingOperation(ctx, op.ID, why, now)
		if err != nil {
			return err
		}
		if !ended {
			return running(op)
		}
		if op.Kind.HasItems() {
			if err := s.EndPhoneItems(ctx, op.ID, op.Platform, why, now); err != nil {
				return err
			}
		}
		e := c.event(a, string(op.Kind)+".failed", op.Platform, op.Vendor, "")
		e.Operation, e.Detail, e.Outcome, e.Code = op.ID, "the platform is off-boarded", ztp.OutcomeFailed, why.Code
		if err := s.AppendEvent(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// beginPart queues the operation at one vendor.
func (c *Control) beginPart(ctx context.Context, s ztp.Store, a ztp.Actor, o ztp.Offboarding, part OffboardPlanPart) (ztp.OffboardingPart, error) {
	none := ztp.OffboardingPart{}
	op := c.operation(a, ztp.KindOffboard, o.Platform, part.Info.Name, ztp.OperationParams{Offboarding: o.ID}, "", "")
	l := part.Link
	op.Data.From, op.Data.Total = l.State, part.Phones
	l, err := l.Move(ztp.LinkDisabling)
	if err != nil {
		return none, &ztp.Error{Code: ztp.CodeFormOutdated, Err: err}
	}
	if l.Nonce == "" {
		l.Nonce = ztp.NewNonce()
	}
	l.Error, l.UpdatedAt = nil, c.now()
	if err := s.SaveLink(ctx, l); err != nil {
		return none, err
	}
	if err := s.CreateOperation(ctx, op); err != nil {
		return none, err
	}
	if _, err := s.AddReleaseItems(ctx, o.Platform, part.Info.Name, op.ID, c.now()); err != nil {
		return none, err
	}
	e := c.event(a, "offboard.asked", o.Platform, part.Info.Name, "")
	e.Operation = op.ID
	return ztp.OffboardingPart{
		Vendor: part.Info.Name, Operation: op.ID, State: ztp.OffboardingRunning, CompanyID: l.CompanyID, CompanyName: l.CompanyName,
		Made: !l.Connected, Phones: part.Phones, Profiles: part.Profiles, Keys: part.Keys,
	}, s.AppendEvent(ctx, e)
}
