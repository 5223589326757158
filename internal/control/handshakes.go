package control

import (
	"cmp"
	"context"
	"slices"

	"zerotouch.example/internal/ztp"
)

// listeners is what this process knows of its listeners, with the failed handshakes of all.
func (c *Control) listeners(ctx context.Context) (ztp.ListenerState, error) {
	state := c.cfg.Listeners()
	all, err := c.cfg.Store.ListHandshakes(ctx)
	state.Handshakes = mergeHandshakes(all, state.Handshakes)
	return state, err
}

// mergeHandshakes adds the kinds that this process alone knows yet, and its later times, the
// newest first.
func mergeHandshakes(written, own []ztp.HandshakeFailure) []ztp.HandshakeFailure {
	all := slices.Clone(written)
	slices.SortFunc(all, ztp.HandshakeFailure.Compare)
	for _, f := range own {
		i, known := slices.BinarySearchFunc(all, f, ztp.HandshakeFailure.Compare)
		switch {
		case !known:
			all = slices.Insert(all, i, f)
		case f.Last.After(all[i].Last):
			all[i].Last = f.Last
		}
	}
	slices.SortFunc(all, func(a, b ztp.HandshakeFailure) int { return cmp.Or(b.Last.Compare(a.Last), a.Compare(b)) })
	return all
}
