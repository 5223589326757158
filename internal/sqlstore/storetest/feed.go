package storetest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zerotouch.example/internal/ztp"
)

// told wants f to tell exactly these changes: "phone" and so on, by the layer of each.
func (e *env) told(what string, f func(), want ...ztp.SettingLayer) {
	e.Helper()
	from, err := e.PhoneFeedEnd(e.ctx)
	e.must(err)
	// Another database of the server may hold back the end, so that some come again.
	old, err := e.PhoneChanges(e.ctx, from, 100)
	e.must(err)
	before := e.Commits()
	f()
	if e.Commits() == before {
		e.Errorf("%s: no commit is counted", what)
	}
	changes, err := e.PhoneChanges(e.ctx, from, 100)
	e.must(err)
	got := []ztp.SettingLayer{}
	for _, c := range changes {
		if !slices.Contains(old, c) {
			got = append(got, c.What.Layer())
		}
	}
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) {
		e.Errorf("%s: want %v told, got %v", what, want, got)
	}
}

// recorded wants the record to say what single questions do, if there is one.
func (e *env) recorded(token ztp.Secret, mac ztp.MAC) (r ztp.PhoneRecord) {
	e.Helper()
	contacts, err := e.ContactsOfMAC(e.ctx, mac)
	e.must(err)
	r, found, err := e.PhoneRecord(e.ctx, token, mac)
	e.must(err)
	same(e, len(contacts) > 0, found)
	if !found {
		return r
	}
	want := ztp.PhoneRecord{Contacts: contacts}
	want.Account, err = e.AccountByToken(e.ctx, token)
	e.must(err)
	want.Platform, err = e.Platform(e.ctx, string(want.Account.Platform))
	e.must(err)
	want.TokenID, err = e.AccountTokenID(e.ctx, token)
	e.must(err)
	want.Current, err = e.OpenToken(e.ctx, want.Platform.ID, want.Account.ID, want.Account.TokenID)
	e.must(err)
	want.Endpoint, err = e.EndpointByMAC(e.ctx, mac)
	e.must(err)
	if want.Password, err = e.ContactPassword(e.ctx, want.Endpoint.Platform, mac); !ztp.IsCode(err, ztp.CodeNotFound) {
		e.must(err)
	}
	layers, err := r.Settings(e.ctx)
	e.must(err)
	same(e, e.servedSettings(want.Endpoint), layers)
	open := r.Settings
	r.Settings = nil
	same(e, want, r)
	r.Settings = open
	return r
}

// servedSettings are what OpenSettings has of the phone, as far as a record says it.
func (e *env) servedSettings(ep ztp.Endpoint) []ztp.ScopeSettings {
	e.Helper()
	layers, err := e.OpenSettings(e.ctx, ep.SettingScopes()...)
	e.must(err)
	for i := range layers {
		layers[i].Version = 0
		for k := range layers[i].Settings {
			layers[i].Settings[k].SetAt, layers[i].Settings[k].SetBy = time.Time{}, ""
		}
		if layers[i].Next != nil {
			for k := range layers[i].Next.Changes {
				layers[i].Next.Changes[k].SetAt, layers[i].Next.Changes[k].SetBy = time.Time{}, ""
			}
		}
	}
	return layers
}

var feedTests = map[string]func(*env){
	"Changes": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		ep := e.endpoint(a, "000413000001")
		e.told("an own token", func() { ep = e.ownToken(ep) }, ztp.LayerEndpoint)
		e.told("the first fetch", func() { e.must(e.TouchEndpoint(e.ctx, p.ID, ep.MAC, start)) }, ztp.LayerEndpoint)
		e.told("another fetch", func() { e.must(e.TouchEndpoint(e.ctx, p.ID, ep.MAC, start.Add(time.Hour))) })
		ep = e.stored(ep)
		e.told("a state at the vendor", func() { ep.State = ztp.EndpointListed; e.must(e.SaveEndpoint(e.ctx, ep)) })
		ep = e.stored(ep)
		e.told("a name", func() { ep.Name = "Hall"; e.must(e.SaveEndpoint(e.ctx, ep)) }, ztp.LayerEndpoint)
		e.told("a contact", func() { e.must(e.SaveContact(e.ctx, met(ep, ztp.NewToken()), ztp.NewToken())) }, ztp.LayerEndpoint)
		for _, scope := range []ztp.SettingScope{{}, {Platform: p.ID}, {Platform: p.ID, Account: a.ID}, {Platform: p.ID, MAC: ep.MAC}} {
			e.told("a setting", func() {
				_, err := e.ChangeSettings(e.ctx, scope, nil, []ztp.SettingChange{{Name: ztp.SettingLanguage, Value: ztp.NewSecret("de")}}, "ada", start)
				e.must(err)
			}, scope.Layer())
		}
		for _, scope := range []ztp.SettingScope{{}, {Platform: p.ID}} {
			var r ztp.Rollout
			e.told("a proposal", func() {
				r = e.rollout(scope, putSetting("language", "en"))
			}, scope.Layer())
			e.told("a ring", func() { r.Percent, r.RingAt, r.Cut = 1, start, 5; r = e.rolled(r, ztp.RolloutRunning) }, scope.Layer())
			e.told("a ring that stops", func() { r = e.rolled(r, ztp.RolloutStopped) }, scope.Layer())
			e.told("a change that is taken back", func() { e.rolled(r, ztp.RolloutTakenBack) }, scope.Layer())
		}
		e.told("a token", func() { e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t2", ztp.NewToken(), start)) }, ztp.LayerAccount)
		e.told("the use of a token", func() { e.must(e.TouchAccountToken(e.ctx, p.ID, a.ID, "t2", start)) })
		p, err := e.Platform(e.ctx, string(p.ID))
		e.must(err)
		e.told("an address", func() { p.URLTemplate = "https://x.example/{account_token}/{mac}"; e.must(e.UpdatePlatform(e.ctx, p)) }, ztp.LayerPlatform)
		p, err = e.Platform(e.ctx, string(p.ID))
		e.must(err)
		e.told("what phones have to show", func() { p.PhoneProof = ztp.ProofToken; e.must(e.UpdatePlatform(e.ctx, p)) }, ztp.LayerPlatform)
		l := e.link(p)
		for _, template := range []string{"https://x.example/p/{account_token}/{mac}", "https://y.example/p/{account_token}/{mac}"} {
			e.told("an address that is proven", func() {
				l.AddressTemplate = template
				e.must(e.SaveLink(e.ctx, l))
				l.Version++
			}, ztp.LayerPlatform)
			if p, err = e.Platform(e.ctx, string(p.ID)); err != nil || p.ProvenTemplate != template {
				e.Errorf("%q is not the platform's: %q, %v", template, p.ProvenTemplate, err)
			}
		}
		e.told("a link of which nothing else is proven", func() { l.AddressTemplate = ""; e.must(e.SaveLink(e.ctx, l)) })
		if p, err = e.Platform(e.ctx, string(p.ID)); err != nil || p.ProvenTemplate != "https://y.example/p/{account_token}/{mac}" {
			e.Errorf("what was proven is forgotten: %q, %v", p.ProvenTemplate, err)
		}
		ep = e.stored(ep)
		e.told("another account", func() { ep.Account = e.account(p, "other").ID; e.must(e.SaveEndpoint(e.ctx, ep)) }, ztp.LayerEndpoint)
		ep = e.stored(ep)
		e.told("a release", func() { ep.State = ztp.EndpointReleased; e.must(e.SaveEndpoint(e.ctx, ep)) }, ztp.LayerEndpoint)
	},
	"Keys": func(e *env) {
		p := e.platform("acme")
		a, b := e.account(p, "main"), e.account(p, "other")
		one, two := e.ownToken(e.endpoint(a, "000413000001")), e.endpoint(b, "000413000002")
		gone := e.endpoint(b, "000413000003")
		gone.State = ztp.EndpointReleased
		e.must(e.SaveEndpoint(e.ctx, gone))
		e.must(e.TouchEndpoint(e.ctx, p.ID, two.MAC, start))
		kind := ztp.PhoneKind{Vendor: vendor, ProductGroup: "D-Series"}
		first := ztp.PhoneKey{MAC: one.MAC, Account: a.ID, DeviceTokenHash: one.DeviceTokenHash, PhoneKind: kind}
		second := ztp.PhoneKey{MAC: two.MAC, Account: b.ID, Plain: true, PhoneKind: kind, FetchedAt: start}
		all, err := e.PhoneKeys(e.ctx, ztp.MAC{}, 10)
		e.must(err)
		same(e, []ztp.PhoneKey{first, second}, all)
		all, err = e.PhoneKeys(e.ctx, one.MAC, 10)
		e.must(err)
		same(e, []ztp.PhoneKey{second}, all)

		// Proven under an account that it has no more, and so also known by that one's URL.
		contact := met(one, ztp.NewToken())
		contact.Former = nil
		e.must(e.SaveContact(e.ctx, contact, ztp.NewToken()))
		keys, former, err := e.PhoneKeysOf(e.ctx, []ztp.MAC{one.MAC, gone.MAC})
		e.must(err)
		same(e, []ztp.PhoneKey{first}, keys)
		same(e, 0, len(former))
		one = e.stored(one)
		one.Account = b.ID
		e.must(e.SaveEndpoint(e.ctx, one))
		_, former, err = e.PhoneKeysOf(e.ctx, []ztp.MAC{one.MAC, two.MAC})
		e.must(err)
		same(e, []ztp.FormerPhone{{MAC: one.MAC, FormerURL: ztp.FormerURL{Account: a.ID, TokenHash: one.DeviceTokenHash}}}, former)
		macs, err := e.FormerPhones(e.ctx, ztp.MAC{}, 10)
		e.must(err)
		same(e, []ztp.MAC{one.MAC}, macs)

		// Moved before it has ever come: by its former URL it is told the present one.
		three := e.ownToken(e.endpoint(a, "000413000004"))
		three.Account = b.ID
		e.must(e.SaveEndpoint(e.ctx, three))
		_, former, err = e.PhoneKeysOf(e.ctx, []ztp.MAC{three.MAC, two.MAC})
		e.must(err)
		same(e, []ztp.FormerPhone{{MAC: three.MAC, FormerURL: ztp.FormerURL{Account: a.ID, TokenHash: three.DeviceTokenHash}}}, former)
		macs, err = e.FormerPhones(e.ctx, one.MAC, 10)
		e.must(err)
		same(e, []ztp.MAC{three.MAC}, macs)
	},
	"Record": func(e *env) {
		p := e.platform("acme")
		a, b := e.account(p, "main"), e.account(e.platform("other"), "theirs")
		early, late := ztp.NewToken(), ztp.NewToken()
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t1", early, start))
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t2", late, start))
		ep := e.ownToken(e.endpoint(b, "000413000001"))
		none := func(what string, token ztp.Secret, mac ztp.MAC) {
			e.Helper()
			_, found, err := e.PhoneRecord(e.ctx, token, mac)
			e.must(err)
			if found {
				e.Errorf("%s: there is a record", what)
			}
		}
		e.must(e.SaveContact(e.ctx, met(ep, ztp.NewToken()), ztp.NewToken())) // a life on another platform
		ep.State = ztp.EndpointReleased
		e.must(e.SaveEndpoint(e.ctx, ep))
		none("released", early, ep.MAC)
		ep = e.ownToken(e.endpoint(a, "000413000001"))
		none("a token that nobody has", ztp.NewToken(), ep.MAC)
		none("a phone that nobody has", early, ztp.MAC{0, 4, 0x13, 9})
		e.recorded(early, ep.MAC)
		password := ztp.NewToken()
		e.must(e.SaveContact(e.ctx, met(ep, password), password))
		r := e.recorded(early, ep.MAC)
		same(e, "t1", r.TokenID)
		same(e, password.RevealSecret(), r.Password.RevealSecret())
		same(e, "t2", e.recorded(late, ep.MAC).TokenID)
	},
	// Whatever stands in a value, and whoever has it: the record says what OpenSettings does.
	"RecordSettings": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		token := ztp.NewToken()
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t1", token, start))
		ep := e.ownToken(e.endpoint(a, "000413000001"))
		other := e.ownToken(e.endpoint(a, "000413000002"))
		e.must(e.SaveContact(e.ctx, met(ep, ztp.NewToken()), ztp.NewToken()))
		scopes := ep.SettingScopes()
		odd := []string{`"`, `\`, `\"],["`, "a\tb\r\nc", "\u00e4\u20ac\U0001f4de", "null", "", "<&>", "\u2028", `\u0041`}
		for i, scope := range append(scopes, ztp.SettingScope{Platform: p.ID, MAC: other.MAC}, ztp.SettingScope{Platform: p.ID, Account: e.account(p, "side").ID}) {
			changes := []ztp.SettingChange{putSetting("language", fmt.Sprint("l", i)), putSecret("admin_password", fmt.Sprint("s", i)), putSetting("z", "z")}
			for n, text := range odd {
				changes = append(changes, putSetting(fmt.Sprintf("display_name[%d]", n+1), text), putSecret(fmt.Sprintf("sip_password[%d]", len(odd)-n), text+"."))
			}
			_, err := e.ChangeSettings(e.ctx, scope, nil, changes, "ada", start)
			e.must(err)
		}
		layers, err := e.recorded(token, ep.MAC).Settings(e.ctx)
		e.must(err)
		same(e, 4*(3+2*len(odd)), len(layers[0].Settings)+len(layers[1].Settings)+len(layers[2].Settings)+len(layers[3].Settings))

		r := e.rollout(scopes[1], putSetting("language", `"\`), putSecret("admin_password", "next"), ztp.SettingChange{Name: "z", Unset: true})
		more := e.rollout(scopes[0], putSecret("sip_password[1]", "more"))
		e.recorded(token, ep.MAC) // proposed alone
		for _, to := range []ztp.RolloutState{ztp.RolloutRunning, ztp.RolloutStopped} {
			r.Percent, r.RingAt, r.Cut, more.Percent, more.RingAt, more.Cut = 1, start, 5, 10, start, 7
			r, more = e.rolled(r, to), e.rolled(more, to)
			layers, err := e.recorded(token, ep.MAC).Settings(e.ctx)
			e.must(err)
			same(e, 3, len(layers[1].Next.Changes))
			same(e, int64(7), layers[0].Next.Cut)
		}
		e.rolled(r, ztp.RolloutTakenBack)
		e.recorded(token, ep.MAC)
	},
	"InService": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		token, late := ztp.NewToken(), ztp.NewToken()
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t1", token, start))
		var macs []ztp.MAC
		for i, mac := range []string{"000413000001", "000413000002", "000413000003", "000413000004", "000413000005"} {
			ep := e.ownToken(e.endpoint(a, mac))
			macs = append(macs, ep.MAC)
			if i < 4 {
				password := ztp.NewToken()
				e.must(e.SaveContact(e.ctx, met(ep, password), password))
				e.must(e.TouchEndpoint(e.ctx, p.ID, ep.MAC, start.Add(time.Duration(i)*time.Hour)))
			}
			if i == 3 {
				ep = e.stored(ep)
				ep.State = ztp.EndpointReleased
				e.must(e.SaveEndpoint(e.ctx, ep))
			}
		}
		_, err := e.ChangeSettings(e.ctx, ztp.SettingScope{Platform: p.ID}, nil, []ztp.SettingChange{putSecret("admin_password", "s")}, "ada", start)
		e.must(err)
		_, err = e.ChangeSettings(e.ctx, ztp.SettingScope{Platform: p.ID, MAC: macs[1]}, nil, []ztp.SettingChange{putSetting("language", "de")}, "ada", start)
		e.must(err)
		e.rolled(e.rollout(ztp.SettingScope{Platform: p.ID}, putSetting("language", "fr")), ztp.RolloutRunning)
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t2", late, start.Add(time.Hour)))
		got, err := e.PhonesInService(e.ctx, append(macs, e.mac("0004130000ff")))
		e.must(err)
		same(e, 3, len(got)) // the others are released, have never come, or are nobody's
		for i, one := range got {
			layers, err := e.OpenSettings(e.ctx, one.Endpoint.SettingScopes()...)
			e.must(err)
			same(e, layers, one.Layers)
			by, id := late, "t2"
			if i == 0 { // has not fetched since there is the other token
				by, id = token, "t1"
			}
			r := e.recorded(by, macs[i])
			devices, err := e.DeviceTokens(e.ctx, p.ID, macs[i:i+1])
			e.must(err)
			r.TokenID, r.Settings = id, nil
			want := ztp.PhoneInService{PhoneRecord: r, TokenHash: ztp.HashToken(by), Device: devices[macs[i]], Layers: layers}
			same(e, want, one)
		}
		none, err := e.PhonesInService(e.ctx, nil)
		e.must(err)
		same(e, 0, len(none))
	},
	"Tokens": func(e *env) {
		p := e.platform("acme")
		a, b := e.account(p, "main"), e.account(p, "other")
		want := map[string]ztp.TokenKey{}
		for i, of := range []ztp.Account{a, b} {
			token := ztp.NewToken()
			e.must(e.IssueToken(e.ctx, p.ID, of.ID, "t", token, start))
			want[of.Slug] = ztp.TokenKey{Hash: ztp.HashToken(token), Platform: p.ID, Account: of.ID, PlatformSlug: "acme", AccountSlug: of.Slug}
			of, err := e.TokenKeysOf(e.ctx, p.ID, of.ID)
			e.must(err)
			same(e, 1, len(of))
			all, err := e.TokenKeysOf(e.ctx, p.ID, "")
			e.must(err)
			same(e, i+1, len(all))
		}
		all, err := e.TokenKeys(e.ctx, "", 10)
		e.must(err)
		wanted := []ztp.TokenKey{want["main"], want["other"]}
		slices.SortFunc(wanted, func(a, b ztp.TokenKey) int { return strings.Compare(a.Hash, b.Hash) })
		same(e, wanted, all)
	},
	"Touch": func(e *env) {
		p := e.platform("acme")
		ep := e.ownToken(e.endpoint(e.account(p, "main"), "000413000001"))
		plain := e.endpoint(e.account(p, "other"), "000413000002")
		of := func(hash string) []ztp.FetchedPhone {
			return []ztp.FetchedPhone{{Platform: p.ID, MAC: ep.MAC, DeviceTokenHash: hash}, {Platform: p.ID, MAC: plain.MAC}}
		}
		e.must(e.TouchEndpoints(e.ctx, of(ep.DeviceTokenHash), start))
		e.must(e.TouchEndpoints(e.ctx, of("of another life"), start.Add(time.Hour)))
		same(e, [2]time.Time{start, start}, [2]time.Time{e.stored(ep).FetchedAt, e.stored(ep).FirstFetchedAt})
		same(e, start.Add(time.Hour), e.stored(plain).FetchedAt)
	},
	"Prune": func(e *env) {
		from, err := e.PhoneFeedEnd(e.ctx)
		e.must(err)
		e.endpoint(e.account(e.platform("acme"), "main"), "000413000001")
		end, err := e.PhoneFeedEnd(e.ctx)
		e.must(err)
		for range 2 {
			_, err = e.PrunePhoneChanges(e.ctx, time.Now().Add(time.Hour))
			e.must(err)
		}
		all, err := e.PhoneChanges(e.ctx, from, 10)
		e.must(err)
		same(e, 0, len(all))
		after, err := e.PhoneFeedEnd(e.ctx)
		e.must(err)
		if after < end {
			e.Errorf("the feed's end goes back from %d to %d", end, after)
		}
	},
}
