package orchestrator

import (
	"context"
	"errors"
	"slices"

	"zerotouch.example/internal/ztp"
)

// resumePhones redirects again what a Disable paused. A refused phone becomes
// failed and is named; the Onboard itself stands. When a Disable has begun
// meanwhile, the rest stays paused for the next Onboard.
func (r *run) resumePhones(ctx context.Context) error {
	reg, ok := r.vendor.(ztp.EndpointRegistrar)
	if !ok {
		return nil
	}
	if r.link.Active == 0 {
		return nil
	}
	err := r.eachEndpoint(ctx, func(e ztp.Endpoint) error {
		if e.WantPaused {
			return nil
		}
		return r.resumePhone(ctx, reg, e)
	}, func(e ztp.Endpoint) error { return r.rewriteChanged(ctx, reg, e) }, ztp.EndpointPaused)
	if errors.Is(err, errTakenOver) {
		r.stepNote(ztp.StepResumePhones, "A Disable took over; the phones left stay paused until the next Onboard.")
		return nil
	}
	if err == nil && r.op.Data.Handled+len(r.op.Data.Failed) > 0 {
		r.stepNote(ztp.StepResumePhones, "%d redirected again%s", r.op.Data.Handled, describeFailed(r.op.Data.Failed))
	}
	return err
}

// errTakenOver ends the resuming of phones.
var errTakenOver = errors.New("a Disable has begun")

// resumePhone resumes one, unless a Disable has taken over.
func (r *run) resumePhone(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.Endpoint) error {
	release, key, err := r.use(ctx)
	if isRest(err) {
		return errTakenOver
	}
	if err != nil {
		return err
	}
	defer release()
	if err = r.put(ctx, reg, key, e); err != nil && definite(err) {
		err = r.endpointFailed(ctx, e, err)
	}
	return err
}

// definite reports whether the error is a refusal of this one object, not of the
// key and not something that passes.
func definite(err error) bool {
	if isStoreError(err) || isRest(err) || err == errStopped {
		return false
	}
	if e, ok := err.(*end); ok {
		return slices.Contains([]ztp.Code{ztp.CodeEndpointTaken, ztp.CodeVendorRejected, ztp.CodeProvisioningTokenMissing}, ztp.CodeOf(e.err))
	}
	v := ztp.VendorErrorOf(err)
	return v.Effect == ztp.EffectRefused && !v.Temporary && !v.Unauthorized
}

// writePhones brings the platform's present address into every listed phone.
func (r *run) writePhones(ctx context.Context) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	err = r.eachEndpoint(ctx, func(e ztp.Endpoint) error { return r.rewritePhone(ctx, reg, e) },
		func(e ztp.Endpoint) error { return r.rewriteChanged(ctx, reg, e) }, ztp.EndpointListed, ztp.EndpointPaused)
	if errors.Is(err, errTakenOver) {
		err = r.waitFor("a Disable of this platform is running; this goes on after it is onboarded again")
	}
	if err != nil {
		return err
	}
	r.stepNote(ztp.StepWritePhones, "%d written%s", r.op.Data.Handled, describeFailed(r.op.Data.Failed))
	return nil
}

// rewritePhone writes one phone unless the vendor has the present address already.
func (r *run) rewritePhone(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.Endpoint) error {
	t, acc, _, err := r.fill(ctx, e.Account)
	if err != nil {
		return err
	}
	if e.AddressTemplate == t.String() && e.AddressTokenID == acc.TokenID {
		return nil
	}
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	paused := e.State == ztp.EndpointPaused
	if paused && !e.WantPaused {
		return nil // the next Onboard writes it with the address of that time
	}
	if err = r.put(ctx, reg, key, e); err != nil && definite(err) {
		err = r.endpointFailed(ctx, e, err)
	}
	return err
}

// rewriteChanged brings the vendor to what the row says of a phone that somebody
// changed, or gave up, while this operation was writing it: which of the two writes
// came last is not known.
func (r *run) rewriteChanged(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.Endpoint) error {
	release, key, err := r.use(ctx)
	if isRest(err) {
		return errTakenOver
	}
	if err != nil {
		return err
	}
	defer release()
	if e.State != ztp.EndpointReleased {
		handled := r.op.Data.Handled // it was counted when it was written first
		if err = r.put(ctx, reg, key, e); err != nil && definite(err) {
			err = r.endpointFailed(ctx, e, err)
		}
		r.op.Data.Handled = handled
		return err
	}
	if err := r.intent(ctx, "release_endpoint", e.MAC.String(), nil); err != nil {
		return err
	}
	err = r.call(ctx, func(ctx context.Context) error {
		return reg.DeleteEndpoint(ctx, key, r.link.CompanyID, e.MAC)
	})
	if err != nil && !ztp.IsVendorNotFound(err) {
		return err
	}
	r.settled(true)
	return nil
}
