package control_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// dying is a store of a process that dies at the nth commit of a part, and reaches nothing
// from then on.
type dying struct {
	ztp.Store
	at, parts int
}

var errDead = errors.New("the process is dead")

func (d *dying) part(f func() error) error {
	if d.parts++; d.parts >= d.at {
		return errDead
	}
	return f()
}

func (d *dying) CreateResync(ctx context.Context, r ztp.Resync, items []ztp.ResyncItem) error {
	return d.part(func() error { return d.Store.CreateResync(ctx, r, items) })
}

func (d *dying) AddResyncItems(ctx context.Context, r ztp.Resync, items []ztp.ResyncItem) error {
	return d.part(func() error { return d.Store.AddResyncItems(ctx, r, items) })
}

func (d *dying) Tx(ctx context.Context, f func(ztp.Store) error) error {
	return d.part(func() error { return d.Store.Tx(ctx, f) })
}

func (d *dying) DropCutResync(ctx context.Context, id ztp.ResyncID) error {
	return d.part(func() error { return d.Store.DropCutResync(ctx, id) })
}

// of is a control of another process, which puts phones in three by three.
func (w *world) of(s ztp.Store) *control.Control {
	return control.New(control.Config{Store: s, Vendors: []ztp.Vendor{w.snom}, SIPProxy: "sip:proxy.example", Now: w.now}).PutInPartsOf(3)
}

// TestResyncCutShort: a process that dies between two parts has begun nothing: the resync is
// there, cancelled, and the same request makes it anew, as a whole and once.
func TestResyncCutShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inOffice(10, 9, 8)
	r := control.ResyncRequest{Submission: control.Submission{Key: "k"}, Within: time.Hour}
	for at := 1; at <= 4; at++ { // 1, 3 and 3 phones, and the last 3 that let it begin
		if _, err := w.of(&dying{Store: w.store, at: at}).BeginResync(t.Context(), admin, w.p.Slug, r); !errors.Is(err, errDead) {
			t.Fatalf("dead at part %d: %v", at, err)
		}
		list, err := w.control.ListResyncs(t.Context(), viewer, w.p.Slug, ztp.ResyncQuery{})
		w.must(err)
		if len(list.Items) != min(at-1, 1) {
			t.Fatalf("dead at part %d: %+v", at, list.Items)
		}
		if at > 1 && (!list.Items[0].Staged() || !strings.Contains(list.Items[0].Trouble, "none is told")) {
			t.Errorf("dead at part %d: %+v", at, list.Items[0])
		}
		w.advance(ztp.ResyncDead + time.Second)
		if at == 4 { // a runner was there meanwhile
			w.must(w.store.EndCutResyncs(t.Context(), w.now().Add(-ztp.ResyncDead), w.now()))
		}
	}
	for range 2 {
		made, err := w.of(w.store).BeginResync(t.Context(), admin, w.p.Slug, r)
		w.must(err)
		if made.State != ztp.ResyncRunning || made.Trouble != "" || made.Tally[ztp.ResyncItemQueued] != 8 || made.Tally[ztp.ResyncItemLeftOut] != 2 || !made.FinishedAt.IsZero() {
			t.Errorf("made anew: %+v", made)
		}
		items, err := w.control.ResyncItems(t.Context(), viewer, ztp.ResyncItemQuery{Resync: made.ID, State: ztp.ResyncItemQueued})
		w.must(err)
		for _, i := range items.Items {
			if i.DueAt.Before(made.CreatedAt.Add(ztp.ResyncStaging)) || i.DueAt.After(made.EndsAt) {
				t.Errorf("%s is due at %s, of one from %s to %s", i.MAC, i.DueAt, made.CreatedAt, made.EndsAt)
			}
		}
	}
	events, err := w.control.Events(t.Context(), admin, ztp.EventQuery{Action: "resync.begun", Limit: 10})
	w.must(err)
	list, err := w.control.ListResyncs(t.Context(), viewer, w.p.Slug, ztp.ResyncQuery{})
	w.must(err)
	if len(events.Items) != 1 || len(list.Items) != 1 {
		t.Errorf("%d events, %d resyncs, want one of each", len(events.Items), len(list.Items))
	}
}

// TestResyncPressedTwice: the same request at once, of which one puts the phones in and the
// other waits for it.
func TestResyncPressedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inOffice(10, 9, 8)
	r := control.ResyncRequest{Submission: control.Submission{Key: "k"}}
	var all sync.WaitGroup
	made := make([]ztp.Resync, 4)
	for n := range made {
		all.Go(func() {
			var err error
			if made[n], err = w.of(w.store).BeginResync(t.Context(), admin, w.p.Slug, r); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, m := range made {
		if m.ID != made[0].ID || m.State != ztp.ResyncRunning || m.Tally.Open() != 8 {
			t.Errorf("made %+v", m)
		}
	}
}

// TestResyncTooSlow: where the parts take so long that phones of the first may be due, it is
// not begun, and nothing of it is left.
func TestResyncTooSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.inOffice(10, 9, 8)
	_, err := w.of(&slow{w.store, w}).BeginResync(t.Context(), admin, w.p.Slug, control.ResyncRequest{})
	if err == nil || !strings.Contains(err.Error(), "10 phones were not put in within 1m0s") {
		t.Errorf("begun: %v", err)
	}
	list, err := w.control.ListResyncs(t.Context(), viewer, w.p.Slug, ztp.ResyncQuery{})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("left: %+v, %v", list.Items, err)
	}
}

// slow is a store that takes a minute for a part.
type slow struct {
	ztp.Store
	w *world
}

func (s *slow) AddResyncItems(ctx context.Context, r ztp.Resync, items []ztp.ResyncItem) error {
	s.w.advance(ztp.ResyncStaging)
	return s.Store.AddResyncItems(ctx, r, items)
}
