package sqlstore_test

import (
	"context"
	"os"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m, migrated)) }

// migrated makes the database that pgtest clones for each test.
func migrated(dsn string) error {
	s, err := sqlstore.Open(context.Background(), storetest.Options{}.Config(dsn))
	if err != nil {
		return err
	}
	return s.Close()
}

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, clock func() time.Time) ztp.Store {
		return storetest.SQLiteWith(t, storetest.Options{Clock: clock})
	})
}

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T, clock func() time.Time) ztp.Store {
		o := storetest.Options{Clock: clock}
		return storetest.Open(t, pgtest.DSN(t), o)
	})
}
