package provision_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom/settingsxml"
	"zerotouch.example/internal/ztp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// maker is a vendor that can do nothing but write settings.
type maker struct {
	ztp.Vendor
	broken bool
}

func (maker) Describe() ztp.VendorInfo { return ztp.VendorInfo{Name: "snom"} }

func (m maker) RenderSettings(s ztp.PhoneSettings) ([]byte, string, error) {
	if m.broken {
		return nil, "", errors.New("no template")
	}
	if s.Home {
		s.URL, s.Name = ztp.NewSecret("https://home.example"), ""
	}
	doc := settingsxml.Document{Settings: []settingsxml.Setting{
		{Name: settingsxml.SettingServer, Perm: settingsxml.ReadWrite, Value: s.URL.RevealSecret()},
		{Name: "phone_name", Value: s.Name},
	}}
	switch {
	case s.Holding != "":
		doc.Settings = []settingsxml.Setting{{Name: "word", Value: s.Holding}, {Name: "poll", Value: s.Poll.String()}}
	case !s.Password.IsZero():
		doc.Settings = append(doc.Settings, settingsxml.Setting{Name: "http_client_user", Value: s.User},
			settingsxml.Setting{Name: "http_client_pass", Value: s.Password.RevealSecret()})
	}
	text, err := doc.Encode()
	return text, "text/xml; charset=utf-8", err
}

// lockedBuffer is a log that requests at once write to.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// world is a store with two accounts of one platform and one of another, the
// handler over it, and a clock.
type world struct {
	t testing.TB
	// file is where the database is.
	file    string
	store   *sqlstore.Store
	cfg     provision.Config
	log     lockedBuffer
	now     time.Time
	handler *provision.Handler
	// from is where requests come from, plain whether without TLS, certificate whose.
	from        string
	plain       bool
	certificate ztp.MAC
	// waited is how long answers were held back.
	waited time.Duration
	// tokens by account slug.
	tokens    map[string]ztp.Secret
	accounts  map[string]ztp.Account
	platforms map[string]ztp.Platform
}

func newWorld(t testing.TB) *world {
	t.Helper()
	var path string
	if onlyPhones {
		path = pgtest.DSN(t)
	} else {
		path = storetest.File(t, storetest.Options{})
	}
	w := &world{t: t, file: path, store: storetest.Open(t, path, storetest.Options{}), now: noon, from: "192.0.2.10",
		tokens: map[string]ztp.Secret{}, accounts: map[string]ztp.Account{}, platforms: map[string]ztp.Platform{}}
	template, err := ztp.TemplateForBase("https://prov.example")
	w.must(err)
	w.cfg = provision.Config{Store: w.store, Vendors: []ztp.Vendor{maker{}}, URL: template,
		Now: func() time.Time { return w.now }, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Secure: func(*http.Request) bool { return !w.plain }, Address: func(*http.Request) string { return w.from },
		Certificate: func(*http.Request) ztp.MAC { return w.certificate }, Wait: func(_ context.Context, d time.Duration) { w.waited += d }}
	if onlyPhones {
		w.cfg.Store = w.edge()
	}
	w.platform("acme", "")
	w.platform("other", "")
	w.account("acme", "one")
	w.account("acme", "two")
	w.account("other", "three")
	w.serve()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// serve builds the handler anew, after a change of cfg, and lets it learn who there is.
func (w *world) serve() {
	w.t.Helper()
	w.handler = w.unlearned()
	w.handler.Tick(context.Background())
}

// unlearned is a handler that has nothing in memory.
func (w *world) unlearned() *provision.Handler {
	w.t.Helper()
	h, err := provision.New(w.cfg)
	w.must(err)
	return h
}

func (w *world) platform(slug, template string) {
	w.t.Helper()
	p := ztp.Platform{ID: ztp.PlatformID(ztp.NewID()), Slug: slug, Name: slug, URLTemplate: template, CreatedAt: noon, UpdatedAt: noon}
	w.must(w.store.CreatePlatform(context.Background(), p))
	w.platforms[slug] = p
}

func (w *world) account(platform, slug string) {
	w.t.Helper()
	a := ztp.Account{ID: ztp.AccountID(ztp.NewID()), Platform: w.platforms[platform].ID, Slug: slug, Name: slug, CreatedAt: noon, UpdatedAt: noon}
	w.must(w.store.CreateAccount(context.Background(), a))
	w.accounts[slug] = a
	w.issue(slug)
}

// issue gives the account a new token and returns the earlier one.
func (w *world) issue(account string) ztp.Secret {
	w.t.Helper()
	a, old, token := w.accounts[account], w.tokens[account], ztp.NewToken()
	w.must(w.store.IssueToken(context.Background(), a.Platform, a.ID, ztp.NewID(), token, noon))
	w.tokens[account] = token
	return old
}

func (w *world) phone(account, mac string, state ztp.EndpointState) ztp.MAC {
	w.t.Helper()
	m, err := ztp.ParseMAC(mac)
	w.must(err)
	a := w.accounts[account]
	w.must(w.store.SaveEndpoint(context.Background(), ztp.Endpoint{Platform: a.Platform, Vendor: "snom", MAC: m, Account: a.ID,
		ProductGroup: "D-Series", Name: "Reception", State: state, CreatedAt: noon, UpdatedAt: noon}))
	return m
}

// path is the address of a phone as its URL has it.
func (w *world) path(account, mac string) string {
	return "/p/" + w.tokens[account].RevealSecret() + "/" + mac
}

func (w *world) get(path string) *http.Response { return w.do(http.MethodGet, path) }

func (w *world) do(method, path string, header ...string) *http.Response {
	return w.serveTo(w.request(method, path, header...))
}

func (w *world) serveTo(req *http.Request) *http.Response {
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, req)
	return rec.Result()
}

func (w *world) request(method, path string, header ...string) *http.Request {
	w.t.Helper()
	req := httptest.NewRequest(method, "http://prov.example/", nil)
	// As the server would read it off the wire: nothing cleaned, nothing joined.
	u, err := req.URL.Parse("http://prov.example")
	w.must(err)
	raw, query, hasQuery := strings.Cut(path, "?")
	u.RawPath, u.RawQuery, u.ForceQuery = raw, query, hasQuery && query == ""
	u.Path, err = url.PathUnescape(raw)
	w.must(err)
	req.URL = u
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return req
}

// quiet keeps the handshake errors that tests cause out of the output.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
