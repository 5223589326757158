package orchestrator

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

// turn is one phone of a batch: what is asked of it, and what came of it.
type turn struct {
	item ztp.PhoneItem
	row  ztp.Endpoint
	want wish
	have ztp.WholeEndpoint
	// pause: it is to be paused, and else left as it is. giveUp: it was released while it
	// was being written, so that the vendor may have got the write last.
	pause, giveUp bool
	// read: the phone has to be read before it is written, since the list does not say
	// enough of it or something was sent before.
	read bool
	// err is how its call failed, nil when it did not. effect is what is known of it.
	err    error
	effect ztp.Effect
	// missing is how the vendor said that it does not have a phone that is to be paused.
	missing error
	// seen: it was read after the failure, or instead of a call, and is (asWished) or is
	// not as it was asked for.
	seen, asWished bool
}

// maxTries is how often a write of a phone may go out and be seen to do nothing.
const maxTries = 4

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
	return err
}

// writeQueued writes what is queued or in doubt, and reports whether there was any.
func (r *run) writeQueued(ctx context.Context, reg ztp.BulkRegistrar) (some bool, err error) {
	b := r.bulk()
	for {
		items, err := r.nextItems(ctx, b)
		if err != nil || len(items) == 0 {
			return some, err
		}
		some = true
		if err := r.mayBegin(ctx); err != nil {
			return some, err
		}
		if b.outdated(r.o.now(), r.link.CompanyID) {
			if err := r.readThere(ctx, reg, b); err != nil {
				return some, err
			}
		}
		if err := r.writeBatch(ctx, reg, b, items); err != nil {
			return some, err
		}
	}
}

func (b *bulk) outdated(now time.Time, company string) bool {
	return !b.keyless && (b.there == nil || b.company != company || now.Sub(b.readAt) >= max(listAge, listWorth*b.took))
}

// nextItems are the phones of the next batch: those queued, and at the end those that
// were sent and got no answer. What came of the batch before is committed first: the
// list comes from the database.
func (r *run) nextItems(ctx context.Context, b *bulk) ([]ztp.PhoneItem, error) {
	var items []ztp.PhoneItem
	states := []ztp.PhoneItemState{ztp.PhoneItemQueued, ztp.PhoneItemSent}
	if b.keyless {
		states = append(states, ztp.PhoneItemWritten) // nobody can confirm it
	}
	for _, state := range states {
		if len(items) > 0 {
			break
		}
		// Those of the batch before are still marked as sent until they are recorded.
		if state != ztp.PhoneItemQueued {
			if err := r.flush(ctx); err != nil {
				return nil, err
			}
		}
		page, err := r.o.cfg.Store.ListPhoneItems(ctx, ztp.PhoneItemQuery{Operation: r.op.ID, State: state, Limit: b.size})
		if err != nil {
			return nil, &storeError{err}
		}
		items = page.Items
	}
	return items, nil
}

// writeBatch writes some phones with the link's key, which a Rotate may take between two
// batches.
func (r *run) writeBatch(ctx context.Context, reg ztp.BulkRegistrar, b *bulk, items []ztp.PhoneItem) error {
	release, key, err := r.lend(ctx)
	if err != nil {
		b.there = nil // it may take long, and is read again then
		return err
	}
	defer release()
	turns, over, err := r.plan(ctx, b, items)
	if err != nil {
		return err
	}
	if err := r.record(ctx, over); err != nil {
		return err
	}
	if len(turns) == 0 {
		return r.flush(ctx)
	}
	if turns, err = r.mark(ctx, turns); err != nil || len(turns) == 0 {
		return err
	}
	began := r.o.now()
	r.send(ctx, reg, key, b, turns)
	return r.sent(ctx, key, b, turns, r.o.now().Sub(began))
}

// plan says what is to be sent for each item, and which are over without: those whose
// row says so, and those that cannot be written.
func (r *run) plan(ctx context.Context, b *bulk, items []ztp.PhoneItem) (turns []*turn, over []outcome, err error) {
	macs := make([]ztp.MAC, len(items))
	for i, item := range items {
		macs[i] = item.MAC
	}
	rows, err := r.o.cfg.Store.EndpointsByMACs(ctx, r.op.Platform, macs)
	if err != nil {
		return nil, nil, &storeError{err}
	}
	if !r.pausing() { // it writes no address
		if err := r.openDevices(ctx, slices.Collect(maps.Values(rows))); err != nil {
			return nil, nil, err
		}
	}
	for _, item := range items {
		e, there := rows[item.MAC]
		t := &turn{item: item, row: e}
		released, doubt := !there || e.State == ztp.EndpointReleased, item.State == ztp.PhoneItemSent
		switch gone := released || e.Vendor != r.op.Vendor; {
		case b.keyless:
			over = append(over, outcome{turn: t, state: ztp.PhoneItemFailed, err: &ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: "The key was refused, so the phone could not be paused."}})
		case released && item.Action == ztp.ItemRelease && !doubt:
			over = append(over, outcome{turn: t, state: ztp.PhoneItemDone})
		case gone && !doubt:
			over = append(over, outcome{turn: t, state: ztp.PhoneItemCancelled}) // given up, or moved, meanwhile
		case item.Action == ztp.ItemRelease:
			turns = append(turns, t)
		case gone:
			t.giveUp, t.read = true, true
			turns = append(turns, t)
		default:
			switch err := r.planWrite(ctx, b, t); {
			case err == nil:
				turns = append(turns, t)
			case isStoreError(err) || !definite(err):
				return nil, nil, err
			default:
				over = append(over, outcome{turn: t, state: ztp.PhoneItemFailed, err: err})
			}
		}
	}
	return turns, over, nil
}

// planWrite says what is to be written of a phone, and whether it is to be read before.
func (r *run) planWrite(ctx context.Context, b *bulk, t *turn) (err error) {
	have, listed := b.there[t.item.MAC]
	t.have = have
	doubt := t.item.State == ztp.PhoneItemSent
	t.read = doubt || listed && have.Partial || !listed && b.unlisted
	if r.pausing() {
		t.pause, t.want.MAC = true, t.item.MAC
		t.read = t.read || have.MAC != t.item.MAC // a list may lag: what is not in it may be there
		return nil
	}
	if t.want, err = r.wishedAtVendor(ctx, &t.row); err != nil {
		return err
	}
	if doubt && t.row.UpdatedAt.After(t.item.UpdatedAt) {
		// What was sent may say something else, and come later than what is sent now.
		if at := r.settleAt(t.item.Deadline); at.After(r.op.Data.ConfirmFrom) {
			r.op.Data.ConfirmFrom = at
		}
	}
	return nil
}

// mark commits that the phones are being sent, with what came of those before. A phone
// whose row has changed since it was planned waits for the next batch. A paused one that
// is to be redirected counts as redirected from here on, so that a Disable pauses it.
func (r *run) mark(ctx context.Context, turns []*turn) (marked []*turn, err error) {
	now := r.o.now()
	deadline := now.Add(r.o.cfg.Lease - r.o.cfg.Lease/9)
	what := intentWrite
	if r.pausing() {
		what = "pause_phone"
	}
	r.op.Data.Pending = &ztp.PendingCall{What: what, Target: ztp.Counted(len(turns), "phone", "phones"), Deadline: deadline}
	err = r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		marked = marked[:0]
		macs := make([]ztp.MAC, len(turns))
		for i, t := range turns {
			macs[i] = t.item.MAC
		}
		rows, err := s.EndpointsByMACs(ctx, r.op.Platform, macs)
		if err != nil {
			return err
		}
		items, tokens := make([]ztp.PhoneItem, 0, len(turns)), map[ztp.MAC]ztp.Secret{}
		for _, t := range turns {
			e := rows[t.item.MAC]
			if e.Version != t.row.Version || !t.want.newToken.IsZero() && e.DeviceTokenHash != "" {
				continue
			}
			if !t.want.newToken.IsZero() {
				tokens[e.MAC] = t.want.newToken
			}
			if e.State == ztp.EndpointPaused && t.want.Enabled {
				e.State, e.UpdatedAt = ztp.EndpointWanted, now
				if err := s.SaveEndpoint(ctx, e); err != nil {
					return err
				}
			}
			x := t.item
			x.State, x.Deadline, x.Error, x.UpdatedAt = ztp.PhoneItemSent, deadline, nil, now
			marked, items = append(marked, t), append(items, x)
		}
		if err := s.SetDeviceTokens(ctx, r.op.Platform, tokens); err != nil {
			return err
		}
		return s.SavePhoneItems(ctx, items)
	})
	if err != nil {
		return nil, err
	}
	for _, t := range marked {
		if t.row.State == ztp.EndpointPaused && t.want.Enabled {
			t.row.State = ztp.EndpointWanted
			t.row.Version++
		}
		t.item.Deadline = deadline
	}
	return marked, nil
}

// send makes the calls. None begins that could not end before the batch's deadline, and
// none after the vendor has said that it is of no use: those stay as they were.
func (r *run) send(ctx context.Context, reg ztp.BulkRegistrar, key ztp.APIKey, b *bulk, turns []*turn) {
	ctx = context.WithoutCancel(ctx)
	company, perCall := r.link.CompanyID, r.info.CallTimeout
	until := r.leaseEnd.Add(-r.o.cfg.Lease / 9)
	begin := until.Add(-perCall)
	if !begin.After(r.o.now()) { // a lease that is shorter than a call may take
		perCall = until.Sub(r.o.now()) / 2
		begin = until.Add(-perCall)
	}
	var useless atomic.Bool
	inParallel(b.parallel, len(turns), func(i int) {
		t := turns[i]
		if useless.Load() || r.stopping() || !r.o.now().Before(begin) {
			t.err, t.effect = errNotBegun, ztp.EffectNotSent
			return
		}
		ctx, cancel := context.WithTimeout(ctx, perCall)
		defer cancel()
		r.sendOne(ctx, reg, key, company, t)
		if v := ztp.VendorErrorOf(t.err); t.err != nil && (v.Effect == ztp.EffectLimited || v.Effect == ztp.EffectNotSent || v.Unauthorized || v.Denied && b.proven != r.borrowed) {
			useless.Store(true)
		}
	})
}

// errNotBegun is of a phone whose call was left to a later batch.
var errNotBegun = &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectNotSent, Temporary: true}

// sendOne makes the call for one phone, reads it before where that is needed, and after
// where no answer came.
func (r *run) sendOne(ctx context.Context, reg ztp.BulkRegistrar, key ztp.APIKey, company string, t *turn) {
	if t.item.Action == ztp.ItemRelease {
		t.fail(reg.DeleteEndpoint(ctx, key, company, t.item.MAC))
		return
	}
	look := func() error {
		have, err := reg.Whole(ctx, key, company, t.item.MAC)
		if err != nil && !ztp.IsVendorNotFound(err) {
			return err
		}
		t.have, t.seen, t.asWished = have, true, t.right(have.VendorEndpoint)
		if t.pause {
			t.missing = err
		}
		return nil
	}
	if t.read {
		if err := look(); err != nil {
			t.err, t.effect = err, ztp.EffectNotSent
			if ztp.VendorErrorOf(err).Effect == ztp.EffectLimited {
				t.effect = ztp.EffectLimited
			}
			return
		}
	} else {
		t.asWished = t.right(t.have.VendorEndpoint)
	}
	if t.asWished || t.missing != nil {
		return // as the list is to confirm
	}
	t.seen = false
	if t.giveUp {
		t.fail(reg.DeleteEndpoint(ctx, key, company, t.item.MAC))
		return
	}
	if t.fail(reg.Overwrite(ctx, key, company, t.want.VendorEndpoint, t.have)); t.effect == ztp.EffectUnknown {
		_ = look() // without an answer to this one either, it stays unseen
	}
}

// right reports whether the vendor has the phone as it should.
func (t *turn) right(got ztp.VendorEndpoint) bool {
	switch there := got.MAC == t.item.MAC; {
	case t.giveUp:
		return !there
	case t.pause:
		return there && !got.Enabled
	default:
		return there && asWished(got, t.want.VendorEndpoint)
	}
}

func (t *turn) fail(err error) {
	if err != nil {
		t.err, t.effect = err, ztp.VendorErrorOf(err).Effect
	}
}

// asWished reports whether the vendor has the phone as it should, as far as it tells. A
// name that is not ours to say is whatever somebody gave it there.
func asWished(got, want ztp.VendorEndpoint) bool {
	if want.Name == "" {
		got.Name = ""
	}
	return got.Enabled == want.Enabled && got.URL.Equal(want.URL) && sameRest(got, want)
}
