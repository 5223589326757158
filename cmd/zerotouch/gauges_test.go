package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// What to raise an alarm by: a reconciliation that is overdue, or finds differences.
func TestReconciliationGauges(t *testing.T) {
	t.Parallel()
	ctx, at := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	store := storetest.SQLiteWith(t, storetest.Options{Clock: func() time.Time { return at }})
	p := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: "acme", Name: "Acme", CreatedAt: at, UpdatedAt: at}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(store.CreatePlatform(ctx, p))
	must(configure(store, "acme"))
	read := func() map[string]float64 {
		t.Helper()
		all, err := gauges(store, []ztp.Vendor{card{}}, func() time.Time { return at })(ctx)
		must(err)
		out := map[string]float64{}
		for _, g := range all {
			if name, ok := strings.CutPrefix(g.Name, "zerotouch_reconciliation_"); ok && (name != "rows" || g.Value != 0) {
				out[strings.Join(append([]string{name}, g.Labels[2:]...), " ")] = g.Value
			}
		}
		return out
	}
	want := func(when string, want map[string]float64) {
		t.Helper()
		if d := cmp.Diff(want, read()); d != "" {
			t.Errorf("%s (-want +got):\n%s", when, d)
		}
	}
	l, err := store.Link(ctx, p.ID, "snom")
	must(err)
	l.SetAt = at
	must(store.SaveLink(ctx, l))
	want("at first", map[string]float64{"overdue": 0, "findings": 0})
	at = at.Add(3 * time.Hour)
	want("never compared", map[string]float64{"overdue": 1, "findings": 0})
	_, err = store.AskReconciliation(ctx, "snom", "", "ada")
	must(err)
	r, err := store.ClaimReconciliation(ctx, "a", time.Minute)
	must(err)
	row := ztp.ReconciliationRow{Vendor: "snom", Platform: p.ID, Kind: ztp.RowKey, Reason: ztp.ReasonKeyGone, CompanyID: "c", SeenAt: at}
	must(store.CompleteReconciliation(ctx, r, []ztp.ReconciliationRow{row.WithID()}, 7))
	at = at.Add(time.Minute)
	want("compared", map[string]float64{"overdue": 0, "findings": 1, "age_seconds": 60, "rows class ours_only": 1, "rows class not_ours": 7})
}

// The same of syncs: one that did not come round, and what they find.
func TestSyncGauges(t *testing.T) {
	t.Parallel()
	ctx, at := context.Background(), time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	store := storetest.SQLiteWith(t, storetest.Options{Clock: func() time.Time { return at }})
	p := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: "acme", Name: "Acme", CreatedAt: at, UpdatedAt: at}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(store.CreatePlatform(ctx, p))
	must(configure(store, "acme"))
	l, err := store.Link(ctx, p.ID, "snom")
	must(err)
	l.SetAt = at
	must(store.SaveLink(ctx, l))
	want := func(when string, want map[string]float64) {
		t.Helper()
		all, err := gauges(store, []ztp.Vendor{card{}}, func() time.Time { return at })(ctx)
		must(err)
		got := map[string]float64{}
		for _, g := range all {
			if name, ok := strings.CutPrefix(g.Name, "zerotouch_sync_"); ok && (name != "findings" || g.Value != 0) {
				got[strings.Join(append([]string{name}, g.Labels[2:]...), " ")] = g.Value
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", when, d)
		}
	}
	want("at first", map[string]float64{"overdue": 0})
	at = at.Add(49 * time.Hour)
	want("never synced", map[string]float64{"overdue": 1})
	op := ztp.Operation{ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindSync, Platform: p.ID, Vendor: "snom", State: ztp.OperationQueued, Actor: ztp.System("test"), CreatedAt: at, UpdatedAt: at}
	must(store.CreateOperation(ctx, op))
	must(store.AddDrifts(ctx, []ztp.Drift{{Platform: p.ID, Vendor: "snom", Operation: op.ID, MAC: ztp.MAC{0, 4, 19, 0, 0, 1}, Class: ztp.DriftUnknown, FoundAt: at}}))
	must(store.CompletePhoneSync(ctx, ztp.PhoneSync{Platform: p.ID, Vendor: "snom", Operation: op.ID, BeganAt: at, CompleteAt: at}))
	want("synced", map[string]float64{"overdue": 0, "findings class unknown_here": 1})
}
