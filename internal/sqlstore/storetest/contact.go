package storetest

import (
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

var desk = netip.MustParsePrefix("192.0.2.0/24")

// ownToken gives the phone a token of its own and returns its row.
func (e *env) ownToken(ep ztp.Endpoint) ztp.Endpoint {
	e.Helper()
	e.must(e.SetDeviceTokens(e.ctx, ep.Platform, map[ztp.MAC]ztp.Secret{ep.MAC: ztp.NewToken()}))
	return e.stored(ep)
}

// met is a contact of the phone with everything in it.
func met(ep ztp.Endpoint, password ztp.Secret) ztp.Contact {
	return ztp.Contact{
		Platform: ep.Platform, MAC: ep.MAC, DeviceTokenHash: ep.DeviceTokenHash, Account: ep.Account, TokenID: "t1", Assurance: ztp.AssurancePassword,
		ProvenAt: start, Networks: []netip.Prefix{netip.MustParsePrefix("2001:db8::/64"), desk}, AdmittedAt: start, AdmittedUntil: start.Add(time.Hour),
		AdmittedBy: "ada", PasswordHash: ztp.HashToken(password), PasswordAt: start, PasswordUsedAt: start, PreviousHash: "before", AlarmedAt: start,
		Waiting: ztp.WaitingElsewhere, WaitingSince: start, WaitingAt: start.Add(time.Minute), WaitingNetwork: desk, WaitingAgent: "snom",
		AdmittedNetwork: desk, OtherVisits: 7, Visitors: []ztp.Visitor{
			{Network: desk, Waiting: ztp.WaitingElsewhere, FirstAt: start, LastAt: start.Add(time.Minute), Agent: "snomD785-SIP 10.1 <b>"},
			{Network: netip.MustParsePrefix("2001:db8:0:1::/64"), Waiting: ztp.WaitingPlain, FirstAt: start, LastAt: start}},
		Less: true, Former: []ztp.FormerURL{{Account: "a1", TokenHash: "h1"}, {Account: "a2", TokenHash: "h2"}},
	}
}

var contactTests = map[string]func(*env){
	"Save": func(e *env) {
		ep := e.ownToken(e.endpoint(e.account(e.platform("acme"), "main"), "000413000001"))
		none, err := e.Contact(e.ctx, ep.Platform, ep.MAC)
		e.must(err)
		same(e, ztp.Contact{}, none)
		password := ztp.NewToken()
		c := met(ep, password)
		e.must(e.SaveContact(e.ctx, c, password))
		c.Version = 1
		wantContact(e, c)
		e.wantCode(ztp.CodeFormOutdated, e.SaveContact(e.ctx, met(ep, password), password)) // a second first one
		// A save without a password keeps it, and another one replaces it.
		for i, fresh := range []ztp.Secret{{}, ztp.NewToken()} {
			if !fresh.IsZero() {
				password = fresh
				c = c.WithPassword(ztp.HashToken(fresh), start)
			}
			e.must(e.SaveContact(e.ctx, c, fresh))
			c.Version = int64(i + 2)
			got, err := e.ContactPassword(e.ctx, ep.Platform, ep.MAC)
			e.must(err)
			if !got.Equal(password) {
				e.Errorf("save %d: another password", i)
			}
		}
		wantContact(e, c)
		old := c
		old.Version = 1
		e.wantCode(ztp.CodeFormOutdated, e.SaveContact(e.ctx, old, ztp.Secret{}))
		// Another life begins without a password.
		c = ztp.Contact{Platform: ep.Platform, MAC: ep.MAC, DeviceTokenHash: "another", Version: c.Version}
		e.must(e.SaveContact(e.ctx, c, ztp.Secret{}))
		_, err = e.ContactPassword(e.ctx, ep.Platform, ep.MAC)
		e.wantCode(ztp.CodeNotFound, err)
		nobody := met(ztp.Endpoint{Platform: ep.Platform, MAC: e.mac("000413000002"), DeviceTokenHash: "x"}, password)
		e.wantCode(ztp.CodeNotFound, e.SaveContact(e.ctx, nobody, password))
	},
	// Two replicas give the same phone a password at once: one of the two stands.
	"Rivals": func(e *env) {
		ep := e.ownToken(e.endpoint(e.account(e.platform("acme"), "main"), "000413000001"))
		var all sync.WaitGroup
		won := make([]ztp.Secret, 8)
		for i := range won {
			all.Go(func() {
				password := ztp.NewToken()
				if e.SaveContact(e.ctx, met(ep, password), password) == nil {
					won[i] = password
				}
			})
		}
		all.Wait()
		got, err := e.ContactPassword(e.ctx, ep.Platform, ep.MAC)
		e.must(err)
		n := 0
		for _, password := range won {
			if !password.IsZero() && got.Equal(password) {
				n++
			} else if !password.IsZero() {
				e.Error("one was told that its password stands, and it does not")
			}
		}
		same(e, 1, n)
	},
	"Release": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		there := e.account(e.platform("other"), "main")
		for i, c := range []struct{ moved, came, stays bool }{{false, true, false}, {true, true, true}, {true, false, true}} {
			ep := e.ownToken(e.endpoint(a, fmt.Sprintf("00041300000%d", i)))
			password := ztp.NewToken()
			was := met(ep, password)
			if !c.came {
				was.ProvenAt = time.Time{}
			}
			e.must(e.SaveContact(e.ctx, was, password))
			if c.moved {
				ep.MovedTo = there.Platform
			}
			e.released(ep)
			got, err := e.Contact(e.ctx, ep.Platform, ep.MAC)
			e.must(err)
			same(e, c.stays, got.DeviceTokenHash == was.DeviceTokenHash)
			same(e, "", got.PasswordHash+got.PreviousHash+string(got.Waiting))
			if c.stays {
				same(e, append(was.Former, ztp.FormerURL{Account: a.ID, TokenHash: ep.DeviceTokenHash}), got.Former)
				same(e, false, got.Less)
			}
			_, err = e.ContactPassword(e.ctx, ep.Platform, ep.MAC)
			e.wantCode(ztp.CodeNotFound, err)
			// Seen where it was moved to, it is forgotten here.
			next := e.ownToken(e.endpoint(there, ep.MAC.Bare()))
			came := met(next, password)
			came.ProvenAt = time.Time{}
			e.must(e.SaveContact(e.ctx, came, password))
			all, err := e.ContactsOfMAC(e.ctx, ep.MAC)
			e.must(err)
			same(e, map[bool]int{false: 1, true: 2}[c.stays], len(all))
			came.ProvenAt, came.Version = start, 1
			e.must(e.SaveContact(e.ctx, came, ztp.Secret{}))
			all, err = e.ContactsOfMAC(e.ctx, ep.MAC)
			e.must(err)
			same(e, 1, len(all))
			same(e, there.Platform, all[0].Platform)
		}
	},
	// Nothing begins for a phone whose life has ended meanwhile.
	"Ended": func(e *env) {
		ep := e.ownToken(e.endpoint(e.account(e.platform("acme"), "main"), "000413000001"))
		another := ep
		another.DeviceTokenHash = "another"
		e.wantCode(ztp.CodeFormOutdated, e.SaveContact(e.ctx, met(another, ztp.NewToken()), ztp.NewToken()))
		e.released(ep)
		e.wantCode(ztp.CodeFormOutdated, e.SaveContact(e.ctx, met(ep, ztp.NewToken()), ztp.NewToken()))
		all, err := e.ContactsOfMAC(e.ctx, ep.MAC)
		e.must(err)
		same(e, 0, len(all))
	},
	// Given up for good, it leaves nothing on any platform, unless its move here is taken back.
	"GivenUp": func(e *env) {
		a, there := e.account(e.platform("acme"), "main"), e.account(e.platform("other"), "main")
		for i, arrived := range []bool{true, false} {
			ep := e.ownToken(e.endpoint(a, fmt.Sprintf("00041300000%d", i)))
			ep.MovedTo = there.Platform
			e.released(ep)
			next := e.ownToken(e.endpoint(there, ep.MAC.Bare()))
			if arrived {
				ep = e.stored(ep)
				ep.MovedTo = ""
				e.must(e.SaveEndpoint(e.ctx, ep))
			}
			e.released(next)
			all, err := e.ContactsOfMAC(e.ctx, ep.MAC)
			e.must(err)
			same(e, arrived, len(all) == 0)
		}
	},
	// Wherever a phone was to come before it was moved within its platform is kept, whether
	// it has come there or not.
	"Move": func(e *env) {
		p := e.platform("acme")
		ep := e.ownToken(e.endpoint(e.account(p, "one"), "000413000001"))
		var want []ztp.FormerURL
		for _, slug := range []string{"two", "three"} {
			want = append(want, ztp.FormerURL{Account: ep.Account, TokenHash: ep.DeviceTokenHash})
			ep.Account = e.account(p, slug).ID
			e.must(e.SaveEndpoint(e.ctx, ep))
			ep = e.stored(ep)
			got, err := e.Contact(e.ctx, ep.Platform, ep.MAC)
			e.must(err)
			same(e, want, got.Former)
			same(e, true, got.Of(ep))
		}
		got, err := e.Contact(e.ctx, ep.Platform, ep.MAC)
		e.must(err)
		got.Former = nil
		e.must(e.SaveContact(e.ctx, got, ztp.Secret{}))
		ep.Name = "Another name"
		e.must(e.SaveEndpoint(e.ctx, ep))
		got, err = e.Contact(e.ctx, ep.Platform, ep.MAC)
		e.must(err)
		same(e, 0, len(got.Former))
		without := e.endpoint(e.account(p, "four"), "000413000002")
		without.Account = ep.Account
		e.must(e.SaveEndpoint(e.ctx, without))
		got, err = e.Contact(e.ctx, p.ID, without.MAC)
		e.must(err)
		same(e, ztp.Contact{}, got)
	},
	"Less": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		for i := range 3 {
			c := met(e.ownToken(e.endpoint(a, fmt.Sprintf("00041300000%d", i))), ztp.NewToken())
			c.PasswordHash, c.Less = "", i > 0
			e.must(e.SaveContact(e.ctx, c, ztp.Secret{}))
		}
		p.PhoneProof = ztp.ProofToken
		e.must(e.UpdatePlatform(e.ctx, p))
		e.platform("other")
		got, err := e.CountLess(e.ctx)
		e.must(err)
		same(e, ztp.LessCounts{Platforms: 1, Phones: map[ztp.PlatformID]int{p.ID: 2}}, got)
	},
	"Waiting": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		e.endpoint(e.account(e.platform("other"), "main"), "00041300ffff")
		for i := range 5 {
			c := met(e.ownToken(e.endpoint(a, fmt.Sprintf("00041300000%d", i))), ztp.NewToken())
			c.PasswordHash, c.WaitingSince = "", start.Add(time.Duration(i/2)*time.Minute)
			if i == 4 {
				c.Waiting, c.AlarmedAt, c.WaitingSince, c.WaitingAt = "", time.Time{}, time.Time{}, time.Time{}
			}
			e.must(e.SaveContact(e.ctx, c, ztp.Secret{}))
		}
		var got []string
		for cursor := ""; ; {
			page, err := e.ListWaiting(e.ctx, p.ID, cursor, 3)
			e.must(err)
			for _, c := range page.Items {
				got = append(got, c.MAC.Bare()[11:])
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		same(e, []string{"0", "1", "2", "3"}, got)
		among, err := e.WaitingOf(e.ctx, []ztp.MAC{e.mac("000413000001"), e.mac("000413000004"), e.mac("00041300ffff"), e.mac("000413000003")})
		e.must(err)
		got = nil
		for _, c := range among {
			got = append(got, c.MAC.Bare()[11:]+string(c.Waiting))
		}
		slices.Sort(got)
		same(e, []string{"1other_network", "3other_network"}, got)
		none, err := e.WaitingOf(e.ctx, nil)
		e.must(err)
		same(e, 0, len(none))
		counts, err := e.CountWaiting(e.ctx)
		e.must(err)
		same(e, map[ztp.PlatformID]ztp.WaitingCounts{p.ID: {Waiting: 4, Alarmed: 4}}, counts)
		_, err = e.ListWaiting(e.ctx, p.ID, "nonsense", 3)
		e.wantCode(ztp.CodeInvalid, err)
	},
	"Unclaimed": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		var all []ztp.UnclaimedPhone
		for i := range ztp.MaxUnclaimed + 5 {
			all = append(all, ztp.UnclaimedPhone{Platform: p.ID, Account: a.ID, MAC: e.mac(fmt.Sprintf("00041300%04x", i)), FirstAt: start,
				LastAt: start.Add(time.Duration(i) * time.Second), Network: desk, Agent: "snom"})
		}
		for i := range all {
			all[i].FirstAt = all[i].LastAt
		}
		e.must(e.NoteUnclaimed(e.ctx, all))
		e.must(e.NoteUnclaimed(e.ctx, []ztp.UnclaimedPhone{{Platform: p.ID, Account: "gone", MAC: all[0].MAC, LastAt: start}}))
		got, err := e.ListUnclaimed(e.ctx, p.ID)
		e.must(err)
		same(e, ztp.MaxUnclaimed, len(got))
		same(e, all[len(all)-1], got[0])
		same(e, all[5], got[len(got)-1])
		again := got[0]
		again.LastAt = again.LastAt.Add(time.Hour)
		e.must(e.NoteUnclaimed(e.ctx, []ztp.UnclaimedPhone{again}))
		got, err = e.ListUnclaimed(e.ctx, p.ID)
		e.must(err)
		same(e, again, got[0])
		e.endpoint(e.account(e.platform("other"), "main"), again.MAC.Bare()) // claimed, wherever
		got, err = e.ListUnclaimed(e.ctx, p.ID)
		e.must(err)
		same(e, ztp.MaxUnclaimed-1, len(got))
		e.must(e.DeleteAccount(e.ctx, p.ID, a.ID))
		got, err = e.ListUnclaimed(e.ctx, p.ID)
		e.must(err)
		same(e, 0, len(got))
	},
	"Tokens": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		first, second := ztp.NewToken(), ztp.NewToken()
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t1", first, start))
		e.must(e.IssueToken(e.ctx, p.ID, a.ID, "t2", second, start.Add(time.Hour)))
		ep := e.ownToken(e.endpoint(a, "000413000001"))
		ep.AddressTemplate, ep.AddressTokenID = "https://prov.example/p/{account_token}/{mac}", "t1"
		e.must(e.SaveEndpoint(e.ctx, ep))
		e.must(e.SaveContact(e.ctx, met(ep, first), first))
		for _, at := range []time.Time{start.Add(2 * time.Hour), start.Add(time.Hour)} { // an older word never wins
			e.must(e.TouchAccountToken(e.ctx, p.ID, a.ID, "t1", at))
		}
		got, err := e.AccountTokens(e.ctx, p.ID, a.ID)
		e.must(err)
		same(e, []ztp.TokenUse{{ID: "t2", CreatedAt: start.Add(time.Hour)}, {ID: "t1", CreatedAt: start, UsedAt: start.Add(2 * time.Hour), Entries: 1, Phones: 1}}, got)
		id, err := e.AccountTokenID(e.ctx, first)
		e.must(err)
		same(e, "t1", id)
		e.wantCode(ztp.CodeNotFound, e.RetireAccountToken(e.ctx, p.ID, a.ID, "t2")) // the current one
		e.must(e.RetireAccountToken(e.ctx, p.ID, a.ID, "t1"))
		_, err = e.AccountByToken(e.ctx, first)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.AccountTokenID(e.ctx, first)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.AccountByToken(e.ctx, second)
		e.must(err)
	},
}

func wantContact(e *env, want ztp.Contact) {
	e.Helper()
	got, err := e.Contact(e.ctx, want.Platform, want.MAC)
	e.must(err)
	same(e, want, got)
}
