// Package access says who is calling: it turns a portal session or an API token
// into a ztp.Actor, and keeps the users, passwords, sessions and tokens behind
// that. It decides nothing about platforms and vendors; whoever changes those
// checks the actor's role.
//
// Passwords are kept as argon2id, session ids and API tokens as SHA-256 alone. A
// session is only a claim to a user's name: the role is read from the store for
// every request, so a removed user or a changed password ends it at once.
//
// It writes no page. Start reading at Middleware and SignIn; user.go and token.go
// hold what the command line does.
package access

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"zerotouch.example/internal/ztp"
)

// Times that hold where the Config says nothing.
const (
	// DefaultIdle is how long a session lives without a request of its user.
	DefaultIdle = 15 * time.Minute
	// DefaultLifetime is how long it lives at most.
	DefaultLifetime = 8 * time.Hour
)

// PollHeader marks a request that a page makes by itself, where Config.Polls is nil.
const PollHeader = "Zerotouch-Poll"

// Config is what New needs. Store is required, every other zero value is usable.
type Config struct {
	Store ztp.Store
	// PlainHTTP is set where the portal is served without TLS on a loopback
	// address: the cookie then has neither the __Host- prefix nor Secure.
	PlainHTTP bool
	// Idle and Lifetime bound a session; DefaultIdle and DefaultLifetime when zero.
	Idle, Lifetime time.Duration
	// Polls reports whether a page made the request by itself. Such a request
	// extends no session, or an open page would keep its user signed in.
	Polls func(*http.Request) bool
	// Caller yields the address and the request id that the server put into the
	// context. When nil, the address is that of the connection.
	Caller func(context.Context) (address, requestID string)
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
}

// Access knows who is calling. It is safe for concurrent use.
type Access struct {
	cfg      Config
	sessions *scs.SessionManager
	rests    *rests
	hasher   *hasher
}

// New returns an Access.
func New(cfg Config) *Access {
	if cfg.Idle == 0 {
		cfg.Idle = DefaultIdle
	}
	if cfg.Lifetime == 0 {
		cfg.Lifetime = DefaultLifetime
	}
	if cfg.Polls == nil {
		cfg.Polls = func(r *http.Request) bool { return r.Header.Get(PollHeader) != "" }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	a := &Access{cfg: cfg, rests: newRests(), hasher: newHasher()}
	a.sessions = a.newSessions()
	return a
}

// now is the clock cut to the store's resolution.
func (a *Access) now() time.Time { return a.cfg.Now().UTC().Truncate(time.Millisecond) }

// caller returns where the request in ctx came from, and its id.
func (a *Access) caller(ctx context.Context) (address, requestID string) {
	if a.cfg.Caller == nil {
		return "", ""
	}
	return a.cfg.Caller(ctx)
}

// callerOf is caller with the address of the connection as the last resort.
func (a *Access) callerOf(r *http.Request) (address, requestID string) {
	address, requestID = a.caller(r.Context())
	if address != "" {
		return address, requestID
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return host, requestID
}

// mayChange refuses viewers, and records that they tried.
func (a *Access) mayChange(ctx context.Context, actor ztp.Actor, action, target string) error {
	if actor.MayChange() {
		return nil
	}
	e := a.event(actor, action, target)
	e.Outcome, e.Code = ztp.OutcomeRefused, ztp.CodeNotAllowed
	a.record(ctx, e)
	return &ztp.Error{Code: ztp.CodeNotAllowed, Detail: "Your role is viewer."}
}

// maySee refuses whoever has no role at all.
func maySee(actor ztp.Actor) error {
	if actor.MaySee() {
		return nil
	}
	return &ztp.Error{Code: ztp.CodeNotAllowed}
}

// event starts the audit row of something that is done.
func (a *Access) event(actor ztp.Actor, action, target string) ztp.Event {
	return actor.Event(a.now(), action, target)
}

// record writes the audit row of a refusal. The refusal stands even when the row
// cannot be written; the log tells.
func (a *Access) record(ctx context.Context, e ztp.Event) {
	if err := a.cfg.Store.AppendEvent(context.WithoutCancel(ctx), e); err != nil {
		a.cfg.Log.Error("audit row not written", "action", e.Action, "err", err)
	}
}
