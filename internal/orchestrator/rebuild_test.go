package orchestrator_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// kept is what an installation had before its database was lost, as far as phones
// notice: the address of each, and whether it is redirected.
type kept map[string]string

func phonesAt(sim *srapssim.Server) kept {
	k := kept{}
	for _, c := range sim.State().Companies {
		for _, e := range c.Endpoints {
			k[e.MAC] = fmt.Sprint(e.Enabled, " ", e.Redirect)
		}
		for _, p := range c.Profiles {
			k[p.ID] = fmt.Sprint(p.Name, p.Enabled, p.Settings)
		}
	}
	return k
}

var secondPhone, pausedPhone = ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA8}, ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x1F, 0xA9}

// before is an installation with one platform: two accounts, three phones, one of them
// paused, a key that was rotated once.
func beforeLoss(t testing.TB, sim srapssim.Options) *world {
	t.Helper()
	w := newWorld(t, worldOptions{sim: sim})
	w.press(ztp.KindOnboard)
	w.press(ztp.KindRotate)
	ctx := context.Background()
	if _, _, _, err := w.control.CreateAccount(ctx, admin, w.p.Slug, control.NewAccount{Name: "Second"}); err != nil {
		t.Fatal(err)
	}
	name := "Front desk"
	for mac, account := range map[ztp.MAC]string{phone: w.account.Slug, secondPhone: "second", pausedPhone: "second"} {
		w.endPhone(w.control.PutEndpoint(ctx, admin, w.p.Slug, mac, control.EndpointRequest{Account: account, Name: &name}))
	}
	w.endPhone(w.control.PauseEndpoint(ctx, admin, w.p.Slug, pausedPhone, control.Submission{}))
	return w
}

// lost is the vendor of a world with an empty database under the same installation name.
func lost(t testing.TB, w *world) *state {
	t.Helper()
	return &state{kept: storetest.Keep(t, atTest, emptyDatabase(t, w.clock)), vendor: w.sim.Snapshot(), at: w.clock.now()}
}

// lostOnPostgres is the same with an empty database there.
func lostOnPostgres(t testing.TB, w *world) *state {
	t.Helper()
	dsn := pgtest.DSN(t)
	if err := storetest.Open(t, dsn, storetest.Options{Installation: installation, Clock: w.clock.now}).Close(); err != nil {
		t.Fatal(err)
	}
	return &state{kept: storetest.KeepAt(t, atTest, pgtest.Keep(t, dsn)), postgres: true, vendor: w.sim.Snapshot(), at: w.clock.now()}
}

func emptyDatabase(t testing.TB, c *clock) []byte {
	t.Helper()
	raw, err := os.ReadFile(storetest.File(t, storetest.Options{Installation: installation, Clock: c.now}))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// rebuild asks for every company that may be taken up, as the command does.
func (w *world) rebuild(revokeOld bool) (control.Rebuild, error) {
	w.clock.advance(time.Millisecond)
	ctx := context.Background()
	seen, err := w.control.RebuildPreview(ctx, admin, "snom")
	if err != nil {
		return seen, err
	}
	req := control.RebuildRequest{RevokeOld: revokeOld}
	for _, c := range seen.Companies {
		if c.State == control.RebuildNew || c.State == control.RebuildAgain {
			req.Companies = append(req.Companies, c.ID)
		}
	}
	if len(req.Companies) == 0 {
		return seen, nil
	}
	got, err := w.control.Rebuild(ctx, admin, "snom", req)
	if err == nil {
		w.meet()
	}
	return got, err
}

// meet takes the rebuilt platform as the world's own.
func (w *world) meet() {
	page, err := w.base.ListPlatforms(context.Background(), ztp.PlatformQuery{Limit: 10})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(page.Items) > 0 {
		w.p = page.Items[0]
	}
}

// rebuiltRows compares the phones here with the vendor's, and that each is served: its
// address leads to its account.
func (w *world) rebuiltRows(want map[ztp.MAC]ztp.EndpointState) {
	w.t.Helper()
	ctx := context.Background()
	page, err := w.base.ListEndpoints(ctx, ztp.EndpointQuery{Platform: w.p.ID, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[ztp.MAC]ztp.EndpointState{}
	for _, e := range page.Items {
		got[e.MAC] = e.State
		at := w.phoneAt(w.link().CompanyID, e.MAC)
		token, device, ok := mustTemplate(w.t, w.prov).Tokens(ztp.NewSecret(at.Settings[srapssim.DeskSettingServerID].Value))
		if !ok {
			w.t.Fatalf("%s has %q at the vendor", e.MAC, at.Redirect)
		}
		acc, err := w.base.AccountByToken(ctx, token)
		if err != nil || acc.ID != e.Account || acc.Platform != w.p.ID || acc.TokenID != e.AddressTokenID {
			w.t.Errorf("%s belongs to account %s with token %s, its address to %s with %s (%v)", e.MAC, e.Account, e.AddressTokenID, acc.ID, acc.TokenID, err)
		}
		form := mustTemplate(w.t, w.prov).ForPhone()
		if device.IsZero() {
			form = form.ForProfile()
		}
		if e.Name != at.Name || e.ProductGroup != "D-Series" || e.AddressTemplate != form.String() {
			w.t.Errorf("%s: %+v, at the vendor %+v", e.MAC, e, at)
		}
		if own, err := w.base.DeviceTokens(ctx, w.p.ID, []ztp.MAC{e.MAC}); err != nil || !own[e.MAC].Equal(device) {
			w.t.Errorf("%s: its own token here is not the one in its address (%v)", e.MAC, err)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		w.t.Errorf("phones (-want +got):\n%s", d)
	}
}

func mustTemplate(t testing.TB, base string) ztp.URLTemplate {
	t.Helper()
	u, err := ztp.TemplateForBase(base)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

var threePhones = map[ztp.MAC]ztp.EndpointState{phone: ztp.EndpointListed, secondPhone: ztp.EndpointListed, pausedPhone: ztp.EndpointPaused}

// TestRebuild: everything is lost but the reseller credential. No phone notices, each is
// served at the address that it has, and the keys from before stay, named.
func TestRebuild(t *testing.T) {
	t.Parallel()
	w0 := beforeLoss(t, srapssim.Options{})
	old := w0.activeKey()
	w := newWorld(t, worldOptions{from: lost(t, w0)})
	before, mark := phonesAt(w.sim), w.mark()
	if _, err := w.rebuild(false); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.meet()
	op := w.last(ztp.KindRebuild)
	w.mustEnd(op, ztp.OperationDone, "")
	w.mustChange(mark, "POST tokens", "PUT provisioning-profiles")
	if d := cmp.Diff(before, phonesAt(w.sim)); d != "" {
		t.Errorf("what phones notice (-before +after):\n%s", d)
	}
	w.rebuiltRows(threePhones)
	l := w.mustLink(ztp.LinkConfigured, ztp.CodeDatabaseRestored)
	if w.p.Name != "Brightwater Voice" || w.p.Slug != "brightwater-voice" || w.p.Primary == "" {
		t.Errorf("platform %+v", w.p)
	}
	if l.Active != 101 || l.Error.Case != ztp.CaseRebuilt || len(l.Error.Keys) != 1 || l.Error.Keys[0].ID != old || !slices.Contains(w.keyIDs(l.CompanyID), old) {
		t.Errorf("key %d is in force, error %+v, keys at the vendor %v, from before %s", l.Active, l.Error, w.keyIDs(l.CompanyID), old)
	}
	if acc, err := w.base.Account(t.Context(), w.p.ID, string(w.p.Primary)); err != nil || acc.TokenID != l.AddressTokenID {
		t.Errorf("the profile carries token %s, the primary account has %+v (%v)", l.AddressTokenID, acc, err)
	}
	// Once more: nothing is made and nothing is sent but the question.
	mark = w.mark()
	got, err := w.rebuild(false)
	if err != nil || got.Companies[0].State != control.RebuildKnown || len(w.changes(mark)) > 0 {
		t.Errorf("once more: %+v, %v, %v", got.Companies, w.changes(mark), err)
	}
	// Its day goes on: a person removes the old key, checks, rotates; phones are written.
	w.mustEnd(w.end(w.control.RevokeKey(t.Context(), admin, w.p.Slug, "snom", old, control.Submission{})), ztp.OperationDone, "")
	w.mustEnd(w.run(ztp.KindCheck), ztp.OperationDone, "")
	w.mustLink(ztp.LinkConfigured, "")
	w.press(ztp.KindRotate)
	w.mustEnd(w.endPhone(w.control.ResumeEndpoint(t.Context(), admin, w.p.Slug, pausedPhone, control.Submission{})), ztp.OperationDone, "")
	w.mustStates(ztp.CredentialRevoked, ztp.CredentialActive)
	w.sound()
}

// TestRebuild_CallsPerLink pins what a rebuild of a link costs: at five calls a second,
// 500 of them have to fit into a quarter of an hour.
func TestRebuild_CallsPerLink(t *testing.T) {
	t.Parallel()
	w0 := newWorld(t, worldOptions{})
	for i := range 4 {
		w0.p, w0.account = w0.another(fmt.Sprintf("Platform %d", i))
		w0.press(ztp.KindOnboard)
		w0.register(ztp.MAC{0, 4, 0x13, 0, 1, byte(i)})
	}
	w := newWorld(t, worldOptions{from: lost(t, w0)})
	if _, err := w.rebuild(false); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.turn()
	}
	mark := w.mark()
	w.turn()
	want := []string{"GET tokens", "POST tokens", "GET tokens/x", "GET provisioning-profiles", "GET endpoints",
		"GET provisioning-profiles/x", "PUT provisioning-profiles/x", "GET provisioning-profiles/x"}
	var got []string
	for _, c := range w.calls(mark) {
		s := c.Method + " " + c.Resource
		if c.Item != "" {
			s += "/x"
		}
		got = append(got, s)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("calls of the fourth link (-want +got):\n%s", d)
	}
	if ops := w.openOps(); len(ops) > 0 {
		t.Errorf("open: %v", w.describeOpen())
	}
}

// rebuildCase is a company in a state in which the loss may find it.
type rebuildCase struct {
	name   string
	sim    srapssim.Options
	before func(w *world)
	revoke bool
	final  ztp.LinkState
	phones map[ztp.MAC]ztp.EndpointState
	// says is a part of what stands on the row.
	says string
}

var rebuildCases = []rebuildCase{
	{name: "InForce", final: ztp.LinkConfigured, phones: threePhones, says: "2 accounts"},
	{name: "RevokingOldKeys", revoke: true, final: ztp.LinkConfigured, phones: threePhones, says: "2 accounts"},
	{name: "Disabled", before: func(w *world) { w.press(ztp.KindDisable) }, final: ztp.LinkNotConfigured, says: "it was disabled",
		phones: map[ztp.MAC]ztp.EndpointState{phone: ztp.EndpointPaused, secondPhone: ztp.EndpointPaused, pausedPhone: ztp.EndpointPaused}},
	{name: "DisabledByReseller", sim: srapssim.Options{ChildWrites: true}, before: func(w *world) { w.press(ztp.KindDisable) }, final: ztp.LinkNotConfigured, says: "it was disabled",
		phones: map[ztp.MAC]ztp.EndpointState{phone: ztp.EndpointPaused, secondPhone: ztp.EndpointPaused, pausedPhone: ztp.EndpointPaused}},
	{name: "ProfileGone", before: func(w *world) {
		id := w.link().CompanyID
		for _, p := range w.sim.Profiles(id) {
			w.sim.DeleteProfile(id, p.ID)
		}
	}, final: ztp.LinkConfigured, phones: threePhones, says: "was made again"},
	{name: "NothingThere", before: func(w *world) {
		id := w.link().CompanyID
		for _, e := range w.sim.Endpoints(id) {
			w.sim.DeleteEndpoint(id, e.MAC)
		}
		for _, p := range w.sim.Profiles(id) {
			w.sim.DeleteProfile(id, p.ID)
		}
	}, final: ztp.LinkNotConfigured, phones: map[ztp.MAC]ztp.EndpointState{}, says: "no key could be proven"},
	{name: "OtherAddresses", before: func(w *world) {
		id := w.link().CompanyID
		w.sim.PutEndpoint(id, redirected("000413A11FB0", "https://elsewhere.example/secret/{mac}"))
		w.sim.PutEndpoint(id, redirected("000413A11FB1", "https://prov.brand.example/p/"+strings.Repeat("a", 32)+"/{mac}"))
		w.sim.PutEndpoint(id, redirected("000413A11FB2", "https://prov.example.net/p/guess/{mac}"))
		w.sim.PutEndpoint(id, srapssim.Endpoint{MAC: "000413A11FB3", Enabled: true})
	}, final: ztp.LinkConfigured, phones: threePhones, says: "4 phones (3 with another address, 1 with none of their own"},
}

func redirected(mac, url string) srapssim.Endpoint {
	return srapssim.Endpoint{MAC: mac, Enabled: true, Settings: map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: url, Perm: "RW"}}}
}

func (c rebuildCase) start(t testing.TB, postgres bool) *state {
	t.Helper()
	w := beforeLoss(t, c.sim)
	if c.before != nil {
		c.before(w)
	}
	if postgres {
		return lostOnPostgres(t, w)
	}
	return lost(t, w)
}

// ended checks the end of a rebuild against the vendor's truth.
func (c rebuildCase) ended(t *testing.T, w *world, before kept) {
	t.Helper()
	w.meet()
	l := w.link()
	if l.State != c.final || l.Error == nil || l.Error.Case != ztp.CaseRebuilt || !strings.Contains(l.Error.Detail, c.says) {
		t.Errorf("link is %s with error %+v, want %s and %q", l.State, l.Error, c.final, c.says)
	}
	w.rebuiltRows(c.phones)
	after := phonesAt(w.sim)
	for what, was := range before {
		if after[what] != was {
			t.Errorf("%s was %q and is %q", what, was, after[what])
		}
	}
	live := map[string]bool{}
	for _, k := range w.sim.Keys(l.CompanyID) {
		live[k.ID] = true
	}
	for _, k := range l.Later {
		if c.revoke || !live[k.ID] {
			t.Errorf("key %s (%s) from before is noted, and there: %v", k.ID, k.Name, live[k.ID])
		}
		delete(live, k.ID)
	}
	if l.Active != 0 {
		delete(live, w.activeKey())
	}
	for id := range live {
		t.Errorf("key %s is at the vendor, neither in force nor named", id)
	}
	if _, err := w.base.VerifyEvents(t.Context()); err != nil {
		t.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, b := range w.broken {
		t.Error(b)
	}
	if ops := w.openOps(); len(ops) > 0 {
		t.Errorf("open at rest: %v", w.describeOpen())
	}
	page, err := w.base.ListPlatforms(t.Context(), ztp.PlatformQuery{Limit: 10})
	if err != nil || len(page.Items) != 1 {
		t.Errorf("%d platforms (%v)", len(page.Items), err)
	}
}

func TestRebuild_Cases(t *testing.T) {
	t.Parallel()
	for _, c := range rebuildCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{sim: c.sim, from: c.start(t, false)})
			before := phonesAt(w.sim)
			if _, err := w.rebuild(c.revoke); err != nil {
				t.Fatal(err)
			}
			w.settle()
			c.ended(t, w, before)
			for _, secret := range []string{"elsewhere.example/secret", strings.Repeat("a", 32)} {
				if l := w.link(); strings.Contains(l.Error.Detail, secret) {
					t.Errorf("the row shows %q", secret)
				}
			}
		})
	}
}
