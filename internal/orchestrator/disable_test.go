package orchestrator_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

func (w *world) force() ztp.Operation {
	w.t.Helper()
	return w.end(w.control.Disable(w.t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{Force: true}))
}

// TestDisableOrder shows what goes first: the keys where the reseller may pause
// phones without them, else the phones.
func TestDisableOrder(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		sim  srapssim.Options
		want []string
	}{
		"ResellerMayWriteBelow": {srapssim.Options{ChildWrites: true}, []string{"PUT provisioning-profiles", "DELETE tokens", "PUT endpoints"}},
		"PlatformKeyHasTo":      {srapssim.Options{}, []string{"PUT provisioning-profiles", "PUT endpoints", "DELETE tokens"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, c.sim)
			w.mustEnd(w.register(phone), ztp.OperationDone, "")
			mark := w.mark()
			w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
			w.mustChange(mark, c.want...)
			w.mustLink(ztp.LinkNotConfigured, "")
			w.sound()
		})
	}
}

// TestDisableWithADeadKey deletes or disables the platform's key at the vendor
// first: a numbered one is made for the pausing.
func TestDisableWithADeadKey(t *testing.T) {
	t.Parallel()
	kill := map[string]func(w *world, id string){
		"Deleted":  func(w *world, id string) { w.sim.DeleteKey(id) },
		"Disabled": func(w *world, id string) { w.sim.DisableKey(id) },
	}
	for name, f := range kill {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			w.mustEnd(w.register(phone), ztp.OperationDone, "")
			f(w, w.activeKey())
			w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
			w.mustLink(ztp.LinkNotConfigured, "")
			w.mustStates(ztp.CredentialRevoked, ztp.CredentialRevoked)
			if e := w.phoneRow(phone); e.State != ztp.EndpointPaused {
				t.Errorf("the phone is %s", e.State)
			}
			w.sound()
		})
	}
}

// TestForcedDisable is for a vendor out of reach: wiped here, named, tidied later.
func TestForcedDisable(t *testing.T) {
	t.Parallel()
	t.Run("WipesHereAndSaysWhatIsLeft", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.withoutReseller()
		mark := w.mark()
		w.mustEnd(w.force(), ztp.OperationDone, "")
		if n := len(w.calls(mark)); n != 0 {
			t.Errorf("%d calls were sent", n)
		}
		l := w.mustLink(ztp.LinkNotConfigured, "")
		if !l.Unconfirmed || l.Active != 0 || l.DisabledAt.IsZero() {
			t.Errorf("want revocation not confirmed, got %+v", l)
		}
		if c := w.credential(1); c.State != ztp.CredentialOrphan || c.Sealed || c.VendorID == "" {
			t.Errorf("want a named orphan without its secret, got %+v", c)
		}
		v, err := w.control.Link(t.Context(), admin, w.p.Slug, "snom")
		if err != nil || len(v.Loose) != 1 {
			t.Errorf("the row names %+v (%v)", v.Loose, err)
		}
	})
	t.Run("TidiedHourlyLater", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.refuse("", srapssim.ResourceTokens, 503)
		w.mustEnd(w.force(), ztp.OperationDone, "")
		w.hourly() // still out of reach
		w.mustStates(ztp.CredentialOrphan)
		if !w.link().Unconfirmed {
			t.Error("confirmed although the vendor did not answer")
		}
		w.sim.ClearFaults()
		w.hourly()
		if w.link().Unconfirmed {
			t.Error("not confirmed after the orphan is gone")
		}
		w.mustLink(ztp.LinkNotConfigured, "")
		w.sound()
	})
	t.Run("OnboardTidiesToo", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.force(), ztp.OperationDone, "")
		w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
		if w.mustLink(ztp.LinkConfigured, "").Unconfirmed {
			t.Error("still marked as not confirmed")
		}
		w.sound()
	})
	t.Run("CompanyGoneTookItsKeysAlong", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.force(), ztp.OperationDone, "")
		w.sim.DeleteCompany(w.link().CompanyID)
		w.hourly()
		w.mustStates(ztp.CredentialRevoked)
		if l := w.mustLink(ztp.LinkNotConfigured, ""); l.Unconfirmed {
			t.Error("not confirmed although the company is gone")
		}
	})
	t.Run("NothingToDisableStaysSo", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		r, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{Force: true})
		if err != nil || !r.AlreadyDisabled || r.Operation != nil {
			t.Errorf("want already disabled, got %+v (%v)", r, err)
		}
	})
}

// many registers n phones here and at the vendor without going through operations.
func (w *world) many(n int) {
	w.t.Helper()
	ctx, l := context.Background(), w.link()
	err := w.base.Tx(ctx, func(s ztp.Store) error {
		for i := range n {
			mac := ztp.MAC{0x00, 0x04, 0x13, 0xB0, byte(i >> 8), byte(i)}
			e := ztp.Endpoint{
				Platform: w.p.ID, Vendor: "snom", MAC: mac, Account: w.account.ID, ProductGroup: "D-Series", State: ztp.EndpointListed,
				AddressTemplate: l.AddressTemplate, AddressTokenID: l.AddressTokenID, CreatedAt: w.clock.now(), UpdatedAt: w.clock.now(),
			}
			if err := s.SaveEndpoint(ctx, e); err != nil {
				return err
			}
			w.sim.PutEndpoint(l.CompanyID, srapssim.Endpoint{MAC: mac.Bare(), Enabled: true,
				Settings: map[string]srapssim.Setting{srapssim.DeskSettingServerID: {Value: "https://prov.example.net/p/t/{mac}"}}})
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestDisableOf250Phones kills the process in the middle: the next one goes on
// with the phones that were being sent, and progress is there to see.
func TestDisableOf250Phones(t *testing.T) {
	t.Parallel()
	const all, killAt = 250, 180
	w := onboarded(t, srapssim.Options{})
	w.many(all)
	op := w.ask(ztp.KindDisable)
	mark := w.mark()
	var pauses atomic.Int64
	w.sim.OnCall(func(c srapssim.Call) {
		if c.Method != "PUT" || c.Resource != srapssim.ResourceEndpoints {
			return
		}
		if pauses.Add(1) == killAt {
			w.store.killNext()
		}
	})
	if _, err := w.orch.Work(context.Background()); err == nil {
		t.Fatal("the process was not killed")
	}
	half, err := w.base.Operation(t.Context(), op.ID)
	if err != nil {
		t.Fatal(err)
	}
	if half.Data.Total != all || half.Data.Handled == 0 || half.Data.Handled >= killAt {
		t.Errorf("progress is %d of %d after %d calls", half.Data.Handled, half.Data.Total, killAt)
	}
	w.start()
	w.clock.advance(61 * time.Second)
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	done := w.last(ztp.KindDisable)
	if done.Data.Handled != all || len(done.Data.Failed) != 0 {
		t.Errorf("progress ends at %d of %d, refused %v", done.Data.Handled, done.Data.Total, done.Data.Failed)
	}
	puts := 0
	for _, c := range w.calls(mark) {
		if c.Applied && c.Resource == srapssim.ResourceEndpoints {
			puts++
		}
	}
	if puts != all {
		t.Errorf("%d calls changed %d phones", puts, all)
	}
	w.sound()
}

// TestDisableDuringTheResume comes while an Onboard redirects paused phones again:
// the Onboard leaves off, and the Disable has the last word.
func TestDisableDuringTheResume(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.many(5)
	w.press(ztp.KindDisable)
	onboard := w.ask(ztp.KindOnboard)
	var asked atomic.Bool
	w.sim.OnCall(func(c srapssim.Call) {
		if c.Method == "PUT" && c.Resource == srapssim.ResourceEndpoints && !asked.Swap(true) {
			if _, err := w.control.Disable(context.Background(), admin, w.p.Slug, "snom", control.DisableRequest{}); err != nil {
				t.Errorf("Disable during the resume: %v", err)
			}
		}
	})
	w.mustEnd(w.finish(onboard, nil), ztp.OperationDone, "")
	w.mustEnd(w.last(ztp.KindDisable), ztp.OperationDone, "")
	w.mustLink(ztp.LinkNotConfigured, "")
	for _, e := range w.sim.Endpoints(w.link().CompanyID) {
		if e.Enabled {
			t.Errorf("phone %s is redirected after the Disable", e.MAC)
		}
	}
	w.sound()
	w.sim.OnCall(nil)
	w.press(ztp.KindOnboard)
	for _, e := range w.sim.Endpoints(w.link().CompanyID) {
		if !e.Enabled {
			t.Errorf("phone %s stays paused after the next Onboard", e.MAC)
		}
	}
	w.sound()
}

// TestRegisterDuringADisable waits, says why, and goes on after the next Onboard.
func TestRegisterDuringADisable(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	disable := w.ask(ztp.KindDisable)
	r, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug})
	if err != nil {
		t.Fatal(err)
	}
	w.turns(4)
	if op, err := w.base.Operation(t.Context(), disable.ID); err != nil || op.State != ztp.OperationDone || len(op.Data.Failed) != 0 {
		t.Errorf("the Disable is %s with refused phones %v (%v)", op.State, op.Data.Failed, err)
	}
	waiting, err := w.base.Operation(t.Context(), r.Operation.ID)
	if err != nil || waiting.State != ztp.OperationWaiting || !strings.Contains(waiting.Waiting, "onboarded again") {
		t.Errorf("the registration is %s, waiting for %q (%v)", waiting.State, waiting.Waiting, err)
	}
	if e := w.phoneRow(phone); e.State != ztp.EndpointWanted {
		t.Errorf("the phone is %s, want it still wanted", e.State)
	}
	w.ask(ztp.KindOnboard)
	w.mustEnd(w.finish(r.Operation, nil), ztp.OperationDone, "")
	if e := w.phoneRow(phone); e.State != ztp.EndpointListed {
		t.Errorf("the phone is %s", e.State)
	}
	w.sound()
}

// turns lets the orchestrator take up what is due now, n times.
func (w *world) turns(n int) {
	w.t.Helper()
	for range n {
		w.turn()
	}
}

// TestActionsTouchNothingElse compares every row of the database that is not of the
// link, before and after each action, byte by byte, and what the vendor has of another
// platform.
func TestActionsTouchNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	mine, account := w.p, w.account
	w.p, w.account = w.another("Second Voice")
	w.press(ztp.KindOnboard)
	w.mustEnd(w.register(ztp.MAC{0x00, 0x04, 0x13, 0x01, 0x02, 0x03}), ztp.OperationDone, "")
	second := w.link().CompanyID
	w.p, w.account = mine, account
	w.otherVendor()

	keys, phones := w.sim.Keys(second), w.sim.Endpoints(second)
	for _, kind := range life {
		before, mark := w.rowsOfOthers(), w.mark()
		w.mustEnd(w.run(kind), ztp.OperationDone, "")
		if d := cmp.Diff(before, w.rowsOfOthers()); d != "" {
			t.Errorf("%s: rows of others (-before +after):\n%s", kind, d)
		}
		if d := cmp.Diff(phones, w.sim.Endpoints(second)); d != "" {
			t.Errorf("%s: phones of the other platform (-before +after):\n%s", kind, d)
		}
		if d := cmp.Diff(keys, w.sim.Keys(second)); d != "" {
			t.Errorf("%s: keys of the other platform (-before +after):\n%s", kind, d)
		}
		for _, c := range w.calls(mark) {
			if c.Company == second || c.KeyID == keys[0].ID {
				t.Errorf("%s: %s %s concerns the other platform", kind, c.Method, c.Path)
			}
		}
	}
}

// otherVendor gives the platform a configured link with the made-up vendor:
// credentials in several states and a phone.
func (w *world) otherVendor() {
	w.t.Helper()
	ctx, now := context.Background(), w.clock.now()
	l := ztp.Link{
		Platform: w.p.ID, Vendor: "other", State: ztp.LinkNeedsAttention, Nonce: ztp.NewNonce(), CompanyID: "other-1",
		CompanyName: "Other", NextCredential: 4, UpdatedAt: now,
	}
	err := w.base.Tx(ctx, func(s ztp.Store) error {
		if err := s.SaveLink(ctx, l); err != nil {
			return err
		}
		for n := 1; n <= 3; n++ {
			c := ztp.Credential{Platform: w.p.ID, Vendor: "other", Number: n, State: ztp.CredentialPlanned, Label: fmt.Sprint("label ", n), CreatedAt: now, Deadline: now}
			if err := s.PlanCredential(ctx, c); err != nil {
				return err
			}
			c.State, c.VendorID, c.VerifiedAt = ztp.CredentialCreated, fmt.Sprint("other-key-", n), now
			if err := s.SealCredential(ctx, c, ztp.NewSecret(fmt.Sprint("other-secret-", n)), ztp.CredentialPlanned); err != nil {
				return err
			}
			if n == 3 {
				c.State = ztp.CredentialActive
				if err := s.MoveCredential(ctx, c, ztp.CredentialCreated); err != nil {
					return err
				}
			}
		}
		l.Version, l.State, l.Active, l.SetAt, l.SetBy = 1, ztp.LinkConfigured, 3, now, "somebody"
		if err := s.SaveLink(ctx, l); err != nil {
			return err
		}
		return s.SaveEndpoint(ctx, ztp.Endpoint{Platform: w.p.ID, Vendor: "other", MAC: ztp.MAC{0x80, 0x5E, 0xC0, 0x01, 0x02, 0x03},
			Account: w.account.ID, ProductGroup: "T5", State: ztp.EndpointListed, CreatedAt: now, UpdatedAt: now})
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestDisableWithoutAProfile has the vendor say that the profile is not there. That
// tells nothing about who may write below the company, so the platform's key is used
// and the phone is paused all the same.
func TestDisableWithoutAProfile(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.refuse("PUT", srapssim.ResourceProfiles, 404)
	w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
	w.mustLink(ztp.LinkNotConfigured, "")
	if e := w.phoneRow(phone); e.State != ztp.EndpointPaused {
		t.Errorf("phone is %s with error %+v, want paused", e.State, e.Error)
	}
	w.sound()
}

// TestRevokeRefusedToTheReseller names the reseller credential as the cause when it
// is refused at the revoke, not the platform's key.
func TestRevokeRefusedToTheReseller(t *testing.T) {
	t.Parallel()
	for _, kind := range []ztp.OperationKind{ztp.KindDisable, ztp.KindRotate} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceTokens, Nth: 1, Do: srapssim.DoStatus, Status: 401})
			op := w.run(kind)
			if op.Error == nil || op.Error.Code != ztp.CodeResellerCredentialsRejected {
				t.Errorf("%s is %s with %+v, want %s", kind, op.State, op.Error, ztp.CodeResellerCredentialsRejected)
			}
		})
	}
}

// TestDisable_KilledAfterItsLastWord finds a Disable whose link says disabled and
// whose operation has not ended, as a process leaves it that is killed between
// these two commits; when the vendor then refuses the last look, the operation ends
// all the same and the platform stays disabled.
func TestDisable_KilledAfterItsLastWord(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	op := w.run(ztp.KindDisable)
	db, err := sql.Open("sqlite", "file:"+w.file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`UPDATE operation SET state = 'running', owner = 'killed', lease_until = 1, due_at = 1, finished_at = NULL, holds_link = 1,
		steps = replace(steps, '"name":"confirm","state":"done"', '"name":"confirm","state":"running"') WHERE id = $1`, string(op.ID))
	if err != nil {
		t.Fatal(err)
	}
	w.creds.key.Secret = ztp.NewSecret("another secret altogether")
	w.mustEnd(w.finish(&op, nil), ztp.OperationFailed, ztp.CodeResellerCredentialsRejected)
	w.mustLink(ztp.LinkNotConfigured, ztp.CodeResellerCredentialsRejected)
}
