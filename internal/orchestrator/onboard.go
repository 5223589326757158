package orchestrator

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"zerotouch.example/internal/ztp"
)

// findCompany finds the platform's company by recorded id, else by label, else
// makes it. A company found by its label alone must hold nothing of anybody else.
func (r *run) findCompany(ctx context.Context) error {
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if !ok || !r.info.CanCreateCompanies {
		return fail(&ztp.Error{Code: ztp.CodeVendorCannot})
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return err
	}
	if r.link.CompanyID != "" {
		there, err := r.recordedCompany(ctx, keeper, by)
		if there || err != nil {
			return err
		}
	}
	mine, err := r.labelledCompanies(ctx, keeper, by)
	if err != nil {
		return err
	}
	switch {
	case len(mine) > 1:
		return needsOperator(&ztp.Error{Code: ztp.CodeVendorCompanyAmbiguous, Companies: mine,
			Detail: fmt.Sprintf("%d companies carry this platform's label.", len(mine))})
	case len(mine) == 1:
		return r.takeLabelled(ctx, by, mine[0])
	}
	if p := r.op.Data.Pending; p != nil && p.What == "create_company" && r.o.now().Before(r.settleAt(p.Deadline)) {
		return r.lookAgain(p.Deadline, "The company was asked for and no answer came; looking for it by its label")
	}
	return r.createCompany(ctx, keeper, by)
}

// recordedCompany asks for the company whose id we have. Gone: it is forgotten
// with everything that was in it, and a new one is made.
func (r *run) recordedCompany(ctx context.Context, keeper ztp.CompanyKeeper, by ztp.APIKey) (bool, error) {
	var c ztp.VendorCompany
	err := r.call(ctx, func(ctx context.Context) (err error) {
		c, err = keeper.Company(ctx, by, r.link.CompanyID)
		return err
	})
	switch {
	case err == nil && c.ID != r.link.CompanyID:
		return false, needsOperator(ztp.Errorf(ztp.CodeVendorCompanyAmbiguous, "Asked for company %s, %s answered with another one.", r.link.CompanyID, r.info.Title))
	case err == nil:
		r.stepNote(ztp.StepFindCompany, "company %s, recorded here", c.ID)
		return true, nil
	case ztp.IsVendorNotFound(err):
		return false, r.forgetCompany(ctx)
	case ztp.VendorErrorOf(err).Denied:
		return false, fail(&ztp.Error{Code: ztp.CodeVendorCompanyTaken, Detail: ztp.VendorErrorOf(err).Detail, Err: err})
	}
	return false, r.resellerError(err)
}

// forgetCompany records that the company is gone at the vendor, with its keys,
// profiles and phones.
func (r *run) forgetCompany(ctx context.Context) error {
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	for _, c := range rows {
		if c.State.Live() {
			if err := r.moveKey(ctx, c, ztp.CredentialRevoked); err != nil {
				return err
			}
		}
	}
	r.note("company.gone", r.link.CompanyID, "")
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		l.CompanyID, l.CompanyName, l.Profiles = "", "", nil
		return nil
	})
}

func (r *run) labelledCompanies(ctx context.Context, keeper ztp.CompanyKeeper, by ztp.APIKey) ([]ztp.VendorCompany, error) {
	var all []ztp.VendorCompany
	err := r.call(ctx, func(ctx context.Context) (err error) {
		all, err = keeper.ListCompanies(ctx, by)
		return err
	})
	if err != nil {
		return nil, r.resellerError(err)
	}
	var mine []ztp.VendorCompany
	seen := map[string]bool{}
	for _, c := range all {
		if r.labels.OwnsCompany(c.Name) && !seen[c.ID] {
			seen[c.ID] = true
			mine = append(mine, c)
		}
	}
	return mine, nil
}

// takeLabelled takes up a company found by label, after looking for keys and
// phones in it that we did not make.
func (r *run) takeLabelled(ctx context.Context, by ztp.APIKey, c ztp.VendorCompany) error {
	var keys []ztp.VendorKey
	err := r.call(ctx, func(ctx context.Context) (err error) {
		keys, err = r.vendor.ListCredentials(ctx, by, c.ID)
		return err
	})
	if err != nil {
		return r.resellerError(err)
	}
	rows, err := r.credentials(ctx)
	if err != nil {
		return err
	}
	s, err := r.sortKeys(dedupe(keys), rows)
	if err != nil {
		return err
	}
	phones, err := r.foreignPhones(ctx, by, c.ID)
	if err != nil {
		return err
	}
	if len(s.foreign)+phones > 0 {
		return needsOperator(&ztp.Error{
			Code: ztp.CodeVendorCompanyAmbiguous, Companies: []ztp.VendorCompany{c}, Keys: s.foreign,
			Detail: fmt.Sprintf("Company %s carries this platform's label, and in it are %d keys and %d phones that we did not make.", c.ID, len(s.foreign), phones),
		})
	}
	r.stepNote(ztp.StepFindCompany, "company %s, found by its label", c.ID)
	return r.recordCompany(ctx, c, "company.found")
}

// foreignPhones counts endpoints in the company that this platform has no row of.
func (r *run) foreignPhones(ctx context.Context, by ztp.APIKey, company string) (int, error) {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok {
		return 0, nil
	}
	n := 0
	err := r.call(ctx, func(ctx context.Context) error {
		return reg.ListEndpoints(ctx, by, company, func(page []ztp.VendorEndpoint) error {
			for _, e := range page {
				have, err := r.o.cfg.Store.Endpoint(ctx, r.op.Platform, e.MAC)
				if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
					return &storeError{err}
				}
				if err != nil || have.Vendor != r.op.Vendor {
					n++
				}
			}
			return nil
		})
	})
	if err != nil && !isStoreError(err) {
		err = r.resellerError(err)
	}
	return n, err
}

func (r *run) recordCompany(ctx context.Context, c ztp.VendorCompany, action string) error {
	r.settled(action == "company.created")
	r.note(action, c.ID, "")
	err := r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		l.CompanyID, l.CompanyName = c.ID, c.Name
		return nil
	})
	if ztp.IsCode(err, ztp.CodeVendorCompanyInUse) {
		r.events = nil
		return fail(&ztp.Error{Code: ztp.CodeVendorCompanyInUse, Detail: "Another platform here records company " + c.ID + "."})
	}
	return err
}

func (r *run) createCompany(ctx context.Context, keeper ztp.CompanyKeeper, by ztp.APIKey) error {
	name := r.labels.Company(r.platform.Name)
	if err := r.intent(ctx, "create_company", name, nil); err != nil {
		return err
	}
	var made ztp.VendorCompany
	err := r.call(ctx, func(ctx context.Context) (err error) {
		made, err = keeper.CreateCompany(ctx, by, name)
		return err
	})
	switch {
	case err == nil:
		r.stepNote(ztp.StepFindCompany, "company %s, made now", made.ID)
		return r.recordCompany(ctx, made, "company.created")
	case isStoreError(err):
		return err
	case effectOf(err) == ztp.EffectUnknown:
		r.op.Attempt = 0
		return r.lookAgain(r.op.Data.Pending.Deadline, "The company was asked for and no answer came; it may or may not exist")
	}
	r.settled(false)
	return r.resellerError(err)
}

// takeCompany takes up the company that a person named.
func (r *run) takeCompany(ctx context.Context) error {
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if !ok {
		return fail(&ztp.Error{Code: ztp.CodeVendorCannot})
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return err
	}
	if err := r.nothingLeftBehind(ctx, r.op.Params.CompanyID); err != nil {
		return err
	}
	var children []ztp.VendorCompany
	err = r.call(ctx, func(ctx context.Context) (err error) {
		children, err = keeper.ListCompanies(ctx, by)
		return err
	})
	if err != nil {
		return r.resellerError(err)
	}
	for _, c := range children {
		if c.ID == r.op.Params.CompanyID {
			return r.recordCompany(ctx, c, "company.adopted")
		}
	}
	return fail(ztp.Errorf(ztp.CodeVendorCompanyMissing, "The reseller account has no company %s.", r.op.Params.CompanyID))
}

// prove shows that the new key is this company's and may write: who am I, then
// the profile of every product group is found or made, written, and read back.
func (r *run) prove(ctx context.Context) error {
	key, err := r.open(ctx, r.op.Data.Key)
	if err != nil {
		return err
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
	detail := r.info.Title + " refuses the new key."
	if v.Denied {
		detail = "The new key may read but not write; its role is too weak."
	}
	if v.Detail != "" {
		detail += " It says: " + v.Detail
	}
	return fail(&ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: detail, Err: err})
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
	if r.op.Data.CompanyBefore == nil {
		r.op.Data.CompanyBefore = &ztp.VendorCompany{ID: r.link.CompanyID, Name: r.link.CompanyName}
	}
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		if l.CompanyID != who.ID {
			l.CompanyID, l.CompanyName, l.Profiles = who.ID, who.Name, nil
		}
		return nil
	})
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

// activate makes the proven key the active one, in one commit. Until it, nothing
// used the new key but its proof; after it, nothing takes up the old one.
func (r *run) activate(ctx context.Context) error {
	c, err := r.credential(ctx, r.op.Data.Key)
	if err != nil || c.State == ztp.CredentialActive {
		return err
	}
	now := r.o.now()
	r.op.Data.Flipped = true
	if r.op.Kind != ztp.KindRotate {
		r.op.HoldsLink = false
	}
	r.note("credential.activated", strconv.Itoa(c.Number), "asked by "+r.op.Actor.String())
	r.stepOver(ztp.StepActivate, ztp.StepDone, "")
	err = r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
		if err := r.retireActive(ctx, s, l); err != nil {
			return err
		}
		active, err := c.Move(ztp.CredentialActive)
		if err != nil {
			return err
		}
		active.VerifiedAt = now
		if err := s.MoveCredential(ctx, active, c.State); err != nil {
			return err
		}
		return r.configured(l, c.Number, now)
	})
	if err == nil {
		r.wakeWaiting(ctx)
	}
	return err
}

// retireActive turns the credential that was active into a retiring one.
func (r *run) retireActive(ctx context.Context, s ztp.Store, l *ztp.Link) error {
	if l.Active == 0 {
		return nil
	}
	old, err := s.Credential(ctx, l.Platform, l.Vendor, l.Active)
	if err != nil {
		return err
	}
	retiring, err := old.Move(ztp.CredentialRetiring)
	if err != nil {
		return err
	}
	return s.MoveCredential(ctx, retiring, old.State)
}

// configured puts the link's facts in place.
func (r *run) configured(l *ztp.Link, n int, now time.Time) (err error) {
	l.Active, l.SetAt, l.SetBy = n, now, r.op.Actor.String()
	l.Error, l.Unconfirmed, l.CheckedAt = nil, false, now
	l.DisabledAt, l.DisabledBy = time.Time{}, ""
	if r.op.Data.AddressTemplate != "" {
		l.AddressTemplate, l.AddressTokenID = r.op.Data.AddressTemplate, r.op.Data.AddressTokenID
	}
	if r.op.Kind != ztp.KindRotate {
		l.Connected = r.op.Kind == ztp.KindConnect
		*l, err = l.Move(ztp.LinkConfigured)
	}
	return err
}

// wakeWaiting lets operations that waited for this link go on. A failure only
// delays them until they look by themselves.
func (r *run) wakeWaiting(ctx context.Context) {
	page, err := r.o.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Open: true, Limit: 1000})
	if err != nil {
		return
	}
	for _, op := range page.Items {
		if op.State == ztp.OperationWaiting {
			_ = r.o.cfg.Store.WakeOperation(ctx, op.ID)
		}
	}
	r.o.Wake()
}
