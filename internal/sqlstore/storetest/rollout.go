package storetest

import (
	"math"
	"time"

	"zerotouch.example/internal/ztp"
)

// rollout proposes changes of the scope.
func (e *env) rollout(s ztp.SettingScope, changes ...ztp.SettingChange) ztp.Rollout {
	e.Helper()
	r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), Scope: s, State: ztp.RolloutProposed, ProposedAt: start, ProposedBy: "ann", MovedAt: start, MovedBy: "ann"}
	e.must(e.ProposeSettings(e.ctx, r, nil, changes))
	r.Version = 1
	return r
}

// rolled saves the rollout in a state, an hour later.
func (e *env) rolled(r ztp.Rollout, to ztp.RolloutState) ztp.Rollout {
	e.Helper()
	r, err := r.Move(to, "bob", r.MovedAt.Add(time.Hour))
	e.must(err)
	r, err = e.SaveRollout(e.ctx, r)
	e.must(err)
	again, err := e.Rollout(e.ctx, r.ID)
	e.must(err)
	same(e, r, again)
	return r
}

// valueOf is the one that counts for the phone.
func (e *env) valueOf(s ztp.SettingScope, mac ztp.MAC, label string) string {
	e.Helper()
	n, i, _ := ztp.ParseSettingLabel(label)
	v, _ := ztp.SettingsOfPhone(mac, e.opened(s)).At(n, i)
	return v.Value + v.Opened.RevealSecret()
}

var rolloutTests = map[string]func(*env){
	"Ring": func(e *env) {
		s := ztp.SettingScope{Platform: e.platform("acme").ID}
		mac := e.mac("000413000001")
		e.changed(s, putSetting("language", "de"), putSecret("admin_password", "former"), putSetting("line_registrar[2]", "b"))
		r := e.rollout(s, putSetting("language", "en"), putSetting("ntp_server", "ntp"), putSecret("admin_password", "later"),
			ztp.SettingChange{Name: "line_registrar", Index: 2, Unset: true})
		values := func(when string, want ...string) {
			e.Helper()
			got := []string{when}
			for _, label := range []string{"language", "ntp_server", "admin_password", "line_registrar[2]"} {
				got = append(got, e.valueOf(s, mac, label))
			}
			same(e, append([]string{when}, want...), got)
		}
		before, after := []string{"de", "", "former", "b"}, []string{"en", "ntp", "later", ""}
		values("proposed", before...)
		same(e, int64(2), e.opened(s).Version)
		r.Percent, r.RingAt, r.Cut = 1, start, ztp.RolloutPlace(r.ID, mac)-1
		r.Watch.Before.Ring, r.Watch.SpreadAt = 3, start
		r = e.rolled(r, ztp.RolloutRunning)
		values("in no ring yet", before...)
		r.Cut++
		r = e.rolled(r, ztp.RolloutRunning)
		values("in its ring", after...)
		closed, err := e.Settings(e.ctx, s)
		e.must(err)
		for _, c := range closed[0].Next.Changes {
			same(e, true, c.Opened.IsZero())
		}
		r.Cut--
		r = e.rolled(r, ztp.RolloutStopped)
		values("stopped", before...)
		r = e.rolled(r, ztp.RolloutDone)
		values("done", after...)
		same(e, true, e.opened(s).Next == nil)
		r = e.rolled(r, ztp.RolloutTakenBack)
		values("taken back", before...)
		same(e, int64(7), r.SettingsVersion)
		same(e, int64(7), e.opened(s).Version)
	},
	"TakenBackBeforeItIsDone": func(e *env) {
		s := ztp.SettingScope{}
		r := e.rollout(s, putSecret("admin_password", "later"))
		r.Percent, r.Cut = 10, math.MaxInt64
		r = e.rolled(r, ztp.RolloutRunning)
		same(e, "later", e.valueOf(s, e.mac("000413000001"), "admin_password"))
		e.rolled(r, ztp.RolloutTakenBack)
		same(e, "", e.valueOf(s, e.mac("000413000001"), "admin_password"))
		same(e, 0, len(e.opened(s).Settings))
	},
	"OneOpenPerScope": func(e *env) {
		s := ztp.SettingScope{Platform: e.platform("acme").ID}
		_, err := e.OpenRollout(e.ctx, s)
		e.wantCode(ztp.CodeNotFound, err)
		r := e.rollout(s, putSetting("language", "de"))
		other := r
		other.ID, other.Version = ztp.RolloutID(ztp.NewID()), 0
		if err := e.ProposeSettings(e.ctx, other, nil, []ztp.SettingChange{putSetting("language", "fr")}); err == nil {
			e.Error("two are open")
		}
		zero := int64(0)
		e.wantCode(ztp.CodeFormOutdated, e.ProposeSettings(e.ctx, r, &zero, []ztp.SettingChange{putSetting("language", "fr")}))
		e.must(e.ProposeSettings(e.ctx, r, nil, []ztp.SettingChange{putSetting("language", "en"), putSecret("admin_password", "secret")}))
		_, err = e.NoteRollout(e.ctx, r)
		e.wantCode(ztp.CodeFormOutdated, err)
		_, err = e.SaveRollout(e.ctx, r)
		e.wantCode(ztp.CodeFormOutdated, err)
		open, err := e.OpenRollout(e.ctx, s)
		e.must(err)
		same(e, int64(2), open.Version)
		noted := open
		noted.Watch.Now.Ring = 7
		noted, err = e.NoteRollout(e.ctx, noted)
		e.must(err)
		got, err := e.OpenRollout(e.ctx, s)
		e.must(err)
		same(e, noted, got)
		installation := e.rollout(ztp.SettingScope{}, putSetting("language", "de"))
		list, err := e.ListRollouts(e.ctx, true, 0)
		e.must(err)
		same(e, 2, len(list))
		e.rolled(installation, ztp.RolloutTakenBack)
		list, err = e.ListRollouts(e.ctx, true, 0)
		e.must(err)
		same(e, []ztp.Rollout{noted}, list)
		all, err := e.ListRollouts(e.ctx, false, 1)
		e.must(err)
		same(e, 1, len(all))
		first, err := e.PageRollouts(e.ctx, "", 1)
		e.must(err)
		second, err := e.PageRollouts(e.ctx, first.Next, 1)
		e.must(err)
		same(e, "", second.Next)
		same(e, all, first.Items)
		same(e, true, second.Items[0].ID != first.Items[0].ID)
		e.must(e.DropRollouts(e.ctx, start))
		left, err := e.ListRollouts(e.ctx, false, 0)
		e.must(err)
		same(e, 2, len(left))
		e.must(e.DropRollouts(e.ctx, start.Add(2*time.Hour))) // one that is open stays
		left, err = e.ListRollouts(e.ctx, false, 0)
		e.must(err)
		same(e, []ztp.Rollout{noted}, left)
	},
	"Diff": func(e *env) {
		s := ztp.SettingScope{}
		text := func(v string) *string { return &v }
		e.changed(s, putSetting("language", "de"), putSecret("admin_password", "former"))
		r := e.rollout(s, putSetting("language", "en"), putSetting("ntp_server", ""), ztp.SettingChange{Name: "admin_password", Secret: true, Unset: true})
		want := []ztp.RolloutChange{
			{Name: "admin_password", Secret: true, Before: text("")}, {Name: "language", Before: text("de"), After: text("en")}, {Name: "ntp_server", After: text("")},
		}
		diff := func() []ztp.RolloutChange {
			d, err := e.RolloutDiff(e.ctx, r)
			e.must(err)
			return d
		}
		same(e, want, diff())
		r = e.rolled(r, ztp.RolloutDone)
		same(e, want, diff())
		e.changed(s, putSetting("language", "fr"))
		same(e, want, diff())
		r, err := r.Move(ztp.RolloutTakenBack, "ann", start)
		e.must(err)
		_, err = e.SaveRollout(e.ctx, r)
		e.wantCode(ztp.CodeRolloutEnded, err) // what was set since is somebody's word
		same(e, "fr", e.valueOf(s, e.mac("000413000001"), "language"))
	},
	// One after the other goes back, but for secrets that are not kept for so long.
	"BackAndBack": func(e *env) {
		s := ztp.SettingScope{}
		e.changed(s, putSetting("language", "de"), putSecret("admin_password", "0"))
		first := e.rolled(e.rollout(s, putSetting("language", "en")), ztp.RolloutDone)
		second := e.rolled(e.rollout(s, putSetting("language", "fr")), ztp.RolloutDone)
		e.rolled(second, ztp.RolloutTakenBack)
		e.rolled(first, ztp.RolloutTakenBack)
		same(e, "de", e.valueOf(s, e.mac("000413000001"), "language"))
		first = e.rolled(e.rollout(s, putSecret("admin_password", "1")), ztp.RolloutDone)
		second = e.rolled(e.rollout(s, putSecret("admin_password", "2")), ztp.RolloutDone)
		e.rolled(second, ztp.RolloutTakenBack)
		same(e, "1", e.valueOf(s, e.mac("000413000001"), "admin_password"))
		first, err := first.Move(ztp.RolloutTakenBack, "ann", start)
		e.must(err)
		_, err = e.SaveRollout(e.ctx, first)
		e.wantCode(ztp.CodeRolloutEnded, err)
	},
	"PhonesBelow": func(e *env) {
		p, other := e.platform("acme"), e.platform("other")
		main, second := e.account(p, "main"), e.account(p, "second")
		first := e.endpoint(main, "000413000001")
		e.endpoint(second, "000413000002")
		e.endpoint(e.account(other, "main"), "000413000003")
		e.released(e.endpoint(main, "000413000004"))
		e.must(e.TouchEndpoint(e.ctx, p.ID, first.MAC, start))
		_, err := e.SetSIP(e.ctx, p.ID, first.MAC, ztp.SIPFact{Registered: true, At: start})
		e.must(err)
		below := func(s ztp.SettingScope, want ...string) (found []ztp.ScopePhone) {
			e.must(e.EachScopePhone(e.ctx, s, func(page []ztp.ScopePhone) bool { found = append(found, page...); return true }))
			var got []string
			for _, f := range found {
				got = append(got, f.MAC.Bare())
			}
			same(e, len(want), len(got))
			n, err := e.CountScopePhones(e.ctx, s)
			e.must(err)
			same(e, len(want), n)
			for _, w := range want {
				ok := false
				for _, g := range got {
					ok = ok || g == w
				}
				same(e, true, ok)
			}
			return found
		}
		below(ztp.SettingScope{}, "000413000001", "000413000002", "000413000003")
		below(ztp.SettingScope{Platform: p.ID}, "000413000001", "000413000002")
		one := below(ztp.SettingScope{Platform: p.ID, Account: main.ID}, "000413000001")
		same(e, []ztp.ScopePhone{{MAC: first.MAC, Vendor: first.Vendor, Model: first.Model, FirstFetchedAt: start, FetchedAt: start, SIPRegistered: true}}, one)
		pages := 0
		e.must(e.EachScopePhone(e.ctx, ztp.SettingScope{}, func([]ztp.ScopePhone) bool { pages++; return false }))
		same(e, 1, pages)
	},
	"GoneWithItsScope": func(e *env) {
		p := e.platform("acme")
		r := e.rollout(ztp.SettingScope{Platform: p.ID}, putSecret("admin_password", "secret"))
		e.must(e.DeletePlatform(e.ctx, p.ID))
		_, err := e.Rollout(e.ctx, r.ID)
		e.wantCode(ztp.CodeNotFound, err)
	},
	"Freeze": func(e *env) {
		frozen := func(want *ztp.SettingFreeze) {
			e.Helper()
			got, err := e.SettingFreeze(e.ctx)
			e.must(err)
			same(e, want, got)
		}
		frozen(nil)
		f := ztp.SettingFreeze{Reason: "trade fair", At: start, By: "ann"}
		for i, by := range []string{"ann", "bob"} {
			f.By = by
			added, err := e.FreezeSettings(e.ctx, f)
			e.must(err)
			same(e, i == 0, added)
		}
		f.By = "ann"
		frozen(&f)
		for _, want := range []bool{true, false} {
			lifted, err := e.UnfreezeSettings(e.ctx)
			e.must(err)
			same(e, want, lifted)
		}
		frozen(nil)
	},
}
