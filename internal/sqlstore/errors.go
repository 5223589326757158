package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"

	"zerotouch.example/internal/ztp"
)

// fail turns a driver's error into what callers are promised: a missing row is
// not_found of what, everything else keeps its cause for the log, and trouble of the
// database itself is a *ztp.DatabaseError.
func (s *Store) fail(err error, what string) error {
	var known *ztp.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ztp.NotFound(what)
	case errors.As(err, &known):
		return err
	case s.dialect.classify(err) == classText:
		return &ztp.Error{Code: ztp.CodeInvalid, Detail: "A text holds characters that cannot be stored.", Err: err}
	}
	err = fmt.Errorf("store: %s: %w", what, err)
	if s.tx != nil {
		return err // the transaction says it when it is over
	}
	return s.troubled(err, false)
}

// changed wants a statement to have hit its one row. When it has not, still
// tells whether the row is there: a lost race is form_outdated, no row not_found.
func (s *Store) changed(n int64, err error, what string, still func() error) error {
	if err != nil {
		return s.fail(err, what)
	}
	if n > 0 {
		return nil
	}
	if err := still(); err != nil {
		return s.fail(err, what)
	}
	return outdated(what)
}

// hit is changed where a missing row is the only way to miss.
func (s *Store) hit(n int64, err error, what string) error {
	return s.changed(n, err, what, func() error { return sql.ErrNoRows })
}

func outdated(what string) error {
	return ztp.Errorf(ztp.CodeFormOutdated, "The %s was changed meanwhile.", what)
}

func quoted(s string) string { return fmt.Sprintf("%q", s) }
