package restapi

import (
	"context"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

type macOut struct{ Body api.MAC }

func (s *server) mac(ctx context.Context, in *struct {
	Paged
	MAC string `path:"mac" doc:"MAC address in any usual spelling"`
}) (*macOut, error) {
	mac, err := ztp.ParseMAC(in.MAC)
	if err != nil {
		return nil, err
	}
	life, err := s.control.MAC(ctx, actor(ctx), mac, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	n := s.names(ctx)
	out := api.MAC{MAC: mac.String(), Maker: string(life.Maker), Phones: []api.MACPhone{}, Operations: []api.Operation{}, Life: []api.Moment{}, Next: life.Moments.Next}
	for _, e := range life.Phones {
		out.Phones = append(out.Phones, api.MACPhone{Platform: n.platform(e.Platform), Endpoint: n.endpoint(e)})
	}
	for _, op := range life.Open {
		out.Operations = append(out.Operations, n.operation(op))
	}
	for _, e := range life.Moments.Items {
		out.Life = append(out.Life, api.Moment{
			At: e.At.UTC(), What: e.Action, Actor: e.Actor, Platform: n.platform(e.Platform), Vendor: string(e.Vendor),
			Operation: string(e.Operation), Outcome: e.Outcome, Code: string(e.Code), Detail: e.Detail,
		})
	}
	return &macOut{Body: out}, nil
}

type replaceIn struct {
	AtEndpoint
	Keyed
	Body api.ReplaceEndpoint
}

func (s *server) replaceEndpoint(ctx context.Context, in *replaceIn) (*answerOut, error) {
	fresh, err := ztp.ParseMAC(in.Body.NewMAC)
	if err != nil && actor(ctx).MayChange() {
		if _, missing := s.control.Endpoint(ctx, actor(ctx), in.P, in.mac()); missing != nil {
			return nil, missing
		}
		return nil, ztp.Invalid("new_mac", ztp.AsError(err).Fields["mac"])
	}
	r, err := s.control.ReplaceEndpoint(ctx, actor(ctx), in.P, in.mac(), control.ReplaceRequest{
		Submission: in.submission(), NewMAC: fresh, PauseOld: in.Body.Old == api.OldPause, Name: in.Body.Name, Model: in.Body.Model,
	})
	return s.endpointAnswer(ctx, r, err)
}

type moveIn struct {
	AtEndpoint
	Keyed
	Body api.MoveEndpoint
}

func (s *server) moveEndpoint(ctx context.Context, in *moveIn) (*answerOut, error) {
	r, err := s.control.MoveEndpoint(ctx, actor(ctx), in.P, in.mac(), control.MoveRequest{
		Submission: in.submission(), Platform: in.Body.Platform, Account: in.Body.Account,
	})
	return s.endpointAnswer(ctx, r, err)
}
