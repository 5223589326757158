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
		taken, err = t.addEndpoints(ctx, p, es, had)
		return err
	})
	return taken, err
}

// addEndpoints is AddEndpoints where had is what the platform has of them.
func (s *Store) addEndpoints(ctx context.Context, p ztp.PlatformID, es []ztp.Endpoint, had map[ztp.MAC]ztp.Endpoint) (taken []ztp.MAC, err error) {
	var rows [][]any
	var macs []ztp.MAC
	for _, e := range es {
		switch old, there := had[e.MAC]; {
		case !there:
			rows = append(rows, endpointValues(e, 1))
			macs = append(macs, e.MAC)
		case old.State != ztp.EndpointReleased:
			taken = append(taken, e.MAC)
		default: // its old row is revived
			err := s.SaveEndpoint(ctx, e)
			if ztp.IsCode(err, ztp.CodeEndpointTaken) {
				taken, err = append(taken, e.MAC), nil
			}
			if err != nil {
				return nil, err
			}
		}
	}
	n, err := s.insertRows(ctx, "endpoint", endpointColumns, rows, "ON CONFLICT DO NOTHING")
	if s.dialect.classify(err) == classForeign {
		return nil, ztp.NotFound("account")
	}
	if err != nil || n == int64(len(rows)) {
		return taken, s.fail(err, "phones")
	}
	now, err := s.EndpointsByMACs(ctx, p, macs)
	for _, mac := range macs {
		if _, there := now[mac]; !there {
			taken = append(taken, mac)
		}
	}
	return taken, err
}
