package server_test

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/server"
	"zerotouch.example/internal/vendors/snom"
)

// provenMAC answers with what a handler learns of a phone's certificate.
var provenMAC = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	mac, ok := server.CertificateMAC(r.Context())
	_, _ = fmt.Fprint(w, mac, ok, r.Header)
})

// zoo is a maker's authority with certificates of phones, good and bad ones.
type zoo struct {
	dir    string
	maker  *issued
	phones map[string]*issued
}

func newZoo(t *testing.T) zoo {
	t.Helper()
	z := zoo{dir: t.TempDir(), maker: authority(t, "Phone 1"), phones: map[string]*issued{}}
	old := issue(t, x509.Certificate{Subject: pkix.Name{CommonName: "Phone 0"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)}, false, nil)
	stranger := authority(t, "Phone 1")
	named := func(cn string) x509.Certificate { return x509.Certificate{Subject: pkix.Name{CommonName: cn}} }
	with := func(c x509.Certificate, change func(*x509.Certificate)) x509.Certificate { change(&c); return c }
	z.phones["good"] = issue(t, named("000413A11FA7"), false, z.maker)
	z.phones["other MAC"] = issue(t, named("000413a11fa8"), true, z.maker)
	z.phones["generic"] = issue(t, named("Snom D785"), false, z.maker)
	z.phones["other authority"] = issue(t, named("000413A11FA7"), false, stranger)
	z.phones["self-signed"] = issue(t, named("000413A11FA7"), false, nil)
	z.phones["expired"] = issue(t, with(named("000413A11FA7"), func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }), false, z.maker)
	z.phones["of an authority that has ended"] = issue(t, with(named("000413A11FA7"), func(c *x509.Certificate) { c.NotBefore = time.Now().Add(-36 * time.Hour) }), false, old)
	z.phones["signed after its authority had ended"] = issue(t, named("000413A11FA7"), false, old)
	z.phones["denied"] = issue(t, with(named("000413A11FA7"), func(c *x509.Certificate) { c.SerialNumber = big.NewInt(0xbad5e71a1) }), false, z.maker)
	z.phones["for servers"] = issue(t, with(named("000413A11FA7"), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), false, z.maker)
	z.phones["for clients"] = issue(t, with(named("000413A11FA7"), func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }), false, z.maker)
	must(t, os.WriteFile(z.file("bundle"), append(old.pem(), z.maker.pem()...), 0o600))
	must(t, os.WriteFile(z.file("deny"), []byte("# lost\n0B:AD:5E:71:A1 # stolen\n\n"), 0o600))
	return z
}

func (z zoo) file(name string) string { return filepath.Join(z.dir, name) }

func (z zoo) clients() server.PhoneClients {
	return server.PhoneClients{CAFile: z.file("bundle"), DenyFile: z.file("deny"), MAC: (&snom.Vendor{}).CertificateMAC}
}

// ask makes one request with a phone's certificate, or none.
func (z zoo) ask(address, name, phone string, header ...string) (string, error) {
	cfg := &tls.Config{InsecureSkipVerify: true, ServerName: name} //nolint:gosec // the server is not what is tested
	if p := z.phones[phone]; p != nil {
		// Without a look at which authorities are asked for: a phone has one certificate.
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { c := p.tls(); return &c, nil }
	}
	tr := &http.Transport{TLSClientConfig: cfg, DisableKeepAlives: true}
	r := httptest.NewRequest(http.MethodGet, "https://"+address+"/", nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	answer, err := tr.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

// Which certificate proves which phone; where one is required, and where it is not.
func TestCertificatesOfPhones(t *testing.T) {
	t.Parallel()
	z := newZoo(t)
	cfg := config(&lines{})
	cfg.Phone = forHosts(t, false, "prov.example", "strict.example").write(t, z.dir, "server")
	cfg.Phones = provenMAC
	cfg.PhoneClients = z.clients()
	cfg.PhoneClients.Listen, cfg.PhoneClients.Names = "127.0.0.1:0", []string{"strict.example"}
	s := mustNew(t, cfg)
	start(t, s)
	const none = "00:00:00:00:00:00 false"
	for phone, want := range map[string]string{
		"good": "00:04:13:A1:1F:A7 true", "other MAC": "00:04:13:A1:1F:A8 true", "for clients": "00:04:13:A1:1F:A7 true",
		"of an authority that has ended": "00:04:13:A1:1F:A7 true", "signed after its authority had ended": none,
		"generic": none, "other authority": none, "self-signed": none, "expired": none, "denied": none, "for servers": none, "": none,
	} {
		// A header says nothing without a proxy that is trusted.
		got, err := z.ask(s.PhoneAddr(), "prov.example", phone, "X-SSL-Client-S-DN", "CN=000413A11FA9", "Client-Cert", "x")
		if err != nil || !strings.HasPrefix(got, want) || strings.Contains(strings.ToLower(got), "client-") {
			t.Errorf("%q where it is asked for: %q, %v; want %q", phone, got, err, want)
		}
		for where, at := range map[string][2]string{"listener": {s.PhoneClientAddr(), ""}, "name": {s.PhoneAddr(), "Strict.example"}} {
			got, err := z.ask(at[0], at[1], phone)
			if want == none && err == nil || want != none && !strings.HasPrefix(got, want) {
				t.Errorf("%q where it is required by the %s: %q, %v; want %q", phone, where, got, err, want)
			}
		}
	}
}

// The check of our own address comes in where phones have to show a certificate, and is none
// of them; that of another installation, and one of long ago, stay out.
func TestCertificateOfTheAddressCheck(t *testing.T) {
	t.Parallel()
	z := newZoo(t)
	ours := func(period int64) ([32]byte, error) { return [32]byte{1, byte(period)}, nil }
	theirs := func(period int64) ([32]byte, error) { return [32]byte{2, byte(period)}, nil }
	cfg := config(&lines{})
	cfg.Phone = forHosts(t, false, "prov.example").write(t, z.dir, "server")
	cfg.Phones, cfg.TicketKey = provenMAC, ours
	cfg.PhoneClients = z.clients()
	cfg.PhoneClients.Listen = "127.0.0.1:0"
	s := mustNew(t, cfg)
	start(t, s)
	for name, tc := range map[string]struct {
		ticket func(int64) ([32]byte, error)
		at     time.Time
		in     bool
	}{
		"ours": {ours, time.Now(), true}, "another installation's": {theirs, time.Now(), false}, "of long ago": {ours, time.Now().Add(-time.Hour), false},
	} {
		c, err := server.CheckCertificate(tc.ticket, tc.at)
		must(t, err)
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		must(t, err)
		z.phones["check"] = &issued{leaf, c.PrivateKey.(crypto.Signer)}
		got, err := z.ask(s.PhoneClientAddr(), "prov.example", "check")
		if tc.in && (err != nil || !strings.HasPrefix(got, "00:00:00:00:00:00 false")) || !tc.in && err == nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A resumed session proves no more than a new one: what is denied meanwhile is.
func TestDeniedMeanwhile(t *testing.T) {
	t.Parallel()
	z := newZoo(t)
	cfg := config(&lines{})
	cfg.Phone = forHosts(t, false, "prov.example").write(t, z.dir, "server")
	cfg.PhoneClients = z.clients()
	cfg.PhoneClients.Listen = "127.0.0.1:0"
	var passed atomic.Int64
	began := time.Now()
	cfg.Now = func() time.Time { return began.Add(time.Duration(passed.Load())) }
	s := mustNew(t, cfg)
	start(t, s)
	phone := &tls.Config{ServerName: "prov.example", Certificates: []tls.Certificate{z.phones["good"].tls()}, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
	if first, second := fetchOnce(t, s.PhoneClientAddr(), phone).DidResume, fetchOnce(t, s.PhoneClientAddr(), phone).DidResume; first || !second {
		t.Fatalf("resumed %v, then %v", first, second)
	}
	must(t, os.WriteFile(z.file("deny"), []byte(z.phones["good"].cert.SerialNumber.Text(16)), 0o600))
	passed.Add(int64(server.LookEvery))
	tr := &http.Transport{TLSClientConfig: phone, DisableKeepAlives: true}
	if r, err := tr.RoundTrip(httptest.NewRequest(http.MethodGet, "https://"+s.PhoneClientAddr()+"/", nil)); err == nil {
		_ = r.Body.Close()
		t.Error("a denied certificate was let in")
	}
}

// A trusted proxy forwards the certificate itself, in the header that is configured; what
// it says of it in words, or anybody else, counts for nothing.
func TestForwardedCertificates(t *testing.T) {
	t.Parallel()
	z := newZoo(t)
	cfg := config(&lines{})
	cfg.Phones = provenMAC
	cfg.PhoneClients = z.clients()
	cfg.PhoneClients.Header = "X-SSL-Client-Cert"
	cfg.TrustedProxies = prefixes(t, "10.0.0.0/8")
	s := mustNew(t, cfg)
	t.Cleanup(func() { _ = s.Close() })
	h := s.Handler("phone", true)
	const proxy, good = "10.0.0.1:1", "00:04:13:A1:1F:A7 true"
	escaped := func(phone string) string { return url.PathEscape(string(z.phones[phone].pem())) }
	der := base64.StdEncoding.EncodeToString(z.phones["good"].cert.Raw)
	for what, tt := range map[string]struct {
		peer   string
		header []string
		want   string
	}{
		"nginx":                {proxy, []string{"X-SSL-Client-Cert", escaped("good")}, good},
		"in another case":      {proxy, []string{"x-ssl-client-CERT", escaped("good")}, good},
		"HAProxy":              {proxy, []string{"X-SSL-Client-Cert", der}, good},
		"RFC 9440":             {proxy, []string{"X-SSL-Client-Cert", ":" + der + ":"}, good},
		"other authority":      {proxy, []string{"X-SSL-Client-Cert", escaped("other authority")}, "false"},
		"expired":              {proxy, []string{"X-SSL-Client-Cert", escaped("expired")}, "false"},
		"denied":               {proxy, []string{"X-SSL-Client-Cert", escaped("denied")}, "false"},
		"two values":           {proxy, []string{"X-SSL-Client-Cert", escaped("good"), "X-SSL-Client-Cert", escaped("good")}, "false"},
		"two in one":           {proxy, []string{"X-SSL-Client-Cert", escaped("good") + escaped("good")}, "false"},
		"words":                {proxy, []string{"X-SSL-Client-Cert", "CN=000413A11FA7"}, "false"},
		"empty":                {proxy, []string{"X-SSL-Client-Cert", ""}, "false"},
		"another header":       {proxy, []string{"Client-Cert", ":" + der + ":", "X-SSL-Client-S-DN", "CN=000413A11FA7", "X-Forwarded-Client-Cert", der}, "false"},
		"from somebody else":   {"192.0.2.1:1", []string{"X-SSL-Client-Cert", escaped("good")}, ""},
		"from a loopback peer": {"127.0.0.1:1", []string{"X-SSL-Client-Cert", escaped("good")}, "false"},
	} {
		body := ask(h, http.MethodGet, "/", tt.peer, tt.header...).Body.String()
		if !strings.Contains(body, tt.want) || tt.want != good && strings.Contains(body, "true") || strings.Contains(strings.ToLower(body), "client") {
			t.Errorf("%s: %q, want %q", what, body, tt.want)
		}
	}
}

// A bundle that is broken off is not taken, and a setting that would do nothing is told.
func TestPhoneClientSettings(t *testing.T) {
	t.Parallel()
	z := newZoo(t)
	pem, err := os.ReadFile(z.file("bundle"))
	must(t, err)
	must(t, os.WriteFile(z.file("half"), pem[:len(pem)-40], 0o600))
	must(t, os.WriteFile(z.file("words"), []byte("zzz\n"), 0o600))
	at := forHosts(t, false, "prov.example").write(t, z.dir, "server")
	plain := server.Listener{Address: "127.0.0.1:0"}
	for what, tt := range map[string]struct {
		phone   server.Listener
		clients server.PhoneClients
		want    string
	}{
		"names without a bundle":   {at, server.PhoneClients{Names: []string{"x"}}, "ZEROTOUCH_PHONE_CLIENT_CA"},
		"half a bundle":            {at, server.PhoneClients{CAFile: z.file("half")}, "broken off"},
		"no bundle":                {at, server.PhoneClients{CAFile: z.file("deny")}, "no certificate"},
		"serials that are none":    {at, server.PhoneClients{CAFile: z.file("bundle"), DenyFile: z.file("words")}, "line 1"},
		"no TLS":                   {plain, z.clients(), "ZEROTOUCH_PHONE_TLS_CERT"},
		"a header without proxies": {at, server.PhoneClients{CAFile: z.file("bundle"), Header: "X-C"}, "ZEROTOUCH_TRUSTED_PROXIES"},
	} {
		cfg := config(&lines{})
		cfg.Phone, cfg.PhoneClients = tt.phone, tt.clients
		if open, err := server.Listen(cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", what, err, tt.want)
			if err == nil {
				_ = open.Close()
			}
		}
	}
}
