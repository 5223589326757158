package provision

import (
	"net/http"
	"strings"
)

const (
	phonePrefix     = "/p/"
	challengePrefix = "/.well-known/zerotouch/"
)

// routes is the whole surface:
//
//	GET|HEAD /p/{account token}/{device token}/{mac}   a phone's settings file
//	GET|HEAD /p/{account token}/{device token}/s/{mac} the same, for phones that have a password
//	GET|HEAD /p/{account token}/{mac}                  the same, for phones from before they had tokens of their own
//	GET|HEAD /.well-known/zerotouch/{nonce}            the answer to a check of our address
//
// It is matched by hand on the path as it was sent. The standard mux would answer
// a path with // or .. by a redirect, and unescape what has no business being
// escaped; here every such path is simply not there.
func (s *server) routes() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			notTaken(w)
			return
		}
		path := r.URL.EscapedPath()
		if r.URL.RawQuery != "" || r.URL.ForceQuery {
			path = ""
		}
		if rest, ok := strings.CutPrefix(path, phonePrefix); ok {
			s.phone(w, r, rest)
			return
		}
		if nonce, ok := strings.CutPrefix(path, challengePrefix); ok {
			s.challenge(w, r, nonce)
			return
		}
		notHere(w)
	})
}
