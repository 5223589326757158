package demo_test

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"zerotouch.example/api"
	"zerotouch.example/internal/demo"
)

// running is a whole demo on free ports.
type running struct {
	t      *testing.T
	out    string // what it printed when it was ready
	desk   string
	portal string
	dir    string
	client *api.Client
	ended  chan error
	stop   context.CancelFunc
}

// free lets the system choose every port.
var free = demo.Listen{Admin: "127.0.0.1:0", Phone: "127.0.0.1:0", Ops: "127.0.0.1:0", Desk: "127.0.0.1:0", Snom: "127.0.0.1:0"}

// firstWrite passes on what is written first; the demo prints its welcome at once.
type firstWrite chan string

func (w firstWrite) Write(p []byte) (int, error) {
	select {
	case w <- string(p):
	default:
	}
	return len(p), nil
}

func mustRun(t *testing.T) *running {
	t.Helper()
	var log safeBuffer
	product := serving{log: &log}
	r := &running{t: t, ended: make(chan error, 1)}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	ready := make(firstWrite, 1)
	go func() {
		r.ended <- demo.Run(ctx, demo.Config{Out: ready, Listen: free, Serve: func(ctx context.Context, s demo.Start) error {
			r.dir = s.Env["ZEROTOUCH_DATA_DIR"]
			return product.serve(ctx, s)
		}})
	}()
	select {
	case r.out = <-ready:
	case err := <-r.ended:
		t.Fatalf("%v\n%s", err, log.String())
	}
	t.Cleanup(stop)
	r.portal, r.desk = r.printed(`Portal +(\S+)`), r.printed(`Demo desk +(\S+)`)
	c, err := api.New(r.printed(`ZEROTOUCH_URL=(\S+)`), r.printed(`ZEROTOUCH_TOKEN=(\S+)`))
	if err != nil {
		t.Fatal(err)
	}
	r.client = c
	return r
}

// printed returns what the welcome says, by a pattern with one group.
func (r *running) printed(pattern string) string {
	r.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(r.out)
	if m == nil {
		r.t.Fatalf("nothing like %q in:\n%s", pattern, r.out)
	}
	return m[1]
}

// mustEnd stops the demo and waits for it.
func (r *running) mustEnd() {
	r.t.Helper()
	r.stop()
	if err := <-r.ended; err != nil {
		r.t.Errorf("the demo ended with %v", err)
	}
}

// browser is a client with cookies of its own.
func browser(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// page is an answer, read as a browser reads it.
type page struct {
	status int
	header http.Header
	url    *url.URL
	text   string
	doc    *html.Node
}

func mustPage(t testing.TB, c *http.Client, req *http.Request) page {
	t.Helper()
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	return page{res.StatusCode, res.Header, res.Request.URL, string(body), doc}
}

func (r *running) get(path string) page {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.desk+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return mustPage(r.t, http.DefaultClient, req)
}

// post sends a form to the desk and follows the redirect, as a browser does.
func (r *running) post(path string, form url.Values) page {
	r.t.Helper()
	return mustPage(r.t, http.DefaultClient, r.form(path, form))
}

func (r *running) form(path string, form url.Values) *http.Request {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.desk+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req
}

// all returns the elements below a node that one of these selectors names, in
// order: words of tag, #id or .class, each inside the one before.
func all(root *html.Node, selector string) []*html.Node {
	at := []*html.Node{root}
	for _, word := range strings.Fields(selector) {
		var next []*html.Node
		for _, n := range at {
			for d := range n.Descendants() {
				if named(d, word) {
					next = append(next, d)
				}
			}
		}
		at = next
	}
	return at
}

func named(n *html.Node, word string) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch word[0] {
	case '#':
		return attr(n, "id") == word[1:]
	case '.':
		return strings.Contains(" "+attr(n, "class")+" ", " "+word[1:]+" ")
	}
	return n.Data == word
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// says is what is written inside the elements of a selector, in one line.
func (p page) says(selector string) string {
	var words []string
	for _, n := range all(p.doc, selector) {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				words = append(words, strings.Fields(d.Data)...)
			}
		}
	}
	return strings.Join(words, " ")
}
