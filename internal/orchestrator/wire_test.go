package orchestrator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"

	"zerotouch.example/internal/vendors/snom/srapssim"
)

// wireURL is where the simulator of every world answers.
const wireURL = "http://snom.test" + srapssim.APIPrefix

// refused ends the name of a request that the vendor has refused.
const refused = " refused"

// wire carries the calls of a world's processes to its simulator, without a socket in
// between: that is most of what a world would cost. Like on a connection, an answer may
// break off, and whoever is at the other end may hang up.
type wire struct {
	to http.Handler
	counter
	// before and after strike at the counter's call: when it is about to be sent, and
	// when all bytes of its answer have come, which after may change.
	before func() error
	refuse bool // there is no connection
	after  func(body []byte) (changed []byte, ends error)
	// lists changes each phone in a list, drop tells of which phones the vendor forgets
	// what it has accepted: not every implementation is like the simulator.
	lists func(phone map[string]json.RawMessage)
	drop  func(mac string) bool
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	strikes := w.next(req.Method + " " + req.URL.Path)
	if strikes && w.refuse {
		return nil, neverConnected(req)
	}
	if strikes && w.before != nil {
		if err := w.before(); err != nil {
			return nil, err
		}
	}
	res, err := w.exchange(req)
	if err == nil && res.StatusCode >= 400 {
		w.mu.Lock()
		w.seen[len(w.seen)-1] += refused
		w.mu.Unlock()
	}
	if err != nil || !strikes || w.after == nil {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	body, err = w.after(body)
	res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), brokenOff{orEOF(err)}))
	return res, nil
}

func orEOF(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

func (w *wire) exchange(req *http.Request) (*http.Response, error) {
	dir, item := path.Split(req.URL.Path)
	phones := strings.HasSuffix(dir, "/endpoints/")
	if phones && req.Method == http.MethodPut && w.drop != nil && w.drop(item) {
		return &http.Response{StatusCode: http.StatusOK, Request: req, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	}
	res, err := w.deliver(req)
	if err != nil || !phones || item != "" || req.Method != http.MethodGet || w.lists == nil {
		return res, err
	}
	var page []map[string]json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&page); err != nil {
		return nil, err
	}
	for _, phone := range page {
		w.lists(phone)
	}
	body, err := json.Marshal(page)
	res.Header.Del("Server-Authorization") // of the body that it had
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

func (w *wire) deliver(req *http.Request) (*http.Response, error) {
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
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(rec.Body.Bytes()), brokenOff{io.ErrUnexpectedEOF}))
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

// brokenOff is the end of a body, or where it breaks off.
type brokenOff struct{ err error }

func (b brokenOff) Read([]byte) (int, error) { return 0, b.err }
