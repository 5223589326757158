package access

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"regexp"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// tokenPrefix lets people and scanners tell what they have found.
	tokenPrefix = "zt_"
	// longestExpiry bounds how far ahead a token may expire.
	longestExpiry = 10 * 366 * 24 * time.Hour
	// touchEvery bounds how often the use of a token is written down.
	touchEvery = time.Minute
)

var (
	tokenPattern  = regexp.MustCompile(`^zt_[a-z2-7]{52}$`)
	tokenEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)
)

// AddToken makes an API token of 256 random bits and returns its value, which is
// never shown again. It ends at expires. A name that is taken is invalid.
func (a *Access) AddToken(ctx context.Context, actor ztp.Actor, name string, role ztp.Role, expires time.Time) (ztp.Secret, error) {
	if err := a.mayChange(ctx, actor, "token.add", name); err != nil {
		return ztp.Secret{}, err
	}
	now := a.now()
	if err := ValidateToken(name, role, expires.Sub(now)); err != nil {
		return ztp.Secret{}, err
	}
	token := ztp.NewSecret(tokenPrefix + strings.ToLower(tokenEncoding.EncodeToString(randomBytes(32))))
	row := ztp.APIToken{Name: name, Role: role, CreatedAt: now, ExpiresAt: expires.UTC().Truncate(time.Millisecond)}
	err := a.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := s.CreateAPIToken(ctx, row, hashToken(token.RevealSecret())); err != nil {
			return err
		}
		e := a.event(actor, "token.added", name)
		e.Detail = "role " + string(role) + ", expires " + row.ExpiresAt.Format(time.RFC3339)
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		return ztp.Secret{}, err
	}
	return token, nil
}

// ValidateToken says what is wrong with a token before anything is written: invalid
// with the fields name, role and expires.
func ValidateToken(name string, role ztp.Role, lives time.Duration) error {
	fields := map[string]string{}
	if !namePattern.MatchString(name) {
		fields["name"] = nameRemedy
	}
	if _, err := ztp.ParseRole(string(role)); err != nil {
		fields["role"] = ztp.AsError(err).Detail
	}
	if lives <= 0 || lives > longestExpiry {
		fields["expires"] = "A token expires at a time to come, within ten years."
	}
	return ztp.InvalidFields(fields)
}

// RevokeToken deletes the token; the next request with it is refused.
func (a *Access) RevokeToken(ctx context.Context, actor ztp.Actor, name string) error {
	if err := a.mayChange(ctx, actor, "token.revoke", name); err != nil {
		return err
	}
	return a.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := s.DeleteAPIToken(ctx, name); err != nil {
			return err
		}
		return s.AppendEvent(ctx, a.event(actor, "token.revoked", name))
	})
}

// ListTokens returns all API tokens, expired ones too, without their values.
func (a *Access) ListTokens(ctx context.Context, actor ztp.Actor) ([]ztp.APIToken, error) {
	if err := maySee(actor); err != nil {
		return nil, err
	}
	return a.cfg.Store.ListAPITokens(ctx)
}

// Authenticate returns the actor behind an API token, as it stands after
// "Bearer ". Unknown, expired and malformed ones are the same unauthenticated
// error. That the token was used is written down at most once a minute.
func (a *Access) Authenticate(ctx context.Context, bearer string) (ztp.Actor, error) {
	refused := &ztp.Error{Code: ztp.CodeUnauthenticated, Detail: "This API token is unknown, revoked or expired."}
	if !tokenPattern.MatchString(bearer) {
		return ztp.Actor{}, refused
	}
	t, err := a.cfg.Store.APIToken(ctx, hashToken(bearer))
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return ztp.Actor{}, refused
	}
	if err != nil {
		return ztp.Actor{}, err
	}
	now := a.now()
	if !now.Before(t.ExpiresAt) {
		return ztp.Actor{}, refused
	}
	if now.Sub(t.UsedAt) >= touchEvery {
		// Best effort: a note on when it was last used must not stop the request.
		if err := a.cfg.Store.TouchAPIToken(ctx, t.Name, now); err != nil {
			a.cfg.Log.Warn("use of an API token not written down", "token", t.Name, "err", err)
		}
	}
	address, requestID := a.caller(ctx)
	return ztp.Actor{Kind: ztp.ActorToken, Name: t.Name, Role: t.Role, Address: address, RequestID: requestID}, nil
}

// hashToken is how a token is stored. It has 256 random bits, so a plain hash
// cannot be turned back.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
