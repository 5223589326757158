package restapi

import (
	"context"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// AtOffboarding is /offboardings/{id}.
type AtOffboarding struct {
	ID string `path:"id" doc:"Id of the off-boarding"`
}

func (t *AtOffboarding) locate(param func(string) string) { t.ID = param("id") }

func (t *AtOffboarding) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.Offboarding(ctx, a, ztp.OffboardingID(t.ID))
	return err
}

func (*AtOffboarding) vendor() ztp.VendorName { return "" }

type offboardPreviewOut struct{ Body api.OffboardPreview }

func (s *server) offboardPreview(ctx context.Context, in *struct {
	AtPlatform
	KeepPhones bool `query:"keep_phones" doc:"As if phones were not sent home"`
}) (*offboardPreviewOut, error) {
	plan, err := s.control.PlanOffboarding(ctx, actor(ctx), in.P)
	if err != nil {
		return nil, err
	}
	out := api.OffboardPreview{
		Platform: plan.Platform.Slug, Name: plan.Platform.Name, Phones: plan.Phones, AsksAbove: ztp.OffboardAsks, Vendors: []api.OffboardVendor{},
	}
	for _, part := range plan.Parts {
		v := api.OffboardVendor{Vendor: string(part.Info.Name), CompanyID: part.Link.CompanyID}
		for _, step := range part.Steps(in.KeepPhones, plan.Served) {
			v.Steps = append(v.Steps, api.OffboardStep{Step: step.Name, Title: step.Title, Count: step.Count, Text: step.Text})
		}
		out.Vendors = append(out.Vendors, v)
	}
	for _, op := range plan.Waits {
		out.Ends = append(out.Ends, string(op.ID))
	}
	if plan.Latest != nil {
		out.Latest = string(plan.Latest.ID)
	}
	return &offboardPreviewOut{out}, nil
}

type offboardIn struct {
	AtPlatform
	Keyed
	Body *api.Offboard
}

type offboardingOut struct {
	Status int
	Body   api.Offboarding
}

func (s *server) offboard(ctx context.Context, in *offboardIn) (*offboardingOut, error) {
	r := control.OffboardRequest{Submission: in.submission()}
	if in.Body != nil {
		r.KeepPhones, r.Phones = in.Body.KeepPhones, in.Body.Phones
	}
	o, nothing, err := s.control.Offboard(ctx, actor(ctx), in.P, r)
	if err != nil {
		return nil, err
	}
	if nothing && o.ID == "" {
		return &offboardingOut{http.StatusOK, api.Offboarding{Platform: in.P, State: api.OffboardingDone, Nothing: true, Vendors: []api.OffboardingPart{}}}, nil
	}
	v, err := s.control.Offboarding(ctx, actor(ctx), o.ID)
	if err != nil {
		return nil, err
	}
	out := &offboardingOut{http.StatusAccepted, s.names(ctx).offboarding(v)}
	if out.Body.Nothing = nothing; nothing {
		out.Status = http.StatusOK
	}
	return out, nil
}

func (s *server) offboarding(ctx context.Context, in *struct{ AtOffboarding }) (*offboardingOut, error) {
	v, err := s.control.Offboarding(ctx, actor(ctx), ztp.OffboardingID(in.ID))
	if err != nil {
		return nil, err
	}
	return &offboardingOut{http.StatusOK, s.names(ctx).offboarding(v)}, nil
}

func (s *server) listOffboardings(ctx context.Context, in *struct {
	Paged
	Platform string `query:"platform" maxLength:"40" doc:"Slug of the platform, or its id also when it is removed"`
}) (*listOut[api.Offboarding], error) {
	page, err := s.control.ListOffboardings(ctx, actor(ctx), in.Platform, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	n := s.names(ctx)
	return wireList(page, func(o ztp.Offboarding) api.Offboarding {
		return n.offboarding(control.OffboardingView{Offboarding: o, Home: -1})
	}), nil
}

func (s *server) cancelOffboarding(ctx context.Context, in *struct {
	AtOffboarding
	Body *nothing
}) (*offboardingOut, error) {
	v, err := s.control.CancelOffboarding(ctx, actor(ctx), ztp.OffboardingID(in.ID))
	if err != nil {
		return nil, err
	}
	return &offboardingOut{http.StatusOK, s.names(ctx).offboarding(v)}, nil
}

func (n *names) offboarding(v control.OffboardingView) api.Offboarding {
	out := api.Offboarding{
		ID: string(v.ID), Platform: v.Slug, Name: v.Name, State: string(v.State), KeepPhones: v.KeepPhones, AskedBy: v.AskedBy,
		CreatedAt: v.CreatedAt.UTC(), FinishedAt: when(v.FinishedAt), Vendors: []api.OffboardingPart{},
	}
	if v.Home >= 0 {
		out.PhonesHome = &v.Home
	}
	for i, p := range v.Parts {
		title := n.vendorTitle(p.Vendor)
		part := api.OffboardingPart{
			Vendor: string(p.Vendor), Operation: string(p.Operation), State: string(p.State), Doing: v.Doing(i), CompanyID: p.CompanyID, CompanyName: p.CompanyName, CompanyGone: p.CompanyGone,
			Phones: p.Phones, Released: p.Released, Refused: p.Refused, Left: p.Left, ProfilesRemoved: p.ProfilesRemoved, ProfilesOff: p.ProfilesOff,
			KeysRevoked: p.KeysRevoked, Strangers: p.Strangers, ForeignKeys: wireKeys(p.ForeignKeys), Stays: p.Stays(title), Error: problem(p.Problem, title), EndedAt: when(p.EndedAt),
		}
		for _, m := range p.StrangerMACs {
			part.StrangerMACs = append(part.StrangerMACs, m.String())
		}
		out.Vendors = append(out.Vendors, part)
	}
	return out
}
