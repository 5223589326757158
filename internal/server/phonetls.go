package server

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
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
	// ticket gives the key of session tickets for a period; nil keeps them to this process.
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
}

// config is the configuration of the moment.
func (p *phoneTLS) config() *tls.Config {
	var period int64
	if p.ticket != nil {
		period = p.now().UnixNano() / int64(ticketPeriod)
	}
	if c := p.current.Load(); c != nil && c.period == period {
		return c.Config
	}
	p.changing.Lock()
	defer p.changing.Unlock()
	if c := p.current.Load(); c != nil && c.period == period {
		return c.Config
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: p.certificates.get, GetConfigForClient: remember}
	if keys := p.ticketKeys(period); len(keys) > 0 {
		c.SetSessionTicketKeys(keys)
	}
	p.current.Store(&tlsConfig{c, period})
	return c
}

// ticketKeys are the key of the period, which makes tickets, and those before it, which
// are taken. Without them each process makes its own, and a phone that comes to another
// one makes a whole handshake.
func (p *phoneTLS) ticketKeys(period int64) (keys [][32]byte) {
	if p.ticket == nil {
		return nil
	}
	for i := range int64(ticketPeriods + 1) {
		k, err := p.ticket(period - i)
		if err != nil {
			p.log.Error("TLS session tickets are not shared with other processes", "err", err)
			return nil
		}
		keys = append(keys, k)
	}
	return keys
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
	c.heard.Conn = raw
	c.Conn = tls.Server(&c.heard, l.tls.config())
	return c, nil
}

// phoneConn is a connection of a phone. net/http takes it for a plain one.
type phoneConn struct {
	*tls.Conn
	tls   *phoneTLS
	heard heard
	once  sync.Once
	err   error
}

// heard is the connection below, with what the other side has offered.
type heard struct {
	net.Conn
	hello *tls.ClientHelloInfo
}

// remember is for tls.Config.GetConfigForClient, and changes nothing.
func remember(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	if h, ok := hello.Conn.(*heard); ok {
		h.hello = hello
	}
	return nil, nil
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

func (c *phoneConn) shake() {
	// net/http has set the time for reading, of a handshake and the header after it.
	_ = c.SetWriteDeadline(time.Now().Add(phoneLimits.header))
	if c.err = c.Handshake(); c.err != nil {
		answerPlain(c.err)
	}
	c.heard.hello = nil // it holds much, and there are many
}
