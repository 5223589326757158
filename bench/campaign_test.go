package bench_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/campaign"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/pace"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// fleet is the product without its network side, as it runs: workers, campaigns, a real
// SQLite file with full synchronisation, and the simulator behind the limit of calls.
type fleet struct {
	b     *testing.B
	sim   *srapssim.Server
	watch *stopwatch
	store *sqlstore.Store
	ctl   *control.Control
	stop  func()
}

// open starts the parts on the database in file, with a limit of calls a second.
func (f *fleet) open(base, file string, rate float64) {
	f.b.Helper()
	store, err := sqlstore.Open(context.Background(), sqlstore.Config{DSN: file, RootKey: storetest.RootKey, Installation: "bench", Migrate: true, Exclusive: true})
	if err != nil {
		f.b.Fatal(err)
	}
	places := pace.New(pace.Config{Store: &pace.Own{Now: store.Now}, Vendor: "snom", Rate: rate, Burst: 20, Now: store.Now})
	vendor, err := snom.New(snom.Config{BaseURL: base, AllowPrivate: true, Transport: f.watch, Rate: rate, Burst: 20, Pace: places.Wait})
	if err != nil {
		f.b.Fatal(err)
	}
	url, err := ztp.TemplateForBase("https://prov.example.net")
	if err != nil {
		f.b.Fatal(err)
	}
	key := f.sim.Resellers()[0].KeyID
	source := fixed{ztp.APIKey{ID: key, Secret: ztp.NewSecret(f.sim.SecretOf(key))}}
	vendors := []ztp.Vendor{vendor}
	work := orchestrator.New(orchestrator.Config{Store: store, Vendors: vendors, Reseller: source, Installation: "bench", URL: url, Alone: true})
	f.store = store
	f.ctl = control.New(control.Config{Store: store, Vendors: vendors, Reseller: source, Address: proven{}, Companies: work.Companies, Installation: "bench", URL: url, Wake: work.Wake})
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = work.Run(ctx) })
	running.Go(func() { campaign.New(campaign.Config{Store: store, Door: f.ctl}).Run(ctx) })
	f.stop = func() { stop(); running.Wait(); _ = store.Close() }
}

// run makes a campaign, waits for its end and returns how long each platform took.
func (f *fleet) run(r control.CampaignRequest) []time.Duration {
	f.b.Helper()
	c, err := f.ctl.BeginCampaign(context.Background(), admin, "snom", r)
	if err != nil {
		f.b.Fatal(err)
	}
	for c.FinishedAt.IsZero() && c.State == ztp.CampaignRunning {
		time.Sleep(100 * time.Millisecond)
		if c, err = f.store.Campaign(context.Background(), c.ID); err != nil {
			f.b.Fatal(err)
		}
	}
	if c.State != ztp.CampaignDone || c.Tally[ztp.ItemDone] != c.Tally.Total() {
		f.b.Fatalf("%s: %s %v", c.State, c.Reason, c.Tally)
	}
	page, err := f.store.ListCampaignItems(context.Background(), ztp.CampaignItemQuery{Campaign: c.ID, Limit: 1000})
	if err != nil {
		f.b.Fatal(err)
	}
	var took []time.Duration
	for _, i := range page.Items {
		took = append(took, i.FinishedAt.Sub(i.StartedAt))
	}
	slices.Sort(took)
	return took
}

// newFleet has n platforms.
func newFleet(b *testing.B, n int) (f *fleet, base, file string) {
	b.Helper()
	f = &fleet{b: b, sim: srapssim.New(srapssim.Options{}), watch: &stopwatch{base: http.DefaultTransport}}
	b.Cleanup(f.sim.Close)
	srv := httptest.NewServer(f.sim.Handler())
	b.Cleanup(srv.Close)
	base, file = srv.URL+srapssim.APIPrefix, filepath.Join(b.TempDir(), "zerotouch.db")
	f.open(base, file, 0)
	for i := range n {
		p, _, err := f.ctl.CreatePlatform(context.Background(), admin, control.NewPlatform{Name: fmt.Sprintf("Platform %d", i+1)})
		if err != nil {
			b.Fatal(err)
		}
		if _, _, _, err := f.ctl.CreateAccount(context.Background(), admin, p.Slug, control.NewAccount{Name: "Main"}); err != nil {
			b.Fatal(err)
		}
	}
	return f, base, file
}

// BenchmarkCampaignRotate rotates -benchtime platforms at the usual limit of 5 calls a
// second. The promise is 1,000 an hour, with a median of 30 s.
func BenchmarkCampaignRotate(b *testing.B) {
	f, base, file := newFleet(b, b.N)
	f.run(control.CampaignRequest{Kind: ztp.KindOnboard, Budget: 1000})
	f.stop()
	f.open(base, file, 5)
	defer func() { f.stop() }()
	calls := f.watch.calls.Load()
	b.ResetTimer()
	began := time.Now()
	took := f.run(control.CampaignRequest{Kind: ztp.KindRotate, Budget: 5})
	b.ReportMetric(float64(b.N)/time.Since(began).Hours(), "rotations/h")
	b.ReportMetric(float64(f.watch.calls.Load()-calls)/float64(b.N), "calls/rotation")
	b.ReportMetric(took[len(took)/2].Seconds(), "median-s")
}

// BenchmarkCampaignAdopt adopts -benchtime companies in one run, without a limit of calls.
func BenchmarkCampaignAdopt(b *testing.B) {
	f, _, _ := newFleet(b, b.N)
	defer func() { f.stop() }()
	for i := range b.N {
		f.sim.AddCompany(f.sim.Resellers()[0].CompanyID, fmt.Sprintf("Platform %d", i+1))
	}
	calls := f.watch.calls.Load()
	b.ResetTimer()
	took := f.run(control.CampaignRequest{Kind: ztp.KindAdopt, Budget: 1000})
	b.ReportMetric(float64(f.watch.calls.Load()-calls)/float64(b.N), "calls/adoption")
	b.ReportMetric(took[len(took)/2].Seconds(), "median-s")
}
