package campaign_test

import (
	"context"
	"testing"
	"time"

	"zerotouch.example/internal/campaign"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// untilLooked ends the runner's turn with its first look at changes of settings.
type untilLooked struct {
	*control.Control
	stop context.CancelFunc
}

func (d untilLooked) LookAtRollouts(ctx context.Context) error {
	defer d.stop()
	return d.Control.LookAtRollouts(context.WithoutCancel(ctx))
}

// A change of settings is watched without anybody asking, and stops where nobody can tell.
func TestRolloutsAreLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := w.clock.now()
	r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), State: ztp.RolloutProposed, ProposedAt: now, MovedAt: now}
	w.must(w.store.ProposeSettings(t.Context(), r, nil, []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("de")}}))
	ctl, _ := w.process(w.store)
	_, err := ctl.AdvanceRollout(t.Context(), admin, r.ID, 1)
	w.must(err)
	w.clock.advance(2 * day)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	campaign.New(campaign.Config{Store: w.store, Door: untilLooked{ctl, stop}, Now: w.clock.now}).Run(ctx)
	r, err = w.store.Rollout(t.Context(), r.ID)
	w.must(err)
	if r.State != ztp.RolloutStopped || r.MovedBy != "system:rollouts" {
		t.Errorf("%+v", r)
	}
}
