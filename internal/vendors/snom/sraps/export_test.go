package sraps

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Hooks for the external tests: parsers of foreign input, and signing with
// chosen time and nonce.
var (
	Message    = message
	Decode     = decode
	Attributes = attributes
	PublicOnly = func(address string) error { return publicOnly("tcp", address, nil) }
)

const (
	MaxAnswer = maxAnswer
	PageSize  = pageSize
)

func NextLink(values ...string) string { return nextLink(http.Header{"Link": values}) }

func (c *Client) Follow(link string) (string, error) { return c.follow(link, "") }

func StaleTimestamp(header string, k Key) (time.Time, bool) {
	return staleTimestamp([]string{header}, k)
}

// Attempt passes requests on to base, and tells whether one was sent.
func Attempt(base http.RoundTripper, req *http.Request) (sent bool, err error) {
	a := &attempt{base: base}
	_, err = a.RoundTrip(req)
	return a.sent.Load(), err
}

func PayloadHash(contentType, body string) string { return payloadHash(contentType, []byte(body)) }

// Signature is a request signed with a chosen time and nonce.
type Signature struct {
	Key                  Key
	Method, TS, Nonce    string
	URL                  *url.URL
	ContentType, Payload string
	Ext                  string
}

func (s Signature) artifacts() artifacts {
	a := artifacts{ts: s.TS, nonce: s.Nonce, method: s.Method, ext: s.Ext, url: s.URL}
	if s.Payload != "" {
		a.hash = payloadHash(s.ContentType, []byte(s.Payload))
	}
	return a
}

// Header is what Authorization says.
func (s Signature) Header() string { return s.artifacts().header(s.Key) }

// MAC is its signature alone.
func (s Signature) MAC() string { return s.artifacts().mac("header", s.Key) }

// Verify checks an answer's Server-Authorization as the client does.
func (s Signature) Verify(header, contentType, body string) error {
	res := &http.Response{
		Header: http.Header{"Server-Authorization": {header}, "Content-Type": {contentType}},
		Body:   http.NoBody,
	}
	if body != "" {
		res.Body = &closer{Reader: strings.NewReader(body)}
	}
	_, err := (&hawk{key: s.Key}).verified(res, s.artifacts())
	return err
}

type closer struct{ *strings.Reader }

func (*closer) Close() error { return nil }

func Sign(k Key, text string) string { return sign(k, text) }
