package bench_test

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"zerotouch.example/internal/control"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

var rate = flag.Float64("rate", 0, "calls a second to the vendor in a rebuild; 0 for no limit")

// lostCompany puts into the simulator what a platform with so many phones left there.
func lostCompany(sim *srapssim.Server, n, phones, first int) {
	labels := ztp.Labels{Installation: "bench", Nonce: ztp.NewNonce()}
	id := sim.AddCompany(sim.Resellers()[0].CompanyID, labels.Company(fmt.Sprintf("Platform %d", n)))
	address := map[string]srapssim.Setting{srapssim.DeskSettingServerID: {
		Value: "https://prov.example.net/p/" + ztp.NewToken().RevealSecret() + "/{mac}", Perm: "RW",
	}}
	sim.AddKey(id, labels.Key(1), srapssim.DefaultRole)
	profile := sim.SetProfile(id, srapssim.Profile{Name: labels.Profile("D-Series"), Enabled: true, Settings: address})
	for i := range phones {
		sim.PutEndpoint(id, srapssim.Endpoint{MAC: fmt.Sprintf("0004%08X", first+i), Name: "Desk", Enabled: true, Profile: profile, Settings: address})
	}
}

// rebuildAll rebuilds everything that carries the label, as a server does.
func rebuildAll(b *testing.B, sim *srapssim.Server, links, phones int) {
	b.Helper()
	srv := httptest.NewServer(sim.Handler())
	defer srv.Close()
	x := onto(b, sim, srv.URL, *rate)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	heap := newHeap()
	b.ResetTimer()
	began := time.Now()
	seen, err := x.ctl.RebuildPreview(ctx, admin, "snom")
	if err != nil || len(seen.Companies) != links {
		b.Fatalf("%d companies, %v", len(seen.Companies), err)
	}
	var asked []control.RebuildCompany
	for from := 0; from < links; from += 500 {
		var req control.RebuildRequest
		for _, c := range seen.Companies[from:min(from+500, links)] {
			req.Companies = append(req.Companies, c.ID)
		}
		got, err := x.ctl.Rebuild(ctx, admin, "snom", req)
		if err != nil {
			b.Fatal(err)
		}
		asked = append(asked, got.Companies...)
	}
	ran := make(chan error, 1)
	go func() { ran <- x.orch.Run(ctx) }()
	here := 0
	for _, c := range asked {
		op, err := x.ctl.WaitOperation(ctx, admin, c.Operation.ID, time.Hour)
		if err != nil || op.State != ztp.OperationDone {
			b.Fatalf("%s: %s %+v, %v", c.Name, op.State, op.Error, err)
		}
		here += op.Data.Rebuilt.Phones
	}
	took := time.Since(began)
	stop()
	if err := <-ran; err != nil || here != phones {
		b.Fatalf("%d phones are here, %v", here, err)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(float64(x.watch.calls.Load())/float64(links), "vendor-calls/link")
	b.ReportMetric(float64(phones)/took.Seconds(), "phones/s")
	b.ReportMetric(heap.most(), "heap-MB")
}

// heap samples how much the program takes beyond what was there before, the simulator.
type heap struct {
	before, top uint64
	stop, done  chan struct{}
}

func newHeap() *heap {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h := &heap{before: m.HeapAlloc, stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(h.done)
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				h.top = max(h.top, m.HeapAlloc)
			case <-h.stop:
				return
			}
		}
	}()
	return h
}

func (h *heap) most() float64 {
	close(h.stop)
	<-h.done
	return float64(h.top-min(h.top, h.before)) / (1 << 20)
}

// BenchmarkRebuild rebuilds as many platforms as there are rounds, 400 phones each.
func BenchmarkRebuild(b *testing.B) {
	const phones = 400
	sim := srapssim.New(srapssim.Options{KeepCalls: 1})
	b.Cleanup(sim.Close)
	for i := range b.N {
		lostCompany(sim, i, phones, i*phones)
	}
	rebuildAll(b, sim, b.N, b.N*phones)
}

// BenchmarkRebuildOne rebuilds one platform with a thousand phones for each round.
func BenchmarkRebuildOne(b *testing.B) {
	sim := srapssim.New(srapssim.Options{KeepCalls: 1})
	b.Cleanup(sim.Close)
	lostCompany(sim, 0, b.N*1000, 0)
	rebuildAll(b, sim, 1, b.N*1000)
}
