package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// A phone is held by hand and let go again, and gets another password, each after asking;
// a viewer sees how it stands.
func TestHoldAPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	mac := mustMAC(t, "000413A27F10")
	e, err := w.store.Endpoint(t.Context(), p.ID, mac)
	fatal(t, err)
	came := ztp.Decide(e, ztp.Contact{}, ztp.Visit{At: w.clock.now(), Way: ztp.WayFirst, Right: true, Secure: true, Ready: true, Network: netip.MustParsePrefix("192.0.2.0/24")})
	first := ztp.NewToken()
	fatal(t, w.store.SaveContact(t.Context(), came.Contact.WithPassword(ztp.HashToken(first), w.clock.now()), first))
	w.clock.advance(time.Hour)

	const at = "/platforms/brightwater/phones/000413a27f10"
	b, guest := w.as("ops@example.net"), w.as("guest")
	if got := texts(b.page(at).doc, "#phone-card .btns .btn"); !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "Hold…") }) || !strings.HasPrefix(got[len(got)-1], "Release…") {
		t.Error(got)
	}
	for _, action := range []string{"hold", "unhold", "rotate-password"} {
		if a := guest.post(at+"/contact/"+action, url.Values{}); a.status != http.StatusForbidden {
			t.Errorf("%s forged: %d", action, a.status)
		}
	}
	b.save(at+"/contact/hold", nil)
	page := guest.page(at)
	if got := text(one(t, page.doc, "#held")); got != "Held by hand It gets holding settings until somebody ends the hold. Open waiting phones" || len(all(page.doc, "#b-unhold")) != 0 {
		t.Error(got)
	}
	if got := text(one(t, guest.page("/platforms/brightwater/waiting").doc, "#waiting tbody tr")); !strings.Contains(got, "Held by hand") || !strings.Contains(got, "Not since then") {
		t.Error(got)
	}
	b.post(attr(one(t, b.page("/platforms/brightwater/waiting").doc, "#waiting form"), "action"), url.Values{})
	if len(all(b.page(at).doc, "#held")) != 0 {
		t.Error("it is held still")
	}
	fatal(t, w.store.SaveEndpoint(t.Context(), ztp.Endpoint{Platform: p.ID, Vendor: "snom", MAC: mustMAC(t, "000413A27F11"), Account: e.Account, State: ztp.EndpointListed, CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}))
	if a := b.post("/platforms/brightwater/phones/000413a27f11/contact/unhold", url.Values{}); a.status != http.StatusConflict || !strings.Contains(text(one(t, a.doc, "main")), "no URL of its own yet") {
		t.Errorf("unhold, refused: %d", a.status)
	}

	poll := attr(one(t, b.page(at).doc, "#phone-card .poll"), "hx-get")
	b.save(at+"/contact/rotate-password", nil)
	if a := b.htmx("phone-card").get(poll); a.status != http.StatusOK || !strings.Contains(text(a.doc), "the one before counts until it comes with this") || len(all(a.doc, "#b-password")) != 0 {
		t.Errorf("an open page: %d", a.status)
	}
	if a := b.post(at+"/contact/rotate-password", url.Values{}); a.status != http.StatusConflict || !strings.Contains(text(one(t, a.doc, "main .msg")), "has not come with that yet") {
		t.Errorf("twice: %d", a.status)
	}
}

// What a phone waits for, and where it says what that is: nobody admits one whose settings
// are not complete.
func TestWaitingForSettings_LeadsToWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	mac := mustMAC(t, "000413A27F10")
	e, err := w.store.Endpoint(t.Context(), p.ID, mac)
	fatal(t, err)
	fatal(t, w.store.SaveContact(t.Context(), ztp.Contact{Platform: p.ID, MAC: mac, DeviceTokenHash: e.DeviceTokenHash, Waiting: ztp.WaitingSettings,
		WaitingSince: w.clock.now(), WaitingAt: w.clock.now(), WaitingNetwork: netip.MustParsePrefix("192.0.2.0/24")}, ztp.Secret{}))
	const at = "/platforms/brightwater/phones/000413a27f10"
	guest := w.as("guest")
	if got := text(one(t, guest.page(at).doc, "#held")); got != "Its settings are not complete It gets holding settings until they are. Open waiting phones" {
		t.Error(got)
	}
	if got := attr(one(t, guest.page("/platforms/brightwater/waiting").doc, "#waiting td a"), "href"); !strings.EqualFold(got, at+"/explain") {
		t.Error(got)
	}
}
