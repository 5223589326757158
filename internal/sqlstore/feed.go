package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// Commits counts what has ended, whether or not that is known to have been written.
func (s *Store) Commits() uint64 { return s.commits.Load() }

// PhoneFeedEnd asks the engine for the end of what is committed.
func (s *Store) PhoneFeedEnd(ctx context.Context) (end int64, err error) {
	err = s.reader().QueryRowContext(ctx, s.dialect.feedEnd).Scan(&end)
	return end, s.fail(err, "changes")
}

// PhoneChanges returns those from a place on.
func (s *Store) PhoneChanges(ctx context.Context, from int64, limit int) ([]ztp.PhoneChange, error) {
	rows, err := s.queries().PhoneChanges(ctx, db.PhoneChangesParams{Since: from, MaxRows: int64(limit)})
	if err != nil {
		return nil, s.fail(err, "changes")
	}
	return mapRows(rows, func(r db.PhoneChangesRow) (ztp.PhoneChange, error) {
		what, err := scopeOf(r.What)
		if err != nil {
			err = fmt.Errorf("column phone_change.what: %w", err)
		}
		return ztp.PhoneChange{At: r.Tx, What: what}, err
	})
}

// scopeOf reads what scopeID has written.
func scopeOf(id string) (s ztp.SettingScope, err error) {
	parts := strings.Split(id, "/")
	switch {
	case id == string(ztp.LayerInstallation):
	case parts[0] == "platform" && len(parts) == 2:
		s.Platform = ztp.PlatformID(parts[1])
	case parts[0] == "account" && len(parts) == 3:
		s.Platform, s.Account = ztp.PlatformID(parts[1]), ztp.AccountID(parts[2])
	case parts[0] == "endpoint" && len(parts) == 3:
		s.Platform = ztp.PlatformID(parts[1])
		s.MAC, err = ztp.ParseMAC(parts[2])
	default:
		err = fmt.Errorf("%q is no scope of settings", id)
	}
	return s, err
}

// pruned is how many changes are forgotten at once.
const pruned = 5000

// PrunePhoneChanges forgets the first ones.
func (s *Store) PrunePhoneChanges(ctx context.Context, before time.Time) (n int64, err error) {
	if s.onlyPhones {
		return 0, nil // those that do everything do this, too
	}
	err = s.change(ctx, func(q *db.Queries) error {
		n, err = q.PrunePhoneChanges(ctx, db.PrunePhoneChangesParams{Before: ms(before), MaxRows: pruned})
		return s.fail(err, "changes")
	})
	return n, err
}

// PhoneKeys returns those after a MAC.
func (s *Store) PhoneKeys(ctx context.Context, after ztp.MAC, limit int) ([]ztp.PhoneKey, error) {
	rows, err := s.queries().PhoneKeys(ctx, db.PhoneKeysParams{After: macBefore(after), MaxRows: int64(limit)})
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	return mapRows(rows, phoneKeyOf)
}

// macBefore comes before every MAC when it is the zero one.
func macBefore(mac ztp.MAC) string {
	if mac.IsZero() {
		return ""
	}
	return mac.String()
}

func phoneKeyOf(r db.PhoneKeysRow) (k ztp.PhoneKey, err error) {
	k.MAC, err = ztp.ParseMAC(r.Mac)
	if r.AccountID != nil {
		k.Account = ztp.AccountID(*r.AccountID)
	}
	k.DeviceTokenHash, k.FetchedAt = r.DeviceTokenHash, instantOrZero(r.FetchedAt)
	k.PhoneKind = ztp.PhoneKind{Vendor: ztp.VendorName(r.Vendor), Model: r.Model, ProductGroup: r.ProductGroup}
	k.Plain = ztp.Endpoint{DeviceTokenHash: r.DeviceTokenHash, AddressTemplate: r.AddressTemplate, PlainURL: r.PlainUrl}.Admits(ztp.Secret{})
	return k, err
}

// FormerPhones returns those after a MAC.
func (s *Store) FormerPhones(ctx context.Context, after ztp.MAC, limit int) ([]ztp.MAC, error) {
	rows, err := s.queries().FormerPhones(ctx, db.FormerPhonesParams{After: macBefore(after), MaxRows: int64(limit)})
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	return mapRows(rows, ztp.ParseMAC)
}

// PhoneKeysOf asks for all of them at once.
func (s *Store) PhoneKeysOf(ctx context.Context, macs []ztp.MAC) (keys []ztp.PhoneKey, former []ztp.FormerPhone, err error) {
	texts := make([]string, len(macs))
	for i, mac := range macs {
		texts[i] = mac.String()
	}
	rows, err := s.ofMany().PhoneKeysOf(ctx, listJSON(texts))
	if err != nil {
		return nil, nil, s.fail(err, "phones")
	}
	if keys, err = mapRows(rows, func(r db.PhoneKeysOfRow) (ztp.PhoneKey, error) { return phoneKeyOf(db.PhoneKeysRow(r)) }); err != nil {
		return nil, nil, err
	}
	were, err := s.ofMany().FormerPhonesOf(ctx, listJSON(texts))
	if err != nil {
		return nil, nil, s.fail(err, "phones")
	}
	for _, r := range were {
		urls, err := formerOf(r.Former)
		if err != nil {
			return nil, nil, err
		}
		last := ztp.FormerURL{Account: ztp.AccountID(r.AccountID), TokenHash: r.DeviceTokenHash}
		if r.ProvenAt != nil && !slices.Contains(urls, last) {
			urls = append(urls, last)
		}
		mac, err := ztp.ParseMAC(r.Mac)
		if err != nil {
			return nil, nil, fmt.Errorf("column phone_contact.mac: %w", err)
		}
		for _, u := range urls {
			former = append(former, ztp.FormerPhone{MAC: mac, FormerURL: u})
		}
	}
	return keys, former, nil
}

// TokenKeys returns those after a hash.
func (s *Store) TokenKeys(ctx context.Context, after string, limit int) ([]ztp.TokenKey, error) {
	rows, err := s.queries().TokenKeys(ctx, db.TokenKeysParams{After: after, MaxRows: int64(limit)})
	if err != nil {
		return nil, s.fail(err, "tokens")
	}
	return mapRows(rows, tokenKeyOf)
}

func tokenKeyOf(r db.TokenKeysRow) (ztp.TokenKey, error) {
	return ztp.TokenKey{Hash: r.Hash, Platform: ztp.PlatformID(r.PlatformID), Account: ztp.AccountID(r.AccountID),
		PlatformSlug: r.PlatformSlug, AccountSlug: r.AccountSlug, Home: r.HomeSince != nil}, nil
}

// TokenKeysOf returns those of an account or of a platform.
func (s *Store) TokenKeysOf(ctx context.Context, p ztp.PlatformID, a ztp.AccountID) ([]ztp.TokenKey, error) {
	rows, err := s.queries().TokenKeysOf(ctx, db.TokenKeysOfParams{PlatformID: string(p), AccountID: string(a)})
	if err != nil {
		return nil, s.fail(err, "tokens")
	}
	return mapRows(rows, func(r db.TokenKeysOfRow) (ztp.TokenKey, error) { return tokenKeyOf(db.TokenKeysRow(r)) })
}

// TouchEndpoints takes one statement for each platform.
func (s *Store) TouchEndpoints(ctx context.Context, phones []ztp.FetchedPhone, at time.Time) error {
	macs, hashes := map[ztp.PlatformID][]string{}, map[ztp.PlatformID][]string{}
	for _, f := range phones {
		macs[f.Platform] = append(macs[f.Platform], f.MAC.String())
		hashes[f.Platform] = append(hashes[f.Platform], f.DeviceTokenHash)
	}
	return s.inTx(ctx, func(t *Store) error {
		for p := range macs {
			err := t.ofMany().TouchEndpoints(ctx, db.TouchEndpointsParams{
				PlatformID: string(p), Macs: listJSON(macs[p]), Hashes: listJSON(hashes[p]), FetchedAt: msOrNull(at)})
			if err != nil {
				return s.fail(err, "phones")
			}
		}
		return nil
	})
}
