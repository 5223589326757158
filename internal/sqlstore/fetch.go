package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// fetchesACommit bounds how long a write of fetches keeps others waiting.
const fetchesACommit = 500

// NoteFetches keeps fetches, a few hundred a commit. An error leaves out the rest; to
// note all of them again doubles nothing but counts.
func (s *Store) NoteFetches(ctx context.Context, all []ztp.Fetch) error {
	for some := range slices.Chunk(all, fetchesACommit) {
		err := s.inTx(ctx, func(t *Store) error {
			var answered, refused []ztp.Fetch
			for _, f := range some {
				if f.Result == ztp.FetchRefused {
					refused = append(refused, f)
				} else {
					answered = append(answered, f)
				}
			}
			if err := t.noteAnswered(ctx, answered); err != nil {
				return s.fail(err, "phones")
			}
			return s.fail(t.noteRefused(ctx, refused), "phones")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// column is one of many rows.
func column[R any](rows []R, value func(R) any) []any {
	all := make([]any, len(rows))
	for i, r := range rows {
		all[i] = value(r)
	}
	return all
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

// from is a source of rows, v.column1 and so on, for a statement that is planned for them.
func (s *Store) from(columns ...[]any) (text string, parameters []any) {
	return s.dialect.rows(1, columns)
}

func (s *Store) noteAnswered(ctx context.Context, all []ztp.Fetch) error {
	if len(all) == 0 {
		return nil
	}
	// Rows are locked in one order.
	sort.SliceStable(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), a.MAC.Compare(b.MAC)) < 0
	})
	from, parameters := s.from(column(all, func(f ztp.Fetch) any { return string(f.Platform) }), column(all, func(f ztp.Fetch) any { return f.MAC.String() }),
		column(all, func(f ztp.Fetch) any { return ms(f.At) }), column(all, func(f ztp.Fetch) any { return string(f.Result) }),
		column(all, func(f ztp.Fetch) any { return f.Reason }), column(all, func(f ztp.Fetch) any { return addressText(f.Address) }),
		column(all, func(f ztp.Fetch) any { return f.Agent }), column(all, func(f ztp.Fetch) any { return int64(f.Bytes) }))
	_, err := s.tx.ExecContext(ctx, `INSERT INTO phone_fetch (platform_id, mac, at, result, reason, address, agent, bytes)
		SELECT e.platform_id, e.mac, v.column3, v.column4, v.column5, v.column6, v.column7, v.column8
		FROM `+from+` CROSS JOIN endpoint e WHERE e.platform_id = v.column1 AND e.mac = v.column2 ON CONFLICT DO NOTHING`, parameters...)
	if err != nil {
		return err
	}
	if err := s.countTraffic(ctx, all); err != nil {
		return err
	}
	return s.trimFetches(ctx, slices.CompactFunc(all, func(a, b ztp.Fetch) bool { return a.Platform == b.Platform && a.MAC == b.MAC }))
}

// trimFetches leaves the newest ones of each of these phones.
func (s *Store) trimFetches(ctx context.Context, phones []ztp.Fetch) error {
	from, parameters := s.from(column(phones, func(f ztp.Fetch) any { return string(f.Platform) }), column(phones, func(f ztp.Fetch) any { return f.MAC.String() }))
	rows, err := s.tx.QueryContext(ctx, fmt.Sprintf(`SELECT o.platform_id, o.mac, o.at FROM (SELECT v.column1 AS platform_id, v.column2 AS mac,
		(SELECT f.at FROM phone_fetch f WHERE f.platform_id = v.column1 AND f.mac = v.column2 ORDER BY f.at DESC LIMIT 1 OFFSET %d) AS at
		FROM %s) AS o WHERE o.at IS NOT NULL`, ztp.MaxFetches-1, from), parameters...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	type last struct {
		platform, mac string
		at            int64
	}
	var full []last
	for rows.Next() {
		var l last
		if err := rows.Scan(&l.platform, &l.mac, &l.at); err != nil {
			return err
		}
		full = append(full, l)
	}
	if err := rows.Err(); err != nil || len(full) == 0 {
		return err
	}
	from, parameters = s.from(column(full, func(l last) any { return l.platform }), column(full, func(l last) any { return l.mac }), column(full, func(l last) any { return l.at }))
	_, err = s.tx.ExecContext(ctx, `DELETE FROM phone_fetch WHERE (platform_id, mac, at) IN (SELECT f.platform_id, f.mac, f.at
		FROM `+from+` CROSS JOIN phone_fetch f WHERE f.platform_id = v.column1 AND f.mac = v.column2 AND f.at < v.column3)`, parameters...)
	return err
}

// noteRefused keeps one row for each phone and reason, of whoever has the phone.
func (s *Store) noteRefused(ctx context.Context, all []ztp.Fetch) error {
	if len(all) == 0 {
		return nil
	}
	sort.Slice(all, func(i, j int) bool {
		return cmp.Or(all[i].MAC.Compare(all[j].MAC), cmp.Compare(all[i].Reason, all[j].Reason)) < 0
	})
	from, parameters := s.from(column(all, func(f ztp.Fetch) any { return f.MAC.String() }), column(all, func(f ztp.Fetch) any { return f.Reason }),
		column(all, func(f ztp.Fetch) any { return ms(f.FirstAt) }), column(all, func(f ztp.Fetch) any { return ms(f.At) }),
		column(all, func(f ztp.Fetch) any { return int64(f.Times) }), column(all, func(f ztp.Fetch) any { return addressText(f.Address) }),
		column(all, func(f ztp.Fetch) any { return f.Agent }))
	_, err := s.tx.ExecContext(ctx, `INSERT INTO phone_refused (platform_id, mac, reason, first_at, at, times, address, agent)
		SELECT e.platform_id, e.mac, v.column2, v.column3, v.column4, v.column5, v.column6, v.column7
		FROM `+from+` CROSS JOIN endpoint e WHERE e.mac = v.column1 AND e.state <> 'released'
		ON CONFLICT (platform_id, mac, reason) DO UPDATE SET at = excluded.at, times = phone_refused.times + excluded.times,
			address = excluded.address, agent = excluded.agent`, parameters...)
	return err
}

func (s *Store) countTraffic(ctx context.Context, all []ztp.Fetch) error {
	type key struct {
		platform ztp.PlatformID
		hour     int64
		result   ztp.FetchResult
	}
	counts, newest := map[key]int64{}, map[ztp.PlatformID]int64{}
	for _, f := range all {
		hour := ms(f.At.Truncate(time.Hour))
		counts[key{f.Platform, hour, f.Result}] += int64(max(f.Times, 1))
		newest[f.Platform] = max(newest[f.Platform], hour)
	}
	keys := make([]key, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		a, b := keys[i], keys[j]
		return cmp.Or(cmp.Compare(a.platform, b.platform), cmp.Compare(a.hour, b.hour), cmp.Compare(a.result, b.result)) < 0
	})
	for _, k := range keys {
		err := s.queries().CountTraffic(ctx, db.CountTrafficParams{Hour: k.hour, Result: string(k.result), Fetches: counts[k], PlatformID: string(k.platform)})
		if err != nil {
			return err
		}
		if k.hour == newest[k.platform] {
			err = s.queries().ForgetTraffic(ctx, db.ForgetTrafficParams{PlatformID: string(k.platform), Before: k.hour - ztp.TrafficFor.Milliseconds()})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
