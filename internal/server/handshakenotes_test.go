package server_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"zerotouch.example/internal/server"
	"zerotouch.example/internal/ztp"
)

// What came since the last time is written once, and what could not be written is written
// with what came meanwhile.
func TestFailedHandshakesAreWrittenDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := server.NewHandshakes(time.Now, config(&lines{}).Log)
		kind := ztp.HandshakeFailure{Address: "192.0.2.1", Reason: ztp.HandshakeOldVersion}
		first := time.Now().UTC()
		h.Note(kind)
		away := errors.New("the database is away")
		if err := h.Write(t.Context(), func(context.Context, []ztp.HandshakeFailure) error {
			h.Note(kind) // meanwhile
			return away
		}); !errors.Is(err, away) {
			t.Fatalf("%v", err)
		}
		time.Sleep(time.Second)
		h.Note(kind)
		var got []ztp.HandshakeFailure
		write := func() {
			t.Helper()
			if err := h.Write(t.Context(), func(_ context.Context, all []ztp.HandshakeFailure) error { got = append(got, all...); return nil }); err != nil {
				t.Fatal(err)
			}
		}
		write()
		write()
		kind.Count, kind.First, kind.Last = 3, first, first.Add(time.Second)
		if len(got) != 1 || got[0] != kind {
			t.Errorf("written: %+v", got)
		}
	})
}
