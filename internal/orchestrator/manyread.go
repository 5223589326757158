package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// readList reads the company's phones before anything is written.
func (r *run) readList(ctx context.Context) error {
	ctx = r.inTurn(ctx)
	reg, err := r.whole()
	if err != nil {
		return err
	}
	if err := r.countItems(ctx); err != nil {
		return err
	}
	return r.readThere(ctx, reg, r.bulk())
}

// readThere reads which phones of the operation the vendor has, and how.
func (r *run) readThere(ctx context.Context, reg ztp.BulkRegistrar, b *bulk) error {
	open, err := r.itemsIn(ctx, r.op.ID, ztp.PhoneItemQueued, ztp.PhoneItemSent)
	if err != nil {
		return err
	}
	began, company := r.o.now(), r.link.CompanyID
	there, sampled, partial, unlisted := map[ztp.MAC]ztp.WholeEndpoint{}, false, false, false
	alone, err := r.fewerThanPages(ctx, len(open))
	if err != nil {
		return err
	}
	if alone {
		b.company, b.there, b.unlisted, b.readAt = company, there, len(open) > 0, began
		return nil
	}
	err = r.wholePages(ctx, reg, func(page []ztp.WholeEndpoint) error {
		company = r.link.CompanyID
		for _, e := range page {
			if !open[e.MAC] {
				continue
			}
			if !sampled && !e.Partial {
				sampled = true
				if partial, err = r.showsLess(ctx, reg, e); err != nil {
					return err
				}
			}
			if partial {
				e.Partial = true
			}
			if unlisted = len(there) >= maxThere; unlisted {
				return nil
			}
			if e.Partial {
				e.Kept = ztp.Secret{}
			}
			there[e.MAC] = e
		}
		return nil
	})
	if err != nil && !definite(err) {
		return err
	}
	unlisted = unlisted || err != nil // a vendor that does not let itself be listed is asked for each
	b.company, b.there, b.unlisted, b.readAt, b.took = company, there, unlisted, r.o.now(), r.o.now().Sub(began)
	r.stepNote(ztp.StepReadList, "%d of %d phones are there", len(there), len(open))
	return nil
}

// fewerThanPages reports whether reading n phones one by one takes no more calls than
// the company's list, as far as its length is known here.
func (r *run) fewerThanPages(ctx context.Context, n int) (bool, error) {
	c, err := r.o.cfg.Store.CountEndpoints(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return false, &storeError{err}
	}
	return n <= 1+(c.Held()+c.Failed)/listPage, nil
}

// listPage is how many phones a vendor shows on a page at best.
const listPage = 1000

// showsLess reads a listed phone alone, and reports whether the list left something
// out. One that has changed or gone since tells nothing, and counts as less.
func (r *run) showsLess(ctx context.Context, reg ztp.BulkRegistrar, listed ztp.WholeEndpoint) (bool, error) {
	var alone ztp.WholeEndpoint
	err := r.lent(ctx, func(key ztp.APIKey) error {
		return r.call(ctx, func(ctx context.Context) (err error) {
			alone, err = reg.Whole(ctx, key, r.link.CompanyID, listed.MAC)
			return err
		})
	})
	if ztp.IsVendorNotFound(err) {
		return true, nil
	}
	return !alone.Kept.Equal(listed.Kept), err
}

// itemsIn are the phones to be written by an operation that are in these states.
func (r *run) itemsIn(ctx context.Context, op ztp.OperationID, states ...ztp.PhoneItemState) (map[ztp.MAC]bool, error) {
	macs := map[ztp.MAC]bool{}
	for _, state := range states {
		for cursor := ""; ; {
			page, err := r.o.cfg.Store.ListPhoneItems(ctx, ztp.PhoneItemQuery{Operation: op, State: state, Cursor: cursor, Limit: 1000})
			if err != nil {
				return nil, &storeError{err}
			}
			for _, i := range page.Items {
				if i.Action == ztp.ItemWrite {
					macs[i.MAC] = true
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return macs, nil
}

// wholePages hands over the company's phones page by page. The key is lent for one page
// at a time, so that a rotation does not wait for the end of a long list.
func (r *run) wholePages(ctx context.Context, reg ztp.BulkRegistrar, f func(page []ztp.WholeEndpoint) error) error {
	return eachPage(func(cursor string) (page []ztp.WholeEndpoint, next string, err error) {
		err = r.lent(ctx, func(key ztp.APIKey) error {
			return r.call(ctx, func(ctx context.Context) (err error) {
				page, next, err = reg.ListWhole(ctx, key, r.link.CompanyID, cursor)
				return err
			})
		})
		return page, next, err
	}, f)
}

// whole is the vendor as one whose phones are changed with one call each, or else with
// the calls that it takes.
func (r *run) whole() (ztp.BulkRegistrar, error) {
	reg, err := r.registrar()
	if err != nil {
		return nil, err
	}
	if b, ok := reg.(ztp.BulkRegistrar); ok {
		return b, nil
	}
	return plainRegistrar{reg}, nil
}

// plainRegistrar writes phones of a vendor that knows no shorter way.
type plainRegistrar struct{ ztp.EndpointRegistrar }

func (p plainRegistrar) ListWhole(ctx context.Context, by ztp.APIKey, company, cursor string) ([]ztp.WholeEndpoint, string, error) {
	page, next, err := p.ListEndpoints(ctx, by, company, cursor)
	all := make([]ztp.WholeEndpoint, len(page))
	for i, e := range page {
		all[i].VendorEndpoint = e
	}
	return all, next, err
}

func (p plainRegistrar) Whole(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC) (ztp.WholeEndpoint, error) {
	e, err := p.Endpoint(ctx, by, company, mac)
	return ztp.WholeEndpoint{VendorEndpoint: e}, err
}

func (p plainRegistrar) Overwrite(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint, _ ztp.WholeEndpoint) error {
	_, err := p.WriteEndpoint(ctx, by, company, e)
	return err
}

// lookAtEach reads phones, each with a call. Those that the vendor does not have are
// the zero value.
func (r *run) lookAtEach(ctx context.Context, reg ztp.BulkRegistrar, b *bulk, macs []ztp.MAC) (map[ztp.MAC]ztp.WholeEndpoint, error) {
	if r.stopping() {
		return nil, errStopped
	}
	got, errs := make([]ztp.WholeEndpoint, len(macs)), make([]error, len(macs))
	err := r.lent(ctx, func(key ztp.APIKey) error {
		if r.callTime() < r.info.CallTimeout { // the lease outlasts the calls
			if err := r.commit(ctx, nil); err != nil {
				return err
			}
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.callTime())
		defer cancel()
		inParallel(b.parallel, len(macs), func(i int) { got[i], errs[i] = reg.Whole(ctx, key, r.link.CompanyID, macs[i]) })
		return nil
	})
	if err != nil {
		return nil, err
	}
	seen := make(map[ztp.MAC]ztp.WholeEndpoint, len(macs))
	for i, mac := range macs {
		if errs[i] != nil && !ztp.IsVendorNotFound(errs[i]) {
			return nil, errs[i]
		}
		seen[mac] = got[i]
	}
	return seen, nil
}
