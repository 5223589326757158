package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/ztp"
)

// lined lets phones of a platform have come for settings with a line.
func (w *world) lined(p ztp.Platform, macs ...string) {
	w.t.Helper()
	for _, text := range macs {
		mac, err := ztp.ParseMAC(text)
		if err == nil {
			err = w.store.TouchEndpoint(w.t.Context(), p.ID, mac, w.clock.now())
		}
		if err == nil {
			_, err = w.store.ChangeSettings(w.t.Context(), ztp.SettingScope{Platform: p.ID, MAC: mac}, nil, []ztp.SettingChange{
				{Name: ztp.SettingLineUser, Index: 1, Value: ztp.NewSecret("2<b>01")}, {Name: ztp.SettingLineRegistrar, Index: 1, Value: ztp.NewSecret("voice.example")},
			}, "ann", w.clock.now())
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// TestLookAgain: asked for one phone on its page, for ticked ones and for all; the page of it
// says how far it is, and the phone's what became of it.
func TestLookAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	for _, mac := range []string{"000413A27F10", "000413A27F11", "000413A27F12"} {
		w.phone(p, mac)
	}
	w.lined(p, "000413A27F10", "000413A27F11")
	w.clock.advance(time.Second)
	admin, guest := w.as("ops@example.net"), w.as("guest")

	page := admin.get("/platforms/brightwater/phones/000413a27f10")
	if !strings.Contains(page.body, "/platforms/brightwater/resync?mac=00%3A04%3A13%3AA2%3A7F%3A10") || strings.Contains(page.body, "Told to look again") {
		t.Error("the phone's page does not offer it, or tells of one that never was")
	}
	if page := admin.get("/platforms/brightwater/phones/000413a27f12"); strings.Contains(page.body, "b-resync") {
		t.Error("it is offered for a phone that has never come")
	}
	ask := admin.get("/platforms/brightwater/resync?mac=000413A27F10")
	if ask.status != http.StatusOK || !strings.Contains(ask.body, "Tell 1 phone to look for settings") || strings.Contains(ask.body, "Spread over") {
		t.Errorf("asked for one: %d", ask.status)
	}
	all := admin.get("/platforms/brightwater/resync")
	for _, want := range []string{"Tell 2 phones to look for settings", "Reach 1 phone. Not in service", "Spread over", "All accounts"} {
		if !strings.Contains(all.body, want) {
			t.Errorf("asked for all: no %q", want)
		}
	}
	ticked := admin.get("/platforms/brightwater/phones-picked?action=resync&mac=000413A27F10&mac=000413A27F12")
	picked := admin.get(ticked.header.Get("Location"))
	if !strings.Contains(picked.body, "Tell 1 phone to look for settings") || strings.Count(picked.body, `name="mac"`) != 2 {
		t.Errorf("asked for ticked ones: %d %s", picked.status, picked.body)
	}
	if a := admin.post("/platforms/brightwater/resync", url.Values{"within_seconds": {"7"}}); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a time that was made up: %d", a.status)
	}
	if a := admin.post("/platforms/brightwater/resync", url.Values{"mac": {"000413A27F12"}, "op": {ztp.NewID()}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "None of these phones can be told") {
		t.Errorf("nobody to tell: %d", a.status)
	}
	if got := text(one(t, admin.page("/platforms/brightwater/resync?mac=000413A27F12").doc, "main")); !strings.Contains(got, "None of these phones can be told") ||
		!strings.Contains(got, "1 phone. Not in service") || strings.Contains(got, "Tell them") {
		t.Errorf("nobody to tell, asked: %s", got)
	}
	if a := guest.get("/platforms/brightwater/resync"); a.status != http.StatusForbidden {
		t.Errorf("a viewer asks: %d", a.status)
	}
	if a := guest.post("/platforms/brightwater/resync", url.Values{}); a.status != http.StatusForbidden {
		t.Errorf("a viewer begins: %d", a.status)
	}

	op := ztp.NewID()
	form := url.Values{"within_seconds": {"1800"}, "reboot": {"yes"}, "account": {""}, "op": {op}}
	made := admin.post("/platforms/brightwater/resync", form)
	admin.post("/platforms/brightwater/resync", form)
	list, err := w.store.ListResyncs(t.Context(), ztp.ResyncQuery{})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("pressed twice: %+v, %v; %d %s", list.Items, err, made.status, made.body)
	}
	one := list.Items[0]
	if one.Spread != 30*time.Minute || !one.Reboot {
		t.Errorf("made: %+v", one)
	}
	at := "/resyncs/" + string(one.ID)
	for _, reader := range []struct {
		name string
		page string
		may  bool
	}{{"admin", admin.get(at).body, true}, {"guest", guest.get(at).body, false}} {
		if !strings.Contains(reader.page, "0 of 2") || !strings.Contains(reader.page, "30 minutes") || !strings.Contains(reader.page, "Not in service") || strings.Contains(reader.page, "Cancel…") != reader.may {
			t.Errorf("%s sees %s", reader.name, reader.page)
		}
	}
	if body := admin.get("/platforms/brightwater").body; !strings.Contains(body, "Phones told to look again: 0 of 2") {
		t.Error("the platform's page does not lead there")
	}

	w.tell(one)
	if body := admin.get(at + "?state=told").body; !strings.Contains(body, "2 of 2") || !strings.Contains(body, "SIP 200 from sip:2%3Cb%3E01@voice.example") {
		t.Errorf("at its end: %s", body)
	}
	if body := admin.get("/platforms/brightwater/phones/000413a27f10").body; !strings.Contains(body, "Told to look again") || !strings.Contains(body, at) {
		t.Error("the phone's page does not tell")
	}
	if a := admin.post(at+"/cancel", nil); a.status != http.StatusConflict {
		t.Errorf("cancelled when it was over: %d", a.status)
	}
}

// tell lets every phone of it answer.
func (w *world) tell(one ztp.Resync) {
	w.t.Helper()
	later := w.clock.now().Add(time.Hour)
	items, err := w.store.ClaimResyncItems(w.t.Context(), later, later, 100)
	for n := range items {
		items[n].Target = "sip:2%3Cb%3E01@voice.example"
		if err == nil {
			items[n], err = items[n].Answered(200, later)
		}
	}
	if err == nil {
		err = w.store.SaveResyncItems(w.t.Context(), items, nil, later)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestLookAgainCancelled: the page asks first.
func TestLookAgainCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	w.lined(p, "000413A27F10")
	admin := w.as("ops@example.net")
	admin.post("/platforms/brightwater/resync", url.Values{"within_seconds": {"3600"}, "op": {ztp.NewID()}})
	list, err := w.store.ListResyncs(t.Context(), ztp.ResyncQuery{})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	at := "/resyncs/" + string(list.Items[0].ID)
	if a := admin.get(at + "/cancel"); !strings.Contains(a.body, "Leave 1 phone untold") {
		t.Errorf("asked: %d", a.status)
	}
	if a := w.as("guest").get(at + "/cancel"); a.status != http.StatusForbidden {
		t.Errorf("a viewer asks: %d", a.status)
	}
	admin.post(at+"/cancel", nil)
	if one, err := w.store.Resync(t.Context(), list.Items[0].ID); err != nil || one.State != ztp.ResyncCancelled {
		t.Errorf("%+v, %v", one, err)
	}
}

// TestLookAgainWithoutProxy: the buttons are off and say why, and in the place of the form
// stands what is to be done.
func TestLookAgainWithoutProxy(t *testing.T) {
	t.Parallel()
	w := newWorldBehind(t, "", nil)
	p := w.onboarded("Brightwater")
	w.phone(p, "000413A27F10")
	w.lined(p, "000413A27F10")
	admin := w.as("ops@example.net")
	a := admin.get("/platforms/brightwater/resync")
	if a.status != http.StatusOK || !strings.Contains(a.body, "ZEROTOUCH_SIP_PROXY") || strings.Contains(a.body, "<select") {
		t.Errorf("%d %s", a.status, a.body)
	}
	for at, ids := range map[string][]string{"/platforms/brightwater": {"look-off", "look-off-picked"}, "/platforms/brightwater/phones/000413a27f10": {"look-off"}} {
		doc := parse(t, admin.get(at).body)
		for _, id := range ids {
			one(t, doc, `button[disabled][aria-describedby=`+id+`]`)
			if why := text(one(t, doc, "#"+id)); !strings.Contains(why, "No SIP proxy is configured. Set ZEROTOUCH_SIP_PROXY") {
				t.Errorf("%s: it says %q", at, why)
			}
		}
		if strings.Contains(admin.get(at).body, "/brightwater/resync") {
			t.Errorf("%s leads there", at)
		}
	}
}

// TestLookAgainOfVeryMany: the form does not look at each of them.
func TestLookAgainOfVeryMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.onboarded("Brightwater")
	accounts, err := w.ctl.ListAccounts(t.Context(), admin, p.Slug, "", 1)
	if err != nil {
		t.Fatal(err)
	}
	phones := make([]ztp.Endpoint, ztp.ResyncPart+1)
	for n := range phones {
		phones[n] = ztp.Endpoint{
			Platform: p.ID, Vendor: "snom", MAC: ztp.MAC{0, 4, 0x13, 0, byte(n >> 8), byte(n)}, Account: accounts.Items[0].ID, State: ztp.EndpointListed,
			CreatedAt: w.clock.now(), UpdatedAt: w.clock.now(),
		}
	}
	if _, err := w.store.SaveEndpoints(t.Context(), p.ID, phones); err != nil {
		t.Fatal(err)
	}
	for _, of := range []string{"", "?account=" + accounts.Items[0].Slug} {
		if a := w.as("ops@example.net").get("/platforms/brightwater/resync" + of); !strings.Contains(a.body, "Tell up to 5,001 phones to look") || !strings.Contains(a.body, "counted when it begins") {
			t.Errorf("%s: %d %s", of, a.status, a.body)
		}
	}
	if a := w.as("ops@example.net").get("/platforms/brightwater/resync?account=none"); a.status != http.StatusNotFound {
		t.Errorf("of an account that is not there: %d", a.status)
	}
}
