// Package sipnotify asks phones to look for their settings again: it sends a SIP NOTIFY
// outside of any dialog (RFC 3261, RFC 6665; the event "check-sync" is what vendors agree
// on) to one configured proxy, over UDP, TCP or TLS, and tells what became of it.
//
// It is the client's half of a non-INVITE transaction and nothing else of SIP: no dialog, no
// registration, no server. Where a message goes is the operator's configuration alone; what
// comes from settings of phones is escaped into the user part or refused. Start at Notify.
package sipnotify

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

// Timers of RFC 3261, section 17.1.2.2.
const (
	defaultT1 = 500 * time.Millisecond // first retransmission over UDP; each later one waits twice as long
	longestT2 = 4 * time.Second        // no wait between two is longer
	timerF    = 64                     // times T1: then nobody answers any more
	// dialTimeout bounds the connection to the proxy, with its TLS handshake.
	dialTimeout = 5 * time.Second
)

// The events of a phone that is to look for its settings.
const (
	// CheckSync: it restarts only where a setting needs that.
	CheckSync = "check-sync;reboot=false"
	// CheckSyncReboot: it restarts.
	CheckSyncReboot = "check-sync;reboot=true"
)

// ErrNoAnswer: nobody has answered within 64 times T1. The phone may have been told.
var ErrNoAnswer = errors.New("no answer")

// ErrProxy wraps what lies between here and the proxy, and so is no word about a phone:
// no connection, a certificate that is not right, or that it refuses our user and password.
var ErrProxy = errors.New("SIP proxy")

// errLost is a connection that has ended while an answer was waited for; errClosed is one
// that Close has ended.
var errLost, errClosed = errors.New("the connection was lost"), errors.New("closed")

// Config is what New needs. Proxy is required.
type Config struct {
	// Proxy is where every message goes.
	Proxy Proxy
	// From is our own address, such as sip:zerotouch@example.net; made of the proxy's host
	// when empty. CheckFrom checks it.
	From string
	// User and Password answer the proxy's challenge; empty where it asks for none.
	User     string
	Password ztp.Secret
	// Realm is the only one to which they are an answer; when empty, whoever asks on the way
	// to a phone gets one.
	Realm string
	// TLS is used where the proxy is reached by TLS; nil trusts the system's authorities.
	TLS *tls.Config
	// T1 is the estimate of a round trip; 500 ms when zero.
	T1 time.Duration
	// Agent is what we call ourselves; "zerotouch" when empty.
	Agent string
}

// Client sends. It is safe for concurrent use; all messages share one socket.
type Client struct {
	cfg    Config
	within time.Duration // dialTimeout; tests have less time
	lock   sync.Mutex
	conn   *conn
	dial   *attempt // the one that runs, nil without
	// asked is how many have asked for a password with a 401, one after the other, and not
	// taken ours.
	asked atomic.Int64
}

// mostAsk: two proxies in a row and the phone may ask, and some of them once more because of
// an old nonce.
const mostAsk = 6

// fewAsk: so many in a row may be phones that ask for a password of their own, once the
// proxy has let others through; when more do, it is the proxy.
const fewAsk = 4

// attempt is a connection being made. What comes of it is there once done is closed.
type attempt struct {
	done chan struct{}
	conn *conn
	err  error
}

// New returns a Client. It connects when there is something to send.
func New(cfg Config) *Client {
	if cfg.T1 == 0 {
		cfg.T1 = defaultT1
	}
	if cfg.From == "" {
		cfg.From = "sip:zerotouch@" + bracketed(cfg.Proxy.Host)
	}
	if cfg.Agent == "" {
		cfg.Agent = "zerotouch"
	}
	c := &Client{cfg: cfg, within: dialTimeout}
	c.asked.Store(fewAsk) // it has let nobody through yet
	return c
}

// Close gives the connection up; whoever waits for an answer gets ErrProxy.
func (c *Client) Close() {
	c.lock.Lock()
	defer c.lock.Unlock()
	if c.conn != nil {
		c.conn.fail(errClosed)
		c.conn = nil
	}
	c.dial = nil
}

// Notify sends the event to an address and returns the status of the final answer: 2xx
// when it was taken, 401 when the phone itself asks for a password; a 3xx is not followed.
// Challenges are answered, once for each realm and once more where the nonce was too old.
// A connection that is lost meanwhile is made anew once. Errors are ErrNoAnswer, ErrProxy, and
// that of ctx; in each case the phone may have been told. It may be called again.
func (c *Client) Notify(ctx context.Context, to Address, event string) (status int, err error) {
	longest := 2 * (timerF*c.cfg.T1 + c.within)
	ctx, cancel := context.WithTimeoutCause(ctx, longest, ErrNoAnswer)
	defer cancel()
	if status, err = c.tell(ctx, to, event); errors.Is(err, errLost) {
		status, err = c.tell(ctx, to, event)
	}
	return status, err
}

// tell is Notify over one connection.
func (c *Client) tell(ctx context.Context, to Address, event string) (status int, err error) {
	conn, err := c.connect(ctx)
	if err != nil {
		return 0, err
	}
	m := message{cfg: &c.cfg, to: to, event: event, local: conn.local, callID: token(), tag: token(), cseq: 1}
	for range mostAsk {
		r, err := c.send(ctx, conn, m)
		if err != nil {
			return 0, err
		}
		if status = r.status; status != 401 && status != 407 {
			c.asked.Store(0)
			return status, nil
		}
		if m.answers, err = c.answer(m.answers, r, m.uri()); err != nil {
			return c.notOurs(status, err)
		}
		m.cseq++
	}
	return c.notOurs(status, errors.New("it asks for a password again and again"))
}

// notOurs is a challenge that we can't answer. 407 is always the proxy's; a 401 looks the
// same whether it is the proxy's or that of a phone behind it.
func (c *Client) notOurs(status int, why error) (int, error) {
	if status == 401 && c.asked.Add(1) <= fewAsk {
		return status, nil
	}
	return status, fmt.Errorf("%w: %d: %w", ErrProxy, status, why)
}

// send is one transaction. A socket by which nothing at all has come meanwhile is given
// up, so that the next one finds the proxy's address anew.
func (c *Client) send(ctx context.Context, conn *conn, m message) (response, error) {
	heard := conn.heard.Load()
	r, err := conn.transact(ctx, m, c.cfg.T1)
	if errors.Is(err, ErrNoAnswer) && conn.heard.Load() == heard {
		conn.fail(err)
	}
	return r, err
}

// connect returns the connection that there is, or makes one. All who come while it is made
// wait for the same one, and share its failure: if each tried by itself, behind the other, a
// proxy that is away for a minute would get all of them at once when it is back.
func (c *Client) connect(ctx context.Context) (*conn, error) {
	c.lock.Lock()
	if c.conn != nil && c.conn.alive() {
		defer c.lock.Unlock()
		return c.conn, nil
	}
	a := c.dial
	if a == nil {
		a = &attempt{done: make(chan struct{})}
		c.dial = a
		go c.attempt(context.WithoutCancel(ctx), a)
	}
	c.lock.Unlock()
	select {
	case <-a.done:
		return a.conn, a.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (c *Client) attempt(ctx context.Context, a *attempt) {
	defer close(a.done)
	ctx, cancel := context.WithTimeout(ctx, c.within)
	defer cancel()
	conn, err := dial(ctx, c.cfg)
	c.lock.Lock()
	defer c.lock.Unlock()
	wanted := c.dial == a
	switch {
	case err != nil:
		a.err = fmt.Errorf("%w: %w", ErrProxy, err)
	case wanted:
		a.conn, c.conn = conn, conn
	default: // Close was called meanwhile
		a.err = fmt.Errorf("%w: %w", ErrProxy, errClosed)
		conn.fail(a.err)
	}
	if wanted {
		c.dial = nil
	}
}

// token is a word that nobody guesses: without it no answer is believed.
func token() string { return rand.Text() }
