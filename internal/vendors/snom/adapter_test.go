package snom_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

func TestVendor_Describe(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	d := w.Describe()
	if d.Name != "snom" || !d.CanCreateCompanies || !d.Labels || d.Settle <= 0 || d.Propagation <= 0 || d.CallTimeout < 20*time.Second {
		t.Errorf("got %+v", d)
	}
	if want := []string{desk}; !slices.Equal(d.ProductGroups, want) {
		t.Errorf("want %v, got %v", want, d.ProductGroups)
	}
}

func TestVendor_BadConfiguration(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]snom.Config{
		"base URL":   {BaseURL: "api.sraps.snom.com"},
		"plain http": {BaseURL: "http://api.sraps.snom.com/api/v1/"},
		"link host":  {LinkHosts: []string{"https://x"}},
	} {
		if _, err := snom.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// Companies and keys as Onboard uses them.
// TestVendor_BaseWithoutItsPath: who forgets the path is told which setting to mend, whatever
// answers there; one that a gateway serves is no mistake.
func TestVendor_BaseWithoutItsPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	host := strings.TrimSuffix(w.url, srapssim.APIPrefix)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>Welcome")) }))
	t.Cleanup(page.Close)
	moved := httptest.NewServer(http.RedirectHandler("https://elsewhere.example/", http.StatusFound))
	t.Cleanup(moved.Close)
	c := w.customer("")
	for _, base := range []string{host + "/", host + "/api", page.URL, moved.URL} {
		v := w.adapter(t, func(c *snom.Config) { c.BaseURL = base })
		_, who := v.WhoAmI(t.Context(), w.reseller)
		_, children := v.ListCompanies(t.Context(), w.reseller)
		_, keys := v.ListCredentials(t.Context(), c.key, c.id) // of which a 404 says that the company is gone
		_, one := v.Endpoint(t.Context(), c.key, c.id, phone)
		for i, err := range []error{who, children, keys, one} {
			e, want := ztp.VendorErrorOf(err), "ZEROTOUCH_SNOM_BASE_URL, which is "+strings.TrimSuffix(base, "/")+"/: it usually ends in /api/v1/"
			if e.Code != ztp.CodeConfigurationMissing || e.Temporary || e.NotFound || !strings.Contains(e.Detail, want) {
				t.Errorf("%s, call %d: %s: %s", base, i, e.Code, e.Detail)
			}
		}
	}
	company := strings.Repeat("a", 32)
	gateway := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/moved/tokens/") {
			http.NotFound(out, r)
			return
		}
		_, _ = fmt.Fprintf(out, `{"uuid": %q, "links": {"company": "http://%s/moved/companies/%s"}}`, path.Base(r.URL.Path), r.Host, company)
	}))
	t.Cleanup(gateway.Close)
	v := w.adapter(t, func(c *snom.Config) { c.BaseURL = gateway.URL + "/moved/" })
	if who, err := v.WhoAmI(t.Context(), c.key); err != nil || who.ID != company {
		t.Errorf("by a gateway: %+v, %v", who, err)
	}
	if _, err := v.ListCredentials(t.Context(), c.key, company); !ztp.IsVendorNotFound(err) {
		t.Errorf("what is not there by a gateway: %v", err)
	}
	for _, base := range []string{w.url, strings.TrimSuffix(w.url, "/")} {
		if _, err := w.adapter(t, func(c *snom.Config) { c.BaseURL = base }).WhoAmI(t.Context(), w.reseller); err != nil {
			t.Errorf("%s: %v", base, err)
		}
	}
}

func TestVendor_CompaniesAndKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{PageSize: 2})
	ctx := t.Context()
	me, err := w.WhoAmI(ctx, w.reseller)
	if err != nil || me.ID != w.own {
		t.Fatalf("who am I: %v, %v", me, err)
	}
	made, err := w.CreateCompany(ctx, w.reseller, "Acme [zt:test:1]")
	if err != nil || made.Name != "Acme [zt:test:1]" {
		t.Fatalf("create: %v, %v", made, err)
	}
	all, err := w.ListCompanies(ctx, w.reseller)
	if err != nil || !cmp.Equal(all, []ztp.VendorCompany{made}) {
		t.Errorf("list: %v, %v", all, err)
	}
	one, err := w.Company(ctx, w.reseller, made.ID)
	if err != nil || one != made {
		t.Errorf("company: %v, %v", one, err)
	}
	k, secret, err := w.CreateCredential(ctx, w.reseller, made.ID, "zt:test:1:1")
	if err != nil || !secret.Equal(ztp.NewSecret(w.sim.SecretOf(k.ID))) {
		t.Fatalf("create key: %v, %v", k, err)
	}
	keys, err := w.ListCredentials(ctx, w.reseller, made.ID)
	if err != nil || len(keys) != 1 || keys[0].ID != k.ID || keys[0].Name != "zt:test:1:1" {
		t.Errorf("keys: %v, %v", keys, err)
	}
	whose, err := w.WhoAmI(ctx, ztp.APIKey{ID: k.ID, Secret: secret})
	if err != nil || whose.ID != made.ID {
		t.Errorf("who is the new key: %v, %v", whose, err)
	}
	for range 2 { // gone counts as done
		if err := w.RevokeCredential(ctx, w.reseller, made.ID, k.ID); err != nil {
			t.Errorf("revoke: %v", err)
		}
	}
	if got := w.sim.Keys(made.ID); len(got) != 0 {
		t.Errorf("keys are left: %v", got)
	}
	_, err = w.WhoAmI(ctx, ztp.APIKey{ID: k.ID, Secret: secret})
	if v := w.failed(t, err); !v.Unauthorized || v.Code != ztp.CodeVendorKeyRejected {
		t.Errorf("a revoked key: %s", v)
	}
}

// Country and city go into new companies.
func TestVendor_CompanyAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{}, func(c *snom.Config) { c.Country, c.City = "AT", "Wien" })
	if _, err := w.CreateCompany(t.Context(), w.reseller, "Acme"); err != nil {
		t.Fatal(err)
	}
	got := w.sim.Companies(w.own)[0]
	if got.Country != "AT" || got.City != "Wien" {
		t.Errorf("got %s, %s", got.Country, got.City)
	}
}

func TestVendor_CompanyGone(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{true, false} {
		w := newWorld(t, srapssim.Options{})
		c := w.customer(srapssim.DefaultRole)
		if known {
			if _, err := w.ListCredentials(t.Context(), w.reseller, c.id); err != nil {
				t.Fatal(err)
			}
		}
		w.sim.DeleteCompany(c.id)
		_, err := w.Company(t.Context(), w.reseller, c.id)
		if !ztp.IsVendorNotFound(err) {
			t.Errorf("known %v: company: %v", known, err)
		}
		_, err = w.ListCredentials(t.Context(), w.reseller, c.id)
		if v := w.failed(t, err); v.Code != ztp.CodeVendorCompanyMissing || !v.NotFound {
			t.Errorf("known %v: keys: %s", known, v)
		}
		_, _, err = w.CreateCredential(t.Context(), w.reseller, c.id, "x")
		if v := w.failed(t, err); v.Code == ztp.CodeVendorCannot || v.Effect != ztp.EffectRefused && v.Effect != ztp.EffectNotSent {
			t.Errorf("known %v: create key: %s", known, v)
		}
		if err := w.RevokeCredential(t.Context(), w.reseller, c.id, c.key.ID); err != nil {
			t.Errorf("known %v: revoke: %v", known, err)
		}
	}
}

// Where the service does not offer what Onboard needs, Connect is the way on.
func TestVendor_Cannot(t *testing.T) {
	t.Parallel()
	for _, mode := range []srapssim.Create{srapssim.CreateNotAllowed, srapssim.CreateNotFound, srapssim.CreateAbsent} {
		w := newWorld(t, srapssim.Options{CreateCompanies: mode})
		_, err := w.CreateCompany(t.Context(), w.reseller, "Acme")
		if v := w.failed(t, err); v.Code != ztp.CodeVendorCannot || v.Effect != ztp.EffectRefused {
			t.Errorf("companies %s: %s", mode, v)
		}
		w = newWorld(t, srapssim.Options{CreateKeys: mode})
		c := w.customer(srapssim.DefaultRole)
		_, _, err = w.CreateCredential(t.Context(), w.reseller, c.id, "x")
		if v := w.failed(t, err); v.Code != ztp.CodeVendorCannot || v.Effect != ztp.EffectRefused {
			t.Errorf("keys %s: %s", mode, v)
		}
	}
	w := newWorld(t, srapssim.Options{KeyWrites: srapssim.KeyWritesPortal})
	c := w.customer(srapssim.DefaultRole)
	_, _, err := w.CreateCredential(t.Context(), w.reseller, c.id, "x")
	if v := w.failed(t, err); v.Code != ztp.CodeVendorCannot {
		t.Errorf("keys in the portal alone: %s", v)
	}
	if v := w.failed(t, w.RevokeCredential(t.Context(), w.reseller, c.id, c.key.ID)); v.Effect != ztp.EffectRefused {
		t.Errorf("revoke in the portal alone: %s", v)
	}
	if len(w.sim.Keys(c.id)) != 1 {
		t.Error("the key is gone")
	}
}

// The list of keys is not offered: a key is still revoked where its entry is.
func TestVendor_RevokeWithoutList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{CreateKeys: srapssim.CreateAbsent})
	c := w.customer(srapssim.DefaultRole)
	if err := w.RevokeCredential(t.Context(), w.reseller, c.id, c.key.ID); err != nil || len(w.sim.Keys(c.id)) != 0 {
		t.Errorf("%v, %d keys are left", err, len(w.sim.Keys(c.id)))
	}
}

func TestVendor_Role(t *testing.T) {
	t.Parallel()
	two := srapssim.Options{Roles: []string{"Administrator", "Installer"}}
	tests := map[string]struct {
		opts             srapssim.Options
		credential, conf string
		want             string // name of the role; "" for refused
		names            string // what the refusal names
	}{
		"the only one":                   {opts: srapssim.Options{}, want: srapssim.DefaultRole},
		"two and no choice":              {opts: two, names: "Administrator, Installer"},
		"configured":                     {opts: two, conf: "Installer", want: "Installer"},
		"of the credential":              {opts: two, credential: "Administrator", want: "Administrator"},
		"the credential's own wins":      {opts: two, credential: "Installer", conf: "Administrator", want: "Installer"},
		"unknown":                        {opts: two, conf: "Owner", names: "Owner"},
		"unknown beside the only one":    {opts: srapssim.Options{}, credential: "Owner", names: "Administrator"},
		"read-only roles count as roles": {opts: srapssim.Options{ReadOnlyRoles: []string{"Viewer"}}, names: "Viewer"},
	}
	for name, tt := range tests {
		w := newWorld(t, tt.opts, func(c *snom.Config) { c.Role = tt.conf })
		c := w.customer("")
		by := w.reseller
		by.Role = tt.credential
		k, _, err := w.CreateCredential(t.Context(), by, c.id, "x")
		if tt.want == "" {
			if v := w.failed(t, err); v.Code != ztp.CodeVendorRoleMissing || v.Effect != ztp.EffectRefused || !strings.Contains(v.Detail, tt.names) {
				t.Errorf("%s: got %s", name, v)
			}
			if n := len(w.sim.Mutations()); n != 0 {
				t.Errorf("%s: %d writes", name, n)
			}
			continue
		}
		if err != nil || w.sim.Keys(c.id)[1].Role != w.sim.Role(tt.want) || k.Role != w.sim.Role(tt.want) {
			t.Errorf("%s: got %v, %v", name, k, err)
		}
	}
	w := newWorld(t, two)
	c := w.customer("")
	by := w.reseller
	by.Role = w.sim.Role("Installer") // by its id
	if _, _, err := w.CreateCredential(t.Context(), by, c.id, "x"); err != nil || w.sim.Keys(c.id)[1].Role != by.Role {
		t.Errorf("by id: %v", err)
	}
}

func TestVendor_KeyQuota(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{KeyQuota: 1})
	c := w.customer(srapssim.DefaultRole)
	_, _, err := w.CreateCredential(t.Context(), w.reseller, c.id, "x")
	if v := w.failed(t, err); v.Code != ztp.CodeVendorKeyQuota || v.Effect != ztp.EffectRefused {
		t.Errorf("got %s", v)
	}
}

// A key without a role reads and can't write; what it is told names no other cause.
func TestVendor_KeyWithoutRole(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{})
	c := w.customer("")
	p := w.profile(c)
	if _, err := w.WhoAmI(t.Context(), c.key); err != nil {
		t.Errorf("who am I: %v", err)
	}
	if _, err := w.Profile(t.Context(), c.key, c.id, p.ID); err != nil {
		t.Errorf("read: %v", err)
	}
	_, err := w.WriteProfile(t.Context(), c.key, c.id, p)
	if v := w.failed(t, err); !v.Denied || v.Effect != ztp.EffectRefused {
		t.Errorf("write profile: %s", v)
	}
	_, err = w.WriteEndpoint(t.Context(), c.key, c.id, endpoint(phone))
	if v := w.failed(t, err); !v.Denied || v.Effect != ztp.EffectRefused {
		t.Errorf("write phone: %s", v)
	}
}

// Whether the reseller may write below its child is tried, never assumed.
func TestVendor_ParentWritesBelowChild(t *testing.T) {
	t.Parallel()
	for _, may := range []bool{true, false} {
		w := newWorld(t, srapssim.Options{ChildWrites: may})
		c := w.customer(srapssim.DefaultRole)
		p := w.profile(c)
		p.Enabled = false
		_, err := w.WriteProfile(t.Context(), w.reseller, c.id, p)
		if denied := err != nil && ztp.VendorErrorOf(err).Denied; denied == may {
			t.Errorf("may %v: profile: %v", may, err)
		}
		_, err = w.WriteEndpoint(t.Context(), w.reseller, c.id, endpoint(phone))
		if denied := err != nil && ztp.VendorErrorOf(err).Denied; denied == may {
			t.Errorf("may %v: phone: %v", may, err)
		}
	}
}

// A new key may be refused for a while.
func TestVendor_NewKeyNotYetKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{KeyDelay: 10 * time.Second})
	c := w.customer(srapssim.DefaultRole)
	k, secret, err := w.CreateCredential(t.Context(), w.reseller, c.id, "x")
	if err != nil {
		t.Fatal(err)
	}
	by := ztp.APIKey{ID: k.ID, Secret: secret}
	_, err = w.WhoAmI(t.Context(), by)
	if v := w.failed(t, err); !v.Unauthorized {
		t.Errorf("at once: %s", v)
	}
	w.clock.Advance(11 * time.Second)
	if _, err := w.WhoAmI(t.Context(), by); err != nil {
		t.Errorf("later: %v", err)
	}
}

// Our clock is wrong: corrected where the service proves its own, else named.
func TestVendor_ClockSkew(t *testing.T) {
	t.Parallel()
	for _, silent := range []bool{false, true} {
		w := newWorld(t, srapssim.Options{NoStaleAnswer: silent})
		v := w.adapter(t, func(c *snom.Config) { c.Now = func() time.Time { return w.clock.Now().Add(-10 * time.Minute) } })
		_, err := v.WhoAmI(t.Context(), w.reseller)
		if !silent {
			if err != nil {
				t.Errorf("proven: %v", err)
			}
			continue
		}
		if e := w.failed(t, err); e.Code != ztp.CodeClockSkew || !strings.Contains(e.Detail, "600 s") {
			t.Errorf("not proven: %s", e)
		}
	}
}

// Links may name another host: followed where that is allowed, else nothing is
// written and nothing unknown.
func TestVendor_SecondHost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, srapssim.Options{LinkHost: "second.example"})
	_, err := w.CreateCompany(t.Context(), w.reseller, "Acme")
	if v := w.failed(t, err); v.Effect == ztp.EffectUnknown || len(w.sim.Mutations()) != 0 {
		t.Errorf("not allowed: %s", v)
	}
	// In memory, because the name has no address.
	v := w.adapter(t, func(c *snom.Config) {
		c.LinkHosts, c.Transport = []string{"second.example"}, inMemory{w.sim.Handler()}
	})
	made, err := v.CreateCompany(t.Context(), w.reseller, "Acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := v.CreateCredential(t.Context(), w.reseller, made.ID, "x"); err != nil {
		t.Error(err)
	}
}

// inMemory serves requests without a network.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	q := r.Clone(r.Context())
	q.Host, q.RequestURI = r.URL.Host, r.URL.RequestURI()
	m.ServeHTTP(w, q)
	res := w.Result()
	res.Request = r
	return res, nil
}
