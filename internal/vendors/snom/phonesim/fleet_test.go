package phonesim_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"zerotouch.example/internal/vendors/snom/phonesim"
)

func manyPhones(base string) func(int) (phonesim.FleetPhone, error) {
	return func(i int) (phonesim.FleetPhone, error) {
		return phonesim.FleetPhone{MAC: fmt.Sprintf("000413%06X", i), URL: base + "/{mac}", User: "u", Password: "p"}, nil
	}
}

// Every phone of a fleet is counted once: by what it got in the end, and lost without.
func TestFleet(t *testing.T) {
	t.Parallel()
	var busy atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		own := func(mac string) string { return file("setting_server", "http://prov.example/p/x/"+mac) }
		mac := strings.TrimPrefix(r.URL.Path, "/")
		switch mac[len(mac)-1:] {
		case "0": // busy at first
			if busy.Add(1) <= 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		case "1":
			_, _ = w.Write([]byte(file("prov_polling_period", "600")))
			return
		case "2":
			_, _ = w.Write([]byte(own("000413FFFFFF")))
			return
		case "3":
			return // 200 with nothing
		case "4":
			w.WriteHeader(http.StatusNotFound)
			return
		case "5":
			if _, _, ok := r.BasicAuth(); !ok {
				w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
		}
		_, _ = w.Write([]byte(own("{mac}")))
	}))
	t.Cleanup(s.Close)
	for _, reuse := range []bool{false, true} {
		busy.Store(0)
		got, err := phonesim.RunFleet(t.Context(), phonesim.FleetOptions{
			Count: 8, Phone: manyPhones(s.URL), Fetches: 2, Reuse: reuse, Tries: 2, RetryAfter: time.Millisecond, Open: 4,
		})
		if err != nil {
			t.Fatal(err)
		}
		// 0: 1+2, 1: 1, 2: 1, 3: 1, 4: 2, 5: 3, 6: 2, 7: 2
		want := phonesim.FleetReport{Phones: 8, Served: 4, Held: 1, Wrong: 2, Lost: 1, Requests: 15, Retried: 2,
			Answers: map[string]int{"200": 11, "401": 1, "404": 2, "503": 1}}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(phonesim.FleetReport{}, "P50", "P95", "P99", "Max", "Last")); diff != "" || got.Good() {
			t.Errorf("reuse %v: %s", reuse, diff)
		}
	}
}

// A fleet leaves everybody alone who is not loopback or named.
func TestFleetStaysAtHome(t *testing.T) {
	t.Parallel()
	got, err := phonesim.RunFleet(t.Context(), phonesim.FleetOptions{Count: 3, Phone: manyPhones("https://prov.example"), Fetches: 1, Tries: 1, Open: 1})
	if err == nil || !strings.Contains(err.Error(), "prov.example") || got.Requests != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	broken := errors.New("no such phone")
	if _, err := phonesim.RunFleet(t.Context(), phonesim.FleetOptions{Count: 3, Fetches: 1, Tries: 1, Open: 1,
		Phone: func(int) (phonesim.FleetPhone, error) { return phonesim.FleetPhone{}, broken }}); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

// A phone without a URL asks the redirection service, follows what it is told, and knows
// afterwards what its file says. With several sources phones come from several addresses.
func TestFleetFromTheBox(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked, sources := map[string]int{}, map[string]bool{}
	var base string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		mu.Lock()
		asked[r.URL.Path]++
		sources[host] = true
		mu.Unlock()
		mac := r.URL.Path[strings.LastIndexAny(r.URL.Path, "-/")+1:]
		switch {
		case strings.HasPrefix(r.URL.Path, "/home/"):
			mac = strings.TrimSuffix(mac, ".htm")
			if strings.HasSuffix(mac, "3") || !strings.HasPrefix(mac, "000413") {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_, _ = w.Write([]byte(file("setting_server", base+"/p/"+mac)))
		default:
			_, _ = w.Write([]byte(file("setting_server", base+"/s/"+mac, "http_client_user", mac, "http_client_pass", "secret")))
		}
	}))
	t.Cleanup(s.Close)
	base = s.URL
	var kept []phonesim.FleetPhone
	got, err := phonesim.RunFleet(t.Context(), phonesim.FleetOptions{
		Count: 4, Factory: s.URL + "/home/", Boot: phonesim.BootAtOnce, Over: time.Hour, Sources: 2, Fetches: 2, Tries: 1, Open: 4,
		Phone: func(i int) (phonesim.FleetPhone, error) {
			return phonesim.FleetPhone{MAC: fmt.Sprintf("000413%06X", i)}, nil
		},
		Served: func(_ int, p phonesim.FleetPhone) {
			mu.Lock()
			defer mu.Unlock()
			kept = append(kept, p)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Served != 3 || got.Lost != 1 {
		t.Errorf("%+v", got)
	}
	slices.SortFunc(kept, func(a, b phonesim.FleetPhone) int { return strings.Compare(a.MAC, b.MAC) })
	want := phonesim.FleetPhone{MAC: "000413000002", URL: base + "/s/000413000002", User: "000413000002", Password: "secret"}
	if len(kept) != 3 || kept[2] != want {
		t.Errorf("kept: %+v", kept)
	}
	if asked["/p/000413000001"] != 1 || asked["/s/000413000001"] != 1 || len(sources) != 2 {
		t.Errorf("asked %v from %v", asked, sources)
	}
}

// piped is a listener whose connections are pipes, which bubbles of synctest can see.
type piped struct {
	conns chan net.Conn
	ended <-chan struct{}
}

func (p *piped) Addr() net.Addr { return &net.TCPAddr{} }
func (p *piped) Close() error   { return nil }
func (p *piped) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *piped) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours, nil
}

// A phone from the box that is turned away does not ask again until it is started again; one that is held asks when its
// file says, and where it was sent.
func TestFleetAsksAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const base = "http://127.0.0.1:80"
		var mu sync.Mutex
		asked := map[string]int{}
		p := &piped{conns: make(chan net.Conn), ended: t.Context().Done()}
		s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mac := strings.TrimSuffix(r.URL.Path[strings.LastIndexAny(r.URL.Path, "-/")+1:], ".htm")
			mu.Lock()
			defer mu.Unlock()
			asked[r.URL.Path]++
			n := asked[r.URL.Path]
			switch {
			case strings.HasPrefix(r.URL.Path, "/home/"):
				_, _ = w.Write([]byte(file("setting_server", base+"/p/"+mac)))
			case strings.HasSuffix(mac, "0"), strings.HasSuffix(mac, "1") && n == 2:
				w.WriteHeader(http.StatusServiceUnavailable)
			case strings.HasSuffix(mac, "1") && n < 4, strings.HasSuffix(mac, "2"):
				_, _ = w.Write([]byte(file("prov_polling_period", "600")))
			default:
				_, _ = w.Write([]byte(file("setting_server", base+"/s/"+mac)))
			}
		})}
		go func() { _ = s.Serve(p) }()
		got, err := phonesim.RunFleet(t.Context(), phonesim.FleetOptions{
			Count: 3, Factory: base + "/home/", Boot: phonesim.BootAtOnce, Fetches: 1, Tries: 5, RetryAfter: time.Millisecond, Polls: 3, Open: 4, Dial: p.dial,
			Phone: func(i int) (phonesim.FleetPhone, error) {
				return phonesim.FleetPhone{MAC: fmt.Sprintf("000413%06X", i)}, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Served != 1 || got.Held != 1 || got.Lost != 1 || got.Retried != 0 || got.Last != (30*time.Minute).Milliseconds() {
			t.Errorf("%+v", got)
		}
		for path, want := range map[string]int{"/p/000413000000": 1, "/p/000413000001": 4, "/p/000413000002": 4, "/home/snomD785-000413000001.htm": 1} {
			if asked[path] != want {
				t.Errorf("%s was asked %d times: %v", path, asked[path], asked)
			}
		}
	})
}
