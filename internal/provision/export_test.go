package provision

import (
	"context"
	"crypto/x509"
	"net/url"
	"runtime"
	"time"

	"zerotouch.example/internal/ztp"
)

// WithRoots makes a checker trust the certificates of a test server. The system's
// own are read once per process, so SSL_CERT_FILE cannot be set by a test.
func (c *Checker) WithRoots(roots *x509.CertPool) *Checker {
	c.roots = roots
	return c
}

// Tick is what Run does every second.
func (h *Handler) Tick(ctx context.Context) { h.s.feed.tick(ctx) }

// Patient lets phones wait for the database as long as that takes. Call it before any asks.
func (h *Handler) Patient() { h.s.patience, h.s.feed.patience = time.Hour, time.Hour }

// Bound sets how many bytes are remembered, Size is how many are.
func (h *Handler) Bound(bytes int) { h.s.known.most = bytes }

func (h *Handler) Size() int { return h.s.known.size }

// RememberAll is what Run does after its start and after changes, and reports whether there
// was something to do.
func (h *Handler) RememberAll(ctx context.Context) bool {
	again := h.s.dueAgain()
	if again {
		h.s.rememberAll(ctx)
	}
	return again
}

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

// AwaitTurns waits until so many wait for a look-up, Held is how many a platform has.
func (h *Handler) AwaitTurns(n int) {
	for {
		h.s.slots.mu.Lock()
		waiting := len(h.s.slots.queue)
		h.s.slots.mu.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}

func (h *Handler) Held(tenant string) int {
	h.s.slots.mu.Lock()
	defer h.s.slots.mu.Unlock()
	return h.s.slots.held[tenant]
}

func (h *Handler) Take(ctx context.Context, tenant string) error { return h.s.slots.take(ctx, tenant) }

func (h *Handler) Give(tenant string) { h.s.slots.give(tenant) }

// Over counts a phone's settings.
func (h *Handler) Over(mac ztp.MAC, now time.Time) bool { return h.s.pace.over(mac, now) }

// CutAndBack cuts texts out of a file and puts them in again, behind what is there.
func CutAndBack(before, whole []byte, texts []string) (own, back string) {
	rest, common := cutCommon(whole, texts)
	return string(rest), string(withCommon(before, rest, common))
}
