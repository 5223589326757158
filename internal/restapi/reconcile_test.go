package restapi_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// mustCompare does in the store what a whole reconciliation ends with.
func (s *stack) mustCompare(rows ...ztp.ReconciliationRow) {
	s.t.Helper()
	ctx := s.t.Context()
	r, err := s.store.ClaimReconciliation(ctx, "test", time.Minute)
	if err == nil {
		for i := range rows {
			rows[i].Vendor, rows[i].SeenAt = "snom", time.Now().UTC().Truncate(time.Millisecond)
			rows[i] = rows[i].WithID()
		}
		err = s.store.CompleteReconciliation(ctx, r, rows, 7)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// A reconciliation from the question to what is done about its rows.
func TestReconcile(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	p, _ := s.mustPlatform("acme")
	if _, err := s.admin.Reconcile(ctx, "snom", api.Reconcile{}); code(err) != "reseller_credentials_missing" {
		t.Errorf("without a reseller credential: %v", err)
	}
	s.mustReseller()
	s.mustConfigure(p)
	r, err := s.admin.Reconcile(ctx, "snom", api.Reconcile{})
	if err != nil || r.State != "queued" || r.AskedBy == "" || r.Complete != nil {
		t.Fatalf("asked: %+v, %v", r, err)
	}
	if again, err := s.admin.Reconcile(ctx, "snom", api.Reconcile{Platform: "acme"}); err != nil || again.State != "queued" || !again.AskedAt.Equal(*r.AskedAt) {
		t.Errorf("one that is open is the answer too: %+v, %v", again, err)
	}
	if _, err := s.admin.Reconcile(ctx, "snom", api.Reconcile{Platform: "nobody"}); code(err) != "not_found" {
		t.Errorf("of no platform: %v", err)
	}
	s.mustCompare(
		ztp.ReconciliationRow{Platform: ztp.PlatformID(p.ID), Kind: ztp.RowKey, Reason: ztp.ReasonKeyGone, CompanyID: "c-acme", ObjectID: "ck_acme", Number: 1},
		ztp.ReconciliationRow{Kind: ztp.RowCompany, Reason: ztp.ReasonCompanyNotOurs, CompanyID: "c9", Name: "Somebody Else"},
	)
	if r, err = s.viewer.Reconciliation(ctx, "snom", "", time.Second); err != nil || r.State != "idle" || r.Complete == nil || r.Complete.Findings != 1 || r.Complete.Rows[api.RowNotOurs] != 7 {
		t.Fatalf("complete: %+v, %v", r, err)
	}
	rows := s.compared(api.ReconciliationFilter{})
	if len(rows) != 2 || rows[0].Platform != "acme" || !slices.Equal(rows[0].Offers, []string{"fix"}) || !slices.Equal(rows[1].Offers, []string{"adopt"}) {
		t.Fatalf("rows: %+v", rows)
	}
	if only := s.compared(api.ReconciliationFilter{Class: api.RowNotOurs}); len(only) != 1 || only[0].CompanyID != "c9" {
		t.Errorf("of one class: %+v", only)
	}
	s.rowActions(rows[0].ID, rows[1].ID)
}

// rowActions asks what would be done about rows, and then does it.
func (s *stack) rowActions(fix, adopt string) {
	s.t.Helper()
	ctx := s.t.Context()
	plan, err := s.admin.ActOnRow(ctx, "snom", fix, "fix", api.RowRequest{DryRun: true})
	if err != nil || !plan.DryRun || plan.Kind != "rotate" || plan.Operation != nil || len(plan.Will) == 0 || len(plan.Wont) == 0 {
		s.t.Errorf("dry run: %+v, %v", plan, err)
	}
	for op, err := range s.admin.Operations(ctx, api.OperationFilter{}) {
		s.t.Errorf("a dry run made %+v, %v", op, err)
	}
	if _, err := s.admin.ActOnRow(ctx, "snom", fix, "release", api.RowRequest{}); code(err) != "invalid" {
		s.t.Errorf("what the row does not offer: %v", err)
	}
	if _, err := s.admin.ActOnRow(ctx, "snom", adopt, "adopt", api.RowRequest{}); code(err) != "invalid" {
		s.t.Errorf("adopted by nobody: %v", err)
	}
	if _, err := s.admin.ActOnRow(ctx, "snom", "none", "fix", api.RowRequest{}); code(err) != "not_found" {
		s.t.Errorf("no such row: %v", err)
	}
	if _, err := s.viewer.ActOnRow(ctx, "snom", fix, "fix", api.RowRequest{DryRun: true}); code(err) != "not_allowed" {
		s.t.Errorf("as a viewer: %v", err)
	}
	done, err := s.admin.ActOnRow(ctx, "snom", fix, "fix", api.RowRequest{})
	if err != nil || done.Operation == nil || done.Operation.Kind != "rotate" {
		s.t.Errorf("fixed: %+v, %v", done, err)
	}
	if _, err := s.admin.ActOnRow(ctx, "snom", fix, "fix", api.RowRequest{}); code(err) != "operation_running" {
		s.t.Errorf("twice: %v", err)
	}
}

func (s *stack) compared(f api.ReconciliationFilter) (out []api.ReconciliationRow) {
	s.t.Helper()
	for r, err := range s.viewer.ReconciliationRows(s.t.Context(), "snom", f) {
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// code is that of a refusal, "" for none.
func code(err error) string {
	var e *api.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
