package phonesim

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"zerotouch.example/internal/vendors/snom/settingsxml"
)

// The ways in which a fleet starts.
const (
	// BootPowerCut: a fifth within the first eighth of the time (15 of 120 seconds), the
	// others evenly (assumed).
	BootPowerCut = "power-cut"
	// BootStaggered: evenly, as phones that ask at times of their own.
	BootStaggered = "staggered"
	// BootAtOnce: all in the first moment.
	BootAtOnce = "at-once"
)

func startOf(boot string, over time.Duration) time.Duration {
	if boot == BootAtOnce {
		return 0
	}
	if boot != BootStaggered && rand.IntN(5) == 0 {
		over /= 8
	}
	if over <= 0 {
		return 0
	}
	return rand.N(over)
}

// MostSources is from how many addresses of this machine a fleet can ask.
const MostSources = 50_000

type phoneNumber struct{}

// from has the transport dial loopback addresses from as many of this machine's as are
// asked for, each phone always from the same: one address has about 28,000 ports, which
// are free again a minute after their connection.
func from(tr *http.Transport, sources int) {
	if sources < 2 {
		return
	}
	plain := tr.DialContext
	tr.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		n, known := ctx.Value(phoneNumber{}).(int)
		host, _, _ := net.SplitHostPort(address)
		if ip := net.ParseIP(host); !known || ip == nil || !ip.IsLoopback() || ip.To4() == nil {
			return plain(ctx, network, address)
		}
		n %= sources
		d := net.Dialer{Timeout: 5 * time.Second, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 1, byte(n/250), byte(1+n%250))}}
		return d.DialContext(ctx, network, address)
	}
}

// Check says what can't be asked before anybody is: a phone that is none, a URL that is none
// or leads to a host that is neither loopback nor named. What the redirection service tells
// is only known when a phone asks it.
func (o FleetOptions) Check() error {
	f := &fleet{o: o}
	for i := range o.Count {
		p, err := o.Phone(i)
		if err != nil {
			return err
		}
		id, err := newIdentity(Options{MAC: p.MAC})
		if err != nil {
			return err
		}
		if p.URL == "" {
			_, err = f.factory(id)
		} else {
			_, err = f.target(id, p.URL)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// target is the URL by which a phone asks for its settings.
func (f *fleet) target(id identity, text string) (*url.URL, error) {
	u, err := parseHTTP(id.expand(text))
	if err != nil {
		return nil, fmt.Errorf("phone %s: %w", id.mac, err)
	}
	if !f.allowed(u) {
		return nil, fmt.Errorf("phone %s: its URL leads to %s, which is neither loopback nor named as a target; --target allows it", id.mac, u.Hostname())
	}
	return u, nil
}

// factory is what a phone asks of the redirection service.
func (f *fleet) factory(id identity) ([]*url.URL, error) {
	addresses, err := id.requests(f.o.Factory)
	if err != nil {
		return nil, fmt.Errorf("redirection service: %w", err)
	}
	for _, u := range addresses {
		if !f.allowed(u) {
			return nil, fmt.Errorf("the redirection service is at %s, which is neither loopback nor named as a target; --target allows it", u.Hostname())
		}
	}
	return addresses, nil
}

// redirect asks the redirection service for the URL of a phone that has none. "" is a
// service that did not tell one; an error ends the fleet.
func (f *fleet) redirect(ctx context.Context, tr *http.Transport, id identity) (string, error) {
	addresses, err := f.factory(id)
	if err != nil {
		return "", err
	}
	told := ""
	for _, u := range addresses {
		if got := f.told(ctx, tr, id, u); got != "" {
			told = got
		}
	}
	return told, nil
}

func (f *fleet) told(ctx context.Context, tr *http.Transport, id identity, u *url.URL) string {
	ctx, cancel := context.WithTimeout(ctx, f.o.Timeout)
	defer cancel()
	resp, err := f.send(ctx, &Phone{id: id, transport: tr, flash: newFlash()}, u, FleetPhone{})
	if err != nil {
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, settingsxml.MaxSize+1))
	if err != nil || resp.StatusCode != http.StatusOK {
		return ""
	}
	return learn(body).URL
}

// learn is what a file tells a phone of where to ask and what to say there.
func learn(body []byte) (p FleetPhone) {
	file, err := settingsxml.Parse(body)
	if err != nil {
		return p
	}
	for _, s := range file.Document.Settings {
		switch s.Name {
		case settingsxml.SettingServer:
			p.URL = s.Value
		case settingHTTPUser:
			p.User = s.Value
		case settingHTTPPass:
			p.Password = s.Value
		}
	}
	return p
}

// period is after what time a file of settings has its phone ask again; 0 where it says none.
func period(body []byte) time.Duration {
	if file, err := settingsxml.Parse(body); err == nil {
		for _, s := range file.Document.Settings {
			if n, err := strconv.Atoi(s.Value); s.Name == settingPeriod && err == nil && n > 0 {
				return time.Duration(n) * time.Second
			}
		}
	}
	return 0
}
