package sraps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Seen is what one reading call showed, headers included: for reports on what the
// service really does, not for work.
type Seen struct {
	Status int
	// Object or List is the answer's body, whichever it is; both are nil else.
	Object Object
	List   []Object
	// Allow are the methods that the answer names.
	Allow []string
	// Next is the link to the next page, as it was written.
	Next string
	// Skew is how far the server's clock is ahead of ours by its Date, and HasDate
	// whether it sent one.
	Skew    time.Duration
	HasDate bool
	// Signed: the answer carried a Server-Authorization, which verified.
	Signed bool
	// Wait is what Retry-After asks for.
	Wait time.Duration
	// Message is the vendor's, of an answer that is not 2xx.
	Message string
}

// Look makes a call that changes nothing, GET or OPTIONS, and tells what came
// back, refusals included. An error means that there was no usable answer.
func (c *Client) Look(ctx context.Context, k Key, method, target string) (Seen, error) {
	if method != http.MethodGet && method != http.MethodOptions {
		return Seen{}, &Error{Op: method, Err: fmt.Errorf("%s is no reading call", method)}
	}
	a, err := c.send(ctx, k, method, target, nil)
	if err != nil {
		return Seen{}, err
	}
	h := a.res.Header
	s := Seen{Status: a.res.StatusCode, Next: nextLink(h), Signed: h.Get("Server-Authorization") != "", Wait: c.retryAfter(h)}
	for _, m := range strings.Split(strings.Join(h.Values("Allow"), ","), ",") {
		if m = strings.ToUpper(strings.TrimSpace(m)); m != "" {
			s.Allow = append(s.Allow, m)
		}
	}
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		s.Skew, s.HasDate = at.Sub(c.now()), true
	}
	if a.res.StatusCode < 200 || a.res.StatusCode > 299 {
		s.Message = message(a.body, k.Secret)
		return s, nil
	}
	if a.broken != nil || len(a.body) > maxAnswer {
		return s, &Error{Op: a.op, Sent: true, Status: s.Status, Malformed: true, Err: errors.New("the answer breaks off or is too large")}
	}
	if decode(a.body, &s.Object) != nil {
		s.Object = nil
		if decode(a.body, &s.List) != nil {
			s.List = nil
		}
	}
	return s, nil
}

// Base is the URL below which the service's well-known places are.
func (c *Client) Base() *url.URL {
	u := *c.base
	return &u
}

// Allowed reports whether a link may be followed.
func (c *Client) Allowed(link string) bool {
	_, err := c.follow(link, "")
	return err == nil
}

// Place returns the URL of a company's collection and whether the company's own
// links told it.
func (c *Client) Place(ctx context.Context, k Key, company, name string) (target string, linked bool, err error) {
	o, err := c.entry(ctx, k, company)
	if err != nil {
		return "", false, err
	}
	target, err = c.collection(ctx, k, company, name)
	return target, o.Link(name, strings.ReplaceAll(name, "-", "_")) != "", err
}
