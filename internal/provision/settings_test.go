package provision_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

// set gives a scope values, each "label=value"; those of passwords are secrets.
func (w *world) set(scope ztp.SettingScope, labels ...string) {
	w.t.Helper()
	var changes []ztp.SettingChange
	for _, label := range labels {
		text, value, _ := strings.Cut(label, "=")
		n, i, err := ztp.ParseSettingLabel(text)
		w.must(err)
		changes = append(changes, ztp.SettingChange{Name: n, Index: i, Value: ztp.NewSecret(value), Secret: strings.Contains(text, "password")})
	}
	_, err := w.store.ChangeSettings(context.Background(), scope, nil, changes, "ann", noon)
	w.must(err)
}

// TestSettingsOfAPhone serves what the layers say, and secrets to a phone alone that came
// by its own token over TLS.
func TestSettingsOfAPhone(t *testing.T) {
	t.Parallel()
	const canary = "sip-canary"
	w := newWorld(t)
	v, err := snom.New(snom.Config{})
	w.must(err)
	w.cfg.Vendors = []ztp.Vendor{v}
	w.serve()
	m := w.phone("one", mac, ztp.EndpointListed)
	p := w.accounts["one"].Platform
	w.set(ztp.SettingScope{}, "language=de", "admin_password=admin-canary")
	w.set(ztp.SettingScope{Platform: p}, "time_zone=Europe/Berlin", "line_registrar=sip.example.net")
	w.set(ztp.SettingScope{Platform: p, Account: w.accounts["one"].ID}, "language=fr")
	w.set(ztp.SettingScope{Platform: p, Account: w.accounts["two"].ID}, "language=it")
	w.set(ztp.SettingScope{Platform: p, MAC: m}, "line_user[1]=1001", "line_password[1]="+canary)

	shared := w.get(w.path("one", mac)) // before it has a token of its own
	device := w.own("one", m)
	w.plain = true
	plain := w.get(w.ownPath("one", device, mac))
	w.plain = false
	proven := w.get(w.ownPath("one", device, mac))
	for name, c := range map[string]struct {
		answer *http.Response
		all    bool
	}{"account token alone": {shared, false}, "plain http": {plain, false}, "own token over TLS": {proven, true}} {
		text := body(t, c.answer)
		if c.answer.StatusCode != http.StatusOK || strings.Contains(text, "Italiano") {
			t.Errorf("%s: status %d\n%s", name, c.answer.StatusCode, text)
		}
		for _, of := range []string{canary, "admin-canary", "sip.example.net", "1001", ">Français<", ">GER+1<"} {
			if strings.Contains(text, of) != c.all {
				t.Errorf("%s: %q is in it: %t", name, of, !c.all)
			}
		}
	}
	if strings.Contains(w.log.String(), "canary") {
		t.Error("a secret is in the log")
	}
	e, err := w.store.EndpointByMAC(context.Background(), m)
	w.must(err)
	e.Model = "M900"
	w.must(w.store.SaveEndpoint(context.Background(), e))
	unknown, other := w.get(w.path("one", "0004130000ff")), w.get(w.ownPath("one", device, mac))
	if other.StatusCode != http.StatusNotFound || body(t, other) != body(t, unknown) || !strings.Contains(w.log.String(), "reads another format") {
		t.Errorf("a DECT base gets %d", other.StatusCode)
	}
}

// A change on its way is in the file of a phone of its ring alone, and out of it when it
// is taken back.
func TestSettingsOnTheirWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := context.Background()
	v, err := snom.New(snom.Config{})
	w.must(err)
	w.cfg.Vendors = []ztp.Vendor{v}
	w.serve()
	m := w.phone("one", mac, ztp.EndpointListed)
	device := w.own("one", m)
	w.set(ztp.SettingScope{}, "language=de")
	r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), State: ztp.RolloutProposed, ProposedAt: noon, MovedAt: noon}
	w.must(w.store.ProposeSettings(ctx, r, nil, []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("fr")}}))
	r.Version, r.Percent = 1, 1
	for _, step := range []struct {
		state ztp.RolloutState
		cut   int64
		want  string
	}{
		{ztp.RolloutRunning, ztp.RolloutPlace(r.ID, m) - 1, "Deutsch"}, {ztp.RolloutRunning, ztp.RolloutPlace(r.ID, m), "Français"},
		{ztp.RolloutTakenBack, 0, "Deutsch"},
	} {
		r.State, r.Cut = step.state, step.cut
		r, err = w.store.SaveRollout(ctx, r)
		w.must(err)
		if text := body(t, w.get(w.ownPath("one", device, mac))); !strings.Contains(text, ">"+step.want+"<") {
			t.Errorf("%s up to %d: not %s in\n%s", step.state, step.cut, step.want, text)
		}
	}
}

// A phone whose line is not whole waits for its settings, keeping what it has, and gets them
// at its first fetch after they are: without a click, also when its window has closed
// meanwhile, and only where it stood.
func TestSettingsThatAreNotWhole(t *testing.T) {
	t.Parallel()
	for name, lacks := range map[string][]string{
		"no registrar": {"line_user[1]=1001", "line_password[1]=sip-canary"},
		"no password":  {"line_user[1]=1001", "line_registrar=sip.example.net"},
		"second line":  {"line_user[1]=1001", "line_password[1]=sip-canary", "line_registrar[1]=sip.example.net", "line_user[2]=1002", "line_password[2]=x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, phone := ready(t)
			m, err := ztp.ParseMAC(mac)
			w.must(err)
			mine := ztp.SettingScope{Platform: w.accounts["one"].Platform, MAC: m}
			w.set(mine, lacks...)
			phone.wants("not whole", http.StatusOK, "Waiting for settings", false)
			if c := w.contact("one"); c.Waiting != ztp.WaitingSettings || !c.ProvenAt.IsZero() {
				t.Errorf("waits for %q, proven at %v", c.Waiting, c.ProvenAt)
			}
			w.now = w.now.Add(ztp.LongWindow + time.Hour)
			phone.wants("its window has closed", http.StatusOK, "Waiting for settings", false)
			w.set(mine, "line_password[1]=sip-canary", "line_password[2]=sip-canary", "line_registrar=sip.example.net")
			phone.wants("whole", http.StatusOK, "", true)
			if c := w.contact("one"); c.Waiting != "" || c.Assurance != ztp.AssurancePassword { // it has come once more, with its password
				t.Errorf("waits for %q with %q", c.Waiting, c.Assurance)
			}
			w.now = w.now.Add(time.Hour)
			w.set(mine, "line_user[3]=1003") // in service: it keeps what it has
			phone.wants("not whole any more", http.StatusOK, "Waiting for settings", true)
			w.set(mine, "line_user[3]=")
			phone.wants("whole again", http.StatusOK, "", true)
		})
	}
}

// Whoever else comes late by the URL of a phone that waits for its settings gets none.
func TestWaitingForSettingsIsForOneNetwork(t *testing.T) {
	t.Parallel()
	w, phone := ready(t)
	m, err := ztp.ParseMAC(mac)
	w.must(err)
	mine := ztp.SettingScope{Platform: w.accounts["one"].Platform, MAC: m}
	w.set(mine, "line_user[1]=1001", "line_password[1]=sip-canary")
	phone.wants("not whole", http.StatusOK, "Waiting for settings", false)
	w.now = w.now.Add(ztp.LongWindow + time.Hour)
	w.set(mine, "line_registrar=sip.example.net")
	other := *phone
	other.from = "198.51.100.7"
	other.wants("from elsewhere", http.StatusOK, approval, false)
}
