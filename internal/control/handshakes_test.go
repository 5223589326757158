package control_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// A replica tells of the handshakes of all, and of its own before they are written.
func TestHandshakesOfAllReplicas(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	kind := func(address string, seconds, n int) ztp.HandshakeFailure {
		return ztp.HandshakeFailure{Address: address, Reason: ztp.HandshakeClosed, Count: n, First: at, Last: at.Add(time.Duration(seconds) * time.Second)}
	}
	got := control.MergeHandshakes([]ztp.HandshakeFailure{kind("192.0.2.1", 1, 9), kind("192.0.2.2", 0, 1)}, []ztp.HandshakeFailure{kind("192.0.2.1", 5, 2), kind("192.0.2.3", 3, 1)})
	want := []ztp.HandshakeFailure{kind("192.0.2.1", 5, 9), kind("192.0.2.3", 3, 1), kind("192.0.2.2", 0, 1)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
