package orchestrator_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestRebuild_KeyQuota: keys of the lost database fill the company. They are named with
// the way out, and go only when somebody says so.
func TestRebuild_KeyQuota(t *testing.T) {
	t.Parallel()
	sim := srapssim.Options{KeyQuota: 2}
	w0 := newWorld(t, worldOptions{sim: sim})
	w0.press(ztp.KindOnboard)
	w0.register(phone)
	labels := w0.link().Labels(installation)
	w0.sim.AddKey(w0.link().CompanyID, labels.Key(7), srapssim.DefaultRole)
	w := newWorld(t, worldOptions{sim: sim, from: lost(t, w0)})
	if _, err := w.rebuild(false); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.mustEnd(w.last(ztp.KindRebuild), ztp.OperationFailed, ztp.CodeVendorKeyQuota)
	l := w.mustLink(ztp.LinkNotConfigured, ztp.CodeVendorKeyQuota)
	if len(l.Error.Keys) != 2 || !strings.Contains(l.Error.Detail, "--revoke-old-keys") || len(w.keyIDs(l.CompanyID)) != 2 {
		t.Errorf("error %+v, keys at the vendor %v", l.Error, w.keyIDs(l.CompanyID))
	}
	w.afterHours() // what looks by itself every day changes nothing of that
	got, err := w.rebuild(true)
	if err != nil || got.Companies[0].State != control.RebuildRunning {
		t.Fatalf("%+v, %v", got.Companies, err)
	}
	w.settle()
	w.mustEnd(w.last(ztp.KindRebuild), ztp.OperationDone, "")
	w.mustLink(ztp.LinkConfigured, ztp.CodeDatabaseRestored)
	w.rebuiltRows(map[ztp.MAC]ztp.EndpointState{phone: ztp.EndpointListed})
	w.sound()
}

// TestRebuild_ManyPhones: a list of several pages goes on where it was cut off.
func TestRebuild_ManyPhones(t *testing.T) {
	t.Parallel()
	w0 := newWorld(t, worldOptions{})
	w0.press(ztp.KindOnboard)
	w0.register(phone)
	company := w0.link().CompanyID
	address := w0.phoneAt(company, phone).Settings
	for i := range 2500 {
		w0.sim.PutEndpoint(company, srapssim.Endpoint{MAC: fmt.Sprintf("0004130B%04X", i), Enabled: true, Settings: address})
	}
	w := newWorld(t, worldOptions{from: lost(t, w0)})
	if _, err := w.rebuild(false); err != nil {
		t.Fatal(err)
	}
	w.sim.AddFault(srapssim.Fault{Method: "GET", Resource: srapssim.ResourceEndpoints, Nth: 2, Do: srapssim.DoTruncate})
	mark := w.mark()
	w.settle()
	w.mustEnd(w.last(ztp.KindRebuild), ztp.OperationDone, "")
	pages := 0
	for _, c := range w.calls(mark) {
		if c.Resource == srapssim.ResourceEndpoints {
			pages++
		}
	}
	n, err := w.base.CountEndpoints(t.Context(), w.p.ID, "snom")
	if err != nil || n.Listed != 2501 || pages != 4 {
		t.Errorf("%+v after %d pages, one of them twice (%v)", n, pages, err)
	}
}

// TestRebuild_LostPlace: when the vendor does not know the place in its list any more,
// the list begins again, and nothing is counted twice.
func TestRebuild_LostPlace(t *testing.T) {
	t.Parallel()
	w0 := newWorld(t, worldOptions{})
	w0.press(ztp.KindOnboard)
	w0.register(phone)
	company := w0.link().CompanyID
	w0.sim.PutEndpoint(company, redirected("000413000000", "https://elsewhere.example/{mac}"))
	for i := range 1500 {
		w0.sim.PutEndpoint(company, srapssim.Endpoint{MAC: fmt.Sprintf("0004130B%04X", i), Enabled: true, Settings: w0.phoneAt(company, phone).Settings})
	}
	w := newWorld(t, worldOptions{from: lost(t, w0)})
	if _, err := w.rebuild(false); err != nil {
		t.Fatal(err)
	}
	w.sim.AddFault(srapssim.Fault{Method: "GET", Resource: srapssim.ResourceEndpoints, Nth: 2, Do: srapssim.DoStatus, Status: 404})
	w.settle()
	op := w.last(ztp.KindRebuild)
	w.mustEnd(op, ztp.OperationDone, "")
	if b := op.Data.Rebuilt; b.Phones != 1501 || b.OtherAddress != 1 || b.Accounts != 1 || len(op.Data.ForeignEndpoints) != 1 {
		t.Errorf("%+v, not taken %v", b, op.Data.ForeignEndpoints)
	}
}

// TestRebuild_PartOfIt: what is here is left alone, companies with one label are named
// and not taken, and two requests at once take everything up once.
func TestRebuild_PartOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.press(ztp.KindOnboard)
	label := func(name string) string {
		return ztp.Labels{Installation: installation, Nonce: ztp.NewNonce()}.Company(name)
	}
	twin := label("Twin")
	w.sim.AddCompany(w.own(), twin)
	w.sim.AddCompany(w.own(), twin)
	w.sim.AddCompany(w.own(), w.link().CompanyName) // looks like the one that is here
	w.sim.AddCompany(w.own(), "Brightwater Voice [zt:other:"+ztp.NewNonce()+"]")
	w.sim.AddCompany(w.own(), label("Brightwater Voice"))
	w.sim.AddCompany(w.own(), label("\tno name\u202e"))
	here, before := w.link(), w.p
	ctx := context.Background()
	seen, err := w.control.RebuildPreview(ctx, admin, "snom")
	if err != nil {
		t.Fatal(err)
	}
	var take []string
	states := map[control.RebuildState]int{}
	for _, c := range seen.Companies {
		states[c.State]++
		if c.State == control.RebuildNew {
			take = append(take, c.ID)
		}
	}
	if states[control.RebuildKnown] != 1 || states[control.RebuildAmbiguous] != 3 || states[control.RebuildNew] != 2 || seen.Others != 1 {
		t.Fatalf("%v, %d others", states, seen.Others)
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if _, err := w.control.Rebuild(ctx, admin, "snom", control.RebuildRequest{Companies: take}); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	w.settle()
	page, err := w.base.ListPlatforms(ctx, ztp.PlatformQuery{Limit: 10})
	if err != nil || len(page.Items) != 3 {
		t.Fatalf("%d platforms, %v", len(page.Items), err)
	}
	var slugs []string
	for _, p := range page.Items {
		slugs = append(slugs, p.Slug)
	}
	slices.Sort(slugs)
	if slugs[0] != "brightwater-voice" || slugs[1] != "brightwater-voice-2" || !strings.HasPrefix(slugs[2], "platform-") {
		t.Errorf("slugs %v", slugs)
	}
	if now := w.link(); now.Version != here.Version {
		t.Errorf("the link that was here was touched: %+v", now)
	}
	if now, err := w.base.Platform(ctx, before.Slug); err != nil || now.ID != before.ID {
		t.Errorf("%+v, %v", now, err)
	}
}

// TestRebuild_OtherCopyAlive: the lost database is alive after all. Its next look finds
// a number that it never gave, and stops; nothing is deleted.
func TestRebuild_OtherCopyAlive(t *testing.T) {
	t.Parallel()
	w0 := beforeLoss(t, srapssim.Options{})
	gone := w0.copied()
	from := lost(t, w0)
	p, account := w0.p, w0.account
	w := newWorld(t, worldOptions{from: from})
	if _, err := w.rebuild(false); err != nil {
		t.Fatal(err)
	}
	w.settle()
	key := w.activeKey()
	alive := newWorld(t, worldOptions{from: &state{kept: storetest.Keep(t, atTest, gone), vendor: w.sim.Snapshot(), at: w.clock.now(), p: p, account: account}})
	op := alive.run(ztp.KindRotate)
	alive.mustEnd(op, ztp.OperationNeedsOperator, ztp.CodeAnotherCopyRunning)
	if !slices.Contains(alive.keyIDs(alive.link().CompanyID), key) {
		t.Error("the key of the rebuilt database was deleted")
	}
}

// TestRebuild_SharedAddress: an address with the token of another platform, and a phone
// that is here already, are not taken from anybody.
func TestRebuild_SharedAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.press(ztp.KindOnboard)
	w.register(phone)
	ctx := context.Background()
	address := w.phoneAt(w.link().CompanyID, phone).Settings[srapssim.DeskSettingServerID].Value
	labels := ztp.Labels{Installation: installation, Nonce: ztp.NewNonce()}
	other := w.sim.AddCompany(w.own(), labels.Company("Other"))
	w.sim.PutEndpoint(other, redirected("000413A11FC0", address))
	w.sim.PutEndpoint(other, redirected("000413A11FC1", "https://prov.example.net/p/"+strings.Repeat("b", 32)+"/{mac}"))
	w.sim.SetProfile(other, srapssim.Profile{Name: labels.Profile("D-Series"), Enabled: true,
		Settings: map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: address, Perm: "RW"}}})
	if _, err := w.control.Rebuild(ctx, admin, "snom", control.RebuildRequest{Companies: []string{other}}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	l, err := w.base.LinkByCompany(ctx, "snom", other)
	if err != nil || l.State != ztp.LinkConfigured || !strings.Contains(l.Error.Detail, "1 of another platform here") || !strings.Contains(l.Error.Detail, "carries an address that is not ours") {
		t.Errorf("%+v, error %+v, %v", l, l.Error, err)
	}
	acc, err := w.base.AccountByToken(ctx, ztp.NewSecret(strings.Repeat("b", 32)))
	if err != nil || acc.Platform != l.Platform {
		t.Errorf("%+v, %v", acc, err)
	}
}

// TestRebuild_NoSecretShows: no token stands in anything that is said of a rebuild.
func TestRebuild_NoSecretShows(t *testing.T) {
	t.Parallel()
	w0 := beforeLoss(t, srapssim.Options{})
	tokens := map[string]bool{}
	for _, e := range w0.sim.Endpoints(w0.link().CompanyID) {
		token, device, _ := mustTemplate(t, w0.prov).Tokens(ztp.NewSecret(e.Redirect))
		tokens[token.RevealSecret()], tokens[device.RevealSecret()] = true, true
	}
	delete(tokens, "")
	w := newWorld(t, worldOptions{from: lost(t, w0)})
	if _, err := w.rebuild(false); err != nil {
		t.Fatal(err)
	}
	w.settle()
	raw, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	wal, _ := os.ReadFile(w.file + "-wal")
	for token := range tokens {
		if strings.Contains(string(raw)+string(wal), token) {
			t.Error("a token lies open in the database")
		}
	}
	if len(tokens) == 0 {
		t.Error("nothing was looked for")
	}
}

// TestRebuild_OwnAddress: the platform had a provisioning URL of its own, which no
// vendor tells. Its phones are named; when it is set again, they are taken.
func TestRebuild_OwnAddress(t *testing.T) {
	t.Parallel()
	w0 := newWorld(t, worldOptions{})
	ctx := context.Background()
	brand := "https://prov.brand.example/p/{account_token}/{mac}"
	if _, err := w0.control.UpdatePlatform(ctx, admin, w0.p.Slug, control.PlatformPatch{URLTemplate: &brand}); err != nil {
		t.Fatal(err)
	}
	w0.press(ztp.KindOnboard)
	w0.register(phone)
	w := newWorld(t, worldOptions{from: lost(t, w0)})
	before := phonesAt(w.sim)
	if _, err := w.rebuild(false); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.meet()
	l := w.mustLink(ztp.LinkConfigured, ztp.CodeDatabaseRestored)
	if !strings.Contains(l.Error.Detail, "1 phone (1 with another address") || !strings.Contains(l.Error.Detail, "Other addresses: "+brand) || !strings.Contains(l.Error.Detail, "not ours ("+brand+")") {
		t.Errorf("the row says %q", l.Error.Detail)
	}
	if _, err := w.control.UpdatePlatform(ctx, admin, w.p.Slug, control.PlatformPatch{URLTemplate: &brand}); err != nil {
		t.Fatal(err)
	}
	mark := w.mark()
	got, err := w.rebuild(false)
	if err != nil || got.Companies[0].State != control.RebuildRunning {
		t.Fatalf("%+v, %v", got.Companies, err)
	}
	w.settle()
	w.meet()
	w.mustEnd(w.last(ztp.KindRebuild), ztp.OperationDone, "")
	w.mustChange(mark)
	if d := fmt.Sprint(phonesAt(w.sim)); d != fmt.Sprint(before) {
		t.Error("phones notice")
	}
	l = w.mustLink(ztp.LinkConfigured, ztp.CodeDatabaseRestored)
	e := w.phoneRow(phone)
	acc, err := w.base.Account(ctx, w.p.ID, string(w.p.Primary))
	if err != nil || e.State != ztp.EndpointListed || e.Account != acc.ID || l.AddressTemplate != brand || l.AddressTokenID != acc.TokenID {
		t.Errorf("phone %+v, primary account %+v, link %+v, %v", e, acc, l, err)
	}
	if strings.Contains(l.Error.Detail, "not ours") || !strings.Contains(l.Error.Detail, "1 account") {
		t.Errorf("the row says %q", l.Error.Detail)
	}
	if got, err := w.rebuild(false); err != nil || got.Companies[0].State != control.RebuildKnown {
		t.Errorf("once more: %+v, %v", got.Companies, err)
	}
}
