package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func importOf(r db.Import) (ztp.Import, error) {
	i := ztp.Import{
		ID: ztp.ImportID(r.ID), Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor), State: ztp.ImportState(r.State),
		File: r.File, Encoding: r.Encoding, Separator: r.Separator, Mode: ztp.ImportMode(r.Mode), Operation: ztp.OperationID(r.OperationID),
		CreatedAt: instant(r.CreatedAt), ExpiresAt: instant(r.ExpiresAt), CancelledAt: instantOrZero(r.CancelledAt), Version: r.Version,
	}
	return i, errors.Join(fromJSON("import.ignored", r.Ignored, &i.Ignored), fromJSON("import.tally", r.Tally, &i.Tally), fromJSON("import.actor", r.Actor, &i.Actor))
}

// CreateImport inserts an import without rows.
func (s *Store) CreateImport(ctx context.Context, i ztp.Import) error {
	return s.change(ctx, func(q *db.Queries) error {
		err := q.InsertImport(ctx, db.InsertImportParams{
			ID: string(i.ID), PlatformID: string(i.Platform), Vendor: string(i.Vendor), State: string(i.State), File: i.File, Encoding: i.Encoding,
			Separator: i.Separator, Ignored: toJSON(i.Ignored), Tally: toJSON(i.Tally), Mode: string(i.Mode), OperationID: string(i.Operation),
			Actor: toJSON(i.Actor), CreatedAt: ms(i.CreatedAt), ExpiresAt: ms(i.ExpiresAt),
		})
		if s.dialect.classify(err) == classForeign {
			return ztp.NotFound("platform")
		}
		return s.fail(err, "import")
	})
}

// Import finds one by id.
func (s *Store) Import(ctx context.Context, id ztp.ImportID) (ztp.Import, error) {
	row, err := s.queries().GetImport(ctx, string(id))
	if err != nil {
		return ztp.Import{}, s.fail(err, "import")
	}
	return importOf(row)
}

// ListImports returns the platform's imports, newest first.
func (s *Store) ListImports(ctx context.Context, q ztp.ImportQuery) (ztp.Page[ztp.Import], error) {
	none := ztp.Page[ztp.Import]{}
	before, err := readCursor(q.Cursor, 2)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	params := db.ListImportsParams{PlatformID: string(q.Platform), BeforeCreated: math.MaxInt64, MaxRows: int64(max) + 1}
	if before != nil {
		if params.BeforeCreated, err = strconv.ParseInt(before[0], 10, 64); err != nil {
			return none, badCursor()
		}
		params.BeforeID = before[1]
	}
	rows, err := s.queries().ListImports(ctx, params)
	if err != nil {
		return none, s.fail(err, "imports")
	}
	items, err := mapRows(rows, importOf)
	if err != nil {
		return none, err
	}
	return page(items, max, func(i ztp.Import) string {
		return newCursor(strconv.FormatInt(ms(i.CreatedAt), 10), string(i.ID))
	}), nil
}

// SaveImport writes what changes of an import.
func (s *Store) SaveImport(ctx context.Context, i ztp.Import) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.UpdateImport(ctx, db.UpdateImportParams{
			State: string(i.State), Encoding: i.Encoding, Separator: i.Separator, Ignored: toJSON(i.Ignored), Tally: toJSON(i.Tally),
			Mode: string(i.Mode), OperationID: string(i.Operation), ExpiresAt: ms(i.ExpiresAt), ID: string(i.ID), Version: i.Version,
		})
		return s.changed(n, err, "import", func() error { _, err := q.GetImport(ctx, string(i.ID)); return err })
	})
}

// CancelImport records that no more of its rows are to be saved.
func (s *Store) CancelImport(ctx context.Context, id ztp.ImportID, at time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		return s.fail(q.CancelImport(ctx, db.CancelImportParams{At: msOrNull(at), ID: string(id)}), "import")
	})
}

// DropImports removes what has expired.
func (s *Store) DropImports(ctx context.Context, until time.Time) error {
	ids, err := s.queries().ListExpiredImports(ctx, ms(until))
	if err != nil {
		return s.fail(err, "imports")
	}
	for _, id := range ids {
		if err := s.DeleteImport(ctx, ztp.ImportID(id)); err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
			return err
		}
	}
	return nil
}

// linesAtOnce is how many lines of an import one transaction removes, so that nobody
// waits long for the database meanwhile.
const linesAtOnce = 20_000

// ExpireImport keeps an import from being started, so that it can be removed.
func (s *Store) ExpireImport(ctx context.Context, id ztp.ImportID) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.ExpireImport(ctx, string(id))
		if err != nil || n > 0 {
			return s.fail(err, "import")
		}
		if _, err := q.GetImport(ctx, string(id)); err != nil {
			return s.fail(err, "import")
		}
		return ztp.Errorf(ztp.CodeInUse, "Its operation has not ended. Cancel that first, or wait.")
	})
}

// DeleteImport removes an import with its rows.
func (s *Store) DeleteImport(ctx context.Context, id ztp.ImportID) error {
	if err := s.ExpireImport(ctx, id); err != nil {
		return err
	}
	for {
		more := false
		err := s.change(ctx, func(q *db.Queries) error {
			first, err := q.NextImportLine(ctx, string(id))
			if more = err == nil; more {
				_, err = q.DeleteImportRows(ctx, db.DeleteImportRowsParams{ImportID: string(id), UpTo: first + linesAtOnce})
				return s.fail(err, "import")
			}
			if !errors.Is(err, sql.ErrNoRows) {
				return s.fail(err, "import")
			}
			n, err := q.DeleteImport(ctx, string(id))
			return s.hit(n, err, "import")
		})
		if err != nil || !more {
			return err
		}
	}
}
