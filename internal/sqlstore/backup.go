package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"zerotouch.example/internal/ztp"
)

// Backup tells what a backup holds, or held when it was restored.
type Backup struct {
	Installation string
	Version      int64
	Size         int64
	// LastEvent is when the newest row of its audit log was written; zero without one.
	LastEvent time.Time
}

// BackUp writes a consistent copy of an SQLite database to a file that must not be
// there yet, beside a running server. The copy was opened with this key and found
// whole before it gets its name; the key itself is not in it. An older schema is
// copied as it is, so that there is a backup before a migration.
func BackUp(ctx context.Context, cfg Config, to string) (b Backup, err error) {
	from, err := existing(cfg)
	if err != nil {
		return b, err
	}
	cfg.roots = rootsOf(cfg)
	if _, err := usable(ctx, from, cfg); err != nil {
		return b, err
	}
	tmp, err := beside(to)
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, remove(tmp)) }()
	if err := copyInto(ctx, from, tmp); err != nil {
		return b, err
	}
	if b, err = whole(ctx, tmp, cfg); err != nil {
		return b, fmt.Errorf("the copy is not good and was removed: %w", err)
	}
	// A link, not a rename: it refuses a name that is taken.
	if err := os.Link(tmp, to); err != nil {
		return b, taken(to, err)
	}
	return b, syncPath(filepath.Dir(to))
}

// existing is the file of an SQLite database that has to be there.
func existing(cfg Config) (string, error) {
	if IsPostgres(cfg.DSN) {
		return "", &StartError{Reason: "this is a PostgreSQL database", Remedy: "use pg_dump and pg_restore, then `zerotouch restore --mark`; docs/operations.md has the commands"}
	}
	path, err := filepath.Abs(cfg.DSN)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", &StartError{Reason: "there is no database to copy", Remedy: "name the data folder of the server", Err: err}
	}
	if path, err = oneName(path); err != nil {
		return "", err
	}
	return path, checkOwner(path)
}

// usable looks whether the file is a database of this installation that this
// program understands and this key opens.
func usable(ctx context.Context, path string, cfg Config) (found, error) {
	cfg.Migrate = true // an older schema is fine
	f, _, err := lookSQLite(ctx, path, cfg)
	if err != nil {
		return f, err
	}
	if f.fresh() {
		return f, &StartError{Reason: path + " holds no installation of zerotouch", Remedy: "name a backup that `zerotouch backup` has written, or a copy of zerotouch.db"}
	}
	_, err = openKeys(ctx, f, cfg)
	return f, err
}

// whole is usable, and every page and index of the file is in order.
func whole(ctx context.Context, path string, cfg Config) (b Backup, err error) {
	f, err := usable(ctx, path, cfg)
	if err != nil {
		return b, err
	}
	conn, err := sql.Open("sqlite", fileURI(path, url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "busy_timeout(5000)"}}))
	if err != nil {
		return b, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var answer string
	if err := conn.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&answer); err != nil || answer != "ok" {
		return b, &StartError{Reason: path + " is damaged", Remedy: "use another backup", Err: errors.Join(err, errors.New(answer))}
	}
	b = Backup{Installation: f.installation, Version: f.version}
	var last *int64
	if err := conn.QueryRowContext(ctx, "SELECT max(at) FROM event").Scan(&last); err != nil {
		return b, err
	}
	b.LastEvent = instantOrZero(last)
	info, err := os.Stat(path)
	if err == nil {
		b.Size = info.Size()
	}
	return b, err
}

// copyInto copies what is committed, also while others write.
func copyInto(ctx context.Context, from, to string) (err error) {
	conn, err := sql.Open("sqlite", fileURI(from, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)"}}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := touch(to); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", to); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return syncPath(to)
}

// beside is a name in the folder of path that nobody uses.
func beside(path string) (string, error) {
	if _, err := os.Lstat(path); err == nil {
		return "", taken(path, fs.ErrExist)
	}
	return path + ".part-" + ztp.NewNonce()[:8], nil
}

func taken(path string, err error) error {
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	return &StartError{Reason: path + " is there already", Remedy: "name a file that is not; a backup never overwrites"}
}

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncPath brings a file, or the names in a folder, to the disk.
func syncPath(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return f.Sync()
}

// Restored tells what a restore did.
type Restored struct {
	Backup
	// Aside is where the database lies that was there before, "" without one.
	Aside string
	// Links is how many links have to be proven.
	Links int
}

// Restore puts a backup in the place of an SQLite database that no server works
// on. The backup is only read; the present database is kept under another name.
// Until the swap, one rename, everything is as it was. by is who did it, for the
// audit log.
func Restore(ctx context.Context, cfg Config, from string, by ztp.Actor) (r Restored, err error) {
	path, held, err := placeFor(ctx, cfg)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, held.release()) }()
	if from, err = filepath.Abs(from); err != nil {
		return r, err
	}
	if _, err := os.Stat(from); err != nil {
		return r, &StartError{Reason: "the backup cannot be read", Remedy: "name the file that `zerotouch backup` has written", Err: err}
	}
	if same, _ := sameFile(from, path); same {
		return r, &StartError{Reason: from + " is the present database", Remedy: "name a backup of it; `zerotouch restore --mark` takes note that the present one was restored by hand"}
	}
	cfg.roots = rootsOf(cfg)
	if r.Backup, err = whole(ctx, from, cfg); err != nil {
		return r, err
	}
	tmp := path + ".restoring-" + ztp.NewNonce()[:8]
	defer func() {
		err = errors.Join(err, removeSQLite(tmp), remove(tmp+".lock"))
	}()
	if err := copyInto(ctx, from, tmp); err != nil {
		return r, err
	}
	if r.Links, err = mark(ctx, cfg, tmp, by, "from a backup whose last event is of "+r.LastEvent.Format(time.RFC3339)); err != nil {
		return r, err
	}
	r.Aside, err = swapFiles(ctx, tmp, path, cfg.now())
	return r, err
}

// placeFor locks the database's place, and makes its folder.
func placeFor(ctx context.Context, cfg Config) (string, *fileLock, error) {
	if IsPostgres(cfg.DSN) {
		_, err := existing(cfg)
		return "", nil, err
	}
	path, err := filepath.Abs(cfg.DSN)
	if err != nil {
		return "", nil, err
	}
	// Not oneName: a restore that was cut short has left two names, and is done again.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if err := checkOwner(path); err != nil {
		return "", nil, err
	}
	cfg.Exclusive = true
	held, err := lockFor(ctx, path, cfg, todo{create: true})
	return path, held, err
}

func sameFile(a, b string) (bool, error) {
	x, err := os.Stat(a)
	if err != nil {
		return false, err
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y), err
}

// mark brings the copy up to date and marks it as restored.
func mark(ctx context.Context, cfg Config, path string, by ztp.Actor, detail string) (n int, err error) {
	cfg.DSN, cfg.Migrate, cfg.Exclusive = path, true, false
	s, err := Open(ctx, cfg)
	if err != nil {
		return 0, err
	}
	n, err = s.NoteRestored(ctx, "", by, detail)
	if err == nil {
		_, err = s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return n, errors.Join(err, s.Close(), syncPath(path))
}

// NoteRestored is MarkRestored with its row in the audit log.
func (s *Store) NoteRestored(ctx context.Context, v ztp.VendorName, by ztp.Actor, detail string) (n int, err error) {
	err = s.inTx(ctx, func(t *Store) error {
		at := rounded(s.Now())
		if n, err = t.MarkRestored(ctx, v, at); err != nil {
			return err
		}
		e := by.Event(at, "database.restored", "")
		e.Vendor, e.Detail = v, fmt.Sprintf("%s; %d platforms to prove", detail, n)
		return t.AppendEvent(ctx, e)
	})
	return n, err
}

// swapFiles puts the new file in the place of the old, which gets a second name first:
// at no moment is there no database, so no start makes an empty one.
func swapFiles(ctx context.Context, fresh, path string, now time.Time) (aside string, err error) {
	if _, err := os.Stat(path); err == nil {
		aside = path + ".before-restore-" + now.UTC().Format("20060102T150405Z")
		if err := settleJournal(ctx, path, aside); err != nil {
			return "", err
		}
		if err := os.Link(path, aside); err != nil {
			return "", err
		}
	}
	if err := os.Rename(fresh, path); err != nil {
		return "", err
	}
	// The head that was seen belongs to the database that is gone from here.
	return aside, errors.Join(remove(seenFile(path)), syncPath(filepath.Dir(path)))
}

// settleJournal folds the journal of a killed server into its database. Where that
// cannot be done any more, the journal goes aside with the damaged file: it must
// never meet the new one.
func settleJournal(ctx context.Context, path, aside string) error {
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	conn, err := sql.Open("sqlite", fileURI(path, url.Values{"_pragma": {"busy_timeout(5000)"}}))
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	_ = errors.Join(err, conn.Close()) // a damaged file; it is kept as it is
	for _, end := range []string{"-wal", "-shm"} {
		if err := os.Rename(path+end, aside+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
