package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// releaseEndpoint gives the MAC up: with the platform's key, or below a disabled
// link with the reseller credential if it may, else with a key made for it that
// is revoked after.
func (r *run) releaseEndpoint(ctx context.Context) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	e, err := r.phone(ctx, r.op.MAC)
	if err != nil {
		return err
	}
	if (e.State == ztp.EndpointReleased) != r.op.Params.Late {
		return nil // it is given up; or registered anew since
	}
	if r.link.CompanyID == "" {
		return r.released(ctx, e, false)
	}
	if err := r.earlierWritesOver(ctx, e.MAC); err != nil {
		return err
	}
	key, release, err := r.releaser(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := r.intent(ctx, intentRelease, e.MAC.String(), nil); err != nil {
		return err
	}
	err = r.call(ctx, func(ctx context.Context) error {
		return reg.DeleteEndpoint(ctx, key, r.link.CompanyID, e.MAC)
	})
	return r.releaseAnswered(ctx, e, err)
}

// releaseAnswered judges what the vendor said to a release.
func (r *run) releaseAnswered(ctx context.Context, e ztp.Endpoint, err error) error {
	v := ztp.VendorErrorOf(err)
	switch {
	case v.NotFound && r.op.Params.Late:
		r.settled(false)
		return nil
	case err == nil || v.NotFound:
		r.settled(err == nil)
		// Of a phone that it had confirmed, nothing being there is what was asked for:
		// an earlier try, or another delivery of this one, may have gone through.
		return r.released(ctx, e, err == nil || e.State != ztp.EndpointFailed && !e.ConfirmedAt.IsZero())
	case v.Denied && r.link.Active == 0 && r.op.Step(ztp.StepCreateKey) == nil:
		r.settled(false)
		return r.releaseWithNewKey()
	case keyRefused(err) && r.link.Active != 0:
		return r.activeRefused(ctx, err)
	case keyRefused(err) && r.op.Data.Key != 0:
		c, cerr := r.credential(ctx, r.op.Data.Key)
		if cerr != nil {
			return cerr
		}
		if r.young(c) {
			return r.notKnownYet()
		}
	}
	return err
}

// releaser is the key that signs a release, borrowed until the returned function is
// called: the link's own where it has one by now, whatever was made for this before.
func (r *run) releaser(ctx context.Context) (ztp.APIKey, func(), error) {
	nothing := func() {}
	if r.link.State != ztp.LinkNotConfigured || r.link.Active != 0 {
		release, key, err := r.use(ctx)
		return key, release, err
	}
	if n := r.op.Data.Key; n != 0 {
		c, err := r.credential(ctx, n)
		if err != nil {
			return ztp.APIKey{}, nothing, err
		}
		if c.Sealed {
			key, err := r.open(ctx, n)
			return key, nothing, err
		}
		// An Onboard and a Disable came in between, and tidied it away.
		return ztp.APIKey{}, nothing, r.makeAnotherKey()
	}
	key, err := r.reseller(ctx)
	return key, nothing, err
}

// releaseWithNewKey makes a numbered key for the release and revokes it after.
func (r *run) releaseWithNewKey() error {
	if err := r.makeKeyFirst(); !isRest(err) {
		return err
	}
	r.op.Steps = append(r.op.Steps, ztp.Step{Name: ztp.StepRevokeMade, State: ztp.StepPending})
	return &rest{until: r.o.now(), reason: "A key is made for this"}
}

// makeAnotherKey goes back to the making of the key.
func (r *run) makeAnotherKey() error {
	r.op.Data.Key = 0
	r.op.Current().State = ztp.StepPending
	r.op.Step(ztp.StepCreateKey).State = ztp.StepPending
	return &rest{until: r.o.now(), reason: "A key is made for this"}
}

// revokeMadeKey ends the key that was made for this operation, and no other: the
// link may have been onboarded since. It looks again until the key is not there any
// more, since nobody looks after the keys of a disabled link.
func (r *run) revokeMadeKey(ctx context.Context) error {
	n := r.op.Data.Key
	if n == 0 {
		return nil
	}
	by, _, s, err := r.companyKeys(ctx)
	if err != nil {
		return err
	}
	c, err := r.credential(ctx, n)
	if err != nil {
		return err
	}
	key, there := s.at[n]
	if !there && !c.State.Live() {
		return nil
	}
	if r.op.Attempt >= len(patientDelays) {
		return stillListed(c.Number, key)
	}
	if err := r.removeKey(ctx, by, c, key); err != nil {
		return err
	}
	until := r.o.now()
	if r.op.Attempt > 0 {
		until = until.Add(listLag)
	}
	return &rest{until: until, try: true, reason: "Looking whether the key made for this is gone"}
}

func isRest(err error) bool {
	_, ok := err.(*rest)
	return ok
}

// released commits that the vendor has nothing of the phone any more; held tells
// whether it was the vendor that gave it up.
func (r *run) released(ctx context.Context, e ztp.Endpoint, held bool) error {
	e.State, e.Error, e.PausedBy, e.MovedTo = ztp.EndpointReleased, nil, "", ""
	if r.op.Data.NothingHeld = !held; held {
		e.ConfirmedAt = r.o.now()
		r.note("endpoint.released", e.MAC.String(), "")
	} else {
		r.note("endpoint.removed", e.MAC.String(), r.info.Title+" held nothing under it")
	}
	return r.saveConfirmed(ctx, e) // what is gone leads nowhere
}
