package server

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// handshakesEvery is how often failed handshakes are written down, so that every
	// replica tells of them. A crash loses those since.
	handshakesEvery = 5 * time.Second
	lastWrite       = 2 * time.Second
)

// unwritten adds to what is to be written of a kind; h.mu is held. A kind that finds no
// place is told by this process alone.
func (h *handshakes) unwritten(kind, more ztp.HandshakeFailure) {
	was := h.fresh[kind]
	if was == nil {
		if len(h.fresh) >= mostFailures {
			return
		}
		was = &ztp.HandshakeFailure{}
		*was = kind
		was.First = more.First
		h.fresh[kind] = was
	}
	was.Count += more.Count
	if more.First.Before(was.First) {
		was.First = more.First
	}
	if more.Last.After(was.Last) {
		was.Last = more.Last
	}
}

// write hands on what came since the last time. After an error it is kept.
func (h *handshakes) write(ctx context.Context, note func(context.Context, []ztp.HandshakeFailure) error) error {
	h.mu.Lock()
	all := make([]ztp.HandshakeFailure, 0, len(h.fresh))
	for _, f := range h.fresh {
		all = append(all, *f)
	}
	clear(h.fresh)
	h.mu.Unlock()
	if len(all) == 0 {
		return nil
	}
	err := note(ctx, all)
	if err != nil {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, f := range all {
			kind := f
			kind.Count, kind.First, kind.Last = 0, time.Time{}, time.Time{}
			h.unwritten(kind, f)
		}
	}
	return err
}

// NoteHandshakes writes down failed handshakes with phones until ctx ends.
func (l *Listeners) NoteHandshakes(ctx context.Context, note func(context.Context, []ztp.HandshakeFailure) error) {
	tick := time.NewTicker(handshakesEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := l.failures.write(ctx, note); err != nil && ctx.Err() == nil {
				l.failures.log.Warn("failed handshakes are not recorded", "err", err)
			}
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			if err := l.failures.write(last, note); err != nil {
				l.failures.log.Warn("failed handshakes are not recorded", "err", err)
			}
			return
		}
	}
}
