// Package storetest supports tests that need a ztp.Store: Run is the behaviour
// that every store has to show, and SQLite is a quick real store for the tests of
// other packages. There is no store without a database anywhere.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore"
)

// Installation is the installation's name unless Options says otherwise.
const Installation = "test"

// Options are what a test may want to be different; the zero value is good.
type Options struct {
	// Installation is the name, "test" when empty.
	Installation string
	// Clock drives leases, due times and the end of sessions; nil is the real one.
	Clock func() time.Time
}

// Root is the root key of all stores of this package; it protects nothing.
func Root() *keyring.Root {
	root, err := keyring.ParseRoot([]byte("zerotouch-root-key-1:" + strings.Repeat("A", 43) + "="))
	if err != nil {
		panic(err)
	}
	return root
}

// RootKey is Root in the form that sqlstore.Config takes.
func RootKey(bool) (*keyring.Root, error) { return Root(), nil }

// Config is the configuration for the database that dsn names.
func (o Options) Config(dsn string) sqlstore.Config {
	if o.Installation == "" {
		o.Installation = Installation
	}
	return sqlstore.Config{
		DSN: dsn, RootKey: RootKey, Installation: o.Installation, Migrate: true,
		Clock: o.Clock, NoSync: true,
	}
}

// SQLite is a fresh, empty store in a temporary folder, closed with the test. It
// takes a few milliseconds.
func SQLite(t testing.TB) *sqlstore.Store { return SQLiteWith(t, Options{}) }

// SQLiteWith is SQLite with options.
func SQLiteWith(t testing.TB, o Options) *sqlstore.Store {
	t.Helper()
	return Open(t, File(t, o), o)
}

// Open opens a database file that File gave, as often as a test likes: that is how
// a new process finds what an old one left.
func Open(t testing.TB, path string, o Options) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(context.Background(), o.Config(path))
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// File is the path of a fresh, empty database that nobody has open.
func File(t testing.TB, o Options) string {
	t.Helper()
	text, err := templates.get(o)
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	path := filepath.Join(t.TempDir(), "zerotouch.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	return path
}

// templates are migrated databases by installation. Migrating takes some 50 ms and
// copying none, so each test binary migrates once.
var templates = templateCache{made: map[string][]byte{}}

type templateCache struct {
	sync.Mutex
	made map[string][]byte
}

func (c *templateCache) get(o Options) ([]byte, error) {
	cfg := o.Config("")
	c.Lock()
	defer c.Unlock()
	if text, ok := c.made[cfg.Installation]; ok {
		return text, nil
	}
	text, err := makeTemplate(cfg)
	if err == nil {
		c.made[cfg.Installation] = text
	}
	return text, err
}

func makeTemplate(cfg sqlstore.Config) (text []byte, err error) {
	dir, err := os.MkdirTemp("", "storetest")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg.DSN = filepath.Join(dir, "template.db")
	s, err := sqlstore.Open(context.Background(), cfg)
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, fmt.Errorf("close the template: %w", err)
	}
	return os.ReadFile(cfg.DSN) // closing has folded the journal into it
}
