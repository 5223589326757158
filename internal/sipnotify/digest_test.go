package sipnotify_test

import (
	"errors"
	"strings"
	"testing"

	"zerotouch.example/internal/sipnotify"
	"zerotouch.example/internal/sipsim"
	"zerotouch.example/internal/ztp"
)

// asking is a client of a proxy that lets nobody through without a password.
func asking(t *testing.T, s *sipsim.Server, realm string) *sipnotify.Client {
	t.Helper()
	s.Phone, s.User, s.Password = takes, `pro"v`, `pa\ss`
	return client(t, sipnotify.Config{Proxy: proxyAt(t, s, "tcp"), User: s.User, Password: ztp.NewSecret(s.Password), Realm: realm})
}

// TestChallenge: whoever asks on the way is answered, whichever header and algorithm it comes
// by, and however many there are.
func TestChallenge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		sim      *sipsim.Server
		messages int // with the one that is not signed
	}{
		{"MD5 by a proxy", &sipsim.Server{}, 2},
		{"no algorithm named", &sipsim.Server{Asks: []sipsim.Ask{{Algorithms: []string{""}}}}, 2},
		{"as RFC 2069", &sipsim.Server{Asks: []sipsim.Ask{{Algorithms: []string{""}, NoQOP: true}}}, 2},
		{"SHA-256 by a proxy", &sipsim.Server{Asks: []sipsim.Ask{{Algorithms: []string{"SHA-256"}}}}, 2},
		{"MD5-sess", &sipsim.Server{Asks: []sipsim.Ask{{Algorithms: []string{"MD5-sess"}}}}, 2},
		{"SHA-256-sess", &sipsim.Server{Asks: []sipsim.Ask{{Algorithms: []string{"SHA-256-sess"}}}}, 2},
		{"MD5 by the phone's side", &sipsim.Server{Asks: []sipsim.Ask{{Authorize: true}}}, 2},
		// RFC 8760, section 2.3: one for each algorithm.
		{"the first that is known", &sipsim.Server{Asks: []sipsim.Ask{{Algorithms: []string{"SHA-3", "SHA-256", "MD5"}}}}, 2},
		{"a nonce that is too old", &sipsim.Server{Asks: []sipsim.Ask{{Stale: 1}}}, 3},
		// RFC 3261, section 22.3: each realm, and both stand in the third message.
		{"two proxies in a row", &sipsim.Server{Asks: []sipsim.Ask{{Realm: "edge"}, {Realm: "core"}}}, 3},
		{"two proxies at once", &sipsim.Server{Together: true, Asks: []sipsim.Ask{{Realm: "a", Algorithms: []string{"SHA-256", "MD5"}}, {Realm: "b"}}}, 2},
		{"a proxy and the phone of the same realm", &sipsim.Server{Asks: []sipsim.Ask{{Realm: "one"}, {Realm: "one", Authorize: true}}}, 3},
		{"two proxies and the phone, with old nonces", &sipsim.Server{Asks: []sipsim.Ask{{Realm: "edge"}, {Realm: "core", Stale: 1}, {Realm: "phone", Authorize: true, Stale: 1}}}, 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.sim
			told := asking(t, s, "")
			if status, err := told.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync); status != 200 || err != nil {
				t.Fatalf("notify = %d, %v", status, err)
			}
			seen := s.Seen()
			if len(seen) != c.messages || seen[1].Header.Get("Cseq") != "2 NOTIFY" || seen[0].Header.Get("Call-Id") != seen[1].Header.Get("Call-Id") {
				t.Errorf("%d messages, want %d: %v", len(seen), c.messages, seen)
			}
		})
	}
}

// TestRefused: what does not let us through is asked once, and is trouble with the proxy.
func TestRefused(t *testing.T) {
	t.Parallel()
	s := &sipsim.Server{Phone: takes, User: "prov", Password: "right"}
	p := proxyAt(t, s, "tcp")
	endless := &sipsim.Server{Phone: takes, User: "prov", Password: "right", Asks: []sipsim.Ask{{Stale: 1000}}}
	unknown := &sipsim.Server{Phone: takes, User: "prov", Password: "right", Asks: []sipsim.Ask{{Algorithms: []string{"SHA-3"}}}}
	for _, c := range []struct {
		name     string
		at       *sipsim.Server
		cfg      sipnotify.Config
		messages int
		why      string
	}{
		{"a wrong password", s, sipnotify.Config{Proxy: p, User: "prov", Password: ztp.NewSecret("other")}, 2, "refuses our user and password"},
		{"no password", s, sipnotify.Config{Proxy: p}, 1, "none is configured"},
		{"each nonce is too old", endless, sipnotify.Config{Proxy: proxyAt(t, endless, "udp"), User: "prov", Password: ztp.NewSecret("right")}, 6, "again and again"},
		{"no algorithm that is known", unknown, sipnotify.Config{Proxy: proxyAt(t, unknown, "udp"), User: "prov", Password: ztp.NewSecret("right")}, 1, "no digest that is known"},
	} {
		before := len(c.at.Seen())
		status, err := client(t, c.cfg).Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync)
		if !errors.Is(err, sipnotify.ErrProxy) || status != 407 || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: %d, %v", c.name, status, err)
		}
		if n := len(c.at.Seen()) - before; n != c.messages {
			t.Errorf("%s: %d messages, want %d", c.name, n, c.messages)
		}
	}
}

// TestRealm: a realm that is configured is the only one that gets an answer, be it a proxy
// farther away or a phone that would like to guess the password.
func TestRealm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		sim    *sipsim.Server
		status int
		want   error
		asks   string // whose realm is not answered
		signed int    // messages with an answer
	}{
		{"the right one", &sipsim.Server{Asks: []sipsim.Ask{{Realm: "voice"}}}, 200, nil, "", 1},
		{"another proxy", &sipsim.Server{Asks: []sipsim.Ask{{Realm: "other"}}}, 407, sipnotify.ErrProxy, "other", 0},
		{"in other letters", &sipsim.Server{Asks: []sipsim.Ask{{Realm: "Voice"}}}, 407, sipnotify.ErrProxy, "Voice", 0},
		{"a proxy behind the right one", &sipsim.Server{Asks: []sipsim.Ask{{Realm: "voice"}, {Realm: "other"}}}, 407, sipnotify.ErrProxy, "other", 1},
		{"a phone behind the right one", &sipsim.Server{Asks: []sipsim.Ask{{Realm: "voice"}, {Realm: "phone", Authorize: true}}}, 401, sipnotify.ErrProxy, "phone", 1},
		{"the right one beside another", &sipsim.Server{Together: true, Asks: []sipsim.Ask{{Realm: "other"}, {Realm: "voice"}}}, 407, sipnotify.ErrProxy, "other", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := c.sim
			only := asking(t, s, "voice")
			status, err := only.Notify(t.Context(), address(t, "201", "voice.example"), sipnotify.CheckSync)
			if status != c.status || !errors.Is(err, c.want) {
				t.Errorf("notify = %d, %v, want %d, %v", status, err, c.status, c.want)
			}
			if c.want != nil && (err == nil || !strings.Contains(err.Error(), `the realm "`+c.asks+`"`)) {
				t.Errorf("it does not name the realm %s: %v", c.asks, err)
			}
			signed := 0
			for _, r := range s.Seen() {
				text := strings.Join(append(r.Header["Proxy-Authorization"], r.Header["Authorization"]...), "\n")
				if strings.Contains(text, "other") || strings.Contains(text, "phone") {
					t.Errorf("another realm has got an answer: %s", text)
				}
				if text != "" {
					signed++
				}
			}
			if signed != c.signed {
				t.Errorf("%d messages were signed, want %d", signed, c.signed)
			}
		})
	}
}
