package e2e_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/phonesim"
)

// paper is a certificate with its key.
type paper struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// sign makes a certificate, by itself without an issuer.
func sign(t *testing.T, c x509.Certificate, key crypto.Signer, by *paper) *paper {
	t.Helper()
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	}
	if c.SerialNumber == nil {
		c.SerialNumber = big.NewInt(time.Now().UnixNano())
	}
	if key == nil {
		var err error
		if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	signer, parent := key, &c
	if by != nil {
		signer, parent = by.key, by.cert
	}
	der, err := x509.CreateCertificate(rand.Reader, &c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &paper{made, key}
}

// signer is an authority called as one of the phone's maker is.
func signer(t *testing.T, name string, key crypto.Signer) *paper {
	t.Helper()
	return sign(t, x509.Certificate{Subject: pkix.Name{Country: []string{"DE"}, Organization: []string{"snom technology AG"}, CommonName: name},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, key, nil)
}

func (p *paper) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw}))
}

func (p *paper) pool() *x509.CertPool {
	all := x509.NewCertPool()
	all.AddCert(p.cert)
	return all
}

// withTLS starts the server once more, with TLS for phones and a maker whose certificates it believes.
func (in *installation) withTLS(t *testing.T, ca *paper, makers string, denied *big.Int) (phoneClient string) {
	t.Helper()
	in.kill(t)
	dir := t.TempDir()
	at := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	host, _, err := net.SplitHostPort(strings.TrimPrefix(in.phone, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	phoneClient = freeAddress(t)
	other, _, _ := net.SplitHostPort(phoneClient)
	served := sign(t, x509.Certificate{IPAddresses: []net.IP{net.ParseIP(host), net.ParseIP(other)}}, nil, ca)
	key, err := x509.MarshalPKCS8PrivateKey(served.key)
	if err != nil {
		t.Fatal(err)
	}
	in.phone = strings.Replace(in.phone, "http:", "https:", 1)
	in.env = append(in.env, "ZEROTOUCH_PROVISIONING_URL="+in.phone, "SSL_CERT_FILE="+at("roots.pem", ca.pem()),
		"ZEROTOUCH_PHONE_TLS_CERT="+at("server.crt", served.pem()),
		"ZEROTOUCH_PHONE_TLS_KEY="+at("server.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))),
		"ZEROTOUCH_PHONE_CLIENT_CA="+at("makers.pem", makers), "ZEROTOUCH_PHONE_CLIENT_DENY="+at("deny", denied.Text(16)+" # stolen\n"),
		"ZEROTOUCH_PHONE_CLIENT_LISTEN="+phoneClient)
	in.start(t)
	return phoneClient
}

// TestDeviceCertificates goes from a certificate as it is in a phone to the file with its
// secrets, by the configuration of the program alone; whoever shows another one gets none, and
// is told why.
func TestDeviceCertificates(t *testing.T) {
	t.Parallel()
	skipInShort(t)
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ca, maker, sha1 := signer(t, "Phones trust this", nil), signer(t, "Snom Phone 1 SHA-256", nil), signer(t, "Snom Phone 1", old)
	s := newSnom(t, 0)
	in := newInstallation(t, "", s.base)
	denied := big.NewInt(0x5701e)
	strictAt := in.withTLS(t, ca, maker.pem()+sha1.pem(), denied)
	in.seed(t, s)
	in.platform(t, "acme")
	a, err := in.client.Onboard(t.Context(), "acme", "snom")
	in.done(t, a, err)
	own := func(mac string) x509.Certificate {
		return x509.Certificate{Subject: pkix.Name{Country: []string{"DE"}, Organization: []string{"snom technology AG"}, CommonName: mac}}
	}
	const notBelieved, missing = "certificate:phone_certificate_not_believed", "window:own_certificate_missing"
	cases := []struct {
		name  string
		paper func(mac string) *paper
		// cause is what explain names; "" for who gets its file.
		cause string
	}{
		{"its own", func(mac string) *paper { return sign(t, own(mac), nil, maker) }, ""},
		{"its own, in small letters, with RSA", func(mac string) *paper { return sign(t, own(strings.ToLower(mac)), old, maker) }, ""},
		{"none", func(string) *paper { return nil }, missing},
		{"another phone's", func(string) *paper { return sign(t, own("000413AAAAAA"), nil, maker) }, "certificate:other_certificate"},
		{"one of all phones of its model", func(string) *paper { return sign(t, own("snomD785"), nil, maker) }, notBelieved},
		{"signed by itself", func(mac string) *paper { return sign(t, own(mac), nil, nil) }, notBelieved},
		{"another maker's of the same name", func(mac string) *paper { return sign(t, own(mac), nil, signer(t, "Snom Phone 1 SHA-256", nil)) }, notBelieved},
		{"ended", func(mac string) *paper {
			c := own(mac)
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
			return sign(t, c, nil, maker)
		}, notBelieved},
		{"denied", func(mac string) *paper { c := own(mac); c.SerialNumber = denied; return sign(t, c, nil, maker) }, notBelieved},
		{"signed with SHA-1", func(mac string) *paper {
			c := own(mac)
			c.SignatureAlgorithm = x509.SHA1WithRSA
			return sign(t, c, nil, sha1)
		}, notBelieved},
	}
	factory, err := url.Parse(s.base)
	if err != nil {
		t.Fatal(err)
	}
	for i, tc := range cases {
		mac := fmt.Sprintf("0004137700%02X", i)
		a, err := in.client.PutEndpoint(t.Context(), "acme", mac, api.PutEndpoint{Account: "main", Model: new("D785")})
		in.done(t, a, err)
		in.line(t, mac)
		p := tc.paper(mac)
		d := &device{from: net.IPv4(127, 1, byte(i), 7), roots: ca.pool(), shows: p}
		phone, err := phonesim.New(phonesim.Options{MAC: mac, FactoryServer: factory.Scheme + "://" + factory.Host, Transport: d.transport()})
		if err != nil {
			t.Fatal(err)
		}
		trace, err := phone.Boot(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got, _ := phone.State().Value("user_pass", new(1))
		if has := got == deviceSecret; has != (tc.cause == "") {
			t.Errorf("%s: it has its secret: %v\n%s", tc.name, has, trace)
		}
		if first := in.explained(t, mac); tc.cause != "" && first != tc.cause {
			t.Errorf("%s: explain names %s, want %s", tc.name, first, tc.cause)
		}
		// Where a certificate is required, nobody else gets as far as asking.
		tr := d.transport()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+strictAt+"/p/x/"+mac, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := tr.RoundTrip(req)
		if in := err == nil; in != (tc.cause == "" || tc.name == "another phone's") {
			t.Errorf("%s: where one is required it comes in: %v (%v)", tc.name, in, err)
		}
		if err == nil {
			_ = r.Body.Close()
		}
	}
}

const deviceSecret = "sip-secret-of-a-device"

// line gives a phone a SIP account.
func (in *installation) line(t *testing.T, mac string) {
	t.Helper()
	var all []api.PutSetting
	for name, value := range map[string]string{"line_user": "7001", "line_password": deviceSecret, "line_registrar": "sip.example"} {
		all = append(all, api.PutSetting{Name: name, Index: 1, Value: new(api.Secret(value))})
	}
	if _, err := in.client.PutSettings(t.Context(), api.SettingsOf{Platform: "acme", MAC: mac}, api.PutSettings{Settings: all}); err != nil {
		t.Fatal(err)
	}
}

// explained waits until there is a first closed gate other than that a phone never came,
// and returns it with its cause.
func (in *installation) explained(t *testing.T, mac string) (first string) {
	t.Helper()
	until(t, "the explanation of "+mac, startTimeout, func() bool {
		x, err := in.client.ExplainEndpoint(t.Context(), "acme", mac)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range x.Gates {
			if g.Name == x.First {
				first = g.Name + ":" + g.Cause
			}
		}
		return first != "reach:never_came"
	})
	return first
}

// device is how a phone gets onto the network: from where, whom it trusts and what it shows.
type device struct {
	from  net.IP
	roots *x509.CertPool
	shows *paper
}

func (d *device) transport() http.RoundTripper {
	cfg := &tls.Config{RootCAs: d.roots}
	if d.shows != nil { // whoever's is asked for: a phone has one
		c := tls.Certificate{Certificate: [][]byte{d.shows.cert.Raw}, PrivateKey: d.shows.key}
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }
	}
	return &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: d.from}}).DialContext, TLSClientConfig: cfg, DisableKeepAlives: true}
}
