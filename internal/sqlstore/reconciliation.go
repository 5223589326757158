package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func reconciliationOf(r db.Reconciliation) (ztp.Reconciliation, error) {
	out := ztp.Reconciliation{
		Vendor: ztp.VendorName(r.Vendor), Platform: ztp.PlatformID(r.Scope), Run: r.Run, AskedAt: instantOrZero(r.AskedAt), AskedBy: r.AskedBy,
		StartedAt: instantOrZero(r.StartedAt), Done: int(r.Done), Total: int(r.Total), Attempt: int(r.Attempt), Waiting: r.Waiting,
		Owner: r.Owner, Fence: r.Fence, CompleteSince: instantOrZero(r.CompleteSince), CompleteAt: instantOrZero(r.CompleteAt), CompleteBy: r.CompleteBy,
	}
	if out.NextAt = instantOrZero(r.DueAt); r.Owner != "" {
		out.LeaseUntil, out.NextAt = out.NextAt, time.Time{}
	}
	var err error
	out.Error, err = problemOf("reconciliation.error", r.Error)
	return out, err
}

// Reconciliation returns how things stand. For one platform a run for all of them
// counts too, where that is open or was complete last.
func (s *Store) Reconciliation(ctx context.Context, v ztp.VendorName, p ztp.PlatformID) (ztp.Reconciliation, error) {
	out, err := s.reconciliation(ctx, v, "")
	if err == nil && p != "" {
		own, oerr := s.reconciliation(ctx, v, p)
		out, err = joined(own, out), oerr
	}
	if err != nil {
		return out, err
	}
	rows, err := s.queries().CountReconciliationRows(ctx, db.CountReconciliationRowsParams{Vendor: string(v), PlatformID: string(p)})
	if err != nil {
		return out, s.fail(err, "reconciliation")
	}
	counts := map[ztp.RowClass]int{}
	for _, r := range rows {
		counts[ztp.RowClass(r.Class)] = int(r.N)
	}
	if p == "" && out.Counts[ztp.RowNotOurs] > 0 {
		counts[ztp.RowNotOurs] = out.Counts[ztp.RowNotOurs] // more than are listed
	}
	out.Counts = counts
	return out, nil
}

// reconciliation reads one, with the number of companies that are not ours as its count.
func (s *Store) reconciliation(ctx context.Context, v ztp.VendorName, p ztp.PlatformID) (ztp.Reconciliation, error) {
	row, err := s.queries().GetReconciliation(ctx, db.GetReconciliationParams{Vendor: string(v), Scope: string(p)})
	if errors.Is(err, sql.ErrNoRows) {
		return ztp.Reconciliation{Vendor: v, Platform: p}, nil
	}
	if err != nil {
		return ztp.Reconciliation{}, s.fail(err, "reconciliation")
	}
	out, err := reconciliationOf(row)
	out.Counts = map[ztp.RowClass]int{ztp.RowNotOurs: int(row.NotOurs)}
	return out, err
}

// joined is how things stand for one platform: by a run of its own, and by those for all.
func joined(own, all ztp.Reconciliation) ztp.Reconciliation {
	out := own
	if own.Run == "" && all.Run != "" {
		out = all
		out.Platform = own.Platform
	}
	last := own
	if all.CompleteAt.After(own.CompleteAt) {
		last = all
	}
	out.CompleteSince, out.CompleteAt, out.CompleteBy = last.CompleteSince, last.CompleteAt, last.CompleteBy
	return out
}

// AskReconciliation opens a run unless one is open.
func (s *Store) AskReconciliation(ctx context.Context, v ztp.VendorName, p ztp.PlatformID, by string) (opened bool, err error) {
	now, err := s.time(ctx)
	if err != nil {
		return false, s.fail(err, "reconciliation")
	}
	err = s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().AskReconciliation(ctx, db.AskReconciliationParams{
			Vendor: string(v), Scope: string(p), PlatformID: textOrNull(string(p)), Run: ztp.NewID(), Now: now, AskedBy: by,
		})
		if s.dialect.classify(err) == classForeign {
			return ztp.NotFound("platform")
		}
		if opened = n > 0; err != nil || !opened {
			return s.fail(err, "reconciliation")
		}
		return t.SendHint(ctx, ztp.HintDue)
	})
	return opened && err == nil, err
}

// ClaimReconciliation takes the run that is due first.
func (s *Store) ClaimReconciliation(ctx context.Context, owner string, ttl time.Duration) (ztp.Reconciliation, error) {
	now, err := s.time(ctx)
	if err != nil {
		return ztp.Reconciliation{}, s.fail(err, "reconciliation")
	}
	due, err := s.queries().PeekDueReconciliation(ctx, now)
	if err != nil {
		return ztp.Reconciliation{}, s.fail(err, "due reconciliation")
	}
	var row db.Reconciliation
	err = s.change(ctx, func(q *db.Queries) (err error) {
		until := now + ttl.Milliseconds()
		row, err = q.ClaimReconciliation(ctx, db.ClaimReconciliationParams{Owner: owner, LeaseUntil: &until, Now: &now, Vendor: due.Vendor, Scope: due.Scope})
		return err
	})
	if err != nil {
		return ztp.Reconciliation{}, s.fail(err, "due reconciliation")
	}
	return reconciliationOf(row)
}

// SaveReconciliation writes progress, a wait or an end without a result.
func (s *Store) SaveReconciliation(ctx context.Context, r ztp.Reconciliation, ttl time.Duration) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "reconciliation")
	}
	p := db.SaveReconciliationParams{
		Run: r.Run, Done: int64(r.Done), Total: int64(r.Total), Attempt: int64(r.Attempt), Waiting: r.Waiting, Owner: r.Owner,
		Error: problemText(r.Error), Vendor: string(r.Vendor), Scope: string(r.Platform), Fence: r.Fence,
	}
	switch until := now + ttl.Milliseconds(); {
	case r.Run == "":
		p.Owner = ""
	case !r.NextAt.IsZero():
		p.Owner, p.DueAt = "", msOrNull(r.NextAt)
	default:
		p.DueAt = &until
	}
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.SaveReconciliation(ctx, p)
		return s.underFence(n, err)
	})
}

// underFence is the outcome of a write under the fence of a reconciliation.
func (s *Store) underFence(n int64, err error) error {
	if err == nil && n == 0 {
		return ztp.ErrLeaseLost
	}
	return s.fail(err, "reconciliation")
}

// CompleteReconciliation ends a run and replaces what the last one has found.
func (s *Store) CompleteReconciliation(ctx context.Context, r ztp.Reconciliation, rows []ztp.ReconciliationRow, others int) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "reconciliation")
	}
	return s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().CompleteReconciliation(ctx, db.CompleteReconciliationParams{
			Done: int64(r.Done), Total: int64(r.Total), CompleteAt: &now, NotOurs: int64(others),
			Vendor: string(r.Vendor), Scope: string(r.Platform), Fence: r.Fence,
		})
		if err := s.underFence(n, err); err != nil {
			return err
		}
		keep, err := t.dropRows(ctx, r)
		if err != nil {
			return err
		}
		for i, row := range rows {
			if row.Platform != "" && !keep[row.Platform] {
				continue
			}
			if err := t.insertRow(ctx, row, i); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropRows removes what the run replaces, and returns the platforms whose rows it
// brings: those that are still there and were not compared anew meanwhile.
func (s *Store) dropRows(ctx context.Context, r ztp.Reconciliation) (map[ztp.PlatformID]bool, error) {
	links, err := s.ListLinks(ctx, r.Platform, r.Vendor)
	if err != nil {
		return nil, err
	}
	brings := map[ztp.PlatformID]bool{}
	for _, l := range links {
		brings[l.Platform] = true
	}
	q, v := s.queries(), string(r.Vendor)
	if r.Platform != "" {
		id := string(r.Platform)
		return brings, s.fail(q.DropReconciliationRowsOf(ctx, db.DropReconciliationRowsOfParams{Vendor: v, PlatformID: &id}), "reconciliation")
	}
	if err := q.DropReconciliationRows(ctx, db.DropReconciliationRowsParams{Vendor: v, Since: ms(r.StartedAt)}); err != nil {
		return nil, s.fail(err, "reconciliation")
	}
	newer, err := q.ListReconciled(ctx, v)
	for _, p := range newer {
		delete(brings, ztp.PlatformID(textOrEmpty(p)))
	}
	return brings, s.fail(err, "reconciliation")
}

// perClass is the room for rows of one class in the order of the report.
const perClass = 1_000_000

func (s *Store) insertRow(ctx context.Context, r ztp.ReconciliationRow, i int) error {
	err := s.queries().InsertReconciliationRow(ctx, db.InsertReconciliationRowParams{
		Vendor: string(r.Vendor), ID: r.ID, PlatformID: textOrNull(string(r.Platform)), Place: int64(r.Class().Rank()*perClass + i%perClass),
		Class: string(r.Class()), Kind: string(r.Kind), Reason: string(r.Reason), CompanyID: r.CompanyID, ObjectID: r.ObjectID,
		Number: int64(r.Number), Name: r.Name, Detail: r.Detail, SeenAt: ms(r.SeenAt),
	})
	return s.fail(err, "reconciliation")
}

func rowOf(r db.ReconciliationRow) (ztp.ReconciliationRow, error) {
	return ztp.ReconciliationRow{
		ID: r.ID, Vendor: ztp.VendorName(r.Vendor), Platform: ztp.PlatformID(textOrEmpty(r.PlatformID)), Kind: ztp.RowKind(r.Kind),
		Reason: ztp.RowReason(r.Reason), CompanyID: r.CompanyID, ObjectID: r.ObjectID, Number: int(r.Number),
		Name: r.Name, Detail: r.Detail, SeenAt: instant(r.SeenAt),
	}, nil
}

// ReconciliationRows returns rows in the order of the report.
func (s *Store) ReconciliationRows(ctx context.Context, q ztp.ReconciliationQuery) (ztp.Page[ztp.ReconciliationRow], error) {
	none := ztp.Page[ztp.ReconciliationRow]{}
	after, err := readCursor(q.Cursor, 2)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	params := db.ListReconciliationRowsParams{
		Vendor: string(q.Vendor), AfterPlace: -1, PlatformID: string(q.Platform), Class: string(q.Class), MaxRows: int64(max) + 1,
	}
	if after != nil {
		if params.AfterPlace, err = strconv.ParseInt(after[0], 10, 64); err != nil {
			return none, badCursor()
		}
		params.AfterID = after[1]
	}
	rows, err := s.queries().ListReconciliationRows(ctx, params)
	if err != nil {
		return none, s.fail(err, "reconciliation")
	}
	found := page(rows, max, func(r db.ReconciliationRow) string { return newCursor(strconv.FormatInt(r.Place, 10), r.ID) })
	items, err := mapRows(found.Items, rowOf)
	return ztp.Page[ztp.ReconciliationRow]{Items: items, Next: found.Next}, err
}

// ReconciliationRow finds one.
func (s *Store) ReconciliationRow(ctx context.Context, v ztp.VendorName, id string) (ztp.ReconciliationRow, error) {
	row, err := s.queries().GetReconciliationRow(ctx, db.GetReconciliationRowParams{Vendor: string(v), ID: id})
	if err != nil {
		return ztp.ReconciliationRow{}, s.fail(err, "row")
	}
	return rowOf(row)
}
