package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// postgresConns is far below the server's usual 100, which replicas share.
	postgresConns = 16
	// postgresIdle is how long a connection is kept for the next request.
	postgresIdle = 5 * time.Minute
	// postgresIdling is how long a transaction may wait for its next statement: the locks
	// of a frozen process are gone long before its leases. Nothing else is ever waited for
	// in a transaction.
	postgresIdling = 15 * time.Second
	// connectTimeout is for a server that does not answer at all, where the connection
	// string has no connect_timeout.
	connectTimeout = 10 * time.Second
)

// passwordAstray reports a URL whose password holds a character that ends the part
// of a URL where it stands, so that the rest of it would be taken, and shown, for
// host, port or database.
func passwordAstray(dsn string) bool {
	u, err := url.Parse(dsn)
	return err == nil && u.User == nil && u.Host != "" && strings.Contains(dsn, "@")
}

func openPostgres(ctx context.Context, cfg Config) (_ *Store, err error) {
	parsed, err := pgx.ParseConfig(cfg.DSN)
	if err != nil {
		// pgx repeats the string in its error, with the password's place filled by
		// what it takes for one; so not a word of it.
		return nil, &StartError{Reason: "the PostgreSQL connection string cannot be read", Remedy: "write it as postgres://user@host/database"}
	}
	if passwordAstray(cfg.DSN) {
		return nil, &StartError{
			Reason: "the PostgreSQL connection string has an @ after host and port, so its password is taken for something else",
			Remedy: "write the characters / ? # @ : of user and password as %2F %3F %23 %40 %3A",
		}
	}
	if parsed.ConnectTimeout == 0 {
		parsed.ConnectTimeout = connectTimeout
	}
	if parsed.RuntimeParams["application_name"] == "" {
		parsed.RuntimeParams["application_name"] = "zerotouch"
	}
	connector := stdlib.GetConnector(*parsed, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error { return noIdling(ctx, c, parsed) }))
	conn := sql.OpenDB(renewing{connector})
	conn.SetMaxOpenConns(postgresConns)
	conn.SetMaxIdleConns(postgresConns)
	conn.SetConnMaxIdleTime(postgresIdle)
	s, err := storePostgres(ctx, conn, cfg)
	if err != nil {
		return nil, errors.Join(refusedByPostgres(parsed, err), conn.Close())
	}
	s.listen = listenPostgres(parsed)
	return s, nil
}

// noIdling has PostgreSQL end a connection that idles in a transaction: its process is
// frozen, and holds locks that every other replica needs. A setting of the connection
// string is kept. It is no start parameter, since a pooler in between may refuse those.
func noIdling(ctx context.Context, c *pgx.Conn, cfg *pgx.ConnConfig) error {
	const name = "idle_in_transaction_session_timeout"
	if cfg.RuntimeParams[name] != "" {
		return nil
	}
	_, err := c.Exec(ctx, fmt.Sprintf("SET %s = %d", name, postgresIdling.Milliseconds()))
	return err
}

func storePostgres(ctx context.Context, conn *sql.DB, cfg Config) (*Store, error) {
	begin := startPostgres
	if cfg.OnlyPhones {
		begin = startOnlyPhones
	}
	k, err := begin(ctx, conn, cfg)
	if err != nil {
		return nil, err
	}
	s := &Store{shared: newShared(cfg, postgresDialect, k)}
	s.write, s.read, s.elsewhere = conn, conn, &distantClock{}
	if _, err := s.time(ctx); err != nil || !cfg.Exclusive {
		return s, err
	}
	return s, s.noticePostgres(ctx, cfg)
}

// startPostgres applies the start rules. Several processes may be here at once:
// migrations have a lock of their own, and settle lets one create.
func startPostgres(ctx context.Context, conn *sql.DB, cfg Config) (k keys, err error) {
	f, err := inspectTogether(ctx, conn)
	if err != nil {
		return k, err
	}
	do, err := decide(f, cfg, postgresDialect.latest())
	if err != nil {
		return k, err
	}
	if !do.create {
		if k, err = openKeys(ctx, f, cfg); err != nil || !do.migrate {
			return k, err
		}
	} else if _, _, err := cfg.roots.fresh(ctx); err != nil {
		return k, noKey(err)
	}
	if do.migrate {
		if err := postgresDialect.migrate(ctx, conn, goose.NopLogger()); err != nil {
			return k, stuck(f.version, schemaVersion(ctx, conn), err)
		}
		cfg.Log.Info("database schema is up to date", "from", f.version, "to", postgresDialect.latest())
	}
	return settle(ctx, conn, postgresDialect, cfg)
}

// inspectTogether looks through one snapshot, so that a schema that another
// process is just making is seen as a whole or not at all.
func inspectTogether(ctx context.Context, conn *sql.DB) (found, error) {
	tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return found{}, err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return inspect(ctx, tx, postgresDialect)
}
