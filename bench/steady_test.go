package bench_test

import (
	"flag"
	"net/http"
	"testing"
	"time"
)

var (
	steadyRate = flag.Int("rate-of-fetches", 1000, "fetches a second")
	steadyFor  = flag.Duration("steady", time.Minute, "how long")
)

// BenchmarkSteady has phones in service fetch at a fixed rate from two replicas on
// PostgreSQL, over connections that are kept and then each over one of its own.
func BenchmarkSteady(b *testing.B) {
	r := startReplicas(b, 2, *attackPhones, *attackPhones, 0)
	for _, m := range []struct {
		name string
		keep bool
	}{{"Kept", true}, {"New", false}} {
		b.Run(m.name, func(b *testing.B) {
			client := r.client(r.dial, m.keep)
			one := func(i int) int { return r.fetch(client, r.phones[i%len(r.phones)]) }
			openLoop(*steadyRate/4, 4*time.Second, one)
			began, ours := time.Now(), r.processor()
			pg, asked := r.database()
			all := openLoop(*steadyRate, *steadyFor, one)
			took, n := time.Since(began), float64(len(all))
			spent, transactions := r.database()
			b.Logf("answers: %v", statuses(all))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(n/took.Seconds(), "fetches/s")
			b.ReportMetric(n-float64(statuses(all)[http.StatusOK]), "not-served")
			b.ReportMetric(within(all, .5), "p50-ms")
			b.ReportMetric(within(all, .99), "p99-ms")
			b.ReportMetric(within(all, 1), "max-ms")
			b.ReportMetric((r.processor()-ours).Seconds()*1e6/n, "cpu-ms/1000")
			b.ReportMetric((spent-pg).Seconds()/took.Seconds()*100, "postgres-%")
			b.ReportMetric(float64(transactions-asked)/n, "transactions/fetch")
		})
	}
}
