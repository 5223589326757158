package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func driftOf(r db.PhoneDrift) (ztp.Drift, error) {
	mac, err := ztp.ParseMAC(r.Mac)
	if err != nil {
		return ztp.Drift{}, fmt.Errorf("column phone_drift.mac: %w", err)
	}
	d := ztp.Drift{
		Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor), Operation: ztp.OperationID(r.OperationID), MAC: mac,
		Class: ztp.DriftClass(r.Class), Host: r.Host, Name: r.Name, ProductGroup: r.ProductGroup, Enabled: r.Enabled,
		Account: ztp.AccountID(r.AccountID), AddressTemplate: r.AddressTemplate, AddressTokenID: r.AddressTokenID,
		Elsewhere: ztp.PlatformID(r.Elsewhere), FoundAt: instant(r.FoundAt), PickedBy: ztp.OperationID(r.PickedBy),
	}
	if r.Differs != "" {
		d.Differs = strings.Split(r.Differs, ",")
	}
	return d, nil
}

var driftColumns = []string{"operation_id", "platform_id", "vendor", "mac", "class", "differs", "host", "name", "product_group", "enabled",
	"account_id", "address_template", "address_token_id", "elsewhere", "found_at", "picked_by"}

// AddDrifts adds findings to the list of their operation.
func (s *Store) AddDrifts(ctx context.Context, found []ztp.Drift) error {
	rows := make([][]any, len(found))
	for i, d := range found {
		rows[i] = []any{string(d.Operation), string(d.Platform), string(d.Vendor), d.MAC.String(), string(d.Class), strings.Join(d.Differs, ","), d.Host,
			d.Name, d.ProductGroup, d.Enabled, string(d.Account), d.AddressTemplate, d.AddressTokenID, string(d.Elsewhere), ms(d.FoundAt), string(d.PickedBy)}
	}
	return s.inTx(ctx, func(t *Store) error {
		_, err := t.insertNew(ctx, "phone_drift", driftColumns, rows)
		return s.fail(err, "phones")
	})
}

func phoneSyncOf(r db.PhoneSync) (ztp.PhoneSync, error) {
	out := ztp.PhoneSync{
		Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor), Operation: ztp.OperationID(r.OperationID),
		BeganAt: instant(r.BeganAt), CompleteAt: instant(r.CompleteAt), By: r.ByWhom, Pages: int(r.Pages), Phones: int(r.Phones),
		Matching: int(r.Matching), LeftOut: int(r.LeftOut),
	}
	if err := json.Unmarshal([]byte(r.Counts), &out.Counts); err != nil {
		return out, fmt.Errorf("column phone_sync.counts: %w", err)
	}
	return out, nil
}

// PhoneSync returns the last complete sync of a link.
func (s *Store) PhoneSync(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) (ztp.PhoneSync, error) {
	row, err := s.queries().GetPhoneSync(ctx, db.GetPhoneSyncParams{PlatformID: string(p), Vendor: string(v)})
	if errors.Is(err, sql.ErrNoRows) {
		return ztp.PhoneSync{Platform: p, Vendor: v}, nil
	}
	if err != nil {
		return ztp.PhoneSync{}, s.fail(err, "sync")
	}
	return phoneSyncOf(row)
}

// PhoneSyncs returns the last complete syncs of all links of a vendor.
func (s *Store) PhoneSyncs(ctx context.Context, v ztp.VendorName) ([]ztp.PhoneSync, error) {
	rows, err := s.queries().ListPhoneSyncs(ctx, string(v))
	if err != nil {
		return nil, s.fail(err, "sync")
	}
	return mapRows(rows, phoneSyncOf)
}

// CompletePhoneSync makes a list the one that counts.
func (s *Store) CompletePhoneSync(ctx context.Context, y ztp.PhoneSync) error {
	return s.change(ctx, func(q *db.Queries) error {
		if err := q.MoveDrifts(ctx, string(y.Operation)); err != nil {
			return s.fail(err, "sync")
		}
		counts, err := s.countDrifts(ctx, q, y.Operation)
		if err != nil {
			return err
		}
		err = q.PutPhoneSync(ctx, db.PutPhoneSyncParams{
			PlatformID: string(y.Platform), Vendor: string(y.Vendor), OperationID: string(y.Operation), BeganAt: ms(y.BeganAt), CompleteAt: ms(y.CompleteAt),
			ByWhom: y.By, Pages: int64(y.Pages), Phones: int64(y.Phones), Matching: int64(y.Matching), LeftOut: int64(y.LeftOut), Counts: toJSON(counts),
		})
		if err != nil || counts[ztp.DriftUnknown] == 0 {
			return s.fail(err, "sync")
		}
		return s.tellMissing(ctx, q, y)
	})
}

// tellMissing tells the lists of other platforms where phones are that they miss: in the
// company of this one.
func (s *Store) tellMissing(ctx context.Context, q *db.Queries, y ztp.PhoneSync) error {
	lists, err := q.ListsMissing(ctx, db.ListsMissingParams{Vendor: string(y.Vendor), PlatformID: string(y.Platform), FoundBy: string(y.Operation)})
	if err != nil {
		return s.fail(err, "sync")
	}
	for _, l := range lists {
		err := s.recount(ctx, q, ztp.PlatformID(l.PlatformID), y.Vendor, func(other ztp.PhoneSync) error {
			if string(other.Operation) != l.OperationID {
				return nil // replaced meanwhile
			}
			n, err := q.MoveMissing(ctx, db.MoveMissingParams{Elsewhere: string(y.Platform), OperationID: l.OperationID, FoundBy: string(y.Operation)})
			other.Counts[ztp.DriftMissing] -= int(n)
			other.Counts[ztp.DriftMoved] += int(n)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// countDrifts counts a list by class.
func (s *Store) countDrifts(ctx context.Context, q *db.Queries, list ztp.OperationID) (map[ztp.DriftClass]int, error) {
	rows, err := q.CountDrifts(ctx, string(list))
	if err != nil {
		return nil, s.fail(err, "sync")
	}
	counts := map[ztp.DriftClass]int{}
	for _, r := range rows {
		counts[ztp.DriftClass(r.Class)] = int(r.N)
	}
	return counts, nil
}

// DropDrifts removes a part of what does not count any more.
func (s *Store) DropDrifts(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, but ztp.OperationID, n int) (more bool, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		list, err := q.OldDriftList(ctx, db.OldDriftListParams{PlatformID: string(p), Vendor: string(v), But: string(but)})
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return s.fail(err, "sync")
		}
		more = true
		return s.fail(q.DropDrifts(ctx, db.DropDriftsParams{OperationID: list, MaxRows: int64(n)}), "sync")
	})
	return more && err == nil, err
}

// Drifts returns findings by MAC.
func (s *Store) Drifts(ctx context.Context, q ztp.DriftQuery) (ztp.Page[ztp.Drift], error) {
	none := ztp.Page[ztp.Drift]{}
	after, err := readCursor(q.Cursor, 1)
	if err != nil {
		return none, err
	}
	mac, max := macText(q.After), limit(q.Limit)
	if after != nil {
		mac = after[0]
	}
	var rows []db.PhoneDrift
	switch n := int64(max) + 1; {
	case q.PickedBy != "":
		rows, err = s.queries().ListDriftsPicked(ctx, db.ListDriftsPickedParams{PickedBy: string(q.PickedBy), AfterMac: mac, MaxRows: n})
	case q.Class != "":
		rows, err = s.queries().ListDriftsIn(ctx, db.ListDriftsInParams{OperationID: string(q.Operation), Class: string(q.Class), AfterMac: mac, MaxRows: n})
	default:
		rows, err = s.queries().ListDrifts(ctx, db.ListDriftsParams{OperationID: string(q.Operation), AfterMac: mac, MaxRows: n})
	}
	if err != nil {
		return none, s.fail(err, "sync")
	}
	items, err := mapRows(rows, driftOf)
	if err != nil {
		return none, err
	}
	return page(items, max, func(d ztp.Drift) string { return newCursor(d.MAC.String()) }), nil
}

// Drift finds one in a list.
func (s *Store) Drift(ctx context.Context, list ztp.OperationID, mac ztp.MAC) (ztp.Drift, error) {
	row, err := s.queries().GetDrift(ctx, db.GetDriftParams{OperationID: string(list), Mac: mac.String()})
	if err != nil {
		return ztp.Drift{}, s.fail(err, "finding")
	}
	return driftOf(row)
}

// CountDrifts counts a class of a list.
func (s *Store) CountDrifts(ctx context.Context, list ztp.OperationID, class ztp.DriftClass) (all, withoutAccount int, err error) {
	row, err := s.queries().CountDriftsIn(ctx, db.CountDriftsInParams{OperationID: string(list), Class: string(class)})
	return int(row.N), int(row.WithoutAccount), s.fail(err, "sync")
}

// PickDrifts gives findings to an operation.
func (s *Store) PickDrifts(ctx context.Context, list, by ztp.OperationID, class ztp.DriftClass, macs []ztp.MAC) (picked int, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		if class != "" {
			n, err := q.PickDriftsIn(ctx, db.PickDriftsInParams{PickedBy: string(by), OperationID: string(list), Class: string(class)})
			picked = int(n)
			return s.fail(err, "sync")
		}
		picked = 0
		for _, mac := range macs {
			n, err := q.PickDrift(ctx, db.PickDriftParams{PickedBy: string(by), OperationID: string(list), Mac: mac.String()})
			if err != nil {
				return s.fail(err, "sync")
			}
			picked += int(n)
		}
		return nil
	})
	return picked, err
}

// LeaveDrift takes one back from the operation that picked it.
func (s *Store) LeaveDrift(ctx context.Context, list ztp.OperationID, mac ztp.MAC) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.PickDrift(ctx, db.PickDriftParams{OperationID: string(list), Mac: mac.String()})
		return s.hit(n, err, "finding")
	})
}

// SettleDrifts removes what an operation has picked, up to and with a MAC.
func (s *Store) SettleDrifts(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, by ztp.OperationID, last ztp.MAC) error {
	return s.change(ctx, func(q *db.Queries) error {
		gone, err := q.SettleDrifts(ctx, db.SettleDriftsParams{PickedBy: string(by), LastMac: last.String()})
		if err != nil {
			return s.fail(err, "sync")
		}
		return s.lessDrifts(ctx, q, p, v, gone)
	})
}

// UnpickDrifts takes back what an operation has picked and not taken yet.
func (s *Store) UnpickDrifts(ctx context.Context, by ztp.OperationID) (n int, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		rows, err := q.UnpickDrifts(ctx, string(by))
		n = int(rows)
		return s.fail(err, "sync")
	})
	return n, err
}

// StillPicked are those of some findings, by MAC, that the operation still has.
func (s *Store) StillPicked(ctx context.Context, by ztp.OperationID, some []ztp.Drift) (still []ztp.Drift, err error) {
	if len(some) == 0 {
		return nil, nil
	}
	err = s.change(ctx, func(q *db.Queries) error {
		macs, err := q.HoldPickedDrifts(ctx, db.HoldPickedDriftsParams{
			OperationID: string(some[0].Operation), PickedBy: string(by), FirstMac: some[0].MAC.String(), LastMac: some[len(some)-1].MAC.String(),
		})
		held := map[string]bool{}
		for _, mac := range macs {
			held[mac] = true
		}
		still = slices.DeleteFunc(slices.Clone(some), func(d ztp.Drift) bool { return !held[d.MAC.String()] })
		return s.fail(err, "sync")
	})
	return still, err
}

// SettleDoneDrifts removes what an operation has picked and done, and the rows of what it
// has not come to.
func (s *Store) SettleDoneDrifts(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, by ztp.OperationID, at time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		err := q.ForgetUnreleased(ctx, db.ForgetUnreleasedParams{UpdatedAt: ms(at), PlatformID: string(p), Vendor: string(v), OperationID: string(by)})
		if err != nil {
			return s.fail(err, "phones")
		}
		gone, err := q.SettleDoneDrifts(ctx, string(by))
		if err != nil {
			return s.fail(err, "sync")
		}
		return s.lessDrifts(ctx, q, p, v, gone)
	})
}

// lessDrifts takes findings of these classes off the counts of a link.
func (s *Store) lessDrifts(ctx context.Context, q *db.Queries, p ztp.PlatformID, v ztp.VendorName, classes []string) error {
	if len(classes) == 0 {
		return nil
	}
	return s.recount(ctx, q, p, v, func(y ztp.PhoneSync) error {
		for _, c := range classes {
			y.Counts[ztp.DriftClass(c)]--
		}
		return nil
	})
}

// recount lets change correct the counts of a link, held until the commit.
func (s *Store) recount(ctx context.Context, q *db.Queries, p ztp.PlatformID, v ztp.VendorName, change func(ztp.PhoneSync) error) error {
	row, err := q.HoldPhoneSync(ctx, db.HoldPhoneSyncParams{PlatformID: string(p), Vendor: string(v)})
	if err != nil {
		return s.fail(err, "sync")
	}
	y, err := phoneSyncOf(row)
	if err != nil {
		return err
	}
	if err := change(y); err != nil {
		return s.fail(err, "sync")
	}
	return s.fail(q.SetPhoneSyncCounts(ctx, db.SetPhoneSyncCountsParams{Counts: toJSON(y.Counts), PlatformID: string(p), Vendor: string(v)}), "sync")
}
