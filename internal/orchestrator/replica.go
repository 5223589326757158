package orchestrator

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// Several processes may work on one database. Each tells the others that it is
// alive, and up to when the calls with keys of links that it began have ended.
// Nobody keeps a key from one call to the next, so whoever replaces one in the
// database has only to wait for the calls that began before.

const (
	// settlePoll is how soon one that waits for others looks again.
	settlePoll = 250 * time.Millisecond
	// forgetAfter is how long a process that is gone is shown.
	forgetAfter = 24 * time.Hour
	// standBackFor is how long one that cannot reach a vendor leaves work to others, from
	// when what it could not do is due again.
	standBackFor = 10 * time.Second
)

// Beat tells the other processes of this one now.
func (o *Orchestrator) Beat(ctx context.Context) error {
	now := o.now()
	err := o.cfg.Store.BeatReplica(ctx, ztp.Replica{
		ID: o.cfg.Owner, Version: o.cfg.Version, Schema: o.cfg.Schema, SettledAt: o.uses.settled(now),
	}, ztp.ReplicaAlive)
	if err == nil {
		o.mu.Lock()
		o.aliveUntil = now.Add(ztp.ReplicaAlive)
		o.mu.Unlock()
	}
	return err
}

// attend makes sure that the others know of this process before it uses a key.
func (o *Orchestrator) attend(ctx context.Context) error {
	if o.cfg.Alone {
		return nil
	}
	o.mu.Lock()
	known := o.now().Before(o.aliveUntil)
	o.mu.Unlock()
	if known {
		return nil
	}
	if err := o.Beat(ctx); err != nil {
		return &storeError{fmt.Errorf("tell of this replica: %w", err)}
	}
	return nil
}

// Hear takes a hint of another process. It never blocks.
func (o *Orchestrator) Hear(h ztp.Hint) {
	switch h {
	case ztp.HintDue:
		o.Wake()
	case ztp.HintBeat:
		select {
		case o.asked <- struct{}{}:
		default:
		}
	}
}

// beats tells of this process until ctx ends, and then that it is gone.
func (o *Orchestrator) beats(ctx context.Context) {
	tick := time.NewTicker(ztp.ReplicaBeat)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := o.Beat(ctx); err != nil && ctx.Err() == nil {
			o.cfg.Log.Error("other replicas not told of this one", "err", err)
		}
		select {
		case <-tick.C:
		case <-o.asked:
		case <-ctx.Done():
		}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ztp.ReplicaLeave)
	defer cancel()
	if err := o.cfg.Store.LeaveReplica(ctx, o.cfg.Owner); err != nil {
		o.cfg.Log.Warn("other replicas not told that this one is gone; they see it by themselves", "err", err)
	}
}

// othersSettled rests until every other process has ended the calls with keys that
// it began before this step. One that is not alive any more has ended them when the
// longest call has passed after it last was.
func (r *run) othersSettled(ctx context.Context) error {
	if r.o.cfg.Alone {
		return nil
	}
	all, now, err := r.o.cfg.Store.ListReplicas(ctx, r.info.CallTimeout)
	if err != nil {
		return &storeError{err}
	}
	if r.op.Data.StoppedAt.IsZero() {
		r.op.Data.StoppedAt = now
	}
	busy := 0
	for _, other := range all {
		if other.ID != r.o.cfg.Owner && !other.SettledAt.After(r.op.Data.StoppedAt) {
			busy++
		}
	}
	if busy == 0 {
		r.op.Data.StoppedAt = time.Time{}
		return nil
	}
	if err := r.o.cfg.Store.SendHint(ctx, ztp.HintBeat); err != nil {
		return &storeError{err}
	}
	return &rest{until: now.Add(settlePoll), reason: "Waiting until the other replicas have ended their calls with the old key"}
}

// standBack leaves work to the other replicas for a while, if there are any: this one
// cannot reach a vendor, and with nothing else to do it would take up most of what is
// due and use up its tries. What it could not do is due again after wait, and is for
// somebody else then.
func (o *Orchestrator) standBack(ctx context.Context, wait time.Duration) {
	all, now, err := o.cfg.Store.ListReplicas(ctx, 0)
	if err != nil || !slices.ContainsFunc(all, func(r ztp.Replica) bool { return r.ID != o.cfg.Owner }) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.backUntil = now.Add(wait + standBackFor)
}

func (o *Orchestrator) standsBack() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now().Before(o.backUntil)
}
