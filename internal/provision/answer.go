package provision

import (
	"crypto/sha256"
	"encoding/base64"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
)

// notHere is the one answer to everything that is not exactly right.
func notHere(w http.ResponseWriter) { plain(w, http.StatusNotFound, "not found\n") }

// notTaken refuses what is neither GET nor HEAD, whatever the path.
func notTaken(w http.ResponseWriter) {
	w.Header().Set("Allow", "GET, HEAD")
	plain(w, http.StatusMethodNotAllowed, "method not allowed\n")
}

// sayPassword asks a phone for the password in its settings.
func sayPassword(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="settings", charset="UTF-8"`)
	plain(w, http.StatusUnauthorized, "say your password\n")
}

// Trouble here is over soon or long; phones of one site should not all come back
// in the same second.
const (
	retryAtLeast = 30 // seconds
	retrySpread  = 60
)

// notNow tells the phone to keep what it has and come back.
func notNow(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(retryAtLeast+rand.IntN(retrySpread)))
	plain(w, http.StatusServiceUnavailable, "try again later\n")
}

// plain writes a short text with the headers that all such answers have.
func plain(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)))
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a phone that has gone is no error
}

// file is a settings file, ready to be sent.
type file struct {
	text []byte
	kind string
	tag  string
	// room is where the text lies when that is to be given back.
	room *[]byte
}

// sent wipes a file that was opened to be sent.
func (f file) sent() {
	if f.room != nil {
		clear(*f.room)
		opened.Put(f.room)
	}
}

// newFile computes the entity tag, which is the same as long as the file is.
func newFile(text []byte, kind string) file {
	sum := sha256.Sum256(text)
	return file{text: text, kind: kind, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`}
}

// send answers with the file, or with 304 to a phone that has it.
func (f file) send(w http.ResponseWriter, r *http.Request) (status int) {
	h := w.Header()
	h.Set("ETag", f.tag)
	h.Set("Cache-Control", "private, no-store")
	if f.known(r.Header.Values("If-None-Match")) {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(f.text)))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(f.text)
	return http.StatusOK
}

func (f file) known(ifNoneMatch []string) bool {
	for tag := range strings.SplitSeq(strings.Join(ifNoneMatch, ","), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == f.tag {
			return true
		}
	}
	return false
}
