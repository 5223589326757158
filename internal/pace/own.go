package pace

import (
	"context"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// Places is where the rate is kept for all who share it.
type Places interface {
	// TakePlaces takes n places at the rate; first is the time of the first of them.
	TakePlaces(ctx context.Context, v ztp.VendorName, rate float64, burst, n int) (first, paused time.Time, err error)
	// PauseCalls tells the others that the vendor wants silence, CallsPaused asks them.
	PauseCalls(ctx context.Context, v ztp.VendorName, d time.Duration) error
	CallsPaused(ctx context.Context, v ztp.VendorName) (time.Time, error)
}

// Own are the places of a process that shares the rate with no other.
type Own struct {
	// Now is the clock.
	Now func() time.Time

	mu   sync.Mutex
	free time.Time // the next place
}

// TakePlaces is that of the store, in memory.
func (o *Own) TakePlaces(_ context.Context, _ ztp.VendorName, rate float64, burst, n int) (first, paused time.Time, err error) {
	places := func(n int) time.Duration { return time.Duration(float64(n) * float64(time.Second) / rate) }
	o.mu.Lock()
	defer o.mu.Unlock()
	if earliest := o.Now().Add(-places(burst)); o.free.Before(earliest) {
		o.free = earliest
	}
	first = o.free
	o.free = first.Add(places(n))
	return first, paused, nil
}

// PauseCalls has nobody to tell.
func (o *Own) PauseCalls(context.Context, ztp.VendorName, time.Duration) error { return nil }

// CallsPaused has nobody to ask.
func (o *Own) CallsPaused(context.Context, ztp.VendorName) (time.Time, error) {
	return time.Time{}, nil
}
