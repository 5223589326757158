package orchestrator

import (
	"context"
	"slices"
	"time"

	"zerotouch.example/internal/ztp"
)

// What operations for many phones share: going through the rows, writing each as its
// row is at that moment, and bringing to an end what is in doubt.

// eachEndpoint hands over every endpoint in one of the states, and to again those that
// somebody changed meanwhile. What f saves is committed at the end: whoever comes next
// reads it from the database.
func (r *run) eachEndpoint(ctx context.Context, f, again func(ztp.Endpoint) error, states ...ztp.EndpointState) error {
	some := false
	for _, state := range states {
		var cursor string
		for {
			page, err := r.o.cfg.Store.ListEndpoints(ctx, ztp.EndpointQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, State: state, Cursor: cursor, Limit: 100})
			if err != nil {
				return &storeError{err}
			}
			if r.op.Kind != ztp.KindDisable { // it writes no address
				if err := r.openDevices(ctx, page.Items); err != nil {
					return err
				}
			}
			for _, e := range page.Items {
				some = true
				if err := f(e); err != nil {
					return err
				}
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	if some {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	return r.follow(ctx, again)
}

// saveEndpoint keeps an endpoint for the next commit. When somebody has changed it
// since it was read, what was written at the vendor may be the older of the two: an
// operation for this one phone begins its step again, one for many notes the phone as
// in doubt and comes back to it.
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
		err := s.SaveEndpoint(ctx, e)
		if ztp.IsCode(err, ztp.CodeFormOutdated) && !r.op.Kind.WritesEndpoint() {
			r.inDoubt(e.MAC)
			return nil
		}
		return err
	}}
}

// inDoubt notes, with the next commit, that the vendor may have got another write of
// the phone last than the row tells.
func (r *run) inDoubt(mac ztp.MAC) {
	if !slices.Contains(r.op.Data.InDoubt, mac) {
		r.op.Data.InDoubt = append(r.op.Data.InDoubt, mac)
	}
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

// putOrRefuse is put, with a refusal of this one phone recorded on its row: that does
// not stop the others.
func (r *run) putOrRefuse(ctx context.Context, reg ztp.EndpointRegistrar, key ztp.APIKey, e ztp.Endpoint) error {
	err := r.put(ctx, reg, key, e)
	if err == nil || !definite(err) {
		return err
	}
	now, rerr := r.phone(ctx, e.MAC) // it was marked as on its way
	if rerr != nil {
		return rerr
	}
	return r.endpointFailed(ctx, now, err)
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

// follow brings the vendor to what the rows say now of the phones in doubt. They are
// named in the operation until that is done.
func (r *run) follow(ctx context.Context, write func(ztp.Endpoint) error) error {
	for len(r.op.Data.InDoubt) > 0 {
		e, err := r.phone(ctx, r.op.Data.InDoubt[0])
		if err == nil {
			err = r.asTheRowSays(ctx, e, write)
		}
		if err != nil {
			return err
		}
		r.op.Data.InDoubt = r.op.Data.InDoubt[1:]
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// phone reads one of the platform's.
func (r *run) phone(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error) {
	e, err := r.o.cfg.Store.Endpoint(ctx, r.op.Platform, mac)
	if err != nil {
		return e, &storeError{err}
	}
	return e, nil
}

// maxRereads is how often in a row a phone may be changed while an operation for many
// is about to write it, before that leaves it for a moment.
const maxRereads = 5

// asTheRowSays lets write have the phone as its row is now: the list that it comes from
// may be old by the time that its turn comes.
func (r *run) asTheRowSays(ctx context.Context, e ztp.Endpoint, write func(ztp.Endpoint) error) error {
	for range maxRereads {
		err := write(e)
		if !ztp.IsCode(err, ztp.CodeFormOutdated) {
			return err
		}
		if e, err = r.phone(ctx, e.MAC); err != nil {
			return err
		}
	}
	return &rest{until: r.o.now().Add(time.Second), reason: "Phone " + e.MAC.String() + " is being changed"}
}

// doubts is for how long, and about which phones, an operation does not know what it
// has left at the vendor.
func (r *run) doubts(op ztp.Operation) (until time.Time, phones []ztp.MAC) {
	until = op.Data.Unsettled
	if p := op.Data.Pending; p != nil && p.What == intentWrite && r.settleAt(p.Deadline).After(until) {
		until = r.settleAt(p.Deadline)
	}
	return until, op.Data.InDoubt
}

// takeDoubts rests while a write of a phone by another operation of the link, which was
// sent and not answered, may still take effect; then the phones that others left in
// doubt are this operation's to bring to an end.
func (r *run) takeDoubts(ctx context.Context) error {
	now := r.o.now()
	take := func(op ztp.Operation) error {
		if op.ID == r.op.ID {
			return nil
		}
		until, phones := r.doubts(op)
		if now.Before(until) {
			next := now.Add(2 * time.Second) // it may be settled sooner
			if until.Before(next) {
				next = until
			}
			return &rest{until: next, reason: "A phone was being written and no answer came; waiting until that can't take effect any more"}
		}
		for _, mac := range phones {
			r.inDoubt(mac)
		}
		return nil
	}
	if err := r.eachOperation(ctx, true, take); err != nil {
		return err
	}
	return r.eachOperation(ctx, false, take)
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
