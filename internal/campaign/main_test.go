package campaign_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"sync"
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

// reportMu keeps lines whole: tests run in parallel.
var reportMu sync.Mutex

// reportKilled adds a line to the report that docs/reliability.md is made from: each
// point is killed before and after.
func reportKilled(t *testing.T, operation string, points, passed int) {
	t.Helper()
	path := os.Getenv("ZEROTOUCH_TEST_REPORT")
	if path == "" {
		return
	}
	reportMu.Lock()
	defer reportMu.Unlock()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	line := struct {
		Operation string `json:"operation"`
		Engine    string `json:"engine"`
		Of        string `json:"of"`
		Points    int    `json:"points"`
		Cases     int    `json:"cases"`
		Passed    int    `json:"passed"`
	}{operation, "sqlite", "singles", points, 2 * points, passed}
	if err := errors.Join(json.NewEncoder(f).Encode(line), f.Close()); err != nil {
		t.Fatal(err)
	}
}
