package sipnotify

import (
	"crypto/md5" //nolint:gosec // what RFC 2617 has, and most proxies ask for
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
)

// hashes are the algorithms of RFC 7616 and, without a name, RFC 2617.
var hashes = map[string]func() hash.Hash{"": md5.New, "MD5": md5.New, "SHA-256": sha256.New, "SHA-512-256": sha512.New512_256}

// credential is the answer to a challenge, as it goes into a header of that name.
type credential struct{ header, realm, nonce, text string }

// answer adds to those given before what the challenges of an answer want. RFC 3261 (section
// 22.3) wants one for each realm; of several for the same, the first whose algorithm is known
// counts (RFC 8760: what is liked best comes first). To ask again after an answer means that it
// was refused, unless it says that the nonce was too old.
func (c *Client) answer(given []credential, r response, uri string) ([]credential, error) {
	if c.cfg.User == "" || c.cfg.Password.IsZero() {
		return nil, errors.New("it asks for a user and a password, and none is configured")
	}
	header := map[int]string{401: "Authorization", 407: "Proxy-Authorization"}[r.status]
	why, answered := errors.New("it asks for no digest that is known here"), map[string]bool{}
	given = slices.Clone(given)
	for _, challenge := range r.challenges {
		p, ok := parseChallenge(challenge)
		realm := p["realm"]
		if !ok || answered[realm] {
			continue
		}
		if c.cfg.Realm != "" && realm != c.cfg.Realm {
			why = fmt.Errorf("it asks for the password of the realm %q, which is not the one that is configured, %q", realm, c.cfg.Realm)
			continue
		}
		text, ok := c.digest(p, uri, token())
		if !ok {
			continue
		}
		answered[realm] = true
		one := credential{header, realm, p["nonce"], text}
		at := slices.IndexFunc(given, func(g credential) bool { return g.header == header && g.realm == realm })
		switch {
		case at < 0:
			given = append(given, one)
		case strings.EqualFold(p["stale"], "true") && one.nonce != given[at].nonce:
			given[at] = one
		default:
			return nil, errors.New("it refuses our user and password")
		}
	}
	if len(answered) == 0 {
		return nil, why
	}
	return given, nil
}

func (c *Client) digest(p map[string]string, uri, cnonce string) (string, bool) {
	algorithm := strings.ToUpper(p["algorithm"])
	name, sess := strings.CutSuffix(algorithm, "-SESS")
	h, known := hashes[name]
	qop, offered := p["qop"]
	if !known || p["nonce"] == "" || offered && !hasWord(qop, "auth") {
		return "", false
	}
	sum := func(parts ...string) string {
		d := h()
		_, _ = d.Write([]byte(strings.Join(parts, ":")))
		return hex.EncodeToString(d.Sum(nil))
	}
	a1 := sum(c.cfg.User, p["realm"], c.cfg.Password.RevealSecret())
	if sess {
		a1 = sum(a1, p["nonce"], cnonce)
	}
	a2 := sum("NOTIFY", uri)
	out := fmt.Sprintf("Digest username=%s, realm=%s, nonce=%s, uri=%s", quote(c.cfg.User), quote(p["realm"]), quote(p["nonce"]), quote(uri))
	if offered {
		const count = "00000001"
		out += fmt.Sprintf(", response=%s, qop=auth, nc=%s, cnonce=%s", quote(sum(a1, p["nonce"], count, cnonce, "auth", a2)), count, quote(cnonce))
	} else {
		out += ", response=" + quote(sum(a1, p["nonce"], a2))
		if sess {
			out += ", cnonce=" + quote(cnonce)
		}
	}
	if algorithm != "" {
		out += ", algorithm=" + p["algorithm"]
	}
	if opaque, has := p["opaque"]; has {
		out += ", opaque=" + quote(opaque)
	}
	return out, true
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(w), word) {
			return true
		}
	}
	return false
}

// quote leaves control characters away, which have no place in a header.
func quote(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// parseChallenge reads the parameters of a Digest challenge, by names in lower case. A second
// one in the same line, which RFC 3261 (section 7.3.1) forbids, is not looked at.
func parseChallenge(text string) (map[string]string, bool) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	if !strings.EqualFold(scheme, "digest") {
		return nil, false
	}
	p := map[string]string{}
	for rest = strings.TrimLeft(rest, " \t,"); rest != ""; rest = strings.TrimLeft(rest, " \t,") {
		name, after, found := strings.Cut(rest, "=")
		if !found {
			return nil, false
		}
		if name = strings.TrimSpace(name); strings.ContainsAny(name, " \t") {
			break
		}
		var value string
		if value, rest, found = cutValue(strings.TrimLeft(after, " \t")); !found {
			return nil, false
		}
		p[strings.ToLower(name)] = value
	}
	return p, true
}

// cutValue takes a word or a quoted string from the beginning.
func cutValue(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ", \t")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			if i++; i < len(s) {
				b.WriteByte(s[i])
			}
		case '"':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}
