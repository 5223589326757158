package restapi_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/restapi"
)

var update = flag.Bool("update", false, "write docs/openapi.json anew")

// TestDocument keeps docs/openapi.json equal to what the code serves, so that a
// change of the API shows as a diff.
func TestDocument(t *testing.T) {
	t.Parallel()
	file := filepath.Join("..", "..", "docs", "openapi.json")
	got := restapi.Document(restapi.Config{Control: control.New(control.Config{})})
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("docs/openapi.json is not what the code makes; run go test ./internal/restapi -run TestDocument -update\n%s", cmp.Diff(string(want), string(got)))
	}
}
