package orchestrator

import (
	"context"
	"strconv"
	"time"

	"zerotouch.example/internal/ztp"
)

// activate makes the proven key the active one, in one commit. Until it, nothing
// used the new key but its proof; after it, nothing takes up the old one.
func (r *run) activate(ctx context.Context) error {
	c, err := r.credential(ctx, r.op.Data.Key)
	if err != nil || c.State == ztp.CredentialActive {
		return err
	}
	now := r.o.now()
	r.op.Data.Flipped = true
	if r.op.Kind != ztp.KindRotate {
		r.op.HoldsLink = false
	}
	r.note("credential.activated", strconv.Itoa(c.Number), "asked by "+r.op.Actor.String())
	r.stepOver(ztp.StepActivate, ztp.StepDone, "")
	err = r.commit(ctx, func(s ztp.Store, l *ztp.Link) error {
		if err := r.retireActive(ctx, s, l); err != nil {
			return err
		}
		active, err := c.Move(ztp.CredentialActive)
		if err != nil {
			return err
		}
		active.VerifiedAt = now
		if err := s.MoveCredential(ctx, active, c.State); err != nil {
			return err
		}
		return r.configured(l, c.Number, now)
	})
	if err == nil {
		r.wakeWaiting(ctx)
	}
	return err
}

// retireActive turns the credential that was active into a retiring one.
func (r *run) retireActive(ctx context.Context, s ztp.Store, l *ztp.Link) error {
	if l.Active == 0 {
		return nil
	}
	old, err := s.Credential(ctx, l.Platform, l.Vendor, l.Active)
	if err != nil {
		return err
	}
	retiring, err := old.Move(ztp.CredentialRetiring)
	if err != nil {
		return err
	}
	return s.MoveCredential(ctx, retiring, old.State)
}

// configured puts the link's facts in place.
func (r *run) configured(l *ztp.Link, n int, now time.Time) (err error) {
	l.Active, l.SetAt, l.SetBy = n, now, r.op.Actor.String()
	l.Error, l.Unconfirmed, l.CheckedAt = nil, false, now
	l.DisabledAt, l.DisabledBy, l.RestoredAt = time.Time{}, "", time.Time{}
	if r.op.Data.AddressTemplate != "" {
		l.AddressTemplate, l.AddressTokenID = r.op.Data.AddressTemplate, r.op.Data.AddressTokenID
	}
	if r.op.Kind != ztp.KindRotate {
		l.Connected = r.op.Kind == ztp.KindConnect
		*l, err = l.Move(ztp.LinkConfigured)
	}
	return err
}

// wakeWaiting lets operations that waited for this link go on. A failure only
// delays them until they look by themselves.
func (r *run) wakeWaiting(ctx context.Context) {
	page, err := r.o.cfg.Store.ListOperations(ctx, ztp.OperationQuery{Platform: r.op.Platform, Vendor: r.op.Vendor, Open: true, Limit: 1000})
	if err != nil {
		return
	}
	for _, op := range page.Items {
		if op.State == ztp.OperationWaiting {
			_ = r.o.cfg.Store.WakeOperation(ctx, op.ID)
		}
	}
	r.o.Wake()
}
