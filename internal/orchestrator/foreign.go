package orchestrator

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"zerotouch.example/internal/ztp"
)

// listKeys reports keys in the company that we did not make; it touches none.
func (r *run) listKeys(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	_, keys, err := r.listCompanyKeys(ctx)
	if err != nil {
		return r.notListed(ctx, err)
	}
	s, err := r.sortKeys(ctx, keys, rows)
	if err != nil {
		return err
	}
	if err := r.reopenLate(ctx, rows, s); err != nil {
		return err
	}
	r.op.Data.Foreign = s.foreign
	r.stepNote(ztp.StepListKeys, "%s that we did not make", ztp.Counted(len(s.foreign), "key", "keys"))
	return r.laterLink(ctx, func(l *ztp.Link) error {
		l.CheckedAt = r.o.now()
		r.foreignFinding(l, s.foreign)
		return nil
	})
}

// notListed lets an operation whose key is in force go on to its end when the
// last look at the company fails for good; a check of its own looks again soon. A
// proof after an exposure cannot do without.
func (r *run) notListed(ctx context.Context, err error) error {
	v := ztp.VendorErrorOf(err)
	_, more := delay(patientDelays, r.op.Attempt+1)
	if isStoreError(err) || err == errStopped || r.op.Params.Exposed || v.Effect == ztp.EffectLimited ||
		more && (v.Temporary || v.Effect == ztp.EffectNotSent) {
		return err
	}
	r.stepNote(ztp.StepListKeys, "%s did not tell which keys there are; it is asked again.", r.info.Title)
	return r.laterLink(ctx, func(l *ztp.Link) error { l.CheckedAt = time.Time{}; return nil })
}

// reopenLate takes note of keys that count as revoked here and are in the list all
// the same: a create that arrived after its absence was concluded, or a delete that
// did nothing. They become orphans, which the tidying deletes.
func (r *run) reopenLate(ctx context.Context, rows []ztp.Credential, s sorted) error {
	for _, c := range rows {
		key, there := s.at[c.Number]
		if !there || c.State != ztp.CredentialRevoked {
			continue
		}
		c.VendorID = key.ID
		r.note("credential.found_late", strconv.Itoa(c.Number), "")
		if err := r.moveKey(ctx, c, ztp.CredentialOrphan); err != nil {
			return err
		}
	}
	return nil
}

// foreignFinding sets or clears the finding of what is not ours to touch: foreign
// keys, those made after a backup, and addresses that lead elsewhere.
func (r *run) foreignFinding(l *ztp.Link, foreign []ztp.VendorKey) {
	later := ztp.LaterKeys(r.info.Title, l.Later)
	switch {
	case l.Error != nil && l.Error.Case == ztp.CaseRebuilt: // it says more, until somebody has looked at it
		said := *l.Error
		said.Keys = append(slices.Clone(l.Later), foreign...)
		l.Error = &said
	case later != nil:
		later.Keys = append(slices.Clone(later.Keys), foreign...)
		l.Error = ztp.ProblemOf(later, r.o.now(), r.op.Actor.RequestID)
	case len(foreign) > 0:
		l.Error = ztp.ProblemOf(&ztp.Error{
			Code: ztp.CodeForeignKeyFound, Keys: foreign,
			Detail: fmt.Sprintf("%s shows %d in company %s.", r.info.Title, len(foreign), l.CompanyID),
		}, r.o.now(), r.op.Actor.RequestID)
	case l.Error != nil && (l.Error.Code == ztp.CodeForeignKeyFound || l.Error.Code == ztp.CodeDatabaseRestored && len(l.Error.Keys) > 0):
		l.Error = nil
	}
	r.addressFinding(l)
}

// revokeNamedKey deletes a key that a person named: one in the company that we did
// not make, one from after a backup, or a loose one of ours. The active key is
// never touched.
func (r *run) revokeNamedKey(ctx context.Context) error {
	by, rows, s, err := r.companyKeys(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if c.VendorID == r.op.Params.KeyID || s.at[c.Number].ID == r.op.Params.KeyID {
			if c.Number == r.link.Active {
				return fail(ztp.Errorf(ztp.CodeInUse, "This is the key in force. Rotate to replace it."))
			}
			if err := r.removeKey(ctx, by, c, s.at[c.Number]); err != nil {
				return err
			}
			if err := r.noLongerNamed(ctx); err != nil {
				return err
			}
			return r.confirmRevoked(ctx)
		}
	}
	named := func(k ztp.VendorKey) bool { return k.ID == r.op.Params.KeyID }
	if slices.ContainsFunc(s.foreign, named) || slices.ContainsFunc(s.later, named) {
		return r.revokeForeign(ctx, by, r.op.Params.KeyID, s)
	}
	r.stepNote(ztp.StepRevokeKey, "The company has no such key any more.")
	return r.laterLink(ctx, func(l *ztp.Link) error { r.foreignFinding(l, s.foreign); return nil })
}

// noLongerNamed takes off the link an error that was about nothing but keys of ours
// which are revoked by now.
func (r *run) noLongerNamed(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	return r.laterLink(ctx, func(l *ztp.Link) error {
		if l.Error != nil && l.State == l.Rest() && allRevoked(l.Error.Keys, rows) {
			l.Error = nil
			r.addressFinding(l)
		}
		return nil
	})
}

// confirmRevoked says that a forced Disable is confirmed when its last key has gone.
func (r *run) confirmRevoked(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil || !r.link.Unconfirmed {
		return err
	}
	if slices.ContainsFunc(rows, func(c ztp.Credential) bool { return c.State.Live() }) {
		return nil
	}
	r.note("disable.confirmed", "", "every key of ours is revoked now")
	return r.laterLink(ctx, func(l *ztp.Link) error { l.Unconfirmed = false; return nil })
}

// revokeForeign deletes a key that is no row of ours.
func (r *run) revokeForeign(ctx context.Context, by ztp.APIKey, id string, s sorted) error {
	if err := r.intent(ctx, "revoke_foreign_key", id, nil); err != nil {
		return err
	}
	err := r.call(ctx, func(ctx context.Context) error {
		return r.vendor.RevokeCredential(ctx, by, r.link.CompanyID, id)
	})
	if err != nil && !ztp.IsVendorNotFound(err) {
		return err
	}
	gone := func(k ztp.VendorKey) bool { return k.ID == id }
	action := "foreign_key.revoked"
	if slices.ContainsFunc(s.later, gone) {
		action = "later_key.revoked"
	}
	r.settled(true)
	r.note(action, id, "asked by "+r.op.Actor.String())
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		l.Later = slices.DeleteFunc(slices.Clone(s.later), gone)
		r.foreignFinding(l, slices.DeleteFunc(slices.Clone(s.foreign), gone))
		return nil
	})
}
