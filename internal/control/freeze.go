package control

import (
	"context"

	"zerotouch.example/internal/ztp"
)

// thawed refuses what would go out while settings are frozen.
func thawed(ctx context.Context, s ztp.Store) error {
	f, err := s.SettingFreeze(ctx)
	if err == nil && f != nil {
		err = f.Err()
	}
	return err
}

// SettingFreeze is nil while changes of settings go out.
func (c *Control) SettingFreeze(ctx context.Context, a ztp.Actor) (*ztp.SettingFreeze, error) {
	if err := maySee(a); err != nil {
		return nil, err
	}
	return c.cfg.Store.SettingFreeze(ctx)
}

// FreezeSettings lets no change of settings go out, in the whole installation: phones go
// on getting what they get, and no ring follows. Frozen already, it stays as it is.
func (c *Control) FreezeSettings(ctx context.Context, a ztp.Actor, reason string) (*ztp.SettingFreeze, error) {
	if err := c.mayChange(ctx, a, "settings.freeze", "", ""); err != nil {
		return nil, err
	}
	if err := validReason(reason); err != nil {
		return nil, err
	}
	err := c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		added, err := s.FreezeSettings(ctx, ztp.SettingFreeze{Reason: reason, At: c.now(), By: a.String()})
		if err != nil || !added {
			return err
		}
		e := c.event(a, "settings.frozen", "", "", "")
		e.Detail = reason
		return s.AppendEvent(ctx, e)
	})
	if err != nil {
		return nil, err
	}
	return c.cfg.Store.SettingFreeze(ctx)
}

// UnfreezeSettings lets them go out again.
func (c *Control) UnfreezeSettings(ctx context.Context, a ztp.Actor) error {
	if err := c.mayChange(ctx, a, "settings.unfreeze", "", ""); err != nil {
		return err
	}
	return c.cfg.Store.Tx(ctx, func(s ztp.Store) error {
		lifted, err := s.UnfreezeSettings(ctx)
		if err != nil || !lifted {
			return err
		}
		return s.AppendEvent(ctx, c.event(a, "settings.unfrozen", "", "", ""))
	})
}

// validReason says what is wrong with words that somebody gives as a reason; none is right.
func validReason(reason string) error {
	if reason == "" || ztp.ValidName(reason) {
		return nil
	}
	return ztp.Invalid("reason", "A reason has at most 120 characters, no control characters and no space at its ends.")
}
