package sqlstore_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// SQLite looks at a parameter that is a LIMIT by itself when it plans, and so parses the
// statement anew whenever it is given, however it is kept. Within a CAST it does not look.
func TestSQLite_LimitsAreNotPlannedFor(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("queries/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no queries", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "LIMIT sqlc.arg(") {
			t.Errorf("%s: write LIMIT CAST(sqlc.arg(…) AS bigint)", file)
		}
	}
}
