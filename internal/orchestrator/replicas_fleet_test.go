package orchestrator_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

// fleet is a world on PostgreSQL with further replicas beside the world's own.
type fleet struct {
	*world
	dsn string
}

// replica is one process on the database of a fleet.
type replica struct {
	*orchestrator.Orchestrator
	store   ztp.Store
	vendor  *slowVendor
	control *control.Control
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	dsn := pgtest.DSN(t)
	clk := &clock{t: time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC)}
	options := storetest.Options{Installation: installation, Clock: clk.now}
	w := newWorld(t, worldOptions{store: storetest.Open(t, dsn, options), clock: clk})
	return &fleet{world: w, dsn: dsn}
}

// another starts a replica with a store and a vendor of its own.
func (f *fleet) replica(change func(ztp.Store) ztp.Store) *replica {
	f.t.Helper()
	var store ztp.Store = storetest.Open(f.t, f.dsn, storetest.Options{Installation: installation, Clock: f.clock.now})
	if change != nil {
		store = change(store)
	}
	url, err := ztp.TemplateForBase(f.prov)
	if err != nil {
		f.t.Fatal(err)
	}
	r := &replica{store: store, vendor: &slowVendor{Vendor: newSnom(f.t, f.wire, f.clock.now)}}
	vendors := []ztp.Vendor{r.vendor, nopVendor{}}
	r.Orchestrator = orchestrator.New(orchestrator.Config{
		Store: store, Vendors: vendors, Reseller: f.creds, Installation: installation,
		URL: url, Now: f.clock.now, Jitter: func(d time.Duration) time.Duration { return d },
	})
	r.control = control.New(control.Config{
		Store: store, Vendors: vendors, Reseller: f.creds, Address: f.address, Installation: installation, URL: url, Now: f.clock.now,
	})
	if err := r.Beat(context.Background()); err != nil {
		f.t.Fatal(err)
	}
	return r
}

// slowVendor holds calls back: the first one says so on held and goes on when let is
// closed, before it is sent or after its answer has come.
type slowVendor struct {
	*snom.Vendor
	held, let     chan struct{}
	before, after string
}

// hold makes the next call of that name wait; it returns when to wait for that and
// what lets the call go on.
func (v *slowVendor) hold(before, after string) (held <-chan struct{}, let func()) {
	v.held, v.let, v.before, v.after = make(chan struct{}), make(chan struct{}), before, after
	return v.held, sync.OnceFunc(func() { close(v.let) })
}

func (v *slowVendor) wait(at *string, name string) {
	if *at == name {
		*at = ""
		close(v.held)
		<-v.let
	}
}

func (v *slowVendor) WriteEndpoint(ctx context.Context, by ztp.APIKey, company string, e ztp.VendorEndpoint) (ztp.VendorEndpoint, error) {
	v.wait(&v.before, "WriteEndpoint")
	got, err := v.Vendor.WriteEndpoint(context.WithoutCancel(ctx), by, company, e)
	v.wait(&v.after, "WriteEndpoint")
	return got, err
}

func (v *slowVendor) WhoAmI(ctx context.Context, by ztp.APIKey) (ztp.VendorCompany, error) {
	v.wait(&v.before, "WhoAmI")
	return v.Vendor.WhoAmI(context.WithoutCancel(ctx), by)
}

func (v *slowVendor) CreateCredential(ctx context.Context, by ztp.APIKey, company, label string) (ztp.VendorKey, ztp.Secret, error) {
	v.wait(&v.before, "CreateCredential")
	k, s, err := v.Vendor.CreateCredential(context.WithoutCancel(ctx), by, company, label)
	v.wait(&v.after, "CreateCredential")
	return k, s, err
}

// begin lets a replica take up the next operation and returns its end.
func (f *fleet) begin(r *replica) (ended <-chan error) {
	done := make(chan error, 1)
	go func() {
		worked, err := r.Work(context.Background())
		if err == nil && !worked {
			err = fmt.Errorf("there was nothing to do")
		}
		done <- err
	}()
	return done
}

func (f *fleet) op(id ztp.OperationID) ztp.Operation {
	f.t.Helper()
	op, err := f.base.Operation(context.Background(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return op
}

func mustClose(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not come", what)
	}
}

func mustReceive(t *testing.T, what string, c <-chan error) {
	t.Helper()
	select {
	case err := <-c:
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	case <-time.After(30 * time.Second):
		t.Fatalf("%s did not end", what)
	}
}

// inUse is a fleet where another replica is writing a phone with the link's key, and
// what lets that end.
func inUse(t *testing.T) (f *fleet, b *replica, ended <-chan error, let func()) {
	t.Helper()
	f = newFleet(t)
	f.press(ztp.KindOnboard)
	b = f.replica(nil)
	held, let := b.vendor.hold("WriteEndpoint", "")
	f.ask(ztp.KindRegister)
	ended = f.begin(b)
	mustClose(t, "the call of the other replica", held)
	return f, b, ended, let
}
