package provision

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// checkTimeout bounds a whole check: name, connection, handshake and answer.
	checkTimeout = 5 * time.Second
	// challengeLife is how long the expected answer lies in the database.
	challengeLife = 60 * time.Second
	// maxAnswer is more than our answer; what is longer comes from somebody else.
	maxAnswer = 1 << 10
)

// ChallengeStore keeps the expected answers, readable by every replica.
type ChallengeStore interface {
	PutChallenge(ctx context.Context, nonce, answer string, now, expires time.Time) error
}

// Checker proves that a provisioning URL leads to this installation, the way a
// phone would go there: by DNS and TLS, with the certificate authorities of the
// system, without a proxy. A wrong URL in a phone means a visit to it.
type Checker struct {
	Store ChallengeStore
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Certificate is what is shown where phones have to show one, made anew for each check;
	// nil shows none.
	Certificate func() (*tls.Certificate, error)

	roots *x509.CertPool // of tests; nil is the system's
}

// Off is the checker that proves nothing, for installations that cannot reach
// their own address. Health says so in red.
type Off struct{}

// Check says yes to every address.
func (Off) Check(context.Context, ztp.URLTemplate) error { return nil }

// Off reports that addresses are not proven.
func (Off) Off() bool { return true }

// Check returns nil when the template's address answers with what was just put
// into the database; of somebody else's server a completed TLS handshake is
// enough. Otherwise it is provisioning_url_unreachable, and the detail says what
// was met there, never what it answered. It takes at most 5 s.
func (c *Checker) Check(ctx context.Context, t ztp.URLTemplate) error {
	if t.IsZero() {
		return ztp.Errorf(ztp.CodeConfigurationMissing, "There is no provisioning URL.")
	}
	base, err := url.Parse(t.Base())
	if err != nil || base.Hostname() == "" {
		return unreachable("It is not a complete URL.", nil)
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if !t.ServedHere() {
		return c.shakeHands(ctx, base)
	}
	return c.ask(ctx, base)
}

// ask fetches a fresh challenge from below base and compares.
func (c *Checker) ask(ctx context.Context, base *url.URL) error {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	nonce, want, at := ztp.NewNonce(), ztp.NewNonce(), now().UTC()
	if err := c.Store.PutChallenge(ctx, nonce, want, at, at.Add(challengeLife)); err != nil {
		return fmt.Errorf("check the provisioning URL: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base.String()+challengePrefix+nonce, nil)
	if err != nil {
		return unreachable("It is not a complete URL.", nil)
	}
	res, err := c.client(base).Do(req)
	if err != nil {
		return met(base, err)
	}
	defer func() { _ = res.Body.Close() }()
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return unreachable(fmt.Sprintf("%s answers with a redirect (status %d), which phones need not follow. Name the address it leads to.", base.Host, res.StatusCode), nil)
	case res.StatusCode != http.StatusOK:
		return unreachable(fmt.Sprintf("%s answers the check with status %d. Another server is there, or a proxy that does not pass %s… on to the phone listener.", base.Host, res.StatusCode, base.Path+challengePrefix), nil)
	}
	got, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return met(base, err)
	}
	if subtle.ConstantTimeCompare(got, []byte(want)) != 1 {
		return unreachable(fmt.Sprintf("%s answers the check with something else. Another server is there, or another installation of zerotouch.", base.Host), nil)
	}
	return nil
}

// client goes the phones' way once: no proxy, no redirects, no kept connection.
func (c *Checker) client(base *url.URL) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:            dialer(base.Scheme).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: c.roots, MinVersion: tls.VersionTLS12, GetClientCertificate: c.shown},
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: 16 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// shown is for tls.Config.GetClientCertificate: whose authorities are asked for does not matter.
func (c *Checker) shown(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if c.Certificate == nil {
		return &tls.Certificate{}, nil
	}
	return c.Certificate()
}

// dialer refuses plain http to anything but this machine, whatever a name like
// localhost resolves to.
func dialer(scheme string) *net.Dialer {
	d := &net.Dialer{}
	if scheme != "https" {
		d.Control = func(_, address string, _ syscall.RawConn) error {
			host, _, err := net.SplitHostPort(address)
			if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
				return errNotLoopback
			}
			return nil
		}
	}
	return d
}

var errNotLoopback = errors.New("plain http to an address that is not loopback")

// shakeHands is the check of somebody else's server.
func (c *Checker) shakeHands(ctx context.Context, base *url.URL) error {
	address := net.JoinHostPort(base.Hostname(), port(base))
	d := dialer(base.Scheme)
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return met(base, err)
	}
	defer func() { _ = conn.Close() }()
	if base.Scheme != "https" {
		return nil
	}
	shake := tls.Client(conn, &tls.Config{ServerName: base.Hostname(), RootCAs: c.roots, MinVersion: tls.VersionTLS12})
	if err := shake.HandshakeContext(ctx); err != nil {
		return met(base, err)
	}
	return nil
}

func port(u *url.URL) string {
	switch {
	case u.Port() != "":
		return u.Port()
	case strings.EqualFold(u.Scheme, "https"):
		return "443"
	}
	return "80"
}
