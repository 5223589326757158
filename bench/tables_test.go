package bench_test

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/restapi"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

var (
	tablePhones    = flag.Int("phones", 1_000_000, "phones that are listed and searched")
	tablePlatforms = flag.Int("platforms", 1, "platforms that they are spread over")
)

// BenchmarkTables asks for pages and lists of many phones, and gives how long the server
// takes for the middle request and for the slowest of a hundred, and of processor time.
func BenchmarkTables(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { tablesOf(b, "sqlite", filepath.Join(b.TempDir(), "zerotouch.db")) })
	b.Run("postgres", func(b *testing.B) { tablesOf(b, "pgx", pgtest.DSN(b)) })
}

func tablesOf(b *testing.B, driver, dsn string) {
	store, err := sqlstore.Open(context.Background(), sqlstore.Config{DSN: dsn, RootKey: storetest.RootKey, Installation: "bench", Migrate: true, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	began := time.Now()
	t := &tables{b: b, store: store}
	for n := range *tablePlatforms {
		t.seed(n, *tablePhones / *tablePlatforms)
	}
	t.age(driver, dsn)
	b.Logf("%d phones on %d platforms in %v", *tablePhones, *tablePlatforms, time.Since(began).Round(time.Second))
	t.serve()
	for _, tc := range []struct{ name, path string }{
		{"List", "/api/v1/platforms/p0/endpoints?limit=50"},
		{"ListDeep", "/api/v1/platforms/p0/endpoints?limit=50&cursor=" + t.deep("")},
		{"OneState", "/api/v1/platforms/p0/endpoints?state=failed"},
		{"OneAccount", "/api/v1/platforms/p0/endpoints?account=a1"},
		{"StateOfAccount", "/api/v1/platforms/p0/endpoints?account=a1&state=failed"},
		{"ByName", "/api/v1/platforms/p0/endpoints?sort=name"},
		{"ByNameDeep", "/api/v1/platforms/p0/endpoints?sort=name&cursor=" + t.deep("name")},
		{"ByState", "/api/v1/platforms/p0/endpoints?sort=-state"},
		{"LastFetched", "/api/v1/platforms/p0/endpoints?sort=-fetched"},
		{"SearchMAC", "/api/v1/platforms/p0/endpoints?q=00:04:13:00:02:A7"},
		{"SearchBeginning", "/api/v1/platforms/p0/endpoints?q=000413"},
		{"SearchEnd", "/api/v1/platforms/p0/endpoints?q=02A7"},
		{"SearchSerial", "/api/v1/platforms/p0/endpoints?q=sn00000077"},
		{"SearchName", "/api/v1/platforms/p0/endpoints?q=schmidt"},
		{"SearchWords", "/api/v1/platforms/p0/endpoints?q=anna+77"},
		{"SearchInState", "/api/v1/platforms/p0/endpoints?q=desk&state=failed"},
		{"SearchMiss", "/api/v1/platforms/p0/endpoints?q=nobody+here"},
		{"SearchCommonMiss", "/api/v1/platforms/p0/endpoints?q=anna+desk"},
		{"Counts", "/api/v1/platforms/p0/vendors/snom"},
		{"LifeOfAMAC", "/api/v1/macs/0004130002A7"},
		{"PagePlatform", "/platforms/p0"},
		{"PageSearch", "/platforms/p0?q=02A7"},
		{"PageByName", "/platforms/p0?sort=name"},
		{"PagePlatforms", "/platforms"},
		{"PageEverywhere", "/platforms?q=02A7"},
	} {
		b.Run(tc.name, func(b *testing.B) { t.ask(b, tc.path) })
	}
}

type tables struct {
	b     *testing.B
	store *sqlstore.Store
	ctl   *control.Control
	http  http.Handler
}

// seed makes a platform with so many phones: a hundred accounts, names of one to three
// words, and one phone in a hundred failed.
func (t *tables) seed(n, phones int) {
	t.b.Helper()
	ctx, now := context.Background(), time.Now().UTC()
	p := ztp.PlatformID(fmt.Sprintf("p%d", n))
	err := t.store.Tx(ctx, func(s ztp.Store) error {
		err := s.CreatePlatform(ctx, ztp.Platform{ID: p, Slug: string(p), Name: fmt.Sprint("Platform ", n), CreatedAt: now, UpdatedAt: now})
		for a := range 100 {
			id := ztp.AccountID(fmt.Sprintf("%sa%d", p, a))
			if err == nil {
				err = s.CreateAccount(ctx, ztp.Account{ID: id, Platform: p, Slug: fmt.Sprint("a", a), Name: fmt.Sprint("Account ", a), CreatedAt: now, UpdatedAt: now})
			}
		}
		if err == nil {
			err = s.SaveLink(ctx, ztp.Link{Platform: p, Vendor: "snom", State: ztp.LinkNotConfigured, UpdatedAt: now})
		}
		return err
	})
	for from := 0; err == nil && from < phones; from += 5000 {
		all := make([]ztp.Endpoint, min(5000, phones-from))
		for i := range all {
			all[i] = tablePhone(p, n, from+i, now)
		}
		_, err = t.store.SaveEndpoints(ctx, p, all)
	}
	if err != nil {
		t.b.Fatal(err)
	}
}

func tablePhone(p ztp.PlatformID, n, i int, now time.Time) ztp.Endpoint {
	at := n<<14 + i // so that the platforms have MACs beside each other
	if n == 0 {
		at = i
	} else {
		at += 1 << 20
	}
	state := ztp.EndpointListed
	switch {
	case i%100 == 7:
		state = ztp.EndpointFailed
	case i%20 == 3:
		state = ztp.EndpointPaused
	}
	name := fmt.Sprint("Desk ", i*7919%1000003)
	switch i % 10 {
	case 1:
		name = fmt.Sprint("Anna Schmidt ", i%997)
	case 2:
		name = fmt.Sprint("Room-", i%8001)
	}
	return ztp.Endpoint{
		Platform: p, Vendor: "snom", MAC: ztp.MAC{0x00, 0x04, 0x13, byte(at >> 16), byte(at >> 8), byte(at)}, Account: ztp.AccountID(fmt.Sprintf("%sa%d", p, i%100)),
		ProductGroup: "D-Series", Name: name, Serial: fmt.Sprintf("SN%08d", i), Model: []string{"D785", "D735"}[i%2], State: state, CreatedAt: now, UpdatedAt: now,
	}
}

// age has one phone in sixteen fetched its settings, and PostgreSQL look at its tables
// as it does by itself in time.
func (t *tables) age(driver, dsn string) {
	t.b.Helper()
	conn, err := sql.Open(driver, dsn)
	if err != nil {
		t.b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	bytes := "blob"
	if driver == "pgx" {
		bytes = "bytea"
	}
	// Each has come, and one in sixteen waits.
	statements := []string{
		fmt.Sprintf("UPDATE endpoint SET fetched_at = %d + length(name) WHERE substr(mac, 17) = '7'", time.Now().UnixMilli()),
		"UPDATE endpoint SET device_token_hash = 'h', device_token = CAST('t' AS " + bytes + ") WHERE device_token_hash = ''",
		`INSERT INTO phone_contact (platform_id, mac, device_token_hash, account_id, token_id, assurance, networks, admitted_by, password_hash, previous_hash,
				waiting, waiting_since, waiting_at, waiting_network, waiting_agent, version)
			SELECT platform_id, mac, 'h', account_id, 't', 'B', '', '', '', '', CASE WHEN substr(mac, 17) = '3' THEN 'window_closed' ELSE '' END,
				CASE WHEN substr(mac, 17) = '3' THEN 1 END, CASE WHEN substr(mac, 17) = '3' THEN 1 END, '', '', 1 FROM endpoint`,
	}
	if driver == "pgx" {
		statements = append(statements, "VACUUM ANALYZE")
	}
	for _, s := range statements {
		if _, err := conn.Exec(s); err != nil {
			t.b.Fatal(err)
		}
	}
}

func (t *tables) serve() {
	t.b.Helper()
	vendor, err := snom.New(snom.Config{BaseURL: "http://127.0.0.1:1/", AllowPrivate: true})
	if err != nil {
		t.b.Fatal(err)
	}
	t.ctl = control.New(control.Config{Store: t.store, Vendors: []ztp.Vendor{vendor}, Address: proven{}, Installation: "bench"})
	acc := access.New(access.Config{Store: t.store, PlainHTTP: true, Polls: web.IsPoll})
	token, err := acc.AddToken(context.Background(), admin, "bench", ztp.SuperAdmin, time.Now().Add(time.Hour))
	if err == nil {
		err = acc.AddUser(context.Background(), admin, "bench", ztp.SuperAdmin, ztp.NewSecret("a password for benches"))
	}
	if err != nil {
		t.b.Fatal(err)
	}
	portal, err := web.New(web.Config{Control: t.ctl, Access: acc, Installation: "bench", Settle: -1})
	if err != nil {
		t.b.Fatal(err)
	}
	api := restapi.New(restapi.Config{Control: t.ctl, Authenticate: acc.Authenticate})
	cookie := t.signIn(portal)
	t.http = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			r.Header.Set("Authorization", "Bearer "+token.RevealSecret())
			api.ServeHTTP(w, r)
			return
		}
		r.Header.Set("Cookie", cookie)
		portal.ServeHTTP(w, r)
	})
}

func (t *tables) signIn(portal http.Handler) string {
	t.b.Helper()
	form := url.Values{"username": {"bench"}, "password": {"a password for benches"}}
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	portal.ServeHTTP(w, r)
	cookies := w.Result().Cookies()
	if len(cookies) == 0 {
		t.b.Fatalf("signing in: %d", w.Code)
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

// deep is the cursor behind half of a thousand pages.
func (t *tables) deep(sort ztp.EndpointSort) string {
	t.b.Helper()
	cursor := ""
	for range 100 {
		page, err := t.store.ListEndpoints(context.Background(), ztp.EndpointQuery{Platform: "p0", Sort: sort, Cursor: cursor, Limit: 1000})
		if err != nil {
			t.b.Fatal(err)
		}
		if page.Next == "" {
			break
		}
		cursor = page.Next
	}
	return cursor
}

func (t *tables) ask(b *testing.B, path string) {
	var took []time.Duration
	var spent time.Duration
	for n := range b.N + 3 { // what the first ones read from disk is not counted
		if n == 3 {
			spent = processorTime()
		}
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody)
		began := time.Now()
		t.http.ServeHTTP(w, r)
		if n >= 3 {
			took = append(took, time.Since(began))
		}
		if w.Code != http.StatusOK {
			b.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	spent = processorTime() - spent
	slices.Sort(took)
	at := func(percent int) float64 {
		return float64(took[(len(took)-1)*percent/100].Microseconds()) / 1000
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(at(50), "p50-ms")
	b.ReportMetric(at(99), "p99-ms")
	b.ReportMetric(float64(spent.Microseconds())/1000/float64(b.N), "cpu-ms")
}

// processorTime is what this process has taken so far; other work on the machine changes
// it less than the time of day. PostgreSQL's own is not in it.
func processorTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // cannot fail for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
