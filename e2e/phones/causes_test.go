package phones_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// planted is something that keeps a phone out of service. plant brings it about, in the
// installation, at the vendor, in the phone or on the way between, and returns the phone.
type planted struct {
	// want is gate:cause, which explain names first, and says a part of what it says of that.
	want  string
	says  string
	o     func(t *testing.T) options
	plant func(in *installation) (mac string)
}

// acme registers a phone, and gives it to plant before it has come.
func acme(plant func(in *installation, mac string)) func(*installation) string {
	return func(in *installation) string {
		in.platform("acme")
		mac := in.register("acme")
		plant(in, mac)
		return mac
	}
}

// phone is acme with a phone that starts after plant has changed it.
func phone(change func(in *installation, d *device)) func(*installation) string {
	return acme(func(in *installation, mac string) {
		d := in.device(mac, 1)
		change(in, d)
		d.boot()
	})
}

// served is acme with a phone in service, which plant does something to.
func served(then func(in *installation, d *device)) func(*installation) string {
	return acme(func(in *installation, mac string) {
		d := in.device(mac, 1)
		d.boot()
		in.must(d.has("acme"))
		in.wait(2 * time.Minute)
		then(in, d)
	})
}

// wait lets time pass in which nothing is asked.
func (in *installation) wait(d time.Duration) { in.clock.set(in.clock.now().Add(d)) }

// company is that of a platform at the vendor.
func (in *installation) company(platform string) string {
	in.t.Helper()
	l, err := in.api.Link(in.t.Context(), platform, "snom")
	in.must(err)
	return l.CompanyID
}

// there is what the vendor has of a phone.
func (in *installation) there(platform, mac string) srapssim.Endpoint {
	in.t.Helper()
	for _, e := range in.sim.Endpoints(in.company(platform)) {
		if e.MAC == mac {
			return e
		}
	}
	in.t.Fatalf("the vendor does not have %s", mac)
	return srapssim.Endpoint{}
}

// compared is what somebody does who thinks of the vendor.
func (in *installation) compared(platforms ...string) {
	in.t.Helper()
	in.wait(time.Minute)
	for _, p := range platforms {
		in.done(in.api.Sync(in.t.Context(), p, "snom"))
	}
}

// own is the phone's URL at the vendor.
func (in *installation) own(mac string) string { return in.there("acme", mac).Redirect }

// typed is a phone into which somebody has typed a URL.
func typed(change func(in *installation, url string) string) func(*installation) string {
	return served(func(in *installation, d *device) {
		in.must(d.UserSet("setting_server", nil, change(in, in.own(d.mac))))
		in.wait(time.Minute)
		d.boot()
	})
}

// part replaces one of the parts of a phone's URL: 4 is the account's token, 5 the phone's.
func part(url string, i int, by string) string {
	all := strings.Split(url, "/")
	if by == "" {
		return strings.Join(append(all[:i:i], all[i+1:]...), "/")
	}
	all[i] = by
	return strings.Join(all, "/")
}

// makers makes an authority of phones, which the server believes.
func makers(t *testing.T, by *issued, names ...string) server.PhoneClients {
	t.Helper()
	file, _ := by.write(t, t.TempDir(), "makers")
	return server.PhoneClients{CAFile: file, Names: names}
}

func ofPhone(mac string, by *issued, change ...func(*x509.Certificate)) tls.Certificate {
	c := x509.Certificate{Subject: pkix.Name{CommonName: mac}}
	for _, f := range change {
		f(&c)
	}
	return issue(c, by).tls()
}

// shows lets a phone show a certificate, whoever is asked for.
func (d *device) shows(c tls.Certificate) {
	d.tls.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }
}

// certified lets a platform ask its phones for their certificates.
func certified(in *installation) {
	_, err := in.api.UpdatePlatform(in.t.Context(), "acme", api.PlatformPatch{PhoneProof: new("certificate")})
	in.must(err)
}

// broken is a vendor that can make no settings.
type broken struct{ *snom.Vendor }

func (broken) RenderSettings(ztp.PhoneSettings) ([]byte, string, error) {
	return nil, "", errors.New("no template")
}

func (in *installation) sip(mac string, s api.PutSIP) {
	in.t.Helper()
	s.At = in.clock.now()
	_, err := in.api.SetSIP(in.t.Context(), "acme", mac, s)
	in.must(err)
}

var maker = authority("Phone maker")

// plants are all of them.
func plants() map[string]planted {
	all := maps.Clone(vendorPlants)
	maps.Copy(all, wayPlants)
	return all
}

// wayPlants are what goes wrong on the way here, and here, in the order of docs/explain.md.
var wayPlants = map[string]planted{
	"name gone from DNS": {want: "dns:dns", plant: acme(func(in *installation, _ string) {
		world.dns.set(in.name, nil)
		in.wait(2 * time.Minute)
	})},
	"name leads elsewhere": {want: "reach:unreachable", plant: acme(func(in *installation, _ string) {
		world.dns.set(in.name, net.IPv4(127, 0, 0, 99))
		in.wait(2 * time.Minute)
	})},
	"never connected":              {want: "reach:never_came", plant: acme(func(*installation, string) {})},
	"its network keeps it from us": {want: "reach:never_came", plant: phone(func(in *installation, d *device) { d.blocked = in.name })},
	"unplugged days ago":           {want: "reach:silent", plant: served(func(in *installation, _ *device) { in.wait(5 * 24 * time.Hour) })},
	"speaks TLS 1.1": {want: "tls:old_tls", plant: phone(func(_ *installation, d *device) {
		d.tls.MinVersion, d.tls.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	})},
	"speaks TLS 1.1 since it has another firmware": {want: "tls:old_tls", plant: served(func(_ *installation, d *device) {
		d.tls.MinVersion, d.tls.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		d.boot()
	})},
	"no common cipher suite": {want: "tls:no_common_cipher", plant: phone(func(_ *installation, d *device) {
		d.tls.MaxVersion, d.tls.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
	})},
	"asks for a name that is not served": {want: "tls:name_not_served", plant: phone(func(in *installation, d *device) {
		world.dns.set("old."+in.name, net.IPv4(127, 0, 0, 1))
		in.must(d.UserSet("setting_server", nil, strings.Replace(in.own(d.mac), in.name, "old."+in.name, 1)))
		d.tls.MaxVersion = tls.VersionTLS12
	})},
	"comes by plain http": {want: "tls:plain_http", plant: phone(func(in *installation, d *device) {
		in.must(d.UserSet("setting_server", nil, strings.Replace(in.own(d.mac), "https:", "http:", 1)))
	})},
	"its firmware gives the handshake up": {want: "tls:handshake", o: believing, plant: acme(func(in *installation, mac string) {
		d := in.device(mac, 1)
		d.shows(ofPhone(mac, maker))
		d.boot()
		in.must(d.has("acme"))
		in.wait(time.Minute)
		d.tls.MaxVersion = tls.VersionTLS12 // where Go says a word before it goes
		d.tls.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return nil, errors.New("its key is broken")
		}
		d.boot()
	})},
	"our certificate has ended": {want: "certificate:our_certificate", plant: acme(func(in *installation, _ string) {
		in.swap(issue(x509.Certificate{DNSNames: []string{in.name}, NotBefore: time.Now().Add(-72 * time.Hour), NotAfter: time.Now().Add(-time.Hour)}, world.ca))
	})},
	"our certificate is for another name": {want: "certificate:our_certificate", plant: acme(func(in *installation, _ string) {
		in.swap(issue(x509.Certificate{DNSNames: []string{"else.phones.test"}}, world.ca))
	})},
	"our chain is not known": {want: "certificate:our_chain", plant: acme(func(in *installation, _ string) {
		in.swap(issue(x509.Certificate{DNSNames: []string{in.name}}, authority("Nobody trusts this")))
	})},
	"the phone does not know our authority": {want: "certificate:not_trusted", plant: phone(func(_ *installation, d *device) { d.tls.RootCAs, d.tls.MaxVersion = maker.pool(), tls.VersionTLS12 })},
	"the same with TLS 1.3":                 {want: "certificate:not_trusted", plant: phone(func(_ *installation, d *device) { d.tls.RootCAs = maker.pool() })},
	"the phone's clock stands at 1970": {want: "certificate:clock", plant: phone(func(_ *installation, d *device) {
		d.tls.Time, d.tls.MaxVersion = func() time.Time { return time.Unix(0, 0) }, tls.VersionTLS12
	})},
	"the same in 1970 with TLS 1.3": {want: "certificate:clock", plant: phone(func(_ *installation, d *device) {
		d.tls.Time = func() time.Time { return time.Unix(0, 0) }
	})},
	"the phone's clock is years ahead": {want: "certificate:clock", plant: phone(func(_ *installation, d *device) {
		d.tls.Time = func() time.Time { return time.Now().AddDate(20, 0, 0) }
	})},
	"no certificate where one is required": {want: "certificate:phone_certificate_missing", o: strict, plant: phone(func(*installation, *device) {})},
	"a certificate of another maker": {want: "certificate:phone_certificate_not_believed", o: strict, plant: phone(func(_ *installation, d *device) {
		d.shows(ofPhone(d.mac, authority("Another maker")))
	})},
	"an expired certificate": {want: "certificate:phone_certificate_not_believed", o: strict, plant: phone(func(_ *installation, d *device) {
		d.shows(ofPhone(d.mac, maker, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}))
	})},
	"another phone's certificate": {want: "certificate:other_certificate", o: believing, plant: phone(func(_ *installation, d *device) { d.shows(ofPhone("000413AAAAAA", maker)) })},
	"its own certificate missing": {want: "window:own_certificate_missing", o: believing, plant: phone(func(in *installation, d *device) { certified(in) })},
	"token retired": {want: "token:retired_token", plant: acme(func(in *installation, mac string) {
		_, err := in.api.IssueToken(in.t.Context(), "acme", "main")
		in.must(err)
		for tok, err := range in.api.AccountTokens(in.t.Context(), "acme", "main") {
			if in.must(err); !tok.Current {
				in.must(in.api.RetireToken(in.t.Context(), "acme", "main", api.RetireToken{Token: tok.ID, Force: true}))
			}
		}
		in.device(mac, 1).boot()
	})},
	"wrong account token":    {want: "token:unknown_token", plant: typed(func(_ *installation, url string) string { return part(url, 4, ztp.NewToken().RevealSecret()) })},
	"no token of its own":    {want: "token:no_device_token", plant: typed(func(_ *installation, url string) string { return part(url, 5, "") })},
	"wrong token of its own": {want: "token:wrong_device_token", plant: typed(func(_ *installation, url string) string { return part(url, 5, ztp.NewToken().RevealSecret()) })},
	"URL of another account": {want: "token:other_account", plant: typed(func(in *installation, url string) string {
		a, err := in.api.CreateAccount(in.t.Context(), "acme", api.NewAccount{Slug: "second", Name: "Second"})
		in.must(err)
		return part(url, 4, string(a.Token))
	})},
	"released while in service": {want: "vendor_entry:released", plant: served(func(in *installation, d *device) {
		in.done(in.api.ReleaseEndpoint(in.t.Context(), "acme", d.mac))
	})},
	"a URL from an earlier life": {want: "token:wrong_device_token", plant: served(func(in *installation, d *device) {
		in.done(in.api.ReleaseEndpoint(in.t.Context(), "acme", d.mac))
		in.put("acme", d.mac)
		in.line("acme", d.mac)
		in.wait(time.Minute)
		d.boot()
	})},
	"moved where its network does not let it": {want: "token:moving", o: wild, plant: served(func(in *installation, d *device) {
		world.dns.set("brand."+in.name, net.IPv4(127, 0, 0, 1))
		_, port, _ := net.SplitHostPort(in.at)
		_, err := in.api.CreatePlatform(in.t.Context(), api.NewPlatform{Slug: "brand", Name: "Brand", URLTemplate: "https://brand." + in.name + ":" + port + "/p/{account_token}/{mac}"})
		in.must(err)
		_, err = in.api.CreateAccount(in.t.Context(), "brand", api.NewAccount{Slug: "main", Name: "Main"})
		in.must(err)
		in.done(in.api.Onboard(in.t.Context(), "brand", "snom"))
		in.done(in.api.MoveEndpoint(in.t.Context(), "acme", d.mac, api.MoveEndpoint{Platform: "brand", Account: "main"}))
		in.line("brand", d.mac)
		d.blocked = "brand." + in.name
		d.boot()
		in.wait(2 * time.Minute)
		in.asked = "brand"
	})},
	"came before it is expected": {want: "window:not_expected_yet", plant: func(in *installation) string {
		in.platform("acme")
		d := in.device(in.register("acme", in.expected(10*24*time.Hour)), 1)
		d.boot()
		return d.mac
	}},
	"came after its window": {want: "window:window_closed", plant: func(in *installation) string { in.platform("acme"); return in.lateOne().mac }},
	"has not come within its window": {want: "reach:never_came", plant: func(in *installation) string {
		in.platform("acme")
		return in.register("acme", in.expected(-10*24*time.Hour))
	}},
	"a newcomer by its URL": {want: "window:other_network", plant: served(func(in *installation, d *device) { in.device(d.mac, 2).boot() })},
	"wrong HTTP password": {want: "window:other_network", plant: served(func(in *installation, d *device) {
		in.must(d.UserSet("http_client_pass", nil, "typed over"))
		d.from[14] = 2
		d.boot()
	})},
	"password forgotten": {want: "window:password_not_said", plant: served(func(in *installation, d *device) {
		in.must(d.UserSet("http_client_user", nil, ""))
		d.from[14] = 2
		d.boot()
		in.wait(2 * time.Minute)
	})},
	"held by hand": {want: "window:held", plant: served(func(in *installation, d *device) {
		_, err := in.api.HoldEndpoint(in.t.Context(), "acme", d.mac)
		in.must(err)
		d.sync()
	})},
	"platform off-boarded": {want: "settings:sent_home", plant: served(func(in *installation, d *device) {
		_, err := in.api.Offboard(in.t.Context(), "acme", api.Offboard{})
		in.must(err) // its phones are not given up yet
	})},
	"its model reads another format": {want: "settings:not_rendered", plant: acme(func(in *installation, mac string) {
		in.put("acme", mac, func(e *api.PutEndpoint) { e.Model = new("M700") })
		in.device(mac, 1).boot()
	})},
	"settings cannot be made": {want: "settings:trouble_here", o: func(*testing.T) options {
		return options{vendor: func(v *snom.Vendor) ztp.Vendor { return broken{v} }}
	}, plant: phone(func(*installation, *device) {})},
	"the database was away": {want: "settings:trouble_here", plant: phone(func(in *installation, d *device) {
		until(in.t, time.Minute, func() bool { n, _ := in.phone.Known(); return n > 0 })
		url := in.own(d.mac)
		in.must(d.UserSet("setting_server", nil, part(url, 5, ztp.NewToken().RevealSecret())))
		d.boot() // whoever asks lets all that is committed be heard
		in.must(d.UserSet("setting_server", nil, url))
		in.wait(time.Second)
		in.away.Store(true)
	})},
	"no SIP account": {want: "settings:no_line", plant: func(in *installation) string {
		in.platform("acme")
		in.put("acme", "000413770001")
		in.device("000413770001", 1).boot()
		return "000413770001"
	}},
	"no registrar": {want: "settings:no_registrar", plant: phone(func(in *installation, _ *device) {
		_, err := in.api.PutSettings(in.t.Context(), api.SettingsOf{Platform: "acme"}, api.PutSettings{Settings: []api.PutSetting{{Name: "line_registrar"}}})
		in.must(err)
	})},
	"no SIP password": {want: "settings:no_sip_password", plant: phone(func(in *installation, d *device) {
		_, err := in.api.PutSettings(in.t.Context(), api.SettingsOf{Platform: "acme", MAC: d.mac}, api.PutSettings{Settings: []api.PutSetting{{Name: "line_password", Index: 1}}})
		in.must(err)
	})},
	"completed since it came": {want: "settings:not_ready", plant: func(in *installation) string {
		in.platform("acme")
		mac := in.register("acme")
		of := api.SettingsOf{Platform: "acme", MAC: mac}
		_, err := in.api.PutSettings(in.t.Context(), of, api.PutSettings{Settings: []api.PutSetting{{Name: "line_password", Index: 1}}})
		in.must(err)
		in.device(mac, 1).boot()
		in.wait(time.Minute)
		in.line("acme", mac)
		return mac
	}},
	"settings changed since it asked": {want: "sip:earlier_settings", plant: served(func(in *installation, d *device) {
		in.sip(d.mac, api.PutSIP{Reason: "wrong_password"})
		in.wait(time.Minute)
		in.set(api.SettingsOf{Platform: "acme", MAC: d.mac}, "line_password", "corrected-since")
	})},
	"SIP password refused":    {want: "sip:wrong_sip_password", plant: served(func(in *installation, d *device) { in.sip(d.mac, api.PutSIP{Reason: "wrong_password"}) })},
	"SIP user not known":      {want: "sip:unknown_sip_user", plant: served(func(in *installation, d *device) { in.sip(d.mac, api.PutSIP{Reason: "unknown_user"}) })},
	"SIP registration gone":   {want: "sip:sip_gone", plant: served(func(in *installation, d *device) { in.sip(d.mac, api.PutSIP{Reason: "gone"}) })},
	"SIP registration absent": {want: "sip:not_registered", plant: served(func(in *installation, d *device) { in.sip(d.mac, api.PutSIP{}) })},
}

// strict lets nobody in without a certificate.
func strict(t *testing.T) options { return options{clients: makers(t, maker), strict: true} }

// believing asks phones for their certificates.
func believing(t *testing.T) options { return options{clients: makers(t, maker)} }

// wild has a certificate for names below its own, too.
func wild(*testing.T) options {
	return options{served: func(name string) *issued {
		return issue(x509.Certificate{DNSNames: []string{name, "*." + name}}, world.ca)
	}}
}

// swap renews the certificate of the phones' listener, which is seen without a restart.
func (in *installation) swap(by *issued) {
	in.t.Helper()
	by.write(in.t, in.dir, "server")
	in.wait(2 * time.Minute)
}

// TestEveryCauseIsPlanted: a cause that explain knows and nothing brings about may be one that
// it never names, or names behind another one.
func TestEveryCauseIsPlanted(t *testing.T) {
	t.Parallel()
	missing := map[string]bool{}
	for _, c := range ztp.GateCauses {
		missing[string(c.Gate)+":"+string(c.Cause)] = true
	}
	for name, p := range plants() {
		if _, is := missing[p.want]; !is {
			t.Errorf("%s: there is no cause %s", name, p.want)
		}
		missing[p.want] = false
	}
	for want, not := range missing {
		if not {
			t.Errorf("nothing brings %s about", want)
		}
	}
}

// TestPlantedCauses: whatever keeps a phone out of service, explain names it.
func TestPlantedCauses(t *testing.T) {
	t.Parallel()
	nth := 0
	for name, p := range plants() {
		if nth++; testing.Short() && nth%4 > 0 { // any of them will do for the race detector
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options{}
			if p.o != nil {
				o = p.o(t)
			}
			in := install(t, o)
			mac := p.plant(in)
			in.away.Store(false)
			in.noted()
			// What went wrong with a handshake is noted when the phone has gone.
			var got string
			var x api.Explanation
			until(t, time.Minute, func() bool { got, x = in.explained(mac); return got == p.want })
			said := slices.ContainsFunc(x.Gates, func(g api.Gate) bool { return g.Name == x.First && strings.Contains(g.Text, p.says) })
			if got != p.want || !said {
				t.Errorf("explain names %s, want %s and %q\n%+v", got, p.want, p.says, x.Gates)
			}
		})
	}
}

// explained is the first gate that is closed, with its cause.
func (in *installation) explained(mac string) (first string, x api.Explanation) {
	in.t.Helper()
	x, err := in.api.ExplainEndpoint(in.t.Context(), in.asked, mac)
	in.must(err)
	for _, g := range x.Gates {
		if g.Name != x.First {
			continue
		}
		if g.Remedy == "" || g.Why == "" {
			in.t.Errorf("nothing says what opens it: %+v", g)
		}
		return g.Name + ":" + g.Cause, x
	}
	return "none", x
}

// until asks again until done says yes or patience is over.
func until(t testing.TB, patience time.Duration, done func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(patience)
	defer late.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-late.C:
			return
		}
	}
}
