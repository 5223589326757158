package orchestrator

import (
	"context"
	"strconv"
	"time"

	"zerotouch.example/internal/ztp"
)

// check reads at the vendor whether the link is as we think: the key is accepted
// and belongs to the company, the profiles are there, no key is foreign. It
// changes nothing there.
func (r *run) check(ctx context.Context) error {
	if r.link.Active == 0 && !r.restored() {
		return r.checkDisabled(ctx)
	}
	if !r.link.Connected {
		if _, err := r.reseller(ctx); err != nil {
			return err
		}
	}
	if r.restored() && r.link.Active == 0 {
		return r.checkRestored(ctx)
	}
	release, key, err := r.use(ctx)
	if isRest(err) {
		return nil // an operation of its own is on the link, and looks closer than this
	}
	if err != nil {
		return err
	}
	defer release()
	finding, strays, err := r.look(ctx, key)
	if err != nil {
		return err
	}
	if finding != nil {
		if err := r.refusedByAnotherCopy(ctx, finding); err != nil {
			return err
		}
		if finding, err = r.sinceBackup(ctx, finding); err != nil {
			return err
		}
		return r.found(ctx, finding)
	}
	return r.checkKeys(ctx, key, strays)
}

// checkKeys looks for keys that are not ours, below a link that is well so far.
func (r *run) checkKeys(ctx context.Context, key ztp.APIKey, strays []ztp.ForeignAddress) error {
	_, rows, s, err := r.companyKeys(ctx)
	if code := ztp.CodeOf(err); code == ztp.CodeVendorCompanyTaken || code == ztp.CodeVendorCompanyMissing {
		return r.found(ctx, ztp.AsError(err))
	}
	if err != nil {
		return err
	}
	if err := r.reopenLate(ctx, rows, s); err != nil {
		return err
	}
	r.op.Data.Foreign = s.foreign
	differ := ""
	if r.restored() {
		if differ, err = r.phonesByNow(ctx, key); err != nil {
			return err
		}
	}
	return r.wellAgain(ctx, s.foreign, strays, differ)
}

// checkDisabled asks whether the company of a disabled link, which stays recorded for
// a later Onboard, is still there, and whether it holds a key. One of ours that came
// late is taken note of, for the tidying to delete. A company that is gone took its keys
// and phones along and is forgotten, so that nothing at the vendor keeps the platform
// from being removed.
func (r *run) checkDisabled(ctx context.Context) error {
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if !ok || r.link.Connected {
		return fail(&ztp.Error{Code: ztp.CodeVendorCannot})
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return err
	}
	l, err := r.o.cfg.Store.Link(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return &storeError{err}
	}
	if r.link = l; !atRest(l, l.CompanyID) {
		return nil // an operation of its own is on the link, and looks closer than this
	}
	there, err := r.companyThere(ctx, keeper, by)
	if err != nil {
		return err
	}
	if err := r.checkLeft(ctx, l.CompanyID, there); err != nil {
		return err
	}
	r.note("link.checked", l.CompanyID, "")
	return r.commit(ctx, func(s ztp.Store, now *ztp.Link) error {
		if !atRest(*now, l.CompanyID) {
			return nil
		}
		now.CheckedAt, now.Error = r.o.now(), nil
		if there {
			r.foreignFinding(now, r.op.Data.Foreign)
			return nil
		}
		now.CompanyID, now.CompanyName, now.Profiles, now.Unconfirmed = "", "", nil, false
		return r.keysGone(ctx, s)
	})
}

// checkLeft looks at what a Disable has left of a company: its keys, or phones of ours that
// went with it.
func (r *run) checkLeft(ctx context.Context, company string, there bool) error {
	if !there {
		r.op.Data.CompanyGone = true
		if err := r.phonesGone(ctx, company); err != nil {
			return err
		}
		r.note("company.gone", company, "")
		return nil
	}
	r.op.Data.Company = ztp.CompanyThere
	_, rows, s, err := r.companyKeys(ctx)
	if err == nil {
		err = r.reopenLate(ctx, rows, s)
	}
	if err != nil {
		return err
	}
	r.op.Data.Foreign = s.foreign
	return nil
}

// atRest reports whether the link is disabled, with that company, and nothing else
// was asked for meanwhile.
func atRest(l ztp.Link, company string) bool {
	return l.State == ztp.LinkNotConfigured && l.CompanyID == company && company != ""
}

// phonesGone records that the phones are not at the vendor any more, some at a
// time. It ends early when something else was asked for meanwhile.
func (r *run) phonesGone(ctx context.Context, company string) error {
	cause := ztp.ProblemOf(&ztp.Error{Code: ztp.CodeVendorCompanyMissing, Detail: "The company was deleted at the vendor, and this phone with it."}, r.o.now(), r.op.Actor.RequestID)
	for resting := true; resting; {
		page, err := r.phonesThere(ctx)
		if err != nil {
			return err
		}
		if len(page.Items) == 0 {
			return nil
		}
		err = r.commit(ctx, func(s ztp.Store, now *ztp.Link) error {
			if resting = atRest(*now, company); !resting {
				return nil
			}
			for _, e := range page.Items {
				e.State, e.Error, e.UpdatedAt = ztp.EndpointFailed, cause, r.o.now()
				if err := s.SaveEndpoint(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// phonesThere are some of the phones that count as being in the company: paused by a
// Disable, or left as redirected by a forced one.
func (r *run) phonesThere(ctx context.Context) (page ztp.Page[ztp.Endpoint], err error) {
	for _, state := range []ztp.EndpointState{ztp.EndpointPaused, ztp.EndpointListed} {
		page, err = r.o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, State: state, Limit: 100})
		if err != nil {
			return page, &storeError{err}
		}
		if len(page.Items) > 0 {
			break
		}
	}
	return page, nil
}

// keysGone records within a commit that no key of the link exists any more.
func (r *run) keysGone(ctx context.Context, s ztp.Store) error {
	rows, err := s.Credentials(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if !c.State.Live() {
			continue
		}
		from := c.State
		if c, err = c.Move(ztp.CredentialRevoked); err != nil {
			return err
		}
		c.RevokedAt, c.Sealed = r.o.now(), false
		if err := s.MoveCredential(ctx, c, from); err != nil {
			return err
		}
	}
	return nil
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
	return r.laterLink(ctx, func(l *ztp.Link) error {
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
			return op.Kind.EndsLink() && op.State == ztp.OperationNeedsOperator && op.Step(ztp.StepRevokeKeys).State == ztp.StepFailed, nil
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
	return r.disabled(ctx, false)
}

// look returns what is wrong at the vendor, nil when all is well, or an error when that
// could not be learnt; strays are profiles of ours whose address somebody changed, which
// leaves the link in order.
func (r *run) look(ctx context.Context, key ztp.APIKey) (finding *ztp.Error, strays []ztp.ForeignAddress, err error) {
	if finding, err = r.lookAtKey(ctx, key); finding != nil || err != nil {
		return finding, nil, err
	}
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if !ok {
		return nil, nil, nil
	}
	for _, group := range sortedKeys(r.link.Profiles) {
		id, began := r.link.Profiles[group], r.o.now()
		var got ztp.VendorProfile
		err := r.call(ctx, func(ctx context.Context) (err error) {
			got, err = keeper.Profile(ctx, key, r.link.CompanyID, id)
			return err
		})
		if ztp.IsVendorNotFound(err) {
			return ztp.Errorf(ztp.CodeVendorRejected, "The provisioning profile for %s is gone at %s. Rotating makes it again.", group, r.info.Title), nil, nil
		}
		if err != nil {
			return nil, nil, err
		}
		if !got.Enabled {
			return ztp.Errorf(ztp.CodeVendorRejected, "The provisioning profile for %s is paused at %s. Rotating puts it in force again; Disable ends the link.", group, r.info.Title), nil, nil
		}
		ours, err := r.profileIsOurs(ctx, got)
		if err != nil {
			return nil, nil, err
		}
		if !ours {
			strays = append(strays, ztp.ForeignAddress{Target: id, What: ztp.ForeignProfile, Host: ztp.HostOf(got.URL), FoundAt: began})
		}
	}
	return nil, strays, nil
}

// refusedByAnotherCopy looks, where our key is refused, whether a key with our label took its
// place that was not made here: another copy of this installation, which a rebuild with
// --revoke-old-keys beside this one would be. After a restore such a key is expected.
func (r *run) refusedByAnotherCopy(ctx context.Context, finding *ztp.Error) error {
	if finding.Code != ztp.CodeVendorKeyRejected || r.restored() || r.link.Connected {
		return nil
	}
	_, _, _, err := r.companyKeys(ctx)
	if refusedForGood(err) && !ztp.IsCode(err, ztp.CodeAnotherCopyRunning) {
		return nil // the keys can't be listed; the finding stands
	}
	return err
}

// lookAtKey asks whose key it is.
func (r *run) lookAtKey(ctx context.Context, key ztp.APIKey) (*ztp.Error, error) {
	verifier, ok := r.vendor.(ztp.CredentialVerifier)
	if !ok {
		return nil, nil
	}
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
		if again, err := r.keyReplaced(ctx); err != nil {
			return nil, err
		} else if again != nil {
			return nil, again
		}
		return r.whyRefused(ctx, v)
	}
	return nil, err
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
// finding that is no longer true. differ is what is left to say of phones.
func (r *run) wellAgain(ctx context.Context, foreign []ztp.VendorKey, strays []ztp.ForeignAddress, differ string) error {
	was := r.restored()
	r.note("link.checked", r.link.CompanyID, differ)
	err := r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
		l.CheckedAt, l.RestoredAt = r.o.now(), time.Time{}
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
		if err := r.profilesAre(ctx, s, l, strays); err != nil {
			return err
		}
		r.foreignFinding(l, foreign)
		if differ != "" && l.Error == nil {
			l.Error = ztp.ProblemOf(ztp.Errorf(ztp.CodeDatabaseRestored, "%s", differ), r.o.now(), "")
		}
		return nil
	})
	if err == nil && was {
		r.wakeWaiting(ctx)
	}
	return err
}

// profilesAre takes over into the link's list what a check has found of our profiles.
func (r *run) profilesAre(ctx context.Context, s ztp.Store, l *ztp.Link, strays []ztp.ForeignAddress) error {
	was, err := s.SettleForeignProfiles(ctx, r.op.Platform, r.op.Vendor)
	if err != nil || !was && len(strays) == 0 {
		return err
	}
	for _, a := range strays {
		if err := s.AddForeignAddress(ctx, r.op.Platform, r.op.Vendor, l.ProofOperation(), a); err != nil {
			return err
		}
	}
	return r.recount(ctx, s, l)
}
