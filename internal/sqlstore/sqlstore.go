// Package sqlstore is ztp.Store on SQLite and PostgreSQL.
//
// One SQL text (queries/*.sql, generated into internal/db) runs on both engines;
// what differs is in dialect.go. The schema repeats the rules that must hold
// whatever the code does: see migrations/. Secrets are sealed in seal.go and
// nowhere else, so no value leaves this package for the database in the open.
//
// No method waits for anything but the database. Start reading at Open, which
// decides whether this program may use a database at all, and changes nothing
// when it may not; then Tx.
package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// Config says which database to open, and as whom.
type Config struct {
	// DSN is the path of an SQLite file, or a PostgreSQL connection string:
	// postgres://… or key=value words.
	DSN string
	// RootKey gives the root key. fresh says that nothing is sealed yet, so a key
	// may be made; otherwise a missing key is an error. KeyFile is the usual one.
	RootKey func(fresh bool) (*keyring.Root, error)
	// KeyService takes the place of RootKey when set.
	KeyService KeyService
	// Installation is stored at first start and has to be the same ever after.
	Installation string
	// Migrate allows to bring an older schema up to date.
	Migrate bool
	// Exclusive is set by whoever works on operations, and so has to notice that the
	// database is an older one. On SQLite there is one such process: a second one is
	// refused, and what a dead one was working on is due at once.
	Exclusive bool
	// OnlyPhones is for a process that serves phones and does nothing else, on PostgreSQL
	// alone: it has the root key of phones, a database role with the rights of PhonesGrants
	// and no other key. What else the store is asked for fails. It needs SplitPhones before.
	OnlyPhones bool
	// Log hears of created and migrated schemas; nil for silence.
	Log *slog.Logger
	// Clock replaces the database's clock, which everything goes by. For tests with a
	// clock of their own; nil leaves it to the database.
	Clock func() time.Time
	// NoSync lets SQLite answer before data is on the disk. For tests alone: a
	// committed credential must survive a power cut.
	NoSync bool

	roots *roots // set by Open
}

// Store is ztp.Store. It is safe for concurrent use. The value that Tx hands out
// is for that transaction alone.
type Store struct {
	*shared
	tx *sql.Tx // nil outside a transaction
	// audited: the transaction has added to the audit log.
	audited bool
}

var _ ztp.Store = (*Store)(nil)

// shared is what a store and its transactions have in common.
type shared struct {
	dialect      dialect
	write, read  *sql.DB // one and the same on PostgreSQL
	root         *keyring.Root
	held         atomic.Pointer[held]
	auditKey     []byte
	created      bool
	installation string
	onlyPhones   bool
	log          *slog.Logger
	away         atomic.Bool // the database, as far as anybody has met
	clock        func() time.Time
	elsewhere    *distantClock // nil when the database's clock is this process's
	listen       listener      // nil where there are no hints
	lock         *fileLock
	ready        readiness
	commits      atomic.Uint64
	putting      chan struct{} // full while words are put in
	// seen is the file beside an SQLite database with the end of its audit log; ""
	// in processes that do not work on operations.
	seen     string
	seenLock sync.Mutex
	scanned  int
}

// Open opens the database, and creates or migrates it as far as the start rules
// allow. A database that this program may not use is a *StartError that says why
// and what to do; nothing has been changed then. Close it when done.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if !ztp.ValidInstallation(cfg.Installation) {
		return nil, &StartError{
			Reason: "the installation name " + quoted(cfg.Installation) + " is not usable",
			Remedy: "use 1 to 32 characters a-z, 0-9 and dashes",
		}
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.roots = rootsOf(cfg)
	if IsPostgres(cfg.DSN) {
		return openPostgres(ctx, cfg)
	}
	if cfg.OnlyPhones {
		return nil, &StartError{
			Reason: "an SQLite database has one process that does everything, and no users of its own: none can serve phones alone",
			Remedy: "serve without --only phones, or use PostgreSQL",
		}
	}
	return openSQLite(ctx, cfg)
}

// now is the time before there is a database whose clock could be asked.
func (c Config) now() time.Time {
	if c.Clock != nil {
		return c.Clock()
	}
	return time.Now()
}

// IsPostgres reports whether a DSN names a PostgreSQL database, not a file.
func IsPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") ||
		strings.Contains(dsn, "host=") || strings.Contains(dsn, "dbname=")
}

func newShared(cfg Config, d dialect, k keys) *shared {
	s := &shared{
		dialect: d, root: k.root, auditKey: k.audit, created: k.created,
		log: cfg.Log, installation: cfg.Installation, onlyPhones: cfg.OnlyPhones, clock: cfg.Clock, scanned: scanned, putting: make(chan struct{}, 1),
	}
	s.held.Store(&k.held)
	return s
}

// Close ends all connections and gives up the lock.
func (s *Store) Close() error {
	s.keepSeen(context.Background())
	err := s.read.Close()
	if s.write != s.read {
		err = errors.Join(err, s.write.Close())
	}
	return errors.Join(err, s.lock.release())
}

// Created reports whether there was no database and Open has made this one.
func (s *Store) Created() bool { return s.created }

// Engine names the database engine, "sqlite" or "postgres".
func (s *Store) Engine() string { return s.dialect.name }

// queries are those to read with: of the transaction, when in one.
func (s *Store) queries() *db.Queries { return db.New(s.reader()) }

func (s *Store) reader() db.DBTX {
	if s.tx != nil {
		return s.tx
	}
	return s.read
}
