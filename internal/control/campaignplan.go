package control

import (
	"context"
	"fmt"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// fleet is every platform with what it has at one vendor.
type fleet struct {
	info      ztp.VendorInfo
	platforms []ztp.Platform
	links     map[ztp.PlatformID]ztp.Link
	// open are the operations that change a link.
	open map[ztp.PlatformID]ztp.Operation
	now  time.Time
}

func (c *Control) fleet(ctx context.Context, info ztp.VendorInfo) (*fleet, error) {
	f := &fleet{info: info, links: map[ztp.PlatformID]ztp.Link{}, open: map[ztp.PlatformID]ztp.Operation{}, now: c.now()}
	err := everyPage(func(cursor string) (string, error) {
		page, err := c.cfg.Store.ListPlatforms(ctx, ztp.PlatformQuery{Cursor: cursor, Limit: 1000})
		f.platforms = append(f.platforms, page.Items...)
		return page.Next, err
	})
	if err != nil {
		return nil, err
	}
	links, err := c.cfg.Store.ListLinks(ctx, "", info.Name)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		f.links[l.Platform] = l
	}
	return f, everyPage(func(cursor string) (string, error) {
		page, err := c.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Vendor: info.Name, Open: true, Cursor: cursor, Limit: 1000})
		for _, op := range page.Items {
			if op.HoldsLink {
				f.open[op.Platform] = op
			}
		}
		return page.Next, err
	})
}

func everyPage(read func(cursor string) (next string, err error)) error {
	for cursor := ""; ; {
		next, err := read(cursor)
		if err != nil || next == "" {
			return err
		}
		cursor = next
	}
}

// link is what the platform has; one that was never touched is not configured.
func (f *fleet) link(p ztp.PlatformID) ztp.Link {
	if l, ok := f.links[p]; ok {
		return l
	}
	return ztp.Link{Platform: p, Vendor: f.info.Name, State: ztp.LinkNotConfigured}
}

// plan makes the campaign that the request asks for, and says of each platform what
// will be done, or why nothing.
func (c *Control) plan(ctx context.Context, a ztp.Actor, info ztp.VendorInfo, r CampaignRequest) (CampaignPlan, error) {
	f, err := c.fleet(ctx, info)
	if err != nil {
		return CampaignPlan{}, err
	}
	now := c.now()
	plan := CampaignPlan{Campaign: ztp.Campaign{
		ID: ztp.CampaignID(ztp.NewID()), Kind: r.Kind, Vendor: info.Name, State: ztp.CampaignRunning, Budget: r.Budget,
		Cost: max(info.Calls[r.Kind], 1), OlderThan: r.OlderThan, Actor: a, NextAt: now, CreatedAt: now, StartedAt: now, UpdatedAt: now, Version: 1,
	}}
	switch r.Kind {
	case ztp.KindOnboard:
		err = c.planOnboard(ctx, f, &plan)
	case ztp.KindRotate:
		planRotate(f, r.OlderThan, &plan)
	case ztp.KindAdopt:
		err = c.planAdopt(ctx, f, r.Companies, &plan)
	}
	plan.close(r.Hold, now)
	return plan, err
}

// close numbers the items and counts them.
func (p *CampaignPlan) close(hold bool, now time.Time) {
	p.Campaign.Tally = ztp.CampaignTally{}
	for i := range p.Items {
		p.Items[i].Position = i
		p.Campaign.Tally[p.Items[i].State]++
	}
	switch {
	case p.Campaign.Tally[ztp.ItemPending] == 0:
		p.Campaign.State, p.Campaign.FinishedAt = ztp.CampaignDone, now
	case hold:
		p.Campaign.State, p.Campaign.StartedAt, p.Campaign.Reason = ztp.CampaignPaused, time.Time{}, "It waits to be started."
	}
}

// verdict is what a plan says of one platform.
type verdict struct {
	state   ztp.CampaignItemState
	note    string
	problem error
}

func skip(problem error) verdict { return verdict{ztp.ItemSkipped, "", problem} }

// add puts a platform into the plan.
func (p *CampaignPlan) add(f *fleet, id ztp.PlatformID, v verdict) *ztp.CampaignItem {
	i := ztp.CampaignItem{Campaign: p.Campaign.ID, Platform: id, Vendor: f.info.Name, State: v.state, Note: v.note, Problem: ztp.ProblemOf(v.problem, f.now, "")}
	if i.State.Final() {
		i.FinishedAt = f.now
	}
	p.Items = append(p.Items, i)
	return &p.Items[len(p.Items)-1]
}

// planOnboard takes every platform that is not onboarded and can be. One that was
// disabled stays so: somebody wanted that.
func (c *Control) planOnboard(ctx context.Context, f *fleet, plan *CampaignPlan) error {
	there, err := c.namesakes(ctx, f)
	if err != nil {
		return err
	}
	for _, p := range f.platforms {
		v, err := c.onboardVerdict(ctx, f, p)
		if err != nil {
			return err
		}
		if id := there[strings.TrimSpace(p.Name)]; id != "" && v.note == makesCompany {
			v.note += " Company " + id + " has the same name; if it is this platform's, adopt it instead (adopt --all)."
			plan.Namesakes++
		}
		plan.add(f, p.ID, v)
	}
	return nil
}

// namesakes are the companies that people made in the vendor's portal, by their names, as
// far as the last reconciliation tells: an Onboard finds none of them and makes a second
// one. No vendor is called.
func (c *Control) namesakes(ctx context.Context, f *fleet) (map[string]string, error) {
	recorded, there := f.recorded(), map[string]string{}
	return there, everyPage(func(cursor string) (string, error) {
		page, err := c.cfg.Store.ReconciliationRows(ctx, ztp.ReconciliationQuery{Vendor: f.info.Name, Class: ztp.RowNotOurs, Cursor: cursor, Limit: 1000})
		for _, r := range page.Items {
			if _, ours := recorded[r.CompanyID]; !ours {
				there[strings.TrimSpace(r.Name)] = r.CompanyID
			}
		}
		return page.Next, err
	})
}

// makesCompany is the note of a platform of which nothing is at the vendor.
const makesCompany = "Makes company, key and profile."

func (c *Control) onboardVerdict(ctx context.Context, f *fleet, p ztp.Platform) (verdict, error) {
	l := f.link(p.ID)
	switch op, open := f.open[p.ID]; {
	case l.State == ztp.LinkConfigured, l.State == ztp.LinkRotating:
		return verdict{ztp.ItemAlready, "Already onboarded.", nil}, nil
	case l.State == ztp.LinkNeedsAttention && l.Active != 0:
		return skip(standing(l)), nil
	case open:
		return skip(running(op)), nil
	case !l.DisabledAt.IsZero():
		return verdict{ztp.ItemSkipped, StaysDisabled(l), nil}, nil
	}
	if v, err := c.addressVerdict(ctx, p); v != nil || err != nil {
		return orPending(v), err
	}
	if l.CompanyID != "" {
		return verdict{ztp.ItemPending, "Takes up company " + l.CompanyID + ", made here before.", nil}, nil
	}
	return verdict{ztp.ItemPending, makesCompany, nil}, nil
}

// StaysDisabled says why a campaign leaves a disabled platform alone.
func StaysDisabled(l ztp.Link) string {
	return fmt.Sprintf("%s disabled it on %s. Onboard it by itself if that is over.", l.DisabledBy, l.DisabledAt.UTC().Format(time.DateOnly))
}

func standing(l ztp.Link) error {
	if l.Error != nil {
		return l.Error.Err()
	}
	return &ztp.Error{Code: ztp.CodeVendorKeyRejected}
}

func orPending(v *verdict) verdict {
	if v == nil {
		return verdict{state: ztp.ItemPending}
	}
	return *v
}

// addressVerdict refuses a platform that has no provisioning URL to give to a vendor;
// nil is none.
func (c *Control) addressVerdict(ctx context.Context, p ztp.Platform) (*verdict, error) {
	if err := c.require(ctx, needConfiguration, p, ztp.VendorInfo{}); err != nil {
		v := skip(err)
		return &v, nil
	}
	err := c.requireToken(ctx, p)
	if ztp.IsCode(err, ztp.CodeProvisioningTokenMissing) {
		v := skip(err)
		return &v, nil
	}
	return nil, err
}

// planRotate takes every platform with a key that was made by API. Platforms without a
// key are none of its business.
func planRotate(f *fleet, olderThan time.Duration, plan *CampaignPlan) {
	for _, p := range f.platforms {
		l := f.link(p.ID)
		if l.Active == 0 {
			continue
		}
		v := verdict{ztp.ItemPending, fmt.Sprintf("Replaces key %d, set on %s.", l.Active, l.SetAt.UTC().Format(time.DateOnly)), nil}
		switch op, open := f.open[p.ID]; {
		case f.now.Sub(l.SetAt) < olderThan:
			v = verdict{ztp.ItemAlready, fmt.Sprintf("Key %d was set on %s.", l.Active, l.SetAt.UTC().Format(time.DateOnly)), nil}
		case l.Connected:
			v = verdict{ztp.ItemSkipped, "Its key was made in the vendor's portal and can't be rotated by API. Replace it by hand: make a key there and give it to Replace key….", nil}
		case open:
			v = skip(running(op))
		}
		plan.add(f, p.ID, v)
	}
}
