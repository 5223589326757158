package bench_test

import (
	"net/http"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// againAfter is when a phone of the benches of restarts asks again after a fetch that
// failed, and againTimes how often.
const (
	againAfter = time.Second
	againTimes = 4
)

// BenchmarkRestart has phones in service fetch at a fixed rate, each by a connection of its
// own, while one of three replicas is killed and started again, and then each of them in
// turn is told to stop and started again. A fetch that fails is asked for again after a
// second, and its time counts from when it was due first.
func BenchmarkRestart(b *testing.B) {
	r := startReplicas(b, 3, *attackPhones, *attackPhones, 0)
	client := r.client(r.dial, false)
	var failed atomic.Int64
	one := func(i int) (status int) {
		for try := range againTimes + 1 {
			if try > 0 {
				failed.Add(1)
				time.Sleep(againAfter) // as a phone does
			}
			if status = r.fetch(client, r.phones[i%len(r.phones)]); status == http.StatusOK {
				break
			}
		}
		return status
	}
	openLoop(*steadyRate/4, 4*time.Second, one)
	for _, m := range []struct {
		name string
		how  syscall.Signal
		of   []*replica
	}{{"Killed", syscall.SIGKILL, r.all[:1]}, {"Rolling", syscall.SIGTERM, r.all}} {
		b.Run(m.name, func(b *testing.B) {
			failed.Store(0)
			done := make(chan time.Duration, 1)
			go func() { done <- r.again(m.of, m.how, *steadyFor/time.Duration(len(m.of)+1)) }()
			all := openLoop(*steadyRate, *steadyFor, one)
			ready := <-done
			b.Logf("answers in the end: %v", statuses(all))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(len(all))/steadyFor.Seconds(), "fetches/s")
			b.ReportMetric(float64(len(all)-statuses(all)[http.StatusOK]), "lost")
			b.ReportMetric(float64(failed.Load()), "asked-again")
			b.ReportMetric(within(all, .5), "p50-ms")
			b.ReportMetric(within(all, .99), "p99-ms")
			b.ReportMetric(within(all, 1), "max-ms")
			b.ReportMetric(float64(ready.Milliseconds()), "start-to-right-ms")
		})
	}
}

// again ends servers, one after the other, each after a pause, and starts each again half a
// second after it is gone. It returns how long the slowest took from its start to a right
// answer.
func (r *replicas) again(servers []*replica, how syscall.Signal, pause time.Duration) (ready time.Duration) {
	for _, s := range servers {
		time.Sleep(pause) // in which phones ask
		r.end(s.cmd, how)
		time.Sleep(500 * time.Millisecond)
		r.start(s)
		ready = max(ready, r.right(s))
	}
	return ready
}

// BenchmarkStartMany starts a server three times on a database with a million phones (-phones), until
// it has given one of them its file.
func BenchmarkStartMany(b *testing.B) {
	r := startReplicas(b, 1, 10, 10, *tablePhones)
	s := r.all[0]
	const starts = 3
	var took, most time.Duration
	for range starts {
		r.end(s.cmd, syscall.SIGTERM)
		r.start(s)
		d := r.right(s)
		took, most = took+d, max(most, d)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took.Milliseconds())/starts, "start-to-right-ms")
	b.ReportMetric(float64(most.Milliseconds()), "most-ms")
}
