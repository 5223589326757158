package phones_test

import (
	"net"
	"strings"
	"testing"

	"zerotouch.example/api"
)

// A phone in service stays so whatever its platform's URL is edited to. It moves when Update
// address has proven the new one, at its next fetch, and is seen there; and once its entry leads
// to somebody else's server, it is told so here.
func TestPhoneMovesToAProvenURLAlone(t *testing.T) {
	t.Parallel()
	in := install(t, wild(t))
	in.platform("acme")
	d := in.inService(1)
	_, port, _ := net.SplitHostPort(in.at)
	edit := func(template string) {
		t.Helper()
		_, err := in.api.UpdatePlatform(t.Context(), "acme", api.PlatformPatch{URLTemplate: &template})
		in.must(err)
	}
	server := func(when, prefix string) {
		t.Helper()
		if got := d.State().SettingServer; !strings.HasPrefix(got, prefix) {
			t.Errorf("%s: it asks not at %s: %s", when, prefix, d.State())
		}
	}
	old := "https://" + in.name + ":" + port + "/p/"
	edit("http://127.0.0.1:1/p/{account_token}/{mac}")
	for range 2 {
		d.sync()
		d.boot()
		server("edited to a dead address", old)
		in.must(d.has("acme"))
	}
	if _, err := in.api.UpdateAddress(t.Context(), "acme", "snom"); api.CodeOf(err) != "provisioning_url_unreachable" {
		t.Fatalf("a dead address: %v", err)
	}
	world.dns.set("brand."+in.name, net.IPv4(127, 0, 0, 1))
	edit("https://brand." + in.name + ":" + port + "/p/{account_token}/{mac}")
	d.sync()
	server("edited", old)
	in.done(in.api.UpdateAddress(t.Context(), "acme", "snom"))
	d.blocked = in.name // once it is told, nothing is needed of the old one
	if d.sync(); !strings.HasPrefix(d.State().SettingServer, old) {
		t.Fatal("it has come by a name that it can't reach")
	}
	d.blocked = ""
	d.sync()
	brand := "https://brand." + in.name + ":" + port + "/p/"
	server("proven", brand)
	d.blocked = in.name
	d.boot()
	server("at the new one", brand)
	in.must(d.has("acme"))
	in.settle()
	if first, _ := in.explained(d.mac); first != "none" {
		t.Errorf("explain names %s", first)
	}
	theirs := "https://brand." + in.name + ":" + port + "/theirs/"
	edit(theirs + "{account_token}/{mac}")
	d.sync()
	server("edited to somebody else's server", brand)
	in.must(d.has("acme"))
	in.done(in.api.UpdateAddress(t.Context(), "acme", "snom"))
	d.sync()
	server("gone there", theirs)
}
