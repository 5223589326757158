package srapssim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// hawkWindow is how far a timestamp may be off (Hawk's default; SRAPS's own
// window is unknown).
const hawkWindow = 60 * time.Second

// hawkHeader holds the attributes of an Authorization header. Their order is
// free (client code in production: one client sends mac first).
type hawkHeader struct{ id, ts, nonce, hash, ext, mac, app, dlg string }

var (
	hawkScheme    = regexp.MustCompile(`(?i)^hawk(?:\s+(.*))?$`)
	hawkAttribute = regexp.MustCompile(`^(\w+)="([^"\\]*)"\s*(?:,\s*|$)`)
	hawkValue     = regexp.MustCompile("^[ \\w!#$%&'()*+,\\-./:;<=>?@\\[\\]^`{|}~]*$")
)

// parseHawk reads an Authorization header as the reference implementation does
// (Hawk); its complaint is the text for error="…".
func parseHawk(header string) (hawkHeader, string) {
	var h hawkHeader
	m := hawkScheme.FindStringSubmatch(header)
	if m == nil || len(header) > 4096 {
		return h, "Invalid header syntax"
	}
	fields := map[string]*string{"id": &h.id, "ts": &h.ts, "nonce": &h.nonce, "hash": &h.hash,
		"ext": &h.ext, "mac": &h.mac, "app": &h.app, "dlg": &h.dlg}
	seen := map[string]bool{}
	for rest := strings.TrimSpace(m[1]); rest != ""; {
		a := hawkAttribute.FindStringSubmatch(rest)
		switch {
		case a == nil:
			return h, "Bad header format"
		case fields[a[1]] == nil:
			return h, "Unknown attribute: " + a[1]
		case seen[a[1]]:
			return h, "Duplicate attribute: " + a[1]
		case !hawkValue.MatchString(a[2]):
			return h, "Bad attribute value: " + a[1]
		}
		seen[a[1]] = true
		*fields[a[1]] = a[2]
		rest = rest[len(a[0]):]
	}
	return h, ""
}

// signed are the parts of a request that its MAC covers.
type signed struct {
	hawkHeader
	method, resource, host, port string
}

// mac computes a Hawk MAC. kind is "header" for requests and "response" for
// Server-Authorization. The key is used as raw bytes, never hex-decoded
// (client code in production).
func (s signed) sum(kind, secret string) string {
	ext := strings.ReplaceAll(strings.ReplaceAll(s.ext, `\`, `\\`), "\n", `\n`)
	text := strings.Join([]string{"hawk.1." + kind, s.ts, s.nonce, strings.ToUpper(s.method), s.resource,
		strings.ToLower(s.host), s.port, s.hash, ext, ""}, "\n")
	if s.app != "" {
		text += s.app + "\n" + s.dlg + "\n"
	}
	return hmacBase64(secret, text)
}

// payloadHash covers a body and its content type without parameters (Hawk).
func payloadHash(contentType string, body []byte) string {
	mediaType, _, _ := strings.Cut(contentType, ";")
	h := sha256.New()
	_, _ = fmt.Fprintf(h, "hawk.1.payload\n%s\n", strings.ToLower(strings.TrimSpace(mediaType)))
	_, _ = h.Write(body)
	_, _ = h.Write([]byte("\n"))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// timestampMAC lets a client trust the clock in a 401 (Hawk).
func timestampMAC(secret, ts string) string { return hmacBase64(secret, "hawk.1.ts\n"+ts+"\n") }

func hmacBase64(secret, text string) string {
	m := hmac.New(sha256.New, []byte(secret))
	_, _ = m.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// signedParts takes host and port from the Host header, because that is what
// the client signed (Hawk); without a port it is the scheme's.
func signedParts(r *http.Request, h hawkHeader) signed {
	s := signed{hawkHeader: h, method: r.Method, resource: r.RequestURI, host: r.Host, port: "80"}
	if !strings.HasPrefix(s.resource, "/") { // absolute form, or served without a connection
		s.resource = r.URL.RequestURI()
	}
	if r.TLS != nil || r.URL.Scheme == "https" {
		s.port = "443"
	}
	if host, port, err := net.SplitHostPort(r.Host); err == nil {
		s.host, s.port = host, port
		if strings.Contains(host, ":") {
			s.host = "[" + host + "]"
		}
	}
	return s
}

// caller is who an authenticated request comes from.
type caller struct {
	key    key
	signed signed
}

// authenticate verifies the request in the order of the reference
// implementation (Hawk): syntax and missing attributes 400, unknown id, bad
// MAC, bad payload hash, replayed nonce, stale timestamp 401. The payload hash
// is optional (Snom wiki) and, when present, must match.
func (s *Server) authenticate(r *http.Request, body []byte) (caller, *answer) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return caller{}, unauthorized("Hawk", "Authentication credentials were not provided.")
	}
	h, complaint := parseHawk(header)
	if complaint != "" {
		return caller{}, malformedHawk(complaint)
	}
	if h.id == "" || h.ts == "" || h.nonce == "" || h.mac == "" {
		return caller{}, malformedHawk("Missing attributes")
	}
	k, ok := s.liveKey(h.id)
	if !ok {
		return caller{}, refusedHawk("Unknown credentials")
	}
	parts := signedParts(r, h)
	if !equal(parts.sum("header", k.secret), h.mac) {
		return caller{}, refusedHawk("Bad mac")
	}
	if h.hash != "" && !equal(payloadHash(r.Header.Get("Content-Type"), body), h.hash) {
		return caller{}, refusedHawk("Bad payload hash")
	}
	if !s.nonces.fresh(h.id+"\x00"+h.ts+"\x00"+h.nonce, s.opts.Now()) {
		return caller{}, refusedHawk("Invalid nonce")
	}
	if s.stale(h.ts) {
		return caller{}, s.staleAnswer(k.secret)
	}
	return caller{key: k, signed: parts}, nil
}

// liveKey finds a key that may be used now. A deleted or disabled key is
// unknown at once; a new one only after Options.KeyDelay (assumed).
func (s *Server) liveKey(id string) (key, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.state.key(id)
	if !ok || k.disabled {
		return key{}, false
	}
	if !k.fromStart && s.opts.Now().Before(k.created.Add(s.opts.KeyDelay)) {
		return key{}, false
	}
	return k, true
}

func (s *Server) stale(ts string) bool {
	seconds, err := strconv.ParseInt(ts, 10, 64)
	if err != nil {
		return true
	}
	off := s.opts.Now().Sub(time.Unix(seconds, 0))
	return off > hawkWindow || off < -hawkWindow
}

func (s *Server) staleAnswer(secret string) *answer {
	if s.opts.NoStaleAnswer {
		return unauthorized("Hawk", "Hawk authentication failed: The token has expired.")
	}
	now := strconv.FormatInt(s.opts.Now().Unix(), 10)
	return unauthorized(fmt.Sprintf(`Hawk ts="%s", tsm="%s", error="Stale timestamp"`, now, timestampMAC(secret, now)),
		"Hawk authentication failed: The token has expired.")
}

func malformedHawk(complaint string) *answer {
	a := detail(http.StatusBadRequest, "Hawk authentication failed: The request header was malformed")
	a.header.Set("WWW-Authenticate", fmt.Sprintf(`Hawk error="%s"`, strings.ReplaceAll(complaint, `"`, "")))
	return a
}

func refusedHawk(complaint string) *answer {
	return unauthorized(fmt.Sprintf(`Hawk error="%s"`, complaint), "Hawk authentication failed")
}

// unauthorized answers as the Hawk plug-in of Django REST framework does
// (assumed to be what SRAPS runs on).
func unauthorized(challenge, text string) *answer {
	a := detail(http.StatusUnauthorized, text)
	a.header.Set("WWW-Authenticate", challenge)
	return a
}

// serverAuthorization proves the answer to the caller (Hawk; whether SRAPS
// sends it is unknown).
func (c caller) serverAuthorization(contentType string, body []byte) string {
	s := c.signed
	s.hash, s.ext = payloadHash(contentType, body), ""
	return fmt.Sprintf(`Hawk mac="%s", hash="%s"`, s.sum("response", c.key.secret), s.hash)
}

func equal(a, b string) bool { return hmac.Equal([]byte(a), []byte(b)) }

// nonces remembers what was used. It forgets what the timestamp check refuses
// anyway.
type nonces struct {
	mu    sync.Mutex
	used  map[string]time.Time
	sweep int // size at which old entries are looked for
}

// fresh reports whether the nonce is new, and takes it.
func (n *nonces) fresh(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, used := n.used[nonce]; used {
		return false
	}
	if n.used == nil {
		n.used = map[string]time.Time{}
	}
	if len(n.used) >= max(n.sweep, 1024) {
		for old, at := range n.used {
			if now.Sub(at) > 3*hawkWindow {
				delete(n.used, old)
			}
		}
		n.sweep = 2 * len(n.used)
	}
	n.used[nonce] = now
	return true
}

func (n *nonces) clear() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.used = nil
	n.sweep = 0
}
