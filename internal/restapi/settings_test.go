package restapi_test

import (
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// TestSettings sets values in each layer and reads where each comes from. A secret goes in
// and comes out nowhere: neither in an answer, nor in the audit log, nor in a log.
func TestSettings(t *testing.T) {
	t.Parallel()
	const canary = "sip-canary-0815"
	s := newStack(t)
	s.fill()
	text := func(v string) *api.Secret { x := api.Secret(v); return &x }
	put := func(of api.SettingsOf, in ...api.PutSetting) api.Settings {
		t.Helper()
		got, err := s.admin.PutSettings(t.Context(), of, api.PutSettings{Settings: in})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	phone := api.SettingsOf{Platform: "acme", MAC: "000413000001"}
	put(api.SettingsOf{}, api.PutSetting{Name: "language", Value: text("de")})
	put(api.SettingsOf{Platform: "acme"}, api.PutSetting{Name: "language", Value: text("fr")})
	put(api.SettingsOf{Platform: "acme", Account: "main-acme"}, api.PutSetting{Name: "line_registrar", Value: text("sip.example.net")})
	put(api.SettingsOf{Platform: "other"}, api.PutSetting{Name: "time_zone", Value: text("Europe/Berlin")})
	got := put(phone, api.PutSetting{Name: "line_user", Index: 1, Value: text("1001")}, api.PutSetting{Name: "line_password", Index: 1, Value: text(canary)})
	if got.Layer != "endpoint" || got.Version != 1 {
		t.Errorf("%+v", got)
	}
	from := map[string]string{}
	for _, one := range got.Settings {
		from[one.Name] = one.Layer + "=" + one.Value
		if one.Layer != "default" && (one.SetAt == nil || one.SetBy != "token:super-admin") {
			t.Errorf("%+v does not say who set it", one)
		}
	}
	for name, want := range map[string]string{
		"language": "platform=fr", "line_registrar": "account=sip.example.net", "line_user": "endpoint=1001", "line_password": "endpoint=", "poll_window": "default=01:00-05:00", "time_zone": "",
	} {
		if from[name] != want {
			t.Errorf("%s: want %q, got %q", name, want, from[name])
		}
	}
	preview, err := s.viewer.PreviewSettings(t.Context(), "acme", phone.MAC)
	if err != nil || preview.File != "<https://prov.example/p/********/{mac} ********>" {
		t.Errorf("%v, %q", err, preview.File)
	}
	stale := int64(0)
	_, err = s.admin.PutSettings(t.Context(), phone, api.PutSettings{Version: &stale, Settings: []api.PutSetting{{Name: "language", Value: text("it")}}})
	wantCode(t, err, ztp.CodeFormOutdated)
	_, err = s.admin.PutSettings(t.Context(), phone, api.PutSettings{Settings: []api.PutSetting{{Name: "language", Value: text("it")}, {Name: "line_password", Index: 1, Value: text(canary + "\n")}}})
	wantCode(t, err, ztp.CodeInvalid)
	if now := put(phone, api.PutSetting{Name: "line_user", Index: 1}); now.Version != 2 { // what was refused changed nothing
		t.Errorf("version %d", now.Version)
	}
	everything := s.log.String()
	for _, p := range []string{"/settings", "/platforms/acme/settings", "/platforms/acme/endpoints/000413000001/settings", "/platforms/acme/endpoints/000413000001/preview", "/audit", "/macs/000413000001"} {
		everything += s.request(ztp.SuperAdmin, "GET", "/api/v1"+p, "").body
	}
	if strings.Contains(everything, canary) || !strings.Contains(everything, "set line_user[1], line_password[1]") {
		t.Error("the secret came out, or the audit log does not tell of it")
	}
}

func wantCode(t *testing.T, err error, code ztp.Code) {
	t.Helper()
	if got, ok := err.(*api.Error); !ok || got.Code != string(code) {
		t.Errorf("want %s, got %v", code, err)
	}
}
