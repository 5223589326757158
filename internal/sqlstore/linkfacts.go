package sqlstore

import (
	"context"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// linkFacts gathers what was read of links.
type linkFacts map[ztp.PlatformID]map[ztp.VendorName]ztp.LinkFacts

// change changes what is known of a link, if it is one that was read.
func (f linkFacts) change(p, v string, change func(*ztp.LinkFacts)) {
	if one, ok := f[ztp.PlatformID(p)][ztp.VendorName(v)]; ok {
		change(&one)
		f[ztp.PlatformID(p)][ztp.VendorName(v)] = one
	}
}

// LinkFacts returns the saved links of platforms with what belongs to each.
func (s *Store) LinkFacts(ctx context.Context, ps []ztp.PlatformID) (map[ztp.PlatformID]map[ztp.VendorName]ztp.LinkFacts, error) {
	all, q, f := listJSON(ps), s.ofMany(), linkFacts{}
	for _, add := range []func(context.Context, *db.Queries, string) error{f.links, f.operations, f.counts, f.syncs, f.loose} {
		if err := add(ctx, q, all); err != nil {
			return nil, s.fail(err, "links")
		}
	}
	return f, nil
}

func (f linkFacts) links(ctx context.Context, q *db.Queries, ps string) error {
	rows, err := q.LinksOf(ctx, ps)
	for _, r := range rows {
		l, err := linkOf(r)
		if err != nil {
			return err
		}
		if f[l.Platform] == nil {
			f[l.Platform] = map[ztp.VendorName]ztp.LinkFacts{}
		}
		f[l.Platform][l.Vendor] = ztp.LinkFacts{Link: l, Sync: ztp.PhoneSync{Platform: l.Platform, Vendor: l.Vendor}}
	}
	return err
}

func (f linkFacts) operations(ctx context.Context, q *db.Queries, ps string) error {
	rows, err := q.OpenOperationsOf(ctx, ps)
	for _, r := range rows {
		o, err := operationOf(r)
		if err != nil {
			return err
		}
		f.change(r.PlatformID, r.Vendor, func(l *ztp.LinkFacts) { l.Operation = &o })
	}
	return err
}

func (f linkFacts) counts(ctx context.Context, q *db.Queries, ps string) error {
	rows, err := q.EndpointCountsOf(ctx, ps)
	for _, r := range rows {
		f.change(r.PlatformID, r.Vendor, func(l *ztp.LinkFacts) { count(&l.Counts, r.State, r.N) })
	}
	return err
}

func (f linkFacts) syncs(ctx context.Context, q *db.Queries, ps string) error {
	rows, err := q.PhoneSyncsOf(ctx, ps)
	for _, r := range rows {
		y, err := phoneSyncOf(r)
		if err != nil {
			return err
		}
		f.change(r.PlatformID, r.Vendor, func(l *ztp.LinkFacts) { l.Sync = y })
	}
	return err
}

func (f linkFacts) loose(ctx context.Context, q *db.Queries, ps string) error {
	rows, err := q.LooseCredentialsOf(ctx, ps)
	for _, r := range rows {
		c, err := credentialOf(r)
		if err != nil {
			return err
		}
		f.change(r.PlatformID, r.Vendor, func(l *ztp.LinkFacts) { l.Loose = append(l.Loose, c) })
	}
	return err
}

// PrimaryAccounts are those of the platforms that have one.
func (s *Store) PrimaryAccounts(ctx context.Context, ps []ztp.PlatformID) (map[ztp.PlatformID]ztp.Account, error) {
	rows, err := s.ofMany().PrimaryAccountsOf(ctx, listJSON(ps))
	all := make(map[ztp.PlatformID]ztp.Account, len(rows))
	for _, r := range rows {
		all[ztp.PlatformID(r.PlatformID)] = accountOf(r)
	}
	return all, s.fail(err, "accounts")
}
