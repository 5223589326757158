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

// reported is a line of the report that docs/reliability.md is made from.
type reported struct {
	Operation string `json:"operation"`
	Engine    string `json:"engine"`
	Of        string `json:"of"` // singles or pairs
	Points    int    `json:"points"`
	Cases     int    `json:"cases"`
	Passed    int    `json:"passed"`
}

// report says what was run, and adds it to the report.
func report(t *testing.T, line reported) {
	t.Helper()
	t.Logf("%s on %s, %s: %d points, %d of %d cases passed", line.Operation, line.Engine, line.Of, line.Points, line.Passed, line.Cases)
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
	if err := errors.Join(json.NewEncoder(f).Encode(line), f.Close()); err != nil {
		t.Fatal(err)
	}
}
