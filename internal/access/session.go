package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"zerotouch.example/internal/ztp"
)

// Names of the session cookie: __Host- binds it to this host, to the path / and
// to TLS, which plain http on a loopback address cannot have.
const (
	cookieName          = "__Host-zerotouch"
	cookieNamePlainHTTP = "zerotouch"
)

// session is what is stored of one. Times are Unix milliseconds.
type session struct {
	User string `json:"user"`
	// Since is when the user signed in, Seen when a request last renewed it.
	Since int64 `json:"since"`
	Seen  int64 `json:"seen"`
	// Mark tells by which password the user signed in, without being of use to guess it.
	Mark string `json:"mark"`
}

const sessionKey = "session"

// newSessions sets the session manager up for ids, hashing and storage. Expiry
// and cookies are ours: it would renew on every request and by its own clock. It is not
// scs.New, which brings along a store in memory and encoding/gob.
func (a *Access) newSessions() *scs.SessionManager {
	return &scs.SessionManager{Store: sessionStore{a}, Codec: sessionCodec{}, HashTokenInStore: true, Lifetime: a.cfg.Lifetime}
}

// sessionOf returns the session that the context carries; empty without one.
func (a *Access) sessionOf(ctx context.Context) session {
	s, _ := a.sessions.Get(ctx, sessionKey).(session)
	return s
}

// expires is when a session ends unless it is renewed.
func (a *Access) expires(s session) time.Time {
	idle := time.UnixMilli(s.Seen).Add(a.cfg.Idle)
	end := time.UnixMilli(s.Since).Add(a.cfg.Lifetime)
	if end.Before(idle) {
		return end.UTC()
	}
	return idle.UTC()
}

// mark binds a session to the user's password: another password, another mark.
func mark(u ztp.User) string {
	sum := sha256.Sum256([]byte("session mark\x00" + u.Name + "\x00" + u.PasswordHash))
	return hex.EncodeToString(sum[:16])
}

// cookie makes the session cookie; an empty token removes it from the browser.
// It has no lifetime of its own: the server knows when the session ends.
func (a *Access) cookie(token string) *http.Cookie {
	c := &http.Cookie{
		Name: cookieName, Value: token, Path: "/",
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if a.cfg.PlainHTTP {
		c.Name, c.Secure = cookieNamePlainHTTP, false
	}
	if token == "" {
		c.MaxAge = -1
	}
	return c
}

// sessionCodec writes a session as JSON. What it cannot read counts as no
// session, so that an old row only makes its user sign in again.
type sessionCodec struct{}

func (sessionCodec) Encode(_ time.Time, values map[string]any) ([]byte, error) {
	s, _ := values[sessionKey].(session)
	return json.Marshal(s)
}

func (sessionCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var s session
	if err := json.Unmarshal(b, &s); err != nil || s.User == "" {
		return time.Time{}, map[string]any{}, nil
	}
	return time.Time{}, map[string]any{sessionKey: s}, nil
}

// sessionStore puts the session manager onto ztp.AccessStore. Ids arrive hashed.
type sessionStore struct{ a *Access }

var _ scs.CtxStore = sessionStore{}

func (s sessionStore) FindCtx(ctx context.Context, hash string) ([]byte, bool, error) {
	b, err := s.a.cfg.Store.Session(ctx, hash, s.a.now())
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, false, nil
	}
	return b, err == nil, err
}

// CommitCtx leaves the manager's own expiry aside; see newSessions.
func (s sessionStore) CommitCtx(ctx context.Context, hash string, b []byte, _ time.Time) error {
	var row session
	if err := json.Unmarshal(b, &row); err != nil {
		return err
	}
	if ctx.Value(renewing{}) != nil {
		return s.a.cfg.Store.RenewSession(ctx, hash, b, s.a.expires(row))
	}
	return s.a.cfg.Store.SaveSession(ctx, hash, row.User, b, s.a.expires(row))
}

// renewing marks the context of a renewal, which must not bring back a session that
// is being ended, here or in another process.
type renewing struct{}

func (s sessionStore) DeleteCtx(ctx context.Context, hash string) error {
	err := s.a.cfg.Store.DeleteSession(ctx, hash)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil
	}
	return err
}

// The manager prefers the methods above; its interface wants these as well.

func (s sessionStore) Find(hash string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), hash)
}

func (s sessionStore) Commit(hash string, b []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), hash, b, expires)
}

func (s sessionStore) Delete(hash string) error { return s.DeleteCtx(context.Background(), hash) }
