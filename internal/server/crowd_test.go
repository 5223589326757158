package server_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"testing"

	"zerotouch.example/internal/server"
)

// conn is one that came from somewhere.
type conn struct {
	net.Conn
	from   string
	closed bool
}

func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(c.from)) }
func (c *conn) Close() error         { c.closed = true; return nil }

// One address has a part of the room, the rest is for whoever is not silent: who was
// served gives up its idle connection first, then the one that has been silent longest, and
// nobody whose answer is under way.
func TestCrowd(t *testing.T) {
	t.Parallel()
	const office, scanner, proxy = "192.0.2.1:1", "198.51.100.7:1", "10.0.0.1:1"
	crowd := server.NewCrowd(8, func(a netip.Addr) bool { return a.String() == "10.0.0.1" })
	enter := func(from string) (*conn, *server.Guest) { c := &conn{from: from}; return c, crowd.Enter(c) }
	wantOpen := func(what string, n int) {
		t.Helper()
		if got := crowd.Open(); got != n {
			t.Errorf("%s: %d open, want %d", what, got, n)
		}
	}
	for range 5 { // an office's phones, each answered and idle
		_, g := enter(office)
		g.Answer(http.StatusOK)
		g.Idle()
	}
	wantOpen("an office", 5)
	first, _ := enter(scanner)
	second, wrong := enter(scanner)
	wrong.Answer(http.StatusNotFound)
	wrong.Idle()
	enter(scanner)
	if !first.closed || second.closed {
		t.Error("the third of a scanner does not take the place of its first")
	}
	wantOpen("with a scanner", 7)
	_, busy := enter(proxy)
	busy.Begin()
	for range 4 {
		enter(proxy)
	}
	wantOpen("full", 8)
	if second.closed {
		t.Error("a silent one gave way before those that are idle")
	}
	for range 20 {
		enter(proxy)
	}
	wantOpen("still full", 8)
	if !second.closed || busy.Gone() {
		t.Errorf("the silent one gave way: %v; who is answered was cut: %v", second.closed, busy.Gone())
	}
	for range 2 {
		if err := busy.Close(); err != nil {
			t.Error(err)
		}
	}
	wantOpen("one less", 7)
}

// Over real connections: slow ones fill the listener, and a phone is served all the same.
func TestSlowConnectionsTakeNoRoom(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	cfg.PhoneConnections = 16
	s := mustNew(t, cfg)
	s.ShortenGrace()
	stop := start(t, s)
	for range 40 {
		c, err := net.Dial("tcp", s.PhoneAddr())
		must(t, err)
		defer func() { _ = c.Close() }()
		_, err = io.WriteString(c, "GET /p/x HTTP/1.1\r\nHost: x\r\nX-Slow: ")
		must(t, err)
	}
	for i := range 3 {
		c, err := net.Dial("tcp", s.PhoneAddr())
		must(t, err)
		for range 2 { // the connection is kept
			_, err = fmt.Fprintf(c, "GET /p/%d HTTP/1.1\r\nHost: x\r\n\r\n", i)
			must(t, err)
			r, err := http.ReadResponse(bufio.NewReader(c), nil)
			must(t, err)
			_, err = io.Copy(io.Discard, r.Body)
			must(t, err)
			if r.StatusCode != http.StatusOK {
				t.Errorf("status %d", r.StatusCode)
			}
		}
		must(t, c.Close())
	}
	if n := s.PhonesOpen(); n > 16 {
		t.Errorf("%d connections", n)
	}
	must(t, stop())
	if n := s.PhonesOpen(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
}
