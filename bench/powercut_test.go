package bench_test

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/phonesim"
	"zerotouch.example/internal/ztp"
)

var (
	fleetPhones = flag.Int("fleet", 10_000, "phones after a power cut")
	fleetOver   = flag.Duration("over", 2*time.Minute, "in which they start")
)

// BenchmarkPowerCut has a fleet in service start at once, each phone with a TLS connection
// of its own, against a process on SQLite that has just started itself.
func BenchmarkPowerCut(b *testing.B) {
	pki := newFetchPKI(b)
	b.Setenv("ZEROTOUCH_BENCH_FLEET", fmt.Sprint(*fleetPhones))
	s := serveApart(b, "fleet", pki)
	phones := pki.fleetPhones(s)
	spent := s.processor(b)
	report, err := phonesim.RunFleet(context.Background(), phonesim.FleetOptions{Count: len(phones), Over: *fleetOver, Fetches: 1, Tries: 5, RetryAfter: 30 * time.Second,
		Open: 2000, Roots: pki.roots(), Phone: func(i int) (phonesim.FleetPhone, error) { return phones[i], nil }})
	if err != nil {
		b.Fatal(err)
	}
	spent = s.processor(b) - spent
	b.Logf("answers: %v", report.Answers)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(report.Served), "served")
	b.ReportMetric(float64(report.Held+report.Wrong+report.Lost), "not-served")
	b.ReportMetric(float64(report.Retried), "asked-again")
	b.ReportMetric(float64(report.P50), "p50-ms")
	b.ReportMetric(float64(report.P99), "p99-ms")
	b.ReportMetric(float64(report.Max), "max-ms")
	b.ReportMetric(spent.Seconds()*1e6/float64(report.Requests), "cpu-ms/1000")
}

// TestServeFleet is no test: BenchmarkPowerCut starts it as another process.
func TestServeFleet(t *testing.T) {
	n := 0
	if _, err := fmt.Sscan(os.Getenv("ZEROTOUCH_BENCH_FLEET"), &n); err != nil || os.Getenv("ZEROTOUCH_BENCH_FETCHES") != "fleet" {
		return
	}
	p := &fetchPKI{t, os.Getenv("ZEROTOUCH_BENCH_FILES")}
	path := filepath.Join(t.TempDir(), "zerotouch.db")
	p.fleet(p.open(path, true), n, n)
	q := &questions{Store: p.open(path, false)}
	h := p.handler(q, server.AddressOf)
	go h.Run(context.Background())
	line, err := json.Marshal(apart{At: map[string]string{"p256": p.ours("p256", h), "plain": p.ours("plain", h), "asked": q.told(p)}})
	p.must(err)
	fmt.Println(string(line))
	select {}
}

func (p *fetchPKI) open(path string, fast bool) *sqlstore.Store {
	store, err := sqlstore.Open(context.Background(), sqlstore.Config{DSN: path, RootKey: storetest.RootKey, Installation: "bench", Migrate: true, NoSync: fast})
	p.must(err)
	return store
}

func (p *fetchPKI) handler(store provision.Store, address func(*http.Request) string) *provision.Handler {
	template, err := ztp.TemplateForBase("http://127.0.0.1")
	p.must(err)
	vendor, err := snom.New(snom.Config{})
	p.must(err)
	log, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	p.must(err)
	h, err := provision.New(provision.Config{Store: store, Vendors: []ztp.Vendor{vendor}, URL: template, Tell: server.Tell, Rate: -1, Memory: 1 << 30, RequestID: server.RequestID, Address: address,
		Secure: server.Secure, Local: server.Local, Log: slog.New(server.NewLines(log, true, slog.LevelInfo))})
	p.must(err)
	return h
}

// fleet makes n phones of one account with a line each, lets the first ones come for their
// settings and once more with their password, and closes the store. Where each comes from then on stands in fleet.json.
func (p *fetchPKI) fleet(store *sqlstore.Store, n, first int) {
	ctx, now := context.Background(), time.Now().UTC().Truncate(time.Millisecond)
	account := ztp.NewToken()
	p.must(store.CreatePlatform(ctx, ztp.Platform{ID: "p", Slug: "p", Name: "P", CreatedAt: now, UpdatedAt: now}))
	p.must(store.CreateAccount(ctx, ztp.Account{ID: "a", Platform: "p", Slug: "a", Name: "A", CreatedAt: now, UpdatedAt: now}))
	p.must(store.IssueToken(ctx, "p", "a", "t", account, now))
	h := p.handler(store, nil)
	phones := make([]phonesim.FleetPhone, n)
	for from := 0; from < n; from += 500 {
		device, all := map[ztp.MAC]ztp.Secret{}, []ztp.Endpoint{}
		for i := from; i < min(n, from+500); i++ {
			e := tablePhone("p", 1, i, now)
			e.Account, e.Model, e.State = "a", "D785", ztp.EndpointListed
			all, device[e.MAC] = append(all, e), ztp.NewToken()
		}
		p.must(store.Tx(ctx, func(s ztp.Store) error {
			if _, err := s.SaveEndpoints(ctx, "p", all); err != nil {
				return err
			}
			for _, e := range all {
				line := []ztp.SettingChange{{Name: ztp.SettingLineUser, Index: 1, Value: ztp.NewSecret(e.MAC.Bare())}, {Name: ztp.SettingLinePassword, Index: 1, Value: ztp.NewToken(), Secret: true}, {Name: ztp.SettingLineRegistrar, Index: 1, Value: ztp.NewSecret("sip.example.net")}}
				if _, err := s.ChangeSettings(ctx, ztp.SettingScope{Platform: "p", MAC: e.MAC}, nil, line, "bench", now); err != nil {
					return err
				}
			}
			return s.SetDeviceTokens(ctx, "p", device)
		}))
		for i, e := range all {
			own := "/p/" + account.RevealSecret() + "/" + device[e.MAC].RevealSecret() + "/"
			phones[from+i] = phonesim.FleetPhone{MAC: e.MAC.Bare(), URL: own + "{mac}"}
			if from+i < first {
				phones[from+i] = phonesim.FleetPhone{MAC: e.MAC.Bare(), URL: own + "s/{mac}", User: e.MAC.Bare(), Password: p.first(h, own+e.MAC.Bare())}
				p.second(h, phones[from+i])
			}
		}
	}
	p.must(h.Flush(ctx))
	p.must(store.Close())
	text, err := json.Marshal(phones)
	p.must(err)
	p.must(os.WriteFile(p.file("fleet.json"), text, 0o600))
}

// first fetches as a phone that has nothing yet, and returns the password it is given.
func (p *fetchPKI) first(h http.Handler, path string) (password string) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody)
	r.RemoteAddr = "127.0.0.1:1"
	h.ServeHTTP(w, r)
	for d := xml.NewDecoder(strings.NewReader(w.Body.String())); ; {
		token, err := d.Token()
		if err != nil {
			p.b.Fatalf("first contact: %d, no password: %v", w.Code, err)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "http_client_pass" {
			p.must(d.DecodeElement(&password, &start))
			return password
		}
	}
}

// second fetches as a phone in service, which says its password from then on.
func (p *fetchPKI) second(h http.Handler, phone phonesim.FleetPhone) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, strings.Replace(phone.URL, "{mac}", phone.MAC, 1), http.NoBody)
	r.RemoteAddr = "127.0.0.1:1"
	r.SetBasicAuth(phone.User, phone.Password)
	if h.ServeHTTP(w, r); w.Code != http.StatusOK {
		p.b.Fatalf("with its password: %d", w.Code)
	}
}
