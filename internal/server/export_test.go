package server

import (
	"context"
	"net"
	"net/http"
	"time"

	"zerotouch.example/internal/ztp"
)

// Handler is everything around one listener's surface, without the network: so
// that tests can choose the peer's address. viaProxy as in chain.
func (s *Server) Handler(listener string, viaProxy bool) http.Handler {
	sf := map[string]func() surface{"admin": s.adminSurface, "phone": s.phoneSurface, "ops": s.opsSurface}[listener]()
	return s.chain(listener, sf, viaProxy)
}

// WrapPhone puts something around the phones' listener.
func (l *Listeners) WrapPhone(f func(net.Listener) net.Listener) {
	l.phone.Listener = f(l.phone.Listener)
}

// Turns are those of handshakes.
type Turns = turns

var NewTurns = newTurns

func (t *turns) Take() bool { return t.take() }
func (t *turns) Give()      { t.give() }
func (t *turns) Most() int  { return cap(t.taken) }

// ImpatientTurns are those of the server, for which nobody waits any longer.
func (s *Server) ImpatientTurns() *Turns {
	s.turns.patience = 0
	return s.turns
}

// ShortenGrace makes a stop cut waiting requests almost at once.
func (s *Server) ShortenGrace() { s.grace = 20 * time.Millisecond }

// LookEvery is how often the TLS files are looked at.
const LookEvery time.Duration = lookEvery

// NewHandshakes, Note and List are what remembers failed handshakes.
var NewHandshakes = newHandshakes

func (h *handshakes) Note(f ztp.HandshakeFailure) { h.note(f) }
func (h *handshakes) Write(ctx context.Context, note func(context.Context, []ztp.HandshakeFailure) error) error {
	return h.write(ctx, note)
}
func (h *handshakes) List() []ztp.HandshakeFailure { return h.list() }

// NewCrowd, with what a connection goes through there.
var NewCrowd = newCrowd

// Guest is a guest.
type Guest = guest

func (c *crowd) Enter(raw net.Conn) *Guest { return c.enter(raw) }
func (c *crowd) Open() int                 { n, _, _ := c.counted(); return n }
func (g *guest) Begin()                    { g.answering() }
func (g *guest) Answer(status int)         { g.answering(); g.answered(status) }
func (g *guest) Idle()                     { g.crowd.state(g, http.StateIdle) }
func (g *guest) Gone() bool                { return g.gone }

// PhonesOpen is how many connections phones have.
func (s *Server) PhonesOpen() int { return s.crowd.Open() }

// PhoneServer is one like that of the phones' listener, without a network.
func (s *Server) PhoneServer() *http.Server {
	d := s.doors[1].http
	return &http.Server{Handler: d.Handler, ReadHeaderTimeout: d.ReadHeaderTimeout, ReadTimeout: d.ReadTimeout, WriteTimeout: d.WriteTimeout,
		IdleTimeout: d.IdleTimeout, MaxHeaderBytes: d.MaxHeaderBytes, ErrorLog: d.ErrorLog, DisableGeneralOptionsHandler: true}
}
