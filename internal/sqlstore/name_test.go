package sqlstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
)

// A second server is refused under whatever name it knows the file.
func TestOpenByAnotherName(t *testing.T) {
	t.Parallel()
	for name, link := range map[string]func(old, other string) error{"SymbolicLink": os.Symlink, "HardLink": os.Link} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := storetest.File(t, storetest.Options{})
			cfg := storetest.Options{}.Config(path)
			cfg.Exclusive = true
			first, err := sqlstore.Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = first.Close() })
			cfg.DSN = filepath.Join(t.TempDir(), "other.db")
			if err := link(path, cfg.DSN); err != nil {
				t.Fatal(err)
			}
			second, err := sqlstore.Open(t.Context(), cfg)
			var refused *sqlstore.StartError
			if !errors.As(err, &refused) {
				t.Errorf("opened beside the first: %v", err)
				if second != nil {
					_ = second.Close()
				}
			}
		})
	}
}
