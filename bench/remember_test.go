package bench_test

import (
	"context"
	"flag"
	"path/filepath"
	"testing"
	"time"

	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore/pgtest"
)

var rememberedPhones = flag.Int("remembered", 10_000, "phones in service that a process reads before they ask")

// BenchmarkRemember has a process that has just started read phones in service before they
// ask, each with a line and the file of a desk phone. It gives how long that takes until the
// last one is served without the database, the processor time for all of them, which is that
// of PostgreSQL without, and what one takes in memory: measured, and as it is counted.
func BenchmarkRemember(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { remember(b, filepath.Join(b.TempDir(), "zerotouch.db")) })
	b.Run("postgres", func(b *testing.B) { remember(b, pgtest.DSN(b)) })
}

func remember(b *testing.B, dsn string) {
	p, n := newFetchPKI(b), *rememberedPhones
	began := time.Now()
	p.fleet(p.open(dsn, true), n, n)
	b.Logf("%d phones in %v", n, time.Since(began).Round(time.Second))
	store := p.open(dsn, false)
	b.Cleanup(func() { _ = store.Close() })
	heap := liveHeap()
	h := p.handler(store, server.AddressOf)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	began, cpu := time.Now(), processorTime()
	go func() { h.Run(ctx); close(done) }()
	indexed, start := time.Duration(0), time.Duration(0)
	for phones, counted, left := h.Remembered(); left != 0; phones, counted, left = h.Remembered() {
		if left > 0 && indexed == 0 {
			indexed, start = time.Since(began), processorTime()-cpu
		}
		if time.Since(began) > 20*time.Minute {
			b.Fatalf("%d phones, %d bytes, %d left", phones, counted, left)
		}
		time.Sleep(time.Millisecond) // nothing tells of it, and a process has no need to be told
	}
	took, spent := time.Since(began)-indexed, processorTime()-cpu-start
	phones, counted, _ := h.Remembered()
	if phones != n {
		b.Errorf("%d of %d phones are remembered", phones, n)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(took.Seconds(), "s")
	b.ReportMetric(spent.Seconds(), "cpu-s")
	b.ReportMetric(float64(liveHeap()-heap)/float64(n), "bytes/phone")
	b.ReportMetric(float64(counted)/float64(n), "counted/phone")
	stop()
	<-done
}
