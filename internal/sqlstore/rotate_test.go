package sqlstore_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

var (
	root     = ztp.Actor{Kind: ztp.ActorLocal, Name: "root", Role: ztp.SuperAdmin}
	errCrash = errors.New("killed here")
)

// onBoth runs a test on a database of each engine.
func onBoth(t *testing.T, test func(t *testing.T, dsn string)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, storetest.File(t, storetest.Options{}))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, pgtest.DSN(t))
	})
}

func mustRotate(t *testing.T, s *sqlstore.Store) sqlstore.KeyStatus {
	t.Helper()
	status, err := s.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root})
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func mustKeyStatus(t *testing.T, s *sqlstore.Store) sqlstore.KeyStatus {
	t.Helper()
	status, err := s.KeyStatus(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// wantOpen wants every value that filled has written to open, in every store.
func wantOpen(t *testing.T, stores ...*sqlstore.Store) {
	t.Helper()
	for _, s := range stores {
		wantFilled(t, s)
		for i := range 2 {
			p, err := s.Platform(ctx, fmt.Sprint("p", i))
			if err != nil {
				t.Fatal(err)
			}
			a, err := s.Account(ctx, p.ID, "main")
			if err != nil {
				t.Fatal(err)
			}
			if token, err := s.OpenToken(ctx, p.ID, a.ID, "t1"); err != nil || !token.Equal(ztp.NewSecret(provisionToken+fmt.Sprint(i))) {
				t.Errorf("provisioning token: %v", err)
			}
			if _, err := s.OpenCredential(ctx, p.ID, "snom", 1); err != nil {
				t.Errorf("credential: %v", err)
			}
		}
		if n, err := s.VerifyEvents(ctx); err != nil {
			t.Errorf("audit log after %d rows: %v", n, err)
		}
	}
}

// wantSteady wants one key under which all values are, and not one of before.
func wantSteady(t *testing.T, before, after sqlstore.KeyStatus) {
	t.Helper()
	if after.Phase != sqlstore.KeysSteady || len(after.Keys) != 1 || after.Lost != 0 {
		t.Fatalf("not finished: %+v", after)
	}
	if slices.ContainsFunc(before.Keys, func(k sqlstore.KeyCount) bool { return k.ID == after.Keys[0].ID }) {
		t.Errorf("the key %08x was not replaced", after.Keys[0].ID)
	}
}

// What filled writes, and the two values of the installation itself.
const filledValues = 4 + 2 + 2 + 2 + 2

func TestRotateKeys(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		filled(t, s)
		before := mustKeyStatus(t, s)
		after := mustRotate(t, s)
		wantSteady(t, before, after)
		if before.Keys[0].Values != filledValues || after.Keys[0].Values != filledValues {
			t.Errorf("want %d values before and after, got %+v and %+v", filledValues, before, after)
		}
		wantOpen(t, s, storetest.Open(t, dsn, storetest.Options{}))
		events, err := s.ListEvents(ctx, ztp.EventQuery{Limit: 3})
		if err != nil {
			t.Fatal(err)
		}
		name := func(k sqlstore.KeyStatus) string { return fmt.Sprintf("%08x", k.Keys[0].ID) }
		want := []string{
			"key.withdrawn " + name(before) + " 12 values under the key " + name(after) + ".", "key.promoted " + name(after) + " ", "key.added " + name(after) + " ",
		}
		var got []string
		for _, e := range events.Items {
			got = append(got, e.Action+" "+e.Target+" "+e.Detail)
			if e.Actor != "local:root" {
				t.Errorf("%s by %s", e.Action, e.Actor)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		var oldest int64
		if err := s.Raw().QueryRow("SELECT oldest FROM schema_compat").Scan(&oldest); err != nil || oldest != sqlstore.KeysetSchema {
			t.Errorf("programs that do not follow the keyset may still start: oldest schema %d, %v", oldest, err)
		}
	})
}

func TestRotateKeys_Viewer(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	before := mustKeyStatus(t, s)
	viewer := ztp.Actor{Kind: ztp.ActorUser, Name: "vic", Role: ztp.Viewer}
	_, err := s.RotateKeys(ctx, sqlstore.KeyRotation{Actor: viewer})
	if !ztp.IsCode(err, ztp.CodeNotAllowed) {
		t.Errorf("want not_allowed, got %v", err)
	}
	if err := s.AddRootKey(ctx, viewer, sqlstore.NewRoot{File: storetest.RootKey}); !ztp.IsCode(err, ztp.CodeNotAllowed) {
		t.Errorf("want not_allowed, got %v", err)
	}
	if err := s.WithdrawRootKey(ctx, viewer); !ztp.IsCode(err, ztp.CodeNotAllowed) {
		t.Errorf("want not_allowed, got %v", err)
	}
	if diff := cmp.Diff(before, mustKeyStatus(t, s)); diff != "" {
		t.Error(diff)
	}
	if events, err := s.ListEvents(ctx, ztp.EventQuery{Outcome: ztp.OutcomeRefused, Limit: 9}); err != nil || len(events.Items) != 3 {
		t.Errorf("want three refusals in the log, got %+v, %v", events.Items, err)
	}
}

// Killed after any commit, and before the first: the next process opens every
// value, so does one that was there all the time, and the next run finishes.
func TestRotateKeys_EveryCrashPoint(t *testing.T) {
	t.Parallel()
	for engine, fresh := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return storetest.File(t, storetest.Options{}) },
		"postgres": func(t *testing.T) string { return pgtest.DSN(t) },
	} {
		points := 0
		clean := storetest.Open(t, fresh(t), storetest.Options{})
		filled(t, clean)
		if _, err := clean.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root, Progress: func(sqlstore.KeyProgress) error { points++; return nil }}); err != nil {
			t.Fatal(err)
		}
		if want := 4 + 6; points != want { // a look in every phase and at the end; a commit per column
			t.Fatalf("%d points to stop at, want %d: is there a commit without one?", points, want)
		}
		for stop := 1; stop <= points; stop++ {
			t.Run(fmt.Sprint(engine, stop), func(t *testing.T) {
				t.Parallel()
				stoppedRotation(t, fresh(t), stop)
			})
		}
	}
}

func stoppedRotation(t *testing.T, dsn string, stop int) {
	t.Helper()
	replica := storetest.Open(t, dsn, storetest.Options{})
	filled(t, replica)
	before := mustKeyStatus(t, replica)
	killed := storetest.Open(t, dsn, storetest.Options{})
	n := 0
	_, err := killed.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root, Progress: func(sqlstore.KeyProgress) error {
		if n++; n == stop {
			return errCrash
		}
		return nil
	}})
	if !errors.Is(err, errCrash) {
		t.Fatalf("want it stopped, got %v", err)
	}
	if err := killed.Close(); err != nil {
		t.Fatal(err)
	}
	next := storetest.Open(t, dsn, storetest.Options{})
	wantOpen(t, next, replica)
	half := mustKeyStatus(t, next)
	// With the very first stop nothing had begun, with the last one all was done.
	if unfinished := half.Phase != sqlstore.KeysSteady; unfinished != (len(half.Keys) == 2) || half.Lost != 0 {
		t.Errorf("half way: %+v", half)
	}
	// A process that knows nothing of it writes, before and after the rest.
	late := ztp.APIKey{ID: "ck_late", Secret: ztp.NewSecret("late")}
	if err := replica.SetReseller(ctx, "late", late, noon); err != nil {
		t.Fatal(err)
	}
	after := mustRotate(t, next)
	wantSteady(t, before, after)
	if err := replica.SetReseller(ctx, "later", late, noon); err != nil {
		t.Fatal(err)
	}
	wantOpen(t, next, replica)
	for _, s := range []*sqlstore.Store{next, replica, storetest.Open(t, dsn, storetest.Options{})} {
		for _, v := range []ztp.VendorName{"late", "later"} {
			if _, _, err := s.SealedReseller(ctx, v); err != nil {
				t.Errorf("%s: %v", v, err)
			}
		}
	}
	if status := mustKeyStatus(t, next); len(status.Keys) != 1 || status.Lost != 0 || status.Keys[0].Values != filledValues+2 {
		t.Errorf("something was sealed with a key that is gone: %+v", status)
	}
}

// There is more than one page of values.
func TestRotateKeys_ManyValues(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	p, a := filled(t, s)
	const many = 230
	if err := s.Tx(ctx, func(tx ztp.Store) error {
		for i := range many {
			if err := tx.IssueToken(ctx, p[i%2], a[i%2], fmt.Sprint("many", i), ztp.NewSecret(fmt.Sprint("many-", i)), noon); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	before := mustKeyStatus(t, s)
	after := mustRotate(t, s)
	wantSteady(t, before, after)
	if after.Keys[0].Values != filledValues+many {
		t.Errorf("want %d values, got %+v", filledValues+many, after)
	}
	for i := range many {
		if token, err := s.OpenToken(ctx, p[i%2], a[i%2], fmt.Sprint("many", i)); err != nil || !token.Equal(ztp.NewSecret(fmt.Sprint("many-", i))) {
			t.Fatalf("token %d: %v", i, err)
		}
	}
}

// What was exchanged by hand does not become right by being sealed again.
func TestRotateKeys_ExchangedValues(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		p, _ := filled(t, s)
		before := mustKeyStatus(t, s)
		exchange := func() {
			mustExec(t, s.Raw(), fmt.Sprintf("CREATE TABLE kept AS SELECT number, sealed FROM credential WHERE platform_id = '%s'", p[0]))
			mustExec(t, s.Raw(), fmt.Sprintf("UPDATE credential SET sealed = (SELECT k.sealed FROM kept k WHERE k.number = 3 - credential.number) WHERE platform_id = '%s'", p[0]))
			mustExec(t, s.Raw(), "DROP TABLE kept")
		}
		exchange()
		for range 2 {
			_, err := s.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root})
			if !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) || !strings.Contains(ztp.AsError(err).Detail, "2 values do not open") ||
				!strings.Contains(ztp.AsError(err).Detail, string(p[0])) {
				t.Fatalf("want the two values named, got %v", err)
			}
		}
		half := mustKeyStatus(t, s)
		if half.Phase != sqlstore.KeysResealing || half.Keys[1].Values != 2 || half.Keys[0].Values != filledValues-2 {
			t.Errorf("want all but the two under the new key, got %+v", half)
		}
		for n := 1; n <= 2; n++ {
			if _, err := s.OpenCredential(ctx, p[0], "snom", n); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
				t.Errorf("credential %d opens in the other's place: %v", n, err)
			}
		}
		if _, err := s.OpenCredential(ctx, p[1], "snom", 1); err != nil {
			t.Error(err)
		}
		exchange()
		wantSteady(t, before, mustRotate(t, s))
		wantOpen(t, s)
	})
}

// Whoever adds a column of bytes says whether something sealed lies in it.
func TestSealedColumns_NoneIsForgotten(t *testing.T) {
	t.Parallel()
	notSealed := []string{"probe.filler", "session.data", "keyset.wrapped", "phones_keyset.wrapped", "keyset.root_sealed", "keyset_copy.wrapped", "keyset_copy.root_sealed"}
	want := slices.Sorted(slices.Values(append(sqlstore.SealedColumns(), notSealed...)))
	for engine, tc := range map[string]struct{ dsn, query string }{
		"sqlite": {storetest.File(t, storetest.Options{}), `SELECT m.name || '.' || c.name FROM sqlite_master m, pragma_table_info(m.name) c
			WHERE m.type = 'table' AND lower(c.type) = 'blob'`},
		"postgres": {pgtest.DSN(t), `SELECT table_name || '.' || column_name FROM information_schema.columns
			WHERE table_schema = current_schema() AND data_type = 'bytea'`},
	} {
		got := column(t, storetest.Open(t, tc.dsn, storetest.Options{}).Raw(), tc.query)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: add it to sealedColumns, or here if nothing in it is sealed:\n%s", engine, diff)
		}
	}
}

// The number in the code is that of the migration.
func TestKeysetSchema(t *testing.T) {
	t.Parallel()
	name := fmt.Sprintf("migrations/sqlite/%05d_key_rotation.sql", sqlstore.KeysetSchema)
	if _, err := fs.Stat(sqlstore.Migrations(), name); err != nil {
		t.Error(err)
	}
}
