package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// maxVendorPages bounds the reading of a company's phones. It is generous because a
// vendor may give pages of 20 whatever was asked for.
const maxVendorPages = 100_000

// vendorPhones hands over the company's phones as the vendor lists them, page by page.
// Each page is a call of its own, with its own time limit, and f runs outside of it.
func (r *run) vendorPhones(ctx context.Context, reg ztp.EndpointRegistrar, by ztp.APIKey, company string, f func(page []ztp.VendorEndpoint) error) error {
	return eachPage(func(cursor string) ([]ztp.VendorEndpoint, string, error) {
		return r.vendorPage(ctx, reg, by, company, cursor)
	}, f)
}

// eachPage hands over the pages of a vendor's list, which read gives by their cursors.
func eachPage[T any](read func(cursor string) (page []T, next string, err error), f func(page []T) error) error {
	seen := map[string]bool{}
	for cursor := ""; ; {
		page, next, err := read(cursor)
		if err != nil {
			return err
		}
		if err := f(page); err != nil {
			return err
		}
		if next == "" {
			return nil
		}
		if seen[next] || len(seen) == maxVendorPages {
			return endless()
		}
		seen[next], cursor = true, next
	}
}

// vendorPage reads one page of the company's phones.
func (r *run) vendorPage(ctx context.Context, reg ztp.EndpointRegistrar, by ztp.APIKey, company, cursor string) (page []ztp.VendorEndpoint, next string, err error) {
	err = r.call(ctx, func(ctx context.Context) (err error) {
		page, next, err = reg.ListEndpoints(ctx, by, company, cursor)
		return err
	})
	return page, next, err
}

// endless is what a list is whose pages lead to each other.
func endless() error {
	return &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectUnknown, Temporary: true, Detail: "The pages of the list do not end."}
}

// rowsOf reads the platform's rows of the phones on a page.
func (r *run) rowsOf(ctx context.Context, page []ztp.VendorEndpoint) (map[ztp.MAC]ztp.Endpoint, error) {
	macs := make([]ztp.MAC, len(page))
	for i, e := range page {
		macs[i] = e.MAC
	}
	rows, err := r.o.cfg.Store.EndpointsByMACs(ctx, r.op.Platform, macs)
	if err != nil {
		return nil, &storeError{err}
	}
	return rows, nil
}
