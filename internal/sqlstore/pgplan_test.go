package sqlstore_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// On PostgreSQL, too, a page of phones is read by index from a table that has been looked
// at, in few statements, whatever plan is kept for them.
func TestPostgres_PhonesAreListedByIndex(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s := storetest.Open(t, dsn, storetest.Options{})
	p := manyPhones(t, s)
	r, err := s.Record(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		q    ztp.EndpointQuery
		most int
	}{
		"all":                {ztp.EndpointQuery{}, 3},
		"held":               {ztp.EndpointQuery{Held: true}, 3},
		"backwards":          {ztp.EndpointQuery{Sort: "-mac"}, 3},
		"one state":          {ztp.EndpointQuery{State: ztp.EndpointListed}, 3},
		"one account":        {ztp.EndpointQuery{Account: "a1", Held: true}, 4},
		"one model":          {ztp.EndpointQuery{Model: "D785"}, 4},
		"by name":            {ztp.EndpointQuery{Sort: ztp.SortName, Held: true}, 3},
		"by state":           {ztp.EndpointQuery{Sort: ztp.SortState}, 3},
		"last fetched":       {ztp.EndpointQuery{Sort: "-fetched", Held: true}, 3},
		"digits":             {ztp.EndpointQuery{Text: "0413", Held: true}, 8},
		"digits at the end":  {ztp.EndpointQuery{Text: "02A7", Held: true}, 10},
		"a word":             {ztp.EndpointQuery{Text: "schmidt"}, 5},
		"words in a state":   {ztp.EndpointQuery{Text: "desk 77", State: ztp.EndpointListed}, 10},
		"words of a model":   {ztp.EndpointQuery{Text: "desk", Model: "D785"}, 6},
		"two words, in vain": {ztp.EndpointQuery{Text: "anna lobby"}, 8},
	} {
		tc.q.Platform = p
		for _, tc.q.Cursor = range []string{"", "next"} {
			if tc.q.Cursor == "next" {
				tc.q.Cursor = mustList(t, s, tc.q, "").Next
			}
			r.Taken()
			mustList(t, s, tc.q, tc.q.Cursor)
			asked := r.Taken()
			if len(asked) > tc.most {
				t.Errorf("%s: %d statements, want %d at most", name, len(asked), tc.most)
			}
			for _, a := range asked {
				wantNoWalk(t, s, name, a)
			}
		}
	}
	for _, text := range []string{"schmidt 7", "desk", "02A7"} {
		if _, _, err := s.FindEndpoints(ctx, text, 25); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range r.Taken() {
		wantNoWalk(t, s, "everywhere", a)
	}
}

// Whether phones of a file are there is told by one look where few are, and by their keys
// where many are; neither sorts or walks through what is between the first and the last.
func TestPostgres_PhonesOfAFileAreFoundByIndex(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s := storetest.Open(t, dsn, storetest.Options{})
	p := manyPhones(t, s)
	r, err := s.Record(dsn)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		part        byte
		least, most int
	}{
		"many there": {0x00, 1500, 8},
		"none there": {0x80, 0, 2},
	} {
		var macs []ztp.MAC
		for n := range 2000 {
			macs = append(macs, ztp.MAC{0x00, 0x04, 0x13, tc.part, byte(n / 25), byte(n % 25 * 10)})
		}
		r.Taken()
		have, err := s.EndpointsByMACs(ctx, p, macs)
		if err != nil {
			t.Fatal(err)
		}
		elsewhere, err := s.MACsElsewhere(ctx, "none", macs)
		if err != nil {
			t.Fatal(err)
		}
		if len(have) < tc.least || len(have) != len(elsewhere) || tc.least == 0 && len(have) > 0 {
			t.Errorf("%s: %d phones and %d of others, want the same and at least %d", name, len(have), len(elsewhere), tc.least)
		}
		asked := r.Taken()
		if len(asked) > tc.most {
			t.Errorf("%s: %d statements, want %d at most", name, len(asked), tc.most)
		}
		for _, a := range asked {
			if strings.Contains(a.Text, "ORDER BY e.mac LIMIT") {
				wantNoWalk(t, s, name, a)
			}
		}
	}
}

// All that a phone's first fetch takes is one statement, which looks for each thing by its key
// among the settings of many phones.
func TestPostgres_PhoneRecordIsOneStatementByIndex(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s := storetest.Open(t, dsn, storetest.Options{})
	e := ztp.Endpoint{Platform: manyPhones(t, s), Account: "a1", MAC: ztp.MAC{0, 4, 0x13, 0, 0, 0x14}}
	token := ztp.NewToken()
	if err := s.IssueToken(ctx, e.Platform, e.Account, "t", token, noon); err != nil {
		t.Fatal(err)
	}
	benchPhone(t, s, e)
	for _, statement := range []string{
		`INSERT INTO setting_scope (id, platform_id, mac, version, changed_at) SELECT 'endpoint/' || platform_id || '/' || mac, platform_id, mac, 1, 1 FROM endpoint ON CONFLICT DO NOTHING`,
		`INSERT INTO setting (scope, name, idx, value, set_at, set_by) SELECT id, 'n', 0, 'v', 1, '' FROM setting_scope`,
		`INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash,
				previous_hash, waiting, waiting_network, waiting_agent, version)
			SELECT platform_id, mac, 'h', 'a1', 't', '', '', '', '', '', '', '', '', 1 FROM endpoint ON CONFLICT DO NOTHING`,
		"ANALYZE",
	} {
		if _, err := s.Raw().Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Record(dsn)
	if err != nil {
		t.Fatal(err)
	}
	record, found, err := s.PhoneRecord(ctx, token, e.MAC)
	if err != nil || !found {
		t.Fatal(found, err)
	}
	if layers, err := record.Settings(ctx); err != nil || len(layers[3].Settings) != 8 {
		t.Errorf("settings: %v, %v", layers, err)
	}
	asked := r.Taken()
	if len(asked) != 1 {
		t.Errorf("%d statements", len(asked))
	}
	wantNoWalk(t, s, "a phone", asked[0])
}

// Who waits of a page of phones is one statement that finds each by its MAC, also where half of
// all wait.
func TestPostgres_WhoWaitsIsFoundByIndex(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	s := storetest.Open(t, dsn, storetest.Options{})
	manyPhones(t, s)
	for _, statement := range []string{
		`INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash,
				previous_hash, waiting, waiting_since, waiting_at, waiting_network, waiting_agent, version)
			SELECT platform_id, mac, 'h', 'a1', 't', '', '', '', '', '', CASE WHEN right(mac, 1) < '8' THEN 'held' ELSE '' END,
				CASE WHEN right(mac, 1) < '8' THEN 1 END, CASE WHEN right(mac, 1) < '8' THEN 1 END, '', '', 1 FROM endpoint`,
		"ANALYZE",
	} {
		if _, err := s.Raw().Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	var macs []ztp.MAC
	for n := range byte(25) {
		macs = append(macs, ztp.MAC{0x00, 0x04, 0x13, 0x00, 0x10, n})
	}
	r, err := s.Record(dsn)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.WaitingOf(ctx, macs)
	if err != nil || len(found) != 16 {
		t.Errorf("%d wait, want 16: %v", len(found), err)
	}
	asked := r.Taken()
	if len(asked) != 1 {
		t.Errorf("%d statements", len(asked))
	}
	for _, a := range asked {
		wantNoWalk(t, s, "who waits", a)
	}
}

func mustList(t *testing.T, s *sqlstore.Store, q ztp.EndpointQuery, cursor string) ztp.Page[ztp.Endpoint] {
	t.Helper()
	q.Cursor, q.Limit = cursor, 25
	page, err := s.ListEndpoints(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// manyPhones is a platform with so many phones that none is looked for by walking.
func manyPhones(t *testing.T, s *sqlstore.Store) ztp.PlatformID {
	t.Helper()
	p := fewPhones(t, s)
	for _, statement := range []string{
		`INSERT INTO account (platform_id, id, slug, name, created_at, updated_at, version) SELECT '` + string(p) + `', 'a' || n, 'a' || n, 'A', 1, 1, 1 FROM generate_series(1, 10) AS n`,
		`INSERT INTO endpoint (platform_id, mac, vendor, account_id, product_group, name, fold, state, want_paused, paused_by, address_template, address_token_id, created_at, updated_at, model, version, fetched_at)
			SELECT '` + string(p) + `', mac, 'snom', 'a' || n % 10 + 1, '', name, lower(name) || chr(10) || mac || chr(10) || lower(name), state, false, '', '', '', 1, 1, model, 1, CASE WHEN n % 5 = 0 THEN n END
			FROM (SELECT n, '00:04:13:' || substr(h, 1, 2) || ':' || substr(h, 3, 2) || ':' || substr(h, 5, 2) AS mac, CASE WHEN n % 10 = 0 THEN 'Anna Schmidt ' ELSE 'Desk ' END || n AS name,
				CASE WHEN n % 50 = 0 THEN 'failed' ELSE 'listed' END AS state, CASE WHEN n % 2 = 0 THEN 'D785' ELSE 'D735' END AS model
				FROM (SELECT n, upper(lpad(to_hex(n), 6, '0')) AS h FROM generate_series(16, 20000) AS n) AS numbers) AS phones`,
		"ANALYZE",
	} {
		if _, err := s.Raw().Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// simply has pgx prepare nothing.
const simply = pgx.QueryExecModeSimpleProtocol

var lastParameter = regexp.MustCompile(`\$(\d+)`)

// wantNoWalk wants a statement to read no table of phones, their words or settings from one
// end to the other, and to be cheap.
func wantNoWalk(t *testing.T, s *sqlstore.Store, name string, a sqlstore.Asked) {
	t.Helper()
	ask, values := "EXPLAIN (FORMAT JSON) "+a.Text, a.Values
	conn, err := s.Raw().Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if a.Kept { // the plan for whatever values
		last := 0
		for _, m := range lastParameter.FindAllStringSubmatch(a.Text, -1) {
			var n int
			_, _ = fmt.Sscan(m[1], &n)
			last = max(last, n)
		}
		for _, statement := range []string{"SET plan_cache_mode = force_generic_plan", "DEALLOCATE ALL", "PREPARE asked AS " + a.Text} {
			if _, err := conn.ExecContext(ctx, statement, simply); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		ask, values = "EXPLAIN (FORMAT JSON) EXECUTE asked("+strings.TrimSuffix(strings.Repeat("NULL, ", last), ", ")+")", nil
	}
	var text string
	if err := conn.QueryRowContext(ctx, ask, append([]any{simply}, values...)...).Scan(&text); err != nil {
		t.Fatalf("%s: %v: %s", name, err, a.Text)
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		t.Fatal(err)
	}
	walked := plans[0].Plan.walked()
	if len(walked) > 0 || plans[0].Plan.Cost > 20000 {
		t.Errorf("%s walks through %q at %.0f: %s", name, walked, plans[0].Plan.Cost, a.Text)
	}
}

type planNode struct {
	Type  string     `json:"Node Type"`
	Table string     `json:"Relation Name"`
	Cost  float64    `json:"Total Cost"`
	Plans []planNode `json:"Plans"`
}

func (n planNode) walked() (tables []string) {
	if n.Type == "Seq Scan" && slices.Contains([]string{"endpoint", "endpoint_word", "setting", "setting_scope", "phone_contact"}, n.Table) {
		tables = append(tables, n.Table)
	}
	for _, below := range n.Plans {
		tables = append(tables, below.walked()...)
	}
	return tables
}
