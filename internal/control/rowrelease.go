package control

import (
	"context"
	"fmt"

	"zerotouch.example/internal/ztp"
)

// releaseRow lets the record here go of a company or a key, unless something changed
// since the row was made. Then the platform is compared anew.
func (c *Control) releaseRow(ctx context.Context, a ztp.Actor, x rowAction) error {
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		l, err := s.Link(ctx, x.row.Platform, x.row.Vendor)
		if err != nil {
			return err
		}
		open, err := s.ListOperations(ctx, ztp.OperationQuery{Platform: x.row.Platform, Vendor: x.row.Vendor, Open: true, Limit: 1})
		if err != nil {
			return err
		}
		if len(open.Items) > 0 {
			return running(open.Items[0])
		}
		release := c.releaseCompany
		if x.row.Kind == ztp.RowKey {
			release = c.releaseKey
		}
		if err := release(ctx, s, x, l); err != nil {
			return err
		}
		if _, err := s.AskReconciliation(ctx, x.row.Vendor, x.row.Platform, a.String()); err != nil {
			return err
		}
		e := c.event(a, string(x.row.Kind)+".released", x.row.Platform, x.row.Vendor, x.row.CompanyID)
		if x.row.Kind == ztp.RowKey {
			e.Target = fmt.Sprint(x.row.Number)
		}
		e.Detail = x.row.Reason.Title()
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		c.refused(ctx, a, "row.release", x.row.Platform, x.row.Vendor, x.row.ID, err)
	}
	return err
}

// releaseCompany forgets the company of a link that is not configured. The nonce goes
// too, so that a later Onboard makes a company of its own instead of finding this one.
func (c *Control) releaseCompany(ctx context.Context, s ztp.Store, x rowAction, l ztp.Link) error {
	if l.State != ztp.LinkNotConfigured || l.CompanyID != x.row.CompanyID {
		return &ztp.Error{Code: ztp.CodeFormOutdated}
	}
	keys, err := s.Credentials(ctx, l.Platform, l.Vendor)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if k.State.Live() {
			return ztp.Errorf(ztp.CodeInUse, "Key %d may still exist in the company. It is tried again every hour to delete it.", k.Number)
		}
	}
	n, err := s.CountEndpoints(ctx, l.Platform, l.Vendor)
	if err != nil {
		return err
	}
	if there := n.Held() + n.Wanted; there > 0 {
		return ztp.Errorf(ztp.CodeInUse, "%d phones of this platform are in the company. Release them first, or onboard again.", there)
	}
	l.CompanyID, l.CompanyName, l.Nonce, l.Profiles, l.Later = "", "", "", nil, nil
	l.Unconfirmed, l.Error, l.UpdatedAt = false, nil, c.now()
	return s.SaveLink(ctx, l)
}

// releaseKey closes the record of a key that the vendor does not list any more.
func (c *Control) releaseKey(ctx context.Context, s ztp.Store, x rowAction, l ztp.Link) error {
	k, err := s.Credential(ctx, l.Platform, l.Vendor, x.row.Number)
	if err != nil {
		return err
	}
	if l.Active == k.Number || k.State != x.key.State || k.VendorID != x.key.VendorID {
		return &ztp.Error{Code: ztp.CodeFormOutdated}
	}
	from := k.State
	if k, err = k.Move(ztp.CredentialRevoked); err != nil {
		return &ztp.Error{Code: ztp.CodeFormOutdated, Err: err}
	}
	k.RevokedAt, k.Sealed = c.now(), false
	return s.MoveCredential(ctx, k, from)
}
