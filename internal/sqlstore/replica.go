package sqlstore

import (
	"context"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// BeatReplica makes or renews the row of a process.
func (s *Store) BeatReplica(ctx context.Context, r ztp.Replica, ttl time.Duration) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "replica")
	}
	return s.change(ctx, func(q *db.Queries) error {
		err := q.BeatReplica(ctx, db.BeatReplicaParams{
			ID: r.ID, Version: r.Version, SchemaVersion: r.Schema, Now: now, AliveUntil: now + ttl.Milliseconds(), SettledAt: ms(r.SettledAt),
		})
		return s.fail(err, "replica")
	})
}

// ListReplicas returns those alive, or alive less than ago before now.
func (s *Store) ListReplicas(ctx context.Context, ago time.Duration) ([]ztp.Replica, time.Time, error) {
	now, err := s.time(ctx)
	if err != nil {
		return nil, time.Time{}, s.fail(err, "replicas")
	}
	rows, err := s.queries().ListReplicas(ctx, now-ago.Milliseconds())
	if err != nil {
		return nil, time.Time{}, s.fail(err, "replicas")
	}
	all, err := mapRows(rows, replicaOf)
	return all, instant(now), err
}

func replicaOf(r db.Replica) (ztp.Replica, error) {
	return ztp.Replica{
		ID: r.ID, Version: r.Version, Schema: r.SchemaVersion, StartedAt: instant(r.StartedAt), SeenAt: instant(r.SeenAt),
		AliveUntil: instant(r.AliveUntil), SettledAt: instant(r.SettledAt),
	}, nil
}

// LeaveReplica removes the row of a process that has stopped.
func (s *Store) LeaveReplica(ctx context.Context, id string) error {
	return s.change(ctx, func(q *db.Queries) error { return s.fail(q.DeleteReplica(ctx, id), "replica") })
}

// TakeDuty takes what name says, unless somebody did less than a period ago.
func (s *Store) TakeDuty(ctx context.Context, name string, every time.Duration) (taken bool, err error) {
	now, err := s.time(ctx)
	if err != nil {
		return false, s.fail(err, "duty")
	}
	err = s.change(ctx, func(q *db.Queries) error {
		n, err := q.TakeDuty(ctx, db.TakeDutyParams{Name: name, Now: now, Due: now - every.Milliseconds()})
		taken = n > 0
		return s.fail(err, "duty")
	})
	return taken && err == nil, err
}

// TidyReplicas forgets what nobody has heard of for long.
func (s *Store) TidyReplicas(ctx context.Context, ago time.Duration) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "replicas")
	}
	return s.change(ctx, func(q *db.Queries) error {
		if err := q.DropReplicas(ctx, now-ago.Milliseconds()); err != nil {
			return s.fail(err, "replicas")
		}
		return s.fail(q.DropDuties(ctx, now-ago.Milliseconds()), "duties")
	})
}

// TakePlaces takes places in a bucket that all processes fill calls into: free_at is
// the next place that nobody has, at most burst places behind now.
func (s *Store) TakePlaces(ctx context.Context, v ztp.VendorName, rate float64, burst, n int) (first, paused time.Time, err error) {
	now, err := s.time(ctx)
	if err != nil {
		return first, paused, s.fail(err, "pace")
	}
	places := func(n int) int64 { return int64(float64(n) * 1000 / rate) }
	err = s.change(ctx, func(q *db.Queries) error {
		row, err := q.TakePlaces(ctx, db.TakePlacesParams{Vendor: string(v), Earliest: now - places(burst), Take: places(n)})
		first, paused = instant(row.FreeAt-places(n)), instant(row.PausedUntil)
		return s.fail(err, "pace")
	})
	return first, paused, err
}

// PauseCalls records that a vendor wants silence; the longest pause counts.
func (s *Store) PauseCalls(ctx context.Context, v ztp.VendorName, d time.Duration) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "pace")
	}
	return s.inTx(ctx, func(t *Store) error {
		err := t.queries().PauseCalls(ctx, db.PauseCallsParams{Vendor: string(v), Until: now + d.Milliseconds()})
		if err != nil {
			return s.fail(err, "pace")
		}
		return t.SendHint(ctx, ztp.HintPause)
	})
}

// CallsPaused tells until when a vendor wants silence.
func (s *Store) CallsPaused(ctx context.Context, v ztp.VendorName) (time.Time, error) {
	until, err := s.queries().GetPause(ctx, string(v))
	if err = s.fail(err, "pace"); ztp.IsCode(err, ztp.CodeNotFound) {
		return time.Time{}, nil
	}
	return instant(until), err
}

// SendHint tells the other processes; on SQLite there is none.
func (s *Store) SendHint(ctx context.Context, h ztp.Hint) error {
	if s.listen == nil {
		return nil
	}
	return s.inTx(ctx, func(t *Store) error { return s.fail(s.dialect.notify(ctx, t.tx, string(h)), "hint") })
}

// BeatPhoneServer makes or renews the row of a process that serves phones alone.
func (s *Store) BeatPhoneServer(ctx context.Context, r ztp.Replica, ttl time.Duration) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "server of phones")
	}
	return s.change(ctx, func(q *db.Queries) error {
		if err := q.DropPhoneServers(ctx, now-phoneServerShown.Milliseconds()); err != nil {
			return s.fail(err, "servers of phones")
		}
		err := q.BeatPhoneServer(ctx, db.BeatPhoneServerParams{
			ID: r.ID, Version: r.Version, SchemaVersion: r.Schema, Now: now, AliveUntil: now + ttl.Milliseconds(),
		})
		return s.fail(err, "server of phones")
	})
}

// phoneServerShown is how long one that is gone is kept, as one of the others is.
const phoneServerShown = 24 * time.Hour

// ListPhoneServers returns those alive, or alive less than ago before now.
func (s *Store) ListPhoneServers(ctx context.Context, ago time.Duration) ([]ztp.Replica, error) {
	now, err := s.time(ctx)
	if err != nil {
		return nil, s.fail(err, "servers of phones")
	}
	rows, err := s.queries().ListPhoneServers(ctx, now-ago.Milliseconds())
	if err != nil {
		return nil, s.fail(err, "servers of phones")
	}
	return mapRows(rows, func(r db.PhoneServer) (ztp.Replica, error) {
		return ztp.Replica{
			ID: r.ID, Version: r.Version, Schema: r.SchemaVersion, OnlyPhones: true,
			StartedAt: instant(r.StartedAt), SeenAt: instant(r.SeenAt), AliveUntil: instant(r.AliveUntil),
		}, nil
	})
}

// LeavePhoneServer removes the row of one that has stopped.
func (s *Store) LeavePhoneServer(ctx context.Context, id string) error {
	return s.change(ctx, func(q *db.Queries) error { return s.fail(q.DeletePhoneServer(ctx, id), "server of phones") })
}
