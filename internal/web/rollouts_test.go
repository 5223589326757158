package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// Health tells of changes of settings that are on their way, stopped or frozen.
func TestHealth_Rollouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ops@example.net")
	at := w.clock.now()
	r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), State: ztp.RolloutProposed, ProposedAt: at, MovedAt: at}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.store.ProposeSettings(t.Context(), r, nil, []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("d<e>")}}))
	line := func() string { return text(one(t, b.page("/health").doc, "#setting-changes")) }
	settings := func() string { return text(one(t, b.page("/settings/phones").doc, "main")) }
	mustContain(t, "settings, proposed", settings(), "A change of these settings: proposed", "no phone has it yet", "Take back…", "Send on…")
	mustContain(t, "proposed", line(), "1 on its way", "the installation: Proposed, at 0 of 0 phones", string(r.ID))
	at1 := "/setting-rollouts/" + string(r.ID)
	ask := b.page(at1 + "/advance")
	mustContain(t, "ask", text(one(t, ask.doc, "main")), "Send to 1 %", `Set language: not set → "d<e>"`)
	press := func(path string, form url.Values) {
		t.Helper()
		if a := b.post(path, form); a.status != http.StatusSeeOther || a.header.Get("Location") != "/health#setting-changes" {
			t.Errorf("%s: %d %s", path, a.status, a.header.Get("Location"))
		}
	}
	press(at1+"/advance", url.Values{"percent": {"1"}})
	b.page(at1 + "/stop")
	press(at1+"/stop", url.Values{"reason": {"a <look>"}})
	mustContain(t, "stopped", line(), "1 stopped", "a <look>")
	mustContain(t, "settings, stopped", settings(), "A change of these settings: stopped", "a <look>")
	b.page("/setting-freeze/on")
	press("/setting-freeze/on", url.Values{"reason": {"trade fair"}})
	mustContain(t, "frozen", line(), "trade fair", "settings unfreeze")
	mustContain(t, "settings, frozen", settings(), "Settings of phones are frozen", "trade fair", "Unfreeze…")
	if a := b.post(at1+"/back", url.Values{}); a.status != http.StatusConflict || !strings.Contains(text(one(t, a.doc, "main")), "trade fair") {
		t.Errorf("back while frozen: %d", a.status)
	}
	b.page("/setting-freeze/off")
	press("/setting-freeze/off", url.Values{})
	mustContain(t, "back", text(one(t, b.page(at1+"/back").doc, "main")), `Set language: "d<e>" → not set`)
	press(at1+"/back", url.Values{})
	mustContain(t, "taken back", line(), "None on its way")
	if got := settings(); strings.Contains(got, "A change of these settings") || strings.Contains(got, "frozen") {
		t.Errorf("settings, taken back: %s", got)
	}
	guest := w.as("guest")
	for _, path := range []string{at1 + "/back", "/setting-freeze/on"} {
		if a := guest.get(path); a.status != http.StatusForbidden {
			t.Errorf("a viewer at %s: %d", path, a.status)
		}
		if a := guest.post(path, url.Values{}); a.status != http.StatusForbidden {
			t.Errorf("a viewer posts to %s: %d", path, a.status)
		}
	}
}
