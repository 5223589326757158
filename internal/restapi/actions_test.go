package restapi_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// TestOnboard walks through what Onboard answers: refusals first, then the
// operation, then that there is nothing to do.
func TestOnboard(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	p, err := s.admin.CreatePlatform(ctx, api.NewPlatform{Name: "Acme Voice"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Slug != "acme-voice" {
		t.Errorf("want a slug made from the name, got %q", p.Slug)
	}
	_, err = s.admin.Onboard(ctx, p.Slug, "snom")
	var e *api.Error
	if !errors.As(err, &e) || e.Code != "reseller_credentials_missing" || e.Title != "Reseller credentials not configured in this environment" {
		t.Fatalf("want reseller_credentials_missing, got %v", err)
	}
	s.mustReseller()
	if _, err = s.admin.Onboard(ctx, p.Slug, "snom"); !api.IsCode(err, "provisioning_token_missing") || !api.IsRefused(err) {
		t.Fatalf("want provisioning_token_missing, got %v", err)
	}
	l, err := s.admin.Link(ctx, p.Slug, "snom")
	if err != nil {
		t.Fatal(err)
	}
	if l.Error == nil || l.Error.Code != "provisioning_token_missing" || !strings.Contains(l.Error.Detail+l.Error.Remedy, "account") || l.Error.At == nil {
		t.Errorf("the refusal is not kept on the link: %+v", l.Error)
	}
	if _, err := s.admin.CreateAccount(ctx, p.Slug, api.NewAccount{Name: "Main"}); err != nil {
		t.Fatal(err)
	}

	first, err := s.admin.Onboard(ctx, p.Slug, "snom", api.IdempotencyKey("once"))
	if err != nil {
		t.Fatal(err)
	}
	op := first.Operation
	if op == nil || op.Kind != "onboard" || op.Platform != "acme-voice" || op.State != "queued" || len(op.Steps) == 0 || op.AskedBy != "token:super-admin" {
		t.Fatalf("not the operation that was asked for: %+v", op)
	}
	again, err := s.admin.Onboard(ctx, p.ID, "snom", api.IdempotencyKey("once"))
	if err != nil || again.Operation.ID != op.ID {
		t.Errorf("the same key made another operation: %+v %v", again, err)
	}
	if _, err = s.admin.Disable(ctx, p.Slug, "snom", api.Disable{}, api.IdempotencyKey("once")); !api.IsCode(err, "idempotency_mismatch") {
		t.Errorf("want idempotency_mismatch, got %v", err)
	}
	_, err = s.admin.Rotate(ctx, p.Slug, "snom", api.Rotate{})
	if running := api.RunningOperation(err); !api.IsOperationRunning(err) || running == nil || running.ID != op.ID {
		t.Errorf("want operation_running with the operation, got %v %+v", err, running)
	}
	if l, err = s.admin.Link(ctx, p.Slug, "snom"); err != nil || l.State != api.LinkOnboarding || l.Operation == nil || l.Error != nil {
		t.Errorf("the link does not show what runs: %+v %v", l, err)
	}
}

// TestAtOnce: what needs no operation is answered with 200 and the link.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	p, _ := s.mustPlatform("acme")
	off, err := s.admin.Disable(ctx, "acme", "snom", api.Disable{})
	if err != nil || !off.AlreadyDisabled || off.Operation != nil || off.Link == nil {
		t.Errorf("want already disabled, got %+v %v", off, err)
	}
	s.mustConfigure(p)
	on, err := s.admin.Onboard(ctx, "acme", "snom")
	if err != nil || !on.AlreadyOnboarded || on.Operation != nil || on.Link == nil || on.Link.CompanyID != "c-acme" {
		t.Errorf("want already onboarded, got %+v %v", on, err)
	}
	raw := s.request(ztp.SuperAdmin, "POST", "/api/v1/platforms/acme/vendors/snom/onboard", "")
	var fields map[string]any
	if err := json.Unmarshal([]byte(raw.body), &fields); err != nil {
		t.Fatal(err)
	}
	if raw.status != 200 || fields["already_onboarded"] != true || fields["link"] == nil || len(fields) != 2 {
		t.Errorf("not the shape that was promised: %d %s", raw.status, raw.body)
	}
}

// TestStandingError: what needs attention and has a key is answered with what is
// wrong, as a conflict.
func TestStandingError(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	p, _ := s.mustPlatform("acme")
	s.mustConfigure(p)
	l, err := s.store.Link(ctx, ztp.PlatformID(p.ID), "snom")
	if err != nil {
		t.Fatal(err)
	}
	l.State, l.Error = ztp.LinkNeedsAttention, &ztp.Problem{Code: ztp.CodeVendorKeyRejected, Detail: "As found.", At: time.Now()}
	if err := s.store.SaveLink(ctx, l); err != nil {
		t.Fatal(err)
	}
	_, err = s.admin.Onboard(ctx, "acme", "snom")
	var e *api.Error
	if !errors.As(err, &e) || e.Status != http.StatusConflict || e.Code != "vendor_key_rejected" || e.Detail != "As found." || !api.IsRefused(err) {
		t.Errorf("got %v", err)
	}
}

// TestShapes compares link and operation with the documented example, key by key.
func TestShapes(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustReseller()
	p, _ := s.mustPlatform("acme")
	s.mustConfigure(p)
	keys := func(text string) map[string]any {
		var m map[string]any
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err, text)
		}
		return m
	}
	link := keys(s.request(ztp.Viewer, "GET", "/api/v1/platforms/acme/vendors/snom", "").body)
	if _, ok := link["credential"].(map[string]any)["set_at"]; !ok {
		t.Error("the credential does not say when it was set")
	}
	link["credential"] = nil
	delete(link, "address_outdated") // there is no profile behind this link
	want := map[string]any{
		"vendor": "snom", "state": "configured", "company_id": "c-acme", "credential": nil, "operation": nil, "error": nil, "disabled_at": nil,
		"endpoints": map[string]any{"listed": 0.0, "paused": 0.0, "failed": 0.0},
	}
	if diff := cmp.Diff(want, link); diff != "" {
		t.Error(diff)
	}
	got := s.request(ztp.SuperAdmin, "POST", "/api/v1/platforms/acme/vendors/snom/rotate", `{"exposed":true}`)
	op := keys(got.body)
	if got.status != 202 || got.header.Get("Location") != "/api/v1/operations/"+op["id"].(string) {
		t.Errorf("want 202 with the operation's address, got %d %q", got.status, got.header.Get("Location"))
	}
	for _, name := range []string{"id", "kind", "platform", "vendor", "state", "steps", "asked_by", "created_at", "error"} {
		if _, ok := op[name]; !ok {
			t.Errorf("the operation has no %s: %s", name, got.body)
		}
	}
}

// TestToken: a provisioning token is shown by the request that issues it, and by
// no other.
func TestToken(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	_, a := s.mustPlatform("acme")
	if len(a.Token.Reveal()) < 26 || !a.Primary || !a.HasToken {
		t.Fatalf("no token: %+v", a)
	}
	if got, err := s.admin.Account(ctx, "acme", a.Slug); err != nil || got.Token != "" {
		t.Errorf("the token is shown again: %v", err)
	}
	more, err := s.admin.IssueToken(ctx, "acme", a.Slug)
	if err != nil || more.Token == "" || more.Token == a.Token {
		t.Errorf("no new token: %v", err)
	}
	none, err := s.admin.CreateAccount(ctx, "acme", api.NewAccount{Name: "No token", ExternalID: "x1", Token: new(bool)})
	if err != nil || none.Token != "" || none.HasToken || none.Primary {
		t.Errorf("a token that was not asked for: %+v %v", none, err)
	}
	same, err := s.admin.CreateAccount(ctx, "acme", api.NewAccount{Name: "Other name", ExternalID: "x1"})
	if err != nil || same.ID != none.ID || same.Token != "" {
		t.Errorf("the same external id made another account: %+v %v", same, err)
	}
	if strings.Contains(s.log.String(), a.Token.Reveal()) {
		t.Error("the log has the token")
	}
}

// TestAgain: what makes something without an operation is repeatable too, with the
// status, the address and the token of the first answer.
func TestAgain(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	send := func(path, body, key string) (int, string, map[string]any) {
		t.Helper()
		got := s.request(ztp.SuperAdmin, "POST", "/api/v1/platforms"+path, body, "Idempotency-Key", key)
		var fields map[string]any
		if err := json.Unmarshal([]byte(got.body), &fields); err != nil {
			t.Fatal(err, got.body)
		}
		return got.status, got.header.Get("Location"), fields
	}
	for i, r := range [][2]string{
		{"", `{"name":"Acme"}`}, {"/acme/accounts", `{"name":"Main"}`}, {"/acme/accounts/main/token", ``}, {"/acme/accounts", `{"name":"Quiet","token":false}`},
	} {
		key := string(rune('a' + i))
		status, at, first := send(r[0], r[1], key)
		again, atAgain, second := send(r[0], r[1], key)
		if status >= 300 || status != again || at != atAgain || first["id"] != second["id"] || first["token"] != second["token"] {
			t.Errorf("%v: %d %s %v, then %d %s %v", r, status, at, first, again, atAgain, second)
		}
		if wantToken := i == 1 || i == 2; (first["token"] != nil) != wantToken {
			t.Errorf("%v: a token is in the answer: %t", r, !wantToken)
		}
		if i == 2 { // it has no body that could be another
			continue
		}
		if status, _, p := send(r[0], `{"name":"Other"}`, key); status != 422 || p["code"] != "idempotency_mismatch" {
			t.Errorf("%v: another body: %d %v", r, status, p)
		}
	}
	if p, err := s.admin.Platform(t.Context(), "acme"); err != nil || p.PrimaryAccount != "main" {
		t.Errorf("%+v %v", p, err)
	}
}

// TestAgainAtOnce: of fifty equal requests at once one makes something.
func TestAgainAtOnce(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			p, err := s.admin.CreatePlatform(t.Context(), api.NewPlatform{Name: "Acme"}, api.IdempotencyKey("k"))
			if err != nil || p.Slug != "acme" {
				t.Errorf("%+v %v", p, err)
			}
		})
	}
	wg.Wait()
	if n := s.rows(); n != 3 { // two API tokens and the platform
		t.Errorf("want one platform, got %d audit rows", n)
	}
}

// TestWait: an answer comes when the operation ends, not when the time is over.
func TestWait(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	s.mustReseller()
	s.mustPlatform("acme")
	a, err := s.admin.Onboard(t.Context(), "acme", "snom")
	if err != nil {
		t.Fatal(err)
	}
	if op, err := s.admin.WaitOperation(t.Context(), a.Operation.ID, time.Millisecond); err != nil || op.Final() {
		t.Errorf("want the operation as it is, got %+v %v", op, err)
	}
	ended := make(chan api.Operation)
	go func() {
		op, err := s.viewer.WaitOperation(t.Context(), a.Operation.ID, time.Minute)
		if err != nil {
			t.Error(err)
		}
		ended <- op
	}()
	s.mustEnd(ztp.OperationFailed, &ztp.Problem{Code: ztp.CodeVendorUnreachable, At: time.Now(), RequestID: "r1"})
	op := <-ended
	if op.State != api.OperationFailed || op.Error == nil || op.Error.Title != "Can't reach Snom" || op.Error.Changed == nil || op.FinishedAt == nil {
		t.Errorf("not how it ended: %+v %+v", op, op.Error)
	}
	for _, wait := range []string{"61s", "-1s", "soon", "30"} {
		if got := s.request(ztp.Viewer, "GET", "/api/v1/operations/"+op.ID+"?wait="+wait, ""); got.status != 422 || problemIn(t, got).Fields["wait"] == "" {
			t.Errorf("wait=%s: want 422, got %d", wait, got.status)
		}
	}
}

// TestPages: a list comes in pages, whole and in order, and a bad cursor is refused.
func TestPages(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	want := []string{"a", "b", "c", "d", "e"}
	for _, slug := range want {
		if _, err := s.admin.CreatePlatform(t.Context(), api.NewPlatform{Name: slug, Slug: slug}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for cursor, pages := "", 0; ; pages++ {
		var l api.List[api.Platform]
		a := s.request(ztp.Viewer, "GET", "/api/v1/platforms?limit=2&cursor="+cursor, "")
		if err := json.Unmarshal([]byte(a.body), &l); err != nil || len(l.Items) > 2 || pages > 3 {
			t.Fatal(err, a.body)
		}
		for _, p := range l.Items {
			got = append(got, p.Slug)
		}
		if cursor = l.Next; cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, query := range []string{"cursor=nonsense!", "limit=0", "limit=1001", "limit=two", "unknown=1"} {
		if p := problemIn(t, s.request(ztp.Viewer, "GET", "/api/v1/platforms?"+query, "")); p.Code != "invalid" || len(p.Fields) != 1 {
			t.Errorf("%s: want one wrong field, got %+v", query, p)
		}
	}
}

// TestEndpoint registers a phone, looks at it and gives it up.
func TestEndpoint(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	p, _ := s.mustPlatform("acme")
	if _, err := s.admin.PutEndpoint(ctx, "acme", "000413aa0001", api.PutEndpoint{Account: "main-acme"}); !api.IsCode(err, "not_onboarded") {
		t.Errorf("want not_onboarded, got %v", err)
	}
	s.mustConfigure(p)
	if _, err := s.admin.PutEndpoint(ctx, "acme", "000413aa0001", api.PutEndpoint{Account: "nobody"}); !api.IsInvalid(err) {
		t.Errorf("want invalid, got %v", err)
	}
	if _, err := s.admin.PutEndpoint(ctx, "acme", "nonsense", api.PutEndpoint{Account: "main-acme"}); !api.IsInvalid(err) {
		t.Errorf("want invalid, got %v", err)
	}
	paused, name := true, "Lobby"
	a, err := s.admin.PutEndpoint(ctx, "acme", "0004-13aa-0001", api.PutEndpoint{Account: "main-acme", Name: &name, Paused: &paused})
	if err != nil || a.Operation.MAC != "00:04:13:AA:00:01" || a.Operation.Kind != "register" {
		t.Fatalf("want the operation of the phone, got %+v %v", a.Operation, err)
	}
	e, err := s.viewer.Endpoint(ctx, "acme", "000413AA0001")
	if err != nil {
		t.Fatal(err)
	}
	want := api.Endpoint{
		MAC: "00:04:13:AA:00:01", Vendor: "snom", Account: "main-acme", ProductGroup: "D-Series", Name: "Lobby",
		State: "wanted", Paused: true, CreatedAt: e.CreatedAt,
		Contact: &api.Contact{Assurance: "D", Networks: []string{}, WindowUntil: new(e.CreatedAt.Add(90 * 24 * time.Hour))},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	if _, err := s.admin.ReleaseEndpoint(ctx, "acme", "000413AA0001"); !api.IsOperationRunning(err) {
		t.Errorf("want operation_running, got %v", err)
	}
	s.mustEnd(ztp.OperationDone, nil)
	if a, err = s.admin.ReleaseEndpoint(ctx, "acme", "000413AA0001"); err != nil || a.Operation.Kind != "release" {
		t.Errorf("want a release, got %+v %v", a, err)
	}
	n := 0
	for op, err := range s.viewer.Operations(ctx, api.OperationFilter{Platform: "acme", MAC: "000413aa0001"}) {
		if n++; err != nil || op.Platform != "acme" {
			t.Errorf("%+v %v", op, err)
		}
	}
	if n != 2 {
		t.Errorf("want 2 operations of the phone, got %d", n)
	}
}

// TestKeep: names, patches, versions and removal.
func TestKeep(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	p, a := s.mustPlatform("acme")
	name, empty := "New name", ""
	got, err := s.admin.UpdatePlatform(ctx, "acme", api.PlatformPatch{Name: &name, ExternalID: &empty})
	if err != nil || got.Name != name || got.PrimaryAccount != "main-acme" || len(got.Links) != 1 {
		t.Errorf("not changed: %+v %v", got, err)
	}
	if _, err := s.admin.UpdatePlatform(ctx, "acme", api.PlatformPatch{Name: &name, Version: p.Version}); !api.IsCode(err, "form_outdated") {
		t.Errorf("want form_outdated, got %v", err)
	}
	bad := "ftp://x/{mac}"
	if _, err := s.admin.UpdatePlatform(ctx, "acme", api.PlatformPatch{URLTemplate: &bad}); !api.IsInvalid(err) {
		t.Errorf("want invalid, got %v", err)
	}
	if _, err := s.admin.CreatePlatform(ctx, api.NewPlatform{Name: "Again", Slug: "acme"}); !api.IsInvalid(err) {
		t.Errorf("want invalid, got %v", err)
	}
	second, err := s.admin.CreateAccount(ctx, "acme", api.NewAccount{Name: "Second"})
	if err != nil || second.Primary {
		t.Fatalf("%+v %v", second, err)
	}
	if second, err = s.admin.UpdateAccount(ctx, "acme", "second", api.AccountPatch{Primary: true}); err != nil || !second.Primary {
		t.Errorf("not the primary one: %+v %v", second, err)
	}
	if err := s.admin.DeleteAccount(ctx, "acme", a.ID); err != nil {
		t.Error(err)
	}
	if _, err := s.admin.Account(ctx, "acme", a.ID); !api.IsNotFound(err) {
		t.Errorf("want not_found, got %v", err)
	}
	if err := s.admin.DeletePlatform(ctx, "acme"); err != nil {
		t.Error(err)
	}
	removed := 0
	for e, err := range s.viewer.Events(ctx, api.EventFilter{Platform: p.ID, Action: "platform.removed"}) {
		if removed++; err != nil || e.Actor != "token:super-admin" || e.RequestID == "" || e.Address != "127.0.0.1" {
			t.Errorf("%+v %v", e, err)
		}
	}
	if removed != 1 {
		t.Errorf("want one audit row of the removal, got %d", removed)
	}
}

// TestLocation: what was made says where it is, and only then.
func TestLocation(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	for _, tc := range []struct{ method, path, body, want string }{
		{"POST", "/platforms", `{"name":"Acme","external_id":"1"}`, "/api/v1/platforms/acme"},
		{"POST", "/platforms", `{"name":"Acme","external_id":"1"}`, ""},
		{"POST", "/platforms/acme/accounts", `{"name":"Main"}`, "/api/v1/platforms/acme/accounts/main"},
		{"GET", "/platforms/acme", ``, ""},
	} {
		got := s.request(ztp.SuperAdmin, tc.method, "/api/v1"+tc.path, tc.body)
		if location := got.header.Get("Location"); location != tc.want || (got.status == 201) != (tc.want != "") {
			t.Errorf("%s %s: want %q, got %d %q", tc.method, tc.path, tc.want, got.status, location)
		}
	}
}

// TestInstallation: vendors and health.
func TestInstallation(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	v, err := s.viewer.Vendors(t.Context())
	if err != nil || len(v) != 1 || v[0].Title != "Snom" {
		t.Errorf("%+v %v", v, err)
	}
	h, err := s.viewer.Health(t.Context())
	if err != nil || h.Version != "test" || h.Installation != "test" || len(h.Vendors) != 1 || h.Vendors[0].Reseller == nil {
		t.Errorf("%+v %v", h, err)
	}
	s.mustReseller()
	if h, err = s.viewer.Health(t.Context()); err != nil || h.Vendors[0].Reseller != nil || h.Vendors[0].ResellerKeyID != "ck_reseller" {
		t.Errorf("%+v %v", h, err)
	}
	if got := s.request(ztp.Viewer, "GET", "/api/v1/health", ""); strings.Contains(got.body, "reseller-secret") || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v %s", got.header, got.body)
	}
	if got := s.request("", http.MethodHead, "/api/v1/health", ""); got.status != 401 {
		t.Errorf("want 401, got %d", got.status)
	}
}
