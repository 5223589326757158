package sraps_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"zerotouch.example/internal/vendors/snom/sraps"
)

// otherPaths stands in front of the simulator and shows everything that is found
// through links in other places. The proven top-level calls stay where they are.
// It checks the client's signature for the path that was called, and signs anew
// for the simulator.
type otherPaths struct {
	*httptest.Server
	t *testing.T
	w *world
}

func newOtherPaths(t *testing.T, w *world) *otherPaths {
	t.Helper()
	o := &otherPaths{t: t, w: w}
	o.Server = httptest.NewServer(o)
	t.Cleanup(o.Close)
	return o
}

// paths are the simulator's places and where each is shown, the most special first.
// Company entries are not below the base path at all.
var paths = [][2]string{
	{"/api/v1/companies/([0-9a-f]{32})/provisioning-profiles/([0-9a-f]{32})", "/rest/profile/$2/of/$1"},
	{"/api/v1/companies/([0-9a-f]{32})/provisioning-profiles/", "/rest/org-$1/pp/all"},
	{"/api/v1/companies/([0-9a-f]{32})/endpoints/", "/rest/org-$1/phones/"},
	{"/api/v1/companies/([0-9a-f]{32})/companies/", "/rest/org-$1/customers"},
	{"/api/v1/companies/([0-9a-f]{32})/tokens/", "/rest/org-$1/keys"},
	{"/api/v1/companies/([0-9a-f]{32})/roles/", "/rest/roles/$1.json"},
	{"/api/v1/companies/([0-9a-f]{32})", "/rest/org-$1.json"},
}

var simPatterns = func() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, p := range paths {
		out = append(out, regexp.MustCompile(p[0]))
	}
	return out
}()

// outside translates what the simulator shows, in one pass over all patterns.
func outside(body string) string {
	for i, re := range simPatterns {
		body = re.ReplaceAllString(body, paths[i][1])
	}
	return strings.ReplaceAll(body, "/api/v1/tokens/", "/rest/key?id=")
}

// inner translates a path that was called back.
func inner(path, query string) string {
	for _, p := range paths {
		shown := regexp.QuoteMeta(p[1])
		order := regexp.MustCompile(`\\\$(\d)`).FindAllStringSubmatch(shown, -1)
		re := regexp.MustCompile("^" + regexp.MustCompile(`\\\$\d`).ReplaceAllString(shown, "([0-9a-f]{32})") + "([0-9A-F]{12})?$")
		m := re.FindStringSubmatch(path)
		if m == nil {
			continue
		}
		sim := p[0]
		values := map[string]string{}
		for i, o := range order {
			values[o[1]] = m[i+1]
		}
		for _, n := range []string{"1", "2"} {
			sim = strings.Replace(sim, "([0-9a-f]{32})", values[n], 1)
		}
		return sim + m[len(m)-1] + query
	}
	return path + query
}

func (o *otherPaths) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	a := sraps.Attributes(r.Header.Get("Authorization"))
	k := sraps.Key{ID: a["id"], Secret: o.w.SecretOf(a["id"])}
	called := *r.URL
	called.Scheme, called.Host = "http", r.Host
	s := sraps.Signature{Key: k, Method: r.Method, TS: a["ts"], Nonce: a["nonce"], URL: &called,
		ContentType: r.Header.Get("Content-Type"), Payload: string(body)}
	if s.MAC() != a["mac"] {
		o.t.Errorf("%s %s is signed for another place", r.Method, r.URL)
	}
	target := ""
	switch id := r.URL.Query().Get("id"); {
	case r.URL.Path == "/rest/key":
		target = "/api/v1/tokens/" + id
	case strings.HasPrefix(r.URL.Path, "/api/v1/companies/"), r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, "/api/v1/tokens/"):
		http.NotFound(w, r)
		return
	default:
		query := ""
		if r.URL.RawQuery != "" {
			query = "?" + r.URL.RawQuery
		}
		target = inner(r.URL.Path, query)
	}
	o.forward(w, r, s, target)
}

func (o *otherPaths) forward(w http.ResponseWriter, r *http.Request, s sraps.Signature, target string) {
	q := httptest.NewRequestWithContext(r.Context(), r.Method, target, bytes.NewReader([]byte(s.Payload)))
	q.Host = r.Host
	s.URL = mustURL("http://" + r.Host + target)
	s.Nonce += "again"
	q.Header.Set("Content-Type", s.ContentType)
	if s.Key.Secret != "" {
		q.Header.Set("Authorization", s.Header())
	}
	answer := httptest.NewRecorder()
	o.w.Handler().ServeHTTP(answer, q)
	for _, name := range []string{"Content-Type", "WWW-Authenticate", "Date"} {
		if v := answer.Header().Get(name); v != "" {
			w.Header().Set(name, v)
		}
	}
	if link := answer.Header().Get("Link"); link != "" {
		w.Header().Set("Link", outside(link))
	}
	w.WriteHeader(answer.Code)
	_, _ = io.WriteString(w, outside(answer.Body.String()))
}
