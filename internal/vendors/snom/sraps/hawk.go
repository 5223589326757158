package sraps

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// hawk signs requests by the Hawk scheme (the mozilla/hawk API document): SHA-256,
// a payload hash on every request with a body, none without. When the server calls
// our timestamp stale and proves its own clock, the request is signed once more
// with that host's offset, and without one that is over; that is the only repetition.
// The request's body must be replayable (GetBody).
type hawk struct {
	key     Key
	base    http.RoundTripper
	offsets *offsets
	now     func() time.Time
}

// offsets are the clock offsets learnt per host.
type offsets struct {
	mu sync.Mutex
	m  map[string]time.Duration
}

func (o *offsets) get(host string) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.m[host]
}

func (o *offsets) set(host string, d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.m == nil {
		o.m = map[string]time.Duration{}
	}
	o.m[host] = d
}

// errForged is returned when an answer carries a Server-Authorization that does
// not verify. The header is optional; a wrong one is not.
var errForged = errors.New("the answer's Server-Authorization does not verify")

// RoundTrip implements http.RoundTripper.
func (h *hawk) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer func() { _ = req.Body.Close() }() // what is sent comes from GetBody
	}
	res, sent, err := h.once(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusUnauthorized && h.corrects(req.URL.Host, res.Header) {
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<16))
		_ = res.Body.Close()
		if res, sent, err = h.once(req); err != nil {
			return nil, err
		}
	}
	return h.verified(res, sent)
}

// corrects takes from a refusal how far the host's clock is from ours, and reports whether
// it has learnt that.
func (h *hawk) corrects(host string, refusal http.Header) bool {
	if server, ok := staleTimestamp(refusal.Values("WWW-Authenticate"), h.key); ok {
		h.offsets.set(host, server.Sub(h.now()).Truncate(time.Second))
		return true
	}
	// By a key that has ended no host proves its clock. An offset of when ours was wrong
	// would be kept for ever then, and the key's end be taken for a clock that is off.
	at, err := http.ParseTime(refusal.Get("Date"))
	ours := at.Sub(h.now())
	over := err == nil && ours.Abs() <= maxSkew && (ours-h.offsets.get(host)).Abs() > maxSkew
	if over {
		h.offsets.set(host, 0)
	}
	return over
}

// once signs and sends a copy of the request under a new nonce.
func (h *hawk) once(req *http.Request) (*http.Response, artifacts, error) {
	var body []byte
	r := req.Clone(req.Context())
	if req.Body != nil && req.Body != http.NoBody && req.GetBody == nil {
		return nil, artifacts{}, errors.New("the body can't be read twice")
	}
	if req.GetBody != nil {
		rc, err := req.GetBody()
		if err != nil {
			return nil, artifacts{}, err
		}
		if body, err = io.ReadAll(rc); err != nil {
			return nil, artifacts{}, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	a := artifacts{
		ts:     strconv.FormatInt(h.now().Add(h.offsets.get(req.URL.Host)).Unix(), 10),
		nonce:  newNonce(),
		method: r.Method, url: r.URL,
	}
	if len(body) > 0 {
		a.hash = payloadHash(r.Header.Get("Content-Type"), body)
	}
	r.Header.Set("Authorization", a.header(h.key))
	res, err := h.base.RoundTrip(r)
	return res, a, err
}

func newNonce() string {
	var b [15]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// artifacts are the parts of a request that are signed.
type artifacts struct {
	ts, nonce, method, hash, ext string
	url                          *url.URL
}

// header is the value of Authorization.
func (a artifacts) header(k Key) string {
	s := `Hawk id="` + k.ID + `", ts="` + a.ts + `", nonce="` + a.nonce + `"`
	if a.hash != "" {
		s += `, hash="` + a.hash + `"`
	}
	if a.ext != "" {
		s += `, ext="` + escapeExt(a.ext, `"`) + `"`
	}
	return s + `, mac="` + a.mac("header", k) + `"`
}

// mac signs the normalised string of the given kind, "header" or "response".
func (a artifacts) mac(kind string, k Key) string {
	host, port := a.url.Hostname(), portOf(a.url)
	if strings.Contains(host, ":") {
		host = "[" + host + "]" // as the reference server reads it
	}
	lines := []string{
		"hawk.1." + kind, a.ts, a.nonce, strings.ToUpper(a.method), a.url.RequestURI(),
		strings.ToLower(host), port, a.hash, escapeExt(a.ext, ""),
	}
	return sign(k, strings.Join(lines, "\n")+"\n")
}

// escapeExt escapes what would end the value: backslash and newline in the
// normalised string, and quote in the header.
func escapeExt(s, quote string) string {
	if quote != "" {
		return strings.NewReplacer(`\`, `\\`, quote, `\`+quote).Replace(s)
	}
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(s)
}

func sign(k Key, text string) string {
	m := hmac.New(sha256.New, []byte(k.Secret))
	m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// payloadHash hashes a body with its content type, lower case, without parameters.
func payloadHash(contentType string, body []byte) string {
	t, _, _ := strings.Cut(contentType, ";")
	h := sha256.New()
	h.Write([]byte("hawk.1.payload\n" + strings.ToLower(strings.TrimSpace(t)) + "\n"))
	h.Write(body)
	h.Write([]byte("\n"))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

var attribute = regexp.MustCompile(`([a-zA-Z]+)="((?:[^"\\]|\\.)*)"`)

// attributes reads the quoted attributes of a Hawk header; nil for other schemes.
func attributes(header string) map[string]string {
	scheme, rest, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Hawk") {
		return nil
	}
	out := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(rest, -1) {
		out[strings.ToLower(m[1])] = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(m[2])
	}
	return out
}

// staleTimestamp returns the server's time when a challenge proves it with our
// key: tsm signs "hawk.1.ts\n<ts>\n" (reference implementation).
func staleTimestamp(challenges []string, k Key) (time.Time, bool) {
	for _, challenge := range challenges {
		a := attributes(challenge)
		if a["ts"] == "" || a["tsm"] == "" || !equal(a["tsm"], sign(k, "hawk.1.ts\n"+a["ts"]+"\n")) {
			continue
		}
		if secs, err := strconv.ParseInt(a["ts"], 10, 64); err == nil && secs > 0 && secs < 1<<40 {
			return time.Unix(secs, 0), true
		}
	}
	return time.Time{}, false
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// verified checks Server-Authorization where there is one. The payload hash in it
// is checked only when present; the body is then read here.
func (h *hawk) verified(res *http.Response, sent artifacts) (*http.Response, error) {
	header := res.Header.Get("Server-Authorization")
	if header == "" {
		return res, nil
	}
	a := attributes(header)
	answer := sent
	answer.hash, answer.ext = a["hash"], a["ext"]
	if a == nil || !equal(a["mac"], answer.mac("response", h.key)) {
		_ = res.Body.Close()
		return nil, errForged
	}
	if a["hash"] == "" {
		return res, nil
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	if len(body) <= maxAnswer && !equal(a["hash"], payloadHash(res.Header.Get("Content-Type"), body)) {
		return nil, errForged
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}
