package sraps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// Config says where the service is.
type Config struct {
	// BaseURL ends in /api/v1/; DefaultBaseURL when "".
	BaseURL string
	// LinkHosts are further hosts (host or host:port) that links may name, besides
	// that of BaseURL and the known ones of the live service.
	LinkHosts []string
	// AllowPrivate lets connections go to loopback and private addresses, and
	// BaseURL be plain http: for a simulator, set by whoever named BaseURL.
	AllowPrivate bool
	// Proxy is an explicit HTTP proxy; the environment's is never used.
	Proxy *url.URL
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Transport replaces the connection part, for tests.
	Transport http.RoundTripper
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	base    *url.URL
	hosts   map[string]bool
	rt      http.RoundTripper
	offsets offsets
	places  places
	now     func() time.Time
}

// New checks the configuration and returns a Client. It connects to nothing.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	base, err := url.Parse(cfg.BaseURL)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("the base URL %q is not a complete URL such as %s", cfg.BaseURL, DefaultBaseURL)
	}
	if base.Scheme != "https" && !(base.Scheme == "http" && cfg.AllowPrivate) {
		return nil, fmt.Errorf("the base URL has to start with https://, got %s://", base.Scheme)
	}
	if !strings.HasSuffix(base.Path, "/") {
		base.Path += "/"
	}
	c := &Client{base: base, hosts: map[string]bool{hostOf(base): true}, now: cfg.Now, rt: cfg.Transport}
	if c.now == nil {
		c.now = time.Now
	}
	for _, h := range append(append([]string{}, knownHosts...), cfg.LinkHosts...) {
		u, err := url.Parse(base.Scheme + "://" + h)
		if err != nil || u.Host != h || h == "" {
			return nil, fmt.Errorf("%q is not a host or host:port", h)
		}
		c.hosts[hostOf(u)] = true
	}
	if c.rt == nil {
		c.rt = transport(cfg)
	}
	return c, nil
}

// hostOf is host:port with the scheme's port filled in, lower case.
func hostOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

func transport(cfg Config) *http.Transport {
	d := &net.Dialer{Timeout: connectTimeout}
	if !cfg.AllowPrivate && cfg.Proxy == nil {
		d.Control = publicOnly
	}
	t := &http.Transport{
		DialContext: d.DialContext, TLSHandshakeTimeout: connectTimeout, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 8, IdleConnTimeout: 60 * time.Second, MaxResponseHeaderBytes: 64 << 10,
	}
	if cfg.Proxy != nil {
		t.Proxy = http.ProxyURL(cfg.Proxy)
	}
	return t
}

// publicOnly refuses addresses inside a network, after the name was resolved, so
// that no name can lead there.
func publicOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := ap.Addr().Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || !ip.IsValid() {
		return fmt.Errorf("%s is not a public address", ip)
	}
	return nil
}

// at resolves a path below the base URL.
func (c *Client) at(path string) string { return c.base.JoinPath(path).String() }

// follow returns the link if it may be followed, else the fallback; a link to a
// host that is not on the list is an error, since the signed request would go there.
func (c *Client) follow(link, fallback string) (string, error) {
	if link == "" {
		return fallback, nil
	}
	u, err := url.Parse(link)
	if err != nil || u.User != nil {
		return "", &Error{Op: "link", Malformed: true, Err: errors.New("a link in the answer is no URL")}
	}
	if !u.IsAbs() {
		u = c.base.ResolveReference(u)
	}
	if u.Scheme != c.base.Scheme || !c.hosts[hostOf(u)] {
		return "", &Error{Op: "link", Malformed: true, Err: fmt.Errorf("a link in the answer leads to %s, which is not allowed (ZEROTOUCH_SNOM_LINK_HOSTS names further hosts)", u.Host)}
	}
	return u.String(), nil
}

// call sends one signed request. in is encoded as JSON when not nil; out is
// decoded into when not nil. The returned header is that of a 2xx answer.
func (c *Client) call(ctx context.Context, k Key, method, target string, in, out any) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	u, err := url.Parse(target)
	if err != nil {
		return nil, &Error{Op: method, Err: errors.New("no URL")}
	}
	op := method + " " + u.Path
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }}
	req, err := request(httptrace.WithClientTrace(ctx, trace), method, target, in)
	if err != nil {
		return nil, &Error{Op: op, Err: err}
	}
	h := &http.Client{
		Transport:     &hawk{key: k, base: c.rt, offsets: &c.offsets, now: c.now},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := h.Do(req)
	if err != nil {
		return nil, &Error{Op: op, Sent: sent.Load(), Err: cause(err)}
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	e := &Error{Op: op, Sent: true, Status: res.StatusCode, RetryAfter: c.retryAfter(res.Header)}
	switch {
	case res.StatusCode < 200 || res.StatusCode > 299:
		return nil, c.refused(e, res, body, k)
	case err != nil:
		e.Malformed, e.Err = true, errors.New("the answer breaks off")
	case len(body) > maxAnswer:
		e.Malformed, e.Err = true, errors.New("the answer is larger than 8 MiB")
	case out != nil:
		if derr := decode(body, out); derr != nil {
			e.Malformed, e.Err = true, errors.New("the answer is not the JSON it should be")
		}
	}
	if e.Malformed {
		return nil, e
	}
	return res.Header, nil
}

func request(ctx context.Context, method, target string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, errors.New("the body can't be encoded")
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return nil, errors.New("the request can't be made")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "zerotouch")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// cause drops the URL that net/http puts before an error.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// refused fills in what an answer other than 2xx says.
func (c *Client) refused(e *Error, res *http.Response, body []byte, k Key) error {
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		e.Err = errors.New("redirects are not followed")
		return e
	}
	if len(body) <= maxAnswer {
		e.Message = message(body, k.Secret)
	}
	if res.StatusCode == http.StatusUnauthorized {
		if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
			e.Skew = at.Sub(c.now().Add(c.offsets.get(res.Request.URL.Host)))
		}
	}
	return e
}

// retryAfter reads seconds or a date.
func (c *Client) retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	if secs, err := strconv.Atoi(v); err == nil && secs > 0 {
		return time.Duration(min(secs, 1<<30)) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(at.Sub(c.now()), 0)
	}
	return 0
}

// list reads a collection page by page; each page is handed to yield.
func list[T any](ctx context.Context, c *Client, k Key, target string, yield func([]T) error) error {
	u, err := url.Parse(target)
	if err != nil {
		return &Error{Op: "list", Err: errors.New("no URL")}
	}
	q := u.Query()
	q.Set("page_size", strconv.Itoa(pageSize))
	u.RawQuery = q.Encode()
	next := u.String()
	seen := map[string]bool{}
	for page := 0; next != ""; page++ {
		if seen[next] || page >= maxPages {
			return &Error{Op: "GET " + u.Path, Sent: true, Malformed: true, Err: errors.New("the pages of the list do not end")}
		}
		seen[next] = true
		var items []T
		header, err := c.call(ctx, k, http.MethodGet, next, nil, &items)
		if err != nil {
			return err
		}
		if items == nil {
			return &Error{Op: "GET " + u.Path, Sent: true, Malformed: true, Err: errors.New("no list")}
		}
		if err := yield(items); err != nil {
			return err
		}
		if next, err = c.follow(nextLink(header), ""); err != nil {
			return err
		}
	}
	return nil
}

// all reads a collection whole.
func (c *Client) all(ctx context.Context, k Key, target string) ([]Object, error) {
	var all []Object
	err := list(ctx, c, k, target, func(page []Object) error {
		all = append(all, page...)
		return nil
	})
	return all, err
}

// nextLink returns the target of rel="next" in Link headers (RFC 8288), "" without.
func nextLink(h http.Header) string {
	for _, value := range h.Values("Link") {
		for value != "" {
			_, rest, ok := strings.Cut(value, "<")
			if !ok {
				break
			}
			target, params, ok := strings.Cut(rest, ">")
			if !ok {
				break
			}
			params, value, _ = strings.Cut(params, ",")
			for _, p := range strings.Split(params, ";") {
				name, v, _ := strings.Cut(strings.TrimSpace(p), "=")
				if strings.EqualFold(name, "rel") && hasWord(strings.Trim(v, `"`), "next") {
					return target
				}
			}
		}
	}
	return ""
}

func hasWord(list, word string) bool {
	for _, w := range strings.Fields(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
