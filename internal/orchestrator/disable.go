package orchestrator

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// stopUse waits until nothing else uses the link's key. The link says disabling
// since the operation was asked for, so nothing new begins.
func (r *run) stopUse(ctx context.Context) error {
	r.gate.drain()
	if err := r.othersSettled(ctx); err != nil || !r.op.Params.IfGone {
		return err
	}
	return r.onlyIfGone(ctx)
}

// onlyIfGone ends a Disable that was asked for because the company is gone when the
// vendor has it: that was hidden for a while, or the row that said so is old.
func (r *run) onlyIfGone(ctx context.Context) error {
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if !ok || r.link.CompanyID == "" {
		return nil // forgotten before a restart
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return err
	}
	switch there, err := r.companyThere(ctx, keeper, by); {
	case err != nil:
		return err
	case there:
		return fail(ztp.Errorf(ztp.CodeFormOutdated, "%s has company %s. Nothing was sent; check how the link stands.", r.info.Title, r.link.CompanyID))
	case r.pasted():
		return nil // its own key ends it, step by step
	}
	return r.recordGone(ctx)
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
	return true, r.recordGone(ctx)
}

func (r *run) recordGone(ctx context.Context) error {
	r.op.Data.CompanyGone, r.op.Data.Changed = true, true
	return r.failAllEndpoints(ctx)
}

// failAllEndpoints records that the phones are not at the vendor any more.
func (r *run) failAllEndpoints(ctx context.Context) error {
	gone := func(e ztp.Endpoint) error {
		if e.State == ztp.EndpointReleased {
			return nil
		}
		return r.endpointFailed(ctx, e, &ztp.Error{Code: ztp.CodeVendorCompanyMissing, Detail: "The company was deleted at the vendor, and this phone with it."})
	}
	err := r.eachEndpoint(ctx, gone, redirected...)
	if err != nil {
		return err
	}
	return r.forgetCompany(ctx)
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
	by, rows, s, err := r.companyKeys(ctx)
	if ztp.IsVendorNotFound(err) {
		gone, gerr := r.companyGone(ctx)
		if gone || gerr != nil {
			return gerr
		}
	}
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
	if err != nil && !keyRefused(err) { // refused: what follows finds that it is gone
		return err
	}
	if err := r.nameForeign(ctx, by, rows); err != nil {
		return err
	}
	for _, c := range rows {
		if c.State.Live() && c.Number != last.Number {
			if err := r.revokeOlder(ctx, by, c); err != nil {
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

// revokeOlder ends another key of a connected link, signed by the newest one or, where
// that is dead, by itself.
func (r *run) revokeOlder(ctx context.Context, by ztp.APIKey, c ztp.Credential) error {
	err := r.revoke(ctx, by, c)
	if !keyRefused(err) {
		return err
	}
	if !c.Sealed {
		return needsOperator(&ztp.Error{
			Code: ztp.CodeVendorKeyRejected, Err: err, Keys: []ztp.VendorKey{{ID: c.VendorID}},
			Detail: r.info.Title + " accepts no key that could revoke " + c.VendorID + ". Remove it in its portal, then force the Disable.",
		})
	}
	own, err := r.open(ctx, c.Number)
	if err != nil && !keyRefused(err) {
		return err
	}
	return r.revoke(ctx, own, c)
}

// nameForeign notes for the result which keys in the company we did not make, as long
// as a key is left that may ask. A refusal keeps nothing from being disabled.
func (r *run) nameForeign(ctx context.Context, by ztp.APIKey, rows []ztp.Credential) error {
	var keys []ztp.VendorKey
	err := r.call(ctx, func(ctx context.Context) (err error) {
		keys, err = r.vendor.ListCredentials(ctx, by, r.link.CompanyID)
		return err
	})
	if refusedForGood(err) {
		r.stepNote(ztp.StepRevokeKeys, "%s does not tell which other keys there are.", r.info.Title)
		return nil
	}
	if err != nil {
		return err
	}
	s, err := r.sortKeys(ctx, dedupe(keys), rows)
	r.op.Data.Foreign = s.foreign
	return err
}

// confirmDisabled lists the company's keys until none of ours is left, and only
// then says that the platform is disabled.
func (r *run) confirmDisabled(ctx context.Context) error {
	if r.link.CompanyID != "" && !r.op.Data.CompanyGone && !r.pasted() {
		by, rows, s, err := r.companyKeys(ctx)
		if err != nil {
			return err
		}
		for _, c := range rows {
			key, there := s.at[c.Number]
			if !there {
				continue
			}
			if r.op.Attempt >= len(patientDelays) {
				return stillListed(c.Number, key)
			}
			if err := r.removeKey(ctx, by, c, key); err != nil {
				return err
			}
			return &rest{until: r.o.now().Add(listLag), try: true, reason: "The list still shows a key that was revoked"}
		}
		r.op.Data.Foreign = s.foreign
	}
	return r.disabled(ctx, false)
}

// listLag is how long a list is given to leave out what was deleted.
const listLag = 2 * time.Second

// stillListed ends an operation whose key was revoked again and again and stays.
func stillListed(n int, key ztp.VendorKey) error {
	return needsOperator(&ztp.Error{Code: ztp.CodeVendorRejected, Keys: []ztp.VendorKey{key},
		Detail: "Key " + strconv.Itoa(n) + " was revoked and is still in the company's list."})
}

// disabled is the end of a Disable; the operation's own end rides in the same commit.
func (r *run) disabled(ctx context.Context, unconfirmed bool) error {
	r.note("link.disabled", r.link.CompanyID, strings.TrimPrefix(describeFailed(r.op.Data.Failed), "; "))
	return r.later(ctx, result{with: r.forgetExposure, link: func(l *ztp.Link) error {
		l.DisabledAt, l.DisabledBy, l.Unconfirmed, l.Error = r.o.now(), r.op.Actor.String(), unconfirmed, nil
		l.RestoredAt = time.Time{}
		r.foreignFinding(l, r.op.Data.Foreign)
		var err error
		*l, err = l.Move(ztp.LinkNotConfigured)
		return err
	}})
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
	return r.disabled(ctx, open)
}

// orphan wipes a credential's secret here; the key stays to be deleted at the vendor.
func (r *run) orphan(ctx context.Context, c ztp.Credential) error {
	if c.State == ztp.CredentialOrphan || c.State == ztp.CredentialUnknown {
		return nil
	}
	r.note("credential.orphaned", strconv.Itoa(c.Number), "")
	return r.moveKey(ctx, c, ztp.CredentialOrphan)
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
