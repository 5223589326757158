package orchestrator

import (
	"context"
	"errors"

	"zerotouch.example/internal/ztp"
)

// A replace writes the new phone first and retires the old one only after that is
// confirmed, so that whatever comes between, the desk has a phone that finds us. The
// operation's own phone is the new one; the old one is what it holds beside it.

// writeNew registers the phone that takes an old one's place. Refused, it is as if it
// had never been asked for.
func (r *run) writeNew(ctx context.Context) error {
	err := r.writeEndpoint(ctx)
	if err == nil || isStoreError(err) || isRest(err) || !refusedForGood(err) {
		return err
	}
	if !r.mayBeWritten(err) {
		return err
	}
	r.op.Data.Refused = ztp.ProblemOf(err, r.o.now(), r.op.Actor.RequestID)
	return r.turn(ztp.StepWriteNew, ztp.StepUndoNew, "The new phone is taken off again")
}

// mayBeWritten reports whether the vendor may have taken a phone that it refused in the
// end: an earlier write got no answer, or it was taken and reads back otherwise.
func (r *run) mayBeWritten(err error) bool {
	var v *ztp.VendorError
	return !ztp.IsCode(err, ztp.CodeEndpointTaken) && (!r.op.Data.Unsettled.IsZero() || ztp.IsCode(err, ztp.CodeVendorRejected) && !errors.As(err, &v))
}

// turn leaves a step undone, and goes on with another one that comes last.
func (r *run) turn(from, to, reason string) error {
	for i := range r.op.Steps {
		if s := &r.op.Steps[i]; s.State == ztp.StepPending || s.Name == from {
			s.State, s.At = ztp.StepSkipped, r.o.now()
		}
	}
	if s := r.op.Step(to); s != nil {
		s.State = ztp.StepPending
	} else {
		r.op.Steps = append(r.op.Steps, ztp.Step{Name: to, State: ztp.StepPending})
	}
	r.op.Attempt = 0
	return &rest{until: r.o.now(), reason: reason}
}

// undoNew takes the new phone off again at the vendor.
func (r *run) undoNew(ctx context.Context) error {
	e, err := r.phone(ctx, r.op.MAC)
	if err != nil {
		return err
	}
	if _, err := r.deletePhone(ctx, e); err != nil {
		return err
	}
	r.op.Data.Undone = true
	return fail(r.op.Data.Refused.Err())
}

// deletePhone gives a MAC up with the link's own key. held is false when the vendor had
// nothing under it.
func (r *run) deletePhone(ctx context.Context, e ztp.Endpoint) (held bool, err error) {
	reg, err := r.registrar()
	if err != nil {
		return false, err
	}
	release, key, err := r.use(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	if err := r.intent(ctx, intentRelease, e.MAC.String(), nil); err != nil {
		return false, err
	}
	err = r.call(ctx, func(ctx context.Context) error {
		return reg.DeleteEndpoint(ctx, key, r.link.CompanyID, e.MAC)
	})
	switch {
	case err == nil, ztp.IsVendorNotFound(err):
		r.settled(err == nil)
		return err == nil, nil
	case keyRefused(err):
		return false, r.activeRefused(ctx, err)
	}
	return false, err
}

// retireOld releases the old phone, or pauses it. The two rows point at each other and
// the wish to pause is committed before anything is sent.
func (r *run) retireOld(ctx context.Context) error {
	old, err := r.phone(ctx, r.op.Also.MAC)
	if err != nil || old.State == ztp.EndpointReleased {
		return err
	}
	if old.ReplacedBy != r.op.MAC || old.WantPaused != (old.WantPaused || r.op.Params.PauseOld) {
		r.note("endpoint.replaced", old.MAC.String(), "by "+r.op.MAC.String())
		r.note("endpoint.replaces", r.op.MAC.String(), "in the place of "+old.MAC.String())
		err := r.commit(ctx, func(s ztp.Store, _ *ztp.Link) error {
			if old, err = s.Endpoint(ctx, r.op.Platform, r.op.Also.MAC); err != nil {
				return err
			}
			old.ReplacedBy, old.UpdatedAt = r.op.MAC, r.o.now()
			old.WantPaused = old.WantPaused || r.op.Params.PauseOld
			return s.SaveEndpoint(ctx, old)
		})
		if err != nil {
			return err
		}
		old.Version++
	}
	if r.op.Params.PauseOld {
		return r.pauseOld(ctx, old)
	}
	if err := r.earlierWritesOver(ctx, old.MAC); err != nil {
		return err
	}
	held, err := r.deletePhone(ctx, old)
	if err != nil {
		return err
	}
	return r.released(ctx, old, held || old.State != ztp.EndpointFailed && !old.ConfirmedAt.IsZero())
}

func (r *run) pauseOld(ctx context.Context, old ztp.Endpoint) error {
	reg, err := r.registrar()
	if err != nil {
		return err
	}
	release, key, err := r.use(ctx)
	if err != nil {
		return err
	}
	defer release()
	return r.put(ctx, reg, key, old)
}

// replaceStopped records how a replace ended without success: with the new phone undone
// and nothing changed about the old one, or with the new one in place and the old one
// not retired.
func (r *run) replaceStopped(ctx context.Context, s ztp.Store) error {
	if st := r.op.Step(ztp.StepRetireOld); st != nil && st.State == ztp.StepFailed {
		old, err := s.Endpoint(ctx, r.op.Platform, r.op.Also.MAC)
		if err != nil {
			return err
		}
		r.op.Error.Detail = "The new phone is registered. The old one could not be retired: " + r.op.Error.Detail
		old.Error, old.UpdatedAt = r.op.Error, r.o.now()
		return s.SaveEndpoint(ctx, old)
	}
	e, err := s.Endpoint(ctx, r.op.Platform, r.op.MAC)
	if err != nil {
		return err
	}
	e.UpdatedAt = r.o.now()
	// A key that is refused now may have written it before.
	if r.op.Data.Undone || r.op.Error.Code != ztp.CodeVendorKeyRejected && r.op.State == ztp.OperationFailed && r.op.Data.Unsettled.IsZero() && !r.op.Data.Unanswered {
		e.State, e.PausedBy, e.Replaces = ztp.EndpointReleased, "", ztp.MAC{}
	} else {
		e.State = ztp.EndpointFailed
	}
	r.op.Error.Kept = e.State == ztp.EndpointFailed
	e.Error = r.op.Error
	return s.SaveEndpoint(ctx, e)
}
