package server

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	// mostConnections is how many connections phones have at once where nobody says, and
	// ofOneAddress the part of them that one address may have without having got anything.
	mostConnections = 20_000
	ofOneAddress    = 4
)

// crowd bounds the connections of phones. A connection on which nothing right was asked
// yet is a stranger: one address has so many of them, so that slow ones don't take all
// there is, and an office's phones don't count once they are served. Where there is no
// room, the one gives way that has been silent longest: a phone is through in no time. No
// connection is cut while it is answered, so no file arrives in part.
type crowd struct {
	most, ofOne int
	// free reports addresses that stand for many, such as a proxy.
	free func(netip.Addr) bool

	mu      sync.Mutex
	n       int
	silent  list.List // strangers, the longest first
	idle    list.List // those that were served and wait, the longest first
	of      map[netip.Addr]*list.List
	cut     int
	refused int
}

func newCrowd(most int, free func(netip.Addr) bool) *crowd {
	if most == 0 {
		most = mostConnections
		var files syscall.Rlimit
		if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) == nil && files.Cur/2 < mostConnections {
			most = max(int(files.Cur/2), ofOneAddress)
		}
	}
	return &crowd{most: most, ofOne: max(most/ofOneAddress, 1), free: free, of: map[netip.Addr]*list.List{}}
}

// guest is a connection of a crowd.
type guest struct {
	net.Conn
	crowd   *crowd
	address netip.Addr
	// at and own are its places in silent or idle, and among those of its address; nil
	// while it is answered.
	at, own *list.Element
	served  bool
	free    bool
	gone    bool

	out gathered
}

// Close makes room.
func (g *guest) Close() error {
	g.crowd.mu.Lock()
	g.crowd.leave(g)
	g.crowd.mu.Unlock()
	return g.Conn.Close()
}

// enter takes a connection in, or returns nil. Whoever gives way for it is closed.
func (c *crowd) enter(raw net.Conn) *guest {
	g := &guest{Conn: raw, crowd: c, address: peerOf(raw.RemoteAddr().String())}
	g.free = c.free(g.address)
	g.address = whose(g.address)
	c.mu.Lock()
	var away []*guest
	if same := c.of[g.address]; same != nil && same.Len() >= c.ofOne {
		away = append(away, same.Front().Value.(*guest))
		c.leave(away[0])
	}
	if c.n >= c.most {
		for _, from := range []*list.List{&c.idle, &c.silent} {
			if first := from.Front(); first != nil {
				away = append(away, first.Value.(*guest))
				c.leave(first.Value.(*guest))
				break
			}
		}
	}
	full := c.n >= c.most
	c.cut += len(away)
	if full {
		c.refused++
	} else {
		c.n++
		c.wait(g)
	}
	c.mu.Unlock()
	for _, x := range away {
		_ = x.Conn.Close()
	}
	if full {
		_ = raw.Close()
		return nil
	}
	return g
}

// whose is the address by which somebody counts: of IPv6 they have as many as they like,
// so that all of a network are one.
func whose(a netip.Addr) netip.Addr {
	if part, err := a.Prefix(64); err == nil && a.Is6() {
		return part.Addr()
	}
	return a
}

// wait puts g among those that may give way. The lock is held.
func (c *crowd) wait(g *guest) {
	if g.served {
		g.at = c.idle.PushBack(g)
		return
	}
	g.at = c.silent.PushBack(g)
	if g.free {
		return
	}
	same := c.of[g.address]
	if same == nil {
		same = list.New()
		c.of[g.address] = same
	}
	g.own = same.PushBack(g)
}

// hold takes g from among those that may give way. The lock is held.
func (c *crowd) hold(g *guest) {
	if g.at != nil {
		c.silent.Remove(g.at) // does nothing where it is not in it
		c.idle.Remove(g.at)
	}
	if g.own != nil {
		same := c.of[g.address]
		if same.Remove(g.own); same.Len() == 0 {
			delete(c.of, g.address)
		}
	}
	g.at, g.own = nil, nil
}

func (c *crowd) leave(g *guest) {
	if !g.gone {
		c.hold(g)
		c.n--
		g.gone = true
	}
}

// answering and answered stand around the work on a request of g, which may be nil.
func (g *guest) answering() {
	if g == nil {
		return
	}
	g.crowd.mu.Lock()
	defer g.crowd.mu.Unlock()
	g.crowd.hold(g)
}

func (g *guest) answered(status int) {
	if g == nil {
		return
	}
	g.crowd.mu.Lock()
	defer g.crowd.mu.Unlock()
	// A phone that is asked for its password has the right URL.
	g.served = g.served || status < 400 || status == http.StatusUnauthorized
}

// state is for http.Server.ConnState, which tells when an answer is out.
func (c *crowd) state(conn net.Conn, s http.ConnState) {
	g := guestOf(conn)
	if g == nil || s != http.StateIdle {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !g.gone {
		c.hold(g)
		c.wait(g)
	}
}

// guestOf finds the guest of a connection that net/http knows.
func guestOf(c net.Conn) *guest {
	if p, ok := c.(*phoneConn); ok {
		c = p.heard.Conn
	}
	g, _ := c.(*guest)
	return g
}

// counted is how many connections there are, and how many had to give way or found no
// room.
func (c *crowd) counted() (open, cut, refused int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n, c.cut, c.refused
}

// crowdListener lets in who finds room.
type crowdListener struct {
	net.Listener
	crowd *crowd
}

func (l crowdListener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g := l.crowd.enter(raw); g != nil {
			return g, nil
		}
	}
}

// guestIn is the guest that a request came from; nil where nobody counts them.
func guestIn(ctx context.Context) *guest {
	c, _ := ctx.Value(phoneConnKey{}).(net.Conn)
	return guestOf(c)
}

// crowdMetrics tells how many connections there are.
type crowdMetrics struct{ crowd *crowd }

var (
	connectionsOpen = prometheus.NewDesc("zerotouch_phone_connections", "Connections of phones that are open.", nil, nil)
	connectionsCut  = prometheus.NewDesc("zerotouch_phone_connections_cut_total",
		"Connections of phones that had to give way to others before they were answered, or found no room.", []string{"why"}, nil)
)

func (crowdMetrics) Describe(out chan<- *prometheus.Desc) {
	out <- connectionsOpen
	out <- connectionsCut
}

func (m crowdMetrics) Collect(out chan<- prometheus.Metric) {
	open, cut, refused := m.crowd.counted()
	out <- prometheus.MustNewConstMetric(connectionsOpen, prometheus.GaugeValue, float64(open))
	out <- prometheus.MustNewConstMetric(connectionsCut, prometheus.CounterValue, float64(cut), "gave_way")
	out <- prometheus.MustNewConstMetric(connectionsCut, prometheus.CounterValue, float64(refused), "no_room")
}
