package restapi_test

import (
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// What is said of a phone comes back, but for its PIN, and what the voice service tells
// stands beside what the vendor and the phone have told.
func TestPhoneFacts(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	p, a := s.mustPlatform("acme")
	s.mustConfigure(p)
	ctx := t.Context()
	const pin, mac = "47114711-planted", "00:04:13:00:00:01"
	model, serial, secret := "D785", "0815/a", api.Secret(pin)
	_, err := s.admin.PutEndpoint(ctx, "acme", mac, api.PutEndpoint{Account: a.Slug, Model: &model, Serial: &serial, PIN: &secret})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Truncate(time.Second)
	if _, err := s.admin.SetSIP(ctx, "acme", mac, api.PutSIP{Registered: true, At: at}); err != nil {
		t.Fatal(err)
	}
	got, err := s.admin.SetSIP(ctx, "acme", mac, api.PutSIP{Registered: false, At: at.Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if got.SIP == nil || *got.SIP != (api.SIP{Registered: true, At: at}) {
		t.Errorf("the older word won: %+v", got.SIP)
	}
	if got.Model != model || got.Serial != serial || !got.PINSet || got.State != "wanted" || got.ConfirmedAt != nil || got.FirstFetchedAt != nil || got.FetchedAt != nil {
		t.Errorf("got %+v", got)
	}
	m, err := ztp.ParseMAC(mac)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{at, at.Add(time.Hour)} {
		if err := s.store.TouchEndpoint(ctx, ztp.PlatformID(p.ID), m, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.store.SetDeviceTokens(ctx, ztp.PlatformID(p.ID), map[ztp.MAC]ztp.Secret{m: ztp.NewSecret("device-token-planted")}); err != nil {
		t.Fatal(err)
	}
	got, err = s.admin.Endpoint(ctx, "acme", mac)
	if err != nil {
		t.Fatal(err)
	}
	if got.FirstFetchedAt == nil || !got.FirstFetchedAt.Equal(at) || got.FetchedAt == nil || !got.FetchedAt.Equal(at.Add(time.Hour)) {
		t.Errorf("fetched: %v, %v", got.FirstFetchedAt, got.FetchedAt)
	}
	for _, path := range []string{"/endpoints/" + mac, "/endpoints"} {
		text := s.request(ztp.SuperAdmin, "GET", "/api/v1/platforms/acme"+path, "").body
		for _, hidden := range []string{pin, "device-token-planted", ztp.HashToken(ztp.NewSecret("device-token-planted"))} {
			if strings.Contains(text, hidden) {
				t.Errorf("%s shows what nobody may see", path)
			}
		}
	}
	for body, field := range map[string]string{
		`{"registered":true,"at":"2999-01-01T00:00:00Z"}`: "at",
		`{"registered":true}`:                             "at",
		`{"at":"2026-03-01T12:00:00Z"}`:                   "registered",
		`{"registered":true,"at":"yesterday"}`:            "at",
	} {
		r := s.request(ztp.SuperAdmin, "PUT", "/api/v1/platforms/acme/endpoints/"+mac+"/sip", body)
		if r.status != 422 || problemIn(t, r).Fields[field] == "" {
			t.Errorf("%s: want a refusal of %s, got %d %s", body, field, r.status, r.body)
		}
	}
	wrong := s.request(ztp.SuperAdmin, "PUT", "/api/v1/platforms/acme/endpoints/"+mac, `{"account":"`+a.Slug+`","pin":"no spaces please"}`)
	if wrong.status != 422 || problemIn(t, wrong).Fields["pin"] == "" || strings.Contains(wrong.body, "no spaces please") {
		t.Errorf("a PIN with spaces: %d %s", wrong.status, wrong.body)
	}
	if strings.Contains(s.log.String(), pin) {
		t.Error("the PIN is in the log")
	}
}

// The voice service tells of many phones at once, and learns of each what came of it: of
// another platform's phone no more than of nobody's.
func TestSIPRegistrations(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	p, a := s.mustPlatform("acme")
	other, b := s.mustPlatform("other")
	s.mustConfigure(p)
	s.mustConfigure(other)
	ctx := t.Context()
	for _, of := range []struct{ platform, account, mac string }{{"acme", a.Slug, "000413000001"}, {"other", b.Slug, "000413000002"}} {
		if _, err := s.admin.PutEndpoint(ctx, of.platform, of.mac, api.PutEndpoint{Account: of.account}); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Now().UTC().Truncate(time.Second)
	of := func(mac string, registered bool, at time.Time) api.SIPRegistration {
		return api.SIPRegistration{MAC: mac, PutSIP: api.PutSIP{Registered: registered, At: at}}
	}
	in := []api.SIPRegistration{
		of("000413000001", true, at), of("00:04:13:00:00:01", false, at.Add(-time.Minute)), of("000413000002", true, at), of("000413000003", true, at),
		of("none", true, at), of("000413000001", true, at.Add(time.Hour)),
	}
	for range 2 {
		got, err := s.admin.SetSIPs(ctx, "acme", in)
		if err != nil {
			t.Fatal(err)
		}
		if got.Stands != 1 || got.Later != 1 || got.NotFound != 2 || got.Invalid != 2 {
			t.Errorf("got %+v", got)
		}
		for i, want := range []string{"stands", "later", "not_found", "not_found", "invalid", "invalid"} {
			if r := got.Results[i]; r.Result != want || r.MAC != in[i].MAC || (r.Error != "") != (want == "invalid") || (r.SIP != nil) != (i < 2) {
				t.Errorf("%d: want %s, got %+v", i, want, r)
			}
		}
		theirs, nobodys := got.Results[2], got.Results[3]
		if theirs.MAC = nobodys.MAC; theirs != nobodys {
			t.Errorf("a phone of somebody else: %+v, of nobody: %+v", theirs, nobodys)
		}
	}
	if e, err := s.admin.Endpoint(ctx, "other", "000413000002"); err != nil || e.SIP != nil {
		t.Errorf("another platform's phone: %+v, %v", e.SIP, err)
	}
	if r := s.request(ztp.Viewer, "PUT", "/api/v1/platforms/acme/sip-registrations", `{"registrations":[{"mac":"000413000001","registered":true,"at":"2026-03-01T12:00:00Z"}]}`); r.status != 403 {
		t.Errorf("a viewer: %d", r.status)
	}
}
