package storetest

import (
	"fmt"
	"net/netip"
	"time"

	"zerotouch.example/internal/ztp"
)

var fetchTests = map[string]func(*env){
	// The newest of each phone stay, whatever comes of another one.
	"Newest": func(e *env) {
		a := e.account(e.platform("acme"), "main")
		busy, quiet := e.endpoint(a, "000413000001"), e.endpoint(a, "000413000002")
		one := fetchOf(quiet, 0)
		all := []ztp.Fetch{one}
		for i := range ztp.MaxFetches + 5 {
			all = append(all, fetchOf(busy, i))
		}
		nobody := one
		nobody.MAC = e.mac("000413000003")
		e.must(e.NoteFetches(e.ctx, append(all, nobody)))
		e.must(e.NoteFetches(e.ctx, []ztp.Fetch{one})) // as after an answer that was lost
		wantFetches(e, quiet, one)
		var newest []ztp.Fetch
		for i := range ztp.MaxFetches {
			newest = append(newest, fetchOf(busy, ztp.MaxFetches+4-i))
		}
		wantFetches(e, busy, newest...)
		traffic, err := e.ListTraffic(e.ctx, busy.Platform, start.Add(-time.Hour))
		e.must(err)
		same(e, []ztp.TrafficCount{{Hour: start.Truncate(time.Hour), Result: ztp.FetchSettings, N: ztp.MaxFetches + 8}}, traffic)
		later := fetchOf(quiet, 0)
		later.At = start.Add(ztp.TrafficFor + 2*time.Hour)
		later.FirstAt = later.At
		e.must(e.NoteFetches(e.ctx, []ztp.Fetch{later}))
		traffic, err = e.ListTraffic(e.ctx, busy.Platform, time.Time{})
		e.must(err)
		same(e, []ztp.TrafficCount{{Hour: later.At.Truncate(time.Hour), Result: ztp.FetchSettings, N: 1}}, traffic)
	},
	// Refusals are one row for each reason, of whoever has the phone now.
	"Refused": func(e *env) {
		ep := e.endpoint(e.account(e.platform("acme"), "main"), "000413000001")
		e.must(e.NoteFetches(e.ctx, []ztp.Fetch{refusedOf(ep.MAC, ztp.RefusedToken, 0, 7), refusedOf(ep.MAC, ztp.RefusedDevice, 1, 1), refusedOf(e.mac("000413000009"), ztp.RefusedToken, 0, 1)}))
		e.must(e.NoteFetches(e.ctx, []ztp.Fetch{refusedOf(ep.MAC, ztp.RefusedToken, 5, 3)}))
		token := refusedOf(ep.MAC, ztp.RefusedToken, 5, 10)
		token.FirstAt = start
		device := refusedOf(ep.MAC, ztp.RefusedDevice, 1, 1)
		token.Platform, device.Platform = ep.Platform, ep.Platform
		wantFetches(e, ep, token, device)
	},
	"AnotherLife": func(e *env) {
		ep := e.endpoint(e.account(e.platform("acme"), "main"), "000413000001")
		e.must(e.NoteFetches(e.ctx, []ztp.Fetch{fetchOf(ep, 0), refusedOf(ep.MAC, ztp.RefusedToken, 0, 1)}))
		for _, state := range []ztp.EndpointState{ztp.EndpointReleased, ztp.EndpointWanted} {
			ep = e.stored(ep)
			ep.State = state
			e.must(e.SaveEndpoint(e.ctx, ep))
			all, err := e.ListFetches(e.ctx, ep.Platform, ep.MAC)
			e.must(err)
			if want := state == ztp.EndpointReleased; want != (len(all) == 2) {
				e.Errorf("%s: %d rows", state, len(all))
			}
		}
	},
	"Handshakes": func(e *env) {
		kind := ztp.HandshakeFailure{Address: "192.0.2.1", Name: "prov.example", Reason: ztp.HandshakeOldVersion, Offers: "TLS 1.0", Alert: "no", Count: 2, First: start, Last: start.Add(time.Minute)}
		e.must(e.NoteHandshakes(e.ctx, []ztp.HandshakeFailure{kind}))
		e.must(e.NoteHandshakes(e.ctx, []ztp.HandshakeFailure{kind, {Address: "::1", Reason: ztp.HandshakeClosed, Count: 1, First: start, Last: start}}))
		all, err := e.ListHandshakes(e.ctx)
		e.must(err)
		kind.Count = 4
		same(e, []ztp.HandshakeFailure{kind, {Address: "::1", Reason: ztp.HandshakeClosed, Count: 1, First: start, Last: start}}, all)
		var many []ztp.HandshakeFailure
		for i := range ztp.MaxHandshakes {
			many = append(many, ztp.HandshakeFailure{Address: fmt.Sprintf("10.0.%d.%d", i/256, i%256), Reason: ztp.HandshakeNotTLS, Count: 1, First: start, Last: start.Add(time.Duration(i+1) * time.Hour)})
		}
		e.must(e.NoteHandshakes(e.ctx, many))
		all, err = e.ListHandshakes(e.ctx)
		e.must(err)
		same(e, ztp.MaxHandshakes, len(all))
		same(e, many[0], all[len(all)-1])
	},
}

func fetchOf(ep ztp.Endpoint, second int) ztp.Fetch {
	at := start.Add(time.Duration(second) * time.Second)
	return ztp.Fetch{Platform: ep.Platform, MAC: ep.MAC, At: at, FirstAt: at, Times: 1, Result: ztp.FetchSettings, Address: netip.MustParseAddr("192.0.2.7"), Agent: "snom", Bytes: 4711}
}

func refusedOf(mac ztp.MAC, why ztp.Refusal, second, times int) ztp.Fetch {
	at := start.Add(time.Duration(second) * time.Second)
	return ztp.Fetch{MAC: mac, At: at, FirstAt: at, Times: times, Result: ztp.FetchRefused, Reason: string(why), Address: netip.MustParseAddr("2001:db8::1"), Agent: "curl"}
}

func wantFetches(e *env, ep ztp.Endpoint, want ...ztp.Fetch) {
	e.Helper()
	got, err := e.ListFetches(e.ctx, ep.Platform, ep.MAC)
	e.must(err)
	if len(got) != len(want) {
		e.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if want[i] != got[i] {
			e.Errorf("row %d: want %+v, got %+v", i, want[i], got[i])
		}
	}
}
