package reseller_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

var (
	admin  = ztp.Actor{Kind: ztp.ActorLocal, Name: "root", Role: ztp.SuperAdmin}
	viewer = ztp.Actor{Kind: ztp.ActorUser, Name: "vic", Role: ztp.Viewer, Address: "192.0.2.1", RequestID: "req-1"}
	at     = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	key    = ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret(canary), Role: "Provisioning"}
)

var bySecret = cmp.Comparer(ztp.Secret.Equal)

func mustSet(t *testing.T, s *sqlstore.Store, k ztp.APIKey) {
	t.Helper()
	if err := reseller.Set(t.Context(), s, admin, "snom", k, at); err != nil {
		t.Fatal(err)
	}
}

// audit returns the log, oldest first, cut to what tests compare.
func audit(t *testing.T, s *sqlstore.Store) []ztp.Event {
	t.Helper()
	page, err := s.ListEvents(t.Context(), ztp.EventQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	rows := []ztp.Event{}
	for i := len(page.Items) - 1; i >= 0; i-- {
		e := page.Items[i]
		e.Seq, e.Hash = 0, ""
		rows = append(rows, e)
	}
	return rows
}

func TestSealed(t *testing.T) {
	t.Parallel()
	store := storetest.SQLite(t)
	src := reseller.Sealed{Store: store}
	_, err := src.Reseller(t.Context(), "snom")
	if e := ztp.AsError(err); e.Code != ztp.CodeResellerCredentialsMissing || !strings.Contains(e.Detail, "zerotouch reseller set snom --key-id …") {
		t.Errorf("before it is set: %v", err)
	}
	for _, id := range []string{"ck_1", "ck_2"} { // set, and replaced
		k := key
		k.ID = id
		mustSet(t, store, k)
		got, err := src.Reseller(t.Context(), "snom")
		if diff := cmp.Diff(k, got, bySecret); diff != "" || err != nil {
			t.Errorf("%v, -want +got:\n%s", err, diff)
		}
	}
	if _, err := src.Reseller(t.Context(), "yealink"); !ztp.IsCode(err, ztp.CodeResellerCredentialsMissing) {
		t.Errorf("another vendor: %v", err)
	}
	facts, err := reseller.Status(t.Context(), store, viewer, "snom")
	if diff := cmp.Diff(reseller.Facts{KeyID: "ck_2", Role: "Provisioning", SetAt: at}, facts); diff != "" || err != nil {
		t.Errorf("status: %v, -want +got:\n%s", err, diff)
	}
	if err := reseller.Remove(t.Context(), store, admin, "snom", at); err != nil {
		t.Fatal(err)
	}
	if _, err := src.Reseller(t.Context(), "snom"); !ztp.IsCode(err, ztp.CodeResellerCredentialsMissing) {
		t.Errorf("after it is removed: %v", err)
	}
	want := []ztp.Event{
		{At: at, Actor: "local:root", Action: "reseller.set", Vendor: "snom", Target: "ck_1", Outcome: ztp.OutcomeOK},
		{At: at, Actor: "local:root", Action: "reseller.set", Vendor: "snom", Target: "ck_2", Outcome: ztp.OutcomeOK},
		{At: at, Actor: "local:root", Action: "reseller.removed", Vendor: "snom", Target: "ck_2", Outcome: ztp.OutcomeOK},
	}
	if diff := cmp.Diff(want, audit(t, store)); diff != "" {
		t.Errorf("audit log, -want +got:\n%s", diff)
	}
}

func TestNothingIsSet(t *testing.T) {
	t.Parallel()
	store := storetest.SQLite(t)
	if _, err := reseller.Status(t.Context(), store, admin, "snom"); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("status: want not_found, got %v", err)
	}
	if err := reseller.Remove(t.Context(), store, admin, "snom", at); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("remove: want not_found, got %v", err)
	}
	if rows := audit(t, store); len(rows) != 0 {
		t.Errorf("nothing was removed, and the log says %+v", rows)
	}
}

func TestSetInvalid(t *testing.T) {
	t.Parallel()
	store := storetest.SQLite(t)
	mustSet(t, store, key)
	for what, c := range map[string]struct {
		vendor ztp.VendorName
		key    ztp.APIKey
		field  string
	}{
		"vendor":         {"Snom!", key, "vendor"},
		"no id":          {"snom", ztp.APIKey{Secret: key.Secret}, "key_id"},
		"id with space":  {"snom", ztp.APIKey{ID: "ck 1", Secret: key.Secret}, "key_id"},
		"no secret":      {"snom", ztp.APIKey{ID: "ck_1"}, "key_secret"},
		"short secret":   {"snom", ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret("1234567")}, "key_secret"},
		"long secret":    {"snom", ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret(strings.Repeat("x", 513))}, "key_secret"},
		"line at end":    {"snom", ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret(canary + "\n")}, "key_secret"},
		"not ASCII":      {"snom", ztp.APIKey{ID: "ck_1", Secret: ztp.NewSecret(canary + "€")}, "key_secret"},
		"role with line": {"snom", ztp.APIKey{ID: "ck_1", Secret: key.Secret, Role: "a\nb"}, "role"},
	} {
		err := reseller.Set(t.Context(), store, admin, c.vendor, c.key, at)
		if e := ztp.AsError(err); e.Code != ztp.CodeInvalid || e.Fields[c.field] == "" || len(e.Fields) != 1 {
			t.Errorf("%s: want a field error for %s, got %v %v", what, c.field, err, e.Fields)
		}
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error repeats the secret", what)
		}
	}
	if got, err := (reseller.Sealed{Store: store}).Reseller(t.Context(), "snom"); err != nil || !got.Secret.Equal(key.Secret) {
		t.Errorf("a refused value has replaced the good one: %v, %v", got, err)
	}
	if rows := audit(t, store); len(rows) != 1 {
		t.Errorf("%d audit rows, want the one of the good value", len(rows))
	}
}

func TestRefusedActors(t *testing.T) {
	t.Parallel()
	store := storetest.SQLite(t)
	for action, f := range map[string]func() error{
		"reseller.set":    func() error { return reseller.Set(t.Context(), store, viewer, "snom", key, at) },
		"reseller.remove": func() error { return reseller.Remove(t.Context(), store, viewer, "snom", at) },
	} {
		if err := f(); !ztp.IsCode(err, ztp.CodeNotAllowed) {
			t.Errorf("%s: want not_allowed, got %v", action, err)
		}
		want := ztp.Event{
			At: at, Actor: "vic", Address: "192.0.2.1", RequestID: "req-1", Action: action, Vendor: "snom",
			Outcome: ztp.OutcomeRefused, Code: ztp.CodeNotAllowed,
		}
		rows := audit(t, store)
		if diff := cmp.Diff(want, rows[len(rows)-1]); diff != "" {
			t.Errorf("audit row, -want +got:\n%s", diff)
		}
	}
	if _, err := reseller.Status(t.Context(), store, ztp.Actor{Name: "x"}, "snom"); !ztp.IsCode(err, ztp.CodeNotAllowed) {
		t.Errorf("status without a role: %v", err)
	}
}

// damaged is a store whose sealed credential does not open.
type damaged struct{ ztp.Store }

func (damaged) SealedReseller(context.Context, ztp.VendorName) (ztp.APIKey, time.Time, error) {
	return ztp.APIKey{}, time.Time{}, &ztp.Error{Code: ztp.CodeSealingKeyMismatch}
}

func (d damaged) Tx(ctx context.Context, f func(ztp.Store) error) error {
	return d.Store.Tx(ctx, func(s ztp.Store) error { return f(damaged{s}) })
}

// TestDamaged: what does not open is an alarm, never "missing"; and it can be removed.
func TestDamaged(t *testing.T) {
	t.Parallel()
	store := storetest.SQLite(t)
	mustSet(t, store, key)
	bad := damaged{store}
	if _, err := (reseller.Sealed{Store: bad}).Reseller(t.Context(), "snom"); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		t.Errorf("source: %v", err)
	}
	if _, err := reseller.Status(t.Context(), bad, admin, "snom"); !ztp.IsCode(err, ztp.CodeSealingKeyMismatch) {
		t.Errorf("status: %v", err)
	}
	if err := reseller.Remove(t.Context(), bad, admin, "snom", at); err != nil {
		t.Errorf("remove: %v", err)
	}
	if _, err := reseller.Status(t.Context(), store, admin, "snom"); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("after removing: %v", err)
	}
}

// TestStoreFailure: trouble of our own is neither "missing" nor "not found".
func TestStoreFailure(t *testing.T) {
	t.Parallel()
	store := storetest.SQLite(t)
	mustSet(t, store, key)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	_, fromSource := (reseller.Sealed{Store: store}).Reseller(t.Context(), "snom")
	_, fromStatus := reseller.Status(t.Context(), store, admin, "snom")
	for what, err := range map[string]error{
		"source": fromSource, "status": fromStatus,
		"set":    reseller.Set(t.Context(), store, admin, "snom", key, at),
		"remove": reseller.Remove(t.Context(), store, admin, "snom", at),
	} {
		if !ztp.IsCode(err, ztp.CodeInternal) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A refusal stands even when it cannot be written down.
	err := reseller.Set(t.Context(), store, viewer, "snom", key, at)
	if !errors.Is(err, &ztp.Error{Code: ztp.CodeNotAllowed}) {
		t.Errorf("a viewer without a database: %v", err)
	}
}
