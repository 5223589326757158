package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

const (
	// txTries is how often a transaction runs that the database turns down for
	// the sake of another one; with the waits below it has then had a second.
	txTries = 8
	// txWait is the longest wait before the second try; it doubles.
	txWait = 10 * time.Millisecond
)

// Tx runs f in one transaction; see ztp.Store. Trouble of the database is a
// *ztp.DatabaseError, which says whether the commit may have taken effect. On SQLite there is one writer, so
// f must use the Store it is given: a write through the outer one waits for this
// very transaction until its context ends.
func (s *Store) Tx(ctx context.Context, f func(ztp.Store) error) error {
	return s.inTx(ctx, func(t *Store) error { return f(t) })
}

// inTx is Tx for the methods of this package.
func (s *Store) inTx(ctx context.Context, f func(*Store) error) error {
	if s.tx != nil {
		return f(s)
	}
	wait := txWait
	for try := 1; ; try++ {
		err := s.runTx(ctx, f)
		if err == nil || try == txTries || s.dialect.classify(err) != classRetry {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(rand.N(wait)): //nolint:gosec // jitter
		}
		wait *= 2
	}
}

func (s *Store) runTx(ctx context.Context, f func(*Store) error) (err error) {
	defer func() { err = s.noticed(err) }() // when all is over
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	committed := false
	defer func() {
		if !committed {
			// Also when f panics: the one writing connection must be free again.
			if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) && err != nil {
				err = errors.Join(err, fmt.Errorf("roll back: %w", rerr))
			}
		}
	}()
	t := &Store{shared: s.shared, tx: tx}
	if err := f(t); err != nil {
		return err
	}
	committed = true
	err = tx.Commit()
	s.commits.Add(1) // also when it is not known whether it was
	if err != nil {
		return s.unsure(fmt.Errorf("commit: %w", err))
	}
	ztp.Committed(ctx)
	s.answers()
	if t.audited {
		s.keepSeen(ctx)
	}
	return nil
}

// change runs statements in a transaction, the outer one if there is one.
func (s *Store) change(ctx context.Context, f func(*db.Queries) error) error {
	return s.inTx(ctx, func(t *Store) error { return f(t.queries()) })
}
