package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"math"
	"strconv"
	"time"

	"zerotouch.example/internal/sqlstore/internal/db"
	"zerotouch.example/internal/ztp"
)

func operationOf(r db.Operation) (ztp.Operation, error) {
	o := ztp.Operation{
		ID: ztp.OperationID(r.ID), Kind: ztp.OperationKind(r.Kind), Platform: ztp.PlatformID(r.PlatformID), Vendor: ztp.VendorName(r.Vendor),
		State: ztp.OperationState(r.State), HoldsLink: r.HoldsLink, Key: r.IdempotencyKey, BodyHash: r.BodyHash, Waiting: r.Waiting,
		NextAt: instantOrZero(r.NextAt), Attempt: int(r.Attempt), Owner: r.Owner, LeaseUntil: instantOrZero(r.LeaseUntil), Fence: r.Fence,
		CreatedAt: instant(r.CreatedAt), StartedAt: instantOrZero(r.StartedAt), FinishedAt: instantOrZero(r.FinishedAt), UpdatedAt: instant(r.UpdatedAt),
	}
	var errs [7]error
	if r.Mac != "" {
		o.MAC, errs[0] = ztp.ParseMAC(r.Mac)
	}
	o.Also.Platform = ztp.PlatformID(r.AlsoPlatformID)
	o.Also.MAC, errs[6] = macOrZero(r.AlsoMac)
	errs[1] = fromJSON("operation.steps", r.Steps, &o.Steps)
	errs[2] = fromJSON("operation.params", r.Params, &o.Params)
	errs[3] = fromJSON("operation.data", r.Data, &o.Data)
	errs[4] = fromJSON("operation.actor", r.Actor, &o.Actor)
	o.Error, errs[5] = problemOf("operation.error", r.Error)
	return o, errors.Join(errs[:]...)
}

// stepsText and dataText give the times inside the same resolution as columns.
func stepsText(steps []ztp.Step) string {
	kept := make([]ztp.Step, len(steps))
	for i, st := range steps {
		st.At = rounded(st.At)
		kept[i] = st
	}
	return toJSON(kept)
}

func dataText(d ztp.OperationData) string {
	d.StoppedAt = rounded(d.StoppedAt)
	if d.Pending != nil {
		p := *d.Pending
		p.Deadline = rounded(p.Deadline)
		d.Pending = &p
	}
	return toJSON(d)
}

func macText(m ztp.MAC) string {
	if m.IsZero() {
		return ""
	}
	return m.String()
}

// CreateOperation inserts, or says which operation is in the way. A queued one
// with NextAt is due then, else at once.
func (s *Store) CreateOperation(ctx context.Context, o ztp.Operation) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "operation")
	}
	due, lease := dueAt(o, now)
	return s.change(ctx, func(q *db.Queries) error {
		if err := s.beingGivenUp(ctx, q, o); err != nil {
			return err
		}
		if held, err := s.heldAlso(ctx, q, o); held || err != nil {
			if err == nil {
				err = s.inTheWay(ctx, q, o)
			}
			return err
		}
		n, err := q.InsertOperation(ctx, db.InsertOperationParams{
			ID: string(o.ID), Kind: string(o.Kind), PlatformID: string(o.Platform), Vendor: string(o.Vendor), Mac: macText(o.MAC),
			AlsoPlatformID: string(o.Also.Platform), AlsoMac: macText(o.Also.MAC), State: string(o.State), Steps: stepsText(o.Steps), HoldsLink: o.HoldsLink, WorksKeys: o.WorksKeys(), Params: toJSON(o.Params), Data: dataText(o.Data),
			AskedBy: o.Actor.String(), Actor: toJSON(o.Actor), IdempotencyKey: o.Key, BodyHash: o.BodyHash, Waiting: o.Waiting,
			NextAt: msOrNull(o.NextAt), Attempt: int64(o.Attempt), Error: problemText(o.Error), Owner: o.Owner, LeaseUntil: lease, DueAt: due,
			Fence: o.Fence, CreatedAt: ms(o.CreatedAt), StartedAt: msOrNull(o.StartedAt), FinishedAt: msOrNull(o.FinishedAt), UpdatedAt: ms(o.UpdatedAt),
		})
		if s.dialect.classify(err) == classForeign {
			return ztp.NotFound("platform")
		}
		if err != nil || n > 0 {
			return s.fail(err, "operation")
		}
		return s.inTheWay(ctx, q, o)
	})
}

// dueAt tells when a worker may take o, and its lease; both nil when not at all.
func dueAt(o ztp.Operation, now int64) (due, lease *int64) {
	switch {
	case o.State.Final():
		return nil, nil
	case o.State == ztp.OperationRunning:
		at := ms(o.LeaseUntil)
		return &at, &at
	case !o.NextAt.IsZero():
		return msOrNull(o.NextAt), nil
	}
	return &now, nil
}

// inTheWay finds what kept o from being inserted. The key comes first: a repeated
// request is its own first submission, whatever else is open.
func (s *Store) inTheWay(ctx context.Context, q *db.Queries, o ztp.Operation) error {
	looks := []func() (db.Operation, error){
		func() (db.Operation, error) {
			return q.GetOperationByKey(ctx, db.GetOperationByKeyParams{AskedBy: o.Actor.String(), IdempotencyKey: o.Key})
		},
		func() (db.Operation, error) {
			return q.GetOpenOperation(ctx, db.GetOpenOperationParams{PlatformID: string(o.Platform), Vendor: string(o.Vendor)})
		},
		func() (db.Operation, error) {
			return q.GetOpenEndpointOperation(ctx, db.GetOpenEndpointOperationParams{PlatformID: string(o.Platform), Vendor: string(o.Vendor), Mac: macText(o.MAC)})
		},
		func() (db.Operation, error) { return q.GetOpenOperationAlso(ctx, alsoOf(o, o.Platform, o.MAC)) },
		func() (db.Operation, error) {
			return q.GetOpenEndpointOperation(ctx, db.GetOpenEndpointOperationParams(alsoOf(o, o.Also.Platform, o.Also.MAC)))
		},
		func() (db.Operation, error) {
			return q.GetOpenOperationAlso(ctx, alsoOf(o, o.Also.Platform, o.Also.MAC))
		},
		func() (db.Operation, error) { return s.releasing(ctx, q, o) },
		func() (db.Operation, error) {
			return q.GetOpenOperationForMany(ctx, db.GetOpenOperationForManyParams{PlatformID: string(o.Platform), Vendor: string(o.Vendor)})
		},
		func() (db.Operation, error) { return q.GetOperation(ctx, string(o.ID)) },
	}
	for i, look := range looks {
		if i == 1 && !o.HoldsLink || i == 7 && !o.Kind.ForMany() {
			continue
		}
		row, err := look()
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		held, err := s.operation(row, err)
		if err != nil {
			return err
		}
		e := ztp.Errorf(ztp.CodeOperationRunning, "An operation (%s) is there since %s.", held.Kind, held.CreatedAt.Format(time.RFC3339))
		e.Operation = &held
		return e
	}
	return outdated("operation") // it ended between the two statements; asking again succeeds
}

func alsoOf(o ztp.Operation, p ztp.PlatformID, mac ztp.MAC) db.GetOpenOperationAlsoParams {
	return db.GetOpenOperationAlsoParams{PlatformID: string(p), Vendor: string(o.Vendor), Mac: macText(mac)}
}

// releasing is the open operation that is to give up a phone of o among many.
func (s *Store) releasing(ctx context.Context, q *db.Queries, o ztp.Operation) (db.Operation, error) {
	row, err := q.GetOpenOperationReleasing(ctx, db.GetOpenOperationReleasingParams{PlatformID: string(o.Platform), Vendor: string(o.Vendor), Mac: macText(o.MAC)})
	if errors.Is(err, sql.ErrNoRows) && !o.Also.MAC.IsZero() {
		row, err = q.GetOpenOperationReleasing(ctx, db.GetOpenOperationReleasingParams{PlatformID: string(o.Also.Platform), Vendor: string(o.Vendor), Mac: macText(o.Also.MAC)})
	}
	return row, err
}

// beingGivenUp refuses whatever would put something at a vendor where an off-boarding is
// giving everything up.
func (s *Store) beingGivenUp(ctx context.Context, q *db.Queries, o ztp.Operation) error {
	for _, p := range []ztp.PlatformID{o.Platform, o.Also.Platform} {
		if p == "" {
			continue
		}
		row, err := q.GetOpenOperation(ctx, db.GetOpenOperationParams{PlatformID: string(p), Vendor: string(o.Vendor)})
		if errors.Is(err, sql.ErrNoRows) || err == nil && row.Kind != string(ztp.KindOffboard) {
			continue
		}
		open, err := s.operation(row, err)
		if err != nil {
			return err
		}
		e := ztp.Errorf(ztp.CodeOperationRunning, "The platform is being off-boarded since %s.", open.CreatedAt.Format(time.RFC3339))
		e.Operation = &open
		return e
	}
	return nil
}

// heldAlso reports whether an open operation holds a phone of o where no unique index
// looks: as its second one, as its first what is o's second, or as one of many that it is
// to give up. Whoever asks for an operation of a phone, or to give up many, saves that
// phone's row in the same transaction, so that of two one finds the other's.
func (s *Store) heldAlso(ctx context.Context, q *db.Queries, o ztp.Operation) (bool, error) {
	if o.MAC.IsZero() {
		return false, nil
	}
	_, err := q.GetOpenOperationAlso(ctx, alsoOf(o, o.Platform, o.MAC))
	if errors.Is(err, sql.ErrNoRows) && !o.Also.MAC.IsZero() {
		_, err = q.GetOpenEndpointOperation(ctx, db.GetOpenEndpointOperationParams(alsoOf(o, o.Also.Platform, o.Also.MAC)))
	}
	if errors.Is(err, sql.ErrNoRows) {
		_, err = s.releasing(ctx, q, o)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return true, s.fail(err, "operation")
}

// HeldPhones are phones that open operations of one or two hold.
func (s *Store) HeldPhones(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) (map[ztp.MAC]ztp.Operation, error) {
	rows, err := s.queries().ListOperationsOfPhones(ctx, db.ListOperationsOfPhonesParams{Vendor: string(v), PlatformID: string(p)})
	if err != nil {
		return nil, s.fail(err, "operations")
	}
	held := map[ztp.MAC]ztp.Operation{}
	for _, row := range rows {
		o, err := operationOf(row)
		if err != nil {
			return nil, err
		}
		for _, phone := range []ztp.HeldPhone{{Platform: o.Platform, MAC: o.MAC}, o.Also} {
			if phone.Platform == p && !phone.MAC.IsZero() {
				held[phone.MAC] = o
			}
		}
	}
	return held, nil
}

func (s *Store) operation(row db.Operation, err error) (ztp.Operation, error) {
	if err != nil {
		return ztp.Operation{}, s.fail(err, "operation")
	}
	return operationOf(row)
}

// Operation finds one by id.
func (s *Store) Operation(ctx context.Context, id ztp.OperationID) (ztp.Operation, error) {
	return s.operation(s.queries().GetOperation(ctx, string(id)))
}

// OperationByKey finds the operation that the actor created under the key.
func (s *Store) OperationByKey(ctx context.Context, actor, key string) (ztp.Operation, error) {
	return s.operation(s.queries().GetOperationByKey(ctx, db.GetOperationByKeyParams{AskedBy: actor, IdempotencyKey: key}))
}

// OperationResuming finds the operation that has taken up what this one has left.
func (s *Store) OperationResuming(ctx context.Context, o ztp.Operation) (ztp.Operation, error) {
	return s.operation(s.queries().GetOperationResuming(ctx, db.GetOperationResumingParams{
		PlatformID: string(o.Platform), Vendor: string(o.Vendor), Since: ms(o.CreatedAt), Pattern: `%"resumes":"` + string(o.ID) + `"%`,
	}))
}

// OpenOperation returns the link's open link-changing operation.
func (s *Store) OpenOperation(ctx context.Context, p ztp.PlatformID, v ztp.VendorName) (ztp.Operation, error) {
	return s.operation(s.queries().GetOpenOperation(ctx, db.GetOpenOperationParams{PlatformID: string(p), Vendor: string(v)}))
}

// ListOperations returns operations, newest first.
func (s *Store) ListOperations(ctx context.Context, q ztp.OperationQuery) (ztp.Page[ztp.Operation], error) {
	none := ztp.Page[ztp.Operation]{}
	before, err := readCursor(q.Cursor, 2)
	if err != nil {
		return none, err
	}
	max := limit(q.Limit)
	params := db.ListOpenOperationsParams{
		BeforeCreated: math.MaxInt64, PlatformID: string(q.Platform), Vendor: string(q.Vendor), Mac: macText(q.MAC),
		MaxRows: int64(max) + 1,
	}
	if before != nil {
		if params.BeforeCreated, err = strconv.ParseInt(before[0], 10, 64); err != nil {
			return none, badCursor()
		}
		params.BeforeID = before[1]
	}
	rows, err := listOperations(ctx, s.queries(), q.Open, params)
	if err != nil {
		return none, s.fail(err, "operations")
	}
	items, err := mapRows(rows, operationOf)
	if err != nil {
		return none, err
	}
	return page(items, max, func(o ztp.Operation) string {
		return newCursor(strconv.FormatInt(ms(o.CreatedAt), 10), string(o.ID))
	}), nil
}

// listOperations reads from the index that has the list in its order.
func listOperations(ctx context.Context, q *db.Queries, open bool, p db.ListOpenOperationsParams) ([]db.Operation, error) {
	switch {
	case open:
		return q.ListOpenOperations(ctx, p)
	case p.Mac != "":
		return q.ListPhoneOperations(ctx, db.ListPhoneOperationsParams{Mac: p.Mac, PlatformID: p.PlatformID, Vendor: p.Vendor, BeforeCreated: p.BeforeCreated, BeforeID: p.BeforeID, MaxRows: p.MaxRows})
	case p.PlatformID != "" && p.Vendor != "":
		return q.ListLinkOperations(ctx, db.ListLinkOperationsParams{PlatformID: p.PlatformID, Vendor: p.Vendor, BeforeCreated: p.BeforeCreated, BeforeID: p.BeforeID, MaxRows: p.MaxRows})
	case p.PlatformID != "":
		return q.ListPlatformOperations(ctx, db.ListPlatformOperationsParams{PlatformID: p.PlatformID, BeforeCreated: p.BeforeCreated, BeforeID: p.BeforeID, MaxRows: p.MaxRows})
	case p.Vendor != "":
		return q.ListVendorOperations(ctx, db.ListVendorOperationsParams{Vendor: p.Vendor, BeforeCreated: p.BeforeCreated, BeforeID: p.BeforeID, MaxRows: p.MaxRows})
	}
	return q.ListOperations(ctx, db.ListOperationsParams{BeforeCreated: p.BeforeCreated, BeforeID: p.BeforeID, MaxRows: p.MaxRows})
}

// ClaimOperation takes the operation that is due first. An idle poll reads one
// index entry and locks nothing. Claiming ends a wait: NextAt and Waiting are empty.
func (s *Store) ClaimOperation(ctx context.Context, owner string, ttl time.Duration, which ztp.Claim) (ztp.Operation, error) {
	if owner == "" || ttl < time.Millisecond {
		return ztp.Operation{}, errors.New("store: a claim needs an owner and a lease of a millisecond at least")
	}
	now, err := s.time(ctx)
	if err != nil {
		return ztp.Operation{}, s.fail(err, "operation")
	}
	if _, err := s.queries().PeekDueOperation(ctx, db.PeekDueOperationParams{Now: now, Which: string(which)}); err != nil {
		return ztp.Operation{}, s.fail(err, "due operation")
	}
	var row db.Operation
	err = s.inTx(ctx, func(t *Store) error {
		id, err := s.dialect.pickDue(ctx, t.reader(), now, string(which))
		if err != nil {
			return err
		}
		until := now + ttl.Milliseconds()
		row, err = t.queries().ClaimOperation(ctx, db.ClaimOperationParams{Owner: owner, LeaseUntil: &until, Now: now, ID: id})
		return err
	})
	if err != nil {
		return ztp.Operation{}, s.fail(err, "due operation")
	}
	return operationOf(row)
}

// endLeases makes every running operation due now, and forgets the replica that was.
// Only for whoever holds the lock that its worker held: that worker is dead, and
// waiting for its leases to run out would leave the operations lying for nothing.
func (s *Store) endLeases(ctx context.Context) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "operations")
	}
	return s.change(ctx, func(q *db.Queries) error {
		if _, err := q.EndLeases(ctx, &now); err != nil {
			return s.fail(err, "operations")
		}
		if err := q.EndReconciliationLeases(ctx, &now); err != nil {
			return s.fail(err, "reconciliations")
		}
		return s.fail(q.DropReplicas(ctx, math.MaxInt64), "replicas")
	})
}

// ReturnOperation makes a running operation due now. As long as the database takes no
// writes that is not tried: what is returned then would only fail again.
func (s *Store) ReturnOperation(ctx context.Context, id ztp.OperationID, fence int64) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "operation")
	}
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.EndLease(ctx, db.EndLeaseParams{Now: &now, ID: string(id), Fence: fence})
		return s.hit(n, err, "running operation")
	})
}

// SaveOperation writes what a worker may change of its operation: not what was
// asked, by whom and for what. It asks nothing of the lease's end: as long as
// nobody else has claimed the operation, its fence counts.
func (s *Store) SaveOperation(ctx context.Context, o ztp.Operation, ttl time.Duration) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "operation")
	}
	o.LeaseUntil = instant(now + ttl.Milliseconds())
	due, lease := dueAt(o, now)
	return s.inTx(ctx, func(t *Store) error {
		n, err := t.queries().SaveOperation(ctx, db.SaveOperationParams{
			State: string(o.State), Steps: stepsText(o.Steps), HoldsLink: o.HoldsLink, WorksKeys: o.WorksKeys(), Data: dataText(o.Data), Waiting: o.Waiting,
			NextAt: msOrNull(o.NextAt), Attempt: int64(o.Attempt), Error: problemText(o.Error), LeaseUntil: lease, DueAt: due,
			FinishedAt: msOrNull(o.FinishedAt), UpdatedAt: ms(o.UpdatedAt), ID: string(o.ID), Fence: o.Fence,
		})
		if err == nil && n == 0 {
			return ztp.ErrLeaseLost
		}
		if err != nil || o.State != ztp.OperationQueued {
			return s.fail(err, "operation")
		}
		return t.SendHint(ctx, ztp.HintDue) // whoever gives it back is going
	})
}

// WakeOperation makes a waiting or unknown operation due now.
func (s *Store) WakeOperation(ctx context.Context, id ztp.OperationID) error {
	now, err := s.time(ctx)
	if err != nil {
		return s.fail(err, "operation")
	}
	return s.change(ctx, func(q *db.Queries) error {
		n, err := q.WakeOperation(ctx, db.WakeOperationParams{Now: &now, ID: string(id)})
		return s.hit(n, err, "waiting operation")
	})
}
