package pgtest

import (
	"database/sql"
	"testing"
)

// keep copies every table into a schema of its own, and makes the function that puts the
// copies back: its statements are fixed, so that PostgreSQL plans each of them once.
const keep = `
CREATE SCHEMA kept;
DO $$ DECLARE t text; body text := ''; BEGIN
	FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
		EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', t);
		body := body || format('DELETE FROM public.%1$I; INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE SELECT * FROM kept.%1$I; ', t);
	END LOOP;
	EXECUTE format('CREATE FUNCTION kept.restore() RETURNS void LANGUAGE plpgsql AS %L', 'BEGIN ' || body || 'END');
END $$`

// Kept is what was in a database when Keep was called.
type Kept struct {
	dsn string
	db  *sql.DB
}

// Keep remembers what is in the database now, as long as t runs. Restore puts it back, any
// number of times, in a tenth of the time that a copy of the database takes.
func Keep(t testing.TB, dsn string) *Kept {
	t.Helper()
	// As a replica a connection looks at no foreign key.
	db, err := sql.Open("pgx", dsn+" session_replication_role=replica")
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(keep); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	return &Kept{dsn, db}
}

// DSN names the database.
func (k *Kept) DSN() string { return k.dsn }

// DB is the connection over which Restore works.
func (k *Kept) DB() *sql.DB { return k.db }

// Restore puts back what Keep has remembered. Nobody may have a transaction open.
func (k *Kept) Restore(t testing.TB) {
	t.Helper()
	if _, err := k.db.Exec("SELECT kept.restore()"); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}
