package storetest

import (
	"context"
	"database/sql"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
)

// Kept is a database at rest that one test after another begins with. Each finds it as
// it was kept, and a store that is open already: to open one, and to parse its statements
// anew, takes longer than what most of them do.
type Kept struct {
	o       Options
	another func(testing.TB) Restorer
	mu      sync.Mutex
	idle    []*lent
}

// Restorer is a database that can be put back to what was kept.
type Restorer interface {
	// DSN is what sqlstore.Config takes.
	DSN() string
	// DB is a connection to it beside those of a store.
	DB() *sql.DB
	// Restore puts the database back. Nobody may be in a transaction.
	Restore(testing.TB)
}

// Keep keeps the text of a database file. Tests within t begin with it, beside each
// other if they like.
func Keep(t testing.TB, o Options, text []byte) *Kept {
	return keep(t, o, func(testing.TB) Restorer { return keptFile(t, text) })
}

// KeepAt is Keep for a database that there is once; one test at a time begins with it.
func KeepAt(t testing.TB, o Options, r Restorer) *Kept {
	return keep(t, o, func(testing.TB) Restorer { return r })
}

func keep(t testing.TB, o Options, another func(testing.TB) Restorer) *Kept {
	k := &Kept{o: o, another: another}
	t.Cleanup(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		for _, l := range k.idle {
			_ = l.store.Close()
		}
	})
	return k
}

// lent is a store that goes from one test to the next.
type lent struct {
	Restorer
	store  *sqlstore.Store
	clock  atomic.Pointer[func() time.Time]
	keyset int64 // its version when it was kept
}

// Open is a store on the database as it was kept, and where that is. Until the test
// ends it is the test's alone, which therefore does not close it.
func (k *Kept) Open(t testing.TB, clock func() time.Time) (s *sqlstore.Store, dsn string) {
	t.Helper()
	l := k.take()
	if l == nil {
		l = &lent{Restorer: k.another(t)}
	}
	if l.store != nil && l.keysetNow(t) != l.keyset {
		_ = l.store.Close() // a process that has begun knows no key that was made later
		l.store = nil
	}
	l.Restore(t)
	l.clock.Store(&clock)
	if l.store == nil {
		k.open(t, l)
	}
	t.Cleanup(func() { k.give(t, l) })
	return l.store, l.DSN()
}

func (k *Kept) take() (l *lent) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.idle); n > 0 {
		l, k.idle = k.idle[n-1], k.idle[:n-1]
	}
	return l
}

// give takes a store back. What a test has left that failed is for nobody.
func (k *Kept) give(t testing.TB, l *lent) {
	if t.Failed() {
		_ = l.store.Close()
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.idle = append(k.idle, l)
}

func (k *Kept) open(t testing.TB, l *lent) {
	t.Helper()
	o := k.o
	o.Clock = func() time.Time { return (*l.clock.Load())() }
	s, err := sqlstore.Open(context.Background(), o.Config(l.DSN()))
	if err != nil {
		t.Fatalf("storetest: %v", err)
	}
	l.store, l.keyset = s, l.keysetNow(t)
}

func (l *lent) keysetNow(t testing.TB) (version int64) {
	t.Helper()
	if err := l.DB().QueryRow("SELECT version FROM keyset").Scan(&version); err != nil {
		t.Fatalf("storetest: %v", err)
	}
	return version
}
