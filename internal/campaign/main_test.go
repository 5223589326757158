package campaign_test

import (
	"context"
	"os"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
)

func TestMain(m *testing.M) {
	os.Exit(pgtest.Main(m, func(dsn string) error {
		s, err := sqlstore.Open(context.Background(), storetest.Options{}.Config(dsn))
		if err != nil {
			return err
		}
		return s.Close()
	}))
}
