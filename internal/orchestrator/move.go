package orchestrator

import (
	"context"
	"errors"
	"fmt"

	"zerotouch.example/internal/ztp"
)

// A move gives a phone up in one platform's company and registers it in another's: the
// vendor has no call for both. Between the two anybody could claim the MAC, so an end
// that leaves it with neither is an alarm, and everything short of that is carried on
// or taken back. Here the MAC is held throughout: by the first platform's row until one
// commit makes that released and the other's wanted. A vendor gives a MAC to one company
// at a time; that is what makes a late call of either side harmless.

const intentRelease = "release_endpoint"

// moveOut gives the phone up where it was.
func (r *run) moveOut(ctx context.Context) error {
	e, err := r.phone(ctx, r.op.MAC)
	if err != nil {
		return err
	}
	switch {
	case e.State == ztp.EndpointReleased && r.op.Data.GivenUp:
		return nil // the other platform has its row already
	case e.State == ztp.EndpointReleased:
		r.op.Data.NothingHeld = true // somebody else has given it up
		return r.handOver(ctx, e)
	}
	r.unsettledRelease()
	if err := r.maySign(); err != nil {
		if r.op.Data.Unsettled.IsZero() {
			return err
		}
		return r.handOver(ctx, e) // it may be gone: the other company's vendor call tells
	}
	held, err := r.deletePhone(ctx, e)
	switch {
	case err == nil:
		// What the vendor never had is not given up, and not taken back either.
		r.op.Data.NothingHeld = !held && e.State == ztp.EndpointFailed && !unowned(e)
		return r.handOver(ctx, e)
	case !isStoreError(err) && effectOf(err) == ztp.EffectUnknown:
		r.unsettledRelease()
	}
	return err
}

// unsettledRelease notes until when a release that got no answer may take effect.
func (r *run) unsettledRelease() {
	p := r.op.Data.Pending
	if p != nil && p.What == intentRelease && r.settleAt(p.Deadline).After(r.op.Data.Unsettled) {
		r.op.Data.Unsettled = r.settleAt(p.Deadline)
	}
}

// unowned reports whether a move has left the phone with nobody.
func unowned(e ztp.Endpoint) bool { return e.Error != nil && e.Error.Code == ztp.CodeEndpointUnowned }

// maySign refuses where a key can't be used before somebody has onboarded again: a
// phone on the move doesn't wait for that.
func (r *run) maySign() error {
	if err := r.usable(r.link); err != nil {
		return fail(ztp.Errorf(ztp.CodeNotOnboarded, "%s can't be asked with the key of platform %q now.", r.info.Title, r.platform.Slug))
	}
	return nil
}

// handOver commits that the MAC is the other platform's from here on.
func (r *run) handOver(ctx context.Context, e ztp.Endpoint) error {
	now := r.o.now()
	there := ztp.Endpoint{
		Platform: r.op.Also.Platform, Vendor: e.Vendor, MAC: e.MAC, Account: r.op.Params.Account, ProductGroup: e.ProductGroup,
		Name: e.Name, Model: e.Model, Serial: e.Serial, WantPaused: e.WantPaused, State: ztp.EndpointWanted, CreatedAt: now, UpdatedAt: now,
	}
	r.op.Data.Was = e.State
	e.State, e.MovedTo, e.UpdatedAt = ztp.EndpointReleased, there.Platform, now
	r.op.Data.GivenUp, r.op.Data.Changed = true, true
	r.op.Data.Pending = nil
	r.stepOver(ztp.StepGiveUp, ztp.StepDone, "")
	r.note("endpoint.given_up", e.MAC.String(), "on its way to another platform")
	err := r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		if err := s.SaveEndpoint(ctx, e); err != nil {
			return err
		}
		return s.SaveEndpoint(ctx, there)
	})
	if ztp.IsCode(err, ztp.CodeNotFound) { // platform or account were removed meanwhile
		r.events = nil
		return r.takeBack(ztp.Errorf(ztp.CodeNotFound, "The other platform or its account was removed meanwhile."))
	}
	return err
}

// moveIn registers the phone in the other platform's company, with that one's key.
func (r *run) moveIn(ctx context.Context) error {
	err := r.at(ctx, r.op.Also.Platform, func(ctx context.Context, home ztp.PlatformID) error {
		if err := r.maySign(); err != nil {
			return err
		}
		if err := r.writeEndpoint(ctx); err != nil {
			return err
		}
		r.stepOver(ztp.StepTakeOver, ztp.StepDone, "")
		r.note("endpoint.moved", r.op.MAC.String(), "registered in the other platform")
		r.events[len(r.events)-1].Platform = home
		return r.later(ctx, r.arrived(home))
	})
	switch {
	case err == nil:
		return nil
	case isStoreError(err), isRest(err), r.worthAnotherTry(err):
		return err
	}
	return r.takeBack(err)
}

// arrived takes the mark of a move off the row that the phone has left.
func (r *run) arrived(from ztp.PlatformID) result {
	return result{rows: func(ctx context.Context, s ztp.Store) error {
		e, err := s.Endpoint(ctx, from, r.op.MAC)
		if err != nil {
			return err
		}
		e.MovedTo, e.PausedBy, e.Error, e.UpdatedAt, e.ConfirmedAt = "", "", nil, r.o.now(), r.o.now()
		return s.SaveEndpoint(ctx, e)
	}}
}

// worthAnotherTry reports whether a vendor's error passes, and is met by the tries that
// judgeVendor gives it.
func (r *run) worthAnotherTry(err error) bool {
	var stop *end
	var v *ztp.VendorError
	switch {
	case errors.As(err, &stop), !errors.As(err, &v):
		return false
	case v.Effect == ztp.EffectLimited:
		return r.o.now().Sub(r.op.StartedAt) <= maxLimited
	case !v.Temporary && v.Effect == ztp.EffectRefused:
		return false
	}
	_, more := delay(patientDelays, r.op.Attempt+1)
	return more
}

// takeBack leaves the other platform and turns to the first one again. Why is kept.
func (r *run) takeBack(cause error) error {
	r.op.Data.Refused = ztp.ProblemOf(cause, r.o.now(), r.op.Actor.RequestID)
	return r.turn(ztp.StepTakeOver, ztp.StepTakeBack, "The other platform can't have it; registering it again where it was")
}

// moveBack registers the phone again where it was, unless the other platform has got
// it all the same.
func (r *run) moveBack(ctx context.Context) error {
	e, err := r.phone(ctx, r.op.MAC)
	if err != nil {
		return err
	}
	if e.State == ztp.EndpointReleased {
		if there, err := r.isThere(ctx); there || err != nil {
			return r.forward(ctx, e, err)
		}
		if e, err = r.returned(ctx, e); err != nil {
			return err
		}
	}
	if !r.op.Data.NothingHeld {
		if err := r.writeBack(ctx); err != nil {
			return r.notBack(ctx, e, err)
		}
		if until := r.op.Data.Unsettled; r.o.now().Before(until) {
			return &rest{until: until, reason: "It is registered again; a release without an answer may still take effect, so that it is written once more then"}
		}
	}
	r.op.Data.Undone = true
	return fail(r.op.Data.Refused.Err())
}

// isThere looks whether the other company has the phone, where a write without an
// answer may have put it there.
func (r *run) isThere(ctx context.Context) (there bool, err error) {
	if r.op.Data.Unsettled.IsZero() {
		return false, nil
	}
	there, err = r.lookThere(ctx)
	if err != nil && !isStoreError(err) && !isRest(err) && !r.worthAnotherTry(err) {
		return false, nil // nobody can tell; the write where it was does
	}
	return there, err
}

// lookThere reads the phone in the other platform's company.
func (r *run) lookThere(ctx context.Context) (there bool, err error) {
	reg, err := r.registrar()
	if err != nil {
		return false, err
	}
	err = r.at(ctx, r.op.Also.Platform, func(ctx context.Context, _ ztp.PlatformID) error {
		if err := r.maySign(); err != nil {
			return err
		}
		release, key, err := r.use(ctx)
		if err != nil {
			return err
		}
		defer release()
		return r.call(ctx, func(ctx context.Context) error {
			_, err := reg.Endpoint(ctx, key, r.link.CompanyID, r.op.MAC)
			return err
		})
	})
	if ztp.IsVendorNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// maxTurns bounds how often a move that was taken back goes forward again because the
// other company turns out to have the phone.
const maxTurns = 2

// forward turns to the other platform again, which has the phone. cause is why that is
// not known, nil when it is.
func (r *run) forward(ctx context.Context, e ztp.Endpoint, cause error) error {
	if cause != nil {
		return cause
	}
	if r.op.Data.Turns++; r.op.Data.Turns > maxTurns {
		return r.left("the other company has it and refuses to have it changed")
	}
	if e.State != ztp.EndpointReleased {
		if err := r.handOver(ctx, e); err != nil {
			return err
		}
	}
	r.op.Data.Refused = nil
	return r.turn(ztp.StepTakeBack, ztp.StepTakeOver, "The other platform has it all the same")
}

// returned commits that the MAC is the first platform's again, to be written.
func (r *run) returned(ctx context.Context, e ztp.Endpoint) (ztp.Endpoint, error) {
	err := r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		there, err := s.Endpoint(ctx, r.op.Also.Platform, r.op.MAC)
		if err == nil && there.State != ztp.EndpointReleased {
			there.State, there.Error, there.UpdatedAt = ztp.EndpointReleased, r.op.Data.Refused, r.o.now()
			err = s.SaveEndpoint(ctx, there)
		}
		if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
			return err
		}
		if e, err = s.Endpoint(ctx, r.op.Platform, r.op.MAC); err != nil {
			return err
		}
		e.State, e.UpdatedAt = ztp.EndpointWanted, r.o.now()
		if r.op.Data.NothingHeld {
			e.State = r.op.Data.Was
		}
		return s.SaveEndpoint(ctx, e)
	})
	e.Version++
	return e, err
}

// writeBack writes the phone where it was, as its row has it.
func (r *run) writeBack(ctx context.Context) error {
	if err := r.maySign(); err != nil {
		return err
	}
	return r.writeEndpoint(ctx)
}

// notBack decides what it means that the phone could not be written where it was.
func (r *run) notBack(ctx context.Context, e ztp.Endpoint, cause error) error {
	if isStoreError(cause) || isRest(cause) || r.worthAnotherTry(cause) {
		return cause
	}
	if ztp.IsCode(cause, ztp.CodeEndpointTaken) {
		there, err := r.lookThere(ctx)
		if there || err != nil && (isStoreError(err) || isRest(err) || r.worthAnotherTry(err)) {
			if e, rerr := r.phone(ctx, e.MAC); rerr == nil {
				return r.forward(ctx, e, err)
			}
			return err
		}
	}
	return r.left(ztp.AsError(cause).Detail)
}

// left is the alarm: nobody here has the phone, as far as is known.
func (r *run) left(why string) error {
	detail := fmt.Sprintf("Phone %s was given up for a move, the other platform could not have it, and it could not be registered again where it was.", r.op.MAC)
	if p := r.op.Data.Refused; p != nil && p.Detail != "" {
		detail += " There: " + p.Detail
	}
	if why != "" {
		detail += " Here: " + why
	}
	return needsOperator(ztp.Errorf(ztp.CodeEndpointUnowned, "%s", detail))
}

// moveStopped records how a move ended without success. The row of the first platform
// holds the MAC again; one that is marked as moving is an alarm until it is confirmed
// somewhere, or released.
func (r *run) moveStopped(ctx context.Context, s ztp.Store) error {
	there, err := s.Endpoint(ctx, r.op.Also.Platform, r.op.MAC)
	if err == nil && there.State != ztp.EndpointReleased {
		there.State, there.Error, there.UpdatedAt = ztp.EndpointReleased, r.op.Error, r.o.now()
		err = s.SaveEndpoint(ctx, there)
	}
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return err
	}
	e, err := s.Endpoint(ctx, r.op.Platform, r.op.MAC)
	if err != nil {
		return err
	}
	e.UpdatedAt = r.o.now()
	if !r.op.Data.Undone && (r.op.Data.GivenUp || !r.op.Data.Unsettled.IsZero()) {
		if r.op.Error.Code != ztp.CodeEndpointUnowned {
			r.op.Error = ztp.ProblemOf(ztp.Errorf(ztp.CodeEndpointUnowned, "Phone %s was being given up for a move, and it is not known whether anybody has it now. %s", e.MAC, r.op.Error.Detail), r.o.now(), r.op.Actor.RequestID)
		}
		e.State, e.MovedTo = ztp.EndpointFailed, r.op.Also.Platform
	} else if e.MovedTo = ""; e.State == ztp.EndpointWanted {
		e.State = ztp.EndpointFailed
	}
	r.op.Error.Kept = e.State == ztp.EndpointFailed
	e.Error = r.op.Error
	return s.SaveEndpoint(ctx, e)
}
