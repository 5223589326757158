package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// What phones have to show is chosen on the platform's form, written into the audit log,
// and less is red on Health, with the phones that were served by it.
func TestLessThanACertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b, guest := w.as("ops@example.net"), w.as("guest")
	if got := text(one(t, guest.page("/health").doc, "#less")); !strings.Contains(got, "Not asked for") {
		t.Error(got)
	}
	edit := b.page("/platforms/brightwater/edit")
	if got := attr(one(t, edit.doc, "#f-phone_proof option[selected]"), "value"); got != "certificate" {
		t.Errorf("chosen at first: %q", got)
	}
	form := url.Values{"name": {"Brightwater"}, "version": {attr(one(t, edit.doc, "input[name=version]"), "value")}, "phone_proof": {"nothing"}}
	if a := b.post("/platforms/brightwater/edit", form); a.status != http.StatusUnprocessableEntity {
		t.Errorf("nonsense: %d", a.status)
	}
	form.Set("phone_proof", "token")
	if a := b.post("/platforms/brightwater/edit", form); a.status != http.StatusSeeOther {
		t.Errorf("less: %d", a.status)
	}
	if events, err := w.store.ListEvents(t.Context(), ztp.EventQuery{Action: "platform.updated"}); err != nil || len(events.Items) != 1 || !strings.Contains(events.Items[0].Detail, ztp.ProofToken.Title()) {
		t.Errorf("audit log: %+v, %v", events.Items, err)
	}
	form.Del("phone_proof") // as a page from before this choice sends it
	form.Set("version", attr(one(t, b.page("/platforms/brightwater/edit").doc, "input[name=version]"), "value"))
	b.post("/platforms/brightwater/edit", form)
	if now, err := w.store.Platform(t.Context(), "brightwater"); err != nil || now.PhoneProof != ztp.ProofToken {
		t.Errorf("then %q, %v", now.PhoneProof, err)
	}
	mac := mustMAC(t, "000413A27F10")
	w.phone(p, mac.String())
	e, err := w.store.Endpoint(t.Context(), p.ID, mac)
	fatal(t, err)
	fatal(t, w.store.SaveContact(t.Context(), ztp.Contact{Platform: p.ID, MAC: mac, DeviceTokenHash: e.DeviceTokenHash, Assurance: ztp.AssuranceNetwork,
		ProvenAt: w.clock.now(), Less: true, Waiting: ztp.WaitingCertificate, WaitingSince: w.clock.now(), WaitingAt: w.clock.now()}, ztp.Secret{}))
	if got := text(one(t, guest.page("/health").doc, "#less")); !strings.Contains(got, "1 phone with less") || !strings.Contains(got, "1 platform asks") || !strings.Contains(got, "Brightwater") {
		t.Error(got)
	}
	page := guest.page("/platforms/brightwater/phones/000413A27F10")
	if got := text(one(t, page.doc, "main")); !strings.Contains(got, "without the device certificate of its model") || !strings.Contains(got, ztp.WaitingCertificate.Title()) {
		t.Error(got)
	}
	if got := strings.Join(texts(b.page("/platforms/brightwater/waiting").doc, "#waiting button"), "; "); !strings.Contains(got, "Admit") {
		t.Errorf("nothing admits it: %s", got)
	}
}
