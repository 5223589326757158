package access

import (
	"context"
	"net/http"
	"time"

	"zerotouch.example/internal/ztp"
)

// Middleware finds out who is signed in and puts the actor into the request's
// context. A request without a valid session goes on without an actor: what then
// happens is the handler's matter. Role and password are looked up each time, so
// a removed user is signed out by the next request. fail answers a request whose session
// could not be read.
func (a *Access) Middleware(next http.Handler, fail func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := a.identify(r)
		if err != nil {
			fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// identify returns the request's context with its session, and with the actor
// when that session is good.
func (a *Access) identify(r *http.Request) (context.Context, error) {
	token := a.tokenOf(r)
	ctx, err := a.sessions.Load(r.Context(), token)
	if err != nil {
		return nil, err
	}
	s := a.sessionOf(ctx)
	if s.User == "" {
		return ctx, nil
	}
	u, err := a.cfg.Store.User(ctx, s.User)
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, err
	}
	if err != nil || mark(u) != s.Mark {
		return ctx, a.end(ctx)
	}
	alive, err := a.renew(r, token, s)
	if err != nil || !alive {
		return ctx, err
	}
	address, requestID := a.callerOf(r)
	return WithActor(ctx, ztp.Actor{Kind: ztp.ActorUser, Name: u.Name, Role: u.Role, Address: address, RequestID: requestID}), nil
}

func (a *Access) tokenOf(r *http.Request) string {
	c, err := r.Cookie(a.cookie("").Name)
	if err != nil {
		return ""
	}
	return c.Value
}

// renewEvery spares a write per request: the idle time is kept to a fifteenth,
// one minute of fifteen.
func (a *Access) renewEvery() time.Duration { return a.cfg.Idle / 15 }

// renew moves the end of the session on, unless the request is a page's own. It
// reports false when the session was ended meanwhile. One that cannot be written
// ends when it would have: pages can still be read while the disk is full.
func (a *Access) renew(r *http.Request, token string, s session) (alive bool, err error) {
	now := a.now()
	if a.cfg.Polls(r) || now.Sub(time.UnixMilli(s.Seen)) < a.renewEvery() {
		return true, nil
	}
	// Read it again, into a context that has no session yet.
	ctx, err := a.sessions.Load(context.WithValue(r.Context(), renewing{}, true), token)
	if err != nil {
		return false, err
	}
	if s = a.sessionOf(ctx); s.User == "" {
		return false, nil
	}
	s.Seen = now.UnixMilli()
	a.sessions.Put(ctx, sessionKey, s)
	_, _, err = a.sessions.Commit(ctx)
	switch {
	case ztp.IsCode(err, ztp.CodeNotFound):
		return false, nil
	case err != nil:
		a.cfg.Log.Warn("session not renewed", "user", s.User, "err", err)
	}
	return true, nil
}

// end deletes the session of the context.
func (a *Access) end(ctx context.Context) error {
	return a.sessions.Destroy(ctx)
}
