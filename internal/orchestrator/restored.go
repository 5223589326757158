package orchestrator

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// A link that comes from a backup may be older than what the vendor has. Until a
// check, or an operation that a person asks for, has proven it, its key is tested
// before it signs anything else, and nothing of ours is deleted that the backup
// did not already count as to be deleted. Keys made after the backup are told by
// their labels: they are named, later numbers lie above theirs, and only a person
// removes them, one by one.

// restored reports whether the link comes from a backup and is not proven yet.
func (r *run) restored() bool { return !r.link.RestoredAt.IsZero() }

// mayBeLater reports whether a key with a number that was not given here may be
// one from after the backup, and not the sign of another copy at work.
func (r *run) mayBeLater(k ztp.VendorKey) bool {
	if r.restored() {
		return true
	}
	return r.noted(k)
}

// takeNote commits which keys are from after the backup, and that the next number
// lies above every number seen. Without a backup in the story it does nothing.
func (r *run) takeNote(ctx context.Context, s sorted) error {
	if !r.restored() && len(r.link.Later) == 0 {
		return nil
	}
	if reflect.DeepEqual(s.later, r.link.Later) && s.highest < r.link.NextCredential {
		return nil
	}
	for _, k := range s.later {
		if !r.noted(k) {
			r.note("later_key.found", k.ID, k.Name)
		}
	}
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		l.Later, l.NextCredential = s.later, max(l.NextCredential, s.highest+1)
		return nil
	})
}

// noted reports whether the key was taken note of before.
func (r *run) noted(k ztp.VendorKey) bool {
	return slices.ContainsFunc(r.link.Later, func(l ztp.VendorKey) bool { return l.ID == k.ID })
}

// testFirst asks the vendor whose key it is before a key from a backup is used. A
// check does so by itself, to say what it finds.
func (r *run) testFirst(ctx context.Context, n int, key ztp.APIKey) error {
	verifier, ok := r.vendor.(ztp.CredentialVerifier)
	if !ok || !r.restored() || r.tested[n] || n == r.op.Data.Key || r.op.Kind == ztp.KindCheck {
		return nil
	}
	var who ztp.VendorCompany
	err := r.call(ctx, func(ctx context.Context) (err error) {
		who, err = verifier.WhoAmI(ctx, key)
		return err
	})
	if err != nil {
		return err
	}
	if who.ID != r.link.CompanyID {
		return fail(ztp.Errorf(ztp.CodeVendorCompanyMissing, "Key %d belongs to company %s now, not to %s.", n, who.ID, r.link.CompanyID))
	}
	if r.tested == nil {
		r.tested = map[int]bool{}
	}
	r.tested[n] = true
	return nil
}

// checkRestored is the check of a link from a backup that has no key in force: it
// finds out what the vendor has by now, and changes nothing.
func (r *run) checkRestored(ctx context.Context) error {
	if r.link.State.InFlight() || r.link.State == ztp.LinkUnknown {
		return nil // an operation of its own is on the link, and looks closer than this
	}
	company, err := r.companyByNow(ctx)
	if err != nil {
		return err
	}
	var foreign []ztp.VendorKey
	if company.ID != "" {
		if foreign, err = r.keysByNow(ctx, company.ID); err != nil {
			return err
		}
	}
	r.op.Data.Foreign = foreign
	finding := ztp.LaterKeys(r.info.Title, r.link.Later)
	if company.ID != "" && company.ID != r.link.CompanyID {
		if finding == nil {
			finding = &ztp.Error{Code: ztp.CodeDatabaseRestored}
		}
		finding.Companies = []ztp.VendorCompany{company}
		finding.Detail = strings.TrimSpace(r.info.Title + " has a company with this platform's label that the backup does not know; Onboard takes it up. " + finding.Detail)
	}
	r.note("link.checked", company.ID, "from a backup, without a key in force")
	return r.commit(ctx, func(_ ztp.Store, l *ztp.Link) error {
		l.CheckedAt, l.RestoredAt = r.o.now(), time.Time{}
		switch {
		case finding != nil:
			l.Error = ztp.ProblemOf(finding, r.o.now(), r.op.Actor.RequestID)
		case l.State == ztp.LinkNeedsAttention:
			l.Error = ztp.ProblemOf(ztp.Errorf(ztp.CodeDatabaseRestored,
				"The backup was taken in the middle of a change. %s has no key of ours from after it. Do what is missing: Onboard or Disable.", r.info.Title), r.o.now(), r.op.Actor.RequestID)
		default:
			l.Error = nil
			r.foreignFinding(l, foreign)
		}
		return nil
	})
}

// companyByNow is the recorded company, or one that carries the link's label.
func (r *run) companyByNow(ctx context.Context) (ztp.VendorCompany, error) {
	if r.link.Connected {
		return ztp.VendorCompany{}, nil // there is no key to ask with
	}
	if r.link.CompanyID != "" {
		return ztp.VendorCompany{ID: r.link.CompanyID, Name: r.link.CompanyName}, nil
	}
	keeper, ok := r.vendor.(ztp.CompanyKeeper)
	if !ok || !r.info.CanCreateCompanies {
		return ztp.VendorCompany{}, nil
	}
	by, err := r.reseller(ctx)
	if err != nil {
		return ztp.VendorCompany{}, err
	}
	mine, err := r.labelledCompanies(ctx, keeper, by)
	if len(mine) > 1 {
		err = needsOperator(&ztp.Error{Code: ztp.CodeVendorCompanyAmbiguous, Companies: mine,
			Detail: fmt.Sprintf("%d companies carry this platform's label.", len(mine))})
	}
	if err != nil || len(mine) == 0 {
		return ztp.VendorCompany{}, err
	}
	return mine[0], nil
}

// keysByNow lists the company's keys, takes note of those from after the backup
// and returns those that we did not make. A company that is gone has none.
func (r *run) keysByNow(ctx context.Context, company string) ([]ztp.VendorKey, error) {
	by, err := r.reseller(ctx)
	if err != nil {
		return nil, err
	}
	var keys []ztp.VendorKey
	err = r.call(ctx, func(ctx context.Context) (err error) {
		keys, err = r.vendor.ListCredentials(ctx, by, company)
		return err
	})
	if ztp.IsVendorNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, r.resellerError(err)
	}
	rows, err := r.credentials(ctx)
	if err != nil {
		return nil, err
	}
	s, err := r.sortKeys(ctx, dedupe(keys), rows)
	return s.foreign, err
}

// sinceBackup adds to a refused key from a backup what the vendor shows by now, so
// that whoever reads it can tell a rotation from a Disable. The key's own refusal says
// no more than that.
func (r *run) sinceBackup(ctx context.Context, finding *ztp.Error) (*ztp.Error, error) {
	if !r.restored() || r.link.Connected || finding.Code != ztp.CodeVendorKeyRejected {
		return finding, nil
	}
	if _, err := r.keysByNow(ctx, r.link.CompanyID); err != nil {
		return finding, err
	}
	said := []string{"This database comes from a backup, and " + r.info.Title + " refuses the key in it."}
	if later := ztp.LaterKeys(r.info.Title, r.link.Later); later != nil {
		finding.Keys = later.Keys
		said = append(said, "It was rotated since, it seems. "+later.Detail)
	} else {
		finding.Code = ztp.CodeDatabaseRestored
		said = append(said, "No key of ours from after it is there: this platform was disabled since, it seems. Disable confirms that it is off; Rotate starts it again.")
	}
	finding.Detail = strings.Join(said, " ")
	return finding, nil
}

// phonesByNow compares the phones recorded in a backup with those at the vendor,
// and says where they differ; "" when nowhere. It changes nothing.
func (r *run) phonesByNow(ctx context.Context, key ztp.APIKey) (string, error) {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok {
		return "", nil
	}
	there := map[ztp.MAC]bool{} // whether it is redirected
	err := r.vendorPhones(ctx, reg, key, r.link.CompanyID, func(page []ztp.VendorEndpoint) error {
		for _, e := range page {
			there[e.MAC] = e.Enabled
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	var gone, other int
	for cursor := ""; ; {
		page, err := r.o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Cursor: cursor, Limit: 1000})
		if err != nil {
			return "", &storeError{err}
		}
		for _, e := range page.Items {
			if e.State != ztp.EndpointListed && e.State != ztp.EndpointPaused {
				continue // nothing here counts on it being there
			}
			on, is := there[e.MAC]
			switch {
			case !is:
				gone++
			case on != (e.State == ztp.EndpointListed):
				other++
			}
			delete(there, e.MAC)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if gone+other+len(there) == 0 {
		return "", nil
	}
	return fmt.Sprintf("Phones differ from the backup: %d are not there any more, %d are paused or resumed, %d are there and not in force here. None was touched.",
		gone, other, len(there)), nil
}
