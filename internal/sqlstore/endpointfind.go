package sqlstore

import (
	"context"
	"slices"
	"strings"

	"zerotouch.example/internal/ztp"
)

// textLetters are those of the parts that find a text.
const textLetters = "dbw"

// textParts find a text where too many phones are left to look at each: by MAC, then by
// the beginning of the name, then by other words.
func (s *Store) textParts(ctx context.Context, q ztp.EndpointQuery, n needle, f endpointFilter) (parts []part, err error) {
	if n.digits != "" {
		p, err := s.macPart(ctx, q.Platform, n, f)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	if len(n.terms) == 0 {
		return parts, nil
	}
	term, err := s.rarest(ctx, q.Platform, n.terms)
	if err != nil {
		return nil, err
	}
	byName := endpointOrders[string(ztp.SortName)]
	named := condition{"platform_id = ? AND fold >= ? AND fold < ?", []any{string(q.Platform), term, term + last}}
	parts = append(parts, part{letter: "b", keys: 1,
		read: func(ctx context.Context, after []string, max int) ([]listed, error) {
			behind, err := byName.after(after)
			if err != nil {
				return nil, err
			}
			return s.readStreams(ctx, []condition{named.and(behind[0])}, f.all, byName, true, max)
		},
		take: func(l listed) bool { return !n.inMAC(l.mac) && n.inFold(l.fold) },
	}, part{letter: "w", keys: 2,
		read: func(ctx context.Context, after []string, max int) ([]listed, error) {
			return s.readWords(ctx, q.Platform, term, f.all, after, max)
		},
		take: func(l listed) bool {
			return !n.inMAC(l.mac) && !strings.HasPrefix(l.fold, term) && l.keys[0] == firstIn(l.fold, term) && n.inFold(l.fold)
		},
	})
	return parts, nil
}

// macPart finds MACs by digits, in their order.
func (s *Store) macPart(ctx context.Context, p ztp.PlatformID, n needle, f endpointFilter) (part, error) {
	makers, err := s.makers(ctx, p)
	if err != nil {
		return part{}, err
	}
	ranges, ends := macRanges(n.digits, makers), macEnds(n.digits)
	byMAC := endpointOrders[string(ztp.SortMAC)]
	read := func(ctx context.Context, after []string, max int) (all []listed, err error) {
		platform := condition{"platform_id = ?", []any{string(p)}}
		behind, err := byMAC.after(after)
		if err != nil {
			return nil, err
		}
		for some := range slices.Chunk(ranges, 8) {
			if len(all) >= max {
				break
			}
			var streams []condition
			for _, r := range some {
				streams = append(streams, platform.and(condition{"mac >= ? AND mac < ?", []any{r.from, r.to}}).and(behind[0]))
			}
			rows, err := s.readStreams(ctx, streams, f.all, byMAC, false, max-len(all))
			if err != nil {
				return nil, err
			}
			all = append(all, rows...)
		}
		if len(ends) > 0 {
			rows, err := s.readEnds(ctx, p, ends, f.all, behind[0], max)
			if err != nil {
				return nil, err
			}
			all = append(all, rows...)
			slices.SortFunc(all, func(a, b listed) int { return strings.Compare(a.mac, b.mac) })
			all = slices.CompactFunc(all, func(a, b listed) bool { return a.mac == b.mac })
		}
		return all[:min(max, len(all))], nil
	}
	return part{letter: "d", keys: 1, read: read}, nil
}

// makers are the first halves of the platform's MACs, up to 64 of them.
func (s *Store) makers(ctx context.Context, p ztp.PlatformID) (all []string, err error) {
	text, values := s.dialect.number(`WITH RECURSIVE first (mac) AS (
			SELECT (SELECT min(mac) FROM endpoint WHERE platform_id = ?)
			UNION ALL SELECT (SELECT min(mac) FROM endpoint WHERE platform_id = ? AND mac > substr(first.mac, 1, 8) || ?) FROM first WHERE first.mac IS NOT NULL)
		SELECT substr(mac, 1, 8) FROM first WHERE mac IS NOT NULL LIMIT 64`, []any{string(p), string(p), last})
	rows, err := s.reader().QueryContext(ctx, text, values...)
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	defer rows.Close()
	for rows.Next() {
		var maker string
		if err := rows.Scan(&maker); err != nil {
			return nil, s.fail(err, "phones")
		}
		all = append(all, maker)
	}
	return all, s.fail(rows.Err(), "phones")
}

// readEnds looks at MACs by their second halves. They are few, and sorted afterwards; the
// limit within and the platform that is put together keep the databases from going
// through all MACs in their order instead.
func (s *Store) readEnds(ctx context.Context, p ztp.PlatformID, ends []string, filter, behind condition, max int) ([]listed, error) {
	keep := "1"
	if filter.text != "" {
		keep = "CASE WHEN " + filter.text + " THEN 1 ELSE 0 END"
	}
	values := slices.Clone(filter.values)
	for _, end := range ends {
		values = append(values, end)
	}
	values = append(values, string(p))
	where := condition{"substr(mac, 10) IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(ends)), ", ") + ") AND platform_id || '' = ?", values}.and(behind)
	text := "SELECT mac, '', '', keep FROM (SELECT mac, " + keep + " AS keep FROM endpoint WHERE " + where.text + " LIMIT 100000) AS ends ORDER BY mac LIMIT ?"
	return s.readListed(ctx, text, append(where.values, max), func(l *listed, _ string) { l.keys = []string{l.mac} })
}

// readWords looks at phones that have a word beginning with the term, by that word.
func (s *Store) readWords(ctx context.Context, p ztp.PlatformID, term string, filter condition, after []string, max int) ([]listed, error) {
	keep := "1"
	if filter.text != "" {
		keep = "CASE WHEN " + filter.text + " THEN 1 ELSE 0 END"
	}
	from := []any{term, ""}
	if after != nil {
		from = []any{after[0], after[1]}
	}
	values := append(slices.Clone(filter.values), string(p), from[0], from[1], term+last, max, string(p))
	return s.readListed(ctx, "SELECT e.mac, w.word, e.fold, "+keep+` FROM (
			SELECT word, mac AS at FROM endpoint_word WHERE platform_id = ? AND (word, mac) > (?, ?) AND word < ? ORDER BY word, mac LIMIT ?) AS w
		JOIN endpoint e ON e.platform_id = ? AND e.mac = w.at ORDER BY w.word, w.at`, values,
		func(l *listed, word string) { l.keys = []string{word, l.mac} })
}

// rarest is the term that the fewest phones have, as far as a short look tells.
func (s *Store) rarest(ctx context.Context, p ztp.PlatformID, terms []string) (term string, err error) {
	const enough = 500
	least := 2*enough + 1
	for _, t := range terms[:min(len(terms), 8)] {
		n := 0
		if len(terms) > 1 {
			text, values := s.dialect.number(`SELECT (SELECT count(*) FROM (SELECT 1 FROM endpoint WHERE platform_id = ? AND fold >= ? AND fold < ? LIMIT ?) AS a)
				+ (SELECT count(*) FROM (SELECT 1 FROM endpoint_word WHERE platform_id = ? AND word >= ? AND word < ? LIMIT ?) AS b)`,
				[]any{string(p), t, t + last, enough, string(p), t, t + last, enough})
			if err := s.reader().QueryRowContext(ctx, text, values...).Scan(&n); err != nil {
				return "", s.fail(err, "phones")
			}
		}
		if n < least {
			term, least = t, n
		}
	}
	return term, nil
}
