package orchestrator_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// What stories begin with and ask for beside the buttons of world_test.go.

// alone is an installation without a reseller credential.
func alone(w *world) { w.withoutReseller() }

// moved is one whose provisioning URL has changed since.
func moved(w *world) { w.prov = "https://prov2.example.net" }

func exposed(w *world) (*ztp.Operation, error) {
	r, err := w.control.Rotate(w.t.Context(), admin, w.p.Slug, "snom", control.RotateRequest{Exposed: true})
	return r.Operation, err
}

func forced(w *world) (*ztp.Operation, error) {
	r, err := w.control.Disable(w.t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{Force: true})
	return r.Operation, err
}

// restored makes the database one that comes from a backup.
func restored(w *world) (*ztp.Operation, error) {
	_, err := w.base.(*sqlstore.Store).NoteRestored(w.t.Context(), "", admin, "test")
	return nil, err
}

// unwell runs an operation of this kind to its end while faults strike, and heals.
func unwell(kind ztp.OperationKind, faults ...srapssim.Fault) step {
	return func(w *world) (*ztp.Operation, error) {
		for _, f := range faults {
			w.sim.AddFault(f)
		}
		op, err := w.try(kind)
		if err != nil {
			return nil, err
		}
		w.settle()
		w.sim.ClearFaults()
		if got, err := w.base.Operation(w.t.Context(), op.ID); err != nil || got.State == ztp.OperationDone {
			w.t.Errorf("want the %s half done, it is %s (%v)", kind, got.State, err)
		}
		return nil, nil
	}
}

// lostKey loses the answer to the making of a key and then refuses to tell whether
// there is one: it is, and nothing here knows.
func lostKey(kind ztp.OperationKind) step {
	return unwell(kind,
		srapssim.Fault{Method: "POST", Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoLoseAnswer},
		srapssim.Fault{Method: "GET", Resource: srapssim.ResourceTokens, Nth: 3, Do: srapssim.DoStatus, Status: 400},
		srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceTokens, Do: srapssim.DoStatus, Status: 400})
}

// halfRotate has a new key in force, and the one before it not revoked.
var halfRotate = unwell(ztp.KindRotate, srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceTokens, Do: srapssim.DoStatus, Status: 400})

// halfDisable has paused the profile and revoked nothing.
var halfDisable = unwell(ztp.KindDisable, srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceTokens, Do: srapssim.DoStatus, Status: 400})

const byHand = "Brightwater by hand"

// portalCompany makes a company in the vendor's portal.
func portalCompany(w *world) (*ztp.Operation, error) {
	w.sim.AddCompany(w.own(), byHand)
	return nil, nil
}

// madeByHand is that company.
func (w *world) madeByHand() string {
	for _, c := range w.sim.Companies(w.own()) {
		if c.Name == byHand {
			return c.ID
		}
	}
	return w.sim.AddCompany(w.own(), byHand) // again
}

func pasteAndConnect(w *world) (*ztp.Operation, error) {
	r, err := w.control.Connect(w.t.Context(), admin, w.p.Slug, "snom", control.ConnectRequest{APIKey: w.paste(w.madeByHand())})
	return r.Operation, err
}

func pasteAndReplace(w *world) (*ztp.Operation, error) {
	r, err := w.control.Rotate(w.t.Context(), admin, w.p.Slug, "snom", control.RotateRequest{APIKey: w.paste(w.madeByHand())})
	return r.Operation, err
}

func adopt(w *world) (*ztp.Operation, error) {
	r, err := w.control.Adopt(w.t.Context(), admin, w.p.Slug, "snom", w.madeByHand(), control.Submission{})
	return r.Operation, err
}

func foreignInPortal(w *world) (*ztp.Operation, error) {
	w.foreignKey(w.madeByHand())
	return nil, nil
}

// foreignNamed: the key that we did not make is there and named.
func foreignNamed(t *testing.T, w *world) {
	t.Helper()
	l := w.link()
	if l.Error == nil || l.Error.Code != ztp.CodeForeignKeyFound || len(l.Error.Keys) != 1 || !slices.Contains(w.keyIDs(l.CompanyID), l.Error.Keys[0].ID) {
		t.Errorf("want the foreign key there and named, got %+v", l.Error)
	}
}

func foreignFound(w *world) (*ztp.Operation, error) {
	w.foreignKey(w.link().CompanyID)
	return w.try(ztp.KindCheck)
}

// revokeForeign asks for the end of the key that the row names.
func revokeForeign(w *world) (*ztp.Operation, error) {
	for _, k := range w.sim.Keys(w.link().CompanyID) {
		if k.Name == "made by hand" {
			r, err := w.control.RevokeKey(w.t.Context(), admin, w.p.Slug, "snom", k.ID, control.Submission{})
			return r.Operation, err
		}
	}
	return nil, nil
}

// stray is a phone in the company that somebody has sent away and that has no row here.
var stray = ztp.MAC{0x00, 0x04, 0x13, 0xC0, 0xFF, 0xEE}

func sentAway(w *world) (*ztp.Operation, error) {
	for range 2 { // so that a list that is behind by one change shows it
		w.sim.PutEndpoint(w.link().CompanyID, elsewhere(stray.Bare()))
	}
	return nil, nil
}

const strayProfile = "by hand"

func profileSentAway(w *world) (*ztp.Operation, error) {
	p := w.sim.Profiles(w.link().CompanyID)[0]
	p.ID, p.Name, p.Settings = "", strayProfile, elsewhere("").Settings
	w.sim.SetProfile(w.link().CompanyID, p)
	return nil, nil
}

// compared takes the proof: what leads elsewhere is named.
func compared(w *world) (*ztp.Operation, error) {
	r, err := w.control.CheckExposed(w.t.Context(), admin, w.p.Slug, "snom", control.Submission{})
	return r.Operation, err
}

// proves: the daily check is none that compares addresses, and one that has found
// something worse is done without having compared any.
func proves(op ztp.Operation) bool {
	return op.Params.Exposed && (op.State != ztp.OperationDone || op.Data.Proof != nil)
}

func pauseStray(w *world) (*ztp.Operation, error) { return pauseTarget(w, stray.String()) }

func pauseStrayProfile(w *world) (*ztp.Operation, error) {
	for _, p := range w.sim.Profiles(w.link().CompanyID) {
		if p.Name == strayProfile {
			return pauseTarget(w, p.ID)
		}
	}
	return nil, nil
}

// pauseTarget asks for the end of a redirection that the comparison has named.
func pauseTarget(w *world, target string) (*ztp.Operation, error) {
	r, err := w.control.FixAddress(w.t.Context(), admin, w.p.Slug, "snom", target, control.Submission{})
	if ztp.IsCode(err, ztp.CodeNotFound) {
		return nil, nil // put right already
	}
	return r.Operation, err
}

// strayNamed: the phone is as it was, and named.
func strayNamed(t *testing.T, w *world) {
	t.Helper()
	l := w.link()
	if l.ForeignAddresses != 1 || l.Error == nil || l.Error.Case != ztp.CaseForeignAddress {
		t.Errorf("%d addresses are named, error %+v", l.ForeignAddresses, l.Error)
	}
	if e := w.phoneAt(l.CompanyID, stray); e == nil || !e.Enabled {
		t.Errorf("the phone is %+v", e)
	}
}

// strayPaused: its redirection has ended, everything else of it is as it was.
func strayPaused(t *testing.T, w *world) {
	t.Helper()
	l := w.link()
	want := elsewhere(stray.Bare())
	e := w.phoneAt(l.CompanyID, stray)
	if e == nil || e.Enabled || e.Name != want.Name || e.Settings[srapssim.DeskSettingServerID].Value != want.Settings[srapssim.DeskSettingServerID].Value {
		t.Errorf("the phone is %+v", e)
	}
	if l.ForeignAddresses != 0 || l.Error != nil {
		t.Errorf("%d addresses are named, error %+v", l.ForeignAddresses, l.Error)
	}
}

func strayProfilePaused(t *testing.T, w *world) {
	t.Helper()
	l := w.link()
	for _, p := range w.sim.Profiles(l.CompanyID) {
		if p.Enabled != (p.Name != strayProfile) {
			t.Errorf("profile %s is redirected: %t", p.Name, p.Enabled)
		}
	}
	if l.ForeignAddresses != 0 || l.Error != nil {
		t.Errorf("%d addresses are named, error %+v", l.ForeignAddresses, l.Error)
	}
}

// tidied lets the hourly tidying come round. What kills the process that queues it is
// followed by another one that does.
func tidied(w *world) (*ztp.Operation, error) {
	w.clock.advance(61 * time.Minute)
	for range 3 {
		err := w.schedule()
		for _, op := range w.openOps() {
			if op.Kind == ztp.KindTidy {
				return &op, nil
			}
		}
		if err == nil {
			return nil, nil
		}
		w.follow(61 * time.Minute)
	}
	return nil, errKilled
}

func (w *world) schedule() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("schedule: %v", p)
		}
	}()
	return w.orch.Schedule(w.t.Context())
}
