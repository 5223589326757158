// Package web is the admin portal: pages rendered on the server, with htmx for
// what changes while one looks at it. It turns requests into calls of
// internal/control and what these return into pages; it decides nothing itself
// and keeps nothing but a short-lived copy of the list of platforms.
//
// Everything works without JavaScript: a confirmation is a page, an answer is a
// redirect back to the row. With it the confirmation is a dialog and the row
// changes in place, on every open page.
//
// Start reading at routes.go, which shows the whole surface, and row.go, which
// draws every state of a vendor's row.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/control"
)

// NavLink is a further entry of the main navigation.
type NavLink struct{ Title, Href string }

// Notice is what an installation wants to say on top of pages. Text between
// backticks is set as code.
type Notice struct {
	// SignIn stands on the sign-in page, Pages on every page behind it.
	SignIn, Pages string
}

// Config is what New needs. Control and Access are required.
type Config struct {
	Control *control.Control
	// Access must have been made with Polls set to IsPoll, so that an open page
	// does not keep its session alive.
	Access *access.Access
	// Installation is the environment's name, on every page.
	Installation string
	Version      string
	// AdminURL is the portal's own address as browsers see it; its origin is
	// trusted even where a proxy changes the Host header. May be "".
	AdminURL string
	// Secure says that browsers reach the portal by TLS.
	Secure bool
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
	// RequestID returns the id under which a request is logged; may be nil.
	RequestID func(context.Context) string
	// Address returns the caller's network address; the connection's when nil.
	Address func(*http.Request) string
	Notice  Notice
	// ExtraNav is added behind the portal's own entries.
	ExtraNav []NavLink
	// Settle is how long the answer to a confirmed action waits for the operation
	// to end before it shows the row in flight; 900 ms when zero, none when negative.
	Settle time.Duration
}

// maxForm bounds the body of every request.
const maxForm = 64 << 10

// portal carries what all handlers share.
type portal struct {
	cfg    Config
	ctl    *control.Control
	pages  pageSet
	assets *assets

	mu       sync.Mutex
	overview snapshot
}

// New returns the portal. Templates and assets are checked here, so that a
// mistake in one stops the start and not a page.
func New(cfg Config) (http.Handler, error) {
	if cfg.Control == nil || cfg.Access == nil {
		return nil, errors.New("web: Control and Access are required")
	}
	cfg = cfg.withDefaults()
	p := &portal{cfg: cfg, ctl: cfg.Control}
	var err error
	if p.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if p.pages, err = parsePages(p.funcs()); err != nil {
		return nil, err
	}
	return p.handler()
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.RequestID == nil {
		c.RequestID = func(context.Context) string { return "" }
	}
	if c.Address == nil {
		c.Address = connectionAddress
	}
	if c.Settle == 0 {
		c.Settle = 900 * time.Millisecond
	}
	return c
}

func connectionAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// pollParam is the query parameter by which a page asks whether what it shows
// is still so.
const pollParam = "v"

// IsPoll reports whether a request was made by an open page on its own and not
// by its reader, so that it must not keep a session alive.
func IsPoll(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("HX-Request") == "true" && r.URL.Query().Has(pollParam)
}
