package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:generate sqlc generate

//go:embed migrations
var migrations embed.FS

func (d dialect) migrations() fs.FS {
	sub, err := fs.Sub(migrations, "migrations/"+d.name)
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// SchemaVersion is the version that this program's migrations lead to.
func SchemaVersion() int64 { return sqliteDialect.latest() }

func (d dialect) latest() (latest int64) {
	names, err := fs.Glob(d.migrations(), "*.sql")
	if err != nil {
		panic(err) // the pattern is good
	}
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		v, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			panic("sqlstore: migration without a number: " + name)
		}
		latest = max(latest, v)
	}
	return latest
}

// migrate brings the schema to this program's version, one transaction for each
// step. On PostgreSQL several processes may come here at once: one works, the
// others wait for it.
func (d dialect) migrate(ctx context.Context, conn *sql.DB, log goose.Logger) error {
	options := []goose.ProviderOption{goose.WithLogger(log), goose.WithDisableGlobalRegistry(true)}
	if d.goose == goose.DialectPostgres {
		options = append(options, goose.WithSessionLocker(advisoryLock{}))
	}
	provider, err := goose.NewProvider(d.goose, conn, d.migrations(), options...)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return nil
}

// advisoryLock waits in the database for its turn. Goose's own asks every five
// seconds, which each further replica would add to the start.
type advisoryLock struct{}

var _ lock.SessionLocker = advisoryLock{}

func (advisoryLock) SessionLock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lock.DefaultLockID)
	return err
}

func (advisoryLock) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", lock.DefaultLockID)
	return err
}
