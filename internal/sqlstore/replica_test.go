package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// What is compared with times of the database must not lie in its future.
func TestNow_NeverAheadOfTheDatabase(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, pgtest.DSN(t), storetest.Options{})
	for range 50 {
		before := s.Now()
		var ms float64
		if err := s.Raw().QueryRow("SELECT extract(epoch FROM clock_timestamp()) * 1000").Scan(&ms); err != nil {
			t.Fatal(err)
		}
		at := time.UnixMicro(int64(ms * 1000))
		if before.After(at) || at.Sub(before) > 5*time.Second {
			t.Fatalf("the database says %s, we took it for %s", at, before)
		}
		if _, err := s.TakeDuty(ctx, "look at the clock", time.Hour); err != nil {
			t.Fatal(err)
		}
	}
}

// An operation that is given back is heard of by the other processes.
func TestListen(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	a, b := storetest.Open(t, dsn, storetest.Options{}), storetest.Open(t, dsn, storetest.Options{})
	listening, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	heard := make(chan ztp.Hint, 100)
	go b.Listen(listening, func(h ztp.Hint) { heard <- h })
	for again := time.NewTicker(20 * time.Millisecond); ; { // until b listens
		if err := a.SendHint(ctx, ztp.HintBeat); err != nil {
			t.Fatal(err)
		}
		select {
		case <-heard:
		case <-again.C:
			continue
		case <-listening.Done():
			t.Fatal("nothing is heard")
		}
		again.Stop()
		break
	}
	filled(t, a)
	p, err := a.Platform(ctx, "p0")
	if err != nil {
		t.Fatal(err)
	}
	op := ztp.Operation{ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindCheck, Platform: p.ID, Vendor: "snom", State: ztp.OperationQueued}
	if err := a.CreateOperation(ctx, op); err != nil {
		t.Fatal(err)
	}
	if op, err = a.ClaimOperation(ctx, "w", time.Minute, ztp.ClaimAny); err != nil {
		t.Fatal(err)
	}
	op.State = ztp.OperationQueued
	if err := a.SaveOperation(ctx, op, time.Minute); err != nil {
		t.Fatal(err)
	}
	for h := range heard {
		if h == ztp.HintDue {
			return
		}
	}
}

// Whoever gets the lock of an SQLite file knows that the process before is dead.
func TestReplica_OfADeadProcessIsForgotten(t *testing.T) {
	t.Parallel()
	cfg := storetest.Options{}.Config(storetest.File(t, storetest.Options{}))
	cfg.Exclusive = true
	for range 2 {
		s, err := sqlstore.Open(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if all, _, err := s.ListReplicas(ctx, time.Hour); len(all) > 0 || err != nil {
			t.Errorf("want none, got %+v, %v", all, err)
		}
		if err := s.BeatReplica(ctx, ztp.Replica{ID: ztp.NewID()}, time.Minute); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
