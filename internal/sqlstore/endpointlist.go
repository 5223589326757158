package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

// scanned is how many rows a page looks at where no index has just those that are asked
// for. Up to as many are sorted, too. Tests have fewer.
const scanned = 1000

// ListEndpoints reads from the index that has the fewest rows to look at: of the filter
// when that leaves few, else of the text, else of the order.
func (s *Store) ListEndpoints(ctx context.Context, q ztp.EndpointQuery) (ztp.Page[ztp.Endpoint], error) {
	none := ztp.Page[ztp.Endpoint]{}
	parts, after, err := s.endpointParts(ctx, q)
	if err != nil {
		return none, err
	}
	found, next, err := gather(ctx, parts, after, limit(q.Limit), s.scanned)
	if err != nil {
		return none, err
	}
	items, err := s.endpointsInOrder(ctx, q.Platform, found)
	return ztp.Page[ztp.Endpoint]{Items: items, Next: next}, err
}

// part is what a list goes through in one go, in one order.
type part struct {
	// letter and keys make a cursor: that of the part, and those of its last row.
	letter string
	keys   int
	read   func(ctx context.Context, after []string, n int) ([]listed, error)
	// take tells rows of the list from those that are only looked at; nil takes all.
	take func(listed) bool
}

// listed is a row that is looked at.
type listed struct {
	mac, fold string
	keys      []string
	keep      bool
}

// gather goes through the parts until it has enough, or has looked at enough.
func gather(ctx context.Context, parts []part, after []string, n, scanned int) (found []listed, next string, err error) {
	first := 0
	if after != nil {
		first = slices.IndexFunc(parts, func(p part) bool { return p.letter == after[0] && p.keys == len(after)-1 })
		if first < 0 {
			return nil, "", badCursor()
		}
		after = after[1:]
	}
	looked, cursor := 0, ""
	for _, p := range parts[first:] {
		for chunk := n + 1; ; chunk = min(4*chunk, scanned) {
			rows, err := p.read(ctx, after, chunk)
			if err != nil {
				return nil, "", err
			}
			for _, row := range rows {
				looked++
				if row.keep && (p.take == nil || p.take(row)) {
					if len(found) == n {
						return found, cursor, nil
					}
					found = append(found, row)
				}
				after, cursor = row.keys, newCursor(append([]string{p.letter}, row.keys...)...)
			}
			if len(rows) < chunk {
				break
			}
			if looked >= scanned {
				return found, cursor, nil
			}
		}
		after = nil
	}
	return found, "", nil
}

// endpointsInOrder reads the rows that were found. One that is gone meanwhile is left out.
func (s *Store) endpointsInOrder(ctx context.Context, p ztp.PlatformID, found []listed) ([]ztp.Endpoint, error) {
	var macs strings.Builder
	for _, l := range found {
		macs.WriteString(l.mac)
	}
	var rows []db.Endpoint
	var err error
	switch n := len(found); {
	case n > 100:
		rows, err = s.queries().EndpointsByMACs(ctx, db.EndpointsByMACsParams{PlatformID: string(p), Macs: macs.String()})
	case n > 0:
		rows, err = s.queries().EndpointsOfPage(ctx, db.EndpointsOfPageParams{PlatformID: string(p), Macs: macs.String()})
	}
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	at := make(map[string]db.Endpoint, len(rows))
	for _, r := range rows {
		at[r.Mac] = r
	}
	items := make([]ztp.Endpoint, 0, len(found))
	for _, l := range found {
		r, ok := at[l.mac]
		if !ok {
			continue
		}
		e, err := endpointOf(r)
		if err != nil {
			return nil, err
		}
		items = append(items, e)
	}
	return items, nil
}

// endpointParts decides what a list goes through.
func (s *Store) endpointParts(ctx context.Context, q ztp.EndpointQuery) ([]part, []string, error) {
	q.Text = strings.TrimSpace(q.Text)
	o, ok := endpointOrders[strings.TrimPrefix(string(q.Sort), "-")]
	if !ok {
		return nil, nil, ztp.Invalid("sort", "Phones are sorted by mac, name, state or fetched, with a minus before it for the other way round.")
	}
	o.down = strings.HasPrefix(string(q.Sort), "-")
	after, err := readAnyCursor(q.Cursor)
	if err != nil {
		return nil, nil, err
	}
	f, err := s.endpointFilter(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	n := needleOf(q.Text)
	switch {
	case q.Text != "" && n.digits == "" && len(n.terms) == 0:
		return nil, nil, nil
	case q.Text != "" && (after == nil && !f.few || after != nil && strings.Contains(textLetters, after[0])):
		parts, err := s.textParts(ctx, q, n, f)
		return parts, after, err
	}
	p := part{letter: o.letter, keys: o.keys(), read: func(ctx context.Context, after []string, n int) ([]listed, error) {
		return s.listEndpoints(ctx, q, f, o, after, n)
	}}
	if q.Text != "" {
		p.take = func(l listed) bool { return n.inMAC(l.mac) || n.inFold(l.fold) }
	}
	return []part{p}, after, nil
}

// endpointOrder is an order of the list; a second key is the MAC.
type endpointOrder struct {
	letter, key string
	number      bool
	down        bool
}

var endpointOrders = map[string]endpointOrder{
	"":                      {letter: "m"},
	string(ztp.SortMAC):     {letter: "m"},
	string(ztp.SortName):    {letter: "n", key: byFold}, // which has the MAC in it
	string(ztp.SortState):   {letter: "s", key: "state"},
	string(ztp.SortFetched): {letter: "f", key: "COALESCE(fetched_at, 0)", number: true},
}

func (o endpointOrder) keys() int {
	if o.key == "" || o.key == byFold {
		return 1
	}
	return 2
}

func (o endpointOrder) by(key, mac string) string {
	way := ""
	if o.down {
		way = " DESC"
	}
	switch {
	case o.key == "":
		return mac + way
	case o.keys() == 1:
		return key + way
	}
	return key + way + ", " + mac + way
}

func (o endpointOrder) sign() string {
	if o.down {
		return " < "
	}
	return " > "
}

// after are the conditions of the rows behind these keys, each for a range of an index.
func (o endpointOrder) after(keys []string) ([]condition, error) {
	switch {
	case keys == nil:
		return []condition{{"", nil}}, nil
	case o.key == "":
		return []condition{{"mac" + o.sign() + "?", []any{keys[0]}}}, nil
	case o.keys() == 1:
		return []condition{{o.key + o.sign() + "?", []any{keys[0]}}}, nil
	}
	var key any = keys[0]
	if o.number {
		n, err := strconv.ParseInt(keys[0], 10, 64)
		if err != nil {
			return nil, badCursor()
		}
		key = n
	}
	return []condition{{o.key + " = ? AND mac" + o.sign() + "?", []any{key, keys[1]}}, {o.key + o.sign() + "?", []any{key}}}, nil
}

// condition is a part of a statement with its values; each ? stands for one.
type condition struct {
	text   string
	values []any
}

func (c condition) and(d condition) condition {
	switch {
	case c.text == "":
		return d
	case d.text == "":
		return c
	}
	return condition{c.text + " AND " + d.text, slices.Concat(c.values, d.values)}
}

// endpointFilter is what a query leaves of a platform's phones.
type endpointFilter struct {
	// few: up to scanned of them.
	few bool
	// streams are parts of one index that together have them, and perhaps some more, which
	// rest tells apart; byState are the same by state and MAC.
	streams []condition
	rest    condition
	byState []condition
	// states are those of byState.
	states []string
	// all tells them apart from the platform's other phones.
	all condition
}

func (s *Store) endpointFilter(ctx context.Context, q ztp.EndpointQuery) (f endpointFilter, err error) {
	platform := condition{"platform_id = ?", []any{string(q.Platform)}}
	counts, err := s.queries().EndpointCounts(ctx, string(q.Platform))
	if err != nil {
		return f, s.fail(err, "phones")
	}
	var state condition
	if q.Vendor != "" {
		state = state.and(condition{"vendor = ?", []any{string(q.Vendor)}})
	}
	if q.State != "" {
		state = state.and(condition{"state = ?", []any{string(q.State)}})
	} else if q.Held {
		state = state.and(condition{"state <> 'released'", nil})
	}
	var total int64
	for _, c := range counts {
		if q.Vendor != "" && c.Vendor != string(q.Vendor) || q.State != "" && c.State != string(q.State) || q.State == "" && q.Held && c.State == string(ztp.EndpointReleased) {
			continue
		}
		total += c.N
		f.byState = append(f.byState, platform.and(condition{"vendor = ? AND state = ?", []any{c.Vendor, c.State}}))
		f.states = append(f.states, c.State)
	}
	indexed := indexedFilters(q)
	f.all, f.few = state, total <= int64(s.scanned)
	for _, c := range indexed {
		f.all, f.rest = f.all.and(c), f.rest.and(c)
	}
	switch {
	case f.few, state.text != "" && len(indexed) == 0:
		f.streams = f.byState
	case len(indexed) == 0:
		f.streams = []condition{platform}
	default:
		f.streams, f.rest = []condition{platform.and(indexed[0])}, f.all
		for _, c := range indexed {
			if f.few, err = s.fewEndpoints(ctx, platform.and(c)); f.few || err != nil {
				f.streams = []condition{platform.and(c)}
				break
			}
		}
	}
	return f, err
}

// indexedFilters are conditions of a query each of which has an index by MAC.
func indexedFilters(q ztp.EndpointQuery) (all []condition) {
	if q.Account != "" {
		all = append(all, condition{"account_id = ?", []any{string(q.Account)}})
	}
	if q.Model != "" {
		all = append(all, condition{"model = ? AND model <> ''", []any{q.Model}})
	}
	if q.Found {
		all = append(all, condition{"found", nil})
	}
	return all
}

// fewEndpoints tells whether at most scanned rows meet a condition that an index serves.
// Without an order PostgreSQL would go through the table for the first of them, however
// far behind they stand.
func (s *Store) fewEndpoints(ctx context.Context, c condition) (bool, error) {
	var n int
	text, values := s.dialect.number("SELECT count(*) FROM (SELECT 1 FROM endpoint WHERE "+c.text+" ORDER BY mac LIMIT ?) AS few", append(slices.Clone(c.values), s.scanned+1))
	err := s.reader().QueryRowContext(ctx, text, values...).Scan(&n)
	return n <= s.scanned, s.fail(err, "phones")
}

// listEndpoints looks at the next rows in an order. Where the filter leaves few, any
// order is one of them alone.
func (s *Store) listEndpoints(ctx context.Context, q ztp.EndpointQuery, f endpointFilter, o endpointOrder, after []string, n int) ([]listed, error) {
	streams, rest := f.streams, f.rest
	if o.key == byFold && !f.few {
		return s.readNames(ctx, q.Platform, "", f.all, o.down, after, n)
	}
	behind, err := o.after(after)
	var all []condition
	switch {
	case err != nil:
		return nil, err
	case f.few || o.key == "":
	case o.key == "state":
		rest = f.rest.and(f.all)
		all, streams = f.statesAfter(o, after), nil
	default:
		streams, rest = []condition{{"platform_id = ?", []any{string(q.Platform)}}}, f.all
	}
	for _, stream := range streams {
		for _, c := range behind {
			all = append(all, stream.and(c))
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	return s.readStreams(ctx, all, rest, o, q.Text != "", n)
}

// statesAfter are the states from that of the keys on, the first one from behind its MAC.
func (f endpointFilter) statesAfter(o endpointOrder, after []string) (all []condition) {
	for i, stream := range f.byState {
		way := 1
		if after != nil {
			way = strings.Compare(f.states[i], after[0])
		}
		if o.down && after != nil {
			way = -way
		}
		switch way {
		case 0:
			all = append(all, stream.and(condition{"mac" + o.sign() + "?", []any{after[1]}}))
		case 1:
			all = append(all, stream)
		}
	}
	return all
}

// readStreams merges the beginnings of parts of an index.
func (s *Store) readStreams(ctx context.Context, streams []condition, rest condition, o endpointOrder, withFold bool, n int) ([]listed, error) {
	key, folded, keep := "''", "''", "1"
	if o.key != "" {
		key = o.key
	}
	if withFold {
		folded = "fold"
	}
	if rest.text != "" {
		keep = "CASE WHEN " + rest.text + " THEN 1 ELSE 0 END"
	}
	var parts []string
	var values []any
	for _, c := range streams {
		parts = append(parts, "SELECT * FROM (SELECT mac, "+key+" AS k, "+folded+" AS f, "+keep+" AS keep FROM endpoint WHERE "+c.text+" ORDER BY "+o.by(o.key, "mac")+" LIMIT ?) AS stream")
		values = append(slices.Concat(values, rest.values, c.values), n)
	}
	text := strings.Join(parts, " UNION ALL ")
	if len(parts) > 1 {
		text = "SELECT mac, k, f, keep FROM (" + text + ") AS streams ORDER BY " + o.by("k", "mac") + " LIMIT ?"
		values = append(values, n)
	}
	return s.readListed(ctx, text, values, func(l *listed, key string) {
		switch {
		case o.key == "":
			l.keys = []string{l.mac}
		case o.keys() == 1:
			l.keys = []string{key}
		default:
			l.keys = []string{key, l.mac}
		}
	})
}

// readListed runs a statement that selects mac, a key, fold and whether to keep the row.
func (s *Store) readListed(ctx context.Context, text string, values []any, keys func(l *listed, key string)) ([]listed, error) {
	text, values = s.dialect.number(text, values)
	rows, err := s.reader().QueryContext(ctx, text, values...)
	if err != nil {
		return nil, s.fail(err, "phones")
	}
	defer rows.Close()
	var all []listed
	for rows.Next() {
		var l listed
		var key sql.RawBytes
		if err := rows.Scan(&l.mac, &key, &l.fold, &l.keep); err != nil {
			return nil, s.fail(err, "phones")
		}
		keys(&l, string(key))
		all = append(all, l)
	}
	return all, s.fail(rows.Err(), "phones")
}
