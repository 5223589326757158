package phones_test

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/phonesim"
)

// wire is a connection of a phone that somebody else has written: bytes go out as they are
// given, and what comes back is read by what RFC 9112 says of it, without net/http.
type wire struct {
	in *installation
	c  net.Conn
	r  *bufio.Reader
}

// answered is what came back.
type answered struct {
	status string
	header map[string]string
	body   string
}

func (in *installation) wire(from net.IP) *wire {
	in.t.Helper()
	raw, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}).Dial("tcp", in.at)
	in.must(err)
	c := tls.Client(raw, &tls.Config{RootCAs: world.ca.pool(), ServerName: in.name})
	in.must(c.SetDeadline(time.Now().Add(20 * time.Second)))
	in.t.Cleanup(func() { _ = c.Close() })
	return &wire{in, c, bufio.NewReader(c)}
}

func (w *wire) say(lines ...string) *wire {
	w.in.t.Helper()
	_, err := io.WriteString(w.c, strings.Join(lines, "\r\n")+"\r\n\r\n")
	w.in.must(err)
	return w
}

// hear reads one answer, whose body has the length that is said or ends with the connection.
func (w *wire) hear() (a answered) {
	w.in.t.Helper()
	line := func() string {
		s, err := w.r.ReadString('\n')
		w.in.must(err)
		return strings.TrimRight(s, "\r\n")
	}
	_, a.status, _ = strings.Cut(line(), " ")
	a.status, _, _ = strings.Cut(a.status, " ")
	a.header = map[string]string{}
	for s := line(); s != ""; s = line() {
		name, value, _ := strings.Cut(s, ":")
		a.header[strings.ToLower(name)] = strings.TrimSpace(value)
	}
	if a.status == "304" {
		return a
	}
	var text []byte
	var err error
	if n, serr := strconv.Atoi(a.header["content-length"]); serr == nil {
		text = make([]byte, n)
		_, err = io.ReadFull(w.r, text)
	} else {
		text, err = io.ReadAll(w.r)
	}
	w.in.must(err)
	a.body = string(text)
	return a
}

// whole reports whether it is a phone's file from its first byte to its last.
func (a answered) whole(mac string) bool {
	return a.status == "200" && strings.HasPrefix(a.body, "<?xml") && strings.HasSuffix(strings.TrimSpace(a.body), "</settings>") && strings.Contains(a.body, lineSecret(mac))
}

func basic(user, password string) string {
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
}

// path is where a phone asks first: that of its URL at the vendor.
func (in *installation) path(mac string) string {
	_, rest, _ := strings.Cut(in.own(mac), "://")
	return strings.Replace(rest[strings.IndexByte(rest, '/'):], "{mac}", mac, 1)
}

// agents are such as phones are seen with, and worse.
var agents = []string{
	"Mozilla/4.0 (compatible; snomD785-SIP 10.1.33.33 2010.12-00004-g9ba52f5 000413922D24 SXM:0 UXM:0)",
	"Mozilla/4.0 (compatible; snomD785-SIP 10.1.169.16 2010.12-00001-gd311851f1 (Feb 25 2019 - 14:19:43) 00041396D9B4 SXM:0 UXM:0 UXMC:0)",
	"Mozilla/4.0 (compatible; snom710-SIP 8.7.3.19 1.1.5-IFX-05.01.12)",
	"Mozilla/4.0 (compatible; Snom M900 05.20.0001 000413b60680)",
	"snom", "", strings.Repeat("x", 2000),
}

// TestPhonesOfOthers: whatever is right HTTP gets its file, however odd it is.
func TestPhonesOfOthers(t *testing.T) {
	t.Parallel()
	in := install(t, options{})
	in.platform("acme")
	// Each asks for the first time, by the lines that it would send.
	asks := map[string]func(path string) []string{
		"HTTP/1.0 without Host": func(p string) []string { return []string{"GET " + p + " HTTP/1.0"} },
		"HTTP/1.0 kept alive":   func(p string) []string { return []string{"GET " + p + " HTTP/1.0", "Connection: Keep-Alive"} },
		"headers in small letters": func(p string) []string {
			return []string{"GET " + p + " HTTP/1.1", "host: " + in.name, "user-agent: " + agents[0], "connection: close"}
		},
		"headers in capitals": func(p string) []string {
			return []string{"GET " + p + " HTTP/1.1", "HOST:" + in.name, "USER-AGENT:" + agents[0]}
		},
		"another Host": func(p string) []string { return []string{"GET " + p + " HTTP/1.1", "Host: 10.0.0.1:8443"} },
		"MAC in small letters": func(p string) []string {
			at := strings.LastIndexByte(p, '/')
			return []string{"GET " + p[:at] + strings.ToLower(p[at:]) + " HTTP/1.1", "Host: x"}
		},
		"of a proxy": func(p string) []string {
			return []string{"GET https://" + in.name + p + " HTTP/1.1", "Host: " + in.name, "Proxy-Connection: Keep-Alive"}
		},
		"all kinds of wishes": func(p string) []string {
			return []string{"GET " + p + " HTTP/1.1", "Host: x", "Accept: image/png", "Accept-Encoding: gzip, br", "Accept-Language: xx", "Range: bytes=0-3", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT", "Cookie: a=b", "Pragma: no-cache"}
		},
		"a password that it was never given": func(p string) []string {
			return []string{"GET " + p + " HTTP/1.1", "Host: x", "authorization: basic " + basic("admin", "0000")}
		},
	}
	for i, agent := range agents {
		asks[fmt.Sprint("agent ", i)] = func(p string) []string { return []string{"GET " + p + " HTTP/1.1", "Host: x", "User-Agent: " + agent} }
	}
	for name, lines := range asks {
		mac := in.register("acme")
		a := in.wire(net.IPv4(127, 0, 1, 7)).say(lines(in.path(mac))...).hear()
		if !a.whole(mac) || a.header["content-encoding"] != "" || a.header["set-cookie"] != "" {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

// told is where to ask from now on, and the password for that.
func (a answered) told(mac string) (path, password string) {
	at, with := fileServer.FindStringSubmatch(a.body), filePassword.FindStringSubmatch(a.body)
	if at == nil || with == nil {
		return "", ""
	}
	return strings.Replace(at[1], "{mac}", mac, 1), with[1]
}

// Requests that come twice, at once or one behind the other on a connection, and for files
// that phones look for by the way: each password that was given out lets in.
func TestDoubledRequests(t *testing.T) {
	t.Parallel()
	in := install(t, options{})
	in.platform("acme")
	from := net.IPv4(127, 0, 1, 7)
	for kept := range 2 {
		mac := in.register("acme")
		path := in.path(mac)
		ask := "GET " + path + " HTTP/1.1\r\nHost: x"
		both := make([]answered, 2)
		var all sync.WaitGroup
		conns := []*wire{in.wire(from), in.wire(from)}
		for i, w := range conns {
			all.Go(func() { both[i] = w.say(ask).hear() })
		}
		all.Wait()
		next, password := both[kept].told(mac)
		if !both[0].whole(mac) || !both[1].whole(mac) || password == "" {
			t.Fatalf("at once: %+v", both)
		}
		w := in.wire(from)
		for _, by := range []string{"/snomD785.htm", "/snomD785-" + mac + ".htm", "/", "/favicon.ico", path + "?mac=" + mac, next + "/x.htm"} {
			if a := w.say("GET "+by+" HTTP/1.1", "Host: x").hear(); a.status != "404" || strings.Contains(a.body, "<") {
				t.Errorf("%s: %+v", by, a)
			}
		}
		// By the URL of its file from somewhere else it is asked for its password, and says it
		// on the same connection.
		w = in.wire(net.IPv4(127, 0, 3, 7))
		a := w.say("GET "+next+" HTTP/1.1", "Host: x").hear()
		if a.status != "401" || !strings.HasPrefix(a.header["www-authenticate"], "Basic ") {
			t.Fatalf("without its password: %+v", a)
		}
		withIt := []string{"GET " + next + " HTTP/1.1", "host: x", "AUTHORIZATION: bAsIc " + basic(mac, password)}
		one := w.say(withIt...).say(withIt...).hear()
		if two := w.hear(); !one.whole(mac) || two.body != one.body {
			t.Errorf("file %d kept: %+v, then %+v", kept, one, two)
		}
		if a := w.say(append(withIt, "if-none-match: "+one.header["etag"])...).hear(); a.status != "304" {
			t.Errorf("with its tag: %+v", a)
		}
	}
}

// TestReplayedTokens: who has a phone's URL and comes with it from somewhere else gets
// holding settings and nothing else, somebody is told, and the phone goes on.
func TestReplayedTokens(t *testing.T) {
	t.Parallel()
	in := install(t, options{})
	in.platform("acme")
	mac := in.register("acme")
	d := in.device(mac, 1)
	d.boot()
	in.must(d.has("acme"))
	first, settled := in.path(mac), strings.Replace(in.path(mac), "/"+mac, "/s/"+mac, 1)
	thief := net.IPv4(127, 0, 2, 7)
	held := func(what string, lines ...string) {
		t.Helper()
		a := in.wire(thief).say(lines...).hear()
		for _, secret := range []string{lineSecret(mac), "http_client_pass", "setting_server", "user_name"} {
			if strings.Contains(a.body, secret) {
				t.Errorf("%s: %s is told", what, secret)
			}
		}
		if a.status != "200" || !strings.Contains(a.body, "prov_polling_period") {
			t.Errorf("%s: %+v", what, a)
		}
	}
	held("its first URL", "GET "+first+" HTTP/1.1", "Host: x", "User-Agent: "+agents[0])
	held("with a password", "GET "+settled+" HTTP/1.1", "Host: x", "Authorization: Basic "+basic(mac, "guessed"))
	held("with headers that only proxies may say", "GET "+first+" HTTP/1.1", "Host: x", "X-Forwarded-For: 127.0.1.7", "X-SSL-Client-S-DN: CN="+mac)
	if a := in.wire(thief).say("GET "+settled+" HTTP/1.1", "Host: x").hear(); a.status != "401" {
		t.Errorf("its URL without a password: %+v", a)
	}
	in.wait(time.Minute)
	held("its URL without a password, once more", "GET "+settled+" HTTP/1.1", "Host: x")
	e, err := in.api.Endpoint(t.Context(), "acme", mac)
	in.must(err)
	if e.Contact.AlarmedAt == nil || e.Contact.Waiting == nil || e.Contact.Waiting.Network != "127.0.2.0/24" {
		t.Errorf("nobody is told: %+v", e.Contact)
	}
	for _, office := range []byte{1, 4} { // at its place, and carried home by its user
		d.from = net.IPv4(127, 0, office, 7)
		if trace := d.sync(); d.has("acme") != nil || !slices.ContainsFunc(trace.Steps, func(s phonesim.Step) bool { return s.Status == 200 }) {
			t.Errorf("the phone in office %d: %v", office, trace)
		}
	}
	if _, err := in.api.DismissEndpoint(t.Context(), "acme", mac); err != nil {
		t.Error(err)
	}
	held("after the alarm was dismissed", "GET "+first+" HTTP/1.1", "Host: x")
}
