package server_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/server"
	"zerotouch.example/internal/ztp"
)

// TestCalm: trouble of the database is told once, all else each time.
func TestCalm(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := slog.New(server.CalmOf(server.NewLines(&out, false, slog.LevelInfo)))
	away := error(&ztp.DatabaseError{Err: errors.New("gone")})
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	say := func(level slog.Level, message string, attrs ...any) {
		t.Helper()
		r := slog.NewRecord(now, level, message, 0)
		r.Add(attrs...)
		if err := log.Handler().Handle(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	lines := func(message string) int { return strings.Count(out.String(), message) }
	for range 60 {
		say(slog.LevelError, "page failed", "err", away)
		say(slog.LevelWarn, "session not renewed", "err", errors.Join(errors.New("x"), away))
		say(slog.LevelError, "a bug", "err", errors.New("bug"))
		say(slog.LevelWarn, "request", "status", 503, "err", away)
		say(slog.LevelInfo, "all is well", "err", away)
		now = now.Add(time.Second)
	}
	for message, want := range map[string]int{"page failed": 1, "session not renewed": 1, "a bug": 60, "msg=request": 60, "all is well": 60} {
		if got := lines(message); got != want {
			t.Errorf("%s: %d lines, want %d", message, got, want)
		}
	}
	for range 10 {
		now = now.Add(time.Minute)
		log.With("a", 1).WithGroup("g").Handler().Handle(t.Context(), slog.NewRecord(now, slog.LevelInfo, "x", 0)) //nolint:errcheck // a buffer
		say(slog.LevelError, "page failed", "err", away)
	}
	if got := lines("page failed"); got != 2 || lines("held_back=126") != 1 {
		t.Errorf("%d lines while it lasts:\n%s", got, out.String()[strings.LastIndex(out.String(), "page failed"):])
	}
	now = now.Add(5 * time.Minute)
	say(slog.LevelError, "page failed", "err", away)
	if got := lines("page failed"); got != 3 {
		t.Errorf("the next trouble is told %d times in all", got)
	}
}
