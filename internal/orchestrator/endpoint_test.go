package orchestrator_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// stranger's MAC is held by somebody else's company from the start.
var strangers = ztp.MAC{0x00, 0x04, 0x13, 0xF0, 0xBE, 0xEF}

func TestRegisterRefused(t *testing.T) {
	t.Parallel()
	t.Run("TakenByAStranger", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.register(strangers), ztp.OperationFailed, ztp.CodeEndpointTaken)
		if e := w.phoneRow(strangers); e.State != ztp.EndpointFailed || e.Error == nil || e.Error.Code != ztp.CodeEndpointTaken {
			t.Errorf("the phone is %s with error %+v", e.State, e.Error)
		}
		w.mustLink(ztp.LinkConfigured, "") // the platform's key is not to blame
	})
	t.Run("WeakKeyIsNotMistakenForAStranger", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.sim.SetRole(w.activeKey(), "")
		w.mustEnd(w.register(phone), ztp.OperationFailed, ztp.CodeVendorKeyRejected)
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorKeyRejected)
		w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.sound()
	})
	t.Run("KeyDeletedAtTheVendor", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.sim.DeleteKey(w.activeKey())
		w.mustEnd(w.register(phone), ztp.OperationFailed, ztp.CodeVendorKeyRejected)
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorKeyRejected)
	})
}

// TestRegisterAnsweredDirectly needs no vendor to be refused.
func TestRegisterAnsweredDirectly(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	ctx, mine := t.Context(), w.p.Slug
	bare, _, _, err := w.control.CreateAccount(ctx, admin, mine, control.NewAccount{Name: "Bare", NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	other, main := w.another("Second Voice")
	name := " starts with a space"
	free := ztp.MAC{0x00, 0x04, 0x13, 1, 1, 1}
	cases := map[string]struct {
		platform string
		mac      ztp.MAC
		r        control.EndpointRequest
		want     ztp.Code
		field    string
	}{
		"AccountWithoutAToken":     {mine, free, control.EndpointRequest{Account: bare.Slug}, ztp.CodeProvisioningTokenMissing, ""},
		"UnknownAccount":           {mine, free, control.EndpointRequest{Account: "nobody"}, ztp.CodeInvalid, "account"},
		"NoAccount":                {mine, free, control.EndpointRequest{}, ztp.CodeInvalid, "account"},
		"UnknownProductGroup":      {mine, free, control.EndpointRequest{Account: w.account.Slug, ProductGroup: "M-Series"}, ztp.CodeInvalid, "product_group"},
		"BadName":                  {mine, free, control.EndpointRequest{Account: w.account.Slug, Name: &name}, ztp.CodeInvalid, "name"},
		"UnknownVendor":            {mine, free, control.EndpointRequest{Account: w.account.Slug, Vendor: "nobody"}, ztp.CodeInvalid, "vendor"},
		"UnknownPlatform":          {"nobody", free, control.EndpointRequest{Account: w.account.Slug}, ztp.CodeNotFound, ""},
		"PlatformThatIsNot":        {other.Slug, free, control.EndpointRequest{Account: main.Slug}, ztp.CodeNotOnboarded, ""},
		"AccountOfAnotherPlatform": {mine, free, control.EndpointRequest{Account: string(main.ID)}, ztp.CodeInvalid, "account"},
	}
	mark := w.mark()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := w.control.PutEndpoint(ctx, admin, c.platform, c.mac, c.r)
			if !ztp.IsCode(err, c.want) || c.field != "" && ztp.AsError(err).Fields[c.field] == "" {
				t.Errorf("want %s with field %q, got %v", c.want, c.field, err)
			}
		})
	}
	t.Run("TakenByAnotherPlatformHere", func(t *testing.T) {
		w.p, w.account = other, main
		w.press(ztp.KindOnboard)
		mark = w.mark()
		_, err := w.control.PutEndpoint(ctx, admin, other.Slug, phone, control.EndpointRequest{Account: main.Slug})
		if !ztp.IsCode(err, ztp.CodeEndpointTaken) {
			t.Errorf("want endpoint_taken, got %v", err)
		}
	})
	if n := len(w.calls(mark)); n != 0 || len(w.openOps()) != 0 {
		t.Errorf("%d calls, %d operations open", n, len(w.openOps()))
	}
}

// TestPortalFieldsSurvive changes a phone here that somebody described in the
// vendor's portal.
func TestPortalFieldsSurvive(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	company := w.link().CompanyID
	byHand := *w.phoneAt(company, phone)
	byHand.Extra = map[string]json.RawMessage{
		"description": json.RawMessage(`"reception"`), "warranty_exp_warning_period": json.RawMessage(`12`), "vpn_enabled": json.RawMessage(`true`),
	}
	const language = "37d156227bb0341e1a53acd819513504" // its id in the simulator's catalogue
	byHand.Settings[language] = srapssim.Setting{Value: "Deutsch", Perm: "R"}
	w.sim.PutEndpoint(company, byHand)
	second, _, _, err := w.control.CreateAccount(t.Context(), admin, w.p.Slug, control.NewAccount{Name: "Second"})
	if err != nil {
		t.Fatal(err)
	}
	steps := map[string]func(){
		"pause":  func() { w.mustEnd(w.run(ztp.KindPause), ztp.OperationDone, "") },
		"resume": func() { w.press(ztp.KindResume) },
		"move": func() {
			w.mustEnd(w.endPhone(w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: second.Slug})), ztp.OperationDone, "")
		},
		"disable": func() { w.press(ztp.KindDisable) },
		"onboard": func() { w.press(ztp.KindOnboard) },
	}
	for _, step := range []string{"pause", "resume", "move", "disable", "onboard"} {
		steps[step]()
		got := w.phoneAt(company, phone)
		for field, want := range byHand.Extra {
			if d := cmp.Diff(string(want), string(got.Extra[field])); d != "" {
				t.Errorf("%s after %s (-want +got):\n%s", field, step, d)
			}
		}
		if d := cmp.Diff(byHand.Settings[language], got.Settings[language]); d != "" {
			t.Errorf("setting after %s (-want +got):\n%s", step, d)
		}
	}
	w.sound()
}

// TestRightSetting looks at all that was ever written: of the two settings named
// setting_server only one redirects desk phones.
func TestRightSetting(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	l := w.link()
	for _, s := range []map[string]srapssim.Setting{w.sim.Profiles(l.CompanyID)[0].Settings, w.phoneAt(l.CompanyID, phone).Settings} {
		if _, wrong := s[srapssim.DECTSettingServerID]; wrong {
			t.Errorf("the setting of other phones is written: %v", s)
		}
		if got := s[srapssim.DeskSettingServerID].Value; !strings.HasPrefix(got, "https://prov.example.net/p/") || !strings.HasSuffix(got, "/{mac}") {
			t.Errorf("setting_server is %q", got)
		}
	}
}

func TestMoveToAnotherAccountRewritesTheURL(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	company := w.link().CompanyID
	before, device := w.atVendor(phone)
	second, token, _, err := w.control.CreateAccount(t.Context(), admin, w.p.Slug, control.NewAccount{Name: "Second"})
	if err != nil {
		t.Fatal(err)
	}
	w.mustEnd(w.endPhone(w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: second.Slug})), ztp.OperationDone, "")
	want := "https://prov.example.net/p/" + token.RevealSecret() + "/" + device.RevealSecret() + "/{mac}"
	if got := w.phoneAt(company, phone).Redirect; got != want || got == before {
		t.Error("the phone does not have the address of its new account")
	}
}

// TestUpdateAddress changes the base of the provisioning URL.
func TestUpdateAddress(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	paused := ztp.MAC{0x00, 0x04, 0x13, 2, 2, 2}
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.register(paused), ztp.OperationDone, "")
	w.mustEnd(w.endPhone(w.control.PauseEndpoint(t.Context(), admin, w.p.Slug, paused, control.Submission{})), ztp.OperationDone, "")
	outdated := func() bool {
		v, err := w.control.Link(t.Context(), admin, w.p.Slug, "snom")
		if err != nil {
			t.Fatal(err)
		}
		return v.AddressOutdated
	}
	if outdated() {
		t.Error("the address counts as outdated before it changed")
	}
	w.prov = "https://new.example.net/phones"
	w.start()
	if !outdated() {
		t.Error("the row does not ask for Update address")
	}
	mark := w.mark()
	w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
	if !outdated() {
		t.Error("a Rotate changed the address")
	}
	w.mustEnd(w.run(ztp.KindUpdateAddress), ztp.OperationDone, "")
	if outdated() {
		t.Error("the row still asks for Update address")
	}
	l := w.link()
	urls := []string{w.sim.Profiles(l.CompanyID)[0].Settings[srapssim.DeskSettingServerID].Value}
	for _, e := range w.sim.Endpoints(l.CompanyID) {
		urls = append(urls, e.Settings[srapssim.DeskSettingServerID].Value)
		if want := !strings.EqualFold(e.MAC, paused.Bare()); e.Enabled != want {
			t.Errorf("phone %s: enabled is %t", e.MAC, e.Enabled)
		}
	}
	for _, u := range urls {
		if !strings.HasPrefix(u, "https://new.example.net/phones/p/") {
			t.Error("an address is not rewritten")
		}
	}
	w.mustChange(mark, "POST tokens", "PUT provisioning-profiles", "DELETE tokens", "PUT provisioning-profiles", "PUT endpoints", "PUT endpoints")
	mark = w.mark()
	w.mustEnd(w.run(ztp.KindUpdateAddress), ztp.OperationDone, "")
	w.mustChange(mark, "PUT provisioning-profiles") // every phone has it already
}

// TestReleaseBelowADisabledLink gives a MAC up although the platform has no key.
func TestReleaseBelowADisabledLink(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		sim     srapssim.Options
		changes []string
		states  []ztp.CredentialState
	}{
		"ResellerMayWriteBelow": {srapssim.Options{ChildWrites: true}, []string{"DELETE endpoints"}, []ztp.CredentialState{ztp.CredentialRevoked}},
		"AKeyIsMadeForIt": {srapssim.Options{}, []string{"POST tokens", "DELETE endpoints", "DELETE tokens"},
			[]ztp.CredentialState{ztp.CredentialRevoked, ztp.CredentialRevoked}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, c.sim)
			w.mustEnd(w.register(phone), ztp.OperationDone, "")
			w.press(ztp.KindDisable)
			mark := w.mark()
			w.mustEnd(w.run(ztp.KindRelease), ztp.OperationDone, "")
			w.mustChange(mark, c.changes...)
			w.mustStates(c.states...)
			w.mustLink(ztp.LinkNotConfigured, "")
			if w.phoneAt(w.link().CompanyID, phone) != nil {
				t.Error("the vendor still has the phone")
			}
			w.sound()
		})
	}
}

func TestReleasedPhoneIsFreeForAnotherPlatform(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.run(ztp.KindRelease), ztp.OperationDone, "")
	w.p, w.account = w.another("Second Voice")
	w.press(ztp.KindOnboard)
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	if w.phoneAt(w.link().CompanyID, phone) == nil {
		t.Error("the other platform's company does not have the phone")
	}
}

// TestPausedByAPersonStaysPaused through a Disable and the next Onboard.
func TestPausedByAPersonStaysPaused(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	other := ztp.MAC{0x00, 0x04, 0x13, 3, 3, 3}
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.register(other), ztp.OperationDone, "")
	w.press(ztp.KindPause)
	w.press(ztp.KindDisable)
	w.press(ztp.KindOnboard)
	w.hourly()
	want := map[ztp.MAC]ztp.EndpointState{phone: ztp.EndpointPaused, other: ztp.EndpointListed}
	for mac, state := range want {
		if got := w.phoneRow(mac).State; got != state {
			t.Errorf("phone %s is %s, want %s", mac, got, state)
		}
	}
	w.sound()
}

// TestOneRefusedPhoneDoesNotStopTheRest of a Disable and of the Onboard after it.
func TestOneRefusedPhoneDoesNotStopTheRest(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.many(6)
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 3, Do: srapssim.DoStatus, Status: 400})
	op := w.run(ztp.KindDisable)
	w.mustEnd(op, ztp.OperationDone, "")
	named := func(op ztp.Operation) {
		t.Helper()
		if len(op.Data.Failed) != 1 {
			t.Fatalf("refused phones are %v, want one", op.Data.Failed)
		}
		if mac, err := ztp.ParseMAC(op.Data.Failed[0]); err != nil || w.phoneRow(mac).State != ztp.EndpointFailed {
			t.Errorf("phone %s is named as refused and is not (%v)", op.Data.Failed[0], err)
		}
	}
	named(op)
	w.mustLink(ztp.LinkNotConfigured, "")
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 2, Do: srapssim.DoStatus, Status: 400})
	op = w.run(ztp.KindOnboard)
	w.mustEnd(op, ztp.OperationDone, "")
	named(op)
	n, err := w.base.CountEndpoints(context.Background(), w.p.ID, "snom")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(ztp.EndpointCounts{Listed: 4, Failed: 2}, n); d != "" {
		t.Errorf("phones (-want +got):\n%s", d)
	}
}
