package sraps_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

func TestNew(t *testing.T) {
	t.Parallel()
	bad := map[string]sraps.Config{
		"no scheme":         {BaseURL: "api.sraps.snom.com/api/v1/"},
		"no host":           {BaseURL: "https:///api/v1/"},
		"plain http":        {BaseURL: "http://api.sraps.snom.com/api/v1/"},
		"ftp":               {BaseURL: "ftp://api.sraps.snom.com/", AllowPrivate: true},
		"user in it":        {BaseURL: "https://u:p@api.sraps.snom.com/api/v1/"},
		"query":             {BaseURL: "https://api.sraps.snom.com/api/v1/?a=b"},
		"fragment":          {BaseURL: "https://api.sraps.snom.com/api/v1/#a"},
		"link host is URL":  {LinkHosts: []string{"https://other.example"}},
		"link host is path": {LinkHosts: []string{"other.example/x"}},
		"empty link host":   {LinkHosts: []string{""}},
	}
	for name, cfg := range bad {
		if _, err := sraps.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "u:p@") {
			t.Errorf("%s: the error repeats a password: %v", name, err)
		}
	}
	good := map[string]sraps.Config{
		"zero value":  {},
		"no slash":    {BaseURL: "https://sraps.example/api/v1"},
		"simulator":   {BaseURL: "http://127.0.0.1:7700/api/v1/", AllowPrivate: true},
		"other hosts": {LinkHosts: []string{"other.example", "third.example:8443"}},
	}
	for name, cfg := range good {
		if _, err := sraps.New(cfg); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What every request carries: a fresh nonce of enough random bytes, a payload
// hash where there is a body and none where there is not.
func TestClient_Request(t *testing.T) {
	t.Parallel()
	s := newService(t, answering(200, `{"uuid":"c1"}`))
	c := s.client(t)
	if _, err := c.Company(t.Context(), key, "c1"); err != nil {
		t.Fatal(err)
	}
	if err := c.PutEndpoint(t.Context(), key, "c1", "000413A11FA7", sraps.Object{}); err != nil {
		t.Fatal(err)
	}
	if err := c.DeleteEndpoint(t.Context(), key, "c1", "000413A11FA7"); err != nil {
		t.Fatal(err)
	}
	nonces := map[string]bool{}
	for _, r := range s.got() {
		a := sraps.Attributes(r.Header.Get("Authorization"))
		if nonce, err := base64.RawURLEncoding.DecodeString(a["nonce"]); err != nil || len(nonce) < 12 || nonces[a["nonce"]] {
			t.Errorf("%s: nonce %q: want 12 or more fresh bytes", r.Method, a["nonce"])
		}
		nonces[a["nonce"]] = true
		if hashed := a["hash"] != ""; hashed != (r.Method == http.MethodPut) {
			t.Errorf("%s: payload hash %q", r.Method, a["hash"])
		}
		if got := r.Header.Get("Accept"); got != "application/json" {
			t.Errorf("%s: Accept is %q", r.Method, got)
		}
		want := map[bool]string{true: "application/json"}[r.Method == http.MethodPut]
		if got := r.Header.Get("Content-Type"); got != want {
			t.Errorf("%s: Content-Type is %q", r.Method, got)
		}
	}
	if len(nonces) != 3 {
		t.Errorf("want 3 requests, got %d", len(nonces))
	}
}

func TestClient_KeyThatCannotSign(t *testing.T) {
	t.Parallel()
	s := newService(t, answering(200, `{}`))
	for _, k := range []sraps.Key{
		{}, {ID: "ck_1"}, {Secret: "hush-hush"}, {ID: `ck_1", ts="1`, Secret: "hush-hush"},
		{ID: "ck_1\r\nX: y", Secret: "hush-hush"}, {ID: "../companies", Secret: "hush-hush"}, {ID: strings.Repeat("a", 129), Secret: "hush-hush"},
	} {
		_, err := s.client(t).Token(t.Context(), k, "ck_1")
		if e := mustFail(t, err); e.Sent || strings.Contains(err.Error(), "hush-hush") {
			t.Errorf("%q: %v", k.ID, err)
		}
	}
	if n := len(s.got()); n != 0 {
		t.Errorf("%d requests left", n)
	}
}

func TestKey_ShowsNoSecret(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		for _, x := range []any{key, []sraps.Key{key}, struct{ K sraps.Key }{key}} {
			if got := fmt.Sprintf(format, x); strings.Contains(got, key.Secret) {
				t.Errorf("%s of %T: %s", format, x, got)
			}
		}
	}
}

// A redirect names another place; the signed request must not go there.
func TestClient_RedirectRefused(t *testing.T) {
	t.Parallel()
	other := newService(t, answering(200, `{"uuid":"c1"}`))
	for _, status := range []int{301, 302, 303, 307, 308} {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, status)
		})
		_, err := s.client(t).Company(t.Context(), key, "c1")
		e := mustFail(t, err)
		if e.Status != status || !e.Sent || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: got %v", status, err)
		}
	}
	if n := len(other.got()); n != 0 {
		t.Errorf("the other host got %d requests", n)
	}
}

func TestClient_AnswersThatCannotBeRead(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{
		"empty":                  "",
		"web page":               "<html>Login</html>",
		"broken off":             `{"uuid":"c1"`,
		"trailing data":          `{"uuid":"c1"} {}`,
		"field twice":            `{"uuid":"c1","uuid":"c2"}`,
		"field twice, escaped":   `{"uuid":"c1","\u0075uid":"c2"}`,
		"field twice, far below": `{"uuid":"c1","a":[{"b":{"c":1,"c":2}}]}`,
		"a list":                 `[]`,
		"a text":                 `"c1"`,
		"nothing":                `null`,
		"no company":             `{}`,
		"company of other type":  `{"uuid":7}`,
		"too deep":               strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100),
	}
	for name, body := range bodies {
		s := newService(t, answering(200, body))
		_, err := s.client(t).Company(t.Context(), key, "c1")
		if e := mustFail(t, err); !e.Malformed || !e.Sent {
			t.Errorf("%s: got %+v", name, e)
		}
		if body != "" && len(body) > 8 && strings.Contains(err.Error(), body) {
			t.Errorf("%s: the error repeats the answer: %v", name, err)
		}
	}
}

// What a PUT or DELETE answers need not be looked at, but a web page is not the
// service's answer: somebody in between gave it, and nothing may have happened.
func TestClient_WebPageInsteadOfConfirmation(t *testing.T) {
	t.Parallel()
	page := false
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			answering(200, `{"uuid":"c1"}`)(w, r)
		case page:
			answering(200, "<html>Sign in</html>")(w, r)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	})
	c := s.client(t)
	if err := c.DeleteEndpoint(t.Context(), key, "c1", "000413A11FA7"); err != nil {
		t.Errorf("204: %v", err)
	}
	page = true
	if e := mustFail(t, c.DeleteEndpoint(t.Context(), key, "c1", "000413A11FA7")); !e.Malformed || !e.Sent {
		t.Errorf("DELETE: %+v", e)
	}
	if e := mustFail(t, c.PutEndpoint(t.Context(), key, "c1", "000413A11FA7", sraps.Object{})); !e.Malformed || !e.Sent {
		t.Errorf("PUT: %+v", e)
	}
}

func TestClient_HugeAnswer(t *testing.T) {
	t.Parallel()
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	served := make(chan int, 1)
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		n := 0
		for n < 100<<20 && r.Context().Err() == nil {
			m, err := w.Write(chunk)
			if n += m; err != nil {
				break
			}
		}
		served <- n
	})
	_, err := s.client(t).Company(t.Context(), key, "c1")
	if e := mustFail(t, err); !e.Malformed || !strings.Contains(err.Error(), "8 MiB") {
		t.Errorf("got %+v", e)
	}
	if n := <-served; n > 64<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

// blocking is a transport that never answers.
type blocking struct{}

func (blocking) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestClient_TimeoutOfACall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, sraps.Config{BaseURL: "https://sraps.example/api/v1/", Transport: blocking{}})
		start := time.Now()
		_, err := c.Token(t.Context(), key, key.ID)
		e := mustFail(t, err)
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("took %s", took)
		}
		if !sraps.IsTimeout(err) || !e.Sent || e.Status != 0 {
			t.Errorf("got %+v", e)
		}
	})
}

// The wait for the rate limit is outside of the call's own time, and comes before
// every request: links that are looked up and pages are calls like others.
func TestClient_BeforeEveryRequest(t *testing.T) {
	t.Parallel()
	waits := 0
	w := newWorld(t, srapssim.Options{PageSize: 20})
	c := newClient(t, sraps.Config{BaseURL: w.url + "/api/v1/", AllowPrivate: true, Now: w.clock.Now,
		Before: func(context.Context) error { waits++; return nil }})
	if _, err := c.Settings(t.Context(), w.reseller); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tokens(t.Context(), w.reseller, w.own); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Calls()); n != waits || n < 4 {
		t.Errorf("%d calls, %d waits", n, waits)
	}
	refuse := errors.New("no more")
	c = newClient(t, sraps.Config{BaseURL: w.url + "/api/v1/", AllowPrivate: true,
		Before: func(context.Context) error { return refuse }})
	_, err := c.Token(t.Context(), w.reseller, w.reseller.ID)
	if e := mustFail(t, err); e.Sent || !errors.Is(err, refuse) {
		t.Errorf("got %+v", e)
	}
}

func TestClient_RetryAfter(t *testing.T) {
	t.Parallel()
	now := newClock()
	tests := map[string]time.Duration{
		"7": 7 * time.Second, "": 0, "-3": 0, "soon": 0, "99999999999": 24 * time.Hour,
		now.Now().Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Now().Add(-time.Hour).Format(http.TimeFormat):       0,
	}
	for header, want := range tests {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", header)
			answering(429, `{"detail":"slow down"}`)(w, r)
		})
		told := time.Duration(-1)
		c := newClient(t, sraps.Config{BaseURL: s.URL, AllowPrivate: true, Now: now.Now, Throttled: func(d time.Duration) { told = d }})
		_, err := c.Token(t.Context(), key, key.ID)
		e := mustFail(t, err)
		if told != want {
			t.Errorf("%q: told to wait %s, want %s", header, told, want)
		}
		if !sraps.IsRateLimited(err) || e.RetryAfter != want || e.Message != "slow down" {
			t.Errorf("%q: want %s, got %+v", header, want, e)
		}
	}
}

// What the vendor says may repeat what we sent.
func TestClient_SecretsScrubbedFromMessages(t *testing.T) {
	t.Parallel()
	const token = "QmFzZTY0LXRva2VuLW9mLWFu"
	const provisioning = "https://prov.example/p/" + token + "/{mac}"
	echoes := map[string]string{
		"key secret":           `{"detail":"wrong key ` + key.Secret + `"}`,
		"hidden in controls":   `{"detail":"hush-hush-\u00000123456\u200b789abcdef"}`,
		"the URL":              `{"settings_manager":["no URL: ` + provisioning + `"]}`,
		"the URL, encoded":     `{"error":{"value":"https://prov.example/p/` + token + `/%7Bmac%7D"}}`,
		"the token":            `{"message":"` + token + ` is strange"}`,
		"the token, lower":     `{"message":"` + strings.ToLower(token) + ` is strange"}`,
		"not JSON":             provisioning + " " + key.Secret,
		"as the name of field": `{"` + token + `":["unknown"]}`,
	}
	o := sraps.Object{}
	o.Set("settings_manager", map[string]any{"50a4": map[string]string{"value": provisioning}})
	for name, echo := range echoes {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut {
				answering(400, echo)(w, r)
				return
			}
			answering(200, `{"uuid":"c1"}`)(w, r)
		})
		err := s.client(t).PutEndpoint(t.Context(), key, "c1", "000413A11FA7", o)
		e := mustFail(t, err)
		if e.Status != 400 || e.Message == "" {
			t.Errorf("%s: got %+v", name, e)
		}
		for _, secret := range []string{key.Secret, token, strings.ToLower(token)} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// ZEROTOUCH_VENDOR_PROXY is used, what the environment says is not.
func TestClient_Proxy(t *testing.T) {
	proxy := newService(t, answering(200, `{"id":"ck_1"}`))
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	s := newService(t, answering(200, `{"id":"ck_1"}`))
	if _, err := s.client(t).Token(t.Context(), key, "ck_1"); err != nil || len(s.got()) != 1 || len(proxy.got()) != 0 {
		t.Errorf("environment: %v, %d direct, %d by proxy", err, len(s.got()), len(proxy.got()))
	}
	u, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, sraps.Config{BaseURL: "http://sraps.invalid/api/v1/", AllowPrivate: true, Proxy: u})
	if _, err := c.Token(t.Context(), key, "ck_1"); err != nil {
		t.Fatal(err)
	}
	got := proxy.got()
	if len(got) != 1 || got[0].Host != "sraps.invalid" {
		t.Errorf("the proxy got %v", got)
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	var o sraps.Object
	const body = `{"uuid":"u","id":7,"name":"n","on":true,"off":"false","yes":"true","links":{"self":"s","provisioning_profiles":"p","n":null},
		"created":"x","company":"c","extra":{"kept":[1,2]},"nothing":null}`
	if err := sraps.Decode([]byte(body), &o); err != nil {
		t.Fatal(err)
	}
	got := []any{
		o.Text("uuid"), o.Text("id"), o.Text("absent"), o.Bool("on"), o.Bool("off"), o.Bool("yes"), o.Bool("absent"),
		o.Link("self"), o.Link("provisioning-profiles", "provisioning_profiles"), o.Link("n"), o.Link("absent"),
	}
	want := []any{"u", "", "", true, false, true, false, "s", "p", "", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w := o.Writable()
	if diff := cmp.Diff([]any{"", "", "", "n", `{"kept":[1,2]}`}, []any{
		w.Text("uuid"), w.Text("created"), w.Text("company"), w.Text("name"), string(w["extra"])}); diff != "" {
		t.Errorf("writable (-want +got):\n%s", diff)
	}
	if w.Link("self") != "" || o.Text("uuid") != "u" {
		t.Errorf("links are written back, or the original was changed")
	}
}
