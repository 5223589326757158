package restapi_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// bodies are good bodies for the routes that need one.
var bodies = map[string]string{
	"create-platform": `{"name":"Another"}`,
	"update-platform": `{"name":"Renamed"}`,
	"create-account":  `{"name":"Another"}`,
	"update-account":  `{"name":"Renamed"}`,
	"connect":         `{"key_id":"ck_1","key_secret":"12345678"}`,
	"adopt":           `{"company_id":"c1"}`,
	"revoke-key":      `{"key_id":"ck_1"}`,
	"put-endpoint":    `{"account":"main-acme"}`,

	"put-endpoint-sip": `{"registered":true,"at":"2026-03-01T12:00:00Z"}`,
	"replace-endpoint": `{"new_mac":"000413000003"}`,
	"move-endpoint":    `{"platform":"other","account":"main-other"}`,
	"retire-token":     `{"token":"none"}`,

	"put-settings":          `{"settings":[{"name":"language","value":"de"}]}`,
	"put-platform-settings": `{"settings":[{"name":"language","value":"de"}]}`,
	"put-account-settings":  `{"settings":[{"name":"language","value":null}]}`,
	"put-endpoint-settings": `{"settings":[{"name":"line_password","index":1,"value":"secret"}]}`,

	"advance-setting-rollout": `{"percent":1}`,
	"stop-setting-rollout":    `{"reason":"a look"}`,
	"set-setting-freeze":      `{"frozen":false}`,
	"begin-resync":            `{"dry_run":true}`,

	"create-campaign": `{"kind":"rotate"}`,

	"set-vendor-writes": `{"on":false,"reason":"an audit"}`,
	"start-rebuild":     `{"companies":["c-lost"]}`,
	"start-import":      `{"mode":"skip_invalid"}`,
}

// surface is every route of the OpenAPI document: operation id → method and path.
func surface(t *testing.T, s *stack) map[string][2]string {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal([]byte(s.request("", "GET", "/api/v1/openapi.json", "").body), &doc); err != nil {
		t.Fatal(err)
	}
	routes := map[string][2]string{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			routes[op.OperationID] = [2]string{strings.ToUpper(method), "/api/v1" + path}
		}
	}
	if len(routes) < 28 {
		t.Fatalf("the document has only %d routes", len(routes))
	}
	return routes
}

func problemIn(t *testing.T, a answer) api.Problem {
	t.Helper()
	var p api.Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil || a.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("no problem document: %d %s %q", a.status, a.header.Get("Content-Type"), a.body)
	}
	if p.Status != a.status || p.Type != "urn:zerotouch:error:"+p.Code || p.Title == "" || p.Detail == "" || p.RequestID != a.header.Get("X-Request-Id") {
		t.Errorf("incomplete problem document: %s", a.body)
	}
	return p
}

// TestRights asks every route of the document as nobody, as a viewer and as a
// super-admin, for things that exist and for those of somebody else. Each case
// has a stack of its own, since some change what others look at.
func TestRights(t *testing.T) {
	t.Parallel()
	here := strings.NewReplacer("{p}", "acme", "{a}", "main-acme", "{v}", "snom", "{mac}", "00:04:13:00:00:01")
	// The second platform's account and phone, asked for below the first one.
	foreign := strings.NewReplacer("{p}", "acme", "{a}", "main-other", "{v}", "gigaset", "{mac}", "00:04:13:00:00:02", "{id}", ztp.NewID())
	nowhere := func(path string) string {
		vendor := "snom"
		if strings.HasPrefix(path, "/api/v1/vendors/") {
			vendor = "gigaset"
		}
		return strings.NewReplacer("{p}", "nobody", "{a}", "main-acme", "{v}", vendor, "{mac}", "00:04:13:00:00:01", "{id}", ztp.NewID(), "{row}", "none").Replace(path)
	}
	s := newStack(t)
	id, campaign := s.fill()
	file := s.mustImport("acme", "mac,account\n000413000001,main-acme\n").ID
	change, again := s.mustRollout(ztp.SettingScope{}), s.mustResync().ID
	for name, route := range surface(t, s) {
		method, path := route[0], strings.ReplaceAll(route[1], "{id}", id)
		if strings.Contains(path, "/campaigns/") {
			path = strings.ReplaceAll(route[1], "{id}", campaign)
		}
		if strings.Contains(path, "/offboardings/") {
			path = strings.ReplaceAll(route[1], "{id}", s.mustOffboarding())
		}
		if strings.Contains(path, "/setting-rollouts/") {
			path = strings.ReplaceAll(route[1], "{id}", change)
		}
		if strings.Contains(path, "/resyncs/") {
			path = strings.ReplaceAll(route[1], "{id}", again)
		}
		if strings.Contains(path, "/imports/") {
			path = strings.ReplaceAll(route[1], "{id}", file)
		}
		if name == "find-endpoints" {
			path += "?q=desk"
		}
		elsewhere := nowhere(route[1])
		body := bodies[name]
		reads := method == http.MethodGet
		expect := func(who ztp.Role, path, body string, status int) {
			t.Helper()
			got := s.request(who, method, path, body)
			if got.status != status {
				t.Errorf("%s as %q: %s %s: want %d, got %d %s", name, who, method, path, status, got.status, got.body)
			}
			if got.status >= 400 {
				problemIn(t, got)
			}
		}
		expect("", here.Replace(path), body, 401)
		expect("", elsewhere, body, 401)
		if !reads {
			before := s.refusals()
			expect(ztp.Viewer, here.Replace(path), body, 403)
			expect(ztp.Viewer, nowhere(path), `{"nonsense":1}`, 403)
			if got := s.refusals() - before; got != 2 {
				t.Errorf("%s: %d audit rows of 2 forged writes", name, got)
			}
		} else {
			expect(ztp.Viewer, here.Replace(path), "", 200)
		}
		if path == route[1] && !strings.Contains(path, "{") || name == "get-mac" || name == "find-endpoints" { // which is below no platform
			continue
		}
		for _, who := range []ztp.Role{ztp.SuperAdmin, ztp.Viewer} {
			if reads || who == ztp.SuperAdmin {
				expect(who, elsewhere, `{"nonsense":1}`[:map[bool]int{true: 0, false: 14}[reads]], 404)
			}
		}
		if strings.Contains(route[1], "{a}") || strings.Contains(route[1], "{v}") || strings.Contains(route[1], "{mac}") && name != "put-endpoint" {
			expect(ztp.SuperAdmin, foreign.Replace(route[1]), body, 404)
		}
	}
}

// fill makes two platforms with a phone each, an operation and a campaign, whose ids it returns.
func (s *stack) fill() (operation, campaign string) {
	s.t.Helper()
	s.mustReseller()
	var id string
	for slug, mac := range map[string]string{"acme": "000413000001", "other": "000413000002"} {
		p, _ := s.mustPlatform(slug)
		s.mustConfigure(p)
		a, err := s.admin.PutEndpoint(s.t.Context(), slug, mac, api.PutEndpoint{Account: "main-" + slug})
		if err != nil {
			s.t.Fatal(err)
		}
		id = a.Operation.ID
	}
	c, err := s.admin.CreateCampaign(s.t.Context(), "snom", api.NewCampaign{Kind: "rotate", Hold: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return id, c.ID
}

// refusals counts the audit rows of what was refused.
func (s *stack) refusals() int {
	s.t.Helper()
	n := 0
	for _, err := range s.admin.Events(s.t.Context(), api.EventFilter{Outcome: "refused"}) {
		if err != nil {
			s.t.Fatal(err)
		}
		n++
	}
	return n
}

// TestOrderOfChecks: existence is asked before the body, and a body before what
// the action needs.
func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustPlatform("acme")
	for _, tc := range []struct{ path, body, want string }{
		{"/api/v1/platforms/nobody/vendors/snom/connect", `{`, "not_found"},
		{"/api/v1/platforms/acme/vendors/gigaset/connect", `{`, "not_found"},
		{"/api/v1/platforms/acme/vendors/snom/connect", `{`, "invalid"},
		{"/api/v1/platforms/acme/vendors/snom/onboard", ``, "reseller_credentials_missing"},
		{"/api/v1/platforms/acme/vendors/snom/onboard", `{"x":1}`, "invalid"},
		{"/api/v1/platforms/acme/vendors/snom/rotate", `{}`, "not_onboarded"},
	} {
		if got := problemIn(t, s.request(ztp.SuperAdmin, "POST", tc.path, tc.body)).Code; got != tc.want {
			t.Errorf("%s %s: want %s, got %s", tc.path, tc.body, tc.want, got)
		}
	}
}
