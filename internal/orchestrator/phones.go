package orchestrator

import (
	"context"
	"maps"

	"zerotouch.example/internal/ztp"
)

// Operations that write phones of a link beside what else they do: an Onboard redirects
// again what a Disable paused, an update of the address brings it to every phone. Each
// of these phones is an item of the operation, written like those of operations for many.

// picks reports whether a phone is one of those that a step writes.
type picks func(ctx context.Context, e ztp.Endpoint) (bool, error)

// gather makes items of the phones in these states that pick names, and of those in
// doubt. Each part is one commit; a start after a kill gathers again what is missing.
func (r *run) gather(ctx context.Context, doubtful []ztp.MAC, pick picks, states ...ztp.EndpointState) error {
	if r.op.Data.Gathered {
		return nil
	}
	defer r.fillsOnce()()
	for _, state := range states {
		for cursor := ""; ; {
			page, err := r.o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, State: state, Cursor: cursor, Limit: 1000})
			if err != nil {
				return &storeError{err}
			}
			var items []ztp.PhoneItem
			for _, e := range page.Items {
				ok, err := pick(ctx, e)
				if err != nil {
					return err
				}
				if ok {
					items = append(items, ztp.PhoneItem{MAC: e.MAC, State: ztp.PhoneItemQueued})
				}
			}
			if err := r.addItems(ctx, items); err != nil {
				return err
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	// What an older version of this program has left in doubt is in the operation itself.
	items := make([]ztp.PhoneItem, 0, len(doubtful)+len(r.op.Data.InDoubt))
	for _, mac := range append(doubtful, r.op.Data.InDoubt...) {
		items = append(items, ztp.PhoneItem{MAC: mac, State: ztp.PhoneItemSent, Deadline: r.o.now()})
	}
	if err := r.addItems(ctx, items); err != nil {
		return err
	}
	r.op.Data.Gathered, r.op.Data.InDoubt = true, nil
	return nil
}

// addItems commits items of phones to be written; those that are there stay as they are.
func (r *run) addItems(ctx context.Context, items []ztp.PhoneItem) error {
	if len(items) == 0 {
		return nil
	}
	for i := range items {
		items[i].Operation, items[i].Action, items[i].UpdatedAt = r.op.ID, ztp.ItemWrite, r.o.now()
	}
	return r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		return s.AddPhoneItems(ctx, r.op.Platform, r.op.Vendor, items)
	})
}

// writeGathered writes the items and sees each to its end. A refused one is named in the
// result and keeps nothing else from going on.
func (r *run) writeGathered(ctx context.Context) error {
	reg, err := r.whole()
	if err != nil {
		return err
	}
	if err := r.countItems(ctx); err != nil || r.op.Data.Total == 0 {
		return err
	}
	if err := r.writeAndConfirm(ctx, reg); err != nil {
		return err
	}
	page, err := r.o.cfg.Store.ListPhoneItems(ctx, ztp.PhoneItemQuery{Operation: r.op.ID, State: ztp.PhoneItemFailed, Limit: 100})
	if err != nil {
		return &storeError{err}
	}
	r.op.Data.Failed = nil
	for _, i := range page.Items {
		r.op.Data.Failed = append(r.op.Data.Failed, i.MAC.String())
	}
	return nil
}

// resumePhones redirects again what a Disable paused. A refused phone becomes
// failed and is named; the Onboard itself stands. When a Disable has begun
// meanwhile, the rest stays paused for the next Onboard.
func (r *run) resumePhones(ctx context.Context) error {
	if _, ok := r.vendor.(ztp.EndpointRegistrar); !ok || r.link.Active == 0 {
		return nil
	}
	ctx = r.inTurn(ctx)
	err := r.gatherPaused(ctx)
	if err == nil {
		err = r.withActive(ctx, r.writeGathered(ctx))
	}
	if isRest(err) {
		if over, ferr := r.takenOver(ctx); over || ferr != nil {
			return ferr
		}
	}
	if err == nil && r.op.Data.Handled+len(r.op.Data.Failed) > 0 {
		r.stepNote(ztp.StepResumePhones, "%d redirected again%s", r.op.Data.Handled, describeFailed(r.op.Data.Failed))
	}
	return err
}

// gatherPaused makes items of what is to be redirected again, but for what an operation
// for many is about to write.
func (r *run) gatherPaused(ctx context.Context) error {
	theirs := map[ztp.MAC]bool{}
	take := func(op ztp.Operation) error {
		if !op.Kind.HasItems() {
			return nil
		}
		some, err := r.itemsIn(ctx, op.ID, ztp.PhoneItemQueued, ztp.PhoneItemSent, ztp.PhoneItemWritten)
		maps.Copy(theirs, some)
		return err
	}
	if !r.op.Data.Gathered {
		if err := r.eachOperation(ctx, true, take); err != nil {
			return err
		}
	}
	pick := func(_ context.Context, e ztp.Endpoint) (bool, error) { return toResume(e) && !theirs[e.MAC], nil }
	return r.gather(ctx, nil, pick, ztp.EndpointWanted, ztp.EndpointPaused)
}

// toResume reports whether a Disable paused the phone, or a try to redirect it again
// was cut short.
func toResume(e ztp.Endpoint) bool {
	return !e.WantPaused && (e.State == ztp.EndpointPaused || e.State == ztp.EndpointWanted && e.PausedBy != "")
}

// withActive says what a refusal of the link's key means.
func (r *run) withActive(ctx context.Context, err error) error {
	if keyRefused(err) {
		return r.activeRefused(ctx, err)
	}
	return err
}

// takenOver reports whether a Disable has begun, which ends the resuming of phones: it
// pauses those that are left. As long as what this operation has sent may take effect,
// it stays open, so that the Disable knows.
func (r *run) takenOver(ctx context.Context) (bool, error) {
	if r.link.Active != 0 && r.link.State != ztp.LinkDisabling {
		return false, nil
	}
	if err := r.flush(ctx); err != nil {
		return false, err
	}
	if r.o.now().Before(r.unsettled(r.op)) {
		return false, nil
	}
	r.forgetBulk()
	r.stepNote(ztp.StepResumePhones, "A Disable took over; the phones left stay paused until the next Onboard.")
	return true, r.later(ctx, r.itemsLeft())
}

// itemsLeft cancels what was not sent of an operation that ends before its last phone.
// What was sent and not confirmed stays as it is, for a Disable to know.
func (r *run) itemsLeft() result {
	return result{rows: func(ctx context.Context, s ztp.Store) error {
		if err := r.takeBackLater(ctx, s); err != nil {
			return err
		}
		_, err := s.CancelPhoneItems(ctx, r.op.ID, r.o.now())
		return err
	}}
}

// writePhones brings the platform's present address into every listed phone.
func (r *run) writePhones(ctx context.Context) error {
	if _, err := r.registrar(); err != nil {
		return err
	}
	ctx = r.inTurn(ctx)
	err := r.gather(ctx, nil, r.hasOldAddress, ztp.EndpointListed, ztp.EndpointPaused)
	if err == nil {
		err = r.withActive(ctx, r.writeGathered(ctx))
	}
	if err != nil {
		return err
	}
	r.stepNote(ztp.StepWritePhones, "%d written%s", r.op.Data.Handled, describeFailed(r.op.Data.Failed))
	return nil
}

// hasOldAddress reports whether the vendor has another address of a phone than the
// present one. One that was adopted with an address of its own keeps it until somebody
// fixes it; what a Disable paused the next Onboard writes, with the address of that time.
func (r *run) hasOldAddress(ctx context.Context, e ztp.Endpoint) (bool, error) {
	if e.Found || e.State == ztp.EndpointPaused && !e.WantPaused {
		return false, nil
	}
	t, acc, _, err := r.fill(ctx, e.Account)
	return err == nil && (e.AddressTemplate != t.ForPhone().String() || e.AddressTokenID != acc.TokenID), err
}
