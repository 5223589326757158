package web_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// The page of a phone shows what it has asked for, and its explanation names the first
// closed gate with its remedy.
func TestExplainPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	mac := mustMAC(t, "000413A27F10")
	w.phone(p, mac.String())
	const at = "/platforms/brightwater/phones/000413a27f10"
	b := w.as("guest")
	said := func() string { return text(one(t, b.page(at+"/explain").doc, "main .msg")) }
	mustContain(t, "never came", said(), "It has never come", "What to do: Connect it")
	if got := text(one(t, b.page(at).doc, "#fetches")); !strings.Contains(got, "Nobody has asked") {
		t.Error(got)
	}
	e, err := w.store.Endpoint(t.Context(), p.ID, mac)
	fatal(t, err)
	fetch := ztp.Fetch{Platform: p.ID, MAC: mac, At: w.clock.now(), FirstAt: w.clock.now(), Times: 1, Result: ztp.FetchHolding, Reason: string(ztp.WaitingLate),
		Address: netip.MustParseAddr("192.0.2.7"), Agent: "Mozilla/4.0 (compatible; snomD785-SIP 10.1.64.14 <b>&)", Bytes: 311}
	refused := fetch
	refused.Result, refused.Reason, refused.Times, refused.At = ztp.FetchRefused, string(ztp.RefusedToken), 12, w.clock.now().Add(-time.Minute)
	fatal(t, w.store.NoteFetches(t.Context(), []ztp.Fetch{fetch, refused}))
	fatal(t, w.store.SaveContact(t.Context(), ztp.Contact{Platform: p.ID, MAC: mac, DeviceTokenHash: e.DeviceTokenHash, Waiting: ztp.WaitingLate,
		WaitingSince: w.clock.now(), WaitingAt: w.clock.now(), WaitingNetwork: netip.MustParsePrefix("192.0.2.0/24")}, ztp.Secret{}))
	traffic := b.page("/platforms/brightwater/traffic")
	mustContain(t, "traffic", text(one(t, traffic.doc, "main")), "In the last 24 hours 1 fetch: 0 served, 1 with holding settings", "1 in the fullest hour")
	if n := len(all(traffic.doc, "svg rect.chart-warn")); n != 1 || len(all(traffic.doc, "tbody tr")) != 24 {
		t.Errorf("%d bars", n)
	}
	page := b.page(at)
	mustContain(t, "log", text(one(t, page.doc, "#fetches")), "Got holding settings", "Came after its window had closed", "D785 10.1.64.14", "192.0.2.7", "12 times since", "Its URL has a token that no account has")
	if strings.Contains(page.body, "<b>&") {
		t.Error("what a phone says is not escaped")
	}
	mustContain(t, "late", said(), "Its first-contact window is closed", "Admit it")
	rows := all(b.page(at+"/explain").doc, "main ol.rows li")
	if len(rows) != len(ztp.GateNames()) || attr(rows[7], "aria-current") != "step" {
		t.Errorf("%d gates", len(rows))
	}
}

// A gate that settings open leads to them.
func TestExplainLeadsToSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	mac := mustMAC(t, "000413A27F11")
	w.phone(p, mac.String())
	fatal(t, w.store.NoteFetches(t.Context(), []ztp.Fetch{{Platform: p.ID, MAC: mac, At: w.clock.now(), FirstAt: w.clock.now(), Times: 1, Result: ztp.FetchSettings}}))
	page := w.as("ops@example.net").page("/platforms/brightwater/phones/000413a27f11/explain")
	mustContain(t, "no line", text(one(t, page.doc, "main .msg")), "It has no SIP line here")
	if got := attr(one(t, page.doc, "main .msg a.btn"), "href"); got != "/platforms/brightwater/phones/000413a27f11/settings" {
		t.Errorf("leads to %q", got)
	}
}

// A hold is ended on the phone's page, and there the explanation leads.
func TestExplainLeadsToTheHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	mac := mustMAC(t, "000413A27F12")
	w.phone(p, mac.String())
	const at = "/platforms/brightwater/phones/000413a27f12"
	fatal(t, w.store.NoteFetches(t.Context(), []ztp.Fetch{{Platform: p.ID, MAC: mac, At: w.clock.now(), FirstAt: w.clock.now(), Times: 1, Result: ztp.FetchSettings}}))
	b := w.as("ops@example.net")
	b.save(at+"/contact/hold", nil)
	page := b.page(at + "/explain")
	mustContain(t, "held", text(one(t, page.doc, "main .msg")), "Somebody holds it", "End the hold on the phone's page")
	if got := attr(one(t, page.doc, "main .msg a.btn"), "href"); got != at {
		t.Errorf("leads to %q", got)
	}
	mustContain(t, "phone", text(one(t, b.page(at).doc, "main")), "End hold")
}
