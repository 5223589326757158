package restapi

import (
	"context"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// maxCampaign is the longest body of a campaign: all its companies with pasted keys. The
// listener takes no more.
const maxCampaign = 1<<20 - 1

type createCampaignIn struct {
	AtVendor
	Keyed
	Body api.NewCampaign
}

type campaignOut struct {
	Status int
	Body   api.Campaign
}

func (s *server) createCampaign(ctx context.Context, in *createCampaignIn) (*campaignOut, error) {
	r, err := campaignRequest(in.Body)
	if err != nil {
		return nil, err
	}
	if in.Body.DryRun {
		plan, err := s.control.PlanCampaign(ctx, actor(ctx), in.vendor(), r)
		if err != nil {
			return nil, err
		}
		return &campaignOut{http.StatusOK, s.names(ctx).plan(plan)}, nil
	}
	r.Submission = in.submission()
	c, err := s.control.BeginCampaign(ctx, actor(ctx), in.vendor(), r)
	if err != nil {
		return nil, err
	}
	return &campaignOut{http.StatusCreated, s.names(ctx).campaign(c)}, nil
}

// campaignRequest reads the body, as far as it can be read without knowing the vendor.
func campaignRequest(in api.NewCampaign) (r control.CampaignRequest, err error) {
	r.Kind, r.Hold = ztp.OperationKind(in.Kind), in.Hold
	if in.Budget != "" {
		if r.Budget, err = ztp.ParseBudget(in.Budget); err != nil {
			return r, err
		}
	}
	if r.OlderThan, err = ztp.ParseAge(in.OlderThan); err != nil {
		return r, err
	}
	if in.Companies != nil {
		r.Companies = make([]ztp.CompanyPair, 0, len(in.Companies))
	}
	for _, c := range in.Companies {
		r.Companies = append(r.Companies, ztp.CompanyPair{Line: c.Line, CompanyID: c.CompanyID, Platform: c.Platform, Key: pasted(c.KeyID, c.KeySecret)})
	}
	return r, nil
}

func (n *names) campaign(c ztp.Campaign) api.Campaign {
	out := api.Campaign{
		ID: string(c.ID), Kind: string(c.Kind), Vendor: string(c.Vendor), State: string(c.State), Budget: c.Budget.String(), AskedBy: c.Actor.String(),
		CreatedAt: c.CreatedAt.UTC(), Tally: wireTally(c.Tally), Error: problem(c.Problem, n.vendorTitle(c.Vendor)), Reason: c.Reason,
		StartedAt: when(c.StartedAt), FinishedAt: when(c.FinishedAt),
	}
	if c.OlderThan > 0 {
		out.OlderThan = ztp.AgeText(c.OlderThan)
	}
	if c.State == ztp.CampaignRunning && c.Tally[ztp.ItemPending] > 0 {
		out.NextAt = when(c.NextAt)
	}
	for _, l := range c.Left {
		out.Left = append(out.Left, api.LeftCompany{ID: l.ID, Name: l.Name, Reason: l.Reason})
	}
	return out
}

func wireTally(t ztp.CampaignTally) api.CampaignTally {
	return api.CampaignTally{
		Total: t.Total(), Pending: t[ztp.ItemPending], Running: t[ztp.ItemRunning], Done: t[ztp.ItemDone], Already: t[ztp.ItemAlready],
		Failed: t[ztp.ItemFailed], NeedsOperator: t[ztp.ItemNeedsOperator], Skipped: t[ztp.ItemSkipped], Cancelled: t[ztp.ItemCancelled],
	}
}

// plan is the answer to a dry run: there is no campaign, so it has no id.
func (n *names) plan(p control.CampaignPlan) api.Campaign {
	out := n.campaign(p.Campaign)
	out.ID, out.DryRun, out.NextAt, out.StartedAt, out.FinishedAt = "", true, nil, nil, nil
	out.Namesakes = p.Namesakes
	for _, i := range p.Items {
		out.Items = append(out.Items, n.campaignItem(i))
	}
	return out
}

func (n *names) campaignItem(i ztp.CampaignItem) api.CampaignItem {
	return api.CampaignItem{
		Platform: n.platform(i.Platform), State: string(i.State), Operation: string(i.Operation), CompanyID: i.CompanyID, KeyID: i.KeyID,
		Note: i.Note, Error: problem(i.Problem, n.vendorTitle(i.Vendor)), StartedAt: when(i.StartedAt), FinishedAt: when(i.FinishedAt),
	}
}

func (s *server) listCampaigns(ctx context.Context, in *struct {
	Paged
	Vendor string `query:"vendor" doc:"Name of the vendor"`
	Open   bool   `query:"open" doc:"Only those that have not ended"`
}) (*listOut[api.Campaign], error) {
	page, err := s.control.ListCampaigns(ctx, actor(ctx), ztp.CampaignQuery{
		Vendor: ztp.VendorName(in.Vendor), Open: in.Open, Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	return wireList(page, s.names(ctx).campaign), nil
}

func (s *server) campaign(ctx context.Context, in *struct{ AtCampaign }) (*campaignOut, error) {
	c, err := s.control.Campaign(ctx, actor(ctx), ztp.CampaignID(in.ID))
	return s.campaignAs(ctx, c, err)
}

func (s *server) campaignAs(ctx context.Context, c ztp.Campaign, err error) (*campaignOut, error) {
	if err != nil {
		return nil, err
	}
	return &campaignOut{http.StatusOK, s.names(ctx).campaign(c)}, nil
}

func (s *server) campaignItems(ctx context.Context, in *struct {
	AtCampaign
	Paged
	State string `query:"state" enum:"pending,running,done,already,failed,needs_operator,skipped,cancelled" doc:"Only those in this state"`
}) (*listOut[api.CampaignItem], error) {
	page, err := s.control.CampaignItems(ctx, actor(ctx), ztp.CampaignItemQuery{
		Campaign: ztp.CampaignID(in.ID), State: ztp.CampaignItemState(in.State), Cursor: in.Cursor, Limit: in.Limit,
	})
	if err != nil {
		return nil, err
	}
	return wireList(page, s.names(ctx).campaignItem), nil
}

type moveCampaignIn struct {
	AtCampaign
	Body *nothing
}

func (s *server) pauseCampaign(ctx context.Context, in *moveCampaignIn) (*campaignOut, error) {
	c, err := s.control.PauseCampaign(ctx, actor(ctx), ztp.CampaignID(in.ID))
	return s.campaignAs(ctx, c, err)
}

func (s *server) resumeCampaign(ctx context.Context, in *moveCampaignIn) (*campaignOut, error) {
	c, err := s.control.ResumeCampaign(ctx, actor(ctx), ztp.CampaignID(in.ID))
	return s.campaignAs(ctx, c, err)
}

func (s *server) cancelCampaign(ctx context.Context, in *moveCampaignIn) (*campaignOut, error) {
	c, err := s.control.CancelCampaign(ctx, actor(ctx), ztp.CampaignID(in.ID))
	return s.campaignAs(ctx, c, err)
}
