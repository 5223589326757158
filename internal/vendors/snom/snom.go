// Package snom is the adapter for Snom SRAPS: it implements ztp.Vendor and the
// abilities beside it on the wire client in package sraps, and writes the settings
// files of Snom desk phones.
//
// It translates: wire types to the domain's, wire errors to codes and to what is
// known of a mutating call (classify.go, the one place where that is decided). It
// never sequences calls for a purpose, never retries, and keeps only caches.
package snom

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"zerotouch.example/internal/vendors/snom/sraps"
	"zerotouch.example/internal/ztp"
)

// Config says where SRAPS is and how it is used. The zero value is the live
// service without a rate limit.
type Config struct {
	// BaseURL is ZEROTOUCH_SNOM_BASE_URL; the live service when "".
	BaseURL string
	// LinkHosts are further hosts that links may name.
	LinkHosts []string
	// AllowPrivate lets BaseURL be plain http or a private address.
	AllowPrivate bool
	// Proxy is an explicit HTTP proxy.
	Proxy *url.URL
	// Rate is calls per second for the whole process, Burst how many at once; a
	// rate of 0 is no limit.
	Rate  float64
	Burst int
	// Pace replaces Rate and Burst where other processes call too: it is asked before
	// every request, and Throttled told when SRAPS asks for a wait. Both may be nil.
	Pace      func(context.Context) error
	Throttled func(time.Duration)
	// Role is the name or id of the role that new keys get, when the reseller
	// credential itself names none.
	Role string
	// ProductGroups are those for which a profile is kept; D-Series when empty.
	ProductGroups []string
	// Country and City go into new companies.
	Country, City string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Transport replaces the connection part, for tests.
	Transport http.RoundTripper
}

// The times of the capability sheet. Neither is documented; both are the
// generous side of what other services of the kind need.
const (
	settle      = 30 * time.Second
	propagation = 30 * time.Second
)

// knownGroups are the product groups seen at SRAPS (client code in production).
var knownGroups = []string{"D-Series", "C-Series", "M-Series", "MSC-Series"}

// calls is how many requests an operation takes in a process that has been running for
// a while, phones not counted. A test in package campaign counts them.
var calls = map[ztp.OperationKind]int{ztp.KindOnboard: 9, ztp.KindRotate: 9, ztp.KindAdopt: 8}

// Vendor is the adapter. It is safe for concurrent use.
type Vendor struct {
	cfg     Config
	client  *sraps.Client
	limiter *rate.Limiter

	fetching chan struct{} // held while the catalogue is read

	mu        sync.Mutex
	catalogue *catalogue        // nil before it was read, and after a refused write
	own       map[string]string // company id by key id
	// goneProfiles are ids of profiles that endpoints still name and nobody has any
	// more; ids never come back.
	goneProfiles map[string]bool

	roles roles
}

var (
	_ ztp.Vendor             = (*Vendor)(nil)
	_ ztp.CredentialVerifier = (*Vendor)(nil)
	_ ztp.CompanyKeeper      = (*Vendor)(nil)
	_ ztp.ProfileKeeper      = (*Vendor)(nil)
	_ ztp.ProfileRemover     = (*Vendor)(nil)
	_ ztp.EndpointRegistrar  = (*Vendor)(nil)
	_ ztp.BulkRegistrar      = (*Vendor)(nil)
	_ ztp.SettingsRenderer   = (*Vendor)(nil)
)

// New checks the configuration. It connects to nothing.
func New(cfg Config) (*Vendor, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if len(cfg.ProductGroups) == 0 {
		cfg.ProductGroups = []string{"D-Series"}
	}
	v := &Vendor{cfg: cfg, fetching: make(chan struct{}, 1), own: map[string]string{}, goneProfiles: map[string]bool{}}
	if cfg.Rate > 0 && cfg.Pace == nil {
		v.limiter = rate.NewLimiter(rate.Limit(cfg.Rate), max(cfg.Burst, 1))
	}
	var err error
	v.client, err = sraps.New(sraps.Config{
		BaseURL: cfg.BaseURL, LinkHosts: cfg.LinkHosts, AllowPrivate: cfg.AllowPrivate,
		Proxy: cfg.Proxy, Before: v.pace, Throttled: cfg.Throttled, Now: cfg.Now, Transport: cfg.Transport,
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Describe returns what the adapter declares.
func (v *Vendor) Describe() ztp.VendorInfo {
	groups := slices.Clone(v.cfg.ProductGroups)
	return ztp.VendorInfo{
		Name: "snom", Title: "Snom", Service: "Snom SRAPS",
		CanCreateCompanies: true, Labels: true, RejectedBefore429: true, Rate: v.cfg.Rate, Calls: calls,
		Settle: settle, Propagation: propagation,
		// The limiter's wait is outside the call's own limit.
		CallTimeout: sraps.CallTimeout + 5*time.Second,
		OUIs:        []string{"000413", "00087B"}, ProductGroups: groups, KnownProductGroups: knownGroups,
	}
}

// wire turns a key pair into the wire client's.
func wire(k ztp.APIKey) sraps.Key { return sraps.Key{ID: k.ID, Secret: k.Secret.RevealSecret()} }

// pace waits for the rate limit; the wire client calls it before every request.
// Nothing was sent when it fails.
func (v *Vendor) pace(ctx context.Context) error {
	if v.cfg.Pace != nil {
		return v.cfg.Pace(ctx)
	}
	if v.limiter == nil {
		return nil
	}
	if err := v.limiter.Wait(ctx); err != nil {
		return &ztp.VendorError{Code: ztp.CodeVendorRateLimited, Effect: ztp.EffectNotSent, Temporary: true,
			Detail: "Too many calls wait for the limit of ZEROTOUCH_SNOM_RATE.", Err: err}
	}
	return nil
}

// WhoAmI returns the company of the key that signs.
func (v *Vendor) WhoAmI(ctx context.Context, by ztp.APIKey) (ztp.VendorCompany, error) {
	id, err := v.client.OwnCompany(ctx, wire(by))
	if err != nil {
		return ztp.VendorCompany{}, read(err)
	}
	v.mu.Lock()
	v.own[by.ID] = id
	v.mu.Unlock()
	return ztp.VendorCompany{ID: id}, nil
}

// ownCompany is WhoAmI from memory: a key belongs to one company for ever.
func (v *Vendor) ownCompany(ctx context.Context, by ztp.APIKey) (string, error) {
	v.mu.Lock()
	id, ok := v.own[by.ID]
	v.mu.Unlock()
	if ok {
		return id, nil
	}
	c, err := v.WhoAmI(ctx, by)
	return c.ID, err
}

// ListCompanies returns the reseller's children.
func (v *Vendor) ListCompanies(ctx context.Context, reseller ztp.APIKey) ([]ztp.VendorCompany, error) {
	own, err := v.ownCompany(ctx, reseller)
	if err != nil {
		return nil, err
	}
	all, err := v.client.Children(ctx, wire(reseller), own)
	if sraps.IsNotOffered(err) {
		return nil, cannot(err)
	}
	if err != nil {
		return nil, read(err)
	}
	out := make([]ztp.VendorCompany, 0, len(all))
	for _, o := range all {
		if id := o.Text("uuid"); id != "" && id != own {
			out = append(out, ztp.VendorCompany{ID: id, Name: o.Text("name")})
		}
	}
	return out, nil
}

// Company returns one company by id.
func (v *Vendor) Company(ctx context.Context, by ztp.APIKey, id string) (ztp.VendorCompany, error) {
	o, err := v.client.Company(ctx, wire(by), id)
	if err != nil {
		return ztp.VendorCompany{}, read(err)
	}
	return ztp.VendorCompany{ID: o.Text("uuid"), Name: o.Text("name")}, nil
}

// CreateCompany makes a child of the reseller's company.
func (v *Vendor) CreateCompany(ctx context.Context, reseller ztp.APIKey, name string) (ztp.VendorCompany, error) {
	own, err := v.ownCompany(ctx, reseller)
	if err != nil {
		return ztp.VendorCompany{}, before(err)
	}
	o, err := v.client.CreateCompany(ctx, wire(reseller), own, name, cmp.Or(v.cfg.Country, "DE"), cmp.Or(v.cfg.City, "Berlin"))
	if sraps.IsNotOffered(err) {
		return ztp.VendorCompany{}, cannot(err)
	}
	if err != nil {
		return ztp.VendorCompany{}, write(err)
	}
	return ztp.VendorCompany{ID: o.Text("uuid"), Name: cmp.Or(o.Text("name"), name)}, nil
}

// ListCredentials returns every key of the company.
func (v *Vendor) ListCredentials(ctx context.Context, by ztp.APIKey, company string) ([]ztp.VendorKey, error) {
	all, err := v.client.Tokens(ctx, wire(by), company)
	if sraps.IsNotOffered(err) {
		return nil, v.missing(ctx, by, company, err)
	}
	if err != nil {
		return nil, read(err)
	}
	out := make([]ztp.VendorKey, 0, len(all))
	for _, o := range all {
		out = append(out, ztp.VendorKey{ID: o.Text("id"), Name: o.Text("name"), Role: o.Text("role")})
	}
	return out, nil
}

// CreateCredential makes a key with a role in the company.
func (v *Vendor) CreateCredential(ctx context.Context, by ztp.APIKey, company, label string) (ztp.VendorKey, ztp.Secret, error) {
	role, err := v.role(ctx, by, company)
	if err != nil {
		return ztp.VendorKey{}, ztp.Secret{}, before(err)
	}
	id, secret, err := v.client.CreateToken(ctx, wire(by), company, label, role)
	if refusedValue(err) {
		v.roles.forget()
	}
	switch {
	case sraps.IsNotOffered(err):
		return ztp.VendorKey{}, ztp.Secret{}, v.missing(ctx, by, company, err)
	case err != nil:
		return ztp.VendorKey{}, ztp.Secret{}, write(err)
	}
	return ztp.VendorKey{ID: id, Name: label, Role: role}, ztp.NewSecret(secret), nil
}

// RevokeCredential deletes a key; one that is gone counts as done.
func (v *Vendor) RevokeCredential(ctx context.Context, by ztp.APIKey, company, id string) error {
	err := v.client.DeleteToken(ctx, wire(by), company, id)
	switch {
	case err == nil, sraps.IsNotFound(err):
		return nil
	case sraps.IsNotOffered(err):
		return cannot(err)
	}
	return write(err)
}

// missing tells why a company has no collection of keys: the company is gone, or
// keys are made in the portal alone. The first counts as done where keys are to be
// removed, so the difference is asked for.
func (v *Vendor) missing(ctx context.Context, by ztp.APIKey, company string, err error) error {
	_, cerr := v.client.Company(ctx, wire(by), company)
	switch {
	case cerr == nil:
		return cannot(err)
	case sraps.IsNotFound(cerr):
		return companyRead(cerr)
	}
	return before(read(cerr))
}
