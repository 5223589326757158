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
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// changing counts the calls that change phones.
type changing struct {
	to http.Handler
	n  atomic.Int64
}

func (c *changing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		c.n.Add(1)
	}
	c.to.ServeHTTP(w, r)
}

// BenchmarkMany writes -benchtime phones that the vendor does not have yet, in one
// operation: at 20 calls a second and answers after 50 ms, or with as many calls as there
// may be and answers after 5 ms. In the middle one more phone is registered, alone.
func BenchmarkMany(b *testing.B) {
	b.Run("20PerSecond", func(b *testing.B) { many(b, 20, 50*time.Millisecond) })
	b.Run("NoLimit", func(b *testing.B) { many(b, 0, 5*time.Millisecond) })
}

// BenchmarkThroughADisable disables a platform with -benchtime phones and onboards it
// again: every phone is paused and redirected with one call each, and no MAC is free at
// any answer in between.
func BenchmarkThroughADisable(b *testing.B) {
	if b.N == 1 {
		return // the testing package tries one round first
	}
	f, changes, p, a := manyAt(b, 0, 5*time.Millisecond)
	defer func() { f.stop() }()
	f.ended(f.wanted(p, a, b.N))
	l, err := f.store.Link(context.Background(), p.ID, "snom")
	if err != nil {
		b.Fatal(err)
	}
	var answers, free atomic.Int64
	f.sim.OnAnswer(func(srapssim.Call) {
		if answers.Add(1)%100 == 0 && len(f.sim.Endpoints(l.CompanyID)) != b.N {
			free.Add(1)
		}
	})
	b.ResetTimer()
	changed := changes.n.Load()
	d, err := f.ctl.Disable(context.Background(), admin, p.Slug, "snom", control.DisableRequest{})
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	f.ended(d.Operation.ID)
	b.ReportMetric(time.Since(began).Seconds(), "disable-s")
	for _, e := range f.sim.Endpoints(l.CompanyID) {
		if e.Enabled {
			b.Fatal("a phone is redirected below a disabled link")
		}
	}
	began = time.Now()
	r, err := f.ctl.Onboard(context.Background(), admin, p.Slug, "snom", control.Submission{})
	if err != nil {
		b.Fatal(err)
	}
	f.ended(r.Operation.ID)
	b.ReportMetric(time.Since(began).Seconds(), "onboard-s")
	redirected := 0
	for _, e := range f.sim.Endpoints(l.CompanyID) {
		if e.Enabled && e.Redirect != "" {
			redirected++
		}
	}
	if free.Load() > 0 || redirected != b.N {
		b.Fatalf("%d of %d phones are redirected again; a MAC was free at %d answers", redirected, b.N, free.Load())
	}
	b.ReportMetric(float64(changes.n.Load()-changed), "changing-calls")
	b.ReportMetric(float64(answers.Load()), "calls")
}

// manyAt is a platform with an onboarded link and no phones, at a simulator that counts.
func manyAt(b *testing.B, rate float64, latency time.Duration) (*fleet, *changing, ztp.Platform, ztp.Account) {
	b.Helper()
	sim := srapssim.New(srapssim.Options{KeepCalls: 1, Latency: latency})
	b.Cleanup(sim.Close)
	changes := &changing{to: sim.Handler()}
	srv := httptest.NewServer(changes)
	b.Cleanup(srv.Close)
	f := &fleet{b: b, sim: sim, watch: &stopwatch{base: &http.Transport{MaxIdleConnsPerHost: 64}}}
	base, file := srv.URL+srapssim.APIPrefix, filepath.Join(b.TempDir(), "zerotouch.db")
	f.open(base, file, 0)
	ctx := context.Background()
	p, _, err := f.ctl.CreatePlatform(ctx, admin, control.NewPlatform{Name: "Platform"})
	if err != nil {
		b.Fatal(err)
	}
	a, _, _, err := f.ctl.CreateAccount(ctx, admin, p.Slug, control.NewAccount{Name: "Main"})
	if err != nil {
		b.Fatal(err)
	}
	r, err := f.ctl.Onboard(ctx, admin, p.Slug, "snom", control.Submission{})
	if err != nil {
		b.Fatal(err)
	}
	f.ended(r.Operation.ID)
	f.stop()
	f.open(base, file, rate)
	return f, changes, p, a
}

func many(b *testing.B, rate float64, latency time.Duration) {
	if b.N == 1 {
		return // the testing package tries one round first
	}
	ctx := context.Background()
	f, changes, p, a := manyAt(b, rate, latency)
	defer func() { f.stop() }()
	calls, changed := f.watch.calls.Load(), changes.n.Load()
	heap := newHeap()
	b.ResetTimer()
	began := time.Now()
	op := f.wanted(p, a, b.N)
	one := f.oneAmongThem(p, a, op, b.N)
	end := f.ended(op)
	took := time.Since(began)
	t, err := f.store.CountPhoneItems(ctx, op)
	if err != nil || t[ztp.PhoneItemDone] != b.N {
		b.Fatalf("%s: %v, %v", end.State, t, err)
	}
	sent, puts := f.watch.calls.Load()-calls, changes.n.Load()-changed-1 // the one phone
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(float64(b.N)/took.Seconds(), "phones/s")
	b.ReportMetric(float64(puts), "changing-calls")
	b.ReportMetric(float64(sent), "calls")
	b.ReportMetric(one.Seconds(), "one-phone-s")
	b.ReportMetric(heap.most(), "heap-MB")
	if rate > 0 {
		b.ReportMetric(took.Seconds()/(float64(b.N)/rate), "of-the-limit")
	}
}

// ended waits for the end of an operation.
func (f *fleet) ended(id ztp.OperationID) ztp.Operation {
	f.b.Helper()
	for {
		op, err := f.ctl.WaitOperation(context.Background(), admin, id, time.Minute)
		if err != nil {
			f.b.Fatal(err)
		}
		if op.State.Final() {
			if op.State != ztp.OperationDone {
				f.b.Fatalf("%s: %+v", op.State, op.Error)
			}
			return op
		}
	}
}

// wanted makes n phones and the operation that writes them.
func (f *fleet) wanted(p ztp.Platform, a ztp.Account, n int) ztp.OperationID {
	f.b.Helper()
	ctx, now := context.Background(), time.Now().UTC()
	op := ztp.Operation{ID: ztp.OperationID(ztp.NewID()), Kind: ztp.KindBulk, Platform: p.ID, Vendor: "snom", State: ztp.OperationQueued,
		Steps: ztp.StepsOf(ztp.KindBulk, ztp.OperationParams{}), Actor: admin, CreatedAt: now, UpdatedAt: now}
	err := f.store.Tx(ctx, func(s ztp.Store) error {
		items := make([]ztp.PhoneItem, n)
		for i := range n {
			mac := ztp.MAC{0x00, 0x04, 0x13, byte(i >> 16), byte(i >> 8), byte(i)}
			items[i] = ztp.PhoneItem{Operation: op.ID, MAC: mac, Action: ztp.ItemWrite, State: ztp.PhoneItemQueued, UpdatedAt: now}
			e := ztp.Endpoint{Platform: p.ID, Vendor: "snom", MAC: mac, Account: a.ID, ProductGroup: "D-Series", Name: fmt.Sprint("Desk ", i),
				State: ztp.EndpointWanted, CreatedAt: now, UpdatedAt: now}
			if err := s.SaveEndpoint(ctx, e); err != nil {
				return err
			}
		}
		if err := s.CreateOperation(ctx, op); err != nil {
			return err
		}
		return s.AddPhoneItems(ctx, p.ID, "snom", items)
	})
	if err != nil {
		f.b.Fatal(err)
	}
	return op.ID
}

// oneAmongThem registers one phone when half of the others are written, and returns how
// long that took.
func (f *fleet) oneAmongThem(p ztp.Platform, a ztp.Account, op ztp.OperationID, n int) time.Duration {
	f.b.Helper()
	ctx := context.Background()
	for {
		o, err := f.store.Operation(ctx, op)
		if err != nil {
			f.b.Fatal(err)
		}
		if o.Data.Handled >= n/2 || o.State.Final() {
			break
		}
		time.Sleep(20 * time.Millisecond) // nothing tells of the half
	}
	began := time.Now()
	r, err := f.ctl.PutEndpoint(ctx, admin, p.Slug, ztp.MAC{0x00, 0x04, 0x13, 0xFF, 0xFF, 0xFF}, control.EndpointRequest{Account: a.Slug})
	if err != nil {
		f.b.Fatal(err)
	}
	f.ended(r.Operation.ID)
	return time.Since(began)
}
