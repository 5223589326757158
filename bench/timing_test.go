package bench_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// timedPhones are how many each of two tenants has.
const timedPhones = 1000

// BenchmarkTiming has somebody without a phone's own token ask for phones that are there
// and for others, and compares how long the answers took, without a network between: from
// memory, and of a process that has not read yet who there is. Its table has for each kind
// the middle, and how often it took longer than one of another kind, that of a phone which
// is not there: 0.5 when the time tells nothing. z is how far that is from chance, in
// standard deviations (Mann and Whitney's test).
func BenchmarkTiming(b *testing.B) {
	ctx := context.Background()
	store, err := sqlstore.Open(ctx, sqlstore.Config{DSN: filepath.Join(b.TempDir(), "zerotouch.db"), RootKey: storetest.RootKey, Installation: "bench", Migrate: true, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	ours, theirs := timedTenant(b, store, "p0", 0), timedTenant(b, store, "p1", timedPhones)
	for _, name := range []string{"Memory", "BeforeTheIndex"} {
		b.Run(name, func(b *testing.B) {
			h, err := provision.New(provision.Config{Store: store, Now: store.Now, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)), Address: func(r *http.Request) string { return r.RemoteAddr }})
			if err != nil {
				b.Fatal(err)
			}
			if name == "Memory" {
				learned(b, h)
			}
			timings := timed(b, h, timedKinds(ours, theirs))
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(timings.worst(), "most-from-0.5")
			if b.N > 1 {
				b.Log(timings)
			}
		})
	}
}

// timedTenant is a platform with phones that have tokens of their own; what is given is
// the token of its account.
func timedTenant(b *testing.B, store *sqlstore.Store, id string, first int) string {
	b.Helper()
	ctx, now, token := context.Background(), time.Now().UTC().Truncate(time.Millisecond), ztp.NewToken()
	p, a := ztp.PlatformID(id), ztp.AccountID("a-"+id)
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(store.CreatePlatform(ctx, ztp.Platform{ID: p, Slug: id, Name: id, CreatedAt: now, UpdatedAt: now}))
	must(store.CreateAccount(ctx, ztp.Account{ID: a, Platform: p, Slug: "a", Name: "A", CreatedAt: now, UpdatedAt: now}))
	must(store.IssueToken(ctx, p, a, "t-"+id, token, now))
	own := map[ztp.MAC]ztp.Secret{}
	for i := range timedPhones {
		mac, err := ztp.ParseMAC(timedMAC(first + i))
		must(err)
		must(store.SaveEndpoint(ctx, ztp.Endpoint{Platform: p, Vendor: "snom", MAC: mac, Account: a, State: ztp.EndpointListed, CreatedAt: now, UpdatedAt: now}))
		own[mac] = ztp.NewToken()
	}
	must(store.SetDeviceTokens(ctx, p, own))
	return token.RevealSecret()
}

func timedMAC(i int) string { return fmt.Sprintf("000413%06X", i) }

// learned lets the handler read who there is, and keeps it up to date.
func learned(b *testing.B, h *provision.Handler) {
	b.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { h.Run(ctx); close(done) }()
	b.Cleanup(func() { stop(); <-done })
	for known := -1; known < 0; known, _ = h.Known() {
		time.Sleep(time.Millisecond) // nothing tells of it, and a process has no need to be told
	}
}

type timedKind struct {
	name string
	// than is the kind that it is compared with.
	than int
	path func() string
}

// timedKinds are what somebody may ask for who has at most the token of an account.
func timedKinds(ours, theirs string) []timedKind {
	there := func() string { return timedMAC(rand.IntN(timedPhones)) }
	foreign := func() string { return timedMAC(timedPhones + rand.IntN(timedPhones)) }
	nobody := func() string { return timedMAC(1<<20 + rand.IntN(timedPhones)) }
	guess := func() string { return ztp.NewToken().RevealSecret() }
	return []timedKind{
		{"1 nobody's account token, unknown MAC", 0, func() string { return "/p/" + guess() + "/" + guess() + "/" + nobody() }},
		{"2 nobody's account token, known MAC", 0, func() string { return "/p/" + guess() + "/" + guess() + "/" + there() }},
		{"3 right account token, unknown MAC", 0, func() string { return "/p/" + ours + "/" + guess() + "/" + nobody() }},
		{"4 right account token, known MAC, wrong token", 2, func() string { return "/p/" + ours + "/" + guess() + "/" + there() }},
		{"5 the same at the URL of phones with a password", 2, func() string { return "/p/" + ours + "/" + guess() + "/s/" + there() }},
		{"6 right account token, another tenant's phone", 2, func() string { return "/p/" + ours + "/" + guess() + "/" + foreign() }},
		{"7 right account token, unknown MAC, no token", 0, func() string { return "/p/" + theirs + "/" + nobody() }},
		{"8 right account token, known MAC, no token", 6, func() string { return "/p/" + theirs + "/" + foreign() }},
	}
}

// timings are how long each kind took.
type timings struct {
	kinds []timedKind
	took  [][]time.Duration
}

// timed asks for one of each kind, in another order each time, so that what else the
// machine does falls on all.
func timed(b *testing.B, h http.Handler, kinds []timedKind) timings {
	b.Helper()
	t := timings{kinds, make([][]time.Duration, len(kinds))}
	for n := range b.N {
		for turn, k := range rand.Perm(len(kinds)) {
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, kinds[k].path(), http.NoBody)
			r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", n>>13&255, n>>5&255, n&31<<3|turn)
			began := time.Now()
			h.ServeHTTP(w, r)
			took := time.Since(began)
			if w.Code != http.StatusNotFound {
				b.Fatalf("%s: %d", kinds[k].name, w.Code)
			}
			t.took[k] = append(t.took[k], took)
		}
	}
	return t
}

// against is how often one of k took longer than one of what it is compared with, and how far
// that is from a half in standard deviations of chance.
func (t timings) against(k int) (longer, z float64) {
	n, than := len(t.took[k]), t.took[t.kinds[k].than]
	type sample struct {
		took time.Duration
		ours bool
	}
	all := make([]sample, 0, 2*n)
	for i := range n {
		all = append(all, sample{than[i], false}, sample{t.took[k][i], true})
	}
	slices.SortFunc(all, func(x, y sample) int { return cmp.Compare(x.took, y.took) })
	ranks := 0.0
	for i := 0; i < len(all); {
		end := i
		for end < len(all) && all[end].took == all[i].took {
			end++
		}
		for j := i; j < end; j++ {
			if all[j].ours {
				ranks += float64(i+end+1) / 2 // those that took as long share the middle of their ranks
			}
		}
		i = end
	}
	m := float64(n)
	u := ranks - m*(m+1)/2
	return u / (m * m), (u - m*m/2) / math.Sqrt(m*m*(2*m+1)/12)
}

func (t timings) worst() (most float64) {
	for k := 1; k < len(t.kinds); k++ {
		longer, _ := t.against(k)
		most = max(most, math.Abs(longer-0.5))
	}
	return most
}

func (t timings) String() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "asked by\tmiddle\t95 %\tthan\tlonger\tz")
	for k, kind := range t.kinds {
		took := slices.Sorted(slices.Values(t.took[k]))
		longer, z := t.against(k)
		_, _ = fmt.Fprintf(w, "%s\t%.2f µs\t%.2f µs\t%d\t%.3f\t%+.1f\n", kind.name, micro(took[len(took)/2]), micro(took[len(took)*95/100]), kind.than+1, longer, z)
	}
	_ = w.Flush()
	return strings.TrimSpace(text.String())
}

func micro(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
