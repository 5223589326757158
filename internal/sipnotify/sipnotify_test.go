package sipnotify_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/sipnotify"
	"zerotouch.example/internal/sipsim"
	"zerotouch.example/internal/ztp"
)

func proxyAt(t *testing.T, s *sipsim.Server, transport string) sipnotify.Proxy {
	t.Helper()
	at, err := s.Listen(transport, "127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	p, err := sipnotify.ParseProxy("sip:" + at + ";transport=" + transport)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func client(t *testing.T, cfg sipnotify.Config) *sipnotify.Client {
	t.Helper()
	c := sipnotify.New(cfg)
	t.Cleanup(c.Close)
	return c
}

func address(t *testing.T, user, host string) sipnotify.Address {
	t.Helper()
	a, err := sipnotify.NewAddress(user, host)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func takes(sipsim.Request) int { return 200 }

// TestTold: over both transports a message arrives as vendors' phones know it.
func TestTold(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			s := &sipsim.Server{Phone: takes, Trying: true}
			c := client(t, sipnotify.Config{Proxy: proxyAt(t, s, transport), From: "sip:prov@example.net"})
			for range 3 {
				if status, err := c.Notify(t.Context(), address(t, "201", "voice.example:5070"), sipnotify.CheckSync); status != 200 || err != nil {
					t.Fatalf("notify = %d, %v", status, err)
				}
			}
			r := s.Seen()[0]
			if r.URI != "sip:201@voice.example:5070" || r.Header.Get("Event") != "check-sync;reboot=false" || !strings.HasPrefix(r.Header.Get("From"), "<sip:prov@example.net>;tag=") {
				t.Errorf("the proxy has got %q, %v", r.URI, r.Header)
			}
			if via := r.Header.Get("Via"); !strings.Contains(via, "SIP/2.0/"+strings.ToUpper(transport)) || !strings.Contains(via, "z9hG4bK") || !strings.Contains(via, "rport") {
				t.Errorf("via = %q", via)
			}
		})
	}
}

// TestOverTLS: a certificate for another name is no word about a phone.
func TestOverTLS(t *testing.T) {
	t.Parallel()
	web := httptest.NewTLSServer(nil) // for its certificate: example.com and 127.0.0.1
	t.Cleanup(web.Close)
	cert := web.TLS.Certificates[0]
	s := &sipsim.Server{Phone: takes}
	at, err := s.Listen("tls", "127.0.0.1:0", &cert)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	trust := x509.NewCertPool()
	trust.AddCert(web.Certificate())
	p, err := sipnotify.ParseProxy("sips:" + at)
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, sipnotify.Config{Proxy: p, TLS: &tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS12}})
	if status, err := c.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync); status != 200 || err != nil {
		t.Errorf("by TLS: %d, %v", status, err)
	}
	stranger := client(t, sipnotify.Config{Proxy: p})
	if _, err := stranger.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync); !errors.Is(err, sipnotify.ErrProxy) {
		t.Errorf("of an authority that nobody trusts: %v", err)
	}
}

// TestLossOverUDP: a message that is lost is sent again, the same one, until an answer comes.
func TestLossOverUDP(t *testing.T) {
	t.Parallel()
	s := &sipsim.Server{Phone: takes, Lose: func(n int) bool { return n <= 3 }}
	c := client(t, sipnotify.Config{Proxy: proxyAt(t, s, "udp"), T1: 100 * time.Millisecond})
	if status, err := c.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync); status != 200 || err != nil {
		t.Fatalf("notify = %d, %v", status, err)
	}
	if n := len(s.Seen()); n != 1 {
		t.Errorf("%d messages came through, want the fourth", n)
	}
}

// TestNoAnswer: the phone is asleep. What is sent again is the same message, at the times of
// RFC 3261, and the transaction ends by timer F.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		c := sipnotify.New(sipnotify.Config{})
		c.Over(ours)
		begun := time.Now()
		var at []time.Duration
		said, deaf := map[string]bool{}, make(chan struct{})
		go func() {
			defer close(deaf)
			packet := make([]byte, 64<<10)
			for n, err := theirs.Read(packet); err == nil; n, err = theirs.Read(packet) {
				at = append(at, time.Since(begun))
				said[string(packet[:n])] = true
			}
		}()
		_, err := c.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync)
		if took := time.Since(begun); !errors.Is(err, sipnotify.ErrNoAnswer) || took != 32*time.Second {
			t.Errorf("notify: %v, after %s", err, took)
		}
		<-deaf // nothing at all has come: the socket is given up
		want := []time.Duration{0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}
		for i := range want {
			want[i] *= time.Millisecond
		}
		if diff := cmp.Diff(want, at); diff != "" {
			t.Errorf("sent at (-want +got):\n%s", diff)
		}
		if len(said) != 1 {
			t.Errorf("a retransmission is another message: %v", said)
		}
	})
}

// TestStatus: what the proxy says is handed on as it is, another address too.
func TestStatus(t *testing.T) {
	t.Parallel()
	said := 0
	s := &sipsim.Server{Phone: func(sipsim.Request) int { return said }}
	c := client(t, sipnotify.Config{Proxy: proxyAt(t, s, "tcp")})
	for _, said = range []int{202, 302, 404, 408, 480, 489, 503, 603} {
		if status, err := c.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync); status != said || err != nil {
			t.Errorf("%d: %d, %v", said, status, err)
		}
	}
}

// TestProxyComesBack: a connection that has ended is made anew, and one that can't be made
// is no word about a phone.
func TestProxyComesBack(t *testing.T) {
	t.Parallel()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p, err := sipnotify.ParseProxy("sip:" + at.Addr().String() + ";transport=tcp")
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, sipnotify.Config{Proxy: p})
	go func() { // takes a connection and hangs up
		if n, err := at.Accept(); err == nil {
			_, _ = n.Read(make([]byte, 1))
			_ = n.Close()
		}
		_ = at.Close()
	}()
	for range 2 {
		if _, err := c.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync); !errors.Is(err, sipnotify.ErrProxy) {
			t.Errorf("hung up: %v", err)
		}
	}
	s := &sipsim.Server{Phone: takes}
	if _, err := s.Listen("tcp", at.Addr().String(), nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	if status, err := c.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync); status != 200 || err != nil {
		t.Errorf("after it came back: %d, %v", status, err)
	}
}

// TestPhoneAsks: a phone that asks for a password of its own is no trouble with the proxy, as
// long as that lets others through.
func TestPhoneAsks(t *testing.T) {
	t.Parallel()
	s := &sipsim.Server{Phone: func(r sipsim.Request) int {
		if strings.HasPrefix(r.URI, "sip:9@") {
			return 401
		}
		return 200
	}}
	c := client(t, sipnotify.Config{Proxy: proxyAt(t, s, "udp")})
	asks, takes := address(t, "9", "voice.example"), address(t, "1", "voice.example")
	tell := func(to sipnotify.Address, status int, want error) {
		t.Helper()
		if got, err := c.Notify(t.Context(), to, sipnotify.CheckSync); got != status || !errors.Is(err, want) {
			t.Errorf("notify = %d, %v, want %d, %v", got, err, status, want)
		}
	}
	tell(asks, 401, sipnotify.ErrProxy) // nobody was let through yet
	for range 2 {
		tell(takes, 200, nil)
		for range 4 {
			tell(asks, 401, nil)
		}
		tell(asks, 401, sipnotify.ErrProxy) // everybody is asked by now
	}
}

// TestMuteProxy: of a proxy that takes connections and says nothing, one is told for all who
// want to send meanwhile; they don't queue up for when it speaks again.
func TestMuteProxy(t *testing.T) {
	t.Parallel()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var taken atomic.Int64
	go func() {
		for {
			n, err := at.Accept()
			if err != nil {
				return
			}
			taken.Add(1)
			t.Cleanup(func() { _ = n.Close() })
		}
	}()
	t.Cleanup(func() { _ = at.Close() })
	proxy, err := sipnotify.ParseProxy("sips:" + at.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := client(t, sipnotify.Config{Proxy: proxy})
	c.DialWithin(300 * time.Millisecond)
	to := address(t, "201", "voice.example")
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := c.Notify(t.Context(), to, sipnotify.CheckSync); !errors.Is(err, sipnotify.ErrProxy) {
				t.Errorf("notify = %v", err)
			}
		})
	}
	all.Wait()
	if n := taken.Load(); n > 3 {
		t.Errorf("%d connections, one after the other", n)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	s := &sipsim.Server{Phone: func(sipsim.Request) int { cancel(); return 0 }}
	c := client(t, sipnotify.Config{Proxy: proxyAt(t, s, "udp"), T1: time.Minute})
	if _, err := c.Notify(ctx, address(t, "201", "voice.example"), sipnotify.CheckSync); !errors.Is(err, context.Canceled) {
		t.Errorf("notify: %v", err)
	}
}

// TestHostileUsers: whatever a tenant calls a user, it stays one user part of one line.
func TestHostileUsers(t *testing.T) {
	t.Parallel()
	s := &sipsim.Server{Phone: takes}
	c := client(t, sipnotify.Config{Proxy: proxyAt(t, s, "tcp")})
	users := []string{
		"a\r\nX-Evil: 1", "a\r\n\r\nINVITE sip:b@c SIP/2.0", "a@evil.example", "a>;tag=1", "a b", "ä", "a%0d%0a", `"x" <sip:y@z>`, "\x00", "a#b", "a;b=c?d&e",
	}
	for _, user := range users {
		if status, err := c.Notify(t.Context(), address(t, user, "voice.example"), sipnotify.CheckSync); status != 200 || err != nil {
			t.Errorf("%q: %d, %v", user, status, err)
		}
	}
	seen := s.Seen()
	if len(seen) != len(users) {
		t.Fatalf("%d messages of %d arrived", len(seen), len(users))
	}
	for i, r := range seen {
		if r.Header.Get("X-Evil") != "" || strings.Count(r.URI, "@") != 1 || !strings.HasSuffix(r.URI, "@voice.example") || strings.ContainsAny(r.URI, " <>\"\r\n") {
			t.Errorf("%q has become %q, %v", users[i], r.URI, r.Header)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"voice.example": "sip:1@voice.example", "voice.example:5070": "sip:1@voice.example:5070", "192.0.2.1": "sip:1@192.0.2.1",
		"2001:db8::1": "sip:1@[2001:db8::1]", "[2001:db8::1]:5070": "sip:1@[2001:db8::1]:5070",
		"": "", "a b": "", "a>": "", "a;x=1": "", "a\r\nb": "", "voice.example:0": "", "voice.example:70000": "", "user@host": "", "-a": "", "[x]": "", "fe80::1%eth0": "",
	} {
		a, err := sipnotify.NewAddress("1", host)
		if got := a.String(); (err == nil) != (want != "") || err == nil && got != want {
			t.Errorf("%q: %q, %v; want %q", host, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"sip:proxy.example": "sip:proxy.example;transport=udp", "sip:proxy.example:5062;transport=tcp": "sip:proxy.example:5062;transport=tcp",
		"sips:proxy.example": "sip:proxy.example;transport=tls", "SIP:[::1]:5060;transport=TLS;lr": "sip:[::1]:5060;transport=tls",
		"proxy.example": "", "sip:": "", "sip:user@proxy.example": "", "sip:proxy.example;transport=sctp": "", "https://proxy.example": "", "sip:proxy.example;x=y": "", "sips:p.example;transport=udp": "",
	} {
		p, err := sipnotify.ParseProxy(text)
		if (err == nil) != (want != "") || err == nil && p.String() != want {
			t.Errorf("%q: %q, %v; want %q", text, p, err, want)
		}
	}
	for text, right := range map[string]bool{"sip:zerotouch@example.net": true, "sip:z@[::1]:5060": true, "zerotouch@example.net": false, "sip:example.net": false, "sip:a b@c": false, "sip:a@b\r\nX: y": false} {
		if err := sipnotify.CheckFrom(text); (err == nil) != right {
			t.Errorf("from %q: %v", text, err)
		}
	}
}

// FuzzAnswers: whatever a proxy sends, it is an answer or none; and what goes back to it of
// its words stays one header of one line.
func FuzzAnswers(f *testing.F) {
	head := "SIP/2.0 407 Proxy Authentication Required\r\nv: SIP/2.0/UDP a;branch=z9hG4bKx\r\nCSeq: 1 NOTIFY\r\n"
	for _, rest := range []string{
		"Proxy-Authenticate: Digest realm=\"a\\\"b\", nonce=\"n\",\r\n qop=\"auth\", algorithm=SHA-256-sess\r\nl: 0\r\n\r\n",
		"Proxy-Authenticate: Digest nonce=n, opaque=\"\rX\", stale=true\r\n\r\n", "Proxy-Authenticate: Digest =,=\",\r\n\r\n", "Content-Length: -1\r\n\r\n", "Content-Length: 99999999999\r\n\r\n", "",
	} {
		f.Add([]byte(head + rest))
	}
	f.Add([]byte("\r\n\r\nOPTIONS sip:x SIP/2.0\r\n\r\n"))
	c := sipnotify.New(sipnotify.Config{Proxy: sipnotify.Proxy{Host: "p.example", Transport: "udp"}, User: "u", Password: ztp.NewSecret("p")})
	f.Fuzz(func(t *testing.T, raw []byte) {
		status, credentials, err := sipnotify.ReadResponse(raw, c)
		if err == nil && (status < 100 || status > 699 || strings.ContainsAny(credentials, "\r\n\x00")) {
			t.Errorf("status %d, credentials %q", status, credentials)
		}
	})
}
