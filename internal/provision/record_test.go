package provision_test

import (
	"context"
	"math"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/ztp"
)

// A phone in service costs one question at a process that has just started, by its current
// token and by an earlier one, with settings in every layer and a change of them on its way;
// and gets what it got before. Where it says its password when it is asked for it, that is
// one for each of the two.
func TestFirstFetchAfterAStartTakesOneQuestion(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*world, ztp.Endpoint){
		"no settings": func(*world, ztp.Endpoint) {},
		"settings": func(w *world, e ztp.Endpoint) {
			w.set(ztp.SettingScope{}, "admin_password=secret")
			w.set(ztp.SettingScope{Platform: e.Platform}, "language=it")
			w.set(ztp.SettingScope{Platform: e.Platform, Account: e.Account}, "language=de")
			w.set(ztp.SettingScope{Platform: e.Platform, MAC: e.MAC}, "language=fr")
		},
		"a change on its way": func(w *world, e ztp.Endpoint) {
			w.set(ztp.SettingScope{Platform: e.Platform}, "language=it", "admin_password=secret")
			r := ztp.Rollout{ID: ztp.RolloutID(ztp.NewID()), Scope: ztp.SettingScope{Platform: e.Platform}, State: ztp.RolloutProposed,
				ProposedAt: noon, ProposedBy: "ada", MovedAt: noon, MovedBy: "ada"}
			w.must(w.store.ProposeSettings(ctx, r, nil, []ztp.SettingChange{{Name: "language", Value: ztp.NewSecret("fr")}}))
			r, err := w.store.Rollout(ctx, r.ID)
			w.must(err)
			r, err = r.Move(ztp.RolloutRunning, "ada", noon)
			w.must(err)
			r.Percent, r.RingAt, r.Cut = 100, noon, math.MaxInt64
			_, err = w.store.SaveRollout(ctx, r)
			w.must(err)
		},
		"an earlier token": func(w *world, _ ztp.Endpoint) { w.issue("one") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, h, _ := settled(t)
			e, err := w.store.EndpointByMAC(ctx, w.contact("one").MAC)
			w.must(err)
			change(w, e)
			w.handler = w.unlearned() // which asks for each thing by itself
			before := answer(t, h.ask(""))
			c := &counting{Store: w.store}
			w.cfg.Store = c
			w.serve()
			c.asked = nil
			for range 3 {
				if diff := cmp.Diff(before, answer(t, h.ask(""))); diff != "" {
					t.Error(diff)
				}
			}
			if diff := cmp.Diff([]string{"record"}, c.asked); diff != "" {
				t.Error(diff)
			}
			w.serve()
			c.asked = nil
			if r := w.get(h.path); r.StatusCode != http.StatusUnauthorized {
				t.Errorf("without a password: status %d", r.StatusCode)
			}
			for range 2 {
				if diff := cmp.Diff(before, answer(t, h.ask(""))); diff != "" {
					t.Error(diff)
				}
			}
			if diff := cmp.Diff([]string{"record", "record"}, c.asked); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What is not there by the time that it is looked up is asked for one by one.
func TestGoneBeforeItIsLookedUp(t *testing.T) {
	t.Parallel()
	w, h, _ := settled(t)
	c := &gone{counting{Store: w.store}}
	w.cfg.Store = c
	w.serve()
	if r := h.ask(""); r.StatusCode != http.StatusOK || len(c.asked) < 4 {
		t.Errorf("status %d after %v", r.StatusCode, c.asked)
	}
}

type gone struct{ counting }

func (*gone) PhoneRecord(context.Context, ztp.Secret, ztp.MAC) (ztp.PhoneRecord, bool, error) {
	return ztp.PhoneRecord{}, false, nil
}

// A phone's first contact is one commit, which says that it has fetched, too.
func TestFirstContactIsOneCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.phone("one", mac, ztp.EndpointListed)
	path := w.ownPath("one", w.own("one", m), mac)
	w.confirm(m, ownTemplate)
	w.must(w.store.LeavePlainURL(ctx, w.accounts["one"].Platform, m))
	before := w.cfg.Store.Commits()
	if r := w.get(path); r.StatusCode != http.StatusOK {
		t.Errorf("status %d", r.StatusCode)
	}
	if n := w.cfg.Store.Commits() - before; n != 1 {
		t.Errorf("%d commits", n)
	}
	e, err := w.store.EndpointByMAC(ctx, m)
	w.must(err)
	if !e.FetchedAt.Equal(noon) {
		t.Errorf("fetched at %v", e.FetchedAt)
	}
}
