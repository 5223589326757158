package snom_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

const (
	token = "c2VjcmV0LXRva2VuLW9mLWFjbWU"
	desk  = "D-Series"
	dect  = "M-Series"
)

var (
	provisioning = ztp.NewSecret("https://prov.example/p/" + token + "/{mac}")
	phone        = mustMAC("00:04:13:A1:1F:A7")
	strangers    = mustMAC(srapssim.DefaultForeignMAC)
)

func mustMAC(s string) ztp.MAC {
	m, err := ztp.ParseMAC(s)
	if err != nil {
		panic(err)
	}
	return m
}

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is the simulator and the adapter that talks to it.
type world struct {
	*snom.Vendor
	sim      *srapssim.Server
	url      string
	clock    *clock
	reseller ztp.APIKey
	own      string
}

func newWorld(t *testing.T, opts srapssim.Options, change ...func(*snom.Config)) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	opts.Now = w.clock.Now
	w.sim = srapssim.New(opts)
	server := httptest.NewServer(w.sim.Handler())
	t.Cleanup(func() { server.Close(); w.sim.Close() })
	w.url = server.URL + srapssim.APIPrefix
	account := w.sim.Resellers()[0]
	w.own, w.reseller = account.CompanyID, w.key(account.KeyID)
	w.Vendor = w.adapter(t, change...)
	return w
}

// adapter makes one more adapter, as a new process would.
func (w *world) adapter(t *testing.T, change ...func(*snom.Config)) *snom.Vendor {
	t.Helper()
	cfg := snom.Config{BaseURL: w.url, AllowPrivate: true, Now: w.clock.Now}
	for _, c := range change {
		c(&cfg)
	}
	v, err := snom.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (w *world) key(id string) ztp.APIKey {
	return ztp.APIKey{ID: id, Secret: ztp.NewSecret(w.sim.SecretOf(id))}
}

// customer is a company with a key, made in the portal.
type customer struct {
	id  string
	key ztp.APIKey
}

func (w *world) customer(role string) customer {
	id := w.sim.AddCompany(w.own, "Acme")
	keyID, _ := w.sim.AddKey(id, "first", role)
	return customer{id, w.key(keyID)}
}

// profile is one of ours in the customer's company.
func (w *world) profile(c customer) ztp.VendorProfile {
	id := w.sim.SetProfile(c.id, srapssim.Profile{Name: "ours", Enabled: true, ProductGroup: srapssim.DeskGroupID,
		Settings: map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://old.example/{mac}", Perm: "RW"}}})
	return ztp.VendorProfile{ID: id, Name: "ours", Group: desk, URL: provisioning, Enabled: true}
}

func endpoint(mac ztp.MAC) ztp.VendorEndpoint {
	return ztp.VendorEndpoint{MAC: mac, Group: desk, URL: provisioning, Enabled: true}
}

// failed returns the *ztp.VendorError that every failure has to be, and checks
// that it repeats no secret.
func (w *world) failed(t *testing.T, err error) *ztp.VendorError {
	t.Helper()
	if err == nil {
		t.Fatal("want a failure")
	}
	for _, secret := range append(w.sim.Secrets(), token) {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error repeats a secret: %v", err)
		}
	}
	v := ztp.VendorErrorOf(err)
	if v.Code == ztp.CodeInternal {
		t.Errorf("not translated: %v", err)
	}
	return v
}

// mutation is one call of the adapter that changes something at the vendor.
type mutation struct {
	method, resource string
	do               func(ctx context.Context, w *world, c customer) error
}

// mutations are all of them, for the customer's company.
var mutations = map[string]mutation{
	"create company": {"POST", srapssim.ResourceCompanies, func(ctx context.Context, w *world, _ customer) error {
		_, err := w.CreateCompany(ctx, w.reseller, "New")
		return err
	}},
	"create key": {"POST", srapssim.ResourceTokens, func(ctx context.Context, w *world, c customer) error {
		_, _, err := w.CreateCredential(ctx, w.reseller, c.id, "second")
		return err
	}},
	"revoke key": {"DELETE", srapssim.ResourceTokens, func(ctx context.Context, w *world, c customer) error {
		return w.RevokeCredential(ctx, w.reseller, c.id, c.key.ID)
	}},
	"create profile": {"POST", srapssim.ResourceProfiles, func(ctx context.Context, w *world, c customer) error {
		_, err := w.CreateProfile(ctx, c.key, c.id, ztp.VendorProfile{Name: "new", Group: desk, URL: provisioning, Enabled: true})
		return err
	}},
	"write profile": {"PUT", srapssim.ResourceProfiles, func(ctx context.Context, w *world, c customer) error {
		_, err := w.WriteProfile(ctx, c.key, c.id, w.profile(c))
		return err
	}},
	"register phone": {"PUT", srapssim.ResourceEndpoints, func(ctx context.Context, w *world, c customer) error {
		_, err := w.WriteEndpoint(ctx, c.key, c.id, endpoint(phone))
		return err
	}},
	"release phone": {"DELETE", srapssim.ResourceEndpoints, func(ctx context.Context, w *world, c customer) error {
		w.sim.PutEndpoint(c.id, srapssim.Endpoint{MAC: phone.Bare(), Enabled: true})
		return w.DeleteEndpoint(ctx, c.key, c.id, phone)
	}},
}
