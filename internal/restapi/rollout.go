package restapi

import (
	"context"

	"zerotouch.example/api"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// AtRollout is /setting-rollouts/{id}.
type AtRollout struct {
	ID string `path:"id" doc:"Id of the rollout"`
}

func (t *AtRollout) locate(param func(string) string) { t.ID = param("id") }

func (t *AtRollout) exists(ctx context.Context, c *control.Control, a ztp.Actor) error {
	_, err := c.Rollout(ctx, a, t.id())
	return err
}

func (*AtRollout) vendor() ztp.VendorName { return "" }

func (t *AtRollout) id() ztp.RolloutID { return ztp.RolloutID(t.ID) }

type rolloutOut struct{ Body api.Rollout }

func (n *names) rollout(r ztp.Rollout) api.Rollout {
	signs := func(s ztp.PhoneSigns) api.PhoneSigns {
		return api.PhoneSigns{Ring: s.Ring, Others: s.Others, Registered: s.Registered, Earlier: s.Earlier, EarlierRegistered: s.EarlierRegistered}
	}
	return api.Rollout{
		ID: string(r.ID), Layer: string(r.Scope.Layer()), Platform: n.platform(r.Scope.Platform), Account: n.account(r.Scope.Platform, r.Scope.Account),
		State: string(r.State), Percent: r.Percent, Phones: r.Phones, InRing: r.InRing, RingAt: when(r.RingAt), Reason: r.Reason,
		Watch: api.RolloutWatch{Before: signs(r.Watch.Before), Now: signs(r.Watch.Now), SpreadAt: when(r.Watch.SpreadAt), AgainAt: when(r.Watch.AgainAt),
			SeenAt: when(r.Watch.SeenAt)},
		ProposedAt: r.ProposedAt.UTC(), ProposedBy: r.ProposedBy, MovedAt: r.MovedAt.UTC(), MovedBy: r.MovedBy,
	}
}

func (s *server) rolloutAs(ctx context.Context, r ztp.Rollout, err error) (*rolloutOut, error) {
	if err != nil {
		return nil, err
	}
	return &rolloutOut{s.names(ctx).rollout(r)}, nil
}

func (s *server) listRollouts(ctx context.Context, in *struct {
	Open bool `query:"open" doc:"Only those that are neither done nor taken back"`
}) (*listOut[api.Rollout], error) {
	list, err := s.control.ListRollouts(ctx, actor(ctx), in.Open)
	if err != nil {
		return nil, err
	}
	return wireList(ztp.Page[ztp.Rollout]{Items: list}, s.names(ctx).rollout), nil
}

func (s *server) rollout(ctx context.Context, in *struct{ AtRollout }) (*rolloutOut, error) {
	v, err := s.control.RolloutDiff(ctx, actor(ctx), in.id())
	if err != nil {
		return nil, err
	}
	out := &rolloutOut{s.names(ctx).rollout(v.Rollout)}
	for _, c := range v.Changes {
		out.Body.Changes = append(out.Body.Changes, api.RolloutChange{Name: string(c.Name), Index: c.Index, Secret: c.Secret, Before: c.Before, After: c.After})
	}
	for _, m := range v.Models {
		out.Body.Models = append(out.Body.Models, api.ModelCount{Vendor: string(m.Vendor), Model: m.Model, Phones: m.Phones})
	}
	return out, nil
}

func (s *server) advanceRollout(ctx context.Context, in *struct {
	AtRollout
	Body api.AdvanceRollout
}) (*rolloutOut, error) {
	r, err := s.control.AdvanceRollout(ctx, actor(ctx), in.id(), in.Body.Percent)
	return s.rolloutAs(ctx, r, err)
}

func (s *server) stopRollout(ctx context.Context, in *struct {
	AtRollout
	Body *api.StopRollout
}) (*rolloutOut, error) {
	var body api.StopRollout
	if in.Body != nil {
		body = *in.Body
	}
	r, err := s.control.StopRollout(ctx, actor(ctx), in.id(), body.Reason)
	return s.rolloutAs(ctx, r, err)
}

func (s *server) takeBackRollout(ctx context.Context, in *struct {
	AtRollout
	Body *nothing
}) (*rolloutOut, error) {
	r, err := s.control.TakeBackRollout(ctx, actor(ctx), in.id())
	return s.rolloutAs(ctx, r, err)
}

type freezeOut struct{ Body api.SettingFreeze }

func wireFreeze(f *ztp.SettingFreeze) api.SettingFreeze {
	if f == nil {
		return api.SettingFreeze{}
	}
	return api.SettingFreeze{Frozen: true, Reason: f.Reason, Since: when(f.At), By: f.By}
}

func (s *server) settingFreeze(ctx context.Context, _ *struct{}) (*freezeOut, error) {
	f, err := s.control.SettingFreeze(ctx, actor(ctx))
	if err != nil {
		return nil, err
	}
	return &freezeOut{wireFreeze(f)}, nil
}

func (s *server) setSettingFreeze(ctx context.Context, in *struct {
	Nowhere
	Body api.SetSettingFreeze
}) (*freezeOut, error) {
	if !in.Body.Frozen {
		return &freezeOut{}, s.control.UnfreezeSettings(ctx, actor(ctx))
	}
	f, err := s.control.FreezeSettings(ctx, actor(ctx), in.Body.Reason)
	if err != nil {
		return nil, err
	}
	return &freezeOut{wireFreeze(f)}, nil
}

// sentOn is said of sending a change on.
const sentOn = "One that has gone so far already stays as it is, so that a request may be repeated. One that is stopped goes on, also at the same part. " +
	"By itself it goes on when enough phones of its ring have come with it and come again, and as many are registered at the voice service as before; where not, it stops. " +
	"With 100 it is done, and other changes of these settings can be made."

// rolloutRoutes are those of changes that touch many phones.
func (s *server) rolloutRoutes() {
	read(s, route{method: "GET", path: "/setting-rollouts", id: "list-setting-rollouts", summary: "Changes of settings that touch many phones: the newest hundred, or all that are open"}, s.listRollouts)
	read(s, route{method: "GET", path: "/setting-rollouts/{id}", id: "get-setting-rollout", summary: "One of them, with what it changes for how many phones"}, s.rollout)
	write(s, route{method: "POST", path: "/setting-rollouts/{id}/advance", id: "advance-setting-rollout", summary: "Send it to 1, 10 or 100 percent of the phones now", more: sentOn}, s.advanceRollout)
	write(s, route{method: "POST", path: "/setting-rollouts/{id}/stop", id: "stop-setting-rollout", summary: "Let no further phones have it; those that have it keep it"}, s.stopRollout)
	write(s, route{method: "POST", path: "/setting-rollouts/{id}/back", id: "take-back-setting-rollout", summary: "Make what was set before count again, at once for every phone", more: "One that is done can be taken back as long as none of its values was changed since, and the secrets from before it until the next one is done."}, s.takeBackRollout)
	read(s, route{method: "GET", path: "/setting-freeze", id: "get-setting-freeze", summary: "Whether changes of settings go out"}, s.settingFreeze)
	write(s, route{method: "PUT", path: "/setting-freeze", id: "set-setting-freeze", summary: "Let no change of settings go out in the whole installation, or let them go out again", more: "While settings are frozen, phones go on getting what they get: changes are refused as settings_frozen, those for many phones are proposed and wait, and no ring follows."}, s.setSettingFreeze)
}
