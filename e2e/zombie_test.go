package e2e_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
)

// TestZombies freezes the worker at each point of a Rotate once: before and after every
// call, with a commit held before it counts and after. Its lease ends, another replica
// brings the Rotate to its end, and then the frozen one goes on with what it had in its
// hands. That changes nothing. TestReplicas_Frozen does so once without a hand at leases.
func TestZombies(t *testing.T) {
	if !full {
		t.Skip("freezes a server at some forty points: set ZEROTOUCH_TEST_FULL=1")
	}
	t.Parallel()
	// Whoever is frozen in a transaction is thrown out of it, here after a second.
	k := newKillerOf(t, "Rotate", pgtest.DSN(t)+" idle_in_transaction_session_timeout=1000")
	second := k.in.beside(t)
	second.server.signal(t, syscall.SIGTERM)
	rounds := 0
	for _, m := range k.moments() {
		for n := 1; k.zombie(t, second, m, n); n++ {
			if rounds++; rounds > 300 {
				t.Fatal("more than 300 points")
			}
		}
	}
	if rounds < 30 {
		t.Errorf("frozen at %d points only", rounds)
	}
	t.Logf("frozen at %d points", rounds)
}

// zombie freezes the worker at the nth moment and reports whether there was one.
func (k *killer) zombie(t *testing.T, second *installation, m moment, n int) bool {
	t.Helper()
	r := k.begin(t)
	frozen := k.in.server
	there, letGo := k.reach(t, &r, m, n, func() { _ = frozen.cmd.Process.Signal(syscall.SIGSTOP) })
	if !there {
		r.check(t, settled)
		return false
	}
	endLeases(t, k.db)
	second.start(t)
	r.in = second
	a, err := k.action.ask(t.Context(), second.client, r.slug, api.IdempotencyKey(r.slug))
	r.op = asked(t, a, err).ID
	over := rests(t, second, r.op).Final()
	if over {
		r.check(t, time.Second)
	}
	before := len(k.snom.calls(t))
	_ = frozen.cmd.Process.Signal(syscall.SIGCONT)
	letGo(true)
	frozen.signal(t, syscall.SIGTERM) // which waits for what it has in its hands
	held := 0
	for _, c := range k.snom.calls(t)[before:] {
		if c.Mutation() && over {
			held++
		}
	}
	if held > 1 { // the one call that it had announced may still be in its hands: its lease ended before its time
		t.Errorf("%s, %d %s: the frozen worker went on: %+v", r.slug, n, m, k.snom.calls(t)[before:])
	}
	r.check(t, settled)
	k.in.start(t)
	second.server.signal(t, syscall.SIGTERM)
	return true
}

// TestFrozenInTransaction: a replica that freezes between the statements of a
// transaction holds locks that everybody needs; PostgreSQL is told to throw it out.
func TestFrozenInTransaction(t *testing.T) {
	if !full {
		t.Skip("waits until the database gives up on a connection: set ZEROTOUCH_TEST_FULL=1")
	}
	t.Parallel()
	k := newKiller(t, "PostgreSQL", "Rotate")
	second := k.in.beside(t)
	r := k.begin(t)
	frozen := make(chan struct{})
	// The one that works is the one whose commit comes first.
	h := k.pg.stopAt(beforeCommit, 1, func(uint32) {
		_ = k.in.server.cmd.Process.Signal(syscall.SIGSTOP)
		close(frozen)
	})
	go func() { _, _ = k.action.ask(t.Context(), k.in.client, r.slug) }()
	<-frozen
	k.pg.goThrough()
	began := time.Now()
	until(t, "others can write again", lease, func() bool {
		_, err := second.client.CreatePlatform(t.Context(), api.NewPlatform{Slug: fmt.Sprintf("later-%d", time.Now().UnixNano()), Name: "Later"})
		return err == nil
	})
	t.Logf("others could write again after %s", time.Since(began).Round(time.Second))
	_ = k.in.server.cmd.Process.Signal(syscall.SIGCONT)
	h.letGo(true)
	r.in = second
	r.op = k.insist(t, r.slug, api.IdempotencyKey("again"))
	r.check(t, lease+settled)
}
