package restapi

import (
	"context"
	"net/netip"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func network(n netip.Prefix) string {
	if !n.IsValid() {
		return ""
	}
	return n.String()
}

func wireWaiting(c ztp.Contact, now time.Time) *api.Waiting {
	if c.Waiting == "" {
		return nil
	}
	out := &api.Waiting{
		Reason: string(c.Waiting), Title: c.Waiting.Title(), Since: c.WaitingSince.UTC(), At: c.WaitingAt.UTC(),
		Network: network(c.WaitingNetwork), Agent: c.WaitingAgent, Networks: []api.WaitingNetwork{}, OtherVisits: c.OtherVisits,
	}
	for _, v := range c.Waiters() {
		out.Networks = append(out.Networks, api.WaitingNetwork{
			Network: v.Network.String(), Known: c.Knows(v.Network), Reason: string(v.Waiting), Title: v.Waiting.Title(),
			FirstAt: v.FirstAt.UTC(), At: v.LastAt.UTC(), Agent: v.Agent, Admitted: c.AdmittedFrom(v.Network, now),
		})
	}
	return out
}

func wireContact(e ztp.Endpoint, c ztp.Contact, now time.Time) *api.Contact {
	out := &api.Contact{
		Assurance: string(c.Assurance), ProvenAt: when(c.ProvenAt), Networks: []string{}, AdmittedAt: when(c.AdmittedAt), AdmittedBy: c.AdmittedBy,
		PasswordAt: when(c.PasswordAt), PasswordUsedAt: when(c.PasswordUsedAt), AlarmedAt: when(c.AlarmedAt), Waiting: wireWaiting(c, now),
		AdmittedNetwork: network(c.AdmittedNetwork), ResumedAt: when(c.Resumed(e.FetchedAt)),
	}
	if out.Assurance == "" {
		out.Assurance = string(ztp.AssuranceNone)
	}
	if w := ztp.WindowOf(e, c); w.Until.After(now) {
		out.WindowUntil = when(w.Until)
	}
	for _, n := range c.Networks {
		out.Networks = append(out.Networks, n.String())
	}
	return out
}

// contactOut is a phone with how it has proven itself.
func (s *server) contactOut(ctx context.Context, e ztp.Endpoint, c ztp.Contact, err error) (*endpointOut, error) {
	if err != nil {
		return nil, err
	}
	out := &endpointOut{Body: s.names(ctx).endpoint(e)}
	out.Body.Contact, out.Body.Waits = wireContact(e, c, s.control.Now()), string(c.Waiting)
	return out, nil
}

type admitIn struct {
	AtEndpoint
	Body *api.Admit
}

func (s *server) admitEndpoint(ctx context.Context, in *admitIn) (*endpointOut, error) {
	var from netip.Prefix
	if in.Body != nil {
		var err error
		if from, err = ztp.ParseNetwork(in.Body.Network); err != nil {
			return nil, err
		}
	}
	e, c, err := s.control.AdmitEndpoint(ctx, actor(ctx), in.P, in.mac(), from)
	return s.contactOut(ctx, e, c, err)
}

func (s *server) dismissEndpoint(ctx context.Context, in *contactIn) (*endpointOut, error) {
	e, c, err := s.control.DismissEndpoint(ctx, actor(ctx), in.P, in.mac())
	return s.contactOut(ctx, e, c, err)
}

func (s *server) holdEndpoint(ctx context.Context, in *contactIn) (*endpointOut, error) {
	e, c, err := s.control.HoldEndpoint(ctx, actor(ctx), in.P, in.mac())
	return s.contactOut(ctx, e, c, err)
}

func (s *server) unholdEndpoint(ctx context.Context, in *contactIn) (*endpointOut, error) {
	e, c, err := s.control.UnholdEndpoint(ctx, actor(ctx), in.P, in.mac())
	return s.contactOut(ctx, e, c, err)
}

func (s *server) rotateEndpointPassword(ctx context.Context, in *contactIn) (*endpointOut, error) {
	e, c, err := s.control.RotateEndpointPassword(ctx, actor(ctx), in.P, in.mac())
	return s.contactOut(ctx, e, c, err)
}

// contactRoutes change what is kept of a phone that comes here.
func (s *server) contactRoutes() {
	const at = "/platforms/{p}/endpoints/{mac}/"
	write(s, route{method: "POST", path: at + "admit", id: "admit-endpoint", summary: "Open the first-contact window of a phone again", more: admitAPhone}, s.admitEndpoint)
	write(s, route{method: "POST", path: at + "dismiss", id: "dismiss-endpoint", summary: "Take note of the alarm of a phone; nobody is admitted"}, s.dismissEndpoint)
	write(s, route{method: "POST", path: at + "hold", id: "hold-endpoint", summary: "Give a phone holding settings, whatever it shows", more: holdAPhone}, s.holdEndpoint)
	write(s, route{method: "POST", path: at + "unhold", id: "unhold-endpoint", summary: "End a hold; the phone is judged as before"}, s.unholdEndpoint)
	write(s, route{method: "POST", path: at + "rotate-password", id: "rotate-endpoint-password", summary: "Give a phone another HTTP password with its next settings", more: aNewPassword}, s.rotateEndpointPassword)
}

type contactIn struct {
	AtEndpoint
	Body *nothing
}

func (s *server) waiting(ctx context.Context, in *struct {
	AtPlatform
	Paged
}) (*listOut[api.WaitingPhone], error) {
	page, err := s.control.Waiting(ctx, actor(ctx), in.P, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	n := s.names(ctx)
	return wireList(page, func(w control.WaitingPhone) api.WaitingPhone {
		out := api.WaitingPhone{
			MAC: w.MAC.String(), Account: n.account(w.Platform, w.Endpoint.Account), Name: w.Endpoint.Name,
			Alarm: !w.AlarmedAt.IsZero(), Waiting: *wireWaiting(w.Contact, s.control.Now()),
		}
		if w.Admitted(s.control.Now()) {
			out.AdmittedUntil = when(w.AdmittedUntil)
		}
		return out
	}), nil
}

func (s *server) unclaimed(ctx context.Context, in *struct {
	AtPlatform
	Paged
}) (*listOut[api.UnclaimedPhone], error) {
	all, err := s.control.Unclaimed(ctx, actor(ctx), in.P)
	if err != nil {
		return nil, err
	}
	n := s.names(ctx)
	return wireList(ztp.Page[ztp.UnclaimedPhone]{Items: all}, func(u ztp.UnclaimedPhone) api.UnclaimedPhone {
		return api.UnclaimedPhone{
			MAC: u.MAC.String(), Account: n.account(u.Platform, u.Account), FirstAt: u.FirstAt.UTC(), LastAt: u.LastAt.UTC(),
			Network: network(u.Network), Agent: u.Agent,
		}
	}), nil
}

func (s *server) accountTokens(ctx context.Context, in *struct {
	AtAccount
	Paged
}) (*listOut[api.AccountToken], error) {
	all, err := s.control.AccountTokens(ctx, actor(ctx), in.P, in.A)
	if err != nil {
		return nil, err
	}
	return wireList(ztp.Page[ztp.TokenUse]{Items: all}, func(t ztp.TokenUse) api.AccountToken {
		return api.AccountToken{
			ID: t.ID, Current: t.Current, CreatedAt: t.CreatedAt.UTC(), UsedAt: when(t.UsedAt), Entries: t.Entries, Profiles: t.Profiles,
			Phones: t.Phones, Needed: t.Needed(s.control.Now()),
		}
	}), nil
}

func (s *server) retireToken(ctx context.Context, in *struct {
	AtAccount
	Body api.RetireToken
}) (*struct{}, error) {
	return nil, s.control.RetireToken(ctx, actor(ctx), in.P, in.A, in.Body.Token, in.Body.Force)
}
