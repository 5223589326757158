package sqlstore

import (
	"context"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// PhoneRecord asks once; values that were sealed anew at that moment, and changes of
// settings on their way, are asked for beside.
func (s *Store) PhoneRecord(ctx context.Context, token ztp.Secret, of ztp.TokenKey, mac ztp.MAC) (r ztp.PhoneRecord, found bool, err error) {
	scopes := ztp.SettingScope{Platform: of.Platform, MAC: mac}.Above(of.Account)
	var ids [maxScopes]string
	for i, scope := range scopes {
		ids[i] = scopeID(scope)
	}
	rows, err := s.queries().PhoneRecord(ctx, db.PhoneRecordParams{Hash: ztp.HashToken(token), Mac: mac.String(), One: ids[0], Two: ids[1], Three: ids[2], Four: ids[3]})
	if err != nil || len(rows) == 0 {
		return r, false, s.fail(err, "phone")
	}
	if r, err = s.recordOf(ctx, rows); err != nil {
		return r, false, err
	}
	r.Settings, err = s.layers(ctx, true, scopes, settingRows(rows))
	if ztp.IsCode(err, ztp.CodeFormOutdated) {
		return ztp.PhoneRecord{}, false, nil
	}
	return r, err == nil, err
}

// recordOf is all but the settings.
func (s *Store) recordOf(ctx context.Context, rows []db.PhoneRecordRow) (r ztp.PhoneRecord, err error) {
	first := rows[0]
	r.Account, r.Platform, r.TokenID = accountOf(first.Account), platformOf(first.Platform), first.UsedID
	if r.Endpoint, err = endpointOf(first.Endpoint); err != nil {
		return r, err
	}
	if r.Current, err = s.openRead(tokenPlace(r.Platform.ID, r.Account.ID, r.Account.TokenID), first.LatestSealed, func() (ztp.Secret, error) {
		return s.OpenToken(ctx, r.Platform.ID, r.Account.ID, r.Account.TokenID)
	}); err != nil {
		return r, err
	}
	for _, row := range rows {
		p := row.PhoneContact
		if n := len(r.Contacts); n > 0 && string(r.Contacts[n-1].Platform) >= p.PlatformID {
			break // they begin anew with the next setting
		}
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
	ring := s.held.Load().ring
	if !ring.Has(sealed) {
		return again()
	}
	plain, err := s.openWith(ring, p, sealed)
	if err != nil {
		return ztp.Secret{}, err
	}
	defer clear(plain)
	return ztp.NewSecret(string(plain)), nil
}

// settingRows are the rows of the settings, each once.
func settingRows(rows []db.PhoneRecordRow) []db.ListSettingsRow {
	all := make([]db.ListSettingsRow, 0, len(rows))
	for _, r := range rows {
		if r.Scope == nil || r.PhoneContact.PlatformID != rows[0].PhoneContact.PlatformID {
			continue
		}
		all = append(all, db.ListSettingsRow{ID: *r.Scope, Version: *r.ScopeVersion, RolloutID: r.RolloutID, Name: r.SettingName, Idx: r.Idx, Value: r.Value,
			Sealed: r.Sealed, SetAt: r.SetAt, SetBy: r.SetBy})
	}
	return all
}
