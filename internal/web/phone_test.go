package web_test

import (
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// strangers is held by somebody else's company from the start.
const strangers = "000413F0BEEF"

// add sends the form that adds a phone and follows to its page.
func (b *browser) add(p ztp.Platform, mac string) answer {
	b.w.t.Helper()
	accounts, err := b.w.ctl.ListAccounts(b.w.t.Context(), admin, p.Slug, "", 1)
	if err != nil {
		b.w.t.Fatal(err)
	}
	a := b.post("/platforms/"+p.Slug+"/phones", url.Values{"mac": {mac}, "account": {accounts.Items[0].Slug}, "name": {"Reception"}, "op": {ztp.NewID()}})
	b.w.work()
	return b.follow(a)
}

func mustContain(t *testing.T, where, got string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(got, s) {
			t.Errorf("%s: %q is not in %q", where, s, got)
		}
	}
}

// A phone that the vendor refused is kept as failed, and the page says so; taking
// it off the list claims nothing of the vendor.
func TestRefusedPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	page := b.add(p, strangers)
	card := one(t, page.doc, "#phone-card")
	mustContain(t, "refused", text(card), "Failed", "This MAC is registered by another company", "Snom registered nothing for this platform.",
		"The phone stays in the list here as failed", "Confirmed by Snom Not yet")
	if strings.Contains(text(card), "Nothing changed") {
		t.Errorf("a row was kept, and it says %q", text(card))
	}
	if got := texts(card, ".btn"); len(got) != 1 || !strings.HasPrefix(got[0], "Remove…") {
		t.Errorf("buttons: %q", got)
	}

	path := "/platforms/brightwater/phones/" + strings.ToLower(strangers)
	ask := b.page(path + "/release")
	mustContain(t, "confirmation", text(one(t, ask.doc, "main")), "Remove this phone?", "Take 00:04:13:F0:BE:EF out of the list here", "Snom never confirmed this phone.")
	a := b.confirmed(path + "/release")
	w.work()
	card = one(t, b.follow(a).doc, "#phone-card")
	mustContain(t, "removed", text(card), "Removed here", "Snom held nothing under this MAC address for this platform, so nothing was given up there.", "Confirmed by Snom Never")
}

// What was registered is released, in so many words.
func TestReleasedPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	mustContain(t, "added", text(one(t, b.add(p, "000413A27F10").doc, "#phone-card")), "Registered", "Phone registered")
	path := "/platforms/brightwater/phones/000413a27f10"
	a := b.confirmed(path + "/release")
	w.work()
	mustContain(t, "released", text(one(t, b.follow(a).doc, "#phone-card")), "Released", "Snom confirmed that the MAC address is given up")
}

// A change of a paused phone does not say that it is redirected.
func TestPausedPhoneSavedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	b := w.as("ops@example.net")
	b.add(p, "000413A27F10")
	a := b.confirmed("/platforms/brightwater/phones/000413a27f10/pause")
	w.work()
	b.follow(a)
	card := text(one(t, b.add(p, "000413A27F10").doc, "#phone-card"))
	mustContain(t, "saved", card, "Paused", "Phone saved, still paused")
}
