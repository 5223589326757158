package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// calmAfter without a line about the database ends its trouble; the slowest loop that
	// meets it looks once a minute.
	calmAfter = 2 * time.Minute
	// calmEvery is how often the same is said again of one trouble that lasts.
	calmEvery = 10 * time.Minute
)

// Calm hands lines on to the handler, of which trouble of the database is told once: while it
// lasts every request and every loop would tell the same, and what else happens could not be
// found. What each message says is told the first time, and every ten minutes with the number
// of lines that were held back meanwhile. Lines of requests are never held back.
type Calm struct {
	slog.Handler
	told *toldOf
}

// toldOf is what was said of one trouble.
type toldOf struct {
	mu   sync.Mutex
	last time.Time
	at   map[string]time.Time
	held int64
}

// CalmOf puts Calm before a handler.
func CalmOf(h slog.Handler) Calm { return Calm{h, &toldOf{}} }

// Handle implements slog.Handler.
func (c Calm) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelWarn || !ofDatabase(r) {
		return c.Handler.Handle(ctx, r)
	}
	first, held := c.told.tell(r.Message, r.Time)
	if !first {
		return nil
	}
	if held > 0 {
		r = r.Clone()
		r.AddAttrs(slog.Int64("held_back", held))
	}
	return c.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (c Calm) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Calm{c.Handler.WithAttrs(attrs), c.told}
}

// WithGroup implements slog.Handler.
func (c Calm) WithGroup(name string) slog.Handler { return Calm{c.Handler.WithGroup(name), c.told} }

// ofDatabase reports whether a line tells of an error of the database, and is not that of a
// request, which has a status.
func ofDatabase(r slog.Record) (is bool) {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "status" {
			is = false
			return false
		}
		if err, ok := a.Value.Any().(error); ok && a.Value.Kind() == slog.KindAny {
			is = is || ztp.InDatabase(err)
		}
		return true
	})
	return is
}

// tell reports whether a message is to be written, and how many were held back before it.
func (t *toldOf) tell(message string, now time.Time) (write bool, held int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.at == nil || now.Sub(t.last) > calmAfter {
		t.at = map[string]time.Time{}
	}
	t.last = now
	if at, was := t.at[message]; was && now.Sub(at) < calmEvery {
		t.held++
		return false, 0
	}
	t.at[message] = now
	held, t.held = t.held, 0
	return true, held
}
