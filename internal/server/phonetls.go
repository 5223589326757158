package server

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// ticketPeriod is how long one key makes session tickets, and ticketPeriods how
	// many periods after that they are taken: a phone that asks once a day resumes.
	ticketPeriod  = 8 * time.Hour
	ticketPeriods = 4
)

// phoneTLS is TLS as the phones' listeners speak it. The handshake is made by the
// connection itself, at its first read, and not by net/http, which would tell of a
// broken one in nothing but a line of text. HTTP/2 is not offered: no phone speaks it.
//
// TLS 1.2 is the least: below it passwords could be read on the way, and no desk phone
// that is rendered for needs less. Cipher suites are those of Go, without key exchange by
// RSA, which would let who gets the key later read what was recorded.
type phoneTLS struct {
	certificates *certificates
	// clients judges the certificates of phones; nil asks for none. required: nobody
	// comes in without one that is believed.
	clients  *clients
	required bool
	failures *handshakes
	turns    *turns
	// ticket gives the key of session tickets for a period.
	ticket func(period int64) ([32]byte, error)
	now    func() time.Time
	log    *slog.Logger

	changing sync.Mutex
	current  atomic.Pointer[tlsConfig]
}

// tlsConfig is a configuration and what it was made for.
type tlsConfig struct {
	*tls.Config
	period int64
	trust  *trust
}

// config is the configuration of the moment.
func (p *phoneTLS) config() *tls.Config {
	period, t := p.now().UnixNano()/int64(ticketPeriod), p.trust()
	if c := p.current.Load(); c != nil && c.period == period && c.trust == t {
		return c.Config
	}
	p.changing.Lock()
	defer p.changing.Unlock()
	if c := p.current.Load(); c != nil && c.period == period && c.trust == t {
		return c.Config
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: p.certificates.get, GetConfigForClient: hear}
	if t != nil {
		c.ClientCAs, c.ClientAuth = t.pool, tls.RequestClientCert
	}
	if p.required { // a session without a certificate is not resumed then
		c.ClientAuth = tls.RequireAnyClientCert
	}
	c.SetSessionTicketKeys(p.ticketKeys(period, t))
	p.current.Store(&tlsConfig{c, period, t})
	return c
}

func (p *phoneTLS) trust() *trust {
	if p.clients == nil {
		return nil
	}
	p.clients.look()
	return p.clients.trust.Load()
}

// ticketKeys are the key of the period, which makes tickets, and those before it, which
// are taken. They go with the bundle of authorities: who has not been asked for a
// certificate, or by another bundle, makes a whole handshake.
func (p *phoneTLS) ticketKeys(period int64, t *trust) (keys [][32]byte) {
	for i := range int64(ticketPeriods + 1) {
		k, err := p.ticket(period - i)
		if err != nil {
			p.log.Error("TLS session tickets are not shared with other processes", "err", err)
			_, _ = rand.Read(k[:]) // never fails
		}
		if t != nil {
			k = sha256.Sum256(append(k[:], t.sum[:]...))
		}
		keys = append(keys, k)
	}
	return keys
}

// randomTickets are keys that only this process has.
func randomTickets() func(period int64) ([32]byte, error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return func(period int64) ([32]byte, error) {
		return sha256.Sum256(binary.BigEndian.AppendUint64(secret[:32:32], uint64(period))), nil
	}
}

// phoneListener hands out connections that shake hands at their first read.
type phoneListener struct {
	net.Listener
	tls *phoneTLS
}

func (l phoneListener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &phoneConn{tls: l.tls}
	c.heard.Conn, c.heard.turns = raw, l.tls.turns
	cfg := l.tls.config()
	if l.tls.clients != nil {
		cfg = cfg.Clone()
		cfg.VerifyConnection = c.verify
	}
	c.Conn = tls.Server(&c.heard, cfg)
	return c, nil
}

// phoneConn is a connection of a phone. net/http takes it for a plain one.
type phoneConn struct {
	*tls.Conn
	tls   *phoneTLS
	heard heard
	once  sync.Once
	err   error
	// mac is what the phone has proven by its certificate; zero without one that is
	// believed.
	mac ztp.MAC
}

// heard is the connection below, with what the other side has offered. turn: it has one,
// until our answer is written.
type heard struct {
	net.Conn
	turns *turns
	turn  bool
	hello *tls.ClientHelloInfo
	// end is that of what was read since the hello.
	end [alertRecord]byte
}

// alertRecord is how long an alert is that is not encrypted: type, version, length, level
// and what it says.
const alertRecord = 7

// Read keeps the end of what the other side says after its hello, for openAlert.
func (h *heard) Read(p []byte) (int, error) {
	n, err := h.Conn.Read(p)
	if h.hello != nil && n > 0 {
		last := p[max(0, n-alertRecord):n]
		copy(h.end[copy(h.end[:], h.end[len(last):]):], last)
	}
	return n, err
}

// openAlert is the alert that the other side has ended with, if that was not encrypted. OpenSSL
// gives up a TLS 1.3 handshake in that way when it does not like our certificate: it has not
// turned to its key by then. crypto/tls takes what is open there for a broken record.
func (h *heard) openAlert() (said tls.AlertError, ok bool) {
	const alert, major = 21, 3
	e := h.end
	return tls.AlertError(e[6]), e[0] == alert && e[1] == major && e[3] == 0 && e[4] == 2
}

// hear is for tls.Config.GetConfigForClient, which is called when the phone's hello was read
// and nothing is computed yet. It changes no configuration.
func hear(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	h, ok := hello.Conn.(*heard)
	if !ok {
		return nil, nil
	}
	h.hello = hello
	if h.turn = h.turns.take(); !h.turn {
		return nil, errNoTurn
	}
	return nil, nil
}

// Write gives the turn to the next one.
func (h *heard) Write(p []byte) (int, error) {
	h.done()
	return h.Conn.Write(p)
}

func (h *heard) done() {
	if h.turn {
		h.turn = false
		h.turns.give()
	}
}

// Read reads after the handshake. What went wrong with that is the business of nobody
// above; they see a connection that has ended.
func (c *phoneConn) Read(p []byte) (int, error) {
	c.once.Do(c.shake)
	if c.err != nil {
		return 0, io.EOF
	}
	return c.Conn.Read(p)
}

// verify judges the certificate of the phone, of a resumed session too. Where none is
// required, one that is not believed counts as none.
func (c *phoneConn) verify(s tls.ConnectionState) error {
	required := c.tls.required || slices.Contains(c.tls.clients.cfg.Names, strings.ToLower(s.ServerName))
	mac, err := c.tls.clients.judge(s.PeerCertificates)
	c.mac = mac
	if err != nil && c.tls.isCheck(s.PeerCertificates) {
		return nil
	}
	if required {
		return err
	}
	if err != nil && err != noCertificate {
		f, _ := c.failure(err)
		f.Alert = strings.Replace(f.Alert, "we say", "let in without it", 1)
		c.tls.failures.note(f)
	}
	return nil
}

func (c *phoneConn) shake() {
	// net/http has set the time for reading, of a handshake and the header after it.
	_ = c.SetWriteDeadline(time.Now().Add(phoneLimits.header))
	if c.err = c.Handshake(); c.err != nil {
		answerPlain(c.err)
		if f, told := c.failure(c.err); told {
			c.tls.failures.note(f)
		}
	}
	c.heard.done()
	c.heard.hello = nil // it holds much, and there are many
}
