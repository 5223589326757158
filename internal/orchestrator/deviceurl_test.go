package orchestrator_test

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// atVendor is the URL of a phone there, and its own token in it.
func (w *world) atVendor(mac ztp.MAC) (url string, device ztp.Secret) {
	w.t.Helper()
	at := w.phoneAt(w.link().CompanyID, mac)
	if at == nil {
		w.t.Fatalf("%s is not at the vendor", mac)
	}
	url = at.Settings[srapssim.DeskSettingServerID].Value
	_, device, _ = mustTemplate(w.t, w.prov).Tokens(ztp.NewSecret(url))
	return url, device
}

// A phone keeps its URL through everything but another account, another base and a
// release.
func TestOwnTokenStays(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{ChildWrites: true})
	ctx, none := t.Context(), control.Submission{}
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.register(stray), ztp.OperationDone, "")
	url, first := w.atVendor(phone)
	if _, others := w.atVendor(stray); first.IsZero() || others.IsZero() || first.Equal(others) {
		t.Fatal("the phones have no tokens of their own")
	}
	if e := w.phoneRow(phone); e.AddressTemplate != w.prov+"/p/{account_token}/{device_token}/{mac}" {
		t.Errorf("confirmed as %q", e.AddressTemplate)
	}
	profile := w.sim.Profiles(w.link().CompanyID)[0].Settings[srapssim.DeskSettingServerID].Value
	if _, device, ok := mustTemplate(t, w.prov).Tokens(ztp.NewSecret(profile)); !ok || !device.IsZero() {
		t.Error("the profile carries the token of a phone, or no address of ours")
	}
	name := "Elsewhere"
	for what, do := range map[string]func(){
		"rename": func() {
			w.mustEnd(w.endPhone(w.control.PutEndpoint(ctx, admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug, Name: &name})), ztp.OperationDone, "")
		},
		"pause and resume": func() {
			w.mustEnd(w.endPhone(w.control.PauseEndpoint(ctx, admin, w.p.Slug, phone, none)), ztp.OperationDone, "")
			w.mustEnd(w.endPhone(w.control.ResumeEndpoint(ctx, admin, w.p.Slug, phone, none)), ztp.OperationDone, "")
		},
		"rotate":         func() { w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "") },
		"update address": func() { w.mustEnd(w.run(ztp.KindUpdateAddress), ztp.OperationDone, "") },
		"disable and onboard": func() {
			w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
			w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
		},
	} {
		do()
		if got, _ := w.atVendor(phone); got != url {
			t.Errorf("%s: the phone has another URL", what)
		}
	}
	w.prov = "https://new.example.net"
	w.start()
	w.mustEnd(w.run(ztp.KindUpdateAddress), ztp.OperationDone, "")
	if got, device := w.atVendor(phone); got == url || !device.Equal(first) {
		t.Error("with another base the phone has another token, or the old base")
	}
	w.mustEnd(w.endPhone(w.control.ReleaseEndpoint(ctx, admin, w.p.Slug, phone, none)), ztp.OperationDone, "")
	if e := w.phoneRow(phone); e.DeviceTokenHash != "" || e.AddressTemplate != "" {
		t.Error("a released phone keeps its token")
	}
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	if _, device := w.atVendor(phone); device.IsZero() || device.Equal(first) {
		t.Error("a phone that comes back has its former token, or none")
	}
	w.sound()
}

// older makes the phone one of before there were tokens of their own, here and at the
// vendor.
func (w *world) older(mac ztp.MAC) {
	w.t.Helper()
	url, device := w.atVendor(mac)
	plain := strings.Replace(url, device.RevealSecret()+"/", "", 1)
	at := *w.phoneAt(w.link().CompanyID, mac)
	at.Settings[srapssim.DeskSettingServerID] = srapssim.Setting{Value: plain, Perm: at.Settings[srapssim.DeskSettingServerID].Perm}
	w.sim.PutEndpoint(w.link().CompanyID, at)
	db, err := sql.Open("sqlite", w.file)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	_, err = db.Exec("UPDATE endpoint SET device_token = NULL, device_token_hash = '', address_template = ? WHERE mac = ?",
		w.prov+"/p/{account_token}/{mac}", mac.String())
	if err != nil {
		w.t.Fatal(err)
	}
}

// Rows from before are ours all the same, and the next write or an Update address gives
// them their own token.
func TestPhonesFromBeforeOwnTokens(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.register(stray), ztp.OperationDone, "")
	w.older(phone)
	w.older(stray)
	op, err := compared(w)
	w.mustEnd(w.finish(op, err), ztp.OperationDone, "")
	if p := w.link().Proof; p == nil || p.EndpointsCompared != 2 || p.ForeignURLs != 0 {
		t.Errorf("the proof says %+v", p)
	}
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	if _, device := w.atVendor(phone); device.IsZero() {
		t.Error("a write gives the phone no token of its own")
	}
	mark := w.mark()
	w.mustEnd(w.run(ztp.KindUpdateAddress), ztp.OperationDone, "")
	w.mustChange(mark, "PUT provisioning-profiles", "PUT endpoints")
	if _, device := w.atVendor(stray); device.IsZero() {
		t.Error("Update address gives the phone no token of its own")
	}
	w.sound()
}

// The URL of one phone at another is found by the proof, whatever is right in it.
func TestProofKnowsWhoseTokenItIs(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.register(stray), ztp.OperationDone, "")
	theirs, _ := w.atVendor(stray)
	at := *w.phoneAt(w.link().CompanyID, phone)
	at.Settings[srapssim.DeskSettingServerID] = srapssim.Setting{Value: theirs, Perm: at.Settings[srapssim.DeskSettingServerID].Perm}
	w.clock.advance(time.Hour)
	w.sim.PutEndpoint(w.link().CompanyID, at)
	op, err := compared(w)
	w.finish(op, err)
	page, err := w.base.ForeignAddresses(t.Context(), ztp.ForeignAddressQuery{Platform: w.p.ID, Vendor: "snom", Operation: w.link().ProofOperation(), Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Items) != 1 || page.Items[0].Target != phone.String() {
		t.Errorf("found %+v", page.Items)
	}
}

// A template for somebody else's server has the phone's own token where it asks for it.
func TestForeignTemplateWithOwnToken(t *testing.T) {
	t.Parallel()
	for template, own := range map[string]bool{
		"https://their.example.net/cfg/{account_token}/{mac}":                  false,
		"https://their.example.net/cfg/{device_token}/x/{account_token}/{mac}": true,
	} {
		w := newWorld(t, worldOptions{})
		if _, err := w.control.UpdatePlatform(t.Context(), admin, w.p.Slug, control.PlatformPatch{URLTemplate: &template}); err != nil {
			t.Fatal(err)
		}
		w.press(ztp.KindOnboard)
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		url, _ := w.atVendor(phone)
		if got := w.phoneRow(phone).DeviceTokenHash != ""; got != own || slices.ContainsFunc([]string{"{device", "{account"}, func(s string) bool { return strings.Contains(url, s) }) {
			t.Errorf("%s: has a token of its own: %v, URL filled: %t", template, got, !strings.Contains(url, "_token}"))
		}
		profile := w.sim.Profiles(w.link().CompanyID)[0].Settings[srapssim.DeskSettingServerID].Value
		if strings.Contains(profile, "_token}") {
			t.Errorf("%s: the profile's address is not filled", template)
		}
		w.mustEnd(w.run(ztp.KindUpdateAddress), ztp.OperationDone, "")
		if again, _ := w.atVendor(phone); again != url {
			t.Errorf("%s: the URL does not stay", template)
		}
	}
}

// pinVendor registers phones by serial number and PIN.
type pinVendor struct {
	*faultyVendor
	got *[]ztp.VendorEndpoint
}

func (v pinVendor) Describe() ztp.VendorInfo {
	info := v.faultyVendor.Describe()
	info.NeedsPIN = true
	return info
}

func (v pinVendor) WriteEndpoint(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint) (ztp.VendorEndpoint, error) {
	*v.got = append(*v.got, e)
	return v.faultyVendor.WriteEndpoint(ctx, by, company, e)
}

// A vendor that registers phones by serial number and PIN gets both; the others neither.
func TestPINGoesWhereItIsNeeded(t *testing.T) {
	t.Parallel()
	for _, needs := range []bool{true, false} {
		w := onboarded(t, srapssim.Options{})
		var got []ztp.VendorEndpoint
		var vendor ztp.Vendor = pinVendor{w.vendor, &got}
		if !needs {
			vendor = recordingVendor{w.vendor, &got}
		}
		w.orch = orchestrator.New(orchestrator.Config{
			Store: w.store, Vendors: []ztp.Vendor{vendor, nopVendor{}}, Reseller: w.creds, Installation: installation,
			URL: w.template(), Now: w.clock.now, Alone: true, Jitter: func(d time.Duration) time.Duration { return d },
		})
		serial, pin := "0815", ztp.NewSecret("4711")
		w.mustEnd(w.endPhone(w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug, Serial: &serial, PIN: &pin})), ztp.OperationDone, "")
		if len(got) != 1 || needs != (got[0].Serial == serial && got[0].PIN.Equal(pin)) || !needs && (got[0].Serial != "" || !got[0].PIN.IsZero()) {
			t.Errorf("needed: %v; the vendor got %d writes, %+v", needs, len(got), got)
		}
	}
}

// recordingVendor is pinVendor at one that needs none.
type recordingVendor struct {
	*faultyVendor
	got *[]ztp.VendorEndpoint
}

func (v recordingVendor) WriteEndpoint(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint) (ztp.VendorEndpoint, error) {
	return pinVendor(v).WriteEndpoint(ctx, by, company, e)
}
