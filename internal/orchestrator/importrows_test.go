package orchestrator_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// importing is the story of save_rows: a file, what is here, and what must be true at
// the end. Three rows are one commit.
type importing struct {
	name string
	mode ztp.ImportMode
	// between happens after the check, before anything of the file is taken.
	between func(w *world)
	state   ztp.OperationState
	tally   ztp.ImportTally
	items   int
}

var importings = []importing{
	{name: "skip_invalid", mode: ztp.ImportSkipInvalid, state: ztp.OperationDone, items: 8,
		tally: ztp.ImportTally{ztp.RowNew: 7, ztp.RowChange: 1, ztp.RowUnchanged: 1, ztp.RowTaken: 1, ztp.RowInvalid: 1}},
	{name: "taken_meanwhile", mode: ztp.ImportSkipInvalid, between: takenMeanwhile, state: ztp.OperationDone, items: 7,
		tally: ztp.ImportTally{ztp.RowNew: 6, ztp.RowChange: 1, ztp.RowUnchanged: 1, ztp.RowTaken: 2, ztp.RowInvalid: 1}},
	{name: "all_or_nothing", mode: ztp.ImportAllOrNothing, state: ztp.OperationDone, items: 8,
		tally: ztp.ImportTally{ztp.RowNew: 7, ztp.RowChange: 1, ztp.RowUnchanged: 1}},
	{name: "nothing", mode: ztp.ImportAllOrNothing, between: takenMeanwhile, state: ztp.OperationFailed,
		tally: ztp.ImportTally{ztp.RowNew: 6, ztp.RowChange: 1, ztp.RowUnchanged: 1, ztp.RowTaken: 1}},
}

const lateMAC = "00:04:13:00:00:07"

// takenMeanwhile: another platform registers a phone of the file.
func takenMeanwhile(w *world) { w.elsewhere(lateMAC) }

// elsewhere registers a phone for another platform.
func (w *world) elsewhere(mac string) {
	w.t.Helper()
	ctx := context.Background()
	p, _, err := w.control.CreatePlatform(ctx, admin, control.NewPlatform{Name: "Other " + ztp.NewID()[:6]})
	if err != nil {
		w.t.Fatal(err)
	}
	a, _, _, err := w.control.CreateAccount(ctx, admin, p.Slug, control.NewAccount{Name: "Main"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.here(ztp.Endpoint{Platform: p.ID, Account: a.ID, MAC: w.macOf(mac)})
}

func (w *world) macOf(s string) ztp.MAC {
	w.t.Helper()
	m, err := ztp.ParseMAC(s)
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// here makes a phone that the vendor has confirmed.
func (w *world) here(e ztp.Endpoint) {
	w.t.Helper()
	e.Vendor, e.State, e.ProductGroup, e.CreatedAt, e.UpdatedAt = "snom", ztp.EndpointListed, "D-Series", w.clock.now(), w.clock.now()
	if err := w.base.SaveEndpoint(context.Background(), e); err != nil {
		w.t.Fatal(err)
	}
}

// start is the start state, with the file checked.
func (s importing) start(t *testing.T, postgres bool) (*state, ztp.ImportID) {
	t.Helper()
	w := newWorld(t, worldOptions{postgres: postgres})
	w.press(ztp.KindOnboard)
	w.here(ztp.Endpoint{Platform: w.p.ID, Account: w.account.ID, MAC: w.macOf("000413000001"), Name: "same"})
	w.here(ztp.Endpoint{Platform: w.p.ID, Account: w.account.ID, MAC: w.macOf("000413000002"), Name: "old"})
	w.elsewhere("000413000003")
	file := "mac,account,name,pin\n000413000001,main,same,\n000413000002,main,new,\n"
	if s.mode == ztp.ImportSkipInvalid {
		file += "000413000003,main,theirs,\n1.2E+11,main,lost,\n"
	}
	for n := range 7 {
		file += fmt.Sprintf("0004130000%02x,main,phone %d,47%02d\n", n+4, n, n)
	}
	v, err := w.control.CheckImport(t.Context(), admin, w.p.Slug, control.ImportRequest{File: strings.NewReader(file), Name: "phones.csv"})
	if err != nil {
		t.Fatal(err)
	}
	return w.state(), v.ID
}

// begin starts the import in a world, with the step that is looked at here alone.
func (s importing) begin(t *testing.T, w *world, id ztp.ImportID) *ztp.Operation {
	t.Helper()
	v, err := w.control.StartImport(t.Context(), admin, id, s.mode)
	if err != nil {
		t.Fatal(err)
	}
	op, err := w.base.ClaimOperation(t.Context(), "test", time.Minute, ztp.ClaimAny)
	if err != nil || op.ID != v.Run.ID {
		t.Fatal(op.ID, err)
	}
	for n := range op.Steps[1:] {
		op.Steps[n+1].State = ztp.StepSkipped
	}
	if op, err = op.Move(ztp.OperationQueued, w.clock.now()); err == nil {
		op.NextAt = w.clock.now()
		err = w.base.SaveOperation(t.Context(), op, time.Minute)
	}
	if err != nil {
		t.Fatal(err)
	}
	if s.between != nil {
		s.between(w)
	}
	return &op
}

// ended checks the end.
func (s importing) ended(t *testing.T, w *world, id ztp.ImportID, op ztp.Operation) {
	t.Helper()
	if op.State != s.state {
		t.Fatalf("the operation is %s: %+v", op.State, op.Error)
	}
	v, err := w.control.Import(t.Context(), admin, id)
	if err != nil {
		t.Fatal(err)
	}
	tally, err := w.base.CountImportRows(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []ztp.ImportTally{tally, v.Tally} {
		if d := cmp.Diff(s.tally, got); d != "" {
			t.Errorf("rows (-want +got):\n%s", d)
		}
	}
	if v.Phones.Total() != s.items || v.Phones[ztp.PhoneItemQueued] != s.items {
		t.Errorf("items: %v, want %d queued", v.Phones, s.items)
	}
	s.phones(t, w, op)
	if _, err := w.base.VerifyEvents(t.Context()); err != nil {
		t.Errorf("S21: %v", err)
	}
}

// phones checks the rows of the phones, version and PIN included: nothing is written twice.
func (s importing) phones(t *testing.T, w *world, op ztp.Operation) {
	t.Helper()
	page, err := w.base.ListEndpoints(t.Context(), ztp.EndpointQuery{Platform: w.p.ID, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"00:04:13:00:00:01": "listed same 1", "00:04:13:00:00:02": "listed new 2"}
	pins := map[ztp.MAC]ztp.Secret{}
	for n := range 7 {
		mac := fmt.Sprintf("00:04:13:00:00:%02X", n+4)
		if mac == lateMAC && s.between != nil {
			continue
		}
		want[mac] = fmt.Sprintf("wanted phone %d 1", n)
		pins[w.macOf(mac)] = ztp.NewSecret(fmt.Sprintf("47%02d", n))
	}
	if s.state == ztp.OperationFailed {
		want = map[string]string{"00:04:13:00:00:01": "listed same 1", "00:04:13:00:00:02": "listed old 1"}
		pins = nil
	}
	got := map[string]string{}
	for _, e := range page.Items {
		got[e.MAC.String()] = fmt.Sprintf("%s %s %d", e.State, e.Name, e.Version)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("phones (-want +got):\n%s", d)
	}
	if found, _, err := w.base.FindEndpoints(t.Context(), "phone", 100); err != nil || len(found) != len(pins) {
		t.Errorf("%d phones are found by name, want %d, %v", len(found), len(pins), err)
	}
	same, err := w.base.SamePINs(t.Context(), w.p.ID, pins)
	if err != nil {
		t.Fatal(err)
	}
	for mac := range pins {
		if !same[mac] {
			t.Errorf("%s does not have the PIN of its row", mac)
		}
	}
	if p := op.Data.Import; s.state == ztp.OperationDone && (p.New+p.Changed != s.items || p.Taken != s.tally.Total() || p.Left != s.tally.Left()) {
		t.Errorf("progress %+v", p)
	}
}

// TestImportRows breaks save_rows at each of its commits: killed before and after, failed,
// answer lost, run twice. The end is that of a run that nothing befell.
func TestImportRows(t *testing.T) {
	t.Parallel()
	for _, s := range importings {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.crash(t, false, size{all: 1, part: 1})
		})
	}
}

// TestImportRows_PostgreSQL is the same there; in the quick run a few cases.
func TestImportRows_PostgreSQL(t *testing.T) {
	t.Parallel()
	for _, s := range importings {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			s.crash(t, true, size{count: 60, few: 2})
		})
	}
}

func (s importing) crash(t *testing.T, postgres bool, n size) {
	from, id := s.start(t, postgres)
	clean := newWorld(t, worldOptions{from: from, postgres: postgres})
	op := clean.finish(s.begin(t, clean, id), nil)
	s.ended(t, clean, id, op)
	var commits []breakage
	for _, f := range []commitFault{failCommit, killBefore, killAfter, loseCommitting, runTwice} {
		commits = append(commits, atCommit(f))
	}
	for _, c := range n.of(s.name, cases(clean, nil, nil, commits)) {
		passed := t.Run(c.String(), func(t *testing.T) {
			w := newWorld(t, worldOptions{from: from, postgres: postgres})
			op := s.begin(t, w, id)
			c.arm(w, c.at)
			s.ended(t, w, id, w.finish(op, nil))
		})
		theTally.add("import", postgres, "singles", fmt.Sprint(s.name, c.at, c.point), passed)
	}
}

// Of two files of one platform, both may be looked at and one at a time is taken.
func TestImportRows_OneAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.press(ztp.KindOnboard)
	var ids []ztp.ImportID
	for n := range 2 {
		file := fmt.Sprintf("mac,account\n00041300000%d,main\n", n+1)
		v, err := w.control.CheckImport(t.Context(), admin, w.p.Slug, control.ImportRequest{File: strings.NewReader(file)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, v.ID)
	}
	first, err := w.control.StartImport(t.Context(), admin, ids[0], ztp.ImportAllOrNothing)
	if err != nil {
		t.Fatal(err)
	}
	again, err := w.control.StartImport(t.Context(), admin, ids[0], ztp.ImportAllOrNothing)
	if err != nil || again.Run.ID != first.Run.ID {
		t.Errorf("asked again: %v, %v", again.Run, err)
	}
	_, err = w.control.StartImport(t.Context(), admin, ids[1], ztp.ImportAllOrNothing)
	if !ztp.IsCode(err, ztp.CodeOperationRunning) || ztp.AsError(err).Operation.ID != first.Run.ID {
		t.Errorf("the second file: %v", err)
	}
	if err := w.control.RemoveImport(t.Context(), admin, ids[0]); !ztp.IsCode(err, ztp.CodeInUse) {
		t.Errorf("removed while it runs: %v", err)
	}
}

// TestImportRows_Removed: a check that is being removed is not started any more, though its
// rows go away one part after the other; and only so many wait.
func TestImportRows_Removed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	w.press(ztp.KindOnboard)
	var ids []ztp.ImportID
	for range 22 {
		w.clock.advance(time.Second)
		v, err := w.control.CheckImport(t.Context(), admin, w.p.Slug, control.ImportRequest{File: strings.NewReader("mac,account\n000413000001,main\n")})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, v.ID)
	}
	for n, id := range ids {
		if _, err := w.control.Import(t.Context(), admin, id); (n < 2) != ztp.IsCode(err, ztp.CodeNotFound) {
			t.Errorf("check %d of %d: %v", n+1, len(ids), err)
		}
	}
	if err := w.base.ExpireImport(t.Context(), ids[2]); err != nil { // and whoever removes it dies
		t.Fatal(err)
	}
	if _, err := w.control.StartImport(t.Context(), admin, ids[2], ztp.ImportAllOrNothing); !ztp.IsCode(err, ztp.CodeFormOutdated) {
		t.Errorf("started while it is removed: %v", err)
	}
}

// TestImportRows_Revived: a phone that was replaced once begins another life.
func TestImportRows_Revived(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(nth(0)), ztp.OperationDone, "")
	w.mustEnd(w.endPhone(w.control.ReplaceEndpoint(t.Context(), admin, w.p.Slug, nth(0), control.ReplaceRequest{NewMAC: nth(1)})), ztp.OperationDone, "")
	v, err := w.control.CheckImport(t.Context(), admin, w.p.Slug, control.ImportRequest{File: strings.NewReader("mac,account\n" + nth(0).String() + "," + w.account.Slug + "\n")})
	if err == nil {
		v, err = w.control.StartImport(t.Context(), admin, v.ID, ztp.ImportAllOrNothing)
	}
	w.mustEnd(w.finish(v.Run, err), ztp.OperationDone, "")
	if e := w.phoneRow(nth(0)); e.State != ztp.EndpointListed || !e.ReplacedBy.IsZero() {
		t.Errorf("%s, replaced by %s", e.State, e.ReplacedBy)
	}
}

// Whoever cancels while rows are saved finds every row either as a phone whose item is
// cancelled, or not saved and said to be cancelled, at each commit that it may come before.
func TestImportRows_Cancelled(t *testing.T) {
	t.Parallel()
	s := importings[0]
	from, id := s.start(t, false)
	clean := newWorld(t, worldOptions{from: from})
	clean.finish(s.begin(t, clean, id), nil)
	unsaved := 0
	for n := 1; n <= clean.store.n; n++ {
		w := newWorld(t, worldOptions{from: from})
		op := s.begin(t, w, id)
		hookedCommit("cancelled", func(w *world) {
			if _, err := w.control.CancelOperation(context.Background(), admin, op.ID); err != nil {
				t.Error(err)
			}
		}).arm(w, n)
		w.finish(op, nil)
		v, err := w.control.Import(t.Context(), admin, id)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.Phones.Total() + v.Unsaved(); v.Run.State != ztp.OperationDone || got != s.items || v.Phones[ztp.PhoneItemCancelled] != v.Phones.Total() {
			t.Errorf("before commit %d: %s, %v and %d not saved, want %d", n, v.Run.State, v.Phones, v.Unsaved(), s.items)
		}
		var file strings.Builder
		if err := w.control.WriteImportResults(t.Context(), admin, id, false, &file); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(file.String(), "cancelled,Cancelled before it was saved."); got != v.Unsaved() {
			t.Errorf("before commit %d: %d rows say that they are not saved, want %d:\n%s", n, got, v.Unsaved(), file.String())
		}
		page, err := w.base.ListEndpoints(t.Context(), ztp.EndpointQuery{Platform: w.p.ID, Limit: 100})
		if want := v.Run.Data.Import.New + 2; err != nil || len(page.Items) != want {
			t.Errorf("before commit %d: %d phones, want %d, %v", n, len(page.Items), want, err)
		}
		unsaved += v.Unsaved()
	}
	if unsaved == 0 {
		t.Error("no row was left")
	}
}
