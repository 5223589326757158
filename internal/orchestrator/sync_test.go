package orchestrator_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// sync compares the phones of the link with the vendor's list.
func (w *world) sync() ztp.Operation {
	w.t.Helper()
	op := w.end(w.control.Sync(w.t.Context(), admin, w.p.Slug, "snom", control.Submission{}))
	w.mustEnd(op, ztp.OperationDone, "")
	return op
}

func (w *world) phoneSync() control.SyncView {
	w.t.Helper()
	y, err := w.control.PhoneSync(w.t.Context(), admin, w.p.Slug, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	return y
}

// drifts are the findings that count, each in a line.
func (w *world) drifts() []string {
	w.t.Helper()
	out := []string{}
	cursor := ""
	for {
		page, err := w.control.Drifts(w.t.Context(), admin, w.p.Slug, "snom", "", cursor, 2)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, d := range page.Items {
			line := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", d.MAC, d.Class, strings.Join(d.Differs, "+"), d.Host))
			if d.Owner != nil {
				line += " of " + d.Owner.Slug
			}
			if d.At != nil {
				line += " at " + d.At.Slug
			}
			if d.Changed {
				line += " changed since"
			}
			out = append(out, strings.Join(strings.Fields(line), " "))
		}
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

func (w *world) mustDrift(want ...string) {
	w.t.Helper()
	if d := cmp.Diff(append([]string{}, want...), w.drifts()); d != "" {
		w.t.Errorf("findings (-want +got):\n%s", d)
	}
	if n := w.phoneSync().Findings(); n != len(want) {
		w.t.Errorf("the counts say %d findings: %v", n, w.phoneSync().Counts)
	}
}

// onDrifts does something about findings and returns the operation when it has ended.
func (w *world) onDrifts(verb ztp.DriftVerb, r control.DriftRequest) (control.DriftPlan, ztp.Operation) {
	w.t.Helper()
	plan, res, err := w.control.ActOnDrifts(w.t.Context(), admin, w.p.Slug, "snom", verb, r)
	return plan, w.end(res, err)
}

// edit changes a phone by hand in the vendor's portal.
func (w *world) edit(mac ztp.MAC, change func(e *srapssim.Endpoint)) {
	w.t.Helper()
	e := w.phoneAt(w.link().CompanyID, mac)
	if e == nil {
		w.t.Fatalf("the vendor has no %s", mac)
	}
	change(e)
	w.sim.PutEndpoint(w.link().CompanyID, *e)
}

// phoneRows are the phones of the platform as they are recorded here.
func (w *world) phoneRows() []ztp.Endpoint {
	w.t.Helper()
	page, err := w.base.ListEndpoints(w.t.Context(), ztp.EndpointQuery{Platform: w.p.ID, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	return page.Items
}

func numbered(i int) ztp.MAC { return ztp.MAC{0x00, 0x04, 0x13, 0x0A, 0x0B, byte(i)} }

// ours is a phone at the vendor with the address of the world's account that nobody here knows.
func (w *world) ours(mac string) srapssim.Endpoint {
	w.t.Helper()
	e := *w.phoneAt(w.link().CompanyID, numbered(0))
	e.MAC, e.Name = mac, "found"
	m, err := ztp.ParseMAC(mac)
	if err != nil {
		w.t.Fatal(err)
	}
	tokens, err := w.base.DeviceTokens(w.t.Context(), w.p.ID, []ztp.MAC{numbered(0), m})
	if err != nil {
		w.t.Fatal(err)
	}
	// Its own token stands where that of the other phone does, or else none.
	its := ""
	if token := tokens[m]; !token.IsZero() {
		its = token.RevealSecret() + "/"
	}
	settings := maps.Clone(e.Settings)
	for id, set := range settings {
		set.Value = strings.Replace(set.Value, tokens[numbered(0)].RevealSecret()+"/", its, 1)
		settings[id] = set
	}
	e.Settings = settings
	return e
}

// drifted is an onboarded platform with five phones, of which only the first is as it
// should be, and two more phones at the vendor.
func drifted(t *testing.T, o worldOptions) *world {
	t.Helper()
	w := newWorld(t, o)
	w.press(ztp.KindOnboard)
	for i := range 5 {
		w.mustEnd(w.register(numbered(i)), ztp.OperationDone, "")
	}
	w.clock.advance(time.Hour) // nothing is young any more
	company := w.link().CompanyID
	w.sim.PutEndpoint(company, w.ours("000413C0FFEE"))
	w.sim.PutEndpoint(company, elsewhere("000413C0FFEF"))
	w.sim.DeleteEndpoint(company, numbered(1).Bare())
	w.edit(numbered(2), func(e *srapssim.Endpoint) { e.Settings = elsewhere("").Settings })
	w.edit(numbered(3), func(e *srapssim.Endpoint) { e.Enabled = false })
	w.edit(numbered(4), func(e *srapssim.Endpoint) { e.Name = "renamed by hand" })
	return w
}

// TestSyncOfAListThatLeavesOut: of more phones than are asked for one by one, one that is
// there says that the list is not to be believed.
func TestSyncOfAListThatLeavesOut(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	before := w.sync().ID
	w.mustEnd(w.finish(w.wanted(260), nil), ztp.OperationDone, "")
	w.clock.advance(time.Hour)
	w.sim.AddFault(srapssim.Fault{Method: "GET", Resource: srapssim.ResourceEndpoints, Do: srapssim.DoStale, Delay: srapssim.Duration(24 * time.Hour)})
	op := w.end(w.control.Sync(t.Context(), admin, w.p.Slug, "snom", control.Submission{}))
	w.mustEnd(op, ztp.OperationFailed, ztp.CodeVendorUnavailable)
	if y := w.phoneSync(); y.Operation != before || y.Findings() != 0 {
		t.Errorf("the findings are %v of %s", y.Counts, y.Operation)
	}
	w.mustLink(ztp.LinkConfigured, "")
	w.sim.ClearFaults()
	for i := range 260 {
		w.sim.DeleteEndpoint(w.link().CompanyID, nth(i).Bare())
	}
	w.mustEnd(w.sync(), ztp.OperationDone, "")
	if y := w.phoneSync(); y.Counts[ztp.DriftMissing] != 260 {
		t.Errorf("the findings are %v", y.Counts)
	}
}

// driftedFindings are those of drifted. A phone that was registered without a name may
// have any.
var driftedFindings = []string{
	"00:04:13:0A:0B:01 missing_there",
	"00:04:13:0A:0B:02 other_url elsewhere.example",
	"00:04:13:0A:0B:03 changed redirection",
	"00:04:13:C0:FF:EE unknown_here of main",
	"00:04:13:C0:FF:EF unknown_here elsewhere.example",
}

// TestSync compares, and changes nothing.
func TestSync(t *testing.T) {
	t.Parallel()
	t.Run("Classes", func(t *testing.T) {
		t.Parallel()
		w := drifted(t, worldOptions{})
		before, mark := w.phoneRows(), w.mark()
		w.sync()
		w.mustChange(mark)
		w.mustDrift(driftedFindings...)
		y := w.phoneSync()
		if y.Phones != 6 || y.Pages != 1 || y.Matching != 2 || y.LeftOut != 0 || y.By != admin.String() || y.Running != nil {
			t.Errorf("summary %+v", y.PhoneSync)
		}
		if d := cmp.Diff(before, w.phoneRows()); d != "" {
			t.Errorf("a sync has changed phones here:\n%s", d)
		}
		w.sync() // the same again
		w.mustDrift(driftedFindings...)
	})
	t.Run("LeftOut", func(t *testing.T) {
		t.Parallel()
		w := drifted(t, worldOptions{})
		w.mustEnd(w.register(numbered(2)), ztp.OperationDone, "") // put right a moment ago
		w.sim.DeleteEndpoint(w.link().CompanyID, numbered(2).Bare())
		w.sync()
		w.mustDrift(append(append([]string{}, driftedFindings[:1]...), driftedFindings[2:]...)...)
		if y := w.phoneSync(); y.LeftOut != 1 {
			t.Errorf("%d left out", y.LeftOut)
		}
	})
	t.Run("BesideOneThatIsHeld", func(t *testing.T) {
		t.Parallel()
		w := drifted(t, worldOptions{})
		moved(w)
		op := w.ask(ztp.KindUpdateAddress)
		w.switchWrites(control.WritesRequest{Reason: "a test"})
		w.work()
		// It changes nothing there, and so does not wait for what may not either.
		asked, err := w.control.Sync(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		if err != nil {
			t.Fatal(err)
		}
		w.work()
		if y, err := w.base.Operation(t.Context(), asked.Operation.ID); err != nil || y.State != ztp.OperationDone {
			t.Errorf("%s %q %v", y.State, y.Waiting, err)
		}
		if held, err := w.base.Operation(t.Context(), op.ID); err != nil || held.State != ztp.OperationWaiting {
			t.Errorf("%s %v", held.State, err)
		}
	})
	t.Run("ReleasedHereAndThereAgain", func(t *testing.T) {
		t.Parallel()
		w := drifted(t, worldOptions{})
		back := w.ours(numbered(0).Bare())
		w.mustEnd(w.endPhone(w.control.ReleaseEndpoint(t.Context(), admin, w.p.Slug, numbered(0), control.Submission{})), ztp.OperationDone, "")
		w.clock.advance(time.Hour)
		w.sim.PutEndpoint(w.link().CompanyID, back)
		w.sync()
		w.mustDrift(append([]string{"00:04:13:0A:0B:00 unknown_here of main"}, driftedFindings...)...)
		_, op := w.onDrifts(ztp.DriftAdopt, control.DriftRequest{MACs: []ztp.MAC{numbered(0)}})
		w.mustEnd(op, ztp.OperationDone, "")
		if e := w.phoneRow(numbered(0)); e.State != ztp.EndpointListed || e.Found || e.Name != "found" {
			t.Errorf("revived as %+v", e)
		}
	})
	t.Run("WithoutKey", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		_, err := w.control.Sync(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		if !ztp.IsCode(err, ztp.CodeNotOnboarded) {
			t.Errorf("a sync of nothing: %v", err)
		}
	})
	t.Run("OneAtATime", func(t *testing.T) {
		t.Parallel()
		w := drifted(t, worldOptions{})
		first, err := w.control.Sync(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.control.Sync(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		if err != nil || again.Operation.ID != first.Operation.ID {
			t.Errorf("another sync beside it: %+v, %v", again.Operation, err)
		}
		_, _, err = w.control.ActOnDrifts(t.Context(), admin, w.p.Slug, "snom", ztp.DriftAdopt, control.DriftRequest{Class: ztp.DriftUnknown, Account: "main"})
		if !ztp.IsCode(err, ztp.CodeInvalid) {
			t.Errorf("adoption before the first sync: %v", err)
		}
		w.settle()
	})
	t.Run("MovedAway", func(t *testing.T) {
		t.Parallel()
		w := drifted(t, worldOptions{})
		first, account := w.p, w.account
		w.p, w.account = w.another("Second Voice")
		w.press(ztp.KindOnboard)
		w.sim.PutEndpoint(w.link().CompanyID, elsewhere(numbered(1).Bare()))
		w.clock.advance(time.Hour)
		w.sync()
		w.mustDrift("00:04:13:0A:0B:01 unknown_here elsewhere.example")
		second := w.p.Slug
		w.p, w.account = first, account
		w.sync()
		w.mustDrift(append([]string{"00:04:13:0A:0B:01 moved_away at " + second}, driftedFindings[1:]...)...)
		_, _, err := w.control.ActOnDrifts(t.Context(), admin, w.p.Slug, "snom", ztp.DriftFix, control.DriftRequest{Class: ztp.DriftMoved})
		if !ztp.IsCode(err, ztp.CodeInvalid) {
			t.Errorf("fix of one that moved away: %v", err)
		}
		w.p = ztp.Platform{ID: first.ID, Slug: second}
		_, op := w.onDrifts(ztp.DriftAdopt, control.DriftRequest{Class: ztp.DriftUnknown, Account: "main"})
		w.mustEnd(op, ztp.OperationDone, "")
		if op.Data.Handled != 0 || op.Data.NotPicked != 1 {
			t.Errorf("a phone of another platform was adopted: %+v", op.Data)
		}
	})
}

// TestSync_Periodic: every link is compared once a day by itself, unless something for
// many phones of it is under way.
func TestSync_Periodic(t *testing.T) {
	t.Parallel()
	w := drifted(t, worldOptions{})
	w.daily()
	w.mustDrift(driftedFindings...)
	first := w.phoneSync().CompleteAt
	w.hourly()
	if y := w.phoneSync(); !y.CompleteAt.Equal(first) {
		t.Errorf("compared again after an hour, at %s", y.CompleteAt)
	}
	w.daily()
	if y := w.phoneSync(); !y.CompleteAt.After(first) || y.By != ztp.System("schedule").String() {
		t.Errorf("not compared again after a day: %+v", y.PhoneSync)
	}

	w.clock.advance(25 * time.Hour)
	bulk := ztp.Operation{ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindBulk, Platform: w.p.ID, Vendor: "snom", State: ztp.OperationQueued,
		Steps: ztp.StepsOf(ztp.KindBulk, ztp.OperationParams{}), Actor: admin, CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}
	if err := w.base.CreateOperation(t.Context(), bulk); err != nil {
		t.Fatal(err)
	}
	if err := w.orch.Schedule(t.Context()); err != nil {
		t.Fatal(err)
	}
	if y := w.phoneSync(); y.Running == nil || y.Running.ID != bulk.ID {
		t.Errorf("beside a bulk there is %+v", y.Running)
	}
}

// TestAdopt takes over what the vendor has, without a call.
func TestAdopt(t *testing.T) {
	t.Parallel()
	w := drifted(t, worldOptions{})
	w.edit(ztp.MAC{0x00, 0x04, 0x13, 0xC0, 0xFF, 0xEF}, func(e *srapssim.Endpoint) { e.Enabled = false })
	w.sync()
	ctx, class := t.Context(), control.DriftRequest{Class: ztp.DriftUnknown}

	plan, err := w.control.PlanDrifts(ctx, admin, w.p.Slug, "snom", ztp.DriftAdopt, class)
	if err != nil || plan.Phones != 2 || plan.WithoutAccount != 1 || !plan.NeedsAccount {
		t.Errorf("plan %+v, %v", plan, err)
	}
	_, _, err = w.control.ActOnDrifts(ctx, admin, w.p.Slug, "snom", ztp.DriftAdopt, class)
	if e := ztp.AsError(err); e.Code != ztp.CodeInvalid || e.Fields["account"] == "" {
		t.Errorf("without an account: %v", err)
	}
	w.mustDrift(driftedFindings...)

	mark := w.mark()
	class.Account = w.account.Slug
	_, op := w.onDrifts(ztp.DriftAdopt, class)
	w.mustEnd(op, ztp.OperationDone, "")
	if n := len(w.calls(mark)); n != 0 {
		t.Errorf("an adoption has made %d calls", n)
	}
	w.mustDrift(driftedFindings[:3]...)
	known, foreign := w.phoneRow(ztp.MAC{0x00, 0x04, 0x13, 0xC0, 0xFF, 0xEE}), w.phoneRow(ztp.MAC{0x00, 0x04, 0x13, 0xC0, 0xFF, 0xEF})
	if known.State != ztp.EndpointListed || known.Found || known.Account != w.account.ID || known.AddressTokenID == "" || known.Name != "found" || known.WantPaused {
		t.Errorf("the phone with our address is %+v", known)
	}
	if foreign.State != ztp.EndpointPaused || !foreign.Found || foreign.Account != w.account.ID || foreign.AddressTokenID != "" || !foreign.WantPaused {
		t.Errorf("the phone with another address is %+v", foreign)
	}
	w.clock.advance(time.Hour)
	w.sync()
	w.mustDrift(driftedFindings[:3]...) // what was adopted matches

	w.prov = "https://new.example"
	w.start()
	w.press(ztp.KindUpdateAddress)
	if e := w.phoneRow(foreign.MAC); !e.Found || w.phoneAt(w.link().CompanyID, foreign.MAC).Settings[srapssim.DeskSettingServerID].Value != elsewhere("").Settings[srapssim.DeskSettingServerID].Value {
		t.Errorf("an update of the address has written %+v", e)
	}
	w.mustEnd(w.register(foreign.MAC), ztp.OperationDone, "")
	if e := w.phoneRow(foreign.MAC); e.Found || e.AddressTokenID == "" {
		t.Errorf("written with our address it is %+v", e)
	}
}

// TestDriftRequests: what can't be done is refused, and nothing is changed.
func TestDriftRequests(t *testing.T) {
	t.Parallel()
	w := drifted(t, worldOptions{})
	w.sync()
	many := make([]ztp.MAC, ztp.MaxPickedPhones+1)
	for name, c := range map[string]struct {
		verb  ztp.DriftVerb
		r     control.DriftRequest
		field string
	}{
		"Nothing":         {ztp.DriftFix, control.DriftRequest{}, "class"},
		"Both":            {ztp.DriftFix, control.DriftRequest{Class: ztp.DriftChanged, MACs: []ztp.MAC{numbered(3)}}, "macs"},
		"TooMany":         {ztp.DriftFix, control.DriftRequest{MACs: many}, "macs"},
		"NoFinding":       {ztp.DriftFix, control.DriftRequest{MACs: []ztp.MAC{numbered(3), numbered(0)}}, "macs"},
		"FixUnknown":      {ztp.DriftFix, control.DriftRequest{Class: ztp.DriftUnknown}, "class"},
		"AdoptRegistered": {ztp.DriftAdopt, control.DriftRequest{MACs: []ztp.MAC{numbered(2)}, Account: "main"}, "macs"},
		"NoSuchAccount":   {ztp.DriftAdopt, control.DriftRequest{Class: ztp.DriftUnknown, Account: "nobody"}, "account"},
	} {
		_, res, err := w.control.ActOnDrifts(t.Context(), admin, w.p.Slug, "snom", c.verb, c.r)
		if e := ztp.AsError(err); e.Code != ztp.CodeInvalid || e.Fields[c.field] == "" {
			t.Errorf("%s: %v, operation %+v", name, err, res.Operation)
		}
	}
	_, res, err := w.control.ActOnDrifts(t.Context(), admin, w.p.Slug, "snom", ztp.DriftRelease, control.DriftRequest{Class: ztp.DriftMoved})
	if err != nil || res.Operation != nil {
		t.Errorf("an empty class: %+v, %v", res.Operation, err)
	}
	viewer := ztp.Actor{Kind: ztp.ActorUser, Name: "v", Role: ztp.Viewer}
	if _, err := w.control.Sync(t.Context(), viewer, w.p.Slug, "snom", control.Submission{}); !ztp.IsCode(err, ztp.CodeNotAllowed) {
		t.Errorf("a viewer syncs: %v", err)
	}
	w.mustDrift(driftedFindings...)
}

// TestSyncBehindAnUpdateThatWaits: on a link that was disabled meanwhile a sync says what
// it waits for, not that it waits for something that waits for the same.
func TestSyncBehindAnUpdateThatWaits(t *testing.T) {
	t.Parallel()
	w := disabled(t)
	for _, kind := range []ztp.OperationKind{ztp.KindUpdateAddress, ztp.KindSync} {
		op := ztp.Operation{ID: ztp.OperationID(ztp.NewID()), Kind: kind, Platform: w.p.ID, Vendor: "snom", State: ztp.OperationQueued,
			Steps: ztp.StepsOf(kind, ztp.OperationParams{}), Actor: admin, CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}
		if err := w.base.CreateOperation(t.Context(), op); err != nil {
			t.Fatal(err)
		}
	}
	w.settle()
	if op := w.last(ztp.KindSync); op.State != ztp.OperationWaiting || op.Waiting != "This platform was disabled; this goes on after it is onboarded again" {
		t.Errorf("%s: %s", op.State, op.Waiting)
	}
	w.press(ztp.KindOnboard)
	for _, kind := range []ztp.OperationKind{ztp.KindUpdateAddress, ztp.KindSync} {
		w.mustEnd(w.last(kind), ztp.OperationDone, "")
	}
}
