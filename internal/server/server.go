// Package server owns the three listeners: admin (portal and API), phone, and ops
// (health and metrics). It puts around their handlers what all of them need: a
// request id, the caller's address behind proxies, one log line per request,
// recovery, limits, timeouts and TLS from files that may change while it runs.
//
// A listener serves its own surface alone, so the portal cannot be reached under
// the name that phones use. It decides nothing about what is served.
//
// Listen opens all listeners, so ports are known and a busy one is an error before
// anything else is begun. Start reading at New, then chain.go.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Config is what New needs. Phones is required, API and Portal with an Admin listener.
type Config struct {
	// Admin without an Address is none: this process serves phones alone.
	Admin, Phone, Ops Listener
	// Open are the listeners if Listen has opened them already; New does when nil.
	Open *Listeners
	// API answers below /api/, Portal everything else of the admin listener.
	API, Portal http.Handler
	// Phones answers the phone listener.
	Phones http.Handler
	// AdminURL is the portal's address as browsers see it, "" when unknown. When it
	// is https, what a proxy says came by plain http is sent there.
	AdminURL string
	// TrustedProxies are the peers whose forwarding headers count.
	TrustedProxies []netip.Prefix
	// Ready reports whether work can be done: the database answers and takes writes.
	// nil is always.
	Ready func(context.Context) error
	// Gauges are read at every scrape; nil has none.
	Gauges func(context.Context) ([]Gauge, error)
	// TicketKey gives the key of the phones' TLS session tickets for a period of time,
	// the same in every process of the installation; nil keeps tickets to this process.
	TicketKey func(period int64) ([32]byte, error)
	// PhoneClients says which certificates of phones are believed; zero asks for none.
	PhoneClients PhoneClients
	// PhoneConnections is how many connections phones have at once; 0 is as many as suit the
	// limit of open files, 20,000 at most.
	PhoneConnections int
	// Version of this build, for the metrics.
	Version string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	Log *slog.Logger
}

// Listener is one address to serve at.
type Listener struct {
	// Address is host:port; port 0 takes a free one.
	Address string
	// CertFile and KeyFile are PEM files, several with commas, or folders in which
	// NAME.crt belongs to NAME.key; both or none, but for a folder that has both. They
	// are read again when they change.
	CertFile, KeyFile string
}

// Server serves until its Run is told to stop.
type Server struct {
	cfg      Config
	metrics  *metrics
	crowd    *crowd
	turns    *turns
	doors    []*door
	stopping atomic.Bool
	// grace is graceTimeout, but in tests.
	grace time.Duration
}

// door is one open listener with its server.
type door struct {
	name     string
	listener net.Listener
	http     *http.Server
	// tls: net/http makes the handshakes.
	tls bool
}

// Listeners are open, and nobody answers at them yet.
type Listeners struct {
	// admin is zero in a process that serves phones alone.
	admin, phone, ops opened
	// phoneClient is zero when nothing is configured for it.
	phoneClient opened
	clients     *clients
	failures    *handshakes
}

// Listen opens the listeners of a Config, of which it reads Admin, Phone, Ops,
// PhoneClients, TrustedProxies, Now and Log alone. After an error nothing is left open.
func Listen(cfg Config) (*Listeners, error) {
	cfg.fill()
	l := &Listeners{failures: newHandshakes(cfg.Now, cfg.Log)}
	for _, d := range []struct {
		name string
		at   Listener
		to   *opened
	}{{"admin", cfg.Admin, &l.admin}, {"phone", cfg.Phone, &l.phone}, {"ops", cfg.Ops, &l.ops}} {
		if d.name == "admin" && d.at.Address == "" {
			continue
		}
		o, err := cfg.open(d.name, d.at)
		if err != nil {
			return nil, errors.Join(err, l.Close())
		}
		*d.to = o
	}
	if err := l.openClients(cfg); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func (l *Listeners) all() []opened { return []opened{l.admin, l.phone, l.ops, l.phoneClient} }

// Close closes the listeners. What a server has closed already is no error.
func (l *Listeners) Close() error {
	var errs []error
	for _, x := range l.all() {
		if x.Listener == nil {
			continue
		}
		if err := x.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// New checks the configuration, and opens the listeners if they are not open. After
// an error nothing is left open. Close ends a server that is never run.
func New(cfg Config) (*Server, error) {
	if cfg.Phones == nil || cfg.Admin.Address != "" && (cfg.API == nil || cfg.Portal == nil) {
		return nil, errors.New("server: Phones, and with an admin listener API and Portal, are required")
	}
	cfg.fill()
	if cfg.Open == nil {
		var err error
		if cfg.Open, err = Listen(cfg); err != nil {
			return nil, err
		}
	}
	s := &Server{cfg: cfg, metrics: newMetrics(cfg), grace: graceTimeout, turns: newTurns()}
	s.crowd = newCrowd(cfg.PhoneConnections, func(a netip.Addr) bool { return s.trusts(a) || a.IsLoopback() })
	s.metrics.registry.MustRegister(crowdMetrics{s.crowd})
	for _, d := range []struct {
		name    string
		o       opened
		surface surface
	}{
		{"admin", cfg.Open.admin, s.adminSurface()},
		{"phone", cfg.Open.phone, s.phoneSurface()},
		{"ops", cfg.Open.ops, s.opsSurface()},
		{"phone-client", cfg.Open.phoneClient, s.phoneSurface()},
	} {
		if d.o.Listener != nil {
			s.prepare(d.name, d.o, d.surface)
		}
	}
	return s, nil
}

// fill puts in what may be left out.
func (cfg *Config) fill() {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.TicketKey == nil {
		cfg.TicketKey = randomTickets()
	}
}

// prepare prepares the server of one listener.
func (s *Server) prepare(name string, o opened, sf surface) {
	d := &door{name: name, listener: o.Listener}
	s.doors = append(s.doors, d)
	d.http = &http.Server{
		Handler:           s.chain(name, sf, o.certificates == nil && !isLoopback(o.Addr())),
		ReadHeaderTimeout: sf.limits.header,
		ReadTimeout:       sf.limits.read,
		WriteTimeout:      sf.limits.write,
		IdleTimeout:       sf.limits.idle,
		MaxHeaderBytes:    sf.limits.headerBytes,
		// Broken handshakes are the other side's business, and there are many.
		ErrorLog: slog.NewLogLogger(s.cfg.Log.With("listener", name).Handler(), slog.LevelDebug),
		// Else net/http answers OPTIONS * by itself.
		DisableGeneralOptionsHandler: true,
	}
	if sf.phones {
		d.listener = crowdListener{o.Listener, s.crowd}
		d.http.ConnContext, d.http.ConnState = withPhoneConn, s.crowd.state
	}
	switch {
	case o.certificates == nil:
	case sf.phones:
		d.listener = phoneListener{d.listener, &phoneTLS{
			certificates: o.certificates, clients: s.cfg.Open.clients, required: name == "phone-client", failures: s.cfg.Open.failures, turns: s.turns,
			ticket: s.cfg.TicketKey, now: s.cfg.Now, log: s.cfg.Log,
		}}
	default:
		d.tls = true
		d.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: o.certificates.get}
	}
}

// AdminAddr returns the address of the admin listener, with the port it got; "" without one.
func (s *Server) AdminAddr() string { return s.cfg.Open.admin.address() }

// PhoneAddr is that of the phone listener.
func (s *Server) PhoneAddr() string { return s.cfg.Open.phone.address() }

// PhoneClientAddr is that of the listener where phones have to show a certificate; ""
// without one.
func (s *Server) PhoneClientAddr() string { return s.cfg.Open.phoneClient.address() }

// OpsAddr is that of the ops listener.
func (s *Server) OpsAddr() string { return s.cfg.Open.ops.address() }

const (
	// graceTimeout is for requests under way when it is told to stop.
	graceTimeout = 5 * time.Second
	// cutTimeout is for those that then have been told to end, such as somebody
	// waiting for an operation.
	cutTimeout = 2 * time.Second
)

// Run serves until ctx ends, then lets requests under way end, and returns nil.
// It returns earlier, with an error, when a listener fails.
func (s *Server) Run(ctx context.Context) error {
	// Requests outlive ctx for a while; base is what ends them.
	base, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	g, gctx := errgroup.WithContext(ctx)
	for _, d := range s.doors {
		d.http.BaseContext = func(net.Listener) context.Context { return base }
		g.Go(func() error { return d.serve() })
		g.Go(func() error {
			<-gctx.Done()
			s.stopping.Store(true)
			return d.stop(base, s.grace, cut)
		})
	}
	return g.Wait()
}

func (d *door) serve() error {
	var err error
	if d.tls {
		err = d.http.ServeTLS(d.listener, "", "")
	} else {
		err = d.http.Serve(d.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("%s listener: %w", d.name, err)
}

// stop takes no new requests and waits for those under way, first kindly.
func (d *door) stop(base context.Context, grace time.Duration, cut func()) error {
	for _, wait := range []time.Duration{grace, cutTimeout} {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(base), wait)
		err := d.http.Shutdown(ctx)
		cancel()
		if err == nil {
			return nil
		}
		cut()
	}
	return d.http.Close()
}

// Close closes the listeners of a server that is not run.
func (s *Server) Close() error { return s.cfg.Open.Close() }
