package storetest

import (
	"strconv"
	"time"

	"zerotouch.example/internal/ztp"
)

func putSetting(label, value string) ztp.SettingChange {
	n, i, _ := ztp.ParseSettingLabel(label)
	return ztp.SettingChange{Name: n, Index: i, Value: ztp.NewSecret(value)}
}

func putSecret(label, value string) ztp.SettingChange {
	c := putSetting(label, value)
	c.Secret = true
	return c
}

// changed sets values as "ann" and returns the scope's version.
func (e *env) changed(s ztp.SettingScope, changes ...ztp.SettingChange) int64 {
	e.Helper()
	v, err := e.ChangeSettings(e.ctx, s, nil, changes, "ann", start)
	e.must(err)
	return v
}

func (e *env) opened(s ztp.SettingScope) ztp.ScopeSettings {
	e.Helper()
	all, err := e.OpenSettings(e.ctx, s)
	e.must(err)
	return all[0]
}

var settingTests = map[string]func(*env){
	"Named": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		ep := e.endpoint(a, "000413000001")
		want := map[ztp.SettingScope]string{}
		for i, s := range ep.SettingScopes() {
			e.changed(s, putSetting("language", "xx"), putSetting("ca_certificates", "a\nb"+strconv.Itoa(i)), putSecret("admin_password", "x"))
			want[s] = "a\nb" + strconv.Itoa(i)
		}
		got := map[ztp.SettingScope]string{}
		all, err := e.SettingsNamed(e.ctx, "ca_certificates", 10)
		e.must(err)
		for _, s := range all {
			got[s.Scope] = s.Settings[0].Value
		}
		same(e, want, got)
		some, err := e.SettingsNamed(e.ctx, "ca_certificates", 3)
		e.must(err)
		same(e, 3, len(some))
		closed, err := e.SettingsNamed(e.ctx, "admin_password", 10)
		e.must(err)
		same(e, 0, len(closed))
		// What a phone gets is the same, with the lines that a value has.
		same(e, "a\nb3", e.opened(ep.SettingScopes()[3]).Settings[1].Value)
	},
	"Layers": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		ep := e.endpoint(a, "000413000001")
		scopes := ep.SettingScopes()
		none, err := e.Settings(e.ctx, scopes...)
		e.must(err)
		for i, s := range none {
			same(e, ztp.ScopeSettings{Scope: scopes[i]}, s)
		}
		for i, s := range scopes {
			same(e, int64(1), e.changed(s, putSetting("language", string(s.Layer()))))
			same(e, int64(2), e.changed(s, putSetting("line_registrar[2]", ""), putSecret("admin_password", "secret "+string(s.Layer()))))
			got := e.opened(scopes[i])
			same(e, ztp.ScopeSettings{Scope: s, Version: 2, Settings: []ztp.Setting{
				{Name: "admin_password", Secret: true, Opened: ztp.NewSecret("secret " + string(s.Layer())), SetAt: start, SetBy: "ann"},
				{Name: "language", Value: string(s.Layer()), SetAt: start, SetBy: "ann"},
				{Name: "line_registrar", Index: 2, SetAt: start, SetBy: "ann"},
			}}, got)
		}
		closed, err := e.Settings(e.ctx, scopes...)
		e.must(err)
		for _, l := range closed {
			same(e, true, l.Settings[0].Secret && l.Settings[0].Opened.IsZero() && l.Settings[0].Value == "")
		}
		other, err := e.Settings(e.ctx, e.endpoint(e.account(p, "second"), "000413000002").SettingScopes()...)
		e.must(err)
		same(e, []int64{2, 2, 0, 0}, []int64{other[0].Version, other[1].Version, other[2].Version, other[3].Version})
	},
	"Versions": func(e *env) {
		s := ztp.SettingScope{Platform: e.platform("acme").ID}
		expect := func(v int64, c ztp.SettingChange) error {
			_, err := e.ChangeSettings(e.ctx, s, &v, []ztp.SettingChange{c}, "ann", start)
			return err
		}
		e.wantCode(ztp.CodeFormOutdated, expect(1, putSetting("language", "de")))
		same(e, int64(0), e.opened(s).Version)
		e.must(expect(0, putSetting("language", "de")))
		e.wantCode(ztp.CodeFormOutdated, expect(0, putSetting("language", "en")))
		e.must(expect(1, ztp.SettingChange{Name: "language", Unset: true}))
		same(e, ztp.ScopeSettings{Scope: s, Version: 2}, e.opened(s)) // it never goes back
		e.must(expect(2, putSecret("admin_password", "first")))
		e.changed(s, putSecret("admin_password", "second"))
		same(e, "second", e.opened(s).Settings[0].Opened.RevealSecret())
	},
	"NoSuchScope": func(e *env) {
		p := e.platform("acme")
		for _, s := range []ztp.SettingScope{
			{Platform: ztp.PlatformID(ztp.NewID())}, {Platform: p.ID, Account: ztp.AccountID(ztp.NewID())},
			{Platform: p.ID, MAC: e.mac("000413000001")}, {Platform: e.platform("other").ID, Account: e.account(p, "main").ID},
		} {
			_, err := e.ChangeSettings(e.ctx, s, nil, []ztp.SettingChange{putSetting("language", "de")}, "ann", start)
			e.wantCode(ztp.CodeNotFound, err)
		}
	},
	// What a phone was told ends with it, and is not there for whoever has the MAC next.
	"Release": func(e *env) {
		p := e.platform("acme")
		ep, stays := e.endpoint(e.account(p, "main"), "000413000001"), e.endpoint(e.account(p, "second"), "000413000002")
		for _, one := range []ztp.Endpoint{ep, stays} {
			e.changed(ztp.SettingScope{Platform: p.ID, MAC: one.MAC}, putSecret("line_password[1]", "secret"), putSetting("line_user[1]", "1"))
		}
		ep = e.released(ep)
		mine := ztp.SettingScope{Platform: p.ID, MAC: ep.MAC}
		same(e, ztp.ScopeSettings{Scope: mine, Version: 2}, e.opened(mine))
		ep.State = ztp.EndpointWanted
		e.must(e.SaveEndpoint(e.ctx, ep))
		same(e, 0, len(e.opened(mine).Settings))
		same(e, int64(3), e.changed(mine, putSetting("line_user[1]", "2")))
		same(e, 2, len(e.opened(ztp.SettingScope{Platform: p.ID, MAC: stays.MAC}).Settings))
	},
	"Copy": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		old, fresh := e.endpoint(a, "000413000001"), e.endpoint(a, "000413000002")
		from, to := ztp.SettingScope{Platform: p.ID, MAC: old.MAC}, ztp.SettingScope{Platform: p.ID, MAC: fresh.MAC}
		e.must(e.CopySettings(e.ctx, p.ID, old.MAC, fresh.MAC, start))
		same(e, int64(0), e.opened(to).Version) // nothing to copy is no change
		e.changed(from, putSecret("line_password[1]", "secret"), putSetting("line_user[1]", "1"))
		e.changed(to, putSetting("function_key[9]", "none"))
		e.must(e.CopySettings(e.ctx, p.ID, old.MAC, fresh.MAC, start.Add(time.Hour)))
		want := e.opened(from)
		want.Scope, want.Version = to, 2
		same(e, want, e.opened(to))
		e.released(old)
		same(e, want, e.opened(to))
	},
	"GoneWithAccountAndPlatform": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		ofAccount, ofPlatform := ztp.SettingScope{Platform: p.ID, Account: a.ID}, ztp.SettingScope{Platform: p.ID}
		e.changed(ofAccount, putSecret("admin_password", "secret"))
		e.changed(ofPlatform, putSetting("language", "de"))
		e.must(e.DeleteAccount(e.ctx, p.ID, a.ID))
		same(e, int64(0), e.opened(ofAccount).Version)
		same(e, int64(1), e.opened(ofPlatform).Version)
		ep := e.endpoint(e.account(p, "second"), "000413000001")
		e.changed(ztp.SettingScope{Platform: p.ID, MAC: ep.MAC}, putSetting("language", "de"))
		e.released(ep)
		e.must(e.DeletePlatform(e.ctx, p.ID))
		same(e, int64(0), e.opened(ofPlatform).Version)
	},
	"RollsBack": func(e *env) {
		s := ztp.SettingScope{}
		boom := ztp.Errorf(ztp.CodeInternal, "boom")
		e.wantCode(ztp.CodeInternal, e.Tx(e.ctx, func(t ztp.Store) error {
			if _, err := t.ChangeSettings(e.ctx, s, nil, []ztp.SettingChange{putSetting("language", "de")}, "ann", start); err != nil {
				return err
			}
			return boom
		}))
		same(e, int64(0), e.opened(s).Version)
	},
}
