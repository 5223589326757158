package ztp

import "context"

type turnKey struct{}

// InTurn marks calls to a vendor as those of an operation for many of the platform:
// they let all others go first, and take turns with those of other platforms.
func InTurn(ctx context.Context, p PlatformID) context.Context {
	return context.WithValue(ctx, turnKey{}, p)
}

// TurnOf returns whose turn a call has to wait for, "" for one that waits for none.
func TurnOf(ctx context.Context) PlatformID {
	p, _ := ctx.Value(turnKey{}).(PlatformID)
	return p
}
