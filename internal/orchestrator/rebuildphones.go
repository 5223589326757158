package orchestrator

import (
	"context"
	"fmt"
	"slices"

	"zerotouch.example/internal/ztp"
)

// newAccount is made for a token that nobody here has; the next commit keeps it.
type newAccount struct {
	ztp.Account
	tokenID string
	token   ztp.Secret
}

// readPhones reads profiles and phones back with the new key. Each page of phones is one
// commit, so that it goes on there after a crash. The accounts come out of the addresses:
// one for each token, with that token, so that phones are served at what they have.
func (r *run) readPhones(ctx context.Context) error {
	if r.op.Params.Again {
		return r.readPhonesAgain(ctx)
	}
	key, err := r.open(ctx, r.op.Data.Key)
	if err != nil {
		return err
	}
	who, err := r.whoAmI(ctx, key)
	if err != nil {
		return err
	}
	if err := r.rightCompany(ctx, key, who); err != nil {
		return err
	}
	if _, err := r.readWith(ctx, key); err != nil {
		return r.notProven(ctx, err)
	}
	return r.countTaken(ctx)
}

// readPhonesAgain reads with the key in force.
func (r *run) readPhonesAgain(ctx context.Context) error {
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	ours, err := r.readWith(ctx, key)
	if err == nil {
		err = r.readAddress(ctx, key, ours)
	}
	switch {
	case keyRefused(err):
		return r.activeRefused(ctx, err)
	case err != nil:
		return err
	}
	if r.op.Data.AddressTemplate != "" {
		err = r.laterLink(ctx, func(l *ztp.Link) error {
			l.AddressTemplate, l.AddressTokenID = r.op.Data.AddressTemplate, r.op.Data.AddressTokenID
			return nil
		})
	}
	if err == nil {
		err = r.firstIsPrimary(ctx)
	}
	if err != nil {
		return err
	}
	return r.countTaken(ctx)
}

// readWith reads profiles and phones with a key, and returns the profiles that are ours.
func (r *run) readWith(ctx context.Context, key ztp.APIKey) (map[string]ztp.VendorProfile, error) {
	ours, err := r.readProfiles(ctx, key)
	if err != nil {
		return nil, err
	}
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	r.rebuilt(func(b *ztp.Rebuilt) { b.Read = b.Read || !ok })
	for seen := map[string]bool{}; !r.op.Data.Rebuilt.Read; {
		cursor := r.op.Data.Rebuilt.Cursor
		if seen[cursor] {
			return nil, endless()
		}
		seen[cursor] = true
		page, next, err := r.vendorPage(ctx, reg, key, r.link.CompanyID, cursor)
		if err != nil && cursor != "" && refusedForGood(err) {
			r.rebuilt(func(b *ztp.Rebuilt) { *b = ztp.Rebuilt{Accounts: b.Accounts} }) // the place is not known there any more
			r.op.Data.ForeignEndpoints = nil
			return nil, &rest{until: r.o.now(), try: true, reason: "The list of phones begins again"}
		}
		if err != nil {
			return nil, err
		}
		if err := r.takePage(ctx, page, next, ours); err != nil {
			return nil, err
		}
		r.op.Attempt = 0
	}
	return ours, nil
}

// readProfiles records which profiles in the company are ours.
func (r *run) readProfiles(ctx context.Context, key ztp.APIKey) (map[string]ztp.VendorProfile, error) {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if !ok {
		return nil, nil
	}
	all, err := r.listProfiles(ctx, keeper, key)
	if err != nil {
		return nil, err
	}
	ours := r.labelledProfiles(all)
	return ours, r.laterLink(ctx, func(l *ztp.Link) error {
		l.Profiles = map[string]string{}
		for group, p := range ours {
			l.Profiles[group] = p.ID
		}
		return nil
	})
}

// takePage makes the rows of a page of phones, and the accounts that they need, in one
// commit with the place of the next page. What is here already stays as it is.
func (r *run) takePage(ctx context.Context, page []ztp.VendorEndpoint, next string, ours map[string]ztp.VendorProfile) error {
	have, err := r.rowsOf(ctx, page)
	if err != nil {
		return err
	}
	var rows []rebuiltRow
	var accounts []newAccount
	left := r.op.Data
	r.rebuilt(func(b *ztp.Rebuilt) { b.Cursor, b.Read = next, next == "" })
	for _, e := range page {
		if _, there := have[e.MAC]; there {
			continue
		}
		row, made, err := r.rowFor(ctx, e, ours)
		if err != nil {
			r.op.Data = left
			return err
		}
		if made != nil {
			accounts = append(accounts, *made)
		}
		if row.Account != "" {
			rows, have[e.MAC] = append(rows, row), row.Endpoint
		}
	}
	r.op.Data.Handled += len(rows)
	if len(rows) > 0 {
		r.note("endpoints.rebuilt", "", fmt.Sprintf("%d phones", len(rows)))
	}
	taken := r.op.Data
	return r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
		r.op.Data = taken // it may run again
		if err := r.makeAccounts(ctx, s, accounts); err != nil {
			return err
		}
		return r.saveRows(ctx, s, rows)
	})
}

// rebuiltRow is a phone that was read back, with its own token where its address has one:
// it stays the same, so that the phone notices nothing.
type rebuiltRow struct {
	ztp.Endpoint
	device ztp.Secret
}

// saveRows inserts phones; one that another platform here has is counted as not taken.
func (r *run) saveRows(ctx context.Context, s ztp.Store, rows []rebuiltRow) error {
	devices := map[ztp.MAC]ztp.Secret{}
	for _, e := range rows {
		switch err := s.SaveEndpoint(ctx, e.Endpoint); {
		case ztp.IsCode(err, ztp.CodeEndpointTaken):
			r.notTaken(e.MAC, func(b *ztp.Rebuilt) { b.Elsewhere++ })
			continue
		case err != nil:
			return err
		}
		if !e.device.IsZero() {
			devices[e.MAC] = e.device
		}
	}
	return s.SetDeviceTokens(ctx, r.op.Platform, devices)
}

// maxNamed is how many phones that were not taken are named one by one.
const maxNamed = 1000

// notTaken counts a phone that gets no row.
func (r *run) notTaken(mac ztp.MAC, count func(b *ztp.Rebuilt)) {
	r.rebuilt(count)
	if named := r.op.Data.ForeignEndpoints; len(named) < maxNamed {
		r.op.Data.ForeignEndpoints = append(slices.Clip(named), mac.String())
	}
}

// rowFor is the row of a phone at the vendor; one without an account is not taken. made
// is the account that its token needs, the first time that it is seen.
func (r *run) rowFor(ctx context.Context, e ztp.VendorEndpoint, ours map[string]ztp.VendorProfile) (row rebuiltRow, made *newAccount, err error) {
	t := ztp.TemplateFor(r.platform, r.o.cfg.URL)
	token, device, ok := t.Tokens(e.URL)
	if !ok {
		r.notTaken(e.MAC, func(b *ztp.Rebuilt) {
			if e.URL.IsZero() {
				b.NoAddress++
				return
			}
			b.OtherAddress++
			b.NoteAddress(ztp.AddressForm(e.URL))
		})
		return rebuiltRow{}, nil, nil
	}
	if t = t.ForPhone(); device.IsZero() {
		t = t.ForProfile() // from before phones had tokens of their own
	}
	holder, made, err := r.accountFor(ctx, token)
	if err != nil {
		return rebuiltRow{}, nil, err
	}
	if holder.elsewhere {
		r.notTaken(e.MAC, func(b *ztp.Rebuilt) { b.Elsewhere++ })
		return rebuiltRow{}, nil, nil
	}
	now := r.o.now()
	row = rebuiltRow{device: device, Endpoint: ztp.Endpoint{
		Platform: r.op.Platform, Vendor: r.op.Vendor, MAC: e.MAC, Account: holder.account, State: ztp.EndpointListed,
		ProductGroup: r.groupOf(e, ours), AddressTemplate: t.String(), AddressTokenID: holder.tokenID,
		CreatedAt: now, ConfirmedAt: now, UpdatedAt: now,
	}}
	if ztp.ValidName(e.Name) {
		row.Name = e.Name
	}
	if !e.Enabled {
		// Where the profile is paused too, a Disable did that, and the next Onboard
		// redirects it again; else somebody paused this phone, and it stays so.
		row.State, row.PausedBy, row.WantPaused = ztp.EndpointPaused, r.op.ID, !anyPaused(ours)
	}
	return row, made, nil
}

// groupOf is the phone's product group: that of its profile where it is ours, which
// tells more than the setting that its address stands under.
func (r *run) groupOf(e ztp.VendorEndpoint, ours map[string]ztp.VendorProfile) string {
	for group, p := range ours {
		if p.ID == e.Profile {
			return group
		}
	}
	if e.Group != "" {
		return e.Group
	}
	return r.info.ProductGroups[0]
}

// accountFor finds the account of a token, or plans one.
func (r *run) accountFor(ctx context.Context, token ztp.Secret) (tokenHolder, *newAccount, error) {
	h, err := r.holderOf(ctx, token)
	if err != nil || !h.unknown {
		return h, nil, err
	}
	made, err := r.planAccount(ctx, token)
	if err != nil {
		return h, nil, err
	}
	h = tokenHolder{account: made.ID, tokenID: made.tokenID}
	r.accounts[token.RevealSecret()] = h
	return h, &made, nil
}

// planAccount is an account for a token of which nobody knows whose it was.
func (r *run) planAccount(ctx context.Context, token ztp.Secret) (newAccount, error) {
	now := r.o.now()
	a := newAccount{token: token, tokenID: ztp.NewID()}
	for {
		r.rebuilt(func(b *ztp.Rebuilt) { b.Accounts++ })
		n := r.op.Data.Rebuilt.Accounts
		a.Account = ztp.Account{
			ID: ztp.AccountID(ztp.NewID()), Platform: r.op.Platform, Slug: fmt.Sprintf("account-%d", n),
			Name: fmt.Sprintf("Account %d (rebuilt)", n), CreatedAt: now, UpdatedAt: now,
		}
		_, err := r.o.cfg.Store.Account(ctx, r.op.Platform, a.Slug)
		if ztp.IsCode(err, ztp.CodeNotFound) {
			r.note("account.rebuilt", a.Slug, "")
			return a, nil
		}
		if err != nil {
			return a, &storeError{err}
		}
	}
}

// makeAccounts inserts planned accounts with their tokens. One that somebody else has
// made meanwhile is a lost race: the step begins again.
func (r *run) makeAccounts(ctx context.Context, s ztp.Store, accounts []newAccount) error {
	for _, a := range accounts {
		err := s.CreateAccount(ctx, a.Account)
		if err == nil {
			err = s.IssueToken(ctx, a.Platform, a.ID, a.tokenID, a.token, a.CreatedAt)
		}
		if ztp.IsCode(err, ztp.CodeInvalid) {
			err = &ztp.Error{Code: ztp.CodeFormOutdated, Err: err}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// countTaken counts what is here by now, whatever it took to get there.
func (r *run) countTaken(ctx context.Context) error {
	n, err := r.o.cfg.Store.CountEndpoints(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return &storeError{err}
	}
	r.rebuilt(func(b *ztp.Rebuilt) { b.Phones, b.PausedPhones = n.Held(), n.Paused })
	b := r.op.Data.Rebuilt
	r.stepNote(ztp.StepReadPhones, "%d phones, %d accounts, %d phones not taken", b.Phones, b.Accounts, b.NotTaken())
	return nil
}

// takeAddress takes the account in the address of the first profile as the primary one.
func (r *run) takeAddress(ctx context.Context, group string, url ztp.Secret) error {
	if group != r.info.ProductGroups[0] {
		return nil
	}
	t := ztp.TemplateFor(r.platform, r.o.cfg.URL).ForProfile()
	var holder tokenHolder
	var made *newAccount
	token, ok := t.Token(url)
	if ok {
		var err error
		if holder, made, err = r.accountFor(ctx, token); err != nil {
			return err
		}
	}
	if !ok || holder.elsewhere {
		r.rebuilt(func(b *ztp.Rebuilt) { b.ProfileAddress = ztp.AddressForm(url) })
		return nil
	}
	r.rebuilt(func(b *ztp.Rebuilt) { b.ProfileAddress = "" })
	r.op.Data.AddressTemplate, r.op.Data.AddressTokenID = t.String(), holder.tokenID
	return r.later(ctx, result{rows: func(ctx context.Context, s ztp.Store) error {
		if made != nil {
			if err := r.makeAccounts(ctx, s, []newAccount{*made}); err != nil {
				return err
			}
		}
		return r.setPrimary(ctx, s, holder.account)
	}})
}

// setPrimary makes the account the primary one where the platform has none.
func (r *run) setPrimary(ctx context.Context, s ztp.Store, account ztp.AccountID) error {
	p, err := s.Platform(ctx, string(r.op.Platform))
	if err != nil || p.Primary != "" {
		return err
	}
	p.Primary, p.UpdatedAt = account, r.o.now()
	return s.UpdatePlatform(ctx, p)
}

// firstIsPrimary gives the platform a primary account where its profile names none.
func (r *run) firstIsPrimary(ctx context.Context) error {
	if r.op.Data.AddressTemplate != "" {
		return nil
	}
	page, err := r.o.cfg.Store.ListAccounts(ctx, r.op.Platform, "", 1)
	if err != nil || len(page.Items) == 0 || !page.Items[0].HasToken() {
		return storeFailure(err)
	}
	first := page.Items[0].ID
	return r.later(ctx, result{rows: func(ctx context.Context, s ztp.Store) error { return r.setPrimary(ctx, s, first) }})
}
