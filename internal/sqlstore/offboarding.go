package sqlstore

import (
	"context"
	"math"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func offboardingOf(r db.Offboarding) (ztp.Offboarding, error) {
	o := ztp.Offboarding{
		ID: ztp.OffboardingID(r.ID), Platform: ztp.PlatformID(r.PlatformID), Slug: r.Slug, Name: r.Name, State: ztp.OffboardingState(r.State),
		KeepPhones: r.KeepPhones, AskedBy: r.AskedBy, Key: r.IdempotencyKey, BodyHash: r.BodyHash,
		CreatedAt: instant(r.CreatedAt), FinishedAt: instantOrZero(r.FinishedAt), Version: r.Version,
	}
	return o, fromJSON("offboarding.parts", r.Parts, &o.Parts)
}

func (s *Store) offboarding(row db.Offboarding, err error) (ztp.Offboarding, error) {
	if err != nil {
		return ztp.Offboarding{}, s.fail(err, "off-boarding")
	}
	return offboardingOf(row)
}

// CreateOffboarding inserts an off-boarding.
func (s *Store) CreateOffboarding(ctx context.Context, o ztp.Offboarding) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.InsertOffboarding(ctx, db.InsertOffboardingParams{
			ID: string(o.ID), PlatformID: string(o.Platform), Slug: o.Slug, Name: o.Name, State: string(o.State), KeepPhones: o.KeepPhones,
			Parts: toJSON(o.Parts), AskedBy: o.AskedBy, IdempotencyKey: o.Key, BodyHash: o.BodyHash,
			CreatedAt: ms(o.CreatedAt), FinishedAt: msOrNull(o.FinishedAt),
		})
		if err == nil && n == 0 {
			return ztp.Errorf(ztp.CodeOperationRunning, "An off-boarding of this platform is running.")
		}
		return s.fail(err, "off-boarding")
	})
}

// Offboarding finds one by id.
func (s *Store) Offboarding(ctx context.Context, id ztp.OffboardingID) (ztp.Offboarding, error) {
	return s.offboarding(s.queries().GetOffboarding(ctx, string(id)))
}

// OffboardingByKey finds the one that the actor asked for under the key.
func (s *Store) OffboardingByKey(ctx context.Context, actor, key string) (ztp.Offboarding, error) {
	return s.offboarding(s.queries().GetOffboardingByKey(ctx, db.GetOffboardingByKeyParams{AskedBy: actor, IdempotencyKey: key}))
}

// ListOffboardings returns off-boardings, newest first.
func (s *Store) ListOffboardings(ctx context.Context, p ztp.PlatformID, cursor string, n int) (ztp.Page[ztp.Offboarding], error) {
	none := ztp.Page[ztp.Offboarding]{}
	before, err := readCursor(cursor, 2)
	if err != nil {
		return none, err
	}
	max := limit(n)
	params := db.ListOffboardingsParams{BeforeCreated: math.MaxInt64, PlatformID: string(p), MaxRows: int64(max) + 1}
	if before != nil {
		if params.BeforeCreated, err = strconv.ParseInt(before[0], 10, 64); err != nil {
			return none, badCursor()
		}
		params.BeforeID = before[1]
	}
	rows, err := s.queries().ListOffboardings(ctx, params)
	if err != nil {
		return none, s.fail(err, "off-boardings")
	}
	items, err := mapRows(rows, offboardingOf)
	if err != nil {
		return none, err
	}
	return page(items, max, func(o ztp.Offboarding) string {
		return newCursor(strconv.FormatInt(ms(o.CreatedAt), 10), string(o.ID))
	}), nil
}

// SaveOffboarding writes what changes of an off-boarding.
func (s *Store) SaveOffboarding(ctx context.Context, o ztp.Offboarding) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.UpdateOffboarding(ctx, db.UpdateOffboardingParams{
			State: string(o.State), Parts: toJSON(o.Parts), FinishedAt: msOrNull(o.FinishedAt), ID: string(o.ID), Version: o.Version,
		})
		return s.changed(n, err, "off-boarding", func() error { _, err := q.GetOffboarding(ctx, string(o.ID)); return err })
	})
}

// SendPhonesHome says from when on the platform's phones are sent home.
func (s *Store) SendPhonesHome(ctx context.Context, p ztp.PlatformID, since time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		return s.fail(q.SendPhonesHome(ctx, db.SendPhonesHomeParams{HomeSince: msOrNull(since), ID: string(p)}), "platform")
	})
}

// CountHome counts phones of the platform that have fetched since.
func (s *Store) CountHome(ctx context.Context, p ztp.PlatformID, since time.Time) (int, error) {
	n, err := s.queries().CountHome(ctx, db.CountHomeParams{PlatformID: string(p), Since: ms(since)})
	return int(n), s.fail(err, "phones")
}

// AddReleaseItems adds the link's phones to those that the operation gives up.
func (s *Store) AddReleaseItems(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, op ztp.OperationID, at time.Time) (int, error) {
	var n int64
	err := s.change(ctx, func(q *db.Queries) (err error) {
		n, err = q.AddReleaseItems(ctx, db.AddReleaseItemsParams{OperationID: string(op), UpdatedAt: ms(at), PlatformID: string(p), Vendor: string(v)})
		return s.fail(err, "phones")
	})
	return int(n), err
}

// EndWaitingOperation ends an operation that nobody works on.
func (s *Store) EndWaitingOperation(ctx context.Context, id ztp.OperationID, why *ztp.Problem, at time.Time) (bool, error) {
	var n int64
	err := s.change(ctx, func(q *db.Queries) (err error) {
		n, err = q.EndWaitingOperation(ctx, db.EndWaitingOperationParams{Error: problemText(why), Now: ms(at), ID: string(id)})
		return s.fail(err, "operation")
	})
	return n == 1, err
}
