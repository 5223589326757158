package sraps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
)

// transport is the connection part: no proxy from the environment, no way into
// the inside of a network.
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

// inside are networks that netip does not call private, or that carry an address
// of another network in them.
var inside = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),     // this network (RFC 1122)
	netip.MustParsePrefix("100.64.0.0/10"), // carrier-grade NAT (RFC 6598)
	netip.MustParsePrefix("192.0.0.0/24"),  // protocol assignments (RFC 6890)
	netip.MustParsePrefix("198.18.0.0/15"), // benchmarks (RFC 2544)
	netip.MustParsePrefix("240.0.0.0/4"),   // reserved, and broadcast (RFC 1112)
	netip.MustParsePrefix("::/96"),         // IPv4-compatible (RFC 4291)
	netip.MustParsePrefix("64:ff9b::/96"),  // NAT64 (RFC 6052)
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/32"), // Teredo (RFC 4380)
	netip.MustParsePrefix("2002::/16"), // 6to4 (RFC 3056)
}

// publicOnly refuses addresses inside a network. It sees the address after the
// name was resolved, so that no name can lead there.
func publicOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := ap.Addr().Unmap().WithZone("")
	public := ip.IsGlobalUnicast() && !ip.IsPrivate()
	for _, p := range inside {
		public = public && !p.Contains(ip)
	}
	if !public {
		return fmt.Errorf("%s is not a public address", ip)
	}
	return nil
}

// errRepeated stands for an answer 401 that says nothing: the connection broke,
// net/http sent the same bytes again, and a nonce counts once.
var errRepeated = errors.New("the connection broke and the request arrived twice")

// attempt passes requests on and notes how far they came. Whoever is not a
// net/http transport tells nothing; its requests count as sent.
type attempt struct {
	base http.RoundTripper
	sent atomic.Bool
}

// RoundTrip implements http.RoundTripper.
func (a *attempt) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := over(req.Context()); err != nil {
		a.sent.Store(false)
		return nil, err
	}
	a.sent.Store(true)
	var conns atomic.Int32
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		// Asked for another connection, net/http takes back the first: it repeats
		// what changes something only when not a byte of it was written.
		GetConn: func(string) { conns.Add(1); a.sent.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { a.sent.Store(true) },
	})
	res, err := a.base.RoundTrip(req.WithContext(ctx))
	if err == nil && conns.Load() > 1 && res.StatusCode == http.StatusUnauthorized {
		_ = res.Body.Close()
		return nil, errRepeated
	}
	return res, err
}

// over is the end of the call's time. A process that was frozen may run on for a moment
// before its timers strike; what it sent then would come when nobody reckons with it.
func over(ctx context.Context) error {
	if end, ok := ctx.Deadline(); ok && !time.Now().Before(end) {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// wait runs the client's hook before a request.
func (c *Client) wait(ctx context.Context, op string) error {
	if c.before == nil {
		return nil
	}
	if err := c.before(ctx); err != nil {
		return &Error{Op: op, Err: err}
	}
	return nil
}
