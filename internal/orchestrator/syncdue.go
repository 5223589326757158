package orchestrator

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// syncEvery is the age at which the phones of a configured link are compared again.
	syncEvery = 24 * time.Hour
	// syncAgain is the least time between two syncs of a link that nobody asks for,
	// whatever became of the first.
	syncAgain = 6 * time.Hour
	// syncSpread is how many rounds of the scheduler it takes at least to begin a sync of
	// every link; from then on each has its own time of the day.
	syncSpread = 12 * 60
)

// syncsDue queues the syncs that are due, a few at a time. One waits while an import, a
// bulk or another sync of its link is open.
func (o *Orchestrator) syncsDue(ctx context.Context, v ztp.VendorName, links []ztp.Link) error {
	if _, ok := o.vendors[v].(ztp.EndpointRegistrar); !ok {
		return nil
	}
	syncs, err := o.cfg.Store.PhoneSyncs(ctx, v)
	if err != nil {
		return err
	}
	last := map[ztp.PlatformID]time.Time{}
	for _, y := range syncs {
		last[y.Platform] = y.CompleteAt
	}
	room := 1 + len(links)/syncSpread
	for _, l := range links {
		if room == 0 {
			return nil
		}
		if l.State != ztp.LinkConfigured || !l.RestoredAt.IsZero() || o.now().Sub(later(last[l.Platform], l.SetAt)) < syncEvery {
			continue
		}
		queued, err := o.queueSync(ctx, l)
		if err != nil {
			return err
		}
		if queued {
			room--
		}
	}
	return nil
}

// later is the later one of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// queueSync is queue for a sync; it tells whether one was queued.
func (o *Orchestrator) queueSync(ctx context.Context, l ztp.Link) (queued bool, err error) {
	err = o.cfg.Store.Tx(ctx, func(s ztp.Store) (err error) {
		queued, err = o.queueIn(ctx, s, l.Platform, l.Vendor, ztp.KindSync, syncAgain, "schedule")
		return err
	})
	if queued && err == nil {
		o.Wake()
	}
	return queued, err
}
