package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"zerotouch.example/internal/ztp"
)

var endpointColumns = []string{"platform_id", "mac", "vendor", "account_id", "product_group", "name", "fold", "state", "want_paused", "paused_by",
	"address_template", "address_token_id", "error", "created_at", "confirmed_at", "updated_at", "model", "serial",
	"replaces", "replaced_by", "moved_to", "found", "expected_at", "version"}

// overwrite makes an insert of endpoints an update of the rows that have that version.
// Like UpdateEndpoint it leaves what the phone has told alone, but for a released row:
// that was another life.
var overwrite = func() string {
	var sets []string
	for _, c := range endpointColumns[2 : len(endpointColumns)-1] {
		sets = append(sets, c+" = excluded."+c)
	}
	for _, c := range []string{"fetched_at", "first_fetched_at", "sip_registered", "sip_at", "pin", "device_token", "device_token_hash", "plain_url"} {
		nothing := "NULL"
		switch c {
		case "device_token_hash":
			nothing = "''"
		case "plain_url":
			nothing = "false"
		}
		sets = append(sets, fmt.Sprintf("%[1]s = CASE WHEN endpoint.state = 'released' OR excluded.state = 'released' THEN %[2]s ELSE endpoint.%[1]s END", c, nothing))
	}
	return "ON CONFLICT (platform_id, mac) DO UPDATE SET " + strings.Join(sets, ", ") +
		", version = endpoint.version + 1 WHERE endpoint.version = excluded.version"
}()

func endpointValues(e ztp.Endpoint, version int64) []any {
	p := endpointParams(e)
	return []any{p.PlatformID, p.Mac, p.Vendor, p.AccountID, p.ProductGroup, p.Name, p.Fold, p.State, p.WantPaused, p.PausedBy,
		p.AddressTemplate, p.AddressTokenID, p.Error, p.CreatedAt, p.ConfirmedAt, p.UpdatedAt, p.Model, p.Serial,
		p.Replaces, p.ReplacedBy, p.MovedTo, p.Found, p.ExpectedAt, version}
}

// SaveEndpoints inserts and updates many phones of one platform.
func (s *Store) SaveEndpoints(ctx context.Context, p ztp.PlatformID, all []ztp.Endpoint) (lost []ztp.MAC, err error) {
	err = s.inTx(ctx, func(t *Store) error {
		lost = nil
		var news, olds [][]any
		for _, e := range all {
			if e.Version == 0 {
				news = append(news, endpointValues(e, 1))
			} else {
				olds = append(olds, endpointValues(e, e.Version))
			}
		}
		n, err := t.insertNew(ctx, "endpoint", endpointColumns, news)
		if err == nil && n < int64(len(news)) {
			lost, err = t.notInserted(ctx, p, all)
		}
		if err != nil {
			return t.endpointsFailed(err)
		}
		n, err = t.insertRows(ctx, "endpoint", endpointColumns, olds, overwrite)
		if err != nil {
			return t.endpointsFailed(err)
		}
		if n < int64(len(olds)) {
			return outdated("phones")
		}
		return nil
	})
	return lost, err
}

func (s *Store) endpointsFailed(err error) error {
	switch s.dialect.classify(err) {
	case classUnique: // a released row that another platform has taken meanwhile
		return outdated("phones")
	case classForeign:
		return &ztp.Error{Code: ztp.CodeFormOutdated, Detail: "An account was removed meanwhile.", Err: err}
	}
	return s.fail(err, "phones")
}

// notInserted are the new ones that another platform has. One that is there already, and
// not as it was to be, is a lost race.
func (s *Store) notInserted(ctx context.Context, p ztp.PlatformID, all []ztp.Endpoint) (lost []ztp.MAC, err error) {
	var macs []ztp.MAC
	for _, e := range all {
		if e.Version == 0 {
			macs = append(macs, e.MAC)
		}
	}
	have, err := s.EndpointsByMACs(ctx, p, macs)
	if err != nil {
		return nil, err
	}
	for _, e := range all {
		now, ok := have[e.MAC]
		switch {
		case e.Version != 0:
		case !ok:
			lost = append(lost, e.MAC)
		case now.Version != 1 || !reflect.DeepEqual(endpointParams(now), endpointParams(e)):
			return nil, outdated("phones")
		}
	}
	return lost, nil
}

// MACsElsewhere tells which MACs another platform has.
func (s *Store) MACsElsewhere(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) (map[ztp.MAC]bool, error) {
	found := map[ztp.MAC]bool{}
	near, all, err := s.phonesNear(ctx, "e.state <> 'released'", nil, macs)
	if err != nil {
		return nil, err
	}
	if all {
		for _, m := range macs {
			if holder, held := near[m]; held && holder != p {
				found[m] = true
			}
		}
		return found, nil
	}
	held, err := s.macsWhere(ctx, "e.state <> 'released' AND e.platform_id <> ", p, macs)
	for _, m := range held {
		found[m] = true
	}
	return found, err
}

// ownMACs are those of the MACs that the platform has, released or not.
func (s *Store) ownMACs(ctx context.Context, p ztp.PlatformID, macs []ztp.MAC) ([]ztp.MAC, error) {
	near, all, err := s.phonesNear(ctx, "e.platform_id = ?", []any{string(p)}, macs)
	if err != nil {
		return nil, err
	}
	if all {
		return slices.DeleteFunc(slices.Clone(macs), func(m ztp.MAC) bool { _, have := near[m]; return !have }), nil
	}
	return s.macsWhere(ctx, "e.platform_id = ", p, macs)
}

// phonesNear are the platforms of the phones between the first and the last of the MACs
// that meet the condition, if these are all. A part of a file is a short stretch of MACs,
// or a long one in an empty database: mostly nothing is there, which one look tells for
// thousands. So few are read that an index in the order of MACs is always the way.
func (s *Store) phonesNear(ctx context.Context, condition string, values []any, macs []ztp.MAC) (near map[ztp.MAC]ztp.PlatformID, all bool, err error) {
	if len(macs) <= fewMACs {
		return nil, false, nil
	}
	from, to := slices.MinFunc(macs, ztp.MAC.Compare), slices.MaxFunc(macs, ztp.MAC.Compare)
	text, values := s.dialect.number("SELECT e.mac, e.platform_id FROM endpoint e WHERE "+condition+" AND e.mac >= ? AND e.mac <= ? ORDER BY e.mac LIMIT ?",
		append(values, from.String(), to.String(), mostNear+1))
	rows, err := s.reader().QueryContext(ctx, text, values...)
	if err != nil {
		return nil, false, s.fail(err, "phones")
	}
	defer rows.Close()
	near = map[ztp.MAC]ztp.PlatformID{}
	for rows.Next() {
		var mac, p string
		if err := rows.Scan(&mac, &p); err != nil {
			return nil, false, s.fail(err, "phones")
		}
		m, err := ztp.ParseMAC(mac)
		if err != nil {
			return nil, false, fmt.Errorf("column endpoint.mac: %w", err)
		}
		near[m] = ztp.PlatformID(p)
	}
	return near, len(near) <= mostNear, s.fail(rows.Err(), "phones")
}

// macsWhere returns those of the MACs for which a row meets the condition, which ends
// where the platform's place is. Counting one by one keeps PostgreSQL from going through
// the whole table.
func (s *Store) macsWhere(ctx context.Context, condition string, p ztp.PlatformID, macs []ztp.MAC) (found []ztp.MAC, err error) {
	for some := range slices.Chunk(macs, mostListed) {
		list := make([]any, 0, len(some))
		for _, m := range some {
			list = append(list, m.String())
		}
		from, values := s.dialect.rows(1, [][]any{filled(list, "")})
		text := "SELECT v.column1 FROM " + from + " WHERE (SELECT count(*) FROM endpoint e WHERE e.mac = v.column1 AND " +
			condition + s.dialect.marks(len(values)+1, 1) + ") > 0"
		rows, err := s.reader().QueryContext(ctx, text, s.dialect.planned(append(values, string(p)))...)
		if err != nil {
			return nil, s.fail(err, "phones")
		}
		if found, err = scanMACs(rows, found); err != nil {
			return nil, s.fail(err, "phones")
		}
	}
	return found, nil
}

const (
	// mostListed is how many values a statement lists.
	mostListed = 1000
	// fewMACs is how many are looked up without asking first which there are.
	fewMACs = 50
	// mostNear is how many phones are read to know that others are not there.
	mostNear = 100
)

// filled adds what matches nothing, so that there are two sizes of a list: each size of
// a statement is parsed and kept on its own.
func filled(list []any, nothing any) []any {
	size := mostListed
	if len(list) <= fewMACs {
		size = fewMACs
	}
	for len(list) < size {
		list = append(list, nothing)
	}
	return list
}

func scanMACs(rows *sql.Rows, found []ztp.MAC) ([]ztp.MAC, error) {
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		mac, err := ztp.ParseMAC(text)
		if err != nil {
			return nil, fmt.Errorf("column endpoint.mac: %w", err)
		}
		found = append(found, mac)
	}
	return found, rows.Err()
}
