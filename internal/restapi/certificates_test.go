package restapi_test

import (
	"os"
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// TestCertificates: what goes in comes out as PEM. A private key is refused, with what to do,
// and is afterwards nowhere.
func TestCertificates(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("../vendors/snom/testdata/authority.pem")
	if err != nil {
		t.Fatal(err)
	}
	s := newStack(t)
	s.fill()
	put := func(text string) (api.Settings, error) {
		value := api.Secret(text)
		return s.admin.PutSettings(t.Context(), api.SettingsOf{Platform: "acme"}, api.PutSettings{Settings: []api.PutSetting{{Name: "ca_certificates", Value: &value}}})
	}
	const canary = "bm90LWZvci1hbnlib2R5"
	_, err = put(string(file) + "-----BEGIN RSA PRIVATE KEY-----\n" + canary + "\n-----END RSA PRIVATE KEY-----\n")
	wantCode(t, err, ztp.CodeInvalid)
	if !strings.Contains(err.Error(), "Paste the certificates alone") {
		t.Error(err)
	}
	got, err := put("our root\r\n" + string(file))
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, one := range got.Settings {
		found = found || one.Name == "ca_certificates" && one.Value == strings.TrimSpace(string(file)) && one.Layer == "platform"
	}
	if !found {
		t.Errorf("%+v", got.Settings)
	}
	h, err := s.viewer.Health(t.Context())
	if err != nil || len(h.Authorities) != 1 || h.Authorities[0].Alarm != 0 || len(h.Authorities[0].Platforms) != 1 || h.Authorities[0].Platforms[0] != "acme" || h.Authorities[0].Everywhere ||
		!strings.HasPrefix(h.Authorities[0].Fingerprint, "39:78:0B:66:") {
		t.Errorf("%+v, %v", h.Authorities, err)
	}
	everything := s.log.String() + s.request(ztp.SuperAdmin, "GET", "/api/v1/audit", "").body + s.request(ztp.SuperAdmin, "GET", "/api/v1/platforms/acme/settings", "").body
	if strings.Contains(everything, canary) || !strings.Contains(everything, "set ca_certificates") {
		t.Error("the key came out, or the audit log does not tell of the certificates")
	}
	_, err = s.viewer.PutSettings(t.Context(), api.SettingsOf{}, api.PutSettings{Settings: []api.PutSetting{{Name: "ca_certificates"}}})
	wantCode(t, err, ztp.CodeNotAllowed)
}
