package campaign_test

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// ringOf is how many of a hundred phones get the language.
func (w *world) ringOf(phones []ztp.Endpoint, language string) (n int) {
	w.t.Helper()
	layers, err := w.base.OpenSettings(w.t.Context(), ztp.SettingScope{})
	w.must(err)
	for _, p := range phones {
		if ztp.SettingsOfPhone(p.MAC, layers...).Text("language", 0) == language {
			n++
		}
	}
	return n
}

// come lets all phones ask for their settings; sick have lost their line.
func (w *world) come(phones []ztp.Endpoint, sick func(ztp.MAC) bool) {
	w.t.Helper()
	w.must(w.base.Tx(w.t.Context(), func(s ztp.Store) error {
		for _, p := range phones {
			if err := s.TouchEndpoint(w.t.Context(), p.Platform, p.MAC, w.clock.now()); err != nil {
				return err
			}
			if _, err := s.SetSIP(w.t.Context(), p.Platform, p.MAC, ztp.SIPFact{Registered: !sick(p.MAC), At: w.clock.now()}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// rolling is a change of settings that is to go out to a hundred phones.
func (w *world) rolling() (ztp.RolloutID, []ztp.Endpoint) {
	w.t.Helper()
	ctx := w.t.Context()
	p := w.platform("Acme")
	a, err := w.base.Account(ctx, p.ID, "main")
	w.must(err)
	phones := make([]ztp.Endpoint, 100)
	for i := range phones {
		phones[i] = ztp.Endpoint{Platform: p.ID, Vendor: "snom", MAC: ztp.MAC{0x00, 0x04, 0x13, 0x77, 0, byte(i)}, Account: a.ID, ProductGroup: "D-Series",
			State: ztp.EndpointWanted, CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}
	}
	_, err = w.base.AddEndpoints(ctx, p.ID, phones)
	w.must(err)
	w.come(phones, func(ztp.MAC) bool { return false })
	w.clock.advance(time.Hour)
	v, err := w.control.ChangeSettings(ctx, admin, control.SettingsAt{}, control.SettingsRequest{Changes: []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("fr")}}})
	w.must(err)
	return v.Rollout.ID, phones
}

// TestRolloutKilledAtEveryCommit: the process dies just before or just after each of its
// commits while a change goes out, and the next one goes on. A good change is everywhere in
// the end, and no ring was larger than it may be; one that does harm stops in its first ring.
func TestRolloutKilledAtEveryCommit(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]bool{"good": false, "bad": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			commits := rollOut(t, bad, strike{})
			if commits < 2 {
				t.Fatalf("%d commits", commits)
			}
			for n := range commits {
				for _, f := range strikes() {
					k := strike{fault: f, at: n + 1}
					t.Run(k.String(), func(t *testing.T) { rollOut(t, bad, k) })
				}
			}
		})
	}
}

// strikes are the faults that a commit meets: in the quick run the process dies.
func strikes() []fault {
	if os.Getenv("ZEROTOUCH_TEST_FULL") == "" {
		return []fault{killBefore, killAfter}
	}
	return []fault{killBefore, killAfter, fails, loses}
}

// rollOut lets a change go out as far as it does, and returns the commits that took.
func rollOut(t *testing.T, bad bool, k strike) int {
	w := newWorld(t)
	id, phones := w.rolling()
	w.start()
	k.arm(w)
	do := func(f func() error) {
		if dies(func() {
			if err := f(); err != nil && !errors.Is(err, errCommit) {
				t.Fatal(err)
			}
		}) {
			n := w.store.n
			w.start()
			w.store.n, w.store.at = n, -1
		}
	}
	for range 2 { // whoever got no answer clicks once more
		do(func() error { _, err := w.control.AdvanceRollout(t.Context(), admin, id, 1); return err })
	}
	for look := range 7 * 4 {
		r, err := w.base.Rollout(t.Context(), id)
		w.must(err)
		if n := w.ringOf(phones, "fr"); n > max(r.Percent, 1) || bad && n > 1 {
			t.Fatalf("%d phones have it at %d %%", n, r.Percent)
		}
		if look%4 == 1 { // at night
			w.come(phones, func(m ztp.MAC) bool { return bad && r.Percent > 0 && ztp.RolloutPlace(id, m) <= r.Cut })
		}
		do(func() error { return w.control.LookAtRollouts(t.Context()) })
		w.clock.advance(6 * time.Hour)
	}
	r, err := w.base.Rollout(t.Context(), id)
	w.must(err)
	want := ztp.RolloutDone
	if bad {
		want = ztp.RolloutStopped
	}
	if r.State != want {
		t.Errorf("%s at %d %%: %s", r.State, r.Percent, r.Reason)
	}
	commits := w.store.n
	w.start()
	_, err = w.control.TakeBackRollout(t.Context(), admin, id)
	w.must(err)
	if n := w.ringOf(phones, "fr"); n > 0 {
		t.Errorf("taken back, %d phones have it", n)
	}
	w.wantOnce(id)
	return commits
}

// wantOnce: of each step there is one row in the audit log.
func (w *world) wantOnce(id ztp.RolloutID) {
	w.t.Helper()
	events, err := w.base.ListEvents(w.t.Context(), ztp.EventQuery{Text: string(id), Limit: 50})
	w.must(err)
	seen := map[string]bool{}
	for _, e := range events.Items {
		key := fmt.Sprint(e.Action, " ", e.Detail)
		if seen[key] {
			w.t.Errorf("twice: %s", key)
		}
		seen[key] = true
	}
}
