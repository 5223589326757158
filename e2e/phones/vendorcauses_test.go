package phones_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// vendorPlants are what goes wrong at the vendor, in the order of docs/explain.md.
var vendorPlants = map[string]planted{
	"released": {want: "vendor_entry:released", plant: acme(func(in *installation, mac string) { in.done(in.api.ReleaseEndpoint(in.t.Context(), "acme", mac)) })},
	"vendor disabled": {want: "vendor_entry:link_disabled", plant: acme(func(in *installation, _ string) {
		in.done(in.api.Disable(in.t.Context(), "acme", "snom", api.Disable{}))
	})},
	"key revoked at the vendor": {want: "vendor_entry:link_needs_attention", plant: func(in *installation) string {
		in.platform("acme")
		for _, k := range in.sim.Keys(in.company("acme")) {
			in.sim.DeleteKey(k.ID)
		}
		_, err := in.api.Check(in.t.Context(), "acme", "snom")
		in.must(err)
		in.settle()
		_, err = in.api.PutEndpoint(in.t.Context(), "acme", "000413770001", api.PutEndpoint{Account: "main"})
		in.must(err)
		in.rest()
		return "000413770001"
	}},
	"paused": {want: "vendor_entry:paused", plant: acme(func(in *installation, mac string) {
		in.put("acme", mac, func(e *api.PutEndpoint) { e.Paused = new(true) })
	})},
	"taken by a stranger": {want: "vendor_entry:taken", plant: func(in *installation) string {
		in.platform("acme")
		_, err := in.api.PutEndpoint(in.t.Context(), "acme", srapssim.DefaultForeignMAC, api.PutEndpoint{Account: "main"})
		in.must(err)
		in.settle()
		return srapssim.DefaultForeignMAC
	}},
	"the vendor was in trouble": {want: "vendor_entry:not_confirmed", says: "Snom could not answer", plant: func(in *installation) string {
		in.platform("acme")
		in.sim.AddFault(srapssim.Fault{Method: http.MethodPut, Resource: srapssim.ResourceEndpoints, Do: srapssim.DoStatus, Status: http.StatusServiceUnavailable})
		_, err := in.api.PutEndpoint(in.t.Context(), "acme", "000413770001", api.PutEndpoint{Account: "main"})
		in.must(err)
		in.settle()
		return "000413770001"
	}},
	"the vendor asks for patience with the phones of an Onboard": {want: "vendor_entry:not_confirmed", says: "An operation is under way", plant: acme(func(in *installation, _ string) {
		in.done(in.api.Disable(in.t.Context(), "acme", "snom", api.Disable{}))
		in.sim.AddFault(srapssim.Fault{Method: http.MethodPut, Resource: srapssim.ResourceEndpoints, Do: srapssim.DoStatus, Status: http.StatusTooManyRequests, RetryAfter: 3600})
		_, err := in.api.Onboard(in.t.Context(), "acme", "snom")
		in.must(err)
		in.rest()
	})},
	"vendor has not answered yet": {want: "vendor_entry:not_confirmed", plant: func(in *installation) string {
		in.platform("acme")
		_, err := in.api.PutEndpoint(in.t.Context(), "acme", "000413770001", api.PutEndpoint{Account: "main"})
		in.must(err)
		return "000413770001"
	}},
	"never onboarded": {want: "vendor_entry:link_not_configured", plant: func(in *installation) string {
		in.bare("acme")
		_, err := in.api.Onboard(in.t.Context(), "acme", "snom")
		in.must(err)
		_, err = in.api.PutEndpoint(in.t.Context(), "acme", "000413770001", api.PutEndpoint{Account: "main"}) // which waits for that
		in.must(err)
		in.sim.AddFault(srapssim.Fault{Method: http.MethodPost, Resource: srapssim.ResourceCompanies, Do: srapssim.DoStatus, Status: http.StatusBadRequest})
		in.settle()
		return "000413770001"
	}},
	"onboarded again and not over with it": {want: "vendor_entry:paused_by_disable", says: "An operation is under way", plant: acme(func(in *installation, _ string) {
		in.done(in.api.Disable(in.t.Context(), "acme", "snom", api.Disable{}))
		// Its keys are listed before the new one is made, and once more before phones are redirected again.
		in.sim.AddFault(srapssim.Fault{Method: http.MethodGet, Resource: srapssim.ResourceTokens, Nth: 2, Do: srapssim.DoStatus, Status: http.StatusTooManyRequests, RetryAfter: 3600})
		_, err := in.api.Onboard(in.t.Context(), "acme", "snom")
		in.must(err)
		in.rest()
	})},
	"refused by the vendor": {want: "vendor_entry:vendor_refused", plant: func(in *installation) string {
		in.platform("acme")
		in.sim.AddFault(srapssim.Fault{Method: http.MethodPut, Resource: srapssim.ResourceEndpoints, Do: srapssim.DoStatus, Status: http.StatusBadRequest})
		_, err := in.api.PutEndpoint(in.t.Context(), "acme", "000413770001", api.PutEndpoint{Account: "main"})
		in.must(err)
		in.settle()
		return "000413770001"
	}},
	"missing at the vendor": {want: "vendor_entry:missing_at_vendor", plant: acme(func(in *installation, mac string) {
		in.sim.DeleteEndpoint(in.company("acme"), mac)
		in.compared("acme")
	})},
	"in the company of a sibling": {want: "vendor_entry:sibling_company", plant: acme(func(in *installation, mac string) {
		in.platform("norddial")
		in.sim.PutEndpoint(in.company("norddial"), in.there("acme", mac))
		in.compared("acme", "norddial") // which is the worse order
		in.listed("acme", mac, "moved_away", "norddial")
	})},
	"other product group there": {want: "vendor_entry:wrong_product_group", o: func(*testing.T) options {
		return options{groups: []string{"D-Series", "M-Series"}}
	}, plant: acme(func(in *installation, mac string) {
		e := in.there("acme", mac)
		e.Settings = map[string]srapssim.Setting{srapssim.DECTSettingServerID: {Value: e.Settings[srapssim.DeskSettingServerID].Value, Perm: "RW"}}
		in.sim.PutEndpoint(in.company("acme"), e)
		in.compared("acme")
	})},
	"switched off there": {want: "vendor_entry:switched_off_at_vendor", plant: acme(func(in *installation, mac string) {
		e := in.there("acme", mac)
		e.Enabled = false
		in.sim.PutEndpoint(in.company("acme"), e)
		in.compared("acme")
	})},
	"no URL any more": {want: "url:no_url", o: func(*testing.T) options { return options{noURL: true} }, plant: func(in *installation) string {
		in.bare("acme")
		_, err := in.api.UpdatePlatform(in.t.Context(), "acme", api.PlatformPatch{URLTemplate: new(in.template.String())})
		in.must(err)
		in.done(in.api.Onboard(in.t.Context(), "acme", "snom"))
		mac := in.register("acme")
		_, err = in.api.UpdatePlatform(in.t.Context(), "acme", api.PlatformPatch{URLTemplate: new("")})
		in.must(err)
		return mac
	}},
	"taken over into an account without a token": {want: "url:no_token", plant: func(in *installation) string {
		in.platform("acme")
		_, err := in.api.CreateAccount(in.t.Context(), "acme", api.NewAccount{Slug: "none", Name: "None", Token: new(false)})
		in.must(err)
		in.sim.PutEndpoint(in.company("acme"), srapssim.Endpoint{MAC: "000413770001", Enabled: true})
		in.compared("acme")
		_, err = in.api.ActOnDrifts(in.t.Context(), "acme", "snom", "adopt", api.DriftRequest{MACs: []string{"000413770001"}, Account: "none"})
		in.must(err)
		in.settle()
		return "000413770001"
	}},
	"other URL there": {want: "url:other_url", plant: acme(func(in *installation, mac string) {
		e := in.there("acme", mac)
		for id := range e.Settings {
			e.Settings[id] = srapssim.Setting{Value: "https://somebody.example/{mac}", Perm: "RW"}
		}
		in.sim.PutEndpoint(in.company("acme"), e)
		in.compared("acme")
	})},
	"earlier URL there": {want: "url:earlier_url", plant: acme(func(in *installation, _ string) {
		world.dns.set("brand."+in.name, net.IPv4(127, 0, 0, 1))
		_, port, _ := net.SplitHostPort(in.at)
		_, err := in.api.UpdatePlatform(in.t.Context(), "acme", api.PlatformPatch{URLTemplate: new("https://brand." + in.name + ":" + port + "/p/{account_token}/{mac}")})
		in.must(err)
	}), o: wild},
	"served by somebody else": {want: "url:served_elsewhere", plant: acme(func(in *installation, _ string) {
		_, port, _ := net.SplitHostPort(in.at)
		world.dns.set("brand."+in.name, net.IPv4(127, 0, 0, 1))
		_, err := in.api.UpdatePlatform(in.t.Context(), "acme", api.PlatformPatch{URLTemplate: new("https://brand." + in.name + ":" + port + "/theirs/{account_token}/{mac}")})
		in.must(err)
		in.done(in.api.UpdateAddress(in.t.Context(), "acme", "snom"))
	}), o: wild},
}

// listed wants one finding in a platform's comparison with the vendor, and who has the phone.
func (in *installation) listed(platform, mac, class, at string) {
	in.t.Helper()
	for d, err := range in.api.Drifts(in.t.Context(), platform, "snom", class) {
		in.must(err)
		if d.MAC != mac && strings.ReplaceAll(d.MAC, ":", "") != mac || d.At != at {
			in.t.Errorf("%s lists %+v", platform, d)
		}
		return
	}
	in.t.Errorf("%s lists no phone as %s", platform, class)
}
