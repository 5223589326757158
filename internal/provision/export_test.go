package provision

import (
	"context"
	"crypto/x509"
	"net/url"
)

// WithRoots makes a checker trust the certificates of a test server. The system's
// own are read once per process, so SSL_CERT_FILE cannot be set by a test.
func (c *Checker) WithRoots(roots *x509.CertPool) *Checker {
	c.roots = roots
	return c
}

// Tick is what Run does every second.
func (h *Handler) Tick(ctx context.Context) { h.s.feed.tick(ctx) }

// Bound sets how many bytes are remembered; Remembered are the phones that are.
func (h *Handler) Bound(bytes int) { h.s.known.most = bytes }

func (h *Handler) Remembered() int { return h.s.known.order.Len() }

// Met is met for a base in text form.
func Met(base string, err error) error {
	u, perr := url.Parse(base)
	if perr != nil {
		panic(perr)
	}
	return met(u, err)
}

// CleanAgent is what is shown of a User-Agent.
var CleanAgent = cleanAgent
