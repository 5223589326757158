package e2e_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// browser is somebody at the portal, without script.
type browser struct {
	in     *installation
	client *http.Client
}

// newBrowser signs in.
func newBrowser(t *testing.T, in *installation, name, password string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{in: in, client: &http.Client{Jar: jar}}
	status, text := b.post(t, "/sign-in", url.Values{"username": {name}, "password": {password}})
	if status != http.StatusOK || !strings.Contains(text, "<h1") || strings.Contains(text, `name="password"`) {
		t.Fatalf("%s cannot sign in: %d", name, status)
	}
	return b
}

// session is the value of the session cookie.
func (b *browser) session(t *testing.T) string {
	t.Helper()
	at, err := url.Parse(b.in.admin)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(at) {
		if len(c.Value) > 20 {
			return c.Value
		}
	}
	t.Fatal("there is no session cookie")
	return ""
}

func (b *browser) get(t *testing.T, path string) (int, string) {
	t.Helper()
	r, err := b.client.Get(b.in.admin + path) //nolint:noctx // loopback, and the test's own time limit
	return read(t, r, err)
}

func (b *browser) post(t *testing.T, path string, form url.Values) (int, string) {
	t.Helper()
	r, err := b.client.PostForm(b.in.admin+path, form) //nolint:noctx // the same
	return read(t, r, err)
}

// read takes an answer in, headers and all.
func read(t *testing.T, r *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	var head strings.Builder
	_ = r.Header.Write(&head)
	return r.StatusCode, head.String() + "\n" + string(body)
}

// cookieLine is where a session is set, once and on purpose.
var cookieLine = regexp.MustCompile(`(?m)^Set-Cookie: .*\n`)

// crawl opens every page that links and forms of other pages lead to, forms that
// change something excepted, and gives what they show.
func (b *browser) crawl(t *testing.T) written {
	t.Helper()
	pages, queue := written{}, []string{"/platforms"}
	for len(queue) > 0 {
		path := queue[0]
		queue = queue[1:]
		if _, seen := pages["page "+path]; seen {
			continue
		}
		status, text := b.get(t, path)
		if status != http.StatusOK && status != http.StatusNoContent { // a row that has not changed is none
			t.Errorf("GET %s: status %d", path, status)
		}
		pages["page "+path] = cookieLine.ReplaceAllString(text, "")
		queue = append(queue, links(t, text)...)
	}
	return pages
}

// links are the addresses within the portal that a page leads to.
func links(t *testing.T, page string) (found []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page[strings.Index(page, "\n\n")+1:]))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		to := at["href"]
		if n.Data == "form" && !strings.EqualFold(at["method"], "post") {
			to = at["action"]
		}
		if poll := at["hx-get"]; poll != "" {
			found = append(found, poll)
		}
		if to, _, _ = strings.Cut(to, "#"); strings.HasPrefix(to, "/") && !strings.HasPrefix(to, "/static/") {
			found = append(found, to)
		}
	}
	return found
}

// fragment asks for a page as htmx does.
func (b *browser) fragment(t *testing.T, path string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.in.admin+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("HX-Request", "true")
	r, err := b.client.Do(req)
	return read(t, r, err)
}
