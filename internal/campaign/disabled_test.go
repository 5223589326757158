package campaign_test

import (
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// disabled onboards a platform and disables it again.
func (w *world) disabled(slug string) {
	w.t.Helper()
	_, err := w.control.Onboard(w.t.Context(), admin, slug, "snom", control.Submission{})
	w.must(err)
	w.must(w.tick())
	_, err = w.control.Disable(w.t.Context(), admin, slug, "snom", control.DisableRequest{})
	w.must(err)
	w.must(w.tick())
	p, err := w.base.Platform(w.t.Context(), slug)
	w.must(err)
	if l, err := w.base.Link(w.t.Context(), p.ID, "snom"); err != nil || l.DisabledAt.IsZero() || l.State != ztp.LinkNotConfigured {
		w.t.Fatalf("%+v, %v", l, err)
	}
}

// A company with the name of a disabled platform does not start that again.
func TestAdoptByName_Disabled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("Alpenruf")
	w.disabled("alpenruf")
	w.company("Alpenruf")
	before := len(w.sim.Mutations())
	id := w.whole(control.CampaignRequest{Kind: ztp.KindAdopt})
	wantStates(t, w.states(id), "alpenruf skipped")
	if n := len(w.sim.Mutations()); n != before {
		t.Errorf("%d changes at the vendor", n-before)
	}
}

// What was disabled while the campaign waited stays so.
func TestDisabledMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.platform("Alpenruf")
	id := w.ask(control.CampaignRequest{Kind: ztp.KindOnboard, Hold: true})
	w.clock.advance(day)
	w.disabled("alpenruf")
	before := len(w.sim.Mutations())
	_, err := w.control.ResumeCampaign(t.Context(), admin, id)
	w.must(err)
	w.settle(id)
	wantStates(t, w.states(id), "alpenruf skipped")
	if note := w.items(id)[0].Note; !strings.Contains(note, "disabled it") {
		t.Errorf("note %q", note)
	}
	if n := len(w.sim.Mutations()); n != before {
		t.Errorf("%d changes at the vendor", n-before)
	}
}
