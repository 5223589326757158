package control_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// told is the gate of the phone's URL, and the file that it gets.
func (w *world) told(mac ztp.MAC) (ztp.Gate, string) {
	w.t.Helper()
	x, err := w.control.ExplainEndpoint(w.t.Context(), viewer, w.p.Slug, mac)
	w.must(err)
	file, err := w.control.PreviewSettings(w.t.Context(), viewer, w.p.Slug, mac)
	w.must(err)
	return x.Gates[1], string(file.File)
}

func (w *world) retemplate(template string) {
	w.t.Helper()
	_, err := w.control.UpdatePlatform(w.t.Context(), admin, w.p.Slug, control.PlatformPatch{URLTemplate: &template})
	w.must(err)
}

// A platform's URL that was edited counts from Update address on, which proves it and says how
// many phones it tells; until then explain and preview show what they really get. While
// settings are frozen none is told another one.
func TestEditedURLCountsFromUpdateAddressOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx, none := t.Context(), control.Submission{}
	w.onboard()
	mac := w.inOffice(1, 0, 1)[0]
	_, err := w.control.PutEndpoint(ctx, admin, w.p.Slug, mac, control.EndpointRequest{Account: w.account.Slug})
	w.must(err)
	w.settle()
	old, now := "https://prov.example.net/p/", "https://brand.example/p/"
	is := func(when string, state ztp.GateState, cause ztp.GateCause, base string) {
		t.Helper()
		gate, file := w.told(mac)
		if gate.State != state || gate.Cause != cause || !strings.Contains(file, base) {
			t.Errorf("%s: gate %+v, and the file leads not to %s: %s", when, gate, base, file)
		}
	}
	is("registered", ztp.GateOpen, "", old)
	w.retemplate(now + "{account_token}/{mac}")
	is("edited", ztp.GateClosed, ztp.CauseEarlierURL, old)
	if gate, _ := w.told(mac); !strings.Contains(gate.Text, old) || !strings.Contains(gate.Text, now) {
		t.Errorf("it says %q", gate.Text)
	}
	asked := w.address.asked
	_, err = w.control.PutEndpoint(ctx, admin, w.p.Slug, mac, control.EndpointRequest{Account: w.account.Slug, Name: new("Hall")})
	w.must(err)
	w.settle()
	is("saved", ztp.GateClosed, ztp.CauseEarlierURL, old)
	_, err = w.control.FreezeSettings(ctx, admin, "trade fair")
	w.must(err)
	_, err = w.control.UpdateAddress(ctx, admin, w.p.Slug, "snom", none)
	if w.wantCode(ztp.CodeSettingsFrozen, err); !strings.Contains(err.Error(), "1 phone") || w.address.asked != asked {
		t.Errorf("%v, and the address was asked %d times", err, w.address.asked-asked)
	}
	is("frozen", ztp.GateClosed, ztp.CauseEarlierURL, old)
	pre, err := w.control.Preflight(ctx, viewer, w.p.Slug, "snom", ztp.KindUpdateAddress)
	w.must(err)
	if pre.EarlierURLs != 1 || len(pre.Problems) != 1 || pre.Problems[0].Code != ztp.CodeSettingsFrozen {
		t.Errorf("before it is confirmed: %d phones, %v", pre.EarlierURLs, pre.Problems)
	}
	w.must(w.control.UnfreezeSettings(ctx, admin))
	w.address.err = &ztp.Error{Code: ztp.CodeProvisioningURLUnreachable}
	_, err = w.control.UpdateAddress(ctx, admin, w.p.Slug, "snom", none)
	w.wantCode(ztp.CodeProvisioningURLUnreachable, err)
	is("not proven", ztp.GateClosed, ztp.CauseEarlierURL, old)
	w.address.err = nil
	_, err = w.control.UpdateAddress(ctx, admin, w.p.Slug, "snom", none)
	w.must(err)
	w.settle()
	is("proven", ztp.GateOpen, "", now)
	_, err = w.control.FreezeSettings(ctx, admin, "")
	w.must(err)
	_, err = w.control.UpdateAddress(ctx, admin, w.p.Slug, "snom", none)
	w.must(err) // tells nobody anything new
	w.settle()
	w.must(w.control.UnfreezeSettings(ctx, admin))
	w.retemplate("https://their.example/cfg/{account_token}/{mac}")
	is("edited to somebody else's server", ztp.GateClosed, ztp.CauseEarlierURL, now)
	_, err = w.control.UpdateAddress(ctx, admin, w.p.Slug, "snom", none)
	w.must(err)
	w.settle()
	is("gone there", ztp.GateClosed, ztp.CauseServedElse, "https://their.example/cfg/")
	if _, file := w.told(mac); strings.Contains(file, "user_pass") || strings.Contains(file, "http_client_pass") {
		t.Errorf("the file has more: %s", file)
	}
}
