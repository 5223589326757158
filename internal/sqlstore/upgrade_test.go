package sqlstore_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// A rolling upgrade runs the program before this one on the new schema. Each
// schema's statements are kept as its program sent them; those of every schema that
// schema_compat admits have to be understood by today's, on both engines.
func TestEarlierProgramsUnderstandTheSchema(t *testing.T) {
	t.Parallel()
	newest := statementsFile(sqlstore.SchemaVersion())
	if *update {
		mustWrite(t, newest, []byte(strings.Join(statements(t), "\n;\n")))
	}
	kept, err := filepath.Glob("testdata/statements-*.sql")
	if err != nil || !slices.Contains(kept, newest) {
		t.Fatalf("no statements of today's schema (make them by -update): %q, %v", kept, err)
	}
	for engine, s := range both(t) {
		var oldest int64
		if err := s.Raw().QueryRow("SELECT oldest FROM schema_compat").Scan(&oldest); err != nil {
			t.Fatal(err)
		}
		checked := 0
		for _, file := range kept {
			var version int64
			if _, err := fmt.Sscanf(filepath.Base(file), "statements-%d.sql", &version); err != nil || version < oldest {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, statement := range strings.Split(string(text), "\n;\n") {
				prepared, err := s.Raw().Prepare(statement)
				if err != nil {
					t.Errorf("%s, schema %d: %v\n%s", engine, version, err, statement)
					continue
				}
				checked++
				_ = prepared.Close()
			}
		}
		if checked < 80 {
			t.Errorf("%s: only %d statements were looked at", engine, checked)
		}
	}
}

// A column that came later is one that an earlier program's INSERT leaves out.
func TestLaterColumnsHaveDefaults(t *testing.T) {
	t.Parallel()
	const columns = "SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
	now := both(t)["sqlite"].Raw()
	required := column(t, now, columns+` AND c."notnull" = 1 AND c.dflt_value IS NULL AND c.pk = 0`)
	dumps, err := filepath.Glob("testdata/sqlite-*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range dumps {
		conn := mustLoad(t, file)
		had := column(t, conn, columns)
		tables := column(t, conn, "SELECT name FROM sqlite_master WHERE type = 'table'")
		for _, c := range required {
			if table, _, _ := strings.Cut(c, "."); slices.Contains(tables, table) && !slices.Contains(had, c) {
				t.Errorf("%s: %s came later and has no default", filepath.Base(file), c)
			}
		}
	}
}

func statementsFile(version int64) string {
	return filepath.Join("testdata", fmt.Sprintf("statements-%05d.sql", version))
}

// statements are those of internal/db.
func statements(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob("internal/db/*.sql.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			text, ok := n.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING || !strings.HasPrefix(text.Value, "`-- name:") {
				return true
			}
			s, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, strings.TrimSpace(s))
			return true
		})
	}
	return all
}

// A phone that was in service with schema 11 has no contact after the upgrade, and its
// next fetch gets it its settings whenever that is; one that never came has its window.
func TestUpgradeKeepsPhonesInService(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zerotouch.db")
	conn := mustLoadTo(t, "testdata/sqlite-00011.sql", path)
	for mac, fetched := range map[string]string{"00:04:13:00:00:01": "5", "00:04:13:00:00:02": "NULL"} {
		mustExec(t, conn, `INSERT INTO endpoint (platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by, address_template,
			address_token_id, created_at, fetched_at, updated_at, version, device_token_hash, device_token)
			SELECT platform_id, '`+mac+`', 'snom', id, 'D-Series', '', '', 'listed', 0, '', '', '', 1, `+fetched+`, 1, 1, 'hash', x'00' FROM account LIMIT 1`)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, path, storetest.Options{})
	for mac, want := range map[string]ztp.Answer{"000413000001": ztp.AnswerSettings, "000413000002": ztp.AnswerHolding} {
		m, err := ztp.ParseMAC(mac)
		if err != nil {
			t.Fatal(err)
		}
		e, err := s.EndpointByMAC(ctx, m)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.Contact(ctx, e.Platform, m)
		if err != nil || c.Of(e) {
			t.Fatalf("a contact that nobody has made: %+v, %v", c, err)
		}
		if got := ztp.Decide(e, c, ztp.Visit{At: noon, Way: ztp.WayFirst, Right: true, Secure: true, Ready: true}); got.Answer != want {
			t.Errorf("%s gets %s, want %s", mac, got.Answer, want)
		}
	}
}
