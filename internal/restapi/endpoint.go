package restapi

import (
	"context"
	"net/http"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func (s *server) listEndpoints(ctx context.Context, in *struct {
	AtPlatform
	Paged
	Text    string `query:"q" maxLength:"120" doc:"Four or more digits of the MAC in a row, or beginnings of words of name, model and serial number"`
	State   string `query:"state" enum:"wanted,listed,paused,failed,released" doc:"State at the vendor"`
	Account string `query:"account" doc:"Slug or id of the account"`
	Vendor  string `query:"vendor" doc:"Name of the vendor"`
	Model   string `query:"model" maxLength:"120" doc:"Exactly this model"`
	Found   bool   `query:"found" doc:"Only those with an address that is not ours"`
	Sort    string `query:"sort" enum:"mac,-mac,name,-name,state,-state,fetched,-fetched" doc:"Order, with a minus the other way round; what a search finds in a long list comes in the order in which it is found"`
}) (*listOut[api.Endpoint], error) {
	q := ztp.EndpointQuery{
		Vendor: ztp.VendorName(in.Vendor), State: ztp.EndpointState(in.State), Model: in.Model, Found: in.Found, Text: in.Text,
		Sort: ztp.EndpointSort(in.Sort), Cursor: in.Cursor, Limit: in.Limit,
	}
	if in.Account != "" {
		a, err := s.control.Account(ctx, actor(ctx), in.P, in.Account)
		if err != nil {
			return nil, err
		}
		q.Account = a.ID
	}
	page, err := s.control.ListEndpoints(ctx, actor(ctx), in.P, q)
	if err != nil {
		return nil, err
	}
	return s.names(ctx).endpoints(page)
}

type endpointOut struct{ Body api.Endpoint }

func (s *server) endpoint(ctx context.Context, in *struct{ AtEndpoint }) (*endpointOut, error) {
	if err := in.exists(ctx, s.control, actor(ctx)); err != nil {
		return nil, err
	}
	e, err := s.control.Endpoint(ctx, actor(ctx), in.P, in.mac())
	if err != nil {
		return nil, err
	}
	c, err := s.control.Contact(ctx, actor(ctx), e)
	return s.contactOut(ctx, e, c, err)
}

type putEndpointIn struct {
	AtEndpoint
	Keyed
	Body api.PutEndpoint
}

func (s *server) putEndpoint(ctx context.Context, in *putEndpointIn) (*answerOut, error) {
	b := in.Body
	r, err := s.control.PutEndpoint(ctx, actor(ctx), in.P, in.mac(), control.EndpointRequest{
		Submission: in.submission(), Account: b.Account, Vendor: ztp.VendorName(b.Vendor),
		ProductGroup: b.ProductGroup, Name: b.Name, Model: b.Model, Serial: b.Serial, PIN: pinOf(b.PIN), ExpectedAt: b.ExpectedAt, Paused: b.Paused,
	})
	return s.endpointAnswer(ctx, r, err)
}

func pinOf(pin *api.Secret) *ztp.Secret {
	if pin == nil {
		return nil
	}
	out := ztp.NewSecret(pin.Reveal())
	return &out
}

func (s *server) putSIP(ctx context.Context, in *struct {
	AtEndpoint
	Body api.PutSIP
}) (*endpointOut, error) {
	e, err := s.control.SetSIP(ctx, actor(ctx), in.P, in.mac(), ztp.SIPFact{Registered: in.Body.Registered, At: in.Body.At, Reason: ztp.SIPReason(in.Body.Reason)})
	if err != nil {
		return nil, err
	}
	return &endpointOut{Body: s.names(ctx).endpoint(e)}, nil
}

type releaseIn struct {
	AtEndpoint
	Keyed
}

func (s *server) releaseEndpoint(ctx context.Context, in *releaseIn) (*answerOut, error) {
	r, err := s.control.ReleaseEndpoint(ctx, actor(ctx), in.P, in.mac(), in.submission())
	return s.endpointAnswer(ctx, r, err)
}

func (s *server) endpointAnswer(ctx context.Context, r control.EndpointResult, err error) (*answerOut, error) {
	if err != nil {
		return nil, err
	}
	if r.Operation != nil {
		return s.accepted(ctx, *r.Operation), nil
	}
	e := s.names(ctx).endpoint(r.Endpoint)
	return &answerOut{Status: http.StatusOK, Body: api.Answer{Endpoint: &e}}, nil
}
