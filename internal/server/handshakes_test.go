package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zerotouch.example/internal/server"
	"zerotouch.example/internal/ztp"
)

// Each way in which a handshake goes wrong is told by its reason, with what was offered
// and who gave up.
func TestHandshakesThatFail(t *testing.T) {
	t.Parallel()
	z := newZoo(t)
	cfg := config(&lines{})
	cfg.Phone = forHosts(t, false, "prov.example").write(t, z.dir, "server")
	cfg.PhoneClients = z.clients()
	cfg.PhoneClients.Listen = "127.0.0.1:0"
	open, err := server.Listen(cfg)
	must(t, err)
	cfg.Open = open
	s := mustNew(t, cfg)
	stop := start(t, s)
	dial := func(address string, c *tls.Config) {
		conn, err := tls.Dial("tcp", address, c)
		if err == nil { // TLS 1.3 tells a phone at its first read that its certificate is refused
			_, _ = conn.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
			_, _ = io.ReadAll(conn)
			_ = conn.Close()
		}
	}
	say := func(text string) {
		conn, err := net.Dial("tcp", s.PhoneAddr())
		must(t, err)
		_, err = io.WriteString(conn, text)
		must(t, err)
		if text != "" {
			_, _ = io.ReadAll(conn)
		}
		_ = conn.Close()
	}
	blind := func(change func(*tls.Config)) *tls.Config {
		c := &tls.Config{InsecureSkipVerify: true, ServerName: "prov.example"} //nolint:gosec // the server is not what is tested
		change(c)
		return c
	}
	expired := z.phones["expired"].tls()
	dial(s.PhoneAddr(), blind(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }))
	dial(s.PhoneAddr(), blind(func(c *tls.Config) {
		c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
	}))
	giveUp(t, s.PhoneAddr(), "prov.example", unknownAuthority)
	giveUp(t, s.PhoneAddr(), "prov.example", badCertificate) // as OpenSSL does in 1970
	giveUp(t, s.PhoneAddr(), "old.example", badCertificate)  // which no certificate is for
	dial(s.PhoneClientAddr(), blind(func(*tls.Config) {}))
	dial(s.PhoneClientAddr(), blind(func(c *tls.Config) {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &expired, nil }
	}))
	say("GET / HTTP/1.0\r\n\r\n")
	say("REGISTER sip:x\r\n\r\n")
	say("")         // whoever looks whether the port is open
	must(t, stop()) // which waits for those whose failure is being written down
	want := map[ztp.HandshakeReason]string{
		ztp.HandshakeOldVersion:    "prov.example|TLS 1.1, CBC with ECDHE|we say: protocol version not supported",
		ztp.HandshakeNoCipher:      "prov.example|TLS 1.2, key exchange by RSA alone|we say: handshake failure",
		ztp.HandshakeNotTrusted:    "prov.example|TLS 1.3|it says: unknown certificate authority",
		ztp.HandshakeClock:         "prov.example|TLS 1.3|it says: bad certificate",
		ztp.HandshakeWrongName:     "old.example|TLS 1.3|it says: bad certificate",
		ztp.HandshakeNoCertificate: "prov.example|TLS 1.3|we say: ",
		ztp.HandshakeNotBelieved:   "prov.example|TLS 1.3|we say: it has expired",
		ztp.HandshakePlainHTTP:     "||",
		ztp.HandshakeNotTLS:        "||",
	}
	for _, f := range open.State().Handshakes {
		got := f.Name + "|" + f.Offers + "|" + f.Alert
		if w, ok := want[f.Reason]; !ok || !strings.HasPrefix(got, w) || f.Count != 1 || f.Address != "127.0.0.1" {
			t.Errorf("%s: %q %+v; want %q", f.Reason, got, f, w)
		}
		delete(want, f.Reason)
	}
	if len(want) > 0 {
		t.Errorf("not told: %v", want)
	}
	metrics := ask(s.Handler("ops", false), http.MethodGet, "/metrics", "127.0.0.1:1").Body.String()
	if !strings.Contains(metrics, `zerotouch_phone_handshakes_failed_total{reason="old_version"} 1`) {
		t.Error("no metric")
	}
}

const badCertificate, unknownAuthority = 42, 48

// giveUp is a client of TLS 1.3 that does not like our certificate, and says so as OpenSSL
// does: by an alert in the open.
func giveUp(t *testing.T, address, name string, alert byte) {
	t.Helper()
	raw, err := net.Dial("tcp", address)
	must(t, err)
	err = tls.Client(&inTheOpen{raw, alert}, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: name, MinVersion: tls.VersionTLS13}).Handshake()
	if err == nil {
		t.Error("it likes the certificate")
	}
	must(t, raw.Close())
}

type inTheOpen struct {
	net.Conn
	alert byte
}

// Write lets nothing through that is encrypted but its alert, which comes in two parts. What is encrypted
// follows a change of ciphers, which means nothing in TLS 1.3.
func (c *inTheOpen) Write(p []byte) (int, error) {
	const change, changeRecord = 20, 6
	if p[0] != change {
		return c.Conn.Write(p)
	}
	_, err := c.Conn.Write(append(p[:changeRecord:changeRecord], 21, 3, 3))
	if err == nil {
		_, err = c.Conn.Write([]byte{0, 2, 2, c.alert})
	}
	return len(p), err
}

// What is remembered and logged is bounded, and nobody pushes out the others.
func TestFailedHandshakesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &lines{}
		h := server.NewHandshakes(time.Now, config(log).Log)
		h.Note(ztp.HandshakeFailure{Address: "192.0.2.1", Reason: ztp.HandshakeOldVersion})
		time.Sleep(time.Second)
		for i := range 5000 { // one address, always another name
			h.Note(ztp.HandshakeFailure{Address: "192.0.2.2", Name: fmt.Sprint(i, ".example"), Reason: ztp.HandshakeClosed})
		}
		for i := range 5000 { // one IPv6 host, always another address
			h.Note(ztp.HandshakeFailure{Address: fmt.Sprintf("2001:db8::%x", i), Reason: ztp.HandshakeClosed})
		}
		all := h.List()
		if len(all) > 40 || all[len(all)-1].Reason != ztp.HandshakeOldVersion {
			t.Errorf("%d are remembered, the last %+v", len(all), all[len(all)-1])
		}
		for i := range 3000 {
			h.Note(ztp.HandshakeFailure{Address: fmt.Sprint("198.51.", i/250, ".", i%250), Reason: ztp.HandshakeClosed})
		}
		if n := len(h.List()); n != 1000 {
			t.Errorf("%d are remembered", n)
		}
		if n := len(log.records(t, "TLS handshake failed")); n != 30 {
			t.Errorf("%d lines in a minute", n)
		}
		time.Sleep(time.Minute)
		h.Note(ztp.HandshakeFailure{Address: "203.0.113.1", Reason: ztp.HandshakeClosed})
		if n := len(log.records(t, "TLS handshake failed")); n != 31 {
			t.Errorf("%d lines after a minute", n)
		}
	})
}
