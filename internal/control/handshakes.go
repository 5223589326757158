package control

import (
	"cmp"
	"context"
	"slices"
	"sort"

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
	sort.Slice(all, func(i, j int) bool { return all[i].Compare(all[j]) < 0 })
	for _, f := range own {
		i, known := slices.BinarySearchFunc(all, f, ztp.HandshakeFailure.Compare)
		switch {
		case !known:
			all = slices.Insert(all, i, f)
		case f.Last.After(all[i].Last):
			all[i].Last = f.Last
		}
	}
	sort.Slice(all, func(i, j int) bool { return cmp.Or(all[j].Last.Compare(all[i].Last), all[i].Compare(all[j])) < 0 })
	return all
}
