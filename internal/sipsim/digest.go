package sipsim

import (
	"crypto/md5" //nolint:gosec // RFC 2617
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Ask is one who asks for the digest of User and Password: the proxy, one behind it, or the
// phone's side.
type Ask struct {
	// Realm is `sim, "x"` when empty.
	Realm string
	// Authorize: by 401, else by 407.
	Authorize bool
	// Algorithms are those offered, in this order; MD5 alone when nil. Those that nobody
	// knows can be among them.
	Algorithms []string
	// NoQOP asks as RFC 2069 did.
	NoQOP bool
	// Stale is how many right answers are told that their nonce is too old.
	Stale int
}

func (a Ask) realm() string {
	if a.Realm == "" {
		return `sim, "x"`
	}
	return a.Realm
}

func (a Ask) algorithms() []string {
	if a.Algorithms == nil {
		return []string{"MD5"}
	}
	return a.Algorithms
}

// asked is the challenge to a request which has not answered everybody; 0 for one that has.
// The first who was not answered speaks, and with Together those behind who do it alike.
func (s *Server) asked(r Request) (status int, header string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.User == "" {
		return 0, ""
	}
	asks := s.Asks
	if asks == nil {
		asks = make([]Ask, 1)
	}
	if s.stale == nil {
		s.stale = map[int]int{}
	}
	for n, a := range asks {
		stale := false
		if s.signed(r, n, a) {
			if s.stale[n] >= a.Stale {
				continue
			}
			stale = true
			s.stale[n]++
		}
		is := 407
		if a.Authorize {
			is = 401
		}
		if status == 0 || s.Together && is == status {
			status, header = is, header+s.challenge(n, a, is, stale)
		}
	}
	return status, header
}

func (s *Server) challenge(n int, a Ask, status int, stale bool) (lines string) {
	name := map[int]string{401: "WWW-Authenticate", 407: "Proxy-Authenticate"}[status]
	for _, algorithm := range a.algorithms() {
		lines += fmt.Sprintf(`%s: Digest realm=%s, nonce="%s", opaque="o", stale=%t`, name, quoted(a.realm()), s.nonce(n), stale)
		if !a.NoQOP {
			lines += `, qop="auth,auth-int"`
		}
		if algorithm != "" {
			lines += ", algorithm=" + algorithm
		}
		lines += "\r\n"
	}
	return lines
}

// nonce is a new one after each that was too old.
func (s *Server) nonce(n int) string { return fmt.Sprintf("n0nce-%d-%d", n, s.stale[n]) }

func quoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

var digestPart = regexp.MustCompile(`(\w+)=("(?:[^"\\]|\\.)*"|[^",\s]+)`)

// signed checks the answer to a challenge (RFC 7616, section 3.4.1; RFC 2617, 3.2.2 without a
// qop), which has a header line of its own.
func (s *Server) signed(r Request, n int, a Ask) bool {
	name := "Proxy-Authorization"
	if a.Authorize {
		name = "Authorization"
	}
	return slices.ContainsFunc(r.Header[name], func(text string) bool {
		p := map[string]string{}
		for _, m := range digestPart.FindAllStringSubmatch(text, -1) {
			value := m[2]
			if strings.HasPrefix(value, `"`) {
				value = strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(value[1 : len(value)-1])
			}
			p[m[1]] = value
		}
		return p["username"] == s.User && p["realm"] == a.realm() && p["nonce"] == s.nonce(n) && p["uri"] == r.URI && p["opaque"] == "o" &&
			slices.Contains(a.algorithms(), p["algorithm"]) && p["response"] == s.response(a, p, r.URI)
	})
}

func (s *Server) response(a Ask, p map[string]string, uri string) string {
	name, sess := strings.CutSuffix(p["algorithm"], "-sess")
	sum := func(parts ...string) string {
		text := []byte(strings.Join(parts, ":"))
		if name == "SHA-256" {
			d := sha256.Sum256(text)
			return hex.EncodeToString(d[:])
		}
		d := md5.Sum(text) //nolint:gosec // RFC 2617
		return hex.EncodeToString(d[:])
	}
	a1 := sum(s.User, a.realm(), s.Password)
	if sess {
		a1 = sum(a1, p["nonce"], p["cnonce"])
	}
	if a.NoQOP {
		return sum(a1, p["nonce"], sum("NOTIFY", uri))
	}
	return sum(a1, p["nonce"], p["nc"], p["cnonce"], "auth", sum("NOTIFY", uri))
}
