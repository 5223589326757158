package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"

	"zerotouch.example/internal/keyring"
	"zerotouch.example/internal/kms"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/ztp"
)

// storeMode says for what a store is opened.
type storeMode struct {
	// exclusive: this process works on operations; a second one is refused.
	exclusive bool
	// migrate: an older schema is brought up to date.
	migrate bool
	// existing: a database that is not there is an error, not made.
	existing bool
	// made is called when there was no database and this made one.
	made func()
}

// open opens the store.
func (f *storeFlags) open(ctx context.Context, mode storeMode, log *slog.Logger) (*sqlstore.Store, error) {
	cfg, err := f.config()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(f.Database); mode.existing && !sqlstore.IsPostgres(f.Database) && errors.Is(err, fs.ErrNotExist) {
		return nil, &ztp.Error{Code: ztp.CodeNotFound, What: "database", Detail: "There is no database at " + f.Database + "."}
	}
	cfg.Exclusive, cfg.Migrate, cfg.Log = mode.exclusive, mode.migrate, log
	s, err := sqlstore.Open(ctx, cfg)
	if err == nil && s.Created() && mode.made != nil {
		mode.made()
	}
	return s, err
}

// config says which database it is, and what opens it.
func (f *storeFlags) config() (sqlstore.Config, error) {
	var m mistakes
	f.check(&m)
	return sqlstore.Config{
		DSN: f.Database, RootKey: f.rootKey(), KeyService: f.keyService(f.KMSKey), Installation: f.Installation,
	}, m.err()
}

// place names the database for people, without the password that a PostgreSQL
// address may hold: somebody in the wrong folder has to see it.
func (f *storeFlags) place() string {
	if sqlstore.IsPostgres(f.Database) {
		return redactAddress(f.Database)
	}
	return absolute(f.Database)
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// tellNew says that a database was made: whoever meant the one of a server has to
// see it at once.
func (f *storeFlags) tellNew(e *env) func() {
	return func() {
		key, these := "the key file "+absolute(f.KeyFile), "these"
		if f.KMSKey != "" {
			key, these = "the KMS key "+f.KMSKey, "this one"
		}
		fmt.Fprintf(e.stderr, "There was no database: a new one was made, %s, for the installation %q, with %s.\n"+
			"  If you meant another one, name it by --data-dir or --database (ZEROTOUCH_DATA_DIR, ZEROTOUCH_DATABASE), and remove %s.\n",
			clean(f.place()), f.Installation, clean(key), these)
	}
}

// rootKey reads the key file, and makes it at the first start; for a database
// elsewhere the data folder is made with it.
func (f *storeFlags) rootKey() func(fresh bool) (*keyring.Root, error) {
	read := sqlstore.KeyFile(f.KeyFile)
	return func(fresh bool) (*keyring.Root, error) {
		if fresh && filepath.Clean(filepath.Dir(f.KeyFile)) == filepath.Clean(f.DataDir) {
			if err := os.MkdirAll(f.DataDir, 0o700); err != nil {
				return nil, err
			}
		}
		return read(fresh)
	}
}

// keyService is AWS KMS with a key of it, nil for none.
func (f *storeFlags) keyService(key string) sqlstore.KeyService {
	if key == "" {
		return nil
	}
	return kms.Key{ID: key, Endpoint: f.KMSEndpoint}
}

// local is what every local verb takes.
type local struct {
	storeFlags
	JSON bool `name:"json" help:"Print JSON."`
}

// with opens the store beside a running server, does something, and closes it.
// make says that a database that is not there yet is made.
func (l *local) with(e *env, make bool, do func(*sqlstore.Store) error) (err error) {
	s, err := l.open(e.ctx, storeMode{existing: !make, made: l.tellNew(e)}, newLog(e.stderr, slog.LevelWarn))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	e.ctx = ztp.CountCommits(e.ctx) // after those of the start
	return do(s)
}

// newLog writes lines of name=value. Values with anything unprintable are quoted.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// operator is who uses a local verb: whoever is logged in on the host.
func operator() ztp.Actor {
	a := ztp.Actor{Kind: ztp.ActorLocal, Name: "unknown", Role: ztp.SuperAdmin}
	if u, err := user.Current(); err == nil {
		a.Name = clean(u.Username)
	}
	return a
}
