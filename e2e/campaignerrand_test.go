package e2e_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"
	"time"

	"zerotouch.example/api"
)

// campaignLook is how long an operation of a campaign is waited for at a time.
const campaignLook = 200 * time.Millisecond

var (
	campaignWrites  = regexp.MustCompile(`(UPDATE|INSERT INTO) (operation|campaign|campaign_item)\b`)
	campaignOnboard = campaign("Onboard", "onboard", false)
	campaignRotate  = campaign("Rotate", "rotate", true)
)

// campaign does the same with two platforms.
func campaign(name, kind string, notCalls bool) errand {
	return errand{
		name: "Campaign" + name, operation: "campaign (" + kind + ")", worlds: 3, writes: campaignWrites, notCalls: notCalls,
		begin: func(_ *testing.T, v *victim) func(t *testing.T, n int) once {
			return func(t *testing.T, n int) once {
				t.Helper()
				slugs := []string{fmt.Sprintf("%s-%d", kind, 2*n), fmt.Sprintf("%s-%d", kind, 2*n+1)}
				c := &campaigning{victim: v, kind: kind, action: actions[name]}
				for _, slug := range slugs {
					v.in.platform(t, slug)
					c.begin(t, v.in, slug)
					c.all = append(c.all, interrupted{in: v.in, snom: v.snom, action: c.action, slug: slug, before: v.snom.companies(t, slug)})
				}
				return once{run: c.run, check: c.check}
			}
		},
	}
}

// campaigning is one campaign.
type campaigning struct {
	*victim
	action
	kind string
	all  []interrupted
	id   string
}

// run asks for the campaign and follows it.
func (c *campaigning) run(ctx context.Context) error {
	now, err := c.in.client.CreateCampaign(ctx, "snom", api.NewCampaign{Kind: c.kind, Budget: "1000/s"}, api.IdempotencyKey(c.all[0].slug))
	c.id = now.ID
	for err == nil && !now.Final() {
		if err = c.waits(ctx, now.ID); err == nil {
			now, err = c.in.client.Campaign(ctx, now.ID)
		}
	}
	if err == nil && (now.State != api.CampaignDone || now.Tally.Failed+now.Tally.NeedsOperator > 0) {
		return fmt.Errorf("%s, %s: %+v, %+v", now.State, now.Reason, now.Tally, now.Error)
	}
	return err
}

// waits waits for an operation of the campaign a little. errWaits says that none goes on
// before its time.
func (c *campaigning) waits(ctx context.Context, id string) error {
	open, unknown := 0, 0
	for i, err := range c.in.client.CampaignItems(ctx, id, "") {
		if err != nil {
			return err
		}
		if i.State != "pending" && i.State != "running" {
			continue
		}
		open++
		if i.Operation == "" {
			continue
		}
		op, err := c.in.client.WaitOperation(ctx, i.Operation, campaignLook)
		if err != nil {
			return err
		}
		if op.State == api.OperationUnknown {
			unknown++
		}
	}
	if open > 0 && open == unknown {
		return errWaits
	}
	return nil
}

// check compares both sides for each platform, and takes the platforms out of the way of
// the campaigns that follow.
func (c *campaigning) check(t *testing.T) {
	t.Helper()
	items := map[string]api.CampaignItem{}
	for i, err := range c.in.client.CampaignItems(t.Context(), c.id, "done") {
		if err != nil {
			t.Fatal(err)
		}
		items[i.Platform] = i
	}
	if len(items) != len(c.all) {
		t.Errorf("want it to be done for %d platforms, got %+v", len(c.all), items)
	}
	for _, r := range c.all {
		r.op = items[r.slug].Operation
		if r.op == "" {
			t.Fatalf("%s is done by another campaign, or by none: %v", r.slug, items)
		}
		r.check(t, startTimeout)
		if c.kind == "rotate" {
			a, err := c.in.client.Disable(t.Context(), r.slug, "snom", api.Disable{})
			c.in.done(t, a, err)
		}
	}
}
