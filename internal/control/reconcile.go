package control

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

// ReconciliationView is how a reconciliation with a vendor stands.
type ReconciliationView struct {
	ztp.Reconciliation
	Info ztp.VendorInfo
	// Scope is the slug of the one platform that it is about, "" for all.
	Scope string
	// Age is how old the last complete run is, zero before the first; Overdue says that
	// it should have come round again.
	Age     time.Duration
	Overdue bool
}

// RowView is a row of the report with what can be done about it.
type RowView struct {
	ztp.ReconciliationRow
	// Of is the platform that it belongs to, zero for none.
	Of ztp.Platform
	// Offers are what can be done by hand, the first one first.
	Offers []RowVerb
	// RevokeKey: the key can be removed by itself, see Control.RevokeKey.
	RevokeKey bool
}

// ReconciliationFilter selects rows; zero fields select all. Platform is a slug or id.
type ReconciliationFilter struct {
	Platform string
	Class    ztp.RowClass
	Cursor   string
	Limit    int
}

// Reconcile asks for a reconciliation of all platforms, or of one, with the vendor. One
// that is open already is the answer too. It only reads at the vendor.
func (c *Control) Reconcile(ctx context.Context, a ztp.Actor, v ztp.VendorName, ref string) (ReconciliationView, error) {
	if err := c.mayChange(ctx, a, "reconcile.asked", "", v); err != nil {
		return ReconciliationView{}, err
	}
	info, p, err := c.scope(ctx, v, ref)
	if err != nil {
		return ReconciliationView{}, err
	}
	if !info.CanCreateCompanies {
		return ReconciliationView{}, &ztp.Error{Code: ztp.CodeVendorCannot}
	}
	if err := c.require(ctx, needReseller, p, info); err != nil {
		c.refused(ctx, a, "reconcile.asked", p.ID, v, "", err)
		return ReconciliationView{}, err
	}
	err = c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		opened, err := s.AskReconciliation(ctx, v, p.ID, a.String())
		if err != nil || !opened {
			return err
		}
		return s.AppendEvent(ctx, c.event(a, "reconcile.asked", p.ID, v, ""))
	})
	if err != nil {
		return ReconciliationView{}, err
	}
	c.cfg.Wake()
	return c.Reconciliation(ctx, a, v, ref)
}

// scope resolves a vendor, and a platform where one is named.
func (c *Control) scope(ctx context.Context, v ztp.VendorName, ref string) (info ztp.VendorInfo, p ztp.Platform, err error) {
	if info, err = c.Vendor(v); err == nil && ref != "" {
		p, err = c.cfg.Store.Platform(ctx, ref)
	}
	return info, p, err
}

// Reconciliation tells how the reconciliation with a vendor stands. No vendor is called.
func (c *Control) Reconciliation(ctx context.Context, a ztp.Actor, v ztp.VendorName, ref string) (ReconciliationView, error) {
	if err := maySee(a); err != nil {
		return ReconciliationView{}, err
	}
	info, p, err := c.scope(ctx, v, ref)
	if err != nil {
		return ReconciliationView{}, err
	}
	out := ReconciliationView{Info: info, Scope: p.Slug}
	if out.Reconciliation, err = c.cfg.Store.Reconciliation(ctx, v, p.ID); err != nil {
		return out, err
	}
	links, err := c.cfg.Store.ListLinks(ctx, p.ID, v)
	if err != nil {
		return out, err
	}
	if !out.CompleteAt.IsZero() {
		out.Age = max(c.now().Sub(out.CompleteAt), 0)
	}
	out.Overdue = out.Reconciliation.Overdue(ztp.ReconcilableSince(links), c.now())
	return out, nil
}

// WaitReconciliation returns how it stands when no run is open any more, or when d has
// passed or the context has ended.
func (c *Control) WaitReconciliation(ctx context.Context, a ztp.Actor, v ztp.VendorName, ref string, d time.Duration) (ReconciliationView, error) {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := c.Reconciliation(ctx, a, v, ref)
		if err != nil || out.Run == "" {
			return out, err
		}
		select {
		case <-tick.C:
		case <-deadline.C:
			return out, nil
		case <-ctx.Done():
			return out, nil
		}
	}
}

// ReconciliationRows returns rows of the last complete run, those that differ first.
func (c *Control) ReconciliationRows(ctx context.Context, a ztp.Actor, v ztp.VendorName, f ReconciliationFilter) (ztp.Page[RowView], error) {
	var none ztp.Page[RowView]
	if err := maySee(a); err != nil {
		return none, err
	}
	_, p, err := c.scope(ctx, v, f.Platform)
	if err != nil {
		return none, err
	}
	page, err := c.cfg.Store.ReconciliationRows(ctx, ztp.ReconciliationQuery{Vendor: v, Platform: p.ID, Class: f.Class, Cursor: f.Cursor, Limit: f.Limit})
	if err != nil {
		return none, err
	}
	out := ztp.Page[RowView]{Next: page.Next, Items: make([]RowView, 0, len(page.Items))}
	for _, r := range page.Items {
		view, err := c.viewRow(ctx, r)
		if err != nil {
			return none, err
		}
		out.Items = append(out.Items, view)
	}
	return out, nil
}

// ReconciliationRow returns one row of the last complete run.
func (c *Control) ReconciliationRow(ctx context.Context, a ztp.Actor, v ztp.VendorName, id string) (RowView, error) {
	if err := maySee(a); err != nil {
		return RowView{}, err
	}
	if _, err := c.Vendor(v); err != nil {
		return RowView{}, err
	}
	r, err := c.cfg.Store.ReconciliationRow(ctx, v, id)
	if err != nil {
		return RowView{}, err
	}
	return c.viewRow(ctx, r)
}

func (c *Control) viewRow(ctx context.Context, r ztp.ReconciliationRow) (RowView, error) {
	x, err := c.rowNow(ctx, r)
	if err != nil {
		return RowView{}, err
	}
	out := RowView{ReconciliationRow: r, Of: x.of}
	for _, verb := range RowVerbs {
		if _, ok := x.does(verb); ok {
			out.Offers = append(out.Offers, verb)
		}
	}
	out.RevokeKey = r.Kind == ztp.RowKey && (r.Reason == ztp.ReasonKeyForeign || r.Reason == ztp.ReasonKeyLater)
	return out, nil
}
