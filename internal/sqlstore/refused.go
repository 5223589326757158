package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"zerotouch.example/internal/ztp"
)

// said reports whether a start error says already what is to be said, or that nobody
// waits for it any more.
func said(err error) bool {
	var start *StartError
	return err == nil || errors.As(err, &start) || errors.Is(err, context.Canceled)
}

// unusable turns whatever kept us from the SQLite database at path into a StartError.
func unusable(path string, err error) error {
	if said(err) {
		return err
	}
	dir := filepath.Dir(path)
	e := &StartError{Err: cause(err)}
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		e.Reason = dir + " is no folder, or something above it is none"
		e.Remedy = "name a folder by --data-dir or ZEROTOUCH_DATA_DIR"
	case denied(err):
		e.Reason = fmt.Sprintf("the user id %d may not write in %s, or to the database there", os.Geteuid(), dir)
		e.Remedy = "give both to this user, mount the disk for writing, or name another folder by --data-dir or ZEROTOUCH_DATA_DIR"
	case noRoom(err):
		e.Reason = "nothing more can be written in " + dir + ": the disk is full or fails, or a quota or limit is reached"
		e.Remedy = "make room there, or name another folder by --data-dir or ZEROTOUCH_DATA_DIR"
	default:
		e.Reason = "the database " + path + " cannot be opened"
		e.Remedy = "correct what is said at the end"
	}
	return e
}

// cause leaves out what noticed says to users.
func cause(err error) error {
	var e *ztp.DatabaseError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

func denied(err error) bool {
	c := sqliteCode(err)
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || c == sqlite3.SQLITE_READONLY || c == sqlite3.SQLITE_CANTOPEN
}

func noRoom(err error) bool {
	for _, errno := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, errno) {
			return true
		}
	}
	c := sqliteCode(err)
	return c == sqlite3.SQLITE_FULL || c == sqlite3.SQLITE_IOERR
}

// sqliteCode is the kind of SQLite's error; the bits above tell the part of the work.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return sqlite3.SQLITE_OK
	}
	return e.Code() & 0xff
}

// refusedByPostgres turns whatever kept us from a PostgreSQL database into a
// StartError. It names server, user and database, and never a password.
func refusedByPostgres(cfg *pgx.ConnConfig, err error) error {
	if said(err) {
		return err
	}
	e := &StartError{Err: cause(err)}
	var refused *pgconn.PgError
	var dial *net.OpError
	switch {
	case errors.As(err, &refused):
		e.Err = refused
		e.Reason, e.Remedy = postgresReason(cfg, refused.Code)
	case errors.As(err, &dial):
		e.Err = dial
		e.Reason, e.Remedy = unreachable(cfg)
	default:
		var host *net.DNSError
		var connect *pgconn.ConnectError
		if errors.As(err, &host) {
			e.Err = host
		}
		if e.Reason, e.Remedy = unreachable(cfg); !errors.As(err, &connect) {
			e.Reason, e.Remedy = "the PostgreSQL database cannot be used", "correct what is said at the end"
		}
	}
	return e
}

func unreachable(cfg *pgx.ConnConfig) (reason, remedy string) {
	return fmt.Sprintf("PostgreSQL cannot be reached at %s, port %d", cfg.Host, cfg.Port),
		"start it, let this host reach it, or correct the address in ZEROTOUCH_DATABASE"
}

func postgresReason(cfg *pgx.ConnConfig, code string) (reason, remedy string) {
	switch code {
	case "28P01", "28000":
		return fmt.Sprintf("PostgreSQL refuses the user %q or its password", cfg.User),
			"correct them in ZEROTOUCH_DATABASE, or let the server's pg_hba.conf allow this user from here"
	case "3D000":
		return fmt.Sprintf("PostgreSQL has no database %q", cfg.Database), "create it, or name another one in ZEROTOUCH_DATABASE"
	case "42501":
		return fmt.Sprintf("the PostgreSQL user %q lacks a right in the database %q", cfg.User, cfg.Database),
			"make it the owner of the database"
	case "25006":
		return fmt.Sprintf("the PostgreSQL database %q is read-only here", cfg.Database), "name the primary server in ZEROTOUCH_DATABASE"
	case "53100":
		return "the disk of PostgreSQL is full", "make room there"
	case "53300", "57P03":
		return "PostgreSQL takes no connection now", "start again when it does"
	}
	return "the PostgreSQL database cannot be used", "correct what is said at the end"
}

// stuck is the error of a migration that failed. Each of its steps is whole or not
// there at all, so the schema may have got further than it was.
func stuck(from, to int64, err error) error {
	if from == to || to == 0 {
		return err
	}
	return &StartError{
		Reason:  fmt.Sprintf("the database could not be brought to schema version %d", sqliteDialect.latest()),
		Changed: fmt.Sprintf("it has version %d now and is whole", to),
		Remedy:  "correct what is said at the end and start again", Err: cause(err),
	}
}
