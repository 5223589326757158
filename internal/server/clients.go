package server

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

// PhoneClients says which certificates of phones are believed, and where a phone has to
// show one.
type PhoneClients struct {
	// CAFile is a bundle (PEM) of the makers' authorities; "" asks for no certificate.
	CAFile string
	// DenyFile lists serial numbers that are not believed, in hexadecimal, one a line;
	// "" for none. Both files are read again when they change.
	DenyFile string
	// Listen is an address of its own, and Names are host names at the phones' listener,
	// where nobody comes in without a certificate. Elsewhere it is asked for.
	Listen string
	Names  []string
	// Header is the one by which trusted proxies forward a phone's certificate; "" takes
	// it from nobody.
	Header string
	// MAC reads the MAC that a certificate is for; required with CAFile.
	MAC func(*x509.Certificate) (ztp.MAC, bool)
}

// clients judges certificates of phones.
type clients struct {
	lookout
	cfg   PhoneClients
	trust atomic.Pointer[trust]
}

// trust is what was read of the files.
type trust struct {
	pool   *x509.CertPool
	denied map[string]bool // serial numbers, in hexadecimal
	// sum tells one content of the bundle from another.
	sum [sha256.Size]byte
}

// notBelieved says why a certificate is no proof.
type notBelieved string

func (e notBelieved) Error() string { return "certificate not believed: " + string(e) }

// The reasons. What a certificate says of itself is never part of them.
const (
	noCertificate    = notBelieved("none was shown")
	otherAuthority   = notBelieved("no authority of the bundle has signed it")
	outOfTime        = notBelieved("it has expired or is not valid yet")
	notForClients    = notBelieved("it is not made for clients")
	weakSignature    = notBelieved("it is signed with an algorithm that is broken, such as SHA-1")
	deniedSerial     = notBelieved("its serial number is denied")
	noMAC            = notBelieved("it names no phone")
	unreadable       = notBelieved("it cannot be read")
	otherwiseInvalid = notBelieved("it is not valid")
)

// newClients reads the files, which have to be good at the start.
func newClients(cfg PhoneClients, now func() time.Time, log *slog.Logger) (*clients, error) {
	c := &clients{cfg: cfg, lookout: lookout{listener: "phone", what: "authorities of phones", now: now, log: log}}
	c.load = c.read
	return c, c.first()
}

func (c *clients) read() error {
	text, err := os.ReadFile(c.cfg.CAFile)
	if err != nil {
		return err
	}
	t := &trust{pool: x509.NewCertPool(), sum: sha256.Sum256(text)}
	if err := addAll(t.pool, text); err != nil {
		return fmt.Errorf("%s: %w", c.cfg.CAFile, err)
	}
	if c.cfg.DenyFile != "" {
		if t.denied, err = readDenied(c.cfg.DenyFile); err != nil {
			return err
		}
	}
	c.trust.Store(t)
	return nil
}

// addAll takes every certificate or none: half a bundle would turn phones away.
func addAll(pool *x509.CertPool, text []byte) error {
	n := 0
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate %d: %w", n+1, err)
		}
		pool.AddCert(cert)
		n++
	}
	switch {
	case n == 0:
		return errors.New("there is no certificate in PEM form in it")
	case bytes.Contains(text, []byte("-----BEGIN")):
		return fmt.Errorf("what follows certificate %d is broken off", n)
	}
	return nil
}

// readDenied reads serial numbers. Colons between pairs and what follows a # are left out.
func readDenied(path string) (map[string]bool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if line = strings.ReplaceAll(strings.TrimSpace(line), ":", ""); line == "" {
			continue
		}
		serial, ok := new(big.Int).SetString(line, 16)
		if !ok {
			return nil, fmt.Errorf("%s: line %d is no serial number in hexadecimal", path, n)
		}
		all[serial.Text(16)] = true
	}
	return all, lines.Err()
}

// judge returns the MAC that a phone has proven by its certificate and those it sent
// with it. The error is a notBelieved.
func (c *clients) judge(certs []*x509.Certificate) (ztp.MAC, error) {
	if len(certs) == 0 {
		return ztp.MAC{}, noCertificate
	}
	c.look()
	t, leaf, now := c.trust.Load(), certs[0], c.now()
	if err := t.verify(certs, now); err != nil {
		return ztp.MAC{}, err
	}
	switch {
	case now.Before(leaf.NotBefore) || now.After(leaf.NotAfter):
		return ztp.MAC{}, outOfTime
	case len(leaf.ExtKeyUsage)+len(leaf.UnknownExtKeyUsage) > 0 && !forClients(leaf):
		return ztp.MAC{}, notForClients
	case t.denied[leaf.SerialNumber.Text(16)]:
		return ztp.MAC{}, deniedSerial
	}
	mac, ok := c.cfg.MAC(leaf)
	if !ok {
		return ztp.MAC{}, noMAC
	}
	return mac, nil
}

// verify follows the signatures up to the bundle. A phone keeps its certificate for
// life, so an authority that has ended meanwhile counts as long as it was valid when it
// signed.
func (t *trust) verify(certs []*x509.Certificate, now time.Time) error {
	opts := x509.VerifyOptions{Roots: t.pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if len(certs) > 1 {
		opts.Intermediates = x509.NewCertPool()
		for _, c := range certs[1:] {
			opts.Intermediates.AddCert(c)
		}
	}
	_, err := certs[0].Verify(opts)
	if invalid := (x509.CertificateInvalidError{}); errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		opts.CurrentTime = certs[0].NotBefore
		_, err = certs[0].Verify(opts)
	}
	return reasonOf(err)
}

func reasonOf(err error) error {
	var (
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		weak    x509.InsecureAlgorithmError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &weak) || strings.Contains(err.Error(), "insecure algorithm"):
		return weakSignature
	case errors.As(err, &unknown):
		return otherAuthority
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return outOfTime
	}
	return otherwiseInvalid
}

func forClients(c *x509.Certificate) bool {
	return slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}
