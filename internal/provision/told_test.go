package provision_test

import (
	"net/http"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// retemplate edits the platform's provisioning URL, which proves nothing.
func (w *world) retemplate(platform, template string) {
	w.t.Helper()
	p, err := w.store.Platform(ctx, string(w.platforms[platform].ID))
	w.must(err)
	p.URLTemplate = template
	w.must(w.store.UpdatePlatform(ctx, p))
}

// prove records the URL that a profile at the vendor has got, as an operation does which has
// proven it.
func (w *world) prove(platform, template string) {
	w.t.Helper()
	l, err := w.store.Link(ctx, w.platforms[platform].ID, "snom")
	w.must(err)
	l.AddressTemplate, l.UpdatedAt = template, w.now
	w.must(w.store.SaveLink(ctx, l))
}

const (
	deadTemplate  = "http://127.0.0.1:1/p/{account_token}/{mac}"
	theirTemplate = "https://their.example/cfg/{account_token}/{mac}"
)

// A URL that nobody has proven reaches no phone, whoever has changed it, and whether or not the
// phone is in memory; what the vendor has confirmed does.
func TestUnprovenURLReachesNoPhone(t *testing.T) {
	t.Parallel()
	w, h, _ := settled(t)
	m, device := w.contact("one").MAC, ztp.NewSecret(strings.Split(h.path, "/")[3])
	before := h.ask("")
	file := body(t, before)
	if !strings.Contains(file, "https://prov.example"+w.settledPath("one", device, "{mac}")) {
		t.Fatal("its file does not name its own URL")
	}
	same := func(what string) {
		t.Helper()
		for _, learn := range []func(){func() {}, w.serve} {
			learn()
			r := h.ask("")
			if text := body(t, r); text != file || r.Header.Get("ETag") != before.Header.Get("ETag") {
				t.Errorf("%s: status %d, and another file", what, r.StatusCode)
			}
		}
	}
	w.retemplate("acme", deadTemplate)
	same("the platform's URL was edited")
	w.retemplate("acme", theirTemplate)
	same("to somebody else's server")
	w.retemplate("acme", "")
	var err error
	w.cfg.URL, err = ztp.TemplateForBase("https://mistyped.example")
	w.must(err)
	same("the installation's URL was mistyped")
	w.cfg.URL = ztp.URLTemplate{}
	same("and left out")
	w.prove("acme", "https://brand.example/p/{account_token}/{mac}")
	same("another one was proven, and this phone not written yet")
	w.confirm(m, "https://brand.example/p/{account_token}/{device_token}/{mac}")
	if text := body(t, h.ask("")); !strings.Contains(text, "https://brand.example"+w.settledPath("one", device, "{mac}")) {
		t.Error("the URL that the vendor has confirmed is not told")
	}
	w.issue("one")
	if text := body(t, h.ask("")); !strings.Contains(text, "https://brand.example"+w.settledPath("one", device, "{mac}")) {
		t.Error("after a new token of the account: the current one is not told")
	}
}

// A phone of which no vendor has confirmed a URL is told the one that was proven last for its
// platform, and the configured one before any was.
func TestPhoneThatIsNotConfirmedIsToldTheProvenURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointWanted)
	device := w.own("one", m)
	path := w.ownPath("one", device, mac)
	told := func(what, base string) {
		t.Helper()
		if text := body(t, w.get(path)); !strings.Contains(text, base+w.settledPath("one", device, "{mac}")) {
			t.Errorf("%s: %s is not told", what, base)
		}
	}
	told("nothing proven", "https://prov.example")
	w.retemplate("acme", "https://new.example/p/{account_token}/{mac}")
	told("nothing proven, and edited", "https://new.example")
	w.prove("acme", "https://proven.example/p/{account_token}/{mac}")
	told("proven", "https://proven.example")
	w.retemplate("acme", deadTemplate)
	told("edited since", "https://proven.example")
	w.serve()
	told("after a restart", "https://proven.example")
	w.prove("acme", "https://moved.example/p/{account_token}/{mac}")
	told("proven since", "https://moved.example")
}

// A phone whose entry leads to somebody else's server, and that still asks here, is told so:
// its URL there and no secret of ours. Whoever has not its token learns nothing.
func TestPhoneOfAForeignServerIsToldIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	device := w.own("one", m)
	w.confirm(m, ownTemplate)
	body(t, w.get(w.ownPath("one", device, mac)))
	w.set(ztp.SettingScope{Platform: w.platforms["acme"].ID, MAC: m}, "admin_password=hunter2hunter2")
	w.retemplate("acme", theirTemplate)
	w.prove("acme", theirTemplate)
	w.confirm(m, theirTemplate)
	theirs := strings.Replace(theirTemplate, "{account_token}", w.tokens["one"].RevealSecret(), 1)
	for name, path := range map[string]string{"by its first URL": w.ownPath("one", device, mac), "by that of its settings": w.settledPath("one", device, mac)} {
		for range 2 { // for as long as it asks
			r := w.get(path)
			text := body(t, r)
			if r.StatusCode != http.StatusOK || !strings.Contains(text, theirs) || strings.Contains(text, "http_client_pass") ||
				strings.Contains(text, "hunter2") || strings.Contains(text, device.RevealSecret()) {
				t.Errorf("%s: status %d, %s", name, r.StatusCode, text)
			}
		}
	}
	for name, path := range map[string]string{"by a wrong token": w.ownPath("one", ztp.NewToken(), mac), "without one": w.path("one", mac)} {
		if r := w.get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d", name, r.StatusCode)
		}
	}
	w.plain = true
	if r := w.get(w.ownPath("one", device, mac)); r.StatusCode != http.StatusOK || strings.Contains(body(t, r), "their.example") {
		t.Errorf("without TLS: status %d, or it is told a secret", r.StatusCode)
	}
}
