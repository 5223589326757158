package orchestrator

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"zerotouch.example/internal/ztp"
)

// Reconciliation compares companies, keys and profiles here with a vendor's. It only
// reads there, and keeps what it read in memory until one commit puts the rows in the
// place of the last complete run's: a run that dies leaves nothing and begins again.
// reading.go reads what concerns all, looking.go one company; judging.go says how the
// two sides compare.

const (
	// reconciledAtOnce is how many companies are read at a time. Calls of other
	// operations queue behind as many at most.
	reconciledAtOnce = 4
	// reconcileRounds is how often what could not be read is tried in one run.
	reconcileRounds = 3
	// reconcileInVain is after how many failures in a row the vendor counts as out of
	// reach, and the run rests.
	reconcileInVain = 5
	// progressEvery is how often a run says how far it is; it renews the lease too.
	progressEvery = 3 * time.Second
	// askAgain is the least time between two runs that nobody asks for, whatever became
	// of the first.
	askAgain = ztp.ReconciliationPeriod / 4
)

// reconcileDue asks for a reconciliation when the last complete one is a period old.
func (o *Orchestrator) reconcileDue(ctx context.Context, v ztp.Vendor, links []ztp.Link) error {
	since := ztp.ReconcilableSince(links)
	if _, ok := v.(ztp.CompanyKeeper); !ok || since.IsZero() {
		return nil
	}
	name := v.Describe().Name
	last, err := o.cfg.Store.Reconciliation(ctx, name, "")
	if err != nil || last.Run != "" {
		return err
	}
	if last.CompleteAt.After(since) {
		since = last.CompleteAt
	}
	if o.now().Sub(since) < ztp.ReconciliationPeriod-scheduleEvery {
		return nil
	}
	return o.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		mine, err := s.TakeDuty(ctx, "reconcile/"+string(name), askAgain)
		if err != nil || !mine {
			return err
		}
		_, err = s.AskReconciliation(ctx, name, "", ztp.System("schedule").String())
		return err
	})
}

// Reconcile takes up a reconciliation that is due, if any, and brings it to its end or to
// a rest. When ctx ends it is given back. An error means that it was left as a crash
// would leave it.
func (o *Orchestrator) Reconcile(ctx context.Context) (bool, error) {
	if o.standsBack() {
		return false, nil
	}
	claimed, err := o.cfg.Store.ClaimReconciliation(ctx, o.cfg.Owner, o.cfg.Lease)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c := &reconciliation{o: o, rc: claimed, fence: claimed}
	if c.vendor = o.vendors[claimed.Vendor]; c.vendor == nil {
		return true, fmt.Errorf("reconciliation: this build has no vendor %q", claimed.Vendor)
	}
	c.info = c.vendor.Describe()
	c.log = o.cfg.Log.With("vendor", claimed.Vendor, "platform", claimed.Platform, "run", claimed.Run)
	return true, c.whole(ctx)
}

// whole is a run from its claim to its end, its rest, or what a crash would leave.
func (c *reconciliation) whole(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	found, err := c.run(ctx)
	if err == nil {
		err = c.complete(ctx, found)
	}
	return c.judge(ctx, err)
}

// run reads and judges everything while the lease is kept up.
func (c *reconciliation) run(ctx context.Context) (found []ztp.ReconciliationRow, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	var alive sync.WaitGroup
	alive.Go(func() { c.keepUp(ctx, cancel) })
	defer alive.Wait()
	defer cancel(nil)
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
		if cause := context.Cause(ctx); errors.Is(cause, ztp.ErrLeaseLost) {
			err = &storeError{cause}
		}
	}()
	if err := c.readCompanies(ctx); err != nil {
		return nil, err
	}
	todo := c.toRead()
	c.progress(0, len(todo))
	for round := 1; len(todo) > 0; round++ {
		if todo, err = c.round(ctx, todo, round == reconcileRounds); err != nil {
			return nil, err
		}
	}
	return c.report(), nil
}

func panicked(p any) error { return fmt.Errorf("panic in a reconciliation: %v\n%s", p, debug.Stack()) }

// keepUp says how far the run is, and ends it when somebody else has it by now.
func (c *reconciliation) keepUp(ctx context.Context, lost context.CancelCauseFunc) {
	tick := time.NewTicker(min(progressEvery, c.o.cfg.Lease/3))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		c.mu.Lock()
		now := c.rc
		c.mu.Unlock()
		err := c.o.cfg.Store.SaveReconciliation(ctx, now, c.o.cfg.Lease)
		if errors.Is(err, ztp.ErrLeaseLost) {
			lost(ztp.ErrLeaseLost)
			return
		}
		if err != nil && ctx.Err() == nil {
			c.log.Warn("progress of a reconciliation not recorded", "err", err)
		}
	}
}

func (c *reconciliation) progress(done, total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rc.Done, c.rc.Total = done, total
}

// round reads links and returns those that have to be tried again. In the last round
// what still fails becomes a row that says so.
func (c *reconciliation) round(ctx context.Context, todo []ztp.Link, last bool) (again []ztp.Link, err error) {
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(reconciledAtOnce)
	var mu sync.Mutex
	inVain := 0
	for _, l := range todo {
		if gctx.Err() != nil {
			break
		}
		g.Go(func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = panicked(p)
				}
			}()
			rows, err := c.link(gctx, l)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				inVain = 0
				c.found(rows)
			case !passes(err):
				return err
			case inVain+1 >= reconcileInVain || last && c.nothingRead():
				return err
			case last:
				inVain++
				c.found(c.notRead(l, err))
			default:
				inVain++
				again = append(again, l)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return again, ctx.Err()
}

// passes reports whether the same call may go through in a moment.
func passes(err error) bool {
	var v *ztp.VendorError
	return !isStoreError(err) && errors.As(err, &v) &&
		(v.Temporary || v.Effect == ztp.EffectNotSent || v.Effect == ztp.EffectUnknown || v.Effect == ztp.EffectLimited)
}

// complete is the one commit that counts: the rows, the audit row, and a check of each
// link that compares otherwise than the last time.
func (c *reconciliation) complete(ctx context.Context, rows []ztp.ReconciliationRow) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	err := c.o.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := c.queueChecks(ctx, s, rows); err != nil {
			return err
		}
		if err := s.CompleteReconciliation(ctx, c.rc, rows, c.others); err != nil {
			return err
		}
		e := c.event("reconcile.done", ztp.OutcomeOK)
		e.Detail = c.summary(rows)
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		return &storeError{err}
	}
	c.log.Info("reconciliation", "state", "complete", "rows", len(rows), "companies_not_ours", c.others)
	c.o.Wake()
	return nil
}

func (c *reconciliation) event(action, outcome string) ztp.Event {
	return ztp.Event{
		At: c.o.now(), Actor: ztp.System("orchestrator").String(), Action: action, Platform: c.rc.Platform, Vendor: c.rc.Vendor, Outcome: outcome,
	}
}

// summary says in the audit log what came out.
func (c *reconciliation) summary(rows []ztp.ReconciliationRow) string {
	n := map[ztp.RowClass]int{}
	for _, r := range rows {
		n[r.Class()]++
	}
	return fmt.Sprintf("asked by %s; %d platforms match, %d rows ours only, %d changed by hand, %d theirs only, %d not judged; %d companies are not ours",
		c.rc.AskedBy, n[ztp.RowMatching], n[ztp.RowOursOnly], n[ztp.RowChanged], n[ztp.RowTheirsOnly], n[ztp.RowNotJudged], c.others)
}

// forCheck are the findings that a check has something to say to.
var forCheck = []ztp.RowReason{
	ztp.ReasonCompanyGone, ztp.ReasonCompanyTaken, ztp.ReasonKeyGone, ztp.ReasonKeyRefused, ztp.ReasonKeyLeft, ztp.ReasonKeyLater,
	ztp.ReasonKeyUnknown, ztp.ReasonKeyForeign, ztp.ReasonProfileGone, ztp.ReasonProfilePaused,
}

// queueChecks lets every link be checked that has a finding which the last complete
// run did not have, or of which an earlier finding is not true any more. The check
// looks closer, and says in the link's row what it finds.
func (c *reconciliation) queueChecks(ctx context.Context, s ztp.Store, rows []ztp.ReconciliationRow) error {
	for _, r := range rows {
		l, there := c.stood[r.Platform]
		if !there || l.Active == 0 && (l.State != ztp.LinkNotConfigured || l.CompanyID == "" || l.Connected) {
			continue // nothing that a check would look at
		}
		switch r.Class() {
		case ztp.RowMatching:
			if l.State != ztp.LinkNeedsAttention && !l.NeedsSomebody() {
				continue
			}
		case ztp.RowOursOnly, ztp.RowChanged, ztp.RowTheirsOnly:
			if !slices.Contains(forCheck, r.Reason) {
				continue
			}
			_, err := s.ReconciliationRow(ctx, r.Vendor, r.ID)
			if err == nil {
				continue
			}
			if !ztp.IsCode(err, ztp.CodeNotFound) {
				return err
			}
		default:
			continue
		}
		if _, err := c.o.queueIn(ctx, s, r.Platform, r.Vendor, ztp.KindCheck, checkAgain, "reconcile"); err != nil {
			return err
		}
	}
	return nil
}

// judge decides what an error means for the run: nothing for one that came through, a
// rest for what passes, an end without a result else. What the last complete run found
// stays in any case.
func (c *reconciliation) judge(ctx context.Context, err error) error {
	if err == nil || isStoreError(err) {
		return err
	}
	end := c.fence // as claimed: what was read is not kept
	now := c.o.now()
	var v *ztp.VendorError
	switch {
	case ctx.Err() != nil:
		end.NextAt = now
	case errors.As(err, &v) && (passes(err)):
		end = c.rest(ctx, end, v)
	case v == nil && (ztp.IsCode(err, ztp.CodeInternal) || ztp.InDatabase(err)):
		return err
	default:
		end.Run, end.Error = "", ztp.ProblemOf(err, now, "")
	}
	return c.save(ctx, end)
}

// rest puts a run off that the vendor kept from its end, unless that was the last try.
func (c *reconciliation) rest(ctx context.Context, r ztp.Reconciliation, v *ztp.VendorError) ztp.Reconciliation {
	now := c.o.now()
	r.Attempt++
	r.Error = ztp.ProblemOf(v, now, "")
	d, more := delay(patientDelays, r.Attempt)
	d = max(c.o.cfg.Jitter(d), min(v.RetryAfter, maxRetryAfter))
	if v.Code == ztp.CodeVendorUnreachable {
		c.o.standBack(ctx, d)
	}
	if !more {
		r.Run = ""
		return r
	}
	r.NextAt, r.Waiting = now.Add(d), ztp.Lookup(v.Code).For(c.info.Title).Title+"; trying again"
	return r
}

// save gives the run back, or ends it without a result.
func (c *reconciliation) save(ctx context.Context, r ztp.Reconciliation) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTimeout)
	defer cancel()
	err := c.o.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := s.SaveReconciliation(ctx, r, c.o.cfg.Lease); err != nil || r.Run != "" {
			return err
		}
		e := c.event("reconcile.failed", ztp.OutcomeFailed)
		e.Code, e.Detail = r.Error.Code, r.Error.Detail
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		return &storeError{err}
	}
	if r.Run == "" {
		c.log.Warn("reconciliation", "state", "failed", "code", r.Error.Code, "detail", r.Error.Detail)
	}
	return nil
}
