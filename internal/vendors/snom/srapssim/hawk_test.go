package srapssim_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

// The public vectors of the Hawk specification.
func TestHawkVectors(t *testing.T) {
	t.Parallel()
	const key, ts, nonce, ext = "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn", "1353832234", "j4h3g2", "some-app-ext-data"
	hash := srapssim.PayloadHash("text/plain", []byte("Thank you for flying Hawk"))
	same(t, "payload hash", "Yi9LfIIFRtBEPt74PVmbTF/xVAwPn7ub15ePICfgnuY=", hash)
	same(t, "payload hash with parameters", hash, srapssim.PayloadHash("Text/Plain; charset=utf-8", []byte("Thank you for flying Hawk")))
	same(t, "empty payload", "B0weSUXsMcb5UhL41FZbrUJCAotzSI3HawE1NPLRUz8=", srapssim.PayloadHash("", nil))
	same(t, "GET", "6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE=",
		srapssim.RequestMAC(key, "GET", "/resource/1?b=1&a=2", "example.com", "8000", ts, nonce, "", ext))
	same(t, "POST", "aSe1DERmZuRl3pI36/9BdZmnErTw3sNzOOAUlfeKjVw=",
		srapssim.RequestMAC(key, "POST", "/resource/1?b=1&a=2", "example.com", "8000", ts, nonce, hash, ext))
	same(t, "tsm", "2mw1eh/qXzl0wJZ/E6XvBhRMEJN7L3j8AyMA8eItEb0=", srapssim.TimestampMAC(key, ts))
}

// Every way of signing that a client of the real service uses.
func TestHawkAcceptsRealClients(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	company, platform := v.child("acme")
	for name, s := range map[string]style{"HashWithBody": hashBody, "HashAlways": hashAlways, "HashNever": hashNever} {
		c := platform
		c.style = s
		t.Run(name, func(t *testing.T) {
			v.must(200, c, "GET", "tokens/"+c.id, "")
			if r := v.call(c, "PUT", v.below(company, "endpoints/000413A11FA7"), redirect("000413a11fa7", "https://a.example/")); r.status > 201 {
				t.Errorf("PUT: %d %s", r.status, r.body)
			}
			v.must(200, c, "GET", "settings/?page_size=3", "")
		})
	}
	req := v.request(platform, "GET", "tokens/"+platform.id, "")
	req.Header.Set("Accept", "application/json; version=v1")
	same(t, "versioned Accept", 200, v.send(req).status)
}

func TestHawkRefuses(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	attr := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			h := r.Header.Get("Authorization")
			r.Header.Set("Authorization", regexp.MustCompile(name+`="[^"]*"(, )?`).ReplaceAllString(h, value))
		}
	}
	rows := []struct {
		name, challenge string
		status          int
		spoil           func(*http.Request)
	}{
		{"NoHeader", `Hawk`, 401, func(r *http.Request) { r.Header.Del("Authorization") }},
		{"OtherScheme", `Hawk error="Invalid header syntax"`, 400, func(r *http.Request) { r.Header.Set("Authorization", "Basic Zm9v") }},
		{"Garbage", `Hawk error="Bad header format"`, 400, func(r *http.Request) { r.Header.Set("Authorization", "Hawk what") }},
		{"MissingNonce", `Hawk error="Missing attributes"`, 400, attr("nonce", "")},
		{"UnknownAttribute", `Hawk error="Unknown attribute: foo"`, 400, attr("nonce", `foo="1", `)},
		{"DuplicateAttribute", `Hawk error="Duplicate attribute: ts"`, 400, attr("nonce", `ts="1", `)},
		{"UnknownID", `Hawk error="Unknown credentials"`, 401, attr("id", `id="ck_none", `)},
		{"OtherNonce", `Hawk error="Bad mac"`, 401, attr("nonce", `nonce="other", `)},
		{"OtherQuery", `Hawk error="Bad mac"`, 401, func(r *http.Request) { r.URL.RawQuery = "x=1" }},
		{"OtherHost", `Hawk error="Bad mac"`, 401, func(r *http.Request) { r.Host = "api.example.com" }},
		{"OtherMethod", `Hawk error="Bad mac"`, 401, func(r *http.Request) { r.Method = "PUT" }},
		{"OtherContentType", `Hawk error="Bad payload hash"`, 401, func(r *http.Request) { r.Header.Set("Content-Type", "text/json") }},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			req := v.request(v.reseller, "POST", v.below(v.company, "companies/"), `{"name":"a","country":"DE","city":"B"}`)
			row.spoil(req)
			r := v.send(req)
			same(t, "status", row.status, r.status)
			same(t, "challenge", row.challenge, r.header.Get("WWW-Authenticate"))
		})
	}
	same(t, "companies made", 0, len(v.Companies(v.company)))
}

func TestHawkReplay(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	req := v.request(v.reseller, "GET", "product-groups/", "")
	same(t, "first", 200, v.send(req).status)
	again := v.send(req)
	same(t, "again", 401, again.status)
	same(t, "challenge", `Hawk error="Invalid nonce"`, again.header.Get("WWW-Authenticate"))
}

func TestHawkStale(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	rows := []struct {
		off    time.Duration
		status int
	}{{-61 * time.Second, 401}, {-60 * time.Second, 200}, {60 * time.Second, 200}, {61 * time.Second, 401}}
	for _, row := range rows {
		req := v.request(v.reseller, "GET", "product-groups/", "")
		v.reseller.sign(req, "", v.clock.Now().Add(row.off))
		r := v.send(req)
		same(t, row.off.String(), row.status, r.status)
		same(t, "Date", v.clock.Now().Format(http.TimeFormat), r.header.Get("Date"))
		if row.status == 401 {
			ts := fmt.Sprint(v.clock.Now().Unix())
			want := fmt.Sprintf(`Hawk ts="%s", tsm="%s", error="Stale timestamp"`, ts, sum(v.reseller.secret, "hawk.1.ts\n"+ts+"\n"))
			same(t, "challenge", want, r.header.Get("WWW-Authenticate"))
		}
	}
	plain := start(t, srapssim.Options{NoStaleAnswer: true})
	req := plain.request(plain.reseller, "GET", "product-groups/", "")
	plain.reseller.sign(req, "", plain.clock.Now().Add(time.Hour))
	same(t, "without ts", "Hawk", plain.send(req).header.Get("WWW-Authenticate"))
}

// The answer proves itself over the request's ts and nonce and its own body.
func TestServerAuthorization(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	req := v.request(v.reseller, "GET", "tokens/"+v.reseller.id, "")
	sent := req.Header.Get("Authorization")
	r := v.send(req)
	value := func(name string) string {
		return regexp.MustCompile(name + `="([^"]*)"`).FindStringSubmatch(sent)[1]
	}
	hash := bodyHash("application/json", string(r.body))
	mac := sum(v.reseller.secret, strings.Join([]string{"hawk.1.response", value("ts"), value("nonce"), "GET",
		req.URL.RequestURI(), req.URL.Hostname(), req.URL.Port(), hash, "", ""}, "\n"))
	same(t, "Server-Authorization", fmt.Sprintf(`Hawk mac="%s", hash="%s"`, mac, hash), r.header.Get("Server-Authorization"))

	off := start(t, srapssim.Options{NoServerAuth: true})
	same(t, "switched off", "", off.must(200, off.reseller, "GET", "tokens/"+off.reseller.id, "").header.Get("Server-Authorization"))
}

// A revoked or disabled key is refused at once, a new one may take a while.
func TestKeyLife(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{KeyDelay: 10 * time.Second})
	company, c := v.child("acme")
	v.must(401, c, "GET", "tokens/"+c.id, "")
	v.clock.Advance(10 * time.Second)
	v.must(200, c, "GET", "tokens/"+c.id, "")
	v.must(201, c, "PUT", v.below(company, "endpoints/000413000001"), redirect("000413000001", "https://a.example/"))

	v.must(204, v.reseller, "DELETE", "tokens/"+c.id, "")
	v.must(401, c, "GET", "tokens/"+c.id, "")
	v.must(404, v.reseller, "DELETE", "tokens/"+c.id, "")
	same(t, "endpoints left alone", 1, len(v.Endpoints(company)))

	id, secret := v.AddKey(company, "portal", srapssim.DefaultRole)
	portal := cred{id: id, secret: secret}
	v.must(200, portal, "GET", "tokens/"+id, "")
	v.DisableKey(id)
	v.must(401, portal, "GET", "tokens/"+id, "")
	same(t, "still listed", 1, len(v.must(200, v.reseller, "GET", v.below(company, "tokens/"), "").array(t)))
}

// The replay memory forgets what is too old to matter, and nothing younger.
func TestReplayMemory(t *testing.T) {
	t.Parallel()
	v := start(t, srapssim.Options{})
	handler := v.Handler()
	serve := func(req *http.Request) int {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, req)
		return w.Code
	}
	var reqs []*http.Request
	for range 3000 {
		v.clock.Advance(100 * time.Millisecond)
		req := v.request(v.reseller, "GET", "product-groups/", "")
		same(t, "first", 200, serve(req))
		reqs = append(reqs, req)
	}
	for _, req := range reqs[len(reqs)-500:] { // 50 s: still in the window
		same(t, "again", 401, serve(req))
	}
	same(t, "too old in any case", 401, serve(reqs[0]))
}
