package phonesim_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/phonesim"
)

// authority is a certificate authority made for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test CA"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{cert, key}
}

func (a authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// serverCert is how a server's certificate may differ from a good one.
type serverCert struct {
	name    string // DNS name instead of the IP address
	expired bool
}

// site starts an https server with a certificate of this authority.
func (a authority) site(t *testing.T, c serverCert) *site {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "server"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if c.name != "" {
		template.IPAddresses, template.DNSNames = nil, []string{c.name}
	}
	if c.expired {
		template.NotAfter = time.Now().Add(-time.Minute)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.Server = httptest.NewUnstartedServer(s)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what is tested
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// TestTLS: a certificate the phone does not trust, or for another name, is as good as no server.
func TestTLS(t *testing.T) {
	t.Parallel()
	good, stranger := newAuthority(t), newAuthority(t)
	tests := map[string]struct {
		signer authority
		cert   serverCert
		source string
		detail string
	}{
		"Good":       {good, serverCert{}, "redirection", "0 settings"},
		"UnknownCA":  {stranger, serverCert{}, "", "certificate"},
		"OtherName":  {good, serverCert{name: "prov.example.net"}, "", "certificate"},
		"OutOfDate":  {good, serverCert{expired: true}, "", "expired"},
		"WildcardIP": {good, serverCert{name: "*.0.0.1"}, "", "certificate"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			vendor, prov := good.site(t, serverCert{}), tt.signer.site(t, tt.cert)
			vendor.home(file("setting_server", prov.URL+"/{mac}"))
			prov.set("/"+mac, text("<settings/>"))
			p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, Roots: good.pool()})
			trace := mustBoot(t, p)
			if trace.Source != tt.source || !strings.Contains(trace.Steps[2].Detail, tt.detail) {
				t.Errorf("source %q, step %v; want %q and %q", trace.Source, trace.Steps[2], tt.source, tt.detail)
			}
			if asked := prov.takeAsked(); tt.source == "" && len(asked) != 0 {
				t.Errorf("the URL was sent to a server that proved nothing: %v", asked)
			}
		})
	}
}

// TestTransport: a transport of the caller's is used as it is, and roots beside it would be ignored.
func TestTransport(t *testing.T) {
	t.Parallel()
	vendor := newAuthority(t).site(t, serverCert{})
	vendor.home("<settings/>")
	own := vendor.Client().Transport // trusts this server
	p := mustPhone(t, phonesim.Options{FactoryServer: vendor.URL, Transport: own})
	if trace := mustBoot(t, p); trace.Steps[0].Status != 200 {
		t.Errorf("with its own transport: %v", trace.Steps[0])
	}
	if trace := mustBoot(t, mustPhone(t, phonesim.Options{FactoryServer: vendor.URL})); trace.Steps[0].Status != 0 {
		t.Errorf("the system's roots trust a made-up authority: %v", trace.Steps[0])
	}
	for name, o := range map[string]phonesim.Options{"roots": {Roots: x509.NewCertPool()}, "certificate": {Certificate: &tls.Certificate{}}, "source": {Source: netip.MustParseAddr("127.0.0.9")}} {
		o.MAC, o.FactoryServer, o.Transport = mac, vendor.URL, own
		if _, err := phonesim.New(o); err == nil {
			t.Errorf("%s and a transport were accepted together", name)
		}
	}
}

// TestOwnCertificate: the phone shows the one it has to a server that asks, also where that
// believes others alone, and comes from the address that it was given.
func TestOwnCertificate(t *testing.T) {
	t.Parallel()
	ours, maker := newAuthority(t), newAuthority(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: mac}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, maker.cert, &key.PublicKey, maker.key)
	if err != nil {
		t.Fatal(err)
	}
	own := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	source := netip.MustParseAddr("127.0.0.9")
	for name, tt := range map[string]struct {
		o           phonesim.Options
		shows, from string
	}{
		"Neither":     {phonesim.Options{}, "", "127.0.0.1"},
		"Certificate": {phonesim.Options{Certificate: own}, mac, "127.0.0.1"},
		"Both":        {phonesim.Options{Certificate: own, Source: source}, mac, "127.0.0.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shows, from := "", ""
			site := ours.site(t, serverCert{})
			site.TLS.ClientAuth, site.TLS.ClientCAs = tls.RequestClientCert, ours.pool()
			site.set("/snomD785.htm", func(w http.ResponseWriter, r *http.Request) {
				if len(r.TLS.PeerCertificates) > 0 {
					shows = r.TLS.PeerCertificates[0].Subject.CommonName
				}
				from, _, _ = net.SplitHostPort(r.RemoteAddr)
				_, _ = io.WriteString(w, "<settings/>")
			})
			tt.o.FactoryServer, tt.o.Roots = site.URL, ours.pool()
			mustBoot(t, mustPhone(t, tt.o))
			if shows != tt.shows || from != tt.from {
				t.Errorf("it showed %q and came from %s, want %q and %s", shows, from, tt.shows, tt.from)
			}
		})
	}
}
