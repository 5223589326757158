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
	heading
	// common are long texts in it that are the same for many phones, and known to everybody.
	common []string
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

// heading is what the headers say of a file, as they have it: it is made once and set for
// every phone that gets the file, by nobody changed.
type heading struct{ kind, length, tag []string }

var (
	noStore = []string{"private, no-store"}
	noSniff = []string{"nosniff"}
)

// newFile computes the entity tag, which is the same as long as the file is.
func newFile(text []byte, kind string) file {
	sum := sha256.Sum256(text)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	return file{text: text, heading: heading{[]string{kind}, []string{strconv.Itoa(len(text))}, []string{tag}}}
}

// send answers with the file, or with 304 to a phone that has it.
func (f file) send(w http.ResponseWriter, r *http.Request) (status int) {
	h := w.Header()
	h["Etag"], h["Cache-Control"] = f.tag, noStore // their canonical names
	if f.known(r.Header.Values("If-None-Match")) {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified
	}
	h["Content-Type"], h["Content-Length"], h["X-Content-Type-Options"] = f.kind, f.length, noSniff
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(f.text)
	return http.StatusOK
}

func (f file) known(ifNoneMatch []string) bool {
	for tag := range strings.SplitSeq(strings.Join(ifNoneMatch, ","), ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == f.tag[0] {
			return true
		}
	}
	return false
}
