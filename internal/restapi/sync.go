package restapi

import (
	"context"
	"fmt"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

type syncIn struct {
	AtLink
	Keyed
}

func (s *server) sync(ctx context.Context, in *syncIn) (*answerOut, error) {
	r, err := s.control.Sync(ctx, actor(ctx), in.P, in.vendor(), in.submission())
	return s.answer(ctx, r, err)
}

type phoneSyncOut struct{ Body api.PhoneSync }

func (s *server) phoneSync(ctx context.Context, in *struct{ AtLink }) (*phoneSyncOut, error) {
	v, err := s.control.PhoneSync(ctx, actor(ctx), in.P, in.vendor())
	if err != nil {
		return nil, err
	}
	out := api.PhoneSync{Platform: v.Of.Slug, Vendor: string(v.Info.Name)}
	if v.Running != nil {
		op := s.names(ctx).operation(*v.Running)
		out.Running = &op
	}
	if v.Failed != nil {
		out.Error = problem(v.Failed.Error, v.Info.Title)
	}
	if v.Operation != "" {
		out.Complete = &api.CompleteSync{
			Operation: string(v.Operation), Since: v.BeganAt.UTC(), At: v.CompleteAt.UTC(), By: v.By, Pages: v.Pages, Phones: v.Phones,
			Matching: v.Matching, LeftOut: v.LeftOut, Counts: map[string]int{}, Findings: v.Findings(),
		}
		for _, c := range ztp.DriftClasses {
			out.Complete.Counts[string(c)] = v.Counts[c]
		}
	}
	return &phoneSyncOut{Body: out}, nil
}

func (s *server) drifts(ctx context.Context, in *struct {
	AtLink
	Paged
	Class string `query:"class" enum:"missing_there,moved_away,unknown_here,other_url,changed" doc:"How the two sides differ"`
}) (*listOut[api.Drift], error) {
	page, err := s.control.Drifts(ctx, actor(ctx), in.P, in.vendor(), ztp.DriftClass(in.Class), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return wireList(page, s.names(ctx).drift), nil
}

func (n *names) drift(v control.DriftView) api.Drift {
	out := api.Drift{
		MAC: v.MAC.String(), Class: string(v.Class), Title: v.Class.Title(), Differs: v.Differs, Host: v.Host, Name: v.Name, ProductGroup: v.ProductGroup,
		Redirected: v.Enabled, Changed: v.Changed, FoundAt: v.FoundAt.UTC(), Offers: []string{},
	}
	switch {
	case v.Phone != nil:
		out.Account = n.account(v.Platform, v.Phone.Account)
	case v.Owner != nil:
		out.Account = v.Owner.Slug
	}
	if v.At != nil {
		out.At = v.At.Slug
	}
	for _, verb := range v.Verbs {
		out.Offers = append(out.Offers, string(verb))
	}
	return out
}

type driftsIn struct {
	AtLink
	Keyed
	Body api.DriftRequest
}

type driftsOut struct {
	Status int
	Body   api.DriftAnswer
}

// onDrifts is the use case of one verb on findings of a sync.
func (s *server) onDrifts(verb ztp.DriftVerb) func(context.Context, *driftsIn) (*driftsOut, error) {
	return func(ctx context.Context, in *driftsIn) (*driftsOut, error) {
		req := control.DriftRequest{Submission: in.submission(), Class: ztp.DriftClass(in.Body.Class), Account: in.Body.Account}
		for i, text := range in.Body.MACs {
			mac, err := ztp.ParseMAC(text)
			if err != nil && actor(ctx).MayChange() {
				return nil, ztp.Invalid(fmt.Sprintf("macs[%d]", i), ztp.AsError(err).Fields["mac"])
			}
			req.MACs = append(req.MACs, mac)
		}
		if in.Body.DryRun && actor(ctx).MayChange() {
			plan, err := s.control.PlanDrifts(ctx, actor(ctx), in.P, in.vendor(), verb, req)
			if err != nil {
				return nil, err
			}
			out := wireDrifts(plan)
			out.DryRun = true
			return &driftsOut{Status: http.StatusOK, Body: out}, nil
		}
		plan, res, err := s.control.ActOnDrifts(ctx, actor(ctx), in.P, in.vendor(), verb, req)
		if err != nil {
			return nil, err
		}
		out := &driftsOut{Status: http.StatusOK, Body: wireDrifts(plan)}
		if op := res.Operation; op != nil {
			wired := s.names(ctx).operation(*op)
			out.Status, out.Body.Operation, out.Body.Phones = http.StatusAccepted, &wired, op.Data.Total
		}
		return out, nil
	}
}

func wireDrifts(p control.DriftPlan) api.DriftAnswer {
	return api.DriftAnswer{
		Action: string(p.Verb), Class: string(p.Class), Phones: p.Phones, WithoutAccount: p.WithoutAccount, NeedsAccount: p.NeedsAccount, Will: p.Will, Wont: p.Wont,
	}
}
