package pace_test

import (
	"context"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"zerotouch.example/internal/pace"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

func TestMain(m *testing.M) {
	os.Exit(pgtest.Main(m, func(dsn string) error {
		s, err := sqlstore.Open(context.Background(), storetest.Options{}.Config(dsn))
		if err != nil {
			return err
		}
		return s.Close()
	}))
}

// counting counts the statements that a Pacer costs.
type counting struct {
	ztp.ReplicaStore
	taken atomic.Int32
}

func (c *counting) TakePlaces(ctx context.Context, v ztp.VendorName, rate float64, burst, n int) (time.Time, time.Time, error) {
	c.taken.Add(1)
	return c.ReplicaStore.TakePlaces(ctx, v, rate, burst, n)
}

// Three processes that call as fast as they may stay within one rate together, and
// take a second's worth of places at a time.
func TestRateIsShared(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	const rate, burst, calls = 50, 20, 40
	var wg sync.WaitGroup
	var stores []*counting
	begun := time.Now()
	for range 3 {
		s := storetest.Open(t, dsn, storetest.Options{})
		c := &counting{ReplicaStore: s}
		stores = append(stores, c)
		p := pace.New(pace.Config{Store: c, Vendor: "snom", Rate: rate, Burst: burst, Now: s.Now})
		for range 4 {
			wg.Go(func() {
				for range calls / 4 {
					if err := p.Wait(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	if took, least := time.Since(begun), time.Second*(3*calls-burst)/rate; took < least-100*time.Millisecond {
		t.Errorf("%d calls took %s, at this rate they take %s", 3*calls, took, least)
	}
	for _, s := range stores {
		if n := s.taken.Load(); n > calls/burst+6 {
			t.Errorf("%d statements for %d calls", n, calls)
		}
	}
}

// What a vendor asked one process for holds for the others, with a rate and without.
func TestPauseIsShared(t *testing.T) {
	t.Parallel()
	for name, rate := range map[string]float64{"Rate": 5, "NoRate": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.Open(t, pgtest.DSN(t), storetest.Options{})
			one := pace.New(pace.Config{Store: s, Vendor: "snom", Rate: rate, Burst: 20, Now: s.Now})
			two := pace.New(pace.Config{Store: s, Vendor: "snom", Rate: rate, Burst: 20, Now: s.Now})
			one.Pause(time.Hour) // absurd; believed for five minutes
			two.Hear(t.Context(), ztp.HintPause)
			for _, p := range []*pace.Pacer{one, two} {
				v := ztp.VendorErrorOf(p.Wait(t.Context()))
				if v.Effect != ztp.EffectLimited || v.RetryAfter < 4*time.Minute || v.RetryAfter > 5*time.Minute {
					t.Errorf("want the call put off for five minutes, got %+v", v)
				}
			}
			other := pace.New(pace.Config{Store: s, Vendor: "yealink", Rate: rate, Burst: 20, Now: s.Now})
			if err := other.Wait(t.Context()); err != nil {
				t.Errorf("another vendor: %v", err)
			}
		})
	}
}

// free is a store with no database behind it, for a rate of nothing.
type free struct{ ztp.ReplicaStore }

func (free) CallsPaused(context.Context, ztp.VendorName) (time.Time, error)  { return time.Time{}, nil }
func (free) PauseCalls(context.Context, ztp.VendorName, time.Duration) error { return nil }

// Without a rate a call costs nothing, and a short pause is waited for in place.
func TestNoRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.Config{Store: free{}, Vendor: "snom", Now: time.Now})
		begun := time.Now()
		for range 1000 {
			if err := p.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(begun) != 0 {
			t.Error("calls waited")
		}
		p.Pause(0)
		if err := p.Wait(t.Context()); err != nil || time.Since(begun) != time.Second {
			t.Errorf("want a second waited, got %s, %v", time.Since(begun), err)
		}
	})
}
