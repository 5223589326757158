package server_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"

	"zerotouch.example/internal/server"
)

// counted are connections of which the writes are counted.
type counted struct {
	net.Listener
	writes *atomic.Int64
}

type countedConn struct {
	net.Conn
	writes *atomic.Int64
}

func (l counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return countedConn{c, l.writes}, err
}

func (c countedConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

// A phone's answer goes out at once, whatever pieces it was written in: one write for each
// 64 KiB, with TLS and without, to the last byte, and one for what has no body.
func TestAnswerOfAPhoneIsSentAtOnce(t *testing.T) {
	t.Parallel()
	ca := authority(t, "CA")
	pair := issue(t, x509.Certificate{DNSNames: []string{"prov.example"}}, false, ca).write(t, t.TempDir(), "prov")
	for name, at := range map[string]server.Listener{"plain": {Address: "127.0.0.1:0"}, "TLS": {Address: "127.0.0.1:0", CertFile: pair.CertFile, KeyFile: pair.KeyFile}} {
		cfg := config(&lines{})
		cfg.Phone = at
		cfg.Phones = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.URL.Path[1:])
			w.Header().Set("Content-Length", strconv.Itoa(n))
			_, _ = w.Write(bytes.Repeat([]byte("x"), n))
		})
		open, err := server.Listen(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var writes atomic.Int64
		open.WrapPhone(func(l net.Listener) net.Listener { return counted{l, &writes} })
		cfg.Open = open
		s := mustNew(t, cfg)
		start(t, s)
		pool := x509.NewCertPool()
		pool.AddCert(ca.cert)
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "prov.example"}}}
		t.Cleanup(client.CloseIdleConnections)
		fetch := func(method string, n int) {
			t.Helper()
			url := map[bool]string{true: "http://", false: "https://"}[name == "plain"] + s.PhoneAddr() + "/" + strconv.Itoa(n)
			req, err := http.NewRequest(method, url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			if text, err := io.ReadAll(res.Body); err != nil || len(text) != n && method == http.MethodGet {
				t.Errorf("%s: %d bytes of %d, %v", name, len(text), n, err)
			}
		}
		fetch(http.MethodGet, 1) // shakes hands
		for n, most := range map[int]int64{1: 1, 3000: 1, 16_000: 1, 60_000: 1, 500_000: 9} {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				writes.Store(0)
				fetch(method, n)
				if got := writes.Load(); got > most || method == http.MethodHead && got != 1 {
					t.Errorf("%s: %s of %d bytes took %d writes", name, method, n, got)
				}
			}
		}
	}
}
