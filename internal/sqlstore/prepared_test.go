package sqlstore_test

import (
	"database/sql"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
)

const upTo = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i FROM n"

// A statement is parsed once per connection, whether it goes well or finds nothing.
func TestSQLite_StatementsAreKept(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	const change = "UPDATE platform SET name = $1 WHERE id = $2"
	for _, run := range []func() error{
		func() error { _, err := s.Raw().Exec(change, "Acme", "none"); return err },
		func() error { _, err := numbers(s.Raw(), 3); return err },
		func() error { _, err := numbers(s.Raw(), 0); return err },
	} {
		if err := run(); err != nil {
			t.Fatal(err)
		}
		first := [2]any{mustKeep(t, s, change), mustKeep(t, s, upTo)}
		if err := run(); err != nil {
			t.Fatal(err)
		}
		if again := [2]any{mustKeep(t, s, change), mustKeep(t, s, upTo)}; again != first {
			t.Errorf("parsed again: %v, then %v", first, again)
		}
	}
	if mustKeep(t, s, change) == nil || mustKeep(t, s, upTo) == nil {
		t.Error("nothing is kept")
	}
}

// The rows of one run are still being read when the same text runs again.
func TestSQLite_StatementWithinItsOwnRows(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	tx, err := s.Raw().Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	rows, err := tx.Query(upTo, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	outer := 0
	for rows.Next() {
		outer++
		if n, err := numbers(tx, 5); n != 5 || err != nil {
			t.Errorf("within: %d rows, %v", n, err)
		}
	}
	if outer != 3 || rows.Err() != nil {
		t.Errorf("%d rows, %v", outer, rows.Err())
	}
}

// A statement that was refused, or left half-way, is none the worse for it.
func TestSQLite_StatementAfterFailure(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	const insert = "INSERT INTO vendor_account (vendor, company_id) VALUES ($1, $2)"
	for _, company := range []string{"", "c1", ""} {
		if _, err := s.Raw().Exec(insert, "v"+company, company); (err == nil) != (company != "") {
			t.Errorf("company %q: %v", company, err)
		}
	}
	rows, err := s.Raw().Query(upTo, 1000)
	if err != nil {
		t.Fatal(err)
	}
	rows.Next()
	if err := rows.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := numbers(s.Raw(), 7); n != 7 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}

// numbers counts the rows that upTo gives.
func numbers(q interface {
	Query(string, ...any) (*sql.Rows, error)
}, n int) (got int, err error) {
	rows, err := q.Query(upTo, n)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		got++
	}
	return got, rows.Err()
}

func mustKeep(t *testing.T, s *sqlstore.Store, text string) any {
	t.Helper()
	kept, err := s.Kept(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}
