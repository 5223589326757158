package orchestrator

import (
	"context"
	"maps"
	"slices"

	"zerotouch.example/internal/ztp"
)

// maxRounds is how often phones are written again that the vendor took and does not show
// as written.
const maxRounds = 3

// confirmItems reads the vendor's list again and compares it with what was written. What
// the list lacks, or shows otherwise, is read alone; what is otherwise there too is
// written again, and has failed when that does not help: a vendor may drop silently what
// it has accepted.
func (r *run) confirmItems(ctx context.Context) error {
	ctx = r.inTurn(ctx)
	reg, err := r.whole()
	if err != nil {
		return err
	}
	return r.writeAndConfirm(ctx, reg)
}

// writeAndConfirm writes what is queued and confirms what is written, until every item
// has come to its end.
func (r *run) writeAndConfirm(ctx context.Context, reg ztp.BulkRegistrar) error {
	for {
		some, err := r.writeQueued(ctx, reg)
		if err != nil {
			return err
		}
		if some && r.op.Data.Round > 0 {
			return r.giveTime()
		}
		written, err := r.itemsIn(ctx, r.op.ID, ztp.PhoneItemWritten)
		if err != nil {
			return err
		}
		if len(written) == 0 {
			return r.allConfirmed(ctx)
		}
		if now := r.o.now(); now.Before(r.op.Data.ConfirmFrom) {
			return &rest{until: r.op.Data.ConfirmFrom, reason: "A phone was changed while it was being written; waiting until the older write can't take effect any more"}
		}
		if err := r.confirmByList(ctx, reg, written); err != nil {
			return err
		}
		if err := r.confirmAlone(ctx, reg, written); err != nil {
			return err
		}
	}
}

// giveTime rests before phones that were written again are read again: a list may lag.
func (r *run) giveTime() error {
	wait := listLag
	if r.op.Data.Round >= maxRounds {
		wait = r.info.Settle
	}
	return &rest{until: r.o.now().Add(wait), reason: "Phones were written again; giving " + r.info.Title + " time to show them"}
}

// allConfirmed says what became of the phones.
func (r *run) allConfirmed(ctx context.Context) error {
	t, err := r.o.cfg.Store.CountPhoneItems(ctx, r.op.ID)
	if err != nil {
		return &storeError{err}
	}
	r.op.Data.Total, r.op.Data.Handled = t.Total(), t.Over()
	if !r.op.Kind.ForMany() {
		r.op.Data.Total, r.op.Data.Handled = t.Total()-t[ztp.PhoneItemCancelled], t[ztp.PhoneItemDone]
	}
	if note := tallyNote(t); note != "" {
		r.stepNote(ztp.StepConfirmItems, "%s", note)
	}
	r.forgetBulk()
	return nil
}

// leftUndone says of phones that somebody has cancelled, when the operation ends, that
// their rows are not what the vendor has.
func (r *run) leftUndone(ctx context.Context, s ztp.Store) error {
	if !r.op.Kind.HasItems() {
		return nil
	}
	t, err := s.CountPhoneItems(ctx, r.op.ID)
	if err != nil || t[ztp.PhoneItemCancelled] == 0 {
		return err
	}
	why := ztp.ProblemOf(ztp.Errorf(ztp.CodeCancelled, "The %s was cancelled before it had come to this phone.", r.op.Kind.Noun()), r.op.UpdatedAt, r.op.Actor.RequestID)
	return s.EndPhoneItems(ctx, r.op.ID, r.op.Platform, why, r.op.UpdatedAt)
}

// confirmByList confirms what the vendor's list shows as it should be, and takes it off
// written.
func (r *run) confirmByList(ctx context.Context, reg ztp.BulkRegistrar, written map[ztp.MAC]bool) error {
	alone, err := r.fewerThanPages(ctx, len(written))
	if err != nil || alone {
		return err
	}
	err = r.wholePages(ctx, reg, func(page []ztp.WholeEndpoint) error {
		page = slices.DeleteFunc(page, func(e ztp.WholeEndpoint) bool { return !written[e.MAC] })
		for some := range slices.Chunk(page, 250) {
			seen := make(map[ztp.MAC]ztp.WholeEndpoint, len(some))
			for _, e := range some {
				seen[e.MAC] = e
			}
			if _, err := r.confirmSeen(ctx, seen, written); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && definite(err) {
		return nil // then each is read alone
	}
	return err
}

// confirmSeen commits those that are as their rows say, takes them off written, and
// returns the rows of the others.
func (r *run) confirmSeen(ctx context.Context, seen map[ztp.MAC]ztp.WholeEndpoint, written map[ztp.MAC]bool) (others []ztp.Endpoint, err error) {
	if len(seen) == 0 {
		return nil, nil
	}
	macs := make([]ztp.MAC, 0, len(seen))
	for mac := range seen {
		macs = append(macs, mac)
	}
	rows, err := r.o.cfg.Store.EndpointsByMACs(ctx, r.op.Platform, macs)
	if err != nil {
		return nil, &storeError{err}
	}
	if !r.pausing() {
		if err := r.openDevices(ctx, slices.Collect(maps.Values(rows))); err != nil {
			return nil, err
		}
	}
	defer r.fillsOnce()()
	var right []ztp.Endpoint
	for _, mac := range macs {
		e, ok := rows[mac]
		if !ok {
			e.MAC = mac
		}
		wished, err := r.isWished(ctx, &e, seen[mac].VendorEndpoint)
		if err != nil {
			return nil, err
		}
		if !wished {
			others = append(others, e)
			continue
		}
		right = append(right, e)
		delete(written, mac)
	}
	return others, r.commitConfirmed(ctx, right)
}

// isWished reports whether the vendor shows a phone as its row wants it. It notes in e
// which address that is.
func (r *run) isWished(ctx context.Context, e *ztp.Endpoint, got ztp.VendorEndpoint) (bool, error) {
	switch {
	case e.Version == 0 || e.State == ztp.EndpointReleased || got.MAC != e.MAC:
		return false, nil
	case r.pausing():
		return !got.Enabled, nil
	}
	want, err := r.wishedAtVendor(ctx, e)
	if err != nil && (isStoreError(err) || !definite(err)) {
		return false, err
	}
	return err == nil && asWished(got, want.VendorEndpoint), nil
}

// commitConfirmed records phones as the vendor shows them. One whose row has changed
// since stays as written, and is looked at again.
func (r *run) commitConfirmed(ctx context.Context, right []ztp.Endpoint) error {
	if len(right) == 0 {
		return nil
	}
	now := r.o.now()
	for i := range right {
		if r.pausing() {
			r.pausedRow(&right[i])
			continue
		}
		r.confirmedRow(&right[i], now)
		r.note("endpoint."+string(right[i].State), right[i].MAC.String(), "")
	}
	return r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
		still, err := r.unchanged(ctx, s, right)
		if err != nil {
			return err
		}
		if _, err := s.SaveEndpoints(ctx, r.op.Platform, still); err != nil {
			return err
		}
		items := make([]ztp.PhoneItem, 0, len(still))
		for _, e := range still {
			if !r.pausing() {
				if err := r.putRight(ctx, s, l, e.MAC.String()); err != nil {
					return err
				}
			}
			items = append(items, ztp.PhoneItem{Operation: r.op.ID, MAC: e.MAC, State: ztp.PhoneItemDone, UpdatedAt: now})
		}
		_, err = s.SavePhoneItems(ctx, items)
		return err
	})
}

// unchanged are the phones whose rows are the ones that were read.
func (r *run) unchanged(ctx context.Context, s ztp.Store, all []ztp.Endpoint) (still []ztp.Endpoint, err error) {
	macs := make([]ztp.MAC, len(all))
	for i, e := range all {
		macs[i] = e.MAC
	}
	rows, err := s.EndpointsByMACs(ctx, r.op.Platform, macs)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		if rows[e.MAC].Version == e.Version {
			still = append(still, e)
		}
	}
	return still, nil
}

// confirmAlone reads each phone that the list did not confirm. What is not as wished
// there either is written again, or has failed at last.
func (r *run) confirmAlone(ctx context.Context, reg ztp.BulkRegistrar, written map[ztp.MAC]bool) error {
	left := make([]ztp.MAC, 0, len(written))
	for mac := range written {
		left = append(left, mac)
	}
	slices.SortFunc(left, ztp.MAC.Compare)
	b, wrong := r.bulk(), false
	for some := range slices.Chunk(left, maxBatch) {
		seen, err := r.lookAtEach(ctx, reg, b, some)
		if err != nil {
			return err
		}
		others, err := r.confirmSeen(ctx, seen, written)
		if err != nil {
			return err
		}
		wrong = wrong || len(others) > 0
		if err := r.notConfirmed(ctx, b, seen, others); err != nil {
			return err
		}
	}
	if wrong {
		r.op.Data.Round++
	}
	return r.flush(ctx)
}

// notConfirmed decides about phones that were read and are not as their rows say.
func (r *run) notConfirmed(ctx context.Context, b *bulk, seen map[ztp.MAC]ztp.WholeEndpoint, others []ztp.Endpoint) error {
	if len(others) == 0 {
		return nil
	}
	var over []outcome
	for _, e := range others {
		t := &turn{item: ztp.PhoneItem{Operation: r.op.ID, MAC: e.MAC, Action: ztp.ItemWrite}, row: e}
		if b.there != nil {
			b.there[e.MAC] = seen[e.MAC]
		}
		r.op.Data.Handled--
		if e.Version == 0 || e.State == ztp.EndpointReleased {
			t.item.Deadline = r.o.now() // it is given up there too
			over = append(over, outcome{turn: t, state: ztp.PhoneItemSent})
			continue
		}
		if r.op.Data.Round < maxRounds {
			over = append(over, outcome{turn: t, state: ztp.PhoneItemQueued})
			continue
		}
		detail := r.info.Title + " took the phone, and reads it back otherwise."
		if seen[e.MAC].MAC.IsZero() {
			detail = r.info.Title + " took the phone, and does not have it."
		}
		over = append(over, outcome{turn: t, state: ztp.PhoneItemFailed, err: ztp.Errorf(ztp.CodeVendorRejected, "%s", detail)})
	}
	return r.record(ctx, over)
}
