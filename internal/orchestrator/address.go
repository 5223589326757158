package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// Which addresses at the vendor are ours, and what is known of those that are not.

// addressOf is where an address comes from: a template and a token of an account.
type addressOf struct {
	account         ztp.AccountID
	template, token string
}

// isAddressOf compares a URL with the one that was confirmed last, from its recorded
// parts, and with the one that the present template makes. In a phone's URL its own token
// counts by its hash.
func (r *run) isAddressOf(ctx context.Context, url ztp.Secret, recorded addressOf, present ztp.URLTemplate, deviceHash string) (bool, error) {
	was, err := r.filled(ctx, recorded)
	if err != nil || !was.IsZero() && ztp.SamePhoneURL(was, url, deviceHash) {
		return err == nil, err
	}
	acc, err := r.o.cfg.Store.Account(ctx, r.op.Platform, string(recorded.account))
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return false, nil
	}
	if err != nil {
		return false, &storeError{err}
	}
	is, err := r.filled(ctx, addressOf{recorded.account, present.String(), acc.TokenID})
	return err == nil && !is.IsZero() && ztp.SamePhoneURL(is, url, deviceHash), err
}

// filled is the URL that was made of these parts, zero when they make none. The place of
// a phone's own token stays open in it.
func (r *run) filled(ctx context.Context, a addressOf) (ztp.Secret, error) {
	if url, ok := r.addresses[a]; ok {
		return url, nil
	}
	url, err := filled(ctx, r.o.cfg.Store, r.op.Platform, a)
	switch {
	case ztp.IsCode(err, ztp.CodeSealingKeyMismatch):
		return ztp.Secret{}, needsOperator(err)
	case err != nil || url.IsZero():
		return ztp.Secret{}, err
	}
	if r.addresses == nil {
		r.addresses = map[addressOf]ztp.Secret{}
	}
	r.addresses[a] = url
	return url, nil
}

// filled is run.filled without a memory; a token that does not open is its error.
func filled(ctx context.Context, s ztp.Store, p ztp.PlatformID, a addressOf) (ztp.Secret, error) {
	t, err := ztp.ParseURLTemplate(a.template)
	if err != nil || a.token == "" {
		return ztp.Secret{}, nil
	}
	token, err := s.OpenToken(ctx, p, a.account, a.token)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		return ztp.Secret{}, nil
	case ztp.IsCode(err, ztp.CodeSealingKeyMismatch):
		return ztp.Secret{}, err
	case err != nil:
		return ztp.Secret{}, &storeError{err}
	}
	return t.Fill(token), nil
}

// leadsHere reports whether a URL is one of this platform's, of whichever account and
// token: made from a template that is in use, or was when the profile was written.
func (r *run) leadsHere(ctx context.Context, url ztp.Secret) (bool, error) {
	for _, template := range []string{ztp.TemplateFor(r.platform, r.o.cfg.URL).String(), r.link.AddressTemplate} {
		t, err := ztp.ParseURLTemplate(template)
		if err != nil {
			continue
		}
		token, ok := t.Token(url)
		if !ok {
			continue
		}
		acc, err := r.o.cfg.Store.AccountByToken(ctx, token)
		if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
			return false, &storeError{err}
		}
		if err == nil && acc.Platform == r.op.Platform {
			return true, nil
		}
	}
	return false, nil
}

// compareProfiles reads every profile of the company that redirects phones: ours have
// our address, and what others made there leads elsewhere unless to this platform.
func (r *run) compareProfiles(ctx context.Context) (foreign []ztp.ForeignAddress, compared int, err error) {
	keeper, ok := r.vendor.(ztp.ProfileKeeper)
	if !ok {
		return nil, 0, nil
	}
	var all []ztp.VendorProfile
	err = r.withKey(ctx, func(key ztp.APIKey) error {
		return r.call(ctx, func(ctx context.Context) (err error) {
			all, err = keeper.ListProfiles(ctx, key, r.link.CompanyID)
			return err
		})
	})
	if err != nil {
		return nil, 0, err
	}
	for _, p := range all {
		mine := r.link.OwnsProfile(p.ID)
		if !mine && !p.Enabled {
			continue
		}
		a, err := r.strayProfile(ctx, keeper, p.ID, mine)
		if err != nil {
			return nil, 0, err
		}
		compared++
		if a != nil {
			foreign = append(foreign, *a)
		}
	}
	return foreign, compared, nil
}

// strayProfile reads a profile; nil when it is ours, or gone.
func (r *run) strayProfile(ctx context.Context, keeper ztp.ProfileKeeper, id string, mine bool) (*ztp.ForeignAddress, error) {
	began := r.o.now()
	var got ztp.VendorProfile
	err := r.withKey(ctx, func(key ztp.APIKey) error {
		return r.call(ctx, func(ctx context.Context) (err error) {
			got, err = keeper.Profile(ctx, key, r.link.CompanyID, id)
			return err
		})
	})
	if ztp.IsVendorNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	what, ours := ztp.ForeignOtherProfile, false
	if mine {
		what = ztp.ForeignProfile
		ours, err = r.profileIsOurs(ctx, got)
	} else {
		ours, err = !got.Enabled || got.URL.IsZero(), nil
		if !ours {
			ours, err = r.leadsHere(ctx, got.URL)
		}
	}
	if err != nil || ours {
		return nil, err
	}
	return &ztp.ForeignAddress{Target: id, What: what, Host: ztp.HostOf(got.URL), FoundAt: began}, nil
}

// profileIsOurs compares the address of a profile of ours with the recorded one, and
// with the present one. One without an address sends nobody anywhere.
func (r *run) profileIsOurs(ctx context.Context, p ztp.VendorProfile) (bool, error) {
	if p.URL.IsZero() {
		return true, nil
	}
	recorded := addressOf{r.platform.Primary, r.link.AddressTemplate, r.link.AddressTokenID}
	return r.isAddressOf(ctx, p.URL, recorded, ztp.TemplateFor(r.platform, r.o.cfg.URL).ForProfile(), "")
}

// addressFinding sets or clears the finding of addresses that are not ours, unless
// something else is to be said of the link.
func (r *run) addressFinding(l *ztp.Link) {
	is := l.Error != nil && l.Error.Case == ztp.CaseForeignAddress
	switch {
	case l.ForeignAddresses == 0 && is:
		l.Error = nil
	case l.ForeignAddresses > 0 && (l.Error == nil || is):
		l.Error = ztp.ProblemOf(&ztp.Error{
			Code: ztp.CodeForeignKeyFound, Case: ztp.CaseForeignAddress,
			Detail: "In company " + l.CompanyID + " " + r.info.Title + " holds " +
				ztp.Counted(l.ForeignAddresses, "address that leads", "addresses that lead") + " somewhere else.",
		}, r.o.now(), r.op.Actor.RequestID)
	}
}

// recount brings the link up to what its list says.
func (r *run) recount(ctx context.Context, s ztp.Store, l *ztp.Link) error {
	n, err := s.CountForeignAddresses(ctx, r.op.Platform, r.op.Vendor, l.ProofOperation())
	if err != nil {
		return err
	}
	if l.Proof != nil {
		n += l.Proof.ForeignURLs - l.Proof.Listed
	}
	l.ForeignAddresses = n
	r.addressFinding(l)
	return nil
}

// putRight takes an address that is ours now off the lists.
func (r *run) putRight(ctx context.Context, s ztp.Store, l *ztp.Link, target string) error {
	was, err := s.SettleForeignAddress(ctx, r.op.Platform, r.op.Vendor, target)
	if err != nil || !was {
		return err
	}
	return r.recount(ctx, s, l)
}

// forgetExposure is for a link whose company is no longer in use.
func (r *run) forgetExposure(ctx context.Context, s ztp.Store, l *ztp.Link) error {
	if l.Proof == nil && l.ForeignAddresses == 0 {
		return nil
	}
	err := s.DropForeignAddresses(ctx, r.op.Platform, r.op.Vendor, l.ProofOperation())
	l.Proof, l.ForeignAddresses = nil, 0
	r.addressFinding(l)
	return err
}
