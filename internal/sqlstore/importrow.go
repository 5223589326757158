package sqlstore

import (
	"context"
	"errors"
	"strconv"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

var importRowColumns = []string{"import_id", "line", "platform_id", "mac", "written", "account_id", "account_ref", "product_group",
	"model", "name", "serial", "pin", "has_pin", "outcome", "changes", "faults"}

// AddImportRows inserts rows and seals their PINs for the phone that each is about. One
// that can't be taken keeps none.
func (s *Store) AddImportRows(ctx context.Context, p ztp.PlatformID, id ztp.ImportID, rows []ztp.ImportRow) error {
	return s.inTx(ctx, func(t *Store) error {
		pins, err := t.sealedPINs(ctx, p, rows)
		if err != nil {
			return err
		}
		values := make([][]any, len(rows))
		for n, r := range rows {
			values[n] = []any{string(id), int64(r.Line), string(p), macText(r.MAC), r.Written, string(r.Account), r.AccountRef, r.ProductGroup,
				r.Model, r.Name, r.Serial, pins[n], r.HasPIN, string(r.Outcome), listText(r.Changes), listText(r.Faults)}
		}
		_, err = t.insertRows(ctx, "import_row", importRowColumns, values, "")
		return s.fail(err, "rows of an import")
	})
}

// sealedPINs seals under one keyset, which is asked for once.
func (s *Store) sealedPINs(ctx context.Context, p ztp.PlatformID, rows []ztp.ImportRow) (map[int][]byte, error) {
	pins := map[int][]byte{}
	var ring *keyring.Keyring
	for n, r := range rows {
		if r.PIN.IsZero() || !r.Outcome.Writes() {
			continue
		}
		var err error
		if ring == nil {
			if ring, err = s.sealing(ctx, forPIN); err != nil {
				return nil, err
			}
		}
		plain := []byte(r.PIN.RevealSecret())
		pins[n], err = ring.Seal(pinPlace(p, r.MAC.String()).data(s.installation), plain)
		clear(plain)
		if err != nil {
			return nil, err
		}
	}
	return pins, nil
}

// listText is a list as it is kept: "" for an empty one, as most are.
func listText[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	return toJSON(list)
}

func listOf[T any](column, text string) (list []T, err error) {
	if text != "" {
		err = fromJSON(column, text, &list)
	}
	return list, err
}

func importRowOf(r db.ImportRow, state, problem *string) (ztp.ImportRow, error) {
	out := ztp.ImportRow{
		Line: int(r.Line), Written: r.Written, Account: ztp.AccountID(r.AccountID), AccountRef: r.AccountRef, ProductGroup: r.ProductGroup,
		Model: r.Model, Name: r.Name, Serial: r.Serial, HasPIN: r.HasPin, Outcome: ztp.RowOutcome(r.Outcome), State: ztp.PhoneItemState(textOrEmpty(state)),
	}
	var errs [4]error
	out.MAC, errs[0] = macOrZero(r.Mac)
	out.Changes, errs[1] = listOf[string]("import_row.changes", r.Changes)
	out.Faults, errs[2] = listOf[ztp.RowFault]("import_row.faults", r.Faults)
	out.Error, errs[3] = problemOf("operation_item.error", problem)
	return out, errors.Join(errs[:]...)
}

// ListImportRows returns rows with what has become of their phones.
func (s *Store) ListImportRows(ctx context.Context, q ztp.ImportRowQuery) (ztp.Page[ztp.ImportRow], error) {
	none := ztp.Page[ztp.ImportRow]{}
	i, err := s.queries().GetImport(ctx, string(q.Import))
	if err != nil {
		return none, s.fail(err, "import")
	}
	if q.State != "" {
		return s.importRowsIn(ctx, i, q)
	}
	after, err := readCursor(q.Cursor, 1)
	if err != nil {
		return none, err
	}
	line := int64(q.After)
	if after != nil {
		if line, err = strconv.ParseInt(after[0], 10, 64); err != nil {
			return none, badCursor()
		}
	}
	max := limit(q.Limit)
	items, err := s.importRows(ctx, i, q, line, int64(max)+1)
	if err != nil {
		return none, s.fail(err, "rows of an import")
	}
	return page(items, max, func(r ztp.ImportRow) string { return newCursor(strconv.Itoa(r.Line)) }), nil
}

func (s *Store) importRows(ctx context.Context, i db.Import, q ztp.ImportRowQuery, line, n int64) ([]ztp.ImportRow, error) {
	if q.Outcome != "" {
		rows, err := s.queries().ListImportRowsOf(ctx, db.ListImportRowsOfParams{OperationID: i.OperationID, ImportID: i.ID, Outcome: string(q.Outcome), After: line, MaxRows: n})
		if err != nil {
			return nil, err
		}
		return mapRows(rows, func(r db.ListImportRowsOfRow) (ztp.ImportRow, error) {
			return importRowOf(r.ImportRow, r.State, r.Error)
		})
	}
	rows, err := s.queries().ListImportRows(ctx, db.ListImportRowsParams{OperationID: i.OperationID, ImportID: i.ID, After: line, MaxRows: n})
	if err != nil {
		return nil, err
	}
	return mapRows(rows, func(r db.ListImportRowsRow) (ztp.ImportRow, error) { return importRowOf(r.ImportRow, r.State, r.Error) })
}

// importRowsIn lists by MAC, as the phones of the operation are found.
func (s *Store) importRowsIn(ctx context.Context, i db.Import, q ztp.ImportRowQuery) (ztp.Page[ztp.ImportRow], error) {
	none := ztp.Page[ztp.ImportRow]{}
	mac, err := afterMAC(q.Cursor)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	rows, err := s.queries().ListImportRowsIn(ctx, db.ListImportRowsInParams{
		OperationID: i.OperationID, ImportID: i.ID, State: string(q.State), AfterMac: mac, MaxRows: int64(max) + 1,
	})
	if err != nil {
		return none, s.fail(err, "rows of an import")
	}
	items, err := mapRows(rows, func(r db.ListImportRowsInRow) (ztp.ImportRow, error) {
		return importRowOf(r.ImportRow, &r.State, r.Error)
	})
	if err != nil {
		return none, err
	}
	return page(items, max, func(r ztp.ImportRow) string { return newCursor(r.MAC.String()) }), nil
}

// CountImportRows counts rows by outcome.
func (s *Store) CountImportRows(ctx context.Context, id ztp.ImportID) (ztp.ImportTally, error) {
	rows, err := s.queries().CountImportRows(ctx, string(id))
	if err != nil {
		return nil, s.fail(err, "rows of an import")
	}
	t := ztp.ImportTally{}
	for _, r := range rows {
		t[ztp.RowOutcome(r.Outcome)] = int(r.N)
	}
	return t, nil
}

// SettleImportRows writes what was found of rows.
func (s *Store) SettleImportRows(ctx context.Context, id ztp.ImportID, rows []ztp.ImportRow) error {
	return s.change(ctx, func(q *db.Queries) error {
		for _, r := range rows {
			n, err := q.SettleImportRow(ctx, db.SettleImportRowParams{
				Outcome: string(r.Outcome), Changes: listText(r.Changes), Faults: listText(r.Faults), ImportID: string(id), Line: int64(r.Line),
			})
			if err := s.hit(n, err, "row of an import"); err != nil {
				return err
			}
		}
		return nil
	})
}

// SamePINs tells which phones have the PIN given.
func (s *Store) SamePINs(ctx context.Context, p ztp.PlatformID, pins map[ztp.MAC]ztp.Secret) (map[ztp.MAC]bool, error) {
	same := make(map[ztp.MAC]bool, len(pins))
	for mac, pin := range pins {
		have, err := s.PIN(ctx, p, mac)
		if ztp.IsCode(err, ztp.CodeNotFound) || err == nil && have.IsZero() {
			continue
		}
		if err != nil {
			return nil, err
		}
		same[mac] = pin.Equal(have)
	}
	return same, nil
}
