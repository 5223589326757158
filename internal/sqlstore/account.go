package sqlstore

import (
	"context"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func accountOf(r db.Account) ztp.Account {
	return ztp.Account{
		ID: ztp.AccountID(r.ID), Platform: ztp.PlatformID(r.PlatformID), Slug: r.Slug, Name: r.Name,
		ExternalID: textOrEmpty(r.ExternalID), TokenID: textOrEmpty(r.TokenID), TokenSetAt: instantOrZero(r.TokenSetAt),
		CreatedAt: instant(r.CreatedAt), UpdatedAt: instant(r.UpdatedAt), Version: r.Version,
	}
}

// CreateAccount inserts a with version 1 and without a token. A used slug,
// external id or id is invalid with that field; no such platform is not_found.
func (s *Store) CreateAccount(ctx context.Context, a ztp.Account) error {
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.InsertAccount(ctx, db.InsertAccountParams{
			PlatformID: string(a.Platform), ID: string(a.ID), Slug: a.Slug, Name: a.Name,
			ExternalID: textOrNull(a.ExternalID), CreatedAt: ms(a.CreatedAt), UpdatedAt: ms(a.UpdatedAt),
		})
		if s.dialect.classify(err) == classForeign {
			return ztp.NotFound("platform")
		}
		if err != nil || n > 0 {
			return s.fail(err, "account")
		}
		if s.externalIDHeld(ctx, q, a) {
			return usedExternalID("account of the platform")
		}
		if held, err := q.GetAccount(ctx, db.GetAccountParams{PlatformID: string(a.Platform), Ref: a.Slug}); err == nil && held.Slug == a.Slug {
			return ztp.Invalid("slug", "This slug is used by another account of the platform. Choose another one.")
		}
		return ztp.Invalid("id", "An account with this id exists.")
	})
}

// externalIDHeld reports whether another account of the platform has a's external id.
func (s *Store) externalIDHeld(ctx context.Context, q *db.Queries, a ztp.Account) bool {
	held, err := q.GetAccountByExternalID(ctx, db.GetAccountByExternalIDParams{PlatformID: string(a.Platform), ExternalID: a.ExternalID})
	return err == nil && held.ID != string(a.ID)
}

// Account finds one of the platform by id or by slug.
func (s *Store) Account(ctx context.Context, p ztp.PlatformID, ref string) (ztp.Account, error) {
	row, err := s.queries().GetAccount(ctx, db.GetAccountParams{PlatformID: string(p), Ref: ref})
	if err != nil {
		return ztp.Account{}, s.fail(err, "account")
	}
	return accountOf(row), nil
}

// AccountByExternalID finds one of the platform by the caller's id.
func (s *Store) AccountByExternalID(ctx context.Context, p ztp.PlatformID, externalID string) (ztp.Account, error) {
	row, err := s.queries().GetAccountByExternalID(ctx, db.GetAccountByExternalIDParams{PlatformID: string(p), ExternalID: externalID})
	if err != nil {
		return ztp.Account{}, s.fail(err, "account")
	}
	return accountOf(row), nil
}

// ListAccounts returns the platform's accounts by creation time, then id.
func (s *Store) ListAccounts(ctx context.Context, p ztp.PlatformID, cursor string, n int) (ztp.Page[ztp.Account], error) {
	none := ztp.Page[ztp.Account]{}
	after, err := readCursor(cursor, 2)
	if err != nil {
		return none, err
	}
	max := limit(n)
	params := db.ListAccountsParams{PlatformID: string(p), MaxRows: int64(max) + 1}
	if after != nil {
		if params.AfterCreated, err = strconv.ParseInt(after[0], 10, 64); err != nil {
			return none, badCursor()
		}
		params.AfterID = after[1]
	}
	rows, err := s.queries().ListAccounts(ctx, params)
	if err != nil {
		return none, s.fail(err, "accounts")
	}
	items := make([]ztp.Account, len(rows))
	for i, r := range rows {
		items[i] = accountOf(r)
	}
	return page(items, max, func(a ztp.Account) string {
		return newCursor(strconv.FormatInt(ms(a.CreatedAt), 10), string(a.ID))
	}), nil
}

// UpdateAccount writes name and external id.
func (s *Store) UpdateAccount(ctx context.Context, a ztp.Account) error {
	return s.change(ctx, func(q *db.Queries) error {
		if s.externalIDHeld(ctx, q, a) {
			return usedExternalID("account of the platform")
		}
		n, err := q.UpdateAccount(ctx, db.UpdateAccountParams{
			Name: a.Name, ExternalID: textOrNull(a.ExternalID), UpdatedAt: ms(a.UpdatedAt),
			PlatformID: string(a.Platform), ID: string(a.ID), Version: a.Version,
		})
		if s.dialect.classify(err) == classUnique {
			return usedExternalID("account of the platform")
		}
		return s.changed(n, err, "account", func() error { return accountThere(ctx, q, a.Platform, a.ID) })
	})
}

func accountThere(ctx context.Context, q *db.Queries, p ztp.PlatformID, id ztp.AccountID) error {
	_, err := q.GetAccount(ctx, db.GetAccountParams{PlatformID: string(p), Ref: string(id)})
	return err
}

// DeleteAccount removes an account and its tokens, whose URLs then answer nothing.
func (s *Store) DeleteAccount(ctx context.Context, p ztp.PlatformID, id ztp.AccountID) error {
	return s.change(ctx, func(q *db.Queries) error {
		use, err := q.AccountInUse(ctx, db.AccountInUseParams{PlatformID: string(p), ID: string(id)})
		if err != nil {
			return s.fail(err, "account")
		}
		if use.Primaries > 0 {
			return ztp.Errorf(ztp.CodeInUse, "It is the platform's primary account. Make another account the primary one first.")
		}
		if use.Endpoints > 0 {
			return ztp.Errorf(ztp.CodeInUse, "It has %s. Release them or move them to another account first.", counted(use.Endpoints, "phone", "phones"))
		}
		if err := s.dropAccount(ctx, q, p, id); err != nil {
			return s.fail(err, "account")
		}
		n, err := q.DeleteAccount(ctx, db.DeleteAccountParams{PlatformID: string(p), ID: string(id)})
		if s.dialect.classify(err) == classForeign {
			return ztp.Errorf(ztp.CodeInUse, "A phone was added to the account meanwhile.")
		}
		return s.hit(n, err, "account")
	})
}

func (s *Store) dropAccount(ctx context.Context, q *db.Queries, p ztp.PlatformID, id ztp.AccountID) error {
	if err := q.UnsetReleasedEndpoints(ctx, db.UnsetReleasedEndpointsParams{PlatformID: string(p), AccountID: string(id)}); err != nil {
		return err
	}
	if err := q.UnsetAccountToken(ctx, db.UnsetAccountTokenParams{PlatformID: string(p), ID: string(id)}); err != nil {
		return err
	}
	return q.DeleteAccountTokens(ctx, db.DeleteAccountTokensParams{PlatformID: string(p), AccountID: string(id)})
}

// IssueToken seals a new provisioning token and makes it the current one, which
// raises the account's version.
func (s *Store) IssueToken(ctx context.Context, p ztp.PlatformID, id ztp.AccountID, tokenID string, token ztp.Secret, at time.Time) error {
	return s.inTx(ctx, func(t *Store) error {
		q := t.queries()
		if err := accountThere(ctx, q, p, id); err != nil {
			return s.fail(err, "account")
		}
		sealed, err := t.seal(ctx, tokenPlace(p, id, tokenID), []byte(token.RevealSecret()))
		if err != nil {
			return err
		}
		n, err := q.InsertAccountToken(ctx, db.InsertAccountTokenParams{
			PlatformID: string(p), AccountID: string(id), ID: tokenID, Hash: ztp.HashToken(token), Sealed: sealed, CreatedAt: ms(at),
		})
		if err != nil {
			return s.fail(err, "provisioning token")
		}
		if n == 0 {
			return ztp.Invalid("token", "This token or its id is used already.")
		}
		set := ms(at)
		n, err = q.SetAccountToken(ctx, db.SetAccountTokenParams{TokenID: &tokenID, TokenSetAt: &set, PlatformID: string(p), ID: string(id)})
		return s.hit(n, err, "account")
	})
}

// OpenToken opens the token with that id.
func (s *Store) OpenToken(ctx context.Context, p ztp.PlatformID, id ztp.AccountID, tokenID string) (ztp.Secret, error) {
	plain, err := s.opened(ctx, tokenPlace(p, id, tokenID), func() ([]byte, error) {
		sealed, err := s.queries().GetAccountToken(ctx, db.GetAccountTokenParams{PlatformID: string(p), AccountID: string(id), ID: tokenID})
		return sealed, s.fail(err, "provisioning token")
	})
	if err != nil {
		return ztp.Secret{}, err
	}
	return ztp.NewSecret(string(plain)), nil
}

// AccountByToken finds the account of any of its tokens.
func (s *Store) AccountByToken(ctx context.Context, token ztp.Secret) (ztp.Account, error) {
	row, err := s.queries().GetAccountByToken(ctx, ztp.HashToken(token))
	if err != nil {
		return ztp.Account{}, s.fail(err, "account")
	}
	return accountOf(row), nil
}
