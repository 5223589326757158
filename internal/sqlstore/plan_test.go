package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// Every operation that configures a link asks which ones wait for it. That must not
// walk through all operations there ever were.
func TestSQLite_OpenOperationsAreFoundByIndex(t *testing.T) {
	t.Parallel()
	mustPlan(t, "USING INDEX operation_due", func(q *db.Queries) error {
		_, err := q.ListOpenOperations(ctx, db.ListOpenOperationsParams{PlatformID: "p", Vendor: "snom", MaxRows: 1})
		return err
	})
}

// The life of a MAC is read from an audit log of any length.
func TestSQLite_LifeOfAMACIsFoundByIndex(t *testing.T) {
	t.Parallel()
	mustPlan(t, "USING INDEX event_by_target", func(q *db.Queries) error {
		_, err := q.EventsOfTarget(ctx, db.EventsOfTargetParams{Target: "00:04:13:00:00:01", BeforeSeq: 9, MaxRows: 1})
		return err
	})
	mustPlan(t, "MULTI-INDEX OR", func(q *db.Queries) error {
		_, err := q.EndpointsOfMAC(ctx, "00:04:13:00:00:01")
		return err
	})
	mustPlan(t, "USING INDEX endpoint_moving", func(q *db.Queries) error {
		_, err := q.MovingEndpoints(ctx, 1)
		return err
	})
}

// What has happened on a platform, and the operations of a link, are read from a log of
// any length.
func TestSQLite_LogsAreReadByIndex(t *testing.T) {
	t.Parallel()
	mustPlan(t, "USING INDEX event_by_platform (platform_id=? AND seq<?)", func(q *db.Queries) error {
		_, err := q.ListPlatformEvents(ctx, db.ListPlatformEventsParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", func(q *db.Queries) error {
		_, err := q.ListEvents(ctx, db.ListEventsParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX operation_by_link (platform_id=? AND vendor=? AND created_at<?)", func(q *db.Queries) error {
		_, err := q.ListLinkOperations(ctx, db.ListLinkOperationsParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX operation_by_platform (platform_id=? AND created_at<?)", func(q *db.Queries) error {
		_, err := q.ListPlatformOperations(ctx, db.ListPlatformOperationsParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX operation_by_vendor (vendor=? AND created_at<?)", func(q *db.Queries) error {
		_, err := q.ListVendorOperations(ctx, db.ListVendorOperationsParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX operation_by_mac (mac=? AND created_at<?)", func(q *db.Queries) error {
		_, err := q.ListPhoneOperations(ctx, db.ListPhoneOperationsParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX operation_recent (created_at<?)", func(q *db.Queries) error {
		_, err := q.ListOperations(ctx, db.ListOperationsParams{MaxRows: 1})
		return err
	})
}

// Who waits of a page of phones is found by the phones' MACs, however many wait.
func TestSQLite_WhoWaitsIsFoundByIndex(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	if _, err := s.WaitingOf(ctx, []ztp.MAC{{0, 4, 0x13, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	wantPlans(t, s, []string{"SEARCH phone_contact USING INDEX phone_contact_by_mac (mac=?)"})
}

// Phones of an operation and rows of a file are read from any place of a long list.
func TestSQLite_ItemsAreFoundByIndex(t *testing.T) {
	t.Parallel()
	mustPlan(t, "USING INDEX operation_item_state (operation_id=? AND state=? AND mac>?)", func(q *db.Queries) error {
		_, err := q.ListPhoneItemsIn(ctx, db.ListPhoneItemsInParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX operation_item_state (operation_id=? AND state=? AND mac>?)", func(q *db.Queries) error {
		_, err := q.ListImportRowsIn(ctx, db.ListImportRowsInParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX import_row_outcome (import_id=? AND outcome=? AND line>?)", func(q *db.Queries) error {
		_, err := q.ListImportRowsOf(ctx, db.ListImportRowsOfParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX phone_drift_class (operation_id=? AND class=? AND mac>?)", func(q *db.Queries) error {
		_, err := q.ListDriftsIn(ctx, db.ListDriftsInParams{MaxRows: 1})
		return err
	})
	mustPlan(t, "USING COVERING INDEX import_row_outcome (import_id=?)", func(q *db.Queries) error {
		_, err := q.CountImportRows(ctx, "import")
		return err
	})
	mustPlan(t, "SEARCH operation_item_count", func(q *db.Queries) error {
		_, err := q.CountPhoneItems(ctx, "op")
		return err
	})
	mustPlan(t, "SEARCH endpoint_count", func(q *db.Queries) error {
		_, err := q.CountEndpoints(ctx, db.CountEndpointsParams{PlatformID: "p", Vendor: "snom"})
		return err
	})
}

// A page of phones costs the same for any number of them: none of its statements goes
// through the table, or sorts more than a page looks at.
func TestSQLite_PhonesAreListedByIndex(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		q    ztp.EndpointQuery
		want []string
	}{
		"all":                {ztp.EndpointQuery{}, []string{"sqlite_autoindex_endpoint_1 (platform_id=? AND mac>?)"}},
		"held":               {ztp.EndpointQuery{Held: true}, []string{"endpoint_by_state (platform_id=? AND vendor=? AND state=? AND mac>?)"}},
		"backwards":          {ztp.EndpointQuery{Sort: "-mac"}, []string{"sqlite_autoindex_endpoint_1 (platform_id=? AND mac<?)"}},
		"one state":          {ztp.EndpointQuery{State: ztp.EndpointListed}, []string{"endpoint_by_state (platform_id=? AND vendor=? AND state=? AND mac>?)"}},
		"one account":        {ztp.EndpointQuery{Account: "a"}, []string{"endpoint_by_account (platform_id=? AND account_id=? AND mac>?)"}},
		"one account's held": {ztp.EndpointQuery{Account: "a", Held: true}, []string{"endpoint_by_account (platform_id=? AND account_id=? AND mac>?)"}},
		"one model":          {ztp.EndpointQuery{Model: "D785", Held: true}, []string{"endpoint_by_model (platform_id=? AND model=? AND mac>?)"}},
		"found":              {ztp.EndpointQuery{Found: true}, []string{"endpoint_found (platform_id=? AND mac>?)"}},
		"by name":            {ztp.EndpointQuery{Sort: ztp.SortName, Held: true}, []string{"SEARCH endpoint_word USING PRIMARY KEY (platform_id=? AND (word,mac)>(?,?) AND (word,mac)<(?,?))", "SEARCH e USING INDEX sqlite_autoindex_endpoint_1 (platform_id=? AND mac=?)"}},
		"by state":           {ztp.EndpointQuery{Sort: ztp.SortState}, []string{"endpoint_by_state (platform_id=? AND vendor=? AND state=? AND mac>?)"}},
		"last fetched":       {ztp.EndpointQuery{Sort: "-fetched", Held: true}, []string{"endpoint_by_fetch (platform_id=? AND <expr>=? AND mac<?)", "endpoint_by_fetch (platform_id=? AND <expr><?)"}},
		"digits": {ztp.EndpointQuery{Text: "0413", Held: true}, []string{
			"sqlite_autoindex_endpoint_1 (platform_id=? AND mac>? AND mac<?)", "endpoint_by_end (<expr>=?)", "SEARCH endpoint_word USING PRIMARY KEY (platform_id=? AND (word,mac)>(?,?) AND (word,mac)<(?,?))"}},
		"words": {ztp.EndpointQuery{Text: "desk phone", State: ztp.EndpointListed}, []string{"SEARCH endpoint_word USING PRIMARY KEY (platform_id=? AND (word,mac)>(?,?) AND (word,mac)<(?,?))", "SEARCH e USING INDEX sqlite_autoindex_endpoint_1 (platform_id=? AND mac=?)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.SQLite(t)
			tc.q.Platform = fewPhones(t, s)
			s.Scan(1)
			tc.q.Limit = 1
			for more := true; more; more = tc.q.Cursor != "" {
				page, err := s.ListEndpoints(ctx, tc.q)
				if err != nil {
					t.Fatal(err)
				}
				tc.q.Cursor = page.Next
			}
			wantPlans(t, s, tc.want)
		})
	}
}

// fewPhones is a platform with a few phones.
func fewPhones(t *testing.T, s *sqlstore.Store) ztp.PlatformID {
	t.Helper()
	p := ztp.PlatformID(ztp.NewID())
	err := s.CreatePlatform(ctx, ztp.Platform{ID: p, Slug: "acme", Name: "Acme", CreatedAt: noon, UpdatedAt: noon})
	if err == nil {
		err = s.CreateAccount(ctx, ztp.Account{ID: "a", Platform: p, Slug: "main", Name: "Main", CreatedAt: noon, UpdatedAt: noon})
	}
	var phones []ztp.Endpoint
	for i := range byte(4) {
		phones = append(phones, ztp.Endpoint{Platform: p, Vendor: "snom", MAC: ztp.MAC{0, 4, 0x13, 0, 0, i}, Account: "a", Name: fmt.Sprint("Desk ", i),
			Serial: "phone1", Model: "D785", State: ztp.EndpointStates[i%2], Found: true, CreatedAt: noon, UpdatedAt: noon})
	}
	if err == nil {
		_, err = s.SaveEndpoints(ctx, p, phones)
	}
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wantPlans wants each of some parts in the plans of what the store has read, and no
// walk through a table of phones.
func wantPlans(t *testing.T, s *sqlstore.Store, want []string) {
	t.Helper()
	texts, err := s.Texts(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, text := range texts {
		for _, line := range plan(t, s, text, make([]any, strings.Count(text, "?")+strings.Count(text, "$"))...) {
			if strings.HasPrefix(line, "SEARCH ") || strings.HasPrefix(line, "SCAN ") && line != "SCAN CONSTANT ROW" {
				all = append(all, line)
			}
		}
	}
	for _, line := range all {
		if line == "SCAN e" || strings.HasPrefix(line, "SCAN endpoint") {
			t.Errorf("%q in the plans %q", line, all)
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(all, func(line string) bool { return strings.Contains(line, w) }) {
			t.Errorf("no %q in the plans %q", w, all)
		}
	}
}

// Of a phone that comes first after a start, everything is looked for by its key.
func TestSQLite_PhoneRecordIsReadByIndex(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	var asked query
	if _, err := s.InOne(&asked).PhoneRecord(ctx, db.PhoneRecordParams{}); !errors.Is(err, errNotRun) {
		t.Fatal(err)
	}
	lines := plan(t, s, asked.text, asked.args...)
	if len(lines) < 10 {
		t.Errorf("plan: %q", lines)
	}
	for _, line := range lines {
		if strings.HasPrefix(line, "SCAN") {
			t.Errorf("it walks: %q", lines)
		}
	}
}

// mustPlan asks SQLite how it would run a query.
func mustPlan(t *testing.T, want string, ask func(*db.Queries) error) {
	t.Helper()
	var asked query
	if err := ask(db.New(&asked)); !errors.Is(err, errNotRun) {
		t.Fatal(err)
	}
	if lines := plan(t, storetest.SQLite(t), asked.text, asked.args...); len(lines) == 0 || !strings.Contains(lines[0], want) {
		t.Errorf("plan: %q", lines)
	}
}

func plan(t *testing.T, s *sqlstore.Store, text string, args ...any) (lines []string) {
	t.Helper()
	rows, err := s.Raw().Query("EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

var errNotRun = errors.New("not run")

// query keeps what it is asked and runs nothing.
type query struct {
	db.DBTX
	text string
	args []any
}

func (q *query) QueryContext(_ context.Context, text string, args ...any) (*sql.Rows, error) {
	q.text, q.args = text, args
	return nil, errNotRun
}

// Whose time has come is asked for once a second, among the phones of resyncs that ended.
func TestSQLite_DueResyncItemsAreFoundByIndex(t *testing.T) {
	t.Parallel()
	now := int64(1)
	mustPlan(t, "USING INDEX resync_item_due", func(q *db.Queries) error {
		_, err := q.DueResyncItems(ctx, db.DueResyncItemsParams{Now: &now, MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX resync_item_sending", func(q *db.Queries) error {
		_, err := q.LostResyncItems(ctx, db.LostResyncItemsParams{Lost: &now, MaxRows: 1})
		return err
	})
	mustPlan(t, "USING INDEX resync_by_age (created_at<?)", func(q *db.Queries) error {
		_, err := q.OldResyncs(ctx, db.OldResyncsParams{MaxRows: 1})
		return err
	})
	s := storetest.SQLite(t)
	p := fewPhones(t, s)
	for n := range 3 {
		r := ztp.Resync{ID: ztp.ResyncID(fmt.Sprint(n)), Platform: p, State: ztp.ResyncRunning, EndsAt: noon, CreatedAt: noon}
		if err := s.CreateResync(ctx, r, nil); err != nil {
			t.Fatal(err)
		}
	}
	page, err := s.ListResyncs(ctx, ztp.ResyncQuery{Open: true})
	if err != nil || len(page.Items) != 3 {
		t.Fatalf("%+v, %v", page, err)
	}
	wantPlans(t, s, []string{"COVERING INDEX resync_item_by_state (resync_id=?)", "resync_open"})
}
