package storetest

import (
	"fmt"
	"time"

	"zerotouch.example/internal/ztp"
)

var endpointTests = map[string]func(*env){
	"EarlierURLs": func(e *env) {
		p := e.platform("acme")
		a := e.account(p, "main")
		here, err := ztp.TemplateForBase("https://here.example")
		e.must(err)
		for mac, template := range map[string]string{
			"000413000001": here.ForPhone().String(), "000413000002": here.String(), "000413000003": "https://old.example/p/{account_token}/{mac}", "000413000004": "",
		} {
			ep := e.endpoint(a, mac)
			ep.AddressTemplate = template
			e.must(e.SaveEndpoint(e.ctx, ep))
		}
		gone := e.endpoint(a, "000413000005")
		gone.State = ztp.EndpointReleased
		e.must(e.SaveEndpoint(e.ctx, gone))
		for proven, want := range map[string]int{here.String(): 1, "https://old.example/p/{account_token}/{mac}": 2} {
			if n, err := e.CountEarlierURLs(e.ctx, p.ID, vendor, here, proven); err != nil || n != want {
				e.Errorf("with %s proven: want %d, got %d, %v", proven, want, n, err)
			}
		}
		if n, err := e.CountEarlierURLs(e.ctx, p.ID, "yealink", here, ""); err != nil || n != 0 {
			e.Errorf("at another vendor: %d, %v", n, err)
		}
	},
	"RoundTrip": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		ep := ztp.Endpoint{
			Platform: a.Platform, Vendor: vendor, MAC: e.mac("00:04:13:a1:1f:a7"), Account: a.ID, ProductGroup: "D-Series", Name: "Réception",
			State: ztp.EndpointPaused, WantPaused: true, PausedBy: "op1", AddressTemplate: "https://x", AddressTokenID: "t1",
			Error: &ztp.Problem{Code: ztp.CodeVendorRejected, At: start}, CreatedAt: start, ConfirmedAt: start.Add(time.Minute),
			FetchedAt: start.Add(time.Hour), UpdatedAt: start, Model: "D785", Serial: "s1", FirstFetchedAt: start.Add(time.Minute),
			Replaces: e.mac("000413000003"), ReplacedBy: e.mac("000413000004"), MovedTo: "p2", Found: true,
		}
		e.must(e.SaveEndpoint(e.ctx, ep))
		ep.Version = 1
		got, err := e.Endpoint(e.ctx, a.Platform, ep.MAC)
		e.must(err)
		same(e, ep, got)
		got, err = e.EndpointByMAC(e.ctx, ep.MAC)
		e.must(err)
		same(e, ep, got)
		ep.Error, ep.State, ep.ConfirmedAt = nil, ztp.EndpointListed, time.Time{}
		e.must(e.SaveEndpoint(e.ctx, ep))
		e.wantCode(ztp.CodeFormOutdated, e.SaveEndpoint(e.ctx, ep))
		ep.Version = 2
		e.must(e.TouchEndpoint(e.ctx, a.Platform, ep.MAC, start.Add(2*time.Hour)))
		ep.FetchedAt = start.Add(2 * time.Hour)
		got, err = e.Endpoint(e.ctx, a.Platform, ep.MAC)
		e.must(err)
		same(e, ep, got)
	},
	"NotFound": func(e *env) {
		p, q := e.platform("acme"), e.platform("other")
		a := e.account(p, "main")
		ep := e.endpoint(a, "000413000001")
		_, err := e.Endpoint(e.ctx, q.ID, ep.MAC)
		e.wantCode(ztp.CodeNotFound, err)
		_, err = e.EndpointByMAC(e.ctx, e.mac("000413000002"))
		e.wantCode(ztp.CodeNotFound, err)
		e.wantCode(ztp.CodeNotFound, e.TouchEndpoint(e.ctx, q.ID, ep.MAC, start))
		ep.MAC = e.mac("000413000002")
		e.wantCode(ztp.CodeNotFound, e.SaveEndpoint(e.ctx, ep))
		ep.Version, ep.Account = 0, "none"
		e.wantCode(ztp.CodeNotFound, e.SaveEndpoint(e.ctx, ep))
		ep.Account = e.account(q, "main").ID
		e.wantCode(ztp.CodeNotFound, e.SaveEndpoint(e.ctx, ep)) // an account of another platform
	},
	"OneHolderPerMAC": func(e *env) {
		a, b := e.account(e.platform("acme"), "main"), e.account(e.platform("other"), "main")
		ep := e.endpoint(a, "000413000001")
		theirs := ep
		theirs.Platform, theirs.Account, theirs.Version = b.Platform, b.ID, 0
		e.wantCode(ztp.CodeEndpointTaken, e.SaveEndpoint(e.ctx, theirs))
		again := ep
		again.Version = 0
		e.wantCode(ztp.CodeFormOutdated, e.SaveEndpoint(e.ctx, again))
		ep.State = ztp.EndpointReleased
		e.must(e.SaveEndpoint(e.ctx, ep))
		_, err := e.EndpointByMAC(e.ctx, ep.MAC)
		e.wantCode(ztp.CodeNotFound, err)
		e.must(e.SaveEndpoint(e.ctx, theirs))
		ep.State, ep.Version = ztp.EndpointWanted, 2
		e.wantCode(ztp.CodeEndpointTaken, e.SaveEndpoint(e.ctx, ep))
		ep.Version = 0
		e.wantCode(ztp.CodeEndpointTaken, e.SaveEndpoint(e.ctx, ep))
	},
	"Revived": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		ep := e.endpoint(a, "000413000001")
		ep.State = ztp.EndpointReleased
		e.must(e.SaveEndpoint(e.ctx, ep))
		back := ep
		back.State, back.Version, back.Name = ztp.EndpointWanted, 0, "Back"
		e.must(e.SaveEndpoint(e.ctx, back))
		got, err := e.Endpoint(e.ctx, a.Platform, ep.MAC)
		e.must(err)
		back.Version = 3 // a write of its former life, version 1 or 2, cannot win
		same(e, back, got)
		ep.Version = 2
		e.wantCode(ztp.CodeFormOutdated, e.SaveEndpoint(e.ctx, ep))
	},
	"ByMACs": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		e.endpoint(e.account(e.platform("other"), "main"), "000413000000")
		want, asked := map[ztp.MAC]ztp.Endpoint{}, []ztp.MAC{e.mac("000413000000")}
		for i := 1; i < 2050; i++ {
			mac := ztp.MAC{0x00, 0x04, 0x13, 0x00, byte(i >> 8), byte(i)}
			asked = append(asked, mac)
			if i == 1 || i == 999 || i == 1000 || i == 2049 { // at the ends of what one statement takes
				want[mac] = e.endpoint(a, mac.Bare())
			}
		}
		e.endpoint(a, "0004130ff000") // not asked for
		got, err := e.EndpointsByMACs(e.ctx, a.Platform, asked)
		e.must(err)
		same(e, want, got)
		got, err = e.EndpointsByMACs(e.ctx, a.Platform, nil)
		e.must(err)
		same(e, 0, len(got))
		elsewhere, err := e.MACsElsewhere(e.ctx, a.Platform, asked)
		e.must(err)
		same(e, map[ztp.MAC]bool{asked[0]: true}, elsewhere)
		var more []ztp.Endpoint // so many that they are not all read
		for i := 1000; i < 1200; i++ {
			if _, have := want[asked[i]]; !have {
				ep := want[asked[1]]
				ep.MAC, ep.Version = asked[i], 0
				more = append(more, ep)
			}
		}
		_, err = e.SaveEndpoints(e.ctx, a.Platform, more)
		e.must(err)
		for _, ep := range more {
			ep.Version = 1
			want[ep.MAC] = ep
		}
		got, err = e.EndpointsByMACs(e.ctx, a.Platform, asked)
		e.must(err)
		same(e, want, got)
		elsewhere, err = e.MACsElsewhere(e.ctx, a.Platform, asked)
		e.must(err)
		same(e, map[ztp.MAC]bool{asked[0]: true}, elsewhere)
	},
	"ListAndCount": func(e *env) {
		p := e.platform("acme")
		a, b := e.account(p, "main"), e.account(p, "second")
		e.endpoint(e.account(e.platform("other"), "main"), "00041300ffff")
		states := []ztp.EndpointState{ztp.EndpointWanted, ztp.EndpointListed, ztp.EndpointListed, ztp.EndpointPaused, ztp.EndpointFailed, ztp.EndpointReleased}
		for i := range 12 {
			ep := e.endpoint([]ztp.Account{a, b}[i%2], fmt.Sprintf("0004130000%02x", 11-i))
			ep.State = states[i%6]
			if ep.State == ztp.EndpointPaused {
				ep.PausedBy = "op1"
			}
			e.must(e.SaveEndpoint(e.ctx, ep))
		}
		all := pages(e, 5, func(c string) (ztp.Page[ztp.Endpoint], error) {
			return e.ListEndpoints(e.ctx, ztp.EndpointQuery{Platform: p.ID, Cursor: c, Limit: 5})
		})
		same(e, 12, len(all))
		for i, ep := range all {
			if want := e.mac(fmt.Sprintf("0004130000%02x", i)); ep.MAC != want {
				e.Errorf("want %s at %d, got %s", want, i, ep.MAC)
			}
		}
		for want, q := range map[int]ztp.EndpointQuery{
			10: {Held: true},
			4:  {State: ztp.EndpointListed}, 6: {Account: a.ID}, 2: {State: ztp.EndpointPaused}, 0: {Vendor: "yealink"},
			1: {Text: "00:04:13:00:00:0B"}, 12: {Text: "00041300"}, 3: {Vendor: vendor, Text: "desk 0", State: ztp.EndpointListed, Limit: 3},
		} {
			q.Platform = p.ID
			page, err := e.ListEndpoints(e.ctx, q)
			e.must(err)
			if len(page.Items) != want {
				e.Errorf("%+v: want %d, got %d", q, want, len(page.Items))
			}
		}
		_, err := e.ListEndpoints(e.ctx, ztp.EndpointQuery{Platform: p.ID, Cursor: "x"})
		e.wantField("cursor", err)
		counts, err := e.CountEndpoints(e.ctx, p.ID, vendor)
		e.must(err)
		same(e, ztp.EndpointCounts{Wanted: 2, Listed: 4, Paused: 2, Failed: 2}, counts)
		counts, err = e.CountEndpoints(e.ctx, p.ID, "yealink")
		e.must(err)
		same(e, ztp.EndpointCounts{}, counts)
	},
	"States": func(e *env) {
		ep := e.endpoint(e.account(e.platform("acme"), "main"), "000413000001")
		ep.State = "lost"
		e.wantRefused("an unknown state", e.SaveEndpoint(e.ctx, ep))
	},
}
