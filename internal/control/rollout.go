package control

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"strconv"
	"strings"

	"zerotouch.example/internal/ztp"
)

// RolloutView is a change of settings on its way, with what it changes for whom.
type RolloutView struct {
	ztp.Rollout
	Changes []ztp.RolloutChange
	// Models count the phones below its scope, the most first. A phone whose nearer layers
	// say something else for every one of its changes notices nothing.
	Models []ModelCount
}

// ModelCount is how many phones are of a model, "" for those of which nobody knows.
type ModelCount struct {
	Vendor ztp.VendorName
	Model  string
	Phones int
}

// proposal is the rollout that a change of the scope belongs to: the one that is proposed
// there, or a new one where many phones are below; nil when the change goes out at once.
func (c *Control) proposal(ctx context.Context, s ztp.Store, a ztp.Actor, scope ztp.SettingScope, below int) (*ztp.Rollout, error) {
	if scope.Layer() == ztp.LayerEndpoint {
		return nil, nil
	}
	r, err := s.OpenRollout(ctx, scope)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		if below <= ztp.ManyPhones {
			return nil, nil
		}
		r = ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), Scope: scope, State: ztp.RolloutProposed, Phones: below, ProposedAt: c.now(), ProposedBy: a.String()}
	case err != nil:
		return nil, err
	case r.State != ztp.RolloutProposed:
		return nil, ztp.Errorf(ztp.CodeRolloutOpen, "Rollout %s of these settings: %s, at %s.", r.ID, strings.ToLower(r.State.Title()), r.Reach(strconv.Itoa))
	}
	r.MovedAt, r.MovedBy = c.now(), a.String()
	return &r, nil
}

// phonesBelow is how many phones a change of a scope may touch.
func phonesBelow(ctx context.Context, s ztp.Store, scope ztp.SettingScope) (int, error) {
	if scope.Layer() == ztp.LayerEndpoint {
		return 1, nil
	}
	return s.CountScopePhones(ctx, scope)
}

// ListRollouts returns the newest changes of settings that were proposed, or all that are
// open.
func (c *Control) ListRollouts(ctx context.Context, a ztp.Actor, open bool) ([]ztp.Rollout, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	return c.cfg.Store.ListRollouts(ctx, open, rolloutsShown)
}

const rolloutsShown = 100

// PageRollouts returns all that there were by pages, newest first, each with what it
// changes; their phones are not counted.
func (c *Control) PageRollouts(ctx context.Context, a ztp.Actor, cursor string, limit int) (ztp.Page[RolloutView], error) {
	out := ztp.Page[RolloutView]{}
	if err := maySee(a); err != nil {
		return out, err
	}
	list, err := c.cfg.Store.PageRollouts(ctx, cursor, limit)
	if err != nil {
		return out, err
	}
	for _, r := range list.Items {
		changes, err := c.cfg.Store.RolloutDiff(ctx, r)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, RolloutView{Rollout: r, Changes: changes})
	}
	out.Next = list.Next
	return out, nil
}

// Rollout returns one.
func (c *Control) Rollout(ctx context.Context, a ztp.Actor, id ztp.RolloutID) (ztp.Rollout, error) {
	if err := maySee(a); err != nil {
		return ztp.Rollout{}, err
	}
	return c.rollout(ctx, id)
}

// RolloutDiff returns one with what it changes, and for how many phones of which model.
func (c *Control) RolloutDiff(ctx context.Context, a ztp.Actor, id ztp.RolloutID) (RolloutView, error) {
	r, err := c.Rollout(ctx, a, id)
	if err != nil {
		return RolloutView{}, err
	}
	v := RolloutView{Rollout: r}
	if v.Changes, err = c.cfg.Store.RolloutDiff(ctx, r); err != nil {
		return v, err
	}
	count := map[ModelCount]int{}
	err = c.cfg.Store.EachScopePhone(ctx, r.Scope, func(page []ztp.ScopePhone) bool {
		for _, p := range page {
			count[ModelCount{Vendor: p.Vendor, Model: p.Model}]++
		}
		return true
	})
	for m, n := range count {
		m.Phones = n
		v.Models = append(v.Models, m)
	}
	sort.Slice(v.Models, func(i, j int) bool {
		x, y := v.Models[i], v.Models[j]
		return cmp.Or(cmp.Compare(y.Phones, x.Phones), cmp.Compare(x.Model, y.Model), cmp.Compare(x.Vendor, y.Vendor)) < 0
	})
	return v, err
}

func (c *Control) rollout(ctx context.Context, id ztp.RolloutID) (ztp.Rollout, error) {
	if !ztp.ValidID(string(id)) {
		return ztp.Rollout{}, ztp.NotFound("rollout")
	}
	return c.cfg.Store.Rollout(ctx, id)
}

// AdvanceRollout sends the change to so many percent of the phones now, which is one of
// ztp.RolloutRings. One that has gone so far already stays as it is; one that is stopped
// there goes on being watched.
func (c *Control) AdvanceRollout(ctx context.Context, a ztp.Actor, id ztp.RolloutID, percent int) (ztp.Rollout, error) {
	return c.moveRollout(ctx, a, "rollout.advance", id, func(r ztp.Rollout) (ztp.Rollout, string, error) {
		if !slices.Contains(ztp.RolloutRings, percent) {
			return r, "", ztp.Invalid("percent", "Give 1, 10 or 100: a change goes to these parts of the phones, one after the other.")
		}
		if r.State == ztp.RolloutDone || r.State == ztp.RolloutRunning && percent <= r.Percent || percent < r.Percent {
			return r, "", nil
		}
		if r.State == ztp.RolloutTakenBack {
			return r, "", ztp.Errorf(ztp.CodeRolloutEnded, "It was taken back by %s.", r.MovedBy)
		}
		return c.nextRing(ctx, r, percent, a.String())
	})
}

// nextRing is the rollout in that ring, and what the audit log says of it.
func (c *Control) nextRing(ctx context.Context, r ztp.Rollout, percent int, by string) (ztp.Rollout, string, error) {
	count, err := r.CountRing(percent, c.now(), func(f func([]ztp.ScopePhone) bool) error { return c.cfg.Store.EachScopePhone(ctx, r.Scope, f) })
	if err != nil {
		return r, "", err
	}
	r, err = r.Advance(count, by, c.now())
	return r, strconv.Itoa(percent) + " %: " + strconv.Itoa(r.InRing) + " of " + strconv.Itoa(r.Phones) + " phones", err
}

// StopRollout lets no further phones have it.
func (c *Control) StopRollout(ctx context.Context, a ztp.Actor, id ztp.RolloutID, reason string) (ztp.Rollout, error) {
	return c.moveRollout(ctx, a, "rollout.stop", id, func(r ztp.Rollout) (ztp.Rollout, string, error) {
		switch {
		case validReason(reason) != nil:
			return r, "", validReason(reason)
		case r.State == ztp.RolloutStopped:
			return r, "", nil
		case r.State == ztp.RolloutProposed:
			return r, "", &ztp.Error{Code: ztp.CodeRolloutEnded, Case: ztp.CaseNotBegun}
		case r.State != ztp.RolloutRunning:
			return r, "", ztp.Errorf(ztp.CodeRolloutEnded, "It is %s: there is nothing to stop.", strings.ToLower(r.State.Title()))
		case reason == "":
			reason = "Stopped by " + a.String() + "."
		}
		r, err := r.Stop(reason, a.String(), c.now())
		return r, reason, err
	})
}

// TakeBackRollout makes what was set before count again, at once for every phone.
func (c *Control) TakeBackRollout(ctx context.Context, a ztp.Actor, id ztp.RolloutID) (ztp.Rollout, error) {
	return c.moveRollout(ctx, a, "rollout.back", id, func(r ztp.Rollout) (ztp.Rollout, string, error) {
		if r.State == ztp.RolloutTakenBack {
			return r, "", nil
		}
		r, err := r.Move(ztp.RolloutTakenBack, a.String(), c.now())
		return r, "from " + strconv.Itoa(r.Percent) + " %", err
	})
}

// rolloutEvents are what the audit log says of a state that was reached.
var rolloutEvents = map[ztp.RolloutState]string{
	ztp.RolloutRunning: "rollout.advanced", ztp.RolloutStopped: "rollout.stopped", ztp.RolloutDone: "rollout.done", ztp.RolloutTakenBack: "rollout.taken_back",
}

// moveRollout commits what move makes of it; with an empty detail nothing has changed.
// Whoever comes at the same time is second, and finds what the first has committed.
func (c *Control) moveRollout(ctx context.Context, a ztp.Actor, verb string, id ztp.RolloutID, move func(ztp.Rollout) (ztp.Rollout, string, error)) (ztp.Rollout, error) {
	if err := c.mayChange(ctx, a, verb, "", ""); err != nil {
		return ztp.Rollout{}, err
	}
	r, err := c.rollout(ctx, id)
	if err != nil {
		return r, err
	}
	next, detail, err := move(r)
	if err == nil && detail != "" {
		next, err = c.saveRollout(ctx, a, next, detail)
	}
	if err != nil {
		if !ztp.IsCode(err, ztp.CodeInvalid) {
			c.refused(ctx, a, verb, r.Scope.Platform, "", string(id), err)
		}
		return r, err
	}
	return next, nil
}

// saveRollout refuses what phones would notice while settings are frozen.
func (c *Control) saveRollout(ctx context.Context, a ztp.Actor, r ztp.Rollout, detail string) (ztp.Rollout, error) {
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) (err error) {
		if r.State != ztp.RolloutStopped && r.Percent > 0 {
			if err := thawed(ctx, s); err != nil {
				return err
			}
		}
		if r, err = s.SaveRollout(ctx, r); err != nil {
			return err
		}
		e := c.event(a, rolloutEvents[r.State], r.Scope.Platform, "", string(r.ID))
		e.Detail = detail
		return s.AppendEvent(ctx, e)
	})
	return r, err
}
