package orchestrator_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

func TestRotateLeavesRegistrationsAlone(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	company := w.link().CompanyID
	before := w.sim.Endpoints(company)
	for range 3 {
		w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
	}
	if d := cmp.Diff(before, w.sim.Endpoints(company)); d != "" {
		t.Errorf("registrations (-before +after):\n%s", d)
	}
	w.mustStates(ztp.CredentialRevoked, ztp.CredentialRevoked, ztp.CredentialRevoked, ztp.CredentialActive)
	w.sound()
}

func TestRotateMakesADeletedProfileAgain(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	l := w.link()
	old := w.sim.Profiles(l.CompanyID)[0]
	w.sim.DeleteProfile(l.CompanyID, old.ID)
	w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
	got := w.sim.Profiles(l.CompanyID)
	if len(got) != 1 || !got[0].Enabled || got[0].ID != w.link().Profiles["D-Series"] {
		t.Fatalf("profiles are %+v, recorded %v", got, w.link().Profiles)
	}
	if d := cmp.Diff(old.Settings, got[0].Settings); d != "" {
		t.Errorf("settings (-old +new):\n%s", d)
	}
}

// TestRotateFailsBeforeTheFlip keeps the old key in force, says so, and leaves
// nothing of the new one.
func TestRotateFailsBeforeTheFlip(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		method, resource string
		want             ztp.Code
	}{
		"CreateRefused":       {"POST", srapssim.ResourceTokens, ztp.CodeVendorRejected},
		"ProfileNotWritten":   {"PUT", srapssim.ResourceProfiles, ztp.CodeVendorRejected},
		"ProfilesCantBeRead":  {"GET", srapssim.ResourceProfiles, ztp.CodeVendorRejected},
		"KeyCantBeProven":     {"GET", srapssim.ResourceTokens, ztp.CodeVendorRejected},
		"RolesCantBeRead":     {"GET", srapssim.ResourceRoles, ztp.CodeVendorRejected},
		"EverythingIsRefused": {"", "", ztp.CodeVendorRejected},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			set := w.link().SetAt
			w.refuse(c.method, c.resource, 400)
			op := w.run(ztp.KindRotate)
			w.mustEnd(op, ztp.OperationFailed, c.want)
			l := w.mustLink(ztp.LinkConfigured, c.want)
			if l.Active != 1 || !l.SetAt.Equal(set) {
				t.Errorf("want key 1 in force as set before, got %d set at %s", l.Active, l.SetAt)
			}
			if op.Data.Flipped || op.Step(ztp.StepActivate).State != ztp.StepPending {
				t.Errorf("the steps claim a flip: %+v", op.Steps)
			}
			w.sim.ClearFaults()
			w.hourly()
			w.sound()
			w.press(ztp.KindRotate) // a failed one never blocks the next
			w.sound()
		})
	}
}

// TestRotateCannotRevoke leaves the new key in force, names the old one, and tidies it.
func TestRotateCannotRevoke(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"Rejected": 400, "Forbidden": 403, "Unknown": 500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			old := w.activeKey()
			w.refuse("DELETE", srapssim.ResourceTokens, status)
			op := w.run(ztp.KindRotate)
			if op.State != ztp.OperationNeedsOperator || len(op.Error.Keys) != 1 || op.Error.Keys[0].ID != old {
				t.Fatalf("want needs_operator naming %s, got %s %+v", old, op.State, op.Error)
			}
			if l := w.link(); l.State != ztp.LinkConfigured || l.Active != 2 {
				t.Errorf("want key 2 in force, got %+v", l)
			}
			w.mustStates(ztp.CredentialRetiring, ztp.CredentialActive)
			w.sim.ClearFaults()
			w.hourly()
			w.mustStates(ztp.CredentialRevoked, ztp.CredentialActive)
			w.mustLink(ztp.LinkConfigured, "")
			w.sound()
		})
	}
}

// TestCallsInFlightDuringRotate registers phones from several workers while the
// key is rotated 20 times: every call goes through, none with a key that is gone.
func TestCallsInFlightDuringRotate(t *testing.T) {
	t.Parallel()
	const rotations, phones = 20, 60
	w := onboarded(t, srapssim.Options{})
	ctx, stop := context.WithTimeout(t.Context(), 2*time.Minute)
	defer stop()
	ran := make(chan error, 1)
	work, end := context.WithCancel(context.Background())
	go func() { ran <- w.orch.Run(work) }()
	w.wakes()

	var wg sync.WaitGroup
	wg.Go(func() {
		for range rotations {
			r, err := w.control.Rotate(ctx, admin, w.p.Slug, "snom", control.RotateRequest{})
			w.mustSucceed(ctx, r.Operation, err)
		}
	})
	for worker := range 3 {
		wg.Go(func() {
			for i := range phones / 3 {
				mac := ztp.MAC{0x00, 0x04, 0x13, 0x0C, byte(worker), byte(i)}
				r, err := w.control.PutEndpoint(ctx, admin, w.p.Slug, mac, control.EndpointRequest{Account: w.account.Slug})
				w.mustSucceed(ctx, r.Operation, err)
			}
		})
	}
	wg.Wait()
	end()
	if err := <-ran; err != nil {
		t.Error(err)
	}
	for _, c := range w.calls(0) {
		if c.Status == 401 {
			t.Errorf("%s %s was refused: signed with a key that is gone", c.Method, c.Path)
		}
	}
	if got := w.link().Active; got != rotations+1 {
		t.Errorf("want key %d in force, got %d", rotations+1, got)
	}
	w.sound()
}

// wakes lets control wake the orchestrator, as a running server does.
func (w *world) wakes() {
	w.control = control.New(control.Config{
		Store: w.base, Vendors: []ztp.Vendor{w.vendor, nopVendor{}}, Reseller: w.creds, Address: w.address,
		Installation: installation, URL: w.template(), Now: w.clock.now, Wake: w.orch.Wake,
	})
}

func (w *world) template() ztp.URLTemplate {
	w.t.Helper()
	u, err := ztp.TemplateForBase(w.prov)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// mustSucceed waits for an operation that other goroutines work on.
func (w *world) mustSucceed(ctx context.Context, op *ztp.Operation, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Error(err)
		return
	}
	got, err := w.control.WaitOperation(ctx, admin, op.ID, time.Minute)
	if err != nil || got.State != ztp.OperationDone {
		w.t.Errorf("%s %s is %s with error %+v (%v)", got.Kind, got.MAC, got.State, got.Error, err)
	}
}
