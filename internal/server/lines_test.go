package server_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"testing"
	"time"

	"zerotouch.example/internal/server"
)

// wantSame wants a record to be written as slog writes it.
func wantSame(t *testing.T, r slog.Record) {
	t.Helper()
	for _, json := range []bool{false, true} {
		var want, got bytes.Buffer
		var as slog.Handler = slog.NewTextHandler(&want, nil)
		if json {
			as = slog.NewJSONHandler(&want, nil)
		}
		for range 2 { // what one line leaves is in none after it
			if err := errors.Join(as.Handle(context.Background(), r), server.NewLines(&got, json, slog.LevelInfo).Handle(context.Background(), r)); err != nil {
				t.Fatal(err)
			}
		}
		if got.String() != want.String() {
			t.Errorf("want %s, got %s", &want, &got)
		}
	}
}

// A line is to the byte what slog writes, whatever is in it.
func TestLinesAreThoseOfSlog(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 120_000_000, time.FixedZone("", 3600))
	texts := []string{"", "a", "phone served", `"`, `\`, "a=b", "a\nb", "\x00", "\x7f", "ä", "\xff", "<&>", "\u2028", "[redacted]", "{}", "'", ":", "/p/…", "…", "… …", "a…\"", "\xe2\x80", "\xe2\x80\xa7"}
	for _, text := range texts {
		for _, attr := range []slog.Attr{
			slog.String("k", text), slog.String(text, "v"), slog.Any("err", errors.New(text)), slog.Any("any", []string{text}), slog.Group("g", slog.String("k", text)),
			slog.Any("log", level(text)),
		} {
			r := slog.NewRecord(at, slog.LevelWarn+1, text, 0)
			r.AddAttrs(slog.String("first", "x"), attr, slog.Int("n", -7), slog.Bool("b", true), slog.Duration("d", time.Second))
			wantSame(t, r)
			r = slog.NewRecord(at, slog.LevelInfo, "request", 0)
			r.AddAttrs(attr)
			wantSame(t, r)
		}
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 0.001, 0.0001, 1e-7, 0.123, 12, 1e6, 123456789.5, 1e15, 1e21, 1e22, -1.5, math.Inf(1), math.NaN(), math.MaxFloat64} {
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "request", 0)
		r.AddAttrs(slog.Float64("ms", f), slog.Attr{}, slog.Uint64("u", math.MaxUint64), slog.Time("at", at))
		wantSame(t, r)
		r = slog.NewRecord(time.Time{}, slog.LevelInfo, "request", 0)
		r.AddAttrs(slog.Float64("ms", f))
		wantSame(t, r)
		r = slog.NewRecord(time.Now(), slog.LevelDebug, "request", 0)
		r.AddAttrs(slog.Float64("ms", f))
		wantSame(t, r)
	}
	wantSame(t, slog.NewRecord(time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC), slog.LevelInfo, "long ago", 0))
}

// level is what says itself how it is logged.
type level string

func (l level) LogValue() slog.Value { return slog.StringValue("log " + string(l)) }

func FuzzLinesAreThoseOfSlog(f *testing.F) {
	f.Add("msg", "key", "value", int64(1), 0.5)
	f.Add("a b", "", "\"", int64(-1), 1e-9)
	f.Fuzz(func(t *testing.T, msg, key, value string, n int64, x float64) {
		r := slog.NewRecord(time.Unix(n%1e10, n), slog.Level(n%20), msg, 0)
		r.AddAttrs(slog.String(key, value), slog.Int64("n", n), slog.Float64("ms", x), slog.String("last", value))
		wantSame(t, r)
	})
}
