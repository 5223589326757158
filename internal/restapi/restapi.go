// Package restapi serves the JSON API below /api/v1/: it decodes a request, calls
// one use case of control and encodes what that answers. The OpenAPI document is
// generated from the same code and served beside it.
//
// It decides nothing of its own. Who is calling, whether they may, what exists
// and what a body may hold is asked in that order, and every refusal is a problem
// document out of the catalogue; a rejected value is never repeated in it.
//
// Start reading at routes.go, which has the whole surface, then at door.go.
package restapi

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"path"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

const (
	// prefix is where the API lives.
	prefix = "/api/v1"
	// maxBody is the longest request body that is taken.
	maxBody = 64 << 10
)

// Config is what New needs. Control and Authenticate are required.
type Config struct {
	Control *control.Control
	// Authenticate turns a bearer token into who is calling; an unknown or expired
	// one is unauthenticated.
	Authenticate func(ctx context.Context, bearer string) (ztp.Actor, error)
	// RequestID returns the id under which the request is logged. When nil or ""
	// the request gets an id here.
	RequestID func(context.Context) string
	// Address returns the caller's network address as the server knows it behind
	// its proxies, where Authenticate does not tell. When nil it is that of the
	// connection.
	Address func(context.Context) string
	// Version of this build, shown by /health.
	Version string
	// Log gets what went wrong on this side, once per request; nil discards it.
	Log *slog.Logger
}

// server holds what the handlers share.
type server struct {
	cfg     Config
	control *control.Control
	log     *slog.Logger
	mux     *http.ServeMux
	doc     *huma.OpenAPI
}

// New returns the handler for everything below /api/v1/.
func New(cfg Config) http.Handler {
	h, _ := build(cfg)
	return h
}

// strictOnce guards what huma has one of for the whole process: names of fields have
// a case.
var strictOnce sync.Once

// build also returns the OpenAPI document, as it is served.
func build(cfg Config) (http.Handler, []byte) {
	strictOnce.Do(func() { huma.ValidateStrictCasing = true })
	s := &server{cfg: cfg, control: cfg.Control, log: cfg.Log, mux: http.NewServeMux(), doc: newDocument()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.routes()
	doc := document(s.doc)
	s.mux.HandleFunc("GET "+prefix+"/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
		w.Header().Set("Cache-Control", "max-age=300")
		_, _ = w.Write(doc)
	})
	return s.edge(s.mux), doc
}

// edge gives every request its id and its headers, and turns what no route
// matches into problem documents.
func (s *server) edge(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), requestKey, s.requestID(r.Context())))
		w.Header().Set("X-Request-Id", requestID(r.Context()))
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		h, pattern := mux.Handler(r)
		switch at := r.URL.EscapedPath(); {
		case path.Clean(at) != at:
			// The mux would send elsewhere: a name that is empty by mistake names nothing.
			writeRefusal(w, s.refusal(r.Context(), "", ztp.NotFound("address")))
			return
		case pattern == "":
			s.unmatched(w, r, h)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// unmatched lets the mux say whether the path or only the method is unknown.
func (s *server) unmatched(w http.ResponseWriter, r *http.Request, h http.Handler) {
	answer := verdict{header: http.Header{}}
	h.ServeHTTP(&answer, r)
	err := ztp.NotFound("address")
	if answer.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", answer.header.Get("Allow"))
		err = &ztp.Error{Code: ztp.CodeMethodNotAllowed, Detail: "This address takes " + answer.header.Get("Allow") + "."}
	}
	writeRefusal(w, s.refusal(r.Context(), "", err))
}

// verdict keeps status and headers of an answer and drops its text.
type verdict struct {
	header http.Header
	status int
}

func (v *verdict) Header() http.Header         { return v.header }
func (v *verdict) Write(b []byte) (int, error) { return len(b), nil }
func (v *verdict) WriteHeader(status int)      { v.status = status }

type contextKey string

const (
	requestKey contextKey = "request"
	actorKey   contextKey = "actor"
)

func (s *server) requestID(ctx context.Context) string {
	if s.cfg.RequestID != nil {
		if id := s.cfg.RequestID(ctx); id != "" {
			return id
		}
	}
	return ztp.NewID()
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey).(string)
	return id
}

// actor is who is calling; the door has put it there.
func actor(ctx context.Context) ztp.Actor {
	a, _ := ctx.Value(actorKey).(ztp.Actor)
	return a
}

// address is where the request comes from, for the audit log.
func (s *server) address(r *http.Request) string {
	if s.cfg.Address != nil {
		return s.cfg.Address(r.Context())
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
