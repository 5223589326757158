package restapi

import (
	"context"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func (s *server) listEvents(ctx context.Context, in *struct {
	Paged
	Platform string `query:"platform" doc:"Slug or id of the platform, also of one that is removed by its id"`
	Vendor   string `query:"vendor" doc:"Name of the vendor"`
	Actor    string `query:"actor" maxLength:"200" doc:"Who did it"`
	Action   string `query:"action" maxLength:"100" doc:"What was done"`
	Outcome  string `query:"outcome" enum:"ok,refused,failed"`
	Text     string `query:"q" maxLength:"120" doc:"Part of target or detail"`
}) (*listOut[api.Event], error) {
	q := ztp.EventQuery{
		Vendor: ztp.VendorName(in.Vendor), Actor: in.Actor, Action: in.Action, Outcome: in.Outcome,
		Text: in.Text, Cursor: in.Cursor, Limit: in.Limit,
	}
	if in.Platform != "" {
		p, err := s.control.Platform(ctx, actor(ctx), in.Platform)
		if ztp.IsCode(err, ztp.CodeNotFound) && ztp.ValidID(in.Platform) {
			p.ID, err = ztp.PlatformID(in.Platform), nil
		}
		if err != nil {
			return nil, err
		}
		q.Platform = p.ID
	}
	page, err := s.control.Events(ctx, actor(ctx), q)
	if err != nil {
		return nil, err
	}
	return wireList(page, s.names(ctx).event), nil
}

func (n *names) event(e ztp.Event) api.Event {
	return api.Event{
		Seq: e.Seq, At: e.At.UTC(), Actor: e.Actor, Address: e.Address, Action: e.Action,
		Platform: n.platform(e.Platform), Vendor: string(e.Vendor), Target: e.Target, Operation: string(e.Operation),
		Outcome: e.Outcome, Code: string(e.Code), Detail: e.Detail, RequestID: e.RequestID, Hash: e.Hash,
	}
}

func (s *server) listVendors(context.Context, *struct{}) (*listOut[api.Vendor], error) {
	return wireList(ztp.Page[ztp.VendorInfo]{Items: s.control.Vendors()}, func(v ztp.VendorInfo) api.Vendor {
		return api.Vendor{
			Name: string(v.Name), Title: v.Title, Service: v.Service, CanCreateCompanies: v.CanCreateCompanies,
			ProductGroups: append([]string{}, v.ProductGroups...),
		}
	}), nil
}

type healthOut struct{ Body api.Health }

func (s *server) health(ctx context.Context, _ *struct{}) (*healthOut, error) {
	h, err := s.control.Health(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	out := api.Health{
		Installation: h.Installation, Version: s.cfg.Version, OpenOperations: h.Open,
		Attention: h.Attention, ProvisioningURL: h.ProvisioningURL, ProvisioningURLCheck: "on", Vendors: []api.VendorHealth{}, Replicas: []api.Replica{},
		VendorWrites: wireWrites(h.WritesOff), Listeners: wireListeners(h.Listeners, h.Now),
	}
	out.Rollouts, out.SettingFreeze = []api.Rollout{}, wireFreeze(h.Frozen)
	names := s.names(ctx)
	for _, r := range h.Rollouts {
		out.Rollouts = append(out.Rollouts, names.rollout(r))
	}
	out.Authorities = names.authorities(h)
	for _, n := range h.Waiting {
		out.WaitingPhones += n.Waiting
		out.AlarmedPhones += n.Alarmed
	}
	out.PlatformsWithLess, out.PhonesWithLess = h.Less.Platforms, h.Less.Total()
	out.Scans = []api.Scan{}
	for _, e := range h.Scans {
		out.Scans = append(out.Scans, api.Scan{At: e.At, Address: e.Address, Detail: e.Detail})
	}
	if h.RotateEvery > 0 {
		out.RotateEvery = ztp.AgeText(h.RotateEvery)
	}
	if h.URLCheckOff {
		out.ProvisioningURLCheck = "off"
	}
	for _, v := range h.Vendors {
		out.Vendors = append(out.Vendors, api.VendorHealth{
			Name: string(v.Info.Name), Title: v.Info.Title, Configured: v.Configured, InFlight: v.InFlight,
			Attention: v.Attention, LooseKeys: v.Loose, Restored: v.Restored, LaterKeys: v.Later, Reseller: problem(v.Reseller, v.Info.Title),
			ResellerKeyID: v.ResellerKeyID, ResellerWhere: v.ResellerWhere, Last: problem(v.Last, v.Info.Title),
		})
	}
	for _, m := range h.Moving {
		if m.Left {
			out.UnownedMACs = append(out.UnownedMACs, m.Endpoint.MAC.String())
		}
	}
	for _, r := range h.Replicas {
		out.Replicas = append(out.Replicas, api.Replica{
			ID: r.ID, Version: r.Version, Schema: r.Schema, Since: r.StartedAt, SeenAt: r.SeenAt, Live: r.Live, OnlyPhones: r.OnlyPhones,
		})
	}
	return &healthOut{Body: out}, nil
}

type writesOut struct{ Body api.VendorWrites }

func (s *server) vendorWrites(ctx context.Context, _ *struct{}) (*writesOut, error) {
	all, err := s.control.VendorWrites(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	return &writesOut{Body: wireWrites(all)}, nil
}

type setWritesIn struct {
	Nowhere
	Body api.SetVendorWrites
}

func (s *server) setVendorWrites(ctx context.Context, in *setWritesIn) (*writesOut, error) {
	all, err := s.control.SetVendorWrites(ctx, actor(ctx), control.WritesRequest{
		On: in.Body.On, Reason: in.Body.Reason, NoOtherCopy: in.Body.NoOtherCopy,
	})
	if err != nil {
		return nil, err
	}
	return &writesOut{Body: wireWrites(all)}, nil
}

func wireWrites(all []ztp.WritesOff) api.VendorWrites {
	out := api.VendorWrites{On: len(all) == 0, Stops: []api.WritesStop{}}
	for _, w := range all {
		out.Stops = append(out.Stops, api.WritesStop{Vendor: string(w.Vendor), Reason: w.Reason, Detail: w.Detail, Since: w.Since.UTC(), By: w.By})
	}
	return out
}
