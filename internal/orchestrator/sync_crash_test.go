package orchestrator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// syncing is the story of something about the list of phones, to be broken at each of its
// calls and commits. Nothing of it changes the vendor.
type syncing struct {
	name string
	ask  func(w *world) (control.Result, error)
	// ended is how it ends, begun what shows until then.
	ended, begun []string
}

var syncings = []syncing{
	{
		name: "sync",
		ask: func(w *world) (control.Result, error) {
			return w.control.Sync(w.t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		},
		begun: driftedFindings, ended: driftedFindings[1:],
	},
	{
		name: "adopt",
		ask: func(w *world) (control.Result, error) {
			_, res, err := w.control.ActOnDrifts(w.t.Context(), admin, w.p.Slug, "snom", ztp.DriftAdopt, control.DriftRequest{Class: ztp.DriftUnknown, Account: "main"})
			return res, err
		},
		begun: driftedFindings, ended: driftedFindings[:3],
	},
}

// twoAPage is a vendor that gives pages of two.
var twoAPage = srapssim.Options{PageSize: 2, FixedPages: true}

// start has an earlier sync complete; for the next one, a phone has come back since.
func (s syncing) start(t *testing.T, postgres bool) *state {
	t.Helper()
	w := drifted(t, worldOptions{sim: twoAPage, postgres: postgres})
	w.sync()
	w.clock.advance(time.Hour)
	if s.name == "sync" {
		w.sim.PutEndpoint(w.link().CompanyID, w.ours(numbered(1).Bare()))
	}
	return w.state()
}

// TestSync_Crash kills the process, loses requests and answers, and breaks the database at
// every call and commit of a sync and of an adoption. A list of findings is there as a
// whole or not at all; an adoption goes on where it was.
func TestSync_Crash(t *testing.T) {
	t.Parallel()
	for _, s := range syncings {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.crash(t, false, size{all: 1, part: 3})
		})
	}
}

// TestSync_CrashPostgreSQL is the same there; in the quick run a few cases.
func TestSync_CrashPostgreSQL(t *testing.T) {
	t.Parallel()
	for _, s := range syncings {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.crash(t, true, size{count: 60, few: 1})
		})
	}
}

func (s syncing) crash(t *testing.T, postgres bool, n size) {
	from := s.start(t, postgres)
	begun := func(t *testing.T) *world {
		return newWorld(t, worldOptions{from: from, sim: twoAPage, postgres: postgres})
	}
	clean := begun(t)
	clean.mustEnd(clean.end(s.ask(clean)), ztp.OperationDone, "")
	clean.mustDrift(s.ended...)
	calls, sent, commits := comparingBreakages()
	for _, c := range n.of("phones_"+s.name, cases(clean, calls, sent, commits)) {
		passed := t.Run(c.String(), func(t *testing.T) { s.broken(t, begun(t), c) })
		theTally.add("phones_"+s.name, postgres, "singles", fmt.Sprint(s.name, c.at, c.point), passed)
	}
}

// broken runs it into its fault, heals, and lets it be asked for again.
func (s syncing) broken(t *testing.T, w *world, c broken) {
	t.Helper()
	vendor := w.sim.State().Companies
	c.arm(w, c.at)
	res, err := s.ask(w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.orch.Work(t.Context()); err != nil {
		s.half(w)
	}
	w.settle()
	w.heal()
	op, err := w.base.Operation(t.Context(), res.Operation.ID)
	if err != nil {
		t.Fatal(err)
	}
	if op.State != ztp.OperationDone {
		if s.name == "adopt" || !op.State.Final() {
			t.Fatalf("it is %s with %+v", op.State, op.Error)
		}
		w.mustDrift(s.begun...)
		w.mustEnd(w.end(s.ask(w)), ztp.OperationDone, "")
	}
	w.mustDrift(s.ended...)
	if d := cmp.Diff(vendor, w.sim.State().Companies); d != "" {
		t.Errorf("the vendor has changed:\n%s", d)
	}
	if _, err := w.base.VerifyEvents(t.Context()); err != nil {
		t.Errorf("S21: %v", err)
	}
}

// half checks what a process that died has left: what was before, or all of what comes.
func (s syncing) half(w *world) {
	w.t.Helper()
	got := w.drifts()
	if cmp.Diff(s.begun, got) != "" && cmp.Diff(s.ended, got) != "" {
		w.t.Errorf("half of it shows: %q", got)
	}
}

// TestAdopt_Killed kills an adoption of some thousand phones at each of its commits. The
// phones of every chunk that is committed are registered and off the list, and the next
// process goes on behind them.
func TestAdopt_Killed(t *testing.T) {
	t.Parallel()
	const phones = 2500 // three chunks
	w := newWorld(t, worldOptions{})
	w.press(ztp.KindOnboard)
	w.mustEnd(w.register(numbered(0)), ztp.OperationDone, "")
	for i := range phones {
		w.sim.PutEndpoint(w.link().CompanyID, w.ours(fmt.Sprintf("000413C0%04X", i)))
	}
	w.clock.advance(time.Hour)
	w.sync()
	from := w.state()
	for _, fault := range []commitFault{killBefore, killAfter} {
		for at := 1; at <= 5; at++ {
			if testing.Short() && (fault != killAfter || at%2 == 0) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", fault, at), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, worldOptions{from: from})
				_, res, err := w.control.ActOnDrifts(t.Context(), admin, w.p.Slug, "snom", ztp.DriftAdopt, control.DriftRequest{Class: ztp.DriftUnknown})
				if err != nil {
					t.Fatal(err)
				}
				atCommit(fault).arm(w, at)
				_, _ = w.orch.Work(t.Context())
				n, err := w.base.CountEndpoints(t.Context(), w.p.ID, "snom")
				if err != nil {
					t.Fatal(err)
				}
				if left := w.phoneSync().Counts[ztp.DriftUnknown]; n.Listed-1+left != phones {
					t.Errorf("%d are registered and %d are in the list, of %d", n.Listed-1, left, phones)
				}
				mark := w.mark()
				w.settle()
				op, err := w.base.Operation(t.Context(), res.Operation.ID)
				if err != nil {
					t.Fatal(err)
				}
				w.mustEnd(op, ztp.OperationDone, "")
				if n, err = w.base.CountEndpoints(t.Context(), w.p.ID, "snom"); err != nil || n.Listed != phones+1 || op.Data.Handled != phones || w.phoneSync().Findings() != 0 {
					t.Errorf("%d phones are registered, %d adopted: %v", n.Listed, op.Data.Handled, err)
				}
				if len(w.calls(mark)) != 0 {
					t.Errorf("an adoption calls the vendor: %v", w.calls(mark))
				}
			})
		}
	}
}

// TestTakePicked: what was picked becomes items of the operation, once each, whenever the
// process dies; what was changed here since is left alone.
func TestTakePicked(t *testing.T) {
	t.Parallel()
	w := drifted(t, worldOptions{})
	w.sync()
	w.mustEnd(w.register(numbered(2)), ztp.OperationDone, "")
	from := w.state()
	items := func(w *world, op ztp.OperationID) (out []string) {
		w.t.Helper()
		page, err := w.base.ListPhoneItems(w.t.Context(), ztp.PhoneItemQuery{Operation: op, Limit: 1000})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, i := range page.Items {
			out = append(out, fmt.Sprintf("%s %s", i.MAC, i.Action))
		}
		return out
	}
	for name, c := range map[string]struct {
		verb ztp.DriftVerb
		r    control.DriftRequest
		want []string
	}{
		"Fix":            {ztp.DriftFix, control.DriftRequest{Class: ztp.DriftMissing}, []string{"00:04:13:0A:0B:01 write"}},
		"ChangedSince":   {ztp.DriftFix, control.DriftRequest{MACs: []ztp.MAC{numbered(2), numbered(3)}}, []string{"00:04:13:0A:0B:03 write"}},
		"ReleaseUnknown": {ztp.DriftRelease, control.DriftRequest{Class: ztp.DriftUnknown}, []string{"00:04:13:C0:FF:EE release", "00:04:13:C0:FF:EF release"}},
		"ReleaseMissing": {ztp.DriftRelease, control.DriftRequest{MACs: []ztp.MAC{numbered(1)}}, []string{"00:04:13:0A:0B:01 release"}},
	} {
		for _, fault := range []commitFault{"", killBefore, killAfter} {
			t.Run(fmt.Sprintf("%s/%s", name, fault), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, worldOptions{from: from})
				_, res, err := w.control.ActOnDrifts(t.Context(), admin, w.p.Slug, "snom", c.verb, c.r)
				if err != nil {
					t.Fatal(err)
				}
				if fault != "" {
					atCommit(fault).arm(w, 1)
				}
				for range 3 { // the steps behind it are not this test's
					_, _ = w.orch.Work(t.Context())
					w.heal()
					w.start()
					w.clock.advance(time.Minute)
				}
				if d := cmp.Diff(c.want, items(w, res.Operation.ID)); d != "" {
					t.Errorf("items (-want +got):\n%s", d)
				}
				for _, line := range c.want {
					mac, _ := ztp.ParseMAC(line[:17])
					if e := w.phoneRow(mac); e.Account != w.account.ID {
						t.Errorf("%s is %+v", mac, e)
					}
				}
			})
		}
	}
}
