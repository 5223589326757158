package snom_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// shape is a call without its ids.
func shape(c srapssim.Call) string {
	s := c.Method + " " + c.Resource
	if c.Item != "" {
		s += "/{id}"
	}
	return s
}

// calls are what do sends, in order.
func (w *world) calls(do func()) []string {
	before := len(w.sim.Calls())
	do()
	var out []string
	for _, c := range w.sim.Calls()[before:] {
		out = append(out, shape(c))
	}
	return out
}

// No more calls than needed: what is learnt once is not asked for again.
func TestCalls_PerOperation(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	begin := func() {
		made, err := w.CreateCompany(ctx, w.reseller, "New")
		must(err)
		_, err = w.ListCredentials(ctx, w.reseller, made.ID)
		must(err)
	}
	if diff := cmp.Diff([]string{"GET tokens/{id}", "GET companies/{id}", "POST companies", "GET tokens"}, w.calls(begin)); diff != "" {
		t.Errorf("a new company and its keys (-want +got):\n%s", diff)
	}
	register := func() { _, err := w.WriteEndpoint(ctx, c.key, c.id, endpoint(phone)); must(err) }
	catalogue := []string{"GET product-groups", "GET settings", "GET settings"}
	entry := []string{"GET companies/{id}"}
	write := []string{"GET endpoints/{id}", "PUT endpoints/{id}", "GET endpoints/{id}"}
	first := append(append(append([]string{}, entry...), write[0]), append(catalogue, write[1:]...)...)
	if diff := cmp.Diff(first, w.calls(register)); diff != "" {
		t.Errorf("first phone (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(write, w.calls(register)); diff != "" {
		t.Errorf("next phone (-want +got):\n%s", diff)
	}
	who := func() { _, err := w.WhoAmI(ctx, c.key); must(err) }
	if diff := cmp.Diff([]string{"GET tokens/{id}"}, w.calls(who)); diff != "" {
		t.Errorf("who am I (-want +got):\n%s", diff)
	}
	rotate := func() {
		k, _, err := w.CreateCredential(ctx, w.reseller, c.id, "second")
		must(err)
		must(w.RevokeCredential(ctx, w.reseller, c.id, k.ID))
	}
	if diff := cmp.Diff([]string{"GET roles", "POST tokens", "DELETE tokens/{id}"}, w.calls(rotate)); diff != "" {
		t.Errorf("a key and its end (-want +got):\n%s", diff)
	}
}

// The catalogue is asked for once a day, and again when a value was refused.
func TestCalls_CatalogueAge(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	asks := func(what string, want bool) {
		t.Helper()
		calls := w.calls(func() { _, _ = w.WriteEndpoint(t.Context(), c.key, c.id, endpoint(phone)) })
		if got := strings.Contains(strings.Join(calls, ","), "GET settings"); got != want {
			t.Errorf("%s: asked %v, want %v: %v", what, got, want, calls)
		}
	}
	asks("at first", true)
	w.clock.Advance(23 * time.Hour)
	asks("the same day", false)
	w.clock.Advance(2 * time.Hour)
	asks("the next day", true)
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Nth: 1, Do: srapssim.DoStatus, Status: 400})
	asks("with a refusal", false)
	asks("after the refusal", true)
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Nth: 2, Do: srapssim.DoStatus, Status: 500})
	asks("with a failure", false)
	asks("after the failure", false)
}

// A MAC that is taken says nothing of the catalogue, whatever the status beside it.
func TestCalls_TakenMACKeepsTheCatalogue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{TakenStatus: 400})
	c := w.customer(srapssim.DefaultRole)
	write := func(mac ztp.MAC) func() {
		return func() { _, _ = w.WriteEndpoint(t.Context(), c.key, c.id, endpoint(mac)) }
	}
	w.calls(write(phone))
	w.calls(write(strangers))
	want := []string{"GET endpoints/{id}", "PUT endpoints/{id}", "GET endpoints/{id}"}
	if diff := cmp.Diff(want, w.calls(write(phone))); diff != "" {
		t.Errorf("the next phone (-want +got):\n%s", diff)
	}
}

// Many at once share one reading of the catalogue.
func TestCalls_CatalogueReadOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if _, err := w.WriteEndpoint(t.Context(), c.key, c.id, endpoint(mustMAC(fmt.Sprintf("0004130000%02X", i)))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n := 0
	for _, call := range w.sim.Calls() {
		if call.Resource == srapssim.ResourceProductGroups {
			n++
		}
	}
	if n != 1 || len(w.sim.Endpoints(c.id)) != 20 {
		t.Errorf("read %d times for %d phones", n, len(w.sim.Endpoints(c.id)))
	}
}

// A catalogue that could not be read is not kept.
func TestCalls_CatalogueFailureIsNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer(srapssim.DefaultRole)
	w.sim.AddFault(srapssim.Fault{Resource: srapssim.ResourceSettings, Nth: 2, Do: srapssim.DoTruncate}) // the second page
	_, err := w.WriteEndpoint(t.Context(), c.key, c.id, endpoint(phone))
	if v := w.failed(t, err); v.Effect != ztp.EffectNotSent {
		t.Errorf("got %s", v)
	}
	if _, err := w.WriteEndpoint(t.Context(), c.key, c.id, endpoint(phone)); err != nil {
		t.Error(err)
	}
}

// paced runs do in a bubble with an adapter of the given rate, and returns how long
// it took and how many calls arrived.
func paced(t *testing.T, ratePerSecond float64, burst int, do func(ctx context.Context, v *snom.Vendor, by ztp.APIKey, company string)) (took time.Duration, calls int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := srapssim.New(srapssim.Options{})
		defer sim.Close()
		account := sim.Resellers()[0]
		v, err := snom.New(snom.Config{BaseURL: "https://sraps.example/api/v1/", Rate: ratePerSecond, Burst: burst, Transport: inMemory{sim.Handler()}})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		do(t.Context(), v, ztp.APIKey{ID: account.KeyID, Secret: ztp.NewSecret(sim.SecretOf(account.KeyID))}, account.CompanyID)
		took, calls = time.Since(start), len(sim.Calls())
	})
	return took, calls
}

// Where other processes call too, somebody else says when a call may go out. One that
// is put off has not left.
func TestPace(t *testing.T) {
	t.Parallel()
	sim := srapssim.New(srapssim.Options{})
	defer sim.Close()
	account := sim.Resellers()[0]
	putOff := &ztp.VendorError{Code: ztp.CodeVendorRateLimited, Effect: ztp.EffectLimited, Temporary: true, RetryAfter: time.Minute}
	asked := 0
	v, err := snom.New(snom.Config{
		BaseURL: "https://sraps.example/api/v1/", Rate: 0.001, Burst: 1, Transport: inMemory{sim.Handler()},
		Pace: func(context.Context) error {
			if asked++; asked > 2 {
				return putOff
			}
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	by := ztp.APIKey{ID: account.KeyID, Secret: ztp.NewSecret(sim.SecretOf(account.KeyID))}
	for range 2 {
		if _, err := v.WhoAmI(t.Context(), by); err != nil {
			t.Fatal(err)
		}
	}
	_, err = v.CreateCompany(t.Context(), by, "Brightwater")
	if got := ztp.VendorErrorOf(err); got.Effect != ztp.EffectLimited || got.RetryAfter != time.Minute || len(sim.Calls()) != asked-1 {
		t.Errorf("want the call put off and not sent, got %+v after %d calls", got, len(sim.Calls()))
	}
}

// Every request counts against the rate: pages and lookups too, from all callers
// together.
func TestRate(t *testing.T) {
	t.Parallel()
	took, calls := paced(t, 5, 20, func(ctx context.Context, v *snom.Vendor, by ztp.APIKey, _ string) {
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				for range 5 {
					if _, err := v.WhoAmI(ctx, by); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	})
	if want := 6 * time.Second; calls != 50 || took != want { // 20 at once, 30 at 5 a second
		t.Errorf("%d calls took %s, want %s", calls, took, want)
	}
	took, calls = paced(t, 1, 1, func(ctx context.Context, v *snom.Vendor, by ztp.APIKey, company string) {
		if _, err := v.WriteEndpoint(ctx, by, company, endpoint(phone)); err != nil {
			t.Error(err)
		}
	})
	if want := time.Duration(calls-1) * time.Second; calls < 7 || took != want {
		t.Errorf("%d calls of one write took %s, want %s", calls, took, want)
	}
	took, calls = paced(t, 0, 0, func(ctx context.Context, v *snom.Vendor, by ztp.APIKey, _ string) {
		for range 100 {
			if _, err := v.WhoAmI(ctx, by); err != nil {
				t.Error(err)
			}
		}
	})
	if calls != 100 || took != 0 {
		t.Errorf("off: %d calls took %s", calls, took)
	}
}

// Who can't wait so long is told at once that nothing was sent.
func TestRate_Deadline(t *testing.T) {
	t.Parallel()
	_, calls := paced(t, 0.01, 1, func(ctx context.Context, v *snom.Vendor, by ztp.APIKey, company string) {
		if _, err := v.WhoAmI(ctx, by); err != nil {
			t.Error(err)
		}
		short, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		err := v.DeleteEndpoint(short, by, company, phone)
		e := ztp.VendorErrorOf(err)
		if e.Code != ztp.CodeVendorRateLimited || e.Effect != ztp.EffectNotSent || !e.Temporary {
			t.Errorf("got %v", err)
		}
	})
	if calls != 1 {
		t.Errorf("%d calls", calls)
	}
}

// Of many companies that were listed, none is asked for its own entry, and from the
// third on none for its roles: that two show the same one is taken to mean that all do.
func TestCalls_ManyCompanies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	w.customer(srapssim.DefaultRole)
	w.customer(srapssim.DefaultRole)
	ctx := t.Context()
	all, err := w.ListCompanies(ctx, w.reseller)
	if err != nil {
		t.Fatal(err)
	}
	keyOf := func(c ztp.VendorCompany) func() {
		return func() {
			if _, err := w.ListCredentials(ctx, w.reseller, c.ID); err != nil {
				t.Error(err)
			}
			k, secret, err := w.CreateCredential(ctx, w.reseller, c.ID, "ours")
			if err != nil {
				t.Fatal(err)
			}
			own := ztp.APIKey{ID: k.ID, Secret: secret}
			if _, err := w.WhoAmI(ctx, own); err != nil {
				t.Error(err)
			}
			if _, err := w.ListProfiles(ctx, own, c.ID); err != nil {
				t.Error(err)
			}
		}
	}
	asking := []string{"GET tokens", "GET roles", "POST tokens", "GET tokens/{id}", "GET provisioning-profiles"}
	knowing := []string{"GET tokens", "POST tokens", "GET tokens/{id}", "GET provisioning-profiles"}
	for i, want := range [][]string{asking, asking, knowing} {
		if i == len(all) {
			all = append(all, ztp.VendorCompany{ID: w.customer(srapssim.DefaultRole).id})
			if _, err := w.ListCompanies(ctx, w.reseller); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, w.calls(keyOf(all[i]))); diff != "" {
			t.Errorf("company %d (-want +got):\n%s", i+1, diff)
		}
	}
	w.sim.AddFault(srapssim.Fault{Method: "POST", Nth: 1, Do: srapssim.DoStatus, Status: 400})
	if _, _, err := w.CreateCredential(ctx, w.reseller, all[0].ID, "refused"); err == nil {
		t.Fatal("want a refusal")
	}
	if diff := cmp.Diff(asking, w.calls(keyOf(all[0]))); diff != "" {
		t.Errorf("after a refusal (-want +got):\n%s", diff)
	}
}
