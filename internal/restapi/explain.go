package restapi

import (
	"context"

	"zerotouch.example/api"
)

// theGates is said of an explanation.
const theGates = "It walks what a new phone meets: its entry and URL at the vendor, DNS, the way here, TLS, certificates, tokens, its first-contact window, its settings and the SIP registration that the voice service has told. " +
	"The first closed gate has the cause, and its remedy opens it. No vendor is asked; the provisioning URL is looked at once a minute at most."

type explanationOut struct{ Body api.Explanation }

func (s *server) explain(ctx context.Context, in *struct{ AtEndpoint }) (*explanationOut, error) {
	x, err := s.control.ExplainEndpoint(ctx, actor(ctx), in.P, in.mac())
	if err != nil {
		return nil, err
	}
	out := api.Explanation{MAC: x.Endpoint.MAC.String(), InService: x.InService()}
	if x.First != nil {
		out.First = string(x.First.Name)
	}
	for _, g := range x.Gates {
		gate := api.Gate{Name: string(g.Name), Title: g.Name.Title(), State: string(g.State), Text: g.Text}
		if g.Cause != "" {
			gate.Cause, gate.Why, gate.Remedy = string(g.Cause), g.Cause.Title(x.Vendor), g.Cause.Remedy(x.Vendor)
		}
		out.Gates = append(out.Gates, gate)
	}
	return &explanationOut{Body: out}, nil
}
