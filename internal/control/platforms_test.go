package control_test

import (
	"context"
	"fmt"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// asking answers three questions of a store, and counts them; any other is a panic.
type asking struct {
	ztp.Store
	of    ztp.Store
	asked int
}

func (s *asking) ListPlatforms(ctx context.Context, q ztp.PlatformQuery) (ztp.Page[ztp.Platform], error) {
	s.asked++
	return s.of.ListPlatforms(ctx, q)
}

func (s *asking) LinkFacts(ctx context.Context, ps []ztp.PlatformID) (map[ztp.PlatformID]map[ztp.VendorName]ztp.LinkFacts, error) {
	s.asked++
	return s.of.LinkFacts(ctx, ps)
}

func (s *asking) PrimaryAccounts(ctx context.Context, ps []ztp.PlatformID) (map[ztp.PlatformID]ztp.Account, error) {
	s.asked++
	return s.of.PrimaryAccounts(ctx, ps)
}

// The list of platforms asks the store the same few questions for any number of platforms
// and vendors: with one for each, five hundred of ten vendors took seconds.
func TestListPlatforms_AsksOnceForAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 30 {
		p, _, err := w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: fmt.Sprint("Tenant ", n)})
		w.must(err)
		if n%2 == 0 {
			w.must(w.store.SaveLink(t.Context(), ztp.Link{Platform: p.ID, Vendor: "snom", State: ztp.LinkOnboarding, Nonce: ztp.NewNonce(), UpdatedAt: w.now()}))
		}
	}
	store := &asking{of: w.store}
	list := control.New(control.Config{Store: store, Vendors: []ztp.Vendor{w.snom}, Reseller: w.secrets, Address: w.address,
		Installation: storetest.Installation, URL: w.url, Now: w.now})
	page, err := list.ListPlatforms(t.Context(), viewer, ztp.PlatformQuery{Limit: 1000})
	w.must(err)
	if len(page.Items) != 31 || store.asked != 3 {
		t.Errorf("%d platforms after %d questions, want 31 after 3", len(page.Items), store.asked)
	}
	for _, v := range page.Items {
		want, err := w.control.Link(t.Context(), viewer, v.Slug, "snom")
		if w.must(err); want.RowVersion != v.Links[0].RowVersion || want.State != v.Links[0].State || v.Links[0].Platform != v.ID {
			t.Errorf("%s: want %+v, got %+v", v.Slug, want, v.Links[0])
		}
	}
}
