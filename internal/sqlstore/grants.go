package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// grant is a right that the database role of a process that serves phones alone has:
// privileges on a table, or on some of its columns.
type grant struct{ table, privileges, columns string }

// phonesGrants are all of them. A table that is not here is none of its business, and a
// test walks the schema for that.
var phonesGrants = []grant{
	// Whether it may use the database, and its keyset. Of that it may write a column that
	// nobody reads: without a right to change a row, PostgreSQL lets nobody hold it.
	{"goose_db_version", "SELECT", ""},
	{"schema_compat", "SELECT", ""},
	{"installation", "SELECT", "name"},
	{"phones_keyset", "SELECT", "wrapped, version, ready_at"},
	{"phones_keyset", "UPDATE", "held"},
	// Who the phones are, and what they get.
	{"platform", "SELECT", ""},
	{"account", "SELECT", ""},
	{"account_token", "SELECT", ""},
	{"account_token", "UPDATE", "used_at"},
	{"endpoint", "SELECT", ""},
	{"endpoint", "UPDATE", "fetched_at, first_fetched_at, plain_url"},
	{"phone_contact", "SELECT, INSERT, UPDATE, DELETE", ""},
	{"setting_scope", "SELECT", ""},
	{"setting", "SELECT", ""},
	{"setting_rollout", "SELECT", ""},
	{"setting_rollout_value", "SELECT", ""},
	{"phone_change", "SELECT, INSERT", ""},
	{"challenge", "SELECT", ""},
	// What it writes down.
	{"phone_fetch", "SELECT, INSERT, DELETE", ""},
	{"phone_refused", "SELECT, INSERT, UPDATE", ""},
	{"phone_traffic", "SELECT, INSERT, UPDATE, DELETE", ""},
	{"phone_unclaimed", "SELECT, INSERT, UPDATE, DELETE", ""},
	{"phone_handshake", "SELECT, INSERT, UPDATE, DELETE", ""},
	{"phone_event", "INSERT", ""},
	// That it is there and whether the disk takes writes, and who else is there.
	{"phone_server", "SELECT, INSERT, UPDATE, DELETE", ""},
	{"probe", "SELECT, INSERT, UPDATE", ""},
	{"replica", "SELECT", ""},
}

// portalGrants are what a process that does everything needs beside phonesGrants to let
// somebody in, show what there is and take up operations.
var portalGrants = []grant{
	{"keyset", "SELECT", ""},
	{"person", "SELECT, UPDATE", ""},
	{"session", "SELECT, INSERT, UPDATE, DELETE", ""},
	{"api_token", "SELECT, UPDATE", ""},
	{"link", "SELECT, INSERT, UPDATE", ""},
	{"credential", "SELECT, INSERT, UPDATE", ""},
	{"operation", "SELECT, INSERT, UPDATE", ""},
	{"operation_item", "SELECT, INSERT, UPDATE", ""},
	{"endpoint", "INSERT, UPDATE", ""},
	{"event", "SELECT, INSERT", ""},
	{"event_head", "SELECT, UPDATE", ""},
	{"writes_off", "SELECT", ""},
}

// mayServe reports whether the database user has lost a right that serving needs. SQLite has
// no users.
func (s *Store) mayServe(ctx context.Context) error {
	if s.dialect.name != postgresDialect.name {
		return nil
	}
	grants := phonesGrants
	if !s.onlyPhones {
		grants = slices.Concat(phonesGrants, portalGrants)
	}
	table, err := lackedOf(ctx, s.read, grants)
	if err == nil && table != "" {
		err = fmt.Errorf("the database user has lost a right to the table %q that serving needs, or the table is gone: give the user its rights back", table)
	}
	return err
}

// quotedName is a name as PostgreSQL takes it for one, whatever is in it.
func quotedName(name string) string { return pgx.Identifier{name}.Sanitize() }

// each tells every privilege of the grant with its column, "" for the whole table.
func (g grant) each(f func(privilege, column string)) {
	for privilege := range strings.SplitSeq(g.privileges, ", ") {
		for column := range strings.SplitSeq(g.columns, ", ") {
			f(privilege, column)
		}
	}
}

func (g grant) statement(role string) string {
	privileges := g.privileges
	if g.columns != "" {
		privileges += " (" + g.columns + ")"
	}
	return fmt.Sprintf("GRANT %s ON %s TO %s", privileges, g.table, quotedName(role))
}

// PhonesGrants are the statements that give a role of PostgreSQL the rights of a process
// that serves phones alone, and take from it every other one in the schema. The role is
// there already. Whoever owns the tables may run them, any number of times, in one
// transaction.
func PhonesGrants(schema, role string) []string {
	list := []string{
		fmt.Sprintf("REVOKE ALL ON ALL TABLES IN SCHEMA %s FROM %s", quotedName(schema), quotedName(role)),
		fmt.Sprintf("REVOKE CREATE ON SCHEMA %s FROM %s", quotedName(schema), quotedName(role)),
		fmt.Sprintf("GRANT USAGE ON SCHEMA %s TO %s", quotedName(schema), quotedName(role)),
	}
	for _, g := range phonesGrants {
		list = append(list, g.statement(role))
	}
	return list
}

// GrantPhones runs PhonesGrants for the role, and returns them. On SQLite, where there is no
// such role, and for one that owns the tables, it is invalid: of the user of a server that
// does everything it would take the rights that this one needs.
func (s *Store) GrantPhones(ctx context.Context, role string, print bool) (list []string, err error) {
	if s.dialect.name != postgresDialect.name {
		return nil, ztp.Invalid("database", "SQLite has no users: one process does everything on it. Only PostgreSQL serves a process for phones alone.")
	}
	err = s.inTx(ctx, func(t *Store) error {
		var schema string
		var there bool
		if err := t.tx.QueryRowContext(ctx, "SELECT current_schema(), EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)", role).Scan(&schema, &there); err != nil {
			return err
		}
		list = PhonesGrants(schema, role)
		if print {
			return nil
		}
		if !there {
			return ztp.Invalid("role", "PostgreSQL has no role of this name. Create it first: CREATE ROLE name LOGIN PASSWORD '…'.")
		}
		if err := ownsNothing(ctx, t.tx, role); err != nil {
			return err
		}
		for _, statement := range list {
			if _, err := t.tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// ownsNothing refuses a role that owns a table of the schema, could act as who does, or is a
// superuser. What is taken from it, it can give itself again.
func ownsNothing(ctx context.Context, tx *sql.Tx, role string) error {
	var owns bool
	err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND pg_has_role($1, tableowner, 'MEMBER'))", role).Scan(&owns)
	if err != nil {
		return err
	}
	if owns {
		return ztp.Invalid("role", "This user owns the tables or may do everything, as a server that does everything needs it. Make another one for servers of phones: CREATE ROLE name LOGIN PASSWORD '…'.")
	}
	return nil
}

// tooMuch finds a table of which a role may more than $1 says, as table/privilege/column
// with no column for a whole table; REFERENCES and the like count, too, and who could act as
// the table's owner may everything. A view counts as a table, since it reads with its owner's
// rights; what an extension has brought along, such as pg_stat_statements, is none of ours.
const tooMuch = `SELECT COALESCE(min(c.relname), '') FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
	WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
	AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
	AND (pg_has_role(c.relowner, 'MEMBER')
		OR EXISTS (SELECT 1 FROM unnest(ARRAY['DELETE', 'TRUNCATE', 'TRIGGER']) AS p
			WHERE has_table_privilege(c.oid, p) AND concat_ws('/', c.relname, p, '') <> ALL ($1))
		OR EXISTS (SELECT 1 FROM pg_attribute AS a, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) AS p
			WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, p)
			AND concat_ws('/', c.relname, p, '') <> ALL ($1) AND concat_ws('/', c.relname, p, a.attname) <> ALL ($1)))`

// rightsOnlyPhones refuses a role that may do anything of which nothing is granted, whoever
// has given it the right: with it the process would be as large a prize as any other. It
// refuses one that lacks a right, too, which would show only when a phone comes.
func rightsOnlyPhones(ctx context.Context, conn *sql.DB) error {
	var granted []string
	for _, g := range phonesGrants {
		g.each(func(privilege, column string) { granted = append(granted, g.table+"/"+privilege+"/"+column) })
	}
	var more string
	if err := conn.QueryRowContext(ctx, tooMuch, granted).Scan(&more); err != nil {
		return err
	}
	if more != "" {
		return &StartError{
			Reason: fmt.Sprintf("the database user may do something with the table %q that a process which serves phones alone must not", more),
			Remedy: "name in ZEROTOUCH_DATABASE a user of its own, with the rights that `zerotouch database grant-phones` gives and no other; what PUBLIC or another role gives it counts, too",
		}
	}
	if err := makesOnlyPhones(ctx, conn); err != nil {
		return err
	}
	return lacksOnlyPhones(ctx, conn)
}

// makesOnlyPhones refuses a role that may make something in the schema, which PUBLIC may in
// that of clusters from before PostgreSQL 15: a function of its own there, called like one of
// PostgreSQL, is run by every other process with the rights of that one.
func makesOnlyPhones(ctx context.Context, conn *sql.DB) error {
	var schema string
	var may bool
	err := conn.QueryRowContext(ctx, "SELECT current_schema(), has_schema_privilege(current_schema(), 'CREATE')").Scan(&schema, &may)
	if err == nil && may {
		err = &StartError{
			Reason: fmt.Sprintf("the database user may make tables and functions in the schema %q, and a process that serves phones alone must not", schema),
			Remedy: fmt.Sprintf("run, as who owns the schema: REVOKE CREATE ON SCHEMA %s FROM PUBLIC", quotedName(schema)),
		}
	}
	return err
}

// lacksOnlyPhones asks for all rights at once.
func lacksOnlyPhones(ctx context.Context, conn db.DBTX) error {
	table, err := lackedOf(ctx, conn, phonesGrants)
	if err == nil && table != "" {
		err = lacking(table)
	}
	return err
}

// lackedOf is a table to which the database user lacks one of these rights, "" when there
// is none. It reads the catalogue alone, and locks nothing.
func lackedOf(ctx context.Context, conn db.DBTX, grants []grant) (table string, err error) {
	var asked []string
	for _, g := range grants {
		g.each(func(privilege, column string) {
			if column == "" {
				asked = append(asked, fmt.Sprintf("('%s', has_table_privilege(to_regclass('%[1]s'), '%s'))", g.table, privilege))
			} else {
				asked = append(asked, fmt.Sprintf("('%s', has_column_privilege(to_regclass('%[1]s'), '%s', '%s'))", g.table, column, privilege))
			}
		})
	}
	err = conn.QueryRowContext(ctx, "SELECT name FROM (VALUES "+strings.Join(asked, ", ")+") AS v (name, may) WHERE may IS NOT TRUE LIMIT 1").Scan(&table)
	return table, none(err)
}
