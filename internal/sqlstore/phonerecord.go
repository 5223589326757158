package sqlstore

import (
	"context"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// PhoneRecord asks once; values that were sealed anew at that moment are asked for beside.
func (s *Store) PhoneRecord(ctx context.Context, token ztp.Secret, mac ztp.MAC) (r ztp.PhoneRecord, found bool, err error) {
	rows, err := db.New(inOne{s.reader(), s.dialect.ofPhone}).PhoneRecord(ctx, db.PhoneRecordParams{Hash: ztp.HashToken(token), Mac: mac.String()})
	if err != nil || len(rows) == 0 {
		return r, false, s.fail(err, "phone")
	}
	r, err = s.recordOf(ctx, rows)
	return r, err == nil, err
}

func (s *Store) recordOf(ctx context.Context, rows []db.PhoneRecordRow) (r ztp.PhoneRecord, err error) {
	first := rows[0]
	r.Account, r.Platform, r.TokenID = accountOf(first.Account), platformOf(first.Platform), first.UsedID
	if r.Endpoint, err = endpointOf(first.Endpoint); err != nil {
		return r, err
	}
	e := r.Endpoint
	r.Settings = func(ctx context.Context) ([]ztp.ScopeSettings, error) {
		return s.settingsOfRecord(ctx, e, first.Settings, first.Rollouts)
	}
	if r.Current, err = s.openRead(tokenPlace(r.Platform.ID, r.Account.ID, r.Account.TokenID), first.LatestSealed, func() (ztp.Secret, error) {
		return s.OpenToken(ctx, r.Platform.ID, r.Account.ID, r.Account.TokenID)
	}); err != nil {
		return r, err
	}
	for _, row := range rows {
		p := row.PhoneContact
		c, err := contactOf(p)
		if err != nil {
			return r, err
		}
		r.Contacts = append(r.Contacts, c)
		if c.Platform != r.Endpoint.Platform || p.Password == nil {
			continue
		}
		if r.Password, err = s.openRead(passwordPlace(c.Platform, p.Mac), p.Password, func() (ztp.Secret, error) {
			return s.ContactPassword(ctx, c.Platform, c.MAC)
		}); err != nil {
			return r, err
		}
	}
	return r, nil
}

// openRead opens a value that was just read, or has it read again where it is sealed under
// a key that this process has not met.
func (s *Store) openRead(p place, sealed []byte, again func() (ztp.Secret, error)) (ztp.Secret, error) {
	ring := s.held.Load().opening(p.purpose, sealed)
	if ring == nil {
		return again()
	}
	plain, err := s.openWith(ring, p, sealed)
	if err != nil {
		return ztp.Secret{}, err
	}
	defer clear(plain)
	return ztp.NewSecret(string(plain)), nil
}
