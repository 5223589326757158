package phones_test

import (
	"bytes"
	"container/heap"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"zerotouch.example/internal/vendors/snom/phonesim"
)

// device is a simulated phone at an address of its own, which asks again when its settings
// say so.
type device struct {
	*phonesim.Phone
	in  *installation
	mac string
	// from is its address on the network, tls what it speaks.
	from net.IP
	tls  *tls.Config
	// next is when it asks by itself, zero for never.
	next time.Time
	// blocked are hosts that its network lets nobody reach.
	blocked string
}

// device takes a phone out of its box, in an office network: 127.0.<office>.0.
func (in *installation) device(mac string, office byte) *device {
	in.t.Helper()
	d := &device{in: in, mac: mac, from: net.IPv4(127, 0, office, 7), tls: &tls.Config{RootCAs: world.ca.pool(), MinVersion: tls.VersionTLS12}}
	d.unpack()
	return d
}

func (d *device) unpack() {
	d.in.t.Helper()
	var err error
	d.Phone, err = phonesim.New(phonesim.Options{MAC: d.mac, FactoryServer: d.in.snom, Now: d.in.clock.now, Transport: d.transport()})
	d.in.must(err)
}

// transport goes out from the phone's address, as it is at that moment, without a kept connection.
func (d *device) transport() http.RoundTripper {
	return &http.Transport{
		DialTLSContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			raw, err := d.dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			cfg := d.tls.Clone()
			if cfg.ServerName, _, err = net.SplitHostPort(address); err != nil {
				return nil, err
			}
			c := tls.Client(&speaking{Conn: raw, cfg: cfg}, cfg)
			if err := c.HandshakeContext(ctx); err != nil {
				_ = raw.Close()
				return nil, err
			}
			return c, nil
		},
		DialContext: d.dial, DisableKeepAlives: true, DisableCompression: true,
	}
}

// speaking makes a client say in its alert what it found wrong with our certificate, as
// OpenSSL does; Go's says the same of everything. Both say it in the open in TLS 1.2, and
// OpenSSL in TLS 1.3 too, where Go's follows a record that means nothing.
type speaking struct {
	net.Conn
	cfg *tls.Config
}

func (s *speaking) Write(p []byte) (int, error) {
	const badCertificate, expired, unknownAuthority = 42, 45, 48
	alert, encrypted := []byte{21, 3, 3, 0, 2, 2, badCertificate}, len(p) == 30 && p[0] == 20
	if !encrypted && !bytes.Equal(p, alert) {
		return s.Conn.Write(p)
	}
	switch {
	case s.cfg.Time == nil:
		alert[6] = unknownAuthority
	case s.cfg.Time().After(time.Now()): // of a certificate that is not valid yet it says that it is bad
		alert[6] = expired
	}
	if encrypted {
		alert = append(p[:6:6], alert...)
	}
	_, err := s.Conn.Write(alert)
	return len(p), err
}

func (d *device) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if host, _, _ := net.SplitHostPort(address); host == d.blocked {
		return nil, errors.New("its network lets nobody through")
	}
	from := &net.Dialer{LocalAddr: &net.TCPAddr{IP: d.from}}
	if "http://"+address == d.in.snom {
		from.LocalAddr = nil
	}
	return from.DialContext(ctx, network, address)
}

// boot is a start of the phone; sync what it does by itself when its time has come.
func (d *device) boot() phonesim.Trace {
	d.in.t.Helper()
	trace, err := d.Boot(d.in.t.Context())
	d.in.must(err)
	d.plan()
	return trace
}

func (d *device) sync() phonesim.Trace {
	d.in.t.Helper()
	trace, err := d.Resync(d.in.t.Context())
	d.in.must(err)
	d.plan()
	return trace
}

// plan reads from the phone's own settings when it asks next; zero for never.
func (d *device) plan() {
	d.in.t.Helper()
	s, now := d.State(), d.in.clock.now()
	value := func(name string) string { v, _ := s.Value(name, nil); return v }
	d.next = time.Time{}
	if value("prov_polling_enabled") != "on" {
		return
	}
	switch mode := value("prov_polling_mode"); mode {
	case "rel":
		seconds, err := strconv.Atoi(value("prov_polling_period"))
		d.in.must(err)
		d.next = now.Add(time.Duration(seconds) * time.Second)
	case "random": // once a day, at the latest moment that it says
		at, err := time.Parse("15:04", value("prov_polling_time_rand_end"))
		d.in.must(err)
		d.next = time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
		if !d.next.After(now) {
			d.next = d.next.Add(24 * time.Hour)
		}
	default:
		d.in.t.Fatalf("%s polls in mode %q", d.mac, mode)
	}
}

// has reports whether the phone has the file of its own that it is to have on a platform: its
// line with its password, and a URL here with its MAC.
func (d *device) has(platform string) error {
	s, one := d.State(), 1
	for name, want := range map[string]string{
		"user_active": "on", "user_name": "u" + d.mac, "user_pass": lineSecret(d.mac), "user_host": "sip." + platform + ".example",
	} {
		if got, _ := s.Value(name, &one); got != want {
			return fmt.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if word, _ := s.Value("user_idle_text", &one); word != "" {
		return fmt.Errorf("it shows %q still", word)
	}
	return nil
}

// queue are phones that ask by themselves, the next one first.
type queue []*device

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].next.Before(q[j].next) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)        { *q = append(*q, x.(*device)) }
func (q *queue) Pop() any          { x := (*q)[len(*q)-1]; *q = (*q)[:len(*q)-1]; return x }

// pass lets time go by, in which phones ask when their settings say so; seen is told of each.
func (in *installation) pass(d time.Duration, all []*device, seen func(*device, phonesim.Trace)) {
	in.t.Helper()
	end := in.clock.now().Add(d)
	var q queue
	for _, x := range all {
		if !x.next.IsZero() {
			q = append(q, x)
		}
	}
	heap.Init(&q)
	for q.Len() > 0 && !q[0].next.After(end) {
		x := q[0]
		in.clock.set(x.next)
		trace := x.sync()
		if seen != nil {
			seen(x, trace)
		}
		if x.next.IsZero() {
			heap.Pop(&q)
		} else {
			heap.Fix(&q, 0)
		}
	}
	in.clock.set(end)
}
