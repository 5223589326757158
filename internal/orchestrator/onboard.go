package orchestrator

import (
	"context"
	"fmt"

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
	there, err := r.companyThere(ctx, keeper, by)
	if err == nil && !there {
		if err = r.phonesLost(ctx); err == nil {
			err = r.forgetCompany(ctx)
		}
	}
	return there, err
}

// phonesLost marks phones that a forced Disable left as redirected, in a company that is
// gone by now, as to be redirected again: this Onboard writes them into the new one.
func (r *run) phonesLost(ctx context.Context) error {
	lost := func(e ztp.Endpoint) error {
		if e.State != ztp.EndpointListed {
			return nil
		}
		e.State, e.PausedBy = ztp.EndpointPaused, r.op.ID
		return r.saveEndpoint(ctx, e)
	}
	return r.eachEndpoint(ctx, lost, ztp.EndpointListed)
}

// companyThere reports whether the vendor has the company whose id we have.
func (r *run) companyThere(ctx context.Context, keeper ztp.CompanyKeeper, by ztp.APIKey) (bool, error) {
	var c ztp.VendorCompany
	err := r.call(ctx, func(ctx context.Context) (err error) {
		c, err = keeper.Company(ctx, by, r.link.CompanyID)
		return err
	})
	switch {
	case err == nil && c.ID != r.link.CompanyID:
		return false, needsOperator(ztp.Errorf(ztp.CodeVendorCompanyAmbiguous, "Asked for company %s, %s answered with another one.", r.link.CompanyID, r.info.Title))
	case err == nil:
		if r.op.Data.Company == "" { // else this operation has recorded it
			r.op.Data.Company = ztp.CompanyTakenUp
		}
		r.stepNote(ztp.StepFindCompany, "company %s, recorded here", c.ID)
		return true, nil
	case ztp.IsVendorNotFound(err):
		return false, nil
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
	return r.laterLink(ctx, func(l *ztp.Link) error {
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
	s, err := r.sortKeys(ctx, dedupe(keys), rows)
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
	r.op.Data.Company = ztp.CompanyTakenUp
	if p := r.op.Data.Pending; p != nil && p.What == "create_company" { // its answer was lost
		r.op.Data.Company = ztp.CompanyCreated
	}
	return r.recordCompany(ctx, c, "company.found")
}

// foreignPhones counts endpoints in the company that this platform has no row of.
func (r *run) foreignPhones(ctx context.Context, by ztp.APIKey, company string) (int, error) {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok {
		return 0, nil
	}
	n := 0
	err := r.vendorPhones(ctx, reg, by, company, func(page []ztp.VendorEndpoint) error {
		rows, err := r.rowsOf(ctx, page)
		if err != nil {
			return err
		}
		for _, e := range page {
			if have, ok := rows[e.MAC]; !ok || have.Vendor != r.op.Vendor {
				n++
			}
		}
		return nil
	})
	if err != nil && !isStoreError(err) {
		err = r.resellerError(err)
	}
	return n, err
}

// recordCompany commits a company that was there before, or says that another
// platform has it.
func (r *run) recordCompany(ctx context.Context, c ztp.VendorCompany, action string) error {
	if err := r.flush(ctx); err != nil {
		return err
	}
	r.settled(false)
	r.note(action, c.ID, "")
	err := r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error { return companyIs(c)(l) })
	if ztp.IsCode(err, ztp.CodeVendorCompanyInUse) {
		r.events = nil
		return fail(&ztp.Error{Code: ztp.CodeVendorCompanyInUse, Detail: "Another platform here records company " + c.ID + "."})
	}
	return err
}

func companyIs(c ztp.VendorCompany) func(*ztp.Link) error {
	return func(l *ztp.Link) error {
		l.CompanyID, l.CompanyName = c.ID, c.Name
		return nil
	}
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
		r.op.Data.Company = ztp.CompanyCreated
		r.settled(true)
		r.note("company.created", made.ID, "")
		return r.laterLink(ctx, companyIs(made))
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
			if err := r.notAnothers(ctx, c); err != nil {
				return err
			}
			return r.recordCompany(ctx, c, "company.adopted")
		}
	}
	return fail(ztp.Errorf(ztp.CodeVendorCompanyMissing, "The reseller account has no company %s.", r.op.Params.CompanyID))
}

// notAnothers refuses a company that carries the label of another link here, recorded or
// not: its Onboard may still be on the way to it, after a create of unknown outcome.
func (r *run) notAnothers(ctx context.Context, c ztp.VendorCompany) error {
	label, ok := ztp.ParseCompanyLabel(c.Name)
	if !ok || label.Installation != r.labels.Installation {
		return nil
	}
	links, err := r.o.cfg.Store.ListLinks(ctx, "", r.op.Vendor)
	if err != nil {
		return &storeError{err}
	}
	for _, l := range links {
		if l.Nonce == label.Nonce && l.Platform != r.op.Platform {
			return fail(ztp.Errorf(ztp.CodeVendorCompanyInUse, "Company %s carries another platform's label; only that one can take it up.", c.ID))
		}
	}
	return nil
}
