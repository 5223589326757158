package main

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"zerotouch.example/internal/server"
	"zerotouch.example/internal/ztp"
)

// The settings, by who needs them. All are text here and are read by parse
// methods, so that every mistake is told in one way, by the variable's name, and
// all at once. A setting without a good default has none.

// settings are those of serve.
type settings struct {
	storeFlags
	Only         string `setting:"" placeholder:"phones" help:"Serve phones and nothing else, with a key and a database user of its own; see zerotouch key phones."`
	PhoneKeyFile string `setting:"" aliases:"phones-key-file" placeholder:"FILE" help:"Its key, from zerotouch key phones; phones.key in the data folder when left out."`
	Migrate      string `setting:"" default:"auto" placeholder:"auto|off" help:"Whether a start brings an older database up to date (${default})."`
	listenFlags
	addressFlags
	resellerFlags
	vendorFlags
	sipFlags
	RotateEvery string `setting:"" default:"off" placeholder:"TIME|off" help:"Age at which a key is replaced by itself, such as 90d (${default})."`
}

// storeFlags say which database, and as whom.
type storeFlags struct {
	DataDir      string `setting:"" default:"./zerotouch-data" placeholder:"DIR" help:"Folder of database and key file (${default})."`
	Database     string `setting:"" placeholder:"PATH|URL" help:"SQLite file or postgres:// address; zerotouch.db in the data folder when left out."`
	KeyFile      string `setting:"" placeholder:"FILE" help:"File with the key that seals the database; zerotouch.key in the data folder when left out."`
	KMSKey       string `setting:"" name:"kms-key" placeholder:"KEY" help:"Key of AWS KMS (id, ARN or alias/…) that encrypts the root key, which then lies in the database and in no key file."`
	KMSEndpoint  string `setting:"" name:"kms-endpoint" placeholder:"URL" help:"Another address of KMS than AWS's own."`
	Installation string `setting:"" default:"production" placeholder:"NAME" help:"Name of this installation, stored at the first start (${default})."`
}

// listenFlags say where to listen.
type listenFlags struct {
	AdminListen       string `setting:"" default:"127.0.0.1:8080" placeholder:"ADDR" help:"Portal and API (${default})."`
	PhoneListen       string `setting:"" default:"127.0.0.1:8081" placeholder:"ADDR" help:"Phones (${default})."`
	OpsListen         string `setting:"" default:"127.0.0.1:8082" placeholder:"ADDR" help:"Health and metrics (${default})."`
	AdminURL          string `setting:"" name:"admin-url" placeholder:"URL" help:"Address of the portal as browsers see it, where a proxy stands in front."`
	AdminTLSCert      string `setting:"" name:"admin-tls-cert" placeholder:"FILE|DIR,…" help:"Certificate chain (PEM), or several, or a folder with NAME.crt and NAME.key; read again when they change."`
	AdminTLSKey       string `setting:"" name:"admin-tls-key" placeholder:"FILE|DIR,…" help:"Its key (PEM), or theirs in the same order."`
	PhoneTLSCert      string `setting:"" name:"phone-tls-cert" placeholder:"FILE|DIR,…" help:"The same for the phones' listener."`
	PhoneTLSKey       string `setting:"" name:"phone-tls-key" placeholder:"FILE|DIR,…" help:"Its key."`
	PhoneClientCA     string `setting:"" name:"phone-client-ca" placeholder:"FILE" help:"Authorities (PEM) by which certificates of phones are believed."`
	PhoneClientDeny   string `setting:"" placeholder:"FILE" help:"Serial numbers of certificates that are not, one a line."`
	PhoneClientListen string `setting:"" placeholder:"ADDR" help:"Where phones have to show a certificate; elsewhere they are asked for one."`
	PhoneClientNames  string `setting:"" placeholder:"HOST,…" help:"Host names at the phones' listener where they have to."`
	PhoneClientHeader string `setting:"" placeholder:"NAME" help:"Header in which a trusted proxy forwards a phone's certificate."`
	PhoneMemory       string `setting:"" placeholder:"MIB" help:"What is remembered of phones takes so much at most; a quarter of the memory that there is when left out."`
	PhoneRate         string `setting:"" default:"60" placeholder:"N" help:"How often a phone gets its settings within a minute at most; 0 for no limit (${default})."`
	OpsTLSCert        string `setting:"" name:"ops-tls-cert" placeholder:"FILE|DIR,…" help:"The same for health and metrics."`
	OpsTLSKey         string `setting:"" name:"ops-tls-key" placeholder:"FILE|DIR,…" help:"Its key."`
	TrustedProxies    string `setting:"" placeholder:"CIDR,…" help:"Proxies whose X-Forwarded-For and -Proto count."`
}

// addressFlags say what phones are told.
type addressFlags struct {
	ProvisioningURL      string `setting:"" name:"provisioning-url" placeholder:"URL" help:"Base of the address that phones are given, such as https://prov.example."`
	ProvisioningURLCheck string `setting:"" name:"provisioning-url-check" default:"on" placeholder:"on|off" help:"Whether that address is proven before a vendor is told (${default})."`
}

// resellerFlags say where reseller credentials come from.
type resellerFlags struct {
	ResellerSource string `setting:"" default:"sealed" placeholder:"sealed|ssm" help:"Embedded sealed store, or AWS SSM Parameter Store (${default})."`
	SSMPrefix      string `setting:"" name:"ssm-prefix" placeholder:"PATH" help:"Parameters are PATH/<vendor>/reseller; /zerotouch/<installation> when left out."`
	SSMEndpoint    string `setting:"" name:"ssm-endpoint" placeholder:"URL" help:"Another address of SSM than AWS's own."`
}

// vendorFlags say how vendors are reached.
type vendorFlags struct {
	VendorProxy       string `setting:"" placeholder:"URL" help:"HTTP proxy on the way to vendors; that of the environment is never used."`
	SnomBaseURL       string `setting:"" name:"snom-base-url" placeholder:"URL" help:"Another SRAPS than the live service, such as a simulator."`
	SnomLinkHosts     string `setting:"" placeholder:"HOST,…" help:"Further hosts, host or host:port, that links of SRAPS may name."`
	SnomRate          string `setting:"" default:"5" placeholder:"N" help:"Calls a second at most; 0 for no limit (${default})."`
	SnomRole          string `setting:"" placeholder:"NAME" help:"Role of new keys, where the reseller credential names none."`
	SnomProductGroups string `setting:"" default:"D-Series" placeholder:"NAME,…" help:"Product groups that get a profile (${default})."`
	CompanyCountry    string `setting:"" placeholder:"CODE" help:"Country of new companies, such as DE."`
	CompanyCity       string `setting:"" placeholder:"NAME" help:"City of new companies."`
}

// mistakes collects what is wrong with settings.
type mistakes []string

// add says what is wrong with a setting, without its value, which may be secret.
func (m *mistakes) add(name, format string, args ...any) {
	*m = append(*m, envPrefix+name+": "+fmt.Sprintf(format, args...))
}

// unset says of each of these settings that is set why it must not be.
func (m *mistakes) unset(values map[string]string, why string) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] != "" {
			m.add(name, "%s", why)
		}
	}
}

// choice checks a setting that is one of two words, and reports whether it is the first.
func (m *mistakes) choice(name, value, first, second string) bool {
	if value != first && value != second {
		m.add(name, "it is %s or %s", first, second)
	}
	return value == first
}

// url checks a setting that is an address, and returns nil when it is not set.
func (m *mistakes) url(name, value string, schemes ...string) *url.URL {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || !slices.Contains(schemes, u.Scheme) {
		m.add(name, "it is a complete address that begins with %s://", strings.Join(schemes, ":// or "))
		return nil
	}
	return u
}

// err tells all mistakes, one per line.
func (m mistakes) err() error {
	if len(m) == 0 {
		return nil
	}
	return usagef("the configuration is wrong\n  %s", strings.Join(m, "\n  "))
}

// fill puts in the defaults that depend on other settings.
func (f *storeFlags) fill() {
	if f.Database == "" {
		f.Database = filepath.Join(f.DataDir, "zerotouch.db")
	}
	if f.KeyFile == "" {
		f.KeyFile = filepath.Join(f.DataDir, "zerotouch.key")
	}
}

// only reads what belongs to a process that serves phones alone, and reports whether it is one.
func (s *settings) only(m *mistakes) bool {
	if s.PhoneKeyFile == "" {
		s.PhoneKeyFile = filepath.Join(s.DataDir, "phones.key")
	}
	switch s.Only {
	case "":
		return false
	case "phones":
	default:
		m.add("ONLY", "it is phones, or left out: nothing else can be served alone")
		return false
	}
	m.unset(map[string]string{"KEY_FILE": s.KeyFile, "KMS_KEY": s.KMSKey},
		"it opens everything, and a process that serves phones alone must not; leave it out, and name the key of phones by "+envPrefix+"PHONE_KEY_FILE")
	return true
}

// inVain names the settings that are set to something and do nothing in a process that serves
// phones alone. They are no mistake: one file of settings may be for all processes.
func (s *settings) inVain() (names []string) {
	for _, one := range []struct{ name, value, usual string }{
		{"MIGRATE", s.Migrate, "auto"}, {"ADMIN_LISTEN", s.AdminListen, "127.0.0.1:8080"}, {"ADMIN_URL", s.AdminURL, ""}, {"ADMIN_TLS_CERT", s.AdminTLSCert, ""}, {"ADMIN_TLS_KEY", s.AdminTLSKey, ""},
		{"PROVISIONING_URL_CHECK", s.ProvisioningURLCheck, "on"}, {"RESELLER_SOURCE", s.ResellerSource, "sealed"}, {"SSM_PREFIX", s.SSMPrefix, ""}, {"SSM_ENDPOINT", s.SSMEndpoint, ""},
		{"VENDOR_PROXY", s.VendorProxy, ""}, {"SNOM_BASE_URL", s.SnomBaseURL, ""}, {"SNOM_LINK_HOSTS", s.SnomLinkHosts, ""}, {"SNOM_RATE", s.SnomRate, "5"}, {"SNOM_ROLE", s.SnomRole, ""},
		{"SNOM_PRODUCT_GROUPS", s.SnomProductGroups, "D-Series"}, {"COMPANY_COUNTRY", s.CompanyCountry, ""}, {"COMPANY_CITY", s.CompanyCity, ""},
		{"SIP_PROXY", s.SIPProxy, ""}, {"SIP_FROM", s.SIPFrom, ""}, {"SIP_USER", s.SIPUser, ""}, {"SIP_PASSWORD_FILE", s.SIPPasswordFile, ""}, {"SIP_REALM", s.SIPRealm, ""},
		{"ROTATE_EVERY", s.RotateEvery, "off"},
	} {
		if one.value != "" && one.value != one.usual {
			names = append(names, envPrefix+one.name)
		}
	}
	return names
}

func (f *resellerFlags) fill(installation string) {
	if f.SSMPrefix == "" {
		f.SSMPrefix = "/zerotouch/" + installation
	}
}

// scheme is how an address begins. No path does: it would be that of a folder whose
// name ends in a colon.
var scheme = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

func (f *storeFlags) check(m *mistakes) {
	f.fill()
	if !ztp.ValidInstallation(f.Installation) {
		m.add("INSTALLATION", "it has 1 to 32 characters a-z, 0-9 and dashes")
	}
	if s := scheme.FindString(f.Database); s != "" && s != "postgres://" && s != "postgresql://" {
		m.add("DATABASE", "it is the path of an SQLite file, without %s, or an address that begins with postgres://", s)
	}
	m.url("KMS_ENDPOINT", f.KMSEndpoint, "https", "http")
}

// listeners are listenFlags, read.
type listeners struct {
	admin, phone, ops server.Listener
	adminURL          string
	// secure: browsers reach the portal by TLS.
	secure  bool
	proxies []netip.Prefix
	clients server.PhoneClients
	limits  phoneLimits
}

func (f listenFlags) parse(m *mistakes) listeners {
	l := listeners{
		admin:    server.Listener{Address: f.AdminListen, CertFile: f.AdminTLSCert, KeyFile: f.AdminTLSKey},
		phone:    server.Listener{Address: f.PhoneListen, CertFile: f.PhoneTLSCert, KeyFile: f.PhoneTLSKey},
		ops:      server.Listener{Address: f.OpsListen, CertFile: f.OpsTLSCert, KeyFile: f.OpsTLSKey},
		adminURL: strings.TrimRight(f.AdminURL, "/"),
		proxies:  parseProxies(m, f.TrustedProxies),
		clients: server.PhoneClients{
			CAFile: f.PhoneClientCA, DenyFile: f.PhoneClientDeny, Listen: f.PhoneClientListen,
			Names: splitList(strings.ToLower(f.PhoneClientNames)), Header: f.PhoneClientHeader,
		},
		limits: parsePhoneLimits(m, f.PhoneMemory, f.PhoneRate),
	}
	if f.PhoneClientHeader != "" && !headerName.MatchString(f.PhoneClientHeader) {
		m.add("PHONE_CLIENT_HEADER", "it is the name of a header, such as X-SSL-Client-Cert")
	}
	u := m.url("ADMIN_URL", f.AdminURL, "https", "http")
	if u != nil && (strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil) {
		m.add("ADMIN_URL", "it is scheme and host alone, such as https://zerotouch.example")
	}
	if u != nil && u.Scheme == "http" && !isLoopbackAddress(net.JoinHostPort(u.Hostname(), "80")) {
		m.add("ADMIN_URL", "it begins with https://; plain http is only for a loopback address")
	}
	// Who listens for other machines has TLS here or in the proxy: server.New insists.
	l.secure = f.AdminTLSCert != "" || u != nil && u.Scheme == "https" || u == nil && !isLoopbackAddress(f.AdminListen)
	return l
}

// headerName is a name that no proxy takes amiss.
var headerName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,63}$`)

func isLoopbackAddress(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func parseProxies(m *mistakes, text string) (list []netip.Prefix) {
	for _, s := range splitList(text) {
		if p, err := netip.ParsePrefix(s); err == nil {
			list = append(list, p.Masked())
			continue
		}
		a, err := netip.ParseAddr(s)
		if err != nil {
			m.add("TRUSTED_PROXIES", "%q is neither an address nor a network such as 10.0.0.0/8", s)
			continue
		}
		list = append(list, netip.PrefixFrom(a, a.BitLen()))
	}
	return list
}

// hosts reads a list of hosts, each with a port or without.
func (m *mistakes) hosts(name, text string) []string {
	list := splitList(text)
	for i, h := range list {
		if u, err := url.Parse("https://" + h); err != nil || u.Host != h || u.Hostname() == "" {
			m.add(name, "number %d of its items is no host and no host:port, such as sraps.example:8443", i+1)
		}
	}
	return list
}

// splitList reads a list with commas, without empty items.
func splitList(s string) (list []string) {
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// parse returns the template of the provisioning URL, zero without one, and
// whether it is to be proven.
func (f addressFlags) parse(m *mistakes) (t ztp.URLTemplate, proven bool) {
	proven = m.choice("PROVISIONING_URL_CHECK", f.ProvisioningURLCheck, "on", "off")
	if f.ProvisioningURL == "" {
		return t, proven
	}
	if strings.ContainsAny(f.ProvisioningURL, "{}?#") {
		m.add("PROVISIONING_URL", "it is the base alone, such as https://prov.example; /p/<token>/<mac> is put behind it")
		return t, proven
	}
	t, err := ztp.TemplateForBase(f.ProvisioningURL)
	if err != nil {
		m.add("PROVISIONING_URL", "%s", ztp.AsError(err).Detail)
	}
	return t, proven
}

// rate reads a number of calls a second.
func (m *mistakes) rate(name, value string) float64 {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || !(n >= 0 && n <= 1000) {
		m.add(name, "it is a number of calls a second from 0 (no limit) to 1000")
	}
	return n
}

// age reads a setting that is an age of keys; "off" is none.
func (m *mistakes) age(name, value string) time.Duration {
	if value == "off" {
		return 0
	}
	d, err := ztp.ParseAge(value)
	if err != nil || d < leastAge {
		m.add(name, "it is off, or an age of keys of at least 1d, such as 90d or 12w")
	}
	return d
}

// leastAge keeps a slip from rotating all day.
const leastAge = 24 * time.Hour
