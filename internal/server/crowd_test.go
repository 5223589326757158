package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

// Nor do those that announce a body and never send it: phones send none, so nobody waits
// for one.
func TestUnsentBodiesTakeNoRoom(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	cfg.PhoneConnections = 16
	s := mustNew(t, cfg)
	s.ShortenGrace()
	start(t, s)
	for _, body := range []string{"Content-Length: 4000", "Content-Length: 4000000000", "Transfer-Encoding: chunked"} {
		c, err := net.Dial("tcp", s.PhoneAddr())
		must(t, err)
		defer func() { _ = c.Close() }()
		must(t, c.SetDeadline(time.Now().Add(5*time.Second)))
		_, err = io.WriteString(c, "GET /p/x HTTP/1.1\r\nHost: x\r\n"+body+"\r\n\r\n")
		must(t, err)
		said, err := io.ReadAll(c)
		if err != nil || !bytes.HasPrefix(said, []byte("HTTP/1.1 200 ")) {
			t.Errorf("%s: %q, %v; want an answer and the end", body, said, err)
		}
	}
}

// Of IPv6 one who has a network has all of its addresses.
func TestCrowdOfANetwork(t *testing.T) {
	t.Parallel()
	crowd := server.NewCrowd(8, func(netip.Addr) bool { return false })
	all := []*conn{{from: "[2001:db8::1]:1"}, {from: "[2001:db8::2]:1"}, {from: "[2001:db8:0:1::1]:1"}, {from: "[2001:db8::3]:1"}}
	for _, c := range all {
		crowd.Enter(c)
	}
	if !all[0].closed || all[1].closed || all[2].closed || crowd.Open() != 3 {
		t.Errorf("the third of a network: %v %v %v, %d open", all[0].closed, all[1].closed, all[2].closed, crowd.Open())
	}
}

// pipes is a listener without a network, whose time is that of the test.
type pipes struct {
	come chan net.Conn
	end  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.come:
		return c, nil
	case <-p.end:
		return nil, net.ErrClosed
	}
}
func (p pipes) Close() error   { close(p.end); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// A head that comes byte by byte, a body that never comes and a kept connection that
// nobody uses end by themselves, and nothing of them is left.
func TestSlowPhonesEnd(t *testing.T) {
	t.Parallel()
	s := mustNew(t, config(&lines{}))
	defer func() { _ = s.Close() }()
	for name, tc := range map[string]struct {
		first string
		drip  bool
		most  time.Duration
	}{
		"slow head":  {"GET /p/x HTTP/1.1\r\nHost: x\r\nX: ", true, 10 * time.Second},
		"nothing":    {"", false, 10 * time.Second},
		"no body":    {"POST /p/x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n", false, 15 * time.Second},
		"after that": {"GET /p/x HTTP/1.1\r\nHost: x\r\n\r\n", false, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := pipes{make(chan net.Conn), make(chan struct{})}
				served := make(chan error, 1)
				h := s.PhoneServer()
				go func() { served <- h.Serve(l) }()
				ours, theirs := net.Pipe()
				l.come <- theirs
				began := time.Now()
				var writing sync.WaitGroup
				writing.Go(func() {
					_, err := io.WriteString(ours, tc.first)
					for tc.drip && err == nil {
						time.Sleep(time.Second)
						_, err = io.WriteString(ours, "a")
					}
				})
				_, _ = io.Copy(io.Discard, ours)
				if took := time.Since(began); took > tc.most {
					t.Errorf("it lasted %v, want %v at most", took, tc.most)
				}
				writing.Wait()
				must(t, h.Close())
				if err := <-served; err != http.ErrServerClosed {
					t.Error(err)
				}
			})
		})
	}
}
