package pace_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zerotouch.example/internal/pace"
	"zerotouch.example/internal/ztp"
)

// TestTurns: two imports call with all they have at 20 a second. They share it, and
// whoever registers one phone beside them waits for one of their calls each.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.Config{Store: &pace.Own{Now: time.Now}, Vendor: "snom", Rate: 20, Burst: 20, Now: time.Now})
		ctx, stop := context.WithCancel(t.Context())
		var mu sync.Mutex
		calls := map[ztp.PlatformID]int{}
		var wg sync.WaitGroup
		for who, width := range map[ztp.PlatformID]int{"big": 30, "small": 2} {
			for range width {
				wg.Go(func() {
					for p.Wait(ztp.InTurn(ctx, who)) == nil {
						mu.Lock()
						calls[who]++
						mu.Unlock()
					}
				})
			}
		}
		time.Sleep(10 * time.Second)
		begun := time.Now()
		for range 3 {
			if err := p.Wait(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took > 400*time.Millisecond {
			t.Errorf("three calls for one phone waited %s", took)
		}
		time.Sleep(10 * time.Second)
		stop()
		wg.Wait()
		all := calls["big"] + calls["small"]
		// The burst is whose who comes first.
		if all < 20*20-5 || all > 20*20+25 || calls["small"] < (all-20)/2-5 {
			t.Errorf("the calls were %v", calls)
		}
	})
}

// TestTurnsGivenUp: somebody who waits no longer takes no turn with him.
func TestTurnsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := pace.New(pace.Config{Store: &pace.Own{Now: time.Now}, Vendor: "snom", Rate: 1, Burst: 1, Now: time.Now})
		var wg sync.WaitGroup
		for i := range 40 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*100*time.Millisecond)
				defer cancel()
				_ = p.Wait(ztp.InTurn(ctx, ztp.PlatformID("p"+string(rune('0'+i%3)))))
			})
		}
		wg.Wait()
		begun := time.Now()
		if err := p.Wait(ztp.InTurn(t.Context(), "p0")); err != nil || time.Since(begun) > 2*time.Second {
			t.Errorf("the next one waited %s: %v", time.Since(begun), err)
		}
	})
}
