package control_test

import (
	"context"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/ztp"
)

// button is one action as the tests below press it.
type button struct {
	name string
	// press sends it. bad makes a body that can't be taken, if the action has one.
	press func(w *world, a ztp.Actor, platform string, v ztp.VendorName, s control.Submission, bad bool) (control.Result, error)
	// hasBody: there is a body that can be wrong.
	hasBody bool
	// begin brings the world where the action would go through.
	begin func(w *world)
}

var key = ztp.APIKey{ID: "ck_pasted", Secret: ztp.NewSecret("pasted-secret-value")}

var buttons = []button{
	{"Onboard", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, _ bool) (control.Result, error) {
		return w.control.Onboard(context.Background(), a, p, v, s)
	}, false, func(*world) {}},
	{"Rotate", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, bad bool) (control.Result, error) {
		r := control.RotateRequest{Submission: s}
		if bad {
			r.APIKey = key // its keys are made by API
		}
		return w.control.Rotate(context.Background(), a, p, v, r)
	}, true, (*world).onboard},
	{"ReplaceKey", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, bad bool) (control.Result, error) {
		r := control.RotateRequest{Submission: s, APIKey: key}
		if bad {
			r.APIKey = ztp.APIKey{}
		}
		return w.control.Rotate(context.Background(), a, p, v, r)
	}, true, (*world).connect},
	{"Disable", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, _ bool) (control.Result, error) {
		return w.control.Disable(context.Background(), a, p, v, control.DisableRequest{Submission: s})
	}, false, (*world).onboard},
	{"Connect", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, bad bool) (control.Result, error) {
		r := control.ConnectRequest{Submission: s, APIKey: key}
		if bad {
			r.APIKey.ID = "no id"
		}
		return w.control.Connect(context.Background(), a, p, v, r)
	}, true, func(*world) {}},
	{"Adopt", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, bad bool) (control.Result, error) {
		return w.control.Adopt(context.Background(), a, p, v, map[bool]string{true: "no id", false: "c0ffee"}[bad], s)
	}, true, func(*world) {}},
	{"Check", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, _ bool) (control.Result, error) {
		return w.control.Check(context.Background(), a, p, v, s)
	}, false, (*world).onboard},
	{"RevokeKey", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, bad bool) (control.Result, error) {
		return w.control.RevokeKey(context.Background(), a, p, v, map[bool]string{true: "no id", false: "ck_other"}[bad], s)
	}, true, (*world).onboard},
	{"UpdateAddress", func(w *world, a ztp.Actor, p string, v ztp.VendorName, s control.Submission, _ bool) (control.Result, error) {
		return w.control.UpdateAddress(context.Background(), a, p, v, s)
	}, false, (*world).onboard},
}

// TestOrderOfRefusals begins with a request in which everything is wrong and
// corrects one thing after the other: what is wrong first is answered.
func TestOrderOfRefusals(t *testing.T) {
	t.Parallel()
	for _, b := range buttons {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b.begin(w)
			used := w.usedKey()
			before, version := w.mark(), w.link().Version
			refused := func(want ztp.Code, a ztp.Actor, platform string, v ztp.VendorName, bad bool) {
				t.Helper()
				_, err := b.press(w, a, platform, v, control.Submission{Key: used}, bad)
				w.wantCode(want, err)
			}
			refused(ztp.CodeNotAllowed, viewer, "nobody", "nobody", true)
			refused(ztp.CodeNotAllowed, viewer, w.p.Slug, "snom", false)
			refused(ztp.CodeNotFound, admin, "nobody", "nobody", true)
			refused(ztp.CodeNotFound, admin, w.p.Slug, "nobody", true)
			if b.hasBody {
				refused(ztp.CodeInvalid, admin, w.p.Slug, "snom", true)
			}
			refused(ztp.CodeIdempotencyMismatch, admin, w.p.Slug, "snom", false)
			w.nothingSince(before)
			if got := w.link(); got.Version != version {
				t.Errorf("the row was written: %+v", got)
			}
			r, err := b.press(w, admin, string(w.p.ID), "snom", control.Submission{Key: "fresh"}, false)
			if err != nil || r.Operation == nil {
				t.Errorf("want an operation, got %+v (%v)", r, err)
			}
		})
	}
}

// usedKey is an idempotency key under which this actor sent something else.
func (w *world) usedKey() string {
	w.t.Helper()
	p, _, err := w.control.CreatePlatform(context.Background(), admin, control.NewPlatform{Name: "Elsewhere"})
	w.must(err)
	_, _, _, err = w.control.CreateAccount(context.Background(), admin, p.Slug, control.NewAccount{Name: "Main"})
	w.must(err)
	_, err = w.control.Onboard(context.Background(), admin, p.Slug, "snom", control.Submission{Key: "used"})
	w.must(err)
	w.settle()
	return "used"
}

// TestViewerIsRefusedAndAudited for every action.
func TestViewerIsRefusedAndAudited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, b := range buttons {
		_, err := b.press(w, viewer, w.p.Slug, "snom", control.Submission{}, false)
		w.wantCode(ztp.CodeNotAllowed, err)
	}
	page, err := w.control.Events(t.Context(), admin, ztp.EventQuery{Actor: viewer.Name, Outcome: ztp.OutcomeRefused, Limit: 100})
	w.must(err)
	if len(page.Items) != len(buttons) {
		t.Errorf("want %d refusals in the audit log, got %d", len(buttons), len(page.Items))
	}
	for _, e := range page.Items {
		if e.Code != ztp.CodeNotAllowed || e.RequestID != viewer.RequestID {
			t.Errorf("audit row %+v", e)
		}
	}
}

// TestOnboardRequirements takes everything away that an Onboard uses and gives it
// back one by one, in the order in which it is asked for.
func TestOnboardRequirements(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url, reseller := w.url, w.secrets.key
	bare, _, err := w.control.CreatePlatform(t.Context(), admin, control.NewPlatform{Name: "Bare"})
	w.must(err)
	w.p = bare
	w.url, w.secrets.key, w.secrets.err = ztp.URLTemplate{}, ztp.APIKey{}, &ztp.Error{Code: ztp.CodeResellerCredentialsMissing}
	w.address.err = &ztp.Error{Code: ztp.CodeProvisioningURLUnreachable}
	w.start()
	steps := []struct {
		want ztp.Code
		give func()
	}{
		{ztp.CodeConfigurationMissing, func() { w.url = url; w.start() }},
		{ztp.CodeResellerCredentialsMissing, func() { w.secrets.key, w.secrets.err = reseller, nil }},
		{ztp.CodeProvisioningTokenMissing, func() {
			_, _, _, err := w.control.CreateAccount(t.Context(), admin, w.p.Slug, control.NewAccount{Name: "Main"})
			w.must(err)
		}},
		{ztp.CodeProvisioningURLUnreachable, func() { w.address.err = nil }},
	}
	m := w.mark()
	for _, s := range steps {
		_, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
		w.wantCode(s.want, err)
		l := w.link()
		if l.State != ztp.LinkNotConfigured || l.Error == nil || l.Error.Code != s.want || l.Error.RequestID != admin.RequestID {
			t.Errorf("%s is not kept: link is %s with error %+v", s.want, l.State, l.Error)
		}
		w.nothingSince(m)
		s.give()
	}
	r, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
	w.must(err)
	if l := w.link(); l.Error != nil || l.State != ztp.LinkOnboarding || r.Operation.State != ztp.OperationQueued {
		t.Errorf("after the next try: link is %s with error %+v", l.State, l.Error)
	}
}

// TestWhatEachActionUses takes one thing away at a time: an action asks for what
// it uses and for nothing else.
func TestWhatEachActionUses(t *testing.T) {
	t.Parallel()
	lack := map[ztp.Code]func(w *world){
		ztp.CodeConfigurationMissing: func(w *world) { w.url = ztp.URLTemplate{}; w.start() },
		ztp.CodeSecretStoreDenied:    func(w *world) { w.secrets.err = &ztp.Error{Code: ztp.CodeSecretStoreDenied} },
		ztp.CodeProvisioningURLUnreachable: func(w *world) {
			w.address.err = &ztp.Error{Code: ztp.CodeProvisioningURLUnreachable}
		},
	}
	all := []ztp.Code{ztp.CodeConfigurationMissing, ztp.CodeSecretStoreDenied, ztp.CodeProvisioningURLUnreachable}
	own := []ztp.Code{ztp.CodeConfigurationMissing, ztp.CodeProvisioningURLUnreachable}
	uses := map[string][]ztp.Code{
		"Onboard": all, "Adopt": all, "Connect": own, "UpdateAddress": own,
		"Rotate": {ztp.CodeSecretStoreDenied}, "Disable": {ztp.CodeSecretStoreDenied}, "RevokeKey": {ztp.CodeSecretStoreDenied},
		"ReplaceKey": nil, "Check": nil,
	}
	for _, b := range buttons {
		for code, take := range lack {
			t.Run(b.name+"/"+string(code), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				b.begin(w)
				state := w.link().State
				take(w)
				m := w.mark()
				_, err := b.press(w, admin, w.p.Slug, "snom", control.Submission{}, false)
				used := false
				for _, c := range uses[b.name] {
					used = used || c == code
				}
				if !used {
					w.must(err)
					return
				}
				w.wantCode(code, err)
				w.nothingSince(m)
				if l := w.link(); l.State != state || l.Error == nil || l.Error.Code != code {
					t.Errorf("link is %s with error %+v", l.State, l.Error)
				}
			})
		}
	}
}

// TestSecretStoreCodesPassThrough as they are, with their detail.
func TestSecretStoreCodesPassThrough(t *testing.T) {
	t.Parallel()
	codes := []ztp.Code{
		ztp.CodeResellerCredentialsMissing, ztp.CodeResellerCredentialsMalformed, ztp.CodeSecretStoreDenied,
		ztp.CodeSecretStoreThrottled, ztp.CodeSecretStoreUnavailable, ztp.CodeSecretStoreNotConfigured,
	}
	w := newWorld(t)
	w.onboard()
	m := w.mark()
	for _, code := range codes {
		w.secrets.err = &ztp.Error{Code: code, Detail: "parameter /zerotouch/test/snom/reseller"}
		for _, b := range buttons {
			if b.name != "Rotate" && b.name != "Disable" {
				continue
			}
			_, err := b.press(w, admin, w.p.Slug, "snom", control.Submission{}, false)
			w.wantCode(code, err)
			if d := ztp.AsError(err).Detail; d != "parameter /zerotouch/test/snom/reseller" {
				t.Errorf("%s: the detail became %q", code, d)
			}
			if l := w.link(); l.State != ztp.LinkConfigured || l.Error == nil || l.Error.Code != code {
				t.Errorf("link is %s with error %+v", l.State, l.Error)
			}
		}
	}
	w.nothingSince(m)
}

// TestChecksTakeFiveSecondsAtMost each, whatever secret store and address do.
func TestChecksTakeFiveSecondsAtMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.control.Onboard(t.Context(), admin, w.p.Slug, "snom", control.Submission{})
	w.must(err)
	for what, until := range map[string]time.Duration{"secret store": w.secrets.until, "address": w.address.until} {
		if until <= 0 || until > 5*time.Second {
			t.Errorf("the %s may take %s", what, until)
		}
	}
}

// TestForcedDisableUsesNothing: it is for when nothing answers any more.
func TestForcedDisableUsesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onboard()
	w.url, w.secrets.err, w.address.err = ztp.URLTemplate{}, &ztp.Error{Code: ztp.CodeSecretStoreUnavailable}, &ztp.Error{Code: ztp.CodeProvisioningURLUnreachable}
	w.start()
	asked := w.secrets.asked
	r, err := w.control.Disable(t.Context(), admin, w.p.Slug, "snom", control.DisableRequest{Force: true})
	w.must(err)
	if r.Operation == nil || w.secrets.asked != asked {
		t.Errorf("want an operation without a question to the secret store, got %+v", r)
	}
}
