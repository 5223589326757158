package orchestrator

import (
	"context"
	"maps"
	"slices"

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
	// found is what a sync has found of a phone that is given up for that; otherwise is set
	// when the vendor has it otherwise by now, and nothing was sent.
	found     *ztp.Drift
	otherwise bool
	// seen: it was read after the failure, or instead of a call, and is (asWished) or is
	// not as it was asked for.
	seen, asWished bool
}

// maxTries is how often a write of a phone may go out and be seen to do nothing.
const maxTries = 4

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
	found, err := r.foundAs(ctx, items)
	if err != nil {
		return nil, nil, &storeError{err}
	}
	if err := r.othersWritesOver(ctx, items); err != nil {
		return nil, nil, err
	}
	defer r.fillsOnce()()
	for _, item := range items {
		e, there := rows[item.MAC]
		t := &turn{item: item, row: e, found: found[item.MAC]}
		switch state, err := r.planItem(ctx, b, t, there); {
		case state != "":
			over = append(over, outcome{turn: t, state: state, err: err})
		case err != nil:
			return nil, nil, err
		default:
			turns = append(turns, t)
		}
	}
	return turns, over, nil
}

// planItem plans one. A state is what it comes to without a call, for the error if any;
// an error without a state is the operation's.
func (r *run) planItem(ctx context.Context, b *bulk, t *turn, there bool) (ztp.PhoneItemState, error) {
	released, doubt, release := !there || t.row.State == ztp.EndpointReleased, !t.item.Deadline.IsZero(), t.item.Action == ztp.ItemRelease
	gone := released || t.row.Vendor != r.op.Vendor
	switch {
	case b.keyless:
		return ztp.PhoneItemFailed, &ztp.Error{Code: ztp.CodeVendorKeyRejected, Detail: "The key was refused, so the phone could not be paused."}
	case release && (released && !doubt || r.link.CompanyID == ""):
		return ztp.PhoneItemDone, nil
	case gone && !doubt:
		return ztp.PhoneItemCancelled, nil // given up, or moved, meanwhile
	case gone && !release:
		// What was sent may come after the phone was given up.
		if at := r.settleAt(t.item.Deadline); t.item.State == ztp.PhoneItemSent && r.o.now().Before(at) {
			return "", &rest{until: at, reason: "A phone was given up while a write of it got no answer; waiting until that can't take effect any more"}
		}
		t.giveUp, t.read = true, true
	case !release:
		err := r.planWrite(ctx, b, t)
		if err != nil && definite(err) {
			return ztp.PhoneItemFailed, err
		}
		return "", err
	}
	return "", nil
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
// whose row has changed since it was planned waits for the next batch, and one that
// somebody has cancelled since is not sent. A paused one that
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
		items := make([]ztp.PhoneItem, 0, len(turns))
		for _, t := range turns {
			e := rows[t.item.MAC]
			if e.Version != t.row.Version || !t.want.newToken.IsZero() && e.DeviceTokenHash != "" {
				continue
			}
			x := t.item
			x.State, x.Deadline, x.Error, x.UpdatedAt = ztp.PhoneItemSent, deadline, nil, now
			marked, items = append(marked, t), append(items, x)
		}
		cancelled, err := s.SavePhoneItems(ctx, items)
		if err != nil {
			return err
		}
		marked = slices.DeleteFunc(marked, func(t *turn) bool { return slices.Contains(cancelled, t.item.MAC) })
		return r.onTheirWay(ctx, s, marked, rows)
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

// onTheirWay saves what the rows of phones say from before their calls on.
func (r *run) onTheirWay(ctx context.Context, s ztp.Store, marked []*turn, rows map[ztp.MAC]ztp.Endpoint) error {
	tokens := map[ztp.MAC]ztp.Secret{}
	for _, t := range marked {
		e := rows[t.item.MAC]
		if !t.want.newToken.IsZero() {
			tokens[e.MAC] = t.want.newToken
		}
		if e.State == ztp.EndpointPaused && t.want.Enabled {
			e.State, e.UpdatedAt = ztp.EndpointWanted, r.o.now()
			if err := s.SaveEndpoint(ctx, e); err != nil {
				return err
			}
		}
	}
	return s.SetDeviceTokens(ctx, r.op.Platform, tokens)
}

// sendOne makes the call for one phone, reads it before where that is needed, and after
// where no answer came.
func (r *run) sendOne(ctx context.Context, reg ztp.BulkRegistrar, key ztp.APIKey, company string, t *turn) {
	if t.item.Action == ztp.ItemRelease {
		if t.found != nil && !r.stillAsFound(ctx, reg, key, company, t) {
			return
		}
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
			if e := ztp.VendorErrorOf(err).Effect; e == ztp.EffectLimited || definite(err) {
				t.effect = e
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
