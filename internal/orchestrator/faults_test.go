package orchestrator_test

import (
	"context"
	"sync"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

// A fault in these wrappers strikes at the nth call or commit of a process.

type callFault string

const (
	killBeforeCall callFault = "killed before the call"
	killAfterCall  callFault = "killed after the call"
	loseRequest    callFault = "request lost"
	loseAnswer     callFault = "applied, answer lost"
	failBefore     callFault = "refused for now"
	// hookBefore and hookAfter run the world's hook there and go on.
	hookBefore callFault = "before the call"
	hookAfter  callFault = "after the call"
)

type killed struct{}

// counter strikes at the nth time, from 1; 0 never.
type counter struct {
	mu   sync.Mutex
	n    int
	at   int
	seen []string
}

func (c *counter) next(name string) (strikes bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	c.seen = append(c.seen, name)
	return c.n == c.at
}

// struck is the point at which it strikes: where calls go out beside each other it may be
// another one than in the run without faults.
func (c *counter) struck() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[c.at-1]
}

func (c *counter) disarm() { c.mu.Lock(); c.at = 0; c.mu.Unlock() }

// faultyVendor is the real adapter with faults between it and the orchestrator.
type faultyVendor struct {
	inner *snom.Vendor
	counter
	fault callFault
	// before is called before each call.
	before func()
	// refusal is the answer to a list of the keys of the company refuseKeysOf.
	refuseKeysOf string
	refusal      *ztp.VendorError
	hook         func()
}

func (f *faultyVendor) do(name string, mutates bool, call func() error) error {
	if f.before != nil {
		f.before()
	}
	if !f.next(name) {
		return call()
	}
	switch f.fault {
	case hookBefore:
		f.hook()
		return call()
	case hookAfter:
		err := call()
		f.hook()
		return err
	case killBeforeCall:
		panic(killed{})
	case killAfterCall:
		_ = call()
		panic(killed{})
	case loseAnswer:
		if err := call(); err != nil {
			return err
		}
		if !mutates {
			return &ztp.VendorError{Code: ztp.CodeVendorUnavailable, Effect: ztp.EffectUnknown, Temporary: true}
		}
		return &ztp.VendorError{Code: ztp.CodeOutcomeUnknown, Effect: ztp.EffectUnknown}
	case failBefore:
		return &ztp.VendorError{Code: ztp.CodeVendorRateLimited, Effect: ztp.EffectLimited, Temporary: true}
	}
	return &ztp.VendorError{Code: ztp.CodeVendorUnreachable, Effect: ztp.EffectNotSent, Temporary: true}
}

func (f *faultyVendor) Describe() ztp.VendorInfo { return f.inner.Describe() }

func (f *faultyVendor) CreateCredential(ctx context.Context, by ztp.APIKey, company, label string) (k ztp.VendorKey, s ztp.Secret, err error) {
	err = f.do("CreateCredential", true, func() (e error) { k, s, e = f.inner.CreateCredential(ctx, by, company, label); return e })
	if err != nil {
		return ztp.VendorKey{}, ztp.Secret{}, err
	}
	return k, s, nil
}

func (f *faultyVendor) ListCredentials(ctx context.Context, by ztp.APIKey, company string) (k []ztp.VendorKey, err error) {
	if f.refusal != nil && company == f.refuseKeysOf {
		return nil, f.refusal
	}
	err = f.do("ListCredentials", false, func() (e error) { k, e = f.inner.ListCredentials(ctx, by, company); return e })
	return k, err
}

func (f *faultyVendor) RevokeCredential(ctx context.Context, by ztp.APIKey, company, id string) error {
	return f.do("RevokeCredential", true, func() error { return f.inner.RevokeCredential(ctx, by, company, id) })
}

func (f *faultyVendor) WhoAmI(ctx context.Context, by ztp.APIKey) (c ztp.VendorCompany, err error) {
	err = f.do("WhoAmI", false, func() (e error) { c, e = f.inner.WhoAmI(ctx, by); return e })
	return c, err
}

func (f *faultyVendor) ListCompanies(ctx context.Context, by ztp.APIKey) (c []ztp.VendorCompany, err error) {
	err = f.do("ListCompanies", false, func() (e error) { c, e = f.inner.ListCompanies(ctx, by); return e })
	return c, err
}

func (f *faultyVendor) Company(ctx context.Context, by ztp.APIKey, id string) (c ztp.VendorCompany, err error) {
	err = f.do("Company", false, func() (e error) { c, e = f.inner.Company(ctx, by, id); return e })
	return c, err
}

func (f *faultyVendor) CreateCompany(ctx context.Context, by ztp.APIKey, name string) (c ztp.VendorCompany, err error) {
	err = f.do("CreateCompany", true, func() (e error) { c, e = f.inner.CreateCompany(ctx, by, name); return e })
	return c, err
}

func (f *faultyVendor) ListProfiles(ctx context.Context, by ztp.APIKey, company string) (p []ztp.VendorProfile, err error) {
	err = f.do("ListProfiles", false, func() (e error) { p, e = f.inner.ListProfiles(ctx, by, company); return e })
	return p, err
}

func (f *faultyVendor) Profile(ctx context.Context, by ztp.APIKey, company, id string) (p ztp.VendorProfile, err error) {
	err = f.do("Profile", false, func() (e error) { p, e = f.inner.Profile(ctx, by, company, id); return e })
	return p, err
}

func (f *faultyVendor) CreateProfile(ctx context.Context, by ztp.APIKey, company string, in ztp.VendorProfile) (p ztp.VendorProfile, err error) {
	err = f.do("CreateProfile", true, func() (e error) { p, e = f.inner.CreateProfile(ctx, by, company, in); return e })
	return p, err
}

func (f *faultyVendor) WriteProfile(ctx context.Context, by ztp.APIKey, company string, in ztp.VendorProfile) (p ztp.VendorProfile, err error) {
	err = f.do("WriteProfile", true, func() (e error) { p, e = f.inner.WriteProfile(ctx, by, company, in); return e })
	return p, err
}

func (f *faultyVendor) Endpoint(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC) (x ztp.VendorEndpoint, err error) {
	err = f.do("Endpoint", false, func() (e error) { x, e = f.inner.Endpoint(ctx, by, company, mac); return e })
	return x, err
}

func (f *faultyVendor) WriteEndpoint(ctx context.Context, by ztp.APIKey, company string, in ztp.VendorEndpoint) (x ztp.VendorEndpoint, err error) {
	err = f.do("WriteEndpoint", true, func() (e error) { x, e = f.inner.WriteEndpoint(ctx, by, company, in); return e })
	return x, err
}

func (f *faultyVendor) ListEndpoints(ctx context.Context, by ztp.APIKey, company, cursor string) (page []ztp.VendorEndpoint, next string, err error) {
	err = f.do("ListEndpoints", false, func() (e error) { page, next, e = f.inner.ListEndpoints(ctx, by, company, cursor); return e })
	return page, next, err
}

func (f *faultyVendor) ListWhole(ctx context.Context, by ztp.APIKey, company, cursor string) (page []ztp.WholeEndpoint, next string, err error) {
	err = f.do("ListWhole", false, func() (e error) { page, next, e = f.inner.ListWhole(ctx, by, company, cursor); return e })
	return page, next, err
}

func (f *faultyVendor) Whole(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC) (x ztp.WholeEndpoint, err error) {
	err = f.do("Whole", false, func() (e error) { x, e = f.inner.Whole(ctx, by, company, mac); return e })
	return x, err
}

func (f *faultyVendor) Overwrite(ctx context.Context, by ztp.APIKey, company string, in ztp.VendorEndpoint, have ztp.WholeEndpoint) error {
	return f.do("Overwrite", true, func() error { return f.inner.Overwrite(ctx, by, company, in, have) })
}

func (f *faultyVendor) DeleteEndpoint(ctx context.Context, by ztp.APIKey, company string, mac ztp.MAC) error {
	return f.do("DeleteEndpoint", true, func() error { return f.inner.DeleteEndpoint(ctx, by, company, mac) })
}

func (f *faultyVendor) DeleteProfile(ctx context.Context, by ztp.APIKey, company, id string) error {
	return f.do("DeleteProfile", true, func() error { return f.inner.DeleteProfile(ctx, by, company, id) })
}

// nopVendor is a second, made-up vendor: nothing may ever reach it.
type nopVendor struct{}

func (nopVendor) Describe() ztp.VendorInfo {
	return ztp.VendorInfo{Name: "other", Title: "Other", Service: "Other RPS"}
}
func (nopVendor) CreateCredential(context.Context, ztp.APIKey, string, string) (ztp.VendorKey, ztp.Secret, error) {
	panic("called")
}
func (nopVendor) ListCredentials(context.Context, ztp.APIKey, string) ([]ztp.VendorKey, error) {
	panic("called")
}
func (nopVendor) RevokeCredential(context.Context, ztp.APIKey, string, string) error { panic("called") }
