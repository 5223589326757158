package sqlstore

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// AddEndpoints inserts new phones of one platform. It returns those that it did not take,
// because somebody has them: this platform, or another one.
func (s *Store) AddEndpoints(ctx context.Context, p ztp.PlatformID, es []ztp.Endpoint) (taken []ztp.MAC, err error) {
	if len(es) == 0 {
		return nil, nil
	}
	macs := make([]ztp.MAC, len(es))
	for i, e := range es {
		macs[i] = e.MAC
	}
	err = s.inTx(ctx, func(t *Store) error {
		had, err := t.EndpointsByMACs(ctx, p, macs)
		if err != nil {
			return err
		}
		var free []ztp.Endpoint
		if free, taken, err = t.freeFor(ctx, p, es, had); err != nil {
			return err
		}
		lost, err := t.SaveEndpoints(ctx, p, free)
		taken = append(taken, lost...)
		if s.dialect.classify(err) == classForeign {
			return ztp.NotFound("account")
		}
		return err
	})
	return taken, err
}

// freeFor are the phones that the platform can have, where had is what it has of them,
// and those that are somebody's. A released one is revived by its old row.
func (s *Store) freeFor(ctx context.Context, p ztp.PlatformID, es []ztp.Endpoint, had map[ztp.MAC]ztp.Endpoint) (free []ztp.Endpoint, taken []ztp.MAC, err error) {
	var given []ztp.MAC
	for mac, old := range had {
		if old.State == ztp.EndpointReleased {
			given = append(given, mac)
		}
	}
	elsewhere, err := s.MACsElsewhere(ctx, p, given)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range es {
		switch old, there := had[e.MAC]; {
		case there && old.State != ztp.EndpointReleased, elsewhere[e.MAC]:
			taken = append(taken, e.MAC)
		default:
			e.Version = old.Version
			free = append(free, e)
		}
	}
	return free, taken, nil
}
