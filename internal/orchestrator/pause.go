package orchestrator

import (
	"context"
	"slices"

	"zerotouch.example/internal/ztp"
)

// How a Disable pauses phones: who signs it decides whether the keys go first.
const (
	modeReseller = "reseller"
	modePlatform = "platform"
)

// pauseProfile pauses the profiles, with the reseller credential if the vendor
// lets it write below the company, else with the platform's own key. That decides
// the order of what follows.
func (r *run) pauseProfile(ctx context.Context) error {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if r.link.CompanyID == "" || !ok {
		r.op.Data.Mode = modeReseller
		return nil
	}
	if r.pasted() || r.op.Data.Mode == modePlatform || len(r.link.Profiles) == 0 {
		return r.pauseProfileBy(ctx, keeper, modePlatform)
	}
	return r.pauseProfileBy(ctx, keeper, modeReseller)
}

func (r *run) pauseProfileBy(ctx context.Context, keeper ztp.ProfileKeeper, mode string) error {
	if mode == modePlatform {
		r.platformOrder()
	}
	by, err := r.disabler(ctx, mode)
	if mode == modePlatform && keyRefused(err) {
		return r.keyIsDead(ctx, by)
	}
	if err != nil || by.ID == "" {
		return err
	}
	accepted := false
	for _, group := range sortedKeys(r.link.Profiles) {
		id := r.link.Profiles[group]
		if err := r.intent(ctx, "pause_profile", id, nil); err != nil {
			return err
		}
		err := r.call(ctx, func(ctx context.Context) error {
			got, err := keeper.WriteProfile(ctx, by, r.link.CompanyID, ztp.VendorProfile{ID: id, Name: r.labels.Profile(group), Group: group})
			return stillOn(got.Enabled, err)
		})
		switch {
		case err == nil:
			r.settled(true)
			accepted = true
		case ztp.IsVendorNotFound(err):
			r.settled(false)
			if gone, err := r.companyGone(ctx); gone || err != nil {
				return err
			}
		case mode == modeReseller && ztp.VendorErrorOf(err).Denied:
			r.settled(false)
			r.op.Data.Mode = modePlatform
			return r.pauseProfileBy(ctx, keeper, modePlatform)
		case mode == modePlatform && keyRefused(err):
			r.settled(false)
			return r.keyIsDead(ctx, by)
		default:
			return r.resellerErrorIn(mode, err)
		}
	}
	if mode == modeReseller && !accepted {
		// A profile that is gone proves nothing about who may write below the company.
		return r.pauseProfileBy(ctx, keeper, modePlatform)
	}
	r.op.Data.Mode = mode
	return nil
}

func (r *run) resellerErrorIn(mode string, err error) error {
	if mode == modeReseller {
		return r.resellerError(err)
	}
	return err
}

// platformOrder puts the pausing of phones before the revoking of the key that
// has to sign it.
func (r *run) platformOrder() {
	r.op.Data.Mode = modePlatform
	i := slices.IndexFunc(r.op.Steps, func(s ztp.Step) bool { return s.Name == ztp.StepRevokeKeys })
	j := slices.IndexFunc(r.op.Steps, func(s ztp.Step) bool { return s.Name == ztp.StepPausePhones })
	if i >= 0 && j > i {
		r.op.Steps[i], r.op.Steps[j] = r.op.Steps[j], r.op.Steps[i]
	}
}

// disabler returns the key that signs in this mode. Without any key of the
// platform that can be used, a new numbered one is made for it first; on a
// connected link there is none to be made, and an empty key is returned.
func (r *run) disabler(ctx context.Context, mode string) (ztp.APIKey, error) {
	if mode == modeReseller {
		return r.reseller(ctx)
	}
	rows, err := r.credentials(ctx)
	if err != nil {
		return ztp.APIKey{}, err
	}
	for _, c := range slices.Backward(rows) {
		if c.Sealed && c.Number != r.op.Data.DeadKey && (c.State == ztp.CredentialActive || c.State == ztp.CredentialCreated) {
			return r.open(ctx, c.Number)
		}
	}
	if r.pasted() {
		return ztp.APIKey{}, nil
	}
	return ztp.APIKey{}, r.makeKeyFirst()
}

// makeKeyFirst puts a createKey before the present step and begins there.
func (r *run) makeKeyFirst() error {
	s := r.op.Current()
	i := slices.IndexFunc(r.op.Steps, func(x ztp.Step) bool { return x.Name == s.Name })
	if slices.ContainsFunc(r.op.Steps, func(x ztp.Step) bool { return x.Name == ztp.StepCreateKey }) {
		return fail(ztp.Errorf(ztp.CodeVendorKeyRejected, "A key made for this was refused as well."))
	}
	s.State = ztp.StepPending
	r.op.Steps = slices.Insert(r.op.Steps, i, ztp.Step{Name: ztp.StepCreateKey, State: ztp.StepPending})
	return &rest{until: r.o.now(), reason: "A key is made for this"}
}

// keyIsDead remembers that the vendor refuses the platform's key, and goes on
// with another one.
func (r *run) keyIsDead(ctx context.Context, key ztp.APIKey) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if c.VendorID == key.ID && r.young(c) {
			return r.notKnownYet()
		}
		if c.VendorID == key.ID {
			if r.op.Data.DeadKey == c.Number {
				return fail(&ztp.Error{Code: ztp.CodeVendorKeyRejected})
			}
			r.op.Data.DeadKey = c.Number
		}
	}
	if r.pasted() {
		return &rest{until: r.o.now(), reason: "The key is refused; going on without it"}
	}
	return r.makeKeyFirst()
}

// stillOn turns a pause that was accepted and reads back as not done into a
// failure that is tried again.
func stillOn(enabled bool, err error) error {
	if err == nil && enabled {
		return &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectUnknown, Temporary: true, Detail: "It was taken, and reads back as not done."}
	}
	return err
}
