package sqlstore_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// rooted is a configuration with the root key of a file.
func rooted(dsn, file string) sqlstore.Config {
	cfg := config(dsn)
	cfg.RootKey = sqlstore.KeyFile(file)
	return cfg
}

// mustMakeRoot makes a key file, as the command line does before it touches the
// database, or reads the one that is there.
func mustMakeRoot(t *testing.T, file string) *keyring.Root {
	t.Helper()
	key, err := sqlstore.KeyFile(file)(true)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// The root key goes from one file to another while two processes run. Killed after
// any step, the same command again goes on, and until the end both keys open.
func TestRootKey_ToAnotherFile(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		file := filepath.Join(t.TempDir(), "new.key")
		running := storetest.Open(t, dsn, storetest.Options{})
		filled(t, running)
		was := mustKeyStatus(t, running)
		wantRefused := func() {
			t.Helper()
			_, err := sqlstore.Open(ctx, rooted(dsn, file))
			wantStartError(t, err, ztp.CodeSealingKeyMismatch, "does not open")
		}

		mustMakeRoot(t, file) // killed here: a file that nothing hangs on
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		wantRefused()
		wantOpen(t, running, storetest.Open(t, dsn, storetest.Options{}))

		for range 2 { // killed after the commit, and again
			s := storetest.Open(t, dsn, storetest.Options{})
			if err := s.AddRootKey(ctx, root, sqlstore.NewRoot{File: sqlstore.KeyFile(file)}); err != nil {
				t.Fatal(err)
			}
			wantOpen(t, running, storetest.Open(t, dsn, storetest.Options{}), mustOpen(t, rooted(dsn, file)))
		}
		if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
			t.Errorf("the key file was written again: %v", err)
		}
		restarted := mustOpen(t, rooted(dsn, file))
		want := []sqlstore.RootKeyStatus{{ID: storetest.Root().ID()}, {ID: mustMakeRoot(t, file).ID(), Mine: true}}
		if diff := cmp.Diff(want, mustKeyStatus(t, restarted).Roots); diff != "" {
			t.Error(diff)
		}
		if _, err := restarted.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root}); !ztp.IsCode(err, ztp.CodeInUse) {
			t.Errorf("want no rotation meanwhile, got %v", err)
		}
		third := filepath.Join(t.TempDir(), "third.key")
		if err := running.AddRootKey(ctx, root, sqlstore.NewRoot{File: sqlstore.KeyFile(third)}); !ztp.IsCode(err, ztp.CodeInUse) {
			t.Errorf("want no third root key, got %v", err)
		}
		wantNoFile(t, third)

		if err := restarted.WithdrawRootKey(ctx, root); err != nil {
			t.Fatal(err)
		}
		if err := restarted.WithdrawRootKey(ctx, root); !ztp.IsCode(err, ztp.CodeNotFound) {
			t.Errorf("want nothing left to withdraw, got %v", err)
		}
		_, err = sqlstore.Open(ctx, config(dsn))
		wantStartError(t, err, ztp.CodeSealingKeyMismatch, "does not open")
		wantOpen(t, restarted, mustOpen(t, rooted(dsn, file)))
		if now := mustKeyStatus(t, restarted); now.Keys[0] != was.Keys[0] {
			t.Errorf("values were touched: %+v before, %+v now", was, now)
		}
		wantSteady(t, was, mustRotate(t, restarted))
		wantOpen(t, restarted)
		// A process that was not restarted says so, and does not take it for damage.
		_, _, err = running.SealedReseller(ctx, "snom")
		if !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) || ztp.AsError(err).Detail != "The root key was changed since this process started. Start it again with the new one." {
			t.Errorf("want it told to restart, got %v", err)
		}
	})
}

// Withdrawn with the old settings, the change is taken back.
func TestRootKey_TakenBack(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		file := filepath.Join(t.TempDir(), "new.key")
		s := storetest.Open(t, dsn, storetest.Options{})
		filled(t, s)
		if err := s.AddRootKey(ctx, root, sqlstore.NewRoot{File: sqlstore.KeyFile(file)}); err != nil {
			t.Fatal(err)
		}
		if err := s.WithdrawRootKey(ctx, root); err != nil {
			t.Fatal(err)
		}
		_, err := sqlstore.Open(ctx, rooted(dsn, file))
		wantStartError(t, err, ztp.CodeSealingKeyMismatch, "does not open")
		wantOpen(t, s, storetest.Open(t, dsn, storetest.Options{}))
		events, err := s.ListEvents(ctx, ztp.EventQuery{Limit: 2})
		if err != nil || len(events.Items) != 2 || events.Items[0].Action != "root_key.withdrawn" || events.Items[1].Action != "root_key.added" {
			t.Errorf("audit log: %+v, %v", events.Items, err)
		}
	})
}

func TestRootKey_Refused(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	if err := s.AddRootKey(ctx, root, sqlstore.NewRoot{File: storetest.RootKey}); !ztp.IsCode(err, ztp.CodeInvalid) {
		t.Errorf("want the key in use refused, got %v", err)
	}
	n := 0
	_, err := s.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root, Progress: func(sqlstore.KeyProgress) error {
		if n++; n == 2 {
			return errCrash
		}
		return nil
	}})
	if !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "new.key")
	if err := s.AddRootKey(ctx, root, sqlstore.NewRoot{File: sqlstore.KeyFile(other)}); !ztp.IsCode(err, ztp.CodeInUse) {
		t.Errorf("want it refused in the middle of a rotation, got %v", err)
	}
	wantNoFile(t, other)
}

// wantNoFile wants that what was refused left no key behind.
func wantNoFile(t *testing.T, file string) {
	t.Helper()
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s was made: %v", file, err)
	}
}
