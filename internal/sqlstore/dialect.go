package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"zerotouch.example/internal/sqlstore/internal/db"
)

// dialect holds what the two engines do not share.
type dialect struct {
	name  string
	goose goose.Dialect
	// bytes is the type of sealed values.
	bytes string
	// tables lists the names of all tables, ours or not.
	tables string
	// marks are the places of n values of a long statement, of which first is the
	// number of the first one.
	marks func(first, n int) string
	// mark is the place of one value whose type its surroundings don't tell.
	mark func(n int, of any) string
	// rows is a source of rows, v.column1 and so on, for an insert: its text and parameters,
	// of which first is the number of the first one. portions are how many it takes.
	rows     func(first int, columns [][]any) (text string, parameters []any)
	portions []int
	// picked is a source of rows of a file, r: the first parameter is the import, the
	// second its lines. Each is looked for on its own, however many a table seems to have.
	picked func(first int, lines []any) (text string, parameters []any)
	// each is, in a query, every text of a list that is one parameter: a JSON array.
	each string
	// few is the same of a list that is short, as a page is: PostgreSQL thinks of ten, where it
	// thinks of a hundred otherwise and would rather read a whole table of 20,000 rows.
	few string
	// ofPhone are the settings of a phone and the changes of them on their way: see phoneTexts.
	ofPhone [2]string
	// looksFirst: to look for a row's key costs less than to begin again.
	looksFirst bool
	// everyPlatform is where phones are, as e, that have a word between two values, up to a
	// third one: platform by platform, each by its index.
	everyPlatform string
	// bytewise is fold in the order of its bytes, which a program of before would stumble
	// over if it were the column's own: see 00011.
	bytewise string
	// fresh goes before the values of a statement that is to be planned each time.
	fresh []any
	// now is the database's clock in milliseconds.
	now func(context.Context, db.DBTX) (int64, error)
	// pickDue names the operation that is due first and not being taken by
	// anybody else at this moment; sql.ErrNoRows when there is none.
	pickDue func(ctx context.Context, tx db.DBTX, now int64, which string) (string, error)
	// feedEnd asks where changes begin that are not committed yet.
	feedEnd string
	// notify sends a hint to other processes, if there can be any.
	notify func(ctx context.Context, tx db.DBTX, hint string) error
	// holdKeyset gives the keyset's version, which stays what it is until the
	// transaction ends.
	holdKeyset func(ctx context.Context, tx db.DBTX) (int64, error)
	// holdPhone asks whether the phone of a platform and a MAC is in the life of a device
	// token, which stays so until the transaction ends.
	holdPhone string
	// classify says what kind of refusal a driver's error is.
	classify func(error) class
	// trouble says what an error tells of the database itself, "" when it does not.
	trouble func(err error, wrote bool) string
	// unanswered reports whether a commit with this error may have taken effect.
	unanswered func(error) bool
}

// planned are the parameters of a statement that is planned each time.
func (d dialect) planned(parameters []any) []any { return append(slices.Clone(d.fresh), parameters...) }

// byFold is where a statement that number takes has fold in the order of its bytes.
const byFold = "{fold}"

// number gives each ? of a statement that was put together its place, and goes before its
// values what has it planned for these.
func (d dialect) number(text string, values []any) (string, []any) {
	text = strings.ReplaceAll(text, byFold, d.bytewise)
	var b strings.Builder
	n := 0
	for i, part := range strings.Split(text, "?") {
		if i > 0 {
			n++
			b.WriteString(d.marks(n, 1))
		}
		b.WriteString(part)
	}
	return b.String(), d.planned(values)
}

// class is what the rest of the package has to know of a driver's error.
type class int

const (
	classOther   class = iota
	classUnique        // a unique index or primary key
	classForeign       // a foreign key
	classRetry         // run the whole transaction again
	classText          // text that the database cannot hold
	classDisk          // the disk takes no writes: full, read-only or failing
)

var sqliteDialect = dialect{
	name:     "sqlite",
	goose:    goose.DialectSQLite3,
	bytes:    "blob",
	tables:   "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!'",
	marks:    sqliteMarks,
	mark:     func(int, any) string { return "?" },
	rows:     listedRows,
	portions: []int{500, 50, 5, 1},
	picked: func(_ int, lines []any) (string, []any) {
		return "(SELECT * FROM import_row WHERE import_id = ? AND line IN (" + sqliteMarks(1, len(lines)) + ")) AS r", lines
	},
	looksFirst:    true,
	each:          "SELECT value FROM json_each($1)",
	few:           "SELECT value FROM json_each($1)",
	ofPhone:       phoneTexts("json_group_array(json_array(%s))", "hex(%s)"),
	bytewise:      "fold",
	everyPlatform: "platform p CROSS JOIN endpoint_word w CROSS JOIN endpoint e WHERE w.platform_id = p.id AND w.word >= ? AND w.word < ? AND e.platform_id = p.id AND e.mac = w.mac LIMIT ?",
	// The database runs in this process, so its clock is this one.
	now: func(context.Context, db.DBTX) (int64, error) { return time.Now().UnixMilli(), nil },
	// The transaction is the only writer, so nobody else can be at it.
	pickDue: func(ctx context.Context, tx db.DBTX, now int64, which string) (string, error) {
		return db.New(tx).PeekDueOperation(ctx, db.PeekDueOperationParams{Now: now, Which: which})
	},
	notify: func(context.Context, db.DBTX, string) error { return nil },
	// There is one writer at a time, so numbers come in the order of commits. The table may
	// be empty.
	feedEnd: "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'phone_change'), 0) + 1",
	// Neither can anybody else change the keyset.
	holdKeyset: func(ctx context.Context, tx db.DBTX) (int64, error) { return db.New(tx).GetKeysetVersion(ctx) },
	holdPhone:  "SELECT state <> 'released' AND device_token_hash = $3 FROM endpoint WHERE platform_id = $1 AND mac = $2",
	classify:   classifySQLite,
	trouble:    sqliteTrouble,
	// The file is here: a commit that failed is not in it.
	unanswered: func(error) bool { return false },
}

var postgresDialect = dialect{
	name:   "postgres",
	goose:  goose.DialectPostgres,
	bytes:  "bytea",
	tables: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
	marks:  func(first, n int) string { return placeholders(first, n, ", ") },
	mark: func(n int, of any) string {
		_, name := arrayOf([]any{of})
		return fmt.Sprintf("$%d::%s", n, name)
	},
	rows:     unnestedRows,
	portions: []int{0},
	each:     "SELECT json_array_elements_text(CAST(CAST($1 AS text) AS json))",
	few:      "SELECT unnest(ARRAY(SELECT json_array_elements_text(CAST(CAST($1 AS text) AS json))))",
	ofPhone:  phoneTexts("json_agg(json_build_array(%s))", "encode(%s, 'hex')"),
	bytewise: `fold COLLATE "C"`,
	picked: func(first int, lines []any) (string, []any) {
		return fmt.Sprintf("unnest($%d::bigint[]) AS v(line) CROSS JOIN LATERAL (SELECT * FROM import_row WHERE import_id = $%d AND line = v.line OFFSET 0) AS r",
			first+1, first), []any{elements[int64](lines)}
	},
	everyPlatform: `platform p CROSS JOIN LATERAL (SELECT * FROM endpoint_word o WHERE o.platform_id = p.id AND o.word >= ? AND o.word < ? ORDER BY o.word, o.mac LIMIT 1000) AS w
		CROSS JOIN LATERAL (SELECT * FROM endpoint o WHERE o.platform_id = w.platform_id AND o.mac = w.mac OFFSET 0) AS e LIMIT ?`,
	// A plan that is kept from when a table was empty goes through all of it ever after.
	fresh: []any{pgx.QueryExecModeExec},
	now: func(ctx context.Context, q db.DBTX) (now int64, err error) {
		err = q.QueryRowContext(ctx, "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)").Scan(&now)
		return now, err
	},
	pickDue: func(ctx context.Context, tx db.DBTX, now int64, which string) (id string, err error) {
		err = tx.QueryRowContext(ctx, `SELECT o.id FROM operation o WHERE o.due_at <= $1
			AND (NOT o.works_keys OR NOT EXISTS (
				SELECT 1 FROM key_holder h WHERE h.platform_id = o.platform_id AND h.vendor = o.vendor AND h.operation_id <> o.id
				AND h.until > $1 AND NOT (h.rests AND o.holds_link)))
			AND ($2 = '' OR ($2 = 'many') = (o.kind IN ('import', 'sync', 'bulk')))
			ORDER BY o.due_at, o.id LIMIT 1 FOR UPDATE OF o SKIP LOCKED`, now, which).Scan(&id)
		if err != nil {
			return id, err
		}
		// Those that want the keys of one link are claimed one after the other: the claim
		// looks for a holder once more when it has the link.
		_, err = tx.ExecContext(ctx, `SELECT 1 FROM link l JOIN operation o ON o.platform_id = l.platform_id AND o.vendor = l.vendor
			WHERE o.id = $1 AND o.works_keys FOR NO KEY UPDATE OF l`, id)
		return id, err
	},
	feedEnd: "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)",
	notify: func(ctx context.Context, tx db.DBTX, hint string) error {
		_, err := tx.ExecContext(ctx, "SELECT pg_notify($1, $2)", channel, hint)
		return err
	},
	holdKeyset: func(ctx context.Context, tx db.DBTX) (version int64, err error) {
		err = tx.QueryRowContext(ctx, "SELECT version FROM keyset FOR SHARE").Scan(&version)
		return version, err
	},
	holdPhone:  "SELECT state <> 'released' AND device_token_hash = $3 FROM endpoint WHERE platform_id = $1 AND mac = $2 FOR SHARE",
	classify:   classifyPostgres,
	trouble:    postgresTrouble,
	unanswered: postgresUnanswered,
}

// sqliteMarks are without numbers: of a place with one its name is asked for, and each is
// looked for from the first of thousands.
func sqliteMarks(_, n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func classifySQLite(err error) class {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return classOther
	}
	switch e.Code() & 0xff { // the rest says in which part of the work
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return classDisk
	}
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return classUnique
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return classForeign
	}
	return classOther
}

func classifyPostgres(err error) class {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return classOther
	}
	switch e.Code {
	case "23505":
		return classUnique
	case "23503":
		return classForeign
	case "40001", "40P01":
		return classRetry
	case "22021":
		return classText
	case "53100", "25006", "58030": // disk full, read-only, input or output failed
		return classDisk
	}
	return classOther
}
