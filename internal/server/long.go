package server

import (
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// longBody is the longest file that is taken in; what reads it has a limit of its
	// own below, and a better word for what is longer.
	longBody = 514 << 20
	// between is how long either side of a file may be silent, and longTime how long all
	// of it may take.
	between  = 30 * time.Second
	longTime = time.Hour
)

// isLong finds the requests that carry files of phones, in or out, of any size.
func isLong(r *http.Request) bool {
	path := r.URL.Path
	switch r.Method {
	case http.MethodPost:
		return strings.Contains(path, "/platforms/") && (strings.HasSuffix(path, "/imports") || strings.HasSuffix(path, "/import"))
	case http.MethodGet:
		return strings.HasSuffix(path, "/export") || strings.HasSuffix(path, "/results") || strings.HasSuffix(path, ".csv")
	}
	return false
}

// bounded limits bodies. A request with a file has as long as its bytes keep coming; all
// others have the time-outs of the listener.
func bounded(sf surface, next http.Handler) http.Handler {
	if sf.phones {
		return bodiless(next)
	}
	short := http.MaxBytesHandler(next, sf.limits.body)
	if sf.long == nil {
		return short
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !sf.long(r) {
			short.ServeHTTP(w, r)
			return
		}
		p := patience{control: http.NewResponseController(w), until: time.Now().Add(longTime)}
		r2 := *r
		r2.Body = struct {
			io.Reader
			io.Closer
		}{&patientBody{http.MaxBytesReader(w, r.Body, longBody), p}, r.Body}
		next.ServeHTTP(&patientWriter{w, p}, &r2)
	})
}

// bodiless waits for no body, since phones send none. net/http would read one that was
// announced before the answer goes out, and a connection that is answered gives way to
// nobody: whoever announced many and sent none would have all the room there is.
func bodiless(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			w.Header().Set("Connection", "close")
			_ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) // without one there is no connection
			r2 := *r
			r2.Body, r = http.NoBody, &r2
		}
		next.ServeHTTP(w, r)
	})
}

// patience moves the deadlines of a connection on, as long as something is moving.
type patience struct {
	control *http.ResponseController
	until   time.Time
}

func (p patience) more() {
	now := time.Now()
	if now.After(p.until) {
		return
	}
	// A writer without deadlines says so, and then needs none.
	_ = p.control.SetReadDeadline(now.Add(between))
	_ = p.control.SetWriteDeadline(now.Add(2 * between))
}

type patientBody struct {
	io.Reader
	patience
}

func (b *patientBody) Read(p []byte) (int, error) {
	b.more()
	return b.Reader.Read(p)
}

type patientWriter struct {
	http.ResponseWriter
	patience
}

func (w *patientWriter) Write(p []byte) (int, error) {
	w.more()
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController find the connection.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
