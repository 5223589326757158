package orchestrator_test

import (
	"slices"
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// newPhone takes the place of phone in replacements.
var newPhone = ztp.MAC{0x00, 0x04, 0x13, 0xA1, 0x20, 0x01}

// twoPhones are the stories of operations that hold two phones. A move is told from the
// platform that the phone leaves.
var twoPhones = []story{
	{name: "replace", begin: onboardedWithPhone, ask: replaced, kind: ztp.KindReplace, final: configured, phone: ztp.EndpointReleased, points: points{2, 7, 4}, rest: deskServed, check: hasReplaced},
	{name: "replace_and_pause", begin: onboardedWithPhone, ask: replacedAndPaused, kind: ztp.KindReplace, final: configured, phone: ztp.EndpointPaused, points: points{2, 9, 4}, rest: deskServed, check: hasReplaced},
	{name: "move", begin: then(onboardedWithPhone, secondOnboarded), ask: movedOver, kind: ztp.KindMove, final: configured, phone: ztp.EndpointReleased, points: points{2, 8, 5}, rest: owned, check: hasMoved, bring: (*world).bringMoved},
}

func replaced(w *world) (*ztp.Operation, error) { return replace(w, false) }

func replacedAndPaused(w *world) (*ztp.Operation, error) { return replace(w, true) }

// replace asks for it; when the new phone is in its place already, only the old one is
// left to be retired.
func replace(w *world, pause bool) (*ztp.Operation, error) {
	fresh, err := w.base.Endpoint(w.t.Context(), w.p.ID, newPhone)
	old, oerr := w.base.Endpoint(w.t.Context(), w.p.ID, phone)
	if err == nil && oerr == nil && fresh.State == ztp.EndpointListed && old.ReplacedBy == newPhone {
		switch {
		case old.State == ztp.EndpointReleased, pause && old.State == ztp.EndpointPaused:
			return nil, nil
		case pause:
			return w.try(ztp.KindPause)
		}
		return w.try(ztp.KindRelease)
	}
	r, err := w.control.ReplaceEndpoint(w.t.Context(), admin, w.p.Slug, phone, control.ReplaceRequest{NewMAC: newPhone, PauseOld: pause})
	return r.Operation, err
}

// secondOnboarded makes the platform that phones are moved to.
func secondOnboarded(w *world) (*ztp.Operation, error) {
	if _, err := w.control.Platform(w.t.Context(), admin, "second-voice"); err != nil {
		w.another("Second Voice")
	}
	r, err := w.control.Onboard(w.t.Context(), admin, "second-voice", "snom", control.Submission{})
	return r.Operation, err
}

func (w *world) second() ztp.Link {
	w.t.Helper()
	p, err := w.base.Platform(w.t.Context(), "second-voice")
	if err != nil {
		w.t.Fatal(err)
	}
	l, err := w.base.Link(w.t.Context(), p.ID, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

func movedOver(w *world) (*ztp.Operation, error) {
	r, err := w.control.MoveEndpoint(w.t.Context(), admin, w.p.Slug, phone, control.MoveRequest{Platform: "second-voice", Account: "main"})
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, nil // it has moved
	}
	return r.Operation, err
}

// deskServed: at every rest one of the two phones is redirected here, or the old one is
// as it was.
func deskServed(t *testing.T, w *world) {
	t.Helper()
	company := w.companyID()
	if company == "" || w.link().State != configured {
		return // somebody has disabled or deleted it
	}
	for _, mac := range []ztp.MAC{phone, newPhone} {
		if e := w.phoneAt(company, mac); e != nil && e.Enabled {
			return
		}
	}
	t.Errorf("neither phone is redirected")
}

func hasReplaced(t *testing.T, w *world) {
	t.Helper()
	fresh, old := w.phoneRow(newPhone), w.phoneRow(phone)
	if fresh.State != ztp.EndpointListed || fresh.Replaces != phone || old.ReplacedBy != newPhone || fresh.Account != old.Account {
		t.Errorf("new phone %+v, old phone %+v", fresh, old)
	}
}

// owned: the MAC is with exactly one of the two companies and the rows say with which,
// or an alarm names it; and never with two.
func owned(t *testing.T, w *world) {
	t.Helper()
	a, b := w.link(), w.second()
	if w.companyID() == "" {
		return // somebody has deleted the company with all its phones
	}
	var have []ztp.PlatformID
	for _, l := range []ztp.Link{a, b} {
		if l.CompanyID != "" && w.phoneAt(l.CompanyID, phone) != nil {
			have = append(have, l.Platform)
		}
	}
	if len(have) > 1 {
		t.Error("two companies have the MAC")
	}
	row, err := w.base.EndpointByMAC(t.Context(), phone)
	if err != nil {
		t.Fatalf("nobody has the MAC here: %v", err)
	}
	moving, err := w.base.MovingEndpoints(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	alarm := row.State == ztp.EndpointFailed && row.Error != nil && row.Error.Code == ztp.CodeEndpointUnowned && strings.Contains(row.Error.Detail, phone.String()) &&
		slices.ContainsFunc(moving, func(e ztp.Endpoint) bool { return e.MAC == phone })
	switch {
	case alarm, len(w.openOps()) > 0:
	case len(moving) > 0:
		t.Errorf("nothing is under way, and marked as moving is %+v", moving)
	case len(have) == 0 && (row.State == ztp.EndpointListed || row.State == ztp.EndpointWanted || row.State == ztp.EndpointFailed):
		t.Errorf("no company has the MAC and there is no alarm: row of %s is %s with error %+v", row.Platform, row.State, row.Error)
	case len(have) == 1 && have[0] != row.Platform:
		t.Errorf("the company of %s has the MAC, the row is that of %s, %s with error %+v", have[0], row.Platform, row.State, row.Error)
	}
}

func hasMoved(t *testing.T, w *world) {
	t.Helper()
	owned(t, w)
	b := w.second()
	e, err := w.base.Endpoint(t.Context(), b.Platform, phone)
	if err != nil || e.State != ztp.EndpointListed {
		t.Fatalf("in the other platform the phone is %s with error %+v (%v)", e.State, e.Error, err)
	}
	if at := w.phoneAt(b.CompanyID, phone); at == nil || !at.Enabled || !strings.HasPrefix(at.Settings[srapssim.DeskSettingServerID].Value, w.prov+"/p/") {
		t.Errorf("at the vendor the phone is %+v", at)
	}
	if moving, err := w.base.MovingEndpoints(t.Context(), 10); err != nil || len(moving) > 0 {
		t.Errorf("still moving: %+v (%v)", moving, err)
	}
}

// bringMoved presses what an admin would until the phone has moved.
func (w *world) bringMoved() {
	w.t.Helper()
	for _, k := range []ztp.OperationKind{"", ztp.KindRotate, ztp.KindOnboard, ztp.KindDisable, ztp.KindOnboard} {
		if k != "" {
			if op, err := w.try(k); err == nil && op != nil {
				w.settle()
			}
			w.afterHours()
		}
		if op, err := movedOver(w); err == nil && op != nil {
			w.settle()
			w.afterHours()
		}
		if e, err := w.base.EndpointByMAC(w.t.Context(), phone); err == nil && e.Platform != w.p.ID && e.State == ztp.EndpointListed && w.link().State == configured {
			return
		}
	}
}

func TestTwoPhones(t *testing.T) {
	t.Parallel()
	for _, s := range twoPhones {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := s.clean(t, s.start(t))
			if got := (points{w.vendor.n, w.wire.n, w.store.n}); got != s.points {
				t.Errorf("points are {%d, %d, %d}, want %+v", got.calls, got.sent, got.commits, s.points)
			}
			s.rest(t, w)
			w.afterHours()
			s.ended(t, w)
		})
	}
}

func TestEnumerateTwoPhones(t *testing.T) {
	t.Parallel()
	for _, s := range twoPhones {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.enumerate(t, false, size{all: 4, part: 20})
		})
	}
}

func TestEnumerateTwoPhones_PostgreSQL(t *testing.T) {
	t.Parallel()
	for _, s := range twoPhones {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.enumerate(t, true, size{count: 30, few: 2})
		})
	}
}
