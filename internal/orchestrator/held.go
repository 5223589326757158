package orchestrator

import (
	"context"
	"errors"
	"strings"

	"zerotouch.example/internal/ztp"
)

// errHeld ends a turn before a call that would change something, because vendor
// writes are off. Nothing was sent; the operation goes on when they are on again.
var errHeld = errors.New("vendor writes are off")

// writesOn is errHeld while nothing may be changed at this vendor.
func (r *run) writesOn(ctx context.Context) error {
	off, err := r.writesOff(ctx)
	if err == nil && off != nil {
		err = errHeld
	}
	return err
}

func (r *run) writesOff(ctx context.Context) (*ztp.WritesOff, error) {
	all, err := r.o.cfg.Store.WritesOff(ctx)
	if err != nil {
		return nil, &storeError{err}
	}
	return ztp.WritesOffFor(all, r.op.Vendor), nil
}

// hold rests until vendor writes are on again; whoever switches them on wakes what
// waits. What was sent before and not answered stays to be looked for.
func (r *run) hold(ctx context.Context) error {
	off, err := r.writesOff(ctx)
	if err != nil {
		return err
	}
	reason := "Vendor writes are off"
	if off != nil {
		e := off.Err()
		reason = r.title(e.Code) + ". " + strings.TrimSuffix(e.Detail, ".")
	}
	return r.pause(ctx, &rest{until: r.o.now().Add(heldBack), reason: reason})
}

// stopWriting records, with the finding itself, that another copy of this
// installation is at work at the vendor: from then on nothing is changed there.
func (r *run) stopWriting(ctx context.Context, s ztp.Store) error {
	who := ztp.System("orchestrator").String()
	added, err := s.SwitchWritesOff(ctx, ztp.WritesOff{
		Vendor: r.op.Vendor, Reason: ztp.WritesAnotherCopy, Since: r.o.now(), By: who,
		Detail: "Platform " + r.platform.Slug + ": " + r.op.Error.Detail,
	})
	if err != nil || !added {
		return err
	}
	r.log.Error("another copy of this installation is running; nothing more is changed at this vendor", "detail", r.op.Error.Detail)
	return s.AppendEvent(ctx, ztp.Event{
		At: r.o.now(), Actor: who, Action: "vendor_writes.stopped", Platform: r.op.Platform, Vendor: r.op.Vendor,
		Operation: r.op.ID, Outcome: ztp.OutcomeFailed, Code: ztp.CodeAnotherCopyRunning, Detail: r.op.Error.Detail,
	})
}
