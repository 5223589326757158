package api_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
)

const token = "zt_planted-token-value"

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		url, token string
		opts       []api.Option
		ok         bool
	}{
		"https":                 {url: "https://zerotouch.example", ok: true},
		"https below a path":    {url: "https://zerotouch.example/zt/", ok: true},
		"loopback":              {url: "http://127.0.0.1:8080", ok: true},
		"loopback v6":           {url: "http://[::1]:8080", ok: true},
		"localhost":             {url: "http://localhost:8080", ok: true},
		"plain http":            {url: "http://zerotouch.example"},
		"plain http, when told": {url: "http://zerotouch.example", opts: []api.Option{api.WithPlainHTTP()}, ok: true},
		"looks like loopback":   {url: "http://127.0.0.1.evil.example"},
		"other scheme":          {url: "ftp://127.0.0.1", opts: []api.Option{api.WithPlainHTTP()}},
		"no host":               {url: "zerotouch.example"},
		"empty":                 {url: ""},
		"password in it":        {url: "https://user:planted@zerotouch.example"},
		"query":                 {url: "https://zerotouch.example?x=1"},
		"token with line break": {url: "https://zerotouch.example", token: "a\r\nX-Evil: 1"},
	} {
		_, err := api.New(tc.url, tc.token, tc.opts...)
		if (err == nil) != tc.ok {
			t.Errorf("%s: want ok %t, got %v", name, tc.ok, err)
		}
		if err != nil && strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: the error repeats a password: %v", name, err)
		}
	}
}

// serve answers every request with h and returns a client for it.
func serve(t *testing.T, h http.HandlerFunc) *api.Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := api.New(server.URL, token)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTokenStaysHidden: neither printing the client nor any of its errors shows
// the token, and no other host gets it.
func TestTokenStaysHidden(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("another host was asked, with %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(other.Close)
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer "+token {
			t.Errorf("want the token, got %q", got)
		}
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	})
	_, err := c.Health(t.Context())
	if err == nil || !strings.Contains(err.Error(), "307") {
		t.Errorf("want an error that names the redirect, got %v", err)
	}
	for _, text := range []string{
		fmt.Sprint(c), fmt.Sprintf("%v %+v %#v %s", c, c, c, c), fmt.Sprint(err), slog.AnyValue(c).String(),
		fmt.Sprintf("%v %+v %#v %s %q %x", api.Secret(token), api.Secret(token), api.Secret(token), api.Secret(token), api.Secret(token), api.Secret(token)),
		fmt.Sprintf("%+v", api.Connect{KeyID: "k", KeySecret: token}),
	} {
		if strings.Contains(text, "planted") || strings.Contains(text, "706c616e746564") {
			t.Errorf("the token is shown: %s", text)
		}
	}
}

// TestAnswers: what the server said arrives whole; what is no answer of such a
// server is an error without its text.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const problem = `{"type":"urn:zerotouch:error:operation_running","title":"Another change is running","status":409,` +
		`"detail":"anna started rotate","code":"operation_running","request_id":"r1","operation":{"id":"op1","state":"running"}}`
	for name, tc := range map[string]struct {
		answer http.HandlerFunc
		check  func(error) bool
	}{
		"problem": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(409)
				fmt.Fprint(w, problem)
			},
			func(err error) bool {
				var e *api.Error
				return errors.As(err, &e) && api.IsOperationRunning(err) && api.IsRefused(err) && !api.IsNotFound(err) &&
					e.RetryAfter == 7*time.Second && api.RunningOperation(err).ID == "op1" && e.RequestID == "r1"
			},
		},
		"fields": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(422)
				fmt.Fprint(w, `{"code":"invalid","title":"T","status":200,"fields":{"b":"second","a":"first"}}`)
			},
			func(err error) bool {
				return api.IsInvalid(err) && api.IsRefused(err) && strings.Contains(err.Error(), "a: first; b: second")
			},
		},
		"a proxy's page": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(502)
				fmt.Fprint(w, "<html>planted</html>")
			},
			func(err error) bool {
				return api.CodeOf(err) == "" && isTrouble(err, api.TroubleOther, "it answers 502")
			},
		},
		"not JSON": {
			func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "planted") },
			func(err error) bool { return isTrouble(err, api.TroubleOther, "is not zerotouch") },
		},
		"endless": {
			func(w http.ResponseWriter, _ *http.Request) {
				for block := make([]byte, 1<<20); ; {
					if _, err := w.Write(block); err != nil {
						return
					}
				}
			},
			func(err error) bool { return strings.Contains(err.Error(), "longer than") },
		},
		"broken off": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "100")
				fmt.Fprint(w, `{"planted":`)
			},
			func(err error) bool {
				var silent *api.NoAnswer
				return strings.Contains(err.Error(), "broke off") && errors.As(err, &silent)
			},
		},
		"hung up": {
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			func(err error) bool {
				var silent *api.NoAnswer
				return errors.As(err, &silent) && strings.HasPrefix(silent.Server, "http://127.0.0.1:") && strings.HasPrefix(silent.Op, "POST /api/v1/platforms/acme/")
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, tc.answer).Rotate(t.Context(), "acme", "snom", api.Rotate{KeyID: "k", KeySecret: token})
			if err == nil || !tc.check(err) || strings.Contains(err.Error(), "planted") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRequests: names are escaped, changes at a vendor carry a key, and an own
// key replaces it.
func TestRequests(t *testing.T) {
	t.Parallel()
	var got []*http.Request
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r)
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, `{"id":"op1","state":"queued","steps":[]}`)
	})
	for _, opts := range [][]api.CallOption{nil, nil, {api.IdempotencyKey("mine")}} {
		a, err := c.Onboard(t.Context(), "a/../b?c", "snom", opts...)
		if err != nil || a.Operation == nil || a.Operation.ID != "op1" {
			t.Fatalf("%+v %v", a, err)
		}
	}
	if want := "/api/v1/platforms/a%2F..%2Fb%3Fc/vendors/snom/onboard"; got[0].RequestURI != want {
		t.Errorf("want %s, got %s", want, got[0].RequestURI)
	}
	if _, err := c.CreateAccount(t.Context(), "acme", api.NewAccount{Name: "Main"}); err != nil {
		t.Fatal(err)
	}
	if got[3].Header.Get("Idempotency-Key") == "" {
		t.Error("a request that makes something has no key")
	}
	first, second, mine := got[0].Header.Get("Idempotency-Key"), got[1].Header.Get("Idempotency-Key"), got[2].Header.Get("Idempotency-Key")
	if first == "" || first == second || mine != "mine" {
		t.Errorf("keys: %q %q %q", first, second, mine)
	}
}

// TestIterators: pages are joined, a caller may stop, an error ends the list.
func TestIterators(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("cursor") {
		case "":
			fmt.Fprint(w, `{"items":[{"slug":"a"},{"slug":"b"}],"next":"2"}`)
		case "2":
			fmt.Fprint(w, `{"items":[{"slug":"c"}],"next":"3"}`)
		default:
			w.WriteHeader(http.StatusInternalServerError)
		}
	})
	var slugs string
	var last error
	for p, err := range c.Platforms(t.Context(), "text") {
		slugs, last = slugs+p.Slug, err
	}
	if slugs != "abc" || last == nil {
		t.Errorf("want abc and an error, got %q %v", slugs, last)
	}
	for p, err := range c.Platforms(t.Context(), "") {
		if p.Slug != "a" || err != nil {
			t.Errorf("%+v %v", p, err)
		}
		break
	}
}
