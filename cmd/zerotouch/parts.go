package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"

	"zerotouch.example/internal/access"
	"zerotouch.example/internal/control"
	"zerotouch.example/internal/pace"
	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/reseller"
	"zerotouch.example/internal/restapi"
	"zerotouch.example/internal/server"
	"zerotouch.example/internal/sqlstore"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/web"
	"zerotouch.example/internal/ztp"
)

// config is what settings mean, one part each.
type config struct {
	// onlyPhones: this process serves phones and nothing else.
	onlyPhones bool
	migrate    bool
	listen     listeners
	url        ztp.URLTemplate
	proven     bool
	// rotateEvery is the rotation policy; 0 for none.
	rotateEvery time.Duration
	vendorConfig
	resellerConfig
	sipConfig
}

// parse reads all settings and tells all mistakes at once.
func (s *settings) parse() (config, error) {
	var (
		m mistakes
		c config
	)
	c.onlyPhones = s.only(&m)
	s.check(&m)
	c.migrate = m.choice("MIGRATE", s.Migrate, "auto", "off")
	c.listen = s.listenFlags.parse(&m)
	if c.onlyPhones {
		c.listen.admin = server.Listener{}
	}
	c.url, c.proven = s.addressFlags.parse(&m)
	c.vendorConfig = s.vendorFlags.parse(&m)
	if !c.onlyPhones { // else its password has no place here
		c.sipConfig = s.sipFlags.parse(&m)
	}
	c.rotateEvery = m.age("ROTATE_EVERY", s.RotateEvery)
	c.resellerConfig = s.resellerFlags.parse(&m, s.Installation)
	return c, m.err()
}

// vendorConfig holds the configuration of every vendor of this build.
type vendorConfig struct{ snom snom.Config }

func (f vendorFlags) parse(m *mistakes) vendorConfig {
	return vendorConfig{snom: snom.Config{
		BaseURL: f.snomURL(m), AllowPrivate: f.SnomBaseURL != "", LinkHosts: m.hosts("SNOM_LINK_HOSTS", f.SnomLinkHosts),
		Proxy: m.url("VENDOR_PROXY", f.VendorProxy, "http", "https"),
		Rate:  m.rate("SNOM_RATE", f.SnomRate), Burst: snomBurst, Role: f.SnomRole, ProductGroups: splitList(f.SnomProductGroups),
		Country: f.CompanyCountry, City: f.CompanyCity,
	}}
}

// snomBurst is how many calls go out at once before the rate counts.
const snomBurst = 20

func (f vendorFlags) snomURL(m *mistakes) string {
	var u *url.URL
	if u = m.url("SNOM_BASE_URL", f.SnomBaseURL, "https", "http"); u == nil {
		return ""
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		m.add("SNOM_BASE_URL", "it has no user, query or fragment")
	}
	return f.SnomBaseURL
}

// shareCalls lets the calls of all replicas count together, where there can be more
// than one; nil elsewhere, where the calls of this process share the rate.
func (c *vendorConfig) shareCalls(store *sqlstore.Store) *pace.Pacer {
	if store.Engine() != "postgres" {
		c.snom.Pace = pace.New(pace.Config{Store: &pace.Own{Now: store.Now}, Vendor: "snom", Rate: c.snom.Rate, Burst: c.snom.Burst, Now: store.Now}).Wait
		return nil
	}
	p := pace.New(pace.Config{Store: store, Vendor: "snom", Rate: c.snom.Rate, Burst: c.snom.Burst, Now: store.Now})
	c.snom.Pace, c.snom.Throttled = p.Wait, p.Pause
	return p
}

// vendors makes the adapter of every vendor of this build, in the order of the card.
func (c vendorConfig) vendors() ([]ztp.Vendor, error) {
	s, err := snom.New(c.snom)
	if err != nil {
		return nil, wrongSnom(err)
	}
	return []ztp.Vendor{s}, nil
}

// wrongSnom tells what the adapter itself refuses of what has been checked before.
func wrongSnom(err error) error {
	return usagef("the configuration is wrong\n  ZEROTOUCH_SNOM_BASE_URL: %v", err)
}

// buildVendors are the vendors of this build, in the order of the card.
var buildVendors = []ztp.VendorName{"snom"}

// knownVendor refuses names that no vendor of this build has.
func knownVendor(name string) (ztp.VendorName, error) {
	if !slices.Contains(buildVendors, ztp.VendorName(name)) {
		return "", ztp.UnknownVendor(buildVendors...)
	}
	return ztp.VendorName(name), nil
}

// resellerConfig says where reseller credentials come from; ssm is nil for the
// embedded store.
type resellerConfig struct{ ssm *reseller.SSM }

// What AWS takes for the name of a parameter, and what it keeps for itself.
var (
	ssmPrefix   = regexp.MustCompile(`^/([A-Za-z0-9_.-]+/){0,12}[A-Za-z0-9_.-]*$`)
	ssmReserved = regexp.MustCompile(`(?i)^/(aws|ssm)(/|$)`)
)

func (f resellerFlags) parse(m *mistakes, installation string) resellerConfig {
	sealed := m.choice("RESELLER_SOURCE", f.ResellerSource, "sealed", "ssm")
	m.url("SSM_ENDPOINT", f.SSMEndpoint, "https", "http")
	f.fill(installation)
	if !ssmPrefix.MatchString(f.SSMPrefix) || ssmReserved.MatchString(f.SSMPrefix) {
		m.add("SSM_PREFIX", "it is the beginning of a parameter's name, such as /zerotouch/production: it begins with a slash, then come letters, digits, and . _ - / in between; /aws and /ssm are not ours")
	}
	if sealed {
		return resellerConfig{}
	}
	return resellerConfig{ssm: &reseller.SSM{Prefix: f.SSMPrefix, Endpoint: f.SSMEndpoint}}
}

func (c resellerConfig) reseller(store *sqlstore.Store) ztp.ResellerSource {
	if c.ssm != nil {
		return *c.ssm
	}
	return reseller.Sealed{Store: store}
}

// checker proves provisioning URLs, unless that is switched off.
func (c config) checker(store *sqlstore.Store) control.AddressChecker {
	if c.proven {
		return &provision.Checker{Store: store, Now: store.Now, Certificate: func() (*tls.Certificate, error) {
			return server.CheckCertificate(store.TicketKey, store.Now())
		}}
	}
	return provision.Off{}
}

// parts are what the server is built around.
type parts struct {
	open    *server.Listeners
	store   *sqlstore.Store
	vendors []ztp.Vendor
	control *control.Control
	access  *access.Access
	log     *slog.Logger
	hooks   hooks
}

// server makes portal, API and the phones' side, which has something to run beside it.
func (c config) server(p parts) (*server.Server, *provision.Handler, error) {
	portal, err := web.New(web.Config{
		Control: p.control, Access: p.access, Installation: p.control.Installation(), Version: version(),
		AdminURL: c.listen.adminURL, Secure: c.listen.secure, Log: p.log, RequestID: server.RequestID, Address: server.AddressOf,
		Notice: p.hooks.notice, ExtraNav: p.hooks.nav, Now: p.store.Now,
	})
	if err != nil {
		return nil, nil, err
	}
	cfg, phones, err := c.phones(p, gauges(p.store, p.vendors, p.store.Now))
	if err != nil {
		return nil, nil, err
	}
	cfg.Portal = portal
	cfg.API = restapi.New(restapi.Config{
		Control: p.control, Authenticate: p.access.Authenticate, RequestID: server.RequestID, Address: server.Address,
		Version: version(), Log: p.log,
	})
	srv, err := server.New(cfg)
	return srv, phones, err
}

// phones makes the phones' side, and what the server needs for it and for operations.
func (c config) phones(p parts, others func(context.Context) ([]server.Gauge, error)) (server.Config, *provision.Handler, error) {
	phones, err := provision.New(provision.Config{
		Store: p.store, Vendors: p.vendors, URL: c.url, Tell: server.Tell, RequestID: server.RequestID, Address: server.AddressOf, Secure: server.Secure, Local: server.Local,
		Certificate: provenMAC, Certificates: c.listen.clients.CAFile != "", Older: older(p.store), Memory: c.listen.limits.memory, Rate: c.listen.limits.rate, Now: p.store.Now, Log: p.log,
	})
	cfg := c.listen.config()
	cfg.Open, cfg.Phones, cfg.Ready, cfg.Version, cfg.Log = p.open, phones, p.store.Ready, version(), p.log
	cfg.TicketKey = p.store.TicketKey
	cfg.Gauges = withPhones(others, phones)
	return cfg, phones, err
}

// config is what the listeners say of the server.
func (l listeners) config() server.Config {
	return server.Config{Admin: l.admin, Phone: l.phone, Ops: l.ops, AdminURL: l.adminURL, TrustedProxies: l.proxies, PhoneClients: l.clients}
}

// contactSchema is the first one whose programs know the URL of a phone that has a password.
const contactSchema = 15

// older reports whether a replica of an earlier program is alive.
func older(store ztp.Store) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		all, _, err := store.ListReplicas(ctx, 0)
		return slices.ContainsFunc(all, func(r ztp.Replica) bool { return r.Schema < contactSchema }), err
	}
}

// provenMAC is the MAC in the certificate of the phone that asks, zero without one.
func provenMAC(r *http.Request) ztp.MAC {
	mac, _ := server.CertificateMAC(r.Context())
	return mac
}

// certificateMAC asks every vendor which phone a certificate is for.
func certificateMAC(vendors []ztp.Vendor) func(*x509.Certificate) (ztp.MAC, bool) {
	return func(cert *x509.Certificate) (ztp.MAC, bool) {
		for _, v := range vendors {
			if r, ok := v.(ztp.CertificateReader); ok {
				if mac, ok := r.CertificateMAC(cert); ok {
					return mac, true
				}
			}
		}
		return ztp.MAC{}, false
	}
}

// addresses are the URLs under which the server answers.
type addresses struct{ admin, phone, ops string }

// announce says where it listens, which nobody could know of a port 0.
func announce(c config, srv *server.Server, log *slog.Logger, h hooks) {
	at := func(l server.Listener, addr string) string {
		if addr == "" {
			return ""
		}
		if l.CertFile != "" {
			return "https://" + addr
		}
		return "http://" + addr
	}
	a := addresses{admin: at(c.listen.admin, srv.AdminAddr()), phone: at(c.listen.phone, srv.PhoneAddr()), ops: at(c.listen.ops, srv.OpsAddr())}
	if c.onlyPhones {
		log.Info("serving phones alone", "phone", a.phone, "ops", a.ops, "version", version())
	} else {
		log.Info("serving", "admin", a.admin, "phone", a.phone, "ops", a.ops, "version", version())
	}
	if at := srv.PhoneClientAddr(); at != "" {
		log.Info("serving phones that show a certificate", "phone_client", "https://"+at)
	}
	if c.url.IsZero() && c.onlyPhones {
		log.Warn("ZEROTOUCH_PROVISIONING_URL is not set: phones of platforms without an address of their own get no settings here")
	} else if c.url.IsZero() {
		log.Warn("ZEROTOUCH_PROVISIONING_URL is not set: no platform can be onboarded without an address of its own")
	}
	if !c.proven && !c.onlyPhones {
		log.Warn("ZEROTOUCH_PROVISIONING_URL_CHECK is off: a wrong address would only show when phones do not come")
	}
	if h.ready != nil {
		h.ready(a)
	}
}

// hintAtFirstUser tells whoever starts a new installation what is missing.
func hintAtFirstUser(ctx context.Context, store *sqlstore.Store, log *slog.Logger) {
	if users, err := store.ListUsers(ctx); err == nil && len(users) == 0 {
		log.Info("nobody can sign in yet; on this host run: zerotouch user add NAME")
	}
}
