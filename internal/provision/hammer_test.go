package provision_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zerotouch.example/internal/provision"
	"zerotouch.example/internal/sqlstore/storetest"
	"zerotouch.example/internal/vendors/snom"
	"zerotouch.example/internal/vendors/snom/settingsxml"
	"zerotouch.example/internal/ztp"
)

// crush are two processes over one database, with less memory than their phones take, and
// phones that ask both of them at once.
type crush struct {
	*world
	handlers []*provision.Handler
	servers  []*httptest.Server
	phones   []*crushed
	// unheard is held while one of them does not know yet what the other has changed.
	unheard sync.RWMutex
	time    atomic.Int64
}

// crushed is a phone; secret stands in its settings alone.
type crushed struct {
	mac                   ztp.MAC
	account, secret       string
	device                ztp.Secret
	path, user, password  string
	served, waited, later int
}

func newCrush(t *testing.T, phones int) *crush {
	t.Helper()
	c := &crush{world: newWorld(t)}
	v, err := snom.New(snom.Config{})
	c.must(err)
	c.cfg.Vendors, c.cfg.Rate, c.cfg.Memory = []ztp.Vendor{v}, -1, int64(phones)*1500
	c.cfg.Now = func() time.Time { return noon.Add(time.Duration(c.time.Load()) * time.Second) }
	c.cfg.Address, c.cfg.Secure, c.cfg.Wait = nil, func(*http.Request) bool { return true }, nil
	c.set(ztp.SettingScope{}, "admin_password=admin")
	for i := range phones {
		account := []string{"one", "two", "three"}[i%3]
		text := fmt.Sprintf("0004130001%02X", i)
		p := &crushed{mac: c.phone(account, text, ztp.EndpointListed), account: account, secret: "secret-of-" + text}
		p.device = c.own(account, p.mac)
		p.path = c.ownPath(account, p.device, text)
		c.set(ztp.SettingScope{Platform: c.accounts[account].Platform, MAC: p.mac},
			"line_user[1]="+text, "line_password[1]="+p.secret, "line_registrar[1]=sip.example.net")
		c.phones = append(c.phones, p)
	}
	for i := range 2 {
		if i > 0 && !onlyPhones {
			c.cfg.Store = storetest.Open(t, c.file, storetest.Options{})
		}
		c.begin(t)
	}
	return c
}

// begin starts one more process.
func (c *crush) begin(t *testing.T) {
	c.serve()
	c.handler.Patient() // a machine that is busy is no database that is away
	s := httptest.NewServer(c.handler)
	t.Cleanup(s.Close)
	c.handlers, c.servers = append(c.handlers, c.handler), append(c.servers, s)
}

// ask fetches from one of them, once more with the password when it is asked for that.
func (p *crushed) ask(t *testing.T, at *httptest.Server) (status int, text string) {
	for _, withPassword := range []bool{false, true} {
		req, err := http.NewRequest(http.MethodGet, at.URL+p.path, nil)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		if withPassword {
			req.SetBasicAuth(p.user, p.password)
		}
		r, err := at.Client().Do(req)
		if err != nil {
			t.Error(err)
			return 0, ""
		}
		file, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if status, text = r.StatusCode, string(file); err != nil || status != http.StatusUnauthorized {
			break
		}
	}
	p.took(t, status, text)
	return status, text
}

// took checks that the answer is this phone's, whole and nobody else's, and keeps it.
func (p *crushed) took(t *testing.T, status int, text string) {
	switch {
	case status == http.StatusServiceUnavailable:
		p.later++
		return
	case status == http.StatusOK && !strings.Contains(text, "secret-of-"):
		p.waited++
		return
	case status != http.StatusOK || strings.Count(text, "secret-of-") != strings.Count(text, p.secret) || !strings.Contains(text, p.device.RevealSecret()):
		t.Errorf("%s by %s: status %d, %s", p.mac, p.path, status, text)
		return
	}
	file, err := settingsxml.Parse([]byte(text))
	if err != nil {
		t.Errorf("%s: %v", p.mac, err)
		return
	}
	p.served++
	for _, s := range file.Document.Settings {
		switch s.Name {
		case settingsxml.SettingServer:
			p.path = strings.Replace(strings.TrimPrefix(s.Value, "https://prov.example"), "{mac}", p.mac.Bare(), 1)
		case "http_client_user":
			p.user = s.Value
		case "http_client_pass":
			p.password = s.Value
		}
	}
}

// change does one of many things that change what phones get, or what is in memory.
func (c *crush) change(i int) {
	c.time.Add(1)
	p, h := c.phones[rand.IntN(len(c.phones))], c.handlers[rand.IntN(2)]
	a := c.accounts[p.account]
	var err error
	switch i % 6 {
	case 0:
		c.set(ztp.SettingScope{Platform: a.Platform}, "language="+[]string{"de", "en", "fr"}[rand.IntN(3)])
	case 1:
		var e ztp.Endpoint
		if e, err = c.store.EndpointByMAC(ctx, p.mac); err == nil {
			e.Name = fmt.Sprintf("Desk %d", i)
			err = c.store.SaveEndpoint(ctx, e)
		}
	case 2:
		c.unheard.Lock()
		err = c.store.IssueToken(ctx, a.Platform, a.ID, ztp.NewID(), ztp.NewToken(), c.cfg.Now())
		c.hear()
		c.unheard.Unlock()
	case 3:
		var k ztp.Contact
		if k, err = c.store.Contact(ctx, a.Platform, p.mac); err == nil && k.Version > 0 {
			err = c.store.SaveContact(ctx, k.Admit("ada", c.cfg.Now()), ztp.Secret{})
		}
	case 4:
		h.RememberAll(ctx)
	case 5:
		h.Tick(ctx)
		err = h.Flush(ctx)
	}
	if err != nil && !ztp.IsCode(err, ztp.CodeFormOutdated) {
		c.t.Error(err)
	}
}

// hear lets both know what the other has changed, as they do each second.
func (c *crush) hear() {
	for _, h := range c.handlers {
		h.Tick(ctx)
	}
}

// However many phones ask two processes at once while everything about them is changed, each
// gets its own file, whole, and no token but its own opens anything. At the end both have the
// same for each, and so has one that has just started.
func TestEachPhoneGetsItsOwnWhateverIsChanged(t *testing.T) {
	t.Parallel()
	c := newCrush(t, 24)
	var work sync.WaitGroup
	for _, p := range c.phones {
		work.Go(func() {
			for i := range 12 {
				c.unheard.RLock()
				p.ask(t, c.servers[rand.IntN(2)])
				if i == 6 {
					guess := strings.Replace(p.path, p.device.RevealSecret(), ztp.NewToken().RevealSecret(), 1)
					r, err := http.Get(c.servers[rand.IntN(2)].URL + guess)
					if err != nil || r.StatusCode != http.StatusNotFound {
						t.Errorf("%s by a wrong token: %v, %v", p.mac, r, err)
					} else {
						_ = r.Body.Close()
					}
				}
				c.unheard.RUnlock()
			}
		})
	}
	for i := range 60 {
		c.change(i)
	}
	work.Wait()
	c.same(t)
}

// same asks all for each phone, and one more that has just started.
func (c *crush) same(t *testing.T) {
	c.begin(t)
	c.hear()
	for _, p := range c.phones {
		p.ask(t, c.servers[0]) // somebody may have admitted it
		c.hear()
		_, want := p.ask(t, c.servers[2])
		for _, s := range c.servers[:2] {
			if _, got := p.ask(t, s); got != want {
				t.Errorf("%s: %s", p.mac, cmp.Diff(want, got))
			}
		}
		if p.served < 4 || p.later > 0 {
			t.Errorf("%s was served %d times, waited %d times and was sent away %d times", p.mac, p.served, p.waited, p.later)
		}
	}
}
