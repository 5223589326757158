package ztp_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// The operations manual explains every finding in the words that the report uses.
func TestReconciliationFindingsAreExplained(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, r := range ztp.RowReasons() {
		line := fmt.Sprintf("| %s | %s |", r.Class().Title(), strings.TrimSpace(r.Title()+". "+r.Text()))
		if !strings.Contains(string(manual), line) {
			t.Errorf("docs/operations.md has no line %q", line)
		}
		if r.Class().Rank() >= len(ztp.RowClasses) || r.Class().Title() == "" {
			t.Errorf("%s has no class", r)
		}
		ids[ztp.ReconciliationRow{Vendor: "snom", Reason: r}.WithID().ID] = true
	}
	if len(ids) != len(ztp.RowReasons()) {
		t.Error("two findings about one thing have the same id")
	}
}

func TestReconciliationOverdue(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	for name, c := range map[string]struct {
		complete, since time.Time
		want            bool
	}{
		"nothing to compare":      {want: false},
		"never, and just begun":   {since: ago(time.Hour), want: false},
		"never, for long":         {since: ago(3 * time.Hour), want: true},
		"lately":                  {since: ago(99 * time.Hour), complete: ago(2 * time.Hour), want: false},
		"not for long":            {since: ago(99 * time.Hour), complete: ago(121 * time.Minute), want: true},
		"before there was a link": {since: ago(time.Hour), complete: ago(99 * time.Hour), want: false},
	} {
		if got := (ztp.Reconciliation{CompleteAt: c.complete}).Overdue(c.since, now); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
	links := []ztp.Link{
		{CompanyID: "a", SetAt: ago(time.Hour)}, {CompanyID: "b", DisabledAt: ago(2 * time.Hour)},
		{CompanyID: "c", SetAt: ago(9 * time.Hour), Connected: true}, {SetAt: ago(9 * time.Hour)},
	}
	if got := ztp.ReconcilableSince(links); !got.Equal(ago(2 * time.Hour)) {
		t.Errorf("since %s", got)
	}
}

func TestParseRowClass(t *testing.T) {
	t.Parallel()
	for _, c := range append(ztp.RowClasses, "") {
		if got, err := ztp.ParseRowClass(string(c)); err != nil || got != c {
			t.Errorf("%q: %q, %v", c, got, err)
		}
	}
	if _, err := ztp.ParseRowClass("Matching"); !ztp.IsCode(err, ztp.CodeInvalid) {
		t.Errorf("got %v", err)
	}
}
