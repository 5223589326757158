package orchestrator_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// What may happen on one link at the same time, and what has changed when an
// operation that waited goes on.

// limited lets the next matching call be refused for a while.
func (w *world) limited(method, resource string) {
	w.sim.AddFault(srapssim.Fault{Method: method, Resource: resource, Nth: 1, Do: srapssim.DoStatus, Status: 429, RetryAfter: 3})
}

// TestTidyThatWaited goes on after an Onboard that made a new key: it must not take
// that one for a leftover.
func TestTidyThatWaited(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.force(), ztp.OperationDone, "")
	w.limited("GET", srapssim.ResourceTokens)
	if err := w.orch.Schedule(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.turn()
	if ops := w.openOps(); len(ops) != 1 || ops[0].Kind != ztp.KindTidy || ops[0].State != ztp.OperationWaiting {
		t.Fatalf("want a tidying that waits, got %v", w.describeOpen())
	}
	w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
	w.mustLink(ztp.LinkConfigured, "")
	w.sound()
}

// TestReleaseThatWaited goes on after an Onboard: the key made for the release is
// revoked, that of the Onboard stays.
func TestReleaseThatWaited(t *testing.T) {
	t.Parallel()
	for name, nth := range map[string]int{"BeforeItsKey": 1, "AfterItsKey": 2} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			w.mustEnd(w.register(phone), ztp.OperationDone, "")
			w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
			if nth == 1 {
				w.limited("POST", srapssim.ResourceTokens)
			} else {
				w.sim.AddFault(srapssim.Fault{Method: "DELETE", Resource: srapssim.ResourceEndpoints, Nth: 2, Do: srapssim.DoStatus, Status: 429, RetryAfter: 3})
			}
			release := w.ask(ztp.KindRelease)
			w.turns(3)
			onboard := w.ask(ztp.KindOnboard)
			w.mustEnd(w.finish(onboard, nil), ztp.OperationDone, "")
			w.mustEnd(w.finish(release, nil), ztp.OperationDone, "")
			if e := w.phoneRow(phone); e.State != ztp.EndpointReleased {
				t.Errorf("the phone is %s", e.State)
			}
			w.mustLink(ztp.LinkConfigured, "")
			w.sound()
		})
	}
}

// TestRotateBesidePhones rotates while an Onboard redirects phones again: thousands of
// them must not keep a key from being replaced.
func TestRotateBesidePhones(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.many(5)
	w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")

	resuming, proving := make(chan struct{}), make(chan struct{})
	var first, proof sync.Once
	w.sim.OnCall(func(c srapssim.Call) {
		w.arrived(c)
		switch {
		case c.Method == "PUT" && c.Resource == srapssim.ResourceEndpoints:
			first.Do(func() {
				close(resuming)
				select {
				case <-proving:
				case <-time.After(10 * time.Second):
					t.Error("the Rotate did not begin beside the phones")
				}
			})
		case c.Method == "GET" && c.Resource == srapssim.ResourceTokens:
			select {
			case <-resuming:
				proof.Do(func() { close(proving) })
			default:
			}
		}
	})
	onboard := w.ask(ztp.KindOnboard)
	ended := make(chan error, 1)
	go func() { _, err := w.orch.Work(t.Context()); ended <- err }()
	<-resuming
	rotate := w.ask(ztp.KindRotate)
	if _, err := w.orch.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	w.mustEnd(w.finish(rotate, nil), ztp.OperationDone, "")
	w.mustEnd(w.finish(onboard, nil), ztp.OperationDone, "")
	w.mustLink(ztp.LinkConfigured, "")
	w.sound()
}

// TestTidyBesideTheResume: what an Onboard is about to redirect again, the hourly tidying
// leaves to it.
func TestTidyBesideTheResume(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.many(5)
	w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
	var once sync.Once
	w.sim.OnCall(func(c srapssim.Call) {
		w.arrived(c)
		if c.Method == "PUT" && c.Resource == srapssim.ResourceEndpoints {
			once.Do(func() {
				if err := w.orch.Schedule(t.Context()); err != nil {
					t.Error(err)
				}
				for _, op := range w.openOps() {
					if op.Kind == ztp.KindTidy {
						t.Error("the tidying redirects the same phones")
					}
				}
			})
		}
	})
	mark := w.mark()
	w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
	if got := w.puts(mark); got != 5 {
		t.Errorf("%d calls changed 5 phones", got)
	}
	w.sound()
}

// TestPhoneChangedWhileResumed pauses a phone at the moment that an Onboard redirects
// it again: the vendor ends with what the admin wished last, and nobody waits for a lease.
func TestPhoneChangedWhileResumed(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
	var once sync.Once
	w.sim.OnCall(func(c srapssim.Call) {
		w.arrived(c)
		if c.Method == "PUT" && c.Resource == srapssim.ResourceEndpoints {
			once.Do(func() {
				if _, err := w.control.PauseEndpoint(t.Context(), admin, w.p.Slug, phone, control.Submission{}); err != nil {
					t.Error(err)
				}
			})
		}
	})
	before := w.clock.now()
	w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
	if d := w.clock.now().Sub(before); d > 10*time.Second {
		t.Errorf("it took %s", d)
	}
	if e := w.phoneRow(phone); e.State != ztp.EndpointPaused || !e.WantPaused {
		t.Errorf("the phone is %s", e.State)
	}
	w.sound()
}

// TestDisableAfterForce finishes at the vendor what a forced Disable left there.
func TestDisableAfterForce(t *testing.T) {
	t.Parallel()
	t.Run("Everything", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.mustEnd(w.force(), ztp.OperationDone, "")
		w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
		if l := w.mustLink(ztp.LinkNotConfigured, ""); l.Unconfirmed {
			t.Error("the revocation is still not confirmed")
		}
		if e := w.phoneRow(phone); e.State != ztp.EndpointPaused {
			t.Errorf("the phone is %s", e.State)
		}
		for _, p := range w.company().Profiles {
			if p.Enabled {
				t.Errorf("profile %s still redirects", p.Name)
			}
		}
		w.sound()
	})
	t.Run("PhonesAfterTheKeysAreTidied", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.mustEnd(w.register(phone), ztp.OperationDone, "")
		w.mustEnd(w.force(), ztp.OperationDone, "")
		w.afterHours()
		if op := w.ask(ztp.KindDisable); op == nil {
			t.Fatal("nothing to disable, and the phone is still redirected")
		}
		w.settle()
		if e := w.phoneRow(phone); e.State != ztp.EndpointPaused {
			t.Errorf("the phone is %s", e.State)
		}
		if w.ask(ztp.KindDisable) != nil {
			t.Error("disabled twice")
		}
		w.sound()
	})
	t.Run("RemovingTheLastKeyConfirms", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		id := w.activeKey()
		w.mustEnd(w.force(), ztp.OperationDone, "")
		w.mustEnd(w.revokeKey(id), ztp.OperationDone, "")
		if w.link().Unconfirmed {
			t.Error("the revocation is still not confirmed")
		}
		w.sound()
	})
}

// TestUpkeepDuringAChange refuses what would work on the keys while they are being
// changed, and names what is running.
func TestUpkeepDuringAChange(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	rotate := w.ask(ztp.KindRotate)
	_, err := w.control.RevokeKey(t.Context(), admin, w.p.Slug, "snom", "ck_ffffffffffffffffffffffffffffffff", control.Submission{})
	if e := ztp.AsError(err); e.Code != ztp.CodeOperationRunning || e.Operation == nil || e.Operation.ID != rotate.ID {
		t.Errorf("want the Rotate named, got %v", err)
	}
	if _, err := w.control.UpdateAddress(t.Context(), admin, w.p.Slug, "snom", control.Submission{}); !ztp.IsCode(err, ztp.CodeOperationRunning) {
		t.Errorf("want operation_running, got %v", err)
	}
}

// TestRowsReadLongAgo pauses and releases phones while an Onboard redirects others
// again: by the time of their turn the list that it works from is old. What the admin
// wished stays true at the vendor, also when the Onboard is cut short.
func TestRowsReadLongAgo(t *testing.T) {
	t.Parallel()
	for name, cut := range map[string]string{"Undisturbed": "", "OneIsLimited": "limited", "Killed": "killed", "ThenDisabled": "disabled"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			w.many(8)
			w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
			paused, released := ztp.MAC{0x00, 0x04, 0x13, 0xB0, 0, 6}, ztp.MAC{0x00, 0x04, 0x13, 0xB0, 0, 7}
			var n atomic.Int64
			w.sim.OnCall(func(c srapssim.Call) {
				w.arrived(c)
				if c.Method != "PUT" || c.Resource != srapssim.ResourceEndpoints {
					return
				}
				switch n.Add(1) {
				case 2:
					if _, err := w.control.PauseEndpoint(t.Context(), admin, w.p.Slug, paused, control.Submission{}); err != nil {
						t.Error(err)
					}
					if _, err := w.control.ReleaseEndpoint(t.Context(), admin, w.p.Slug, released, control.Submission{}); err != nil {
						t.Error(err)
					}
				case 4:
					switch cut {
					case "limited":
						w.limited("GET", srapssim.ResourceEndpoints)
					case "killed":
						w.store.killNext()
					}
				}
			})
			onboard := w.ask(ztp.KindOnboard)
			if cut == "disabled" {
				w.turn()
				w.over(w.ask(ztp.KindDisable))
				w.ask(ztp.KindOnboard) // what waits below a disabled link goes on after it
			}
			w.settle()
			w.over(onboard)
			if e := w.phoneRow(paused); e.State != ztp.EndpointPaused {
				t.Errorf("the paused phone is %s", e.State)
			}
			if e := w.phoneRow(released); e.State != ztp.EndpointReleased {
				t.Errorf("the released phone is %s", e.State)
			}
			w.sound()
		})
	}
}

// TestDisableAfterALostResume pauses a phone whose redirecting was sent and not answered.
func TestDisableAfterALostResume(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]srapssim.Do{"Applied": srapssim.DoLoseAnswer, "AppliedLate": srapssim.DoApplyLate} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			w.mustEnd(w.register(phone), ztp.OperationDone, "")
			w.press(ztp.KindPause)
			w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: do})
			for range 3 { // nor can it be read back
				w.sim.AddFault(srapssim.Fault{Method: "GET", Resource: srapssim.ResourceEndpoints, Nth: 2, Do: srapssim.DoStatus, Status: 503})
			}
			w.ask(ztp.KindResume)
			w.turn()
			disable := w.ask(ztp.KindDisable)
			w.clock.advance(25 * time.Second)
			w.sim.ReleaseLate() // after our first looks, before absence counts
			w.over(disable)
			for _, e := range w.sim.Endpoints(w.link().CompanyID) {
				if e.Enabled {
					t.Errorf("phone %s is redirected below a disabled link", e.MAC)
				}
			}
		})
	}
}

// TestFailedPhoneIsPausedToo: a phone that was refused once may be redirected all the same.
func TestFailedPhoneIsPausedToo(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 1, Do: srapssim.DoStatus, Status: 422})
	w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
	if e := w.phoneRow(phone); e.State != ztp.EndpointFailed {
		t.Fatalf("the phone is %s", e.State)
	}
	w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
	w.mustEnd(w.run(ztp.KindDisable), ztp.OperationDone, "")
	if e := w.phoneRow(phone); e.State != ztp.EndpointPaused {
		t.Errorf("the phone is %s", e.State)
	}
	w.sound()
}

// TestCompanyGoneAfterForce: what a forced Disable left redirected in a company that is
// gone is redirected by the next Onboard in the new one.
func TestCompanyGoneAfterForce(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.register(phone), ztp.OperationDone, "")
	w.mustEnd(w.force(), ztp.OperationDone, "")
	w.sim.DeleteCompany(w.link().CompanyID)
	w.mustEnd(w.run(ztp.KindOnboard), ztp.OperationDone, "")
	if e := w.phoneRow(phone); e.State != ztp.EndpointListed {
		t.Errorf("the phone is %s", e.State)
	}
	w.sound()
}

// over lets the orchestrator work until the operation has come to its end, whatever
// else is open.
func (w *world) over(op *ztp.Operation) {
	w.t.Helper()
	for range 500 {
		got, err := w.base.Operation(w.t.Context(), op.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if got.State.Final() {
			return
		}
		w.turn()
		w.clock.advance(time.Second)
	}
	w.t.Fatalf("%s is still open: %v", op.Kind, w.describeOpen())
}

// A resync that ended a month ago is forgotten, whether there is ever another one or not.
func TestOldResyncsAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t, worldOptions{})
	now := w.clock.now()
	for id, state := range map[ztp.ResyncID]ztp.ResyncState{"old": ztp.ResyncDone, "open": ztp.ResyncRunning} {
		r := ztp.Resync{ID: id, Platform: w.p.ID, State: state, EndsAt: now, CreatedAt: now}
		if state != ztp.ResyncRunning {
			r.FinishedAt = now
		}
		if err := w.base.CreateResync(t.Context(), r, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{2, 1} {
		if err := w.orch.Schedule(t.Context()); err != nil {
			t.Fatal(err)
		}
		page, err := w.base.ListResyncs(t.Context(), ztp.ResyncQuery{})
		if err != nil || len(page.Items) != want {
			t.Errorf("%d resyncs, want %d: %v", len(page.Items), want, err)
		}
		w.clock.advance(ztp.ResyncKept + time.Second)
	}
}
