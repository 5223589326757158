package control

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// CreateAccount makes an account and, unless told otherwise, its provisioning
// token, which is returned here and to whoever repeats the request. The first
// account that gets a token becomes the platform's primary. An external id that
// exists returns that account and false.
func (c *Control) CreateAccount(ctx context.Context, a ztp.Actor, ref string, n NewAccount) (ztp.Account, ztp.Secret, bool, error) {
	fail := func(err error) (ztp.Account, ztp.Secret, bool, error) { return ztp.Account{}, ztp.Secret{}, false, err }
	if err := c.mayChange(ctx, a, "account.create", "", ""); err != nil {
		return fail(err)
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return fail(err)
	}
	if n.Slug == "" {
		n.Slug = ztp.Slugify(n.Name)
	}
	if err := ztp.ValidateNames(n.Slug, n.Name, n.ExternalID); err != nil {
		return fail(err)
	}
	var acc ztp.Account
	var token ztp.Secret
	var created bool
	err = c.create(ctx, n.ExternalID, func(s ztp.Store) error {
		acc, token, created, err = c.makeAccount(ctx, s, a, p, n)
		return err
	})
	if err != nil {
		return fail(err)
	}
	return acc, token, created, nil
}

// makeAccount is CreateAccount within its transaction.
func (c *Control) makeAccount(ctx context.Context, s ztp.Store, a ztp.Actor, p ztp.Platform, n NewAccount) (acc ztp.Account, token ztp.Secret, created bool, err error) {
	if acc, created, err = c.wishedAccount(ctx, s, p, n); err != nil {
		return acc, token, created, err
	}
	m := ztp.Submission{Platform: p.ID, Account: acc.ID, Existed: !created}
	m.BodyHash = digest("account.create", p.ID, n.Slug, n.Name, n.ExternalID, n.NoToken)
	if created && !n.NoToken {
		m.TokenID = ztp.NewID()
	}
	earlier, err := c.claim(ctx, s, a, n.Submission, m)
	switch {
	case err != nil:
		return acc, token, created, err
	case earlier != nil:
		acc, token, err = c.madeAgain(ctx, s, a, *earlier)
		return acc, token, !earlier.Existed, err
	case !created:
		return acc, token, created, nil
	}
	if err = s.CreateAccount(ctx, acc); err != nil {
		return acc, token, created, err
	}
	if err = s.AppendEvent(ctx, c.event(a, "account.created", p.ID, "", acc.Slug)); err != nil || n.NoToken {
		return acc, token, created, err
	}
	acc, token, err = c.issueToken(ctx, s, a, acc, m.TokenID)
	return acc, token, created, err
}

// wishedAccount is the account that has the external id, or else the new one.
func (c *Control) wishedAccount(ctx context.Context, s ztp.Store, p ztp.Platform, n NewAccount) (acc ztp.Account, isNew bool, err error) {
	if n.ExternalID != "" {
		acc, err = s.AccountByExternalID(ctx, p.ID, n.ExternalID)
		if !ztp.IsCode(err, ztp.CodeNotFound) {
			return acc, false, err
		}
	}
	now := c.now()
	return ztp.Account{
		ID: ztp.AccountID(ztp.NewID()), Platform: p.ID, Slug: n.Slug, Name: n.Name,
		ExternalID: n.ExternalID, CreatedAt: now, UpdatedAt: now, Version: 1,
	}, true, nil
}

// issueToken makes a new current token for the account within a transaction, and
// the account the platform's primary when there is none.
func (c *Control) issueToken(ctx context.Context, s ztp.Store, a ztp.Actor, acc ztp.Account, id string) (ztp.Account, ztp.Secret, error) {
	token := ztp.NewToken()
	if err := s.IssueToken(ctx, acc.Platform, acc.ID, id, token, c.now()); err != nil {
		return acc, ztp.Secret{}, err
	}
	p, err := s.Platform(ctx, string(acc.Platform))
	if err != nil {
		return acc, ztp.Secret{}, err
	}
	if p.Primary == "" {
		p.Primary, p.UpdatedAt = acc.ID, c.now()
		if err := s.UpdatePlatform(ctx, p); err != nil {
			return acc, ztp.Secret{}, err
		}
	}
	if err := s.AppendEvent(ctx, c.event(a, "account.token_issued", acc.Platform, "", acc.Slug)); err != nil {
		return acc, ztp.Secret{}, err
	}
	acc, err = s.Account(ctx, acc.Platform, string(acc.ID))
	return acc, token, err
}

// IssueToken gives the account a new provisioning token, shown here and to whoever
// repeats the request. Phones that carry an earlier one are still served.
func (c *Control) IssueToken(ctx context.Context, a ztp.Actor, ref, account string, n NewToken) (ztp.Account, ztp.Secret, error) {
	acc, err := c.accountToChange(ctx, a, "account.token_issue", ref, account)
	if err != nil {
		return ztp.Account{}, ztp.Secret{}, err
	}
	var token ztp.Secret
	m := ztp.Submission{BodyHash: digest("account.token", acc.Platform, acc.ID), Platform: acc.Platform, Account: acc.ID}
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		m.TokenID = ztp.NewID()
		earlier, err := c.claim(ctx, s, a, n.Submission, m)
		if err != nil {
			return err
		}
		if earlier != nil {
			acc, token, err = c.madeAgain(ctx, s, a, *earlier)
			return err
		}
		if acc, err = s.Account(ctx, acc.Platform, string(acc.ID)); err != nil {
			return err
		}
		if n.Replaces != nil && *n.Replaces != acc.TokenID {
			return ztp.Errorf(ztp.CodeFormOutdated, "A token was issued since this page was opened.")
		}
		acc, token, err = c.issueToken(ctx, s, a, acc, m.TokenID)
		return err
	})
	return acc, token, err
}

// Account returns one of the platform's accounts by slug or id.
func (c *Control) Account(ctx context.Context, a ztp.Actor, ref, account string) (ztp.Account, error) {
	if err := maySee(a); err != nil {
		return ztp.Account{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Account{}, err
	}
	return c.cfg.Store.Account(ctx, p.ID, account)
}

// ListAccounts returns a page of the platform's accounts.
func (c *Control) ListAccounts(ctx context.Context, a ztp.Actor, ref, cursor string, limit int) (ztp.Page[ztp.Account], error) {
	if err := maySee(a); err != nil {
		return ztp.Page[ztp.Account]{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Page[ztp.Account]{}, err
	}
	return c.cfg.Store.ListAccounts(ctx, p.ID, cursor, limit)
}

// UpdateAccount changes name or external id, or makes the account the primary.
func (c *Control) UpdateAccount(ctx context.Context, a ztp.Actor, ref, account string, in AccountPatch) (ztp.Account, error) {
	acc, err := c.accountToChange(ctx, a, "account.update", ref, account)
	if err != nil {
		return ztp.Account{}, err
	}
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		var err error
		if acc, err = s.Account(ctx, acc.Platform, string(acc.ID)); err != nil {
			return err
		}
		if in.Version != 0 && in.Version != acc.Version {
			return &ztp.Error{Code: ztp.CodeFormOutdated}
		}
		set(&acc.Name, in.Name)
		set(&acc.ExternalID, in.ExternalID)
		if err := ztp.ValidateNames(acc.Slug, acc.Name, acc.ExternalID); err != nil {
			return err
		}
		if in.Primary {
			if err := c.makePrimary(ctx, s, a, acc); err != nil {
				return err
			}
		}
		acc.UpdatedAt = c.now()
		if err := s.UpdateAccount(ctx, acc); err != nil {
			return err
		}
		acc.Version++
		return s.AppendEvent(ctx, c.event(a, "account.updated", acc.Platform, "", acc.Slug))
	})
	return acc, err
}

func (c *Control) makePrimary(ctx context.Context, s ztp.Store, a ztp.Actor, acc ztp.Account) error {
	if !acc.HasToken() {
		return ztp.Errorf(ztp.CodeProvisioningTokenMissing, "Account %q has no provisioning token; issue one before it becomes the primary account.", acc.Slug)
	}
	p, err := s.Platform(ctx, string(acc.Platform))
	if err != nil || p.Primary == acc.ID {
		return err
	}
	p.Primary, p.UpdatedAt = acc.ID, c.now()
	if err := s.UpdatePlatform(ctx, p); err != nil {
		return err
	}
	return s.AppendEvent(ctx, c.event(a, "account.made_primary", acc.Platform, "", acc.Slug))
}

// DeleteAccount removes an account that no phone uses. The primary account is
// refused while the platform is configured anywhere.
func (c *Control) DeleteAccount(ctx context.Context, a ztp.Actor, ref, account string) error {
	acc, err := c.accountToChange(ctx, a, "account.delete", ref, account)
	if err != nil {
		return err
	}
	return c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		p, err := s.Platform(ctx, string(acc.Platform))
		if err != nil {
			return err
		}
		if p.Primary == acc.ID {
			if err := c.freePrimary(ctx, s, p); err != nil {
				return err
			}
		}
		if err := s.DeleteAccount(ctx, acc.Platform, acc.ID); err != nil {
			return err
		}
		return s.AppendEvent(ctx, c.event(a, "account.removed", acc.Platform, "", acc.Slug))
	})
}

// freePrimary lets go of the primary account where no link depends on it.
func (c *Control) freePrimary(ctx context.Context, s ztp.Store, p ztp.Platform) error {
	links, err := s.ListLinks(ctx, p.ID, "")
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.State != ztp.LinkNotConfigured || l.Active != 0 {
			return ztp.Errorf(ztp.CodeInUse, "It is the primary account, whose address the vendor has. Make another account the primary first, or disable the vendor.")
		}
	}
	p.Primary, p.UpdatedAt = "", c.now()
	return s.UpdatePlatform(ctx, p)
}

// accountToChange checks permission, then existence.
func (c *Control) accountToChange(ctx context.Context, a ztp.Actor, action, ref, account string) (ztp.Account, error) {
	if err := c.mayChange(ctx, a, action, "", ""); err != nil {
		return ztp.Account{}, err
	}
	p, err := c.cfg.Store.Platform(ctx, ref)
	if err != nil {
		return ztp.Account{}, err
	}
	return c.cfg.Store.Account(ctx, p.ID, account)
}
