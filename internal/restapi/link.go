package restapi

import (
	"context"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// nothing is the body of a request that has none: absent or {}.
type nothing struct{}

// answerOut is 202 with the operation, or 200 with what there was without one.
type answerOut struct {
	Status   int
	Location string `header:"Location"`
	Body     any
}

func (s *server) accepted(ctx context.Context, op ztp.Operation) *answerOut {
	return &answerOut{
		Status: http.StatusAccepted, Location: prefix + "/operations/" + string(op.ID), Body: s.names(ctx).operation(op),
	}
}

// answer renders the result of an action on a link.
func (s *server) answer(ctx context.Context, r control.Result, err error) (*answerOut, error) {
	if err != nil {
		return nil, err
	}
	if r.Operation != nil {
		return s.accepted(ctx, *r.Operation), nil
	}
	l := s.names(ctx).link(r.Link)
	return &answerOut{Status: http.StatusOK, Body: api.Answer{
		AlreadyOnboarded: r.AlreadyOnboarded, AlreadyDisabled: r.AlreadyDisabled, Link: &l,
	}}, nil
}

func (s *server) links(ctx context.Context, in *struct{ AtPlatform }) (*listOut[api.Link], error) {
	l, err := s.control.Links(ctx, actor(ctx), in.P)
	if err != nil {
		return nil, err
	}
	return wireList(ztp.Page[control.LinkView]{Items: l}, s.names(ctx).link), nil
}

type linkOut struct{ Body api.Link }

func (s *server) link(ctx context.Context, in *struct{ AtLink }) (*linkOut, error) {
	l, err := s.control.Link(ctx, actor(ctx), in.P, in.vendor())
	if err != nil {
		return nil, err
	}
	out := &linkOut{Body: s.names(ctx).link(l)}
	if l.AddressOutdated {
		out.Body.EarlierURLs, err = s.control.EarlierURLs(ctx, actor(ctx), in.P, in.vendor())
	}
	return out, err
}

// linkIn is a change of a link without a body of its own.
type linkIn struct {
	AtLink
	Keyed
	Body *nothing
}

func (s *server) onboard(ctx context.Context, in *linkIn) (*answerOut, error) {
	r, err := s.control.Onboard(ctx, actor(ctx), in.P, in.vendor(), in.submission())
	return s.answer(ctx, r, err)
}

type checkIn struct {
	AtLink
	Keyed
	Body *api.Check
}

func (s *server) check(ctx context.Context, in *checkIn) (*answerOut, error) {
	ask := s.control.Check
	if in.Body != nil && in.Body.Exposed {
		ask = s.control.CheckExposed
	}
	r, err := ask(ctx, actor(ctx), in.P, in.vendor(), in.submission())
	return s.answer(ctx, r, err)
}

type fixAddressIn struct {
	AtLink
	Keyed
	Body api.FixAddress
}

func (s *server) fixAddress(ctx context.Context, in *fixAddressIn) (*answerOut, error) {
	r, err := s.control.FixAddress(ctx, actor(ctx), in.P, in.vendor(), in.Body.Target, in.submission())
	return s.answer(ctx, r, err)
}

func (s *server) foreignAddresses(ctx context.Context, in *struct {
	AtLink
	Paged
}) (*listOut[api.ForeignAddress], error) {
	page, err := s.control.ForeignAddresses(ctx, actor(ctx), in.P, in.vendor(), in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	return wireList(page, s.names(ctx).foreignAddress), nil
}

func (s *server) updateAddress(ctx context.Context, in *linkIn) (*answerOut, error) {
	r, err := s.control.UpdateAddress(ctx, actor(ctx), in.P, in.vendor(), in.submission())
	return s.answer(ctx, r, err)
}

type rotateIn struct {
	AtLink
	Keyed
	Body *api.Rotate
}

func (s *server) rotate(ctx context.Context, in *rotateIn) (*answerOut, error) {
	req := control.RotateRequest{Submission: in.submission()}
	if b := in.Body; b != nil {
		req.Exposed, req.APIKey = b.Exposed, pasted(b.KeyID, b.KeySecret)
	}
	r, err := s.control.Rotate(ctx, actor(ctx), in.P, in.vendor(), req)
	return s.answer(ctx, r, err)
}

func pasted(id string, secret api.Secret) ztp.APIKey {
	return ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret.Reveal())}
}

type disableIn struct {
	AtLink
	Keyed
	Body *api.Disable
}

func (s *server) disable(ctx context.Context, in *disableIn) (*answerOut, error) {
	req := control.DisableRequest{Submission: in.submission(), Force: in.Body != nil && in.Body.Force}
	r, err := s.control.Disable(ctx, actor(ctx), in.P, in.vendor(), req)
	return s.answer(ctx, r, err)
}

type connectIn struct {
	AtLink
	Keyed
	Body api.Connect
}

func (s *server) connect(ctx context.Context, in *connectIn) (*answerOut, error) {
	req := control.ConnectRequest{Submission: in.submission(), APIKey: pasted(in.Body.KeyID, in.Body.KeySecret)}
	r, err := s.control.Connect(ctx, actor(ctx), in.P, in.vendor(), req)
	return s.answer(ctx, r, err)
}

type adoptIn struct {
	AtLink
	Keyed
	Body api.Adopt
}

func (s *server) adopt(ctx context.Context, in *adoptIn) (*answerOut, error) {
	r, err := s.control.Adopt(ctx, actor(ctx), in.P, in.vendor(), in.Body.CompanyID, in.submission())
	return s.answer(ctx, r, err)
}

type revokeKeyIn struct {
	AtLink
	Keyed
	Body api.RevokeKey
}

func (s *server) revokeKey(ctx context.Context, in *revokeKeyIn) (*answerOut, error) {
	r, err := s.control.RevokeKey(ctx, actor(ctx), in.P, in.vendor(), in.Body.KeyID, in.submission())
	return s.answer(ctx, r, err)
}
