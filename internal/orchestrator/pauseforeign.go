package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// pauseForeign ends the redirection of something in the company that leads elsewhere
// and has no row here to correct it by: a person has named it. It stays where it is
// and can be switched on again; nothing is deleted.
func (r *run) pauseForeign(ctx context.Context) error {
	target := r.op.Params.Target
	pause := func() error {
		return r.withKey(ctx, func(key ztp.APIKey) error {
			if r.op.MAC.IsZero() {
				return r.pauseOtherProfile(ctx, key, target)
			}
			return r.pauseUnknownPhone(ctx, key)
		})
	}
	err := pause()
	if ztp.IsVendorNotFound(err) { // once may be a mistake, and the finding ends by this
		r.settled(false)
		err = pause()
	}
	switch {
	case ztp.IsVendorNotFound(err):
		r.settled(false)
		r.note("address.gone", target, "")
	case err != nil:
		return err
	default:
		r.settled(true)
		r.note("address.paused", target, "asked by "+r.op.Actor.String())
	}
	return r.later(ctx, result{with: func(ctx context.Context, s ztp.Store, l *ztp.Link) error {
		return r.putRight(ctx, s, l, target)
	}})
}

const intentPauseForeign = "pause_foreign"

// pauseUnknownPhone pauses a phone, unless it has a row here by now.
func (r *run) pauseUnknownPhone(ctx context.Context, key ztp.APIKey) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	err = r.intent(ctx, intentPauseForeign, r.op.MAC.String(), func(s ztp.Store, _ *ztp.Link) error {
		row, err := s.Endpoint(ctx, r.op.Platform, r.op.MAC)
		if err == nil && r.knows(row) {
			return &ztp.Error{Code: ztp.CodeFormOutdated}
		}
		if ztp.IsCode(err, ztp.CodeNotFound) {
			return nil
		}
		return err
	})
	if ztp.IsCode(err, ztp.CodeFormOutdated) {
		r.op.Data.Pending = nil // nothing was committed, and nothing is sent
		return fail(ztp.Errorf(ztp.CodeFormOutdated, "Phone %s is registered here by now, which writes its own address.", r.op.MAC))
	}
	if err != nil {
		return err
	}
	return r.call(ctx, func(ctx context.Context) error {
		got, err := reg.WriteEndpoint(ctx, key, r.link.CompanyID, ztp.VendorEndpoint{MAC: r.op.MAC})
		return stillOn(got.Enabled, err)
	})
}

// pauseOtherProfile pauses a profile that we did not make.
func (r *run) pauseOtherProfile(ctx context.Context, key ztp.APIKey, id string) error {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if !ok {
		return fail(&ztp.Error{Code: ztp.CodeVendorCannot})
	}
	if r.link.OwnsProfile(id) {
		return fail(ztp.Errorf(ztp.CodeInUse, "This is a profile of ours; its address is updated, it is not paused."))
	}
	var have ztp.VendorProfile
	err := r.call(ctx, func(ctx context.Context) (err error) {
		have, err = keeper.Profile(ctx, key, r.link.CompanyID, id)
		return err
	})
	if err != nil {
		return err
	}
	if err := r.intent(ctx, intentPauseForeign, id, nil); err != nil {
		return err
	}
	return r.call(ctx, func(ctx context.Context) error {
		got, err := keeper.WriteProfile(ctx, key, r.link.CompanyID, ztp.VendorProfile{ID: id, Name: have.Name, Group: have.Group})
		return stillOn(got.Enabled, err)
	})
}
