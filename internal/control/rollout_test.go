package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// office registers so many phones of the world's account, all in service.
func (w *world) office(n int) []ztp.Endpoint {
	w.t.Helper()
	phones := make([]ztp.Endpoint, n)
	for i := range phones {
		phones[i] = ztp.Endpoint{
			Platform: w.p.ID, Vendor: "snom", MAC: ztp.MAC{0x00, 0x04, 0x13, 0x77, byte(i >> 8), byte(i)}, Account: w.account.ID, ProductGroup: "D-Series",
			Model: "D785", State: ztp.EndpointWanted, CreatedAt: w.now(), UpdatedAt: w.now(),
		}
	}
	_, err := w.store.AddEndpoints(w.t.Context(), w.p.ID, phones)
	w.must(err)
	w.come(phones, true)
	w.advance(time.Hour)
	return phones
}

// come lets phones ask for their settings, and the voice service say a word on them.
func (w *world) come(phones []ztp.Endpoint, registered bool) {
	w.t.Helper()
	w.must(w.store.Tx(w.t.Context(), func(s ztp.Store) error {
		for _, p := range phones {
			if err := s.TouchEndpoint(w.t.Context(), p.Platform, p.MAC, w.now()); err != nil {
				return err
			}
			if _, err := s.SetSIP(w.t.Context(), p.Platform, p.MAC, ztp.SIPFact{Registered: registered, At: w.now()}); err != nil {
				return err
			}
		}
		return nil
	}))
}

// having are the phones that get that language.
func (w *world) having(phones []ztp.Endpoint, language string) (found []ztp.Endpoint) {
	w.t.Helper()
	layers, err := w.store.OpenSettings(w.t.Context(), ztp.SettingScope{}, ztp.SettingScope{Platform: w.p.ID})
	w.must(err)
	for _, p := range phones {
		if ztp.SettingsOfPhone(p.MAC, layers...).Text("language", 0) == language {
			found = append(found, p)
		}
	}
	return found
}

func (w *world) wantHaving(when string, phones []ztp.Endpoint, language string, want int) {
	w.t.Helper()
	if got := len(w.having(phones, language)); got != want {
		w.t.Errorf("%s: %d phones get %q, want %d", when, got, language, want)
	}
}

func (w *world) setAbove(labels ...string) (control.SettingsView, error) {
	w.t.Helper()
	var changes []ztp.SettingChange
	for _, label := range labels {
		name, value, _ := strings.Cut(label, "=")
		changes = append(changes, ztp.SettingChange{Name: ztp.SettingName(name), Value: ztp.NewSecret(value)})
	}
	return w.control.ChangeSettings(w.t.Context(), admin, control.SettingsAt{Platform: w.p.Slug}, control.SettingsRequest{Changes: changes})
}

// propose sets the language above all phones.
func (w *world) propose(language string) ztp.RolloutID {
	w.t.Helper()
	v, err := w.setAbove("language=" + language)
	w.must(err)
	if v.Rollout == nil || v.Rollout.State != ztp.RolloutProposed {
		w.t.Fatalf("nothing is proposed: %+v", v.Rollout)
	}
	return v.Rollout.ID
}

func (w *world) send(id ztp.RolloutID, percent int) ztp.Rollout {
	w.t.Helper()
	r, err := w.control.AdvanceRollout(w.t.Context(), admin, id, percent)
	w.must(err)
	return r
}

// looked lets two processes look after a while, and returns the rollout.
func (w *world) looked(after time.Duration, id ztp.RolloutID) ztp.Rollout {
	w.t.Helper()
	w.advance(after)
	var both errgroup.Group
	for range 2 {
		both.Go(func() error { return w.control.LookAtRollouts(w.t.Context()) })
	}
	w.must(both.Wait())
	r, err := w.store.Rollout(w.t.Context(), id)
	w.must(err)
	return r
}

// A change goes from ring to ring by itself as long as its phones are well, and comes
// back with one word.
func TestRollout_ByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.setAbove("language=de")
	w.must(err)
	phones := w.office(200)
	id := w.propose("en")
	v, err := w.setAbove("tone_scheme=DE") // more of the same change
	w.must(err)
	if v.Rollout.ID != id || v.Effective.Text("language", 0) != "de" {
		t.Errorf("%+v", v.Rollout)
	}
	w.wantHaving("proposed", phones, "en", 0)
	for range 2 { // a double click
		w.send(id, 1)
	}
	w.wantHaving("at 1 %", phones, "en", 2)
	for _, next := range []struct{ percent, having int }{{10, 20}, {100, 200}} {
		if r := w.looked(time.Hour, id); r.State != ztp.RolloutRunning {
			t.Fatalf("%+v", r)
		}
		ring := w.having(phones, "en")
		w.come(ring, true)
		if r := w.looked(time.Hour, id); r.Watch.SpreadAt.IsZero() {
			t.Fatalf("everybody has it, and that is not seen: %+v", r.Watch)
		}
		w.advance(time.Hour)
		w.come(ring, true)
		if r := w.looked(30*time.Minute, id); r.Watch.AgainAt.IsZero() {
			t.Fatalf("everybody has come again, and that is not seen: %+v", r.Watch)
		}
		w.advance(30 * time.Minute)
		w.come(ring, true)
		w.looked(30*time.Minute, id)
		w.wantHaving("watched too short", phones, "en", len(ring))
		r := w.looked(time.Hour, id)
		w.wantHaving(fmt.Sprint("sent on to ", next.percent), phones, "en", next.having)
		if r.Percent != next.percent || r.MovedBy != "system:rollouts" {
			t.Errorf("%+v", r)
		}
	}
	back, err := w.control.TakeBackRollout(t.Context(), admin, id)
	w.must(err)
	w.wantHaving("taken back", phones, "de", 200)
	if _, err = w.control.AdvanceRollout(t.Context(), admin, back.ID, 100); !ztp.IsCode(err, ztp.CodeRolloutEnded) {
		t.Error(err)
	}
	events, err := w.store.ListEvents(t.Context(), ztp.EventQuery{Text: string(id), Limit: 20})
	w.must(err)
	var log []string
	for _, e := range events.Items {
		log = append(log, e.Action+" "+e.Outcome+" "+e.Detail)
	}
	want := "rollout.advance refused \nrollout.taken_back ok from 100 %\nrollout.done ok 100 %: 200 of 200 phones\nrollout.advanced ok 10 %: 20 of 200 phones\n" +
		"rollout.advanced ok 1 %: 2 of 200 phones\nsettings.proposed ok set tone_scheme\nsettings.proposed ok set language"
	if got := strings.Join(log, "\n"); got != want {
		t.Errorf("the audit log says\n%s", got)
	}
}

// A change that does its ring no good stops by itself, and no further phone has it.
func TestRollout_StopsByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phones := w.office(200)
	id := w.propose("en")
	if _, err := w.control.StopRollout(t.Context(), admin, id, ""); ztp.AsError(err).Case != ztp.CaseNotBegun {
		t.Errorf("stopped before it has begun: %v", err)
	}
	w.send(id, 10)
	w.come(w.having(phones, "en")[:17], true)
	w.come(w.having(phones, "en")[17:], false)
	r := w.looked(time.Hour, id)
	if r.State != ztp.RolloutStopped || !strings.Contains(r.Reason, "17 are registered") {
		t.Errorf("%+v", r)
	}
	w.looked(100*time.Hour, id)
	w.wantHaving("stopped", phones, "en", 20)
	if _, err := w.setAbove("language=fr"); !ztp.IsCode(err, ztp.CodeRolloutOpen) || !strings.Contains(err.Error(), string(id)+" of these settings: stopped, at 20 of 200 phones, ring 10 %") {
		t.Errorf("another change meanwhile: %v", err)
	}
	if r := w.send(id, 10); r.State != ztp.RolloutRunning || r.InRing != 20 { // somebody looked, and it is all right
		t.Errorf("%+v", r)
	}
	if r := w.looked(26*time.Hour, id); r.State != ztp.RolloutStopped {
		t.Errorf("nobody comes: %+v", r)
	}
	_, err := w.control.TakeBackRollout(t.Context(), admin, id)
	w.must(err)
	w.wantHaving("taken back", phones, "", 200)
}

// While settings are frozen nothing goes out, of whatever layer, and no ring follows.
func TestRollout_Frozen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phones := w.office(30)
	id := w.propose("en")
	w.send(id, 1)
	f, err := w.control.FreezeSettings(t.Context(), admin, "trade fair")
	w.must(err)
	ctx := t.Context()
	for what, do := range map[string]func() error{
		"a phone": func() error {
			_, err := w.control.ChangeSettings(ctx, admin, control.SettingsAt{Platform: w.p.Slug, MAC: phones[0].MAC}, control.SettingsRequest{Changes: []ztp.SettingChange{{Name: "language", Unset: true}}})
			return err
		},
		"a ring": func() error { _, err := w.control.AdvanceRollout(ctx, admin, id, 10); return err },
		"back":   func() error { _, err := w.control.TakeBackRollout(ctx, admin, id); return err },
	} {
		err := do()
		if w.wantCode(ztp.CodeSettingsFrozen, err); !strings.Contains(err.Error(), f.By) || !strings.Contains(err.Error(), "trade fair") {
			t.Errorf("%s: %v", what, err)
		}
	}
	proposed, err := w.control.ChangeSettings(ctx, admin, control.SettingsAt{}, control.SettingsRequest{Changes: []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("fr")}}})
	w.must(err) // goes to nobody yet
	_, err = w.control.AdvanceRollout(ctx, admin, proposed.Rollout.ID, 1)
	w.wantCode(ztp.CodeSettingsFrozen, err)
	_, err = w.control.TakeBackRollout(ctx, admin, proposed.Rollout.ID)
	w.must(err)
	for range 4 {
		w.advance(2 * time.Hour)
		w.come(w.having(phones, "en"), true)
		w.looked(time.Hour, id)
	}
	w.wantHaving("frozen", phones, "en", 1)
	w.must(w.control.UnfreezeSettings(ctx, admin))
	w.looked(time.Hour, id)
	w.wantHaving("not frozen any more", phones, "en", 3)
	_, err = w.control.StopRollout(ctx, admin, id, "")
	w.must(err)
	w.looked(time.Hour, id)
	w.wantHaving("stopped by somebody", phones, "en", 3)
}

// What touches few phones goes out at once.
func TestRollout_NotForFew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	phones := w.office(ztp.ManyPhones)
	v, err := w.setAbove("language=en")
	w.must(err)
	if w.wantHaving("few", phones, "en", ztp.ManyPhones); v.Rollout != nil {
		t.Errorf("%+v", v.Rollout)
	}
	for id, do := range map[string]func(ztp.RolloutID) error{
		"look": func(id ztp.RolloutID) error { _, err := w.control.Rollout(t.Context(), admin, id); return err },
		"stop": func(id ztp.RolloutID) error { _, err := w.control.StopRollout(t.Context(), admin, id, ""); return err },
	} {
		w.wantCode(ztp.CodeNotFound, do(ztp.RolloutID(id)))
		w.wantCode(ztp.CodeNotFound, do(ztp.RolloutID(ztp.NewID())))
	}
	_, err = w.control.FreezeSettings(t.Context(), viewer, "")
	w.wantCode(ztp.CodeNotAllowed, err)
	w.wantCode(ztp.CodeNotAllowed, w.control.UnfreezeSettings(t.Context(), viewer))
}
