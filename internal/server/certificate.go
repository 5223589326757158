package server

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how long after a renewal of the files the old certificate may
// still be shown.
const lookEvery = 10 * time.Second

// certificate is a pair of PEM files, read again when they have changed. While
// they do not fit together, as in the middle of a renewal, the last good pair
// goes on being shown.
type certificate struct {
	listener string
	at       Listener
	now      func() time.Time
	log      *slog.Logger

	mu        sync.Mutex
	looked    time.Time
	cert, key []byte
	pair      *tls.Certificate
}

// newCertificate reads the files, which have to be good at the start.
func newCertificate(name string, at Listener, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{listener: name, at: at, now: now, log: log}
	c.looked = now()
	if err := c.load(); err != nil {
		return nil, fmt.Errorf("%s listener: the TLS files cannot be used: %w", name, err)
	}
	return c, nil
}

// get is for tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked) >= lookEvery {
		c.looked = now
		if err := c.load(); err != nil {
			c.log.Error("TLS files cannot be used, the earlier certificate stays", "listener", c.listener, "err", err)
		}
	}
	return c.pair, nil
}

// load reads both files and changes over when they differ and fit together.
// Content is compared, not times: a mounted secret is swapped by a link.
func (c *certificate) load() error {
	cert, err := os.ReadFile(c.at.CertFile)
	if err != nil {
		return err
	}
	key, err := os.ReadFile(c.at.KeyFile)
	if err != nil {
		return err
	}
	if c.pair != nil && bytes.Equal(cert, c.cert) && bytes.Equal(key, c.key) {
		return nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("%s with %s: %w", c.at.CertFile, c.at.KeyFile, err)
	}
	if c.pair != nil {
		c.log.Info("TLS certificate changed", "listener", c.listener, "not_after", pair.Leaf.NotAfter)
	}
	c.cert, c.key, c.pair = cert, key, &pair
	return nil
}
