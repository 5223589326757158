package e2e_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// TestCommitUnknown ends the database's side of a connection in the middle of a commit,
// at each commit of each action once before it counts and once after: the server learns
// no more than that it is gone. It finds out what is true and goes on by itself, long
// before the lease of the operation ends.
func TestCommitUnknown(t *testing.T) {
	if !full {
		t.Skip("cuts some fifty commits, and waits for operations to go on: set ZEROTOUCH_TEST_FULL=1")
	}
	t.Parallel()
	for _, name := range []string{"Onboard", "Rotate", "Disable"} {
		k := newKiller(t, "PostgreSQL", name)
		cuts := 0
		for _, m := range []moment{beforeCommit, afterCommit} {
			for n := 1; k.cut(t, m, n); n++ {
				cuts++
				if n > 200 {
					t.Fatalf("%s: more than 200 commits", name)
				}
			}
		}
		k.settle(t)
		if cuts < 10 {
			t.Errorf("%s: only %d commits were cut", name, cuts)
		}
		t.Logf("%s: %d commits cut", name, cuts)
	}
}

// cut ends the connection of the nth commit and reports whether there was one.
func (k *killer) cut(t *testing.T, m moment, n int) bool {
	t.Helper()
	r := k.begin(t)
	reached := make(chan uint32, 1)
	h := k.pg.stopAt(m, n, func(backend uint32) { reached <- backend })
	defer k.pg.goThrough()
	defer h.letGo(true)
	key := api.IdempotencyKey(r.slug)
	asking, answered := context.WithCancel(t.Context())
	defer answered()
	go func() { // until one answer comes: a commit that is held holds the answer back
		defer answered()
		for asking.Err() == nil {
			if _, err := k.action.ask(asking, k.in.client, r.slug, key); err == nil {
				return
			}
		}
	}()
	found := false
	select {
	case backend := <-reached:
		found = true
		mustExec(t, k.db, `SELECT pg_terminate_backend($1)`, int64(backend))
		h.letGo(m == beforeCommit)
		<-asking.Done()
	case <-asking.Done():
	}
	r.op = k.insist(t, r.slug, key)
	if !found {
		found = k.cutLater(t, m, reached, h, r.op)
	}
	k.pg.goThrough() // else it would be the Check that follows
	r.check(t, settled)
	return found
}

// insist asks until there is an answer: a commit of the request itself may be cut.
func (k *killer) insist(t *testing.T, slug string, key api.CallOption) (op string) {
	t.Helper()
	until(t, "an answer", startTimeout, func() bool {
		a, err := k.action.ask(t.Context(), k.in.client, slug, key)
		if api.IsCode(err, "internal") {
			return false
		}
		op = asked(t, a, err).ID
		return true
	})
	return op
}

// cutLater is for a commit that comes when the request has been answered.
func (k *killer) cutLater(t *testing.T, m moment, reached <-chan uint32, h *hold, op string) bool {
	t.Helper()
	over := make(chan struct{})
	go func() {
		defer close(over)
		for {
			if o, err := k.in.client.WaitOperation(t.Context(), op, time.Second); t.Context().Err() != nil || err == nil && o.Final() {
				return
			}
		}
	}()
	select {
	case backend := <-reached:
		mustExec(t, k.db, `SELECT pg_terminate_backend($1)`, int64(backend))
		h.letGo(m == beforeCommit)
		return true
	case <-over:
		return false
	}
}

// durable is a database that keeps what it has committed when its server is stopped.
func durable(t *testing.T, pg *pgtest.Server) (dsn string) {
	t.Helper()
	dsn = pg.DSN(t)
	name := dsn[strings.Index(dsn, "dbname=")+len("dbname="):]
	name, _, _ = strings.Cut(name, " ")
	mustExec(t, mustDB(t, "pgx", dsn), "ALTER DATABASE "+name+" SET synchronous_commit = on")
	return dsn
}

// TestDatabaseRestarted restarts PostgreSQL again and again, without asking anybody,
// while two replicas work on rotations and registrations. Requests may fail meanwhile;
// in the end everything that was promised is there, once.
func TestDatabaseRestarted(t *testing.T) {
	if !full {
		t.Skip("restarts a database under load for a while: set ZEROTOUCH_TEST_FULL=1")
	}
	t.Parallel()
	pg, err := pgtest.Start(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pg.Stop)
	dsn := durable(t, pg)
	sim, _, s := newSnomHere(t, srapssim.Options{Latency: 5 * time.Millisecond})
	in := newInstallation(t, dsn, s.base)
	in.seed(t, s)
	b := newBustle(t, sim, 6, in, in.beside(t))
	stop := b.press(t, 1)
	for range 6 {
		until(t, "a few more operations", time.Minute, b.more(10))
		if err := pg.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	b.heal(t)
	b.compare(t)
}
