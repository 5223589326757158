package sqlstore_test

import (
	"testing"
	"time"

	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// A large resync is forgotten in several commits, between which others write.
func TestDropResyncs_InParts(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, dsn string) {
		s := storetest.Open(t, dsn, storetest.Options{})
		p, _ := filled(t, s)
		r := ztp.Resync{ID: "old", Platform: p[0], State: ztp.ResyncDone, EndsAt: noon, CreatedAt: noon, FinishedAt: noon}
		items := make([]ztp.ResyncItem, 2*ztp.ResyncPart)
		for n := range items {
			items[n] = ztp.ResyncItem{MAC: ztp.MAC{0, 4, 0x13, 0, byte(n >> 8), byte(n)}, State: ztp.ResyncItemTold}
		}
		if err := s.CreateResync(ctx, r, items); err != nil {
			t.Fatal(err)
		}
		for _, tc := range []struct {
			before  time.Time
			commits uint64
		}{{noon, 0}, {noon.Add(time.Second), 3}, {noon.Add(time.Second), 0}} {
			before := s.Commits()
			if err := s.DropResyncs(ctx, tc.before); err != nil {
				t.Fatal(err)
			}
			if n := s.Commits() - before; n != tc.commits {
				t.Errorf("before %v: %d commits, want %d", tc.before, n, tc.commits)
			}
		}
		if _, err := s.Resync(ctx, r.ID); !ztp.IsCode(err, ztp.CodeNotFound) {
			t.Errorf("it is still there: %v", err)
		}
	})
}
