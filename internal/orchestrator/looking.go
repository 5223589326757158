package orchestrator

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"zerotouch.example/internal/ztp"
)

// What is read of one link, here and at the vendor.

// standing is what is recorded of a link at one moment.
type standing struct {
	link ztp.Link
	keys []ztp.Credential
	// busy: an operation is on its keys or its profile.
	busy bool
}

func (c *reconciliation) standing(ctx context.Context, p ztp.PlatformID) (s standing, err error) {
	if s.link, err = c.o.cfg.Store.Link(ctx, p, c.info.Name); err != nil {
		return s, &storeError{err}
	}
	if s.keys, err = c.o.cfg.Store.Credentials(ctx, p, c.info.Name); err != nil {
		return s, &storeError{err}
	}
	open, err := c.o.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: p, Vendor: c.info.Name, Open: true, Limit: 1000})
	if err != nil {
		return s, &storeError{err}
	}
	s.busy = s.link.State.InFlight() || s.link.State == ztp.LinkUnknown || slices.ContainsFunc(open.Items, func(op ztp.Operation) bool {
		if op.Kind == ztp.KindCheck {
			return false // it only reads
		}
		return op.HoldsLink || op.WorksKeys() || op.Kind == ztp.KindRelease && s.link.Active == 0 // which makes a key for it
	})
	return s, nil
}

// still reports whether nothing moved between two moments.
func (s standing) still(later standing) bool {
	return s.link.Version == later.link.Version && reflect.DeepEqual(s.keys, later.keys) && !later.busy
}

// seen is what the vendor showed of one company.
type seen struct {
	// gone and taken: the company does not exist, or is somebody else's. name is ""
	// where the vendor did not tell.
	gone, taken bool
	name        string
	// others carry the link's label and are not its company.
	others []ztp.VendorCompany
	// keys are nil where nobody here may list them.
	keys      []ztp.VendorKey
	keysKnown bool
	// refused: the vendor does not accept the key in force.
	refused       bool
	profiles      []ztp.VendorProfile
	profilesKnown bool
	// unread says what could not be read for good.
	unread error
}

// link compares one link. What is recorded is read before and after: only what stood
// still meanwhile is judged.
func (c *reconciliation) link(ctx context.Context, l ztp.Link) ([]ztp.ReconciliationRow, error) {
	before, err := c.standing(ctx, l.Platform)
	if err != nil {
		return nil, err
	}
	one := func(reason ztp.RowReason) []ztp.ReconciliationRow {
		return []ztp.ReconciliationRow{c.row(before.link, ztp.RowCompany, reason, before.link.CompanyID, "", before.link.CompanyName, "")}
	}
	if before.busy {
		return one(ztp.ReasonInFlight), nil
	}
	if !before.link.RestoredAt.IsZero() {
		return one(ztp.ReasonRestored), nil
	}
	got, err := c.look(ctx, before)
	if err != nil {
		return nil, err
	}
	after, err := c.standing(ctx, l.Platform)
	if err != nil {
		return nil, err
	}
	if !before.still(after) {
		return one(ztp.ReasonMoved), nil
	}
	want, err := c.address(ctx, after.link)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.stood[l.Platform] = after.link
	c.mu.Unlock()
	return c.differences(after, got, want), nil
}

// look reads a company: that it is there, its keys, and with its own key its profiles.
func (c *reconciliation) look(ctx context.Context, s standing) (got seen, err error) {
	if got.others, err = c.otherCompanies(ctx, s.link); err != nil || s.link.CompanyID == "" {
		return got, err
	}
	if done, err := c.lookForCompany(ctx, s.link, &got); done || err != nil {
		return got, err
	}
	if done, err := c.lookForKeys(ctx, s.link, &got); done || err != nil {
		return got, err
	}
	if s.link.Active != 0 {
		err = c.lookForProfiles(ctx, s.link, &got)
	}
	return got, err
}

// otherCompanies are those that carry the link's label beside its own, asked for once
// more: the list is older than what is recorded.
func (c *reconciliation) otherCompanies(ctx context.Context, l ztp.Link) (others []ztp.VendorCompany, err error) {
	for _, v := range c.labelled[l.Nonce] {
		if v.ID == l.CompanyID {
			continue
		}
		now, err := c.company(ctx, v.ID)
		switch {
		case err == nil && now.ID == v.ID && l.Labels(c.o.cfg.Installation).OwnsCompany(now.Name):
			others = append(others, now)
		case err != nil && !ztp.IsVendorNotFound(err) && !ztp.VendorErrorOf(err).Denied:
			return nil, resellerError(err)
		}
	}
	return others, nil
}

// lookForCompany asks for a company by its id when the list did not show it: it may
// have been made, or moved, since. done means that there is nothing more to read.
func (c *reconciliation) lookForCompany(ctx context.Context, l ztp.Link, got *seen) (done bool, err error) {
	name, listed := c.names[l.CompanyID]
	if got.name = name; listed || l.Connected {
		return false, nil
	}
	v, err := c.company(ctx, l.CompanyID)
	switch {
	case err == nil && v.ID == l.CompanyID:
		got.name = v.Name
		return false, nil
	case ztp.IsVendorNotFound(err):
		got.gone = true
		return true, nil
	case err != nil && ztp.VendorErrorOf(err).Denied:
		got.taken = true
		return true, nil
	case err == nil:
		got.unread = ztp.Errorf(ztp.CodeVendorCompanyAmbiguous, "Asked for company %s, %s answered with another one.", l.CompanyID, c.info.Title)
		return true, nil
	}
	return true, c.definite(resellerError(err), got)
}

func (c *reconciliation) company(ctx context.Context, id string) (v ztp.VendorCompany, err error) {
	err = c.call(ctx, func(ctx context.Context) (err error) {
		v, err = c.vendor.(ztp.CompanyKeeper).Company(ctx, c.by, id)
		return err
	})
	return v, err
}

// definite keeps what the vendor refused for good as what is known of this company;
// anything else is an error of the run.
func (c *reconciliation) definite(err error, got *seen) error {
	v := ztp.VendorErrorOf(err)
	if isStoreError(err) || passes(err) || keyRefused(err) || v.Code == ztp.CodeClockSkew || v.Code == ztp.CodeInternal || ztp.IsCode(err, ztp.CodeResellerCredentialsRejected) {
		return err
	}
	got.unread = err
	return nil
}

// lookForKeys lists the company's keys, by the reseller, or by the link's own key where
// the reseller is never used.
func (c *reconciliation) lookForKeys(ctx context.Context, l ztp.Link, got *seen) (done bool, err error) {
	by := c.by
	if l.Connected {
		release, key, err := c.use(ctx, l)
		if err != nil {
			return true, c.unusable(err, got)
		}
		defer release()
		by = key
	}
	err = c.call(ctx, func(ctx context.Context) (err error) {
		got.keys, err = c.vendor.ListCredentials(ctx, by, l.CompanyID)
		return err
	})
	v := ztp.VendorErrorOf(err)
	switch {
	case err == nil:
		got.keys, got.keysKnown = dedupe(got.keys), true
		return false, nil
	case l.Connected && keyRefused(err):
		got.refused = true
		return true, nil
	case l.Connected && (v.Denied || v.Code == ztp.CodeVendorCannot):
		return false, nil // this key may not list keys
	case v.NotFound || v.Denied:
		if _, cerr := c.company(ctx, l.CompanyID); ztp.IsVendorNotFound(cerr) {
			got.gone = true
			return true, nil
		} else if cerr != nil && ztp.VendorErrorOf(cerr).Denied {
			got.taken = true
			return true, nil
		} else if cerr != nil {
			return true, c.definite(resellerError(cerr), got)
		}
		got.unread = err
		return true, nil
	}
	return true, c.definite(resellerError(err), got)
}

// errMoved says that a link is not what it was; that is seen when it has been read.
var errMoved = errors.New("the link has moved")

// use borrows the key in force of a link that stands still. release is called when the
// calls with it have ended.
func (c *reconciliation) use(ctx context.Context, l ztp.Link) (release func(), key ztp.APIKey, err error) {
	if l.Active == 0 {
		return nil, key, &ztp.Error{Code: ztp.CodeNotOnboarded}
	}
	if err := c.o.attend(ctx); err != nil {
		return nil, key, err
	}
	gate := c.o.gates.of(l.Platform, l.Vendor)
	gate.use.RLock()
	end := c.o.uses.begin(c.o.now())
	release = func() { end(); gate.use.RUnlock() }
	now, err := c.o.cfg.Store.Link(ctx, l.Platform, l.Vendor)
	if err == nil && now.Version != l.Version {
		err = errMoved
	}
	if err == nil {
		key, err = c.o.cfg.Store.OpenCredential(ctx, l.Platform, l.Vendor, l.Active)
	}
	if err != nil {
		release()
		return nil, key, err
	}
	return release, key, nil
}

// unusable is what it means that the key in force can't be used.
func (c *reconciliation) unusable(err error, got *seen) error {
	switch {
	case errors.Is(err, errMoved):
		return nil
	case ztp.IsCode(err, ztp.CodeSealingKeyMismatch), ztp.IsCode(err, ztp.CodeNotOnboarded):
		got.unread = err
		return nil
	case isStoreError(err):
		return err
	}
	return &storeError{err}
}

// lookForProfiles lists the company's profiles with the key in force, which shows too
// that the key is accepted. Those of ours that the list does not tell are read.
func (c *reconciliation) lookForProfiles(ctx context.Context, l ztp.Link, got *seen) error {
	keeper, ok := c.vendor.(ztp.ProfileKeeper)
	if !ok {
		return nil
	}
	release, key, err := c.use(ctx, l)
	if err != nil {
		return c.unusable(err, got)
	}
	defer release()
	err = c.call(ctx, func(ctx context.Context) (err error) {
		got.profiles, err = keeper.ListProfiles(ctx, key, l.CompanyID)
		return err
	})
	for i := 0; err == nil && i < len(got.profiles); i++ {
		if p := got.profiles[i]; p.Partial && l.OwnsProfile(p.ID) {
			err = c.call(ctx, func(ctx context.Context) (err error) {
				got.profiles[i], err = keeper.Profile(ctx, key, l.CompanyID, p.ID)
				return err
			})
		}
	}
	switch {
	case err == nil:
		got.profilesKnown = true
		return nil
	case keyRefused(err):
		got.refused = true
		return nil
	}
	return c.definite(err, got)
}

// address is the URL that was last confirmed of the profile; zero when it is not known
// any more.
func (c *reconciliation) address(ctx context.Context, l ztp.Link) (ztp.Secret, error) {
	p, err := c.o.cfg.Store.Platform(ctx, string(l.Platform))
	if err != nil {
		return ztp.Secret{}, &storeError{err}
	}
	want, err := filled(ctx, c.o.cfg.Store, l.Platform, addressOf{p.Primary, l.AddressTemplate, l.AddressTokenID})
	if ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		return ztp.Secret{}, nil
	}
	return want, err
}
