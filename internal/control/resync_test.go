package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// inOffice makes so many phones; those before served have fetched, those before lined have a
// line too.
func (w *world) inOffice(phones, served, lined int) (macs []ztp.MAC) {
	w.t.Helper()
	w.control = control.New(control.Config{
		Store: w.store, Vendors: []ztp.Vendor{w.snom}, Reseller: w.secrets, Address: w.address, Installation: storetest.Installation, URL: w.url,
		SIPProxy: "sip:proxy.example;transport=udp", Now: w.now,
	})
	set := func(scope ztp.SettingScope, name ztp.SettingName, index int, value string) {
		_, err := w.store.ChangeSettings(w.t.Context(), scope, nil, []ztp.SettingChange{{Name: name, Index: index, Value: ztp.NewSecret(value)}}, "ann", w.now())
		w.must(err)
	}
	set(ztp.SettingScope{Platform: w.p.ID, Account: w.account.ID}, ztp.SettingLineRegistrar, 0, "voice.example")
	for n := range phones {
		mac, err := ztp.ParseMAC(fmt.Sprintf("000413%06x", n))
		w.must(err)
		macs = append(macs, mac)
		w.must(w.store.SaveEndpoint(w.t.Context(), ztp.Endpoint{
			Platform: w.p.ID, Vendor: "snom", MAC: mac, Account: w.account.ID, ProductGroup: "D-Series", State: ztp.EndpointWanted, CreatedAt: w.now(), UpdatedAt: w.now(),
		}))
		if n < served {
			w.must(w.store.TouchEndpoint(w.t.Context(), w.p.ID, mac, w.now()))
		}
		if n < lined {
			set(ztp.SettingScope{Platform: w.p.ID, MAC: mac}, ztp.SettingLineUser, 1, "201")
		}
	}
	return macs
}

// TestResyncPlan: who can't be told is counted by why, and nothing is made of a look.
func TestResyncPlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	macs := w.inOffice(6, 5, 3)
	for name, tc := range map[string]struct {
		r            control.ResyncRequest
		phones, left int
	}{
		"the platform": {control.ResyncRequest{Within: time.Hour}, 3, 3},
		"the account":  {control.ResyncRequest{Account: w.account.Slug}, 3, 3},
		"some":         {control.ResyncRequest{MACs: []ztp.MAC{macs[5], macs[0], macs[0]}}, 1, 1},
	} {
		plan, err := w.control.PlanResync(t.Context(), viewer, w.p.Slug, tc.r)
		w.must(err)
		if plan.Tally.Phones() != tc.phones || plan.Tally[ztp.ResyncItemLeftOut] != tc.left || plan.Left[ztp.LeftNotInService] != 1 || plan.Left[ztp.LeftNoLine] != tc.left-1 {
			t.Errorf("%s: %v, left out %v", name, plan.Tally, plan.Left)
		}
		if plan.Spread != ztp.ResyncSpread(tc.phones, tc.r.Within) || !plan.EndsAt.Equal(w.now().Add(plan.Spread)) {
			t.Errorf("%s: over %s until %s", name, plan.Spread, plan.EndsAt)
		}
	}
	if list, err := w.control.ListResyncs(t.Context(), viewer, w.p.Slug, ztp.ResyncQuery{}); err != nil || len(list.Items) != 0 {
		t.Errorf("a look made %+v, %v", list.Items, err)
	}
}

func TestResyncBegins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	macs := w.inOffice(4, 3, 2)
	r := control.ResyncRequest{Submission: control.Submission{Key: "k"}, Within: time.Hour, Reboot: true}
	made, err := w.control.BeginResync(t.Context(), admin, w.p.Slug, r)
	w.must(err)
	again, err := w.control.BeginResync(t.Context(), admin, w.p.Slug, r)
	w.must(err)
	if again.ID != made.ID || made.State != ztp.ResyncRunning || !made.Reboot || made.Tally.Open() != 2 {
		t.Errorf("made %+v, again %s", made, again.ID)
	}
	r.Reboot = false
	_, err = w.control.BeginResync(t.Context(), admin, w.p.Slug, r)
	w.wantCode(ztp.CodeIdempotencyMismatch, err)
	w.advance(time.Second)
	one, err := w.control.BeginResync(t.Context(), admin, w.p.Slug, control.ResyncRequest{MACs: macs[:1]})
	w.must(err)
	last, err := w.control.LastResync(t.Context(), viewer, w.p.ID, macs[0])
	w.must(err)
	if one.One != macs[0] || last == nil || last.Resync != one.ID {
		t.Errorf("of one phone: %+v, its last %+v", one, last)
	}
	never, err := w.control.LastResync(t.Context(), viewer, w.p.ID, ztp.MAC{1})
	if never != nil || err != nil {
		t.Errorf("of a phone that never was: %+v, %v", never, err)
	}
	events, err := w.control.Events(t.Context(), admin, ztp.EventQuery{Action: "resync.begun", Limit: 10})
	w.must(err)
	if len(events.Items) != 2 || events.Items[0].Target != macs[0].String() || !strings.Contains(events.Items[1].Detail, "2 phones over 1h, with a restart. 1 left out: not in service") {
		t.Errorf("audit log: %+v", events.Items)
	}
	ended, err := w.control.CancelResync(t.Context(), admin, made.ID)
	w.must(err)
	repeat, err := w.control.CancelResync(t.Context(), admin, made.ID)
	w.must(err)
	if ended.State != ztp.ResyncCancelled || ended.FinishedBy != admin.String() || !repeat.FinishedAt.Equal(ended.FinishedAt) || ended.Tally.Open() != 0 {
		t.Errorf("cancelled: %+v, %+v", ended, repeat)
	}
}

func TestResyncRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.control.BeginResync(t.Context(), admin, w.p.Slug, control.ResyncRequest{})
	w.wantCode(ztp.CodeSIPProxyMissing, err)
	plan, err := w.control.PlanResync(t.Context(), viewer, w.p.Slug, control.ResyncRequest{})
	w.must(err)
	if !strings.Contains(plan.Trouble, "ZEROTOUCH_SIP_PROXY") {
		t.Errorf("a look without a proxy: %q", plan.Trouble)
	}
	macs := w.inOffice(2, 1, 0)
	_, err = w.control.BeginResync(t.Context(), viewer, w.p.Slug, control.ResyncRequest{})
	w.wantCode(ztp.CodeNotAllowed, err)
	for field, r := range map[string]control.ResyncRequest{
		"within_seconds": {Within: 24*time.Hour + 1}, "account": {MACs: macs, Account: "main"}, "macs": {MACs: []ztp.MAC{{1}}},
	} {
		if _, err := w.control.BeginResync(t.Context(), admin, w.p.Slug, r); ztp.AsError(err).Fields[field] == "" {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err = w.control.BeginResync(t.Context(), admin, w.p.Slug, control.ResyncRequest{})
	if detail := ztp.AsError(err).Fields["macs"]; !strings.Contains(detail, "None of these phones can be told. 1 left out: not in service") {
		t.Errorf("nobody to tell: %v", err)
	}
	_, err = w.control.BeginResync(t.Context(), admin, w.p.Slug, control.ResyncRequest{Account: "none"})
	w.wantCode(ztp.CodeNotFound, err)
	_, err = w.control.CancelResync(t.Context(), admin, "x")
	w.wantCode(ztp.CodeNotFound, err)
	_, err = w.control.CancelResync(t.Context(), viewer, "x")
	w.wantCode(ztp.CodeNotAllowed, err)
}
