package restapi_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// A phone that waits, admitted by one request; an earlier token that is kept as long as
// somebody has it.
func TestWaitingPhonesAndTokens(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := newStack(t)
	s.mustReseller()
	p, _ := s.mustPlatform("acme")
	s.mustConfigure(p)
	if _, err := s.admin.AdmitEndpoint(ctx, "acme", "000413aa0001"); !api.IsNotFound(err) {
		t.Errorf("nobody's phone admitted: %v", err)
	}
	if _, err := s.admin.PutEndpoint(ctx, "acme", "000413aa0001", api.PutEndpoint{Account: "main-acme", ExpectedAt: new(time.Now().Add(time.Hour))}); err != nil {
		t.Fatal(err)
	}
	mac := ztp.MAC{0x00, 0x04, 0x13, 0xAA, 0x00, 0x01}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.store.SetDeviceTokens(ctx, ztp.PlatformID(p.ID), map[ztp.MAC]ztp.Secret{mac: ztp.NewToken()}))
	e, err := s.store.EndpointByMAC(ctx, mac)
	must(err)
	if e.ExpectedAt.IsZero() {
		t.Error("its expected arrival is not kept")
	}
	came := ztp.Decide(e, ztp.Contact{}, ztp.Visit{At: time.Now().Add(999 * 24 * time.Hour).Truncate(time.Millisecond), Way: ztp.WayFirst, Right: true, Secure: true, Ready: true})
	must(s.store.SaveContact(ctx, came.Contact, ztp.Secret{}))
	n := 0
	for w, err := range s.viewer.Waiting(ctx, "acme") {
		must(err)
		if n++; w.MAC != mac.String() || w.Waiting.Reason != "window_closed" || w.Account != "main-acme" {
			t.Errorf("waiting: %+v", w)
		}
	}
	for listed, err := range s.viewer.Endpoints(ctx, "acme", api.EndpointFilter{}) {
		if must(err); listed.Waits != "window_closed" || listed.Contact != nil {
			t.Errorf("in the list it waits: %+v", listed)
		}
	}
	one, err := s.viewer.Endpoint(ctx, "acme", mac.String())
	must(err)
	found, err := s.viewer.FindEndpoints(ctx, mac.Bare()[6:])
	must(err)
	life, err := s.viewer.MAC(ctx, mac.String(), "")
	must(err)
	if one.Waits != "window_closed" || len(found.Items) != 1 || found.Items[0].Endpoint.Waits != one.Waits || life.Phones[0].Endpoint.Waits != one.Waits {
		t.Errorf("it waits: %q alone, %+v found, %+v of the MAC", one.Waits, found.Items, life.Phones)
	}
	if _, err := s.viewer.AdmitEndpoint(ctx, "acme", mac.String()); !api.IsCode(err, "not_allowed") {
		t.Errorf("a viewer admits: %v", err)
	}
	if _, err := s.admin.AdmitEndpointFrom(ctx, "acme", mac.String(), "192.0.2.0/16"); !api.IsCode(err, "invalid") {
		t.Errorf("no network: %v", err)
	}
	if _, err := s.admin.AdmitEndpointFrom(ctx, "acme", mac.String(), "192.0.2.9"); !api.IsCode(err, "form_outdated") {
		t.Errorf("from where nobody waits: %v", err)
	}
	got, err := s.admin.AdmitEndpoint(ctx, "acme", mac.String())
	if err != nil || n != 1 || got.Contact.AdmittedBy == "" || got.Contact.WindowUntil == nil {
		t.Errorf("%d waited; admitted: %+v, %v", n, got.Contact, err)
	}
	if _, err := s.admin.DismissEndpoint(ctx, "acme", mac.String()); err != nil {
		t.Error(err)
	}
	if got, err = s.admin.HoldEndpoint(ctx, "acme", mac.String()); err != nil || got.Contact.Waiting.Reason != "held" {
		t.Errorf("held: %+v, %v", got.Contact, err)
	}
	if got, err = s.admin.UnholdEndpoint(ctx, "acme", mac.String()); err != nil || got.Contact.Waiting != nil {
		t.Errorf("no more held: %+v, %v", got.Contact, err)
	}
	s.mustAdmitOneOfTwo(e)
	_, err = s.admin.IssueToken(ctx, "acme", "main-acme")
	must(err)
	var earlier api.AccountToken
	for token, err := range s.admin.AccountTokens(ctx, "acme", "main-acme") {
		must(err)
		if !token.Current {
			earlier = token
		}
		err := s.admin.RetireToken(ctx, "acme", "main-acme", api.RetireToken{Token: token.ID, Force: token.Current})
		if !api.IsCode(err, "in_use") || token.Needed == "" {
			t.Errorf("retired while it is needed (%q): %v", token.Needed, err)
		}
	}
	must(s.admin.RetireToken(ctx, "acme", "main-acme", api.RetireToken{Token: earlier.ID, Force: true}))
	if err := s.admin.RetireToken(ctx, "acme", "main-acme", api.RetireToken{Token: earlier.ID}); !api.IsNotFound(err) {
		t.Errorf("retired twice: %v", err)
	}
}

// mustAdmitOneOfTwo lets a phone come from two networks, of which one is admitted.
func (s *stack) mustAdmitOneOfTwo(e ztp.Endpoint) {
	s.t.Helper()
	ctx := s.t.Context()
	for _, from := range []string{"192.0.2.0/24", "2001:db8::/64"} {
		k, err := s.store.Contact(ctx, e.Platform, e.MAC)
		if err != nil {
			s.t.Fatal(err)
		}
		came := ztp.Decide(e, k, ztp.Visit{At: time.Now().Add(999 * 24 * time.Hour).Truncate(time.Millisecond), Way: ztp.WayFirst, Right: true, Secure: true, Ready: true,
			Network: netip.MustParsePrefix(from), Agent: "snom"})
		if err := s.store.SaveContact(ctx, came.Contact, ztp.Secret{}); err != nil {
			s.t.Fatal(err)
		}
	}
	var refused *api.Error
	if _, err := s.admin.AdmitEndpoint(ctx, "acme", e.MAC.String()); !errors.As(err, &refused) || refused.Code != "invalid" || !strings.Contains(refused.Detail, "192.0.2.0/24, 2001:db8::/64") {
		s.t.Errorf("nobody said which: %v", err)
	}
	got, err := s.admin.AdmitEndpointFrom(ctx, "acme", e.MAC.String(), "2001:db8::7")
	if err != nil || got.Contact.AdmittedNetwork != "2001:db8::/64" {
		s.t.Errorf("admitted: %+v, %v", got.Contact, err)
	}
	for w, err := range s.viewer.Waiting(ctx, "acme") {
		if all := w.Waiting.Networks; err != nil || len(all) != 2 || all[0].Admitted || !all[1].Admitted || all[0].Reason != "window_closed" || all[1].Agent != "snom" {
			s.t.Errorf("waiting: %+v, %v", all, err)
		}
	}
}
