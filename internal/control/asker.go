package control

import (
	"context"
	"slices"

	"zerotouch.example/internal/ztp"
)

// AskerGone reports whether whoever asked for something that still goes on may not change
// anything any more: the user was removed or is a viewer by now, or the API token was revoked.
// A token that has only expired asked in its time.
func AskerGone(ctx context.Context, s ztp.AccessStore, a ztp.Actor) (bool, error) {
	switch a.Kind {
	case ztp.ActorUser, "":
		u, err := s.User(ctx, a.Name)
		if ztp.IsCode(err, ztp.CodeNotFound) {
			return true, nil
		}
		return err == nil && u.Role != ztp.SuperAdmin, err
	case ztp.ActorToken:
		tokens, err := s.ListAPITokens(ctx)
		there := slices.ContainsFunc(tokens, func(t ztp.APIToken) bool { return t.Name == a.Name && t.Role == ztp.SuperAdmin })
		return err == nil && !there, err
	}
	return false, nil
}
