package sqlstore

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func addressOrZero(text string) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	return netip.ParseAddr(text)
}

// ListFetches returns what a phone asked for and where it was refused, the newest first.
func (s *Store) ListFetches(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) ([]ztp.Fetch, error) {
	answered, err := s.queries().ListFetches(ctx, db.ListFetchesParams{PlatformID: string(p), Mac: mac.String(), MaxRows: ztp.MaxFetches})
	if err != nil {
		return nil, s.fail(err, "phone")
	}
	refused, err := s.queries().ListRefused(ctx, db.ListRefusedParams{PlatformID: string(p), Mac: mac.String()})
	if err != nil {
		return nil, s.fail(err, "phone")
	}
	all := make([]ztp.Fetch, 0, len(answered)+len(refused))
	for _, r := range answered {
		f := ztp.Fetch{Platform: p, MAC: mac, At: instant(r.At), FirstAt: instant(r.At), Times: 1, Result: ztp.FetchResult(r.Result), Reason: r.Reason, Agent: r.Agent, Bytes: int(r.Bytes)}
		if f.Address, err = addressOrZero(r.Address); err != nil {
			return nil, fmt.Errorf("column phone_fetch.address: %w", err)
		}
		all = append(all, f)
	}
	for _, r := range refused {
		f := ztp.Fetch{Platform: p, MAC: mac, At: instant(r.At), FirstAt: instant(r.FirstAt), Times: int(r.Times), Result: ztp.FetchRefused, Reason: r.Reason, Agent: r.Agent}
		if f.Address, err = addressOrZero(r.Address); err != nil {
			return nil, fmt.Errorf("column phone_refused.address: %w", err)
		}
		all = append(all, f)
	}
	sort.SliceStable(all, func(i, j int) bool { return all[j].At.Before(all[i].At) })
	return all, nil
}

// ListTraffic counts fetches by the hour.
func (s *Store) ListTraffic(ctx context.Context, p ztp.PlatformID, since time.Time) ([]ztp.TrafficCount, error) {
	rows, err := s.queries().ListTraffic(ctx, db.ListTrafficParams{PlatformID: string(p), Since: ms(since)})
	if err != nil {
		return nil, s.fail(err, "traffic")
	}
	return mapRows(rows, func(r db.PhoneTraffic) (ztp.TrafficCount, error) {
		return ztp.TrafficCount{Hour: instant(r.Hour), Result: ztp.FetchResult(r.Result), N: int(r.Fetches)}, nil
	})
}

// NoteHandshakes adds to what is known of failed handshakes, and keeps the newest kinds.
func (s *Store) NoteHandshakes(ctx context.Context, all []ztp.HandshakeFailure) error {
	if len(all) == 0 {
		return nil
	}
	all = slices.Clone(all)
	sort.Slice(all, func(i, j int) bool { return all[i].Compare(all[j]) < 0 }) // two of these lock rows in one order
	return s.change(ctx, func(q *db.Queries) error {
		for _, f := range all {
			err := q.NoteHandshake(ctx, db.NoteHandshakeParams{
				Address: f.Address, Name: f.Name, Reason: string(f.Reason), Offers: f.Offers, Alert: f.Alert,
				FirstAt: ms(f.First), At: ms(f.Last), Times: int64(f.Count),
			})
			if err != nil {
				return s.fail(err, "handshakes")
			}
		}
		return s.fail(q.TrimHandshakes(ctx, ztp.MaxHandshakes-1), "handshakes")
	})
}

// ListHandshakes returns failed handshakes of every process, the newest first.
func (s *Store) ListHandshakes(ctx context.Context) ([]ztp.HandshakeFailure, error) {
	rows, err := s.queries().ListHandshakes(ctx, ztp.MaxHandshakes)
	if err != nil {
		return nil, s.fail(err, "handshakes")
	}
	return mapRows(rows, func(r db.PhoneHandshake) (ztp.HandshakeFailure, error) {
		return ztp.HandshakeFailure{Address: r.Address, Name: r.Name, Reason: ztp.HandshakeReason(r.Reason), Offers: r.Offers, Alert: r.Alert,
			Count: int(r.Times), First: instant(r.FirstAt), Last: instant(r.At)}, nil
	})
}
