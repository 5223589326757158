package control

import (
	"context"
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

// CampaignRequest asks for the same operation on many platforms of a vendor.
type CampaignRequest struct {
	Submission
	// Kind is one of ztp.CampaignKinds.
	Kind ztp.OperationKind
	// Budget bounds the vendor calls a second; a gentle one when 0.
	Budget ztp.Budget
	// OlderThan leaves out of a rotation what has a younger key.
	OlderThan time.Duration
	// Hold makes the campaign and waits for a person to start it.
	Hold bool
	// Companies says what is adopted; when nil, companies are matched with platforms
	// by their names.
	Companies []ztp.CompanyPair
}

// CampaignPlan is what a campaign would do, platform by platform. Nothing of it is kept.
type CampaignPlan struct {
	Campaign ztp.Campaign
	Items    []ztp.CampaignItem
	// Namesakes counts platforms that an onboarding would give a company although one of
	// their name is at the vendor already, which an adoption would take up.
	Namesakes int
	keys      map[ztp.PlatformID]ztp.APIKey
}

// PlanCampaign says what BeginCampaign would begin. It changes nothing; an adoption
// reads the list of companies at the vendor.
func (c *Control) PlanCampaign(ctx context.Context, a ztp.Actor, v ztp.VendorName, r CampaignRequest) (CampaignPlan, error) {
	if err := c.mayChange(ctx, a, "campaign.create", "", v); err != nil {
		return CampaignPlan{}, err
	}
	info, err := c.Vendor(v)
	if err != nil {
		return CampaignPlan{}, err
	}
	if err := r.validate(&info); err != nil {
		return CampaignPlan{}, err
	}
	return c.plan(ctx, a, info, r)
}

// BeginCampaign makes a campaign, which from then on goes on by itself. The same
// request again returns the same campaign.
func (c *Control) BeginCampaign(ctx context.Context, a ztp.Actor, v ztp.VendorName, r CampaignRequest) (ztp.Campaign, error) {
	if err := c.mayChange(ctx, a, "campaign.create", "", v); err != nil {
		return ztp.Campaign{}, err
	}
	info, err := c.Vendor(v)
	if err != nil {
		return ztp.Campaign{}, err
	}
	if err := r.validate(&info); err != nil {
		return ztp.Campaign{}, err
	}
	hash := r.bodyHash(info.Name)
	if earlier, err := c.repeatedCampaign(ctx, a, r.Key, hash); earlier != nil || err != nil {
		return orNone(earlier), err
	}
	if err := c.mayBeginCampaign(ctx, info, r); err != nil {
		// A parallel request under the same key may have been first meanwhile.
		if earlier, kerr := c.repeatedCampaign(ctx, a, r.Key, hash); earlier != nil || kerr != nil {
			return orNone(earlier), kerr
		}
		c.refused(ctx, a, "campaign.create", "", info.Name, "", err)
		return ztp.Campaign{}, err
	}
	plan, err := c.plan(ctx, a, info, r)
	if err != nil {
		c.refused(ctx, a, "campaign.create", "", info.Name, "", err)
		return ztp.Campaign{}, err
	}
	return c.createCampaign(ctx, a, plan, r, hash)
}

func orNone(c *ztp.Campaign) ztp.Campaign {
	if c == nil {
		return ztp.Campaign{}
	}
	return *c
}

// validate checks the body and puts the default budget in.
func (r *CampaignRequest) validate(info *ztp.VendorInfo) error {
	most := ztp.Budget(info.Rate)
	switch {
	case r.Kind != ztp.KindOnboard && r.Kind != ztp.KindRotate && r.Kind != ztp.KindAdopt:
		return ztp.Invalid("kind", "It is onboard, rotate or adopt.")
	case r.Budget < 0:
		return ztp.Invalid("budget", "A budget is a number of vendor calls per second, minute or hour, such as 2/s or 30/m.")
	case most > 0 && r.Budget > most:
		return ztp.Invalid("budget", fmt.Sprintf("Give %s at most: more calls never go out to %s, whoever asks for them.", most, info.Title))
	case r.OlderThan != 0 && r.Kind != ztp.KindRotate:
		return ztp.Invalid("older_than", "Only a rotation looks at the age of keys.")
	case r.Companies != nil && r.Kind != ztp.KindAdopt:
		return ztp.Invalid("companies", "Only an adoption takes companies.")
	case r.Companies != nil && len(r.Companies) == 0:
		return ztp.Invalid("companies", "Name at least one company, or leave the list out to match by names.")
	case len(r.Companies) > ztp.MaxCompanyPairs:
		return ztp.Invalid("companies", fmt.Sprintf("One adoption takes %d companies.", ztp.MaxCompanyPairs))
	}
	if r.Budget == 0 {
		r.Budget = gentle(most)
	}
	return nil
}

// gentle is a budget that leaves most of the vendor's calls to people.
func gentle(most ztp.Budget) ztp.Budget {
	if most == 0 {
		return 2
	}
	return min(2, most*2/5)
}

// bodyHash tells two requests under one key apart; pasted secrets enter as digests.
func (r CampaignRequest) bodyHash(v ztp.VendorName) string {
	body := []any{"campaign", v, r.Kind, r.Budget, r.OlderThan, r.Hold, r.Companies == nil}
	for _, p := range r.Companies {
		body = append(body, p.CompanyID, p.Platform, p.Key.ID, digest("pasted", p.Key.Secret.RevealSecret()))
	}
	return digest(body...)
}

// repeatedCampaign returns what the same actor made under the same key, nil when the
// key is new.
func (c *Control) repeatedCampaign(ctx context.Context, a ztp.Actor, key, hash string) (*ztp.Campaign, error) {
	if key == "" {
		return nil, nil
	}
	earlier, err := c.cfg.Store.CampaignByKey(ctx, a.String(), key)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case earlier.BodyHash != hash:
		return nil, &ztp.Error{Code: ztp.CodeIdempotencyMismatch}
	}
	return &earlier, nil
}

// mayBeginCampaign refuses at once what would pause it at its first operation.
func (c *Control) mayBeginCampaign(ctx context.Context, info ztp.VendorInfo, r CampaignRequest) error {
	open, err := c.cfg.Store.ListCampaigns(ctx, ztp.CampaignQuery{Vendor: info.Name, Open: true})
	if err != nil {
		return err
	}
	if len(open.Items) > 0 {
		o := open.Items[0]
		return ztp.Errorf(ztp.CodeCampaignRunning, "%s made one (%s) on %s; %d of %d platforms have ended. Its id is %s.",
			o.Actor, o.Kind.Noun(), ztp.TimeText(o.CreatedAt), o.Tally.Ended(), o.Tally.Total(), o.ID)
	}
	needs := []need{needWrites, needReseller}
	if r.bringsAllKeys() {
		needs = needs[:1]
	}
	for _, n := range needs {
		if err := c.require(ctx, n, ztp.Platform{}, info); err != nil {
			return err
		}
	}
	return nil
}

// bringsAllKeys reports whether every company comes with a key, so that the reseller
// credential is not used.
func (r CampaignRequest) bringsAllKeys() bool {
	for _, p := range r.Companies {
		if p.Key.ID == "" {
			return false
		}
	}
	return len(r.Companies) > 0
}

// createCampaign commits campaign, items and audit row together.
func (c *Control) createCampaign(ctx context.Context, a ztp.Actor, plan CampaignPlan, r CampaignRequest, hash string) (ztp.Campaign, error) {
	made := plan.Campaign
	made.Key, made.BodyHash = r.Key, hash
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if _, err := c.claim(ctx, s, a, r.Submission, ztp.Submission{BodyHash: hash}); err != nil {
			return err
		}
		if err := s.CreateCampaign(ctx, made, plan.Items, plan.keys); err != nil {
			return err
		}
		e := c.event(a, "campaign.created", "", made.Vendor, string(made.ID))
		e.Detail = fmt.Sprintf("%s of %d platforms, %d to do, at %s vendor calls", made.Kind.Noun(), made.Tally.Total(), made.Tally[ztp.ItemPending], made.Budget)
		return s.AppendEvent(ctx, e)
	})
	if err == nil {
		return c.cfg.Store.Campaign(ctx, made.ID)
	}
	if ztp.IsCode(err, ztp.CodeCampaignRunning) { // a parallel request under the same key was first
		if earlier, rerr := c.repeatedCampaign(ctx, a, r.Key, hash); earlier != nil || rerr != nil {
			return orNone(earlier), rerr
		}
	}
	return ztp.Campaign{}, err
}

// Campaign returns one campaign with its tally.
func (c *Control) Campaign(ctx context.Context, a ztp.Actor, id ztp.CampaignID) (ztp.Campaign, error) {
	if err := maySee(a); err != nil {
		return ztp.Campaign{}, err
	}
	if !ztp.ValidID(string(id)) {
		return ztp.Campaign{}, ztp.NotFound("campaign")
	}
	return c.cfg.Store.Campaign(ctx, id)
}

// ListCampaigns returns campaigns, newest first.
func (c *Control) ListCampaigns(ctx context.Context, a ztp.Actor, q ztp.CampaignQuery) (ztp.Page[ztp.Campaign], error) {
	if err := maySee(a); err != nil {
		return ztp.Page[ztp.Campaign]{}, err
	}
	if err := c.knownVendor(q.Vendor); err != nil {
		return ztp.Page[ztp.Campaign]{}, err
	}
	return c.cfg.Store.ListCampaigns(ctx, q)
}

// CampaignItems returns what became of each platform.
func (c *Control) CampaignItems(ctx context.Context, a ztp.Actor, q ztp.CampaignItemQuery) (ztp.Page[ztp.CampaignItem], error) {
	if _, err := c.Campaign(ctx, a, q.Campaign); err != nil {
		return ztp.Page[ztp.CampaignItem]{}, err
	}
	return c.cfg.Store.ListCampaignItems(ctx, q)
}

// PauseCampaign keeps a campaign from beginning anything more; what it has begun
// comes to its end.
func (c *Control) PauseCampaign(ctx context.Context, a ztp.Actor, id ztp.CampaignID) (ztp.Campaign, error) {
	return c.moveCampaign(ctx, a, id, "campaign.paused", ztp.CampaignPaused, func(_ ztp.Store, m *ztp.Campaign) error {
		m.Reason = a.String() + " paused it."
		return nil
	})
}

// ResumeCampaign lets a paused campaign go on, or starts one that waits for that. One whose
// asker is gone goes on in the name of who resumes it; what was begun has to have ended, since
// the keys of operations are their asker's.
func (c *Control) ResumeCampaign(ctx context.Context, a ztp.Actor, id ztp.CampaignID) (ztp.Campaign, error) {
	return c.moveCampaign(ctx, a, id, "campaign.resumed", ztp.CampaignRunning, func(s ztp.Store, m *ztp.Campaign) error {
		gone, err := AskerGone(ctx, s, m.Actor)
		if err != nil || !gone {
			return err
		}
		if n := m.Tally[ztp.ItemRunning]; n > 0 {
			return ztp.Errorf(ztp.CodeOperationRunning, "%s asked for it and is gone. It goes on in your name when %s ended.", m.Actor,
				ztp.Counted(n, "platform that was begun has", "platforms that were begun have"))
		}
		m.Actor = a
		return nil
	})
}

// CancelCampaign ends a campaign: what it has not begun stays undone, and pasted keys
// that were not used are wiped.
func (c *Control) CancelCampaign(ctx context.Context, a ztp.Actor, id ztp.CampaignID) (ztp.Campaign, error) {
	return c.moveCampaign(ctx, a, id, "campaign.cancelled", ztp.CampaignCancelled, func(s ztp.Store, m *ztp.Campaign) error {
		if m.Tally[ztp.ItemRunning] == 0 {
			m.FinishedAt = c.now()
		}
		return s.CancelCampaignItems(ctx, id, c.now())
	})
}

// moveCampaign brings a campaign into a state, with its audit row. One that is in it
// already stays as it is.
func (c *Control) moveCampaign(ctx context.Context, a ztp.Actor, id ztp.CampaignID, verb string, to ztp.CampaignState, also func(ztp.Store, *ztp.Campaign) error) (ztp.Campaign, error) {
	if err := c.mayChange(ctx, a, verb, "", ""); err != nil {
		return ztp.Campaign{}, err
	}
	if !ztp.ValidID(string(id)) {
		return ztp.Campaign{}, ztp.NotFound("campaign")
	}
	for try := 1; ; try++ {
		err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
			m, err := s.Campaign(ctx, id)
			if err != nil || m.State == to {
				return err
			}
			if m, err = m.Move(to, c.now()); err != nil {
				return ztp.Errorf(ztp.CodeFormOutdated, "This campaign has ended.")
			}
			if also != nil {
				if err := also(s, &m); err != nil {
					return err
				}
			}
			if err := s.SaveCampaign(ctx, m); err != nil {
				return err
			}
			return s.AppendEvent(ctx, c.event(a, verb, "", m.Vendor, string(id)))
		})
		if err == nil {
			return c.cfg.Store.Campaign(ctx, id)
		}
		// It makes a step of its own now and then; that is no reason to refuse.
		if m, lerr := c.cfg.Store.Campaign(ctx, id); try < 5 && ztp.IsCode(err, ztp.CodeFormOutdated) && lerr == nil && !m.State.Final() {
			continue
		}
		return ztp.Campaign{}, err
	}
}
