package orchestrator

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// A write that got no answer may take effect until it is settled, even where its operation
// has repeated it with success and has ended. Who gives a phone up waits until then: the
// late write would bring the phone back.

// earlierWritesOver rests while such a write of one of the phones, by another operation of
// the link, may still take effect.
func (r *run) earlierWritesOver(ctx context.Context, macs ...ztp.MAC) error {
	var last time.Time
	take := func(op ztp.Operation) error {
		until, err := r.writesUntil(ctx, op, macs)
		last = later(last, until)
		return err
	}
	for _, open := range []bool{true, false} {
		if err := r.eachOperation(ctx, open, take); err != nil {
			return err
		}
	}
	now := r.o.now()
	if !now.Before(last) {
		return nil
	}
	if next := now.Add(2 * time.Second); next.Before(last) {
		last = next // it may be settled sooner
	}
	return &rest{until: last, reason: "A write of a phone got no answer; waiting until that can't take effect any more"}
}

// othersWritesOver is earlierWritesOver for the phones that are to be given up. An
// off-boarding has waited for every other operation of the link before its first one.
func (r *run) othersWritesOver(ctx context.Context, items []ztp.PhoneItem) error {
	var macs []ztp.MAC
	for _, i := range items {
		if i.Action == ztp.ItemRelease {
			macs = append(macs, i.MAC)
		}
	}
	if len(macs) == 0 || r.link.CompanyID == "" || r.op.Kind == ztp.KindOffboard {
		return nil
	}
	return r.earlierWritesOver(ctx, macs...)
}

// writesUntil is until when a write of one of the phones by the operation may take effect;
// zero when none may.
func (r *run) writesUntil(ctx context.Context, op ztp.Operation, macs []ztp.MAC) (until time.Time, err error) {
	unsettled := r.unsettled(op)
	if !op.Kind.WritesEndpoint() && !op.State.Final() {
		unsettled = op.Data.Unsettled // of what is under way, its items tell
	}
	switch {
	case op.ID == r.op.ID || !r.o.now().Before(unsettled):
		return until, nil
	case op.Kind.WritesEndpoint():
		if slices.Contains(macs, op.MAC) || slices.Contains(macs, op.Also.MAC) {
			until = unsettled
		}
		return until, nil
	}
	items, err := r.o.cfg.Store.PhoneItemsOf(ctx, op.ID, macs)
	if err != nil {
		return until, &storeError{err}
	}
	for _, i := range items {
		switch {
		case i.Action != ztp.ItemWrite, i.State == ztp.PhoneItemQueued, i.State == ztp.PhoneItemCancelled:
		case i.State == ztp.PhoneItemSent && !op.State.Final(): // it sees that the phone is given up, and does the same
		default:
			until = later(until, unsettled)
		}
	}
	return until, nil
}

// takeBackLater hands over, in the commit with which an operation with items stops, the
// phones that were given up while a write of them got no answer: it would have taken that
// back, and whoever gave them up has relied on it (see writesUntil).
func (r *run) takeBackLater(ctx context.Context, s ztp.Store) error {
	for cursor := ""; ; {
		page, err := s.ListPhoneItems(ctx, ztp.PhoneItemQuery{Operation: r.op.ID, State: ztp.PhoneItemSent, Cursor: cursor, Limit: 1000})
		if err != nil {
			return err
		}
		macs := make([]ztp.MAC, 0, len(page.Items))
		for _, i := range page.Items {
			if i.Action == ztp.ItemWrite {
				macs = append(macs, i.MAC)
			}
		}
		rows, err := s.EndpointsByMACs(ctx, r.op.Platform, macs)
		if err != nil {
			return err
		}
		for _, mac := range macs {
			if e := rows[mac]; e.State != ztp.EndpointReleased || e.Vendor != r.op.Vendor {
				continue
			}
			err := s.CreateOperation(ctx, ztp.Operation{
				ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindRelease, Platform: r.op.Platform, Vendor: r.op.Vendor, MAC: mac, State: ztp.OperationQueued,
				Steps: ztp.StepsOf(ztp.KindRelease, ztp.OperationParams{Late: true}), Params: ztp.OperationParams{Late: true},
				Actor: ztp.System("orchestrator"), CreatedAt: r.op.UpdatedAt, UpdatedAt: r.op.UpdatedAt,
			})
			if err != nil && !ztp.IsCode(err, ztp.CodeOperationRunning) { // then somebody has it in hand
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}
