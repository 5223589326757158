package bench_test

import (
	"context"
	"flag"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/vendors/snom/phonesim"
)

var (
	cutServers = flag.Int("replicas", 2, "servers on one PostgreSQL")
	cutFresh   = flag.Int("fresh", 20, "one phone in so many has no settings yet; 0 for none")
)

// maker is when its phones ask again without settings: each wait in turn, and then never.
type maker struct {
	name  string
	waits []time.Duration
}

// makers take turns among the phones of BenchmarkPowerCutReplicas. Cisco's hour is documented
// (Resync_Error_Retry_Delay, 3600 unless set, in the administration guides of the 6800 and
// 8800 multiplatform phones, after which the whole sequence begins again): such a phone is
// lost to the bench. Nothing is published of Snom. Of Yealink, Poly and Mitel there is no
// source either in what this project has: they are assumed.
var makers = []maker{
	{"snom", []time.Duration{30 * time.Second, 30 * time.Second, 30 * time.Second, 30 * time.Second}},
	{"cisco", nil},
	{"yealink", []time.Duration{5 * time.Second, 5 * time.Second}},
	{"poly", []time.Duration{time.Second, time.Second}},
	{"mitel", []time.Duration{30 * time.Second, 30 * time.Second}},
}

func makerOf(i int) *maker { return &makers[i%len(makers)] }

// powerCut counts what its phones were told.
type powerCut struct {
	mu sync.Mutex
	// took is of requests that were admitted: by a file, or by being asked for a password.
	took []time.Duration
	// shed counts 503s to phones in service and to phones without settings.
	shed, shedFresh int
	// own tells which phones were served, and foreign counts files with another address or
	// password than the phone's.
	own     []bool
	foreign int
}

func (c *powerCut) answered(fresh bool, status int, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case status == http.StatusServiceUnavailable && fresh:
		c.shedFresh++
	case status == http.StatusServiceUnavailable:
		c.shed++
	case status == http.StatusOK || status == http.StatusUnauthorized:
		c.took = append(c.took, took)
	}
}

// got compares what a phone knows now with what it knew: its own address, and its password
// where it had one.
func (c *powerCut) got(i int, before, after phonesim.FleetPhone) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.own[i] = true
	if before.Password != "" && after.Password != before.Password || tokensOf(after.URL) != tokensOf(before.URL) {
		c.foreign++
	}
}

// tokensOf are the account's and the phone's in its URL.
func tokensOf(url string) (tokens [2]string) {
	if parts := strings.Split(url, "/"); len(parts) > 5 {
		copy(tokens[:], parts[4:6])
	}
	return tokens
}

// BenchmarkPowerCutReplicas has phones of several makers start after a power cut, before
// replicas on PostgreSQL that have just started themselves. Each fetches four times, each
// time by a TLS connection of its own; the first time it is asked for its password.
func BenchmarkPowerCutReplicas(b *testing.B) {
	known := *fleetPhones
	if *cutFresh > 0 {
		known -= *fleetPhones / *cutFresh
	}
	r := startReplicas(b, *cutServers, *fleetPhones, known, 0)
	cut := &powerCut{own: make([]bool, *fleetPhones)}
	spent, began := r.processor(), time.Now()
	pg, _ := r.database()
	report, err := phonesim.RunFleet(context.Background(), phonesim.FleetOptions{
		Count: len(r.phones), Over: *fleetOver, Fetches: 4, Tries: 1, Open: 4000, Roots: r.pki.roots(), Hosts: []string{"prov.example"}, Dial: r.dial,
		Phone: func(i int) (phonesim.FleetPhone, error) { return r.phones[i], nil },
		Again: func(i, try int) (time.Duration, bool) {
			waits := makerOf(i).waits
			if try > len(waits) {
				return 0, false
			}
			return waits[try-1], true
		},
		Answered: func(i, status int, took time.Duration) { cut.answered(i >= known, status, took) },
		Served:   func(i int, p phonesim.FleetPhone) { cut.got(i, r.phones[i], p) },
	})
	r.pki.must(err)
	after, _ := r.database()
	took := time.Since(began)
	b.Logf("answers: %v, not served: %v", report.Answers, cut.lost())
	slices.Sort(cut.took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(report.Served), "served")
	b.ReportMetric(float64(report.Wrong), "wrong")
	b.ReportMetric(float64(report.Held), "held")
	b.ReportMetric(float64(cut.foreign), "foreign")
	b.ReportMetric(float64(report.Lost), "lost")
	b.ReportMetric(float64(cut.shed), "shed")
	b.ReportMetric(float64(cut.shedFresh), "shed-without-settings")
	b.ReportMetric(float64(report.Retried), "asked-again")
	b.ReportMetric(float64(cut.took[len(cut.took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(cut.took[len(cut.took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(report.Last)/1000, "last-s")
	b.ReportMetric((r.processor()-spent).Seconds()*1e6/float64(report.Requests), "cpu-ms/1000")
	b.ReportMetric((after-pg).Seconds()/took.Seconds()*100, "postgres-%")
}

// lost counts phones that were never served, by maker.
func (c *powerCut) lost() map[string]int {
	n := map[string]int{}
	for i, own := range c.own {
		if !own {
			n[makerOf(i).name]++
		}
	}
	return n
}
