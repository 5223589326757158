package srapssim_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

// clock is the simulator's time; tests move it by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// vendor is a running simulator with the key of its first reseller.
type vendor struct {
	*srapssim.Server
	t        *testing.T
	url      string
	clock    *clock
	reseller cred
	company  string // the reseller's
}

// cred signs in one of the ways that clients sign.
type cred struct {
	id, secret string
	style      style
}

type style int

const (
	hashBody   style = iota // payload hash where there is a body
	hashAlways              // also on an empty GET, with an empty content type
	hashNever
)

func start(t *testing.T, opts srapssim.Options) *vendor {
	t.Helper()
	c := &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	opts.Now = c.Now
	sim := srapssim.New(opts)
	listener := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { listener.Close(); sim.Close() })
	account := sim.Resellers()[0]
	return &vendor{Server: sim, t: t, url: listener.URL, clock: c, company: account.CompanyID,
		reseller: cred{id: account.KeyID, secret: sim.SecretOf(account.KeyID)}}
}

// reply is an answer read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// object decodes a JSON object.
func (r reply) object(t *testing.T) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(r.body, &m); err != nil {
		t.Fatalf("body %q: %v", r.body, err)
	}
	return m
}

func (r reply) array(t *testing.T) []map[string]any {
	t.Helper()
	var a []map[string]any
	if err := json.Unmarshal(r.body, &a); err != nil {
		t.Fatalf("body %.80q: %v", r.body, err)
	}
	return a
}

// sum is the little signer of these tests; it shares nothing with the package.
func sum(secret, text string) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

func bodyHash(contentType, body string) string {
	h := sha256.Sum256([]byte("hawk.1.payload\n" + contentType + "\n" + body + "\n"))
	return base64.StdEncoding.EncodeToString(h[:])
}

func newNonce() string {
	var raw [8]byte
	_, _ = rand.Read(raw[:])
	return hex.EncodeToString(raw[:])
}

// sign sets the Authorization header the way the credential does.
func (c cred) sign(req *http.Request, body string, at time.Time) {
	u := req.URL
	hash := ""
	if c.style == hashAlways || c.style == hashBody && body != "" {
		hash = bodyHash(strings.Split(req.Header.Get("Content-Type"), ";")[0], body)
	}
	ts, nonce := fmt.Sprint(at.Unix()), newNonce()
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	mac := sum(c.secret, strings.Join([]string{"hawk.1.header", ts, nonce, req.Method, u.RequestURI(), u.Hostname(), port, hash, "", ""}, "\n"))
	attrs := []string{`mac="` + mac + `"`, `ts="` + ts + `"`, `id="` + c.id + `"`, `nonce="` + nonce + `"`}
	if hash != "" {
		attrs = append(attrs, `hash="`+hash+`"`)
	}
	req.Header.Set("Authorization", "Hawk "+strings.Join(attrs, ", "))
}

// request makes a signed request; the path is relative to the API or a URL.
func (v *vendor) request(c cred, method, path, body string) *http.Request {
	v.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = v.url + "/api/v1/" + path
	}
	req, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	c.sign(req, body, v.clock.Now())
	return req
}

// try sends a request on a connection of its own, so that the transport never
// repeats it by itself.
func (v *vendor) try(req *http.Request) (reply, error) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, body}, err
}

func (v *vendor) send(req *http.Request) reply {
	v.t.Helper()
	r, err := v.try(req)
	if err != nil {
		v.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return r
}

func (v *vendor) call(c cred, method, path, body string) reply {
	v.t.Helper()
	return v.send(v.request(c, method, path, body))
}

// must is a call that has to end with the given status.
func (v *vendor) must(status int, c cred, method, path, body string) reply {
	v.t.Helper()
	r := v.call(c, method, path, body)
	if r.status != status {
		v.t.Fatalf("%s %s: status %d, want %d; body %.200s", method, path, r.status, status, r.body)
	}
	return r
}

// child makes a company and a key in it, by the API.
func (v *vendor) child(name string) (company string, c cred) {
	v.t.Helper()
	made := v.must(201, v.reseller, "POST", v.below(v.company, "companies/"), asJSON(map[string]any{"name": name, "country": "DE", "city": "Berlin"}))
	company = made.object(v.t)["uuid"].(string)
	return company, v.newKey(company, srapssim.DefaultRole)
}

// newKey makes a key by the API; no role for "".
func (v *vendor) newKey(company, role string) cred {
	v.t.Helper()
	body := map[string]any{"name": "k", "role": nil}
	if role != "" {
		body["role"] = v.Role(role)
	}
	made := v.must(201, v.reseller, "POST", v.below(company, "tokens/"), asJSON(body)).object(v.t)
	return cred{id: made["id"].(string), secret: made["key"].(string)}
}

func (v *vendor) below(company, rest string) string { return "companies/" + company + "/" + rest }

// redirect is the body of an endpoint that is sent to a URL.
func redirect(mac, to string) string {
	return asJSON(map[string]any{"mac": mac, "autoprovisioning_enabled": true, "settings_manager": map[string]any{
		srapssim.DeskSettingServerID: map[string]any{"value": to, "attrs": map[string]string{"perm": "RW"}}}})
}

func asJSON(value any) string {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(value); err != nil {
		panic(err)
	}
	return b.String()
}

// nextLink returns the target of rel="next", or "".
func nextLink(t *testing.T, h http.Header) string {
	t.Helper()
	for _, part := range strings.Split(h.Get("Link"), ", ") {
		target, ok := strings.CutSuffix(part, `>; rel="next"`)
		if !ok {
			continue
		}
		target = strings.TrimPrefix(target, "<")
		if _, err := url.Parse(target); err != nil {
			t.Fatal(err)
		}
		return target
	}
	return ""
}

func same[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
