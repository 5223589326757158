package demo

import (
	"errors"
	"fmt"
	"net"
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
	var (
		d    = doors{listen: l}
		errs []error
		held []net.Listener
	)
	open := func(what, flag string, at *string) net.Listener {
		c, err := listenAt(what, flag, *at)
		if err != nil {
			errs = append(errs, err)
			return nil
		}
		*at = c.Addr().String()
		held = append(held, c)
		return c
	}
	theirs := []net.Listener{
		open("portal and API", "--admin-listen", &d.listen.Admin),
		open("phones", "--phone-listen", &d.listen.Phone),
		open("health and metrics", "--ops-listen", &d.listen.Ops),
	}
	office := "127.0.0.1:0"
	d.desk = open("demo desk", "--desk-listen", &d.listen.Desk)
	d.snom = open("simulated Snom", "--snom-listen", &d.listen.Snom)
	d.office = open("simulated office network", "", &office)
	if len(errs) > 0 {
		theirs = held
	}
	for _, c := range theirs {
		errs = append(errs, c.Close())
	}
	return d, errors.Join(errs...)
}

func listenAt(what, flag, at string) (net.Listener, error) {
	addr, err := net.ResolveTCPAddr("tcp", at)
	if err != nil {
		return nil, fmt.Errorf("demo: %s is no address for the %s; give %s one like 127.0.0.1:8080: %w", at, what, flag, err)
	}
	if !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("demo: the %s would listen at %s, which other machines can reach; a demo stays on this one, so give %s an address that begins with 127.0.0.1:", what, at, flag)
	}
	l, err := net.ListenTCP("tcp", addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("demo: port %s (%s) is in use, by another program or another demo. Stop that one, or choose another port: zerotouch demo %s 127.0.0.1:%s",
			at, what, flag, another(addr.Port))
	}
	if err != nil {
		return nil, fmt.Errorf("demo: listen at %s for the %s: %w", at, what, err)
	}
	return l, nil
}

// another is a port of the same kind, unlikely to be busy too.
func another(port int) string {
	if port > 50000 {
		return fmt.Sprint(port - 10000)
	}
	return fmt.Sprint(port + 10000)
}
