package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func endpointOf(r db.Endpoint) (ztp.Endpoint, error) {
	mac, err := ztp.ParseMAC(r.Mac)
	if err != nil {
		return ztp.Endpoint{}, fmt.Errorf("column endpoint.mac: %w", err)
	}
	e := ztp.Endpoint{
		Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor), MAC: mac, Account: ztp.AccountID(textOrEmpty(r.AccountID)),
		ProductGroup: r.ProductGroup, Name: r.Name, State: ztp.EndpointState(r.State), WantPaused: r.WantPaused,
		PausedBy: ztp.OperationID(r.PausedBy), AddressTemplate: r.AddressTemplate, AddressTokenID: r.AddressTokenID,
		CreatedAt: instant(r.CreatedAt), ConfirmedAt: instantOrZero(r.ConfirmedAt), FetchedAt: instantOrZero(r.FetchedAt),
		UpdatedAt: instant(r.UpdatedAt), Version: r.Version,
		Model: r.Model, Serial: r.Serial, FirstFetchedAt: instantOrZero(r.FirstFetchedAt), MovedTo: ztp.PlatformID(r.MovedTo), Found: r.Found,
		DeviceTokenHash: r.DeviceTokenHash, PlainURL: r.PlainUrl, HasPIN: r.Pin != nil, ExpectedAt: instantOrZero(r.ExpectedAt),
	}
	if r.SipAt != nil && r.SipRegistered.Valid {
		e.SIP = ztp.SIPFact{Registered: r.SipRegistered.Bool, At: instant(*r.SipAt), Reason: ztp.SIPReason(r.SipReason)}
	}
	if e.Replaces, err = macOrZero(r.Replaces); err != nil {
		return e, fmt.Errorf("column endpoint.replaces: %w", err)
	}
	if e.ReplacedBy, err = macOrZero(r.ReplacedBy); err != nil {
		return e, fmt.Errorf("column endpoint.replaced_by: %w", err)
	}
	e.Error, err = problemOf("endpoint.error", r.Error)
	return e, err
}

func macOrZero(text string) (ztp.MAC, error) {
	if text == "" {
		return ztp.MAC{}, nil
	}
	return ztp.ParseMAC(text)
}

// Endpoint finds one of the platform, released or not.
func (s *Store) Endpoint(ctx context.Context, p ztp.PlatformID, mac ztp.MAC) (ztp.Endpoint, error) {
	row, err := s.queries().GetEndpoint(ctx, db.GetEndpointParams{PlatformID: string(p), Mac: mac.String()})
	if err != nil {
		return ztp.Endpoint{}, s.fail(err, "phone")
	}
	return endpointOf(row)
}

// EndpointByMAC finds whoever has the MAC now.
func (s *Store) EndpointByMAC(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error) {
	row, err := s.queries().GetEndpointByMAC(ctx, mac.String())
	if err != nil {
		return ztp.Endpoint{}, s.fail(err, "phone")
	}
	return endpointOf(row)
}

// EndpointsByMACs returns those of the platform that there are.
func (s *Store) EndpointsByMACs(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) (map[ztp.MAC]ztp.Endpoint, error) {
	if len(macs) > fewMACs { // most of a file are not there
		var err error
		if macs, err = s.ownMACs(ctx, p, macs); err != nil {
			return nil, err
		}
	}
	found := make(map[ztp.MAC]ztp.Endpoint, len(macs))
	for some := range slices.Chunk(macs, 1000) {
		rows, err := s.endpointRows(ctx, p, some)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			e, err := endpointOf(row)
			if err != nil {
				return nil, err
			}
			found[e.MAC] = e
		}
	}
	return found, nil
}

// endpointRows reads up to 1000.
func (s *Store) endpointRows(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) ([]db.Endpoint, error) {
	var text strings.Builder
	for _, m := range macs {
		text.WriteString(m.String())
	}
	rows, err := s.queries().EndpointsByMACs(ctx, db.EndpointsByMACsParams{PlatformID: string(p), Macs: text.String()})
	return rows, s.fail(err, "phones")
}

// CountEndpoints counts those of a link that are not released.
func (s *Store) CountEndpoints(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) (ztp.EndpointCounts, error) {
	rows, err := s.queries().CountEndpoints(ctx, db.CountEndpointsParams{PlatformID: string(p), Vendor: string(v)})
	if err != nil {
		return ztp.EndpointCounts{}, s.fail(err, "phones")
	}
	var c ztp.EndpointCounts
	for _, r := range rows {
		count(&c, r.State, r.N)
	}
	return c, nil
}

// CountEarlierURLs looks at every phone of the link.
func (s *Store) CountEarlierURLs(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, present ztp.URLTemplate, proven string) (int, error) {
	n, err := s.queries().CountEarlierURLs(ctx, db.CountEarlierURLsParams{PlatformID: string(p), Vendor: string(v), Proven: proven,
		Own: present.ForPhone().String(), Plain: present.ForProfile().String()})
	return int(n), s.fail(err, "phones")
}

// count adds a part of a count.
func count(c *ztp.EndpointCounts, state string, n int64) {
	switch ztp.EndpointState(state) {
	case ztp.EndpointWanted:
		c.Wanted += int(n)
	case ztp.EndpointListed:
		c.Listed += int(n)
	case ztp.EndpointPaused:
		c.Paused += int(n)
	case ztp.EndpointFailed:
		c.Failed += int(n)
	}
}

// SaveEndpoint inserts (version 0) or updates. A revived endpoint goes on from
// the version of its old row, so that no write of its former life can win.
func (s *Store) SaveEndpoint(ctx context.Context, e ztp.Endpoint) error {
	return s.change(ctx, func(q *db.Queries) error {
		if held, err := q.GetEndpointByMAC(ctx, e.MAC.String()); err == nil && held.PlatformID != string(e.Platform) && e.State != ztp.EndpointReleased {
			return endpointTaken()
		}
		if e.Version != 0 {
			return s.updateEndpoint(ctx, q, e)
		}
		old, err := q.GetEndpoint(ctx, db.GetEndpointParams{PlatformID: string(e.Platform), Mac: e.MAC.String()})
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return s.insertEndpoint(ctx, q, e)
		case err != nil:
			return s.fail(err, "phone")
		case old.State != string(ztp.EndpointReleased):
			return outdated("phone")
		}
		e.Version = old.Version
		return s.updateEndpoint(ctx, q, e)
	})
}

func endpointTaken() error {
	return ztp.Errorf(ztp.CodeEndpointTaken, "This MAC is registered elsewhere.")
}

func (s *Store) updateEndpoint(ctx context.Context, q *db.Queries, e ztp.Endpoint) error {
	params := endpointParams(e)
	params.Version = e.Version
	n, err := q.UpdateEndpoint(ctx, params)
	switch s.dialect.classify(err) {
	case classUnique:
		return endpointTaken()
	case classForeign:
		return ztp.NotFound("account")
	}
	return s.changed(n, err, "phone", func() error {
		_, err := q.GetEndpoint(ctx, db.GetEndpointParams{PlatformID: string(e.Platform), Mac: e.MAC.String()})
		return err
	})
}

func (s *Store) insertEndpoint(ctx context.Context, q *db.Queries, e ztp.Endpoint) error {
	u := endpointParams(e)
	n, err := q.InsertEndpoint(ctx, db.InsertEndpointParams{
		PlatformID: u.PlatformID, Mac: u.Mac, Vendor: u.Vendor, AccountID: u.AccountID, ProductGroup: u.ProductGroup, Name: u.Name,
		Fold: u.Fold, State: u.State, WantPaused: u.WantPaused, PausedBy: u.PausedBy, AddressTemplate: u.AddressTemplate,
		AddressTokenID: u.AddressTokenID, Error: u.Error, CreatedAt: u.CreatedAt, ConfirmedAt: u.ConfirmedAt,
		FetchedAt: msOrNull(e.FetchedAt), UpdatedAt: u.UpdatedAt, Model: u.Model, Serial: u.Serial, FirstFetchedAt: msOrNull(e.FirstFetchedAt),
		Replaces: u.Replaces, ReplacedBy: u.ReplacedBy, MovedTo: u.MovedTo, Found: u.Found, ExpectedAt: u.ExpectedAt,
	})
	if s.dialect.classify(err) == classForeign {
		return ztp.NotFound("account")
	}
	if err != nil || n > 0 {
		return s.fail(err, "phone")
	}
	// Inserted by somebody else since we looked: here or on another platform.
	if held, err := q.GetEndpointByMAC(ctx, e.MAC.String()); err == nil && held.PlatformID != string(e.Platform) {
		return endpointTaken()
	}
	return outdated("phone")
}

func endpointParams(e ztp.Endpoint) db.UpdateEndpointParams {
	if e.State == ztp.EndpointReleased {
		e.AddressTemplate, e.AddressTokenID = "", "" // the vendor has none of it any more
	}
	return db.UpdateEndpointParams{
		PlatformID: string(e.Platform), Mac: e.MAC.String(), Vendor: string(e.Vendor), AccountID: textOrNull(string(e.Account)),
		ProductGroup: e.ProductGroup, Name: e.Name, Fold: phoneFold(e), State: string(e.State),
		WantPaused: e.WantPaused, PausedBy: string(e.PausedBy), AddressTemplate: e.AddressTemplate, AddressTokenID: e.AddressTokenID,
		Error: problemText(e.Error), CreatedAt: ms(e.CreatedAt), ConfirmedAt: msOrNull(e.ConfirmedAt),
		UpdatedAt: ms(e.UpdatedAt), Model: e.Model, Serial: e.Serial,
		Replaces: macText(e.Replaces), ReplacedBy: macText(e.ReplacedBy),
		MovedTo: string(e.MovedTo), Found: e.Found, ExpectedAt: msOrNull(e.ExpectedAt),
	}
}

// TouchEndpoint records that the phone fetched its settings.
func (s *Store) TouchEndpoint(ctx context.Context, p ztp.PlatformID, mac ztp.MAC, at time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.TouchEndpoint(ctx, db.TouchEndpointParams{FetchedAt: msOrNull(at), PlatformID: string(p), Mac: mac.String()})
		return s.hit(n, err, "phone")
	})
}

// EndpointsOfMAC returns every platform's row of the MAC.
func (s *Store) EndpointsOfMAC(ctx context.Context, mac ztp.MAC) ([]ztp.Endpoint, error) {
	rows, err := s.queries().EndpointsOfMAC(ctx, mac.String())
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	return mapRows(rows, endpointOf)
}

// MovingEndpoints returns phones that a move is about.
func (s *Store) MovingEndpoints(ctx context.Context, max int) ([]ztp.Endpoint, error) {
	rows, err := s.queries().MovingEndpoints(ctx, int64(limit(max)))
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	return mapRows(rows, endpointOf)
}
