// Package phonesim is a simulated Snom desk phone: it boots, asks the redirection service, finds its provisioning
// URL, takes over the settings it gets, and forgets everything at a factory reset. It ships, for the demo and for
// trying an installation without a phone on the desk.
//
// It has no telephony and no web interface, follows no HTTP redirect, and is strict where real phones are said to be
// strict or where nobody knows: an answer counts only when it is a well-formed settings file. Each behaviour names
// its source: "wiki" is Snom's public wiki, "code" are provisioning servers in production, "assumed" is our choice
// where nothing is published.
//
// Start reading at Phone.Boot and process.go.
package phonesim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"time"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

const (
	defaultModel    = "D785"
	defaultFirmware = "10.1.169.16"

	// defaultTimeout bounds one request from dialling to the last byte. The phones' own limit is not documented (assumed).
	defaultTimeout = 10 * time.Second
)

// Discover is a stand-in for something on the phone's network that hands out a URL: a SIP PnP server or DHCP
// options 66/67. It returns "" when nobody answers.
type Discover func(ctx context.Context) (string, error)

// Options says which phone to simulate. MAC and FactoryServer are required.
type Options struct {
	// MAC is the phone's address, in any usual spelling.
	MAC string
	// Model is the type label, such as "D785" (the default); the phone type is then "snomD785".
	Model string
	// Firmware is the version in the User-Agent; it has no other effect.
	Firmware string
	// FactoryServer is the redirection URL the phone has ex works. There is no default, so that no simulated phone
	// ever bothers the vendor's live service by accident.
	FactoryServer string
	// StateFile keeps what a phone keeps in flash over process restarts; "" keeps it in memory. It holds
	// passwords once the phone got some, and is written with mode 0600.
	StateFile string
	// Roots are the certificate authorities in the phone; nil are the system's. Not with Transport.
	Roots *x509.CertPool
	// Certificate is the phone's own, which it shows to every server that asks for one, whatever
	// authorities that names; nil is none. Source is the address of this machine that it asks from;
	// the zero Addr is whichever leads there. Neither with Transport.
	Certificate *tls.Certificate
	Source      netip.Addr
	// Transport replaces the phone's own HTTP and TLS.
	Transport http.RoundTripper
	// PnP and DHCP are what the phone finds on its network; nil finds nothing.
	PnP, DHCP Discover
	// Timeout bounds one request; 0 is ten seconds.
	Timeout time.Duration
	// OnStep is called with every step as it happens, from the goroutine that boots the phone; nil is fine.
	OnStep func(Step)
	// Now is the phone's clock; nil is time.Now.
	Now func() time.Time
}

// Phone is one simulated phone. Its methods may be called from several goroutines; boots, resyncs and resets wait for
// each other.
type Phone struct {
	id        identity
	factory   string
	transport http.RoundTripper
	ownTLS    *http.Transport // nil when the transport is the caller's
	pnp, dhcp Discover
	timeout   time.Duration
	onStep    func(Step)
	now       func() time.Time
	file      string

	busy chan struct{} // holds one token while a boot, resync or reset runs

	mu    sync.Mutex // guards flash, for State during a boot
	flash flash
}

// New makes the phone, taking up the state file when there is one.
func New(o Options) (*Phone, error) {
	id, err := newIdentity(o)
	if err != nil {
		return nil, err
	}
	if _, err := parseHTTP(id.expand(o.FactoryServer)); err != nil {
		return nil, fmt.Errorf("redirection URL: %w", err)
	}
	if o.Transport != nil && (o.Roots != nil || o.Certificate != nil || o.Source.IsValid()) {
		return nil, errors.New("roots, certificate and source have no effect with a transport of your own: set one of them")
	}
	if o.Timeout < 0 {
		return nil, errors.New("timeout is negative")
	}
	p := &Phone{
		id: id, factory: o.FactoryServer, transport: o.Transport, pnp: o.PnP, dhcp: o.DHCP, timeout: o.Timeout,
		onStep: o.OnStep, now: o.Now, file: o.StateFile, busy: make(chan struct{}, 1), flash: newFlash(),
	}
	if p.transport == nil {
		p.ownTLS = newTransport(o)
		p.transport = p.ownTLS
	}
	if p.timeout == 0 {
		p.timeout = defaultTimeout
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.file != "" {
		if err := p.load(); err != nil {
			return nil, fmt.Errorf("state of phone %s: %w", id.mac, err)
		}
	}
	return p, nil
}

// newTransport verifies chain and host name, as firmware 10 does (wiki, check_fqdn_against_server_cert), and takes
// no proxy from the environment: a phone has none.
func newTransport(o Options) *http.Transport {
	dialer, config := &net.Dialer{Timeout: 5 * time.Second}, &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12}
	if o.Source.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(o.Source, 0))
	}
	if o.Certificate != nil {
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return o.Certificate, nil }
	}
	return &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, TLSClientConfig: config, DisableCompression: true}
}

// identity is what the phone knows about itself.
type identity struct {
	mac       string // twelve upper-case hex digits, as phones write it (wiki)
	phoneType string // snomD785
	firmware  string
}

var (
	validModel    = regexp.MustCompile(`^[A-Za-z0-9]{1,20}$`)
	validFirmware = regexp.MustCompile(`^[0-9]{1,5}(\.[0-9]{1,5}){0,5}$`)
)

func newIdentity(o Options) (identity, error) {
	mac, err := parseMAC(o.MAC)
	if err != nil {
		return identity{}, err
	}
	id := identity{mac: mac, phoneType: "snom" + defaultModel, firmware: defaultFirmware}
	if o.Model != "" {
		id.phoneType = "snom" + strings.TrimPrefix(o.Model, "snom")
	}
	if o.Firmware != "" {
		id.firmware = o.Firmware
	}
	if !validModel.MatchString(strings.TrimPrefix(id.phoneType, "snom")) {
		return identity{}, fmt.Errorf("model %q: use a type label such as %s", o.Model, defaultModel)
	}
	if !validFirmware.MatchString(id.firmware) {
		return identity{}, fmt.Errorf("firmware %q: use a version such as %s", o.Firmware, defaultFirmware)
	}
	return id, nil
}

func parseMAC(s string) (string, error) {
	text := s
	if len(text) == 12 && !strings.ContainsAny(text, ":-.") {
		text = text[:4] + "." + text[4:8] + "." + text[8:]
	}
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != 6 {
		return "", fmt.Errorf("%q is not a MAC address", s)
	}
	return fmt.Sprintf("%X", []byte(mac)), nil
}

// userAgent has the form that phones of the D-Series are seen with (code).
func (id identity) userAgent() string {
	return fmt.Sprintf("Mozilla/4.0 (compatible; %s-SIP %s 2010.12-00001-g0000000 %s SXM:0 UXM:0)", id.phoneType, id.firmware, id.mac)
}

// Boot starts the phone and lets it look for its settings. The trace tells what it did; a phone that found nothing
// is no error. An error means that the simulation itself could not go on: the context ended, or the state could not
// be written; the trace then has the steps so far.
func (p *Phone) Boot(ctx context.Context) (Trace, error) {
	return p.provision(ctx, stepBoot)
}

// Resync does what a SIP NOTIFY with Event check-sync;reboot=false asks for: the phone looks for its settings again,
// from where it is now. Errors are those of Boot.
func (p *Phone) Resync(ctx context.Context) (Trace, error) {
	return p.provision(ctx, stepResync)
}

// FactoryReset makes the phone forget every setting, its setting server included. It waits for a running boot.
func (p *Phone) FactoryReset() error {
	p.busy <- struct{}{}
	defer func() { <-p.busy }()
	p.mu.Lock()
	p.flash = newFlash()
	p.mu.Unlock()
	return p.save()
}

// UserSet changes a setting as the phone's user would, in the phone's menu. A setting that provisioning made
// read-only is refused.
func (p *Phone) UserSet(name string, index *int, value string) error {
	s := settingsxml.Setting{Name: name, Index: index, Value: value}
	if err := s.Validate(); err != nil {
		return err
	}
	p.mu.Lock()
	err := p.flash.userSet(s)
	p.mu.Unlock()
	if err != nil {
		return err
	}
	return p.save()
}
