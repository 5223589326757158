package web_test

import (
	"testing"

	"zerotouch.example/internal/ztp"
)

// Health tells of changes of settings that are on their way, stopped or frozen.
func TestHealth_Rollouts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as("ops@example.net")
	at := w.clock.now()
	r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), State: ztp.RolloutProposed, ProposedAt: at, MovedAt: at}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(w.store.ProposeSettings(t.Context(), r, nil, []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("de")}}))
	line := func() string { return text(one(t, b.page("/health").doc, "#setting-changes")) }
	mustContain(t, "proposed", line(), "1 on its way", "the installation: Proposed, at 0 of 0 phones", string(r.ID))
	_, err := w.ctl.AdvanceRollout(t.Context(), admin, r.ID, 1)
	must(err)
	_, err = w.ctl.StopRollout(t.Context(), admin, r.ID, "a <look>")
	must(err)
	mustContain(t, "stopped", line(), "1 stopped", "a <look>")
	_, err = w.ctl.FreezeSettings(t.Context(), admin, "trade fair")
	must(err)
	mustContain(t, "frozen", line(), "trade fair", "settings unfreeze")
}
