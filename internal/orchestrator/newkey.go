package orchestrator

import (
	"context"
	"strconv"

	"zerotouch.example/internal/ztp"
)

// createKey makes the next numbered key: intent committed, created, sealed.
// A number whose create was lost is never asked for again.
func (r *run) createKey(ctx context.Context) error {
	if r.op.Kind == ztp.KindRelease && r.link.Active != 0 {
		return nil // onboarded since: that key will do
	}
	if n := r.op.Data.Key; n != 0 {
		done, err := r.keyOfThisRun(ctx, n)
		if done || err != nil {
			return err
		}
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return err
	}
	if r.restored() && r.op.Kind != ztp.KindRebuild { // the next number has to lie above those given since the backup
		if _, err := r.keysByNow(ctx, r.link.CompanyID); err != nil {
			return err
		}
	}
	c, err := r.planKey(ctx)
	if err != nil {
		return err
	}
	var made ztp.VendorKey
	var secret ztp.Secret
	err = r.call(ctx, func(ctx context.Context) (err error) {
		made, secret, err = r.vendor.CreateCredential(ctx, by, r.link.CompanyID, c.Label)
		return err
	})
	if err != nil {
		err = r.keyNotMade(ctx, c, err)
		if r.op.Kind == ztp.KindRebuild {
			err = r.makeRoom(ctx, err)
		}
		return err
	}
	r.settled(true)
	r.note("credential.created", strconv.Itoa(c.Number), "")
	c.State, c.VendorID, c.Sealed = ztp.CredentialCreated, made.ID, true
	return r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		return s.SealCredential(ctx, c, secret, ztp.CredentialPlanned)
	})
}

// keyOfThisRun looks at the key that this operation planned before. done means
// that it is sealed and the step is over. A lost one is removed first, then the
// next number is planned.
func (r *run) keyOfThisRun(ctx context.Context, n int) (done bool, err error) {
	c, err := r.credential(ctx, n)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		r.op.Data.Key = 0 // it was never planned
		return false, nil
	}
	if err != nil {
		return false, err
	}
	switch c.State {
	case ztp.CredentialCreated:
		return true, nil
	case ztp.CredentialRevoked:
		return false, nil
	}
	if err := r.tidyKeys(ctx); err != nil {
		return false, err
	}
	r.op.Data.Key = 0
	return false, nil
}

// planKey commits the next number, its label and until when the create may take effect.
func (r *run) planKey(ctx context.Context) (ztp.Credential, error) {
	// Asked first: an operation that rests must not name a key without a row.
	if err := r.mayBegin(ctx); err != nil {
		return ztp.Credential{}, err
	}
	n := max(r.link.NextCredential, 1)
	c := ztp.Credential{
		Platform: r.op.Platform, Vendor: r.op.Vendor, Number: n, State: ztp.CredentialPlanned,
		Label: r.labels.Key(n), CreatedAt: r.o.now(), Deadline: r.o.now().Add(r.info.CallTimeout),
	}
	r.op.Data.Key = n
	r.note("credential.planned", strconv.Itoa(n), "")
	return c, r.announce(ctx, "create_key", c.Label, func(s ztp.Store, l *ztp.Link) error {
		l.NextCredential = n + 1
		return s.PlanCredential(ctx, c)
	})
}

// keyNotMade records what is known of a create that did not succeed.
func (r *run) keyNotMade(ctx context.Context, c ztp.Credential, cause error) error {
	if isStoreError(cause) {
		return cause
	}
	cause = r.resellerError(cause)
	r.settled(false)
	if effectOf(cause) == ztp.EffectUnknown {
		if err := r.moveKey(ctx, c, ztp.CredentialUnknown); err != nil {
			return err
		}
		r.op.Attempt = 0
		return r.lookAgain(c.Deadline, "The new key was asked for and no answer came; it may or may not exist")
	}
	r.note("credential.refused", strconv.Itoa(c.Number), "")
	if err := r.moveKey(ctx, c, ztp.CredentialRevoked); err != nil {
		return err
	}
	return cause
}

// dropUnproven deletes the key that this operation made or brought and could not
// put into use. A pasted one is only wiped here: we did not make it. leave deletes
// nothing now; the hourly tidying does when it may.
func (r *run) dropUnproven(ctx context.Context, leave bool) error {
	if r.op.Data.Key == 0 {
		return nil
	}
	c, err := r.credential(ctx, r.op.Data.Key)
	if err == nil && c.State == ztp.CredentialPlanned { // asked for, and whoever had the answer is gone: it may be there
		return r.moveKey(ctx, c, ztp.CredentialUnknown)
	}
	if err != nil || c.State != ztp.CredentialCreated {
		return err
	}
	if r.pasted() {
		return r.moveKey(ctx, c, ztp.CredentialRevoked)
	}
	if leave {
		return r.moveKey(ctx, c, ztp.CredentialOrphan)
	}
	by, err := r.reseller(ctx)
	if err == nil {
		err = r.revoke(ctx, by, c)
	}
	if err == nil || isStoreError(err) {
		return err
	}
	r.settled(true)
	if merr := r.moveKey(ctx, c, ztp.CredentialOrphan); merr != nil {
		return merr
	}
	return err
}
