package sqlstore

import (
	"context"
	"errors"
	"fmt"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// errSecondActive is a mistake of ours: within one transaction the old credential
// retires first, then the new one becomes active.
var errSecondActive = errors.New("the link has another active credential; move that one first, in the same transaction")

func credentialOf(r db.Credential) (ztp.Credential, error) {
	return ztp.Credential{
		Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor), Number: int(r.Number),
		State: ztp.CredentialState(r.State), Label: r.Label, VendorID: r.VendorID, Sealed: r.Sealed != nil,
		Deadline: instantOrZero(r.Deadline), CreatedAt: instant(r.CreatedAt),
		VerifiedAt: instantOrZero(r.VerifiedAt), RevokedAt: instantOrZero(r.RevokedAt),
	}, nil
}

// PlanCredential inserts a row without a secret. A used number is form_outdated:
// somebody else took it from the link's counter.
func (s *Store) PlanCredential(ctx context.Context, c ztp.Credential) error {
	if c.State == "" {
		c.State = ztp.CredentialPlanned
	}
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.InsertCredential(ctx, db.InsertCredentialParams{
			PlatformID: string(c.Platform), Vendor: string(c.Vendor), Number: int64(c.Number), State: string(c.State),
			Label: c.Label, VendorID: c.VendorID, Deadline: msOrNull(c.Deadline), CreatedAt: ms(c.CreatedAt),
		})
		if err == nil && n == 0 {
			return outdated("credential")
		}
		return s.fail(err, "credential")
	})
}

// Credential finds one by its number.
func (s *Store) Credential(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, n int) (ztp.Credential, error) {
	row, err := s.getCredential(ctx, s.queries(), p, v, n)
	if err != nil {
		return ztp.Credential{}, err
	}
	return credentialOf(row)
}

func (s *Store) getCredential(ctx context.Context, q *db.Queries, p ztp.PlatformID, v ztp.VendorName, n int) (db.Credential, error) {
	row, err := q.GetCredential(ctx, db.GetCredentialParams{PlatformID: string(p), Vendor: string(v), Number: int64(n)})
	return row, s.fail(err, "credential")
}

// Credentials returns all of the link, by number.
func (s *Store) Credentials(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) ([]ztp.Credential, error) {
	rows, err := s.queries().ListCredentials(ctx, db.ListCredentialsParams{PlatformID: string(p), Vendor: string(v)})
	if err != nil {
		return nil, s.fail(err, "credentials")
	}
	return mapRows(rows, credentialOf)
}

// SealCredential stores the secret sealed together with the vendor's id.
func (s *Store) SealCredential(ctx context.Context, c ztp.Credential, secret ztp.Secret, from ztp.CredentialState) error {
	if err := legal(c, from); err != nil {
		return err
	}
	return s.inTx(ctx, func(t *Store) error {
		sealed, err := t.sealKey(ctx, credentialPlace(c.Platform, c.Vendor, c.Number), ztp.APIKey{ID: c.VendorID, Secret: secret})
		if err != nil {
			return err
		}
		q := t.queries()
		n, err := q.SealCredential(ctx, db.SealCredentialParams{
			State: string(c.State), VendorID: c.VendorID, Sealed: sealed, Deadline: msOrNull(c.Deadline),
			VerifiedAt: msOrNull(c.VerifiedAt), RevokedAt: msOrNull(c.RevokedAt),
			PlatformID: string(c.Platform), Vendor: string(c.Vendor), Number: int64(c.Number), FromState: string(from),
		})
		return s.moved(ctx, q, c, n, err)
	})
}

// MoveCredential writes state, vendor id, deadline and times.
func (s *Store) MoveCredential(ctx context.Context, c ztp.Credential, from ztp.CredentialState) error {
	if err := legal(c, from); err != nil {
		return err
	}
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.MoveCredential(ctx, db.MoveCredentialParams{
			State: string(c.State), VendorID: c.VendorID, Deadline: msOrNull(c.Deadline),
			VerifiedAt: msOrNull(c.VerifiedAt), RevokedAt: msOrNull(c.RevokedAt), Wipe: wiped(c.State),
			PlatformID: string(c.Platform), Vendor: string(c.Vendor), Number: int64(c.Number), FromState: string(from),
		})
		return s.moved(ctx, q, c, n, err)
	})
}

// legal repeats the state machine, so that no caller's slip reaches a row.
func legal(c ztp.Credential, from ztp.CredentialState) error {
	to := c.State
	c.State = from
	_, err := c.Move(to)
	return err
}

// wiped reports whether credentials of that state keep no secret.
func wiped(s ztp.CredentialState) bool {
	return s == ztp.CredentialRevoked || s == ztp.CredentialOrphan || s == ztp.CredentialUnknown
}

func (s *Store) moved(ctx context.Context, q *db.Queries, c ztp.Credential, n int64, err error) error {
	if s.dialect.classify(err) == classUnique {
		return fmt.Errorf("store: credential %d: %w", c.Number, errSecondActive)
	}
	return s.changed(n, err, "credential", func() error {
		_, err := s.getCredential(ctx, q, c.Platform, c.Vendor, c.Number)
		return err
	})
}

// OpenCredential opens the key pair. A credential without a secret is not_found;
// one whose row carries another id than was sealed is sealing_key_mismatch.
func (s *Store) OpenCredential(ctx context.Context, p ztp.PlatformID, v ztp.VendorName, n int) (ztp.APIKey, error) {
	var row db.Credential
	key, err := s.openedKey(ctx, credentialPlace(p, v, n), func() (_ []byte, err error) {
		row, err = s.getCredential(ctx, s.queries(), p, v, n)
		if err == nil && row.Sealed == nil {
			err = ztp.NotFound("secret of the credential")
		}
		return row.Sealed, err
	})
	if err != nil {
		return ztp.APIKey{}, err
	}
	if key.ID != row.VendorID {
		return ztp.APIKey{}, ztp.Errorf(ztp.CodeSealingKeyMismatch, "The stored secret belongs to another key id than its row says.")
	}
	return key, nil
}

// LooseCredentials returns what should be deleted at the vendor and is not yet.
func (s *Store) LooseCredentials(ctx context.Context, n int) ([]ztp.Credential, error) {
	rows, err := s.queries().LooseCredentials(ctx, int64(limit(n)))
	if err != nil {
		return nil, s.fail(err, "credentials")
	}
	return mapRows(rows, credentialOf)
}
