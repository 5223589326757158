package storetest

import (
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

// released gives the phone's MAC up.
func (e *env) released(ep ztp.Endpoint) ztp.Endpoint {
	e.Helper()
	ep.State = ztp.EndpointReleased
	e.must(e.SaveEndpoint(e.ctx, ep))
	ep.Version++
	return ep
}

func (e *env) stored(ep ztp.Endpoint) ztp.Endpoint {
	e.Helper()
	got, err := e.Endpoint(e.ctx, ep.Platform, ep.MAC)
	e.must(err)
	return got
}

var phoneFactTests = map[string]func(*env){
	"DeviceTokens": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		tokens, macs := map[ztp.MAC]ztp.Secret{}, []ztp.MAC{}
		for i := range 1005 { // more than one statement takes
			ep := e.endpoint(a, fmt.Sprintf("00041300%04x", i))
			tokens[ep.MAC] = ztp.NewToken()
			macs = append(macs, ep.MAC)
		}
		without := e.endpoint(a, "00041300ffff")
		e.must(e.SetDeviceTokens(e.ctx, p.ID, tokens))
		got, err := e.DeviceTokens(e.ctx, p.ID, append(macs, without.MAC))
		e.must(err)
		same(e, len(tokens), len(got))
		for mac, token := range tokens {
			if !got[mac].Equal(token) {
				e.Fatalf("%s has another token", mac)
			}
		}
		first := e.stored(ztp.Endpoint{Platform: p.ID, MAC: macs[0]})
		same(e, ztp.HashToken(tokens[macs[0]]), first.DeviceTokenHash)
		same(e, int64(1), first.Version) // whoever read the row may still save it
		// A second token for one of them sets none.
		e.wantCode(ztp.CodeFormOutdated, e.Tx(e.ctx, func(s ztp.Store) error {
			return s.SetDeviceTokens(e.ctx, p.ID, map[ztp.MAC]ztp.Secret{without.MAC: ztp.NewToken(), macs[0]: ztp.NewToken()})
		}))
		same(e, "", e.stored(without).DeviceTokenHash)
		// Another platform's phone is not there.
		e.wantCode(ztp.CodeFormOutdated, e.SetDeviceTokens(e.ctx, e.platform("other").ID, map[ztp.MAC]ztp.Secret{without.MAC: ztp.NewToken()}))
		// A save keeps the token, a release ends it, and what comes back has none.
		first.Name = "Renamed"
		e.must(e.SaveEndpoint(e.ctx, first))
		first.Version++
		same(e, first, e.stored(first))
		gone := e.released(first)
		same(e, "", e.stored(gone).DeviceTokenHash)
		e.wantCode(ztp.CodeFormOutdated, e.SetDeviceTokens(e.ctx, p.ID, map[ztp.MAC]ztp.Secret{gone.MAC: ztp.NewToken()}))
		gone.State = ztp.EndpointWanted
		e.must(e.SaveEndpoint(e.ctx, gone))
		e.must(e.SetDeviceTokens(e.ctx, p.ID, map[ztp.MAC]ztp.Secret{gone.MAC: ztp.NewToken()}))
	},
	"PlainURL": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		for i, c := range []struct {
			template string
			fetched  bool
			want     bool
		}{{"https://x/{account_token}/{mac}", true, true}, {"https://x/{account_token}/{mac}", false, false}, {"", true, false}} {
			ep := e.endpoint(a, fmt.Sprintf("0004130000%02x", i))
			ep.AddressTemplate = c.template
			e.must(e.SaveEndpoint(e.ctx, ep))
			if c.fetched {
				e.must(e.TouchEndpoint(e.ctx, a.Platform, ep.MAC, start))
			}
			e.must(e.SetDeviceTokens(e.ctx, a.Platform, map[ztp.MAC]ztp.Secret{ep.MAC: ztp.NewToken()}))
			same(e, c.want, e.stored(ep).PlainURL)
			e.must(e.LeavePlainURL(e.ctx, a.Platform, ep.MAC))
			same(e, false, e.stored(ep).PlainURL)
		}
	},
	"PIN": func(e *env) {
		ep := e.endpoint(e.account(e.platform("acme"), "main"), "000413000001")
		pin, err := e.PIN(e.ctx, ep.Platform, ep.MAC)
		e.must(err)
		same(e, true, pin.IsZero())
		e.must(e.SetPIN(e.ctx, ep.Platform, ep.MAC, ztp.NewSecret("4711")))
		ep.Name = "Renamed"
		e.must(e.SaveEndpoint(e.ctx, ep))
		pin, err = e.PIN(e.ctx, ep.Platform, ep.MAC)
		e.must(err)
		same(e, true, pin.Equal(ztp.NewSecret("4711")) && e.stored(ep).HasPIN)
		e.must(e.SetPIN(e.ctx, ep.Platform, ep.MAC, ztp.Secret{}))
		same(e, false, e.stored(ep).HasPIN)
		e.must(e.SetPIN(e.ctx, ep.Platform, ep.MAC, ztp.NewSecret("4711")))
		ep.Version++
		ep = e.released(ep)
		same(e, false, e.stored(ep).HasPIN)
		e.wantCode(ztp.CodeNotFound, e.SetPIN(e.ctx, ep.Platform, ep.MAC, ztp.NewSecret("4711")))
		_, err = e.PIN(e.ctx, ep.Platform, e.mac("000413000002"))
		e.wantCode(ztp.CodeNotFound, err)
	},
	"SIP": func(e *env) {
		ep := e.endpoint(e.account(e.platform("acme"), "main"), "000413000001")
		same(e, ztp.SIPFact{}, e.stored(ep).SIP)
		for _, c := range []struct {
			said, stands ztp.SIPFact
		}{
			{ztp.SIPFact{At: start, Reason: ztp.SIPWrongPassword}, ztp.SIPFact{At: start, Reason: ztp.SIPWrongPassword}},
			{ztp.SIPFact{Registered: true, At: start.Add(time.Minute)}, ztp.SIPFact{Registered: true, At: start.Add(time.Minute)}},
			{ztp.SIPFact{Registered: false, At: start.Add(time.Second)}, ztp.SIPFact{Registered: true, At: start.Add(time.Minute)}},
		} {
			got, err := e.SetSIP(e.ctx, ep.Platform, ep.MAC, c.said)
			e.must(err)
			same(e, c.stands, got)
			same(e, c.stands, e.stored(ep).SIP)
		}
		e.must(e.SaveEndpoint(e.ctx, ep)) // the version is the one that was read before
		ep.Version++
		_, err := e.SetSIP(e.ctx, e.platform("other").ID, ep.MAC, ztp.SIPFact{At: start})
		e.wantCode(ztp.CodeNotFound, err)
		ep = e.released(ep)
		_, err = e.SetSIP(e.ctx, ep.Platform, ep.MAC, ztp.SIPFact{At: start.Add(time.Hour)})
		e.wantCode(ztp.CodeNotFound, err)
	},
	// Of many at once: the later word stands, of one request too, and others' phones are not there.
	"SIPs": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		other := e.endpoint(e.account(e.platform("other"), "main"), "0004130000ff")
		var said []ztp.SIPWord
		for i := range 1005 {
			ep := e.endpoint(a, fmt.Sprintf("00041300%04x", i+0x100))
			said = append(said, ztp.SIPWord{MAC: ep.MAC, SIPFact: ztp.SIPFact{Registered: i%2 == 0, At: start.Add(time.Duration(i%3) * time.Second)}})
		}
		gone := e.released(e.endpoint(a, "000413000001"))
		fact := ztp.SIPFact{At: start, Reason: ztp.SIPGone}
		later := ztp.SIPFact{Registered: true, At: start.Add(time.Hour)}
		said = append(said, ztp.SIPWord{MAC: other.MAC, SIPFact: fact}, ztp.SIPWord{MAC: gone.MAC, SIPFact: fact},
			ztp.SIPWord{MAC: said[0].MAC, SIPFact: later}, ztp.SIPWord{MAC: said[0].MAC, SIPFact: fact})
		for range 2 { // told again it changes nothing
			stands, err := e.SetSIPs(e.ctx, a.Platform, said)
			e.must(err)
			same(e, 1005, len(stands))
			same(e, later, stands[said[0].MAC])
			for _, w := range said[1:1005] {
				same(e, w.SIPFact, stands[w.MAC])
			}
		}
		same(e, said[7].SIPFact, e.stored(ztp.Endpoint{Platform: a.Platform, MAC: said[7].MAC}).SIP)
		same(e, ztp.SIPFact{}, e.stored(other).SIP)
		same(e, int64(1), e.stored(ztp.Endpoint{Platform: a.Platform, MAC: said[7].MAC}).Version)
	},
	// A fetch while an operation has the row in its hands is not forgotten by its save.
	"FetchBesideASave": func(e *env) {
		ep := e.endpoint(e.account(e.platform("acme"), "main"), "000413000001")
		e.must(e.TouchEndpoint(e.ctx, ep.Platform, ep.MAC, start.Add(time.Minute)))
		e.must(e.TouchEndpoint(e.ctx, ep.Platform, ep.MAC, start.Add(time.Hour)))
		e.must(e.SaveEndpoint(e.ctx, ep))
		got := e.stored(ep)
		same(e, []time.Time{start.Add(time.Minute), start.Add(time.Hour)}, []time.Time{got.FirstFetchedAt, got.FetchedAt})
		// What comes back is another life.
		gone := e.released(got)
		same(e, start.Add(time.Hour), e.stored(gone).FetchedAt)
		gone.State = ztp.EndpointWanted
		e.must(e.SaveEndpoint(e.ctx, gone))
		got = e.stored(gone)
		same(e, []time.Time{{}, {}}, []time.Time{got.FirstFetchedAt, got.FetchedAt})
	},
}
