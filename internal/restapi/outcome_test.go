package restapi_test

import (
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// TestOutcome: what came of writing a phone, and of giving one up, in the words of
// the one table.
func TestOutcome(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	p, a := s.mustPlatform("acme")
	s.mustConfigure(p)
	const mac = "00:04:13:00:00:01"

	put, err := s.admin.PutEndpoint(t.Context(), "acme", mac, api.PutEndpoint{Account: a.Slug})
	if err != nil {
		t.Fatal(err)
	}
	refused := &ztp.Problem{Code: ztp.CodeEndpointTaken, Kept: true, At: time.Now()}
	s.mustEnd(ztp.OperationFailed, refused)
	op, err := s.admin.Operation(t.Context(), put.Operation.ID)
	if err != nil {
		t.Fatal(err)
	}
	if want := refused.Unchanged("Snom"); op.Error == nil || op.Error.Detail != want || op.Outcome != "" {
		t.Errorf("want %q, got %+v and outcome %q", want, op.Error, op.Outcome)
	}

	again, err := s.admin.PutEndpoint(t.Context(), "acme", mac, api.PutEndpoint{Account: a.Slug})
	if err != nil {
		t.Fatal(err)
	}
	s.mustEnd(ztp.OperationFailed, &ztp.Problem{Code: ztp.CodeVendorRejected, Detail: "Not a Snom.", Kept: true, At: time.Now()})
	if op, err = s.admin.Operation(t.Context(), again.Operation.ID); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(op.Error.Detail, "Not a Snom. ") || !strings.HasSuffix(op.Error.Detail, refused.KeptHere()) {
		t.Errorf("the vendor's reason, and what is kept: %q", op.Error.Detail)
	}

	gone, err := s.admin.ReleaseEndpoint(t.Context(), "acme", mac)
	if err != nil {
		t.Fatal(err)
	}
	s.mustEnd(ztp.OperationDone, nil)
	if op, err = s.admin.Operation(t.Context(), gone.Operation.ID); err != nil {
		t.Fatal(err)
	}
	if want := (ztp.Operation{Kind: ztp.KindRelease, State: ztp.OperationDone}).Outcome("Snom").Text; op.Outcome != want {
		t.Errorf("want %q, got %q", want, op.Outcome)
	}
}
