package sipnotify

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// conn is a socket to the proxy, shared by all transactions.
type conn struct {
	net.Conn
	stream bool
	// local is our own address, for Via and Contact.
	local string
	// heard counts answers, to whomever.
	heard atomic.Int64
	// done is closed when the socket has failed, with err.
	done chan struct{}
	err  error
	once sync.Once

	lock    sync.Mutex
	waiting map[string]chan response // by branch
}

// dial connects to the first place that answers: where no port is named, those of the SRV
// records come first (RFC 3263).
func dial(ctx context.Context, cfg Config) (*conn, error) {
	var errs []error
	for _, place := range places(ctx, cfg.Proxy) {
		n, err := dialOne(ctx, cfg, place)
		if err == nil {
			c := &conn{Conn: n, stream: cfg.Proxy.Transport != "udp", local: n.LocalAddr().String(), done: make(chan struct{}), waiting: map[string]chan response{}}
			go c.read()
			return c, nil
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func dialOne(ctx context.Context, cfg Config, place string) (net.Conn, error) {
	switch cfg.Proxy.Transport {
	case "tls":
		t := cfg.TLS.Clone()
		if t == nil {
			t = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.ServerName = cfg.Proxy.Host // the name that was configured, not one of DNS
		return (&tls.Dialer{Config: t}).DialContext(ctx, "tcp", place)
	default:
		return (&net.Dialer{}).DialContext(ctx, cfg.Proxy.Transport, place)
	}
}

// places are host:port in the order in which they are tried.
func places(ctx context.Context, p Proxy) (list []string) {
	if p.Port != 0 {
		return []string{net.JoinHostPort(p.Host, strconv.Itoa(p.Port))}
	}
	service, proto, port := "sip", p.Transport, "5060"
	if p.Transport == "tls" {
		service, proto, port = "sips", "tcp", "5061"
	}
	if net.ParseIP(p.Host) == nil {
		_, found, err := net.DefaultResolver.LookupSRV(ctx, service, proto, p.Host)
		for _, s := range found {
			list = append(list, net.JoinHostPort(s.Target, strconv.Itoa(int(s.Port))))
		}
		if err == nil && len(list) > 0 {
			return list
		}
	}
	return []string{net.JoinHostPort(p.Host, port)}
}

func (c *conn) alive() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

func (c *conn) fail(err error) {
	c.once.Do(func() {
		c.err = err
		close(c.done)
		_ = c.Conn.Close()
	})
}

// read hands answers to who waits for them, until the socket fails.
func (c *conn) read() {
	in, packet := bufio.NewReaderSize(c.Conn, most), make([]byte, most)
	for {
		if !c.stream {
			n, err := c.Conn.Read(packet)
			if err != nil {
				c.fail(err)
				return
			}
			in = bufio.NewReaderSize(bytes.NewReader(packet[:n]), most)
		}
		r, err := readMessage(in)
		switch {
		case err == nil:
			c.deliver(r)
		case !c.stream || errors.Is(err, errForeign):
		default:
			c.fail(err)
			return
		}
	}
}

func (c *conn) deliver(r response) {
	c.heard.Add(1)
	c.lock.Lock()
	defer c.lock.Unlock()
	select {
	case c.waiting[r.branch] <- r:
	default: // nobody waits any more, or it has enough answers to look at
	}
}

// transact sends the message until it is answered, as the non-INVITE client transaction of
// RFC 3261 does. Over a stream it is sent once.
func (c *conn) transact(ctx context.Context, m message, t1 time.Duration) (response, error) {
	branch := "z9hG4bK" + token()
	answers := c.expect(branch)
	defer c.forget(branch)
	text := m.encode(branch)
	end := time.NewTimer(timerF * t1)
	defer end.Stop()
	wait := t1
	again := time.NewTimer(wait)
	defer again.Stop()
	if c.stream {
		again.Stop()
	}
	if err := c.write(text); err != nil {
		return response{}, err
	}
	for {
		select {
		case r := <-answers:
			if r.status >= 200 {
				return r, nil
			}
			wait = longestT2 // it has arrived: patience
		case <-again.C:
			if err := c.write(text); err != nil {
				return response{}, err
			}
			wait = min(2*wait, longestT2)
			again.Reset(wait)
		case <-end.C:
			return response{}, ErrNoAnswer
		case <-c.done:
			return response{}, c.lost()
		case <-ctx.Done():
			return response{}, context.Cause(ctx)
		}
	}
}

func (c *conn) expect(branch string) <-chan response {
	c.lock.Lock()
	defer c.lock.Unlock()
	answers := make(chan response, 8)
	c.waiting[branch] = answers
	return answers
}

func (c *conn) forget(branch string) {
	c.lock.Lock()
	defer c.lock.Unlock()
	delete(c.waiting, branch)
}

// write bounds how long a proxy that does not read may hold anybody up.
func (c *conn) write(b []byte) error {
	_ = c.SetWriteDeadline(time.Now().Add(dialTimeout))
	if _, err := c.Conn.Write(b); err != nil {
		c.fail(err)
		return c.lost()
	}
	return nil
}

// lost is what a failed socket is to those who wait. Why it failed is no error of theirs:
// that one had no answer says nothing of the others.
func (c *conn) lost() error {
	<-c.done
	if errors.Is(c.err, errClosed) {
		return fmt.Errorf("%w: %w", ErrProxy, errClosed)
	}
	return fmt.Errorf("%w: %w: %v", ErrProxy, errLost, c.err)
}
