package sqlstore

import (
	"context"
	"math"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// A large resync is put in by several commits. Until the last one it is cancelled by nobody:
// whichever program finds a phone of it due, by then or after a crash, tells it nothing.

// AddResyncItems puts in more phones of one that is staged.
func (s *Store) AddResyncItems(ctx context.Context, r ztp.Resync, items []ztp.ResyncItem) error {
	return s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().HoldStagedResync(ctx, db.HoldStagedResyncParams{ID: string(r.ID), CreatedAt: ms(r.CreatedAt)})
		return t.ifStaged(ctx, n, err, r, items)
	})
}

// StartResync puts in the last phones of one that is staged, and lets it run.
func (s *Store) StartResync(ctx context.Context, r ztp.Resync, items []ztp.ResyncItem) error {
	return s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().StartResync(ctx, db.StartResyncParams{ID: string(r.ID), CreatedAt: ms(r.CreatedAt)})
		return t.ifStaged(ctx, n, err, r, items)
	})
}

func (s *Store) ifStaged(ctx context.Context, n int64, err error, r ztp.Resync, items []ztp.ResyncItem) error {
	err = s.changed(n, err, "resync", func() error {
		_, err := s.queries().GetResync(ctx, string(r.ID))
		return err
	})
	if err != nil {
		return err
	}
	return s.insertResyncItems(ctx, r, items)
}

// EndCutResyncs ends those over which a process died. From the first commit on nobody can
// start one any more; phones that are left queued by another crash are cancelled when they
// come due, as those of any that is cancelled.
func (s *Store) EndCutResyncs(ctx context.Context, before, at time.Time) error {
	ids, err := s.queries().CutResyncs(ctx, ms(before))
	if err != nil {
		return s.fail(err, "resyncs")
	}
	for _, id := range ids {
		if _, err := s.endCut(ctx, id, before); err != nil {
			return err
		}
		for n := int64(ztp.ResyncPart); n == ztp.ResyncPart; {
			err := s.change(ctx, func(q *db.Queries) (err error) {
				n, err = q.CancelSomeResyncItems(ctx, db.CancelSomeResyncItemsParams{EndedAt: msOrNull(at), ResyncID: id, MaxRows: ztp.ResyncPart})
				return s.fail(err, "phones")
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) endCut(ctx context.Context, id string, before time.Time) (n int64, err error) {
	ended := ztp.Resync{}.EndCut()
	beforeMS := int64(math.MaxInt64)
	if !before.IsZero() {
		beforeMS = ms(before)
	}
	err = s.change(ctx, func(q *db.Queries) (err error) {
		n, err = q.EndCutResync(ctx, db.EndCutResyncParams{FinishedBy: ended.FinishedBy, Trouble: ended.Trouble, ID: id, Before: beforeMS})
		return s.fail(err, "resyncs")
	})
	return n, err
}

// DropCutResync forgets one that is staged or was cut short.
func (s *Store) DropCutResync(ctx context.Context, id ztp.ResyncID) error {
	if _, err := s.endCut(ctx, string(id), time.Time{}); err != nil {
		return err
	}
	row, err := s.queries().GetResync(ctx, string(id))
	if err != nil {
		err = s.fail(err, "resync")
		if ztp.IsCode(err, ztp.CodeNotFound) {
			return nil
		}
		return err
	}
	r, err := resyncOf(row)
	if err != nil || !r.CutShort() {
		return err
	}
	return s.dropResync(ctx, row.ID)
}
