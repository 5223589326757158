package sqlstore_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

func config(dsn string) sqlstore.Config { return storetest.Options{}.Config(dsn) }

func mustOpen(t *testing.T, cfg sqlstore.Config) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// otherKey is a key that no database here began with.
func otherKey(bool) (*keyring.Root, error) {
	return keyring.ParseRoot([]byte("zerotouch-root-key-1:" + strings.Repeat("B", 42) + "A="))
}

func noKey(bool) (*keyring.Root, error) { return nil, fmt.Errorf("key file: %w", fs.ErrNotExist) }

// wantStartError wants a refusal that says all the words, and the code if one is given.
func wantStartError(t *testing.T, err error, code ztp.Code, words ...string) {
	t.Helper()
	var refused *sqlstore.StartError
	if !errors.As(err, &refused) || refused.Reason == "" || refused.Remedy == "" {
		t.Fatalf("want a StartError with a remedy, got %v", err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("want %q in: %v", word, err)
		}
	}
	if code != "" && !ztp.IsCode(err, code) {
		t.Errorf("want code %s, got %v", code, err)
	}
}

// refusals are the starts that both engines refuse on a database of "test".
var refusals = map[string]struct {
	prepare string // SQL on the database before the start
	change  func(*sqlstore.Config)
	code    ztp.Code
	words   []string
}{
	"other installation": {
		change: func(c *sqlstore.Config) { c.Installation = "staging" },
		words:  []string{`"test"`, `"staging"`},
	},
	"other key":   {change: func(c *sqlstore.Config) { c.RootKey = otherKey }, code: ztp.CodeSealingKeyMismatch, words: []string{"does not open"}},
	"missing key": {change: func(c *sqlstore.Config) { c.RootKey = noKey }, code: ztp.CodeSealingKeyMismatch, words: []string{"missing"}},
	"damaged keyset": {
		prepare: "UPDATE keyset SET wrapped = (SELECT canary FROM installation)", code: ztp.CodeSealingKeyMismatch,
	},
	"canary of another database": {
		prepare: "UPDATE installation SET canary = audit_key", code: ztp.CodeSealingKeyMismatch,
	},
	"renamed behind our back": {
		prepare: "UPDATE installation SET name = 'staging'",
		change:  func(c *sqlstore.Config) { c.Installation = "staging" }, code: ztp.CodeSealingKeyMismatch,
	},
	"tables without a version": {
		prepare: "DELETE FROM goose_db_version WHERE version_id > 0", words: []string{"another program"},
	},
	"newer schema": {
		prepare: "INSERT INTO goose_db_version (version_id, is_applied) VALUES (77, TRUE); UPDATE schema_compat SET oldest = 70",
		words:   []string{"77", "70", fmt.Sprint(sqlstore.SchemaVersion())},
	},
	"bad name": {change: func(c *sqlstore.Config) { c.Installation = "No Such" }, words: []string{"installation name"}},
}

func TestStart_SQLiteRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := storetest.File(t, storetest.Options{})
			prepare(t, "sqlite", path, tc.prepare)
			before := sums(snapshot(t, filepath.Dir(path)))
			cfg := config(path)
			if tc.change != nil {
				tc.change(&cfg)
			}
			for _, exclusive := range []bool{false, true} {
				cfg.Exclusive = exclusive
				_, err := sqlstore.Open(context.Background(), cfg)
				wantStartError(t, err, tc.code, tc.words...)
			}
			if diff := cmp.Diff(before, sums(snapshot(t, filepath.Dir(path)))); diff != "" {
				t.Errorf("a refused start changed something:\n%s", diff)
			}
		})
	}
}

func TestStart_PostgresRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := pgtest.DSN(t)
			prepare(t, "pgx", dsn, tc.prepare)
			cfg := config(dsn)
			if tc.change != nil {
				tc.change(&cfg)
			}
			_, err := sqlstore.Open(context.Background(), cfg)
			wantStartError(t, err, tc.code, tc.words...)
		})
	}
}

func prepare(t *testing.T, driver, dsn, statements string) {
	t.Helper()
	conn, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	for s := range strings.SplitSeq(statements, ";") {
		if _, err := conn.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
}

// snapshot is every file of a folder with its content.
func snapshot(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// The rules about versions, with programs that there are not yet.
func TestStart_Versions(t *testing.T) {
	t.Parallel()
	const name = "test"
	for what, tc := range map[string]struct {
		version, oldest, build int64
		installation           string
		migrate                bool
		want                   sqlstore.Todo
		words                  []string
	}{
		"nothing there":             {build: 3, want: sqlstore.Todo{Create: true, Migrate: true}},
		"first start cut short":     {version: 3, oldest: 1, build: 3, want: sqlstore.Todo{Create: true}},
		"up to date":                {version: 3, oldest: 1, build: 3, installation: name},
		"older, to be migrated":     {version: 2, oldest: 1, build: 3, installation: name, migrate: true, want: sqlstore.Todo{Migrate: true}},
		"older, not to be migrated": {version: 2, oldest: 1, build: 3, installation: name, words: []string{"version 2", "version 3", "migrate"}},
		"newer, we may":             {version: 5, oldest: 3, build: 3, installation: name},
		"newer, we may not":         {version: 5, oldest: 4, build: 3, installation: name, migrate: true, words: []string{"version 5", "version 3", "at least 4"}},
		"older, of another name":    {version: 2, oldest: 1, build: 3, installation: "other", migrate: true, words: []string{`"other"`}},
	} {
		got, err := sqlstore.Decide(tc.version, tc.oldest, tc.installation, sqlstore.Config{Installation: name, Migrate: tc.migrate}, tc.build)
		if tc.words != nil {
			t.Run(what, func(t *testing.T) { wantStartError(t, err, "", tc.words...) })
			continue
		}
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", what, err, diff)
		}
	}
}

// sums is what of a snapshot is compared; byte by byte it takes seconds.
func sums(files map[string][]byte) map[string]string {
	out := map[string]string{}
	for name, text := range files {
		out[name] = fmt.Sprintf("%x", sha256.Sum256(text))
	}
	return out
}

// A newer program has migrated and says that ours may go on: a rolling upgrade.
func TestStart_NewerSchemaThatAllowsUs(t *testing.T) {
	t.Parallel()
	newer := fmt.Sprintf("INSERT INTO goose_db_version (version_id, is_applied) VALUES (%d, TRUE); ALTER TABLE platform ADD COLUMN colour text", sqlstore.SchemaVersion()+1)
	for driver, dsn := range map[string]string{"sqlite": storetest.File(t, storetest.Options{}), "pgx": pgtest.DSN(t)} {
		prepare(t, driver, dsn, newer)
		s := mustOpen(t, config(dsn))
		if _, err := s.ListPlatforms(context.Background(), ztp.PlatformQuery{}); err != nil {
			t.Errorf("%s: %v", driver, err)
		}
	}
}

func TestStart_OtherFiles(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		make  func(t *testing.T, path string)
		words []string
	}{
		"not a database": {
			func(t *testing.T, path string) { mustWrite(t, path, bytes.Repeat([]byte("hello "), 500)) }, []string{"cannot be read as a database"},
		},
		"another program's": {
			func(t *testing.T, path string) { prepare(t, "sqlite", path, "CREATE TABLE customer (id INTEGER)") }, []string{"another program"},
		},
		"a folder": {
			func(t *testing.T, path string) {
				if err := os.Mkdir(path, 0o700); err != nil {
					t.Fatal(err)
				}
			}, []string{"is a folder", "zerotouch.db"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x.db")
			tc.make(t, path)
			_, err := sqlstore.Open(context.Background(), config(path))
			wantStartError(t, err, "", tc.words...)
		})
	}
	_, err := sqlstore.Open(context.Background(), config(""))
	wantStartError(t, err, "")
}

func mustWrite(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// The first start makes folder, key and database, for their owner's eyes only.
func TestStart_Fresh(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "da ta%20?#ü", "zerotouch-data")
	cfg := config(filepath.Join(dir, "zerotouch.db"))
	cfg.RootKey = sqlstore.KeyFile(filepath.Join(dir, "zerotouch.key"))
	cfg.Exclusive = true
	s := mustOpen(t, cfg)
	if err := s.SetReseller(context.Background(), "snom", ztp.APIKey{ID: "k", Secret: ztp.NewSecret("s")}, noon); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]fs.FileMode{".": 0o700, "zerotouch.db": 0o600, "zerotouch.db-wal": 0o600, "zerotouch.key": 0o600, "zerotouch.db.lock": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm() != mode {
			t.Errorf("%s: want mode %o, got %o", name, mode, info.Mode().Perm())
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := mustOpen(t, cfg)
	if _, _, err := again.SealedReseller(context.Background(), "snom"); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "zerotouch.key")); err != nil {
		t.Fatal(err)
	}
	_, err := sqlstore.Open(context.Background(), cfg)
	wantStartError(t, err, ztp.CodeSealingKeyMismatch, "missing")
	if _, err := os.Stat(filepath.Join(dir, "zerotouch.key")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a new key was made for a database that another key sealed")
	}
}

// A key that cannot be made leaves no database behind that would ask for it.
func TestStart_FreshWithoutAKey(t *testing.T) {
	t.Parallel()
	cfg := config(filepath.Join(t.TempDir(), "zerotouch.db"))
	cfg.RootKey = noKey
	_, err := sqlstore.Open(context.Background(), cfg)
	wantStartError(t, err, "", "key")
	cfg.RootKey = storetest.RootKey
	mustOpen(t, cfg)
}

func TestStart_SecondWorkerIsRefused(t *testing.T) {
	t.Parallel()
	path := storetest.File(t, storetest.Options{})
	cfg := config(path)
	cfg.Exclusive = true
	first := mustOpen(t, cfg)
	_, err := sqlstore.Open(context.Background(), cfg)
	wantStartError(t, err, "", fmt.Sprint(os.Getpid()), "stop that one")
	beside := mustOpen(t, config(path)) // a local verb needs no lock
	if err := beside.PinAccount(context.Background(), "snom", "c1"); err != nil {
		t.Error(err)
	}
	if got, err := first.PinnedAccount(context.Background(), "snom"); err != nil || got != "c1" {
		t.Errorf("want what the local verb wrote, got %q, %v", got, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	mustOpen(t, cfg)
}

// The lock proves that whoever held it is gone, so what it was working on is due at
// once, and it is not after a local verb has been there.
func TestStart_EndsTheLeasesOfAKilledWorker(t *testing.T) {
	t.Parallel()
	path := storetest.File(t, storetest.Options{})
	cfg := config(path)
	cfg.Exclusive = true
	killed := mustOpen(t, cfg)
	p := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: "acme", Name: "Acme", CreatedAt: noon, UpdatedAt: noon}
	err := errors.Join(killed.CreatePlatform(ctx, p), killed.CreateOperation(ctx, ztp.Operation{
		ID: "op", Kind: ztp.KindRotate, Platform: p.ID, Vendor: "snom", State: ztp.OperationQueued, HoldsLink: true,
		Steps: ztp.StepsOf(ztp.KindRotate, ztp.OperationParams{}), Actor: ztp.System("test"), CreatedAt: noon, UpdatedAt: noon,
	}))
	if err != nil {
		t.Fatal(err)
	}
	lost, err := killed.ClaimOperation(ctx, "killed", time.Hour, ztp.ClaimAny)
	if err != nil {
		t.Fatal(err)
	}
	beside := mustOpen(t, config(path))
	if _, err := beside.ClaimOperation(ctx, "local verb", time.Hour, ztp.ClaimAny); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("want nothing due beside the worker, got %v", err)
	}
	if err := killed.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := mustOpen(t, cfg).ClaimOperation(ctx, "next", time.Hour, ztp.ClaimAny)
	if err != nil {
		t.Fatal(err)
	}
	if want := lost.Fence + 1; got.ID != lost.ID || got.Fence != want {
		t.Errorf("want operation %s with fence %d, got %s with %d", lost.ID, want, got.ID, got.Fence)
	}
}

// Ten processes find nothing and all want to create: one does, all can work.
func TestStart_ManyAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	empty := pgtest.DSN(t)
	prepare(t, "pgx", empty, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
	for engine, dsn := range map[string]string{"sqlite": filepath.Join(dir, "zerotouch.db"), "postgres": empty} {
		t.Run(engine, func(t *testing.T) {
			cfg := config(dsn)
			cfg.RootKey = sqlstore.KeyFile(filepath.Join(dir, engine+".key"))
			var wg sync.WaitGroup
			stores := make([]*sqlstore.Store, 6)
			for i := range stores {
				wg.Go(func() {
					s, err := sqlstore.Open(context.Background(), cfg)
					if err != nil {
						t.Error(err)
						return
					}
					stores[i] = s
				})
			}
			wg.Wait()
			for i, s := range stores {
				if s == nil {
					continue
				}
				if err := s.AppendEvent(context.Background(), ztp.Event{At: noon, Action: fmt.Sprint(i), Outcome: ztp.OutcomeOK}); err != nil {
					t.Error(err)
				}
				if n, err := s.VerifyEvents(context.Background()); err != nil || n != int64(i+1) {
					t.Errorf("%d: %d, %v", i, n, err) // they share one key and one chain
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A first start that died between the schema and its own row goes on the next time.
func TestStart_CutShort(t *testing.T) {
	t.Parallel()
	for driver, dsn := range map[string]string{"sqlite": storetest.File(t, storetest.Options{}), "pgx": pgtest.DSN(t)} {
		prepare(t, driver, dsn, "DELETE FROM installation; DELETE FROM keyset")
		s := mustOpen(t, config(dsn))
		if name, err := s.Installation(context.Background()); err != nil || name != "test" {
			t.Errorf("%s: %q, %v", driver, name, err)
		}
	}
}

func TestStart_AnotherOwner(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		// Only root can give a file away; for others, a file that root owns will do.
		_, err := sqlstore.Open(context.Background(), config("/etc/hosts"))
		wantStartError(t, err, "", "belongs to the user id 0")
		return
	}
	path := storetest.File(t, storetest.Options{})
	for _, p := range []string{path, filepath.Dir(path)} {
		if err := os.Chown(p, 12345, -1); err != nil {
			t.Fatal(err)
		}
		_, err := sqlstore.Open(context.Background(), config(path))
		wantStartError(t, err, "", "12345", "as that user")
		if err := os.Chown(p, 0, -1); err != nil {
			t.Fatal(err)
		}
	}
	mustOpen(t, config(path))
}

func TestStart_PostgresErrorsKeepThePassword(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://ztp:hunter22@127.0.0.1:1/none?connect_timeout=1&sslmode=disable",
		"postgres://ztp:hunter22@[broken/none", "host=127.0.0.1 port=1 user=ztp password=hunter22 connect_timeout=1 sslmode=nonsense",
	} {
		_, err := sqlstore.Open(context.Background(), config(dsn))
		wantStartError(t, err, "", "PostgreSQL")
		if strings.Contains(err.Error(), "hunter22") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}
