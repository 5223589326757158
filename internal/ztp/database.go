package ztp

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// databaseRetry is when it is worth while to ask again for what the database could not
// answer: a restart of PostgreSQL takes a few seconds.
const databaseRetry = 10 * time.Second

// DatabaseError is trouble of the database itself: it can't be reached, or takes no reads or
// no writes now. A refusal of what was asked, such as by a constraint, is none, and neither
// is a value that does not open. It is no *Error, so that whoever asks for those does not
// take it for a verdict; AsError gives it its code.
type DatabaseError struct {
	// Detail is what is known of the cause, in a sentence or two, safe for users.
	Detail string
	// Lost: a commit was sent and its answer did not come, so that nobody knows whether it
	// took effect. Otherwise nothing did of what this call was to change.
	Lost bool
	Err  error
}

func (e *DatabaseError) Error() string { return "database: " + e.Err.Error() }

func (e *DatabaseError) Unwrap() error { return e.Err }

// InDatabase reports whether err is trouble of the database itself.
func InDatabase(err error) bool {
	var d *DatabaseError
	return errors.As(err, &d)
}

// shown is the error for users. lost says that something may have taken effect.
func (e *DatabaseError) shown(lost bool, err error) *Error {
	if lost {
		return &Error{Code: CodeOutcomeUnknown, Case: CaseDatabase, Detail: e.Detail, Err: err}
	}
	return &Error{Code: CodeDatabaseUnavailable, Detail: e.Detail, RetryAfter: databaseRetry, Err: err}
}

type commitsKey struct{}

// CountCommits gives a context under which commits are counted, for AsErrorOf. It is for
// whoever answers one request, once it is known who asks.
func CountCommits(ctx context.Context) context.Context {
	return context.WithValue(ctx, commitsKey{}, new(atomic.Int64))
}

// Committed counts a commit for whoever asked with ctx. Stores tell of each.
func Committed(ctx context.Context) {
	if n, ok := ctx.Value(commitsKey{}).(*atomic.Int64); ok {
		n.Add(1)
	}
}

// AsErrorOf is AsError for what was asked under a context of CountCommits. Where the database
// went away after a commit of the same request, such as when its result was to be read,
// "nothing was changed" would not be true: it is outcome_unknown then.
func AsErrorOf(ctx context.Context, err error) *Error {
	e := AsError(err)
	var d *DatabaseError
	n, ok := ctx.Value(commitsKey{}).(*atomic.Int64)
	if e.Code != CodeDatabaseUnavailable || !ok || n.Load() == 0 || !errors.As(err, &d) {
		return e
	}
	return d.shown(true, err)
}
