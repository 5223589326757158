package sqlstore

import (
	"cmp"
	"context"
	"fmt"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func platformOf(r db.Platform) ztp.Platform {
	return ztp.Platform{
		ID: ztp.PlatformID(r.ID), Slug: r.Slug, Name: r.Name, ExternalID: textOrEmpty(r.ExternalID),
		URLTemplate: r.UrlTemplate, Primary: ztp.AccountID(textOrEmpty(r.PrimaryAccount)),
		CreatedAt: instant(r.CreatedAt), UpdatedAt: instant(r.UpdatedAt), Version: r.Version, HomeSince: instantOrZero(r.HomeSince),
		PhoneProof: ztp.PhoneProof(r.PhoneProof), ProvenTemplate: r.ProvenTemplate,
	}
}

// CreatePlatform inserts p with version 1.
func (s *Store) CreatePlatform(ctx context.Context, p ztp.Platform) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.InsertPlatform(ctx, db.InsertPlatformParams{
			ID: string(p.ID), Slug: p.Slug, Name: p.Name, NameFold: fold(p.Name), ExternalID: textOrNull(p.ExternalID),
			UrlTemplate: p.URLTemplate, PrimaryAccount: textOrNull(string(p.Primary)), PhoneProof: string(cmp.Or(p.PhoneProof, ztp.ProofCertificate)),
			CreatedAt: ms(p.CreatedAt), UpdatedAt: ms(p.UpdatedAt),
		})
		if err != nil || n > 0 {
			return s.fail(err, "platform")
		}
		if _, err := q.GetPlatformByExternalID(ctx, p.ExternalID); err == nil {
			return usedExternalID("platform")
		}
		if held, err := q.GetPlatform(ctx, p.Slug); err == nil && held.Slug == p.Slug {
			return ztp.Invalid("slug", "This slug is used by another platform. Choose another one.")
		}
		return ztp.Invalid("id", "A platform with this id exists.")
	})
}

func usedExternalID(noun string) error {
	return ztp.Invalid("external_id", "This external id is used by another "+noun+".")
}

// Platform finds one by id or by slug; an id wins over a slug that looks like one.
func (s *Store) Platform(ctx context.Context, ref string) (ztp.Platform, error) {
	row, err := s.queries().GetPlatform(ctx, ref)
	if err != nil {
		return ztp.Platform{}, s.fail(err, "platform")
	}
	return platformOf(row), nil
}

// PlatformByExternalID finds one by the caller's id.
func (s *Store) PlatformByExternalID(ctx context.Context, externalID string) (ztp.Platform, error) {
	row, err := s.queries().GetPlatformByExternalID(ctx, externalID)
	if err != nil {
		return ztp.Platform{}, s.fail(err, "platform")
	}
	return platformOf(row), nil
}

// ListPlatforms returns platforms by name without case, then id.
func (s *Store) ListPlatforms(ctx context.Context, q ztp.PlatformQuery) (ztp.Page[ztp.Platform], error) {
	none := ztp.Page[ztp.Platform]{}
	after, err := readCursor(q.Cursor, 2)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	params := db.ListPlatformsParams{Needle: fold(q.Text), MaxRows: int64(max) + 1}
	if after != nil {
		params.AfterName, params.AfterID = after[0], after[1]
	}
	rows, err := s.queries().ListPlatforms(ctx, params)
	if err != nil {
		return none, s.fail(err, "platforms")
	}
	items := make([]ztp.Platform, len(rows))
	for i, r := range rows {
		items[i] = platformOf(r)
	}
	return page(items, max, func(p ztp.Platform) string { return newCursor(fold(p.Name), string(p.ID)) }), nil
}

// UpdatePlatform writes name, external id, template, proof and primary account.
func (s *Store) UpdatePlatform(ctx context.Context, p ztp.Platform) error {
	return s.change(ctx, func(q *db.Queries) error {
		if held, err := q.GetPlatformByExternalID(ctx, p.ExternalID); err == nil && held.ID != string(p.ID) {
			return usedExternalID("platform")
		}
		n, err := q.UpdatePlatform(ctx, db.UpdatePlatformParams{
			Name: p.Name, NameFold: fold(p.Name), ExternalID: textOrNull(p.ExternalID), UrlTemplate: p.URLTemplate,
			PrimaryAccount: textOrNull(string(p.Primary)), PhoneProof: string(cmp.Or(p.PhoneProof, ztp.ProofCertificate)), UpdatedAt: ms(p.UpdatedAt), ID: string(p.ID), Version: p.Version,
		})
		if s.dialect.classify(err) == classUnique {
			return usedExternalID("platform")
		}
		return s.changed(n, err, "platform", func() error { _, err := q.GetPlatform(ctx, string(p.ID)); return err })
	})
}

// DeletePlatform removes a platform that nothing at a vendor depends on. Its
// audit events stay.
func (s *Store) DeletePlatform(ctx context.Context, id ztp.PlatformID) error {
	return s.change(ctx, func(q *db.Queries) error {
		use, err := q.PlatformInUse(ctx, string(id))
		if err != nil {
			return s.fail(err, "platform")
		}
		if use.Companies+use.Endpoints+use.Operations > 0 {
			return ztp.Errorf(ztp.CodeInUse, "%s, %s and %s still belong to it.", counted(use.Companies, "company at a vendor", "companies at vendors"),
				counted(use.Endpoints, "phone", "phones"), counted(use.Operations, "running operation", "running operations"))
		}
		for _, drop := range []func(context.Context, string) error{
			q.DeletePlatformOperations, q.DeletePlatformEndpoints, q.DeletePlatformCredentials, q.DeletePlatformLinks,
			q.UnsetPlatformAccounts, q.DeletePlatformTokens, q.UnsetPlatformPrimary, q.DeletePlatformAccounts,
		} {
			if err := drop(ctx, string(id)); err != nil {
				return s.fail(err, "platform")
			}
		}
		n, err := q.DeletePlatform(ctx, string(id))
		if s.dialect.classify(err) == classForeign { // something was added since we looked
			return ztp.Errorf(ztp.CodeInUse, "Something was added to the platform meanwhile.")
		}
		return s.hit(n, err, "platform")
	})
}

func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
