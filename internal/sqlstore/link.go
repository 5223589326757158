package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func linkOf(r db.Link) (ztp.Link, error) {
	l := ztp.Link{
		Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor), State: ztp.LinkState(r.State), Nonce: r.Nonce,
		CompanyID: textOrEmpty(r.CompanyID), CompanyName: r.CompanyName, Profiles: map[string]string{},
		NextCredential: int(r.NextCredential), SetAt: instantOrZero(r.SetAt), SetBy: r.SetBy, Connected: r.Connected,
		AddressTemplate: r.AddressTemplate, AddressTokenID: r.AddressTokenID,
		DisabledAt: instantOrZero(r.DisabledAt), DisabledBy: r.DisabledBy, Unconfirmed: r.Unconfirmed,
		CheckedAt: instantOrZero(r.CheckedAt), RestoredAt: instantOrZero(r.RestoredAt), ForeignAddresses: int(r.ForeignAddresses), UpdatedAt: instant(r.UpdatedAt), Version: r.Version,
	}
	if r.Active != nil {
		l.Active = int(*r.Active)
	}
	if err := fromJSON("link.profiles", r.Profiles, &l.Profiles); err != nil {
		return ztp.Link{}, err
	}
	if err := fromJSON("link.later_keys", r.LaterKeys, &l.Later); err != nil {
		return ztp.Link{}, err
	}
	if len(l.Later) == 0 {
		l.Later = nil
	}
	if r.Proof != nil {
		l.Proof = new(ztp.ExposureProof)
		if err := fromJSON("link.proof", *r.Proof, l.Proof); err != nil {
			return ztp.Link{}, err
		}
	}
	var err error
	l.Error, err = problemOf("link.error", r.Error)
	return l, err
}

func problemOf(column string, text *string) (*ztp.Problem, error) {
	if text == nil {
		return nil, nil
	}
	p := new(ztp.Problem)
	return p, fromJSON(column, *text, p)
}

func problemText(p *ztp.Problem) *string {
	if p == nil {
		return nil
	}
	kept := *p
	kept.At, kept.RetryAt = rounded(kept.At), rounded(kept.RetryAt)
	text := toJSON(kept)
	return &text
}

// Link returns the link, or one that was never saved: not_configured, version 0.
func (s *Store) Link(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) (ztp.Link, error) {
	row, err := s.queries().GetLink(ctx, db.GetLinkParams{PlatformID: string(p), Vendor: string(v)})
	if errors.Is(err, sql.ErrNoRows) {
		return ztp.UnsavedLink(p, v), nil
	}
	if err != nil {
		return ztp.Link{}, s.fail(err, "link")
	}
	return linkOf(row)
}

// ListLinks returns saved links, of one platform, of one vendor, or all.
func (s *Store) ListLinks(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) ([]ztp.Link, error) {
	rows, err := s.queries().ListLinks(ctx, db.ListLinksParams{PlatformID: string(p), Vendor: string(v)})
	if err != nil {
		return nil, s.fail(err, "links")
	}
	return mapRows(rows, linkOf)
}

// LinkByCompany finds the link that records the vendor's company.
func (s *Store) LinkByCompany(ctx context.Context, v ztp.VendorName, companyID string) (ztp.Link, error) {
	row, err := s.queries().GetLinkByCompany(ctx, db.GetLinkByCompanyParams{Vendor: string(v), CompanyID: companyID})
	if err != nil {
		return ztp.Link{}, s.fail(err, "link")
	}
	return linkOf(row)
}

// CountAttention counts, per vendor, the links that need somebody.
func (s *Store) CountAttention(ctx context.Context) (map[ztp.VendorName]int, error) {
	rows, err := s.queries().CountAttention(ctx)
	if err != nil {
		return nil, s.fail(err, "links")
	}
	n := make(map[ztp.VendorName]int, len(rows))
	for _, r := range rows {
		n[ztp.VendorName(r.Vendor)] = int(r.N)
	}
	return n, nil
}

// SaveLink inserts (version 0) or updates. A link that names an active credential
// has to find it active when the transaction commits.
func (s *Store) SaveLink(ctx context.Context, l ztp.Link) error {
	return s.change(ctx, func(q *db.Queries) error {
		if s.companyHeld(ctx, q, l) {
			return companyInUse()
		}
		if l.Version == 0 {
			return s.insertLink(ctx, q, l)
		}
		params := linkParams(l)
		params.Version = l.Version
		n, err := q.UpdateLink(ctx, params)
		if s.dialect.classify(err) == classUnique {
			return companyInUse()
		}
		return s.changed(n, err, "link", func() error {
			_, err := q.GetLink(ctx, db.GetLinkParams{PlatformID: string(l.Platform), Vendor: string(l.Vendor)})
			return err
		})
	})
}

func (s *Store) insertLink(ctx context.Context, q *db.Queries, l ztp.Link) error {
	u := linkParams(l)
	n, err := q.InsertLink(ctx, db.InsertLinkParams{
		PlatformID: u.PlatformID, Vendor: u.Vendor, State: u.State, Nonce: u.Nonce, CompanyID: u.CompanyID, CompanyName: u.CompanyName,
		Profiles: u.Profiles, NextCredential: u.NextCredential, Active: u.Active, SetAt: u.SetAt, SetBy: u.SetBy, Connected: u.Connected,
		AddressTemplate: u.AddressTemplate, AddressTokenID: u.AddressTokenID, DisabledAt: u.DisabledAt, DisabledBy: u.DisabledBy,
		Unconfirmed: u.Unconfirmed, CheckedAt: u.CheckedAt, Error: u.Error, Attention: u.Attention, RestoredAt: u.RestoredAt, LaterKeys: u.LaterKeys,
		Proof: u.Proof, ForeignAddresses: u.ForeignAddresses, UpdatedAt: u.UpdatedAt,
	})
	if s.dialect.classify(err) == classForeign {
		return ztp.NotFound("platform")
	}
	if err != nil || n > 0 {
		return s.fail(err, "link")
	}
	if s.companyHeld(ctx, q, l) {
		return companyInUse()
	}
	return outdated("link")
}

func (s *Store) companyHeld(ctx context.Context, q *db.Queries, l ztp.Link) bool {
	held, err := q.GetLinkByCompany(ctx, db.GetLinkByCompanyParams{Vendor: string(l.Vendor), CompanyID: l.CompanyID})
	return err == nil && held.PlatformID != string(l.Platform)
}

func companyInUse() error {
	return ztp.Errorf(ztp.CodeVendorCompanyInUse, "Another platform here records this company.")
}

func linkParams(l ztp.Link) db.UpdateLinkParams {
	profiles := l.Profiles
	if profiles == nil {
		profiles = map[string]string{}
	}
	later := l.Later
	if later == nil {
		later = []ztp.VendorKey{}
	}
	p := db.UpdateLinkParams{
		PlatformID: string(l.Platform), Vendor: string(l.Vendor), State: string(l.State), Nonce: l.Nonce,
		CompanyID: textOrNull(l.CompanyID), CompanyName: l.CompanyName, Profiles: toJSON(profiles),
		NextCredential: int64(max(l.NextCredential, 1)), SetAt: msOrNull(l.SetAt), SetBy: l.SetBy, Connected: l.Connected,
		AddressTemplate: l.AddressTemplate, AddressTokenID: l.AddressTokenID, DisabledAt: msOrNull(l.DisabledAt),
		DisabledBy: l.DisabledBy, Unconfirmed: l.Unconfirmed, CheckedAt: msOrNull(l.CheckedAt),
		Error: problemText(l.Error), Attention: l.NeedsSomebody(), RestoredAt: msOrNull(l.RestoredAt), LaterKeys: toJSON(later),
		ForeignAddresses: int64(l.ForeignAddresses), UpdatedAt: ms(l.UpdatedAt),
	}
	if l.Proof != nil {
		proof := *l.Proof
		proof.At = rounded(proof.At)
		text := toJSON(proof)
		p.Proof = &text
	}
	if l.Active != 0 {
		active := int64(l.Active)
		p.Active = &active
	}
	return p
}
