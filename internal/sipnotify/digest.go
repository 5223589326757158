package sipnotify

import (
	"crypto/md5" //nolint:gosec // what RFC 2617 has, and most proxies ask for
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
)

// hashes are the algorithms of RFC 7616 and, without a name, RFC 2617.
var hashes = map[string]func() hash.Hash{"": md5.New, "MD5": md5.New, "SHA-256": sha256.New, "SHA-512-256": sha512.New512_256}

// answer answers the first challenge that it can (RFC 8760: a proxy puts what it likes best
// first), and names the header for it.
func (c *Client) answer(r response, uri string) (header, credentials string, err error) {
	if c.cfg.User == "" || c.cfg.Password.IsZero() {
		return "", "", errors.New("it asks for a user and a password, and none is configured")
	}
	header = map[int]string{401: "Authorization", 407: "Proxy-Authorization"}[r.status]
	for _, text := range r.challenges {
		if p, ok := parseChallenge(text); ok {
			if credentials, ok = c.digest(p, uri, token()); ok {
				return header, credentials, nil
			}
		}
	}
	return "", "", errors.New("it asks for no digest that is known here")
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

// parseChallenge reads the parameters of a Digest challenge, by names in lower case.
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
		var value string
		if value, rest, found = cutValue(strings.TrimLeft(after, " \t")); !found {
			return nil, false
		}
		p[strings.ToLower(strings.TrimSpace(name))] = value
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
