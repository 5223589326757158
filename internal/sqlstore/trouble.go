package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	sqlite3 "modernc.org/sqlite/lib"

	"zerotouch.example/internal/ztp"
)

// What is known of a database that is in trouble, for users.
const (
	noWrites    = "The database takes no writes: its disk is full, read-only or failing."
	notRead     = "The database's file can't be read: its disk fails, or it is no longer where it was."
	damaged     = "The database is damaged. If that stays, restore it from a backup."
	lockedOut   = "Another process has locked the database's file."
	unreached   = "PostgreSQL can't be reached."
	takesNobody = "PostgreSQL takes no connection now: it starts, stops, or has too many."
	refusesUser = "PostgreSQL refuses this server's user, password or database."
	noMemory    = "PostgreSQL has no memory left."
	answerLost  = "The connection to PostgreSQL broke before it said whether this was committed."
)

// troubled turns an error that says nothing of what was asked, but of the database itself,
// into a *ztp.DatabaseError; wrote says that it was in the way of a write. Any other error
// stays what it is.
func (s *shared) troubled(err error, wrote bool) error {
	var known *ztp.DatabaseError
	if err == nil || errors.As(err, &known) && (known.Lost || !wrote) {
		return err
	}
	detail := s.dialect.trouble(err, wrote) // a read of a transaction may have said it as a read
	if detail == "" {
		return err
	}
	s.away.Store(true)
	return &ztp.DatabaseError{Detail: detail, Err: err}
}

// unsure turns the error of a commit into a *ztp.DatabaseError if it may have taken effect
// all the same.
func (s *shared) unsure(err error) error {
	if !s.dialect.unanswered(err) {
		return err
	}
	s.away.Store(true)
	return &ztp.DatabaseError{Detail: answerLost, Lost: true, Err: err}
}

// answers tells the log that the database is back, once.
func (s *shared) answers() {
	if s.away.Load() && s.away.CompareAndSwap(true, false) {
		s.log.Info("the database answers again")
	}
}

func sqliteTrouble(err error, wrote bool) string {
	switch sqliteCode(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		if wrote {
			return noWrites
		}
		return notRead
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL:
		return lockedOut
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return damaged
	}
	return ""
}

func postgresTrouble(err error, _ bool) string {
	var refused *pgconn.PgError
	var connect *pgconn.ConnectError
	connecting := errors.As(err, &connect)
	switch {
	case errors.Is(err, context.Canceled): // whoever asked went away
		return ""
	case errors.As(err, &refused):
		return postgresSays(refused.Code, connecting)
	case connecting, errors.Is(err, driver.ErrBadConn):
		return unreached
	case errors.Is(err, context.DeadlineExceeded): // it may only have taken long
		return ""
	case broken(err):
		return unreached
	}
	return ""
}

// postgresSays is what a code of PostgreSQL says of the server itself, "" when it is about
// what was asked. Codes of its manual, appendix A.
func postgresSays(code string, connecting bool) string {
	switch code {
	case "53100", "25006", "58030": // disk full, read-only, input or output failed
		return noWrites
	case "53200":
		return noMemory
	case "XX001", "XX002":
		return damaged
	// Ended by its administrator, a crash or a limit of time, or not started; too many
	// connections.
	case "57P01", "57P02", "57P03", "57P05", "25P03", "25P04", "53300":
		return takesNobody
	case "28P01", "28000", "3D000", "42501":
		if connecting {
			return refusesUser
		}
	}
	if strings.HasPrefix(code, "08") { // the connection
		return unreached
	}
	return ""
}

// broken reports whether a connection ended where an answer was to come.
func broken(err error) bool {
	var way *net.OpError
	return errors.As(err, &way) || errors.Is(err, pgconn.ErrConnClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET)
}

// postgresUnanswered reports whether a commit with this error may have taken effect. A
// server that ends can do so after the commit and before it says so; a refusal of the
// commit itself, or one that was never sent, has changed nothing.
func postgresUnanswered(err error) bool {
	var refused *pgconn.PgError
	switch {
	case errors.As(err, &refused):
		return refused.SeverityUnlocalized == "FATAL" || refused.SeverityUnlocalized == "PANIC"
	case errors.Is(err, errUnsent), errors.Is(err, pgx.ErrTxCommitRollback), errors.Is(err, sql.ErrTxDone):
		return false
	case errors.Is(err, pgconn.ErrConnClosed): // which counts as safe to repeat, but see lostTx
		return true
	}
	return broken(err) && !pgconn.SafeToRetry(err)
}
