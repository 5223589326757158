package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// TestMACPage: a search for a whole MAC address leads to its life, for viewers too.
func TestMACPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	b := w.as("ops@example.net")
	found := b.get("/platforms?q=00-04-13-a2-7f-10")
	if found.status != http.StatusSeeOther || found.header.Get("Location") != "/phones/000413a27f10" {
		t.Fatalf("the search leads to %d %q", found.status, found.header.Get("Location"))
	}
	for _, who := range []string{"ops@example.net", "guest"} {
		page := text(one(t, w.as(who).page("/phones/000413a27f10").doc, "main"))
		mustContain(t, who, page, "00:04:13:A2:7F:10", "brightwater", "Registered", "asked to register phone", "Begins like phones of Snom")
	}
	mustContain(t, "unknown", text(one(t, b.page("/phones/000413FFFF01").doc, "main")), "Nobody here has it, or ever had it")
}

// TestReplaceAndMovePages ask first, keep what was typed, and lead to the phone.
func TestReplaceAndMovePages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.onboarded("Norddial")
	w.phone(p, "000413A27F10")
	b := w.as("ops@example.net")
	const path = "/platforms/brightwater/phones/000413a27f10"
	wrong := b.post(path+"/replace", url.Values{"new_mac": {"nonsense"}, "old": {"pause"}, "op": {ztp.NewID()}})
	if wrong.status != http.StatusUnprocessableEntity || !strings.Contains(text(wrong.doc), "12 hexadecimal digits") {
		t.Errorf("a wrong MAC: %d", wrong.status)
	}
	done := b.post(path+"/replace", url.Values{"new_mac": {"000413A27F11"}, "old": {"pause"}, "op": {ztp.NewID()}})
	w.work()
	mustContain(t, "replaced", text(one(t, b.follow(done).doc, "#phone-card")), "Phone replaced", "It took the place of 00:04:13:A2:7F:10")
	mustContain(t, "old", text(one(t, b.page(path).doc, "#phone-card")), "Paused", "Its place was taken by 00:04:13:A2:7F:11")
	accounts, err := w.ctl.ListAccounts(t.Context(), admin, "norddial", "", 1)
	if err != nil {
		t.Fatal(err)
	}
	mustContain(t, "move", text(one(t, b.page(path+"/move").doc, "main")), "Move this phone?", "To platform", "Norddial", "For a moment nobody has the MAC address")
	done = b.post(path+"/move", url.Values{"platform": {"norddial"}, "account": {accounts.Items[0].Slug}, "op": {ztp.NewID()}})
	w.work()
	mustContain(t, "moved", text(one(t, b.follow(done).doc, "#phone-card")), "Phone moved", "Released")
	if _, err := w.ctl.Endpoint(t.Context(), admin, "norddial", mustMAC(t, "000413A27F10")); err != nil {
		t.Error(err)
	}
	if got := w.as("guest").post(path+"/move", url.Values{"platform": {"norddial"}, "account": {"main"}}); got.status != http.StatusForbidden {
		t.Errorf("a viewer: %d", got.status)
	}
}

// TestTakenOffersAMove from the platform whose company has the phone.
func TestTakenOffersAMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from, p := w.onboarded("Norddial"), w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	e, err := w.ctl.Endpoint(t.Context(), admin, p.Slug, mustMAC(t, "000413A27F10"))
	if err != nil {
		t.Fatal(err)
	}
	e.State, e.Error = ztp.EndpointFailed, &ztp.Problem{Code: ztp.CodeEndpointTaken, At: w.clock.now(), Holder: from.ID}
	if err := w.store.SaveEndpoint(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	const path = "/platforms/brightwater/phones/000413a27f10"
	if got := texts(w.as("ops@example.net").page(path).doc, "#phone-card .btn"); len(got) == 0 || !strings.HasPrefix(got[0], "Move it here from Norddial…") {
		t.Errorf("a super-admin is offered %q", got)
	}
	if got := text(w.as("guest").page(path).doc); strings.Contains(got, "Norddial") {
		t.Error("a viewer learns who has it")
	}
	if _, err := w.ctl.MAC(t.Context(), admin, e.MAC, "", 10); err != nil {
		t.Error(err)
	}
}

func mustMAC(t *testing.T, s string) ztp.MAC {
	t.Helper()
	m, err := ztp.ParseMAC(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
