package snom_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

// A phone that is sent home asks again where it asked when it was new. An empty setting
// would leave it asking nobody.
func TestRenderSettings_Home(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"": ">https://secure-provisioning.snom.com<",
		"https://secure-provisioning.snom.com/api/v1/": ">https://secure-provisioning.snom.com<",
		"https://api.sraps.snom.com/api/v1/":           ">https://secure-provisioning.snom.com<",
		"http://127.0.0.1:7700/api/v1/":                ">http://127.0.0.1:7700<", // the simulator stands in
	} {
		v, err := snom.New(snom.Config{BaseURL: base, AllowPrivate: true})
		if err != nil {
			t.Fatal(err)
		}
		file, _, err := v.RenderSettings(ztp.PhoneSettings{MAC: phone, URL: ztp.NewSecret("https://prov.example/p/x/{mac}"), Name: "Desk", Home: true})
		if text := string(file); err != nil || !strings.Contains(text, want) || strings.Contains(text, "prov.example") || strings.Contains(text, "Desk") {
			t.Errorf("%q: %v\n%s", base, err, text)
		}
	}
}
