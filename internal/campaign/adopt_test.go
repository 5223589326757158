package campaign_test

import (
	"fmt"
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

func (w *world) company(name string) string {
	return w.sim.AddCompany(w.own(), name)
}

func (w *world) key(company string) ztp.APIKey {
	id, secret := w.sim.AddKey(company, "by hand", srapssim.DefaultRole)
	return ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}
}

// A company is taken up where its name is that of one platform and of no other company;
// everything else is named and left, byte for byte.
func TestAdoptByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"Alpenruf", "Brightwater", "Canal Street", "Norddial", "Quiet"} {
		w.platform(name)
	}
	_, _, err := w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Norddial", Slug: "norddial-2"})
	w.must(err)
	_, err = w.control.Onboard(t.Context(), admin, "quiet", "snom", control.Submission{})
	w.must(err)
	w.must(w.tick())
	alpenruf := w.company(" Alpenruf ")
	w.company("Brightwater")
	w.company("Brightwater")
	w.company("Norddial")
	somebody := w.company("Somebody else")
	w.company("canal street") // another spelling is another name
	w.company("Other [zt:other:" + ztp.NewNonce() + "]")
	foreign := w.key(somebody)
	before := len(w.sim.Mutations())
	id := w.whole(control.CampaignRequest{Kind: ztp.KindAdopt})
	states := strings.Split(w.states(id), "\n")
	wantStates(t, strings.Join(states[:3], "\n"), "alpenruf done", "brightwater skipped vendor_company_ambiguous", "canal-street skipped")
	for _, s := range states[3:5] {
		if !strings.HasSuffix(s, "skipped vendor_company_ambiguous") {
			t.Error(s)
		}
	}
	if states[5] != "quiet already" {
		t.Error(states[5])
	}
	l, err := w.base.Link(t.Context(), w.items(id)[0].Platform, "snom")
	if err != nil || l.CompanyID != alpenruf || l.State != ztp.LinkConfigured || l.Connected {
		t.Errorf("%+v, %v", l, err)
	}
	var left []string
	for _, c := range w.campaign(id).Left {
		left = append(left, strings.TrimSpace(c.Name))
	}
	if got := strings.Join(left, ", "); got != "Brightwater, Brightwater, Norddial, Somebody else, canal street" {
		t.Errorf("left: %s", got)
	}
	for _, call := range w.sim.Mutations()[before:] {
		if !strings.Contains(call.Path, alpenruf) {
			t.Errorf("%s %s touches another company", call.Method, call.Path)
		}
	}
	if keys := w.sim.Keys(somebody); len(keys) != 1 || keys[0].ID != foreign.ID {
		t.Errorf("somebody else's keys: %+v", keys)
	}
}

// Pairs with a pasted key are connected, those without get a new key; a key of another
// company than was said is refused, and so is a company of somebody else here.
func TestAdoptPairs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platforms(5)
	w.bare("No token")
	made, pasted, other, third := w.company("one"), w.company("two"), w.company("three"), w.company("four")
	_, err := w.control.Adopt(t.Context(), admin, "platform-5", "snom", third, control.Submission{})
	w.must(err)
	w.must(w.tick())
	id := w.whole(control.CampaignRequest{Kind: ztp.KindAdopt, Companies: []ztp.CompanyPair{
		{CompanyID: made, Platform: "platform-1"},
		{CompanyID: pasted, Platform: "platform-2", Key: w.key(pasted)},
		{CompanyID: other, Platform: "platform-3", Key: w.key(w.company("five"))},
		{CompanyID: third, Platform: "platform-4", Key: w.key(third)},
		{CompanyID: w.company("six"), Platform: "platform-5", Key: ztp.APIKey{ID: "ck_x", Secret: ztp.NewSecret("long-enough")}},
		{CompanyID: w.company("seven"), Platform: "no-token"},
	}})
	wantStates(t, w.states(id), "platform-1 done", "platform-2 done", "platform-3 failed vendor_company_in_use", "platform-4 skipped vendor_company_in_use",
		"platform-5 skipped in_use", "no-token skipped provisioning_token_missing")
	for n, connected := range map[int]bool{0: false, 1: true} {
		l, err := w.base.Link(t.Context(), w.items(id)[n].Platform, "snom")
		if err != nil || l.State != ztp.LinkConfigured || l.Connected != connected {
			t.Errorf("%+v, %v", l, err)
		}
	}
	if got := w.items(id)[2].Problem.Detail; !strings.Contains(got, "not to "+other) {
		t.Error(got)
	}
}

// Five hundred in one run; fewer here, see bench for all of them.
func TestAdoptMany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 40
	w.platforms(n)
	for i := range n {
		w.company(fmt.Sprintf("Platform %d", i+1))
	}
	id := w.whole(control.CampaignRequest{Kind: ztp.KindAdopt, Budget: 100})
	if c := w.campaign(id); c.Tally[ztp.ItemDone] != n || len(c.Left) != 0 {
		t.Errorf("%+v", c)
	}
}
