package phonesim_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/vendors/snom/settingsxml"
)

const (
	mac   = "000413A11FA7"
	token = "k7qv3mzt5c2a6x4jw8rndhye2p" // the size of an account token
)

// site is a web server that answers by path and remembers who asked for what.
type site struct {
	*httptest.Server
	mu     sync.Mutex
	pages  map[string]http.HandlerFunc
	asked  []string
	agents []string
}

// newSite starts a plain http server; every path without a page is 404.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{pages: map[string]http.HandlerFunc{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.RequestURI())
	s.agents = append(s.agents, r.UserAgent())
	page := s.pages[r.URL.RequestURI()]
	s.mu.Unlock()
	if page == nil {
		http.NotFound(w, r)
		return
	}
	page(w, r)
}

// set answers a path and query with a page; nil takes it away.
func (s *site) set(uri string, page http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[uri] = page
}

// takeAsked returns what was asked since the last call.
func (s *site) takeAsked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// text answers 200 with a body.
func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		fmt.Fprint(w, body)
	}
}

// status answers with a status and a body that would be fine otherwise.
func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		fmt.Fprint(w, "<settings/>")
	}
}

// file is a settings file of name, value pairs.
func file(pairs ...string) string {
	var doc settingsxml.Document
	for pair := range slices.Chunk(pairs, 2) {
		doc.Settings = append(doc.Settings, settingsxml.Setting{Name: pair[0], Perm: settingsxml.ReadWrite, Value: pair[1]})
	}
	data, err := doc.Encode()
	if err != nil {
		panic(err)
	}
	return string(data)
}

// home answers as the redirection service: one answer, at both addresses that a phone asks there.
func (s *site) home(body string) {
	s.set("/snomD785.htm", text(body))
	s.set("/snomD785-"+mac+".htm", text(body))
}

// atHome is what a phone asks the redirection service.
var atHome = []string{"/snomD785.htm", "/snomD785-" + mac + ".htm"}

// lan is a local network that offers a URL, and counts who asked.
type lan struct {
	url   string
	err   error
	asked int
}

func (l *lan) discover(context.Context) (string, error) {
	l.asked++
	return l.url, l.err
}

func mustPhone(t *testing.T, o phonesim.Options) *phonesim.Phone {
	t.Helper()
	if o.MAC == "" {
		o.MAC = "00:04:13:a1:1f:a7"
	}
	p, err := phonesim.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustBoot(t *testing.T, p *phonesim.Phone) phonesim.Trace {
	t.Helper()
	trace, err := p.Boot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

// outline is a trace as "step result status" words.
func outline(trace phonesim.Trace) string {
	var words []string
	for _, s := range trace.Steps {
		words = append(words, fmt.Sprintf("%s=%s/%d", s.Step, s.Result, s.Status))
	}
	return strings.Join(words, " ")
}
