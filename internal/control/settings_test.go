package control_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

func (w *world) setPhone(mac ztp.MAC, labels ...string) control.SettingsView {
	w.t.Helper()
	var changes []ztp.SettingChange
	for _, label := range labels {
		text, value, _ := strings.Cut(label, "=")
		n, i, err := ztp.ParseSettingLabel(text)
		w.must(err)
		changes = append(changes, ztp.SettingChange{Name: n, Index: i, Value: ztp.NewSecret(value)})
	}
	v, err := w.control.ChangeSettings(w.t.Context(), admin, control.SettingsAt{Platform: w.p.Slug, MAC: mac}, control.SettingsRequest{Changes: changes})
	w.must(err)
	return v
}

// What becomes of a phone's settings when it is replaced and released: they go with the
// desk, and nothing of them stays at the old MAC.
func TestSettings_OfAReplacedPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	_, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug})
	w.must(err)
	w.settle()
	w.setPhone(phone, "line_user[1]=1001", "line_password[1]=canary", "line_registrar=sip.example.net")
	fresh := ztp.MAC{0x00, 0x04, 0x13, 0, 0, 0x77}
	_, err = w.control.ReplaceEndpoint(t.Context(), admin, w.p.Slug, phone, control.ReplaceRequest{NewMAC: fresh})
	w.must(err)
	w.settle()
	_, err = w.control.Settings(t.Context(), admin, control.SettingsAt{Platform: w.p.Slug, MAC: phone})
	w.wantCode(ztp.CodeNotFound, err)
	layers, err := w.store.OpenSettings(t.Context(), ztp.SettingScope{Platform: w.p.ID, MAC: phone}, ztp.SettingScope{Platform: w.p.ID, MAC: fresh})
	w.must(err)
	if len(layers[0].Settings) != 0 || len(layers[1].Settings) != 3 {
		t.Fatalf("%d settings of the old phone, %d of the new one", len(layers[0].Settings), len(layers[1].Settings))
	}
	if got, _ := ztp.ResolveSettings(layers[1]).At(ztp.SettingLinePassword, 1); got.Opened.RevealSecret() != "canary" {
		t.Error("the password did not come along")
	}
	p, err := w.control.PreviewSettings(t.Context(), admin, w.p.Slug, fresh)
	w.must(err)
	for _, want := range []string{`>1001<`, `<user_pass idx="1" perm="RW">********<`, ">https://prov.example.net/p/********/********/s/{mac}<", `<user_active idx="2" perm="RW">off<`} {
		if !strings.Contains(string(p.File), want) {
			t.Errorf("%s is not in the preview:\n%s", want, p.File)
		}
	}
	if strings.Contains(string(p.File), "canary") {
		t.Error("a secret is in the preview")
	}
}

func TestSettings_WhoMayChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	viewer := ztp.Actor{Kind: ztp.ActorUser, Name: "vic", Role: ztp.Viewer}
	change := control.SettingsRequest{Changes: []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("de")}}}
	_, err := w.control.ChangeSettings(t.Context(), viewer, control.SettingsAt{Platform: w.p.Slug}, change)
	w.wantCode(ztp.CodeNotAllowed, err)
	_, err = w.control.ChangeSettings(t.Context(), admin, control.SettingsAt{Platform: w.p.Slug, Account: "nobody"}, change)
	w.wantCode(ztp.CodeNotFound, err)
	v, err := w.control.Settings(t.Context(), viewer, control.SettingsAt{Platform: w.p.Slug})
	w.must(err)
	if v.Version != 0 {
		t.Errorf("version %d after two refusals", v.Version)
	}
	events, err := w.store.ListEvents(t.Context(), ztp.EventQuery{Action: "settings.change", Limit: 10})
	w.must(err)
	if len(events.Items) != 1 || events.Items[0].Outcome != ztp.OutcomeRefused {
		t.Errorf("%+v", events.Items)
	}
}
