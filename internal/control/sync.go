package control

import (
	"context"
	"fmt"
	"slices"

	"zerotouch.example/internal/ztp"
)

// SyncView is how the phones of a link compare with the vendor's list.
type SyncView struct {
	ztp.PhoneSync
	Info ztp.VendorInfo
	Of   ztp.Platform
	// Running is the open operation for many phones of the link, nil without one; a sync
	// waits for it.
	Running *ztp.Operation
	// Failed is the last sync where it was not completed since; nil else.
	Failed *ztp.Operation
}

// DriftView is a finding with what can be done about it.
type DriftView struct {
	ztp.Drift
	Verbs []ztp.DriftVerb
	// Phone is the row here; nil for a phone that is unknown here.
	Phone *ztp.Endpoint
	// Owner is the account in its address, for a phone that is unknown here; nil when
	// the address is not ours.
	Owner *ztp.Account
	// Changed: it was changed here since it was found, and is left alone until the next sync.
	Changed bool
	// At is the platform that is known to have a phone that moved away; nil for who may
	// not know.
	At *ztp.Platform
}

// Sync asks for a comparison of every phone in the company with the rows here. It only
// reads at the vendor. One that is open already is the answer too.
func (c *Control) Sync(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, s Submission) (Result, error) {
	const verb = "sync.asked"
	p, info, err := c.syncDoor(ctx, a, verb, ref, v)
	if err != nil {
		return Result{}, err
	}
	x := action{kind: ztp.KindSync, sub: s}
	if op, err := c.repeated(ctx, a, s.Key, x.bodyHash(p.ID, info.Name)); op != nil || err != nil {
		return c.result(ctx, p, info, op, err)
	}
	open, err := c.openForMany(ctx, p, info.Name)
	if err == nil && open != nil && open.Kind == ztp.KindSync && open.Params == x.params {
		return c.result(ctx, p, info, open, nil)
	}
	if err != nil {
		return Result{}, err
	}
	l, err := c.cfg.Store.Link(ctx, p.ID, info.Name)
	if err == nil {
		err = c.keyInForce(ctx, l)
	}
	if err != nil {
		c.refused(ctx, a, verb, p.ID, info.Name, "", err)
		return Result{}, err
	}
	return c.queueForMany(ctx, a, p, info, verb, x, func(ztp.Store, *ztp.Operation) (string, error) { return "", nil })
}

// syncDoor checks permission, then existence.
func (c *Control) syncDoor(ctx context.Context, a ztp.Actor, verb, ref string, v ztp.VendorName) (ztp.Platform, ztp.VendorInfo, error) {
	if err := c.mayChange(ctx, a, verb, "", v); err != nil {
		return ztp.Platform{}, ztp.VendorInfo{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return p, info, err
	}
	if _, ok := c.vendors[info.Name].(ztp.EndpointRegistrar); !ok {
		err = &ztp.Error{Code: ztp.CodeVendorCannot}
	}
	return p, info, err
}

// openForMany is the open operation for many phones of a link, nil without one.
func (c *Control) openForMany(ctx context.Context, p ztp.Platform, v ztp.VendorName) (*ztp.Operation, error) {
	open, err := c.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: p.ID, Vendor: v, Open: true, Limit: 1000})
	i := slices.IndexFunc(open.Items, func(op ztp.Operation) bool { return op.Kind.ForMany() })
	if err != nil || i < 0 {
		return nil, err
	}
	return &open.Items[i], nil
}

// queueForMany commits an operation for many phones with its audit row and what with does
// in the same transaction; with returns the detail of the row.
func (c *Control) queueForMany(ctx context.Context, a ztp.Actor, p ztp.Platform, info ztp.VendorInfo, verb string, x action, with func(s ztp.Store, op *ztp.Operation) (string, error)) (Result, error) {
	hash := x.bodyHash(p.ID, info.Name)
	op := c.operation(a, x.kind, p.ID, info.Name, x.params, x.sub.Key, hash)
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		detail, err := with(s, &op)
		if err != nil {
			return err
		}
		if err := s.CreateOperation(ctx, op); err != nil {
			return err
		}
		e := c.event(a, verb, p.ID, info.Name, x.target)
		e.Operation, e.Detail = op.ID, detail
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		won, err := c.racedEndpoint(ctx, a, x.sub.Key, hash, err)
		if err != nil {
			c.refused(ctx, a, verb, p.ID, info.Name, x.target, err)
			return Result{}, err
		}
		return c.result(ctx, p, info, won, nil)
	}
	c.cfg.Wake()
	return c.result(ctx, p, info, &op, nil)
}

// PhoneSync tells what the last complete sync of a link has found. No vendor is called.
func (c *Control) PhoneSync(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName) (SyncView, error) {
	if err := maySee(a); err != nil {
		return SyncView{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return SyncView{}, err
	}
	out := SyncView{Info: info, Of: p}
	if out.PhoneSync, err = c.cfg.Store.PhoneSync(ctx, p.ID, info.Name); err != nil {
		return out, err
	}
	if out.Running, err = c.openForMany(ctx, p, info.Name); err != nil {
		return out, err
	}
	latest, err := c.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: p.ID, Vendor: info.Name, Limit: 100})
	i := slices.IndexFunc(latest.Items, func(op ztp.Operation) bool { return op.Kind == ztp.KindSync && op.State.Final() })
	if err == nil && i >= 0 && latest.Items[i].Error != nil {
		out.Failed = &latest.Items[i]
	}
	return out, err
}

// NotComparedSince counts the other platforms whose last complete sync began before the
// view's: one that is missing in this company may stand in one of theirs.
func (c *Control) NotComparedSince(ctx context.Context, v SyncView) (n int, err error) {
	all, err := c.cfg.Store.PhoneSyncs(ctx, v.Info.Name)
	for _, y := range all {
		if y.Platform != v.Of.ID && y.BeganAt.Before(v.BeganAt) {
			n++
		}
	}
	return n, err
}

// Drifts returns findings of the last complete sync, by MAC.
func (c *Control) Drifts(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, class ztp.DriftClass, cursor string, limit int) (ztp.Page[DriftView], error) {
	none := ztp.Page[DriftView]{}
	view, err := c.PhoneSync(ctx, a, ref, v)
	if err != nil || view.Operation == "" {
		return none, err
	}
	page, err := c.cfg.Store.Drifts(ctx, ztp.DriftQuery{Operation: view.Operation, Class: class, Cursor: cursor, Limit: limit})
	if err != nil {
		return none, err
	}
	items, err := c.viewDrifts(ctx, a, view.Of, page.Items)
	return ztp.Page[DriftView]{Items: items, Next: page.Next}, err
}

func (c *Control) viewDrifts(ctx context.Context, a ztp.Actor, p ztp.Platform, found []ztp.Drift) ([]DriftView, error) {
	macs := make([]ztp.MAC, len(found))
	for i, d := range found {
		macs[i] = d.MAC
	}
	rows, err := c.cfg.Store.EndpointsByMACs(ctx, p.ID, macs)
	if err != nil {
		return nil, err
	}
	out := make([]DriftView, len(found))
	for i, d := range found {
		out[i] = DriftView{Drift: d, Verbs: ztp.DriftVerbsFor(d.Class)}
		row, there := rows[d.MAC]
		there = there && row.Vendor == d.Vendor && row.State != ztp.EndpointReleased
		if there {
			out[i].Phone = &row
		}
		if there == (d.Class == ztp.DriftUnknown) || there && row.UpdatedAt.After(d.FoundAt) {
			out[i].Changed, out[i].Verbs = true, nil
		}
		if d.Account != "" {
			acc, err := c.cfg.Store.Account(ctx, p.ID, string(d.Account))
			if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
				return nil, err
			}
			if err == nil {
				out[i].Owner = &acc
			}
		}
		if d.Elsewhere != "" && a.MayChange() {
			at, err := c.cfg.Store.Platform(ctx, string(d.Elsewhere))
			if err != nil && !ztp.IsCode(err, ztp.CodeNotFound) {
				return nil, err
			}
			if err == nil {
				out[i].At = &at
			}
		}
	}
	return out, nil
}

// pickedDetail says in the audit log what was picked.
func pickedDetail(class ztp.DriftClass, n int) string {
	if class == "" {
		return ztp.Counted(n, "phone", "phones")
	}
	return fmt.Sprintf("%s, class %s", ztp.Counted(n, "phone", "phones"), class)
}
