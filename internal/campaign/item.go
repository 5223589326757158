package campaign

import (
	"context"
	"fmt"
	"strings"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// beginNext begins the next platform, if there is one and the budget lets it. open
// reports whether its operation goes on from here.
func (r *Runner) beginNext(ctx context.Context, id ztp.CampaignID) (begun, open bool, err error) {
	item, err := r.claim(ctx, id)
	if err != nil || item == nil {
		return false, false, err
	}
	over, err := r.make(ctx, id, *item)
	return true, !over, err
}

// claim commits that a platform is begun, before anything is done for it: what the
// budget has left is taken by this commit. nil means that nothing may begin now.
func (r *Runner) claim(ctx context.Context, id ztp.CampaignID) (*ztp.CampaignItem, error) {
	var item *ztp.CampaignItem
	err := r.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		item = nil
		c, err := s.Campaign(ctx, id)
		if err != nil || c.State != ztp.CampaignRunning {
			return err
		}
		now := r.now()
		stop, err := r.stopped(ctx, s, c)
		if err != nil {
			return err
		}
		if c.Reason != stop { // says that it waits, or goes on
			c.Reason, c.UpdatedAt = stop, now
			return s.SaveCampaign(ctx, c)
		}
		page, err := s.ListCampaignItems(ctx, ztp.CampaignItemQuery{Campaign: id, State: ztp.ItemPending, Limit: 1})
		if err != nil {
			return err
		}
		if len(page.Items) == 0 {
			return r.closed(ctx, s, c)
		}
		if stop != "" || !c.Due(now) || c.Tally[ztp.ItemRunning] >= waveSize {
			return nil
		}
		gone, err := control.AskerGone(ctx, s, c.Actor)
		if err != nil {
			return err
		}
		if gone {
			if c, err = r.paused(ctx, s, c, c.Actor.String()+askerGone, nil); err != nil {
				return err
			}
			return s.SaveCampaign(ctx, c)
		}
		next, err := page.Items[0].Move(ztp.ItemRunning, now)
		if err != nil {
			return err
		}
		if err := s.SaveCampaignItem(ctx, next, ztp.ItemPending); err != nil {
			return err
		}
		item = &next
		return s.SaveCampaign(ctx, c.Began(now))
	})
	return item, err
}

// askerGone is why a campaign pauses: nothing is begun in the name of somebody whose right
// to it was taken away.
const askerGone = " asked for it and may not change anything any more. Whoever resumes it lets it go on in their own name."

// stopped says why nothing may be begun at the vendor now, "" when it may.
func (r *Runner) stopped(ctx context.Context, s ztp.Store, c ztp.Campaign) (string, error) {
	all, err := s.WritesOff(ctx)
	if off := ztp.WritesOffFor(all, c.Vendor); err == nil && off != nil {
		return "It waits: vendor writes are off. " + off.Err().Detail, nil
	}
	return "", err
}

// closed ends a campaign of which nothing is left.
func (r *Runner) closed(ctx context.Context, s ztp.Store, c ztp.Campaign) error {
	if c.Tally[ztp.ItemPending]+c.Tally[ztp.ItemRunning] > 0 || !c.FinishedAt.IsZero() {
		return nil
	}
	now, err := r.now(), error(nil)
	if c.State != ztp.CampaignCancelled {
		if c, err = c.Move(ztp.CampaignDone, now); err != nil {
			return err
		}
	}
	c.FinishedAt, c.UpdatedAt = now, now
	if err := s.SaveCampaign(ctx, c); err != nil {
		return err
	}
	e := c.Actor.Event(now, "campaign.ended", string(c.ID))
	e.Vendor, e.Detail = c.Vendor, tallyText(c.Tally)
	if c.Tally.Bad() > 0 {
		e.Outcome = ztp.OutcomeFailed
	}
	e.Actor = ztp.System("campaign").String()
	return s.AppendEvent(ctx, e)
}

// tallyText counts in words, such as "480 done, 12 skipped".
func tallyText(t ztp.CampaignTally) string {
	var parts []string
	for _, s := range ztp.CampaignItemStates {
		if t[s] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", t[s], strings.ToLower(s.Title())))
		}
	}
	return strings.Join(parts, ", ")
}

// follow looks what became of an item that was begun. over: nothing of it is open.
func (r *Runner) follow(ctx context.Context, id ztp.CampaignID, i ztp.CampaignItem) (over bool, err error) {
	if i.Operation == "" {
		return r.takeUp(ctx, id, i)
	}
	op, err := r.cfg.Store.Operation(ctx, i.Operation)
	if err != nil || !op.State.Final() {
		return false, err
	}
	to := map[ztp.OperationState]ztp.CampaignItemState{
		ztp.OperationDone: ztp.ItemDone, ztp.OperationFailed: ztp.ItemFailed, ztp.OperationNeedsOperator: ztp.ItemNeedsOperator,
	}[op.State]
	return true, r.end(ctx, id, i, to, op.Error)
}

// takeUp goes on with an item whose process died before it had recorded its operation,
// or is about to. One that has none is taken back if the campaign rests.
func (r *Runner) takeUp(ctx context.Context, id ztp.CampaignID, i ztp.CampaignItem) (bool, error) {
	c, err := r.cfg.Store.Campaign(ctx, id)
	if err != nil {
		return false, err
	}
	if c.State == ztp.CampaignRunning {
		return r.make(ctx, id, i)
	}
	op, err := r.cfg.Store.OperationByKey(ctx, c.Actor.String(), i.OperationKey())
	switch {
	case err == nil:
		return false, r.record(ctx, i, op.ID)
	case !ztp.IsCode(err, ztp.CodeNotFound):
		return false, err
	case r.now().Sub(i.StartedAt) < abandoned:
		return false, nil
	case c.State == ztp.CampaignPaused:
		return true, r.takeBack(ctx, id, i, nil, "")
	}
	return true, r.end(ctx, id, i, ztp.ItemCancelled, nil)
}

// make asks for the item's operation, as anybody would. Asked twice under the item's
// key, it is one.
func (r *Runner) make(ctx context.Context, id ztp.CampaignID, i ztp.CampaignItem) (over bool, err error) {
	c, err := r.cfg.Store.Campaign(ctx, id)
	if err != nil {
		return false, err
	}
	switch l, disabled, err := r.disabledSince(ctx, c, i); {
	case err != nil:
		return false, err
	case disabled:
		i.Note = control.StaysDisabled(l)
		return true, r.end(ctx, id, i, ztp.ItemSkipped, nil)
	}
	res, err := r.ask(ctx, c, i)
	switch code := ztp.CodeOf(err); {
	case err == nil && res.Operation == nil:
		i.Note = "Already onboarded."
		return true, r.end(ctx, id, i, ztp.ItemAlready, nil)
	case err == nil:
		return false, r.record(ctx, i, res.Operation.ID)
	case ctx.Err() != nil, ztp.InDatabase(err), code == ztp.CodeInternal && r.now().Sub(i.StartedAt) < puzzled:
		return false, err // nothing is known; it is asked for again
	case code == ztp.CodeVendorWritesOff:
		return true, r.takeBack(ctx, id, i, nil, "")
	}
	return true, r.end(ctx, id, i, ztp.Refused(ztp.CodeOf(err)), ztp.ProblemOf(err, r.now(), c.Actor.RequestID))
}

// disabledSince reports whether somebody has disabled the platform since the campaign was
// planned: then nothing starts it again but a person.
func (r *Runner) disabledSince(ctx context.Context, c ztp.Campaign, i ztp.CampaignItem) (ztp.Link, bool, error) {
	l, err := r.cfg.Store.Link(ctx, i.Platform, i.Vendor)
	return l, l.State == ztp.LinkNotConfigured && l.DisabledAt.After(c.CreatedAt), err
}

func (r *Runner) ask(ctx context.Context, c ztp.Campaign, i ztp.CampaignItem) (control.Result, error) {
	ref, sub := string(i.Platform), control.Submission{Key: i.OperationKey()}
	switch {
	case c.Kind == ztp.KindOnboard:
		return r.cfg.Door.Onboard(ctx, c.Actor, ref, c.Vendor, sub)
	case c.Kind == ztp.KindRotate:
		return r.cfg.Door.Rotate(ctx, c.Actor, ref, c.Vendor, control.RotateRequest{Submission: sub})
	case i.KeyID == "":
		return r.cfg.Door.Adopt(ctx, c.Actor, ref, c.Vendor, i.CompanyID, sub)
	}
	key, err := r.cfg.Store.OpenCampaignKey(ctx, c.ID, i.Platform, i.Vendor)
	if err != nil {
		return control.Result{}, err
	}
	return r.cfg.Door.Connect(ctx, c.Actor, ref, c.Vendor, control.ConnectRequest{Submission: sub, APIKey: key, CompanyID: i.CompanyID})
}

// record commits which operation is the item's.
func (r *Runner) record(ctx context.Context, i ztp.CampaignItem, op ztp.OperationID) error {
	i.Operation = op
	return r.cfg.Store.SaveCampaignItem(ctx, i, ztp.ItemRunning)
}

// end commits what became of an item. What would meet every platform pauses the
// campaign, and this one is tried again when it goes on; failures that rise pause it too.
func (r *Runner) end(ctx context.Context, id ztp.CampaignID, i ztp.CampaignItem, to ztp.CampaignItemState, problem *ztp.Problem) error {
	general, err := r.aboutInstallation(ctx, i, to, problem)
	if err != nil {
		return err
	}
	if general && to == ztp.ItemFailed {
		return r.takeBack(ctx, id, i, problem, meetsAll)
	}
	return r.commit(ctx, id, func(s ztp.Store, c ztp.Campaign) (ztp.Campaign, error) {
		i.Problem = problem
		ended, err := i.Move(to, r.now())
		if err != nil {
			return c, err
		}
		if err := s.SaveCampaignItem(ctx, ended, ztp.ItemRunning); err != nil {
			return c, err
		}
		c = c.Counted(to)
		why := c.TooManyFailures()
		if general {
			why = meetsAll
		}
		if why != "" {
			return r.paused(ctx, s, c, why, problem)
		}
		return c, nil
	})
}

// meetsAll is why a campaign pauses at once.
const meetsAll = "What stopped it would stop every platform."

func (r *Runner) aboutInstallation(ctx context.Context, i ztp.CampaignItem, to ztp.CampaignItemState, problem *ztp.Problem) (bool, error) {
	if !to.Bad() || problem == nil {
		return false, nil
	}
	p, err := r.cfg.Store.Platform(ctx, string(i.Platform))
	return err == nil && ztp.AboutInstallation(problem.Code, p.URLTemplate != ""), err
}

// takeBack puts an item back among those not begun; with a reason the campaign is
// paused. An operation that it had has ended and stays as it is: the next one has
// another key.
func (r *Runner) takeBack(ctx context.Context, id ztp.CampaignID, i ztp.CampaignItem, problem *ztp.Problem, why string) error {
	return r.commit(ctx, id, func(s ztp.Store, c ztp.Campaign) (ztp.Campaign, error) {
		to := ztp.ItemPending
		if c.State == ztp.CampaignCancelled {
			to = ztp.ItemFailed
		}
		back, err := i.Move(to, r.now())
		if err != nil {
			return c, err
		}
		back.Problem = problem
		if to == ztp.ItemPending {
			if i.Operation != "" {
				back.Attempt++
			}
			back.Operation = ""
		}
		if err := s.SaveCampaignItem(ctx, back, ztp.ItemRunning); err != nil || why == "" {
			return c, err
		}
		return r.paused(ctx, s, c, why, problem)
	})
}

// paused pauses a campaign by itself, and says so in the log.
func (r *Runner) paused(ctx context.Context, s ztp.Store, c ztp.Campaign, why string, problem *ztp.Problem) (ztp.Campaign, error) {
	if c.State != ztp.CampaignRunning {
		return c, nil
	}
	c, err := c.Move(ztp.CampaignPaused, r.now())
	if err != nil {
		return c, err
	}
	c.Reason, c.Problem = why, problem
	e := ztp.System("campaign").Event(r.now(), "campaign.paused", string(c.ID))
	e.Vendor, e.Detail, e.Outcome = c.Vendor, why, ztp.OutcomeFailed
	if problem != nil {
		e.Code = problem.Code
	}
	r.cfg.Log.Warn("campaign paused", "campaign", c.ID, "vendor", c.Vendor, "why", why, "code", e.Code)
	return c, s.AppendEvent(ctx, e)
}

// commit changes a campaign with one of its items, and ends it when that was the last.
func (r *Runner) commit(ctx context.Context, id ztp.CampaignID, change func(s ztp.Store, c ztp.Campaign) (ztp.Campaign, error)) error {
	return r.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		c, err := s.Campaign(ctx, id)
		if err != nil {
			return err
		}
		if c, err = change(s, c); err != nil {
			return err
		}
		c.UpdatedAt = r.now()
		if err := s.SaveCampaign(ctx, c); err != nil {
			return err
		}
		if c, err = s.Campaign(ctx, id); err != nil {
			return err
		}
		return r.closed(ctx, s, c)
	})
}
