package orchestrator

import (
	"context"
	"errors"
	"slices"
	"time"

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
		return r.asTheRowSays(ctx, e, toResume, func(e ztp.Endpoint) error { return r.resumePhone(ctx, reg, e) })
	}, func(e ztp.Endpoint) error { return r.rewriteChanged(ctx, reg, e) }, ztp.EndpointWanted, ztp.EndpointPaused)
	if errors.Is(err, errTakenOver) {
		r.stepNote(ztp.StepResumePhones, "A Disable took over; the phones left stay paused until the next Onboard.")
		return nil
	}
	if err == nil && r.op.Data.Handled+len(r.op.Data.Failed) > 0 {
		r.stepNote(ztp.StepResumePhones, "%d redirected again%s", r.op.Data.Handled, describeFailed(r.op.Data.Failed))
	}
	return err
}

// toResume reports whether a Disable paused the phone, or a try to redirect it again
// was cut short.
func toResume(e ztp.Endpoint) bool {
	return !e.WantPaused && (e.State == ztp.EndpointPaused || e.State == ztp.EndpointWanted && e.PausedBy != "")
}

// maxRereads is how often in a row a phone may be changed while an operation for many
// is about to write it, before that leaves it for a moment.
const maxRereads = 5

// asTheRowSays lets write have the phone as its row is now, as long as it applies: the
// list that it comes from may be old by the time that its turn comes.
func (r *run) asTheRowSays(ctx context.Context, e ztp.Endpoint, applies func(ztp.Endpoint) bool, write func(ztp.Endpoint) error) error {
	for range maxRereads {
		if !applies(e) {
			return nil
		}
		err := write(e)
		if !errors.Is(err, errOutdated) {
			return err
		}
		if e, err = r.o.cfg.Store.Endpoint(ctx, r.op.Platform, e.MAC); err != nil {
			return &storeError{err}
		}
	}
	return &rest{until: r.o.now().Add(time.Second), reason: "Phone " + e.MAC.String() + " is being changed"}
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
		err = r.phoneRefused(ctx, e.MAC, err)
	}
	return err
}

// phoneRefused records the refusal on the row as it is by now: it was marked as on its
// way meanwhile.
func (r *run) phoneRefused(ctx context.Context, mac ztp.MAC, cause error) error {
	e, err := r.o.cfg.Store.Endpoint(ctx, r.op.Platform, mac)
	if err != nil {
		return &storeError{err}
	}
	return r.endpointFailed(ctx, e, cause)
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
	applies := func(e ztp.Endpoint) bool { return e.State == ztp.EndpointListed || e.State == ztp.EndpointPaused }
	err = r.eachEndpoint(ctx, func(e ztp.Endpoint) error {
		return r.asTheRowSays(ctx, e, applies, func(e ztp.Endpoint) error { return r.rewritePhone(ctx, reg, e) })
	},
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
		err = r.phoneRefused(ctx, e.MAC, err)
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
			err = r.phoneRefused(ctx, e.MAC, err)
		}
		r.op.Data.Handled = handled
		return err
	}
	return r.giveUp(ctx, reg, key, e)
}
