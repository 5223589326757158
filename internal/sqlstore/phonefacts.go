package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// What is written of phones beside their rows' versions: it never stands in the way of
// whoever is about to save one.

// SetSIP records what the voice service said, unless it has said something later.
func (s *Store) SetSIP(ctx context.Context, p ztp.PlatformID, mac ztp.MAC, f ztp.SIPFact) (stands ztp.SIPFact, err error) {
	err = s.inTx(ctx, func(t *Store) error {
		_, err := t.queries().SetEndpointSIP(ctx, db.SetEndpointSIPParams{
			Registered: sql.NullBool{Bool: f.Registered, Valid: true}, At: msOrNull(f.At), Reason: string(f.Reason), PlatformID: string(p), Mac: mac.String(),
		})
		if err != nil {
			return s.fail(err, "phone")
		}
		e, err := t.Endpoint(ctx, p, mac)
		if err == nil && e.State == ztp.EndpointReleased {
			err = ztp.NotFound("phone")
		}
		stands = e.SIP
		return err
	})
	return stands, err
}

// SetSIPs takes one statement for all phones of which the same is said of the same moment.
func (s *Store) SetSIPs(ctx context.Context, p ztp.PlatformID, said []ztp.SIPWord) (stands map[ztp.MAC]ztp.SIPFact, err error) {
	same, macs := map[ztp.SIPFact][]string{}, make([]ztp.MAC, len(said))
	for i, w := range said {
		w.At = w.At.UTC() // the same moment is the same key
		same[w.SIPFact], macs[i] = append(same[w.SIPFact], w.MAC.String()), w.MAC
	}
	err = s.inTx(ctx, func(t *Store) error {
		stands = map[ztp.MAC]ztp.SIPFact{}
		for f, of := range same {
			err := t.ofMany().SetEndpointsSIP(ctx, db.SetEndpointsSIPParams{
				Registered: sql.NullBool{Bool: f.Registered, Valid: true}, At: msOrNull(f.At), Reason: string(f.Reason), PlatformID: string(p), Macs: listJSON(of)})
			if err != nil {
				return s.fail(err, "phones")
			}
		}
		found, err := t.EndpointsByMACs(ctx, p, macs)
		for mac, e := range found {
			if e.State != ztp.EndpointReleased {
				stands[mac] = e.SIP
			}
		}
		return err
	})
	return stands, err
}

// SetPIN seals the phone's PIN, or removes it.
func (s *Store) SetPIN(ctx context.Context, p ztp.PlatformID, mac ztp.MAC, pin ztp.Secret) error {
	return s.inTx(ctx, func(t *Store) error {
		var sealed []byte
		if !pin.IsZero() {
			var err error
			if sealed, err = t.seal(ctx, pinPlace(p, mac.String()), []byte(pin.RevealSecret())); err != nil {
				return err
			}
		}
		n, err := t.queries().SetEndpointPIN(ctx, db.SetEndpointPINParams{Pin: sealed, PlatformID: string(p), Mac: mac.String()})
		return s.hit(n, err, "phone")
	})
}

// PIN opens the phone's PIN.
func (s *Store) PIN(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.Secret, error) {
	row, err := s.queries().GetEndpoint(ctx, db.GetEndpointParams{PlatformID: string(p), Mac: mac.String()})
	if err != nil {
		return ztp.Secret{}, s.fail(err, "phone")
	}
	return s.openPhone(ctx, pinPlace(p, mac.String()), row, func(r db.Endpoint) []byte { return r.Pin })
}

// openPhone opens a sealed column of a row that was read, zero when it has none.
func (s *Store) openPhone(ctx context.Context, at place, row db.Endpoint, column func(db.Endpoint) []byte) (ztp.Secret, error) {
	if column(row) == nil {
		return ztp.Secret{}, nil
	}
	read := false
	plain, err := s.opened(ctx, at, func() ([]byte, error) {
		if !read {
			read = true
			return column(row), nil
		}
		now, err := s.queries().GetEndpoint(ctx, db.GetEndpointParams{PlatformID: row.PlatformID, Mac: row.Mac})
		return column(now), s.fail(err, "phone")
	})
	if err != nil {
		return ztp.Secret{}, err
	}
	return ztp.NewSecret(string(plain)), nil
}

// DeviceTokens opens the tokens of those phones that have one.
func (s *Store) DeviceTokens(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) (map[ztp.MAC]ztp.Secret, error) {
	found := make(map[ztp.MAC]ztp.Secret, len(macs))
	for some := range slices.Chunk(macs, 1000) {
		rows, err := s.endpointRows(ctx, p, some)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			token, err := s.openPhone(ctx, devicePlace(p, row.Mac), row, func(r db.Endpoint) []byte { return r.DeviceToken })
			if err != nil {
				return nil, err
			}
			mac, err := ztp.ParseMAC(row.Mac)
			if err != nil {
				return nil, fmt.Errorf("column endpoint.mac: %w", err)
			}
			if !token.IsZero() {
				found[mac] = token
			}
		}
	}
	return found, nil
}

// SetDeviceTokens gives phones their own tokens, in one statement for many of them.
func (s *Store) SetDeviceTokens(ctx context.Context, p ztp.PlatformID, tokens map[ztp.MAC]ztp.Secret) error {
	if len(tokens) == 0 {
		return nil
	}
	macs := make([]ztp.MAC, 0, len(tokens))
	for mac := range tokens {
		macs = append(macs, mac)
	}
	slices.SortFunc(macs, ztp.MAC.Compare) // two of these lock rows in one order
	return s.inTx(ctx, func(t *Store) error {
		for some := range slices.Chunk(macs, 500) {
			n, err := t.setDeviceTokens(ctx, p, some, tokens)
			if err != nil {
				return s.fail(err, "phones")
			}
			if n != int64(len(some)) {
				return outdated("phone")
			}
		}
		return nil
	})
}

// setDeviceTokens notes too which phones are in service by a URL without a token.
func (s *Store) setDeviceTokens(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC, tokens map[ztp.MAC]ztp.Secret) (int64, error) {
	var rows strings.Builder
	values := make([]any, 0, 3*len(macs)+1)
	for i, mac := range macs {
		token := tokens[mac]
		sealed, err := s.seal(ctx, devicePlace(p, mac.String()), []byte(token.RevealSecret()))
		if err != nil {
			return 0, err
		}
		if i > 0 {
			rows.WriteString(", ")
		}
		fmt.Fprintf(&rows, "(%s, CAST(%s AS %s))", s.dialect.marks(len(values)+1, 2), s.dialect.marks(len(values)+3, 1), s.dialect.bytes)
		values = append(values, mac.String(), ztp.HashToken(token), sealed)
	}
	values = append(values, string(p))
	result, err := s.tx.ExecContext(ctx, `UPDATE endpoint SET device_token_hash = own.column2, device_token = own.column3,
		plain_url = (fetched_at IS NOT NULL AND address_template <> '')
		FROM (VALUES `+rows.String()+`) AS own
		WHERE endpoint.mac = own.column1 AND endpoint.device_token IS NULL AND endpoint.state <> 'released'
		AND endpoint.platform_id = `+s.dialect.marks(len(values), 1), values...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// LeavePlainURL records that the phone has come by its own URL.
func (s *Store) LeavePlainURL(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.LeavePlainURL(ctx, db.LeavePlainURLParams{PlatformID: string(p), Mac: mac.String()})
		return s.hit(n, err, "phone")
	})
}
