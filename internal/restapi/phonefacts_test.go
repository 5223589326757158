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
