package sqlstore

import (
	"context"
	"slices"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// PhonesInService takes two questions for all of them; values that were sealed anew at that
// moment are asked for beside.
func (s *Store) PhonesInService(ctx context.Context, macs []ztp.MAC) ([]ztp.PhoneInService, error) {
	texts := make([]string, len(macs))
	for i, mac := range macs {
		texts[i] = mac.String()
	}
	rows, err := s.ofMany().PhonesInService(ctx, listJSON(texts))
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	var all []ztp.PhoneInService
	tokens := map[string]ztp.Secret{}
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r db.PhonesInServiceRow) bool { return r.Endpoint.Mac != rows[0].Endpoint.Mac })
		if n < 0 {
			n = len(rows)
		}
		p, err := s.inService(ctx, rows[:n], tokens)
		if err != nil {
			return nil, err
		}
		if p.TokenHash != "" && !p.Device.IsZero() {
			all = append(all, p)
		}
		rows = rows[n:]
	}
	return all, s.addLayers(ctx, all)
}

// inService reads one phone's rows. tokens are those that were opened for others.
func (s *Store) inService(ctx context.Context, rows []db.PhonesInServiceRow, tokens map[string]ztp.Secret) (p ztp.PhoneInService, err error) {
	first := rows[0]
	p.Account, p.Platform = accountOf(first.Account), platformOf(first.Platform)
	if p.Endpoint, err = endpointOf(first.Endpoint); err != nil {
		return p, err
	}
	if p.Current, err = s.tokenOnce(ctx, tokens, p.Account, first); err != nil {
		return p, err
	}
	if first.Endpoint.DeviceToken != nil {
		place := devicePlace(p.Platform.ID, first.Endpoint.Mac)
		if p.Device, err = s.openRead(place, first.Endpoint.DeviceToken, func() (ztp.Secret, error) {
			found, err := s.DeviceTokens(ctx, p.Platform.ID, []ztp.MAC{p.Endpoint.MAC})
			return found[p.Endpoint.MAC], err
		}); err != nil {
			return p, err
		}
	}
	for _, r := range rows {
		c, err := contactOf(r.PhoneContact)
		if err != nil {
			return p, err
		}
		p.Contacts = append(p.Contacts, c)
		if !c.Of(p.Endpoint) {
			continue
		}
		p.TokenHash, p.TokenID = first.LatestHash, p.Account.TokenID
		if r.UsedHash != "" && c.Account == p.Account.ID && p.Endpoint.FetchedAt.Before(p.Account.TokenSetAt) {
			p.TokenHash, p.TokenID = r.UsedHash, c.TokenID
		}
		if r.PhoneContact.Password == nil {
			continue
		}
		if p.Password, err = s.openRead(passwordPlace(c.Platform, r.PhoneContact.Mac), r.PhoneContact.Password, func() (ztp.Secret, error) {
			return s.ContactPassword(ctx, c.Platform, c.MAC)
		}); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (s *Store) tokenOnce(ctx context.Context, tokens map[string]ztp.Secret, a ztp.Account, r db.PhonesInServiceRow) (ztp.Secret, error) {
	if token, ok := tokens[r.LatestHash]; ok {
		return token, nil
	}
	token, err := s.openRead(tokenPlace(a.Platform, a.ID, a.TokenID), r.LatestSealed, func() (ztp.Secret, error) {
		return s.OpenToken(ctx, a.Platform, a.ID, a.TokenID)
	})
	tokens[r.LatestHash] = token
	return token, err
}

// addLayers reads the settings of all of them, of which those above many are there once.
func (s *Store) addLayers(ctx context.Context, all []ztp.PhoneInService) error {
	if len(all) == 0 {
		return nil
	}
	place := map[ztp.SettingScope]int{}
	var scopes []ztp.SettingScope
	var ids []string
	for _, p := range all {
		for _, scope := range p.Endpoint.SettingScopes() {
			if _, ok := place[scope]; !ok {
				place[scope] = len(scopes)
				scopes, ids = append(scopes, scope), append(ids, scopeID(scope))
			}
		}
	}
	rows, err := s.ofMany().ListSettingsOf(ctx, listJSON(ids))
	if err != nil {
		return s.fail(err, "settings")
	}
	found, err := s.settingsOf(ctx, true, scopes, mapped(rows, func(r db.ListSettingsOfRow) db.ListSettingsRow { return db.ListSettingsRow(r) }))
	if err != nil {
		return err
	}
	for i := range all {
		for _, scope := range all[i].Endpoint.SettingScopes() {
			all[i].Layers = append(all[i].Layers, found[place[scope]])
		}
	}
	return nil
}

func mapped[R, T any](rows []R, f func(R) T) []T {
	all := make([]T, len(rows))
	for i, r := range rows {
		all[i] = f(r)
	}
	return all
}
