package restapi_test

import (
	"net/netip"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// What a phone has asked for comes with what it says it is, the newest first.
func TestFetches(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	p, a := s.mustPlatform("acme")
	s.mustConfigure(p)
	ctx := t.Context()
	const mac = "00:04:13:00:00:01"
	if _, err := s.admin.PutEndpoint(ctx, "acme", mac, api.PutEndpoint{Account: a.Slug}); err != nil {
		t.Fatal(err)
	}
	m, err := ztp.ParseMAC(mac)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Truncate(time.Second)
	one := ztp.Fetch{Platform: ztp.PlatformID(p.ID), MAC: m, At: at, FirstAt: at, Times: 1, Result: ztp.FetchSettings, Bytes: 12,
		Address: netip.MustParseAddr("192.0.2.1"), Agent: "Mozilla/4.0 (compatible; snomD785-SIP 10.1.64.14)"}
	two := one
	two.Result, two.Reason, two.At, two.Times = ztp.FetchRefused, string(ztp.RefusedToken), at.Add(time.Second), 3
	if err := s.store.NoteFetches(ctx, []ztp.Fetch{one, two}); err != nil {
		t.Fatal(err)
	}
	var got []api.Fetch
	for f, err := range s.viewer.Fetches(ctx, "acme", mac) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
	agent := one.Agent
	want := []api.Fetch{
		{At: two.At, FirstAt: at, Result: "refused", Reason: "unknown_token", Title: "Refused: Its URL has a token that no account has", Address: "192.0.2.1", Agent: agent, Bytes: 0, Times: 3},
		{At: at, FirstAt: at, Result: "settings", Title: "Got its settings", Address: "192.0.2.1", Agent: agent, Bytes: 12, Times: 1},
	}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %+v", got)
	}
	if traffic, err := s.viewer.Traffic(ctx, "acme"); err != nil || len(traffic.Items) != 1 || traffic.Items[0].Fetches != 1 || !traffic.Items[0].Hour.Equal(at.Truncate(time.Hour)) {
		t.Errorf("traffic: %+v, %v", traffic, err)
	}
	for _, err := range s.viewer.Fetches(ctx, "acme", "000413000009") {
		if !api.IsNotFound(err) {
			t.Errorf("nobody's phone: %v", err)
		}
	}
}

// A phone that has never come is explained as that to whoever may see it.
func TestExplain(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	p, a := s.mustPlatform("acme")
	s.mustConfigure(p)
	const mac = "00:04:13:00:00:01"
	if _, err := s.viewer.ExplainEndpoint(t.Context(), "acme", mac); !api.IsNotFound(err) {
		t.Errorf("nobody's phone: %v", err)
	}
	if _, err := s.admin.PutEndpoint(t.Context(), "acme", mac, api.PutEndpoint{Account: a.Slug}); err != nil {
		t.Fatal(err)
	}
	x, err := s.viewer.ExplainEndpoint(t.Context(), "acme", mac)
	if err != nil || x.InService || x.First != string(ztp.GateEntry) || len(x.Gates) != len(ztp.GateNames()) {
		t.Fatalf("%+v, %v", x, err)
	}
	if g := x.Gates[0]; g.Cause != string(ztp.CauseNotConfirmed) || g.Remedy == "" || g.State != "closed" {
		t.Errorf("%+v", g)
	}
}
