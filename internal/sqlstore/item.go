package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func phoneItemOf(r db.OperationItem) (ztp.PhoneItem, error) {
	mac, err := ztp.ParseMAC(r.Mac)
	if err != nil {
		return ztp.PhoneItem{}, err
	}
	i := ztp.PhoneItem{
		Operation: ztp.OperationID(r.OperationID), MAC: mac, Action: ztp.ItemAction(r.Action), State: ztp.PhoneItemState(r.State),
		Deadline: instantOrZero(r.Deadline), Line: int(r.Line), UpdatedAt: instant(r.UpdatedAt),
	}
	i.Error, err = problemOf("operation_item.error", r.Error)
	return i, err
}

var phoneItemColumns = []string{"operation_id", "platform_id", "vendor", "mac", "action", "state", "deadline", "line", "error", "updated_at"}

// AddPhoneItems inserts phones of an operation for many.
func (s *Store) AddPhoneItems(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, items []ztp.PhoneItem) error {
	rows := make([][]any, len(items))
	for n, i := range items {
		rows[n] = []any{string(i.Operation), string(p), string(v), i.MAC.String(), string(i.Action), string(i.State), msOrNull(i.Deadline), int64(i.Line), problemText(i.Error), ms(i.UpdatedAt)}
	}
	return s.inTx(ctx, func(t *Store) error {
		_, err := t.insertNew(ctx, "operation_item", phoneItemColumns, rows)
		return s.fail(err, "phones")
	})
}

// ListPhoneItems returns phones of an operation by MAC.
func (s *Store) ListPhoneItems(ctx context.Context, q ztp.PhoneItemQuery) (ztp.Page[ztp.PhoneItem], error) {
	none := ztp.Page[ztp.PhoneItem]{}
	mac, err := afterMAC(q.Cursor)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	rows, err := s.phoneItems(ctx, q, mac, int64(max)+1)
	if err != nil {
		return none, s.fail(err, "phones")
	}
	items, err := mapRows(rows, phoneItemOf)
	if err != nil {
		return none, err
	}
	return page(items, max, func(i ztp.PhoneItem) string { return newCursor(i.MAC.String()) }), nil
}

// PhoneItemsOf returns those of an operation that there are, each found by its key: an
// operation may have a million others.
func (s *Store) PhoneItemsOf(ctx context.Context, op ztp.OperationID, macs []ztp.MAC) (items []ztp.PhoneItem, err error) {
	for _, mac := range macs {
		row, err := s.queries().GetPhoneItem(ctx, db.GetPhoneItemParams{OperationID: string(op), Mac: mac.String()})
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, s.fail(err, "phones")
		}
		i, err := phoneItemOf(row)
		if err != nil {
			return nil, err
		}
		items = append(items, i)
	}
	return items, nil
}

// afterMAC is where a list by MAC goes on.
func afterMAC(cursor string) (string, error) {
	after, err := readCursor(cursor, 1)
	if err != nil || after == nil {
		return "", err
	}
	return after[0], nil
}

func (s *Store) phoneItems(ctx context.Context, q ztp.PhoneItemQuery, mac string, n int64) ([]db.OperationItem, error) {
	if q.State != "" {
		return s.queries().ListPhoneItemsIn(ctx, db.ListPhoneItemsInParams{OperationID: string(q.Operation), State: string(q.State), AfterMac: mac, MaxRows: n})
	}
	return s.queries().ListPhoneItems(ctx, db.ListPhoneItemsParams{OperationID: string(q.Operation), AfterMac: mac, MaxRows: n})
}

// CountPhoneItems counts the phones of an operation by state.
func (s *Store) CountPhoneItems(ctx context.Context, op ztp.OperationID) (ztp.PhoneTally, error) {
	rows, err := s.queries().CountPhoneItems(ctx, string(op))
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	t := ztp.PhoneTally{}
	for _, r := range rows {
		t[ztp.PhoneItemState(r.State)] = int(r.N)
	}
	return t, nil
}

// SavePhoneItems writes what has become of phones of an operation.
func (s *Store) SavePhoneItems(ctx context.Context, items []ztp.PhoneItem) (cancelled []ztp.MAC, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		cancelled = nil
		for _, i := range items {
			n, err := q.SavePhoneItem(ctx, db.SavePhoneItemParams{
				State: string(i.State), Deadline: msOrNull(i.Deadline), Error: problemText(i.Error), UpdatedAt: ms(i.UpdatedAt),
				OperationID: string(i.Operation), Mac: i.MAC.String(), FromStates: beforeText(i.State),
			})
			if err == nil && n == 0 {
				err = stuckItem(ctx, q, i)
				cancelled = append(cancelled, i.MAC)
			}
			if err != nil {
				return s.fail(err, "phone")
			}
		}
		return nil
	})
	return cancelled, err
}

// beforeText lists the states that an item may come from.
func beforeText(to ztp.PhoneItemState) string {
	text := ","
	for _, s := range to.Before() {
		text += string(s) + ","
	}
	return text
}

// stuckItem is why an item was not written: nil when it is cancelled, which it stays.
func stuckItem(ctx context.Context, q *db.Queries, i ztp.PhoneItem) error {
	row, err := q.GetPhoneItem(ctx, db.GetPhoneItemParams{OperationID: string(i.Operation), Mac: i.MAC.String()})
	if err != nil || row.State == string(ztp.PhoneItemCancelled) {
		return err
	}
	i, to := ztp.PhoneItem{Operation: i.Operation, MAC: i.MAC, State: ztp.PhoneItemState(row.State)}, i.State
	_, err = i.Move(to)
	return err
}

// CancelPhoneItems makes what was not sent cancelled.
func (s *Store) CancelPhoneItems(ctx context.Context, op ztp.OperationID, at time.Time) (n int, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		rows, err := q.CancelPhoneItems(ctx, db.CancelPhoneItemsParams{UpdatedAt: ms(at), OperationID: string(op)})
		n = int(rows)
		return s.fail(err, "phones")
	})
	return n, err
}

// EndPhoneItems leaves no phone of an operation that has ended without an end.
func (s *Store) EndPhoneItems(ctx context.Context, op ztp.OperationID, p ztp.PlatformID, why *ztp.Problem, at time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		if _, err := q.CancelPhoneItems(ctx, db.CancelPhoneItemsParams{UpdatedAt: ms(at), OperationID: string(op)}); err != nil {
			return s.fail(err, "phones")
		}
		if err := q.FailPhoneItems(ctx, db.FailPhoneItemsParams{Error: problemText(why), UpdatedAt: ms(at), OperationID: string(op)}); err != nil {
			return s.fail(err, "phones")
		}
		if err := q.MarkUnwrittenEndpoints(ctx, db.MarkUnwrittenEndpointsParams{Error: problemText(why), UpdatedAt: ms(at), PlatformID: string(p), OperationID: string(op)}); err != nil {
			return s.fail(err, "phones")
		}
		return s.fail(q.FailUnwrittenEndpoints(ctx, db.FailUnwrittenEndpointsParams{Error: problemText(why), UpdatedAt: ms(at), PlatformID: string(p), OperationID: string(op)}), "phones")
	})
}
