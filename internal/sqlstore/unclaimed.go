package sqlstore

import (
	"context"
	"fmt"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// NoteUnclaimed keeps phones that came and are registered nowhere, the newest of each
// platform. An account that is gone meanwhile is no error.
func (s *Store) NoteUnclaimed(ctx context.Context, all []ztp.UnclaimedPhone) error {
	return s.change(ctx, func(q *db.Queries) error {
		platforms := map[ztp.PlatformID]bool{}
		for _, u := range all {
			platforms[u.Platform] = true
			err := q.NoteUnclaimed(ctx, db.NoteUnclaimedParams{
				PlatformID: string(u.Platform), Mac: u.MAC.String(), AccountID: string(u.Account), SeenAt: ms(u.LastAt),
				Network: networkText(u.Network), Agent: u.Agent,
			})
			if err != nil {
				return s.fail(err, "phone")
			}
		}
		for p := range platforms {
			if err := q.TrimUnclaimed(ctx, db.TrimUnclaimedParams{PlatformID: string(p), Keep: ztp.MaxUnclaimed}); err != nil {
				return s.fail(err, "phones")
			}
		}
		return nil
	})
}

// ListUnclaimed returns those that nobody has registered since, the newest first.
func (s *Store) ListUnclaimed(ctx context.Context, p ztp.PlatformID) ([]ztp.UnclaimedPhone, error) {
	rows, err := s.queries().ListUnclaimed(ctx, db.ListUnclaimedParams{PlatformID: string(p), MaxRows: ztp.MaxUnclaimed})
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	return mapRows(rows, func(r db.PhoneUnclaimed) (ztp.UnclaimedPhone, error) {
		u := ztp.UnclaimedPhone{Platform: ztp.PlatformID(r.PlatformID), Account: ztp.AccountID(r.AccountID), FirstAt: instant(r.FirstAt), LastAt: instant(r.LastAt), Agent: r.Agent}
		var err error
		if u.MAC, err = ztp.ParseMAC(r.Mac); err != nil {
			return u, fmt.Errorf("column phone_unclaimed.mac: %w", err)
		}
		if u.Network, err = networkOrZero(r.Network); err != nil {
			return u, fmt.Errorf("column phone_unclaimed.network: %w", err)
		}
		return u, nil
	})
}

// AccountTokenID names a token.
func (s *Store) AccountTokenID(ctx context.Context, token ztp.Secret) (string, error) {
	id, err := s.queries().AccountTokenOf(ctx, ztp.HashToken(token))
	return id, s.fail(err, "provisioning token")
}

// AccountTokens returns every token that is served, the newest first.
func (s *Store) AccountTokens(ctx context.Context, p ztp.PlatformID, a ztp.AccountID) ([]ztp.TokenUse, error) {
	rows, err := s.queries().AccountTokens(ctx, db.AccountTokensParams{PlatformID: string(p), AccountID: string(a)})
	if err != nil {
		return nil, s.fail(err, "provisioning tokens")
	}
	return mapRows(rows, func(r db.AccountTokensRow) (ztp.TokenUse, error) {
		return ztp.TokenUse{ID: r.ID, CreatedAt: instant(r.CreatedAt), UsedAt: instantOrZero(r.UsedAt), Entries: int(r.Entries), Profiles: int(r.Profiles), Phones: int(r.Phones)}, nil
	})
}

// TouchAccountToken records that a phone has come by the token.
func (s *Store) TouchAccountToken(ctx context.Context, p ztp.PlatformID, a ztp.AccountID, id string, at time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		used := ms(at)
		_, err := q.TouchAccountToken(ctx, db.TouchAccountTokenParams{UsedAt: &used, PlatformID: string(p), AccountID: string(a), ID: id})
		return s.fail(err, "provisioning token")
	})
}

// RetireAccountToken removes a token that is not the current one.
func (s *Store) RetireAccountToken(ctx context.Context, p ztp.PlatformID, a ztp.AccountID, id string) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.RetireAccountToken(ctx, db.RetireAccountTokenParams{PlatformID: string(p), AccountID: string(a), ID: id})
		return s.hit(n, err, "provisioning token")
	})
}
