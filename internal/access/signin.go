package access

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// nobody stands for every name that no user can have. Such names never reach the
// store, and count as one in the table of rests.
const nobody = "?"

// SignIn checks name and password and starts a new session. The cookie returned
// has to be set on the answer. An earlier session of the context (see Middleware)
// is ended, so its id is of no use to whoever planted it.
//
// A wrong name and a wrong password are the same unauthenticated error, after the
// same time. After five failures of one account from one address each further try
// has to rest first: too_many_requests, with RetryAfter.
func (a *Access) SignIn(ctx context.Context, name string, password ztp.Secret, address string) (ztp.Actor, *http.Cookie, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if !namePattern.MatchString(name) {
		name = nobody
	}
	now := a.now()
	if wait := a.rests.try(name, address, now); wait > 0 {
		wait = wait.Truncate(time.Second) + time.Second
		return ztp.Actor{}, nil, &ztp.Error{
			Code: ztp.CodeTooManyRequests, RetryAfter: wait,
			Detail: "Signing in has failed several times. Try again in " + wait.String() + ".",
		}
	}
	u, err := a.authenticate(ctx, name, password)
	_, requestID := a.caller(ctx)
	if err != nil {
		if ztp.InDatabase(err) {
			a.rests.takeBack(name, address, now)
		}
		if ztp.IsCode(err, ztp.CodeUnauthenticated) {
			a.recordFailure(ctx, u, address, requestID)
		}
		return ztp.Actor{}, nil, err
	}
	a.rests.succeeded(name, address, now)
	actor := ztp.Actor{Kind: ztp.ActorUser, Name: u.Name, Role: u.Role, Address: address, RequestID: requestID}
	cookie, err := a.begin(ctx, u, actor)
	return actor, cookie, err
}

// authenticate returns the user with that password. When the password alone is
// wrong it returns the user too, for the audit log.
func (a *Access) authenticate(ctx context.Context, name string, password ztp.Secret) (ztp.User, error) {
	wrong := &ztp.Error{Code: ztp.CodeUnauthenticated, Detail: "Name or password is wrong."}
	u, err := ztp.User{}, error(ztp.NotFound("user"))
	if name != nobody {
		u, err = a.cfg.Store.User(ctx, name)
	}
	if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
		return ztp.User{}, err
	}
	hash := u.PasswordHash
	if err != nil {
		u, hash = ztp.User{}, a.hasher.dummy
	}
	if len(password.RevealSecret()) > 4*maxPassword {
		password = ztp.Secret{} // nobody has one that long: as wrong as any, for the same time
	}
	ok, err := a.hasher.verify(ctx, hash, password)
	if errors.Is(err, errHash) {
		a.cfg.Log.Error("password of a user cannot be checked, set it again", "user", u.Name, "err", err)
		return u, wrong
	}
	if err != nil {
		return ztp.User{}, err
	}
	if !ok {
		return u, wrong
	}
	return u, nil
}

// begin writes the audit row and then the session, so there is never a session
// without a row.
func (a *Access) begin(ctx context.Context, u ztp.User, actor ztp.Actor) (*http.Cookie, error) {
	if err := a.cfg.Store.AppendEvent(ctx, a.event(actor, "user.signed_in", u.Name)); err != nil {
		return nil, err
	}
	ctx, err := a.sessions.Load(ctx, "") // keeps the one that Middleware loaded
	if err != nil {
		return nil, err
	}
	if err := a.sessions.RenewToken(ctx); err != nil {
		return nil, err
	}
	now := a.now().UnixMilli()
	a.sessions.Put(ctx, sessionKey, session{User: u.Name, Since: now, Seen: now, Mark: mark(u)})
	token, _, err := a.sessions.Commit(ctx)
	if err != nil {
		return nil, err
	}
	return a.cookie(token), nil
}

// recordFailure audits a failed try. A name that nobody has is left out: people
// type their password there.
func (a *Access) recordFailure(ctx context.Context, u ztp.User, address, requestID string) {
	actor := ztp.System("sign-in")
	actor.Address, actor.RequestID = address, requestID
	e := a.event(actor, "user.sign_in", u.Name)
	e.Outcome, e.Code = ztp.OutcomeRefused, ztp.CodeUnauthenticated
	if u.Name == "" {
		e.Detail = "no such user"
	}
	a.record(ctx, e)
}

// SignOut ends the session of a request that came through Middleware. The cookie
// returned has to be set on the answer: it removes the browser's. Without a
// session it does nothing else.
func (a *Access) SignOut(ctx context.Context) (*http.Cookie, error) {
	actor, ok := ActorFrom(ctx)
	if !ok {
		return a.cookie(""), nil
	}
	ctx, err := a.sessions.Load(ctx, "")
	if err != nil {
		return nil, err
	}
	if err := a.end(ctx); err != nil {
		return nil, err
	}
	a.record(ctx, a.event(actor, "user.signed_out", actor.Name))
	return a.cookie(""), nil
}
