package phones_test

import (
	"strings"
	"testing"
	"time"

	"zerotouch.example/api"
	"zerotouch.example/internal/vendors/snom/phonesim"
)

// patient is a phone that waits, or was moved away, until somebody clicks once.
type patient struct {
	*device
	why string
	// home is the platform on which it is to be in service.
	home    string
	click   func(in *installation, p *patient) error
	clicked time.Time
	served  time.Time
}

// admit, unhold and the like are what the portal offers, by the API: a phone is admitted
// where it waits.
func admit(in *installation, p *patient) error {
	from := ""
	for w, err := range in.api.Waiting(in.t.Context(), p.home) {
		if err != nil {
			return err
		}
		if n := w.Waiting.Networks; strings.EqualFold(strings.ReplaceAll(w.MAC, ":", ""), p.mac) && len(n) > 0 {
			from = n[len(n)-1].Network
		}
	}
	_, err := in.api.AdmitEndpointFrom(in.t.Context(), p.home, p.mac, from)
	return err
}

func unhold(in *installation, p *patient) error {
	_, err := in.api.UnholdEndpoint(in.t.Context(), p.home, p.mac)
	return err
}

func move(in *installation, p *patient) error {
	in.done(in.api.MoveEndpoint(in.t.Context(), "acme", p.mac, api.MoveEndpoint{Platform: p.home, Account: "main"}))
	in.line(p.home, p.mac)
	return nil
}

// inService takes a phone out of its box in an office and into service on acme.
func (in *installation) inService(office byte) *device {
	in.t.Helper()
	d := in.device(in.register("acme"), office)
	d.boot()
	in.must(d.has("acme"))
	return d
}

// lateOne waits since it came after its window had closed.
func (in *installation) lateOne() *device {
	d := in.device(in.register("acme", in.expected(-10*24*time.Hour)), 1)
	d.boot()
	return d
}

// states are the ways in which phones come to wait.
var states = []struct {
	why   string
	home  string
	make  func(in *installation) *device
	click func(in *installation, p *patient) error
}{
	{"late", "acme", (*installation).lateOne, admit},
	{"early", "acme", func(in *installation) *device {
		d := in.device(in.register("acme", in.expected(10*24*time.Hour)), 1)
		d.boot()
		return d
	}, admit},
	{"reset elsewhere, its first contact used up", "acme", func(in *installation) *device {
		d := in.inService(1)
		in.must(d.FactoryReset())
		d.from[14] = 2
		d.boot()
		return d
	}, admit},
	{"elsewhere, its password lost", "acme", func(in *installation) *device {
		d := in.inService(1)
		in.must(d.UserSet("http_client_pass", nil, "forgotten"))
		d.from[14] = 2
		d.boot()
		return d
	}, admit},
	{"held by hand", "acme", func(in *installation) *device {
		d := in.inService(1)
		_, err := in.api.HoldEndpoint(in.t.Context(), "acme", d.mac)
		in.must(err)
		d.boot()
		return d
	}, unhold},
	{"held by hand before it came", "acme", func(in *installation) *device {
		d := in.device(in.register("acme"), 1)
		_, err := in.api.HoldEndpoint(in.t.Context(), "acme", d.mac)
		in.must(err)
		d.boot()
		return d
	}, admit},
	{"waits here, is moved", "norddial", (*installation).lateOne, move},
	{"waits, was registered for another account meanwhile", "acme", func(in *installation) *device {
		d := in.lateOne()
		in.done(in.api.PutEndpoint(in.t.Context(), "acme", d.mac, api.PutEndpoint{Account: "second"}))
		return d
	}, admit},
	{"was moved, and its window there is closed", "norddial", func(in *installation) *device {
		d := in.inService(1)
		in.must(move(in, &patient{device: d, home: "norddial"}))
		in.put("norddial", d.mac, in.expected(-10*24*time.Hour))
		d.boot()
		return d
	}, admit},
	{"another one with its MAC has its URL, of which the proven one goes away", "acme", func(in *installation) *device {
		d := in.inService(1)
		other := in.device(d.mac, 2) // somebody, or the same phone with a new board
		other.boot()
		return other
	}, admit},
}

// waiting counts the phones of a platform that the portal lists as waiting.
func (in *installation) waiting(platform string) (n int) {
	in.t.Helper()
	for _, err := range in.api.Waiting(in.t.Context(), platform) {
		in.must(err)
		n++
	}
	return n
}

// TestLatePhonesNeedNoVisit: a hundred phones that came late or early, were reset, moved or
// held are in service within a quarter of an hour after one click each. None is started
// again: each asks when the settings that it got say so.
func TestLatePhonesNeedNoVisit(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		n := 100
		if testing.Short() { // the race detector takes its time
			n = len(states)
		}
		lateNeedNoVisit(t, options{}, n)
	})
	if testing.Short() { // the race detector sees nothing else in it
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		n := len(states)
		if full {
			n = 100
		}
		lateNeedNoVisit(t, options{postgres: true}, n)
	})
}

func lateNeedNoVisit(t *testing.T, o options, count int) {
	in := install(t, o)
	in.platform("acme")
	in.platform("norddial")
	_, err := in.api.CreateAccount(t.Context(), "acme", api.NewAccount{Slug: "second", Name: "Second"})
	in.must(err)
	var all []*patient
	var phones []*device
	for i := range count {
		s := states[i%len(states)]
		p := &patient{device: s.make(in), why: s.why, home: s.home, click: s.click}
		all, phones = append(all, p), append(phones, p.device)
	}
	of := map[*device]*patient{}
	for _, p := range all {
		of[p.device] = p
	}
	boots := map[*device]int{}
	look := func(d *device, trace phonesim.Trace) {
		p := of[d]
		if d.has(p.home) != nil || !p.served.IsZero() {
			return
		}
		p.served = in.clock.now()
		if p.clicked.IsZero() {
			t.Errorf("%s is in service without a click: %s", p.why, trace)
		}
	}
	in.pass(time.Hour, phones, look) // they wait, and come again and again
	if n := in.waiting("acme") + in.waiting("norddial"); n != len(all) {
		t.Errorf("%d phones are listed as waiting, want %d", n, len(all))
	}
	for _, p := range all {
		boots[p.device] = p.State().Boots
		if p.next.IsZero() || p.next.After(in.clock.now().Add(15*time.Minute)) {
			t.Errorf("%s: it asks next at %s", p.why, p.next)
		}
	}
	for _, p := range all {
		p.clicked = in.clock.now()
		in.must(p.click(in, p))
		in.pass(20*time.Second, phones, look)
	}
	in.pass(15*time.Minute, phones, look)
	for _, p := range all {
		switch took := p.served.Sub(p.clicked); {
		case p.served.IsZero():
			t.Errorf("%s: not in service: %v", p.why, p.has(p.home))
		case took > 15*time.Minute:
			t.Errorf("%s: in service after %s", p.why, took)
		}
		if n := p.State().Boots; n != boots[p.device] {
			t.Errorf("%s: it was started again", p.why)
		}
	}
	in.pass(25*time.Hour, phones, nil) // the next night too
	for _, p := range all {
		if err := p.has(p.home); err != nil {
			t.Errorf("%s, the night after: %v", p.why, err)
		}
	}
}
