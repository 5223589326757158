package sqlstore

import (
	"context"
	"slices"
	"sort"
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
	parts = append(parts, part{letter: "b", keys: 1,
		read: func(ctx context.Context, after []string, max int) ([]listed, error) {
			return s.readNames(ctx, q.Platform, term, f.all, false, after, max)
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

// macPart finds MACs by digits, in their order; everywhere those that are held.
func (s *Store) macPart(ctx context.Context, p ztp.PlatformID, n needle, f endpointFilter) (part, error) {
	among := condition{"platform_id = ?", []any{string(p)}}
	if p == everywhere {
		among = condition{"state <> 'released'", nil}
	}
	makers, err := s.makers(ctx, among)
	if err != nil {
		return part{}, err
	}
	ranges, ends := macRanges(n.digits, makers), macEnds(n.digits)
	byMAC := endpointOrders[string(ztp.SortMAC)]
	read := func(ctx context.Context, after []string, max int) (all []listed, err error) {
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
				streams = append(streams, among.and(condition{"mac >= ? AND mac < ?", []any{r.from, r.to}}).and(behind[0]))
			}
			rows, err := s.readStreams(ctx, streams, f.all, byMAC, false, max-len(all))
			if err != nil {
				return nil, err
			}
			all = append(all, rows...)
		}
		if len(ends) > 0 {
			if p != everywhere {
				among.text = "platform_id || '' = ?"
			}
			rows, err := s.readEnds(ctx, ends, f.all, among.and(behind[0]), max)
			if err != nil {
				return nil, err
			}
			all = append(all, rows...)
			sort.Slice(all, func(i, j int) bool { return all[i].mac < all[j].mac })
			all = slices.CompactFunc(all, func(a, b listed) bool { return a.mac == b.mac })
		}
		return all[:min(max, len(all))], nil
	}
	return part{letter: "d", keys: 1, read: read}, nil
}

// makers are the first halves of these MACs, up to 64 of them.
func (s *Store) makers(ctx context.Context, among condition) (all []string, err error) {
	text, values := s.dialect.number(`WITH RECURSIVE first (mac) AS (
			SELECT (SELECT min(mac) FROM endpoint WHERE `+among.text+`)
			UNION ALL SELECT (SELECT min(mac) FROM endpoint WHERE `+among.text+` AND mac > substr(first.mac, 1, 8) || ?) FROM first WHERE first.mac IS NOT NULL)
		SELECT substr(mac, 1, 8) FROM first WHERE mac IS NOT NULL LIMIT 64`, slices.Concat(among.values, among.values, []any{last}))
	return s.readTexts(ctx, text, values)
}

// readEnds looks at MACs by their second halves. They are few, and sorted afterwards; the
// limit within, and a platform that is put together, keep the databases from going
// through all MACs in their order instead.
func (s *Store) readEnds(ctx context.Context, ends []string, filter, among condition, max int) ([]listed, error) {
	keep := "1"
	if filter.text != "" {
		keep = "CASE WHEN " + filter.text + " THEN 1 ELSE 0 END"
	}
	values := slices.Clone(filter.values)
	for _, end := range ends {
		values = append(values, end)
	}
	values = append(slices.Concat(values, among.values), max)
	text := "SELECT mac, '', '', keep FROM (SELECT mac, " + keep + " AS keep FROM endpoint WHERE substr(mac, 10) IN (" +
		strings.TrimSuffix(strings.Repeat("?, ", len(ends)), ", ") + ") AND " + among.text + " LIMIT 100000) AS ends ORDER BY mac LIMIT ?"
	return s.readListed(ctx, text, values, func(l *listed, _ string) { l.keys = []string{l.mac} })
}

// rarest is the term that the fewest phones have, as far as a short look tells.
func (s *Store) rarest(ctx context.Context, p ztp.PlatformID, terms []string) (term string, err error) {
	const enough = 500
	least := 2*enough + 1
	for _, t := range terms[:min(len(terms), 8)] {
		n := 0
		if len(terms) > 1 {
			const some = "(SELECT count(*) FROM (SELECT 1 FROM endpoint_word WHERE platform_id = ? AND word >= ? AND word < ? ORDER BY word, mac LIMIT ?) AS few)"
			text, values := s.dialect.number("SELECT "+some+" + "+some,
				[]any{string(p), nameWord + t, nameWord + t + last, enough, string(p), t, t + last, enough})
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

// everywhere is in the place of a platform.
const everywhere ztp.PlatformID = ""

// FindEndpoints looks a text up on all platforms: what they hold by MAC, then by the
// beginning of the name and by other words, a platform after the other.
func (s *Store) FindEndpoints(ctx context.Context, text string, max int) (found []ztp.Endpoint, more bool, err error) {
	n := needleOf(text)
	var rows []listed
	if n.digits != "" {
		p, err := s.macPart(ctx, everywhere, n, endpointFilter{})
		if err != nil {
			return nil, false, err
		}
		if rows, _, err = gather(ctx, []part{p}, nil, max+1, s.scanned); err != nil {
			return nil, false, err
		}
	}
	if len(n.terms) > 0 {
		longest := slices.MaxFunc(n.terms, func(a, b string) int { return len(a) - len(b) })
		for _, begins := range []string{nameWord + longest, longest} {
			some, err := s.readListed(ctx, "SELECT e.mac, '', e.fold, CASE WHEN e.state <> 'released' THEN 1 ELSE 0 END FROM "+s.dialect.everyPlatform,
				[]any{begins, begins + last, s.scanned}, func(*listed, string) {})
			if err != nil {
				return nil, false, err
			}
			rows = append(rows, slices.DeleteFunc(some, func(l listed) bool { return !l.keep || !n.inFold(l.fold) })...)
		}
	}
	return s.heldEndpoints(ctx, rows, max)
}

// heldEndpoints reads the first of the rows that were found. One that is given up
// meanwhile is left out.
func (s *Store) heldEndpoints(ctx context.Context, rows []listed, max int) (found []ztp.Endpoint, more bool, err error) {
	var macs []string
	for _, l := range rows {
		if !slices.Contains(macs, l.mac) {
			macs = append(macs, l.mac)
		}
		if more = len(macs) > max; more {
			macs = macs[:max]
			break
		}
	}
	held, err := s.ofMany().EndpointsHeld(ctx, listJSON(macs))
	if err != nil {
		return nil, false, s.fail(err, "phones")
	}
	sort.Slice(held, func(i, j int) bool { return slices.Index(macs, held[i].Mac) < slices.Index(macs, held[j].Mac) })
	found, err = mapRows(held, endpointOf)
	return found, more, err
}

// ListModels goes from each model to the next one.
func (s *Store) ListModels(ctx context.Context, p ztp.PlatformID, max int) (all []string, err error) {
	const next = "SELECT min(model) FROM endpoint WHERE platform_id = ? AND model <> '' AND model > "
	text, values := s.dialect.number("WITH RECURSIVE one (model) AS (SELECT ("+next+"'') UNION ALL SELECT ("+next+`one.model) FROM one WHERE one.model IS NOT NULL)
		SELECT model FROM one WHERE model IS NOT NULL LIMIT ?`, []any{string(p), string(p), max})
	return s.readTexts(ctx, text, values)
}

func (s *Store) readTexts(ctx context.Context, text string, values []any) (all []string, err error) {
	rows, err := s.reader().QueryContext(ctx, text, values...)
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	defer rows.Close()
	for rows.Next() {
		var one string
		if err := rows.Scan(&one); err != nil {
			return nil, s.fail(err, "phones")
		}
		all = append(all, one)
	}
	return all, s.fail(rows.Err(), "phones")
}
