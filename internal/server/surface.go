package server

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"zerotouch.example/internal/ztp"
)

// Limits of the listeners. Writing on the admin listener takes longest where
// somebody waits up to a minute for an operation; the portal and the API bound
// their bodies further, and of a phone none is read.
var (
	adminLimits = limits{header: 5 * time.Second, read: 30 * time.Second, write: 90 * time.Second, idle: 2 * time.Minute, headerBytes: 32 << 10, body: 1 << 20}
	phoneLimits = limits{header: 10 * time.Second, read: 15 * time.Second, write: 30 * time.Second, idle: 30 * time.Second, headerBytes: 16 << 10}
	opsLimits   = limits{header: 5 * time.Second, read: 10 * time.Second, write: 30 * time.Second, idle: time.Minute, headerBytes: 16 << 10, body: 4 << 10}
)

// adminSurface is the portal with the API below /api/. Its default headers suit
// answers that are not pages; the portal sets its own.
func (s *Server) adminSurface() surface {
	return surface{
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if isAPI(r) {
				s.cfg.API.ServeHTTP(w, r)
				return
			}
			s.cfg.Portal.ServeHTTP(w, r)
		}),
		limits: adminLimits,
		long:   isLong,
		headers: map[string]string{
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
		},
		path: adminPath,
		// Open pages ask every 2 s whether something changed; mostly nothing has.
		quiet: func(r *http.Request, status int) bool {
			return r.Method == http.MethodGet && status == http.StatusNoContent
		},
		failed:  adminFailed,
		outside: s.adminOutside,
		plainOK: strings.HasPrefix(s.cfg.AdminURL, "http://"),
	}
}

func isAPI(r *http.Request) bool {
	return r.URL.Path == "/api" || strings.HasPrefix(r.URL.Path, "/api/")
}

// adminFailed is the last resort; the portal has pages of its own for errors.
func adminFailed(w http.ResponseWriter, r *http.Request) {
	entry, id := ztp.Lookup(ztp.CodeInternal), RequestID(r.Context())
	if !isAPI(r) {
		text(w, entry.Status, fmt.Sprintf("%s. %s %s Request id: %s\n", entry.Title, entry.Unchanged, entry.Remedy, id))
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(entry.Status)
	_ = json.NewEncoder(w).Encode(map[string]any{
		"type": "urn:zerotouch:error:" + string(entry.Code), "title": entry.Title, "status": entry.Status,
		"detail": entry.Remedy, "code": entry.Code, "request_id": id,
	})
}

// adminOutside sends readers to the portal's https address and refuses the rest.
func (s *Server) adminOutside(w http.ResponseWriter, r *http.Request) {
	u, err := url.Parse(s.cfg.AdminURL)
	reading := r.Method == http.MethodGet || r.Method == http.MethodHead
	if err == nil && u.Scheme == "https" && u.Host != "" && reading && originOf(r.Context()).plain {
		u.Path, u.RawPath, u.RawQuery = r.URL.Path, r.URL.RawPath, r.URL.RawQuery
		http.Redirect(w, r, u.String(), http.StatusPermanentRedirect)
		return
	}
	text(w, http.StatusForbidden, "This listener is for the proxy in front of it. Use its https address.\n")
}

// tokenLike matches what could be a provisioning token in a path that went to the
// wrong listener. Ids are shorter.
var tokenLike = regexp.MustCompile(`[A-Za-z2-7]{32,}`)

// adminPath names a request without its query.
func adminPath(r *http.Request) string {
	const longest = 200
	p := tokenLike.ReplaceAllString(r.URL.Path, "[redacted]")
	cut := len(p) > longest
	if cut {
		p = p[:longest]
	}
	p = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, p)
	if cut {
		p += "…"
	}
	return p
}

// phoneSurface names no path in the log: they are made of tokens, and what scans
// for phones writes them in every way there is. provision logs which phone it was. Nobody
// is outside: a phone with a right token is not sent away for how it came, and provision
// gives no secret to one that may not have come by TLS.
func (s *Server) phoneSurface() surface {
	return surface{
		handler: s.cfg.Phones,
		limits:  phoneLimits,
		phones:  true,
		path: func(r *http.Request) string {
			for _, prefix := range []string{"/p/", "/.well-known/zerotouch/"} {
				if strings.HasPrefix(r.URL.Path, prefix) {
					return prefix + "…"
				}
			}
			return "other"
		},
		failed: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", strconv.Itoa(30+rand.IntN(60)))
			text(w, http.StatusServiceUnavailable, "try again later\n")
		},
	}
}

// readyTimeout bounds the question whether the database answers.
const readyTimeout = 2 * time.Second

// opsSurface is health and metrics, without detail: it is not asked who looks.
func (s *Server) opsSurface() surface {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.metrics.handler())
	return surface{
		handler: mux,
		limits:  opsLimits,
		headers: map[string]string{"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
		path:    adminPath,
		quiet:   func(*http.Request, int) bool { return true },
		failed:  func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusInternalServerError, "failed\n") },
	}
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	var err error
	if s.cfg.Ready != nil {
		err = s.cfg.Ready(ctx)
	}
	switch {
	case err != nil:
		s.cfg.Log.Error("not ready", "request_id", RequestID(r.Context()), "err", err)
		text(w, http.StatusServiceUnavailable, "not ready\n")
	case s.stopping.Load():
		text(w, http.StatusServiceUnavailable, "stopping\n")
	default:
		text(w, http.StatusOK, "ready\n")
	}
}

func text(w http.ResponseWriter, status int, s string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(s)))
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(s)) // who has gone needs no answer
}
