package orchestrator_test

import (
	"context"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// portal is a world with a company that a person made in the vendor's portal,
// and one key in it.
type portal struct {
	*world
	company string
	key     ztp.APIKey
}

func newPortal(t *testing.T, sim srapssim.Options) *portal {
	t.Helper()
	w := newWorld(t, worldOptions{sim: sim})
	p := &portal{world: w, company: w.sim.AddCompany(w.own(), "Brightwater by hand")}
	p.key = p.paste(p.company)
	return p
}

// paste makes a key in the portal, as it would be pasted.
func (w *world) paste(company string) ztp.APIKey {
	id, secret := w.sim.AddKey(company, "for zerotouch", srapssim.DefaultRole)
	return ztp.APIKey{ID: id, Secret: ztp.NewSecret(secret)}
}

func (w *world) connect(key ztp.APIKey) ztp.Operation {
	w.t.Helper()
	return w.end(w.control.Connect(context.Background(), admin, w.p.Slug, "snom", control.ConnectRequest{APIKey: key}))
}

func (w *world) replace(key ztp.APIKey) ztp.Operation {
	w.t.Helper()
	return w.end(w.control.Rotate(context.Background(), admin, w.p.Slug, "snom", control.RotateRequest{APIKey: key}))
}

// connected is a portal whose key is in force, on an installation with no
// reseller credential.
func connected(t *testing.T, sim srapssim.Options) *portal {
	t.Helper()
	p := newPortal(t, sim)
	p.withoutReseller()
	p.mustEnd(p.connect(p.key), ztp.OperationDone, "")
	return p
}

func (w *world) withoutReseller() {
	w.creds.key, w.creds.err = ztp.APIKey{}, &ztp.Error{Code: ztp.CodeResellerCredentialsMissing}
}

func TestConnect(t *testing.T) {
	t.Parallel()
	t.Run("PastedKeyIsProvenAndInForce", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, srapssim.Options{})
		p.mustEnd(p.connect(p.key), ztp.OperationDone, "")
		l := p.mustLink(ztp.LinkConfigured, "")
		if !l.Connected || l.CompanyID != p.company || l.Active != 1 {
			t.Errorf("want a connected link of %s with key 1, got %+v", p.company, l)
		}
		if n := len(p.sim.Profiles(p.company)); n != 1 {
			t.Errorf("want the profile that proves the key, got %d", n)
		}
		p.mustEnd(p.register(phone), ztp.OperationDone, "")
		if e := p.phoneAt(p.company, phone); e == nil || !e.Enabled {
			t.Errorf("the phone at the vendor: %+v", e)
		}
	})
	t.Run("NeedsNoResellerCredential", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		for _, c := range p.calls(0) {
			if c.KeyID != p.key.ID {
				t.Errorf("%s %s is signed by %s", c.Method, c.Path, c.KeyID)
			}
		}
	})
	t.Run("ForeignKeyIsReported", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, srapssim.Options{})
		other := p.foreignKey(p.company)
		p.mustEnd(p.connect(p.key), ztp.OperationDone, "")
		l := p.mustLink(ztp.LinkConfigured, ztp.CodeForeignKeyFound)
		if len(l.Error.Keys) != 1 || l.Error.Keys[0].ID != other {
			t.Errorf("want %s named, got %+v", other, l.Error.Keys)
		}
	})
}

func TestConnectRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		// paste makes the key that is pasted.
		paste func(p *portal) ztp.APIKey
		want  ztp.Code
	}{
		"WrongSecret": {func(p *portal) ztp.APIKey {
			return ztp.APIKey{ID: p.key.ID, Secret: ztp.NewSecret("0000000000000000000000")}
		}, ztp.CodeVendorKeyRejected},
		"KeyWithoutARole": {func(p *portal) ztp.APIKey {
			p.sim.SetRole(p.key.ID, "")
			return p.key
		}, ztp.CodeVendorKeyRejected},
		"ResellersOwnKey": {func(p *portal) ztp.APIKey {
			return ztp.APIKey{ID: reseller.KeyID, Secret: ztp.NewSecret(reseller.Secret)}
		}, ztp.CodeVendorCompanyInUse},
		// The reseller credential was never used here, so its company is not known yet.
		"AnotherKeyOfTheResellersCompany": {func(p *portal) ztp.APIKey {
			return p.paste(p.own())
		}, ztp.CodeVendorCompanyInUse},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPortal(t, srapssim.Options{})
			key := c.paste(p)
			p.mustEnd(p.connect(key), ztp.OperationFailed, c.want)
			l := p.mustLink(ztp.LinkNotConfigured, c.want)
			if said := l.Error.Err().Entry("Snom"); c.want == ztp.CodeVendorKeyRejected && said.Title != "Snom refuses the pasted key" {
				t.Errorf("nothing is stored, and it says %q, %q", said.Title, said.Remedy)
			}
			if l.CompanyID != "" || len(l.Profiles) != 0 || l.Connected {
				t.Errorf("a refused key leaves %+v", l)
			}
			if row := p.credential(1); row.Sealed || row.State != ztp.CredentialRevoked {
				t.Errorf("the refused key is kept: %+v", row)
			}
			p.mustChange(0)
		})
	}
	t.Run("AnotherPlatformsCompany", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		taken := w.link().CompanyID
		w.p, w.account = w.another("Second Voice")
		mark := w.mark()
		w.mustEnd(w.connect(w.paste(taken)), ztp.OperationFailed, ztp.CodeVendorCompanyInUse)
		w.mustChange(mark)
		if l := w.link(); l.CompanyID != "" {
			t.Errorf("the company of another platform is recorded: %+v", l)
		}
	})
	// Its Onboard may still be on the way to it, after a create of unknown outcome.
	t.Run("CompanyWithAnotherPlatformsLabel", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		second := w.sim.AddCompany(w.own(), w.link().Labels(w.control.Installation()).Company("Brightwater"))
		w.p, w.account = w.another("Second Voice")
		mark := w.mark()
		w.mustEnd(w.connect(w.paste(second)), ztp.OperationFailed, ztp.CodeVendorCompanyInUse)
		w.mustChange(mark)
		w.mustLink(ztp.LinkNotConfigured, ztp.CodeVendorCompanyInUse)
	})
	// A weak key pasted at the wrong platform must not keep the right one out.
	t.Run("RefusedKeyDoesNotReserveItsCompany", func(t *testing.T) {
		t.Parallel()
		p := newPortal(t, srapssim.Options{})
		p.sim.SetRole(p.key.ID, "")
		p.mustEnd(p.connect(p.key), ztp.OperationFailed, ztp.CodeVendorKeyRejected)
		p.p, p.account = p.another("Second Voice")
		p.mustEnd(p.connect(p.paste(p.company)), ztp.OperationDone, "")
	})
	t.Run("CompanyWithPhonesIsNotLeftBehind", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.press(ztp.KindDisable)
		before := w.link().CompanyID
		other := w.sim.AddCompany(w.own(), "Brightwater by hand")
		w.mustEnd(w.connect(w.paste(other)), ztp.OperationFailed, ztp.CodeVendorCompanyInUse)
		if got := w.link().CompanyID; got != before {
			t.Errorf("the recorded company is %s, want %s", got, before)
		}
	})
}

func TestReplaceKey(t *testing.T) {
	t.Parallel()
	t.Run("NewKeyRevokesTheOld", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		next := p.paste(p.company)
		p.mustEnd(p.replace(next), ztp.OperationDone, "")
		l := p.mustLink(ztp.LinkConfigured, "")
		if l.Active != 2 || p.activeKey() != next.ID || !l.Connected {
			t.Errorf("want key 2 in force on a connected link, got %+v", l)
		}
		for _, id := range p.keyIDs(p.company) {
			if id == p.key.ID {
				t.Error("the old key lives on")
			}
		}
		p.mustStates(ztp.CredentialRevoked, ztp.CredentialActive)
	})
	t.Run("KeyOfAnotherCompanyIsRefused", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		other := p.sim.AddCompany(p.own(), "Somebody else")
		p.mustEnd(p.replace(p.paste(other)), ztp.OperationFailed, ztp.CodeVendorCompanyInUse)
		l := p.mustLink(ztp.LinkConfigured, ztp.CodeVendorCompanyInUse)
		if l.Active != 1 || l.CompanyID != p.company {
			t.Errorf("want key 1 of %s in force, got %+v", p.company, l)
		}
		p.mustStates(ztp.CredentialActive, ztp.CredentialRevoked)
	})
	t.Run("KeyInForceIsNoReplacement", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		_, err := p.control.Rotate(t.Context(), admin, p.p.Slug, "snom", control.RotateRequest{APIKey: p.key})
		if !ztp.IsCode(err, ztp.CodeInvalid) || ztp.AsError(err).Fields["key_id"] == "" {
			t.Errorf("want invalid with the field key_id, got %v", err)
		}
	})
	t.Run("OldKeyThatStaysIsNamed", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{KeyWrites: srapssim.KeyWritesPortal})
		next := p.paste(p.company)
		op := p.replace(next)
		if op.State != ztp.OperationNeedsOperator || len(op.Error.Keys) != 1 || op.Error.Keys[0].ID != p.key.ID {
			t.Fatalf("want needs_operator naming %s, got %s %+v", p.key.ID, op.State, op.Error)
		}
		if l := p.link(); l.State != ztp.LinkConfigured || l.Active != 2 {
			t.Errorf("want the new key in force, got %+v", l)
		}
		p.sim.DeleteKey(p.key.ID) // as the row asks for
		p.hourly()
		p.mustStates(ztp.CredentialRevoked, ztp.CredentialActive)
		p.mustLink(ztp.LinkConfigured, "")
	})
}

func TestDisableConnected(t *testing.T) {
	t.Parallel()
	t.Run("LastCallRevokesItself", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		p.mustEnd(p.register(phone), ztp.OperationDone, "")
		mark := p.mark()
		p.sim.OnCall(nil) // revoking itself is right here alone
		p.mustEnd(p.run(ztp.KindDisable), ztp.OperationDone, "")
		p.mustChange(mark, "PUT provisioning-profiles", "PUT endpoints", "DELETE tokens")
		p.mustLink(ztp.LinkNotConfigured, "")
		if keys := p.keyIDs(p.company); len(keys) != 0 {
			t.Errorf("keys left: %v", keys)
		}
	})
	t.Run("RefusedOnceIsNotGone", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		p.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoStatus, Status: 401})
		p.mustEnd(p.run(ztp.KindDisable), ztp.OperationDone, "")
		p.mustLink(ztp.LinkNotConfigured, "")
		if keys := p.keyIDs(p.company); len(keys) != 0 {
			t.Errorf("keys left: %v", keys)
		}
	})
	t.Run("DeadKeyWithAnOlderOne", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		p.refuse("DELETE", srapssim.ResourceTokens, 400)
		p.mustEnd(p.replace(p.paste(p.company)), ztp.OperationNeedsOperator, ztp.CodeVendorRejected)
		p.sim.ClearFaults()
		p.mustStates(ztp.CredentialRetiring, ztp.CredentialActive)
		p.sim.DeleteKey(p.activeKey())
		p.mustEnd(p.run(ztp.KindDisable), ztp.OperationDone, "")
		p.mustLink(ztp.LinkNotConfigured, "")
		if keys := p.keyIDs(p.company); len(keys) != 0 {
			t.Errorf("keys left: %v", keys)
		}
	})
	t.Run("NamesKeysOfOthers", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{})
		foreign := p.foreignKey(p.company)
		p.sim.OnCall(nil)
		op := p.run(ztp.KindDisable)
		p.mustEnd(op, ztp.OperationDone, "")
		if len(op.Data.Foreign) != 1 || op.Data.Foreign[0].ID != foreign {
			t.Errorf("want %s named, got %+v", foreign, op.Data.Foreign)
		}
		p.mustLink(ztp.LinkNotConfigured, ztp.CodeForeignKeyFound)
	})
	for name, writes := range map[string]srapssim.KeyWrites{"ResellerAlone": srapssim.KeyWritesReseller, "PortalAlone": srapssim.KeyWritesPortal} {
		t.Run("SelfRevokeRefused/"+name, func(t *testing.T) {
			t.Parallel()
			disabledInPortal(t, writes)
		})
	}
	t.Run("CheckBeforeTheKeyIsRemovedSaysSo", func(t *testing.T) {
		t.Parallel()
		p := connected(t, srapssim.Options{KeyWrites: srapssim.KeyWritesPortal})
		p.sim.OnCall(nil)
		p.mustEnd(p.run(ztp.KindDisable), ztp.OperationNeedsOperator, ztp.CodeVendorKeyRejected)
		p.mustEnd(p.run(ztp.KindCheck), ztp.OperationDone, ztp.CodeVendorRejected)
		if l := p.link(); l.State != ztp.LinkNeedsAttention || l.Error == nil {
			t.Errorf("a half disabled link reads %s with error %+v", l.State, l.Error)
		}
	})
}

// disabledInPortal disables where the vendor lets no key revoke itself: the row
// names the key, somebody removes it in the portal, and Check confirms by a 401.
func disabledInPortal(t *testing.T, writes srapssim.KeyWrites) {
	t.Helper()
	p := connected(t, srapssim.Options{KeyWrites: writes})
	p.mustEnd(p.register(phone), ztp.OperationDone, "")
	p.sim.OnCall(nil)
	op := p.run(ztp.KindDisable)
	p.mustEnd(op, ztp.OperationNeedsOperator, ztp.CodeVendorKeyRejected)
	if len(op.Error.Keys) != 1 || op.Error.Keys[0].ID != p.key.ID {
		t.Errorf("want %s named, got %+v", p.key.ID, op.Error.Keys)
	}
	p.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorKeyRejected)
	if e := p.phoneAt(p.company, phone); e == nil || e.Enabled {
		t.Errorf("the phone is not paused: %+v", e)
	}
	p.sim.DeleteKey(p.key.ID)
	p.mustEnd(p.run(ztp.KindCheck), ztp.OperationDone, "")
	l := p.mustLink(ztp.LinkNotConfigured, "")
	if l.DisabledAt.IsZero() || l.Active != 0 || l.Unconfirmed {
		t.Errorf("want a confirmed Disable, got %+v", l)
	}
	p.mustStates(ztp.CredentialRevoked)
	if e := p.phoneRow(phone); e.State != ztp.EndpointPaused {
		t.Errorf("the phone is %s", e.State)
	}
}

// TestVendorCannot is a reseller who may not make companies or keys by API.
func TestVendorCannot(t *testing.T) {
	t.Parallel()
	for _, create := range []srapssim.Create{srapssim.CreateNotAllowed, srapssim.CreateNotFound, srapssim.CreateAbsent} {
		t.Run("Companies/"+string(create), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{sim: srapssim.Options{CreateCompanies: create}})
			w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationFailed, ztp.CodeVendorCannot)
			w.mustLink(ztp.LinkNotConfigured, ztp.CodeVendorCannot)
			w.mustChange(0)
		})
		t.Run("Keys/"+string(create), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{sim: srapssim.Options{CreateKeys: create}})
			w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationFailed, ztp.CodeVendorCannot)
			w.mustLink(ztp.LinkNotConfigured, ztp.CodeVendorCannot)
			w.mustChange(0, "POST companies")
			// Connect is the way that the row offers then.
			w.mustEnd(w.connect(w.paste(w.link().CompanyID)), ztp.OperationDone, "")
		})
	}
}

// TestConnect_Restored: the reseller credential is never used on a connected link,
// so its own key from the backup has to show whether it is the one in force.
func TestConnect_Restored(t *testing.T) {
	t.Parallel()
	restored := func(t *testing.T, since func(p *portal)) (*portal, int) {
		p := connected(t, srapssim.Options{})
		backup := p.copied()
		since(p)
		w := newWorld(t, worldOptions{from: &state{kept: storetest.Keep(t, atTest, backup), vendor: p.sim.Snapshot(), at: p.clock.now(), p: p.p, account: p.account}})
		w.withoutReseller()
		if _, err := w.base.(*sqlstore.Store).NoteRestored(t.Context(), "", admin, "test"); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(time.Minute)
		return &portal{world: w, company: p.company, key: p.key}, w.mark()
	}
	t.Run("NothingSince", func(t *testing.T) {
		t.Parallel()
		p, mark := restored(t, func(*portal) {})
		p.byItself()
		p.mustChange(mark)
		if l := p.mustLink(ztp.LinkConfigured, ""); !l.RestoredAt.IsZero() {
			t.Error("not proven")
		}
	})
	t.Run("ReplacedSince", func(t *testing.T) {
		t.Parallel()
		p, mark := restored(t, func(p *portal) { p.mustEnd(p.replace(p.paste(p.company)), ztp.OperationDone, "") })
		p.byItself()
		p.mustChange(mark)
		p.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorKeyRejected)
		p.mustEnd(p.replace(p.paste(p.company)), ztp.OperationDone, "")
		if l := p.link(); l.State != ztp.LinkConfigured || !l.RestoredAt.IsZero() || l.Active != 2 {
			t.Errorf("link: %+v", l)
		}
	})
	t.Run("DisabledSinceAndPressedAtOnce", func(t *testing.T) {
		t.Parallel()
		p, mark := restored(t, func(p *portal) { p.mustEnd(p.run(ztp.KindDisable), ztp.OperationDone, "") })
		p.mustEnd(p.run(ztp.KindDisable), ztp.OperationDone, "")
		p.mustChange(mark)
		if l := p.mustLink(ztp.LinkNotConfigured, ""); !l.RestoredAt.IsZero() {
			t.Error("not proven")
		}
	})
}
