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
	"strings"
	"syscall"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"zerotouch.example/internal/sqlstore/internal/db"
)

// readers is how many connections read at once; reads are short and in this
// process, so more would only hold more cache.
const readers = 8

// oneName returns the path under which everybody has to know the file: the lock
// and SQLite's own files lie beside it, so a second name would mean a second lock.
// Links are resolved; a file with several hard links is refused.
func oneName(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		dir, derr := filepath.EvalSymlinks(filepath.Dir(path))
		if derr != nil {
			return path, nil // the folder is made later
		}
		return filepath.Join(dir, filepath.Base(path)), nil
	}
	if err != nil {
		return "", err
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && info.Mode().IsRegular() && st.Nlink > 1 {
		return "", &StartError{Reason: "the database file has several names (hard links)", Remedy: "keep one and remove the others; two servers could open it at once"}
	}
	return filepath.EvalSymlinks(path)
}

func openSQLite(ctx context.Context, cfg Config) (*Store, error) {
	path, err := filepath.Abs(cfg.DSN)
	if err != nil || cfg.DSN == "" {
		return nil, &StartError{Reason: "no database is named", Remedy: "set the path of the database file", Err: err}
	}
	s, err := startSQLite(ctx, path, cfg)
	return s, unusable(path, err)
}

// startSQLite looks first, read-only, and only then locks and writes.
func startSQLite(ctx context.Context, path string, cfg Config) (_ *Store, err error) {
	if path, err = oneName(path); err != nil {
		return nil, err
	}
	if err := checkOwner(path); err != nil {
		return nil, err
	}
	f, do, err := lookSQLite(ctx, path, cfg)
	if err != nil {
		return nil, err
	}
	var k keys
	if !f.fresh() {
		if k, err = openKeys(ctx, f, cfg); err != nil {
			return nil, err
		}
	}
	held, err := lockFor(ctx, path, cfg, do)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil || !cfg.Exclusive {
			err = errors.Join(err, held.release())
		}
	}()
	if do.create || do.migrate {
		if k, err = prepareSQLite(ctx, path, cfg); err != nil {
			return nil, err
		}
	}
	s, err := poolsSQLite(path, cfg, k)
	if err != nil {
		return nil, err
	}
	if err := s.firstUse(ctx, path, cfg); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if cfg.Exclusive {
		s.lock = held
	}
	return s, nil
}

// firstUse finds out at the start what would otherwise fail later. A local verb may
// only want to look; a server has to write.
func (s *Store) firstUse(ctx context.Context, path string, cfg Config) error {
	if !cfg.Exclusive {
		_, err := s.Installation(ctx)
		return err
	}
	if err := s.probe(ctx, probeRoom); err != nil {
		return err
	}
	if err := s.endLeases(ctx); err != nil {
		return err
	}
	return s.noticeSQLite(ctx, path, cfg)
}

// canWrite reports whether an existing file can be written. SQLite would take one
// that cannot for reading, and leave the files of its journal beside it. The file is
// not opened: closing it would end the locks that this process has on it.
func canWrite(path string) error {
	const write = 2 // W_OK
	if err := syscall.Access(path, write); err != nil {
		return &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}

// lookSQLite applies the start rules to the file as it lies there.
func lookSQLite(ctx context.Context, path string, cfg Config) (f found, do todo, err error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return f, do, &StartError{Reason: path + " is a folder", Remedy: "name the database file inside it, such as " + filepath.Join(path, "zerotouch.db")}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return f, do, err
	case err == nil && info.Size() > 0:
		if err := canWrite(path); err != nil {
			return f, do, err
		}
		if f, err = inspectFile(ctx, path); denied(err) || noRoom(err) {
			return f, do, err
		} else if err != nil {
			return f, do, &StartError{Reason: path + " cannot be read as a database", Remedy: "name another file, or restore this one from a backup", Err: err}
		}
	}
	do, err = decide(f, cfg, sqliteDialect.latest())
	return f, do, err
}

// inspectFile leaves nothing behind. Even a read-only connection makes the files of
// the journal beside the database unless it is told that nobody writes, and nobody
// does when there is no journal.
func inspectFile(ctx context.Context, path string) (f found, err error) {
	query := url.Values{"mode": {"ro"}, "_pragma": {"query_only(1)", "busy_timeout(5000)"}}
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		query.Set("immutable", "1")
	}
	conn, err := sql.Open("sqlite", fileURI(path, query))
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	conn.SetMaxOpenConns(1)
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return f, err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	return inspect(ctx, tx, sqliteDialect)
}

// prepareSQLite creates or migrates, under the lock. It looks again: another
// process may have done it since.
func prepareSQLite(ctx context.Context, path string, cfg Config) (k keys, err error) {
	f, do, err := lookSQLite(ctx, path, cfg)
	if err != nil {
		return k, err
	}
	if do.create {
		// The key comes first: a schema whose key could not be made would be refused for ever.
		if _, _, err := cfg.roots.fresh(ctx); err != nil {
			return k, noKey(err)
		}
		if len(f.tables) == 0 {
			defer func() {
				if err != nil {
					err = errors.Join(unusable(path, err), removeSQLite(path)) // there was none before
				}
			}()
		}
		if err := touch(path); err != nil {
			return k, err
		}
	} else if k, err = openKeys(ctx, f, cfg); err != nil {
		return k, err
	}
	conn, err := sql.Open("sqlite", writerURI(path, cfg))
	if err != nil {
		return k, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	conn.SetMaxOpenConns(1)
	if err := sqliteDialect.migrate(ctx, conn, goose.NopLogger()); err != nil {
		return k, stuck(f.version, schemaVersion(ctx, conn), err)
	}
	cfg.Log.Info("database schema is up to date", "from", f.version, "to", sqliteDialect.latest())
	return settle(ctx, conn, sqliteDialect, cfg)
}

// removeSQLite removes a database that this start has begun to make.
func removeSQLite(path string) error {
	var errs []error
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		errs = append(errs, remove(name))
	}
	return errors.Join(errs...)
}

// schemaVersion is the version of the schema as it is now; 0 when that cannot be told.
func schemaVersion(ctx context.Context, conn *sql.DB) (v int64) {
	_ = conn.QueryRowContext(ctx, "SELECT COALESCE(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&v)
	return v
}

// settle makes the migrated schema this installation's own unless it is already,
// and gives its keys.
func settle(ctx context.Context, conn *sql.DB, d dialect, cfg Config) (k keys, err error) {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return k, err
	}
	defer func() { _ = tx.Rollback() }() // without effect after the commit
	if d.name == postgresDialect.name {
		if _, err := tx.ExecContext(ctx, "LOCK TABLE installation IN EXCLUSIVE MODE"); err != nil {
			return k, err
		}
	}
	f, err := inspect(ctx, tx, d)
	if err != nil {
		return k, err
	}
	created := f.fresh()
	if created {
		if err := create(ctx, db.New(tx), cfg); err != nil {
			return k, err
		}
		if f, err = inspect(ctx, tx, d); err != nil {
			return k, err
		}
		cfg.Log.Info("database created", "installation", cfg.Installation)
	}
	if _, err := decide(f, cfg, d.latest()); err != nil {
		return k, err
	}
	if err := tx.Commit(); err != nil {
		return k, err
	}
	k, err = openKeys(ctx, f, cfg)
	k.created = created
	return k, err
}

// What the writing connection may keep, for files of a million phones: a part of one
// changes thousands of pages all over the indexes. With SQLite's 2 MB it writes and reads
// each of them many times before the commit; with a log of 4 MB it copies each of them
// into the database after every commit.
const (
	writerCache = "cache_size(-65536)"        // KB, as far as they are used
	writerLog   = "wal_autocheckpoint(16000)" // pages of 4 KB
)

func poolsSQLite(path string, cfg Config, k keys) (*Store, error) {
	write, err := openPrepared(writerURI(path, cfg, writerCache, writerLog))
	if err != nil {
		return nil, err
	}
	write.SetMaxOpenConns(1)
	read, err := openPrepared(fileURI(path, url.Values{"_pragma": {"query_only(1)", "busy_timeout(5000)"}}))
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	s := newShared(cfg, sqliteDialect, k)
	s.write, s.read = write, read
	return &Store{shared: s}, nil
}

// writerURI: FULL, since a committed credential has to survive a power cut;
// immediate, so that a transaction that has begun can write.
func writerURI(path string, cfg Config, more ...string) string {
	sync := "synchronous(FULL)"
	if cfg.NoSync {
		sync = "synchronous(OFF)"
	}
	return fileURI(path, url.Values{
		"_txlock": {"immediate"},
		"_pragma": append([]string{"busy_timeout(5000)", "journal_mode(WAL)", sync, "foreign_keys(1)"}, more...),
	})
}

func fileURI(path string, query url.Values) string {
	return "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path) + "?" + query.Encode()
}

// touch makes the file before SQLite does, for its owner's eyes only. SQLite gives
// the same mode to the files it keeps beside it.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// checkOwner refuses files and folders of another user: what this process wrote
// there could then not be read by the service they belong to. A shared folder such
// as /tmp, where only owners can remove their files, is good for anybody.
func checkOwner(path string) error {
	for _, p := range []string{filepath.Dir(path), path} {
		info, err := os.Stat(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if ok && int(stat.Uid) != os.Geteuid() && info.Mode()&fs.ModeSticky == 0 {
			return &StartError{
				Reason: fmt.Sprintf("%s belongs to the user id %d, but this program runs as the user id %d", p, stat.Uid, os.Geteuid()),
				Remedy: "start it as that user, for example with `sudo -u`",
			}
		}
	}
	return nil
}
