package orchestrator

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

// prove shows that the new key is this company's and may write: who am I, then
// the profile of every product group is found or made, written, and read back.
func (r *run) prove(ctx context.Context) error {
	key, err := r.open(ctx, r.op.Data.Key)
	if err != nil {
		return err
	}
	if r.op.Kind == ztp.KindRebuild { // asked whose it is before it has read the phones
		return r.proveAfterLoss(ctx, key)
	}
	who, err := r.whoAmI(ctx, key)
	if err != nil {
		return err
	}
	if err := r.rightCompany(ctx, key, who); err != nil {
		return err
	}
	if err := r.writeProfiles(ctx, key, r.op.Kind != ztp.KindRotate); err != nil {
		return r.notProven(ctx, err)
	}
	return nil
}

// whoAmI asks the vendor whose key it is. A young key may be refused for a while.
func (r *run) whoAmI(ctx context.Context, key ztp.APIKey) (ztp.VendorCompany, error) {
	verifier, ok := r.vendor.(ztp.CredentialVerifier)
	if !ok {
		return ztp.VendorCompany{ID: r.link.CompanyID}, nil
	}
	var who ztp.VendorCompany
	err := r.call(ctx, func(ctx context.Context) (err error) {
		who, err = verifier.WhoAmI(ctx, key)
		return err
	})
	if err != nil {
		return who, r.notProven(ctx, err)
	}
	return who, nil
}

// notProven turns a refusal of a new key into patience while it is young, and
// into the end of the operation after that.
func (r *run) notProven(ctx context.Context, err error) error {
	v := ztp.VendorErrorOf(err)
	if isStoreError(err) || !v.Unauthorized && !v.Denied || v.Code == ztp.CodeClockSkew {
		return err
	}
	c, cerr := r.credential(ctx, r.op.Data.Key)
	if cerr != nil {
		return cerr
	}
	if v.Unauthorized && r.young(c) {
		return r.notKnownYet()
	}
	which := ztp.CaseNewKey
	if r.pasted() {
		which = ztp.CasePastedKey
	}
	detail := r.info.Title + " does not accept its id and secret."
	if v.Denied {
		detail = "The key may read but not write; its role is too weak."
	}
	if v.Detail != "" {
		detail += " " + r.info.Title + " says: " + v.Detail
	}
	return fail(&ztp.Error{Code: ztp.CodeVendorKeyRejected, Case: which, Detail: detail, Err: err})
}

// young reports whether the vendor may refuse the key without that being wrong.
func (r *run) young(c ztp.Credential) bool {
	return c.State == ztp.CredentialCreated && !r.pasted() && r.o.now().Before(c.CreatedAt.Add(r.info.CallTimeout+r.info.Propagation))
}

func (r *run) notKnownYet() error {
	return &rest{until: r.o.now().Add(2 * time.Second), reason: r.info.Title + " does not know the new key yet"}
}

// rightCompany refuses a key of any other company than the link's. A pasted key
// brings its company along, which must be nobody else's.
func (r *run) rightCompany(ctx context.Context, key ztp.APIKey, who ztp.VendorCompany) error {
	if want := r.op.Params.CompanyID; r.op.Kind == ztp.KindConnect && want != "" && want != who.ID {
		return fail(ztp.Errorf(ztp.CodeVendorCompanyInUse, "The key belongs to company %s, not to %s as was said.", who.ID, want))
	}
	if r.link.CompanyID != "" && (r.op.Kind != ztp.KindConnect || who.ID == r.link.CompanyID) {
		if who.ID == r.link.CompanyID {
			return nil
		}
		return fail(ztp.Errorf(ztp.CodeVendorCompanyInUse, "The key belongs to company %s, this platform has %s.", who.ID, r.link.CompanyID))
	}
	if err := r.nothingLeftBehind(ctx, who.ID); err != nil {
		return err
	}
	if err := r.notTheResellers(ctx, key, who); err != nil {
		return err
	}
	if l, err := r.o.cfg.Store.LinkByCompany(ctx, r.op.Vendor, who.ID); err == nil && l.Platform != r.op.Platform {
		return fail(ztp.Errorf(ztp.CodeVendorCompanyInUse, "Another platform here is onboarded with company %s.", who.ID))
	} else if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return &storeError{err}
	}
	if err := r.notLabelled(ctx, key, who); err != nil {
		return err
	}
	if r.op.Data.CompanyBefore == nil {
		r.op.Data.CompanyBefore = &ztp.VendorCompany{ID: r.link.CompanyID, Name: r.link.CompanyName}
	}
	return r.laterLink(ctx, func(l *ztp.Link) error {
		if l.CompanyID != who.ID {
			l.CompanyID, l.CompanyName, l.Profiles = who.ID, who.Name, nil
		}
		return nil
	})
}

// notLabelled refuses a company that carries another link's label, as far as the vendor
// lets the pasted key read its name. That link's Onboard may be on the way to it.
func (r *run) notLabelled(ctx context.Context, key ztp.APIKey, who ztp.VendorCompany) error {
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if !ok {
		return nil
	}
	var named ztp.VendorCompany
	err := r.call(ctx, func(ctx context.Context) (err error) {
		named, err = keeper.Company(ctx, key, who.ID)
		return err
	})
	if refusedForGood(err) {
		return nil // nothing to compare with
	}
	if err != nil {
		return err
	}
	return r.notAnothers(ctx, ztp.VendorCompany{ID: who.ID, Name: named.Name})
}

// forgetTried takes back the company of a pasted key that did not prove itself, so
// that it stays free for the platform it belongs to.
func (r *run) forgetTried(l *ztp.Link) {
	if b := r.op.Data.CompanyBefore; b != nil && !r.op.Data.Flipped && l.CompanyID != b.ID {
		l.CompanyID, l.CompanyName, l.Profiles = b.ID, b.Name, nil
	}
}

// nothingLeftBehind refuses another company than the recorded one while that holds
// phones of this platform: nobody could give their MACs up any more.
func (r *run) nothingLeftBehind(ctx context.Context, company string) error {
	if r.link.CompanyID == "" || r.link.CompanyID == company {
		return nil
	}
	n, err := r.o.cfg.Store.CountEndpoints(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return &storeError{err}
	}
	if n.Held() > 0 {
		return fail(ztp.Errorf(ztp.CodeVendorCompanyInUse, "%d phones of this platform are in company %s, not in %s. Release them first.", n.Held(), r.link.CompanyID, company))
	}
	return nil
}

// notTheResellers refuses the reseller's own key or company. Without a reseller
// credential, now or ever before, there is nothing to compare with.
func (r *run) notTheResellers(ctx context.Context, key ztp.APIKey, who ztp.VendorCompany) error {
	if reseller, err := r.o.cfg.Reseller.Reseller(ctx, r.op.Vendor); err == nil {
		if reseller.ID == key.ID {
			return fail(ztp.Errorf(ztp.CodeVendorCompanyInUse, "This is the reseller's own key."))
		}
		// Asking whose it is records its company. A reseller credential that is
		// refused does not stand in the way of a link that never uses it.
		if _, err := r.reseller(ctx); err != nil && !refusedForGood(err) {
			return err
		}
	}
	own, err := r.o.cfg.Store.PinnedAccount(ctx, r.op.Vendor)
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return &storeError{err}
	}
	if err == nil && own == who.ID {
		return fail(ztp.Errorf(ztp.CodeVendorCompanyInUse, "This is a key of the reseller's own company."))
	}
	return nil
}
