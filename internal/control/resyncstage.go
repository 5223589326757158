package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// resyncPoll is how often it is looked whether the same request has come to its end.
const resyncPoll = 250 * time.Millisecond

// dropResyncTime bounds the removing of one that was not put in as a whole.
const dropResyncTime = time.Minute

// putInResync commits the plan: at once, or a large one in parts.
func (c *Control) putInResync(ctx context.Context, a ztp.Actor, r ResyncRequest, plan ResyncPlan) error {
	for {
		made := false
		if r.Key != "" {
			var err error
			if made, err = c.resyncMade(ctx, plan.ID); err != nil {
				return err
			}
		}
		parts := slices.Collect(slices.Chunk(plan.Items, c.resyncPart))
		if made || len(parts) < 2 || plan.Tally.Phones() == 0 {
			return c.saveResync(ctx, a, r, plan, func(s ztp.Store) error { return s.CreateResync(ctx, plan.Resync, plan.Items) })
		}
		err := c.cfg.Store.CreateResync(ctx, plan.Stage(), parts[0])
		if r.Key != "" && ztp.IsCode(err, ztp.CodeFormOutdated) {
			continue // the same request was faster
		}
		if err == nil {
			err = c.putInRest(ctx, a, r, plan, parts[1:])
		}
		return err
	}
}

// putInRest puts in what follows the first part. Should we die over it, no phone is told; the
// resync is shown as cut short, and the same request makes it anew.
func (c *Control) putInRest(ctx context.Context, a ztp.Actor, r ResyncRequest, plan ResyncPlan, parts [][]ztp.ResyncItem) (err error) {
	defer func() {
		if err != nil {
			c.dropResync(ctx, plan.ID)
		}
	}()
	last := len(parts) - 1
	for _, part := range parts[:last] {
		if err := c.cfg.Store.AddResyncItems(ctx, plan.Resync, part); err != nil {
			return err
		}
	}
	return c.saveResync(ctx, a, r, plan, func(s ztp.Store) error {
		if c.now().Sub(plan.CreatedAt) > ztp.ResyncStaging { // some may be due
			return fmt.Errorf("resync %s: its %d phones were not put in within %s", plan.ID, len(plan.Items), ztp.ResyncStaging)
		}
		return s.StartResync(ctx, plan.Resync, parts[last])
	})
}

// resyncMade reports whether the resync is there, once a request that is putting it in has
// come to its end; what one has left that died over it is removed.
func (c *Control) resyncMade(ctx context.Context, id ztp.ResyncID) (bool, error) {
	tick := time.NewTicker(resyncPoll)
	defer tick.Stop()
	for {
		r, err := c.cfg.Store.ResyncHead(ctx, id)
		switch {
		case ztp.IsCode(err, ztp.CodeNotFound):
			return false, nil
		case err != nil:
			return false, err
		case r.CutShort(), r.Staged() && c.now().Sub(r.CreatedAt) > ztp.ResyncDead:
			return false, c.cfg.Store.DropCutResync(ctx, id)
		case !r.Staged():
			return true, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// dropResync forgets what was put in of one that is not to be, also when the request has ended.
// What it can't remove is ended by the runner.
func (c *Control) dropResync(ctx context.Context, id ztp.ResyncID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropResyncTime)
	defer cancel()
	if err := c.cfg.Store.DropCutResync(ctx, id); err != nil {
		c.cfg.Log.Warn("a resync that was not put in as a whole stays, cancelled", "resync", id, "err", err)
	}
}
