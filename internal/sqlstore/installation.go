package sqlstore

import (
	"context"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// Installation returns the name stored at first start.
func (s *Store) Installation(ctx context.Context) (string, error) {
	row, err := s.queries().GetInstallation(ctx)
	return row.Name, s.fail(err, "installation")
}

// PinAccount records the reseller's own company at first use.
func (s *Store) PinAccount(ctx context.Context, v ztp.VendorName, companyID string) error {
	return s.change(ctx, func(q *db.Queries) error {
		if _, err := q.PinAccount(ctx, db.PinAccountParams{Vendor: string(v), CompanyID: companyID}); err != nil {
			return s.fail(err, "pinned account")
		}
		pinned, err := q.GetPinnedAccount(ctx, string(v))
		if err == nil && pinned != companyID {
			return ztp.Errorf(ztp.CodeResellerCredentialsOtherAccount,
				"This installation began with the account %s; these credentials belong to %s.", pinned, companyID)
		}
		return s.fail(err, "pinned account")
	})
}

// PinnedAccount returns the company recorded by PinAccount.
func (s *Store) PinnedAccount(ctx context.Context, v ztp.VendorName) (string, error) {
	pinned, err := s.queries().GetPinnedAccount(ctx, string(v))
	return pinned, s.fail(err, "pinned account")
}

// SetReseller seals the reseller credential of a vendor.
func (s *Store) SetReseller(ctx context.Context, v ztp.VendorName, key ztp.APIKey, at time.Time) error {
	return s.inTx(ctx, func(t *Store) error {
		sealed, err := t.sealKey(ctx, resellerPlace(v), key)
		if err != nil {
			return err
		}
		err = t.queries().SetReseller(ctx, db.SetResellerParams{Vendor: string(v), Sealed: sealed, SetAt: ms(at)})
		return s.fail(err, "reseller credential")
	})
}

// SealedReseller opens the reseller credential and tells when it was set.
func (s *Store) SealedReseller(ctx context.Context, v ztp.VendorName) (ztp.APIKey, time.Time, error) {
	var row db.Reseller
	key, err := s.openedKey(ctx, resellerPlace(v), func() (_ []byte, err error) {
		row, err = s.queries().GetReseller(ctx, string(v))
		return row.Sealed, s.fail(err, "reseller credential")
	})
	if err != nil {
		return ztp.APIKey{}, time.Time{}, err
	}
	return key, instant(row.SetAt), nil
}

// RemoveReseller deletes the reseller credential.
func (s *Store) RemoveReseller(ctx context.Context, v ztp.VendorName) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.DeleteReseller(ctx, string(v))
		return s.hit(n, err, "reseller credential")
	})
}

// PutChallenge stores the answer expected at an address check.
func (s *Store) PutChallenge(ctx context.Context, nonce, answer string, now, expires time.Time) error {
	return s.change(ctx, func(q *db.Queries) error {
		if err := q.DropChallenges(ctx, ms(now)); err != nil {
			return s.fail(err, "challenge")
		}
		err := q.PutChallenge(ctx, db.PutChallengeParams{Nonce: nonce, Answer: answer, ExpiresAt: ms(expires)})
		return s.fail(err, "challenge")
	})
}

// Challenge returns the answer for a nonce.
func (s *Store) Challenge(ctx context.Context, nonce string, now time.Time) (string, error) {
	answer, err := s.queries().GetChallenge(ctx, db.GetChallengeParams{Nonce: nonce, Now: ms(now)})
	return answer, s.fail(err, "challenge")
}
