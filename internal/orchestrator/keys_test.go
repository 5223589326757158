package orchestrator_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

func (w *world) revokeKey(id string) ztp.Operation {
	w.t.Helper()
	return w.end(w.control.RevokeKey(w.t.Context(), admin, w.p.Slug, "snom", id, control.Submission{}))
}

func TestForeignKeys(t *testing.T) {
	t.Parallel()
	t.Run("ReportedByEveryActionAndNeverTouched", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		foreign := w.foreignKey(w.link().CompanyID)
		for _, kind := range []ztp.OperationKind{ztp.KindCheck, ztp.KindRotate} {
			w.mustEnd(w.run(kind), ztp.OperationDone, "")
			l := w.mustLink(ztp.LinkConfigured, ztp.CodeForeignKeyFound)
			if len(l.Error.Keys) != 1 || l.Error.Keys[0].ID != foreign {
				t.Errorf("%s: want %s named, got %+v", kind, foreign, l.Error.Keys)
			}
		}
		op := w.run(ztp.KindDisable)
		w.mustEnd(op, ztp.OperationDone, "")
		if len(op.Data.Foreign) != 1 || op.Data.Foreign[0].ID != foreign {
			t.Errorf("the Disable names %+v", op.Data.Foreign)
		}
		if got := w.keyIDs(w.link().CompanyID); !slices.Equal(got, []string{foreign}) {
			t.Errorf("want the foreign key alone, got %v", got)
		}
	})
	t.Run("RemovedOnRequest", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		foreign := w.foreignKey(w.link().CompanyID)
		w.run(ztp.KindCheck)
		mark := w.mark()
		w.mustEnd(w.revokeKey(foreign), ztp.OperationDone, "")
		w.mustChange(mark, "DELETE tokens")
		w.mustLink(ztp.LinkConfigured, "")
		w.sound()
	})
	t.Run("RemovingOneLeavesTheOthersNamed", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		first, second := w.foreignKey(w.link().CompanyID), w.foreignKey(w.link().CompanyID)
		w.mustEnd(w.revokeKey(first), ztp.OperationDone, "")
		l := w.mustLink(ztp.LinkConfigured, ztp.CodeForeignKeyFound)
		if len(l.Error.Keys) != 1 || l.Error.Keys[0].ID != second {
			t.Errorf("want %s named, got %+v", second, l.Error.Keys)
		}
	})
	t.Run("KeyInForceIsRefused", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		mark := w.mark()
		_, err := w.control.RevokeKey(t.Context(), admin, w.p.Slug, "snom", w.activeKey(), control.Submission{})
		if !ztp.IsCode(err, ztp.CodeInUse) || w.mark() != mark {
			t.Errorf("want in_use and no call, got %v", err)
		}
	})
	t.Run("UnknownKeyChangesNothing", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		mark := w.mark()
		w.mustEnd(w.revokeKey("ck_ffffffffffffffffffffffffffffffff"), ztp.OperationDone, "")
		w.mustChange(mark)
	})
}

// TestAnotherCopyRunning shows a key with our label and a number that was never
// given here: a restored or copied installation is at work.
func TestAnotherCopyRunning(t *testing.T) {
	t.Parallel()
	for _, kind := range []ztp.OperationKind{ztp.KindRotate, ztp.KindCheck} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			l := w.link()
			w.sim.AddKey(l.CompanyID, l.Labels(installation).Key(7), srapssim.DefaultRole)
			mark := w.mark()
			w.mustEnd(w.run(kind), ztp.OperationNeedsOperator, ztp.CodeAnotherCopyRunning)
			w.mustChange(mark)
			if len(w.keyIDs(l.CompanyID)) != 2 {
				t.Error("a key was touched")
			}
			if got := w.link(); got.Active != 1 || got.Error == nil || got.Error.Code != ztp.CodeAnotherCopyRunning {
				t.Errorf("link is %+v", got)
			}
		})
	}
	// As a rebuild with --revoke-old-keys does beside a database that is not lost.
	t.Run("CheckOfAKeyThatItRevoked", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		l := w.link()
		w.sim.DeleteKey(w.activeKey())
		w.sim.AddKey(l.CompanyID, l.Labels(installation).Key(101), srapssim.DefaultRole)
		w.clock.advance(time.Hour)
		mark := w.mark()
		w.mustEnd(w.run(ztp.KindCheck), ztp.OperationNeedsOperator, ztp.CodeAnotherCopyRunning)
		w.mustChange(mark)
		if off, err := w.base.WritesOff(t.Context()); err != nil || len(off) != 1 || off[0].Reason != ztp.WritesAnotherCopy {
			t.Errorf("vendor writes go on: %+v, %v", off, err)
		}
	})
	t.Run("OnboardTakesUpNoCompanyWithSuchAKey", func(t *testing.T) {
		t.Parallel()
		w, id := labelled(t)
		w.sim.AddKey(id, w.link().Labels(installation).Key(3), srapssim.DefaultRole)
		w.settle()
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeAnotherCopyRunning)
		w.mustChange(0, "POST companies")
	})
}

// TestNewKeyThatCannotBe refuses the new key of a Rotate before the flip: the old
// one stays in force, and nothing of the new one is left.
func TestNewKeyThatCannotBe(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		sim  srapssim.Options
		role string
		want ztp.Code
		// keys are the vendor's changes: a key that is made must be deleted.
		changes []string
	}{
		"QuotaFull":      {sim: srapssim.Options{KeyQuota: 1}, want: ztp.CodeVendorKeyQuota},
		"RoleMissing":    {role: "Operator", want: ztp.CodeVendorRoleMissing},
		"RolesAmbiguous": {sim: srapssim.Options{Roles: []string{"Administrator", "Technician"}}, want: ztp.CodeVendorRoleMissing},
		"RoleTooWeak": {sim: srapssim.Options{ReadOnlyRoles: []string{"Reader"}}, role: "Reader", want: ztp.CodeVendorKeyRejected,
			changes: []string{"POST tokens", "DELETE tokens"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{sim: c.sim})
			w.creds.key.Role = srapssim.DefaultRole
			w.press(ztp.KindOnboard)
			w.creds.key.Role = c.role
			mark := w.mark()
			w.mustEnd(w.run(ztp.KindRotate), ztp.OperationFailed, c.want)
			w.mustChange(mark, c.changes...)
			l := w.mustLink(ztp.LinkConfigured, c.want)
			if l.Active != 1 {
				t.Errorf("want key 1 in force, got %d", l.Active)
			}
			if said := l.Error.Err().Entry("Snom"); c.want == ztp.CodeVendorKeyRejected && said.Title != "Snom refuses the new key" {
				t.Errorf("the key in force works, and it says %q", said.Title)
			}
			w.sound()
		})
	}
}

// TestYoungKey is a vendor whose new keys are refused for a while.
func TestYoungKey(t *testing.T) {
	t.Parallel()
	t.Run("RefusedFor20sIsNotWrong", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{sim: srapssim.Options{KeyDelay: 20 * time.Second}})
		w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
		w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
		w.mustStates(ztp.CredentialRevoked, ztp.CredentialActive)
		w.sound()
	})
	t.Run("RefusedFor100sIsWrong", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{sim: srapssim.Options{KeyDelay: 100 * time.Second}})
		w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationFailed, ztp.CodeVendorKeyRejected)
		w.mustStates(ztp.CredentialRevoked)
		w.sound()
	})
	t.Run("MadeForADisable", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{sim: srapssim.Options{KeyDelay: 20 * time.Second}})
		w.press(ztp.KindOnboard)
		w.clock.advance(time.Minute)
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.sim.DeleteKey(w.activeKey())
		w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
		w.sound()
	})
	t.Run("MadeForARelease", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{sim: srapssim.Options{KeyDelay: 20 * time.Second}})
		w.press(ztp.KindOnboard)
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.press(ztp.KindDisable)
		w.mustEnd(w.run(ztp.KindRelease), ztp.OperationDone, "")
		w.sound()
	})
}

// TestListsThatLie is a vendor whose lists show objects twice or late.
func TestListsThatLie(t *testing.T) {
	t.Parallel()
	for do, late := range map[srapssim.Do]time.Duration{srapssim.DoDuplicate: 0, srapssim.DoStale: 5 * time.Second} {
		t.Run(string(do), func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			w.mustEnd(w.register(phone), ztp.OperationDone, "")
			for _, of := range []string{srapssim.ResourceTokens, srapssim.ResourceCompanies, srapssim.ResourceProfiles, srapssim.ResourceEndpoints} {
				w.sim.AddFault(srapssim.Fault{Resource: of, Do: do, Delay: srapssim.Duration(late)})
			}
			w.press(ztp.KindRotate)
			w.press(ztp.KindDisable)
			w.press(ztp.KindOnboard)
			w.sim.ClearFaults()
			w.hourly()
			w.mustLink(ztp.LinkConfigured, "")
			w.sound()
		})
	}
	t.Run("RecordedProfileIsNotShown", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		recorded := w.link().Profiles
		w.sim.AddFault(srapssim.Fault{Resource: srapssim.ResourceProfiles, Do: srapssim.DoStale, Delay: srapssim.Duration(5 * time.Second)})
		w.press(ztp.KindRotate)
		w.mustEnd(w.run(ztp.KindUpdateAddress), ztp.OperationDone, "")
		if n := len(w.sim.Profiles(w.link().CompanyID)); n != 1 {
			t.Errorf("%d profiles, want the one that is recorded", n)
		}
		if d := cmp.Diff(recorded, w.link().Profiles); d != "" {
			t.Errorf("recorded (-before +now):\n%s", d)
		}
		w.sound()
	})
	t.Run("KeyStaysInTheListForEver", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.refuse("DELETE", srapssim.ResourceTokens, 204) // says yes and does nothing
		op := w.run(ztp.KindDisable)
		w.mustEnd(op, ztp.OperationNeedsOperator, ztp.CodeVendorRejected)
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorRejected)
		if len(op.Error.Keys) != 1 {
			t.Errorf("want the key named, got %+v", op.Error)
		}
		w.sim.ClearFaults()
		w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
		w.sound()
	})
}

// TestKeyMadeForAReleaseIsGone: a vendor that does not know yet of the key that it has
// made a moment ago says that there is no such key to delete. Nobody looks after the
// keys of a disabled link later, so the release itself looks until it is gone.
func TestKeyMadeForAReleaseIsGone(t *testing.T) {
	t.Parallel()
	w := disabled(t)
	w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoStatus, Status: 404})
	w.mustEnd(w.run(ztp.KindRelease), ztp.OperationDone, "")
	if keys := w.keyIDs(w.link().CompanyID); len(keys) != 0 {
		t.Errorf("keys left: %v", keys)
	}
	w.sound()
}

// TestTwoProductGroups keeps a profile for each.
func TestTwoProductGroups(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	inner, err := snom.New(snom.Config{BaseURL: wireURL, Transport: w.wire, AllowPrivate: true, ProductGroups: []string{"D-Series", "M-Series"}, Now: w.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	w.vendor.inner = inner
	w.press(ztp.KindOnboard)
	if l := w.link(); len(l.Profiles) != 2 || len(w.sim.Profiles(l.CompanyID)) != 2 {
		t.Errorf("want two profiles, got %v", l.Profiles)
	}
	w.press(ztp.KindDisable)
	for _, p := range w.sim.Profiles(w.link().CompanyID) {
		if p.Enabled {
			t.Errorf("profile %s is not paused", p.Name)
		}
	}
	w.sound()
}

// TestKeyOfADeadProcess: the process dies with the secret of a new key, and the next one
// is refused before it may look. The key is looked for within the hour, by nobody's button.
func TestKeyOfADeadProcess(t *testing.T) {
	t.Parallel()
	for _, kind := range []ztp.OperationKind{ztp.KindOnboard, ztp.KindRotate} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{})
			if kind != ztp.KindOnboard {
				w.press(ztp.KindOnboard)
				w.clock.advance(time.Minute)
			}
			op := w.ask(kind)
			w.vendor.at, w.vendor.fault = w.vendor.n+map[ztp.OperationKind]int{ztp.KindOnboard: 5, ztp.KindRotate: 2}[kind], killAfterCall
			w.next = func() { w.refuse("GET", srapssim.ResourceTokens, 401) }
			w.mustEnd(w.finish(op, nil), ztp.OperationFailed, ztp.CodeResellerCredentialsRejected)
			w.sim.ClearFaults()
			w.hourly()
			for _, k := range w.sim.Keys(w.companyID()) {
				if k.ID != w.credential(1).VendorID || kind == ztp.KindOnboard {
					t.Errorf("key %s (%s) is left", k.ID, k.Name)
				}
			}
			w.sound()
		})
	}
}
