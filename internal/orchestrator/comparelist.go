package orchestrator

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// A sync compares every phone in the company with the rows here. It only reads at the
// vendor, and changes no phone here. It reads the whole list before it judges, in memory:
// about 30 bytes for each phone, and 300 for each that differs. What it finds is staged
// under its operation and counts from the one commit that names it as the link's last
// sync; one that dies before begins again. drift.go says how a phone compares.

const (
	// maxSyncPhones is how many phones a company may have to be compared.
	maxSyncPhones = 1_000_000
	// findingsAtOnce is how many findings a commit stages, and of those that do not count
	// any more how many it removes.
	findingsAtOnce = 2000
	// readSingly is how many phones that the list did not show are asked for one by one: a
	// list that changes while it is read may skip one. Of more it is a sample.
	readSingly = 200
	// writersEnd is how long a sync waits for an operation that writes phones.
	writersEnd = 10 * time.Second
)

// compareList is the one step of a sync.
func (r *run) compareList(ctx context.Context) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	last, err := r.o.cfg.Store.PhoneSync(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return &storeError{err}
	}
	if last.Operation != r.op.ID {
		if err := r.dropFindings(ctx, ""); err != nil { // of whoever died here
			return err
		}
		if err := r.compareWhole(ctx, reg); err != nil {
			return err
		}
	}
	return r.dropFindings(ctx, r.op.ID)
}

// compareWhole reads, judges, stages and completes.
func (r *run) compareWhole(ctx context.Context, reg ztp.EndpointRegistrar) error {
	if _, err := r.phonesBusy(ctx); err != nil {
		return err
	}
	c := newComparison(r, reg)
	if err := c.read(ctx); err != nil {
		return err
	}
	if err := c.compare(ctx); err != nil {
		return err
	}
	return c.keep(ctx)
}

// phonesBusy are those with an open operation of their own. It rests while another
// operation writes phones of the link one after the other, but not for one that may write
// nothing because vendor writes are off: nobody knows for how long.
func (r *run) phonesBusy(ctx context.Context) (map[ztp.MAC]bool, error) {
	busy, writer := map[ztp.MAC]bool{}, ztp.OperationKind("")
	err := r.eachOperation(ctx, true, func(op ztp.Operation) error {
		if op.ID == r.op.ID {
			return nil
		}
		if !op.MAC.IsZero() {
			busy[op.MAC], busy[op.Also.MAC] = true, true
		}
		for _, s := range op.Steps {
			if slices.Contains([]string{ztp.StepWritePhones, ztp.StepPausePhones, ztp.StepResumePhones}, s.Name) && (s.State == ztp.StepPending || s.State == ztp.StepRunning) {
				writer = op.Kind
			}
		}
		return nil
	})
	if err != nil || writer == "" {
		return busy, err
	}
	switch off, err := r.writesOff(ctx); {
	case err != nil:
		return nil, err
	case off != nil:
		return busy, nil
	}
	if err := r.usable(r.link); err != nil {
		return nil, err // what both wait for, however long
	}
	return nil, &rest{until: r.o.now().Add(writersEnd), reason: "Waits for the " + writer.Noun() + ", which writes phones"}
}

// dropFindings removes what does not count, but for the list of one operation.
func (r *run) dropFindings(ctx context.Context, but ztp.OperationID) error {
	for more := true; more; {
		if r.stopping() {
			return errStopped
		}
		var err error
		if more, err = r.o.cfg.Store.DropDrifts(ctx, r.op.Platform, r.op.Vendor, but, findingsAtOnce); err != nil {
			return &storeError{err}
		}
	}
	return nil
}

// comparison is a sync while it is under way.
type comparison struct {
	r   *run
	reg ztp.EndpointRegistrar
	// began is when the first page was asked for. What was changed here after since may
	// not show in the list, and is not judged.
	began, since time.Time
	pages        int
	seen         map[ztp.MAC]struct{}
	found        map[ztp.MAC]finding
	holders      map[addressHolder]*addressHolder
	words        map[string]string
	matching     int
	leftOut      int
}

// finding is a ztp.Drift without what all of a list share.
type finding struct {
	class             ztp.DriftClass
	differs           []string
	host, name, group string
	enabled           bool
	holder            *addressHolder
}

func newComparison(r *run, reg ztp.EndpointRegistrar) *comparison {
	now := r.o.now()
	return &comparison{
		r: r, reg: reg, began: now, since: now.Add(-r.info.Settle), seen: map[ztp.MAC]struct{}{}, found: map[ztp.MAC]finding{},
		holders: map[addressHolder]*addressHolder{}, words: map[string]string{},
	}
}

// read takes in every page of the vendor's list.
func (c *comparison) read(ctx context.Context) error {
	r := c.r
	return eachPage(func(cursor string) (page []ztp.VendorEndpoint, next string, err error) {
		if r.o.now().Sub(r.op.UpdatedAt) >= progressEvery { // which renews the lease too
			if err := r.commit(ctx, nil); err != nil {
				return nil, "", err
			}
		}
		err = r.withKey(ctx, func(key ztp.APIKey) (err error) {
			page, next, err = r.vendorPage(ctx, c.reg, key, r.link.CompanyID, cursor)
			return err
		})
		return page, next, err
	}, func(page []ztp.VendorEndpoint) error { return c.take(ctx, page) })
}

// take judges a page by the rows as they are after it was read: whoever registers a phone
// commits its row before the vendor has it.
func (c *comparison) take(ctx context.Context, page []ztp.VendorEndpoint) error {
	rows, err := c.r.rowsOf(ctx, page)
	if err != nil {
		return err
	}
	for _, e := range page {
		if _, twice := c.seen[e.MAC]; twice {
			continue
		}
		c.seen[e.MAC] = struct{}{}
		if err := c.judge(ctx, e, rows[e.MAC]); err != nil {
			return err
		}
	}
	c.pages++
	if len(c.seen) > maxSyncPhones {
		return fail(ztp.Errorf(ztp.CodeVendorRejected, "Company %s has more than %d phones, which is as many as a sync compares.", c.r.link.CompanyID, maxSyncPhones))
	}
	c.r.stepNote(ztp.StepCompareList, "%s read, in %s", ztp.Counted(len(c.seen), "phone", "phones"), ztp.Counted(c.pages, "page", "pages"))
	return nil
}

// compare goes through the rows here: what was changed since is left out, what the list
// did not show is missing.
func (c *comparison) compare(ctx context.Context) error {
	r := c.r
	busy, err := r.phonesBusy(ctx)
	if err != nil {
		return err
	}
	var missing []ztp.Endpoint
	q := ztp.EndpointQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Held: true, Limit: 1000}
	for {
		page, err := r.o.cfg.Store.ListEndpoints(ctx, q)
		if err != nil {
			return &storeError{err}
		}
		for _, row := range page.Items {
			_, differs := c.found[row.MAC]
			_, there := c.seen[row.MAC]
			switch {
			case c.moved(row) || busy[row.MAC] || row.State != ztp.EndpointListed && row.State != ztp.EndpointPaused:
				delete(c.found, row.MAC)
				c.leftOut++
			case !there:
				missing = append(missing, row)
			case !differs:
				c.matching++
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if err := c.missed(ctx, missing); err != nil {
		return err
	}
	return c.unknown(ctx, busy)
}

// moved reports whether a row did not stand still.
func (c *comparison) moved(row ztp.Endpoint) bool { return row.UpdatedAt.After(c.since) }

// missed takes what the list did not show as missing; where it is little, each is asked
// for by itself. Where it is much, some are: a single one that is there says that the list
// leaves phones out, and then it is no word on any of the others.
func (c *comparison) missed(ctx context.Context, rows []ztp.Endpoint) error {
	for _, row := range rows {
		c.found[row.MAC] = finding{class: ztp.DriftMissing, name: row.Name, group: row.ProductGroup}
	}
	n := min(len(rows), readSingly)
	for i := range n {
		row := rows[i*len(rows)/n]
		e, err := c.readAlone(ctx, row.MAC)
		switch {
		case ztp.IsVendorNotFound(err):
			continue
		case err != nil:
			return err
		case n < len(rows):
			return fail(ztp.Errorf(ztp.CodeVendorUnavailable, "The list of %s leaves out %d phones that are registered here, and %s is there when it is asked for alone. The list is not complete, so that nothing was found by it; what the last sync has found stays.",
				c.r.info.Title, len(rows), row.MAC))
		}
		delete(c.found, row.MAC)
		c.seen[row.MAC] = struct{}{}
		if err := c.judge(ctx, e, row); err != nil {
			return err
		}
		if _, differs := c.found[row.MAC]; !differs {
			c.matching++
		}
	}
	return nil
}

// readAlone asks for one phone.
func (c *comparison) readAlone(ctx context.Context, mac ztp.MAC) (e ztp.VendorEndpoint, err error) {
	err = c.r.withKey(ctx, func(key ztp.APIKey) error {
		return c.r.call(ctx, func(ctx context.Context) (err error) {
			e, err = c.reg.Endpoint(ctx, key, c.r.link.CompanyID, mac)
			return err
		})
	})
	return e, err
}

// unknown leaves out what was unknown when its page was read, and was registered or given
// up here since.
func (c *comparison) unknown(ctx context.Context, busy map[ztp.MAC]bool) error {
	var macs []ztp.MAC
	for mac, f := range c.found {
		if f.class == ztp.DriftUnknown {
			macs = append(macs, mac)
		}
	}
	for some := range slices.Chunk(macs, 1000) {
		rows, err := c.r.o.cfg.Store.EndpointsByMACs(ctx, c.r.op.Platform, some)
		if err != nil {
			return &storeError{err}
		}
		for _, mac := range some {
			row, there := rows[mac]
			if busy[mac] || there && (c.moved(row) || c.r.knows(row)) {
				delete(c.found, mac)
				c.leftOut++
			}
		}
	}
	return nil
}

// keep stages the findings, and makes them those that count.
func (c *comparison) keep(ctx context.Context) error {
	r := c.r
	macs := make([]ztp.MAC, 0, len(c.found))
	for mac := range c.found {
		macs = append(macs, mac)
	}
	slices.SortFunc(macs, ztp.MAC.Compare)
	for some := range slices.Chunk(macs, findingsAtOnce) {
		if r.stopping() {
			return errStopped
		}
		found := make([]ztp.Drift, len(some))
		for i, mac := range some {
			found[i] = c.drift(mac, c.found[mac])
		}
		if err := r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error { return s.AddDrifts(ctx, found) }); err != nil {
			return err
		}
	}
	y := ztp.PhoneSync{
		Platform: r.op.Platform, Vendor: r.op.Vendor, Operation: r.op.ID, BeganAt: c.began, By: r.op.Actor.String(),
		Pages: c.pages, Phones: len(c.seen), Matching: c.matching, LeftOut: c.leftOut,
	}
	r.stepNote(ztp.StepCompareList, "%s compared, %d match, %d differ, %d not judged", ztp.Counted(len(c.seen), "phone", "phones"), c.matching, len(c.found), c.leftOut)
	return r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		y.CompleteAt = r.o.now()
		return s.CompletePhoneSync(ctx, y)
	})
}

// drift is a finding as it is kept.
func (c *comparison) drift(mac ztp.MAC, f finding) ztp.Drift {
	d := ztp.Drift{
		Platform: c.r.op.Platform, Vendor: c.r.op.Vendor, Operation: c.r.op.ID, MAC: mac, Class: f.class, Differs: f.differs,
		Host: f.host, Name: f.name, ProductGroup: f.group, Enabled: f.enabled, FoundAt: c.began,
	}
	if f.holder != nil {
		d.Account, d.AddressTemplate, d.AddressTokenID = f.holder.account, f.holder.template, f.holder.token
	}
	return d
}
