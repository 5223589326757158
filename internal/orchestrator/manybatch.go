package orchestrator

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

// batch is some phones that are marked as sent, and the key that signs their calls.
type batch struct {
	turns   []*turn
	pending *ztp.PendingCall
	key     ztp.APIKey
	number  int    // of the key
	release func() // gives the key back
	until   time.Time
	// began and took are of the calls; ended is closed after them.
	began    time.Time
	took     time.Duration
	ended    chan struct{}
	panicked any
}

// wait returns when the calls have ended.
func (f *batch) wait() {
	<-f.ended
	if f.panicked != nil {
		panic(f.panicked)
	}
}

// writeItems writes and gives up what is queued, batch by batch. Before each the items
// are marked as sent, with what came of those before; so whoever goes on after a crash
// knows what may have been sent, and reads that before it writes.
func (r *run) writeItems(ctx context.Context) error {
	ctx = r.inTurn(ctx)
	reg, err := r.whole()
	if err != nil {
		return err
	}
	if err := r.countItems(ctx); err != nil {
		return err
	}
	_, err = r.writeQueued(ctx, reg)
	return r.refusedBelow(ctx, err)
}

// writeQueued writes what is queued or in doubt, and reports whether there was any. The
// next batch is marked while the calls of the one before are under way, so that these
// wait for nothing but the vendor and its limit.
func (r *run) writeQueued(ctx context.Context, reg ztp.BulkRegistrar) (some bool, err error) {
	b := r.bulk()
	var flying *batch
	defer func() {
		if flying != nil { // a panic: what was begun comes to its end all the same
			<-flying.ended
		}
	}()
	for {
		next, err := r.prepare(ctx, reg, b, flying != nil)
		some = some || next != nil
		over, proven := flying, b.proven
		if over != nil {
			over.wait()
			flying = nil
			if dead := (*storeError)(nil); errors.As(err, &dead) {
				return some, err // what came of it can't be recorded
			}
			if serr := r.sent(ctx, b, over); serr != nil {
				err = serr
			}
		}
		switch {
		case next != nil && (err != nil || b.proven != proven): // its intent may not be the last one committed
			if uerr := r.unmark(ctx, next); err == nil {
				err = uerr
			}
		case next != nil:
			r.launch(ctx, reg, b, next)
			flying = next
		case err == nil && over == nil:
			return some, nil
		}
		if err != nil {
			return some, err
		}
	}
}

func (b *bulk) outdated(now time.Time, company string) bool {
	return !b.keyless && (b.there == nil || b.company != company || now.Sub(b.readAt) >= max(listAge, listWorth*b.took))
}

// prepare marks the next batch; nil when there is none. While another one is flying, what
// came of that is not known yet, so that only what was never sent is taken.
func (r *run) prepare(ctx context.Context, reg ztp.BulkRegistrar, b *bulk, flying bool) (*batch, error) {
	for {
		items, err := r.nextItems(ctx, b, flying)
		if err != nil || len(items) == 0 {
			return nil, err
		}
		if err := r.mayBegin(ctx); err != nil {
			return nil, err
		}
		if b.outdated(r.o.now(), r.link.CompanyID) {
			if err := r.readThere(ctx, reg, b); err != nil {
				return nil, err
			}
		}
		if next, err := r.ready(ctx, b, items); next != nil || err != nil {
			return next, err
		}
	}
}

// nextItems are the phones of the next batch: those queued, and at the end those that
// were sent and got no answer. What came of the batches before is committed before the
// latter: the list comes from the database.
func (r *run) nextItems(ctx context.Context, b *bulk, flying bool) ([]ztp.PhoneItem, error) {
	states := []ztp.PhoneItemState{ztp.PhoneItemQueued}
	if !flying {
		states = append(states, ztp.PhoneItemSent)
		if err := r.flush(ctx); err != nil {
			return nil, err
		}
	}
	if b.keyless {
		states = append(states, ztp.PhoneItemWritten) // nobody can confirm it
	}
	for _, state := range states {
		page, err := r.o.cfg.Store.ListPhoneItems(ctx, ztp.PhoneItemQuery{Operation: r.op.ID, State: state, Limit: b.size})
		if err != nil {
			return nil, &storeError{err}
		}
		if len(page.Items) > 0 {
			return page.Items, nil
		}
	}
	return nil, nil
}

// ready plans and marks some phones, with the link's key, which a Rotate may take between
// two batches; nil when no call is needed for them.
func (r *run) ready(ctx context.Context, b *bulk, items []ztp.PhoneItem) (*batch, error) {
	release, key, err := r.lend(ctx)
	if err != nil {
		b.there = nil // it may take long, and is read again then
		return nil, err
	}
	next := &batch{key: key, number: r.borrowed, release: release, ended: make(chan struct{})}
	if err := r.planned(ctx, b, next, items); err != nil || len(next.turns) == 0 {
		release()
		return nil, err
	}
	next.pending, next.until = r.op.Data.Pending, r.leaseEnd.Add(-r.o.cfg.Lease/9)
	return next, nil
}

// planned puts those into a batch that are to be sent and are marked as such.
func (r *run) planned(ctx context.Context, b *bulk, next *batch, items []ztp.PhoneItem) error {
	turns, over, err := r.plan(ctx, b, items)
	if err == nil {
		err = r.record(ctx, over)
	}
	if err != nil {
		return err
	}
	if len(turns) == 0 {
		return r.flush(ctx)
	}
	next.turns, err = r.mark(ctx, turns)
	return err
}

// unmark takes back the mark of a batch that is not sent.
func (r *run) unmark(ctx context.Context, next *batch) error {
	next.release()
	over := make([]outcome, len(next.turns))
	for i, t := range next.turns {
		over[i] = outcome{turn: t, state: t.item.State}
	}
	return r.record(ctx, over)
}

// launch begins the calls of a batch. None begins that could not end before the batch's
// deadline, and none after the vendor has said that it is of no use: those stay as they
// were.
func (r *run) launch(ctx context.Context, reg ztp.BulkRegistrar, b *bulk, f *batch) {
	r.op.Data.Pending, f.began = f.pending, r.o.now()
	ctx = context.WithoutCancel(ctx)
	company, perCall, width, weak := r.link.CompanyID, r.info.CallTimeout, b.parallel, b.proven != f.number || r.givesUpAsReseller()
	if r.o.cfg.Lease-r.o.cfg.Lease/9 <= perCall { // a lease that is shorter than a call may take
		perCall = f.until.Sub(f.began) / 2
	}
	begin := f.until.Add(-perCall)
	go func() {
		defer close(f.ended)
		defer f.release()
		defer func() { f.panicked = recover() }()
		var useless atomic.Bool
		inParallel(width, len(f.turns), func(i int) {
			t := f.turns[i]
			if useless.Load() || r.stopping() || !r.o.now().Before(begin) {
				t.err, t.effect = errNotBegun, ztp.EffectNotSent
				return
			}
			ctx, cancel := context.WithTimeout(ctx, perCall)
			defer cancel()
			r.sendOne(ctx, reg, f.key, company, t)
			if v := ztp.VendorErrorOf(t.err); t.err != nil && (v.Effect == ztp.EffectLimited || v.Effect == ztp.EffectNotSent || v.Unauthorized || v.Denied && weak) {
				useless.Store(true)
			}
		})
		f.took = r.o.now().Sub(f.began)
	}()
}

// errNotBegun is of a phone whose call was left to a later batch.
var errNotBegun = &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectNotSent, Temporary: true}
