package orchestrator_test

import (
	"slices"
	"strings"
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// work takes up what is due once, without moving the clock.
func (w *world) work() {
	w.t.Helper()
	for {
		worked, err := w.orch.Work(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

func (w *world) switchWrites(r control.WritesRequest) {
	w.t.Helper()
	if _, err := w.control.SetVendorWrites(w.t.Context(), admin, r); err != nil {
		w.t.Fatal(err)
	}
}

// TestWritesOff switches vendor writes off before each commit of each operation:
// from then on nothing arrives that changes anything; switched on, it goes on to
// the same end.
func TestWritesOff(t *testing.T) {
	t.Parallel()
	for _, s := range someStories(testing.Short()) {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			from := s.start(t)
			clean := s.clean(t, from)
			for n := 1; n <= clean.store.n; n++ {
				if n%every(7) != 0 && n != 1 {
					continue
				}
				w := s.begun(t, from)
				commits, mark := 0, -1
				w.store.Store = &recorder{w.base, func() {
					if commits++; commits == n {
						w.switchWrites(control.WritesRequest{Reason: "a test"})
						mark = w.mark()
					}
				}}
				op, err := s.press(w)
				if err != nil {
					t.Fatal(err)
				}
				w.work()
				w.store.Store = w.base
				// A call that was announced before is carried out, and is the last.
				if got := w.changes(max(mark, 0)); mark >= 0 && len(got) > 1 {
					t.Errorf("switched off after commit %d: %v", n, got)
				}
				held, err := w.base.Operation(t.Context(), op.ID)
				if err != nil {
					t.Fatal(err)
				}
				if !held.State.Final() && s.sim.KeyDelay == 0 && (held.State != ztp.OperationWaiting || !strings.Contains(held.Waiting, "switched them off") || !strings.Contains(held.Waiting, "a test")) {
					t.Errorf("after commit %d the operation is %s: %q", n, held.State, held.Waiting)
				}
				w.switchWrites(control.WritesRequest{On: true})
				w.settle()
				s.resolve(w)
				w.afterHours()
				s.ended(t, w)
			}
		})
	}
}

// TestAnotherCopyStopsEverything: what one platform finds stops all of them, is
// said, and ends with the word that no other copy is running: then the database
// counts as restored, and the key is one from after the backup.
func TestAnotherCopyStopsEverything(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	l := w.link()
	id, _ := w.sim.AddKey(l.CompanyID, l.Labels(installation).Key(7), srapssim.DefaultRole)
	w.mustEnd(w.run(ztp.KindCheck), ztp.OperationNeedsOperator, ztp.CodeAnotherCopyRunning)
	off, err := w.base.WritesOff(t.Context())
	if err != nil || len(off) != 1 || off[0].Vendor != "snom" || off[0].Reason != ztp.WritesAnotherCopy {
		t.Fatalf("vendor writes: %+v, %v", off, err)
	}
	if !slices.Contains(w.actions(), "vendor_writes.stopped") {
		t.Errorf("not in the audit log: %v", w.actions())
	}
	mark := w.mark()
	for _, kind := range []ztp.OperationKind{ztp.KindRotate, ztp.KindDisable, ztp.KindRegister, ztp.KindUpdateAddress} {
		if _, err := w.try(kind); !ztp.IsCode(err, ztp.CodeAnotherCopyRunning) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	_, err = w.control.RevokeKey(t.Context(), admin, w.p.Slug, "snom", id, control.Submission{})
	if !ztp.IsCode(err, ztp.CodeAnotherCopyRunning) {
		t.Errorf("removing the key of the other copy: %v", err)
	}
	w.byItself()
	w.mustChange(mark)
	if _, err := w.control.SetVendorWrites(t.Context(), admin, control.WritesRequest{On: true}); !ztp.IsCode(err, ztp.CodeAnotherCopyRunning) {
		t.Errorf("switched on without the word: %v", err)
	}
	w.switchWrites(control.WritesRequest{On: true, NoOtherCopy: true})
	w.byItself()
	w.mustChange(mark)
	got := w.mustLink(ztp.LinkConfigured, ztp.CodeDatabaseRestored)
	if len(got.Later) != 1 || got.Later[0].ID != id || got.NextCredential != 8 || !got.RestoredAt.IsZero() {
		t.Errorf("link: %+v", got)
	}
	w.press(ztp.KindRotate)
	if n := w.link().Active; n != 8 {
		t.Errorf("the new key has number %d", n)
	}
	w.mustEnd(w.end(w.control.RevokeKey(t.Context(), admin, w.p.Slug, "snom", id, control.Submission{})), ztp.OperationDone, "")
	w.mustLink(ztp.LinkConfigured, "")
	w.sound()
	// A number above ours later on is another copy again.
	w.sim.AddKey(l.CompanyID, l.Labels(installation).Key(9), srapssim.DefaultRole)
	w.mustEnd(w.run(ztp.KindCheck), ztp.OperationNeedsOperator, ztp.CodeAnotherCopyRunning)
}

// TestNumberGivenTwice: a key with a number of ours and another id than ours has
// was made by another copy; taking it for ours would delete a key in use there.
func TestNumberGivenTwice(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.press(ztp.KindRotate) // 1 is revoked, 2 in force
	l := w.link()
	for n := 1; n <= 2; n++ {
		w.sim.AddKey(l.CompanyID, l.Labels(installation).Key(n), srapssim.DefaultRole)
	}
	mark := w.mark()
	w.mustEnd(w.run(ztp.KindRotate), ztp.OperationNeedsOperator, ztp.CodeAnotherCopyRunning)
	w.byItself()
	w.mustChange(mark)
}

// detailOf is what the newest event of an action says.
func (w *world) detailOf(action string) string {
	w.t.Helper()
	page, err := w.base.ListEvents(w.t.Context(), ztp.EventQuery{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range page.Items {
		if e.Action == action {
			return e.Detail
		}
	}
	return ""
}

// actions are those of the whole audit log.
func (w *world) actions() []string {
	w.t.Helper()
	page, err := w.base.ListEvents(w.t.Context(), ztp.EventQuery{Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range page.Items {
		out = append(out, e.Action)
	}
	return out
}
