package sqlstore_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// steps is a clock that a test moves.
type steps struct{ ms atomic.Int64 }

func (c *steps) now() time.Time          { return noon.Add(time.Duration(c.ms.Load()) * time.Millisecond) }
func (c *steps) advance(d time.Duration) { c.ms.Add(d.Milliseconds()) }

// full makes the database as large as it may get.
func full(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	var pages int
	if err := s.Raw().QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Raw(), fmt.Sprint("PRAGMA max_page_count = ", pages))
}

// write writes until the database takes no more, or a hundred rows.
func write(s *sqlstore.Store) error {
	for range 100 {
		if err := s.AppendEvent(ctx, ztp.Event{At: noon, Action: "x", Outcome: ztp.OutcomeOK, Detail: strings.Repeat("x", 300)}); err != nil {
			return err
		}
	}
	return nil
}

// A full disk shows, in the error and in Ready, from the first write that failed
// until the database has room again; an operation goes on then, and no earlier.
func TestReady_FullDisk(t *testing.T) {
	t.Parallel()
	clock := &steps{}
	s := storetest.SQLiteWith(t, storetest.Options{Clock: clock.now})
	if err := s.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	op := claimed(t, s)
	full(t, s)
	err := write(s)
	if e := ztp.AsError(err); e.Code != ztp.CodeDatabaseUnavailable || !strings.Contains(e.Detail, "takes no writes") {
		t.Fatalf("want an error that says so, got %v", err)
	}
	for range 3 {
		if err := s.Ready(ctx); err == nil {
			t.Error("ready, though nothing can be written")
		}
		if err := s.ReturnOperation(ctx, op.ID, op.Fence); err == nil {
			t.Error("an operation is returned to fail again")
		}
		clock.advance(6 * time.Second)
	}
	mustExec(t, s.Raw(), "PRAGMA max_page_count = 1000000")
	clock.advance(6 * time.Second)
	if err := s.Ready(ctx); err != nil {
		t.Errorf("not ready again: %v", err)
	}
	if err := errors.Join(write(s), s.ReturnOperation(ctx, op.ID, op.Fence)); err != nil {
		t.Error(err)
	}
}

// claimed is an operation that is running.
func claimed(t *testing.T, s *sqlstore.Store) ztp.Operation {
	t.Helper()
	p := ztp.Platform{ID: "p", Slug: "acme", Name: "Acme", CreatedAt: noon, UpdatedAt: noon}
	o := ztp.Operation{ID: "o", Kind: ztp.KindOnboard, Platform: p.ID, Vendor: "snom", State: ztp.OperationQueued, CreatedAt: noon, UpdatedAt: noon}
	if err := errors.Join(s.CreatePlatform(ctx, p), s.CreateOperation(ctx, o)); err != nil {
		t.Fatal(err)
	}
	o, err := s.ClaimOperation(ctx, "w", time.Minute, ztp.ClaimAny)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// However often somebody asks, the disk is written to at most every few seconds.
func TestReady_IsRare(t *testing.T) {
	t.Parallel()
	clock := &steps{}
	path := storetest.File(t, storetest.Options{})
	s := storetest.Open(t, path, storetest.Options{Clock: clock.now})
	written := func() int64 {
		t.Helper()
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	ask := func() {
		t.Helper()
		for range 100 {
			if err := s.Ready(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	ask()
	first := written()
	ask()
	if again := written(); again != first || first == 0 {
		t.Errorf("want one write, got %d bytes, then %d", first, again)
	}
	clock.advance(6 * time.Second)
	ask()
	if later := written(); later <= first || later > first+16<<10 {
		t.Errorf("want one small write more, got %d bytes, then %d", first, later)
	}
}

// A database that somebody has made read-only answers, and is not ready.
func TestReady_ReadOnlyPostgres(t *testing.T) {
	t.Parallel()
	clock := &steps{}
	dsn := pgtest.DSN(t)
	s := storetest.Open(t, dsn, storetest.Options{Clock: clock.now})
	if err := s.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	var name string
	if err := s.Raw().QueryRow("SELECT current_database()").Scan(&name); err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Raw(), "ALTER DATABASE "+name+" SET default_transaction_read_only = on")
	s.Raw().SetMaxIdleConns(0) // connections from before do not know of it
	clock.advance(6 * time.Second)
	if err := s.Ready(ctx); err == nil {
		t.Error("ready, though it is read-only")
	}
}

// A database whose user has lost a right that serving needs answers and takes writes, and is not
// ready until the right is there again; of a server of phones alone likewise.
func TestReady_LostRights(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	owner := storetest.Open(t, dsn, storetest.Options{})
	mustSplit(t, owner)
	mustExec(t, owner.Raw(), "REVOKE USAGE ON SCHEMA public FROM PUBLIC")
	user, as := phonesRole(t, owner, dsn)
	mustExec(t, owner.Raw(), fmt.Sprintf(`GRANT USAGE ON SCHEMA public TO "%[1]s"; GRANT ALL ON ALL TABLES IN SCHEMA public TO "%[1]s"; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO "%[1]s"`, user))
	apart, asPhones := phonesRole(t, owner, dsn)
	if _, err := owner.GrantPhones(ctx, apart, false); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		user  string
		cfg   sqlstore.Config
		loses []string
	}{
		"everything":   {user, config(as), []string{"SELECT ON endpoint", "SELECT ON setting", "SELECT ON session", "INSERT ON event", "USAGE ON SCHEMA public"}},
		"phones alone": {apart, onlyPhones(t, owner, asPhones), []string{"SELECT ON endpoint", "UPDATE (fetched_at) ON endpoint", "INSERT ON phone_fetch"}},
	} {
		clock := &steps{}
		tc.cfg.Clock, tc.cfg.Migrate = clock.now, false
		s := mustOpen(t, tc.cfg)
		ready := func(want bool, when string) {
			t.Helper()
			clock.advance(6 * time.Second)
			for range 3 {
				if err := s.Ready(ctx); (err == nil) != want {
					t.Errorf("%s, %s: ready says %v", name, when, err)
				}
			}
		}
		ready(true, "at the start")
		for _, right := range tc.loses {
			mustExec(t, owner.Raw(), fmt.Sprintf(`REVOKE %s FROM %q`, right, tc.user))
			ready(false, "without "+right)
			mustExec(t, owner.Raw(), fmt.Sprintf(`GRANT %s TO %q`, right, tc.user))
			ready(true, "with "+right+" again")
		}
	}
}
