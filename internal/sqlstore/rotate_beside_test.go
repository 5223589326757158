package sqlstore_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// Another process reads and writes all the while and meets no error; nothing that
// it wrote is lost, nothing that it replaced comes back.
func TestRotateKeys_BesideAReplica(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		p, a := filled(t, s)
		replica := storetest.Open(t, dsn, storetest.Options{})
		var (
			wg   sync.WaitGroup
			stop = make(chan struct{})
			last int
		)
		wg.Go(func() {
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := work(replica, p[0], a[0], i); err != nil {
					t.Errorf("beside the rotation: %v", err)
					return
				}
				last = i
			}
		})
		// Whatever the two are at, the replica reads between any two commits of a rotation.
		read := func(sqlstore.KeyProgress) error {
			_, err := replica.OpenCredential(ctx, p[0], "snom", 1)
			return err
		}
		for range 5 {
			before := mustKeyStatus(t, s)
			after, err := s.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root, Progress: read})
			if err != nil {
				t.Errorf("beside the replica: %v", err)
				break
			}
			wantSteady(t, before, after)
		}
		close(stop)
		wg.Wait()
		key, _, err := s.SealedReseller(ctx, "busy")
		if err != nil || key.ID != fmt.Sprint("ck_", last) {
			t.Errorf("want what was written last, %d, got %s, %v", last, key.ID, err)
		}
		for i := 1; i <= last; i++ {
			if _, err := s.OpenToken(ctx, p[0], a[0], fmt.Sprint("busy", i)); err != nil {
				t.Errorf("token %d of %d: %v", i, last, err)
			}
		}
		wantOpen(t, s, replica)
	})
}

// work is what a busy server does with sealed values.
func work(s *sqlstore.Store, p ztp.PlatformID, a ztp.AccountID, i int) error {
	key := ztp.APIKey{ID: fmt.Sprint("ck_", i), Secret: ztp.NewSecret("busy")}
	if err := s.SetReseller(ctx, "busy", key, noon); err != nil {
		return err
	}
	if err := s.IssueToken(ctx, p, a, fmt.Sprint("busy", i), ztp.NewSecret(fmt.Sprint("busy-token-", i)), noon); err != nil {
		return err
	}
	got, _, err := s.SealedReseller(ctx, "busy")
	if err != nil {
		return err
	}
	if got.ID != key.ID {
		return fmt.Errorf("wrote %s and read %s", key.ID, got.ID)
	}
	if _, err := s.OpenToken(ctx, p, a, fmt.Sprint("busy", i)); err != nil {
		return err
	}
	_, err = s.OpenCredential(ctx, p, "snom", 1)
	return err
}

// Two that rotate at once do not undo each other's work.
func TestRotateKeys_TwoAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		filled(t, s)
		before := mustKeyStatus(t, s)
		var wg sync.WaitGroup
		for range 3 {
			other := storetest.Open(t, dsn, storetest.Options{})
			wg.Go(func() {
				if _, err := other.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		wantSteady(t, before, mustKeyStatus(t, s))
		wantOpen(t, s)
	})
}

// A write that began with the old key and is not committed yet, when the new one
// is to seal, is waited for and counted.
func TestRotateKeys_WaitsForAWriterInItsTransaction(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, pgtest.DSN(t), storetest.Options{})
	filled(t, s)
	besideAWrite(t, s, "slow", "%keyset%")
	wantOpen(t, s)
}

// A value that is replaced between being read and being sealed again stays what it
// was replaced by.
func TestRotateKeys_LeavesWhatIsWrittenMeanwhile(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, pgtest.DSN(t), storetest.Options{})
	filled(t, s)
	_, err := s.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root, Progress: func(p sqlstore.KeyProgress) error {
		if p.Phase == sqlstore.KeysResealing {
			return errCrash
		}
		return nil
	}})
	if !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	besideAWrite(t, s, "yealink", "UPDATE reseller%")
}

// besideAWrite replaces the vendor's reseller credential in a transaction that is
// committed when the rotation waits in a statement like the one named.
func besideAWrite(t *testing.T, s *sqlstore.Store, v ztp.VendorName, statement string) {
	t.Helper()
	rotated := make(chan error, 1)
	err := s.Tx(ctx, func(tx ztp.Store) error {
		if err := tx.SetReseller(ctx, v, ztp.APIKey{ID: "ck_meanwhile", Secret: ztp.NewSecret("meanwhile")}, noon); err != nil {
			return err
		}
		go func() {
			_, err := s.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root})
			rotated <- err
		}()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for range tick.C {
			var waiting int
			if err := s.Raw().QueryRow(`SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1`, statement).Scan(&waiting); err != nil || waiting > 0 {
				return err
			}
			if len(rotated) > 0 {
				return errors.New("the rotation did not wait")
			}
		}
		return nil
	})
	if err := errors.Join(err, <-rotated); err != nil {
		t.Fatal(err)
	}
	if key, _, err := s.SealedReseller(ctx, v); err != nil || key.ID != "ck_meanwhile" {
		t.Errorf("want what was written meanwhile, got %s, %v", key.ID, err)
	}
}

// A program from before rotations, which may still run in a rolling upgrade, seals
// with the key it has. What it writes in the last moment is counted, and sealed
// again before that key goes.
func TestRotateKeys_AnOlderProgramWrites(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		filled(t, s)
		before := mustKeyStatus(t, s)
		var old []byte
		if err := s.Raw().QueryRow("SELECT sealed FROM reseller WHERE vendor = 'snom'").Scan(&old); err != nil {
			t.Fatal(err)
		}
		written := 0
		after, err := s.RotateKeys(ctx, sqlstore.KeyRotation{Actor: root, Progress: func(p sqlstore.KeyProgress) error {
			if p.Resealed < filledValues || written == 3 {
				return nil
			}
			written++
			_, err := s.Raw().Exec("UPDATE reseller SET sealed = $1 WHERE vendor = 'snom'", old)
			return err
		}})
		if err != nil {
			t.Fatal(err)
		}
		wantSteady(t, before, after)
		wantOpen(t, s)
		if written != 3 {
			t.Errorf("the older program wrote %d times, want 3", written)
		}
	})
}
