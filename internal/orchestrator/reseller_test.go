package orchestrator_test

import (
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestResellerOfAnotherAccount swaps the credential for one of another account,
// which sees none of our companies: nothing may count as done for that.
func TestResellerOfAnotherAccount(t *testing.T) {
	t.Parallel()
	for _, kind := range []ztp.OperationKind{ztp.KindRotate, ztp.KindDisable, ztp.KindCheck} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			w.mustEnd(w.register(phone), ztp.OperationDone, "")
			w.otherReseller()
			mark := w.mark()
			w.mustEnd(w.run(kind), ztp.OperationFailed, ztp.CodeResellerCredentialsOtherAccount)
			w.mustChange(mark)
			if l := w.mustLink(ztp.LinkConfigured, ztp.CodeResellerCredentialsOtherAccount); l.Active != 1 {
				t.Errorf("want key 1 in force, got %d", l.Active)
			}
			w.sound()
		})
	}
	t.Run("OnboardAfterADisable", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.press(ztp.KindDisable)
		company := w.link().CompanyID
		w.otherReseller()
		mark := w.mark()
		w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationFailed, ztp.CodeResellerCredentialsOtherAccount)
		w.mustChange(mark)
		if l := w.mustLink(ztp.LinkNotConfigured, ztp.CodeResellerCredentialsOtherAccount); l.CompanyID != company {
			t.Errorf("the recorded company became %q", l.CompanyID)
		}
	})
	t.Run("ItsKeyOfTheSameAccountIsTaken", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		id, secret := w.sim.AddKey(w.own(), "second", srapssim.DefaultRole)
		w.creds.key = ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}
		w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
	})
}

// otherReseller puts a credential of another reseller account in place.
func (w *world) otherReseller() {
	stranger := w.sim.AddCompany("", "Another reseller")
	id, secret := w.sim.AddKey(stranger, "reseller", srapssim.DefaultRole)
	w.creds.key = ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}
}

// TestResellerRefused deletes the reseller's key at the vendor.
func TestResellerRefused(t *testing.T) {
	t.Parallel()
	begin := map[ztp.OperationKind]ztp.LinkState{
		ztp.KindOnboard: ztp.LinkNotConfigured, ztp.KindRotate: ztp.LinkConfigured,
		ztp.KindDisable: ztp.LinkConfigured, ztp.KindCheck: ztp.LinkConfigured,
	}
	for kind, state := range begin {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{})
			if state == ztp.LinkConfigured {
				w.press(ztp.KindOnboard)
			}
			w.sim.DeleteKey(reseller.KeyID)
			mark := w.mark()
			w.mustEnd(w.run(kind), ztp.OperationFailed, ztp.CodeResellerCredentialsRejected)
			w.mustChange(mark)
			w.mustLink(state, ztp.CodeResellerCredentialsRejected)
		})
	}
}

// TestClockSkew runs ten minutes ahead of a vendor that does not tell its time in
// the way of Hawk: no key is to blame.
func TestClockSkew(t *testing.T) {
	t.Parallel()
	for _, kind := range []ztp.OperationKind{ztp.KindOnboard, ztp.KindRotate, ztp.KindDisable, ztp.KindCheck, ztp.KindRegister} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{sim: srapssim.Options{NoStaleAnswer: true}})
			if kind != ztp.KindOnboard {
				w.press(ztp.KindOnboard)
			}
			before, mark := w.link().State, w.mark()
			w.ahead(10 * time.Minute)
			w.mustEnd(w.run(kind), ztp.OperationFailed, ztp.CodeClockSkew)
			w.mustChange(mark)
			l := w.link()
			if l.State != before {
				t.Errorf("link is %s with error %+v, want %s", l.State, l.Error, before)
			}
		})
	}
}

// ahead makes the adapter's clock run ahead of the vendor's.
func (w *world) ahead(d time.Duration) {
	w.t.Helper()
	v, err := snom.New(snom.Config{BaseURL: wireURL, Transport: w.wire, AllowPrivate: true, ProductGroups: []string{"D-Series"},
		Now: func() time.Time { return w.clock.now().Add(d) }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.vendor.inner = v
}
