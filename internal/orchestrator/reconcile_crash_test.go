package orchestrator_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// comparing is the story of a reconciliation, to be broken at each of its calls and
// commits: from a start state, by a press, to an end.
type comparing struct {
	name  string
	begin []ztp.OperationKind
	hand  func(w *world)
	want  []ztp.RowReason
}

var comparings = []comparing{
	{name: "matching", begin: []ztp.OperationKind{ztp.KindOnboard}, want: []ztp.RowReason{ztp.ReasonMatches}},
	{name: "differing", begin: []ztp.OperationKind{ztp.KindOnboard}, hand: func(w *world) {
		w.foreignKey(w.link().CompanyID)
		w.sim.RenameCompany(w.link().CompanyID, "renamed")
		w.sim.AddCompany(w.own(), w.link().CompanyName)
	}, want: []ztp.RowReason{ztp.ReasonCompanyRenamed, ztp.ReasonCompanyDuplicate, ztp.ReasonKeyForeign}},
	{name: "disabled", begin: []ztp.OperationKind{ztp.KindOnboard, ztp.KindDisable}, want: []ztp.RowReason{ztp.ReasonCompanyKept}},
}

// start is the start state: a reconciliation of an earlier state is complete.
func (s comparing) start(t testing.TB, postgres bool) *state {
	t.Helper()
	w := newWorld(t, worldOptions{postgres: postgres})
	for _, k := range s.begin {
		w.press(k)
	}
	w.compareAll()
	w.clock.advance(time.Hour)
	if s.hand != nil {
		s.hand(w)
	}
	return w.state()
}

// press asks, until a run is complete.
func (s comparing) press(w *world) {
	w.t.Helper()
	before := w.reconciliation().CompleteAt
	for range 4 {
		if r := w.compareAll(); r.CompleteAt.After(before) {
			return
		}
	}
	w.t.Fatal("no reconciliation is complete after four tries")
}

// ended checks the end: the rows say what is so, and nothing has changed anywhere else.
func (s comparing) ended(t *testing.T, w *world, vendor []srapssim.Company) {
	t.Helper()
	var got []ztp.RowReason
	for _, r := range w.rows() {
		got = append(got, r.Reason)
	}
	slices.Sort(got)
	want := slices.Clone(s.want)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff(vendor, w.sim.State().Companies); d != "" {
		t.Errorf("the vendor has changed:\n%s", d)
	}
	if _, err := w.base.VerifyEvents(context.Background()); err != nil {
		t.Errorf("S21: %v", err)
	}
}

// comparingFaults strike at the nth request of a reconciliation. What the vendor may say that
// is another truth, such as a 403 or an old list, is in the findings.
var comparingFaults = []srapssim.Fault{
	{Do: srapssim.DoLoseRequest}, {Do: srapssim.DoLoseAnswer},
	{Do: srapssim.DoStatus, Status: 500}, {Do: srapssim.DoStatus, Status: 503},
	{Do: srapssim.DoStatus, Status: 429, RetryAfter: 3}, {Do: srapssim.DoStatus, Status: 429, RetryAfter: 1000000},
	{Do: srapssim.DoTruncate}, {Do: srapssim.DoHTML}, {Do: srapssim.DoRedirect}, {Do: srapssim.DoDuplicate},
}

// TestReconcile_Crash kills the process, loses requests and answers, and breaks the
// database at every call and commit of a reconciliation. Until one is complete, the rows
// are those of the last complete one.
func TestReconcile_Crash(t *testing.T) {
	t.Parallel()
	for _, s := range comparings {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.crash(t, false, size{all: 1, part: 3})
		})
	}
}

// TestReconcile_CrashPostgreSQL is the same there; in the quick run a few cases.
func TestReconcile_CrashPostgreSQL(t *testing.T) {
	t.Parallel()
	for _, s := range comparings {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.crash(t, true, size{count: 120, few: 1})
		})
	}
}

// comparingBreakages strike at a call, a request and a commit of a comparison.
func comparingBreakages() (calls, sent, commits []breakage) {
	for _, f := range []callFault{killBeforeCall, killAfterCall, loseRequest, loseAnswer, failBefore} {
		calls = append(calls, atCall(f))
	}
	for _, f := range comparingFaults {
		sent = append(sent, onTheWire(f, fmt.Sprintf("%s%d_%d", f.Do, f.Status, f.RetryAfter)))
	}
	for _, f := range []commitFault{failCommit, killBefore, killAfter, loseCommitting} {
		commits = append(commits, atCommit(f))
	}
	return calls, sent, commits
}

// crash breaks a comparison at its points; a part of the cases, if n says so.
func (s comparing) crash(t *testing.T, postgres bool, n size) {
	from := s.start(t, postgres)
	begun := func(t *testing.T) *world { return newWorld(t, worldOptions{from: from, postgres: postgres}) }
	clean := s.clean(t, from)
	calls, sent, commits := comparingBreakages()
	for _, c := range n.of(s.name, cases(clean, calls, sent, commits)) {
		passed := t.Run(c.String(), func(t *testing.T) { s.broken(t, begun(t), c) })
		theTally.add("reconcile", postgres, "singles", fmt.Sprint(s.name, c.at, c.point), passed)
	}
}

// clean runs a comparison without a fault.
func (s comparing) clean(t *testing.T, from *state) *world {
	t.Helper()
	w := newWorld(t, worldOptions{from: from, postgres: from.postgres})
	s.press(w)
	return w
}

// into runs a comparison into its fault. A process that was killed is followed by
// another one.
func (s comparing) into(t *testing.T, w *world, c broken) {
	t.Helper()
	old, before := w.rows(), w.reconciliation().CompleteAt
	c.arms(w)
	if _, err := w.base.AskReconciliation(t.Context(), "snom", "", "ops"); err != nil {
		t.Fatal(err)
	}
	_, err := w.orch.Reconcile(w.working)
	if err != nil && w.reconciliation().CompleteAt.Equal(before) {
		if d := cmp.Diff(old, w.rows()); d != "" {
			t.Errorf("half a run shows:\n%s", d)
		}
	}
	if err != nil && c.kills() {
		w.follow(61 * time.Second)
	}
}

// broken runs a comparison into its fault, heals, and lets it be asked for again.
func (s comparing) broken(t *testing.T, w *world, c broken) {
	t.Helper()
	vendor, before := w.sim.State().Companies, w.reconciliation().CompleteAt
	s.into(t, w, c)
	w.compared()
	w.heal()
	if w.reconciliation().CompleteAt.Equal(before) {
		s.press(w)
	}
	s.ended(t, w, vendor)
}
