package sqlstore

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
)

const (
	// probeEvery is how long what is known of the disk is believed. However often
	// somebody asks, the disk is written to no oftener.
	probeEvery = 5 * time.Second
	// probeSize is what a probe writes, and probeRoom what it writes after one was not
	// taken: far above any transaction, since a little may still fit where more does not.
	probeSize = 16
	probeRoom = 64 << 10
)

// readiness is what is known of whether the database takes writes.
type readiness struct {
	mu  sync.Mutex
	err error // of the last write that its disk did not take; nil when it does
	at  time.Time
}

// Ready reports whether the database answers, takes writes and lets its user do what serving
// needs, by a write of its own and a look at its rights where that is not known yet. It is for
// those who ask often.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.read.PingContext(ctx); err != nil {
		return s.troubled(err, false)
	}
	due, size, err := s.ready.ask(s.Now())
	if !due {
		return err
	}
	err = s.probe(ctx, size)
	s.ready.learn(err, s.Now())
	return err
}

// probe writes a row of its own, and asks for the user's rights. SQLite writes nothing where
// nothing is different, so each probe is.
func (s *Store) probe(ctx context.Context, size int) error {
	filler := make([]byte, size)
	_, _ = rand.Read(filler) // never fails
	if err := s.change(ctx, func(q *db.Queries) error { return q.Probe(ctx, filler) }); err != nil {
		return err
	}
	return s.mayServe(ctx)
}

// ask tells what is known, or that it is time to probe; whoever asks meanwhile gets
// what was known before.
func (r *readiness) ask(now time.Time) (due bool, size int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if age := now.Sub(r.at); age >= 0 && age < probeEvery {
		return false, 0, r.err
	}
	r.at = now
	if r.err != nil {
		return true, probeRoom, r.err
	}
	return true, probeSize, nil
}

// learn takes note of the outcome of a write; that its asker went away says nothing.
func (r *readiness) learn(err error, now time.Time) {
	if errors.Is(err, context.Canceled) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err, r.at = err, now
}

// noticed takes note of a transaction that the disk of the database did not take, and
// tells trouble of the database from a refusal.
func (s *shared) noticed(err error) error {
	if err != nil && s.dialect.classify(err) == classDisk {
		s.ready.learn(err, s.Now())
	}
	return s.troubled(err, true)
}
