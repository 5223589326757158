package server_test

import (
	"crypto/tls"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zerotouch.example/internal/server"
)

// Who comes when all turns are taken has the next one that is given, and is sent away
// after three seconds without.
func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		turns := server.NewTurns()
		for range turns.Most() {
			if !turns.Take() {
				t.Fatal("a turn that is free is not given")
			}
		}
		began := time.Now()
		if turns.Take() || time.Since(began) != 3*time.Second {
			t.Errorf("one too many was told so after %v", time.Since(began))
		}
		got := make(chan bool)
		go func() { got <- turns.Take() }()
		synctest.Wait()
		turns.Give()
		if !<-got || time.Since(began) != 3*time.Second {
			t.Error("a turn that is given is not taken at once")
		}
	})
}

// half is a connection whose other side is not listened to.
type half struct{ net.Conn }

func (half) Read([]byte) (int, error) { return 0, io.EOF }

// Nobody keeps a turn: not one that is refused, and not one who says nothing after the
// hello. Without a turn there is no handshake.
func TestHandshakesTakeTurns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	forHosts(t, false, "prov.example").write(t, dir, "p256")
	cfg := config(&lines{})
	cfg.Phone = server.Listener{Address: "127.0.0.1:0", CertFile: dir}
	s := mustNew(t, cfg)
	turns := s.ImpatientTurns()
	start(t, s)
	for range 2 * turns.Most() {
		silent, err := net.Dial("tcp", s.PhoneAddr())
		must(t, err)
		t.Cleanup(func() { _ = silent.Close() })
		if tls.Client(half{silent}, &tls.Config{ServerName: "prov.example"}).Handshake() == nil {
			t.Error("a handshake without an answer")
		}
		if _, err := tls.Dial("tcp", s.PhoneAddr(), &tls.Config{ServerName: "prov.example"}); err == nil {
			t.Error("a certificate is trusted that nobody trusts")
		}
	}
	for range turns.Most() { // the silent ones may be read still
		for !turns.Take() {
			runtime.Gosched()
		}
	}
	_, err := tls.Dial("tcp", s.PhoneAddr(), &tls.Config{ServerName: "prov.example", InsecureSkipVerify: true})
	if err == nil || !strings.Contains(err.Error(), "internal error") {
		t.Errorf("without a turn: %v", err)
	}
	turns.Give()
	greet(t, s.PhoneAddr(), &tls.Config{ServerName: "prov.example"})
}
