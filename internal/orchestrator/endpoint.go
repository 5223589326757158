package orchestrator

import (
	"context"
	"slices"

	"zerotouch.example/internal/ztp"
)

// registrar is the vendor as one that knows phones.
func (r *run) registrar() (ztp.EndpointRegistrar, error) {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok {
		return nil, fail(&ztp.Error{Code: ztp.CodeVendorCannot})
	}
	return reg, nil
}

// endpoint reads the phone this operation is about, as it is wished for now.
func (r *run) endpoint(ctx context.Context) (ztp.Endpoint, error) {
	e, err := r.o.cfg.Store.Endpoint(ctx, r.op.Platform, r.op.MAC)
	if err != nil {
		return e, &storeError{err}
	}
	return e, nil
}

// writeEndpoint brings one phone to the wished state at the vendor: one write,
// compared with what is read back.
func (r *run) writeEndpoint(ctx context.Context) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	e, err := r.endpoint(ctx)
	if err != nil {
		return err
	}
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	return r.put(ctx, reg, key, e)
}

// put writes one endpoint with the given key and commits what the vendor confirms.
func (r *run) put(ctx context.Context, reg ztp.EndpointRegistrar, key ztp.APIKey, e ztp.Endpoint) error {
	want, err := r.wishedAtVendor(ctx, &e)
	if err != nil {
		return err
	}
	if err := r.intent(ctx, "write_endpoint", e.MAC.String(), nil); err != nil {
		return err
	}
	var got ztp.VendorEndpoint
	err = r.call(ctx, func(ctx context.Context) (err error) {
		got, err = reg.WriteEndpoint(ctx, key, r.link.CompanyID, want)
		return err
	})
	if err != nil {
		return r.notPut(ctx, reg, key, want, e, err)
	}
	return r.confirmed(ctx, e, want, got)
}

// wishedAtVendor is what the vendor should have of the phone. It notes in e which
// address that is.
func (r *run) wishedAtVendor(ctx context.Context, e *ztp.Endpoint) (ztp.VendorEndpoint, error) {
	t, acc, url, err := r.fill(ctx, e.Account)
	if err != nil {
		return ztp.VendorEndpoint{}, err
	}
	e.AddressTemplate, e.AddressTokenID = t.String(), acc.TokenID
	return ztp.VendorEndpoint{
		MAC: e.MAC, Name: e.Name, Group: e.ProductGroup, Profile: r.link.Profiles[e.ProductGroup],
		URL: url, Enabled: !e.WantPaused,
	}, nil
}

// confirmed commits the state that the vendor has confirmed. A write that reads
// back otherwise is a refusal: a wrong setting is accepted silently.
func (r *run) confirmed(ctx context.Context, e ztp.Endpoint, want, got ztp.VendorEndpoint) error {
	if got.Enabled != want.Enabled || !got.URL.Equal(want.URL) {
		return fail(ztp.Errorf(ztp.CodeVendorRejected, "%s took the phone, and reads it back otherwise.", r.info.Title))
	}
	r.settled(true)
	e.State, e.Error, e.ConfirmedAt = ztp.EndpointListed, nil, r.o.now()
	if !want.Enabled {
		e.State = ztp.EndpointPaused
		if e.PausedBy == "" {
			e.PausedBy = r.op.ID
		}
	} else {
		e.PausedBy = ""
	}
	r.note("endpoint."+string(e.State), e.MAC.String(), "")
	return r.saveEndpoint(ctx, e)
}

// notPut decides what a failed write of a phone means.
func (r *run) notPut(ctx context.Context, reg ztp.EndpointRegistrar, key ztp.APIKey, want ztp.VendorEndpoint, e ztp.Endpoint, cause error) error {
	v := ztp.VendorErrorOf(cause)
	switch {
	case isStoreError(cause):
		return cause
	case v.Effect == ztp.EffectUnknown:
		return r.readBack(ctx, reg, key, want, e, cause)
	case v.Code == ztp.CodeEndpointTaken:
		return r.takenOrWeak(ctx, key, cause)
	case keyRefused(cause):
		return r.activeRefused(ctx, key, cause)
	}
	return cause
}

// readBack looks whether a write without an answer took effect. The write may be
// repeated, so absence needs no settle time: an older one that arrives late says
// the same.
func (r *run) readBack(ctx context.Context, reg ztp.EndpointRegistrar, key ztp.APIKey, want ztp.VendorEndpoint, e ztp.Endpoint, cause error) error {
	var got ztp.VendorEndpoint
	err := r.call(ctx, func(ctx context.Context) (err error) {
		got, err = reg.Endpoint(ctx, key, r.link.CompanyID, e.MAC)
		return err
	})
	if err == nil && got.Enabled == want.Enabled && got.URL.Equal(want.URL) {
		return r.confirmed(ctx, e, want, got)
	}
	return cause
}

// takenOrWeak tells the two meanings of the vendor's one answer apart: the
// platform's own profile is written with the same key; if that is refused too,
// the key is too weak, else the MAC is somebody else's.
func (r *run) takenOrWeak(ctx context.Context, key ztp.APIKey, cause error) error {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	id := r.link.Profiles[r.info.ProductGroups[0]]
	if !ok || id == "" {
		return cause
	}
	if err := r.intent(ctx, "write_profile", id, nil); err != nil {
		return err
	}
	err := r.call(ctx, func(ctx context.Context) error {
		_, err := keeper.WriteProfile(ctx, key, r.link.CompanyID, ztp.VendorProfile{
			ID: id, Name: r.labels.Profile(r.info.ProductGroups[0]), Group: r.info.ProductGroups[0], Enabled: true,
		})
		return err
	})
	if err != nil && ztp.VendorErrorOf(err).Denied {
		return r.keyIsWrong(ctx, &ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: "The platform's key may read but not write; its role is too weak.", Err: cause})
	}
	if err != nil {
		return err
	}
	return fail(&ztp.Error{Code: ztp.CodeEndpointTaken, Err: cause})
}

// activeRefused is for a key refused in use. When it was swapped meanwhile, the
// newer one is tried; else the link needs somebody.
func (r *run) activeRefused(ctx context.Context, key ztp.APIKey, cause error) error {
	l, err := r.o.cfg.Store.Link(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return &storeError{err}
	}
	if l.Active != 0 {
		if c, err := r.credential(ctx, l.Active); err != nil {
			return err
		} else if c.VendorID != key.ID {
			return &rest{until: r.o.now(), reason: "The key was rotated meanwhile; using the new one"}
		}
	}
	return r.keyIsWrong(ctx, &ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: ztp.VendorErrorOf(cause).Detail, Err: cause})
}

// keyIsWrong ends the operation, and tells the link that its key is proven wrong.
func (r *run) keyIsWrong(ctx context.Context, e *ztp.Error) error {
	if err := r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error { return r.attention(l, e) }); err != nil {
		return err
	}
	return fail(e)
}

// attention puts a configured link into needs_attention with its finding. A link
// with an operation of its own open is left alone: that one will find it too.
func (r *run) attention(l *ztp.Link, cause error) error {
	if l.State != ztp.LinkConfigured && l.State != ztp.LinkNeedsAttention {
		return nil
	}
	l.Error = ztp.ProblemOf(cause, r.o.now(), r.op.Actor.RequestID)
	var err error
	*l, err = l.Move(ztp.LinkNeedsAttention)
	return err
}

// endpointStopped records on the phone why its operation ended without success.
// One that the vendor had confirmed before keeps that state.
func (r *run) endpointStopped(ctx context.Context, s ztp.Store) error {
	e, err := s.Endpoint(ctx, r.op.Platform, r.op.MAC)
	if err != nil {
		return err
	}
	e.Error, e.UpdatedAt = r.op.Error, r.o.now()
	if e.State == ztp.EndpointWanted || r.op.Error.Code == ztp.CodeEndpointTaken {
		e.State = ztp.EndpointFailed
	}
	return s.SaveEndpoint(ctx, e)
}

// releaseEndpoint gives the MAC up: with the platform's key, or below a disabled
// link with the reseller credential if it may, else with a key made for it that
// is revoked after.
func (r *run) releaseEndpoint(ctx context.Context) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	e, err := r.endpoint(ctx)
	if err != nil {
		return err
	}
	if e.State == ztp.EndpointReleased {
		return nil
	}
	if r.link.CompanyID == "" {
		return r.released(ctx, e)
	}
	key, release, err := r.releaser(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := r.intent(ctx, "release_endpoint", e.MAC.String(), nil); err != nil {
		return err
	}
	err = r.call(ctx, func(ctx context.Context) error {
		return reg.DeleteEndpoint(ctx, key, r.link.CompanyID, e.MAC)
	})
	v := ztp.VendorErrorOf(err)
	switch {
	case err == nil || v.NotFound:
		r.settled(err == nil)
		return r.released(ctx, e)
	case v.Denied && r.link.Active == 0 && r.op.Data.Key == 0:
		r.settled(false)
		return r.releaseWithNewKey()
	case keyRefused(err) && r.link.Active != 0:
		return r.activeRefused(ctx, key, err)
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

// releaser is the key that signs a release, borrowed until the returned function is called.
func (r *run) releaser(ctx context.Context) (ztp.APIKey, func(), error) {
	nothing := func() {}
	if r.op.Data.Key != 0 {
		key, err := r.open(ctx, r.op.Data.Key)
		return key, nothing, err
	}
	if r.link.State == ztp.LinkNotConfigured && r.link.Active == 0 {
		key, err := r.reseller(ctx)
		return key, nothing, err
	}
	release, key, err := r.use(ctx)
	return key, release, err
}

// releaseWithNewKey makes a numbered key for the release and revokes it after.
func (r *run) releaseWithNewKey() error {
	if err := r.makeKeyFirst(); !isRest(err) {
		return err
	}
	r.op.Steps = append(r.op.Steps, ztp.Step{Name: ztp.StepRevokeKeys, State: ztp.StepPending})
	return &rest{until: r.o.now(), reason: "A key is made for this"}
}

func isRest(err error) bool {
	_, ok := err.(*rest)
	return ok
}

func (r *run) released(ctx context.Context, e ztp.Endpoint) error {
	e.State, e.Error, e.PausedBy, e.ConfirmedAt = ztp.EndpointReleased, nil, "", r.o.now()
	r.note("endpoint.released", e.MAC.String(), "")
	return r.saveEndpoint(ctx, e)
}

// resumePhones redirects again what a Disable paused. A refused phone becomes
// failed and is named; the Onboard itself stands. When a Disable has begun
// meanwhile, the rest stays paused for the next Onboard.
func (r *run) resumePhones(ctx context.Context) error {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok {
		return nil
	}
	if r.link.Active == 0 {
		return nil
	}
	var cursor string
	for {
		page, err := r.o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{
			Platform: r.op.Platform, Vendor: r.op.Vendor, State: ztp.EndpointPaused, Cursor: cursor, Limit: 100,
		})
		if err != nil {
			return &storeError{err}
		}
		for _, e := range page.Items {
			if e.WantPaused {
				continue
			}
			if stop, err := r.resumePhone(ctx, reg, e); stop || err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			if r.op.Data.Handled > 0 {
				r.stepNote(ztp.StepResumePhones, "%d redirected again%s", r.op.Data.Handled, describeFailed(r.op.Data.Failed))
			}
			return nil
		}
	}
}

// resumePhone resumes one; stop means that a Disable has taken over.
func (r *run) resumePhone(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.Endpoint) (stop bool, err error) {
	release, key, err := r.use(ctx)
	if isRest(err) {
		r.stepNote(ztp.StepResumePhones, "A Disable took over; the phones left stay paused until the next Onboard.")
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer release()
	r.op.Data.Handled++
	err = r.put(ctx, reg, key, e)
	if err == nil || !definite(err) {
		if err != nil {
			r.op.Data.Handled--
		}
		return false, err
	}
	return false, r.endpointFailed(ctx, e, err)
}

// definite reports whether the error is a refusal of this one object, not of the
// key and not something that passes.
func definite(err error) bool {
	if isStoreError(err) || isRest(err) || err == errStopped {
		return false
	}
	if e, ok := err.(*end); ok {
		return slices.Contains([]ztp.Code{ztp.CodeEndpointTaken, ztp.CodeVendorRejected, ztp.CodeProvisioningTokenMissing}, ztp.CodeOf(e.err))
	}
	v := ztp.VendorErrorOf(err)
	return v.Effect == ztp.EffectRefused && !v.Temporary && !v.Unauthorized
}

// writePhones brings the platform's present address into every listed phone.
func (r *run) writePhones(ctx context.Context) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	for _, state := range []ztp.EndpointState{ztp.EndpointListed, ztp.EndpointPaused} {
		var cursor string
		for {
			page, err := r.o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, State: state, Cursor: cursor, Limit: 100})
			if err != nil {
				return &storeError{err}
			}
			for _, e := range page.Items {
				if err := r.rewritePhone(ctx, reg, e); err != nil {
					return err
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	r.stepNote(ztp.StepWritePhones, "%d written%s", r.op.Data.Handled, describeFailed(r.op.Data.Failed))
	return nil
}

// rewritePhone writes one phone unless the vendor has the present address already.
func (r *run) rewritePhone(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.Endpoint) error {
	t, acc, _, err := r.fill(ctx, e.Account)
	if err != nil {
		return err
	}
	if e.AddressTemplate == t.String() && e.AddressTokenID == acc.TokenID {
		return nil
	}
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	paused := e.State == ztp.EndpointPaused
	if paused && !e.WantPaused {
		return nil // the next Onboard writes it with the address of that time
	}
	err = r.put(ctx, reg, key, e)
	if err != nil && definite(err) {
		return r.endpointFailed(ctx, e, err)
	}
	r.op.Data.Handled++
	return err
}
