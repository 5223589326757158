package bench_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/ztp"
)

// BenchmarkIndex has a process that has just started read who its phones are, and gives
// how long that takes, what a phone takes in memory, and what it takes to say of one that
// it is not there. -phones says how many there are.
func BenchmarkIndex(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { indexOf(b, "sqlite", filepath.Join(b.TempDir(), "zerotouch.db")) })
	b.Run("postgres", func(b *testing.B) { indexOf(b, "pgx", pgtest.DSN(b)) })
}

func indexOf(b *testing.B, driver, dsn string) {
	ctx := context.Background()
	store, err := sqlstore.Open(ctx, sqlstore.Config{DSN: dsn, RootKey: storetest.RootKey, Installation: "bench", Migrate: true, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	t := &tables{b: b, store: store}
	began := time.Now()
	t.seed(0, *tablePhones)
	t.ownTokens(driver, dsn)
	b.Logf("%d phones in %v", *tablePhones, time.Since(began).Round(time.Second))
	b.Run("Load", func(b *testing.B) {
		var took, spent time.Duration
		var bytes uint64
		rounds := min(b.N, 3)
		for range rounds {
			d, cpu, size := t.learn(ctx, nil)
			took, spent, bytes = took+d, spent+cpu, bytes+size
		}
		n := float64(rounds)
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(took.Seconds()/n, "s")
		b.ReportMetric(spent.Seconds()/n, "cpu-s")
		b.ReportMetric(float64(bytes)/n/float64(*tablePhones), "bytes/phone")
	})
	b.Run("Unknown", func(b *testing.B) {
		t.learn(ctx, func(h http.Handler) {
			b.ResetTimer()
			spent := processorTime()
			for i := range b.N {
				w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/p/"+ztp.NewToken().RevealSecret()+"/000413A11FA7", http.NoBody)
				r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", i>>16&255, i>>8&255, i&255)
				if h.ServeHTTP(w, r); w.Code != http.StatusNotFound {
					b.Fatal(w.Code)
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric((processorTime()-spent).Seconds()*1e6/float64(b.N), "cpu-ms/1000")
		})
	})
}

// ownTokens gives every phone a token that is none, as many as there are phones.
func (t *tables) ownTokens(driver, dsn string) {
	t.b.Helper()
	hash := "lower(hex(randomblob(32)))"
	if driver == "pgx" {
		hash = "encode(sha256(convert_to(mac, 'UTF8')), 'hex')"
	}
	conn, err := sql.Open(driver, dsn)
	if err == nil {
		_, err = conn.Exec("UPDATE endpoint SET device_token_hash = " + hash + ", device_token = CAST(mac AS " + map[string]string{"pgx": "bytea", "sqlite": "blob"}[driver] + ")")
	}
	if err == nil && driver == "pgx" {
		_, err = conn.Exec("VACUUM ANALYZE")
	}
	if err == nil {
		err = conn.Close()
	}
	if err != nil {
		t.b.Fatal(err)
	}
}

// learn has a process read who there is, and lets use ask it then.
func (t *tables) learn(ctx context.Context, use func(http.Handler)) (took, spent time.Duration, bytes uint64) {
	t.b.Helper()
	before := liveHeap()
	h, err := provision.New(provision.Config{Store: t.store, Now: t.store.Now})
	if err != nil {
		t.b.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	began, cpu := time.Now(), processorTime()
	go func() { h.Run(ctx); close(done) }()
	for known := -1; known < 0; known, _ = h.Known() {
		time.Sleep(time.Millisecond) // nothing tells of it, and a process has no need to be told
	}
	took, spent, bytes = time.Since(began), processorTime()-cpu, liveHeap()-before
	if n, _ := h.Known(); n != *tablePhones {
		t.b.Fatalf("%d phones are known", n)
	}
	if use != nil {
		use(h)
	}
	stop()
	<-done
	return took, spent, bytes
}

// liveHeap is what is in use after a collection.
func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
