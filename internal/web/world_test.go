package web_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/net/html"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/campaign"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

const (
	installation = "test"
	password     = "a password for tests"
)

var admin = ztp.Actor{Kind: ztp.ActorUser, Name: "ops@example.net", Role: ztp.SuperAdmin}

// clock is the one clock of a world.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }
func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a portal in front of everything that it stands in front of in the
// product: a real store, the use cases, the orchestrator, the Snom adapter and
// the simulator. Operations run when the test says so.
type world struct {
	// sipProxy is what phones are told through.
	sipProxy string
	t        testing.TB
	clock    *clock
	store    *sqlstore.Store
	sim      *srapssim.Server
	reseller *resellerSource
	ctl      *control.Control
	orch     *orchestrator.Orchestrator
	runner   *campaign.Runner
	srv      *httptest.Server
}

// resellerSource is the reseller credential, present or refused as a test likes.
type resellerSource struct {
	mu  sync.Mutex
	key ztp.APIKey
	err error
}

func (r *resellerSource) Reseller(context.Context, ztp.VendorName) (ztp.APIKey, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return ztp.APIKey{}, r.err
	}
	return r.key, nil
}

func (r *resellerSource) Where(ztp.VendorName) string { return "/zerotouch/test/snom/reseller" }

func (r *resellerSource) refuse(err error) { r.mu.Lock(); defer r.mu.Unlock(); r.err = err }

type reachable struct{}

func (reachable) Check(context.Context, ztp.URLTemplate) error { return nil }

func newWorld(t testing.TB) *world { return newWorldWith(t, nil) }

func newWorldWith(t testing.TB, change func(*web.Config)) *world {
	t.Helper()
	return newWorldBehind(t, "sip:proxy.example;transport=udp", change)
}

func newWorldBehind(t testing.TB, sipProxy string, change func(*web.Config)) *world {
	t.Helper()
	w := &world{t: t, sipProxy: sipProxy, clock: &clock{t: time.Date(2026, 11, 23, 6, 41, 3, 0, time.UTC)}}
	w.sim = srapssim.New(srapssim.Options{Now: w.clock.now})
	t.Cleanup(w.sim.Close)
	vendor := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Date", w.clock.now().Format(http.TimeFormat))
		w.sim.Handler().ServeHTTP(rw, r)
	}))
	t.Cleanup(vendor.Close)
	w.store = storetest.SQLiteWith(t, storetest.Options{Installation: installation, Clock: w.clock.now})
	account := w.sim.Resellers()[0]
	w.reseller = &resellerSource{key: ztp.APIKey{ID: account.KeyID, Secret: ztp.NewSecret(w.sim.SecretOf(account.KeyID))}}
	w.wire(vendor.URL + srapssim.APIPrefix)
	w.serve(change)
	return w
}

// wire builds what stands behind the portal.
func (w *world) wire(base string) {
	w.t.Helper()
	adapter, err := snom.New(snom.Config{BaseURL: base, AllowPrivate: true, Now: w.clock.now, Country: "DE", City: "Berlin",
		Transport: &http.Transport{DisableKeepAlives: true}})
	if err != nil {
		w.t.Fatal(err)
	}
	template, err := ztp.TemplateForBase("https://prov.example.net")
	if err != nil {
		w.t.Fatal(err)
	}
	vendors := []ztp.Vendor{adapter}
	w.orch = orchestrator.New(orchestrator.Config{Store: w.store, Vendors: vendors, Reseller: w.reseller, Installation: installation,
		URL: template, Now: w.clock.now, Jitter: func(d time.Duration) time.Duration { return d }})
	w.ctl = control.New(control.Config{Store: w.store, Vendors: vendors, Reseller: w.reseller, Address: reachable{},
		Companies: w.orch.Companies, Installation: installation, SIPProxy: w.sipProxy, URL: template, Now: w.clock.now})
	w.runner = campaign.New(campaign.Config{Store: w.store, Door: w.ctl, Now: w.clock.now})
}

// campaign takes campaigns forward for a while.
func (w *world) campaign(seconds int) {
	w.t.Helper()
	for range seconds {
		if err := w.runner.Advance(context.Background()); err != nil {
			w.t.Fatal(err)
		}
		w.work()
		w.clock.advance(time.Second)
	}
}

// serve starts the portal with its two users.
func (w *world) serve(change func(*web.Config)) {
	w.t.Helper()
	acc := access.New(access.Config{Store: w.store, PlainHTTP: true, Polls: web.IsPoll, Now: w.clock.now})
	for name, role := range map[string]ztp.Role{"ops@example.net": ztp.SuperAdmin, "guest": ztp.Viewer} {
		u := ztp.User{Name: name, Role: role, PasswordHash: passwordHash(), CreatedAt: w.clock.now(), UpdatedAt: w.clock.now()}
		if err := w.store.CreateUser(context.Background(), u); err != nil {
			w.t.Fatal(err)
		}
	}
	cfg := web.Config{Control: w.ctl, Access: acc, Installation: installation, Version: "0.1.0", Now: w.clock.now, Settle: -1,
		RequestID: func(context.Context) string { return "req_01TEST" }}
	if change != nil {
		change(&cfg)
	}
	h, err := web.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.srv = httptest.NewServer(h)
	w.t.Cleanup(w.srv.Close)
}

// passwordHash is made once: it is slow on purpose.
var passwordHash = sync.OnceValue(func() string {
	salt := []byte("salt of the tests")
	key := argon2.IDKey([]byte(password), salt, 2, 19*1024, 1, 32)
	b64 := base64.RawStdEncoding.EncodeToString
	return "$argon2id$v=19$m=19456,t=2,p=1$" + b64(salt) + "$" + b64(key)
})

// work runs every operation that is due.
func (w *world) work() {
	w.t.Helper()
	for {
		worked, err := w.orch.Work(context.Background())
		if err != nil {
			w.t.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

// platform makes a platform with an account, the way an admin would.
func (w *world) platform(name string) ztp.Platform {
	w.t.Helper()
	p, _, err := w.ctl.CreatePlatform(context.Background(), admin, control.NewPlatform{Name: name})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, _, _, err := w.ctl.CreateAccount(context.Background(), admin, p.Slug, control.NewAccount{Name: name + " HQ"}); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// onboarded makes a platform that is set up at Snom.
func (w *world) onboarded(name string) ztp.Platform {
	w.t.Helper()
	p := w.platform(name)
	if _, err := w.ctl.Onboard(context.Background(), admin, p.Slug, "snom", control.Submission{}); err != nil {
		w.t.Fatal(err)
	}
	w.work()
	return p
}

// phone registers one on the platform's first account.
func (w *world) phone(p ztp.Platform, mac string) {
	w.t.Helper()
	m, err := ztp.ParseMAC(mac)
	if err != nil {
		w.t.Fatal(err)
	}
	accounts, err := w.ctl.ListAccounts(context.Background(), admin, p.Slug, "", 1)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.ctl.PutEndpoint(context.Background(), admin, p.Slug, m, control.EndpointRequest{Account: accounts.Items[0].Slug}); err != nil {
		w.t.Fatal(err)
	}
	w.work()
}

// phones puts many into the store, as if Snom had confirmed them.
func (w *world) phones(p ztp.Platform, n int) {
	w.t.Helper()
	accounts, err := w.ctl.ListAccounts(context.Background(), admin, p.Slug, "", 1)
	if err != nil {
		w.t.Fatal(err)
	}
	err = w.store.Tx(context.Background(), func(s ztp.Store) error {
		for i := range n {
			e := ztp.Endpoint{Platform: p.ID, Vendor: "snom", MAC: ztp.MAC{0, 4, 0x13, 0x50, byte(i >> 8), byte(i)}, Account: accounts.Items[0].ID,
				ProductGroup: "D-Series", State: ztp.EndpointListed, CreatedAt: w.clock.now(), ConfirmedAt: w.clock.now(), UpdatedAt: w.clock.now()}
			if err := s.SaveEndpoint(context.Background(), e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// browser is somebody who looks at the portal; it follows no redirects.
type browser struct {
	w *world
	c *http.Client
	// script is set for requests as htmx makes them, with the target's id.
	script string
	header map[string]string
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	doc    *html.Node
}

func (w *world) browser() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{w: w, c: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is a browser in which somebody is signed in.
func (w *world) as(name string) *browser {
	w.t.Helper()
	b := w.browser()
	if a := b.post("/sign-in", url.Values{"username": {name}, "password": {password}}); a.status != http.StatusSeeOther {
		w.t.Fatalf("signing in as %s: %d", name, a.status)
	}
	return b
}

// htmx is the same browser asking for the part with this id.
func (b *browser) htmx(target string) *browser {
	return &browser{w: b.w, c: b.c, script: target}
}

// with is the same browser sending these headers too.
func (b *browser) with(header map[string]string) *browser {
	return &browser{w: b.w, c: b.c, script: b.script, header: header}
}

func (b *browser) get(path string) answer { return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) answer {
	return b.do(http.MethodPost, path, form)
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.w.t.Helper()
	return b.send(method, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (b *browser) send(method, path, kind string, body io.Reader) answer {
	t := b.w.t
	t.Helper()
	req, err := http.NewRequest(method, b.w.srv.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range b.header {
		req.Header.Set(name, value)
	}
	if b.script != "" {
		req.Header.Set("HX-Request", "true")
		req.Header.Set("HX-Target", "div#"+b.script)
	}
	res, err := b.c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: res.StatusCode, header: res.Header, body: string(got)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		a.doc = parse(t, a.body)
	}
	return a
}

// page gets a path and insists on 200.
func (b *browser) page(path string) answer {
	b.w.t.Helper()
	a := b.get(path)
	if a.status != http.StatusOK {
		b.w.t.Fatalf("GET %s: want 200, got %d\n%s", path, a.status, a.body)
	}
	return a
}

// follow goes where a redirect leads.
func (b *browser) follow(a answer) answer {
	b.w.t.Helper()
	if a.status != http.StatusSeeOther {
		b.w.t.Fatalf("want a redirect, got %d\n%s", a.status, a.body)
	}
	to, _, _ := strings.Cut(a.header.Get("Location"), "#")
	return b.page(to)
}
