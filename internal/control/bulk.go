package control

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"zerotouch.example/internal/ztp"
)

// MaxBulk is how many phones one BulkRequest may name.
const MaxBulk = 5000

// The actions of a BulkRequest.
const (
	BulkPause   = "pause"
	BulkResume  = "resume"
	BulkRelease = "release"
)

// BulkRequest asks for the same of many phones of a platform.
type BulkRequest struct {
	Submission
	Action string
	MACs   []ztp.MAC
}

// BulkEndpoints pauses, resumes or gives up the phones that are named, in one operation.
// All of them are phones of the platform at one vendor, or none is changed.
func (c *Control) BulkEndpoints(ctx context.Context, a ztp.Actor, ref string, r BulkRequest) (ztp.Operation, error) {
	none, verb := ztp.Operation{}, "endpoints."+r.Action+".asked"
	if !slices.Contains([]string{BulkPause, BulkResume, BulkRelease}, r.Action) {
		verb = "endpoints.bulk.asked"
	}
	p, perr := c.cfg.Store.Platform(ctx, ref)
	if err := c.mayChange(ctx, a, verb, p.ID, ""); err != nil {
		return none, err
	}
	if perr != nil {
		return none, perr
	}
	if err := r.validate(); err != nil {
		return none, err
	}
	hash := digest(p.ID, r.Action, r.MACs)
	if op, err := c.repeated(ctx, a, r.Key, hash); op != nil || err != nil {
		return deref(op), err
	}
	info, err := c.vendorOf(ctx, p, r.MACs)
	if err != nil {
		return none, err
	}
	kind := map[string]ztp.OperationKind{BulkPause: ztp.KindPause, BulkResume: ztp.KindResume, BulkRelease: ztp.KindRelease}[r.Action]
	if err := c.endpointAddress(ctx, p, info, kind); err != nil {
		c.refused(ctx, a, verb, p.ID, info.Name, "", err)
		return none, err
	}
	x := action{kind: ztp.KindBulk, sub: r.Submission, params: ztp.OperationParams{Bulk: r.Action}, hash: hash}
	res, err := c.queueForMany(ctx, a, p, info, verb, x, func(s ztp.Store, op *ztp.Operation) (string, error) {
		items, err := c.wishMany(ctx, s, p, info, *op, r)
		if err != nil {
			return "", err
		}
		return c.withItems(ctx, s, op, items)
	})
	return deref(res.Operation), err
}

func deref(op *ztp.Operation) ztp.Operation {
	if op == nil {
		return ztp.Operation{}
	}
	return *op
}

// validate sorts the MACs and takes out what is there twice.
func (r *BulkRequest) validate() error {
	fields := map[string]string{}
	if !slices.Contains([]string{BulkPause, BulkResume, BulkRelease}, r.Action) {
		fields["action"] = "This is pause, resume or release."
	}
	r.MACs = slices.Clone(r.MACs)
	slices.SortFunc(r.MACs, ztp.MAC.Compare)
	r.MACs = slices.Compact(r.MACs)
	switch {
	case len(r.MACs) == 0:
		fields["macs"] = "Name at least one phone."
	case len(r.MACs) > MaxBulk:
		fields["macs"] = fmt.Sprintf("These are %d phones; one request takes %d.", len(r.MACs), MaxBulk)
	}
	return ztp.InvalidFields(fields)
}

// vendorOf is the one vendor of the phones.
func (c *Control) vendorOf(ctx context.Context, p ztp.Platform, macs []ztp.MAC) (ztp.VendorInfo, error) {
	rows, err := c.cfg.Store.EndpointsByMACs(ctx, p.ID, macs)
	if err != nil {
		return ztp.VendorInfo{}, err
	}
	name := ztp.VendorName("")
	for _, mac := range macs {
		e, ok := rows[mac]
		switch {
		case !ok || e.State == ztp.EndpointReleased:
		case name != "" && e.Vendor != name:
			return ztp.VendorInfo{}, ztp.Invalid("macs", "These phones are registered at different vendors. Name those of one vendor at a time.")
		default:
			name = e.Vendor
		}
	}
	if err := areAmong(rows, macs); err != nil {
		return ztp.VendorInfo{}, err
	}
	return c.Vendor(name)
}

// arePhonesOf refuses MACs of which the platform has no phone.
func (c *Control) arePhonesOf(ctx context.Context, p ztp.Platform, macs []ztp.MAC) error {
	rows, err := c.cfg.Store.EndpointsByMACs(ctx, p.ID, macs)
	if err != nil {
		return err
	}
	return areAmong(rows, macs)
}

func areAmong(rows map[ztp.MAC]ztp.Endpoint, macs []ztp.MAC) error {
	var unknown []string
	for _, mac := range macs {
		if e, ok := rows[mac]; !ok || e.State == ztp.EndpointReleased {
			unknown = append(unknown, mac.String())
		}
	}
	n := len(unknown)
	if n == 0 {
		return nil
	}
	more := ""
	if n > 10 {
		more = fmt.Sprintf(" and %d more", n-10)
	}
	return ztp.Invalid("macs", "This platform has no such phone: "+strings.Join(unknown[:min(n, 10)], ", ")+more+".")
}

// wishMany saves the wish in each phone's row and returns the items.
func (c *Control) wishMany(ctx context.Context, s ztp.Store, p ztp.Platform, info ztp.VendorInfo, op ztp.Operation, r BulkRequest) ([]ztp.PhoneItem, error) {
	rows, err := s.EndpointsByMACs(ctx, p.ID, r.MACs)
	if err != nil {
		return nil, err
	}
	if r.Action == BulkRelease {
		if err := c.freeToRelease(ctx, s, p, info, r.MACs); err != nil {
			return nil, err
		}
	}
	now := c.now()
	items := make([]ztp.PhoneItem, len(r.MACs))
	for i, mac := range r.MACs {
		items[i] = ztp.PhoneItem{Operation: op.ID, MAC: mac, Action: ztp.ItemWrite, State: ztp.PhoneItemQueued, UpdatedAt: now}
		e, ok := rows[mac]
		if !ok || e.Vendor != info.Name || e.State == ztp.EndpointReleased {
			return nil, ztp.Invalid("macs", "Phone "+mac.String()+" was given up meanwhile.")
		}
		switch r.Action {
		case BulkRelease:
			items[i].Action = ztp.ItemRelease // saved as it is: of two who ask at once, one finds the other
		case BulkPause:
			e.WantPaused, e.UpdatedAt, e.Error = true, now, nil
		case BulkResume:
			e.WantPaused, e.PausedBy, e.UpdatedAt, e.Error = false, "", now, nil
		}
		if err := s.SaveEndpoint(ctx, e); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// freeToRelease refuses phones that something else is asked of: the later word counts.
func (c *Control) freeToRelease(ctx context.Context, s ztp.Store, p ztp.Platform, info ztp.VendorInfo, macs []ztp.MAC) error {
	held, err := s.HeldPhones(ctx, p.ID, info.Name)
	if err != nil {
		return err
	}
	for _, mac := range macs {
		if op, is := held[mac]; is {
			return running(op)
		}
	}
	return nil
}

// withItems adds the phones of an operation for many, and says how many in its audit row.
func (c *Control) withItems(ctx context.Context, s ztp.Store, op *ztp.Operation, items []ztp.PhoneItem) (string, error) {
	op.Data.Total = len(items)
	return ztp.Counted(len(items), "phone", "phones"), s.AddPhoneItems(ctx, op.Platform, op.Vendor, items)
}

// CancelOperation cancels what an operation for many phones has not sent yet; what was
// sent comes to its end. Rows of a file that are not saved yet stay out. It works while
// the operation waits, too.
func (c *Control) CancelOperation(ctx context.Context, a ztp.Actor, id ztp.OperationID) (ztp.Operation, error) {
	op, err := c.manyDoor(ctx, a, "operation.cancel", id)
	if err != nil || op.State.Final() {
		return op, err
	}
	if op.Kind == ztp.KindImport {
		// In a commit before: rows that are saved after it are cancelled by whoever saves them.
		if err := c.cfg.Store.CancelImport(ctx, op.Params.Import, c.now()); err != nil {
			return op, err
		}
	}
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		// Before the items: what is made one of meanwhile is cancelled as such.
		unpicked, err := s.UnpickDrifts(ctx, id)
		if err != nil {
			return err
		}
		n, err := s.CancelPhoneItems(ctx, id, c.now())
		if err != nil {
			return err
		}
		e := c.event(a, "operation.cancelled", op.Platform, op.Vendor, string(op.Kind))
		e.Operation, e.Detail = id, ztp.Counted(n+unpicked, "phone", "phones")+" left as they are"
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		return op, err
	}
	if op.State == ztp.OperationWaiting || op.State == ztp.OperationUnknown {
		if err := c.cfg.Store.WakeOperation(ctx, id); err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
			return op, err
		}
	}
	c.cfg.Wake()
	return c.cfg.Store.Operation(ctx, id)
}

// Resuming is the operation that has taken up what an ended one has left, nil for none.
func (c *Control) Resuming(ctx context.Context, a ztp.Actor, op ztp.Operation) (*ztp.Operation, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	return resuming(ctx, c.cfg.Store, op)
}

func resuming(ctx context.Context, s ztp.Store, op ztp.Operation) (*ztp.Operation, error) {
	next, err := s.OperationResuming(ctx, op)
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, nil
	}
	return &next, err
}

// notTakenUp refuses a second taking up of what an operation has left: by then some of it
// may have been done, and asked for anew since.
func notTakenUp(ctx context.Context, s ztp.Store, op ztp.Operation) error {
	next, err := resuming(ctx, s, op)
	switch {
	case err != nil || next == nil:
		return err
	case !next.State.Final():
		return running(*next)
	}
	return &ztp.Error{Code: ztp.CodeInUse, Operation: next, Detail: "What this operation has left was taken up by operation " + string(next.ID) + ". Take up what that one has left."}
}

// ResumeOperation takes up the phones that an ended operation for many has cancelled or
// failed, in a new one, once.
func (c *Control) ResumeOperation(ctx context.Context, a ztp.Actor, id ztp.OperationID, sub Submission) (ztp.Operation, error) {
	none := ztp.Operation{}
	was, err := c.manyDoor(ctx, a, "operation.resume", id)
	if err == nil && was.Kind == ztp.KindOffboard {
		err = ztp.Invalid("id", "An off-boarding is taken up by asking for it again.")
	}
	if err != nil {
		return none, err
	}
	hash := digest(id, "resume")
	if op, err := c.repeated(ctx, a, sub.Key, hash); op != nil || err != nil {
		return deref(op), err
	}
	if !was.State.Final() {
		return none, running(was)
	}
	info, err := c.Vendor(was.Vendor)
	if err != nil {
		return none, err
	}
	p, err := c.cfg.Store.Platform(ctx, string(was.Platform))
	if err != nil {
		return none, err
	}
	if err := c.endpointAddress(ctx, p, info, ztp.KindResume); err != nil {
		c.refused(ctx, a, "operation.resume", p.ID, info.Name, string(id), err)
		return none, err
	}
	x := action{kind: ztp.KindBulk, sub: sub, params: ztp.OperationParams{Resumes: id}, hash: hash}
	if was.Params.Findings == ztp.DriftRelease {
		x.params.Findings = ztp.DriftRelease // each is looked at before it is given up
	}
	res, err := c.queueForMany(ctx, a, p, info, "operation.resumed", x, func(s ztp.Store, op *ztp.Operation) (string, error) {
		if err := notTakenUp(ctx, s, was); err != nil {
			return "", err
		}
		items, err := c.leftItems(ctx, s, *op, was)
		if err != nil {
			return "", err
		}
		return c.withItems(ctx, s, op, items)
	})
	return deref(res.Operation), err
}

// leftItems are the phones of an operation that it has cancelled or failed, for op.
func (c *Control) leftItems(ctx context.Context, s ztp.Store, op, of ztp.Operation) ([]ztp.PhoneItem, error) {
	var left []ztp.PhoneItem
	for _, state := range []ztp.PhoneItemState{ztp.PhoneItemCancelled, ztp.PhoneItemFailed} {
		for cursor := ""; ; {
			page, err := s.ListPhoneItems(ctx, ztp.PhoneItemQuery{Operation: of.ID, State: state, Cursor: cursor, Limit: 1000})
			if err != nil {
				return nil, err
			}
			some, err := c.stillToRelease(ctx, s, of, page.Items)
			if err != nil {
				return nil, err
			}
			for _, i := range some {
				left = append(left, ztp.PhoneItem{Operation: op.ID, MAC: i.MAC, Action: i.Action, Line: i.Line, State: ztp.PhoneItemQueued, UpdatedAt: c.now()})
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
	}
	if len(left) == 0 {
		return nil, &ztp.Error{Code: ztp.CodeInUse, Detail: "This operation has left no phone undone. Nothing was changed."}
	}
	return left, nil
}

// stillToRelease takes phones off that an operation was to give up and that are given up
// by now, or are asked for something else.
func (c *Control) stillToRelease(ctx context.Context, s ztp.Store, of ztp.Operation, items []ztp.PhoneItem) ([]ztp.PhoneItem, error) {
	var macs []ztp.MAC
	for _, i := range items {
		if i.Action == ztp.ItemRelease {
			macs = append(macs, i.MAC)
		}
	}
	if len(macs) == 0 {
		return items, nil
	}
	held, err := s.HeldPhones(ctx, of.Platform, of.Vendor)
	if err != nil {
		return nil, err
	}
	rows, err := s.EndpointsByMACs(ctx, of.Platform, macs)
	if err != nil {
		return nil, err
	}
	var still []ztp.PhoneItem
	for _, i := range items {
		e, there := rows[i.MAC]
		if _, asked := held[i.MAC]; i.Action == ztp.ItemRelease {
			if asked || !there || e.State == ztp.EndpointReleased || e.Vendor != of.Vendor {
				continue
			}
			if err := s.SaveEndpoint(ctx, e); err != nil {
				return nil, err
			}
		}
		still = append(still, i)
	}
	return still, nil
}

// manyDoor checks permission, existence, and that the operation is one for many phones.
func (c *Control) manyDoor(ctx context.Context, a ztp.Actor, verb string, id ztp.OperationID) (ztp.Operation, error) {
	if err := c.mayChange(ctx, a, verb, "", ""); err != nil {
		return ztp.Operation{}, err
	}
	op, err := c.cfg.Store.Operation(ctx, id)
	if err == nil && !op.Kind.HasItems() {
		err = ztp.Invalid("id", "Only an import, an off-boarding or a change of many phones can be cancelled and taken up again.")
	}
	return op, err
}

// PhoneTally counts the phones of an operation by what became of them.
func (c *Control) PhoneTally(ctx context.Context, a ztp.Actor, id ztp.OperationID) (ztp.PhoneTally, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	return c.cfg.Store.CountPhoneItems(ctx, id)
}

// PhoneItems returns a page of what became of each phone of an operation.
func (c *Control) PhoneItems(ctx context.Context, a ztp.Actor, q ztp.PhoneItemQuery) (ztp.Page[ztp.PhoneItem], error) {
	if err := maySee(a); err != nil {
		return ztp.Page[ztp.PhoneItem]{}, err
	}
	if _, err := c.cfg.Store.Operation(ctx, q.Operation); err != nil {
		return ztp.Page[ztp.PhoneItem]{}, err
	}
	return c.cfg.Store.ListPhoneItems(ctx, q)
}
