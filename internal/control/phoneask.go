package control

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// phoneAsk is a request about one phone, with what its answer and its audit rows need.
type phoneAsk struct {
	c    *Control
	a    ztp.Actor
	p    ztp.Platform
	info ztp.VendorInfo
	kind ztp.OperationKind
	mac  ztp.MAC
	sub  Submission
	hash string
}

// phoneDoor checks permission, then that there is such a phone, and returns it with the
// vendor where it is registered.
func (c *Control) phoneDoor(ctx context.Context, a ztp.Actor, kind ztp.OperationKind, ref string, mac ztp.MAC) (ztp.Platform, ztp.VendorInfo, ztp.Endpoint, error) {
	p, info, err := c.endpointDoor(ctx, a, kind, ref, "", mac)
	if err != nil {
		return p, info, ztp.Endpoint{}, err
	}
	e, err := c.cfg.Store.Endpoint(ctx, p.ID, mac)
	if err != nil {
		return p, info, e, err
	}
	info, err = c.Vendor(e.Vendor)
	return p, info, e, err
}

// onlyAgain is for a phone that is released by now: it exists for whoever repeats the
// request that released it.
func (x phoneAsk) onlyAgain(ctx context.Context, answer ztp.MAC) (EndpointResult, error) {
	op, err := x.c.repeated(ctx, x.a, x.sub.Key, x.hash)
	if op == nil && err == nil {
		err = ztp.NotFound("phone")
	}
	return x.c.endpointResult(ctx, x.p, answer, op, err)
}

func (x phoneAsk) refused(ctx context.Context, err error) (EndpointResult, error) {
	x.c.refused(ctx, x.a, "endpoint."+string(x.kind)+".asked", x.p.ID, x.info.Name, x.mac.String(), err)
	return EndpointResult{}, x.c.named(ctx, x.a, x.p, x.mac, err)
}

// make saves what is wished, the operation and its audit rows in one commit, or returns
// what the same request has made before.
func (x phoneAsk) make(ctx context.Context, op *ztp.Operation, wish func(s ztp.Store) error, events ...ztp.Event) (EndpointResult, error) {
	err := x.c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		if err := wish(s); err != nil {
			return err
		}
		if err := s.CreateOperation(ctx, *op); err != nil {
			return err
		}
		for _, e := range events {
			e.Operation = op.ID
			if err := s.AppendEvent(ctx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		if op, err = x.c.racedEndpoint(ctx, x.a, x.sub.Key, x.hash, err); err != nil {
			return x.refused(ctx, err)
		}
	} else {
		x.c.cfg.Wake()
	}
	return x.c.endpointResult(ctx, x.p, op.MAC, op, nil)
}

// named adds to endpoint_taken which platform of this installation has the MAC, for
// whoever may move it from there.
func (c *Control) named(ctx context.Context, a ztp.Actor, p ztp.Platform, mac ztp.MAC, err error) error {
	if !ztp.IsCode(err, ztp.CodeEndpointTaken) || !a.MayChange() {
		return err
	}
	held, herr := c.cfg.Store.EndpointByMAC(ctx, mac)
	if herr != nil || held.Platform == p.ID {
		return err
	}
	e := *ztp.AsError(err)
	e.Holder = held.Platform
	return &e
}
