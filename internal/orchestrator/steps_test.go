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
