package srapssim_test

import (
	"net/http"
	"strings"
	"testing"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

// boot is a phone's request: unsigned, outside the API.
func (v *vendor) boot(path, agent string) reply {
	v.t.Helper()
	req, err := http.NewRequest("GET", v.url+path, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("User-Agent", agent)
	return v.send(req)
}

func document(lines ...string) string {
	text := "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<settings>\n  <phone-settings e=\"2\">\n"
	for _, line := range lines {
		text += "    " + line + "\n"
	}
	return text + "  </phone-settings>\n</settings>\n"
}

func TestPhone(t *testing.T) {
	t.Parallel()
	const (
		mac   = "000413A11FA7"
		agent = "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413A11FA7 SXM:0 UXM:0)"
		other = "Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413000009 SXM:0 UXM:0)"
	)
	server := func(url string) map[string]srapssim.Setting {
		return map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: url}}
	}
	wrong := map[string]srapssim.Setting{srapssim.DECTSettingServerID: {Value: "https://a.example/{mac}", Perm: "R"}}
	toEndpoint := document(`<setting_server perm="RW">https://a.example/{mac}?x=1&amp;y=2</setting_server>`)
	toProfile := document(`<setting_server perm="RW">https://p.example/{mac}</setting_server>`)
	rows := []struct {
		name, path, agent string
		endpoint          srapssim.Endpoint
		profile           srapssim.Profile
		want              string
	}{
		{"Own", "/snomD785-" + mac + ".htm", "", srapssim.Endpoint{Enabled: true, Settings: server("https://a.example/{mac}?x=1&y=2")}, srapssim.Profile{Enabled: true, Settings: server("https://p.example/{mac}")}, toEndpoint},
		{"LowerCase", "/snomD785-" + strings.ToLower(mac) + ".htm", "", srapssim.Endpoint{Enabled: true, Settings: server("https://a.example/{mac}?x=1&y=2")}, srapssim.Profile{}, toEndpoint},
		{"Legacy", "/snomD785/snomD785.php?mac=" + mac, "", srapssim.Endpoint{Enabled: true, Settings: server("https://a.example/{mac}?x=1&y=2")}, srapssim.Profile{}, toEndpoint},
		{"ByUserAgent", "/snomD785.htm", agent, srapssim.Endpoint{Enabled: true, Settings: server("https://a.example/{mac}?x=1&y=2")}, srapssim.Profile{}, toEndpoint},
		{"NoMAC", "/snomD785.htm", "snom710-SIP 8.7.3.19", srapssim.Endpoint{Enabled: true, Settings: server("https://a.example/")}, srapssim.Profile{}, document()},
		{"UnknownMAC", "/snomD785.htm", other, srapssim.Endpoint{Enabled: true, Settings: server("https://a.example/")}, srapssim.Profile{}, document()},
		{"ProfileOnly", "/snomD785-" + mac + ".htm", "", srapssim.Endpoint{Enabled: true}, srapssim.Profile{Enabled: true, Settings: server("https://p.example/{mac}")}, toProfile},
		{"PausedProfile", "/snomD785-" + mac + ".htm", "", srapssim.Endpoint{Enabled: true}, srapssim.Profile{Settings: server("https://p.example/{mac}")}, document()},
		{"PausedEndpoint", "/snomD785-" + mac + ".htm", "", srapssim.Endpoint{Settings: server("https://a.example/")}, srapssim.Profile{Enabled: true, Settings: server("https://p.example/{mac}")}, document()},
		{"WrongSetting", "/snomD785-" + mac + ".htm", "", srapssim.Endpoint{Enabled: true, Settings: wrong}, srapssim.Profile{}, document()},
		{"WrongSettingOfDECT", "/snomM900-" + mac + ".htm", "", srapssim.Endpoint{Enabled: true, Settings: wrong}, srapssim.Profile{}, document(`<setting_server perm="R">https://a.example/{mac}</setting_server>`)},
		{"DeskSettingOfDECT", "/snomM900-" + mac + ".htm", "", srapssim.Endpoint{Enabled: true, Settings: server("https://a.example/")}, srapssim.Profile{}, document()},
		{"OldModel", "/snom710-" + mac + ".htm", "", srapssim.Endpoint{Enabled: true, Settings: server("https://a.example/{mac}?x=1&y=2")}, srapssim.Profile{}, toEndpoint},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			v := start(t, srapssim.Options{})
			company := v.AddCompany(v.company, "acme")
			e := row.endpoint
			e.MAC, e.Profile = mac, v.SetProfile(company, row.profile)
			v.PutEndpoint(company, e)
			r := v.boot(row.path, row.agent)
			same(t, "status", 200, r.status)
			same(t, "type", "text/xml; charset=utf-8", r.header.Get("Content-Type"))
			same(t, "settings", row.want, string(r.body))
			if strings.Contains(row.path, "snomD785") && strings.Contains(row.path, mac) {
				same(t, "Redirect agrees", strings.Contains(row.want, "setting_server"), v.Endpoints(company)[0].Redirect != "")
			}
			call := v.Calls()[0]
			same(t, "call", []any{"phone", ""}, []any{call.Resource, call.KeyID})
		})
	}
}

func TestPhoneNotFound(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{Rate: 1})
	for _, path := range []string{"/", "/index.html", "/api/v2/settings/", "/snomD785/snomD735.php?mac=000413A11FA7", "/snomD785.xml"} {
		same(t, path, 404, v.boot(path, "").status)
	}
	req, err := http.NewRequest("POST", v.url+"/snomD785.htm", nil)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "POST", 405, v.send(req).status)
	v.AddFault(srapssim.Fault{Resource: srapssim.ResourcePhone, Do: srapssim.DoStatus, Status: 503})
	same(t, "fault", 503, v.boot("/snomD785.htm", "").status)
	v.must(200, v.reseller, "GET", "product-groups/", "")
}
