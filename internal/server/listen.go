package server

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// SettingError is an address or a pair of TLS files that is not set right, whatever
// the machine is like.
type SettingError struct{ err error }

func (e *SettingError) Error() string { return e.err.Error() }
func (e *SettingError) Unwrap() error { return e.err }

func wrongSetting(format string, args ...any) error {
	return &SettingError{fmt.Errorf(format, args...)}
}

// opened is a listener that is open, with its certificates; nil for plain http.
type opened struct {
	net.Listener
	certificates *certificates
}

func (o opened) address() string {
	if o.Listener == nil {
		return ""
	}
	return o.Addr().String()
}

// open opens a listener, or says what to do so that it can be.
func (cfg Config) open(name string, at Listener) (o opened, err error) {
	setting := "ZEROTOUCH_" + strings.ToUpper(name)
	if at.KeyFile != "" && at.CertFile == "" || at.CertFile != "" && at.KeyFile == "" && !isFolder(at.CertFile) {
		return o, wrongSetting("%s listener: %s_TLS_CERT and %s_TLS_KEY belong together; set both or none", name, setting, setting)
	}
	if at.tlsSet() { // before anything is begun: they are read again when they change
		if o.certificates, err = newCertificates(name, at, cfg.Now, cfg.Log); err != nil {
			return o, fmt.Errorf("%s listener: the TLS files of %s_TLS_CERT and %s_TLS_KEY cannot be used: %w", name, setting, setting, err)
		}
	}
	o.Listener, err = listen(name, setting, at, len(cfg.TrustedProxies) > 0)
	return o, err
}

// openClients reads the bundle of authorities, and opens the listener where a phone has
// to show a certificate, which shows the same ones itself as the phones' listener.
func (l *Listeners) openClients(cfg Config) error {
	p := cfg.PhoneClients
	if p.CAFile == "" {
		if p.Listen != "" || len(p.Names) > 0 || p.Header != "" || p.DenyFile != "" {
			return wrongSetting("phone listener: certificates of phones are believed by a bundle of authorities; set ZEROTOUCH_PHONE_CLIENT_CA")
		}
		return nil
	}
	if l.phone.certificates == nil && p.Header == "" {
		return wrongSetting("phone listener: phones show certificates by TLS alone; set ZEROTOUCH_PHONE_TLS_CERT and ZEROTOUCH_PHONE_TLS_KEY, " +
			"or ZEROTOUCH_PHONE_CLIENT_HEADER where a proxy speaks it")
	}
	if l.phone.certificates == nil && (p.Listen != "" || len(p.Names) > 0) {
		return wrongSetting("phone listener: where a certificate is required, TLS is spoken here; set ZEROTOUCH_PHONE_TLS_CERT and ZEROTOUCH_PHONE_TLS_KEY")
	}
	if p.Header != "" && len(cfg.TrustedProxies) == 0 {
		return wrongSetting("phone listener: ZEROTOUCH_PHONE_CLIENT_HEADER is read from trusted proxies alone; set ZEROTOUCH_TRUSTED_PROXIES")
	}
	var err error
	if l.clients, err = newClients(p, cfg.Now, cfg.Log); err != nil {
		return fmt.Errorf("phone listener: the files of ZEROTOUCH_PHONE_CLIENT_CA and ZEROTOUCH_PHONE_CLIENT_DENY cannot be used: %w", err)
	}
	if p.Listen == "" {
		return nil
	}
	l.phoneClient.certificates = l.phone.certificates
	l.phoneClient.Listener, err = listen("phone-client", "ZEROTOUCH_PHONE_CLIENT", Listener{Address: p.Listen, CertFile: cfg.Phone.CertFile}, false)
	return err
}

func listen(name, setting string, at Listener, proxies bool) (net.Listener, error) {
	addr, err := net.ResolveTCPAddr("tcp", at.Address)
	if err != nil {
		return nil, wrongSetting("%s listener: %q is not an address to listen at, such as 127.0.0.1:8080; set %s_LISTEN: %w", name, at.Address, setting, err)
	}
	if !isLoopback(addr) && !at.tlsSet() && !proxies {
		return nil, wrongSetting("%s listener: %s is reachable from other machines and would speak plain http. "+
			"Set %s_TLS_CERT and %s_TLS_KEY to serve TLS here, or set ZEROTOUCH_TRUSTED_PROXIES to the proxy in front that does", name, at.Address, setting, setting)
	}
	l, err := net.ListenTCP("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s listener: %s is in use, by another program or another zerotouch. "+
			"Stop that one, or choose another address by %s_LISTEN or --%s-listen: %w", name, at.Address, setting, name, err)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("%s listener: %s is no address of this machine; choose one by %s_LISTEN: %w", name, at.Address, setting, err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s listener: this user may not listen at %s; choose a port above 1023 by %s_LISTEN: %w", name, at.Address, setting, err)
	case err != nil:
		return nil, fmt.Errorf("%s listener: %w", name, err)
	}
	return l, nil
}

func isLoopback(a net.Addr) bool {
	t, ok := a.(*net.TCPAddr)
	return ok && t.IP.IsLoopback()
}
