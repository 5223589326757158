package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/server"
)

// writePair writes a new self-signed certificate with this serial number.
func writePair(t *testing.T, at server.Listener, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "admin.example"}, DNSNames: []string{"admin.example"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(at.CertFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(at.KeyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// shown is the serial number of the certificate a listener presents.
func shown(t *testing.T, address string) int64 {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // only looks at it
	must(t, err)
	defer func() { _ = c.Close() }()
	return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestCertificateChangesWithoutRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := server.Listener{Address: "127.0.0.1:0", CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	writePair(t, at, 1)
	log := &lines{}
	cfg := config(log)
	cfg.Admin = at
	var passed atomic.Int64
	began := time.Now()
	cfg.Now = func() time.Time { return began.Add(time.Duration(passed.Load())) }
	s := mustNew(t, cfg)
	start(t, s)
	for _, step := range []struct {
		does   string
		change func()
		want   int64
	}{
		{"first", func() {}, 1},
		{"renewed, not looked at yet", func() { writePair(t, at, 2) }, 1},
		{"looked at", func() { passed.Add(int64(server.LookEvery)) }, 2},
		// In the middle of a renewal the certificate is new and the key is not.
		{"half a renewal", func() {
			old, err := os.ReadFile(at.KeyFile)
			must(t, err)
			writePair(t, at, 3)
			must(t, os.WriteFile(at.KeyFile, old, 0o600))
			passed.Add(int64(server.LookEvery))
		}, 2},
		{"files gone", func() { must(t, os.Remove(at.CertFile)); passed.Add(int64(server.LookEvery)) }, 2},
		{"whole again", func() { writePair(t, at, 4); passed.Add(int64(server.LookEvery)) }, 4},
	} {
		step.change()
		if got := shown(t, s.AdminAddr()); got != step.want {
			t.Errorf("%s: certificate %d, want %d", step.does, got, step.want)
		}
	}
	if got := len(log.records(t, "TLS files cannot be used, the earlier ones stay")); got != 2 {
		t.Errorf("%d complaints, want 2", got)
	}
	if strings.Contains(log.String(), "PRIVATE KEY") {
		t.Error("the key is in the log")
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := config(&lines{})
	cfg.Phone = server.Listener{Address: "127.0.0.1:0", CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")}
	writePair(t, cfg.Phone, 1)
	s := mustNew(t, cfg)
	start(t, s)
	if _, err := tls.Dial("tcp", s.PhoneAddr(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil { //nolint:gosec // on purpose
		t.Error("TLS 1.1 is spoken")
	}
}
