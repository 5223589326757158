package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/sqlstore/storetest"
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
	mustPlan(t, "USING INDEX endpoint_by_mac", func(q *db.Queries) error {
		_, err := q.EndpointsOfMAC(ctx, "00:04:13:00:00:01")
		return err
	})
	mustPlan(t, "USING INDEX endpoint_moving", func(q *db.Queries) error {
		_, err := q.MovingEndpoints(ctx, 1)
		return err
	})
}

// mustPlan asks SQLite how it would run a query.
func mustPlan(t *testing.T, want string, ask func(*db.Queries) error) {
	t.Helper()
	var asked query
	if err := ask(db.New(&asked)); !errors.Is(err, errNotRun) {
		t.Fatal(err)
	}
	rows, err := storetest.SQLite(t).Raw().Query("EXPLAIN QUERY PLAN "+asked.text, asked.args...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(plan) == 0 || !strings.Contains(plan[0], want) {
		t.Errorf("plan: %q", plan)
	}
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
