package orchestrator

import (
	"context"
	"maps"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// What operations for many phones share: going through the rows, and what other
// operations have left in doubt.

// eachEndpoint hands over every endpoint in one of the states. What f saves is committed
// at the end: whoever comes next reads it from the database.
func (r *run) eachEndpoint(ctx context.Context, f func(ztp.Endpoint) error, states ...ztp.EndpointState) error {
	for _, state := range states {
		var cursor string
		for {
			page, err := r.o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, State: state, Cursor: cursor, Limit: 100})
			if err != nil {
				return &storeError{err}
			}
			for _, e := range page.Items {
				if err := f(e); err != nil {
					return err
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	return r.flush(ctx)
}

// saveEndpoint keeps an endpoint for the next commit. When somebody has changed it
// since it was read, the operation begins its step again.
func (r *run) saveEndpoint(ctx context.Context, e ztp.Endpoint) error {
	return r.later(ctx, r.savedEndpoint(e))
}

// saveConfirmed is saveEndpoint of one whose address at the vendor is ours now.
func (r *run) saveConfirmed(ctx context.Context, e ztp.Endpoint) error {
	x := r.savedEndpoint(e)
	x.with = func(ctx context.Context, s ztp.Store, l *ztp.Link) error {
		return r.putRight(ctx, s, l, e.MAC.String())
	}
	return r.later(ctx, x)
}

func (r *run) savedEndpoint(e ztp.Endpoint) result {
	e.UpdatedAt = r.o.now()
	return result{rows: func(ctx context.Context, s ztp.Store) error {
		return s.SaveEndpoint(ctx, e)
	}}
}

// endpointFailed commits a phone as refused and names it in the result.
func (r *run) endpointFailed(ctx context.Context, e ztp.Endpoint, cause error) error {
	e.State, e.Error = ztp.EndpointFailed, ztp.ProblemOf(cause, r.o.now(), r.op.Actor.RequestID)
	e.Error.Kept = true
	if len(r.op.Data.Failed) < 100 {
		r.op.Data.Failed = append(r.op.Data.Failed, e.MAC.String())
	}
	return r.saveEndpoint(ctx, e)
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

// phone reads one of the platform's.
func (r *run) phone(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error) {
	e, err := r.o.cfg.Store.Endpoint(ctx, r.op.Platform, mac)
	if err != nil {
		return e, &storeError{err}
	}
	return e, nil
}

// unsettled is until when a write of a phone that an operation has sent may take effect.
func (r *run) unsettled(op ztp.Operation) (until time.Time) {
	until = op.Data.Unsettled
	if p := op.Data.Pending; p != nil && p.What == intentWrite && r.settleAt(p.Deadline).After(until) {
		until = r.settleAt(p.Deadline)
	}
	return until
}

// takeDoubts rests while a write of a phone by another operation of the link, which was
// sent and not answered, may still take effect; then it returns the phones that others
// have written and not seen to the end.
func (r *run) takeDoubts(ctx context.Context) (phones []ztp.MAC, err error) {
	now := r.o.now()
	take := func(op ztp.Operation) error {
		if op.ID == r.op.ID {
			return nil
		}
		if until := r.unsettled(op); now.Before(until) {
			next := now.Add(2 * time.Second) // it may be settled sooner
			if until.Before(next) {
				next = until
			}
			return &rest{until: next, reason: "A phone was being written and no answer came; waiting until that can't take effect any more"}
		}
		phones = append(phones, op.Data.InDoubt...)
		if op.Kind.WritesEndpoint() {
			return nil
		}
		sent, err := r.itemsIn(ctx, op.ID, ztp.PhoneItemSent, ztp.PhoneItemWritten)
		phones = slices.AppendSeq(phones, maps.Keys(sent))
		return err
	}
	if err := r.eachOperation(ctx, true, take); err != nil {
		return nil, err
	}
	return phones, r.eachOperation(ctx, false, take)
}

// justEnded is how many of the latest operations may hold a write that is not settled:
// more than a vendor takes within that time.
const justEnded = 200

// eachOperation hands over the link's open operations, or the latest ones.
func (r *run) eachOperation(ctx context.Context, open bool, f func(ztp.Operation) error) error {
	q := ztp.OperationQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Open: open, Limit: justEnded}
	for {
		page, err := r.o.cfg.Store.ListOperations(ctx, q)
		if err != nil {
			return &storeError{err}
		}
		for _, op := range page.Items {
			if err := f(op); err != nil {
				return err
			}
		}
		if q.Cursor = page.Next; q.Cursor == "" || !open {
			return nil
		}
	}
}
