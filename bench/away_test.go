package bench_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/ztp"
)

var awayFor = flag.Duration("away", time.Minute, "how long the database is away")

const (
	// awayAt is when the database goes away, and memoryFresh how long after that memory
	// still has all there is, so that who is not in it is not there.
	awayAt      = 10 * time.Second
	memoryFresh = 6 * time.Second
)

// BenchmarkDatabaseAway has phones fetch at a fixed rate from two replicas while PostgreSQL
// is stopped, away for a while, and started again. Eight in ten requests are of phones that
// were served before, one is of a phone that has not come since the servers started, and
// one for a phone that is not there. It counts what each kind got while the database was
// away, not found only where that is not so, and how many transactions a second the database saw before and in the ten seconds
// after.
func BenchmarkDatabaseAway(b *testing.B) {
	r := startReplicas(b, 2, *attackPhones*2, *attackPhones*2, 0)
	client, served, others := r.client(r.dial, true), r.phones[:*attackPhones], r.phones[*attackPhones:]
	for _, s := range r.all {
		known := r.client(s.dial, true)
		for _, p := range served {
			if status := r.fetch(known, p); status != http.StatusOK {
				b.Fatalf("before: %d", status)
			}
		}
	}
	var gone atomic.Bool
	kinds := [10]string{8: "new", 9: "nobody"}
	of := func(i int, gone bool) phonesim.FleetPhone {
		switch {
		case kinds[i%10] == "new" && gone:
			return others[i/10%len(others)]
		case kinds[i%10] == "nobody":
			return nobody(served[0])
		}
		return served[i*7%len(served)]
	}
	during := make([]bool, int((*awayFor+30*time.Second).Seconds()*float64(*steadyRate)))
	rates := make(chan [2]float64, 1)
	go func() { rates <- r.leave(b, &gone) }()
	all := openLoop(*steadyRate, *awayFor+30*time.Second, func(i int) int {
		begun := gone.Load()
		status := r.fetch(client, of(i, begun))
		during[i] = begun && gone.Load()
		return status
	})
	count := map[string]map[int]int{"": {}, "new": {}, "nobody": {}}
	late := 0
	for i, a := range all {
		if during[i] {
			if a.status == http.StatusNotFound && a.due > awayAt+memoryFresh {
				late++
			}
			count[kinds[i%10]][a.status]++
		}
	}
	b.Logf("while it was away: known %v, new %v, nobody %v", count[""], count["new"], count["nobody"])
	n := 0
	for _, c := range count[""] {
		n += c
	}
	rate := <-rates
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(count[""][http.StatusOK])/float64(n)*100, "known-served-%")
	b.ReportMetric(float64(count[""][http.StatusNotFound]+count["new"][http.StatusNotFound]+late), "not-found")
	b.ReportMetric(within(all, .99), "p99-ms")
	b.ReportMetric(rate[0], "transactions/s-before")
	b.ReportMetric(rate[1], "most-transactions/s-after")
}

// nobody asks by the right token of an account for a phone that is not there.
func nobody(p phonesim.FleetPhone) phonesim.FleetPhone {
	parts := strings.Split(p.URL, "/")
	parts[5] = ztp.NewToken().RevealSecret()
	p.URL, p.MAC = strings.Join(parts, "/"), fmt.Sprintf("00041399%04X", rand.IntN(1<<16))
	return p
}

// leave lets the database be away for a while.
func (r *replicas) leave(b *testing.B, gone *atomic.Bool) (rates [2]float64) {
	_, from := r.database()
	time.Sleep(awayAt) // phones ask meanwhile; so below
	_, to := r.database()
	rates[0] = float64(to-from) / awayAt.Seconds()
	r.pg.Halt()
	gone.Store(true)
	time.Sleep(*awayFor)
	gone.Store(false)
	if err := r.pg.Resume(); err != nil {
		b.Error(err)
		return rates
	}
	_, from = r.database()
	for range 10 {
		time.Sleep(time.Second) // what is counted is by the second
		_, to = r.database()
		rates[1], from = max(rates[1], float64(to-from)), to
	}
	return rates
}
