package orchestrator

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

// compareURLs is the proof after a suspected exposure: every address that the vendor
// holds for this company is compared with ours. It changes nothing there. How far it
// has come is committed with what it found, so that a restart goes on at that page.
func (r *run) compareURLs(ctx context.Context) error {
	if r.op.Kind == ztp.KindCheck && r.op.Error != nil {
		r.stepNote(ztp.StepCompareURLs, "Not compared, since the link itself is not in order.")
		return nil
	}
	if r.op.Data.ProofProgress == nil {
		r.op.Data.ProofProgress = &ztp.ProofProgress{}
	}
	if reg, ok := r.vendor.(ztp.EndpointRegistrar); ok {
		if err := r.comparePhones(ctx, reg, r.op.Data.ProofProgress); err != nil {
			return err
		}
	}
	profiles, compared, err := r.compareProfiles(ctx)
	if err != nil {
		return err
	}
	return r.proven(ctx, profiles, compared)
}

// comparePhones goes through the company's phones from where c is.
func (r *run) comparePhones(ctx context.Context, reg ztp.EndpointRegistrar, c *ztp.ProofProgress) error {
	seen := map[string]bool{}
	for !c.Phones {
		if c.Pages++; seen[c.Cursor] || c.Pages > maxVendorPages {
			return endless()
		}
		seen[c.Cursor] = true
		began := r.o.now()
		var page []ztp.VendorEndpoint
		var next string
		err := r.withKey(ctx, func(key ztp.APIKey) (err error) {
			page, next, err = r.vendorPage(ctx, reg, key, r.link.CompanyID, c.Cursor)
			return err
		})
		if err != nil {
			return err
		}
		foreign, err := r.foreignOn(ctx, reg, page, began)
		if err != nil {
			return err
		}
		if err := r.compared(ctx, c, len(page), foreign, next); err != nil {
			return err
		}
	}
	return nil
}

// compared takes a page over into c, and what is foreign on it into the list.
func (r *run) compared(ctx context.Context, c *ztp.ProofProgress, phones int, foreign []ztp.ForeignAddress, next string) error {
	listed := foreign[:min(len(foreign), ztp.MaxForeignAddresses-c.Listed)]
	c.Compared += phones
	c.Listed += len(listed)
	c.Unlisted += len(foreign) - len(listed)
	c.Cursor, c.Phones, r.op.Attempt = next, next == "", 0
	r.stepNote(ztp.StepCompareURLs, "%d endpoints compared, %d not ours so far", c.Compared, c.Listed+c.Unlisted)
	if len(listed) == 0 {
		return nil
	}
	return r.later(ctx, result{rows: func(ctx context.Context, s ztp.Store) error {
		for _, a := range listed {
			if err := s.AddForeignAddress(ctx, r.op.Platform, r.op.Vendor, r.op.ID, a); err != nil {
				return err
			}
		}
		return nil
	}})
}

// withKey lends the link's key for as long as f takes. A check does not wait for a
// link that was disabled meanwhile.
func (r *run) withKey(ctx context.Context, f func(key ztp.APIKey) error) error {
	release, key, err := r.use(ctx)
	if isRest(err) && r.op.Kind == ztp.KindCheck && r.link.Active == 0 {
		return fail(&ztp.Error{Code: ztp.CodeNotOnboarded})
	}
	if err != nil {
		return err
	}
	defer release()
	return f(key)
}

// foreignOn returns what is not ours on a page that was asked for at began.
func (r *run) foreignOn(ctx context.Context, reg ztp.EndpointRegistrar, page []ztp.VendorEndpoint, began time.Time) ([]ztp.ForeignAddress, error) {
	// Whoever registers a phone commits its row before the vendor has it, so the rows
	// that are read after the page know of all phones of ours on it.
	rows, err := r.rowsOf(ctx, page)
	if err != nil {
		return nil, err
	}
	var foreign []ztp.ForeignAddress
	for _, e := range page {
		ours, err := r.phoneIsOurs(ctx, e, rows[e.MAC])
		if err == nil && !ours {
			ours, err = r.writtenMeanwhile(ctx, reg, e, rows[e.MAC], began)
		}
		if err != nil {
			return nil, err
		}
		if !ours {
			foreign = append(foreign, ztp.ForeignAddress{Target: e.MAC.String(), What: ztp.ForeignPhone, Host: ztp.HostOf(e.URL), FoundAt: began})
		}
	}
	return foreign, nil
}

// phoneIsOurs compares the address of a phone with that of its row: the one confirmed
// last, or the present one. A phone without a row that is not redirected, or by its
// profile alone, leads nowhere else; with an address of this platform it leads here.
func (r *run) phoneIsOurs(ctx context.Context, e ztp.VendorEndpoint, row ztp.Endpoint) (bool, error) {
	switch known := r.knows(row); {
	case !known && (!e.Enabled || e.URL.IsZero()):
		return true, nil
	case !known:
		return r.leadsHere(ctx, e.URL)
	case e.URL.IsZero():
		return row.State != ztp.EndpointListed || !e.Enabled, nil
	}
	recorded := addressOf{row.Account, row.AddressTemplate, row.AddressTokenID}
	return r.isAddressOf(ctx, e.URL, recorded, ztp.TemplateFor(r.platform, r.o.cfg.URL).ForPhone(), row.DeviceTokenHash)
}

// knows reports whether the phone is one of this link's.
func (r *run) knows(row ztp.Endpoint) bool {
	return row.Version != 0 && row.Vendor == r.op.Vendor && row.State != ztp.EndpointReleased
}

// writtenMeanwhile judges a phone once more that we were writing about when the page
// was asked for, or so shortly before that a list need not show it: by itself, and
// with any address of this platform as ours.
func (r *run) writtenMeanwhile(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.VendorEndpoint, row ztp.Endpoint, began time.Time) (bool, error) {
	since := began.Add(-r.info.Settle)
	busy := row.UpdatedAt.After(since)
	if !busy {
		var err error
		if busy, err = r.operatedSince(ctx, e.MAC, since); err != nil || !busy {
			return false, err
		}
	}
	err := r.withKey(ctx, func(key ztp.APIKey) error {
		return r.call(ctx, func(ctx context.Context) (err error) {
			e, err = reg.Endpoint(ctx, key, r.link.CompanyID, e.MAC)
			return err
		})
	})
	if ztp.IsVendorNotFound(err) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	rows, err := r.rowsOf(ctx, []ztp.VendorEndpoint{e})
	if err != nil {
		return false, err
	}
	ours, err := r.phoneIsOurs(ctx, e, rows[e.MAC])
	if err != nil || ours {
		return ours, err
	}
	return r.leadsHere(ctx, e.URL)
}

// operatedSince reports whether an operation that may write the phone is open, or has
// ended since.
func (r *run) operatedSince(ctx context.Context, mac ztp.MAC, since time.Time) (bool, error) {
	page, err := r.o.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, MAC: mac, Limit: 1})
	if err != nil {
		return false, &storeError{err}
	}
	for _, op := range page.Items {
		if !op.State.Final() || op.FinishedAt.After(since) {
			return true, nil
		}
	}
	writes := false
	err = r.eachOperation(ctx, true, func(op ztp.Operation) error {
		writes = writes || op.ID != r.op.ID && (op.Step(ztp.StepWritePhones) != nil || op.Step(ztp.StepResumePhones) != nil)
		return nil
	})
	return writes, err
}

// proven commits what was found, as what counts from now on, and drops the list of the
// proof before. What was put right since it was read is none any more.
func (r *run) proven(ctx context.Context, profiles []ztp.ForeignAddress, compared int) error {
	if err := r.flush(ctx); err != nil { // whoever puts something right must find it in the list
		return err
	}
	c := r.op.Data.ProofProgress
	return r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
		for _, a := range profiles {
			if err := s.AddForeignAddress(ctx, r.op.Platform, r.op.Vendor, r.op.ID, a); err != nil {
				return err
			}
		}
		if err := r.dropPutRight(ctx, s); err != nil {
			return err
		}
		if before := l.ProofOperation(); before != r.op.ID {
			if err := s.DropForeignAddresses(ctx, r.op.Platform, r.op.Vendor, before); err != nil {
				return err
			}
		}
		n, err := s.CountForeignAddresses(ctx, r.op.Platform, r.op.Vendor, r.op.ID)
		if err != nil {
			return err
		}
		proof := ztp.ExposureProof{
			At: r.o.now(), Operation: r.op.ID, ForeignKeys: len(r.op.Data.Foreign), EndpointsCompared: c.Compared,
			ProfilesCompared: compared, ForeignURLs: n + c.Unlisted, Listed: n,
		}
		first, err := s.ForeignAddresses(ctx, ztp.ForeignAddressQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Operation: r.op.ID, Limit: 100})
		if err != nil {
			return err
		}
		r.op.Data.ForeignEndpoints = nil
		for _, a := range first.Items {
			r.op.Data.ForeignEndpoints = append(r.op.Data.ForeignEndpoints, a.Target)
		}
		r.op.Data.Proof, l.Proof, l.ForeignAddresses = &proof, &proof, proof.ForeignURLs
		r.stepNote(ztp.StepCompareURLs, "%s and %s compared, %d not ours",
			ztp.Counted(proof.EndpointsCompared, "endpoint", "endpoints"), ztp.Counted(compared, "profile", "profiles"), proof.ForeignURLs)
		r.foreignFinding(l, r.op.Data.Foreign)
		return nil
	})
}

// dropPutRight takes off the list what was put right after it was found: rows that the
// vendor has confirmed since, and what was paused.
func (r *run) dropPutRight(ctx context.Context, s ztp.Store) error {
	paused := map[string]time.Time{}
	ops, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Limit: 1000})
	if err != nil {
		return err
	}
	for _, op := range ops.Items {
		if op.Kind == ztp.KindPauseForeign && op.State == ztp.OperationDone {
			paused[op.Params.Target] = op.FinishedAt
		}
	}
	q := ztp.ForeignAddressQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Operation: r.op.ID, Limit: 1000}
	for {
		page, err := s.ForeignAddresses(ctx, q)
		if err != nil {
			return err
		}
		var macs []ztp.MAC
		for _, a := range page.Items {
			if mac, ok := a.MAC(); ok {
				macs = append(macs, mac)
			}
		}
		rows, err := s.EndpointsByMACs(ctx, r.op.Platform, macs)
		if err != nil {
			return err
		}
		for _, a := range page.Items {
			mac, _ := a.MAC()
			if !rows[mac].ConfirmedAt.After(a.FoundAt) && !paused[a.Target].After(a.FoundAt) {
				continue
			}
			if _, err := s.SettleForeignAddress(ctx, r.op.Platform, r.op.Vendor, a.Target); err != nil {
				return err
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}
