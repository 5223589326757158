package control

import (
	"context"
	"errors"

	"zerotouch.example/internal/ztp"
)

// LookAtRollouts counts the phones of each ring that is watched, and sends a change on or
// stops it by what they show. It may be called at any time, by any process: each change of
// state is one commit, and another look finds what is there.
func (c *Control) LookAtRollouts(ctx context.Context) error {
	open, err := c.cfg.Store.ListRollouts(ctx, true, 0)
	errs := []error{err}
	for _, r := range open {
		if r.State == ztp.RolloutRunning {
			errs = append(errs, c.lookAt(ctx, r))
		}
	}
	return errors.Join(errs...)
}

func (c *Control) lookAt(ctx context.Context, r ztp.Rollout) error {
	every := ztp.RolloutDuty(r.Phones)
	if c.now().Before(r.LookedAt().Add(every)) {
		return nil
	}
	mine, err := c.cfg.Store.TakeDuty(ctx, "rollout/"+string(r.ID), every*5/6)
	if err != nil || !mine {
		return err
	}
	r, err = r.Look(c.now(), func(f func([]ztp.ScopePhone) bool) error { return c.cfg.Store.EachScopePhone(ctx, r.Scope, f) })
	if err != nil {
		return err
	}
	a := ztp.System("rollouts")
	advance, stop := r.Judge(c.now())
	if advance {
		frozen, err := c.cfg.Store.SettingFreeze(ctx)
		if err != nil {
			return err
		}
		advance = frozen == nil
	}
	switch {
	case stop != "":
		if r, err = r.Stop(stop, a.String(), c.now()); err == nil {
			_, err = c.saveRollout(ctx, a, r, stop)
		}
	case advance:
		var detail string
		if r, detail, err = c.nextRing(ctx, r, r.NextRing(), a.String()); err == nil {
			_, err = c.saveRollout(ctx, a, r, detail)
		}
	default:
		_, err = c.cfg.Store.NoteRollout(ctx, r)
	}
	switch ztp.CodeOf(err) {
	case ztp.CodeFormOutdated, ztp.CodeNotFound, ztp.CodeSettingsFrozen: // somebody was first
		return nil
	}
	return err
}
