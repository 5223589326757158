package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/server"
)

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b)
}

func TestEachListenerServesItsOwn(t *testing.T) {
	t.Parallel()
	s := mustNew(t, config(&lines{}))
	stop := start(t, s)
	for address, want := range map[string]string{
		s.AdminAddr() + "/sign-in":         "portal",
		s.AdminAddr() + "/api/v1/vendors":  "api",
		s.AdminAddr() + "/apiary":          "portal",
		s.AdminAddr() + "/metrics":         "portal",
		s.PhoneAddr() + "/p/x/y":           "phones",
		s.PhoneAddr() + "/sign-in":         "phones",
		s.PhoneAddr() + "/api/v1/vendors":  "phones",
		s.PhoneAddr() + "/healthz":         "phones",
		s.OpsAddr() + "/healthz":           "ok\n",
		s.OpsAddr() + "/readyz":            "ready\n",
		s.OpsAddr() + "/sign-in":           "404 page not found\n",
		s.OpsAddr() + "/debug/pprof/":      "404 page not found\n",
		s.OpsAddr() + "/api/v1/platforms/": "404 page not found\n",
	} {
		_, body := get(t, "http://"+address)
		if got, _, _ := strings.Cut(body, "|"); got != want {
			t.Errorf("%s: got %q, want %q", address, got, want)
		}
	}
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if _, err := http.Get("http://" + s.OpsAddr() + "/healthz"); err == nil {
		t.Error("it still answers after the stop")
	}
}

func TestBusyPortIsNamedWithItsRemedy(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	cfg := config(&lines{})
	cfg.Phone.Address = l.Addr().String()
	_, err = server.New(cfg)
	if err == nil {
		t.Fatal("a busy port was taken")
	}
	for _, want := range []string{l.Addr().String(), "in use", "ZEROTOUCH_PHONE_LISTEN", "--phone-listen"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %q", want, err)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		at      server.Listener
		proxies bool
		want    []string
	}{
		"everywhere":      {at: server.Listener{Address: ":0"}, want: []string{"ZEROTOUCH_ADMIN_TLS_CERT", "ZEROTOUCH_TRUSTED_PROXIES"}},
		"all IPv4":        {at: server.Listener{Address: "0.0.0.0:0"}, want: []string{"ZEROTOUCH_ADMIN_TLS_CERT", "ZEROTOUCH_TRUSTED_PROXIES"}},
		"another machine": {at: server.Listener{Address: "192.0.2.1:0"}, proxies: true, want: []string{"no address of this machine", "ZEROTOUCH_ADMIN_LISTEN"}},
		"no port":         {at: server.Listener{Address: "127.0.0.1"}, want: []string{"not an address", "ZEROTOUCH_ADMIN_LISTEN"}},
		"half TLS":        {at: server.Listener{Address: "127.0.0.1:0", CertFile: "x"}, want: []string{"belong together", "ZEROTOUCH_ADMIN_TLS_KEY"}},
		"no files":        {at: server.Listener{Address: "127.0.0.1:0", CertFile: "/nowhere/c", KeyFile: "/nowhere/k"}, want: []string{"TLS files", "/nowhere/c"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := config(&lines{})
			cfg.Admin = tc.at
			if tc.proxies {
				cfg.TrustedProxies = prefixes(t, "10.0.0.0/8")
			}
			_, err := server.New(cfg)
			if err == nil {
				t.Fatal("it was taken")
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in %q", want, err)
				}
			}
		})
	}
}

func TestTrustedProxyOpensOtherAddresses(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	cfg.Admin.Address, cfg.TrustedProxies = "0.0.0.0:0", prefixes(t, "10.0.0.0/8")
	if err := mustNew(t, cfg).Close(); err != nil {
		t.Error(err)
	}
}

func TestReadyFollowsTheDatabase(t *testing.T) {
	t.Parallel()
	log := &lines{}
	cfg := config(log)
	var bad error
	cfg.Ready = func(ctx context.Context) error {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("no deadline")
		}
		return bad
	}
	s := mustNew(t, cfg)
	defer func() { _ = s.Close() }()
	h := s.Handler("ops", false)
	for _, step := range []struct {
		err  error
		want int
	}{{nil, 200}, {errors.New("dial db.internal: refused"), 503}, {nil, 200}} {
		bad = step.err
		r := ask(h, "GET", "/readyz", "127.0.0.1:1")
		if r.Code != step.want || strings.Contains(r.Body.String(), "db.internal") {
			t.Errorf("%d %q, want %d", r.Code, r.Body, step.want)
		}
	}
	if !strings.Contains(log.String(), "db.internal") {
		t.Error("the operator learns nothing")
	}
}

func TestWaitingRequestEndsAtTheStop(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	arrived := make(chan struct{})
	cfg.API = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done() // as somebody who waits for an operation
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	s := mustNew(t, cfg)
	s.ShortenGrace()
	stop := start(t, s)
	status := make(chan int, 1)
	go func() {
		code, _ := get(t, "http://"+s.AdminAddr()+"/api/v1/operations/x")
		status <- code
	}()
	<-arrived
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if diff := cmp.Diff(http.StatusServiceUnavailable, <-status); diff != "" {
		t.Error(diff)
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	cfg := config(&lines{})
	cfg.Gauges = func(context.Context) ([]server.Gauge, error) {
		return []server.Gauge{{Name: "zerotouch_alarm", Help: "An alarm.", Labels: []string{"vendor", "snom"}, Value: 1}}, nil
	}
	s := mustNew(t, cfg)
	defer func() { _ = s.Close() }()
	// One server's listeners share one registry.
	ask(s.Handler("phone", false), "GET", "/p/secrettoken/000413a11fa7", "192.0.2.7:1")
	ask(s.Handler("phone", false), "BREW", "/p/secrettoken/000413a11fa7", "192.0.2.7:1")
	body := ask(s.Handler("ops", false), "GET", "/metrics", "127.0.0.1:1").Body.String()
	for _, want := range []string{
		`zerotouch_http_requests_total{listener="phone",method="GET",status="200"} 1`,
		`zerotouch_http_requests_total{listener="phone",method="other",status="200"} 1`,
		`zerotouch_http_request_seconds_count{listener="phone"} 2`, `zerotouch_build_info{version="v1"} 1`, "go_goroutines", `zerotouch_alarm{vendor="snom"} 1`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	for _, never := range []string{"secrettoken", "000413", "192.0.2.7", "BREW"} {
		if strings.Contains(body, never) {
			t.Errorf("%s is a label", never)
		}
	}
}

// Gauges that cannot be read are missing, and the scrape goes on.
func TestMetrics_GaugesNotRead(t *testing.T) {
	t.Parallel()
	log := &lines{}
	cfg := config(log)
	cfg.Gauges = func(context.Context) ([]server.Gauge, error) { return nil, errors.New("no database") }
	s := mustNew(t, cfg)
	defer func() { _ = s.Close() }()
	answer := ask(s.Handler("ops", false), "GET", "/metrics", "127.0.0.1:1")
	if body := answer.Body.String(); answer.Code != 200 || !strings.Contains(body, "zerotouch_build_info") || strings.Contains(body, "no database") {
		t.Errorf("%d %s", answer.Code, body)
	}
}
