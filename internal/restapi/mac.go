package restapi

import (
	"context"
	"strings"

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
	waiting, err := s.control.WaitingOf(ctx, actor(ctx), life.Phones)
	if err != nil {
		return nil, err
	}
	for i, e := range life.Phones {
		phone := api.MACPhone{Platform: n.platform(e.Platform), Endpoint: n.endpoint(e)}
		phone.Endpoint.Waits = string(waiting[i].Waiting)
		out.Phones = append(out.Phones, phone)
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

type foundOut struct{ Body api.FoundPhones }

func (s *server) findEndpoints(ctx context.Context, in *struct {
	Text  string `query:"q" maxLength:"120" doc:"Needed. Four or more digits of the MAC in a row, or beginnings of words of name, model and serial number"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"Phones at most"`
}) (*foundOut, error) {
	if strings.TrimSpace(in.Text) == "" {
		return nil, ztp.Invalid("q", "Say what to look for: digits of a MAC address, or words of name, model or serial number.")
	}
	phones, more, err := s.control.FindEndpoints(ctx, actor(ctx), in.Text, in.Limit)
	if err != nil {
		return nil, err
	}
	n := s.names(ctx)
	list, err := n.endpoints(ztp.Page[ztp.Endpoint]{Items: phones})
	if err != nil {
		return nil, err
	}
	out := api.FoundPhones{Items: make([]api.MACPhone, len(phones)), More: more}
	for i, e := range phones {
		out.Items[i] = api.MACPhone{Platform: n.platform(e.Platform), Endpoint: list.Body.Items[i]}
	}
	return &foundOut{Body: out}, nil
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
