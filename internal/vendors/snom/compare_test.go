package snom_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// Comparing a company costs two calls where lists tell everything: its keys and its
// profiles. Where they show ids and names alone, a process asks for each company once,
// and for each profile every time.
func TestCalls_ComparingACompany(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sim         srapssim.Options
		first, next []string
	}{
		"lists tell everything": {srapssim.Options{},
			[]string{"GET tokens", "GET provisioning-profiles"},
			[]string{"GET tokens", "GET provisioning-profiles"}},
		"lists tell names": {srapssim.Options{BareLists: true},
			[]string{"GET companies/{id}", "GET tokens", "GET provisioning-profiles", "GET provisioning-profiles/{id}"},
			[]string{"GET tokens", "GET provisioning-profiles", "GET provisioning-profiles/{id}"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.sim)
			first, second := w.customer(srapssim.DefaultRole), w.customer(srapssim.DefaultRole)
			w.profile(first)
			w.profile(second)
			compare := func(c customer) func() { return func() { w.compare(t, c) } }
			w.calls(func() {
				if _, err := w.ListCompanies(t.Context(), w.reseller); err != nil {
					t.Fatal(err)
				}
			})
			w.calls(compare(first)) // which also reads the catalogue
			if diff := cmp.Diff(c.first, w.calls(compare(second))); diff != "" {
				t.Errorf("the first time (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.next, w.calls(compare(second))); diff != "" {
				t.Errorf("the next time (-want +got):\n%s", diff)
			}
		})
	}
}

// compare reads all that is compared of a company.
func (w *world) compare(t *testing.T, c customer) {
	t.Helper()
	if _, err := w.ListCredentials(t.Context(), w.reseller, c.id); err != nil {
		t.Fatal(err)
	}
	all, err := w.ListProfiles(t.Context(), c.key, c.id)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range all {
		if p.Partial {
			if all[i], err = w.Profile(t.Context(), c.key, c.id, p.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	whole := func(p ztp.VendorProfile) bool {
		return p.Name == "ours" && p.Enabled && p.Group == desk && !p.URL.IsZero()
	}
	if len(all) != 1 || !slices.ContainsFunc(all, whole) {
		t.Errorf("got %+v", all)
	}
}
