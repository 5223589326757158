package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/ztp"
)

// linked holds a link that is onboarding and says so in the audit log.
func linked(t *testing.T, s *sqlstore.Store, slug string) ztp.PlatformID {
	t.Helper()
	p := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: slug, Name: slug, CreatedAt: noon, UpdatedAt: noon}
	err := s.Tx(ctx, func(s ztp.Store) error {
		return errors.Join(s.CreatePlatform(ctx, p),
			s.SaveLink(ctx, ztp.Link{Platform: p.ID, Vendor: "snom", State: ztp.LinkOnboarding, Nonce: ztp.NewNonce(), NextCredential: 1, UpdatedAt: noon}),
			s.AppendEvent(ctx, ztp.Event{At: noon, Actor: "ada", Action: "platform.created", Target: slug, Outcome: ztp.OutcomeOK}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func mustLink(t *testing.T, s *sqlstore.Store, p ztp.PlatformID) ztp.Link {
	t.Helper()
	l, err := s.Link(ctx, p, "snom")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func wantRestored(t *testing.T, s *sqlstore.Store, p ztp.PlatformID, want bool) {
	t.Helper()
	if l := mustLink(t, s, p); l.RestoredAt.IsZero() == want {
		t.Errorf("restored: want %v, the link is %+v", want, l)
	}
	page, err := s.ListEvents(ctx, ztp.EventQuery{Action: "database.restored"})
	if err != nil || (len(page.Items) > 0) != want {
		t.Errorf("restored: want %v, the audit log says %v %v", want, page.Items, err)
	}
	if _, err := s.VerifyEvents(ctx); err != nil {
		t.Error(err)
	}
}

// exclusive is the configuration of a server.
func exclusive(path string) sqlstore.Config {
	cfg := config(path)
	cfg.Exclusive = true
	return cfg
}

// A backup beside a writing server holds whole transactions, nothing that opens
// it, and takes nobody's name.
func TestBackUp_BesideAServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "zerotouch.db")
	s := mustOpen(t, exclusive(path))
	filled(t, s)
	ctx, stop := context.WithCancel(ctx)
	var writing sync.WaitGroup
	writing.Go(func() {
		for ctx.Err() == nil {
			_ = s.AppendEvent(ctx, ztp.Event{At: noon, Actor: "ada", Action: "x", Outcome: ztp.OutcomeOK})
		}
	})
	to := filepath.Join(dir, "backup.db")
	b, err := sqlstore.BackUp(ctx, config(path), to)
	stop()
	writing.Wait()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(to)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != b.Size || b.Installation != "test" || b.Version != sqlstore.SchemaVersion() {
		t.Errorf("backup: %+v %v %v", b, info.Mode(), err)
	}
	text, err := os.ReadFile(to)
	if err != nil || bytes.Contains(text, []byte(strings.Repeat("A", 43))) {
		t.Errorf("the root key is in the backup (%v)", err)
	}
	wantUnreadable(t, to, text)
	_, err = sqlstore.BackUp(context.Background(), config(path), to)
	wantStartError(t, err, "", "is there already")
	if again, _ := os.ReadFile(to); !bytes.Equal(text, again) {
		t.Error("a backup was overwritten")
	}
	if left, _ := filepath.Glob(to + ".part*"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	copied := mustOpen(t, config(to))
	wantUnproven(t, copied)
	if _, err := copied.VerifyEvents(context.Background()); err != nil {
		t.Error(err)
	}
}

// wantUnproven wants everything of filled to open, and nothing to be marked: a
// backup is a copy.
func wantUnproven(t *testing.T, s *sqlstore.Store) {
	t.Helper()
	wantFilled(t, s)
	links, err := s.ListLinks(context.Background(), "", "")
	if err != nil || len(links) != 2 || !links[0].RestoredAt.IsZero() {
		t.Errorf("links %+v, %v", links, err)
	}
}

func TestBackUp_Refuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "zerotouch.db")
	mustOpen(t, config(path))
	for name, c := range map[string]struct {
		change func(*sqlstore.Config)
		to     string
		words  string
	}{
		"other key":          {change: func(c *sqlstore.Config) { c.RootKey = otherKey }, words: "does not open"},
		"other installation": {change: func(c *sqlstore.Config) { c.Installation = "staging" }, words: "belongs to"},
		"no database":        {change: func(c *sqlstore.Config) { c.DSN += "x" }, words: "no database"},
		"postgres":           {change: func(c *sqlstore.Config) { c.DSN = "postgres://localhost/x" }, words: "pg_dump"},
	} {
		cfg, to := config(path), filepath.Join(dir, "to.db")
		c.change(&cfg)
		_, err := sqlstore.BackUp(ctx, cfg, to)
		wantStartError(t, err, "", c.words)
		if _, err := os.Stat(to); err == nil {
			t.Errorf("%s: a file was made", name)
		}
	}
	if _, err := sqlstore.BackUp(ctx, config(path), filepath.Join(dir, "nowhere", "to.db")); err == nil {
		t.Error("a folder that is not there was made")
	}
}

// An older schema is copied as it is: a backup comes before a migration.
func TestBackUp_OlderSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "zerotouch.db"), filepath.Join(dir, "backup.db")
	old, err := os.ReadFile("testdata/sqlite-00001.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	mustExec(t, conn, string(old))
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := config(path)
	cfg.Migrate = false
	b, err := sqlstore.BackUp(ctx, cfg, to)
	if err != nil || b.Version != 1 {
		t.Fatalf("%+v, %v", b, err)
	}
	// It is brought up to date when it is restored, and the file itself stays old.
	if _, err := sqlstore.Restore(ctx, cfg, to, root); err != nil {
		t.Fatal(err)
	}
	if key, _, err := mustOpen(t, cfg).SealedReseller(ctx, "snom"); err != nil || !key.Secret.Equal(ztp.NewSecret(resellerSecret)) {
		t.Errorf("reseller credential: %v", err)
	}
}

func TestRestore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "zerotouch.db"), filepath.Join(dir, "backup.db")
	s := mustOpen(t, exclusive(path))
	before := linked(t, s, "before")
	if _, err := sqlstore.BackUp(ctx, config(path), to); err != nil {
		t.Fatal(err)
	}
	since := linked(t, s, "since")

	_, err := sqlstore.Restore(ctx, config(path), to, root)
	wantStartError(t, err, "", "works on this database already")
	// Killed: its journal is not folded in.
	killed := filepath.Join(t.TempDir(), "killed.db")
	for _, end := range []string{"", "-wal"} {
		text, err := os.ReadFile(path + end)
		if err != nil {
			t.Fatal(err)
		}
		mustWrite(t, killed+end, text)
	}
	r, err := sqlstore.Restore(ctx, config(killed), to, root)
	if err != nil || r.Links != 1 || r.Installation != "test" || r.Aside == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	got := mustOpen(t, exclusive(killed))
	wantRestored(t, got, before, true)
	if _, err := got.Platform(ctx, "since"); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("what came after the backup is there: %v", err)
	}
	aside := mustOpen(t, config(r.Aside))
	if l := mustLink(t, aside, since); l.Version != 1 {
		t.Errorf("nothing is lost: want the link of since in %s, got %+v", r.Aside, l)
	}
	if left, _ := filepath.Glob(killed + ".restoring*"); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if err := got.Close(); err != nil {
		t.Fatal(err)
	}
	// The next start does not take it for another restore.
	again := mustOpen(t, exclusive(killed))
	if page, _ := again.ListEvents(ctx, ztp.EventQuery{Action: "database.restored"}); len(page.Items) != 1 {
		t.Errorf("marked %d times", len(page.Items))
	}
}

// A restore that died between giving the present database its second name and the
// swap has left two names; the server refuses them, another restore goes on.
func TestRestore_CutShort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "zerotouch.db"), filepath.Join(dir, "backup.db")
	s := mustOpen(t, exclusive(path))
	p := linked(t, s, "acme")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.BackUp(ctx, config(path), to); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(path, path+".before-restore-20260301T120000Z"); err != nil {
		t.Fatal(err)
	}
	_, err := sqlstore.Open(ctx, exclusive(path))
	wantStartError(t, err, "", "several names")
	if _, err := sqlstore.Restore(ctx, config(path), to, root); err != nil {
		t.Fatal(err)
	}
	wantRestored(t, mustOpen(t, exclusive(path)), p, true)
}

// Where no database is, as on a new host, a restore makes it.
func TestRestore_NewHost(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "zerotouch.db"), filepath.Join(dir, "backup.db")
	p := linked(t, mustOpen(t, config(path)), "acme")
	if _, err := sqlstore.BackUp(ctx, config(path), to); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(t.TempDir(), "data", "zerotouch.db")
	r, err := sqlstore.Restore(ctx, config(fresh), to, root)
	if err != nil || r.Aside != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	wantRestored(t, mustOpen(t, exclusive(fresh)), p, true)
}

func TestRestore_Refuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "zerotouch.db"), filepath.Join(dir, "backup.db")
	if err := mustOpen(t, config(path)).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.BackUp(ctx, config(path), to); err != nil {
		t.Fatal(err)
	}
	newer := filepath.Join(dir, "newer.db")
	damaged := filepath.Join(dir, "damaged.db")
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, newer, text)
	prepare(t, "sqlite", newer, "UPDATE schema_compat SET oldest = 999; INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)")
	mustWrite(t, damaged, append(bytes.Clone(text[:len(text)/2]), make([]byte, len(text)/2)...))
	mustWrite(t, filepath.Join(dir, "text.db"), []byte("not a database at all, but long enough to be looked at"))
	mustWrite(t, filepath.Join(dir, "empty.db"), nil)
	prepare(t, "sqlite", filepath.Join(dir, "other.db"), "CREATE TABLE t (x)")
	was := snapshot(t, dir)
	for name, c := range map[string]struct {
		from   string
		change func(*sqlstore.Config)
		words  string
	}{
		"other key":          {change: func(c *sqlstore.Config) { c.RootKey = otherKey }, words: "does not open"},
		"missing key":        {change: func(c *sqlstore.Config) { c.RootKey = noKey }, words: "missing"},
		"other installation": {change: func(c *sqlstore.Config) { c.Installation = "staging" }, words: "belongs to"},
		"newer schema":       {from: newer, words: "newer zerotouch"},
		"damaged":            {from: damaged, words: "damaged"},
		"text":               {from: filepath.Join(dir, "text.db"), words: "cannot be read as a database"},
		"empty":              {from: filepath.Join(dir, "empty.db"), words: "holds no installation"},
		"another program's":  {from: filepath.Join(dir, "other.db"), words: "another program"},
		"not there":          {from: filepath.Join(dir, "gone.db"), words: "cannot be read"},
		"itself":             {from: path, words: "is the present database"},
		"postgres":           {change: func(c *sqlstore.Config) { c.DSN = "postgres://localhost/x" }, words: "pg_restore"},
	} {
		cfg, from := config(path), to
		if c.change != nil {
			c.change(&cfg)
		}
		if c.from != "" {
			from = c.from
		}
		_, err := sqlstore.Restore(ctx, cfg, from, root)
		t.Run(name, func(t *testing.T) { wantStartError(t, err, "", c.words) })
	}
	now := snapshot(t, dir)
	delete(now, "zerotouch.db.lock")
	delete(was, "zerotouch.db.lock")
	for file, text := range now {
		if !bytes.Equal(was[file], text) {
			t.Errorf("%s was changed", file)
		}
	}
}

// Whoever copies an older file into place by hand does not get around it.
func TestStart_NoticesAnOlderDatabase(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		killed bool
		same   bool
	}{{name: "stopped"}, {name: "killed", killed: true}, {name: "same database again", same: true}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path, to := filepath.Join(dir, "zerotouch.db"), filepath.Join(dir, "backup.db")
			s := mustOpen(t, exclusive(path))
			p := linked(t, s, "before")
			if _, err := sqlstore.BackUp(ctx, config(path), to); err != nil {
				t.Fatal(err)
			}
			linked(t, s, "since")
			seen, err := os.ReadFile(path + ".seen")
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if c.killed {
				mustWrite(t, path+".seen", seen)
			}
			if !c.same {
				text, err := os.ReadFile(to)
				if err != nil {
					t.Fatal(err)
				}
				mustWrite(t, path, text)
			}
			wantRestored(t, mustOpen(t, exclusive(path)), p, !c.same)
		})
	}
}

// A start that cannot mark the older database leaves that to the next one, and
// nothing else to say than why.
func TestStart_CannotMark(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path, to := filepath.Join(dir, "zerotouch.db"), filepath.Join(dir, "backup.db")
	s := mustOpen(t, exclusive(path))
	p := linked(t, s, "before")
	if _, err := sqlstore.BackUp(ctx, config(path), to); err != nil {
		t.Fatal(err)
	}
	linked(t, s, "since")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, path, text)
	prepare(t, "sqlite", path, "ALTER TABLE link RENAME COLUMN restored_at TO hidden")
	_, err = sqlstore.Open(ctx, exclusive(path))
	wantStartError(t, err, "", "restored_at")
	if strings.Contains(err.Error(), "already closed") {
		t.Errorf("something was given up twice: %v", err)
	}
	prepare(t, "sqlite", path, "ALTER TABLE link RENAME COLUMN hidden TO restored_at")
	wantRestored(t, mustOpen(t, exclusive(path)), p, true)
}

// A dump that is read back into PostgreSQL is noticed as well; a restart is not.
func TestStart_NoticesADumpReadBack(t *testing.T) {
	t.Parallel()
	from, to := pgtest.DSN(t), pgtest.DSN(t)
	s := mustOpen(t, exclusive(from))
	p := linked(t, s, "before")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, exclusive(from))
	wantRestored(t, s, p, false)

	file := filepath.Join(t.TempDir(), "zerotouch.dump")
	pgRun(t, "pg_dump", "--format=custom", "--file="+file, "--dbname="+from)
	linked(t, s, "since")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte(strings.Repeat("A", 43))) {
		t.Error("the root key is in the dump")
	}
	t.Run("AnotherDatabase", func(t *testing.T) {
		pgRun(t, "pg_restore", "--clean", "--if-exists", "--single-transaction", "--exit-on-error", "--no-owner", "--dbname="+to, file)
		wantRestored(t, mustOpen(t, exclusive(to)), p, true)
	})
	t.Run("TheSameDatabase", func(t *testing.T) {
		pgRun(t, "pg_restore", "--clean", "--if-exists", "--single-transaction", "--exit-on-error", "--no-owner", "--dbname="+from, file)
		wantRestored(t, mustOpen(t, exclusive(from)), p, true)
	})
}

func pgRun(t *testing.T, program string, args ...string) {
	t.Helper()
	path, err := pgtest.Program(program)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}
