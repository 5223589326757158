package orchestrator_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// recorder copies the database after every commit: each copy is a backup that
// somebody may have made at that moment.
type recorder struct {
	ztp.Store
	keep func()
}

func (r *recorder) Tx(ctx context.Context, f func(ztp.Store) error) error {
	err := r.Store.Tx(ctx, f)
	if err == nil {
		r.keep()
	}
	return err
}

// history is what happened to an installation: backups from every moment, and the
// vendor as it was after each operation.
type history struct {
	backups []backup
	days    []*state
	ends    []int // how many backups there were at the end of each day
}

type backup struct {
	database []byte
	during   ztp.OperationKind
}

// lived is a history of an installation that was onboarded, rotated, disabled,
// onboarded again and rotated once more.
func lived(t *testing.T, sim srapssim.Options) history {
	t.Helper()
	w := newWorld(t, worldOptions{sim: sim})
	var h history
	var during ztp.OperationKind
	w.store.Store = &recorder{w.base, func() { h.backups = append(h.backups, backup{w.copied(), during}) }}
	for _, during = range []ztp.OperationKind{ztp.KindOnboard, ztp.KindRegister, ztp.KindRotate, ztp.KindDisable, ztp.KindOnboard, ztp.KindRotate} {
		op := w.ask(during)
		h.backups = append(h.backups, backup{w.copied(), during}) // asked for, and nothing more
		w.finish(op, nil)
		w.clock.advance(sim.KeyDelay)
		h.days = append(h.days, &state{vendor: w.sim.Snapshot(), at: w.clock.now(), p: w.p, account: w.account})
		h.ends = append(h.ends, len(h.backups))
	}
	return h
}

// copied is the database as a backup has it.
func (w *world) copied() []byte {
	w.t.Helper()
	to := filepath.Join(w.t.TempDir(), "copy.db")
	db, err := sql.Open("sqlite", "file:"+w.file+"?mode=ro")
	if err == nil {
		_, err = db.Exec("VACUUM INTO ?", to)
		db.Close()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := os.ReadFile(to)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

// TestRestored puts every backup of a history in the place of the database, with
// the vendor as it was at the end of every later day. By itself nothing may be
// deleted or started again, and everything has to be said; then an admin who reads
// it brings the platform to where it was.
func TestRestored(t *testing.T) {
	t.Parallel()
	for name, sim := range map[string]srapssim.Options{"KeySigns": {}, "ResellerSigns": {ChildWrites: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := lived(t, sim)
			cases := 0
			for day, today := range h.days {
				for i, b := range h.backups[:h.ends[day]] {
					if cases++; cases%every(5) != 0 {
						continue
					}
					t.Run(fmt.Sprintf("day%d/%d_%s", day, i, b.during), func(t *testing.T) {
						today := *today
						today.kept = storetest.Keep(t, atTest, b.database)
						restoredTo(t, sim, &today)
					})
				}
			}
			t.Logf("%d backups, %d days, %d cases", len(h.backups), len(h.days), cases)
		})
	}
}

// TestRestored_PressedAtOnce presses a button before any check of a restored
// platform has run: the key is tested first all the same, keys from after the
// backup stay, and no number is given twice.
func TestRestored_PressedAtOnce(t *testing.T) {
	t.Parallel()
	for name, sim := range map[string]srapssim.Options{"KeySigns": {}, "ResellerSigns": {ChildWrites: true}} {
		h := lived(t, sim)
		for day, today := range h.days {
			for i, b := range h.backups[:h.ends[day]] {
				for k, kind := range []ztp.OperationKind{ztp.KindOnboard, ztp.KindRotate, ztp.KindDisable, ztp.KindRegister} {
					if (day+i+k)%every(17) != 0 {
						continue
					}
					t.Run(fmt.Sprintf("%s/day%d/%d_%s/%s", name, day, i, b.during, kind), func(t *testing.T) {
						today := *today
						today.kept = storetest.Keep(t, atTest, b.database)
						w := newWorld(t, worldOptions{sim: sim, from: &today})
						w.pressedAtOnce(kind)
					})
				}
			}
		}
	}
}

func (w *world) pressedAtOnce(kind ztp.OperationKind) {
	w.t.Helper()
	had := w.link()
	had.Active = 0 // it need not be used
	if _, err := w.base.(*sqlstore.Store).NoteRestored(w.t.Context(), "", admin, "test"); err != nil {
		w.t.Fatal(err)
	}
	rows, err := w.base.Credentials(w.t.Context(), w.p.ID, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	known := map[string]bool{}
	for _, c := range rows {
		known[c.VendorID] = true
	}
	before := w.vendorNow()
	if _, err := w.try(kind); err != nil {
		return // refused, and nothing was sent
	}
	w.work()
	w.byItself()
	w.testedFirst(rows, had)
	w.noNumberTwice(before)
	now := w.vendorNow()
	for id, name := range before.live {
		if _, there := now.live[id]; !there && !known[id] {
			w.t.Errorf("S24: key %s (%s) was revoked", id, name)
		}
	}
	for _, op := range w.openOps() {
		w.t.Errorf("open: %s %s %q", op.Kind, op.State, op.Waiting)
	}
}

// TestRestored_Unnoticed is the same where nothing tells that the database is
// older, such as a copied volume: what the labels show is all there is to go by.
// Keys with a number from after the backup stay, whatever was under way in it; when
// there are some, nothing is changed any more and it is said.
func TestRestored_Unnoticed(t *testing.T) {
	t.Parallel()
	h := lived(t, srapssim.Options{})
	for day, today := range h.days {
		for i, b := range h.backups[:h.ends[day]] {
			if (day+i)%every(7) != 0 {
				continue
			}
			t.Run(fmt.Sprintf("day%d/%d_%s", day, i, b.during), func(t *testing.T) {
				today := *today
				today.kept = storetest.Keep(t, atTest, b.database)
				w := newWorld(t, worldOptions{from: &today})
				next, before := w.link().NextCredential, w.vendorNow()
				w.restless()
				now, alone := w.vendorNow(), true
				for id, name := range before.live {
					n, ok := w.link().Labels(installation).KeyNumber(name)
					if !ok || n < next {
						continue
					}
					alone = false
					if _, there := now.live[id]; !there {
						t.Errorf("S24: key %s (%s) was revoked", id, name)
					}
				}
				off, err := w.base.WritesOff(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				// Where the key is refused, or there is none, no list was read yet.
				if l := w.link(); !alone && len(off) == 0 && l.State != ztp.LinkNeedsAttention && l.State != ztp.LinkNotConfigured {
					t.Errorf("another copy is not noticed: link %s %+v", l.State, l.Error)
				}
			})
		}
	}
}

func restoredTo(t *testing.T, sim srapssim.Options, today *state) {
	w := newWorld(t, worldOptions{sim: sim, from: today})
	had := w.link()
	rows, err := w.base.Credentials(t.Context(), w.p.ID, "snom")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.base.(*sqlstore.Store).NoteRestored(t.Context(), "", admin, "test"); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(1)
	if ops := w.openOps(); len(ops) != 0 {
		t.Errorf("an operation of the backup goes on: %v", w.describeOpen())
	}
	before := w.vendorNow()
	w.byItself()
	w.nothingRevoked(rows, before)
	w.nothingRevived(before)
	w.testedFirst(rows, had)
	w.said(before)
	if t.Failed() {
		return
	}
	w.bringTo(before)
	for _, b := range w.verify() {
		t.Error(b)
	}
	if l := w.link(); !l.RestoredAt.IsZero() || len(l.Later) != 0 {
		t.Errorf("restored mode does not end: %+v", l)
	}
	w.noNumberTwice(before)
}

// vendorNow is what the vendor has of the platform.
type vendorNow struct {
	company srapssim.Company
	live    map[string]string // keys with a label of ours, by id
}

func (w *world) vendorNow() vendorNow {
	v := vendorNow{live: map[string]string{}}
	if c := w.company(); c != nil {
		v.company = *c
	}
	for _, k := range v.company.Keys {
		if strings.HasPrefix(k.Name, "zt:") {
			v.live[k.ID] = k.Name
		}
	}
	return v
}

// disabled: the vendor shows a company without a key of ours.
func (v vendorNow) disabled() bool { return len(v.live) == 0 }

// byItself lets two days pass in which nobody presses anything.
func (w *world) byItself() {
	w.t.Helper()
	if err := w.orch.Schedule(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	w.afterHours()
}

// restless is byItself where an operation may rest for good, since vendor writes
// are off.
func (w *world) restless() {
	w.t.Helper()
	for range 60 {
		if err := w.orch.Schedule(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
		w.work()
		w.clock.advance(time.Hour)
	}
	for _, op := range w.openOps() {
		if op.State != ztp.OperationWaiting || !strings.Contains(op.Waiting, "Another copy") {
			w.t.Errorf("open: %v", w.describeOpen())
		}
	}
}

// nothingRevoked: no key went that the backup did not count as to be deleted.
func (w *world) nothingRevoked(rows []ztp.Credential, before vendorNow) {
	w.t.Helper()
	doomed := map[string]bool{}
	for _, c := range rows {
		doomed[c.VendorID] = c.State == ztp.CredentialRetiring || c.State == ztp.CredentialOrphan
	}
	now := w.vendorNow()
	for id, name := range before.live {
		if _, there := now.live[id]; !there && !doomed[id] {
			w.t.Errorf("S24: key %s (%s) was revoked by itself", id, name)
		}
	}
}

// nothingRevived: no key was made, and what is paused stays so.
func (w *world) nothingRevived(before vendorNow) {
	w.t.Helper()
	now := w.vendorNow()
	for id, name := range now.live {
		if _, there := before.live[id]; !there {
			w.t.Errorf("S24: key %s (%s) was made by itself", id, name)
		}
	}
	for i, p := range now.company.Profiles {
		if i >= len(before.company.Profiles) || p.Enabled != before.company.Profiles[i].Enabled {
			w.t.Errorf("S24: profile changed by itself: %+v", p)
		}
	}
	for i, e := range now.company.Endpoints {
		if i >= len(before.company.Endpoints) || e.Enabled != before.company.Endpoints[i].Enabled {
			w.t.Errorf("S24: phone changed by itself: %+v", e)
		}
	}
}

// testedFirst: the first call with a key of the backup asks whose it is.
func (w *world) testedFirst(rows []ztp.Credential, had ztp.Link) {
	w.t.Helper()
	for _, c := range rows {
		calls := slices.DeleteFunc(w.sim.Calls(), func(call srapssim.Call) bool { return call.KeyID != c.VendorID })
		if len(calls) == 0 {
			if c.Number == had.Active {
				w.t.Errorf("S24: the active key %d was not tested", c.Number)
			}
			continue
		}
		if first := calls[0]; first.Method != "GET" || first.Resource != srapssim.ResourceTokens || first.Item != c.VendorID {
			w.t.Errorf("S24: key %d was used before it was tested: %s %s", c.Number, first.Method, first.Path)
		}
	}
}

// said: the row tells what is known.
func (w *world) said(before vendorNow) {
	w.t.Helper()
	l := w.link()
	known := map[string]bool{}
	rows, err := w.base.Credentials(w.t.Context(), w.p.ID, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range rows {
		known[c.VendorID] = true
	}
	works := false
	if l.Active != 0 {
		_, works = before.live[w.credential(l.Active).VendorID]
	}
	switch {
	case works && l.State != ztp.LinkConfigured:
		w.t.Errorf("the active key works, the link is %s %+v", l.State, l.Error)
	case l.Active != 0 && !works && (l.State != ztp.LinkNeedsAttention || l.Error == nil ||
		l.Error.Code != ztp.CodeVendorKeyRejected && l.Error.Code != ztp.CodeDatabaseRestored):
		w.t.Errorf("the active key is refused, the link is %s %+v", l.State, l.Error)
	case l.State.InFlight() || l.State == ztp.LinkUnknown:
		w.t.Errorf("the link is %s", l.State)
	}
	for id := range before.live {
		if known[id] {
			continue
		}
		if l.Error == nil || !slices.ContainsFunc(l.Error.Keys, func(k ztp.VendorKey) bool { return k.ID == id }) {
			w.t.Errorf("key %s from after the backup is not named: %s %+v", id, l.State, l.Error)
		}
	}
	if l.Error == nil && l.State == ztp.LinkNeedsAttention {
		w.t.Error("the link needs attention and does not say why")
	}
}

// bringTo does what the row offers until the platform is as it was.
func (w *world) bringTo(today vendorNow) {
	w.t.Helper()
	switch l := w.link(); {
	case today.disabled() && today.company.ID != "" && (l.Active != 0 || l.State == ztp.LinkNeedsAttention):
		w.press(ztp.KindDisable)
	case today.disabled():
	case l.Active != 0:
		w.press(ztp.KindRotate)
	default:
		w.onboardOrAdopt()
	}
	for _, k := range w.link().Later {
		w.mustEnd(w.end(w.control.RevokeKey(w.t.Context(), admin, w.p.Slug, "snom", k.ID, control.Submission{})), ztp.OperationDone, "")
	}
	if _, err := w.base.Endpoint(w.t.Context(), w.p.ID, phone); err == nil && !today.disabled() {
		w.press(ztp.KindRegister)
	}
	w.afterHours()
}

// onboardOrAdopt onboards; a company that holds what this database does not know
// is adopted, as the row offers.
func (w *world) onboardOrAdopt() {
	w.t.Helper()
	op := w.run(ztp.KindOnboard)
	if op.State == ztp.OperationDone {
		return
	}
	if op.Error.Code != ztp.CodeVendorCompanyAmbiguous || len(op.Error.Companies) != 1 {
		w.t.Fatalf("onboard ended with %+v", op.Error)
	}
	w.mustEnd(w.end(w.control.Adopt(w.t.Context(), admin, w.p.Slug, "snom", op.Error.Companies[0].ID, control.Submission{})), ztp.OperationDone, "")
}

// noNumberTwice: no key carries a number that another one has carried.
func (w *world) noNumberTwice(before vendorNow) {
	w.t.Helper()
	for id, name := range w.vendorNow().live {
		for other, taken := range before.live {
			if name == taken && id != other {
				w.t.Errorf("keys %s and %s are both named %s", id, other, name)
			}
		}
	}
}
