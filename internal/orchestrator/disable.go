package orchestrator

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// How a Disable pauses phones: who signs it decides whether the keys go first.
const (
	modeReseller = "reseller"
	modePlatform = "platform"
)

// stopUse waits until nothing else uses the link's key. The link says disabling
// since the operation was asked for, so nothing new begins.
func (r *run) stopUse(context.Context) error {
	r.gate.drain()
	return nil
}

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
	if err != nil || by.ID == "" {
		return err
	}
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

// companyGone asks whether the company itself is gone at the vendor, and if so
// records it: then everything in it counts as done.
func (r *run) companyGone(ctx context.Context) (bool, error) {
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if !ok || r.pasted() {
		return false, nil
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return false, err
	}
	err = r.call(ctx, func(ctx context.Context) error {
		_, err := keeper.Company(ctx, by, r.link.CompanyID)
		return err
	})
	if !ztp.IsVendorNotFound(err) {
		return false, r.resellerError(err)
	}
	r.op.Data.CompanyGone, r.op.Data.Changed = true, true
	return true, r.failAllEndpoints(ctx)
}

// failAllEndpoints records that the phones are not at the vendor any more.
func (r *run) failAllEndpoints(ctx context.Context) error {
	err := r.eachEndpoint(ctx, func(e ztp.Endpoint) error {
		return r.endpointFailed(ctx, e, &ztp.Error{Code: ztp.CodeVendorCompanyMissing, Detail: "The company was deleted at the vendor, and this phone with it."})
	})
	if err != nil {
		return err
	}
	return r.forgetCompany(ctx)
}

// eachEndpoint hands over every endpoint that may be redirected by the vendor.
func (r *run) eachEndpoint(ctx context.Context, f func(ztp.Endpoint) error) error {
	for _, state := range []ztp.EndpointState{ztp.EndpointListed, ztp.EndpointWanted} {
		var cursor string
		for {
			page, err := r.o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, State: state, Cursor: cursor, Limit: 100})
			if err != nil {
				return &storeError{err}
			}
			for _, e := range page.Items {
				if err := f(e); err != nil {
					return err
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return nil
}

// pausePhones pauses the redirection of every phone recorded here, one after the
// other; each is committed, so that a restart goes on behind the last one.
func (r *run) pausePhones(ctx context.Context) error {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok || r.op.Data.CompanyGone || r.link.CompanyID == "" {
		return nil
	}
	if r.op.Data.Total == 0 {
		n, err := r.o.cfg.Store.CountEndpoints(ctx, r.op.Platform, r.op.Vendor)
		if err != nil {
			return &storeError{err}
		}
		r.op.Data.Total = n.Listed + n.Wanted
	}
	var by ztp.APIKey
	err := r.eachEndpoint(ctx, func(e ztp.Endpoint) error {
		if by.ID == "" {
			var err error
			if by, err = r.disabler(ctx, r.op.Data.Mode); err != nil {
				return err
			}
			if by.ID == "" {
				return r.endpointFailed(ctx, e, &ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: "The key was refused, so the phone could not be paused."})
			}
		}
		return r.pausePhone(ctx, reg, by, e)
	})
	if err == nil {
		r.stepNote(ztp.StepPausePhones, "%d of %d paused%s", r.op.Data.Handled, r.op.Data.Total, describeFailed(r.op.Data.Failed))
	}
	return err
}

// pausePhone pauses one. A definite refusal is the phone's, not the Disable's.
func (r *run) pausePhone(ctx context.Context, reg ztp.EndpointRegistrar, by ztp.APIKey, e ztp.Endpoint) error {
	if err := r.intent(ctx, "pause_phone", e.MAC.String(), nil); err != nil {
		return err
	}
	err := r.call(ctx, func(ctx context.Context) error {
		got, err := reg.WriteEndpoint(ctx, by, r.link.CompanyID, ztp.VendorEndpoint{MAC: e.MAC})
		return stillOn(got.Enabled, err)
	})
	v := ztp.VendorErrorOf(err)
	switch {
	case err == nil:
		r.settled(true)
		e.State, e.PausedBy, e.Error, e.ConfirmedAt = ztp.EndpointPaused, r.op.ID, nil, r.o.now()
		r.op.Data.Handled++
		return r.saveEndpoint(ctx, e)
	case isStoreError(err) || v.Temporary || v.Effect != ztp.EffectRefused:
		return err
	case v.NotFound && e.State == ztp.EndpointWanted:
		// Never written: its own operation waits for the next Onboard.
		r.settled(false)
		return nil
	case keyRefused(err) && r.op.Data.Mode == modePlatform:
		return r.keyIsDead(ctx, by)
	case v.Unauthorized:
		return r.resellerErrorIn(r.op.Data.Mode, err)
	}
	r.settled(false)
	r.op.Data.Handled++
	return r.endpointFailed(ctx, e, err)
}

// stillOn turns a pause that was accepted and reads back as not done into a
// failure that is tried again.
func stillOn(enabled bool, err error) error {
	if err == nil && enabled {
		return &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectUnknown, Temporary: true, Detail: "It was taken, and reads back as not done."}
	}
	return err
}

// endpointFailed commits a phone as refused and names it in the result.
func (r *run) endpointFailed(ctx context.Context, e ztp.Endpoint, cause error) error {
	e.State, e.Error = ztp.EndpointFailed, ztp.ProblemOf(cause, r.o.now(), r.op.Actor.RequestID)
	if len(r.op.Data.Failed) < 100 {
		r.op.Data.Failed = append(r.op.Data.Failed, e.MAC.String())
	}
	return r.saveEndpoint(ctx, e)
}

// saveEndpoint commits one endpoint with the operation.
func (r *run) saveEndpoint(ctx context.Context, e ztp.Endpoint) error {
	e.UpdatedAt = r.o.now()
	return r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error { return s.SaveEndpoint(ctx, e) })
}

// revokeKeys ends every key that we made, whatever its state. On a connected link
// the key's last call is to revoke itself.
func (r *run) revokeKeys(ctx context.Context) error {
	if r.link.CompanyID == "" || r.op.Data.CompanyGone {
		return r.forgetKeysWithoutCompany(ctx)
	}
	if r.pasted() {
		return r.revokePasted(ctx)
	}
	by, keys, err := r.listCompanyKeys(ctx)
	if ztp.IsVendorNotFound(err) {
		gone, gerr := r.companyGone(ctx)
		if gone || gerr != nil {
			return gerr
		}
	}
	if err != nil {
		return err
	}
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	s, err := r.sortKeys(keys, rows)
	if err != nil {
		return err
	}
	for _, c := range rows {
		key, there := s.at[c.Number]
		if !there && !c.State.Live() {
			continue
		}
		if err := r.removeKey(ctx, by, c, key); err != nil {
			return err
		}
	}
	return nil
}

// revokePasted ends the keys of a connected link, each signed by the newest.
func (r *run) revokePasted(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	last := ztp.Credential{}
	for _, c := range rows {
		if c.Sealed && c.State.Live() {
			last = c
		}
	}
	if last.Number == 0 {
		return nil
	}
	by, err := r.open(ctx, last.Number)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if c.State.Live() && c.Number != last.Number {
			if err := r.revoke(ctx, by, c); err != nil {
				return err
			}
		}
	}
	err = r.revoke(ctx, by, last)
	if v := ztp.VendorErrorOf(err); err != nil && !isStoreError(err) && v.Effect == ztp.EffectRefused {
		return needsOperator(&ztp.Error{
			Code: ztp.CodeVendorKeyRejected, Err: err, Keys: []ztp.VendorKey{{ID: last.VendorID}},
			Detail: r.info.Title + " does not let this key revoke itself. Remove key " + last.VendorID + " in its portal, then check here.",
		})
	}
	return err
}

// confirmDisabled lists the company's keys until none of ours is left, and only
// then says that the platform is disabled.
func (r *run) confirmDisabled(ctx context.Context) error {
	if r.link.CompanyID != "" && !r.op.Data.CompanyGone && !r.pasted() {
		rows, err := r.credentials(ctx)
		if err != nil {
			return err
		}
		by, keys, err := r.listCompanyKeys(ctx)
		if err != nil {
			return err
		}
		s, err := r.sortKeys(keys, rows)
		if err != nil {
			return err
		}
		for _, c := range rows {
			key, there := s.at[c.Number]
			if !there {
				continue
			}
			if r.op.Attempt >= len(patientDelays) {
				return needsOperator(&ztp.Error{Code: ztp.CodeVendorRejected, Keys: []ztp.VendorKey{key},
					Detail: "Key " + strconv.Itoa(c.Number) + " was revoked and is still in the company's list."})
			}
			if err := r.removeKey(ctx, by, c, key); err != nil {
				return err
			}
			return &rest{until: r.o.now().Add(2 * time.Second), try: true, reason: "The list still shows a key that was revoked"}
		}
		r.op.Data.Foreign = s.foreign
	}
	return r.commitDisabled(ctx, false)
}

// commitDisabled is the end of a Disable.
func (r *run) commitDisabled(ctx context.Context, unconfirmed bool) error {
	r.note("link.disabled", r.link.CompanyID, strings.TrimPrefix(describeFailed(r.op.Data.Failed), "; "))
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		l.DisabledAt, l.DisabledBy, l.Unconfirmed, l.Error = r.o.now(), r.op.Actor.String(), unconfirmed, nil
		r.foreignFinding(l, r.op.Data.Foreign)
		var err error
		*l, err = l.Move(ztp.LinkNotConfigured)
		return err
	})
}

// wipe is a forced Disable: what is sealed here goes, what is at the vendor is
// left, named, and tried again hourly.
func (r *run) wipe(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	open := false
	for _, c := range rows {
		if !c.State.Live() {
			continue
		}
		open = true
		if err := r.orphan(ctx, c); err != nil {
			return err
		}
	}
	return r.commitDisabled(ctx, open)
}

// orphan wipes a credential's secret here; the key stays to be deleted at the vendor.
func (r *run) orphan(ctx context.Context, c ztp.Credential) error {
	if c.State == ztp.CredentialOrphan || c.State == ztp.CredentialUnknown {
		return nil
	}
	from, to := c.State, ztp.CredentialOrphan
	if from == ztp.CredentialPlanned {
		to = ztp.CredentialUnknown
	}
	moved, err := c.Move(to)
	if err != nil {
		return err
	}
	moved.Sealed = false
	r.note("credential.orphaned", strconv.Itoa(c.Number), "")
	return r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
		if l.Active == c.Number {
			l.Active = 0
		}
		return s.MoveCredential(ctx, moved, from)
	})
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
