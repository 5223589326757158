package orchestrator

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// redirected are the states of endpoints that the vendor may redirect.
var redirected = []ztp.EndpointState{ztp.EndpointListed, ztp.EndpointWanted}

// pausePhones pauses the redirection of every phone recorded here. What was refused may
// be redirected all the same; what the vendor never had is left alone.
func (r *run) pausePhones(ctx context.Context) error {
	if _, ok := r.vendor.(ztp.EndpointRegistrar); !ok || r.op.Data.CompanyGone || r.link.CompanyID == "" {
		return nil
	}
	ctx = r.inTurn(ctx)
	if err := r.gatherRedirected(ctx); err != nil {
		return err
	}
	if err := r.countItems(ctx); err != nil {
		return err
	}
	if r.op.Data.Total > 0 {
		by, err := r.disabler(ctx, r.op.Data.Mode)
		if err == nil {
			r.bulk().keyless = by.ID == ""
			err = r.writeGathered(ctx)
		}
		switch {
		case keyRefused(err) && r.op.Data.Mode == modePlatform:
			return r.keyIsDead(ctx, by)
		case err != nil:
			return r.resellerErrorIn(r.op.Data.Mode, err)
		}
	}
	r.stepNote(ztp.StepPausePhones, "%d of %d paused%s", r.op.Data.Handled, r.op.Data.Total, describeFailed(r.op.Data.Failed))
	return nil
}

// gatherRedirected makes items of what the vendor may redirect: by its row, or since
// another operation's write of it may have come last.
func (r *run) gatherRedirected(ctx context.Context) error {
	if r.op.Data.Gathered {
		return nil
	}
	doubtful, err := r.takeDoubts(ctx)
	if err != nil {
		return err
	}
	rows, err := r.o.cfg.Store.EndpointsByMACs(ctx, r.op.Platform, doubtful)
	if err != nil {
		return &storeError{err}
	}
	var others []ztp.MAC
	for _, mac := range doubtful {
		if s := rows[mac].State; s == ztp.EndpointPaused || s == ztp.EndpointReleased {
			others = append(others, mac)
		}
	}
	known := func(_ context.Context, e ztp.Endpoint) (bool, error) {
		return e.State != ztp.EndpointFailed || !e.ConfirmedAt.IsZero(), nil
	}
	return r.gather(ctx, others, known, append([]ztp.EndpointState{ztp.EndpointFailed}, redirected...)...)
}

// pausing reports whether the operation pauses phones whatever is wished of them.
func (r *run) pausing() bool { return r.op.Kind == ztp.KindDisable }

// pausedRow is what a phone's row says when a Disable has paused it.
func (r *run) pausedRow(e *ztp.Endpoint) {
	if e.State != ztp.EndpointPaused {
		e.PausedBy = r.op.ID
	}
	e.State, e.Error, e.ConfirmedAt, e.UpdatedAt = ztp.EndpointPaused, nil, r.o.now(), r.o.now()
}

// notThere is what becomes of a phone that is to be paused and that the vendor does not
// have. One that it had confirmed is gone; of another one there is nothing to pause, and
// an operation of its own may wait for the next Onboard.
func notThere(t *turn) (ztp.PhoneItemState, error) {
	if t.row.State == ztp.EndpointListed {
		return ztp.PhoneItemFailed, t.missing
	}
	return ztp.PhoneItemCancelled, nil
}
