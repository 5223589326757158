package sraps_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// rawServer hands every connection to talk.
func rawServer(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer func() { _ = c.Close() }(); talk(c) }()
		}
	}()
	return l.Addr().String()
}

// closedPort is an address where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func readRequest(c net.Conn) {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

// dialing is a transport whose connections are made by the function.
func dialing(dial func(ctx context.Context, network, addr string) (net.Conn, error)) http.RoundTripper {
	return &http.Transport{DialContext: dial}
}

// Not sent is claimed only where no connection was there; whatever happens on a
// connection may have arrived.
func TestSent(t *testing.T) {
	t.Parallel()
	tlsServer := httptest.NewTLSServer(answering(200, `{}`))
	t.Cleanup(tlsServer.Close)
	tests := map[string]struct {
		cfg  sraps.Config
		sent bool
	}{
		"connection refused": {cfg: sraps.Config{BaseURL: "http://" + closedPort(t)}},
		"no such name": {cfg: sraps.Config{BaseURL: "http://sraps.invalid",
			Transport: dialing(func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.DNSError{Err: "no such host", Name: "sraps.invalid", IsNotFound: true}
			})}},
		"no route": {cfg: sraps.Config{BaseURL: "http://sraps.invalid",
			Transport: dialing(func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}
			})}},
		"unknown certificate": {cfg: sraps.Config{BaseURL: tlsServer.URL}},
		"no TLS there": {cfg: sraps.Config{BaseURL: "https://" + rawServer(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
		})}},
		"closed in the TLS handshake": {cfg: sraps.Config{BaseURL: "https://" + rawServer(t, func(net.Conn) {})}},
		"proxy refused":               {cfg: sraps.Config{BaseURL: "http://sraps.invalid", Proxy: mustURL("http://" + closedPort(t))}},
		"proxy refuses to connect": {cfg: sraps.Config{BaseURL: "https://sraps.invalid", Proxy: mustURL("http://" + rawServer(t, func(c net.Conn) {
			readRequest(c)
			_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		}))}},
		"closed at once":        {sent: true, cfg: sraps.Config{BaseURL: "http://" + rawServer(t, func(net.Conn) {})}},
		"closed after request":  {sent: true, cfg: sraps.Config{BaseURL: "http://" + rawServer(t, readRequest)}},
		"reset after request":   {sent: true, cfg: sraps.Config{BaseURL: "http://" + rawServer(t, reset)}},
		"no HTTP":               {sent: true, cfg: sraps.Config{BaseURL: "http://" + rawServer(t, garbage)}},
		"half a header":         {sent: true, cfg: sraps.Config{BaseURL: "http://" + rawServer(t, halfHeader)}},
		"a transport of a test": {sent: true, cfg: sraps.Config{BaseURL: "http://sraps.invalid", Transport: failing{}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.cfg.AllowPrivate = true
			c := newClient(t, tt.cfg)
			for _, call := range []func() error{
				func() error { _, err := c.Token(t.Context(), key, key.ID); return err },
				func() error { _, err := c.Settings(t.Context(), key); return err },
			} {
				e := mustFail(t, call())
				if e.Sent != tt.sent || e.Status != 0 || e.Malformed {
					t.Errorf("want sent %v, got %+v", tt.sent, e)
				}
				if strings.Contains(e.Error(), "?page_size") || strings.Contains(e.Error(), "Hawk") {
					t.Errorf("the error shows the request: %v", e)
				}
			}
		})
	}
}

type failing struct{}

func (failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

func reset(c net.Conn) {
	readRequest(c)
	_ = c.(*net.TCPConn).SetLinger(0)
}

func garbage(c net.Conn) {
	readRequest(c)
	_, _ = io.WriteString(c, "220 mail.example ESMTP\r\n")
}

func halfHeader(c net.Conn) {
	readRequest(c)
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Le")
}

// The same over HTTP/2, where the client library reports connections elsewhere.
func TestSent_HTTP2(t *testing.T) {
	t.Parallel()
	abort := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("HTTP/%d", r.ProtoMajor)
		}
		panic(http.ErrAbortHandler)
	}))
	abort.EnableHTTP2 = true
	abort.StartTLS()
	t.Cleanup(abort.Close)
	c := newClient(t, sraps.Config{BaseURL: abort.URL, AllowPrivate: true, Transport: abort.Client().Transport})
	_, err := c.Token(t.Context(), key, key.ID)
	if e := mustFail(t, err); !e.Sent || e.Status != 0 {
		t.Errorf("stream reset: got %+v", e)
	}
	refused := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	c = newClient(t, sraps.Config{BaseURL: abort.URL, AllowPrivate: true, Transport: refused})
	_, err = c.Token(t.Context(), key, key.ID)
	if e := mustFail(t, err); e.Sent {
		t.Errorf("unknown certificate: got %+v", e)
	}
}

// A broken body after 2xx is an answer that can't be read, never a success.
func TestSent_BodyBreaksOff(t *testing.T) {
	t.Parallel()
	addr := rawServer(t, func(c net.Conn) {
		readRequest(c)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":\"ck_1\"}")
	})
	_, err := newClient(t, sraps.Config{BaseURL: "http://" + addr, AllowPrivate: true}).Token(t.Context(), key, key.ID)
	if e := mustFail(t, err); !e.Malformed || !e.Sent || e.Status != 200 {
		t.Errorf("got %+v", e)
	}
}

// The answer of a read is lost on a connection that was used before: net/http then
// sends the same bytes again, whose nonce is used up. The 401 for it says nothing
// about the key.
func TestSent_NonceUsedUpByTheTransport(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	if _, err := w.Token(t.Context(), w.reseller, w.reseller.ID); err != nil {
		t.Fatal(err)
	}
	w.AddFault(srapssim.Fault{Method: "GET", Resource: "tokens", Nth: 1, Do: srapssim.DoLoseAnswer})
	_, err := w.Token(t.Context(), w.reseller, w.reseller.ID)
	if sraps.IsUnauthorized(err) {
		t.Fatalf("a lost answer reads as a refused key: %v", err)
	}
	if e := mustFail(t, err); !e.Sent || e.Status != 0 {
		t.Errorf("got %+v", e)
	}
	if _, err := w.Token(t.Context(), w.reseller, w.reseller.ID); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

// No call that changes something is sent twice, whatever happens to it.
func TestSent_OnceOnly(t *testing.T) {
	t.Parallel()
	for _, do := range []srapssim.Do{srapssim.DoLoseRequest, srapssim.DoLoseAnswer, srapssim.DoTruncate, srapssim.DoHuge, srapssim.DoRedirect} {
		w := newWorld(t, srapssim.Options{})
		if _, err := w.Children(t.Context(), w.reseller, w.own); err != nil {
			t.Fatal(err)
		}
		w.AddFault(srapssim.Fault{Method: "POST", Do: do})
		_, err := w.CreateCompany(t.Context(), w.reseller, w.own, "Acme", "DE", "Berlin")
		if e := mustFail(t, err); !e.Sent {
			t.Errorf("%s: got %+v", do, e)
		}
		if n := len(w.Mutations()); n != 1 {
			t.Errorf("%s: sent %d times", do, n)
		}
	}
}

// The cancelled caller: before the connection nothing left.
func TestSent_Cancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newService(t, answering(200, `{}`))
	_, err := s.client(t).Token(ctx, key, key.ID)
	if e := mustFail(t, err); e.Sent {
		t.Errorf("before: got %+v", e)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s = newService(t, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	_, err = s.client(t).Token(ctx, key, key.ID)
	if e := mustFail(t, err); !e.Sent {
		t.Errorf("during: got %+v", e)
	}
}

// frozen is the context of a process that has just been let go on: its time is over, and
// the timer has not struck yet.
type frozen struct{ context.Context }

func (frozen) Deadline() (time.Time, bool) { return time.Now().Add(-time.Second), true }

// refusing is where nothing may arrive.
type refusing struct{ t *testing.T }

func (r refusing) RoundTrip(*http.Request) (*http.Response, error) {
	r.t.Error("sent after its time")
	return nil, io.EOF
}

func TestSent_NotAfterItsTime(t *testing.T) {
	t.Parallel()
	req := httptest.NewRequest("POST", "http://snom.test/api/v1/", nil).WithContext(frozen{t.Context()})
	if sent, err := sraps.Attempt(refusing{t}, req); sent || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sent %t, %v", sent, err)
	}
}

func TestPublicOnly(t *testing.T) {
	t.Parallel()
	inside := []string{
		"127.0.0.1:443", "127.1.2.3:443", "10.0.0.1:443", "172.16.0.1:443", "192.168.1.1:443", "169.254.169.254:80",
		"0.0.0.0:443", "0.1.2.3:443", "100.64.0.1:443", "192.0.0.8:443", "198.18.0.1:443", "224.0.0.1:443", "240.0.0.1:443", "255.255.255.255:443",
		"[::1]:443", "[::]:443", "[fe80::1]:443", "[fe80::1%eth0]:443", "[fc00::1]:443", "[fd12::1]:443", "[ff02::1]:443",
		"[::ffff:127.0.0.1]:443", "[::ffff:169.254.169.254]:443", "[::127.0.0.1]:443", "[64:ff9b::7f00:1]:443", "[2002:7f00:1::]:443",
		"not an address", "name.example:443", "",
	}
	for _, address := range inside {
		if sraps.PublicOnly(address) == nil {
			t.Errorf("%s: let through", address)
		}
	}
	for _, address := range []string{"8.8.8.8:443", "172.32.0.1:443", "[2606:4700::1111]:443", "[::ffff:8.8.8.8]:443"} {
		if err := sraps.PublicOnly(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The base URL of the configuration may be inside only where that was said.
func TestPublicOnly_NoConnection(t *testing.T) {
	t.Parallel()
	connected := make(chan struct{}, 8)
	addr := rawServer(t, func(net.Conn) { connected <- struct{}{} })
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]"} {
		c := newClient(t, sraps.Config{BaseURL: "https://" + host + ":" + port + "/api/v1/"})
		_, err := c.Token(t.Context(), key, key.ID)
		if e := mustFail(t, err); e.Sent || !strings.Contains(err.Error(), "not a public address") {
			t.Errorf("%s: got %v", host, err)
		}
	}
	select {
	case <-connected:
		t.Error("a connection was made")
	default:
	}
}
