package orchestrator

import (
	"context"

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
		return r.asTheRowSays(ctx, e, func(e ztp.Endpoint) error { return r.resumePhone(ctx, reg, e) })
	}, func(e ztp.Endpoint) error { return r.rewriteChanged(ctx, reg, e) }, ztp.EndpointWanted, ztp.EndpointPaused)
	if isRest(err) {
		if over, ferr := r.takenOver(ctx); over || ferr != nil {
			return ferr
		}
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

// takenOver reports whether a Disable has begun, which ends the resuming of phones: it
// pauses those that are left. As long as it has to know what this operation left in
// doubt, the operation stays open.
func (r *run) takenOver(ctx context.Context) (bool, error) {
	if r.link.Active != 0 && r.link.State != ztp.LinkDisabling {
		return false, nil
	}
	if err := r.flush(ctx); err != nil { // which may bring doubts to light
		return false, err
	}
	until, phones := r.doubts(r.op)
	if len(phones) > 0 || r.o.now().Before(until) {
		return false, nil
	}
	r.stepNote(ztp.StepResumePhones, "A Disable took over; the phones left stay paused until the next Onboard.")
	return true, nil
}

// resumePhone resumes one, if that is still wished.
func (r *run) resumePhone(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.Endpoint) error {
	if !toResume(e) {
		return nil
	}
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	return r.putOrRefuse(ctx, reg, key, e)
}

// writePhones brings the platform's present address into every listed phone.
func (r *run) writePhones(ctx context.Context) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	err = r.eachEndpoint(ctx, func(e ztp.Endpoint) error {
		return r.asTheRowSays(ctx, e, func(e ztp.Endpoint) error { return r.rewritePhone(ctx, reg, e) })
	}, func(e ztp.Endpoint) error { return r.rewriteChanged(ctx, reg, e) }, ztp.EndpointListed, ztp.EndpointPaused)
	if err != nil {
		return err
	}
	r.stepNote(ztp.StepWritePhones, "%d written%s", r.op.Data.Handled, describeFailed(r.op.Data.Failed))
	return nil
}

// rewritePhone writes one phone unless the vendor has the present address already.
func (r *run) rewritePhone(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.Endpoint) error {
	if e.State != ztp.EndpointListed && e.State != ztp.EndpointPaused || e.Found {
		return nil // one that was adopted with another address keeps it until somebody fixes it
	}
	t, acc, _, err := r.fill(ctx, e.Account)
	if err != nil {
		return err
	}
	if e.AddressTemplate == t.ForPhone().String() && e.AddressTokenID == acc.TokenID {
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
	return r.putOrRefuse(ctx, reg, key, e)
}

// rewriteChanged brings the vendor to what the row says of a phone that somebody
// changed, or gave up, while this operation was writing it: which of the two writes
// came last is not known.
func (r *run) rewriteChanged(ctx context.Context, reg ztp.EndpointRegistrar, e ztp.Endpoint) error {
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	if e.State != ztp.EndpointReleased {
		handled := r.op.Data.Handled // it was counted when it was written first
		err = r.putOrRefuse(ctx, reg, key, e)
		r.op.Data.Handled = handled
		return err
	}
	return r.giveUp(ctx, reg, key, e)
}
