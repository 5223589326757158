package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"
)

// limits are the bounds of one listener.
type limits struct {
	header, read, write, idle time.Duration
	headerBytes               int
	body                      int64
}

// surface is what one listener serves and how it refuses.
type surface struct {
	handler http.Handler
	limits  limits
	// phones: TLS is spoken as phones need it.
	phones bool
	// long finds requests with files, for which the limits of body and time are others;
	// nil where there are none.
	long func(*http.Request) bool
	// headers are set on every answer; handlers may set their own over them.
	headers map[string]string
	// path is how a request is named in the log, without anything secret.
	path func(*http.Request) string
	// quiet: answers are only logged in detail mode.
	quiet func(r *http.Request, status int) bool
	// failed answers when a handler panicked before it wrote anything.
	failed http.HandlerFunc
	// outside answers who comes past the proxy, or by plain http unless plainOK;
	// nil lets everybody in.
	outside http.HandlerFunc
	plainOK bool
}

// chain puts around a surface what every request goes through, outermost first:
// origin, log and metrics, recovery, limits, the proxy rule. viaProxy says that
// plain http is spoken on an address that other machines reach.
func (s *Server) chain(name string, sf surface, viaProxy bool) http.Handler {
	h := s.throughProxy(sf, viaProxy)
	h = bounded(sf, h)
	h = s.recovering(name, sf, h)
	return s.withOrigin(s.logged(name, sf, h))
}

// throughProxy refuses those who reach a plain listener beside the proxy that it
// is there for, and those of whom the proxy says that they came by plain http.
func (s *Server) throughProxy(sf surface, viaProxy bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range sf.headers {
			w.Header().Set(k, v)
		}
		o := originOf(r.Context())
		beside := viaProxy && !o.trusted && !o.peer.IsLoopback()
		if sf.outside != nil && (beside || o.plain && !sf.plainOK) {
			sf.outside(w, r)
			return
		}
		sf.handler.ServeHTTP(w, r)
	})
}

// recovering turns a panic into an answer. Its value may hold anything, so only
// its type is logged, and the way there.
func (s *Server) recovering(name string, sf surface, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.cfg.Log.Error("handler panicked", "listener", name, "request_id", RequestID(r.Context()),
				"panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				panic(http.ErrAbortHandler) // half an answer must not look whole
			}
			sf.failed(w, r)
		}()
		next.ServeHTTP(w, r)
	})
}

// logged writes one line per request and counts it. What the handler has told of it is
// part of that line.
func (s *Server) logged(name string, sf surface, next http.Handler) http.Handler {
	tally := s.metrics.tally(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.cfg.Now()
		rec := &recorder{ResponseWriter: w}
		path := sf.path(r)
		g := guestIn(r.Context())
		g.answering()
		g.gather()
		defer func() {
			g.gatheredAll(rec)
			end := s.cfg.Now()
			took := end.Sub(start)
			status := rec.result()
			g.answered(status)
			tally.count(r.Method, status, took)
			o := originOf(r.Context())
			says := o.told
			if says.message == "" {
				says.message = "request"
			}
			if sf.quiet != nil && sf.quiet(r, status) {
				says.level = slog.LevelDebug
			}
			attrs := append(o.room[:0:lineAttrs], slog.String("listener", name), slog.String("method", known(r.Method)), slog.String("path", path),
				slog.Int("status", status), slog.Int64("bytes", rec.bytes), slog.Float64("ms", float64(took.Microseconds())/1000),
				slog.String("address", o.address), slog.String("request_id", o.id))
			if n := len(says.attrs); n <= toldAttrs { // what was told is behind these already
				attrs = o.room[:lineAttrs+n]
			} else {
				attrs = append(attrs, says.attrs...)
			}
			s.line(r.Context(), end, says, attrs)
		}()
		next.ServeHTTP(rec, r)
	})
}

// line writes the line of a request. It says nothing of where in the program it was
// written, which is costly to find out and always the same.
func (s *Server) line(ctx context.Context, at time.Time, says told, attrs []slog.Attr) {
	h := s.cfg.Log.Handler()
	if !h.Enabled(ctx, says.level) {
		return
	}
	record := slog.NewRecord(at, says.level, says.message, 0)
	record.AddAttrs(attrs...)
	_ = h.Handle(ctx, record) // as slog does
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// result is the status sent; net/http sends 200 for a handler that wrote nothing.
func (r *recorder) result() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}
