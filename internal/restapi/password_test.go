package restapi_test

import (
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// A phone that has a password gets another; the one that it has counts until it has come
// with that, and until then there is no third, which it could not know.
func TestRotatePasswordOfAPhone(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStack(t)
	s.mustReseller()
	p, _ := s.mustPlatform("acme")
	s.mustConfigure(p)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := s.admin.PutEndpoint(ctx, "acme", "000413aa0001", api.PutEndpoint{Account: "main-acme"})
	must(err)
	mac := ztp.MAC{0x00, 0x04, 0x13, 0xAA, 0x00, 0x01}
	must(s.store.SetDeviceTokens(ctx, ztp.PlatformID(p.ID), map[ztp.MAC]ztp.Secret{mac: ztp.NewToken()}))
	if _, err := s.admin.RotateEndpointPassword(ctx, "acme", mac.String()); !api.IsCode(err, "in_use") || !strings.Contains(err.Error(), "can't be given another password") {
		t.Errorf("of a phone that has none: %v", err)
	}
	e, err := s.store.EndpointByMAC(ctx, mac)
	must(err)
	first := ztp.NewToken()
	came := ztp.Decide(e, ztp.Contact{}, ztp.Visit{At: time.Now().Truncate(time.Millisecond), Way: ztp.WayFirst, Right: true, Secure: true, Ready: true})
	must(s.store.SaveContact(ctx, came.Contact.WithPassword(ztp.HashToken(first), time.Now()), first))
	if _, err := s.viewer.RotateEndpointPassword(ctx, "acme", mac.String()); !api.IsCode(err, "not_allowed") {
		t.Errorf("a viewer: %v", err)
	}
	got, err := s.admin.RotateEndpointPassword(ctx, "acme", mac.String())
	must(err)
	if got.Contact.PasswordAt == nil || got.Contact.PasswordUsedAt != nil {
		t.Errorf("%+v", got.Contact)
	}
	k, err := s.store.Contact(ctx, e.Platform, mac)
	must(err)
	second, err := s.store.ContactPassword(ctx, e.Platform, mac)
	must(err)
	if k.CheckPassword(second) != ztp.PasswordCurrent || k.CheckPassword(first) != ztp.PasswordPrevious {
		t.Error("the new one is not what is given out, or the one before ended at once")
	}
	if _, err := s.admin.RotateEndpointPassword(ctx, "acme", mac.String()); !api.IsCode(err, "in_use") {
		t.Errorf("before it has taken that up: %v", err)
	}
	if again, err := s.store.ContactPassword(ctx, e.Platform, mac); err != nil || !again.Equal(second) {
		t.Errorf("a refusal changed it: %v", err)
	}
}
