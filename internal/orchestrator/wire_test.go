package orchestrator_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

// wireURL is where the simulator of every world answers.
const wireURL = "http://snom.test" + srapssim.APIPrefix

// wire carries the calls of a world's processes to its simulator, without a socket in
// between: that is most of what a world would cost. Like on a connection, an answer may
// break off, and whoever is at the other end may hang up.
type wire struct{ to http.Handler }

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	served := req.Clone(req.Context())
	served.Host = req.URL.Host
	rec := httptest.NewRecorder()
	whole := serve(w.to, rec, served)
	if !whole && !rec.Flushed {
		return nil, io.EOF
	}
	res := rec.Result()
	res.Request = req
	if !whole {
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(rec.Body.Bytes()), broken{}))
	}
	return res, nil
}

// serve reports whether the answer came to its end.
func serve(h http.Handler, rec *httptest.ResponseRecorder, req *http.Request) (whole bool) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			panic(p)
		}
	}()
	h.ServeHTTP(rec, req)
	return true
}

// broken is what is left of a body that breaks off.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
