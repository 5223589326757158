package sqlstore_test

import (
	"crypto/sha256"
	"database/sql"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

var update = flag.Bool("update", false, "write testdata anew")

func TestMigrations_SameNamesForBothEngines(t *testing.T) {
	t.Parallel()
	names := map[string][]string{}
	for _, engine := range []string{"sqlite", "postgres"} {
		found, err := fs.Glob(sqlstore.Migrations(), "migrations/"+engine+"/*.sql")
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		for _, f := range found {
			names[engine] = append(names[engine], filepath.Base(f))
		}
	}
	if diff := cmp.Diff(names["sqlite"], names["postgres"]); diff != "" {
		t.Error(diff)
	}
	newest := names["sqlite"][len(names["sqlite"])-1]
	if want := fmt.Sprintf("%05d_", sqlstore.SchemaVersion()); !strings.HasPrefix(newest, want) {
		t.Errorf("version %d, and the newest migration is %s", sqlstore.SchemaVersion(), newest)
	}
}

// A migration that has been released is never edited: databases out there have
// run it as it was. The list is of sums; a new migration is added by -update.
func TestMigrations_AreNotEdited(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	err := fs.WalkDir(sqlstore.Migrations(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(sqlstore.Migrations(), path)
		fmt.Fprintf(&got, "%x  %s\n", sha256.Sum256(text), path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	compareFile(t, "migrations.sha256", got.String())
}

func compareFile(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		mustWrite(t, path, []byte(got))
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// Every schema there ever was, with data in it, opens with today's program.
func TestHistoricSchemas(t *testing.T) {
	t.Parallel()
	newest := filepath.Join("testdata", fmt.Sprintf("sqlite-%05d.sql", sqlstore.SchemaVersion()))
	if *update {
		path := storetest.File(t, storetest.Options{})
		s := storetest.Open(t, path, storetest.Options{})
		filled(t, s)
		mustWrite(t, newest, []byte(dump(t, s.Raw())))
	}
	dumps, err := filepath.Glob("testdata/sqlite-*.sql")
	if err != nil || !slices.Contains(dumps, newest) {
		t.Fatalf("no dump of today's schema (make it by -update): %q, %v", dumps, err)
	}
	for _, file := range dumps {
		t.Run(filepath.Base(file), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "zerotouch.db")
			if err := mustLoadTo(t, file, path).Close(); err != nil {
				t.Fatal(err)
			}
			wantFilled(t, storetest.Open(t, path, storetest.Options{}))
		})
	}
}

// mustLoad makes a database of a dump.
func mustLoad(t *testing.T, dump string) *sql.DB {
	t.Helper()
	return mustLoadTo(t, dump, filepath.Join(t.TempDir(), "zerotouch.db"))
}

func mustLoadTo(t *testing.T, dump, path string) *sql.DB {
	t.Helper()
	text, err := os.ReadFile(dump)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	mustExec(t, conn, string(text))
	return conn
}

// What a profile at a vendor carries was proven before, so that phones go on with it.
func TestMigration_ProvenURL(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zerotouch.db")
	conn := mustLoadTo(t, "testdata/sqlite-00023.sql", path)
	const proven = "https://prov.example/p/{account_token}/{mac}"
	var platform string
	if err := conn.QueryRow("UPDATE link SET address_template = $1 WHERE rowid = 1 RETURNING platform_id", proven).Scan(&platform); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	page, err := storetest.Open(t, path, storetest.Options{}).ListPlatforms(ctx, ztp.PlatformQuery{Limit: 100})
	if err != nil || len(page.Items) < 2 {
		t.Fatalf("%d platforms, %v", len(page.Items), err)
	}
	for _, p := range page.Items {
		if want := map[bool]string{true: proven}[string(p.ID) == platform]; p.ProvenTemplate != want {
			t.Errorf("%s: want %q, got %q", p.Slug, want, p.ProvenTemplate)
		}
	}
}

// Links that needed somebody before they were counted are counted after.
func TestMigration_Attention(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zerotouch.db")
	conn := mustLoadTo(t, "testdata/sqlite-00001.sql", path)
	mustExec(t, conn, `UPDATE link SET state = 'needs_attention' WHERE rowid = 1`)
	mustExec(t, conn, `UPDATE link SET error = '{"code":"foreign_key_found","at":"2026-01-02T03:04:05Z"}' WHERE rowid = 2`)
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := storetest.Open(t, path, storetest.Options{}).CountAttention(ctx)
	if err != nil || got["snom"] != 2 {
		t.Errorf("want 2, got %v, %v", got, err)
	}
}

// A migration that fails half-way says how far it got, and goes on at the next start.
func TestMigration_Stuck(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zerotouch.db")
	text, err := os.ReadFile("testdata/sqlite-00001.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, string(text))
	mustExec(t, conn, "CREATE TABLE submission (in_the_way integer)")
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = sqlstore.Open(ctx, config(path))
	wantStartError(t, err, "", "has version 2 now and is whole", "start again")
	if strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("it says that nothing was changed: %v", err)
	}
	prepare(t, "sqlite", path, "DROP TABLE submission")
	wantFilled(t, mustOpen(t, config(path)))
}

// wantFilled wants what filled has written to open still.
func wantFilled(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	key, _, err := s.SealedReseller(ctx, "snom")
	if err != nil || !key.Secret.Equal(ztp.NewSecret(resellerSecret)) {
		t.Errorf("reseller credential: %v", err)
	}
	for i := range 2 {
		p, err := s.Platform(ctx, fmt.Sprint("p", i))
		if err != nil {
			t.Fatal(err)
		}
		key, err := s.OpenCredential(ctx, p.ID, "snom", 2)
		if err != nil || !key.Secret.Equal(ztp.NewSecret(credentialSecret+fmt.Sprint(i, 2))) {
			t.Errorf("credential: %v", err)
		}
		if _, err := s.AccountByToken(ctx, ztp.NewSecret(provisionToken+fmt.Sprint(i))); err != nil {
			t.Errorf("token: %v", err)
		}
	}
}

// dump is a database as SQL text: tables with their rows, then indexes, triggers and views.
func dump(t *testing.T, conn *sql.DB) string {
	t.Helper()
	var out strings.Builder
	for _, name := range column(t, conn, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY rowid") {
		made := column(t, conn, "SELECT sql FROM sqlite_master WHERE name = '"+name+"'")[0]
		out.WriteString(made + ";\n")
		order := "rowid"
		if strings.HasSuffix(made, "WITHOUT ROWID") {
			order = "1"
		}
		columns := column(t, conn, "SELECT name FROM pragma_table_info('"+name+"')")
		quoted := "quote(" + strings.Join(columns, ") || ', ' || quote(") + ")"
		for _, row := range column(t, conn, "SELECT "+quoted+" FROM "+name+" ORDER BY "+order) {
			fmt.Fprintf(&out, "INSERT INTO %s VALUES (%s);\n", name, row)
		}
	}
	for _, text := range column(t, conn, "SELECT sql FROM sqlite_master WHERE type IN ('index', 'trigger', 'view') AND sql IS NOT NULL ORDER BY rowid") {
		out.WriteString(text + ";\n")
	}
	return out.String()
}

func column(t *testing.T, conn *sql.DB, query string) (values []string) {
	t.Helper()
	rows, err := conn.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return values
}

// One SQL text serves both engines only as long as $2 is the second argument,
// wherever it stands and however often.
func TestPlaceholdersAreBoundByNumber(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		var got string
		err := s.Raw().QueryRow("SELECT CAST($2 AS text) || CAST($1 AS text) || CAST($2 AS text)", "one", "two").Scan(&got)
		if err != nil || got != "twoonetwo" {
			t.Errorf("%s: %q, %v", engine, got, err)
		}
	}
}

func both(t *testing.T) map[string]*sqlstore.Store {
	t.Helper()
	return map[string]*sqlstore.Store{
		"sqlite": storetest.SQLite(t), "postgres": storetest.Open(t, pgtest.DSN(t), storetest.Options{}),
	}
}

func TestEvents_AreAppendOnly(t *testing.T) {
	t.Parallel()
	for engine, s := range both(t) {
		if err := s.AppendEvent(ctx, ztp.Event{At: noon, Action: "x", Outcome: ztp.OutcomeOK}); err != nil {
			t.Fatal(err)
		}
		statements := []string{"UPDATE event SET detail = 'better'", "DELETE FROM event"}
		if engine == "postgres" {
			statements = append(statements, "TRUNCATE event")
		}
		for _, statement := range statements {
			if _, err := s.Raw().Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %s: want it refused, got %v", engine, statement, err)
			}
		}
	}
}

// Whoever gets past the triggers cannot get past the chain.
func TestEvents_TamperingShows(t *testing.T) {
	t.Parallel()
	drop := map[string][]string{
		"sqlite":   {"DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete"},
		"postgres": {"DROP TRIGGER event_no_change ON event"},
	}
	for name, tc := range map[string]struct{ change, want string }{
		"a word":          {"UPDATE event SET detail = 'nothing' WHERE seq = 3", "event 3 was changed"},
		"an actor":        {"UPDATE event SET actor = 'eve' WHERE seq = 1", "event 1 was changed"},
		"two fields swap": {"UPDATE event SET action = target, target = action WHERE seq = 2", "event 2 was changed"},
		"one taken out":   {"DELETE FROM event WHERE seq = 4", "event 4 is missing"},
		"the end cut off": {"DELETE FROM event WHERE seq = 5", "event 5 is missing"},
		"one put after it": {"INSERT INTO event (seq, at, hash, actor, address, action, platform_id, vendor, target, operation_id, outcome, code, detail, request_id, fold) " +
			"SELECT 6, at, 'x', 'eve', address, action, platform_id, vendor, target, operation_id, outcome, code, detail, request_id, fold FROM event WHERE seq = 5", "event 6 was put in"},
		"the end moved":    {"UPDATE event_head SET hash = 'x'", "the end of the chain"},
		"head moved back":  {"UPDATE event_head SET seq = 4", "the end of the chain"},
		"nothing, as said": {"UPDATE event SET detail = detail", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for engine, s := range both(t) {
				for i := range 5 {
					e := ztp.Event{At: noon, Actor: "ada", Action: fmt.Sprint("a", i), Target: fmt.Sprint("t", i), Outcome: ztp.OutcomeOK}
					if err := s.AppendEvent(ctx, e); err != nil {
						t.Fatal(err)
					}
				}
				for _, statement := range append(drop[engine], tc.change) {
					mustExec(t, s.Raw(), statement)
				}
				n, err := s.VerifyEvents(ctx)
				if tc.want == "" {
					if n != 5 || err != nil {
						t.Errorf("%s: %d, %v", engine, n, err)
					}
				} else if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%s: want %q, got %v", engine, tc.want, err)
				}
			}
		})
	}
}
