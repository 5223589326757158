package orchestrator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// nth is a phone of many.
func nth(i int) ztp.MAC { return ztp.MAC{0x00, 0x04, 0x13, 0xC0, byte(i >> 8), byte(i)} }

// wanted makes n phones wanted that the vendor does not have, as an import does, and
// queues them in one operation.
func (w *world) wanted(n int) *ztp.Operation {
	w.t.Helper()
	op, err := w.tryWanted(n)
	if err != nil {
		w.t.Fatal(err)
	}
	return op
}

func (w *world) tryWanted(n int) (*ztp.Operation, error) {
	ctx, now := context.Background(), w.clock.now()
	op := ztp.Operation{ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindBulk, Platform: w.p.ID, Vendor: "snom", State: ztp.OperationQueued,
		Steps: ztp.StepsOf(ztp.KindBulk, ztp.OperationParams{}), Actor: admin, CreatedAt: now, UpdatedAt: now}
	err := w.base.Tx(ctx, func(s ztp.Store) error {
		var items []ztp.PhoneItem
		for i := range n {
			e := ztp.Endpoint{Platform: w.p.ID, Vendor: "snom", MAC: nth(i), Account: w.account.ID, ProductGroup: "D-Series", State: ztp.EndpointWanted,
				Name: fmt.Sprint("Desk ", i), CreatedAt: now, UpdatedAt: now}
			if err := s.SaveEndpoint(ctx, e); err != nil {
				return err
			}
			items = append(items, ztp.PhoneItem{Operation: op.ID, MAC: nth(i), Action: ztp.ItemWrite, State: ztp.PhoneItemQueued, UpdatedAt: now})
		}
		if err := s.CreateOperation(ctx, op); err != nil {
			return err
		}
		return s.AddPhoneItems(ctx, w.p.ID, "snom", items)
	})
	return &op, err
}

// bulkOf asks for the same of phones 0 to n-1.
func (w *world) bulkOf(action string, n int) *ztp.Operation {
	w.t.Helper()
	macs := make([]ztp.MAC, n)
	for i := range macs {
		macs[i] = nth(i)
	}
	w.clock.advance(1e6)
	op, err := w.control.BulkEndpoints(context.Background(), admin, w.p.Slug, control.BulkRequest{Action: action, MACs: macs})
	if err != nil {
		w.t.Fatal(err)
	}
	return &op
}

func (w *world) tally(op *ztp.Operation) ztp.PhoneTally {
	w.t.Helper()
	t, err := w.base.CountPhoneItems(context.Background(), op.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

func (w *world) mustTally(op *ztp.Operation, want ztp.PhoneTally) {
	w.t.Helper()
	if d := cmp.Diff(want, w.tally(op)); d != "" {
		w.t.Errorf("phones of the operation (-want +got):\n%s", d)
	}
}

// mustAgree compares the vendor's list with our rows, phone by phone.
func (w *world) mustAgree(n int) {
	w.t.Helper()
	theirs := map[string]srapssim.Endpoint{}
	for _, e := range w.sim.Endpoints(w.link().CompanyID) {
		theirs[strings.ToUpper(e.MAC)] = e
	}
	for i := range n {
		e := w.phoneRow(nth(i))
		at, there := theirs[e.MAC.Bare()]
		switch {
		case e.State == ztp.EndpointReleased && !there, e.State == ztp.EndpointFailed:
		case e.State == ztp.EndpointListed && there && at.Enabled && at.Redirect != "" && at.Name == e.Name && !e.ConfirmedAt.IsZero():
		case e.State == ztp.EndpointPaused && there && !at.Enabled && e.WantPaused:
		default:
			w.t.Errorf("phone %s is %s here (paused %t); at the vendor: there %t, enabled %t, name %q", e.MAC, e.State, e.WantPaused, there, at.Enabled, at.Name)
		}
	}
}

// puts counts the writes and deletions of phones at the vendor since mark.
func (w *world) puts(mark int) (n int) {
	for _, c := range w.changes(mark) {
		if strings.HasSuffix(c, " endpoints") {
			n++
		}
	}
	return n
}

// TestMany registers, pauses, resumes and gives up: each phone takes exactly one call
// that changes something, and the list confirms it.
func TestMany(t *testing.T) {
	t.Parallel()
	const n = 150
	w := onboarded(t, srapssim.Options{})
	company, before := w.link().CompanyID, len(w.sim.Endpoints(w.link().CompanyID))
	mark := w.mark()
	op := w.wanted(n)
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: n})
	if got := w.puts(mark); got != n {
		t.Errorf("%d calls changed %d phones", got, n)
	}
	if got := len(w.calls(mark)); got > n+4 {
		t.Errorf("%d calls for %d phones", got, n)
	}
	w.mustAgree(n)
	for _, x := range []struct {
		action string
		state  ztp.EndpointState
	}{{control.BulkPause, ztp.EndpointPaused}, {control.BulkResume, ztp.EndpointListed}, {control.BulkRelease, ztp.EndpointReleased}} {
		mark := w.mark()
		op := w.bulkOf(x.action, n)
		w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
		w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: n})
		if got := w.puts(mark); got != n {
			t.Errorf("%s: %d calls changed %d phones", x.action, got, n)
		}
		w.mustAgree(n)
		if got := w.phoneRow(nth(n - 1)).State; got != x.state {
			t.Errorf("%s: the last phone is %s", x.action, got)
		}
	}
	if got := len(w.sim.Endpoints(company)); got != before {
		t.Errorf("the company has %d phones after their release, and had %d before", got, before)
	}
	w.sound()
}

// TestManyMarksAhead: while calls are under way the next phones are marked as sent, so that
// the vendor never waits for a commit of ours. The last call of the first batch is not
// answered before.
func TestManyMarksAhead(t *testing.T) {
	t.Parallel()
	const n, first = 100, 64
	w := onboarded(t, srapssim.Options{})
	var op *ztp.Operation
	var puts atomic.Int64
	w.sim.OnCall(func(c srapssim.Call) {
		w.arrived(c)
		if c.Method != "PUT" || c.Resource != srapssim.ResourceEndpoints || puts.Add(1) != first {
			return
		}
		for end := time.Now().Add(10 * time.Second); w.tally(op)[ztp.PhoneItemSent] <= first; runtime.Gosched() {
			if time.Now().After(end) {
				t.Error("nothing was marked while calls were under way")
				return
			}
		}
	})
	op = w.wanted(n)
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustAgree(n)
	w.sound()
}

// TestManyKeepsThePortalsFields: what people set in the vendor's portal stays, of phones
// that the list shows whole and of those that it shows in part.
func TestManyKeepsThePortalsFields(t *testing.T) {
	t.Parallel()
	for name, partial := range map[string]bool{"WholeLists": false, "PartialLists": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			company := w.link().CompanyID
			w.mustEnd(w.finish(w.wanted(3), nil), ztp.OperationDone, "")
			byHand := *w.phoneAt(company, nth(1))
			byHand.Extra = map[string]json.RawMessage{"description": json.RawMessage(`"reception"`), "warranty_exp_warning_period": json.RawMessage(`12`)}
			w.sim.PutEndpoint(company, byHand)
			if partial {
				w.wire.lists = func(o map[string]json.RawMessage) { delete(o, "description") }
			}
			w.mustEnd(w.finish(w.bulkOf(control.BulkPause, 3), nil), ztp.OperationDone, "")
			w.mustAgree(3)
			for field, want := range byHand.Extra {
				if got := w.phoneAt(company, nth(1)).Extra[field]; string(got) != string(want) {
					t.Errorf("%s is %s, want %s", field, got, want)
				}
			}
		})
	}
}

// TestManyRefused: what is refused is one phone's, with its reason; the rest goes on.
func TestManyRefused(t *testing.T) {
	t.Parallel()
	t.Run("SomePhones", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.sim.AddFault(srapssim.Fault{Method: "PUT", Resource: srapssim.ResourceEndpoints, Nth: 3, Do: srapssim.DoStatus, Status: 400})
		op := w.wanted(20)
		w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
		w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: 19, ztp.PhoneItemFailed: 1})
		w.mustAgree(20)
		w.sound()
	})
	t.Run("TakenElsewhere", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		other := w.sim.AddCompany(w.own(), "somebody else's")
		for _, i := range []int{0, 7, 8, 19} {
			w.sim.PutEndpoint(other, srapssim.Endpoint{MAC: nth(i).Bare(), Enabled: true})
		}
		mark := w.mark()
		op := w.wanted(20)
		w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
		w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: 16, ztp.PhoneItemFailed: 4})
		if e := w.phoneRow(nth(7)); e.State != ztp.EndpointFailed || e.Error == nil || e.Error.Code != ztp.CodeEndpointTaken {
			t.Errorf("the phone is %s with error %+v", e.State, e.Error)
		}
		profile := 0
		for _, c := range w.changes(mark) {
			if strings.HasSuffix(c, "provisioning-profiles") {
				profile++
			}
		}
		if profile != 1 {
			t.Errorf("the profile was written %d times", profile)
		}
	})
	t.Run("WeakKey", func(t *testing.T) {
		t.Parallel()
		w := onboarded(t, srapssim.Options{})
		w.sim.SetRole(w.activeKey(), "")
		op := w.wanted(40)
		w.mustEnd(w.finish(op, nil), ztp.OperationFailed, ztp.CodeVendorKeyRejected)
		w.mustLink(ztp.LinkNeedsAttention, ztp.CodeVendorKeyRejected)
		w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemCancelled: 40})
		if e := w.phoneRow(nth(0)); e.State != ztp.EndpointFailed || e.Error == nil {
			t.Errorf("the phone is %s with error %+v", e.State, e.Error)
		}
		w.mustEnd(w.run(ztp.KindRotate), ztp.OperationDone, "")
		again, err := w.control.ResumeOperation(t.Context(), admin, op.ID, control.Submission{})
		w.mustEnd(w.finish(&again, err), ztp.OperationDone, "")
		w.mustTally(&again, ztp.PhoneTally{ztp.PhoneItemDone: 40})
		w.mustAgree(40)
		w.sound()
	})
}

// TestManyTakenBySiblings: what another platform's company has is named to whoever may
// know, with the offer to move it, and what a stranger has is taken elsewhere. The
// companies are not looked into for ever.
func TestManyTakenBySiblings(t *testing.T) {
	t.Parallel()
	const n, strangers = 260, 240
	w := newWorld(t, worldOptions{sim: srapssim.Options{ChildWrites: true}})
	w.press(ztp.KindOnboard)
	w.doStep(secondOnboarded)
	second, other := w.second(), w.sim.AddCompany(w.own(), "somebody else's")
	for i := range n {
		switch {
		case i < 2:
			w.sim.PutEndpoint(second.CompanyID, srapssim.Endpoint{MAC: nth(i).Bare(), Enabled: true})
		case i < 2+strangers:
			w.sim.PutEndpoint(other, srapssim.Endpoint{MAC: nth(i).Bare(), Enabled: true})
		}
	}
	mark := w.mark()
	op := w.wanted(n)
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: n - 2 - strangers, ztp.PhoneItemFailed: 2 + strangers})
	for i := range 3 {
		want := ztp.PlatformID("")
		if i < 2 {
			want = second.Platform
		}
		if e := w.phoneRow(nth(i)); e.Error == nil || e.Error.Code != ztp.CodeEndpointTaken || e.Error.Holder != want {
			t.Errorf("phone %d has error %+v, want holder %q", i, e.Error, want)
		}
	}
	looks := 0
	for _, c := range w.calls(mark) {
		if c.Company == second.CompanyID && c.Resource == srapssim.ResourceEndpoints {
			looks++
		}
	}
	if looks != 200 {
		t.Errorf("the other company was looked into %d times, want no more than 200", looks)
	}
}

// TestManySilentlyDropped: a vendor accepts a phone and does not have it.
func TestManySilentlyDropped(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.wire.drop = func(mac string) bool { return mac == nth(5).Bare() }
	op := w.wanted(12)
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
	w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: 11, ztp.PhoneItemFailed: 1})
	if e := w.phoneRow(nth(5)); e.State != ztp.EndpointFailed || e.Error == nil || e.Error.Code != ztp.CodeVendorRejected {
		t.Errorf("the dropped phone is %s with error %+v", e.State, e.Error)
	}
	w.mustAgree(12)
}

// TestManyPushedBack: a vendor that asks for less gets less, and everything in the end.
func TestManyPushedBack(t *testing.T) {
	t.Parallel()
	for _, f := range []srapssim.Fault{
		{Do: srapssim.DoStatus, Status: 429, RetryAfter: 3}, {Do: srapssim.DoStatus, Status: 503}, {Do: srapssim.DoLoseAnswer}, {Do: srapssim.DoLoseRequest}, {Do: srapssim.DoTruncate},
	} {
		t.Run(fmt.Sprint(f.Do, f.Status), func(t *testing.T) {
			t.Parallel()
			w := onboarded(t, srapssim.Options{})
			for _, n := range []int{1, 5, 9, 14, 15, 16, 17} {
				f.Method, f.Resource, f.Nth = "PUT", srapssim.ResourceEndpoints, n
				w.sim.AddFault(f)
			}
			op := w.wanted(30)
			w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
			w.mustTally(op, ztp.PhoneTally{ztp.PhoneItemDone: 30})
			w.mustAgree(30)
			w.sound()
		})
	}
}

// TestManyRefusedAtOnce needs no vendor.
func TestManyRefusedAtOnce(t *testing.T) {
	t.Parallel()
	w := onboarded(t, srapssim.Options{})
	w.mustEnd(w.finish(w.wanted(2), nil), ztp.OperationDone, "")
	cases := map[string]struct {
		r     control.BulkRequest
		field string
	}{
		"UnknownAction": {control.BulkRequest{Action: "reboot", MACs: []ztp.MAC{nth(0)}}, "action"},
		"NoPhones":      {control.BulkRequest{Action: control.BulkPause}, "macs"},
		"UnknownPhone":  {control.BulkRequest{Action: control.BulkPause, MACs: []ztp.MAC{nth(0), nth(1), nth(2)}}, "macs"},
		"TooMany":       {control.BulkRequest{Action: control.BulkPause, MACs: slices.Repeat([]ztp.MAC{nth(0)}, 1)}, ""},
	}
	many := make([]ztp.MAC, control.MaxBulk+1)
	for i := range many {
		many[i] = nth(i)
	}
	cases["TooMany"] = struct {
		r     control.BulkRequest
		field string
	}{control.BulkRequest{Action: control.BulkPause, MACs: many}, "macs"}
	for name, c := range cases {
		_, err := w.control.BulkEndpoints(t.Context(), admin, w.p.Slug, c.r)
		if !ztp.IsCode(err, ztp.CodeInvalid) || ztp.AsError(err).Fields[c.field] == "" {
			t.Errorf("%s: want field %s, got %v", name, c.field, err)
		}
	}
	if e := w.phoneRow(nth(0)); e.WantPaused {
		t.Error("a refused request has changed a phone")
	}
	op := w.bulkOf(control.BulkPause, 2)
	if _, err := w.control.BulkEndpoints(t.Context(), admin, w.p.Slug, control.BulkRequest{Action: control.BulkResume, MACs: []ztp.MAC{nth(0)}}); !ztp.IsCode(err, ztp.CodeOperationRunning) {
		t.Errorf("a second one: %v", err)
	}
	w.mustEnd(w.finish(op, nil), ztp.OperationDone, "")
}
