package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// placesRead is how many places are read at once.
const placesRead = 10_000

// ImportOrder returns by MAC where the rows are that can be taken. Phones that are saved
// in that order go to the ends of the indexes by MAC; in the order of a file each of them
// may change a page of its own in every index, and all of these pages are written.
func (s *Store) ImportOrder(ctx context.Context, id ztp.ImportID) ([]ztp.ImportPlace, error) {
	last, err := s.queries().LastImportLine(ctx, string(id))
	if err != nil {
		return nil, s.fail(err, "rows of an import")
	}
	var halves [2][]ztp.ImportPlace
	var errs [2]error
	var reading sync.WaitGroup
	read := func(half int, after, upTo int64) { halves[half], errs[half] = s.placesBetween(ctx, id, after, upTo) }
	middle := last
	if s.tx == nil && last > placesRead { // each on a connection of its own
		middle = last / 2
		reading.Go(func() { read(1, middle, last) })
	}
	read(0, 0, middle)
	reading.Wait()
	all := append(halves[0], halves[1]...)
	slices.SortFunc(all, func(a, b ztp.ImportPlace) int { return a.MAC.Compare(b.MAC) })
	return all, errors.Join(errs[:]...)
}

func (s *Store) placesBetween(ctx context.Context, id ztp.ImportID, after, upTo int64) (all []ztp.ImportPlace, err error) {
	for {
		rows, err := s.queries().ListImportPlaces(ctx, db.ListImportPlacesParams{ImportID: string(id), After: after, UpTo: upTo, MaxRows: placesRead})
		if err != nil {
			return nil, s.fail(err, "rows of an import")
		}
		for _, r := range rows {
			mac, err := ztp.ParseMAC(r.Mac)
			if err != nil {
				return nil, fmt.Errorf("column import_row.mac: %w", err)
			}
			all, after = append(all, ztp.ImportPlace{MAC: mac, Line: int32(r.Line)}), r.Line //nolint:gosec // MaxRows lines at most
		}
		if len(rows) < placesRead {
			return all, nil
		}
	}
}

// linesOf are lines as values of a statement. Line 0 is none, so that it fills up.
func linesOf(places []ztp.ImportPlace) []any {
	lines := make([]any, 0, len(places))
	for _, p := range places {
		lines = append(lines, int64(p.Line))
	}
	return filled(lines, int64(0))
}

// ImportRowsAt returns the rows of those places, in the same order.
func (s *Store) ImportRowsAt(ctx context.Context, id ztp.ImportID, at []ztp.ImportPlace) ([]ztp.ImportRow, error) {
	byLine := make(map[int]ztp.ImportRow, len(at))
	for some := range slices.Chunk(at, mostListed) {
		from, lines := s.dialect.picked(1, linesOf(some))
		text := fmt.Sprintf("SELECT r.%s FROM %s", strings.Join(importRowColumns, ", r."), from)
		if err := s.eachImportRow(ctx, text, append([]any{string(id)}, lines...), byLine); err != nil {
			return nil, s.fail(err, "rows of an import")
		}
	}
	rows := make([]ztp.ImportRow, 0, len(at))
	for _, p := range at {
		if r, ok := byLine[int(p.Line)]; ok {
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func (s *Store) eachImportRow(ctx context.Context, text string, parameters []any, to map[int]ztp.ImportRow) (err error) {
	rows, err := s.reader().QueryContext(ctx, text, s.dialect.planned(parameters)...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		r, err := scanImportRow(rows)
		if err != nil {
			return err
		}
		to[r.Line] = r
	}
	return rows.Err()
}

// scanImportRow reads importRowColumns.
func scanImportRow(rows *sql.Rows) (ztp.ImportRow, error) {
	var r db.ImportRow
	err := rows.Scan(&r.ImportID, &r.Line, &r.PlatformID, &r.Mac, &r.Written, &r.AccountID, &r.AccountRef, &r.ProductGroup,
		&r.Model, &r.Name, &r.Serial, &r.Pin, &r.HasPin, &r.Outcome, &r.Changes, &r.Faults)
	if err != nil {
		return ztp.ImportRow{}, err
	}
	return importRowOf(r, nil, nil)
}

// MoveImportPINs gives phones the PINs of their rows, sealed as they are: they open for
// this platform and MAC alone.
func (s *Store) MoveImportPINs(ctx context.Context, p ztp.PlatformID, id ztp.ImportID, of []ztp.ImportPlace) error {
	return s.inTx(ctx, func(t *Store) error {
		for some := range slices.Chunk(of, mostListed) {
			if err := t.movePINs(ctx, p, id, linesOf(some)); err != nil {
				return s.fail(err, "PINs")
			}
		}
		return nil
	})
}

func (s *Store) movePINs(ctx context.Context, p ztp.PlatformID, id ztp.ImportID, at []any) error {
	from, lines := s.dialect.picked(1, at)
	these := append([]any{string(id)}, lines...)
	_, err := s.tx.ExecContext(ctx, fmt.Sprintf(`UPDATE endpoint SET pin = r.pin FROM %s
		WHERE endpoint.mac = r.mac AND r.pin IS NOT NULL AND r.outcome IN ('new', 'change') AND endpoint.platform_id = %s`,
		from, s.dialect.marks(len(these)+1, 1)), s.dialect.planned(append(slices.Clone(these), string(p)))...)
	if err != nil {
		return err
	}
	_, err = s.tx.ExecContext(ctx, fmt.Sprintf(`UPDATE import_row SET pin = NULL FROM %s
		WHERE import_row.import_id = r.import_id AND import_row.line = r.line AND import_row.pin IS NOT NULL`, from), s.dialect.planned(these)...)
	return err
}
