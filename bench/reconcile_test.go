package bench_test

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/ztp"
)

// BenchmarkReconcile500 compares 500 companies by a process that has just started,
// once: its figures are those of a whole run, whatever -benchtime says. With
// ZEROTOUCH_BENCH_RATE (calls a second) it takes the time that it takes at the vendor.
func BenchmarkReconcile500(b *testing.B) {
	const companies = 500
	x := newBench(b)
	for i := range companies {
		x.onboard(x.platform(i))
	}
	var rate float64
	if text := os.Getenv("ZEROTOUCH_BENCH_RATE"); text != "" {
		var err error
		if rate, err = strconv.ParseFloat(text, 64); err != nil {
			b.Fatal(err)
		}
	}
	watch := &stopwatch{base: http.DefaultTransport}
	vendor, err := snom.New(snom.Config{BaseURL: x.base, AllowPrivate: true, Transport: watch, Rate: rate, Burst: 20})
	if err != nil {
		b.Fatal(err)
	}
	// A minute later nothing is young any more.
	now := func() time.Time { return time.Now().Add(time.Minute) }
	fresh := orchestrator.New(orchestrator.Config{Store: x.store, Vendors: []ztp.Vendor{vendor}, Reseller: x.source, Installation: "bench", URL: x.url, Now: now})
	ctx := context.Background()
	if _, err := x.ctl.Reconcile(ctx, admin, "snom", ""); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if worked, err := fresh.Reconcile(ctx); !worked || err != nil {
		b.Fatal(worked, err)
	}
	took := time.Since(began)
	r, err := x.ctl.Reconciliation(ctx, admin, "snom", "")
	if err != nil || r.Error != nil || r.Counts[ztp.RowMatching] != companies {
		b.Fatalf("%+v, %v", r, err)
	}
	b.ReportMetric(took.Seconds(), "s/run")
	b.ReportMetric(float64(watch.calls.Load()), "vendor-calls/run")
	b.ReportMetric(float64(watch.calls.Load())/companies, "vendor-calls/company")
	b.ReportMetric(0, "ns/op")
}
