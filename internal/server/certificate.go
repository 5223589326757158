package server

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

// chain is one certificate as it was read.
type chain struct {
	pair
	certPEM, keyPEM []byte
	tls             *tls.Certificate
	// alarm is the last ztp.ServedCertificate.Alarm that was told.
	alarm int
}

// certificates are those of one listener, cheapest handshake first.
type certificates struct {
	lookout
	at    Listener
	shown atomic.Pointer[shelf]
}

// shelf is what was read. usual is the name that the first one of the setting is for:
// what is meant by whoever names none.
type shelf struct {
	chains []*chain
	usual  string
}

// newCertificates reads the files, which have to be good at the start.
func newCertificates(name string, at Listener, now func() time.Time, log *slog.Logger) (*certificates, error) {
	c := &certificates{at: at, lookout: lookout{listener: name, what: "TLS files", now: now, log: log}}
	c.load = c.read
	return c, c.first()
}

// get is for tls.Config.GetCertificate.
func (c *certificates) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.look()
	return c.shown.Load().pick(hello), nil
}

// isFor reports whether one of them is for a name.
func (c *certificates) isFor(name string) bool {
	return slices.ContainsFunc(c.shown.Load().chains, func(x *chain) bool { return x.tls.Leaf.VerifyHostname(name) == nil })
}

// pick takes the first one that is for the asked name and that the other side can
// use. For a name that none is for, and for no name, that is the usual one's; and if
// nothing fits, the first one, so that the other side says what it misses.
func (s *shelf) pick(hello *tls.ClientHelloInfo) *tls.Certificate {
	if len(s.chains) == 1 {
		return s.chains[0].tls
	}
	asked := []string{hello.ServerName, s.usual, ""} // "" is any
	if hello.ServerName == "" {
		asked = asked[1:]
	}
	h := *hello
	for _, h.ServerName = range asked {
		for _, x := range s.chains {
			if h.SupportsCertificate(x.tls) == nil {
				return x.tls
			}
		}
	}
	return s.chains[0].tls
}

// read reads every pair and changes over to those that differ and fit together; one
// that does not keeps what it had. A pair that is not named any more is gone.
func (c *certificates) read() error {
	var had []*chain
	if s := c.shown.Load(); s != nil {
		had = s.chains
	}
	pairs, err := c.at.pairs()
	if err != nil {
		return err
	}
	var (
		next []*chain
		errs []error
	)
	for _, p := range pairs {
		before := earlier(had, p)
		x, err := p.read(before)
		if err != nil {
			errs = append(errs, err)
			x = before
		}
		if x == nil {
			continue
		}
		if had != nil && x != before {
			c.log.Info("TLS certificate changed", "listener", c.listener, "file", p.cert, "not_after", x.tls.Leaf.NotAfter)
		}
		next = append(next, x)
	}
	if len(next) > 0 && (had != nil || len(errs) == 0) {
		usual := firstName(next[0].tls.Leaf)
		slices.SortStableFunc(next, func(a, b *chain) int { return cost(a) - cost(b) })
		c.shown.Store(&shelf{next, usual})
	}
	c.tellExpiry()
	return errors.Join(errs...)
}

// earlier finds what was read of a pair before, or nil.
func earlier(had []*chain, p pair) *chain {
	for _, x := range had {
		if x.pair == p {
			return x
		}
	}
	return nil
}

// read reads both files; before itself when nothing has changed. Content is compared,
// not times: a mounted secret is swapped by a link.
func (p pair) read(before *chain) (*chain, error) {
	cert, err := os.ReadFile(p.cert)
	if err != nil {
		return nil, err
	}
	key, err := os.ReadFile(p.key)
	if err != nil {
		return nil, err
	}
	if before != nil && bytes.Equal(cert, before.certPEM) && bytes.Equal(key, before.keyPEM) {
		return before, nil
	}
	made, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s with %s: %w", p.cert, p.key, err)
	}
	return &chain{pair: p, certPEM: cert, keyPEM: key, tls: &made}, nil
}

// cost orders chains by what a handshake costs here: one with RSA takes three to four
// times the processor time of one with P-256.
func cost(x *chain) int {
	switch k := x.tls.Leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return 0
		}
		return 1
	case *rsa.PublicKey:
		return k.N.BitLen()
	}
	return 1
}

func keyKind(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *ecdsa.PublicKey:
		return k.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA-%d", k.N.BitLen())
	}
	return c.PublicKeyAlgorithm.String()
}

// names are what a certificate is for.
func names(c *x509.Certificate) []string {
	all := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	return all
}

func firstName(c *x509.Certificate) string {
	if all := names(c); len(all) > 0 {
		return all[0]
	}
	return ""
}

func (c *certificates) served(x *chain) ztp.ServedCertificate {
	return ztp.ServedCertificate{Listener: c.listener, Names: names(x.tls.Leaf), Key: keyKind(x.tls.Leaf), NotAfter: x.tls.Leaf.NotAfter.UTC()}
}

// tellExpiry logs every step that the end of a certificate has come nearer.
func (c *certificates) tellExpiry() {
	s := c.shown.Load()
	if s == nil {
		return
	}
	for _, x := range s.chains {
		is := c.served(x)
		if days := is.Alarm(c.now()); days != x.alarm {
			x.alarm = days
			c.log.Warn("TLS certificate ends soon", "listener", c.listener, "file", x.cert, "names", is.Names, "not_after", is.NotAfter, "days_left_at_most", days)
		}
	}
}
