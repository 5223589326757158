package control_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// TestNothingToDo is answered at once: nothing is sent, nothing is made, nothing
// that the action would use is asked for.
func TestNothingToDo(t *testing.T) {
	t.Parallel()
	t.Run("AlreadyOnboarded", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.onboard()
		w.secrets.err = &ztp.Error{Code: ztp.CodeSecretStoreDenied}
		m, asked := w.mark(), w.secrets.asked
		r, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.must(err)
		if !r.AlreadyOnboarded || r.Operation != nil || r.Link.State != ztp.LinkConfigured || w.secrets.asked != asked {
			t.Errorf("got %+v after %d questions", r, w.secrets.asked-asked)
		}
		w.nothingSince(m)
	})
	t.Run("AlreadyOnboardedWhileRotating", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.onboard()
		_, err := w.control.Rotate(t.Context(), admin, w.p.Slug, "snom", control.RotateRequest{})
		w.must(err)
		m := w.mark()
		r, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.must(err)
		if !r.AlreadyOnboarded || r.Link.State != ztp.LinkRotating || r.Link.Operation == nil {
			t.Errorf("got %+v", r)
		}
		w.nothingSince(m)
	})
	t.Run("AlreadyDisabled", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		for _, force := range []bool{false, true} {
			m := w.mark()
			r, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{Force: force})
			w.must(err)
			if !r.AlreadyDisabled || r.Operation != nil || r.Link.State != ztp.LinkNotConfigured {
				t.Errorf("force %t: got %+v", force, r)
			}
			w.nothingSince(m)
		}
	})
	t.Run("AnEarlierRefusalIsOver", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		_, err := w.control.Rotate(t.Context(), admin, w.p.Slug, "snom", control.RotateRequest{})
		if !ztp.IsCode(err, ztp.CodeNotOnboarded) {
			t.Fatalf("want not_onboarded, got %v", err)
		}
		r, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{})
		w.must(err)
		if !r.AlreadyDisabled || r.Link.Error != nil {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("DisabledBefore", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.onboard()
		_, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{})
		w.must(err)
		w.settle()
		m := w.mark()
		r, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{})
		w.must(err)
		if !r.AlreadyDisabled || r.Link.DisabledAt.IsZero() {
			t.Errorf("got %+v", r)
		}
		w.nothingSince(m)
	})
}

// TestNotOnboarded is the answer of what needs a key where there is none.
func TestNotOnboarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	m := w.mark()
	for _, b := range buttons {
		switch b.name {
		case "Rotate", "Check", "RevokeKey", "UpdateAddress":
			_, err := b.press(w, admin, w.p.Slug, "snom", control.Submission{}, false)
			w.wantCode(ztp.CodeNotOnboarded, err)
		}
	}
	_, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug})
	w.wantCode(ztp.CodeNotOnboarded, err)
	w.nothingSince(m)
	if l := w.link(); l.State != ztp.LinkNotConfigured || l.Error == nil || l.Error.Code != ztp.CodeNotOnboarded {
		t.Errorf("the refusal is not kept: link is %s with error %+v", l.State, l.Error)
	}
}

// TestOperationRunning names the open operation, whatever the other request is
// and in whatever state the open one rests.
func TestOperationRunning(t *testing.T) {
	t.Parallel()
	begin := map[string]func(w *world) ztp.OperationState{
		"Queued": func(w *world) ztp.OperationState {
			_, err := w.control.Rotate(context.Background(), admin, w.p.Slug, "snom", control.RotateRequest{})
			w.must(err)
			return ztp.OperationQueued
		},
		"Unknown": func(w *world) ztp.OperationState {
			w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: srapssim.ResourceTokens, Do: srapssim.DoLoseAnswer})
			_, err := w.control.Rotate(context.Background(), admin, w.p.Slug, "snom", control.RotateRequest{})
			w.must(err)
			_, err = w.orch.Work(context.Background())
			w.must(err)
			return ztp.OperationUnknown
		},
		"Waiting": func(w *world) ztp.OperationState {
			w.sim.AddFault(srapssim.Fault{Do: srapssim.DoStatus, Status: 429, RetryAfter: 60})
			_, err := w.control.Rotate(context.Background(), admin, w.p.Slug, "snom", control.RotateRequest{})
			w.must(err)
			_, err = w.orch.Work(context.Background())
			w.must(err)
			return ztp.OperationWaiting
		},
	}
	for name, f := range begin {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.onboard()
			state := f(w)
			open, err := w.store.OpenOperation(t.Context(), w.p.ID, "snom")
			w.must(err)
			if open.State != state {
				t.Fatalf("the operation is %s, want %s", open.State, state)
			}
			m, link := w.mark(), w.link()
			for _, b := range buttons {
				switch b.name {
				case "ReplaceKey", "RevokeKey", "UpdateAddress":
					continue // the first is for connected links, the others work beside it
				case "Check":
					if state == ztp.OperationUnknown {
						continue // that one it wakes
					}
				case "Onboard":
					if link.State == ztp.LinkRotating {
						continue // already onboarded
					}
				}
				_, err := b.press(w, admin, w.p.Slug, "snom", control.Submission{Key: "another"}, false)
				w.wantCode(ztp.CodeOperationRunning, err)
				if op := ztp.AsError(err).Operation; op == nil || op.ID != open.ID || op.State != state {
					t.Errorf("%s: want %s named, got %+v", b.name, open.ID, op)
				}
			}
			w.nothingSince(m)
			if got := w.link(); got.Version != link.Version {
				t.Errorf("the row was written: %+v", got)
			}
		})
	}
}

// TestCheckWakesWhatIsUnknown instead of making a second operation.
func TestCheckWakesWhatIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: srapssim.ResourceCompanies, Nth: 1, Do: srapssim.DoLoseRequest})
	r, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
	w.must(err)
	_, err = w.orch.Work(t.Context())
	w.must(err)
	if l := w.link(); l.State != ztp.LinkUnknown {
		t.Fatalf("link is %s", l.State)
	}
	if worked, _ := w.orch.Work(t.Context()); worked {
		t.Fatal("it is due by itself at once")
	}
	m := w.mark()
	woken, err := w.control.Check(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
	w.must(err)
	if woken.Operation.ID != r.Operation.ID {
		t.Errorf("want %s, got %s", r.Operation.ID, woken.Operation.ID)
	}
	worked, err := w.orch.Work(t.Context())
	w.must(err)
	now := w.mark()
	if !worked || now.operations != m.operations || now.calls == m.calls {
		t.Errorf("want the look to come now, got %+v after %+v", now, m)
	}
	// It never concludes absence early: nothing is made a second time.
	for _, c := range w.sim.Calls()[m.calls:] {
		if c.Mutation() {
			t.Errorf("Check sent %s %s", c.Method, c.Path)
		}
	}
}

// TestCheckPressedTwice: the second press finds the look of the first at work,
// and follows the same operation.
func TestCheckPressedTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: srapssim.ResourceCompanies, Nth: 1, Do: srapssim.DoLoseRequest})
	r, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
	w.must(err)
	_, err = w.orch.Work(t.Context())
	w.must(err)
	for _, state := range []ztp.OperationState{ztp.OperationUnknown, ztp.OperationRunning} {
		pressed, err := w.control.Check(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.must(err)
		if pressed.Operation.ID != r.Operation.ID || pressed.Operation.State != state {
			t.Errorf("want the %s %s, got %+v", state, r.Operation.ID, pressed.Operation)
		}
		if state == ztp.OperationUnknown {
			_, err = w.store.ClaimOperation(t.Context(), "a worker", time.Minute, ztp.ClaimAny)
			w.must(err)
		}
	}
}

// TestNeedsAttention: with a key, an Onboard is answered with what is wrong and
// Disable stays possible; without one an Onboard goes on.
func TestNeedsAttention(t *testing.T) {
	t.Parallel()
	t.Run("WithAKey", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.onboard()
		w.sim.DeleteKey(w.activeKey())
		_, err := w.control.Check(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.must(err)
		w.settle()
		if l := w.link(); l.State != ztp.LinkNeedsAttention {
			t.Fatalf("link is %s", l.State)
		}
		finding, m := w.link().Error, w.mark()
		_, err = w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.wantCode(ztp.CodeVendorKeyRejected, err)
		if got := ztp.AsError(err).Entry("").Status; got != 409 {
			t.Errorf("answered with %d", got)
		}
		if got := w.link().Error; ztp.AsError(err).Detail != finding.Detail || got == nil || got.Code != finding.Code {
			t.Errorf("want %+v answered and kept, got %v and %+v", finding, err, got)
		}
		w.nothingSince(m)
		r, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{})
		w.must(err)
		if r.Operation == nil {
			t.Errorf("Disable: %+v", r)
		}
	})
	t.Run("WithoutAKey", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.sim.AddFault(srapssim.Fault{Method: "POST", Resource: srapssim.ResourceCompanies, Nth: 1, Do: srapssim.DoLoseAnswer})
		_, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.must(err)
		_, err = w.orch.Work(t.Context())
		w.must(err)
		w.sim.AddKey(w.sim.Companies(w.sim.Resellers()[0].CompanyID)[0].ID, "foreign", srapssim.DefaultRole)
		w.settle()
		if l := w.link(); l.State != ztp.LinkNeedsAttention || l.Active != 0 {
			t.Fatalf("link is %+v", l)
		}
		r, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.must(err)
		if r.Operation == nil || r.Link.State != ztp.LinkOnboarding {
			t.Errorf("got %+v", r)
		}
	})
}

func (w *world) activeKey() string {
	w.t.Helper()
	c, err := w.store.Credential(context.Background(), w.p.ID, "snom", w.link().Active)
	w.must(err)
	return c.VendorID
}

// TestConnectedLink asks for a pasted key on Rotate and refuses what is none.
func TestConnectedLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.connect()
	m := w.mark()
	bad := map[string]ztp.APIKey{
		"key_id":     {ID: "has a space", Secret: ztp.NewSecret("long-enough-secret")},
		"key_secret": {ID: "ck_1", Secret: ztp.NewSecret("short")},
	}
	for field, key := range bad {
		_, err := w.control.Rotate(t.Context(), admin, w.p.Slug, "snom", control.RotateRequest{APIKey: key})
		w.wantCode(ztp.CodeInvalid, err)
		if ztp.AsError(err).Fields[field] == "" {
			t.Errorf("want the field %s named, got %v", field, ztp.AsError(err).Fields)
		}
	}
	_, err := w.control.Connect(t.Context(), admin, w.p.Slug, "snom", control.ConnectRequest{APIKey: key})
	w.wantCode(ztp.CodeInUse, err)
	w.nothingSince(m)
}

// TestOldKeyIsShown by age.
func TestOldKeyIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	for _, old := range []bool{false, true} {
		v, err := w.control.Link(t.Context(), viewer, w.p.Slug, "snom")
		w.must(err)
		if v.Old != old {
			t.Errorf("%s after it was set: old is %t", w.now().Sub(v.SetAt), v.Old)
		}
		w.advance(91 * 24 * time.Hour)
	}
}

// TestRemoveWhatWasOnboarded: a platform that has something at a vendor stays, with
// each thing named and its way out, until there is nothing left.
func TestRemoveWhatWasOnboarded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	_, err := w.control.PutEndpoint(t.Context(), admin, w.p.Slug, phone, control.EndpointRequest{Account: w.account.Slug})
	w.must(err)
	company := w.link().CompanyID
	stays := func(words ...string) {
		t.Helper()
		err := w.control.DeletePlatform(t.Context(), admin, w.p.Slug)
		w.wantCode(ztp.CodeInUse, err)
		for _, word := range words {
			if !strings.Contains(ztp.AsError(err).Detail, word) {
				t.Errorf("want %q in: %s", word, ztp.AsError(err).Detail)
			}
		}
	}
	offboard := "zerotouch platform offboard " + w.p.Slug
	stays(offboard, "Phones at Snom: 1 waiting.", "Company "+company+" at Snom.", "An operation (register)")
	w.settle()
	refused, err := ztp.ParseMAC("000413F0BEEF") // a stranger's, see the simulator
	w.must(err)
	_, err = w.control.PutEndpoint(t.Context(), admin, w.p.Slug, refused, control.EndpointRequest{Account: w.account.Slug})
	w.must(err)
	w.settle()
	stays(offboard, "Phones at Snom: 1 registered, 1 failed here.")
	_, err = w.control.ReleaseEndpoint(t.Context(), admin, w.p.Slug, refused, control.Submission{})
	w.must(err)
	w.settle()
	_, err = w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{})
	w.must(err)
	w.settle()
	stays("Company " + company + " at Snom. Remove it in the portal of Snom, then press Check with Snom")

	check := func() {
		t.Helper()
		_, err := w.control.Check(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.must(err)
		w.settle()
	}
	check()
	stays("Company " + company)
	w.sim.DeleteCompany(company)
	w.secrets.err = &ztp.Error{Code: ztp.CodeResellerCredentialsMissing}
	_, err = w.control.Check(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
	w.wantCode(ztp.CodeResellerCredentialsMissing, err)
	w.secrets.err = nil
	check()
	if n := w.audited("company.gone"); n != 1 {
		t.Errorf("want it in the audit log once, got %d", n)
	}
	stays(offboard, "Phones at Snom: 1 failed here.")
	m := w.mark()
	_, err = w.control.ReleaseEndpoint(t.Context(), admin, w.p.Slug, phone, control.Submission{})
	w.must(err)
	w.settle()
	if now := w.mark(); now.calls != m.calls {
		t.Errorf("%d calls for a phone that is not there", now.calls-m.calls)
	}
	w.must(w.control.DeletePlatform(t.Context(), admin, w.p.Slug))
}

// TestCheckOfNothing: where nothing can be at the vendor, or nobody here may ask,
// nothing is asked.
func TestCheckOfNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused := func() {
		t.Helper()
		m := w.mark()
		_, err := w.control.Check(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.wantCode(ztp.CodeNotOnboarded, err)
		w.nothingSince(m)
	}
	refused()
	w.connect()
	_, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{})
	w.must(err)
	w.settle()
	if l := w.link(); l.State != ztp.LinkNotConfigured || l.CompanyID == "" {
		t.Fatalf("got %+v", l)
	}
	refused()
	err = w.control.DeletePlatform(t.Context(), admin, w.p.Slug)
	if !strings.Contains(ztp.AsError(err).Detail, "zerotouch platform offboard "+w.p.Slug) {
		t.Errorf("got %v", err)
	}
}
