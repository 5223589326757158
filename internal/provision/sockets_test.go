package provision_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/server"
	"zerotouch.example/internal/ztp"
)

// listening serves the world at real sockets, with TLS or without, and returns how to
// connect and how to stop.
func (w *world) listening(t *testing.T, secure bool) (dial func() net.Conn, stop func()) {
	t.Helper()
	free := server.Listener{Address: "127.0.0.1:0"}
	cfg := server.Config{Admin: free, Phone: free, Ops: free, API: http.NotFoundHandler(), Portal: http.NotFoundHandler(), Log: w.cfg.Log}
	if secure {
		cfg.Phone = ownCertificate(t)
	}
	w.cfg.Secure, w.cfg.Local, w.cfg.Address, w.cfg.Certificate = server.Secure, server.Local, server.AddressOf, nil
	w.serve()
	cfg.Phones = w.handler
	s, err := server.New(cfg)
	w.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	dial = func() net.Conn {
		c, err := net.Dial("tcp", s.PhoneAddr())
		w.must(err)
		if secure {
			c = tls.Client(c, &tls.Config{InsecureSkipVerify: true}) // whose it is, is not the question
		}
		w.must(c.SetDeadline(time.Now().Add(20 * time.Second)))
		return c
	}
	return dial, func() { cancel(); w.must(<-ended) }
}

func ownCertificate(t *testing.T) server.Listener {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"prov.example"}}
	der, cerr := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	pkcs, kerr := x509.MarshalPKCS8PrivateKey(key)
	if cerr != nil || kerr != nil {
		t.Fatal(cerr, kerr)
	}
	dir := t.TempDir()
	at := server.Listener{Address: "127.0.0.1:0", CertFile: filepath.Join(dir, "a.crt"), KeyFile: filepath.Join(dir, "a.key")}
	for path, block := range map[string]*pem.Block{at.CertFile: {Type: "CERTIFICATE", Bytes: der}, at.KeyFile: {Type: "PRIVATE KEY", Bytes: pkcs}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return at
}

// hostile is what nobody's phone sends, with the status that answers it; 0 is none.
// PHONE is the right path of a phone, ACCOUNT its account's token.
var hostile = map[string]struct {
	sent string
	want int
}{
	"right":                   {"GET PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 200},
	"right, HEAD":             {"HEAD PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 200},
	"HTTP/1.0 without Host":   {"GET PHONE HTTP/1.0\r\n\r\n", 200},
	"absolute URI":            {"GET http://x:1PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 200},
	"absolute, of a file":     {"GET file:///etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"HTTP/1.1 without Host":   {"GET PHONE HTTP/1.1\r\n\r\n", 400},
	"two Hosts":               {"GET PHONE HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
	"HTTP/0.9":                {"GET PHONE\r\n\r\n", 400},
	"HTTP/2 in words":         {"GET PHONE HTTP/2.0\r\nHost: x\r\n\r\n", 505},
	"HTTP/2 preface":          {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", 405},
	"PUT":                     {"PUT PHONE HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 405},
	"POST, chunked":           {"POST PHONE HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 405},
	"POST, huge":              {"POST PHONE HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\nabc", 405},
	"POST, chunk of nonsense": {"POST PHONE HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 405},
	"two kinds of length":     {"POST PHONE HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 405},
	"two lengths":             {"POST PHONE HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
	"length below nothing":    {"GET PHONE HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
	"GET with a body":         {"GET PHONE HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", 200},
	"asks before its body":    {"PUT PHONE HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n", 405},
	"expects something else":  {"GET PHONE HTTP/1.1\r\nHost: x\r\nExpect: tea\r\n\r\n", 417},
	"TRACE":                   {"TRACE PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	"OPTIONS":                 {"OPTIONS PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	"OPTIONS of all":          {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	"CONNECT":                 {"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 405},
	"method of its own":       {"get PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 405},
	"method that is none":     {"G(T PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"dots":                    {"GET /p/../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"dots after the phone":    {"GET PHONE/../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"dots that come back":     {"GET /p/x/..PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"escaped dots":            {"GET /p/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"dots escaped twice":      {"GET /p/%252e%252e%252fetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"backslashes":             {"GET /p\\..\\..\\etc\\passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"overlong dots":           {"GET /p/%c0%ae%c0%ae/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"no slash in front":       {"GET p/x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"two slashes in front":    {"GET /PHONE HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"wrong escape":            {"GET PHONE%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"NUL":                     {"GET PHONE\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
	"escaped NUL":             {"GET PHONE%00 HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"query":                   {"GET PHONE?a=b HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"fragment":                {"GET PHONE#a HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"prefix in capitals":      {"GET /P/ACCOUNT/000413A11FA7 HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	"64 KiB of headers":       {"GET PHONE HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", 431},
	"64 KiB of path":          {"GET /p/" + strings.Repeat("a", 64<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
	"ten thousand headers":    {"GET PHONE HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 10_000) + "\r\n", 431},
	"a thousand headers":      {"GET PHONE HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 1000) + "\r\n", 200},
	"header folded":           {"GET PHONE HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n", 200},
	"header with a space":     {"GET PHONE HTTP/1.1\r\nHost: x\r\nX : a\r\n\r\n", 400},
	"User-Agent of nonsense":  {"GET PHONE HTTP/1.1\r\nHost: x\r\nUser-Agent: \xff\xfe\t\x1b[31m<script>\r\n\r\n", 400},
	"lines without CR":        {"GET PHONE HTTP/1.1\nHost: x\n\n", 200},
	"garbage":                 {"\x00\x01\x02\x03\xff\xfe\r\n\r\n", 400},
	"SIP":                     {"REGISTER sip:x SIP/2.0\r\nVia: x\r\n\r\n", 400},
	"half a request":          {"GET PHONE HT", 400},
	"half a header":           {"GET PHONE HTTP/1.1\r\nHost: x\r\nUser-Ag", 400},
	"nothing":                 {"", 0},
}

// Whatever comes over the wire has a defined answer, and the next phone is served.
func TestHostileRequests(t *testing.T) {
	t.Parallel()
	for name, secure := range map[string]bool{"TLS": true, "plain": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, phone := ready(t)
			dial, stop := w.listening(t, secure)
			names := strings.NewReplacer("PHONE", phone.path, "ACCOUNT", w.tokens["one"].RevealSecret())
			for what, tc := range hostile {
				status, text := exchange(t, dial(), names.Replace(tc.sent))
				if status != tc.want {
					t.Errorf("%s: status %d, want %d", what, status, tc.want)
				}
				for _, leak := range []string{"root:", "<script>", "goroutine", "/p/" + w.tokens["one"].RevealSecret()} {
					if strings.Contains(text, leak) && !(status == 200 && secure) {
						t.Errorf("%s: the answer has %q in it", what, leak)
					}
				}
				if !secure && strings.Contains(text, "http_client_pass") {
					t.Errorf("%s: a secret without TLS", what)
				}
			}
			if status, _ := exchange(t, dial(), names.Replace("GET PHONE HTTP/1.1\r\nHost: x\r\n\r\n")); status != http.StatusOK {
				t.Errorf("afterwards: status %d", status)
			}
			stop()
			if strings.Contains(w.log.String(), "panicked") {
				t.Error("a handler has panicked")
			}
			for _, secret := range []ztp.Secret{w.tokens["one"]} {
				if strings.Contains(w.log.String(), secret.RevealSecret()) {
					t.Error("a token is in the log")
				}
			}
		})
	}
}

// exchange sends bytes and returns the status and the answer. One side of what is cut off
// ends there.
func exchange(t *testing.T, c net.Conn, sent string) (status int, text string) {
	t.Helper()
	defer func() { _ = c.Close() }()
	_, _ = io.WriteString(c, sent) // who answers early may close
	if half, ok := c.(interface{ CloseWrite() error }); ok && !strings.Contains(sent, "\n\r\n") && !strings.Contains(sent, "\n\n") {
		_ = half.CloseWrite()
	}
	method, _, _ := strings.Cut(sent, " ")
	var answer bytes.Buffer
	r, err := http.ReadResponse(bufio.NewReader(io.TeeReader(c, &answer)), &http.Request{Method: method})
	if err != nil {
		return 0, answer.String()
	}
	_, _ = io.Copy(io.Discard, r.Body)
	return r.StatusCode, answer.String()
}
