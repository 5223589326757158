package restapi_test

import (
	"fmt"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// mustOffboarding is one that has ended, of a platform that is gone.
func (s *stack) mustOffboarding() string {
	s.t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	o := ztp.Offboarding{ID: ztp.OffboardingID(ztp.NewID()), Platform: ztp.PlatformID(ztp.NewID()), Slug: "gone", Name: "Gone", State: ztp.OffboardingDone,
		Parts: []ztp.OffboardingPart{{Vendor: "snom", Operation: "op", State: ztp.OffboardingDone, CompanyID: "c-1", Made: true, Phones: 3, Released: 3}}, CreatedAt: now, FinishedAt: now}
	if err := s.store.CreateOffboarding(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
	return string(o.ID)
}

// TestOffboard: what is previewed is what is asked for; many phones need their number;
// the same request is the same off-boarding; the receipt outlives the platform.
func TestOffboard(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	s.mustReseller()
	p, a := s.mustPlatform("acme")
	nothing, err := s.admin.Offboard(ctx, "acme", api.Offboard{})
	if err != nil || !nothing.Nothing || !nothing.Final() || nothing.ID != "" {
		t.Errorf("%+v, %v", nothing, err)
	}
	s.mustConfigure(p)
	for i := range ztp.OffboardAsks + 1 {
		mac, err := ztp.ParseMAC(fmt.Sprintf("0004130000%02x", i))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now().UTC().Truncate(time.Millisecond)
		if err := s.store.SaveEndpoint(ctx, ztp.Endpoint{Platform: ztp.PlatformID(p.ID), Vendor: "snom", MAC: mac, Account: ztp.AccountID(a.ID), State: ztp.EndpointWanted, ProductGroup: "D-Series", CreatedAt: now, UpdatedAt: now}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.admin.DeletePlatform(ctx, "acme"); !api.IsCode(err, "in_use") {
		t.Errorf("%v", err)
	}
	preview, err := s.viewer.OffboardPreview(ctx, "acme")
	if err != nil || preview.Phones != 101 || preview.AsksAbove != 100 || len(preview.Vendors) != 1 {
		t.Fatalf("%+v, %v", preview, err)
	}
	order := ""
	for _, step := range preview.Vendors[0].Steps {
		order += step.Step + " "
	}
	if order != "send_phones_home release_phones delete_profiles revoke_keys company_stays " {
		t.Error(order)
	}
	number := func(n int) api.Offboard { return api.Offboard{Phones: &n} }
	for _, in := range []api.Offboard{{}, number(100), number(0)} {
		if _, err := s.admin.Offboard(ctx, "acme", in); !api.IsCode(err, "invalid") {
			t.Errorf("%+v: %v", in, err)
		}
	}
	o, err := s.admin.Offboard(ctx, "acme", number(101), api.IdempotencyKey("k"))
	if err != nil || o.State != "running" || o.Vendors[0].Phones != 101 || o.Vendors[0].Doing == "" || o.PhonesHome == nil {
		t.Fatalf("%+v, %v", o, err)
	}
	again, err := s.admin.Offboard(ctx, "acme", number(101), api.IdempotencyKey("k"))
	if err != nil || again.ID != o.ID {
		t.Errorf("the same request again: %+v, %v", again, err)
	}
	if _, err := s.admin.Offboard(ctx, "acme", api.Offboard{KeepPhones: true}, api.IdempotencyKey("k")); !api.IsCode(err, "idempotency_mismatch") {
		t.Errorf("%v", err)
	}
	if _, err := s.admin.Offboard(ctx, "acme", number(101)); !api.IsCode(err, "operation_running") {
		t.Errorf("%v", err)
	}
	if _, err := s.admin.PutEndpoint(ctx, "acme", "000413000001", api.PutEndpoint{Account: a.Slug}); !api.IsCode(err, "operation_running") {
		t.Errorf("a phone is registered beside it: %v", err)
	}
	cancelled, err := s.admin.CancelOffboarding(ctx, o.ID)
	if err != nil || cancelled.Vendors[0].Left != 101 {
		t.Errorf("%+v, %v", cancelled, err)
	}
	old := s.mustOffboarding()
	got, err := s.viewer.Offboarding(ctx, old)
	if err != nil || got.Platform != "gone" || len(got.Vendors[0].Stays) != 1 || got.PhonesHome != nil {
		t.Errorf("%+v, %v", got, err)
	}
	n := 0
	for _, err := range s.viewer.Offboardings(ctx, "") {
		if n++; err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 {
		t.Errorf("%d off-boardings", n)
	}
}
