package restapi

import (
	"context"

	"zerotouch.example/api"
)

type trafficOut struct{ Body api.Traffic }

func (s *server) traffic(ctx context.Context, in *struct{ AtPlatform }) (*trafficOut, error) {
	since, counts, err := s.control.Traffic(ctx, actor(ctx), in.P)
	if err != nil {
		return nil, err
	}
	out := api.Traffic{Since: since.UTC(), Items: make([]api.TrafficCount, len(counts))}
	for i, c := range counts {
		out.Items[i] = api.TrafficCount{Hour: c.Hour.UTC(), Result: string(c.Result), Fetches: c.N}
	}
	return &trafficOut{Body: out}, nil
}
