package restapi_test

import (
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/ztp"
)

// mustRollout proposes a change above the account's phones, without any.
func (s *stack) mustRollout(scope ztp.SettingScope) string {
	s.t.Helper()
	now := time.Now().UTC().Truncate(time.Millisecond)
	r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), Scope: scope, State: ztp.RolloutProposed, Phones: 200, ProposedAt: now, ProposedBy: "ann", MovedAt: now, MovedBy: "ann"}
	err := s.store.ProposeSettings(s.t.Context(), r, nil, []ztp.SettingChange{
		{Name: "language", Value: ztp.NewSecret("en")}, {Name: "admin_password", Value: ztp.NewSecret("canary-1234"), Secret: true}, {Name: "ntp_server", Unset: true},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return string(r.ID)
}

// TestRollouts: what is proposed is shown with what it changes, sent on and taken back.
func TestRollouts(t *testing.T) {
	t.Parallel()
	s := newStack(t)
	ctx := t.Context()
	s.fill()
	of := api.SettingsOf{Platform: "acme"}
	text := func(v string) *api.Secret { secret := api.Secret(v); return &secret }
	_, err := s.admin.PutSettings(ctx, of, api.PutSettings{Settings: []api.PutSetting{{Name: "language", Value: text("de")}}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.store.Platform(ctx, "acme")
	if err != nil {
		t.Fatal(err)
	}
	id := s.mustRollout(ztp.SettingScope{Platform: p.ID})
	at, err := s.admin.Settings(ctx, of)
	if err != nil || at.Rollout == nil || at.Rollout.ID != id || at.Rollout.Platform != "acme" || at.Rollout.State != api.RolloutProposed {
		t.Errorf("%+v, %v", at.Rollout, err)
	}
	got, err := s.admin.Rollout(ctx, id)
	if err != nil || len(got.Changes) != 3 || len(got.Models) != 1 || got.Models[0].Phones != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	password, language, ntp := got.Changes[0], got.Changes[1], got.Changes[2]
	if !password.Secret || password.Before != nil || *password.After != "" || *language.Before != "de" || *language.After != "en" || ntp.Before != nil || ntp.After != nil {
		t.Errorf("%+v", got.Changes)
	}
	if _, err := s.admin.SetSettingFreeze(ctx, api.SetSettingFreeze{Frozen: true, Reason: "trade fair"}); err != nil {
		t.Fatal(err)
	}
	_, err = s.admin.AdvanceRollout(ctx, id, api.AdvanceRollout{Percent: 1})
	wantProblem(t, err, string(ztp.CodeSettingsFrozen))
	if f, err := s.admin.SetSettingFreeze(ctx, api.SetSettingFreeze{}); err != nil || f.Frozen {
		t.Errorf("%+v, %v", f, err)
	}
	_, err = s.admin.AdvanceRollout(ctx, id, api.AdvanceRollout{Percent: 7})
	wantProblem(t, err, string(ztp.CodeInvalid))
	if r, err := s.admin.AdvanceRollout(ctx, id, api.AdvanceRollout{Percent: 1}); err != nil || r.State != api.RolloutRunning || r.InRing != 1 || r.Phones != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := s.admin.StopRollout(ctx, id, api.StopRollout{Reason: "a look"}); err != nil || r.State != api.RolloutStopped || r.Reason != "a look" {
		t.Errorf("%+v, %v", r, err)
	}
	if again := s.request(ztp.SuperAdmin, "POST", "/api/v1/setting-rollouts/"+id+"/stop", ""); again.status != 200 {
		t.Errorf("stopped without a word: %d %s", again.status, again.body)
	}
	if h, err := s.admin.Health(ctx); err != nil || len(h.Rollouts) != 1 || h.Rollouts[0].Reason != "a look" || h.SettingFreeze.Frozen {
		t.Errorf("health: %+v, %v", h.Rollouts, err)
	}
	if list, err := s.admin.Rollouts(ctx, true); err != nil || len(list.Items) != 1 || list.Items[0].ID != id {
		t.Errorf("%+v, %v", list, err)
	}
	if r, err := s.admin.AdvanceRollout(ctx, id, api.AdvanceRollout{Percent: 100}); err != nil || r.State != api.RolloutDone {
		t.Errorf("%+v, %v", r, err)
	}
	if at, err := s.admin.Settings(ctx, of); err != nil || at.Rollout != nil || at.Settings[0].Value != "en" {
		t.Errorf("%+v, %v", at, err)
	}
	if r, err := s.admin.TakeBackRollout(ctx, id); err != nil || r.State != api.RolloutTakenBack {
		t.Errorf("%+v, %v", r, err)
	}
	if at, err := s.admin.Settings(ctx, of); err != nil || at.Settings[0].Value != "de" {
		t.Errorf("%+v, %v", at, err)
	}
}

func wantProblem(t *testing.T, err error, code string) {
	t.Helper()
	if p, ok := err.(*api.Error); !ok || p.Code != code {
		t.Errorf("want %s, got %v", code, err)
	}
}
