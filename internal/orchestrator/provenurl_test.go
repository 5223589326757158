package orchestrator_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// retemplate changes the platform's provisioning URL, which proves nothing.
func (w *world) retemplate(base string) {
	w.t.Helper()
	template := mustTemplate(w.t, base).String()
	if _, err := w.control.UpdatePlatform(w.t.Context(), admin, w.p.Slug, control.PlatformPatch{URLTemplate: &template}); err != nil {
		w.t.Fatal(err)
	}
}

// leads says where the vendor sends the phone, and what is recorded of it.
func (w *world) leads(what string, mac ztp.MAC, base string) {
	w.t.Helper()
	if url, _ := w.atVendor(mac); !strings.HasPrefix(url, base+"/p/") {
		w.t.Errorf("%s: the vendor sends %s not to %s", what, mac, base)
	}
	if e := w.phoneRow(mac); e.AddressTemplate != base+"/p/{account_token}/{device_token}/{mac}" {
		w.t.Errorf("%s: %s is recorded with %s", what, mac, e.AddressTemplate)
	}
}

// A URL that was edited and not proven goes to no vendor, whatever is written of a phone; what
// Update address has proven does, even when the URL is edited again before it runs.
func TestEditedURLWaitsForItsProof(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{ChildWrites: true})
	ctx, none := t.Context(), control.Submission{}
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	old := w.prov
	w.retemplate("https://new.example")
	w.mustEnd(w.register(stray), ztp.OperationDone, "")
	w.leads("a new phone", stray, old)
	name := "Elsewhere"
	w.mustEnd(w.endPhone(w.control.PutEndpoint(ctx, admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug, Name: &name})), ztp.OperationDone, "")
	w.mustEnd(w.endPhone(w.control.PauseEndpoint(ctx, admin, w.p.Slug, phone, none)), ztp.OperationDone, "")
	w.mustEnd(w.endPhone(w.control.ResumeEndpoint(ctx, admin, w.p.Slug, phone, none)), ztp.OperationDone, "")
	w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
	w.leads("written again", phone, old)
	if l := w.link(); !strings.HasPrefix(l.AddressTemplate, old+"/") {
		t.Errorf("the profile has %s", l.AddressTemplate)
	}
	op := w.ask(ztp.KindUpdateAddress)
	w.retemplate("https://mistyped.example")
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	for _, mac := range []ztp.MAC{phone, stray} {
		w.leads("proven", mac, "https://new.example")
	}
	profile := w.sim.Profiles(w.link().CompanyID)[0].Settings[srapssim.DeskSettingServerID].Value
	if l := w.link(); !strings.HasPrefix(l.AddressTemplate, "https://new.example/") || !strings.HasPrefix(profile, "https://new.example/") {
		t.Errorf("the profile has %s", l.AddressTemplate)
	}
	w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
	w.retemplate("https://other.example")
	w.press(ztp.KindOnboard) // which proves it
	w.settle()
	for _, mac := range []ztp.MAC{phone, stray} {
		w.leads("onboarded again", mac, "https://other.example")
	}
}
