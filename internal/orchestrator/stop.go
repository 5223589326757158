package orchestrator

import (
	"context"
	"errors"
	"time"

	"zerotouch.example/internal/ztp"
)

// stop ends the operation without success: what it made and did not get to use is
// deleted, the link gets the state that is true, and the error is kept.
func (r *run) stop(ctx context.Context, step string, e *end) error {
	alone := ztp.IsCode(e.err, ztp.CodeAnotherCopyRunning)
	if !r.op.Data.Flipped && r.op.Kind != ztp.KindDisable {
		switch err := r.dropUnproven(ctx, alone); {
		case err == nil:
		case errors.Is(err, errStopped):
			return r.requeue(ctx) // the step fails once more, and then the key goes
		case errors.Is(err, errHeld):
			return r.hold(ctx)
		case isStoreError(err):
			return err
		default:
			r.log.Warn("key not deleted; tried again hourly", "err", err)
		}
	}
	to := ztp.OperationFailed
	if e.operator {
		to = ztp.OperationNeedsOperator
	}
	op, err := r.op.Move(to, r.o.now())
	if err != nil {
		return err
	}
	r.op = op
	held := r.op.HoldsLink
	r.op.HoldsLink = false
	r.op.Error = ztp.ProblemOf(e.err, r.o.now(), r.op.Actor.RequestID)
	r.op.Error.Changed = r.op.Data.Changed
	if s := r.op.Step(step); s != nil {
		s.State, s.At = ztp.StepFailed, r.o.now()
	}
	r.noteFailed(string(r.op.Kind)+".failed", r.target(), e.err)
	r.log.Warn("operation", "state", r.op.State, "step", step, "err", e.err)
	return r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
		if alone {
			if err := r.stopWriting(ctx, s); err != nil {
				return err
			}
		}
		return r.stopped(ctx, s, l, e, held)
	})
}

// stopped brings what the operation was for to the state that is true.
func (r *run) stopped(ctx context.Context, s ztp.Store, l *ztp.Link, e *end, held bool) error {
	switch {
	case r.op.Kind == ztp.KindReplace:
		return r.replaceStopped(ctx, s)
	case r.op.Kind == ztp.KindMove:
		return r.moveStopped(ctx, s)
	case r.op.Kind.WritesEndpoint():
		return r.endpointStopped(ctx, s)
	case r.op.Kind == ztp.KindOffboard:
		if err := r.offboardStopped(ctx, s); err != nil {
			return err
		}
	}
	if r.op.Kind.ForMany() { // what is wrong with the link itself, attention has said
		return r.manyStopped(ctx, s)
	}
	if r.op.Data.Gathered {
		if err := r.itemsLeft().rows(ctx, s); err != nil {
			return err
		}
	}
	if r.op.Data.ProofProgress != nil && r.op.Data.Proof == nil {
		if err := s.DropForeignAddresses(ctx, r.op.Platform, r.op.Vendor, r.op.ID); err != nil {
			return err
		}
	}
	if r.op.Kind == ztp.KindSync {
		return nil // what is wrong with the link is for a check to say
	}
	return r.linkStopped(l, e, held)
}

// linkStopped says on the link what went wrong; held is whether the operation held it.
func (r *run) linkStopped(l *ztp.Link, e *end, held bool) (err error) {
	r.forgetTried(l)
	if r.op.Kind == ztp.KindRebuild {
		l.RestoredAt = time.Time{} // there is nothing to prove; it is to be rebuilt again
	}
	// Its own last commit may have brought the link to its end before.
	under := l.State.InFlight() || l.State == ztp.LinkUnknown
	if held || !under {
		l.Error = r.op.Error
	}
	if held && under {
		*l, err = l.Move(r.stateAfterStop(*l, e))
	}
	return err
}

// stateAfterStop is the link's true state when an operation ends without success.
func (r *run) stateAfterStop(l ztp.Link, e *end) ztp.LinkState {
	switch {
	case r.op.Kind == ztp.KindDisable && r.op.Data.Changed, r.op.Kind == ztp.KindOffboard && r.op.Step(ztp.StepReleaseAll).State == ztp.StepDone:
		return ztp.LinkNeedsAttention
	case r.op.Data.Flipped:
		return ztp.LinkConfigured
	case ztp.IsCode(e.err, ztp.CodeVendorCompanyMissing), ztp.IsCode(e.err, ztp.CodeVendorCompanyTaken), e.operator, r.op.Data.From == ztp.LinkNeedsAttention:
		return ztp.LinkNeedsAttention
	}
	return l.Rest()
}
