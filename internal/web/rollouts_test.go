package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

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
	mustContain(t, "settings, proposed", settings(), "A change of these settings: proposed", "no phone has it yet", `Set language: not set → "d<e>"`, "Take back…", "Send on…")
	mustContain(t, "proposed", line(), "1 on its way", "the whole installation: Proposed, at 0 of 0 phones", string(r.ID), "Take back… (the whole installation)")
	at1 := "/setting-rollouts/" + string(r.ID)
	ask := b.page(at1 + "/advance")
	mustContain(t, "ask", text(one(t, ask.doc, "main")), "Settings of the whole installation.", "Send to 1 %", "From there it goes on by itself", `Set language: not set → "d<e>"`)
	mustContain(t, "ask back", text(one(t, b.page(at1+"/back").doc, "main")), "No phone has it yet.", "Drop the change")
	press := func(path string, form url.Values) {
		t.Helper()
		if a := b.post(path, form); a.status != http.StatusSeeOther || a.header.Get("Location") != "/health#setting-changes" {
			t.Errorf("%s: %d %s", path, a.status, a.header.Get("Location"))
		}
	}
	edits := func() int {
		return len(all(b.page("/settings/phones").doc, `#device .btn`)) + len(all(b.page("/settings/phones").doc, "#own form"))
	}
	if edits() != 2 {
		t.Error("what is proposed can be added to")
	}
	press(at1+"/advance", url.Values{"percent": {"1"}})
	if n := edits(); n != 0 {
		t.Errorf("while it goes out there are %d ways to change what can't be changed", n)
	}
	b.page(at1 + "/stop")
	press(at1+"/stop", url.Values{"reason": {"a <look>"}})
	mustContain(t, "stopped", line(), "1 stopped", "a <look>")
	mustContain(t, "settings, stopped", settings(), "A change of these settings: stopped", "a <look>")
	again := b.page(at1 + "/advance")
	mustContain(t, "sent on, stopped", text(one(t, again.doc, "main")), "Send to 1 %", "There it was stopped: it is watched anew")
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
	for _, to := range []string{"/advance", "/stop"} {
		if a := b.get(at1 + to); a.status != http.StatusConflict || !strings.Contains(text(one(t, a.doc, "main")), "taken back") {
			t.Errorf("%s of one that has ended: %d", to, a.status)
		}
	}
	old := r
	old.ID, old.State, old.ProposedAt = ztp.RolloutID(ztp.NewID()), ztp.RolloutProposed, at.Add(-time.Hour)
	must(w.store.ProposeSettings(t.Context(), old, nil, []ztp.SettingChange{{Name: "admin_password", Secret: true, Value: ztp.NewSecret("canary")}}))
	all := b.page("/setting-rollouts").doc
	mustContain(t, "all changes", text(one(t, all, "#list")), "The whole installation", "Phones that have it", "No phone; none of 0 phones had it", "Taken back", "a <look>", `Set language: not set → "d<e>"`, "ops@example.net", "Proposed", "Set admin_password: not set → a secret")
	mustContain(t, "the way there", text(one(t, b.page("/settings/phones").doc, "main")), "Changes for many phones")
	must(w.store.DropRollouts(t.Context(), at.Add(ztp.RolloutKept)))
	if got := text(one(t, b.page("/setting-rollouts").doc, "#list")); strings.Contains(got, "Taken back") || !strings.Contains(got, "admin_password") {
		t.Errorf("what is left is %s", got)
	}
	must(func() error {
		one, err := w.store.Rollout(t.Context(), old.ID)
		if err == nil {
			one, err = one.Move(ztp.RolloutTakenBack, "ann", at)
		}
		if err == nil {
			_, err = w.store.SaveRollout(t.Context(), one)
		}
		return err
	}())
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

// The question names whose settings they are: there may be more than one change on its way.
func TestRolloutNamesItsPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ops@example.net")
	p := w.platform("Acme")
	a, err := w.store.Account(t.Context(), p.ID, "acme-hq")
	if err != nil {
		t.Fatal(err)
	}
	for want, scope := range map[string]ztp.SettingScope{
		`Settings of the platform "Acme".`:                    {Platform: p.ID},
		`Settings of the account "` + a.Name + `" of "Acme".`: {Platform: p.ID, Account: a.ID},
	} {
		r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), Scope: scope, State: ztp.RolloutProposed, ProposedAt: w.clock.now(), MovedAt: w.clock.now()}
		if err := w.store.ProposeSettings(t.Context(), r, nil, []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("de")}}); err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{"/advance", "/stop", "/back"} {
			mustContain(t, to, text(one(t, b.page("/setting-rollouts/"+string(r.ID)+to).doc, "main")), want)
		}
	}
}

// Whoever sets something for many phones is led to what became of it, not past it to the
// values as they were.
func TestProposedSettingIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.phones(w.platform("Acme"), ztp.ManyPhones+1)
	b := w.as("ops@example.net")
	a := b.post("/platforms/acme/settings/device", url.Values{"language": {"de"}, "version": {"0"}})
	if to := a.header.Get("Location"); a.status != http.StatusSeeOther || to != "/platforms/acme/settings" {
		t.Fatalf("%d, led to %q", a.status, to)
	}
	mustContain(t, "proposed", text(one(t, b.page("/platforms/acme/settings").doc, "main")), "A change of these settings: proposed", `Set language: not set → "de"`)
}
