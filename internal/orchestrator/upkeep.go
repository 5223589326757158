package orchestrator

import (
	"context"
	"slices"
	"strconv"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// checkEvery is the age at which a configured link is checked again.
	checkEvery = 24 * time.Hour
	// tidyEvery is how often what could not be deleted is tried again.
	tidyEvery = time.Hour
)

// Schedule queues checks and tidying that are due. It may be called at any time.
func (o *Orchestrator) Schedule(ctx context.Context) error {
	for _, v := range o.cfg.Vendors {
		name := v.Describe().Name
		links, err := o.cfg.Store.ListLinks(ctx, "", name)
		if err != nil {
			return err
		}
		for _, l := range links {
			if (l.State == ztp.LinkConfigured || l.State == ztp.LinkNeedsAttention && l.Active != 0) && o.now().Sub(l.CheckedAt) >= checkEvery {
				if err := o.queue(ctx, l.Platform, name, ztp.KindCheck); err != nil {
					return err
				}
			}
			if err := o.resumeLeft(ctx, l); err != nil {
				return err
			}
		}
	}
	loose, err := o.cfg.Store.LooseCredentials(ctx, 1000)
	if err != nil {
		return err
	}
	for _, c := range loose {
		if !o.tidyDue(c.Platform, c.Vendor) {
			continue
		}
		if err := o.queue(ctx, c.Platform, c.Vendor, ztp.KindTidy); err != nil {
			return err
		}
	}
	return nil
}

// resumeLeft queues, once an hour, the resuming of phones that a Disable paused
// and the Onboard after it did not get to.
func (o *Orchestrator) resumeLeft(ctx context.Context, l ztp.Link) error {
	if l.State != ztp.LinkConfigured {
		return nil
	}
	n, err := o.cfg.Store.CountEndpoints(ctx, l.Platform, l.Vendor)
	if err != nil || n.Paused == 0 {
		return err
	}
	page, err := o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: l.Platform, Vendor: l.Vendor, State: ztp.EndpointPaused, Limit: 1000})
	if err != nil {
		return err
	}
	left := slices.ContainsFunc(page.Items, func(e ztp.Endpoint) bool { return !e.WantPaused })
	if !left || !o.tidyDue(l.Platform, l.Vendor) {
		return nil
	}
	return o.queue(ctx, l.Platform, l.Vendor, ztp.KindTidy)
}

// tidyDue reports, once an hour per link, that what is left over is to be tried.
func (o *Orchestrator) tidyDue(p ztp.PlatformID, v ztp.VendorName) bool {
	k := string(p) + "/" + string(v)
	o.mu.Lock()
	defer o.mu.Unlock()
	if last, ok := o.tidied[k]; ok && o.now().Sub(last) < tidyEvery {
		return false
	}
	o.tidied[k] = o.now()
	return true
}

// queue creates an operation of the system unless one of its kind, or one that
// changes the link, is open.
func (o *Orchestrator) queue(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, kind ztp.OperationKind) error {
	err := o.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		open, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: p, Vendor: v, Open: true, Limit: 1000})
		if err != nil {
			return err
		}
		for _, op := range open.Items {
			if op.HoldsLink || op.Kind == kind {
				return nil
			}
		}
		now := o.now()
		return s.CreateOperation(ctx, ztp.Operation{
			ID: ztp.OperationID(ztp.NewID()), Kind: kind, Platform: p, Vendor: v, State: ztp.OperationQueued,
			Steps: ztp.StepsOf(kind, ztp.OperationParams{}), Actor: ztp.System("schedule"), CreatedAt: now, UpdatedAt: now,
		})
	})
	if err == nil {
		o.Wake()
	}
	return err
}

// check reads at the vendor whether the link is as we think: the key is accepted
// and belongs to the company, the profiles are there, no key is foreign. It
// changes nothing there.
func (r *run) check(ctx context.Context) error {
	if !r.link.Connected {
		if _, err := r.reseller(ctx); err != nil {
			return err
		}
	}
	release, key, err := r.use(ctx)
	if isRest(err) {
		return nil // an operation of its own is on the link, and looks closer than this
	}
	if err != nil {
		return err
	}
	defer release()
	finding, err := r.look(ctx, key)
	if err != nil {
		return err
	}
	if finding != nil {
		return r.found(ctx, finding)
	}
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	_, keys, err := r.listCompanyKeys(ctx)
	if code := ztp.CodeOf(err); code == ztp.CodeVendorCompanyTaken || code == ztp.CodeVendorCompanyMissing {
		return r.found(ctx, ztp.AsError(err))
	}
	if err != nil {
		return err
	}
	s, err := r.sortKeys(keys, rows)
	if err != nil {
		return err
	}
	if err := r.reopenLate(ctx, rows, s); err != nil {
		return err
	}
	r.op.Data.Foreign = s.foreign
	return r.wellAgain(ctx, s.foreign)
}

// found ends a check with what is wrong at the vendor. A refused key on a connected
// link whose Disable had to ask for its removal is no finding, but the end of that
// Disable: the key was all that was left.
func (r *run) found(ctx context.Context, finding *ztp.Error) error {
	if finding.Code == ztp.CodeVendorKeyRejected && r.link.Connected {
		asked, err := r.removalAsked(ctx)
		if err != nil {
			return err
		}
		if asked {
			return r.confirmRemoved(ctx)
		}
	}
	r.op.Error = ztp.ProblemOf(finding, r.o.now(), "")
	r.noteFailed("link.checked", r.link.CompanyID, finding)
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		l.CheckedAt = r.o.now()
		return r.attention(l, finding)
	})
}

// removalAsked reports whether the last operation that changed the link is a
// Disable that ended by asking a person to remove the key.
func (r *run) removalAsked(ctx context.Context) (bool, error) {
	if r.link.State != ztp.LinkNeedsAttention {
		return false, nil
	}
	page, err := r.o.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Limit: 1000})
	if err != nil {
		return false, &storeError{err}
	}
	for _, op := range page.Items {
		if op.Kind.ChangesLink() {
			return op.Kind == ztp.KindDisable && op.State == ztp.OperationNeedsOperator && op.Step(ztp.StepRevokeKeys).State == ztp.StepFailed, nil
		}
	}
	return false, nil
}

// confirmRemoved ends a Disable whose last key a person has removed.
func (r *run) confirmRemoved(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if c.State.Live() {
			r.note("credential.absent", strconv.Itoa(c.Number), "")
			if err := r.moveKey(ctx, c, ztp.CredentialRevoked); err != nil {
				return err
			}
		}
	}
	return r.commitDisabled(ctx, false)
}

// look returns what is wrong at the vendor, nil when all is well, or an error
// when that could not be learnt.
func (r *run) look(ctx context.Context, key ztp.APIKey) (finding *ztp.Error, err error) {
	if verifier, ok := r.vendor.(ztp.CredentialVerifier); ok {
		var who ztp.VendorCompany
		err := r.call(ctx, func(ctx context.Context) (err error) {
			who, err = verifier.WhoAmI(ctx, key)
			return err
		})
		v := ztp.VendorErrorOf(err)
		switch {
		case err == nil && who.ID != r.link.CompanyID:
			return ztp.Errorf(ztp.CodeVendorCompanyMissing, "The key belongs to company %s now, not to %s.", who.ID, r.link.CompanyID), nil
		case keyRefused(err), err != nil && v.NotFound:
			return r.whyRefused(ctx, v)
		case err != nil:
			return nil, err
		}
	}
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if !ok {
		return nil, nil
	}
	for _, group := range sortedKeys(r.link.Profiles) {
		var got ztp.VendorProfile
		err := r.call(ctx, func(ctx context.Context) (err error) {
			got, err = keeper.Profile(ctx, key, r.link.CompanyID, r.link.Profiles[group])
			return err
		})
		if ztp.IsVendorNotFound(err) {
			return ztp.Errorf(ztp.CodeVendorRejected, "The provisioning profile for %s is gone at %s. Rotating makes it again.", group, r.info.Title), nil
		}
		if err != nil {
			return nil, err
		}
		if !got.Enabled {
			return ztp.Errorf(ztp.CodeVendorRejected, "The provisioning profile for %s is paused at %s. Rotating puts it in force again; Disable ends the link.", group, r.info.Title), nil
		}
	}
	return nil, nil
}

// whyRefused tells a key that was replaced from a company that was deleted.
func (r *run) whyRefused(ctx context.Context, v *ztp.VendorError) (*ztp.Error, error) {
	rejected := &ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: v.Detail, Err: v}
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if !ok || r.link.Connected {
		return rejected, nil
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return nil, err
	}
	err = r.call(ctx, func(ctx context.Context) error {
		_, err := keeper.Company(ctx, by, r.link.CompanyID)
		return err
	})
	switch {
	case ztp.IsVendorNotFound(err):
		return ztp.Errorf(ztp.CodeVendorCompanyMissing, "Company %s is gone.", r.link.CompanyID), nil
	case err != nil && ztp.VendorErrorOf(err).Denied:
		return &ztp.Error{Code: ztp.CodeVendorCompanyTaken, Detail: ztp.VendorErrorOf(err).Detail, Err: err}, nil
	}
	return rejected, err
}

// wellAgain commits that the vendor confirmed the link, and takes back an earlier
// finding that is no longer true.
func (r *run) wellAgain(ctx context.Context, foreign []ztp.VendorKey) error {
	r.note("link.checked", r.link.CompanyID, "")
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		l.CheckedAt = r.o.now()
		if l.Error != nil && len(l.Error.Keys) == 0 && (r.op.Actor.RequestID != "" || l.Error.RequestID == "") {
			l.Error = nil // this is the next try, or it was no person's
		}
		if l.State == ztp.LinkNeedsAttention {
			l.Error = nil
			var err error
			if *l, err = l.Move(ztp.LinkConfigured); err != nil {
				return err
			}
		}
		r.foreignFinding(l, foreign)
		return nil
	})
}

// revokeNamedKey deletes a key that a person named: one in the company that we did
// not make, or a loose one of ours. The active key is never touched.
func (r *run) revokeNamedKey(ctx context.Context) error {
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
		if c.VendorID == r.op.Params.KeyID || s.at[c.Number].ID == r.op.Params.KeyID {
			if c.Number == r.link.Active {
				return fail(ztp.Errorf(ztp.CodeInUse, "This is the key in force. Rotate to replace it."))
			}
			return r.removeKey(ctx, by, c, s.at[c.Number])
		}
	}
	for i, k := range s.foreign {
		if k.ID != r.op.Params.KeyID {
			continue
		}
		if err := r.intent(ctx, "revoke_foreign_key", k.ID, nil); err != nil {
			return err
		}
		err := r.call(ctx, func(ctx context.Context) error {
			return r.vendor.RevokeCredential(ctx, by, r.link.CompanyID, k.ID)
		})
		if err != nil && !ztp.IsVendorNotFound(err) {
			return err
		}
		r.settled(true)
		r.note("foreign_key.revoked", k.ID, "asked by "+r.op.Actor.String())
		left := append(append([]ztp.VendorKey{}, s.foreign[:i]...), s.foreign[i+1:]...)
		return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
			r.foreignFinding(l, left)
			return nil
		})
	}
	r.stepNote(ztp.StepRevokeKey, "The company has no such key any more.")
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error { r.foreignFinding(l, s.foreign); return nil })
}
