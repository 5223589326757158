package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// checkEvery is the age at which a configured link is checked again.
	checkEvery = 24 * time.Hour
	// tidyEvery is how often what could not be deleted is tried again.
	tidyEvery = time.Hour
	// checkAgain is the least time between two scheduled checks of a link.
	checkAgain = time.Minute
	// scheduleEvery is how often it is looked for what is due.
	scheduleEvery = time.Minute
)

// tend does what is to be done once per period, unless another process has.
func (o *Orchestrator) tend(ctx context.Context) error {
	// A little less than the period, since nobody looks at the very second.
	mine, err := o.cfg.Store.TakeDuty(ctx, "schedule", scheduleEvery*5/6)
	if err != nil || !mine {
		return err
	}
	if mine, err = o.cfg.Store.TakeDuty(ctx, "forget", tidyEvery); mine && err == nil {
		err = o.cfg.Store.TidyReplicas(ctx, forgetAfter)
	}
	return errors.Join(err, o.sealSettings(ctx), o.Schedule(ctx))
}

// sealSettings seals, once a day, what an older program has taken for no secret. The first
// time is soon after the start; one that was cut short goes on the next day.
func (o *Orchestrator) sealSettings(ctx context.Context) error {
	mine, err := o.cfg.Store.TakeDuty(ctx, "seal-settings", 24*time.Hour)
	if err != nil || !mine {
		return err
	}
	book := ztp.NewSettingBook(o.cfg.Vendors)
	n, err := o.cfg.Store.SealSettings(ctx, func(name ztp.SettingName) bool {
		info, err := book.Info(name)
		return err == nil && info.Secret
	})
	if n > 0 {
		o.cfg.Log.InfoContext(ctx, "settings that were kept in the open are sealed", "values", n)
	}
	return err
}

// Schedule queues checks and tidying that are due, and forgets what is kept for a time
// alone: imports, changes of settings, resyncs and submissions. It may be called at any time.
func (o *Orchestrator) Schedule(ctx context.Context) error {
	restored := map[string]bool{}
	for _, v := range o.cfg.Vendors {
		name := v.Describe().Name
		links, err := o.cfg.Store.ListLinks(ctx, "", name)
		if err != nil {
			return err
		}
		if err := o.reconcileDue(ctx, v, links); err != nil {
			return err
		}
		if err := o.syncsDue(ctx, name, links); err != nil {
			return err
		}
		for _, l := range links {
			if !l.RestoredAt.IsZero() {
				restored[string(l.Platform)+"/"+string(l.Vendor)] = true
			}
			if err := o.checkDue(ctx, l); err != nil {
				return err
			}
			if err := o.resumeLeft(ctx, l); err != nil {
				return err
			}
		}
	}
	if err := o.tidyDue(ctx, restored); err != nil {
		return err
	}
	return o.forget(ctx)
}

// checkDue queues the check of a link that has a key, when its time has come.
func (o *Orchestrator) checkDue(ctx context.Context, l ztp.Link) error {
	kept := l.State == ztp.LinkConfigured || l.State == ztp.LinkNeedsAttention && l.Active != 0 || !l.RestoredAt.IsZero()
	if !kept || o.now().Sub(l.CheckedAt) < checkEvery {
		return nil
	}
	return o.queue(ctx, l.Platform, l.Vendor, ztp.KindCheck, checkAgain)
}

// tidyDue queues the deletion of keys that should not be there. Nothing of a backup is
// deleted before its link is proven.
func (o *Orchestrator) tidyDue(ctx context.Context, restored map[string]bool) error {
	loose, err := o.cfg.Store.LooseCredentials(ctx, 1000)
	if err != nil {
		return err
	}
	for _, c := range loose {
		if restored[string(c.Platform)+"/"+string(c.Vendor)] {
			continue
		}
		if err := o.queue(ctx, c.Platform, c.Vendor, ztp.KindTidy, tidyEvery); err != nil {
			return err
		}
	}
	return nil
}

// forget drops what is kept for a time alone.
func (o *Orchestrator) forget(ctx context.Context) error {
	if err := o.cfg.Store.DropImports(ctx, o.now()); err != nil {
		return err
	}
	if err := o.cfg.Store.DropRollouts(ctx, o.now().Add(-ztp.RolloutKept)); err != nil {
		return err
	}
	if err := o.cfg.Store.DropResyncs(ctx, o.now().Add(-ztp.ResyncKept)); err != nil {
		return err
	}
	if err := o.cfg.Store.PutLeftWords(ctx); err != nil {
		return err
	}
	return o.cfg.Store.DropSubmissions(ctx, o.now().Add(-ztp.SubmissionKept))
}

// resumeLeft queues, once an hour, the resuming of phones that a Disable paused
// and the Onboard after it did not get to.
func (o *Orchestrator) resumeLeft(ctx context.Context, l ztp.Link) error {
	if l.State != ztp.LinkConfigured || !l.RestoredAt.IsZero() {
		return nil
	}
	n, err := o.cfg.Store.CountEndpoints(ctx, l.Platform, l.Vendor)
	if err != nil || n.Paused+n.Wanted == 0 {
		return err
	}
	left := false
	for _, state := range []ztp.EndpointState{ztp.EndpointWanted, ztp.EndpointPaused} {
		page, err := o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: l.Platform, Vendor: l.Vendor, State: state, Limit: 1000})
		if err != nil {
			return err
		}
		left = left || slices.ContainsFunc(page.Items, toResume)
	}
	if !left {
		return nil
	}
	return o.queue(ctx, l.Platform, l.Vendor, ztp.KindTidy, tidyEvery)
}

// queue creates an operation of the system unless one of its kind, or one that
// changes the link, is open, or was created less than a period ago.
func (o *Orchestrator) queue(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, kind ztp.OperationKind, every time.Duration) error {
	err := o.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		_, err := o.queueIn(ctx, s, p, v, kind, every, "schedule")
		return err
	})
	if err == nil {
		o.Wake()
	}
	return err
}

// queueIn is queue within a transaction, for the part of the system that asks; it tells
// whether it made one.
func (o *Orchestrator) queueIn(ctx context.Context, s ztp.Store, p ztp.PlatformID, v ztp.VendorName, kind ztp.OperationKind, every time.Duration, part string) (queued bool, err error) {
	open, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: p, Vendor: v, Open: true, Limit: 1000})
	if err != nil {
		return false, err
	}
	for _, op := range open.Items {
		if kind == ztp.KindTidy && op.Ahead(ztp.StepResumePhones) {
			return false, nil // it is about to redirect the same phones
		}
		if op.HoldsLink || op.Kind == kind || kind.ForMany() && op.Kind.ForMany() {
			return false, nil
		}
	}
	mine, err := s.TakeDuty(ctx, fmt.Sprintf("%s/%s/%s", kind, p, v), every)
	if err != nil || !mine {
		return false, err
	}
	now := o.now()
	err = s.CreateOperation(ctx, ztp.Operation{
		ID: ztp.OperationID(ztp.NewID()), Kind: kind, Platform: p, Vendor: v, State: ztp.OperationQueued,
		Steps: ztp.StepsOf(kind, ztp.OperationParams{}), Actor: ztp.System(part), CreatedAt: now, UpdatedAt: now,
	})
	return err == nil, err
}
