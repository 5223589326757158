package phones_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/access"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/orchestrator"
	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/restapi"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/sqlstore/pgtest"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/srapssim"
	"zerotouch.example/internal/ztp"
)

// clock is the one clock of an installation, its phones and its vendor.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.t) {
		c.t = t
	}
}

// logged is what the server has said.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string { l.mu.Lock(); defer l.mu.Unlock(); return l.b.String() }

// options say what is not as usual in an installation.
type options struct {
	postgres bool
	// served is the certificate that phones are shown; one of world.ca for the name when nil.
	served func(name string) *issued
	// clients says which certificates of phones are believed.
	clients server.PhoneClients
	// strict: a phone has to show one by its URL's name.
	strict bool
	// vendor stands before the adapter.
	vendor func(*snom.Vendor) ztp.Vendor
	// groups are the vendor's families of phones, the usual one when nil.
	groups []string
	// trusts are the proxies that may speak for others.
	trusts []netip.Prefix
	// plain: phones come without TLS.
	plain bool
	// noURL: only platforms have provisioning URLs.
	noURL bool
}

// installation is the product with its vendor, at real sockets.
type installation struct {
	t     testing.TB
	dir   string
	name  string // of the phones' side
	clock *clock
	sim   *srapssim.Server
	snom  string // where the vendor is
	store *sqlstore.Store
	work  *orchestrator.Orchestrator
	phone *provision.Handler
	// use is the door to change things, of the process that control has started last.
	use     *control.Control
	control func() *control.Control
	open    *server.Listeners
	api     *api.Client
	log     logged
	// at is the address of the phones' listener, template the URL that leads there.
	at       string
	template ztp.URLTemplate
	// away: the database does not answer phones.
	away atomic.Bool
	macs int
	// asked is the platform whose phone is to be explained.
	asked string
}

var installations atomic.Int64

func (in *installation) must(err error) {
	in.t.Helper()
	if err != nil {
		in.t.Fatal(err)
	}
}

func install(t testing.TB, o options) *installation {
	t.Helper()
	in := &installation{t: t, asked: "acme", dir: t.TempDir(), clock: &clock{t: time.Now().UTC().Truncate(time.Second)}}
	in.name = fmt.Sprintf("prov%d.phones.test", installations.Add(1))
	world.dns.set(in.name, net.IPv4(127, 0, 0, 1))
	in.vendor()
	where := storetest.Options{Clock: in.clock.now}
	if o.postgres {
		var err error
		in.store, err = sqlstore.Open(t.Context(), where.Config(pgtest.DSN(t)))
		in.must(err)
		t.Cleanup(func() { _ = in.store.Close() })
	} else {
		in.store = storetest.SQLiteWith(t, where)
	}
	key := in.sim.Resellers()[0].KeyID
	err := in.store.SetReseller(t.Context(), "snom", ztp.APIKey{ID: key, Secret: ztp.NewSecret(in.sim.SecretOf(key))}, in.clock.now())
	in.must(err)
	in.run(o)
	return in
}

// vendor starts a simulated Snom, which tells the time of the installation.
func (in *installation) vendor() {
	in.sim = srapssim.New(srapssim.Options{Now: in.clock.now, ShortCatalogue: true})
	in.t.Cleanup(in.sim.Close)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", in.clock.now().Format(http.TimeFormat))
		in.sim.Handler().ServeHTTP(w, r)
	}))
	in.t.Cleanup(srv.Close)
	in.snom = srv.URL
}

// listeners are those of the product, with TLS for phones.
func (in *installation) listeners(o options, log *slog.Logger) server.Config {
	free := server.Listener{Address: "127.0.0.1:0"}
	cfg := server.Config{Admin: free, Phone: free, Ops: free, Now: in.clock.now, Log: log, PhoneClients: o.clients, TrustedProxies: o.trusts}
	if !o.plain {
		served := issue(x509.Certificate{DNSNames: []string{in.name}}, world.ca)
		if o.served != nil {
			served = o.served(in.name)
		}
		cfg.Phone.CertFile, cfg.Phone.KeyFile = served.write(in.t, in.dir, "server")
	}
	if o.strict {
		cfg.PhoneClients.Names = []string{in.name}
	}
	if o.clients.CAFile != "" {
		cfg.PhoneClients.MAC = (&snom.Vendor{}).CertificateMAC
	}
	return cfg
}

// run starts the product as `serve` does, but for the orchestrator, which works when the
// test says so.
func (in *installation) run(o options) {
	log := slog.New(slog.NewTextHandler(&in.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	cfg := in.listeners(o, log)
	// The ports are known before what answers there.
	var phones, admin late
	cfg.Portal, cfg.Phones, cfg.API, cfg.TicketKey = http.NotFoundHandler(), &phones, &admin, in.store.TicketKey
	var err error
	in.open, err = server.Listen(cfg)
	in.must(err)
	cfg.Open = in.open
	srv, err := server.New(cfg)
	in.must(err)
	in.at = srv.PhoneAddr()
	_, port, err := net.SplitHostPort(in.at)
	in.must(err)
	in.template, err = ztp.TemplateForBase("https://" + net.JoinHostPort(in.name, port))
	in.must(err)
	template := in.template
	if o.noURL {
		template = ztp.URLTemplate{}
	}
	sraps, err := snom.New(snom.Config{BaseURL: in.snom + srapssim.APIPrefix, AllowPrivate: true, ProductGroups: o.groups, Now: in.clock.now})
	in.must(err)
	vendors := []ztp.Vendor{sraps}
	if o.vendor != nil {
		vendors[0] = o.vendor(sraps)
	}
	source := reseller.Sealed{Store: in.store}
	in.work = orchestrator.New(orchestrator.Config{Store: in.store, Vendors: vendors, Reseller: source, Installation: storetest.Installation,
		URL: template, Now: in.clock.now, Alone: !o.postgres, Log: log})
	in.control = func() *control.Control {
		return control.New(control.Config{Store: in.store, Vendors: vendors, Reseller: source, Installation: storetest.Installation, URL: template,
			Address: &provision.Checker{Store: in.store, Now: in.clock.now, Certificate: func() (*tls.Certificate, error) {
				return server.CheckCertificate(in.store.TicketKey, in.clock.now())
			}}, Companies: in.work.Companies, Listeners: in.open.State, Now: in.clock.now, Log: log})
	}
	in.use = in.control()
	who := access.New(access.Config{Store: in.store, PlainHTTP: true, Now: in.clock.now, Log: log})
	in.phone, err = provision.New(provision.Config{Store: in.phoneStore(), Vendors: vendors, URL: template, RequestID: server.RequestID,
		Address: server.AddressOf, Secure: server.Secure, Local: server.Local, Certificates: o.clients.CAFile != "",
		Certificate: func(r *http.Request) ztp.MAC { mac, _ := server.CertificateMAC(r.Context()); return mac }, Now: in.clock.now, Log: log})
	in.must(err)
	phones.Handler, admin.Handler = in.phone, restapi.New(restapi.Config{Control: in.use, Authenticate: who.Authenticate, Log: log})
	in.serve(srv)
	token, err := who.AddToken(in.t.Context(), ztp.Actor{Kind: ztp.ActorLocal, Name: "test", Role: ztp.SuperAdmin}, "test", ztp.SuperAdmin, in.clock.now().Add(365*24*time.Hour))
	in.must(err)
	in.api, err = api.New("http://"+srv.AdminAddr(), token.RevealSecret())
	in.must(err)
}

// late is a handler that comes after its server.
type late struct{ http.Handler }

func (in *installation) serve(srv *server.Server) {
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { in.phone.Run(ctx) })
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	in.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			in.t.Error(err)
		}
		all.Wait()
	})
}

// phoneStore is the store as phones meet it, which a test takes away.
func (in *installation) phoneStore() provision.Store { return &cable{in.store, &in.away} }

// settle lets operations run to their end.
func (in *installation) settle() {
	in.t.Helper()
	for range 2000 {
		worked, err := in.work.Work(in.t.Context())
		in.must(err)
		if worked {
			continue
		}
		open, err := in.store.ListOperations(in.t.Context(), ztp.OperationQuery{Open: true, Limit: 1})
		in.must(err)
		if len(open.Items) == 0 {
			return
		}
		in.clock.set(in.clock.now().Add(time.Second))
	}
	in.t.Fatal("operations do not end")
}

// rest lets operations go on for a while, also those that wait for somebody.
func (in *installation) rest() {
	in.t.Helper()
	for range 60 {
		for worked := true; worked; {
			var err error
			worked, err = in.work.Work(in.t.Context())
			in.must(err)
		}
		in.clock.set(in.clock.now().Add(time.Second))
	}
}

// done settles an operation, which has to succeed.
func (in *installation) done(a api.Answer, err error) {
	in.t.Helper()
	in.must(err)
	in.settle()
	if a.Operation == nil {
		return
	}
	op, err := in.api.Operation(in.t.Context(), a.Operation.ID)
	in.must(err)
	if op.State != "done" {
		in.t.Fatalf("%s: %s %s: %+v", op.Kind, op.State, op.Outcome, op.Error)
	}
}

// platform makes one that is onboarded, with an account that its phones belong to, a line
// each for whoever is registered there.
func (in *installation) platform(slug string) {
	in.t.Helper()
	in.bare(slug)
	in.done(in.api.Onboard(in.t.Context(), slug, "snom"))
}

// bare makes one that is not onboarded.
func (in *installation) bare(slug string) {
	in.t.Helper()
	ctx := in.t.Context()
	_, err := in.api.CreatePlatform(ctx, api.NewPlatform{Slug: slug, Name: slug})
	in.must(err)
	_, err = in.api.CreateAccount(ctx, slug, api.NewAccount{Slug: "main", Name: "Main"})
	in.must(err)
	in.set(api.SettingsOf{Platform: slug}, "line_registrar", "sip."+slug+".example")
}

// set sets one value; of a line it is the first.
func (in *installation) set(of api.SettingsOf, name, value string) {
	in.t.Helper()
	s := api.PutSetting{Name: name, Value: new(api.Secret(value))}
	if of.MAC != "" {
		s.Index = 1
	}
	_, err := in.api.PutSettings(in.t.Context(), of, api.PutSettings{Settings: []api.PutSetting{s}})
	in.must(err)
}

// line gives a phone its SIP account.
func (in *installation) line(platform, mac string) {
	in.t.Helper()
	of := api.SettingsOf{Platform: platform, MAC: mac}
	in.set(of, "line_user", "u"+mac)
	in.set(of, "line_password", lineSecret(mac))
}

func lineSecret(mac string) string { return "sip-secret-of-" + mac }

// register registers a phone, changed by what is said of it, with a line.
func (in *installation) register(platform string, change ...func(*api.PutEndpoint)) string {
	in.t.Helper()
	in.macs++
	mac := fmt.Sprintf("000413%06X", 0x770000+in.macs)
	in.put(platform, mac, change...)
	in.line(platform, mac)
	return mac
}

func (in *installation) put(platform, mac string, change ...func(*api.PutEndpoint)) {
	in.t.Helper()
	e := api.PutEndpoint{Account: "main", Model: new("D785")}
	for _, f := range change {
		f(&e)
	}
	in.done(in.api.PutEndpoint(in.t.Context(), platform, mac, e))
}

// expected says when the phone is to come, from now.
func (in *installation) expected(from time.Duration) func(*api.PutEndpoint) {
	return func(e *api.PutEndpoint) { e.ExpectedAt = new(in.clock.now().Add(from)) }
}

// noted writes down what phones have left behind.
func (in *installation) noted() {
	in.t.Helper()
	in.must(in.phone.Flush(in.t.Context()))
}

// cable is the way to the database.
type cable struct {
	*sqlstore.Store
	cut *atomic.Bool
}

var errCut = errors.New("the cable is cut")

func (c *cable) away() error {
	if c.cut.Load() {
		return errCut
	}
	return nil
}

func (c *cable) AccountByToken(ctx context.Context, token ztp.Secret) (ztp.Account, error) {
	if err := c.away(); err != nil {
		return ztp.Account{}, err
	}
	return c.Store.AccountByToken(ctx, token)
}

func (c *cable) EndpointByMAC(ctx context.Context, mac ztp.MAC) (ztp.Endpoint, error) {
	if err := c.away(); err != nil {
		return ztp.Endpoint{}, err
	}
	return c.Store.EndpointByMAC(ctx, mac)
}

func (c *cable) PhoneFeedEnd(ctx context.Context) (int64, error) {
	if err := c.away(); err != nil {
		return 0, err
	}
	return c.Store.PhoneFeedEnd(ctx)
}

func (c *cable) Tx(ctx context.Context, f func(ztp.Store) error) error {
	if err := c.away(); err != nil {
		return err
	}
	return c.Store.Tx(ctx, f)
}

func (c *cable) NoteFetches(ctx context.Context, all []ztp.Fetch) error {
	if err := c.away(); err != nil {
		return err
	}
	return c.Store.NoteFetches(ctx, all)
}
