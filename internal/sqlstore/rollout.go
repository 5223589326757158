package sqlstore

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func rolloutOf(r db.SettingRollout) (ztp.Rollout, error) {
	one := ztp.Rollout{
		ID: ztp.RolloutID(r.ID), State: ztp.RolloutState(r.State), Percent: int(r.Percent), Cut: r.Cut, Phones: int(r.Phones), InRing: int(r.InRing),
		RingAt: instantOrZero(r.RingAt), Reason: r.Reason, ProposedAt: instant(r.ProposedAt), ProposedBy: r.ProposedBy,
		MovedAt: instant(r.MovedAt), MovedBy: r.MovedBy, SettingsVersion: r.SettingsVersion, Version: r.Version,
	}
	var err error
	if one.Scope, err = scopeOf(r.Scope); err != nil {
		return one, fmt.Errorf("column setting_rollout.scope: %w", err)
	}
	return one, fromJSON("setting_rollout.watch", r.Watch, &one.Watch)
}

// Rollout finds one.
func (s *Store) Rollout(ctx context.Context, id ztp.RolloutID) (ztp.Rollout, error) {
	r, err := s.queries().GetRollout(ctx, string(id))
	if err != nil {
		return ztp.Rollout{}, s.fail(err, "rollout")
	}
	return rolloutOf(r)
}

// OpenRollout is the scope's that has not ended.
func (s *Store) OpenRollout(ctx context.Context, scope ztp.SettingScope) (ztp.Rollout, error) {
	r, err := s.queries().OpenRolloutOf(ctx, scopeID(scope))
	if err != nil {
		return ztp.Rollout{}, s.fail(err, "rollout")
	}
	return rolloutOf(r)
}

// ListRollouts returns the newest, or all that are open.
func (s *Store) ListRollouts(ctx context.Context, open bool, most int) (list []ztp.Rollout, err error) {
	var rows []db.SettingRollout
	if open {
		rows, err = s.queries().ListOpenRollouts(ctx)
	} else {
		rows, err = s.queries().ListRollouts(ctx, int64(limit(most)))
	}
	if err != nil {
		return nil, s.fail(err, "rollouts")
	}
	return mapRows(rows, rolloutOf)
}

// PageRollouts returns them by pages, newest first.
func (s *Store) PageRollouts(ctx context.Context, cursor string, n int) (ztp.Page[ztp.Rollout], error) {
	none := ztp.Page[ztp.Rollout]{}
	before, err := readCursor(cursor, 2)
	if err != nil {
		return none, err
	}
	most := limit(n)
	p := db.PageRolloutsParams{BeforeProposed: math.MaxInt64, MaxRows: int64(most) + 1}
	if before != nil {
		if p.BeforeProposed, err = strconv.ParseInt(before[0], 10, 64); err != nil {
			return none, badCursor()
		}
		p.BeforeID = before[1]
	}
	rows, err := s.queries().PageRollouts(ctx, p)
	if err != nil {
		return none, s.fail(err, "rollouts")
	}
	items, err := mapRows(rows, rolloutOf)
	return page(items, most, func(r ztp.Rollout) string {
		return newCursor(strconv.FormatInt(ms(r.ProposedAt), 10), string(r.ID))
	}), err
}

// rolloutsDropped is how many are removed in one go: those of some hours.
const rolloutsDropped = 1000

// DropRollouts removes the oldest that have ended, with their values.
func (s *Store) DropRollouts(ctx context.Context, before time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		return s.fail(q.DropRollouts(ctx, db.DropRolloutsParams{Before: ms(before), MaxRows: rolloutsDropped}), "rollouts")
	})
}

// ProposeSettings raises the scope first, which locks its row: a scope has one open
// rollout.
func (s *Store) ProposeSettings(ctx context.Context, r ztp.Rollout, expected *int64, changes []ztp.SettingChange) error {
	return s.inTx(ctx, func(t *Store) error {
		version, err := t.raiseScope(ctx, r.Scope, r.MovedAt)
		if err != nil {
			return err
		}
		if expected != nil && version != *expected+1 {
			return outdated("settings")
		}
		if r.Version == 0 {
			err = t.insertRollout(ctx, r)
		} else {
			err = t.updateRollout(ctx, r)
		}
		if err != nil {
			return err
		}
		for _, c := range changes {
			v := rolloutValue{side: sideNew, Unset: c.Unset, Setting: ztp.Setting{Name: c.Name, Index: c.Index, Secret: c.Secret, SetAt: r.MovedAt, SetBy: r.MovedBy}}
			if c.Secret {
				v.Opened = c.Value
			} else {
				v.Value = c.Value.RevealSecret()
			}
			if err := t.putRolloutValue(ctx, r, v); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) insertRollout(ctx context.Context, r ztp.Rollout) error {
	return s.fail(s.queries().InsertRollout(ctx, db.InsertRolloutParams{
		ID: string(r.ID), Scope: scopeID(r.Scope), State: string(r.State), Percent: int64(r.Percent), Cut: r.Cut, Phones: int64(r.Phones),
		InRing: int64(r.InRing), RingAt: msOrNull(r.RingAt), Watch: toJSON(r.Watch), Reason: r.Reason, ProposedAt: ms(r.ProposedAt),
		ProposedBy: r.ProposedBy, MovedAt: ms(r.MovedAt), MovedBy: r.MovedBy, SettingsVersion: r.SettingsVersion,
	}), "rollout")
}

func (s *Store) updateRollout(ctx context.Context, r ztp.Rollout) error {
	n, err := s.queries().UpdateRollout(ctx, db.UpdateRolloutParams{
		State: string(r.State), Percent: int64(r.Percent), Cut: r.Cut, Phones: int64(r.Phones), InRing: int64(r.InRing), RingAt: msOrNull(r.RingAt),
		Watch: toJSON(r.Watch), Reason: r.Reason, MovedAt: ms(r.MovedAt), MovedBy: r.MovedBy, SettingsVersion: r.SettingsVersion,
		ID: string(r.ID), Version: r.Version,
	})
	return s.changed(n, err, "rollout", func() error {
		_, err := s.queries().GetRollout(ctx, string(r.ID))
		return err
	})
}

// NoteRollout keeps what was seen.
func (s *Store) NoteRollout(ctx context.Context, r ztp.Rollout) (ztp.Rollout, error) {
	err := s.inTx(ctx, func(t *Store) error { return t.updateRollout(ctx, r) })
	r.Version++
	return r, err
}

// SaveRollout commits a state with what follows from it.
func (s *Store) SaveRollout(ctx context.Context, r ztp.Rollout) (ztp.Rollout, error) {
	err := s.inTx(ctx, func(t *Store) (err error) {
		if r.SettingsVersion, err = t.raiseScope(ctx, r.Scope, r.MovedAt); err != nil {
			return err
		}
		was, err := t.Rollout(ctx, r.ID)
		if err != nil {
			return err
		}
		if err := t.updateRollout(ctx, r); err != nil {
			return err
		}
		var begun *string
		if r.State == ztp.RolloutRunning || r.State == ztp.RolloutStopped {
			begun = textOrNull(string(r.ID))
		}
		if was.State != ztp.RolloutDone { // else another one may have begun since
			err = t.queries().SetScopeRollout(ctx, db.SetScopeRolloutParams{RolloutID: begun, ID: scopeID(r.Scope)})
			if err != nil {
				return t.fail(err, "settings")
			}
		}
		return t.endRollout(ctx, r, was)
	})
	r.Version++
	return r, err
}

// endRollout makes its values those of the scope, or those before it again, and keeps no
// secret that nobody can come back to.
func (s *Store) endRollout(ctx context.Context, r, was ztp.Rollout) error {
	switch {
	case r.State == ztp.RolloutDone:
		if err := s.mergeRollout(ctx, r); err != nil {
			return err
		}
		p := db.WipeFormerRolloutsParams{Scope: scopeID(r.Scope), Kept: string(r.ID)}
		return s.fail(s.queries().WipeFormerRollouts(ctx, p), "rollout")
	case r.State != ztp.RolloutTakenBack:
		return nil
	case was.State == ztp.RolloutDone:
		if err := s.restoreFormer(ctx, r, was.MovedAt); err != nil {
			return err
		}
	}
	return s.fail(s.queries().WipeRollout(ctx, string(r.ID)), "rollout")
}
