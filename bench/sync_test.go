package bench_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// BenchmarkTakeover takes over one company with a thousand phones for each round that
// were made before zerotouch: a sync that finds them all, their adoption as a class, and
// a sync that finds nothing. -args -rate sets calls a second.
func BenchmarkTakeover(b *testing.B) {
	phones := b.N * 1000
	sim := srapssim.New(srapssim.Options{KeepCalls: 1})
	b.Cleanup(sim.Close)
	srv := httptest.NewServer(sim.Handler())
	b.Cleanup(srv.Close)
	x := onto(b, sim, srv.URL, *rate)
	p := x.platform(0)
	x.onboard(p)
	view, err := x.ctl.Link(b.Context(), admin, p, "snom")
	if err != nil {
		b.Fatal(err)
	}
	for i := range phones {
		sim.PutEndpoint(view.CompanyID, srapssim.Endpoint{MAC: fmt.Sprintf("0004%08X", i), Name: "Desk", Enabled: i%10 > 0, Settings: map[string]srapssim.Setting{
			srapssim.DeskSettingServerID: {Value: "https://prov.before.example/" + fmt.Sprint(i) + "/{mac}", Perm: "RW"}}})
	}
	var changes atomic.Int64
	sim.OnCall(func(c srapssim.Call) {
		if c.Mutation() {
			changes.Add(1)
		}
	})
	ctx, stop := context.WithCancel(b.Context())
	ran := make(chan error, 1)
	go func() { ran <- x.orch.Run(ctx) }()
	heap := newHeap()
	calls := x.watch.calls.Load()
	b.ResetTimer()
	sync := func() time.Duration {
		return x.timed(b, func() (control.Result, error) {
			return x.ctl.Sync(ctx, admin, p, "snom", control.Submission{})
		})
	}
	found := sync()
	read := x.watch.calls.Load() - calls
	adopted := x.timed(b, func() (control.Result, error) {
		_, res, err := x.ctl.ActOnDrifts(ctx, admin, p, "snom", ztp.DriftAdopt, control.DriftRequest{Class: ztp.DriftUnknown, Account: "main"})
		return res, err
	})
	matched := sync()
	stop()
	if err := <-ran; err != nil {
		b.Fatal(err)
	}
	y, err := x.ctl.PhoneSync(b.Context(), admin, p, "snom")
	if err != nil || y.Matching+y.LeftOut != phones || y.Findings() != 0 || changes.Load() != 0 {
		b.Fatalf("%+v, %d mutating calls, %v", y.PhoneSync, changes.Load(), err)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(found.Seconds(), "s/first-sync")
	b.ReportMetric(adopted.Seconds(), "s/adopt")
	b.ReportMetric(matched.Seconds(), "s/second-sync")
	b.ReportMetric(float64(read), "vendor-calls/sync")
	b.ReportMetric(heap.most(), "heap-MB")
}

// timed asks for an operation and waits for its end.
func (x *bench) timed(b *testing.B, ask func() (control.Result, error)) time.Duration {
	b.Helper()
	began := time.Now()
	res, err := ask()
	if err != nil {
		b.Fatal(err)
	}
	op, err := x.ctl.WaitOperation(b.Context(), admin, res.Operation.ID, time.Hour)
	if err != nil || op.State != ztp.OperationDone {
		b.Fatalf("%s: %s %+v, %v", op.Kind, op.State, op.Error, err)
	}
	return time.Since(began)
}
