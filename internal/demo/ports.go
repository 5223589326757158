package demo

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// usual are the addresses of a demo that was told nothing else: those of the
// product, and of `zerotouch sim snom`.
var usual = Listen{
	Admin: "127.0.0.1:8080", Phone: "127.0.0.1:8081", Ops: "127.0.0.1:8082",
	Desk: "127.0.0.1:8083", Snom: "127.0.0.1:7700",
}

// withDefaults fills in what was left out.
func (l Listen) withDefaults() Listen {
	for _, p := range []struct {
		at    *string
		usual string
	}{{&l.Admin, usual.Admin}, {&l.Phone, usual.Phone}, {&l.Ops, usual.Ops}, {&l.Desk, usual.Desk}, {&l.Snom, usual.Snom}} {
		if *p.at == "" {
			*p.at = p.usual
		}
	}
	return l
}

// doors are the demo's own listeners, open, and the addresses that the server is
// going to open, known to be free a moment ago and with their ports filled in.
type doors struct {
	snom, office, desk net.Listener
	listen             Listen
}

// openDoors finds out about every port before anything is started, so that a
// person hears of all busy ones at once.
func openDoors(l Listen) (doors, error) {
	d := doors{listen: l}
	o := opener{}
	theirs := []net.Listener{
		o.open("portal and API", "--admin-listen", &d.listen.Admin),
		o.open("phones", "--phone-listen", &d.listen.Phone),
		o.open("health and metrics", "--ops-listen", &d.listen.Ops),
	}
	office := "127.0.0.1:0"
	d.desk = o.open("demo desk", "--desk-listen", &d.listen.Desk)
	d.snom = o.open("simulated Snom", "--snom-listen", &d.listen.Snom)
	d.office = o.open("simulated office network", "", &office)
	if err := o.err(); err != nil {
		return doors{}, errors.Join(err, closeAll(o.held))
	}
	return d, closeAll(theirs)
}

func closeAll(list []net.Listener) error {
	var errs []error
	for _, l := range list {
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// opener opens listeners and remembers what did not work.
type opener struct {
	held []net.Listener
	// busy are the addresses in use, instead the flags that go round them.
	busy, instead []string
	wrong         []string
}

// open listens at an address and fills in the port it got; nil when it can't.
func (o *opener) open(what, flag string, at *string) net.Listener {
	addr, err := net.ResolveTCPAddr("tcp", *at)
	if err != nil {
		o.wrong = append(o.wrong, fmt.Sprintf("%s is no address for the %s; give %s one like 127.0.0.1:8080 (%v)", *at, what, flag, err))
		return nil
	}
	if !addr.IP.IsLoopback() {
		o.wrong = append(o.wrong, fmt.Sprintf("the %s would listen at %s, which other machines can reach; a demo stays on this one, so give %s an address that begins with 127.0.0.1:", what, *at, flag))
		return nil
	}
	l, err := net.ListenTCP("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		o.busy = append(o.busy, fmt.Sprintf("%s (%s)", *at, what))
		o.instead = append(o.instead, fmt.Sprintf("%s 127.0.0.1:%d", flag, another(addr.Port)))
		return nil
	case err != nil:
		o.wrong = append(o.wrong, fmt.Sprintf("the %s cannot listen at %s; choose another address by %s (%v)", what, *at, flag, err))
		return nil
	}
	o.held = append(o.held, l)
	*at = l.Addr().String()
	return l
}

// err says all that is wrong in one line, with the command that goes round what is
// busy.
func (o *opener) err() error {
	said := o.wrong
	if len(o.busy) > 0 {
		flags := strings.Join(o.instead, " ")
		said = append(said, fmt.Sprintf("in use by another program or another demo: %s. Stop that one, or take other ports: zerotouch demo %s, or: make demo DEMO_FLAGS='%s'",
			strings.Join(o.busy, ", "), flags, flags))
	}
	if len(said) == 0 {
		return nil
	}
	return errors.New(strings.Join(said, "; "))
}

// another is a port of the same kind, unlikely to be busy too.
func another(port int) int {
	if port > 50000 {
		return port - 10000
	}
	return port + 10000
}
