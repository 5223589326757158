package e2e_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// comparison compares all platforms with the vendor. One matches; in the other somebody
// has made another key since the last time.
var comparison = errand{
	name: "Reconcile", operation: "reconcile", worlds: 1, writes: regexp.MustCompile(`(UPDATE|INSERT INTO) (operation|reconciliation)\b`),
	begin: func(t *testing.T, v *victim) func(t *testing.T, n int) once {
		t.Helper()
		for _, slug := range []string{"same-1", "other-2"} {
			v.in.platform(t, slug)
			onboarded(t, v.in, slug)
		}
		company, key := v.snom.companies(t, "other-2")[0].ID, ""
		v.sim.AddCompany(v.sim.Resellers()[0].CompanyID, "nobody's")
		return func(t *testing.T, n int) once {
			t.Helper()
			v.sim.DeleteKey(key)
			key, _ = v.sim.AddKey(company, fmt.Sprintf("by hand %d", n), srapssim.DefaultRole)
			before := v.sim.State()
			return once{
				run:   func(ctx context.Context) error { return compare(ctx, v.in.client, "") },
				check: func(t *testing.T) { t.Helper(); v.compared(t, before, key) },
			}
		}
	},
}

// compared looks at the report: every row is of the run that was killed or of the one
// after, and nothing has changed at the vendor.
func (v *victim) compared(t *testing.T, before srapssim.State, key string) {
	t.Helper()
	rows := map[string]int{}
	for row, err := range v.in.client.ReconciliationRows(t.Context(), "snom", api.ReconciliationFilter{}) {
		if err != nil {
			t.Fatal(err)
		}
		rows[strings.TrimRight(row.Reason+" "+row.Platform+" "+row.ObjectID, " ")]++
	}
	want := map[string]int{"matches same-1": 1, "key_foreign other-2 " + key: 1, "company_not_ours": 1}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff(before, v.sim.State()); d != "" {
		t.Errorf("the vendor has changed:\n%s", d)
	}
	v.in.quiet(t, "")
}
