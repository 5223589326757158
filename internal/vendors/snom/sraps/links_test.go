package sraps_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/vendors/snom/srapssim"
)

// Lists are read to their end, whatever the pages are.
func TestList_Pages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	all, err := w.Settings(t.Context(), w.reseller)
	if err != nil {
		t.Fatal(err)
	}
	servers := 0
	for _, s := range all {
		if s.ParamName == "setting_server" {
			servers++
		}
	}
	if len(all) != 1179 || servers != 2 {
		t.Errorf("want 1179 settings with 2 setting servers, got %d with %d", len(all), servers)
	}
	calls := w.Calls()
	if len(calls) != 2 {
		t.Errorf("want 2 pages of a thousand, got %d", len(calls))
	}
	for _, c := range calls {
		if !strings.Contains(c.Path, "page_size=1000") {
			t.Errorf("page size is not set: %s", c.Path)
		}
	}
}

// The service may give smaller pages than were asked for.
func TestList_OtherPageSizes(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 7, 20, 45, 1000} {
		s := pagesOf(t, 45, size, func(page int) string { return fmt.Sprintf(`</api/v1/product-groups/?cursor=%d>; rel="next"`, page) })
		got, err := s.client(t).ProductGroups(t.Context(), key)
		if err != nil || len(got) != 45 {
			t.Errorf("size %d: got %d, %v", size, len(got), err)
		}
	}
}

// pagesOf serves n items in pages; link writes the Link header to the page.
func pagesOf(t *testing.T, n, size int, link func(page int) string) *service {
	t.Helper()
	return newService(t, func(w http.ResponseWriter, r *http.Request) {
		page := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &page)
		var items []map[string]string
		for i := page * size; i < min(n, (page+1)*size); i++ {
			items = append(items, map[string]string{"uuid": fmt.Sprint(i)})
		}
		if (page+1)*size < n {
			w.Header().Set("Link", link(page+1))
		}
		_ = json.NewEncoder(w).Encode(items)
	})
}

func TestList_BadPages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		link string
		body string
	}{
		"loop to itself":     {`<?page_size=1000>; rel="next"`, `[]`},
		"loop of two":        {`<?a=b>; rel="next"`, `[]`},
		"another host":       {`<http://169.254.169.254/latest>; rel="next"`, `[]`},
		"another port":       {`<http://127.0.0.1:1/x>; rel="next"`, `[]`},
		"another scheme":     {`<https://127.0.0.1/x>; rel="next"`, `[]`},
		"no network path":    {`<//evil.example/x>; rel="next"`, `[]`},
		"no URL":             {`<http://[::1>; rel="next"`, `[]`},
		"user in it":         {`<http://user@127.0.0.1/x>; rel="next"`, `[]`},
		"file":               {`<file:///etc/passwd>; rel="next"`, `[]`},
		"an object":          {"", `{"results":[]}`},
		"nothing":            {"", `null`},
		"a text":             {"", `"[]"`},
		"list of texts":      {"", `["a"]`},
		"list of lists":      {"", `[[]]`},
		"item twice a field": {"", `[{"uuid":"a","uuid":"b"}]`},
	}
	for name, tt := range tests {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			if tt.link != "" {
				w.Header().Set("Link", tt.link)
			}
			answering(200, tt.body)(w, r)
		})
		_, err := s.client(t).ProductGroups(t.Context(), key)
		if e := mustFail(t, err); !e.Malformed {
			t.Errorf("%s: got %+v", name, e)
		}
		if n := len(s.got()); n > 3 {
			t.Errorf("%s: %d requests", name, n)
		}
	}
}

// Pages that never end, each with another address.
func TestList_Endless(t *testing.T) {
	t.Parallel()
	calls := 0
	c := newClient(t, sraps.Config{BaseURL: "https://sraps.example/api/v1/", Transport: roundTrip(func(*http.Request) *http.Response {
		calls++
		w := httptest.NewRecorder()
		w.Header().Set("Link", fmt.Sprintf(`<?cursor=%d>; rel="next"`, calls))
		_, _ = w.WriteString("[]")
		return w.Result()
	})})
	_, err := c.ProductGroups(t.Context(), key)
	if e := mustFail(t, err); !e.Malformed || calls > 20_000 {
		t.Errorf("got %+v after %d pages", e, calls)
	}
}

type roundTrip func(*http.Request) *http.Response

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestNextLink(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		headers []string
		want    string
	}{
		"plain":            {[]string{`<https://a/2>; rel="next"`}, "https://a/2"},
		"unquoted":         {[]string{`<https://a/2>;rel=next`}, "https://a/2"},
		"several words":    {[]string{`<https://a/2>; rel="last next"`}, "https://a/2"},
		"upper case":       {[]string{`<https://a/2>; REL="Next"`}, "https://a/2"},
		"second of two":    {[]string{`<https://a/0>; rel="prev", <https://a/2>; rel="next"`}, "https://a/2"},
		"second header":    {[]string{`<https://a/0>; rel="prev"`, `<https://a/2>; rel="next"`}, "https://a/2"},
		"comma in URL":     {[]string{`<https://a/0,1>; rel="prev", <https://a/2,3>; rel="next"`}, "https://a/2,3"},
		"comma in title":   {[]string{`<https://a/0>; title="a, <https://b>; rel=\"next\""; rel="prev"`}, ""},
		"other parameters": {[]string{`<https://a/2>; title="x"; rel="next"; type="y"`}, "https://a/2"},
		"only last":        {[]string{`<https://a/9>; rel="last"`}, ""},
		"not next":         {[]string{`<https://a/9>; rel="nextish"`}, ""},
		"no rel":           {[]string{`<https://a/9>`}, ""},
		"broken":           {[]string{`<https://a/9; rel="next"`}, ""},
		"none":             {nil, ""},
	}
	for name, tt := range tests {
		if got := sraps.NextLink(tt.headers...); got != tt.want {
			t.Errorf("%s: want %q, got %q", name, tt.want, got)
		}
	}
}

// Every link that is followed leads to a known host under the same scheme.
func TestFollow(t *testing.T) {
	t.Parallel()
	live := newClient(t, sraps.Config{LinkHosts: []string{"mirror.example", "odd.example:8443"}})
	allowed := []string{
		"https://api.sraps.snom.com/api/v1/companies/1", "https://secure-provisioning.snom.com/api/v1/x", "https://API.SRAPS.SNOM.COM:443/x",
		"https://mirror.example/x", "https://odd.example:8443/x", "/api/v1/x", "companies/1",
	}
	for _, link := range allowed {
		if got, err := live.Follow(link); err != nil || !strings.HasPrefix(got, "https://") {
			t.Errorf("%s: got %q, %v", link, got, err)
		}
	}
	refused := []string{
		"http://api.sraps.snom.com/x", "https://api.sraps.snom.com:8443/x", "https://api.sraps.snom.com.evil.example/x",
		"https://evil.example/x", "https://mirror.example:8443/x", "https://odd.example/x", "//evil.example/x",
		"https://user:pass@api.sraps.snom.com/x", "https://127.0.0.1/x", "javascript:alert(1)", "https:///x", "https://api.sraps.snom.com@evil.example/",
		"https://[fe80::1%25eth0]/x", "::", "\x7f",
	}
	for _, link := range refused {
		got, err := live.Follow(link)
		if err == nil {
			t.Errorf("%s: followed to %s", link, got)
			continue
		}
		if e := mustFail(t, err); !e.Malformed || strings.Contains(err.Error(), "pass") {
			t.Errorf("%s: got %v", link, err)
		}
	}
	if got, err := live.Follow("https://api.sraps.snom.com/x#part"); err != nil || got != "https://api.sraps.snom.com/x" {
		t.Errorf("fragment: got %q, %v", got, err)
	}
}

// Links that carry another host name are followed when it is allowed, and signed
// for that host; else nothing leaves.
func TestLinks_SecondHost(t *testing.T) {
	t.Parallel()
	second := httptest.NewUnstartedServer(nil)
	t.Cleanup(second.Close)
	host := second.Listener.Addr().String()
	w := newWorld(t, srapssim.Options{LinkHost: host})
	seen := 0
	second.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		seen++
		w.Handler().ServeHTTP(rw, r)
	})
	second.Start()

	if _, err := w.CreateCompany(t.Context(), w.reseller, w.own, "Acme", "DE", "Berlin"); err == nil || len(w.Mutations()) != 0 {
		t.Errorf("a host that is not allowed: %v, %d calls", err, len(w.Mutations()))
	} else if e, link := mustFail(t, err), new(sraps.LinkError); e.Sent || !errors.As(err, &link) || link.Host != host {
		t.Errorf("a host that is not allowed: %+v", e)
	}
	if seen != 0 {
		t.Fatalf("%d requests went there", seen)
	}
	c := newClient(t, sraps.Config{BaseURL: w.url + "/api/v1/", AllowPrivate: true, Now: w.clock.Now, LinkHosts: []string{host}})
	wholeStory(t, c, w)
	if seen == 0 {
		t.Error("nothing went to the second host")
	}
}

// Without links in the company's entry the usual paths are used.
func TestLinks_Absent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{NoCompanyLinks: true})
	wholeStory(t, w.Client, w)
}

func TestLinks_Usual(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{PageSize: 1})
	wholeStory(t, w.Client, w)
}

// A service that obeys the facts and has other paths behind its links.
func TestLinks_OtherPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	o := newOtherPaths(t, w)
	c := newClient(t, sraps.Config{BaseURL: o.URL + "/api/v1/", AllowPrivate: true, Now: w.clock.Now})
	wholeStory(t, c, w)
}

// wholeStory makes, reads, changes and removes one of everything.
func wholeStory(t *testing.T, c *sraps.Client, w *world) {
	t.Helper()
	ctx := t.Context()
	must := func(what string, err error) {
		t.Helper()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	own, err := c.OwnCompany(ctx, w.reseller)
	must("own company", err)
	if own != w.own {
		t.Fatalf("own company: want %s, got %s", w.own, own)
	}
	made, err := c.CreateCompany(ctx, w.reseller, own, "Acme", "DE", "Berlin")
	must("create company", err)
	acme := made.Text("uuid")
	children, err := c.Children(ctx, w.reseller, own)
	must("children", err)
	if len(children) != 1 || children[0].Text("uuid") != acme {
		t.Errorf("children: got %v", children)
	}
	roles, err := c.Roles(ctx, w.reseller, acme)
	must("roles", err)
	id, secret, err := c.CreateToken(ctx, w.reseller, acme, "first", roles[0].Text("uuid"))
	must("create key", err)
	k := sraps.Key{ID: id, Secret: secret}
	got, err := c.OwnCompany(ctx, k)
	must("own company of the key", err)
	if got != acme {
		t.Errorf("own company of the key: want %s, got %s", acme, got)
	}
	profileStory(t, c, w, k, acme)
	must("delete key", c.DeleteToken(ctx, w.reseller, acme, id))
	if keys := w.Keys(acme); len(keys) != 0 {
		t.Errorf("keys are left: %v", keys)
	}
	if _, err := c.Company(ctx, w.reseller, acme); err != nil {
		t.Errorf("company: %v", err)
	}
	if err := c.DeleteToken(ctx, w.reseller, acme, id); !sraps.IsNotFound(err) {
		t.Errorf("delete key again: %v", err)
	}
}

func profileStory(t *testing.T, c *sraps.Client, w *world, k sraps.Key, company string) {
	t.Helper()
	ctx := t.Context()
	const mac = "000413A11FA7"
	o := sraps.Object{}
	o.Set("name", "profile")
	o.Set("product_group", srapssim.DeskGroupID)
	made, err := c.CreateProfile(ctx, k, company, o)
	if err != nil {
		t.Fatalf("create profile: %v", err)
	}
	id := made.Text("uuid")
	o.Set("name", "renamed")
	if err := c.PutProfile(ctx, k, company, id, o); err != nil {
		t.Fatalf("put profile: %v", err)
	}
	p, err := c.Profile(ctx, k, company, id)
	if err != nil || p.Text("name") != "renamed" {
		t.Fatalf("profile: %v, %v", p, err)
	}
	e := sraps.Object{}
	e.Set("mac", mac)
	e.Set("provisioning_profile", id)
	if err := c.PutEndpoint(ctx, k, company, mac, e); err != nil {
		t.Fatalf("put endpoint: %v", err)
	}
	var macs []string
	page, next, err := c.Endpoints(ctx, k, company, "")
	for _, o := range page {
		macs = append(macs, o.Text("mac"))
	}
	if err != nil || next != "" || !cmp.Equal(macs, []string{mac}) {
		t.Errorf("endpoints: %v, %v", macs, err)
	}
	if got := w.Server.Endpoints(company); len(got) != 1 || got[0].Profile != id {
		t.Errorf("the service has %+v", got)
	}
	if err := c.DeleteEndpoint(ctx, k, company, mac); err != nil {
		t.Errorf("delete endpoint: %v", err)
	}
	if _, err := c.Endpoint(ctx, k, company, mac); !sraps.IsNotFound(err) {
		t.Errorf("a released endpoint: %v", err)
	}
	if err := c.DeleteProfile(ctx, k, company, id); err != nil {
		t.Errorf("delete profile: %v", err)
	}
}
