package control

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// CheckExposed asks for the proof after a suspected exposure without a rotation: a check that
// also compares every address at the vendor with ours. It changes nothing there.
func (c *Control) CheckExposed(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, s Submission) (Result, error) {
	if err := c.mayChange(ctx, a, "check.asked", "", v); err != nil {
		return Result{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return Result{}, err
	}
	x := action{kind: ztp.KindCheck, sub: s, params: ztp.OperationParams{Exposed: true}}
	return c.queueBeside(ctx, a, p, info, x, c.keyInForce)
}

// FixAddress puts one address right that a proof or a check has named by its target. A phone
// with a row here gets its own address written, and our profile the platform's; what is
// none of ours to correct is paused, which the vendor's portal can undo. Nothing is
// deleted.
func (c *Control) FixAddress(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, target string, s Submission) (Result, error) {
	const verb = "fix_address.asked"
	if err := c.mayChange(ctx, a, verb, "", v); err != nil {
		return Result{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return Result{}, err
	}
	if target, err = addressTarget(target); err != nil {
		return Result{}, err
	}
	x := action{kind: ztp.KindPauseForeign, sub: s, params: ztp.OperationParams{Target: target}, target: target}
	x.hash = x.bodyHash(p.ID, info.Name) // of whichever kind it comes to
	if op, err := c.repeated(ctx, a, s.Key, x.hash); op != nil || err != nil {
		return c.result(ctx, p, info, op, err)
	}
	f, err := c.foreignAddress(ctx, p, info.Name, target)
	if err != nil {
		c.refused(ctx, a, verb, p.ID, info.Name, target, err)
		return Result{}, err
	}
	switch f.Fix {
	case FixUpdateAddress:
		x.kind, x.params = ztp.KindUpdateAddress, ztp.OperationParams{}
	case FixWrite:
		mac, _ := f.MAC()
		res, err := c.writeEndpoint(ctx, a, p, info, ztp.KindRegister, mac, s, x.hash, func(*ztp.Endpoint) error { return nil })
		return c.result(ctx, p, info, res.Operation, err)
	default:
		x.mac, _ = f.MAC()
	}
	return c.queueBeside(ctx, a, p, info, x, c.keyInForce)
}

// addressTarget takes a MAC in any spelling, or the id of a profile.
func addressTarget(text string) (string, error) {
	if mac, err := ztp.ParseMAC(text); err == nil {
		return mac.String(), nil
	}
	if !ztp.ValidKeyID(text) {
		return "", ztp.Invalid("target", "Give a MAC address, or the vendor's id of a profile, as the list of foreign addresses names it.")
	}
	return text, nil
}

// How a foreign address is put right.
const (
	// FixWrite: the phone's own address is written again.
	FixWrite = "write"
	// FixUpdateAddress: the platform's address is written into our profile, and into
	// phones that have an earlier one.
	FixUpdateAddress = "update_address"
	// FixPause: it is no longer redirected; it stays where it is.
	FixPause = "pause"
)

// ForeignAddressView is an address that is not ours, with what puts it right.
type ForeignAddressView struct {
	ztp.ForeignAddress
	// Fix is FixWrite, FixUpdateAddress or FixPause.
	Fix string
	// Phone is the row of a phone that has one here; nil otherwise.
	Phone *ztp.Endpoint
}

// ForeignAddresses returns a part of what the link's last proof has found and is
// not put right yet.
func (c *Control) ForeignAddresses(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, cursor string, limit int) (ztp.Page[ForeignAddressView], error) {
	none := ztp.Page[ForeignAddressView]{}
	if err := maySee(a); err != nil {
		return none, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return none, err
	}
	l, err := c.cfg.Store.Link(ctx, p.ID, info.Name)
	if err != nil {
		return none, err
	}
	page, err := c.cfg.Store.ForeignAddresses(ctx, ztp.ForeignAddressQuery{Platform: p.ID, Vendor: info.Name, Operation: l.ProofOperation(), Cursor: cursor, Limit: limit})
	if err != nil {
		return none, err
	}
	var macs []ztp.MAC
	for _, f := range page.Items {
		if mac, ok := f.MAC(); ok {
			macs = append(macs, mac)
		}
	}
	rows, err := c.cfg.Store.EndpointsByMACs(ctx, p.ID, macs)
	if err != nil {
		return none, err
	}
	out := ztp.Page[ForeignAddressView]{Next: page.Next}
	for _, f := range page.Items {
		out.Items = append(out.Items, viewForeign(f, rows, info.Name))
	}
	return out, nil
}

// ForeignAddress returns one of them.
func (c *Control) ForeignAddress(ctx context.Context, a ztp.Actor, ref string, v ztp.VendorName, target string) (ForeignAddressView, error) {
	if err := maySee(a); err != nil {
		return ForeignAddressView{}, err
	}
	p, info, err := c.find(ctx, ref, v)
	if err != nil {
		return ForeignAddressView{}, err
	}
	if target, err = addressTarget(target); err != nil {
		return ForeignAddressView{}, err
	}
	return c.foreignAddress(ctx, p, info.Name, target)
}

func (c *Control) foreignAddress(ctx context.Context, p ztp.Platform, v ztp.VendorName, target string) (ForeignAddressView, error) {
	l, err := c.cfg.Store.Link(ctx, p.ID, v)
	if err != nil {
		return ForeignAddressView{}, err
	}
	f, err := c.cfg.Store.ForeignAddress(ctx, p.ID, v, l.ProofOperation(), target)
	if err != nil {
		return ForeignAddressView{}, err
	}
	var rows map[ztp.MAC]ztp.Endpoint
	if mac, ok := f.MAC(); ok {
		if rows, err = c.cfg.Store.EndpointsByMACs(ctx, p.ID, []ztp.MAC{mac}); err != nil {
			return ForeignAddressView{}, err
		}
	}
	return viewForeign(f, rows, v), nil
}

func viewForeign(f ztp.ForeignAddress, rows map[ztp.MAC]ztp.Endpoint, v ztp.VendorName) ForeignAddressView {
	view := ForeignAddressView{ForeignAddress: f, Fix: FixPause}
	if f.What == ztp.ForeignProfile {
		view.Fix = FixUpdateAddress
	}
	if mac, ok := f.MAC(); ok {
		if row, known := rows[mac]; known && row.Vendor == v && row.State != ztp.EndpointReleased {
			view.Fix, view.Phone = FixWrite, &row
		}
	}
	return view
}
