package orchestrator

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

// outcome is what becomes of an item.
type outcome struct {
	*turn
	state ztp.PhoneItemState
	err   error
}

// sent takes in what came of a batch: of each phone, and of what the vendor bears. Its
// error is what keeps the operation from going on now.
func (r *run) sent(ctx context.Context, b *bulk, f *batch) error {
	turns := f.turns
	r.borrowed = f.number
	through := 0
	for _, t := range turns {
		if t.err == nil || t.effect == ztp.EffectRefused && !ztp.VendorErrorOf(t.err).Unauthorized {
			through++
		}
	}
	got := r.outcomes(b, turns, through)
	over, stop, unknown := got.over, got.stop, got.unknown
	b.adapt(f.took, len(turns), stop != nil)
	if unknown {
		if at := r.settleAt(turns[0].item.Deadline); at.After(r.op.Data.Unsettled) {
			r.op.Data.Unsettled = at
		}
	}
	unanswered := unknown || r.op.Data.Unanswered && through == 0
	r.settled(through > 0)
	r.op.Data.Unanswered = unanswered
	if len(got.denied) > 0 {
		more, err := r.weakOrTaken(ctx, f.key, b, got.denied)
		over = append(over, more...)
		if err != nil {
			stop = err
		}
	}
	if through > 0 {
		r.op.Attempt = 0
	}
	if err := r.record(ctx, over); err != nil {
		return err
	}
	if through > 0 && stop != nil && ztp.VendorErrorOf(stop).Effect == ztp.EffectUnknown && !isEnd(stop) {
		return nil // the others went through; those are tried again with the last ones
	}
	if stop == error(errNotBegun) {
		return nil
	}
	return stop
}

// outcomes is what came of a batch: of each phone, but for those denied; whether of one
// it is unknown; and what stops the batch as a whole.
type outcomes struct {
	over    []outcome
	denied  []*turn
	unknown bool
	stop    error
}

func (r *run) outcomes(b *bulk, turns []*turn, through int) (all outcomes) {
	for _, t := range turns {
		state, why := r.became(b, t, through > 0 || len(turns) == 1)
		all.unknown = all.unknown || state == ztp.PhoneItemSent
		switch v := ztp.VendorErrorOf(t.err); {
		case t.err == nil, state == ztp.PhoneItemDone: // one that is gone already is given up
		case state == ztp.PhoneItemFailed && v.Denied && r.releasesBelow() && r.op.Data.Key == 0:
			state, why, all.stop = t.item.State, nil, t.err // the reseller credential may not; another key may
		case v.Denied && r.givesUpAsReseller(): // for the platform's own key
			state, why, all.stop = t.item.State, nil, worse(all.stop, t.err)
		case state == ztp.PhoneItemFailed && v.Denied:
			all.denied = append(all.denied, t)
			continue
		case v.NotFound && !state.Final():
			all.stop = fail(&ztp.Error{Code: ztp.CodeVendorCompanyMissing, Err: t.err})
		case state == ztp.PhoneItemQueued || state == ztp.PhoneItemSent:
			all.stop = worse(all.stop, t.err)
		}
		all.over = append(all.over, outcome{turn: t, state: state, err: why})
	}
	return all
}

func isEnd(err error) bool {
	_, ok := err.(*end)
	return ok || isRest(err) || isStoreError(err)
}

// worse picks of two errors the one that says more about why the batch did not go on.
func worse(a, b error) error {
	if a == nil || a == error(errNotBegun) {
		return b
	}
	if v := ztp.VendorErrorOf(b); b != error(errNotBegun) && !isEnd(a) && (v.Unauthorized || v.Effect == ztp.EffectLimited && !ztp.VendorErrorOf(a).Unauthorized) {
		return b
	}
	return a
}

// became is the state of an item after its call. others: something of its batch went
// through, so that it is not the vendor as a whole that fails.
func (r *run) became(b *bulk, t *turn, others bool) (ztp.PhoneItemState, error) {
	release := t.item.Action == ztp.ItemRelease
	v := ztp.VendorErrorOf(t.err)
	switch {
	case t.otherwise:
		return ztp.PhoneItemCancelled, nil
	case (t.err == nil || v.NotFound) && release:
		return ztp.PhoneItemDone, nil
	case (t.err == nil || v.NotFound) && t.giveUp:
		return ztp.PhoneItemCancelled, nil
	case t.err == nil && t.missing != nil:
		return notThere(t)
	case v.NotFound && !r.op.Kind.ForMany(): // one refused phone ends nothing else
		return ztp.PhoneItemFailed, t.err
	case t.err == nil, t.effect == ztp.EffectUnknown && t.seen && t.asWished:
		t.err = nil
		return ztp.PhoneItemWritten, nil
	case t.effect == ztp.EffectUnknown && (t.seen || release):
		if others || r.op.Attempt >= len(patientDelays) {
			b.tries[t.item.MAC]++
		}
		if b.tries[t.item.MAC] > maxTries {
			return ztp.PhoneItemFailed, t.err
		}
		return ztp.PhoneItemSent, nil
	case t.effect == ztp.EffectUnknown:
		return ztp.PhoneItemSent, nil
	case t.effect != ztp.EffectRefused, v.Unauthorized, v.NotFound, v.Temporary:
		return t.item.State, nil // as it was: queued, or sent before
	}
	return ztp.PhoneItemFailed, t.err
}

// adapt follows what the vendor bears: half as many calls at once after a batch that it
// did not take whole, one more after each that it did. A batch is to take some two
// seconds, so that a Rotate, a Disable and whoever cancels do not wait for long: that is
// for two batches.
func (b *bulk) adapt(took time.Duration, n int, pushedBack bool) {
	if pushedBack {
		b.parallel = max(1, b.parallel/2)
	} else {
		b.parallel = min(maxParallel, b.parallel+1)
	}
	switch {
	case took > 3*time.Second:
		b.size = max(4, b.size/2)
	case took < 3*time.Second/2 && n >= b.size:
		b.size = min(maxBatch, b.size*2)
	}
}

// weakOrTaken tells the two meanings of one answer apart, once per key: takenOrWeak
// writes the platform's own profile with it. Refused, the key is too weak, which ends the
// operation; else each phone is somebody else's.
func (r *run) weakOrTaken(ctx context.Context, key ztp.APIKey, b *bulk, denied []*turn) (over []outcome, err error) {
	if b.proven != r.borrowed {
		err = r.takenOrWeak(ctx, key, denied[0].err)
		if code := ztp.CodeOf(err); code == ztp.CodeEndpointTaken || isVendorError(err, denied[0].err) {
			b.proven, err = r.borrowed, nil
		}
		r.settled(true)
	}
	for _, t := range denied {
		switch {
		case err != nil:
			over = append(over, outcome{turn: t, state: t.item.State})
		case ztp.VendorErrorOf(t.err).Code == ztp.CodeEndpointTaken && !r.pausing():
			taken, serr := r.takenBy(ctx, b, t)
			if serr != nil {
				return over, serr
			}
			over = append(over, outcome{turn: t, state: ztp.PhoneItemFailed, err: taken})
		default:
			over = append(over, outcome{turn: t, state: ztp.PhoneItemFailed, err: t.err})
		}
	}
	return over, err
}

// isVendorError reports that takenOrWeak gave back the refusal itself: there is no
// profile to write.
func isVendorError(err, cause error) bool { return err == cause }

// record lets what became of items ride with the next commit. A phone whose row was
// changed since it was sent is written again, whatever came of this one: which of the
// two writes the vendor got last is not known.
func (r *run) record(ctx context.Context, over []outcome) error {
	if len(over) == 0 {
		return nil
	}
	now := r.o.now()
	for _, o := range over {
		if o.state.Final() || o.state == ztp.PhoneItemWritten {
			r.op.Data.Handled++
		}
		switch {
		case o.state == ztp.PhoneItemFailed:
			r.noteFailed("endpoint.failed", o.item.MAC.String(), o.err)
		case o.state == ztp.PhoneItemDone && o.item.Action == ztp.ItemRelease:
			r.note("endpoint.released", o.item.MAC.String(), "")
		}
	}
	return r.later(ctx, result{with: func(ctx context.Context, s ztp.Store, l *ztp.Link) error {
		macs := make([]ztp.MAC, len(over))
		for i, o := range over {
			macs[i] = o.item.MAC
		}
		rows, err := s.EndpointsByMACs(ctx, r.op.Platform, macs)
		if err != nil {
			return err
		}
		items := make([]ztp.PhoneItem, len(over))
		for i, o := range over {
			items[i] = o.item
			items[i].State, items[i].UpdatedAt = o.state, now
			e := rows[o.item.MAC]
			if e.Version != o.row.Version && (o.state == ztp.PhoneItemWritten || o.state == ztp.PhoneItemFailed) {
				if items[i].State = ztp.PhoneItemQueued; !o.item.Deadline.IsZero() {
					items[i].State = ztp.PhoneItemSent // to be read before it is written
				}
				continue
			}
			if err := r.recordRow(ctx, s, l, o, e, &items[i]); err != nil {
				return err
			}
		}
		_, err = s.SavePhoneItems(ctx, items)
		return err
	}})
}

// recordRow brings the phone's row to what became of the item.
func (r *run) recordRow(ctx context.Context, s ztp.Store, l *ztp.Link, o outcome, e ztp.Endpoint, item *ztp.PhoneItem) error {
	now := r.o.now()
	switch {
	case o.otherwise:
		return r.leftAsFound(ctx, s, o, e, item)
	case o.state == ztp.PhoneItemFailed:
		item.Error = ztp.ProblemOf(o.err, now, r.op.Actor.RequestID)
		item.Error.Kept = true
		if o.giveUp {
			return nil
		}
		if o.item.Action == ztp.ItemWrite {
			e.State = ztp.EndpointFailed
		}
		e.Error, e.UpdatedAt = item.Error, now
		return s.SaveEndpoint(ctx, e)
	case o.state == ztp.PhoneItemDone && o.item.Action == ztp.ItemRelease && e.State != ztp.EndpointReleased && !e.MAC.IsZero():
		if o.err == nil && o.turn.err == nil {
			e.ConfirmedAt = now
		}
		e.State, e.Error, e.PausedBy, e.MovedTo, e.UpdatedAt = ztp.EndpointReleased, nil, "", "", now
		if err := s.SaveEndpoint(ctx, e); err != nil {
			return err
		}
		return r.putRight(ctx, s, l, e.MAC.String())
	case o.missing != nil && e.State == ztp.EndpointWanted && e.PausedBy != "":
		e.State, e.UpdatedAt = ztp.EndpointPaused, now // for the next Onboard, as it was
		return s.SaveEndpoint(ctx, e)
	}
	return nil
}
