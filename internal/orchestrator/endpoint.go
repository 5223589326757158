package orchestrator

import (
	"context"
	"time"

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

// writeEndpoint brings one phone to the wished state at the vendor: one write,
// compared with what is read back.
func (r *run) writeEndpoint(ctx context.Context) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	e, err := r.phone(ctx, r.op.MAC)
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
	if e, err = r.onItsWay(ctx, e, want); err != nil {
		return err
	}
	var got ztp.VendorEndpoint
	err = r.call(ctx, func(ctx context.Context) (err error) {
		got, err = reg.WriteEndpoint(ctx, key, r.link.CompanyID, want.VendorEndpoint)
		return err
	})
	if err != nil {
		return r.notPut(ctx, reg, key, want.VendorEndpoint, e, err)
	}
	return r.confirmed(ctx, e, want.VendorEndpoint, got)
}

// intentWrite is the intent of a write that may redirect a phone.
const intentWrite = "write_endpoint"

// onItsWay commits the intent to write the phone, unless the row is not the one that
// was read any more: then nothing is sent. A paused phone that is to be redirected
// counts as redirected from then on, so that a Disable pauses it whatever comes between.
func (r *run) onItsWay(ctx context.Context, e ztp.Endpoint, want wish) (ztp.Endpoint, error) {
	marked := e.State == ztp.EndpointPaused && want.Enabled
	if marked {
		r.op.Data.Was = e.State
	}
	err := r.intent(ctx, intentWrite, e.MAC.String(), func(s ztp.Store, _ *ztp.Link) error {
		now, err := s.Endpoint(ctx, r.op.Platform, e.MAC)
		if err != nil {
			return err
		}
		if now.Version != e.Version {
			return &ztp.Error{Code: ztp.CodeFormOutdated}
		}
		if !want.newToken.IsZero() {
			if err := s.SetDeviceTokens(ctx, r.op.Platform, map[ztp.MAC]ztp.Secret{e.MAC: want.newToken}); err != nil {
				return err
			}
		}
		if !marked {
			return nil
		}
		now.State, now.UpdatedAt = ztp.EndpointWanted, r.o.now()
		return s.SaveEndpoint(ctx, now)
	})
	if ztp.IsCode(err, ztp.CodeFormOutdated) {
		r.op.Data.Pending = nil // nothing was committed, and nothing is sent
	}
	if err == nil && marked {
		e.State = ztp.EndpointWanted
		e.Version++
	}
	return e, err
}

// confirmed commits the state that the vendor has confirmed. A write that reads
// back otherwise is a refusal: a wrong setting is accepted silently.
func (r *run) confirmed(ctx context.Context, e ztp.Endpoint, want, got ztp.VendorEndpoint) error {
	if got.Enabled != want.Enabled || !got.URL.Equal(want.URL) {
		return fail(ztp.Errorf(ztp.CodeVendorRejected, "%s took the phone, and reads it back otherwise.", r.info.Title))
	}
	r.settled(true)
	r.confirmedRow(&e, r.o.now())
	if r.op.Kind.WritesEndpoint() {
		r.op.Data.Phone = e.State
	} else {
		r.op.Data.Handled++
	}
	r.note("endpoint."+string(e.State), e.MAC.String(), "")
	return r.saveConfirmed(ctx, e)
}

// confirmedRow is what a phone's row says when the vendor has it as wished.
func (r *run) confirmedRow(e *ztp.Endpoint, now time.Time) {
	e.State, e.Error, e.ConfirmedAt, e.UpdatedAt, e.MovedTo, e.Found = ztp.EndpointListed, nil, now, now, "", false
	if !e.WantPaused {
		e.PausedBy = ""
		return
	}
	e.State = ztp.EndpointPaused
	if e.PausedBy == "" {
		e.PausedBy = r.op.ID
	}
}

// notPut decides what a failed write of a phone means.
func (r *run) notPut(ctx context.Context, reg ztp.EndpointRegistrar, key ztp.APIKey, want ztp.VendorEndpoint, e ztp.Endpoint, cause error) error {
	v := ztp.VendorErrorOf(cause)
	switch {
	case isStoreError(cause):
		return cause
	case v.Effect == ztp.EffectUnknown:
		if at := r.settleAt(r.op.Data.Pending.Deadline); at.After(r.op.Data.Unsettled) {
			r.op.Data.Unsettled = at
		}
		return r.readBack(ctx, reg, key, want, e, cause)
	case v.Code == ztp.CodeEndpointTaken:
		return r.nameHolder(ctx, e.MAC, r.takenOrWeak(ctx, key, cause))
	case keyRefused(cause):
		return r.activeRefused(ctx, cause)
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
	if err == nil && got.Enabled == want.Enabled && got.URL.Equal(want.URL) && sameRest(got, want) {
		return r.confirmed(ctx, e, want, got)
	}
	return cause
}

// sameRest compares what else was written, as far as the vendor tells it.
func sameRest(got, want ztp.VendorEndpoint) bool {
	same := func(got, want string) bool { return got == "" || want == "" || got == want }
	return got.Name == want.Name && same(got.Group, want.Group) && same(got.Profile, want.Profile)
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

// keyReplaced is for a refused key of the link: when another one was put in force
// after this step has read it, the step is to be tried again with that one, and with
// none but a newer one.
func (r *run) keyReplaced(ctx context.Context) (*rest, error) {
	l, err := r.o.cfg.Store.Link(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return nil, &storeError{err}
	}
	if l.Active == 0 || l.Active == r.borrowed {
		return nil, nil
	}
	return &rest{until: r.o.now(), reason: "The key was rotated meanwhile; using the new one"}, nil
}

// activeRefused is for a key refused in use. When it was swapped meanwhile, the
// newer one is tried; else the link needs somebody.
func (r *run) activeRefused(ctx context.Context, cause error) error {
	switch again, err := r.keyReplaced(ctx); {
	case err != nil:
		return err
	case again != nil:
		return again
	}
	return r.keyIsWrong(ctx, &ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: ztp.VendorErrorOf(cause).Detail, Err: cause})
}

// keyIsWrong ends the operation, and tells the link that its key is proven wrong. A sync
// only reads: what is wrong with the link the check finds, and says more exactly.
func (r *run) keyIsWrong(ctx context.Context, e *ztp.Error) error {
	if r.op.Kind == ztp.KindSync {
		return fail(e)
	}
	if err := r.laterLink(ctx, func(l *ztp.Link) error { return r.attention(l, e) }); err != nil {
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
	e.UpdatedAt = r.o.now()
	switch {
	case r.op.Error.Code == ztp.CodeEndpointTaken:
		e.State = ztp.EndpointFailed
	case e.State == ztp.EndpointWanted && r.op.Data.Was != "" && r.op.State == ztp.OperationFailed:
		e.State = r.op.Data.Was // refused, so it is as it was
	case e.State == ztp.EndpointWanted:
		e.State = ztp.EndpointFailed
	}
	r.op.Error.Kept = e.State == ztp.EndpointFailed
	e.Error = r.op.Error
	return s.SaveEndpoint(ctx, e)
}
