package restapi_test

import (
	"testing"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// A phone that was moved away and back before it came anywhere still comes by the URL of its
// first life here. Who holds or admits it takes nothing from that.
func TestAHoldKeepsFormerURLs(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStack(t)
	s.mustReseller()
	p, _ := s.mustPlatform("acme")
	other, _ := s.mustPlatform("other")
	s.mustConfigure(p)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	mac := ztp.MAC{0x00, 0x04, 0x13, 0xAA, 0x00, 0x01}
	_, err := s.admin.PutEndpoint(ctx, "acme", mac.String(), api.PutEndpoint{Account: "main-acme"})
	must(err)
	must(s.store.SetDeviceTokens(ctx, ztp.PlatformID(p.ID), map[ztp.MAC]ztp.Secret{mac: ztp.NewToken()}))
	e, err := s.store.EndpointByMAC(ctx, mac)
	must(err)
	first, account := e.DeviceTokenHash, e.Account
	e.State, e.MovedTo = ztp.EndpointReleased, ztp.PlatformID(other.ID)
	must(s.store.SaveEndpoint(ctx, e))
	e, err = s.store.Endpoint(ctx, ztp.PlatformID(p.ID), mac)
	must(err)
	e.Revive(e.Vendor)
	e.Account = account
	must(s.store.SaveEndpoint(ctx, e))
	must(s.store.SetDeviceTokens(ctx, ztp.PlatformID(p.ID), map[ztp.MAC]ztp.Secret{mac: ztp.NewToken()}))
	_, err = s.admin.HoldEndpoint(ctx, "acme", mac.String())
	must(err)
	k, err := s.store.Contact(ctx, ztp.PlatformID(p.ID), mac)
	must(err)
	if k.Waiting != ztp.WaitingHeld || !k.Had(account, first) {
		t.Errorf("held: %q, its first URL counts: %v", k.Waiting, k.Had(account, first))
	}
}
