package restapi_test

import (
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

func (s *stack) mustItems(id string) []api.CampaignItem {
	s.t.Helper()
	var out []api.CampaignItem
	for i, err := range s.admin.CampaignItems(s.t.Context(), id, "") {
		if err != nil {
			s.t.Fatal(err)
		}
		out = append(out, i)
	}
	return out
}

// TestCampaign: a dry run makes nothing, a repeated request makes nothing more, a
// second campaign is refused, and what has ended can't be resumed.
func TestCampaign(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	for _, slug := range []string{"acme", "other"} {
		p, _ := s.mustPlatform(slug)
		s.mustConfigure(p)
	}
	s.mustPlatform("fresh")
	dry, err := s.admin.CreateCampaign(ctx, "snom", api.NewCampaign{Kind: "onboard", DryRun: true, Budget: "30/m"})
	if err != nil || !dry.DryRun || dry.ID != "" || dry.Budget != "30/m" || dry.Tally != (api.CampaignTally{Total: 3, Pending: 1, Already: 2}) {
		t.Fatalf("%+v, %v", dry, err)
	}
	if len(dry.Items) != 3 || dry.Items[0].Platform != "acme" || dry.Items[0].State != "already" || dry.Items[1].State != "pending" || dry.Items[1].Note == "" {
		t.Errorf("%+v", dry.Items)
	}
	_, err = s.admin.CreateCampaign(ctx, "snom", api.NewCampaign{Kind: "rotate"})
	if !api.IsCode(err, "reseller_credentials_missing") {
		t.Errorf("want it refused at once, got %v", err)
	}
	s.mustReseller()
	ask := api.NewCampaign{Kind: "rotate", Budget: "2/s"}
	c, err := s.admin.CreateCampaign(ctx, "snom", ask, api.IdempotencyKey("k"))
	if err != nil || c.State != "running" || c.Kind != "rotate" || c.AskedBy != "token:super-admin" || c.NextAt == nil || c.Tally.Pending != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	again, err := s.admin.CreateCampaign(ctx, "snom", ask, api.IdempotencyKey("k"))
	if err != nil || again.ID != c.ID {
		t.Errorf("the same request again: %+v, %v", again, err)
	}
	_, err = s.admin.CreateCampaign(ctx, "snom", api.NewCampaign{Kind: "rotate", Budget: "1/s"}, api.IdempotencyKey("k"))
	if !api.IsCode(err, "idempotency_mismatch") {
		t.Errorf("want idempotency_mismatch, got %v", err)
	}
	_, err = s.admin.Onboard(ctx, "fresh", "snom", api.IdempotencyKey("k"))
	if !api.IsCode(err, "idempotency_mismatch") {
		t.Errorf("another kind of request under the key: %v", err)
	}
	_, err = s.admin.CreateCampaign(ctx, "snom", ask)
	if !api.IsCode(err, "campaign_running") || !strings.Contains(err.Error(), c.ID) {
		t.Errorf("want campaign_running, got %v", err)
	}
	if items := s.mustItems(c.ID); len(items) != 2 || items[0].Platform != "acme" || items[0].State != "pending" {
		t.Errorf("%+v", items)
	}
	for _, step := range []struct {
		got   func() (api.Campaign, error)
		state string
	}{
		{func() (api.Campaign, error) { return s.admin.PauseCampaign(ctx, c.ID) }, "paused"},
		{func() (api.Campaign, error) { return s.admin.ResumeCampaign(ctx, c.ID) }, "running"},
		{func() (api.Campaign, error) { return s.admin.CancelCampaign(ctx, c.ID) }, "cancelled"},
		{func() (api.Campaign, error) { return s.viewer.Campaign(ctx, c.ID) }, "cancelled"},
	} {
		if got, err := step.got(); err != nil || got.State != step.state {
			t.Errorf("want %s, got %+v, %v", step.state, got, err)
		}
	}
	_, err = s.admin.ResumeCampaign(ctx, c.ID)
	if !api.IsCode(err, "form_outdated") {
		t.Errorf("want form_outdated, got %v", err)
	}
	n := 0
	for got, err := range s.viewer.Campaigns(ctx, "snom", false) {
		if n++; err != nil || got.ID != c.ID || got.FinishedAt == nil || got.Tally.Cancelled != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if n != 1 {
		t.Errorf("%d campaigns; a dry run makes none", n)
	}
}

// TestCampaignAdopt: pasted keys are taken in and given out by nobody; a wrong line
// keeps everything from being done.
func TestCampaignAdopt(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustPlatform("acme")
	const secret = "pasted-secret-of-acme"
	pair := api.CampaignCompany{CompanyID: "c1", Platform: "acme", KeyID: "ck_1", KeySecret: secret, Line: 2}
	_, err := s.admin.CreateCampaign(t.Context(), "snom", api.NewCampaign{Kind: "adopt", Companies: []api.CampaignCompany{
		pair, {CompanyID: "c1", Platform: "acme", KeyID: "ck_1", Line: 3}, {CompanyID: "c3", Platform: "nobody", KeyID: "ck_3", KeySecret: "short", Line: 4},
	}})
	e, ok := err.(*api.Error)
	if !ok || e.Code != "invalid" {
		t.Fatalf("want invalid, got %v", err)
	}
	for _, field := range []string{"line 3, platform", "line 3, company_id", "line 3, key_secret", "line 4, platform", "line 4, key_secret"} {
		if e.Fields[field] == "" {
			t.Errorf("%q is not named in %v", field, e.Fields)
		}
	}
	c, err := s.admin.CreateCampaign(t.Context(), "snom", api.NewCampaign{Kind: "adopt", Hold: true, Companies: []api.CampaignCompany{pair}})
	if err != nil || c.State != "paused" || c.StartedAt != nil || c.Tally.Pending != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	items := s.mustItems(c.ID)
	if len(items) != 1 || items[0].CompanyID != "c1" || items[0].KeyID != "ck_1" {
		t.Errorf("%+v", items)
	}
	key, err := s.store.OpenCampaignKey(t.Context(), ztp.CampaignID(c.ID), s.id("acme"), "snom")
	if err != nil || key.Secret.RevealSecret() != secret {
		t.Errorf("not sealed: %v", err)
	}
	for _, path := range []string{"/campaigns", "/campaigns/" + c.ID, "/campaigns/" + c.ID + "/items", "/audit"} {
		if got := s.request(ztp.SuperAdmin, "GET", "/api/v1"+path, ""); got.status != 200 || strings.Contains(got.body, secret) {
			t.Errorf("%s: %d, or it holds the secret", path, got.status)
		}
	}
	if _, err := s.admin.CancelCampaign(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.store.OpenCampaignKey(t.Context(), ztp.CampaignID(c.ID), s.id("acme"), "snom"); !ztp.IsCode(err, ztp.CodeNotFound) {
		t.Errorf("kept after the cancel: %v", err)
	}
}

func (s *stack) id(slug string) ztp.PlatformID {
	s.t.Helper()
	p, err := s.store.Platform(s.t.Context(), slug)
	if err != nil {
		s.t.Fatal(err)
	}
	return p.ID
}

// TestCampaignInput names each wrong value.
func TestCampaignInput(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for body, field := range map[string]string{
		`{}`:                                   "kind",
		`{"kind":"disable"}`:                   "kind",
		`{"kind":"rotate","budget":"fast"}`:    "budget",
		`{"kind":"rotate","older_than":"old"}`: "older_than",
		`{"kind":"onboard","older_than":"1d"}`: "older_than",
		`{"kind":"adopt","companies":[]}`:      "companies",
		`{"kind":"adopt","companies":null}`:    "companies",
		`{"kind":"rotate","companies":[{"company_id":"c","platform":"p"}]}`: "companies",
	} {
		p := problemIn(t, s.request(ztp.SuperAdmin, "POST", "/api/v1/vendors/snom/campaigns", body))
		if p.Code != "invalid" || p.Fields[field] == "" {
			t.Errorf("%s: want the field %q, got %s %v", body, field, p.Code, p.Fields)
		}
	}
	for _, list := range []string{"campaigns", "operations"} {
		if p := problemIn(t, s.request(ztp.SuperAdmin, "GET", "/api/v1/"+list+"?vendor=nope", "")); p.Code != "invalid" || !strings.Contains(p.Fields["vendor"], "snom") {
			t.Errorf("%s of no vendor: want the field vendor and those there are, got %s %v", list, p.Code, p.Fields)
		}
	}
	long := `{"kind":"` + strings.Repeat("x", 3<<20) + `"}`
	if got := s.request(ztp.SuperAdmin, "POST", "/api/v1/vendors/snom/campaigns", long); got.status != 413 || !strings.Contains(got.body, "1023 KiB") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
