package sraps

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
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
	// Before is called before every request, each page of a list included, and
	// may wait: for a rate limit. Its error comes back wrapped, nothing is sent
	// then. Not counted in CallTimeout.
	Before func(context.Context) error
	// Throttled is called when the service answers 429, with the wait that it asks
	// for, 0 when it names none; may be nil.
	Throttled func(time.Duration)
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
	before  func(context.Context) error
	limited func(time.Duration)
	now     func() time.Time
	// unusual: the base has another path than usual; answered: the service has answered there.
	unusual  bool
	answered atomic.Bool
}

// New checks the configuration and returns a Client. It connects to nothing.
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	base, err := url.Parse(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("the base URL is no URL such as %s", DefaultBaseURL)
	}
	if base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("the base URL %q is not a complete URL such as %s", base.Redacted(), DefaultBaseURL)
	}
	if base.Scheme != "https" && !(base.Scheme == "http" && cfg.AllowPrivate) {
		return nil, fmt.Errorf("the base URL has to start with https://, got %s://", base.Scheme)
	}
	if !strings.HasSuffix(base.Path, "/") {
		base.Path += "/"
	}
	c := &Client{base: base, hosts: map[string]bool{hostOf(base): true}, before: cfg.Before, limited: cfg.Throttled, now: cfg.Now, rt: cfg.Transport}
	c.unusual = !strings.HasSuffix(base.Path, BasePath)
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
func hostOf(u *url.URL) string { return strings.ToLower(u.Hostname()) + ":" + portOf(u) }

func portOf(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case u.Scheme == "https":
		return "443"
	}
	return "80"
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
		return "", badLink(&LinkError{reason: "is no URL"})
	}
	if !u.IsAbs() {
		u = c.base.ResolveReference(u)
	}
	u.Fragment = ""
	if u.Scheme != c.base.Scheme {
		return "", badLink(&LinkError{reason: "does not begin with " + c.base.Scheme + "://"})
	}
	if !c.hosts[hostOf(u)] {
		return "", badLink(foreignHost(u.Host))
	}
	return u.String(), nil
}

// hostShape is what a host may look like that is repeated to people.
var hostShape = regexp.MustCompile(`^[A-Za-z0-9.:\[\]_-]{1,100}$`)

func foreignHost(host string) *LinkError {
	if !hostShape.MatchString(host) {
		return &LinkError{reason: "leads to another host"}
	}
	host = strings.ToLower(host)
	return &LinkError{Host: host, reason: "leads to " + host + ", which is not allowed"}
}

func badLink(cause *LinkError) error { return &Error{Op: "link", Malformed: true, Err: cause} }

// call makes one call. in is encoded as JSON when not nil; out is decoded into
// when not nil. The returned header is that of a 2xx answer.
func (c *Client) call(ctx context.Context, k Key, method, target string, in, out any) (http.Header, error) {
	header, err := c.exchange(ctx, k, method, target, in, out)
	e, failed := AsError(err)
	switch {
	case err == nil:
		c.answered.Store(true)
	case failed && c.unusual && method == http.MethodGet && !c.answered.Load() && (errors.Is(e, errNoJSON) || e.Status == http.StatusNotFound || e.Status/100 == 3):
		return nil, &Error{Op: e.Op, Sent: true, Malformed: true, Err: &BaseError{c.base.String()}}
	}
	return header, err
}

// exchange is call for whom it does not matter what answers.
func (c *Client) exchange(ctx context.Context, k Key, method, target string, in, out any) (http.Header, error) {
	a, err := c.send(ctx, k, method, target, in)
	if err != nil {
		return nil, err
	}
	e := &Error{Op: a.op, Sent: true, Status: a.res.StatusCode, RetryAfter: c.retryAfter(a.res.Header)}
	if a.res.StatusCode < 200 || a.res.StatusCode > 299 {
		return nil, c.refused(e, a.res, a.body, sensitive(k, in))
	}
	if e.Err = readable(a.body, a.broken, out); e.Err != nil {
		e.Malformed = true
		return nil, e
	}
	return a.res.Header, nil
}

// answer is whatever came back.
type answer struct {
	op     string
	res    *http.Response // its body is closed
	body   []byte         // one byte longer than maxAnswer when it is too long
	broken error          // the body could not be read to its end
}

// send signs a request, sends it and reads the answer, whatever it is.
func (c *Client) send(ctx context.Context, k Key, method, target string, in any) (answer, error) {
	u, err := url.Parse(target)
	if err != nil {
		return answer{}, &Error{Op: method, Err: errors.New("no URL")}
	}
	a := answer{op: method + " " + u.Path}
	if !idShape.MatchString(k.ID) || k.Secret == "" {
		return a, &Error{Op: a.op, Err: errors.New("the key has no usable id, or no secret")}
	}
	if err := c.wait(ctx, a.op); err != nil {
		return a, err
	}
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	req, err := request(ctx, method, target, in)
	if err != nil {
		return a, &Error{Op: a.op, Err: err}
	}
	one := &attempt{base: c.rt}
	h := &http.Client{
		Transport:     &hawk{key: k, base: one, offsets: &c.offsets, now: c.now},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if a.res, err = h.Do(req); err != nil {
		return a, &Error{Op: a.op, Sent: one.sent.Load(), Err: cause(err)}
	}
	defer func() { _ = a.res.Body.Close() }()
	a.body, a.broken = io.ReadAll(io.LimitReader(a.res.Body, maxAnswer+1))
	return a, nil
}

var errNoJSON = errors.New("the answer is not the JSON it should be")

// readable reads the body of a 2xx answer. What nobody needs may be empty, but no
// web page: that would be the answer of something in between.
func readable(body []byte, err error, out any) error {
	switch {
	case err != nil:
		return errors.New("the answer breaks off")
	case len(body) > maxAnswer:
		return errors.New("the answer is larger than 8 MiB")
	case out == nil && len(bytes.TrimSpace(body)) == 0:
		return nil
	case out == nil:
		err = plausible(body)
	default:
		err = decode(body, out)
	}
	if err != nil {
		return errNoJSON
	}
	return nil
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
func (c *Client) refused(e *Error, res *http.Response, body []byte, secrets []string) error {
	if res.StatusCode >= 300 && res.StatusCode < 400 {
		e.Err = errors.New("redirects are not followed")
		return e
	}
	if len(body) <= maxAnswer {
		e.Message = message(body, secrets...)
	}
	if res.StatusCode == http.StatusTooManyRequests && c.limited != nil {
		c.limited(e.RetryAfter)
	}
	if res.StatusCode == http.StatusUnauthorized {
		if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
			e.Skew = at.Sub(c.now().Add(c.offsets.get(res.Request.URL.Host)))
		}
	}
	return e
}

// maxRetryAfter is the longest wait that is believed.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads seconds or a date.
func (c *Client) retryAfter(h http.Header) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	var wait time.Duration
	if secs, err := strconv.ParseInt(v, 10, 64); err == nil {
		wait = time.Duration(min(max(secs, 0), int64(maxRetryAfter/time.Second))) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		wait = at.Sub(c.now())
	}
	return min(max(wait, 0), maxRetryAfter)
}
