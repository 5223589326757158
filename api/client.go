package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswer bounds what is read of an answer.
	maxAnswer = 8 << 20
	// defaultTimeout bounds a request, the longest wait for an operation included.
	defaultTimeout = 90 * time.Second
)

// Client calls one server. It is safe for concurrent use.
type Client struct {
	base      *url.URL
	token     Secret
	http      *http.Client
	insecure  bool
	userAgent string
}

// Option changes what New makes.
type Option func(*Client)

// WithHTTPClient uses the caller's client, with its transport and time-outs.
func WithHTTPClient(h *http.Client) Option { return func(c *Client) { c.http = h } }

// WithPlainHTTP also takes http:// addresses that are not loopback. The token
// then crosses the network readable; it is for networks that encrypt by themselves.
func WithPlainHTTP() Option { return func(c *Client) { c.insecure = true } }

// WithUserAgent names the program.
func WithUserAgent(s string) Option { return func(c *Client) { c.userAgent = s } }

// New returns a client for the server at baseURL, such as
// https://zerotouch.example, that signs in with an API token. Plain http is
// taken for loopback addresses alone. Redirects are never followed, so that the
// token reaches no other host.
func New(baseURL, token string, opts ...Option) (*Client, error) {
	u, err := url.Parse(strings.TrimRight(baseURL, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		// The text is not repeated: it may hold a password.
		return nil, errors.New("the server's address is not a complete URL such as https://zerotouch.example")
	}
	c := &Client{base: u, token: Secret(token), userAgent: "zerotouch-api"}
	for _, o := range opts {
		o(c)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !c.insecure && !isLoopback(u.Hostname())) {
		return nil, fmt.Errorf("%s://%s: the server's address has to start with https://; plain http is only taken for a loopback address", u.Scheme, u.Host)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the API token holds characters that no token has")
	}
	h := http.Client{Timeout: defaultTimeout}
	if c.http != nil {
		h = *c.http
	}
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &h
	return c, nil
}

// String names the server; the token is not part of it.
func (c *Client) String() string { return "zerotouch API at " + c.base.String() }

// GoString keeps %#v from walking into the token.
func (c *Client) GoString() string { return c.String() }

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// CallOption changes one request.
type CallOption func(*http.Request)

// IdempotencyKey makes a request repeatable: the same key with the same request
// yields the same operation, whenever it comes; of CreatePlatform, CreateAccount and
// IssueToken what was made, token included, for 24 hours. 1 to 128 printable
// characters. Without this option each of these requests carries a key of its own.
func IdempotencyKey(key string) CallOption {
	return func(r *http.Request) { r.Header.Set("Idempotency-Key", key) }
}

// path joins escaped segments below /api/v1.
func path(segments ...string) string {
	var b strings.Builder
	b.WriteString("/api/v1")
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return b.String()
}

// call is one request. in is encoded as JSON unless nil; query may be nil.
type call struct {
	method string
	path   string
	query  url.Values
	in     any
	// file is sent as it is, in place of in.
	file io.Reader
	opts []CallOption
}

// do sends a request and decodes the answer into out, unless that is nil. It
// returns the status of a successful answer. A refusal of zerotouch is an *Error,
// what is no answer of it a *NoAnswer.
func (c *Client) do(ctx context.Context, in call, out any) (int, error) {
	req, err := c.request(ctx, in)
	if err != nil {
		return 0, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, c.noAnswer(in, withoutURL(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return 0, c.noAnswer(in, fmt.Errorf("the answer broke off: %w", err))
	}
	if len(body) > maxAnswer {
		return 0, fmt.Errorf("%s %s: the answer is longer than %d bytes", in.method, in.path, maxAnswer)
	}
	if resp.StatusCode >= 400 {
		return resp.StatusCode, c.problemOf(in, resp, body)
	}
	if resp.StatusCode >= 300 {
		return resp.StatusCode, c.elsewhere(in, resp, body)
	}
	if out == nil || resp.StatusCode == http.StatusNoContent {
		return resp.StatusCode, nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		// The body is not repeated: it may hold a token that was just issued.
		return resp.StatusCode, c.elsewhere(in, resp, body)
	}
	return resp.StatusCode, nil
}

func (c *Client) request(ctx context.Context, in call) (*http.Request, error) {
	var body io.Reader
	if in.in != nil {
		b, err := json.Marshal(in.in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	if in.file != nil {
		body = in.file
	}
	target := c.base.String() + in.path
	if len(in.query) > 0 {
		target += "?" + in.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, in.method, target, body)
	if err != nil {
		return nil, err
	}
	switch {
	case in.file != nil:
		req.Header.Set("Content-Type", "text/csv")
		if f, ok := in.file.(*os.File); ok {
			announce(req, f)
		}
	case in.in != nil:
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	}
	for _, o := range in.opts {
		o(req)
	}
	return req, nil
}

// announce says how long a file is, and waits for leave to send it: one that is too long
// is refused at once.
func announce(req *http.Request, f *os.File) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	if at, err := f.Seek(0, io.SeekCurrent); err == nil && at < info.Size() {
		req.ContentLength = info.Size() - at
		req.Header.Set("Expect", "100-continue")
	}
}

// withoutURL keeps the query out of the text of a transport error.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// problemOf reads the problem document of a refusal. An answer without one is not
// from zerotouch, but from a proxy or whatever else is at the address.
func (c *Client) problemOf(in call, resp *http.Response, body []byte) error {
	e := &Error{}
	if err := json.Unmarshal(body, &e.Problem); err != nil || e.Code == "" {
		return c.elsewhere(in, resp, body)
	}
	e.Status = resp.StatusCode
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	return e
}
