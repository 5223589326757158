package orchestrator_test

import (
	"testing"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// labelled is a world in which a company with the platform's label exists and is
// not recorded here: its creation was never answered, and somebody has worked in
// it since.
func labelled(t *testing.T) (*world, string) {
	t.Helper()
	w := newWorld(t, worldOptions{})
	w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: srapssim.ResourceCompanies, Nth: 1, Do: srapssim.DoLoseAnswer})
	w.ask(ztp.KindOnboard)
	w.turn()
	w.sim.ClearFaults()
	c := w.company()
	if c == nil || w.link().CompanyID != "" {
		t.Fatalf("want a company that is not recorded, got %+v and link %+v", c, w.link())
	}
	return w, c.ID
}

func TestCompanyFoundByLabel(t *testing.T) {
	t.Parallel()
	t.Run("EmptyIsTakenUp", func(t *testing.T) {
		t.Parallel()
		w, id := labelled(t)
		w.settle()
		if l := w.mustLink(ztp.LinkConfigured, ""); l.CompanyID != id {
			t.Errorf("want company %s, got %s", id, l.CompanyID)
		}
		w.sound()
	})
	t.Run("WithAForeignKeyAPersonDecides", func(t *testing.T) {
		t.Parallel()
		w, id := labelled(t)
		key := w.foreignKey(id)
		w.settle()
		w.mustEnd(w.last(ztp.KindOnboard), ztp.OperationNeedsOperator, ztp.CodeVendorCompanyAmbiguous)
		l := w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorCompanyAmbiguous)
		if len(l.Error.Companies) != 1 || l.Error.Companies[0].ID != id || len(l.Error.Keys) != 1 || l.Error.Keys[0].ID != key {
			t.Errorf("want company %s and key %s named, got %+v", id, key, l.Error)
		}
		w.mustChange(0, "POST companies")
		w.adopt(id)
		w.mustLink(ztp.LinkConfigured, ztp.CodeForeignKeyFound)
	})
	t.Run("WithAForeignPhoneAPersonDecides", func(t *testing.T) {
		t.Parallel()
		w, id := labelled(t)
		w.sim.PutEndpoint(id, srapssim.Endpoint{MAC: "000413C0FFEE", Enabled: true})
		w.settle()
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorCompanyAmbiguous)
		w.adopt(id)
		w.mustLink(ztp.LinkConfigured, "")
		if n := len(w.sim.Endpoints(id)); n != 1 {
			t.Errorf("want the foreign phone untouched, got %d phones", n)
		}
	})
	t.Run("TwoAreCandidates", func(t *testing.T) {
		t.Parallel()
		w, first := labelled(t)
		second := w.sim.AddCompany(w.own(), "Renamed ["+w.link().Labels(installation).Company("")[2:])
		w.settle()
		l := w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorCompanyAmbiguous)
		if len(l.Error.Companies) != 2 {
			t.Fatalf("want %s and %s as candidates, got %+v", first, second, l.Error.Companies)
		}
		w.mustChange(0, "POST companies")
		w.adopt(second)
		if l := w.mustLink(ztp.LinkConfigured, ""); l.CompanyID != second {
			t.Errorf("want company %s, got %s", second, l.CompanyID)
		}
		if keys := w.keyIDs(first); len(keys) != 0 {
			t.Errorf("the other candidate got keys: %v", keys)
		}
	})
	t.Run("LabelOfAnotherNonceIsNotOurs", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		other := ztp.Labels{Installation: installation, Nonce: "0123456789abcdef0123456789abcdef"}
		id := w.sim.AddCompany(w.own(), other.Company("Brightwater Voice"))
		w.press(ztp.KindOnboard)
		if got := w.link().CompanyID; got == id {
			t.Error("the company of another link was taken up")
		}
		if len(w.keyIDs(id)) != 0 {
			t.Error("the company of another link got a key")
		}
	})
}

// adopt takes up a company and wants that done.
func (w *world) adopt(company string) {
	w.t.Helper()
	op := w.end(w.control.Adopt(w.t.Context(), admin, w.p.Slug, "snom", company, control.Submission{}))
	w.mustEnd(op, ztp.OperationDone, "")
	if got := w.link().CompanyID; got != company {
		w.t.Errorf("want company %s adopted, got %s", company, got)
	}
}

func TestAdoptRefuses(t *testing.T) {
	t.Parallel()
	t.Run("CompanyOfNobody", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		op := w.end(w.control.Adopt(t.Context(), admin, w.p.Slug, "snom", "c0ffee", control.Submission{}))
		w.mustEnd(op, ztp.OperationFailed, ztp.CodeVendorCompanyMissing)
		w.mustChange(0)
	})
	t.Run("CompanyOfAnotherPlatform", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		taken := w.link().CompanyID
		w.p, w.account = w.another("Second Voice")
		mark := w.mark()
		op := w.end(w.control.Adopt(t.Context(), admin, w.p.Slug, "snom", taken, control.Submission{}))
		w.mustEnd(op, ztp.OperationFailed, ztp.CodeVendorCompanyInUse)
		w.mustChange(mark)
	})
	t.Run("CompanyLabelledForAnotherPlatform", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		// As after a create whose answer was lost: nobody records it yet.
		made := w.sim.AddCompany(w.own(), w.link().Labels(storetest.Installation).Company("First"))
		w.p, w.account = w.another("Second Voice")
		mark := w.mark()
		op := w.end(w.control.Adopt(t.Context(), admin, w.p.Slug, "snom", made, control.Submission{}))
		w.mustEnd(op, ztp.OperationFailed, ztp.CodeVendorCompanyInUse)
		w.mustChange(mark)
		if got := w.link().CompanyID; got != "" {
			t.Errorf("company %s is recorded", got)
		}
	})
	t.Run("AnotherWhilePhonesAreHeld", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.press(ztp.KindDisable)
		before, mark := w.link().CompanyID, w.mark()
		other := w.sim.AddCompany(w.own(), "Another")
		op := w.end(w.control.Adopt(t.Context(), admin, w.p.Slug, "snom", other, control.Submission{}))
		w.mustEnd(op, ztp.OperationFailed, ztp.CodeVendorCompanyInUse)
		w.mustChange(mark)
		if got := w.link().CompanyID; got != before {
			t.Errorf("the recorded company is %s, want %s", got, before)
		}
	})
}

// TestCompanyDeletedInThePortal deletes the company of a configured platform with
// a phone, then does what an admin may do next.
func TestCompanyDeletedInThePortal(t *testing.T) {
	t.Parallel()
	deleted := func(t *testing.T) *world {
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.sim.DeleteCompany(w.link().CompanyID)
		return w
	}
	t.Run("RotateSaysSo", func(t *testing.T) {
		t.Parallel()
		w := deleted(t)
		w.mustEnd(w.run(ztp.KindRotate), ztp.OperationFailed, ztp.CodeVendorCompanyMissing)
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorCompanyMissing)
	})
	t.Run("CheckSaysSo", func(t *testing.T) {
		t.Parallel()
		w := deleted(t)
		w.mustEnd(w.run(ztp.KindCheck), ztp.OperationDone, ztp.CodeVendorCompanyMissing)
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorCompanyMissing)
	})
	t.Run("DisableCountsAsDoneAndOnboardMakesANewOne", func(t *testing.T) {
		t.Parallel()
		w := deleted(t)
		old := w.link().CompanyID
		w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
		w.mustLink(ztp.LinkNotConfigured, "")
		if e := w.phoneRow(phone); e.State != ztp.EndpointFailed || e.Error == nil {
			t.Errorf("the phone of the deleted company is %s with error %+v", e.State, e.Error)
		}
		w.sound()
		w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
		if l := w.mustLink(ztp.LinkConfigured, ""); l.CompanyID == old || l.CompanyID == "" {
			t.Errorf("want a new company, got %q", l.CompanyID)
		}
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.sound()
	})
	t.Run("AfterADisableOnboardMakesANewOne", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.press(ztp.KindDisable)
		old := w.link().CompanyID
		w.sim.DeleteCompany(old)
		w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
		if got := w.link().CompanyID; got == old || got == "" {
			t.Errorf("want a new company, got %q", got)
		}
		w.sound()
	})
}

// TestCompanyTakenOver answers 403 for the recorded company: another reseller has it.
func TestCompanyTakenOver(t *testing.T) {
	t.Parallel()
	t.Run("OnboardStops", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.press(ztp.KindDisable)
		id, mark := w.link().CompanyID, w.mark()
		w.refuse("GET", srapssim.ResourceCompanies, 403)
		w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationFailed, ztp.CodeVendorCompanyTaken)
		if l := w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorCompanyTaken); l.CompanyID != id {
			t.Errorf("the recorded company became %q", l.CompanyID)
		}
		w.mustChange(mark)
	})
	// The list of keys is the first thing that a Rotate asks, and what a check
	// asks after whose key it is.
	for kind, nth := range map[ztp.OperationKind]int{ztp.KindRotate: 1, ztp.KindCheck: 2} {
		t.Run("Configured/"+string(kind), func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			mark := w.mark()
			w.refuse("GET", srapssim.ResourceCompanies, 403)
			w.sim.AddFault(srapssim.Fault{Resource: srapssim.ResourceTokens, Nth: nth, Do: srapssim.DoStatus, Status: 403})
			op := w.run(kind)
			if op.Error == nil || op.Error.Code != ztp.CodeVendorCompanyTaken {
				t.Errorf("%s is %s with %+v", kind, op.State, op.Error)
			}
			w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorCompanyTaken)
			w.mustChange(mark)
		})
	}
}
