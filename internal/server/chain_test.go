package server_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/server"
)

func TestCallerBehindProxies(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	cfg.TrustedProxies = prefixes(t, "10.0.0.0/8", "fd00::/8")
	s := mustNew(t, cfg)
	defer func() { _ = s.Close() }()
	h := s.Handler("admin", false)
	for name, tc := range map[string]struct {
		peer   string
		header []string
		want   string
	}{
		"no proxy":                       {"192.0.2.1:5", nil, "192.0.2.1"},
		"untrusted peer makes it up":     {"192.0.2.1:5", []string{"X-Forwarded-For", "198.51.100.1"}, "192.0.2.1"},
		"trusted proxy":                  {"10.1.1.1:5", []string{"X-Forwarded-For", "198.51.100.1"}, "198.51.100.1"},
		"caller puts entries in front":   {"10.1.1.1:5", []string{"X-Forwarded-For", "127.0.0.1, 198.51.100.1"}, "198.51.100.1"},
		"two proxies":                    {"10.1.1.1:5", []string{"X-Forwarded-For", "6.6.6.6, 198.51.100.1, 10.2.2.2"}, "198.51.100.1"},
		"header twice":                   {"10.1.1.1:5", []string{"X-Forwarded-For", "6.6.6.6", "x-forwarded-for", "198.51.100.1"}, "198.51.100.1"},
		"with port":                      {"10.1.1.1:5", []string{"X-Forwarded-For", "198.51.100.1:4711"}, "198.51.100.1"},
		"IPv6":                           {"[fd00::1]:5", []string{"X-Forwarded-For", "2001:db8::7"}, "2001:db8::7"},
		"mapped peer":                    {"[::ffff:10.1.1.1]:5", []string{"X-Forwarded-For", "198.51.100.1"}, "198.51.100.1"},
		"rubbish":                        {"10.1.1.1:5", []string{"X-Forwarded-For", "198.51.100.1, <script>"}, "10.1.1.1"},
		"nothing said":                   {"10.1.1.1:5", nil, "10.1.1.1"},
		"only other headers of this art": {"10.1.1.1:5", []string{"X-Real-IP", "6.6.6.6", "Forwarded", "for=6.6.6.6"}, "10.1.1.1"},
	} {
		parts := strings.Split(ask(h, "GET", "/x", tc.peer, tc.header...).Body.String(), "|")
		if parts[1] != tc.want || parts[3] != "" {
			t.Errorf("%s: address %q, want %q; header behind it %q", name, parts[1], tc.want, parts[3])
		}
	}
}

// What counts as TLS is what was spoken here, or what a trusted proxy says in so many
// words: of one that says nothing, or more than one thing, nobody knows.
func TestSecure(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	cfg.TrustedProxies = prefixes(t, "10.0.0.0/8")
	cfg.Phones = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, server.Secure(r), server.Local(r))
	})
	s := mustNew(t, cfg)
	defer func() { _ = s.Close() }()
	for name, tc := range map[string]struct {
		peer   string
		header []string
		want   string
	}{
		"proxy says https":            {"10.1.1.1:5", []string{"X-Forwarded-Proto", "https"}, "true false"},
		"in capitals":                 {"10.1.1.1:5", []string{"X-Forwarded-Proto", " HTTPS"}, "true false"},
		"proxy says nothing":          {"10.1.1.1:5", nil, "false false"},
		"proxy says both":             {"10.1.1.1:5", []string{"X-Forwarded-Proto", "https, http"}, "false false"},
		"somebody else says https":    {"192.0.2.1:5", []string{"X-Forwarded-Proto", "https"}, "false false"},
		"from this machine":           {"127.0.0.1:5", nil, "false true"},
		"from it, and it says https":  {"127.0.0.1:5", []string{"X-Forwarded-Proto", "https"}, "false true"},
		"from this machine, by IPv6":  {"[::1]:5", nil, "false true"},
		"another says it is this one": {"192.0.2.1:5", []string{"X-Forwarded-For", "127.0.0.1"}, "false false"},
	} {
		if got := ask(s.Handler("phone", false), "GET", "/p/x", tc.peer, tc.header...).Body.String(); got != tc.want {
			t.Errorf("%s: %s, want %s", name, got, tc.want)
		}
	}
	// A proxy that speaks TLS to us is no sign of how somebody has come to it.
	for name, tc := range map[string]struct {
		peer   string
		header []string
		want   string
	}{
		"nobody says anything":    {"192.0.2.1:5", nil, "true false"},
		"he says of himself http": {"192.0.2.1:5", []string{"X-Forwarded-Proto", "http"}, "true false"},
		"the proxy says nothing":  {"10.1.1.1:5", nil, "true false"},
		"it says https":           {"10.1.1.1:5", []string{"X-Forwarded-Proto", "https"}, "true false"},
		"it says http":            {"10.1.1.1:5", []string{"X-Forwarded-Proto", "http"}, "false false"},
		"it says both":            {"10.1.1.1:5", []string{"X-Forwarded-Proto", "http", "X-Forwarded-Proto", "https"}, "false false"},
	} {
		if got := ask(s.Handler("phone", false), "GET", "https://prov.example/p/x", tc.peer, tc.header...).Body.String(); got != tc.want {
			t.Errorf("by TLS, %s: %s, want %s", name, got, tc.want)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	log := &lines{}
	cfg := config(log)
	cfg.TrustedProxies = prefixes(t, "10.0.0.0/8")
	s := mustNew(t, cfg)
	defer func() { _ = s.Close() }()
	h := s.Handler("admin", false)
	for name, tc := range map[string]struct {
		peer, sent string
		taken      bool
	}{
		"of a trusted proxy":   {"10.1.1.1:5", "req-12345678", true},
		"of anybody":           {"192.0.2.1:5", "req-12345678", false},
		"too short":            {"10.1.1.1:5", "x", false},
		"too long":             {"10.1.1.1:5", strings.Repeat("x", 65), false},
		"something for a log":  {"10.1.1.1:5", "12345678 level=ERROR", false},
		"something for a page": {"10.1.1.1:5", "<b>12345678</b>", false},
	} {
		r := ask(h, "GET", "/"+strings.ReplaceAll(name, " ", "-"), tc.peer, "X-Request-Id", tc.sent)
		id := r.Header().Get("X-Request-Id")
		if (id == tc.sent) != tc.taken || id == "" {
			t.Errorf("%s: sent %q, got %q", name, tc.sent, id)
		}
		if seen := strings.Split(r.Body.String(), "|")[2]; seen != id {
			t.Errorf("%s: the handler knows %q, the answer says %q", name, seen, id)
		}
	}
	ids := map[any]bool{}
	for _, line := range log.records(t, "request") {
		ids[line["request_id"]] = true
	}
	if len(ids) != 6 {
		t.Errorf("%d ids in the log for 6 requests", len(ids))
	}
}

func TestOneLogLinePerRequest(t *testing.T) {
	t.Parallel()
	log := &lines{}
	s := mustNew(t, config(log))
	defer func() { _ = s.Close() }()
	token := strings.Repeat("abcdefg2", 4)
	ask(s.Handler("admin", false), "GET", "/platforms/acme?q=private", "192.0.2.1:5", "Authorization", "Bearer zt_s3cret", "Cookie", "zerotouch=s3cret")
	ask(s.Handler("admin", false), "GET", "/p/"+token+"/000413A11FA7", "192.0.2.1:5")
	ask(s.Handler("admin", false), "GET", "/x%0d%0a%1b%5b31m%e2%80%ae"+strings.Repeat("/y", 3000), "192.0.2.1:5")
	ask(s.Handler("admin", false), "GET", "/quiet", "192.0.2.1:5")
	for _, p := range []string{"/p/" + token + "/000413A11FA7", "//p/" + token, "/P/" + strings.ToUpper(token), "/p/%61" + token[1:], "/" + token, "/p/" + token + "%2f"} {
		ask(s.Handler("phone", false), "GET", p, "192.0.2.1:5")
	}
	ask(s.Handler("ops", false), "GET", "/healthz", "192.0.2.1:5")
	text := log.String()
	for _, never := range []string{token, token[1:], strings.ToUpper(token), "s3cret", "private", "\x1b", "\u202e"} {
		if strings.Contains(text, never) {
			t.Errorf("%q is in the log", never)
		}
	}
	var got []string
	for _, r := range log.records(t, "request") {
		path := r["path"].(string)
		if len(path) > 300 {
			t.Errorf("a path of %d characters", len(path))
		}
		got = append(got, r["level"].(string)+" "+r["listener"].(string)+" "+strings.SplitAfter(path+"/y", "/y")[0])
	}
	want := []string{
		"INFO admin /platforms/acme/y", "INFO admin /p/[redacted]/000413A11FA7/y", "INFO admin /x???[31m?/y", "DEBUG admin /quiet/y",
		"INFO phone /p/…/y", "INFO phone other/y", "INFO phone other/y", "INFO phone /p/…/y", "INFO phone other/y", "INFO phone /p/…/y",
		"DEBUG ops /healthz/y",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPanicBecomesAnAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		listener, path, kind string
		status               int
	}{
		"API":   {"admin", "/api/panic", "application/problem+json", 500},
		"page":  {"admin", "/panic", "text/plain; charset=utf-8", 500},
		"phone": {"phone", "/panic", "text/plain; charset=utf-8", 503},
	} {
		log := &lines{}
		s := mustNew(t, config(log))
		r := ask(s.Handler(tc.listener, false), "GET", tc.path, "192.0.2.1:5")
		if r.Code != tc.status || r.Header().Get("Content-Type") != tc.kind {
			t.Errorf("%s: %d %s", name, r.Code, r.Header().Get("Content-Type"))
		}
		if tc.listener == "admin" && !strings.Contains(r.Body.String(), r.Header().Get("X-Request-Id")) {
			t.Errorf("%s: no request id in %q", name, r.Body)
		}
		if tc.listener == "phone" && r.Header().Get("Retry-After") == "" {
			t.Errorf("%s: the phone is not told when to come back", name)
		}
		if strings.Contains(r.Body.String()+log.String(), "s3cret") {
			t.Errorf("%s: the panic's value came out", name)
		}
		if got := log.records(t, "handler panicked"); len(got) != 1 || !strings.Contains(got[0]["stack"].(string), "world_test.go") {
			t.Errorf("%s: logged %v", name, got)
		}
		_ = s.Close()
	}
}

func TestPanicInTheMiddleCutsTheAnswer(t *testing.T) {
	t.Parallel()
	log := &lines{}
	s := mustNew(t, config(log))
	defer func() { _ = s.Close() }()
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("got %v: half an answer looks whole", v)
		}
		if len(log.records(t, "request")) != 1 {
			t.Error("the request is not logged")
		}
	}()
	ask(s.Handler("phone", false), "GET", "/half", "192.0.2.1:5")
}

func TestPlainListenerIsForItsProxy(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	cfg.TrustedProxies, cfg.AdminURL = prefixes(t, "10.0.0.0/8"), "https://admin.example"
	s := mustNew(t, cfg)
	defer func() { _ = s.Close() }()
	for name, tc := range map[string]struct {
		listener, method, peer, proto string
		want                          int
	}{
		"through the proxy":          {"admin", "GET", "10.1.1.1:5", "https", 200},
		"proxy that says nothing":    {"admin", "GET", "10.1.1.1:5", "", 200},
		"beside the proxy":           {"admin", "GET", "192.0.2.1:5", "https", 403},
		"from this machine":          {"admin", "GET", "127.0.0.1:5", "", 200},
		"reader by http":             {"admin", "GET", "10.1.1.1:5", "http", 308},
		"form by http":               {"admin", "POST", "10.1.1.1:5", "http", 403},
		"phone through the proxy":    {"phone", "GET", "10.1.1.1:5", "https", 200},
		"phone beside the proxy":     {"phone", "GET", "192.0.2.1:5", "https", 200},
		"phone by http":              {"phone", "GET", "10.1.1.1:5", "http", 200},
		"probe from another machine": {"ops", "GET", "192.0.2.1:5", "", 404},
	} {
		var header []string
		if tc.proto != "" {
			header = []string{"X-Forwarded-Proto", tc.proto}
		}
		r := ask(s.Handler(tc.listener, true), tc.method, "/platforms/acme?x=1", tc.peer, header...)
		if r.Code != tc.want {
			t.Errorf("%s: %d, want %d", name, r.Code, tc.want)
		}
		if tc.want == 308 && r.Header().Get("Location") != "https://admin.example/platforms/acme?x=1" {
			t.Errorf("%s: sent to %s", name, r.Header().Get("Location"))
		}
	}
	// A listener on loopback takes everybody who gets there.
	if r := ask(s.Handler("admin", false), "GET", "/x", "127.0.0.1:5"); r.Code != 200 {
		t.Errorf("loopback: %d", r.Code)
	}
}

func TestHeadersOfTheAPI(t *testing.T) {
	t.Parallel()
	s := mustNew(t, config(&lines{}))
	defer func() { _ = s.Close() }()
	h := ask(s.Handler("admin", false), "GET", "/api/v1/vendors", "192.0.2.1:5").Header()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff",
		"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// What a handler tells of a request stands in its one line, with all that is always there.
func TestToldInTheOneLine(t *testing.T) {
	t.Parallel()
	log := &lines{}
	cfg := config(log)
	cfg.Phones = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.Tell(r.Context(), slog.LevelWarn, "first")
		if !server.Tell(r.Context(), slog.LevelError, "phone not served", slog.String("mac", "00:04:13:A1:1F:A7")) {
			t.Error("there is a line, and nobody knows")
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	s := mustNew(t, cfg)
	defer func() { _ = s.Close() }()
	id := ask(s.Handler("phone", false), "GET", "/p/x", "192.0.2.1:5").Header().Get("X-Request-Id")
	got := log.records(t, "phone not served")
	if len(got) != 1 || strings.Count(log.String(), "\n") != 1 {
		t.Fatalf("want one line, got %s", log.String())
	}
	delete(got[0], "time")
	delete(got[0], "ms")
	want := map[string]any{"level": "ERROR", "msg": "phone not served", "listener": "phone", "method": "GET", "path": "/p/…", "status": 503.0,
		"bytes": 0.0, "address": "192.0.2.1", "request_id": id, "mac": "00:04:13:A1:1F:A7"}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Error(diff)
	}
	if server.Tell(t.Context(), slog.LevelInfo, "x") {
		t.Error("there is no line, and it is told all the same")
	}
}
