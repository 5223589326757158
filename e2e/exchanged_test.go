package e2e_test

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// TestRowsExchangedByHand exchanges the sealed keys of two platforms in the database.
// Neither opens in the other's place: that is an alarm, nothing is sent with the wrong
// key, and with the rows put back everything works on.
func TestRowsExchangedByHand(t *testing.T) {
	t.Parallel()
	sim, _, s := newSnomHere(t, srapssim.Options{})
	dsn := pgtest.DSN(t)
	db := mustDB(t, "pgx", dsn)
	in := newInstallation(t, dsn, s.base)
	in.seed(t, s)
	for _, slug := range []string{"acme-1", "other-2"} {
		in.platform(t, slug)
		onboarded(t, in, slug)
	}
	before := sim.State()
	exchange := func() {
		// One statement: each takes the other's, where there are just two.
		if n := mustExec(t, db, `UPDATE credential c SET sealed = o.sealed FROM credential o WHERE o.platform_id <> c.platform_id`); n != 2 {
			t.Fatalf("%d rows exchanged", n)
		}
	}
	exchange()
	mark := len(sim.Calls())
	for _, slug := range []string{"acme-1", "other-2"} {
		a, err := in.client.PutEndpoint(t.Context(), slug, mac(slug, 3), api.PutEndpoint{Account: "main"})
		op := in.outcome(t, asked(t, a, err).ID, startTimeout)
		if op.State != api.OperationNeedsOperator || op.Error == nil || op.Error.Code != "sealing_key_mismatch" {
			t.Errorf("%s: want the alarm, got %s, %+v", slug, op.State, op.Error)
		}
	}
	for _, c := range sim.Calls()[mark:] {
		if c.Mutation() || c.KeyID != "ck_reseller" {
			t.Errorf("sent all the same: %+v", c)
		}
	}
	if diff := cmp.Diff(before, sim.State()); diff != "" {
		t.Errorf("the vendor has changed:\n%s", diff)
	}
	exchange()
	for _, slug := range []string{"acme-1", "other-2"} {
		a, err := in.client.PutEndpoint(t.Context(), slug, mac(slug, 3), api.PutEndpoint{Account: "main"})
		in.done(t, a, err)
	}
	// A row of the audit log that was changed by hand shows, too.
	in.verb(t, "", "audit", "verify")
	mustExec(t, db, `ALTER TABLE event DISABLE TRIGGER ALL; UPDATE event SET detail = 'nothing happened' WHERE seq = 3; ALTER TABLE event ENABLE TRIGGER ALL`)
	if code, said := verbFails(t, in, "audit", "verify"); code != 1 || said == "" {
		t.Errorf("a changed row is not told: exit code %d, %s", code, said)
	}
}

// TestDatabaseOfAnHourAgo puts the database of a while ago back by hand, while the
// vendor's side has moved on: one platform was rotated since, one disabled, one
// onboarded, one given another phone. By itself that changes nothing at the vendor; the
// buttons put it in order.
func TestDatabaseOfAnHourAgo(t *testing.T) {
	t.Parallel()
	sim, _, s := newSnomHere(t, srapssim.Options{})
	in := newInstallation(t, "", s.base)
	in.seed(t, s)
	beforeBackup(t, in)
	in.server.signal(t, syscall.SIGTERM)
	file := filepath.Join(in.dir, "zerotouch.db")
	hour, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in.start(t)
	sinceBackup(t, in)
	in.server.signal(t, syscall.SIGTERM)
	for _, side := range []string{"-wal", "-shm"} {
		_ = os.Remove(file + side)
	}
	if err := os.WriteFile(file, hour, 0o600); err != nil {
		t.Fatal(err)
	}
	vendor, mark := sim.State(), len(sim.Calls())
	in.start(t)
	for _, slug := range movedOn[:3] {
		l, err := in.client.Link(t.Context(), slug, "snom")
		if err != nil || l.RestoredAt == nil {
			t.Errorf("%s: the row does not say that it is from a backup: %+v, %v", slug, l, err)
		}
		a, err := in.client.Check(t.Context(), slug, "snom")
		in.outcome(t, asked(t, a, err).ID, startTimeout)
	}
	if i := slices.IndexFunc(sim.Calls()[mark:], srapssim.Call.Mutation); i >= 0 {
		t.Errorf("changed by itself: %+v", sim.Calls()[mark+i])
	}
	if diff := cmp.Diff(vendor, sim.State()); diff != "" {
		t.Errorf("the vendor has changed:\n%s", diff)
	}
	inOrder(t, in, s)
}
