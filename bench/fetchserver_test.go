package bench_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

const (
	fetchMAC   = "000413A11FA7"
	fetchBytes = 16_000
)

// fetchListeners are those that each server has, named after their certificates.
var fetchListeners = []string{"plain", "p256", "rsa", "client"}

// keyOf is whose key a listener has.
func keyOf(listener string) string {
	if listener == "client" { // where phones show certificates of their own
		return "p256"
	}
	return listener
}

// fetchPKI is a folder with the keys and certificates of servers and of a phone.
type fetchPKI struct {
	b   testing.TB
	dir string
}

func newFetchPKI(b testing.TB) *fetchPKI {
	p := &fetchPKI{b, b.TempDir()}
	ca, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p.must(err)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	p.must(err)
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	p.must(err)
	phone, err := rsa.GenerateKey(rand.Reader, 2048)
	p.must(err)
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	p.write("ca", authority, authority, ca.Public(), nil, ca)
	for name, key := range map[string]crypto.Signer{"p256": p256, "rsa": r, "phone": phone} {
		leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: fetchMAC}, DNSNames: []string{"prov.example"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
			NotBefore: authority.NotBefore, NotAfter: authority.NotAfter}
		p.write(name, leaf, authority, key.Public(), key, ca)
	}
	return p
}

func (p *fetchPKI) must(err error) {
	p.b.Helper()
	if err != nil {
		p.b.Fatal(err)
	}
}

func (p *fetchPKI) write(name string, c, by *x509.Certificate, public, key any, signer *ecdsa.PrivateKey) {
	der, err := x509.CreateCertificate(rand.Reader, c, by, public, signer)
	p.must(err)
	p.must(os.WriteFile(p.file(name+".crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	if key == nil {
		return
	}
	if der, err = x509.MarshalPKCS8PrivateKey(key); err == nil {
		err = os.WriteFile(p.file(name+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
	}
	p.must(err)
}

func (p *fetchPKI) file(name string) string { return filepath.Join(p.dir, name) }

func (p *fetchPKI) roots() *x509.CertPool {
	text, err := os.ReadFile(p.file("ca.crt"))
	p.must(err)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return pool
}

// trusting is TLS as phones speak it: they have exchanged keys over the two curves for long,
// and nothing that was added for quantum computers, which costs both sides more.
func (p *fetchPKI) trusting() *tls.Config {
	return &tls.Config{RootCAs: p.roots(), MinVersion: tls.VersionTLS12, CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}}
}

func (p *fetchPKI) phone() tls.Certificate {
	c, err := tls.LoadX509KeyPair(p.file("phone.crt"), p.file("phone.key"))
	p.must(err)
	return c
}

// wide is a vendor whose files have the size of a full one.
type wide struct{ ztp.Vendor }

func (wide) Describe() ztp.VendorInfo { return ztp.VendorInfo{Name: "snom"} }

func (wide) RenderSettings(s ztp.PhoneSettings) ([]byte, string, error) {
	text := s.URL.RevealSecret() + "\n" + s.Password.RevealSecret() + "\n"
	return []byte(text + strings.Repeat("x", fetchBytes)), "text/xml; charset=utf-8", nil
}

// TestServeFetches is no test: it is what BenchmarkFetch starts as another process, and
// serves until that ends it.
func TestServeFetches(t *testing.T) {
	mode := os.Getenv("ZEROTOUCH_BENCH_FETCHES")
	if mode != "ours" && mode != "bare" {
		return
	}
	p := &fetchPKI{t, os.Getenv("ZEROTOUCH_BENCH_FILES")}
	said := apart{At: map[string]string{}}
	phones := p.phones(&said)
	for _, at := range fetchListeners {
		if mode == "bare" {
			said.At[at] = p.bare(at)
		} else {
			said.At[at] = p.ours(at, phones)
		}
	}
	line, err := json.Marshal(said)
	p.must(err)
	fmt.Println(string(line))
	select {}
}

// phones is the handler over a database with one phone, which has its settings.
func (p *fetchPKI) phones(said *apart) *provision.Handler {
	ctx, now := context.Background(), time.Now().UTC().Truncate(time.Millisecond)
	store, err := sqlstore.Open(ctx, sqlstore.Config{DSN: filepath.Join(p.b.TempDir(), "zerotouch.db"), RootKey: storetest.RootKey, Installation: "bench", Migrate: true})
	p.must(err)
	account, device := ztp.NewToken(), ztp.NewToken()
	mac, err := ztp.ParseMAC(fetchMAC)
	p.must(err)
	p.must(store.CreatePlatform(ctx, ztp.Platform{ID: "p", Slug: "p", Name: "P", CreatedAt: now, UpdatedAt: now}))
	p.must(store.CreateAccount(ctx, ztp.Account{ID: "a", Platform: "p", Slug: "a", Name: "A", CreatedAt: now, UpdatedAt: now}))
	p.must(store.IssueToken(ctx, "p", "a", "t", account, now))
	p.must(store.SaveEndpoint(ctx, ztp.Endpoint{Platform: "p", Vendor: "snom", MAC: mac, Account: "a", State: ztp.EndpointListed, CreatedAt: now, UpdatedAt: now}))
	p.must(store.SetDeviceTokens(ctx, "p", map[ztp.MAC]ztp.Secret{mac: device}))
	template, err := ztp.TemplateForBase("http://127.0.0.1")
	p.must(err)
	log, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	p.must(err)
	h, err := provision.New(provision.Config{Store: store, Vendors: []ztp.Vendor{wide{}}, URL: template, Tell: server.Tell, Rate: -1, RequestID: server.RequestID, Address: server.AddressOf,
		Secure: server.Secure, Local: server.Local, Now: store.Now, Log: slog.New(server.NewLines(log, true, slog.LevelInfo)),
		Certificate: func(r *http.Request) ztp.MAC { m, _ := server.CertificateMAC(r.Context()); return m }})
	p.must(err)
	go h.Run(ctx)
	first := "/p/" + account.RevealSecret() + "/" + device.RevealSecret() + "/" + fetchMAC
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, first, http.NoBody)
	r.RemoteAddr = "127.0.0.1:1"
	h.ServeHTTP(w, r)
	lines := strings.Split(w.Body.String(), "\n")
	if len(lines) < 3 {
		p.b.Fatalf("first contact: %d %s", w.Code, w.Body)
	}
	said.Path, said.Password = strings.Replace(first, fetchMAC, "s/"+fetchMAC, 1), lines[1]
	return h
}

// ours is a server with the phone listener; the others of it are not used.
func (p *fetchPKI) ours(at string, phones http.Handler) string {
	log, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	p.must(err)
	any := server.Listener{Address: "127.0.0.1:0"}
	cfg := server.Config{Admin: any, Ops: any, Phone: any, API: http.NotFoundHandler(), Portal: http.NotFoundHandler(), Phones: phones, Log: slog.New(server.NewLines(log, true, slog.LevelInfo))}
	if at != "plain" {
		key := keyOf(at)
		if at == "client" {
			cfg.PhoneClients = server.PhoneClients{CAFile: p.file("ca.crt"), MAC: func(c *x509.Certificate) (ztp.MAC, bool) {
				m, err := ztp.ParseMAC(c.Subject.CommonName)
				return m, err == nil
			}}
		}
		cfg.Phone.CertFile, cfg.Phone.KeyFile = p.file(key+".crt"), p.file(key+".key")
	}
	s, err := server.New(cfg)
	p.must(err)
	go func() { _ = s.Run(context.Background()) }()
	return s.PhoneAddr()
}

// bareFile is what others than ours answer.
func bareFile() []byte { return []byte(strings.Repeat("x", fetchBytes+200)) }

// bare returns as many bytes from memory.
func (p *fetchPKI) bare(at string) string {
	text := bareFile()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(err)
	s := &http.Server{ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		_, _ = w.Write(text)
	})}
	addr := l.Addr().String()
	if at != "plain" {
		key, cfg := keyOf(at), &tls.Config{MinVersion: tls.VersionTLS12}
		if at == "client" {
			cfg.ClientAuth, cfg.ClientCAs = tls.VerifyClientCertIfGiven, p.roots()
		}
		c, err := tls.LoadX509KeyPair(p.file(key+".crt"), p.file(key+".key"))
		p.must(err)
		cfg.Certificates = []tls.Certificate{c}
		l = tls.NewListener(l, cfg)
	}
	go func() { _ = s.Serve(l) }()
	return addr
}
