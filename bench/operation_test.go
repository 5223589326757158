package bench_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// stopwatch is a transport that counts the vendor's calls and their time, from
// the request's first byte to the answer's header.
type stopwatch struct {
	base  http.RoundTripper
	spent atomic.Int64
	calls atomic.Int64
}

func (s *stopwatch) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	res, err := s.base.RoundTrip(r)
	s.spent.Add(int64(time.Since(began)))
	s.calls.Add(1)
	return res, err
}

type proven struct{}

func (proven) Check(context.Context, ztp.URLTemplate) error { return nil }

type fixed struct{ key ztp.APIKey }

func (f fixed) Reseller(context.Context, ztp.VendorName) (ztp.APIKey, error) { return f.key, nil }
func (fixed) Where(ztp.VendorName) string                                    { return "" }

var admin = ztp.Actor{Kind: ztp.ActorLocal, Name: "bench", Role: ztp.SuperAdmin}

// bench is the product without its network side: a real SQLite file with full
// synchronisation, control, orchestrator, adapter, and the simulator.
type bench struct {
	b     *testing.B
	watch *stopwatch
	ctl   *control.Control
	orch  *orchestrator.Orchestrator
	// What further processes need: where the vendor is, and what they share.
	base   string
	store  *sqlstore.Store
	source fixed
	url    ztp.URLTemplate
	own    time.Duration
	calls  int64
}

func newBench(b *testing.B) *bench {
	b.Helper()
	sim := srapssim.New(srapssim.Options{})
	b.Cleanup(sim.Close)
	srv := httptest.NewServer(sim.Handler())
	b.Cleanup(srv.Close)
	return onto(b, sim, srv.URL, 0)
}

// onto is the product on a simulator, with so many calls a second, 0 for any number.
func onto(b *testing.B, sim *srapssim.Server, at string, rate float64) *bench {
	b.Helper()
	store, err := sqlstore.Open(context.Background(), sqlstore.Config{
		DSN: filepath.Join(b.TempDir(), "zerotouch.db"), RootKey: storetest.RootKey, Installation: "bench", Migrate: true, Exclusive: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	x := &bench{b: b, watch: &stopwatch{base: http.DefaultTransport}}
	vendor, err := snom.New(snom.Config{BaseURL: at + srapssim.APIPrefix, AllowPrivate: true, Transport: x.watch, Rate: rate, Burst: 20})
	if err != nil {
		b.Fatal(err)
	}
	key := sim.Resellers()[0].KeyID
	source := fixed{ztp.APIKey{ID: key, Secret: ztp.NewSecret(sim.SecretOf(key))}}
	url, err := ztp.TemplateForBase("https://prov.example.net")
	if err != nil {
		b.Fatal(err)
	}
	x.base, x.store, x.source, x.url = at+srapssim.APIPrefix, store, source, url
	vendors := []ztp.Vendor{vendor}
	x.orch = orchestrator.New(orchestrator.Config{Store: store, Vendors: vendors, Reseller: source, Installation: "bench", URL: url})
	x.ctl = control.New(control.Config{Store: store, Vendors: vendors, Reseller: source, Address: proven{}, Companies: x.orch.Companies, Installation: "bench", URL: url})
	return x
}

// platform makes the nth platform with an account.
func (x *bench) platform(n int) string {
	x.b.Helper()
	ctx := context.Background()
	p, _, err := x.ctl.CreatePlatform(ctx, admin, control.NewPlatform{Name: fmt.Sprintf("Platform %d", n)})
	if err != nil {
		x.b.Fatal(err)
	}
	if _, _, _, err := x.ctl.CreateAccount(ctx, admin, p.Slug, control.NewAccount{Name: "Main"}); err != nil {
		x.b.Fatal(err)
	}
	return p.Slug
}

// measure asks for an operation and runs it to its end; what was not spent in
// the vendor's calls is our own time.
func (x *bench) measure(ask func() (*ztp.Operation, error)) {
	x.b.Helper()
	spent, calls, began := x.watch.spent.Load(), x.watch.calls.Load(), time.Now()
	op, err := ask()
	if err != nil {
		x.b.Fatal(err)
	}
	for {
		worked, err := x.orch.Work(context.Background())
		if err != nil {
			x.b.Fatal(err)
		}
		if !worked {
			break
		}
	}
	x.own += time.Since(began) - time.Duration(x.watch.spent.Load()-spent)
	x.calls += x.watch.calls.Load() - calls
	if got, err := x.ctl.Operation(context.Background(), admin, op.ID); err != nil || got.State != ztp.OperationDone {
		x.b.Fatalf("%s is %s: %v", op.Kind, got.State, err)
	}
}

func (x *bench) report() {
	n := float64(x.b.N)
	x.b.ReportMetric(float64(x.own.Microseconds())/1000/n, "own-ms/op")
	x.b.ReportMetric(float64(x.calls)/n, "vendor-calls/op")
	x.b.ReportMetric(0, "ns/op")
}

var submission = control.Submission{}

func (x *bench) onboard(p string) {
	x.measure(func() (*ztp.Operation, error) {
		r, err := x.ctl.Onboard(context.Background(), admin, p, "snom", submission)
		return r.Operation, err
	})
}

// BenchmarkOnboard is an Onboard of a new platform each.
func BenchmarkOnboard(b *testing.B) {
	x := newBench(b)
	x.onboard(x.platform(0)) // reads the vendor's catalogue, once a day
	x.own, x.calls = 0, 0
	for i := range b.N {
		x.onboard(x.platform(i + 1))
	}
	x.report()
}

// BenchmarkRotate rotates one platform again and again.
func BenchmarkRotate(b *testing.B) {
	x := newBench(b)
	p := x.platform(0)
	x.onboard(p)
	x.own, x.calls = 0, 0
	for range b.N {
		x.measure(func() (*ztp.Operation, error) {
			r, err := x.ctl.Rotate(context.Background(), admin, p, "snom", control.RotateRequest{})
			return r.Operation, err
		})
	}
	x.report()
}

// BenchmarkDisable disables a new platform each, without phones.
func BenchmarkDisable(b *testing.B) {
	x := newBench(b)
	x.onboard(x.platform(0))
	var own time.Duration
	var made int64
	for i := range b.N {
		p := x.platform(i + 1)
		x.onboard(p)
		before, calls := x.own, x.calls
		x.measure(func() (*ztp.Operation, error) {
			r, err := x.ctl.Disable(context.Background(), admin, p, "snom", control.DisableRequest{})
			return r.Operation, err
		})
		own, made = own+x.own-before, made+x.calls-calls
	}
	x.own, x.calls = own, made
	x.report()
}

// BenchmarkRegister registers a new phone each.
func BenchmarkRegister(b *testing.B) {
	x := newBench(b)
	p := x.platform(0)
	x.onboard(p)
	x.own, x.calls = 0, 0
	for i := range b.N {
		x.measure(func() (*ztp.Operation, error) {
			r, err := x.ctl.PutEndpoint(context.Background(), admin, p, ztp.MAC{0, 4, 0x13, byte(i >> 16), byte(i >> 8), byte(i)}, control.EndpointRequest{Account: "main"})
			return r.Operation, err
		})
	}
	x.report()
}
