package campaign_test

import (
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// Nothing is begun in the name of somebody whose right to it was taken away: the campaign
// pauses and says so, and whoever resumes it goes on in their own name, with no platform
// twice.
func TestAskerGone(t *testing.T) {
	t.Parallel()
	token := ztp.Actor{Kind: ztp.ActorToken, Name: "nightly", Role: ztp.SuperAdmin}
	for name, tc := range map[string]struct {
		by   ztp.Actor
		gone func(w *world) error
	}{
		"UserRemoved": {admin, func(w *world) error { return w.base.DeleteUser(t.Context(), admin.Name) }},
		"UserIsAViewerNow": {admin, func(w *world) error {
			return w.base.UpdateUser(t.Context(), ztp.User{Name: admin.Name, Role: ztp.Viewer, PasswordHash: "x", UpdatedAt: w.clock.now()})
		}},
		"TokenRevoked": {token, func(w *world) error { return w.base.DeleteAPIToken(t.Context(), token.Name) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.platforms(3)
			others := len(w.sim.State().Companies)
			// It expires meanwhile, which is no reason: it asked in its time.
			w.must(w.base.CreateAPIToken(t.Context(), ztp.APIToken{Name: token.Name, Role: ztp.SuperAdmin, CreatedAt: w.clock.now(), ExpiresAt: w.clock.now().Add(time.Second)}, strings.Repeat("a", 64)))
			c, err := w.control.BeginCampaign(t.Context(), tc.by, "snom", control.CampaignRequest{Kind: ztp.KindOnboard, Budget: 2})
			w.must(err)
			w.must(w.runner.Advance(t.Context())) // begins one, which is not worked on yet
			w.must(tc.gone(w))
			w.clock.advance(time.Minute)
			w.must(w.runner.Advance(t.Context()))
			paused := w.campaign(c.ID)
			if paused.State != ztp.CampaignPaused || !strings.HasPrefix(paused.Reason, tc.by.String()+" asked for it") || paused.Tally[ztp.ItemPending] != 2 {
				t.Fatalf("%+v", paused)
			}
			boss := ztp.Actor{Kind: ztp.ActorUser, Name: "boss@example.net", Role: ztp.SuperAdmin}
			w.user(boss, ztp.SuperAdmin)
			if _, err := w.control.ResumeCampaign(t.Context(), boss, c.ID); !ztp.IsCode(err, ztp.CodeOperationRunning) {
				t.Errorf("resumed while one is under way: %v", err)
			}
			w.must(w.tick())
			w.must(w.runner.Advance(t.Context()))
			_, err = w.control.ResumeCampaign(t.Context(), boss, c.ID)
			w.must(err)
			if end := w.settle(c.ID); end.State != ztp.CampaignDone || end.Tally[ztp.ItemDone] != 3 || end.Actor.String() != boss.String() {
				t.Errorf("%+v", end)
			}
			for n, i := range w.items(c.ID) {
				op, err := w.base.Operation(t.Context(), i.Operation)
				want := boss
				if n == 0 {
					want = tc.by
				}
				if err != nil || op.Actor.String() != want.String() {
					t.Errorf("%d was asked for by %s, %v", n, op.Actor, err)
				}
			}
			if n := len(w.sim.State().Companies) - others; n != 3 {
				t.Errorf("%d companies for three platforms", n)
			}
		})
	}
}
