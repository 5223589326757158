package control

import (
	"context"
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

// BeginDueRotation makes a rotation campaign of everything with a key that is at least
// that old, unless there is nothing or another campaign is open, or one was begun by
// this rule less than a day ago. It reports whether it did.
func (c *Control) BeginDueRotation(ctx context.Context, v ztp.VendorName, age time.Duration) (bool, error) {
	info, err := c.Vendor(v)
	if err != nil {
		return false, err
	}
	a, r := ztp.System("policy"), CampaignRequest{Kind: ztp.KindRotate, OlderThan: age}
	if err := r.validate(&info); err != nil {
		return false, err
	}
	if err := c.mayBeginCampaign(ctx, info, r); err != nil {
		return false, dueLater(err)
	}
	plan, err := c.plan(ctx, a, info, r)
	if err != nil || plan.Campaign.Tally[ztp.ItemPending] == 0 {
		return false, err
	}
	due := plan.Items[:0]
	for _, i := range plan.Items {
		if i.State != ztp.ItemAlready {
			due = append(due, i)
		}
	}
	plan.Items = due
	plan.close(false, c.now())
	began := false
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		var err error
		if began, err = s.TakeDuty(ctx, "rotation-policy/"+string(v), policyEvery); err != nil || !began {
			return err
		}
		if err := s.CreateCampaign(ctx, plan.Campaign, plan.Items, nil); err != nil {
			return err
		}
		e := c.event(a, "campaign.created", "", v, string(plan.Campaign.ID))
		e.Detail = fmt.Sprintf("keys older than the policy of %s: %d to do, at %s vendor calls", ztp.AgeText(age), plan.Campaign.Tally[ztp.ItemPending], plan.Campaign.Budget)
		return s.AppendEvent(ctx, e)
	})
	return began && err == nil, dueLater(err)
}

// policyEvery is the least time between two campaigns of the policy, so that what fails
// is not tried all day.
const policyEvery = 24 * time.Hour

// dueLater takes refusals for what they are to the policy: not now.
func dueLater(err error) error {
	switch ztp.CodeOf(err) {
	case ztp.CodeCampaignRunning, ztp.CodeVendorWritesOff, ztp.CodeAnotherCopyRunning, ztp.CodeResellerCredentialsMissing:
		return nil
	}
	return err
}
