package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"zerotouch.example/internal/ztp"
)

// TestManyPhones ticks phones in the list, confirms, and follows the operation to its end.
func TestManyPhones(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	for _, mac := range []string{"000413A27F10", "000413A27F11", "000413A27F12"} {
		w.phone(p, mac)
	}
	b := w.as("ops@example.net")
	list := b.get("/platforms/" + p.Slug)
	ticks := all(list.doc, `#phone-list form input[name=mac]`)
	if len(ticks) != 3 {
		t.Fatalf("%d phones can be ticked", len(ticks))
	}
	picked := url.Values{"action": {"pause"}, "mac": {attr(ticks[0], "value"), attr(ticks[2], "value")}}
	ask := b.get(attr(one(t, list.doc, "#phone-list form"), "action") + "?" + picked.Encode())
	form := one(t, ask.doc, "main form")
	sent := url.Values{}
	for _, in := range all(form, `input[type=hidden]`) {
		sent.Add(attr(in, "name"), attr(in, "value"))
	}
	if len(sent["mac"]) != 2 || sent.Get("action") != "pause" {
		t.Fatalf("the form sends %v", sent)
	}
	answer := b.post(attr(form, "action"), sent)
	at := answer.header.Get("Location")
	if answer.status != http.StatusSeeOther || !strings.HasPrefix(at, "/operations/") {
		t.Fatalf("%d to %q", answer.status, at)
	}
	if got := text(one(t, b.get("/platforms/"+p.Slug).doc, `#phone-list a[href=`+at+`]`)); !strings.Contains(got, "0 of 2") {
		t.Errorf("the list says %q", got)
	}
	one(t, b.get(at).doc, `a[href=`+at+`/cancel]`)
	if got := b.post(at+"/cancel", url.Values{}); got.status != http.StatusSeeOther {
		t.Errorf("cancelled: %d", got.status)
	}
	w.work()
	page := b.get(at)
	if got := text(one(t, page.doc, "#many")); !strings.Contains(got, "Cancelled: 2") {
		t.Errorf("after the cancel: %s", got)
	}
	again := b.post(at+"/resume", url.Values{"op": {ztp.NewID()}})
	w.work()
	if got := text(one(t, b.get(again.header.Get("Location")).doc, "#many")); !strings.Contains(got, "Done: 2") {
		t.Errorf("taken up again: %s", got)
	}
	if got := text(one(t, b.get(at).doc, "#many")); !strings.Contains(got, "See the rest tried again") || strings.Contains(got, "Try the rest again…") {
		t.Errorf("what it has left was taken up: %s", got)
	}
	released := b.post("/platforms/"+p.Slug+"/phones-picked", url.Values{"action": {"release"}, "mac": picked["mac"], "op": {ztp.NewID()}}).header.Get("Location")
	b.post(released+"/cancel", url.Values{})
	w.work()
	if ask := b.get(released + "/resume"); !strings.Contains(text(one(t, ask.doc, "main form")), "Give up at Snom, so that anybody can register them, 2 phones") {
		t.Errorf("taking up a release again asks: %q", text(one(t, ask.doc, "main form")))
	}
	for i, want := range []bool{true, false, true} {
		mac, err := ztp.ParseMAC(attr(ticks[i], "value"))
		if err != nil {
			t.Fatal(err)
		}
		if e, err := w.store.Endpoint(t.Context(), p.ID, mac); err != nil || (e.State == ztp.EndpointPaused) != want {
			t.Errorf("phone %s is %s, %v", mac, e.State, err)
		}
	}
}
