package orchestrator

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

// offboarded writes the receipt of an off-boarding that has come to its end, in the
// operation's last commit. A company that was there before zerotouch is not ours to keep
// a record of: nothing of ours is in it any more.
func (r *run) offboarded(ctx context.Context, s ztp.Store, l *ztp.Link) error {
	if r.offboard().Cancelled {
		return r.receipt(ctx, s, ztp.OffboardingCancelled)
	}
	if l.Connected {
		l.CompanyID, l.CompanyName, l.Profiles = "", "", nil
	}
	return r.receipt(ctx, s, ztp.OffboardingDone)
}

// offboardStopped writes the receipt of one that has ended without success.
func (r *run) offboardStopped(ctx context.Context, s ztp.Store) error {
	if err := s.EndPhoneItems(ctx, r.op.ID, r.op.Platform, r.op.Error, r.op.UpdatedAt); err != nil {
		return err
	}
	return r.receipt(ctx, s, ztp.OffboardingStopped)
}

// receipt records what became of the off-boarding at this vendor, and ends it when that
// was the last. Phones of one that did not come to its end are served again.
func (r *run) receipt(ctx context.Context, s ztp.Store, state ztp.OffboardingState) error {
	o, err := s.Offboarding(ctx, r.op.Params.Offboarding)
	if err != nil {
		return err
	}
	p := o.Part(r.op.Vendor)
	if err := r.fillIn(ctx, s, p); err != nil {
		return err
	}
	p.State, p.EndedAt, p.Problem = state, r.op.UpdatedAt, r.op.Error
	if o, err = o.Ended(r.op.UpdatedAt); err != nil {
		return err
	}
	if err := s.SaveOffboarding(ctx, o); err != nil || o.State == ztp.OffboardingRunning {
		return err
	}
	e := ztp.System("orchestrator").Event(r.op.UpdatedAt, "platform.offboarded", o.Slug)
	e.Platform, e.Detail = o.Platform, string(o.ID)+": "+string(o.State)+", "+o.Summary()
	if o.State != ztp.OffboardingDone {
		e.Outcome = ztp.OutcomeFailed
		if err := s.SendPhonesHome(ctx, o.Platform, time.Time{}); err != nil {
			return err
		}
	}
	return s.AppendEvent(ctx, e)
}

// fillIn counts what was given up at the vendor.
func (r *run) fillIn(ctx context.Context, s ztp.Store, p *ztp.OffboardingPart) error {
	t, err := s.CountPhoneItems(ctx, r.op.ID)
	if err != nil {
		return err
	}
	keys, err := s.Credentials(ctx, r.op.Platform, r.op.Vendor)
	if err != nil {
		return err
	}
	p.Phones = t.Total()
	p.Released, p.Refused, p.Left = t[ztp.PhoneItemDone], t[ztp.PhoneItemFailed], t[ztp.PhoneItemCancelled]
	p.KeysRevoked = 0
	for _, c := range keys {
		if c.State == ztp.CredentialRevoked && !c.RevokedAt.Before(r.op.CreatedAt) {
			p.KeysRevoked++
		}
	}
	d := r.offboard()
	p.ProfilesRemoved, p.ProfilesOff = d.Removed, d.Off
	p.Strangers, p.StrangerMACs, p.ForeignKeys = d.Strangers, d.StrangerMACs, r.op.Data.Foreign
	p.CompanyGone = r.op.Data.CompanyGone
	return nil
}
