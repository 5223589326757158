package ztp_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// TestDatabaseError: what is said of a request depends on whether anything of it was
// committed, or may have been.
func TestDatabaseError(t *testing.T) {
	t.Parallel()
	ctx := ztp.CountCommits(context.Background())
	away := fmt.Errorf("platform: %w", &ztp.DatabaseError{Detail: "It is away.", Err: errors.New("dial tcp 10.0.0.1: secret detail")})
	lost := &ztp.DatabaseError{Lost: true, Err: errors.New("EOF")}
	vendor := &ztp.VendorError{Code: ztp.CodeInternal, Effect: ztp.EffectNotSent, Err: away}
	want := func(what string, err error, code ztp.Code) {
		t.Helper()
		e := ztp.AsErrorOf(ctx, err)
		if e.Code != code || strings.Contains(e.Detail, "secret") || !errors.Is(err, errors.Unwrap(e)) {
			t.Errorf("%s: want %s, got %+v", what, code, e)
		}
		if unknown := strings.Contains(e.Entry("Snom").Unchanged, "may have been saved"); unknown != (code == ztp.CodeOutcomeUnknown) {
			t.Errorf("%s: %q", what, e.Entry("Snom").Unchanged)
		}
	}
	want("nothing was committed", away, ztp.CodeDatabaseUnavailable)
	want("met on the way to a vendor", vendor, ztp.CodeDatabaseUnavailable)
	want("an answer is lost", lost, ztp.CodeOutcomeUnknown)
	ztp.Committed(context.Background()) // of nobody's request
	want("somebody else's commit", away, ztp.CodeDatabaseUnavailable)
	ztp.Committed(context.WithoutCancel(ctx))
	want("its result was to be read", away, ztp.CodeOutcomeUnknown)
	if e := ztp.AsErrorOf(ctx, errors.New("a bug")); e.Code != ztp.CodeInternal {
		t.Errorf("a bug after a commit is %s", e.Code)
	}
	if e := ztp.AsErrorOf(ctx, ztp.NotFound("platform")); e.Code != ztp.CodeNotFound {
		t.Errorf("a refusal after a commit is %s", e.Code)
	}
}
