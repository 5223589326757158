package control

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

// PhoneFetch is a fetch, with what its phone says it is: hints, "" for nothing.
type PhoneFetch struct {
	ztp.Fetch
	Model, Firmware string
}

// Fetches returns what a phone has asked for and what it got, the newest first.
func (c *Control) Fetches(ctx context.Context, a ztp.Actor, ref string, mac ztp.MAC) ([]PhoneFetch, error) {
	e, err := c.Endpoint(ctx, a, ref, mac)
	if err != nil {
		return nil, err
	}
	list, err := c.cfg.Store.ListFetches(ctx, e.Platform, mac)
	if err != nil {
		return nil, err
	}
	reader, _ := c.vendors[e.Vendor].(ztp.AgentReader)
	all := make([]PhoneFetch, len(list))
	for i, f := range list {
		all[i].Fetch = f
		if reader != nil {
			all[i].Model, all[i].Firmware = reader.ReadAgent(f.Agent)
		}
	}
	return all, nil
}

// Traffic counts the fetches of a platform's phones by the hour, of the last days.
func (c *Control) Traffic(ctx context.Context, a ztp.Actor, ref string) (since time.Time, counts []ztp.TrafficCount, err error) {
	if err := maySee(a); err != nil {
		return since, nil, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return since, nil, err
	}
	since = c.now().Truncate(time.Hour).Add(time.Hour - ztp.TrafficFor)
	counts, err = c.cfg.Store.ListTraffic(ctx, p.ID, since)
	return since, counts, err
}
