package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// Companies reads which companies the reseller has at a vendor. Like an operation it
// uses a reseller credential only when that belongs to the account with which this
// installation began.
func (o *Orchestrator) Companies(ctx context.Context, v ztp.VendorName) ([]ztp.VendorCompany, error) {
	keeper, ok := o.vendors[v].(ztp.CompanyKeeper)
	if !ok {
		return nil, &ztp.Error{Code: ztp.CodeVendorCannot}
	}
	key, err := o.cfg.Reseller.Reseller(ctx, v)
	if err != nil {
		return nil, err
	}
	if err := o.pin(ctx, v, key, func(ctx context.Context, f func(context.Context) error) error { return f(ctx) }); err != nil {
		return nil, resellerRefused(err)
	}
	companies, err := keeper.ListCompanies(ctx, key)
	return companies, resellerRefused(err)
}

// pin makes sure that the reseller credential belongs to the account with which this
// installation began. A key belongs to one company for ever, so each is asked once per
// process, by call.
func (o *Orchestrator) pin(ctx context.Context, v ztp.VendorName, key ztp.APIKey, call func(context.Context, func(context.Context) error) error) error {
	id := string(v) + "/" + key.ID
	o.mu.Lock()
	known := o.pinned[id]
	o.mu.Unlock()
	verifier, ok := o.vendors[v].(ztp.CredentialVerifier)
	if known || !ok {
		return nil
	}
	var own ztp.VendorCompany
	err := call(ctx, func(ctx context.Context) (err error) {
		own, err = verifier.WhoAmI(ctx, key)
		return err
	})
	if err != nil {
		return err
	}
	err = o.cfg.Store.PinAccount(ctx, v, own.ID)
	if err != nil && !ztp.IsCode(err, ztp.CodeResellerCredentialsOtherAccount) {
		err = &storeError{err}
	}
	if err != nil {
		return err
	}
	o.mu.Lock()
	o.pinned[id] = true
	o.mu.Unlock()
	return nil
}

// resellerRefused names the reseller credential as the cause where the vendor refuses
// the key itself.
func resellerRefused(err error) error {
	if keyRefused(err) {
		return &ztp.Error{Code: ztp.CodeResellerCredentialsRejected, Detail: ztp.VendorErrorOf(err).Detail, Err: err}
	}
	return err
}
