package access

import (
	"context"

	"zerotouch.example/internal/ztp"
)

type actorKey struct{}

// WithActor returns a context that carries the actor.
func WithActor(ctx context.Context, actor ztp.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

// ActorFrom returns who makes the request; ok is false when nobody is signed in.
func ActorFrom(ctx context.Context) (actor ztp.Actor, ok bool) {
	actor, ok = ctx.Value(actorKey{}).(ztp.Actor)
	return actor, ok
}
