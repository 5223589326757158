package orchestrator_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// What scenario tests ask a world, beside the buttons of world_test.go.

// onboarded is a world whose platform is configured.
func onboarded(t *testing.T, sim srapssim.Options) *world {
	t.Helper()
	w := newWorld(t, worldOptions{sim: sim})
	w.press(ztp.KindOnboard)
	return w
}

// run presses a button once and returns the operation when it has come to its end.
func (w *world) run(kind ztp.OperationKind) ztp.Operation {
	w.t.Helper()
	op := w.ask(kind)
	if op == nil {
		w.t.Fatalf("%s: there was nothing to do", kind)
	}
	return w.finish(op, nil)
}

// finish lets the world come to rest and reads how the operation ended.
func (w *world) finish(op *ztp.Operation, err error) ztp.Operation {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	w.clock.advance(time.Millisecond) // newest first needs a later time
	got, err := w.base.Operation(context.Background(), op.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

// end is finish for what control's methods return.
func (w *world) end(r control.Result, err error) ztp.Operation {
	w.t.Helper()
	if err == nil && r.Operation == nil {
		w.t.Fatal("there was nothing to do")
	}
	return w.finish(r.Operation, err)
}

// endPhone is end for writes of phones.
func (w *world) endPhone(r control.EndpointResult, err error) ztp.Operation {
	w.t.Helper()
	return w.finish(r.Operation, err)
}

func (w *world) mustEnd(op ztp.Operation, state ztp.OperationState, code ztp.Code) {
	w.t.Helper()
	var got ztp.Code
	if op.Error != nil {
		got = op.Error.Code
	}
	if op.State != state || got != code {
		w.t.Fatalf("%s is %s with error %+v, want %s %q", op.Kind, op.State, op.Error, state, code)
	}
}

// mustLink compares the link's state and error code.
func (w *world) mustLink(state ztp.LinkState, code ztp.Code) ztp.Link {
	w.t.Helper()
	l := w.link()
	var got ztp.Code
	if l.Error != nil {
		got = l.Error.Code
	}
	if l.State != state || got != code {
		w.t.Fatalf("link is %s with error %+v, want %s %q", l.State, l.Error, state, code)
	}
	return l
}

// sound checks every invariant at rest.
func (w *world) sound() {
	w.t.Helper()
	for _, b := range w.verify() {
		w.t.Error(b)
	}
}

// calls returns what arrived at the vendor since mark.
func (w *world) calls(mark int) []srapssim.Call { return w.sim.Calls()[mark:] }

func (w *world) mark() int { return len(w.sim.Calls()) }

// changes lists the calls since mark that were carried out and changed something.
func (w *world) changes(mark int) []string {
	var out []string
	for _, c := range w.calls(mark) {
		if c.Applied {
			out = append(out, c.Method+" "+c.Resource)
		}
	}
	return out
}

func (w *world) mustChange(mark int, want ...string) {
	w.t.Helper()
	if d := cmp.Diff(want, w.changes(mark)); d != "" {
		w.t.Errorf("changes at the vendor (-want +got):\n%s", d)
	}
}

// own is the reseller's own company.
func (w *world) own() string {
	for _, c := range w.sim.State().Companies {
		if c.Kind == srapssim.KindReseller {
			return c.ID
		}
	}
	w.t.Fatal("there is no reseller")
	return ""
}

// foreignKey makes a key in the company that we did not make.
func (w *world) foreignKey(company string) string {
	id, _ := w.sim.AddKey(company, "made by hand", srapssim.DefaultRole)
	return id
}

// credential is one row.
func (w *world) credential(n int) ztp.Credential {
	w.t.Helper()
	c, err := w.base.Credential(context.Background(), w.p.ID, "snom", n)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// states lists the states of all credentials by number.
func (w *world) states() []ztp.CredentialState {
	w.t.Helper()
	rows, err := w.base.Credentials(context.Background(), w.p.ID, "snom")
	if err != nil {
		w.t.Fatal(err)
	}
	var out []ztp.CredentialState
	for _, c := range rows {
		out = append(out, c.State)
	}
	return out
}

func (w *world) mustStates(want ...ztp.CredentialState) {
	w.t.Helper()
	if d := cmp.Diff(want, w.states()); d != "" {
		w.t.Errorf("credentials (-want +got):\n%s", d)
	}
}

// activeKey is the vendor's id of the key in force.
func (w *world) activeKey() string {
	w.t.Helper()
	return w.credential(w.link().Active).VendorID
}

// keyIDs lists the keys of a company at the vendor.
func (w *world) keyIDs(company string) []string {
	var out []string
	for _, k := range w.sim.Keys(company) {
		out = append(out, k.ID)
	}
	return out
}

// phoneRow is the phone as it is recorded here.
func (w *world) phoneRow(mac ztp.MAC) ztp.Endpoint {
	w.t.Helper()
	e, err := w.base.Endpoint(context.Background(), w.p.ID, mac)
	if err != nil {
		w.t.Fatal(err)
	}
	return e
}

// phoneAt is the phone as the vendor has it; nil when it has not.
func (w *world) phoneAt(company string, mac ztp.MAC) *srapssim.Endpoint {
	for _, e := range w.sim.Endpoints(company) {
		if strings.EqualFold(e.MAC, mac.Bare()) {
			return &e
		}
	}
	return nil
}

// register registers a phone of the first account and waits for it.
func (w *world) register(mac ztp.MAC) ztp.Operation {
	w.t.Helper()
	return w.endPhone(w.control.PutEndpoint(context.Background(), admin, w.p.Slug, mac, control.EndpointRequest{Account: w.account.Slug}))
}

// hourly lets what is due every hour come round.
func (w *world) hourly() {
	w.t.Helper()
	w.clock.advance(time.Hour + time.Minute)
	if err := w.orch.Schedule(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
}

// daily lets the daily check come round and returns how it ended.
func (w *world) daily() ztp.Operation {
	w.t.Helper()
	w.clock.advance(24*time.Hour + time.Minute)
	if err := w.orch.Schedule(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	w.settle()
	return w.last(ztp.KindCheck)
}

// last is the newest operation of a kind.
func (w *world) last(kind ztp.OperationKind) ztp.Operation {
	w.t.Helper()
	page, err := w.base.ListOperations(context.Background(), ztp.OperationQuery{Platform: w.p.ID, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(page.Items, func(op ztp.Operation) bool { return op.Kind == kind })
	if i < 0 {
		w.t.Fatalf("there was no %s", kind)
	}
	return page.Items[i]
}

// turn lets the orchestrator take up one operation.
func (w *world) turn() {
	w.t.Helper()
	if _, err := w.orch.Work(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

// another makes a second platform with an account.
func (w *world) another(name string) (ztp.Platform, ztp.Account) {
	w.t.Helper()
	ctx := context.Background()
	p, _, err := w.control.CreatePlatform(ctx, admin, control.NewPlatform{Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	a, _, _, err := w.control.CreateAccount(ctx, admin, p.Slug, control.NewAccount{Name: "Main"})
	if err != nil {
		w.t.Fatal(err)
	}
	return p, a
}

// refuse makes every call of the method to the resource answer with the status.
func (w *world) refuse(method, resource string, status int) {
	w.sim.AddFault(srapssim.Fault{Method: method, Resource: resource, Do: srapssim.DoStatus, Status: status})
}
