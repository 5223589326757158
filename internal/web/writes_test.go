package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// Switched off, every page says so, and nothing is begun; switched on, nothing is
// said any more.
func TestVendorWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	b, guest := w.as("ops@example.net"), w.as("guest")
	if n := len(all(b.page("/platforms").doc, ".notice-stop")); n != 0 {
		t.Fatalf("%d notices while writes are on", n)
	}
	if a := b.post("/vendor-writes/off", url.Values{"reason": {strings.Repeat("x", 121)}}); a.status != http.StatusUnprocessableEntity || len(all(a.doc, "[aria-invalid=true]")) != 1 {
		t.Errorf("a long reason: %d", a.status)
	}
	b.follow(b.post("/vendor-writes/off", url.Values{"reason": {"an audit"}}))
	for _, path := range []string{"/platforms", "/platforms/brightwater", "/health", "/audit", "/settings", "/vendors"} {
		for _, who := range []*browser{b, guest} {
			if got := text(one(t, who.page(path).doc, ".notice-stop")); !strings.Contains(got, "ops@example.net switched them off on 23 Nov 2026, ") || !strings.Contains(got, "an audit") {
				t.Errorf("%s: %q", path, got)
			}
		}
	}
	row := b.follow(b.post("/platforms/brightwater/ztp/snom/rotate", url.Values{"op": {ztp.NewID()}}))
	if got := text(one(t, row.doc, "#ztp-snom .msg")); !strings.Contains(got, "Changes at Snom are switched off") {
		t.Errorf("rotate: %q", got)
	}
	if got := texts(guest.page("/health").doc, "#vendor-writes .links a"); len(got) != 0 {
		t.Errorf("a viewer may switch: %q", got)
	}
	b.follow(b.post("/vendor-writes/on", url.Values{}))
	if n := len(all(b.page("/platforms").doc, ".notice-stop")); n != 0 {
		t.Errorf("%d notices after it was switched on", n)
	}
	if a := b.get("/vendor-writes/other"); a.status != http.StatusNotFound {
		t.Errorf("another position of the switch: %d", a.status)
	}
}

// After another copy was found, switching on asks for the word that it is stopped,
// and Health says what follows.
func TestVendorWrites_AnotherCopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboarded("Brightwater")
	_, err := w.store.SwitchWritesOff(t.Context(), ztp.WritesOff{Vendor: "snom", Reason: ztp.WritesAnotherCopy, Detail: "Key 7 carries our label.", Since: w.clock.now(), By: "system:orchestrator"})
	if err != nil {
		t.Fatal(err)
	}
	b := w.as("ops@example.net")
	if got := text(one(t, b.page("/platforms").doc, ".notice-stop")); !strings.Contains(got, "Another copy of this installation is running") {
		t.Errorf("notice: %q", got)
	}
	if got := text(one(t, b.page("/vendor-writes/on").doc, "main form")); !strings.Contains(got, "No other copy of this installation is running") || !strings.Contains(got, "Key 7 carries our label.") {
		t.Errorf("form: %q", got)
	}
	if a := b.post("/vendor-writes/on", url.Values{}); a.status != http.StatusConflict {
		t.Errorf("without the word: %d", a.status)
	}
	page := b.follow(b.post("/vendor-writes/on", url.Values{"no_other_copy": {"1"}}))
	if got := text(one(t, page.doc, "#snom-restored .status")); got != "1 platform to prove" {
		t.Errorf("health: %q", got)
	}
	if got := text(one(t, b.page("/platforms/brightwater").doc, "#ztp-snom .msg")); !strings.Contains(got, "This was restored from a backup") {
		t.Errorf("row: %q", got)
	}
}
