package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/ztp"
)

// page is a handler that returns what went wrong. An error before anything is
// written becomes the page of that error.
type page func(w http.ResponseWriter, r *http.Request) error

const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// headers sets what every answer carries.
func (p *portal) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		// Not no-referrer: browsers would then send "Origin: null" with our own forms.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if p.cfg.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

func limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isUpload(r) { // what reads it has a limit of its own
			next.ServeHTTP(w, r)
			return
		}
		most := int64(maxForm)
		if strings.HasSuffix(r.URL.Path, "/campaigns/adopt") {
			most = maxCampaignForm
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

// open serves a page to anybody.
func (p *portal) open(h page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(ztp.CountCommits(r.Context()))
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				p.cfg.Log.Error("page panicked", "path", r.URL.Path, "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
				p.fail(w, r, errors.New("panic"))
			}
		}()
		if err := readForm(r); err != nil {
			p.fail(w, r, err)
			return
		}
		if err := h(w, r); err != nil {
			p.fail(w, r, err)
		}
	})
}

// signedIn serves a page to whoever has a session, and sends others to sign in.
func (p *portal) signedIn(h page) http.Handler {
	return p.open(func(w http.ResponseWriter, r *http.Request) error {
		if _, ok := access.ActorFrom(r.Context()); ok {
			return h(w, r)
		}
		to := toSignIn(r)
		if isFragment(r) {
			w.Header().Set("HX-Redirect", to)
			w.WriteHeader(http.StatusUnauthorized)
			return nil
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	})
}

// Why somebody is at the sign-in page who did not ask for it.
const (
	endedPage = "page" // a page that was open asked for itself
	endedForm = "form" // something was sent, and not carried out
)

// toSignIn is where a request without a session is sent: back to the page it came
// from after signing in, and with a word of what became of it.
func toSignIn(r *http.Request) string {
	from, ended := r.URL.RequestURI(), ""
	switch {
	case r.URL.Path == "/sign-out":
		return "/sign-in"
	case isFragment(r):
		from, ended = r.Header.Get("HX-Current-URL"), endedPage
	case r.Method != http.MethodGet:
		from = r.Referer()
	}
	if r.Method != http.MethodGet {
		ended = endedForm
	}
	q := url.Values{}
	if u, err := url.Parse(from); err == nil && u.Path != "/" && u.Path != "" && u.Path != "/sign-in" {
		q.Set("next", u.RequestURI())
	}
	if ended != "" {
		q.Set("ended", ended)
	}
	if len(q) == 0 {
		return "/sign-in"
	}
	return "/sign-in?" + q.Encode()
}

// readForm parses the body of a post, so that handlers can ask for values only.
func readForm(r *http.Request) error {
	if r.Method != http.MethodPost || isUpload(r) {
		return nil
	}
	ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if ct = strings.TrimSpace(ct); ct != "" && !strings.EqualFold(ct, "application/x-www-form-urlencoded") {
		return ztp.Errorf(ztp.CodeUnsupportedMediaType, "Forms of this portal are sent as application/x-www-form-urlencoded.")
	}
	err := r.ParseForm()
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return ztp.Errorf(ztp.CodeTooLarge, "A form has at most %d kB.", big.Limit>>10)
	case err != nil:
		return ztp.Errorf(ztp.CodeInvalid, "The form could not be read.")
	}
	return nil
}

// isFragment reports whether htmx asks for a part of a page. After the back
// button it asks for whole pages.
func isFragment(r *http.Request) bool {
	return r.Header.Get("HX-Request") == "true" && r.Header.Get("HX-History-Restore-Request") != "true"
}

// wants reports whether htmx asks for the element with this id.
func wants(r *http.Request, id string) bool {
	return isFragment(r) && strings.HasSuffix(r.Header.Get("HX-Target"), "#"+id)
}

// actor returns who is signed in. Below signedIn there is always somebody.
func (p *portal) actor(r *http.Request) ztp.Actor {
	a, _ := access.ActorFrom(r.Context())
	return a
}

// fail answers with the page of an error and logs what users don't see.
func (p *portal) fail(w http.ResponseWriter, r *http.Request, err error) {
	e := ztp.AsErrorOf(r.Context(), err)
	entry := e.Entry("")
	if entry.Status >= 500 {
		p.cfg.Log.Error("page failed", "path", r.URL.Path, "code", string(e.Code), "request_id", p.cfg.RequestID(r.Context()), "err", err)
	}
	setRetryAfter(w, e)
	if err := p.renderError(w, r, p.errorPage(r, e)); err != nil {
		p.cfg.Log.Error("error page failed", "err", err)
		http.Error(w, entry.Title, entry.Status)
	}
}

func setRetryAfter(w http.ResponseWriter, e *ztp.Error) {
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(wholeSeconds(e.RetryAfter)))
	}
}

// wholeSeconds rounds up, so that nobody comes back too early.
func wholeSeconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// seeOther is the answer to a post that went through.
func seeOther(w http.ResponseWriter, r *http.Request, to string) error {
	if isFragment(r) {
		w.Header().Set("HX-Redirect", to)
		return nil
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// originOf returns scheme and host of a URL, "" when there is none.
func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
