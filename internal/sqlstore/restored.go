package sqlstore

import (
	"context"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// MarkRestored takes note that the database may be older than the vendor.
func (s *Store) MarkRestored(ctx context.Context, v ztp.VendorName, at time.Time) (n int, err error) {
	err = s.inTx(ctx, func(t *Store) error {
		if err := t.endOpen(ctx, v, at); err != nil {
			return err
		}
		q, text := t.queries(), *problemText(ztp.Restored(at))
		if err := q.FailWantedEndpoints(ctx, db.FailWantedEndpointsParams{Error: &text, Now: ms(at), Vendor: string(v)}); err != nil {
			return s.fail(err, "endpoints")
		}
		// A key that was asked for, or made and not yet in force, may have come into
		// force since. Without its row it is one of those that only a person removes.
		if err := q.ForgetUnprovenCredentials(ctx, string(v)); err != nil {
			return s.fail(err, "credentials")
		}
		now := ms(at)
		marked, err := q.MarkLinksRestored(ctx, db.MarkLinksRestoredParams{Now: &now, Error: &text, Attention: true, Vendor: string(v)})
		if n = int(marked); err != nil {
			return s.fail(err, "links")
		}
		err = q.PauseCampaigns(ctx, db.PauseCampaignsParams{Reason: "The database was restored from a backup.", Problem: &text, Now: now, Vendor: string(v)})
		if err != nil {
			return s.fail(err, "campaigns")
		}
		return s.fail(q.StopOffboardings(ctx, db.StopOffboardingsParams{Now: now, Vendor: string(v)}), "off-boardings")
	})
	return n, err
}

// endOpen ends every operation that is not over. Its fence moves, so that a worker
// that still has it can write nothing more.
func (s *Store) endOpen(ctx context.Context, v ztp.VendorName, at time.Time) error {
	var open []ztp.Operation
	for cursor := ""; ; {
		page, err := s.ListOperations(ctx, ztp.OperationQuery{Vendor: v, Open: true, Cursor: cursor, Limit: 1000})
		if err != nil {
			return err
		}
		open = append(open, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	text := *problemText(ztp.Restored(at))
	for _, o := range open {
		if st := o.Current(); st != nil {
			st.State, st.At = ztp.StepFailed, at
		}
		now := ms(at)
		err := s.queries().EndOperation(ctx, db.EndOperationParams{ID: string(o.ID), Steps: stepsText(o.Steps), Error: &text, Now: &now})
		if err != nil {
			return s.fail(err, "operation")
		}
	}
	return nil
}

// WritesOff returns every reason why nothing is changed at vendors.
func (s *Store) WritesOff(ctx context.Context) ([]ztp.WritesOff, error) {
	rows, err := s.queries().ListWritesOff(ctx)
	if err != nil {
		return nil, s.fail(err, "vendor writes")
	}
	return mapRows(rows, func(r db.WritesOff) (ztp.WritesOff, error) {
		return ztp.WritesOff{Vendor: ztp.VendorName(r.Vendor), Reason: r.Reason, Detail: r.Detail, Since: instant(r.Since), By: r.SetBy}, nil
	})
}

// SwitchWritesOff adds a reason unless the vendor has one.
func (s *Store) SwitchWritesOff(ctx context.Context, w ztp.WritesOff) (added bool, err error) {
	err = s.change(ctx, func(q *db.Queries) error {
		n, err := q.PutWritesOff(ctx, db.PutWritesOffParams{
			Vendor: string(w.Vendor), Reason: w.Reason, Detail: w.Detail, Since: ms(w.Since), SetBy: w.By,
		})
		added = n > 0
		return s.fail(err, "vendor writes")
	})
	return added, err
}

// SwitchWritesOn removes the reason of that vendor.
func (s *Store) SwitchWritesOn(ctx context.Context, v ztp.VendorName) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.DeleteWritesOff(ctx, string(v))
		return s.hit(n, err, "reason")
	})
}
