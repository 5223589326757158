package control

import (
	"context"
	"fmt"

	"zerotouch.example/internal/ztp"
)

// WritesRequest switches vendor writes on or off in the whole installation.
type WritesRequest struct {
	On bool
	// Reason is shown on every page while they are off; may be "".
	Reason string
	// NoOtherCopy says that no other copy of this installation is running, which
	// is needed to switch them on after one was found. From then on this database
	// counts as restored: it is older than what the vendor has.
	NoOtherCopy bool
}

// VendorWrites returns every reason why nothing is changed at vendors.
func (c *Control) VendorWrites(ctx context.Context, a ztp.Actor) ([]ztp.WritesOff, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	return c.cfg.Store.WritesOff(ctx)
}

// SetVendorWrites switches vendor writes. Off, operations rest before their next
// call that would change something, and nothing new is begun. What is so already
// stays as it is.
func (c *Control) SetVendorWrites(ctx context.Context, a ztp.Actor, r WritesRequest) ([]ztp.WritesOff, error) {
	verb := "vendor_writes.off"
	if r.On {
		verb = "vendor_writes.on"
	}
	if err := c.mayChange(ctx, a, verb, "", ""); err != nil {
		return nil, err
	}
	if err := validReason(r.Reason); err != nil {
		return nil, err
	}
	change := c.switchOff
	if r.On {
		change = c.switchOn
	}
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error { return change(ctx, s, a, r) })
	if err != nil {
		c.refused(ctx, a, verb, "", "", "", err)
		return nil, err
	}
	if r.On {
		c.wakeHeld(ctx)
	}
	return c.cfg.Store.WritesOff(ctx)
}

func (c *Control) switchOff(ctx context.Context, s ztp.Store, a ztp.Actor, r WritesRequest) error {
	added, err := s.SwitchWritesOff(ctx, ztp.WritesOff{Reason: ztp.WritesSwitchedOff, Detail: r.Reason, Since: c.now(), By: a.String()})
	if err != nil || !added {
		return err
	}
	e := c.event(a, "vendor_writes.off", "", "", "")
	e.Detail = r.Reason
	return s.AppendEvent(ctx, e)
}

func (c *Control) switchOn(ctx context.Context, s ztp.Store, a ztp.Actor, r WritesRequest) error {
	all, err := s.WritesOff(ctx)
	if err != nil {
		return err
	}
	for _, w := range all {
		if w.Reason == ztp.WritesAnotherCopy && !r.NoOtherCopy {
			return w.Err()
		}
	}
	for _, w := range all {
		if err := s.SwitchWritesOn(ctx, w.Vendor); err != nil {
			return err
		}
		e := c.event(a, "vendor_writes.on", "", w.Vendor, "")
		e.Detail = r.Reason
		if w.Reason == ztp.WritesAnotherCopy {
			n, err := s.MarkRestored(ctx, w.Vendor, c.now())
			if err != nil {
				return err
			}
			e.Detail = fmt.Sprintf("no other copy is running; %d platforms to prove. %s", n, r.Reason)
		}
		if err := s.AppendEvent(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// wakeHeld lets operations that rested go on. A failure only delays them until
// they look by themselves.
func (c *Control) wakeHeld(ctx context.Context) {
	for cursor := ""; ; {
		page, err := c.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Open: true, Cursor: cursor, Limit: 1000})
		if err != nil {
			return
		}
		for _, op := range page.Items {
			if op.State == ztp.OperationWaiting {
				_ = c.cfg.Store.WakeOperation(ctx, op.ID)
			}
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	c.cfg.Wake()
}
