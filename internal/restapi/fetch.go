package restapi

import (
	"context"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// whatWasSeen is said of the log of fetches.
const whatWasSeen = "The newest 20, and beside them one row for each reason of refusals, with how often. Written down every five seconds: a crash loses those since. " +
	"Who asked is only certain where the phone has proven itself; what it says it is, is a hint."

func (s *server) fetches(ctx context.Context, in *struct {
	AtEndpoint
	Paged
}) (*listOut[api.Fetch], error) {
	all, err := s.control.Fetches(ctx, actor(ctx), in.P, in.mac())
	if err != nil {
		return nil, err
	}
	return wireList(ztp.Page[control.PhoneFetch]{Items: all}, func(f control.PhoneFetch) api.Fetch {
		out := api.Fetch{
			At: f.At.UTC(), Result: string(f.Result), Reason: f.Reason, Title: f.Result.Title(), Agent: f.Agent, Model: f.Model, Firmware: f.Firmware,
			Bytes: f.Bytes, Times: f.Times, FirstAt: f.FirstAt.UTC(),
		}
		if f.Address.IsValid() {
			out.Address = f.Address.String()
		}
		if why := f.Why(); why != "" {
			out.Title += ": " + why
		}
		return out
	}), nil
}
