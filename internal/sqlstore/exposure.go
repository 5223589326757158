package sqlstore

import (
	"context"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func foreignAddressOf(r db.ForeignAddress) (ztp.ForeignAddress, error) {
	return ztp.ForeignAddress{Target: r.Target, What: r.What, Host: r.Host, FoundAt: instant(r.FoundAt)}, nil
}

// AddForeignAddress adds one to the list of an operation, unless it is in it.
func (s *Store) AddForeignAddress(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, op ztp.OperationID, a ztp.ForeignAddress) error {
	return s.change(ctx, func(q *db.Queries) error {
		return s.fail(q.InsertForeignAddress(ctx, db.InsertForeignAddressParams{
			PlatformID: string(p), Vendor: string(v), OperationID: string(op), Target: a.Target, What: a.What, Host: a.Host, FoundAt: ms(a.FoundAt),
		}), "address")
	})
}

// ForeignAddress finds one in the list of an operation.
func (s *Store) ForeignAddress(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, op ztp.OperationID, target string) (ztp.ForeignAddress, error) {
	row, err := s.queries().GetForeignAddress(ctx, db.GetForeignAddressParams{PlatformID: string(p), Vendor: string(v), OperationID: string(op), Target: target})
	if err != nil {
		return ztp.ForeignAddress{}, s.fail(err, ztp.MissingForeignAddress)
	}
	return foreignAddressOf(row)
}

// ForeignAddresses returns a part of the list of an operation.
func (s *Store) ForeignAddresses(ctx context.Context, q ztp.ForeignAddressQuery) (ztp.Page[ztp.ForeignAddress], error) {
	none := ztp.Page[ztp.ForeignAddress]{}
	after, err := readCursor(q.Cursor, 1)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	params := db.ListForeignAddressesParams{
		PlatformID: string(q.Platform), Vendor: string(q.Vendor), OperationID: string(q.Operation), MaxRows: int64(max) + 1,
	}
	if after != nil {
		params.AfterTarget = after[0]
	}
	rows, err := s.queries().ListForeignAddresses(ctx, params)
	if err != nil {
		return none, s.fail(err, "addresses")
	}
	items, err := mapRows(rows, foreignAddressOf)
	if err != nil {
		return none, err
	}
	return page(items, max, func(a ztp.ForeignAddress) string { return newCursor(a.Target) }), nil
}

// CountForeignAddresses counts the list of an operation.
func (s *Store) CountForeignAddresses(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, op ztp.OperationID) (int, error) {
	n, err := s.queries().CountForeignAddresses(ctx, db.CountForeignAddressesParams{PlatformID: string(p), Vendor: string(v), OperationID: string(op)})
	return int(n), s.fail(err, "addresses")
}

// DropForeignAddresses forgets the list of an operation.
func (s *Store) DropForeignAddresses(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, op ztp.OperationID) error {
	return s.change(ctx, func(q *db.Queries) error {
		return s.fail(q.DropForeignAddresses(ctx, db.DropForeignAddressesParams{PlatformID: string(p), Vendor: string(v), OperationID: string(op)}), "addresses")
	})
}

// SettleForeignAddress takes one off every list of the link.
func (s *Store) SettleForeignAddress(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, target string) (was bool, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		n, err := q.SettleForeignAddress(ctx, db.SettleForeignAddressParams{PlatformID: string(p), Vendor: string(v), Target: target})
		was = n > 0
		return s.fail(err, "address")
	})
	return was && err == nil, err
}

// SettleForeignProfiles takes our own profiles off every list of the link.
func (s *Store) SettleForeignProfiles(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) (was bool, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		n, err := q.SettleForeignProfiles(ctx, db.SettleForeignProfilesParams{PlatformID: string(p), Vendor: string(v)})
		was = n > 0
		return s.fail(err, "address")
	})
	return was && err == nil, err
}
