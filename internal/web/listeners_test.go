package web_test

import (
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// Health tells the nearest end of a certificate, and a file that cannot be used.
func TestCertificatesOnHealth(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	until := func(days int) ztp.ServedCertificate {
		return ztp.ServedCertificate{Listener: "phone", Names: []string{"prov.example"}, Key: "P-256", NotAfter: now.Add(time.Duration(days) * 24 * time.Hour)}
	}
	trouble := ztp.FileTrouble{Listener: "phone", Detail: "two.crt: half", Since: now}
	for _, tt := range []struct {
		name             string
		state            ztp.ListenerState
		kind, text, line string
	}{
		{"none", ztp.ListenerState{}, "ok", "None here", "proxy in front"},
		{"far", ztp.ListenerState{Certificates: []ztp.ServedCertificate{until(90)}}, "ok", "In order", "until 1 Apr 2026"},
		{"month", ztp.ListenerState{Certificates: []ztp.ServedCertificate{until(90), until(29)}}, "warn", "Ends within 30 days", "in 29 days"},
		{"two weeks", ztp.ListenerState{Certificates: []ztp.ServedCertificate{until(10), until(29)}}, "warn", "Ends within 14 days", "in 10 days"},
		{"week", ztp.ListenerState{Certificates: []ztp.ServedCertificate{until(29), until(5)}}, "err", "Ends within 7 days", "in 5 days"},
		{"ended", ztp.ListenerState{Certificates: []ztp.ServedCertificate{until(-1)}}, "err", "Has ended", "It has ended"},
		{"file", ztp.ListenerState{Certificates: []ztp.ServedCertificate{until(90)}, Troubles: []ztp.FileTrouble{trouble}}, "warn", "A new file cannot be used", "`two.crt: half`"},
	} {
		kind, text, lines := web.DrawCertificates(control.Health{Listeners: tt.state, Now: now})
		if kind != tt.kind || text != tt.text || !strings.Contains(strings.Join(lines, "\n"), tt.line) {
			t.Errorf("%s: %s %q %q; want %s %q with %q", tt.name, kind, text, lines, tt.kind, tt.text, tt.line)
		}
	}
}

// Health names phones that TLS has turned away in the last day, and escapes what they say.
func TestHandshakesOnHealth(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	old := ztp.HandshakeFailure{Address: "192.0.2.9", Reason: ztp.HandshakeClosed, Count: 1, Last: now.Add(-25 * time.Hour)}
	fresh := ztp.HandshakeFailure{Address: "192.0.2.1", Name: "prov.`example", Reason: ztp.HandshakeOldVersion, Offers: "TLS 1.0, CBC with ECDHE", Count: 3, Last: now}
	kind, text, lines := web.DrawHandshakes(control.Health{Now: now, Listeners: ztp.ListenerState{Handshakes: []ztp.HandshakeFailure{fresh, old}}})
	want := "`192.0.2.1`, 3 times, last 2 Jan 2026, 12:00:00. It offers nothing newer than TLS 1.1. A newer firmware speaks TLS 1.2. `prov.'example` `TLS 1.0, CBC with ECDHE`"
	if kind != "warn" || text != "1 kind failed" || len(lines) != 1 || lines[0] != want {
		t.Errorf("%s %q %q", kind, text, lines)
	}
	if kind, _, _ := web.DrawHandshakes(control.Health{Now: now, Listeners: ztp.ListenerState{Handshakes: []ztp.HandshakeFailure{old}}}); kind != "ok" {
		t.Errorf("one of yesterday is %s", kind)
	}
}
