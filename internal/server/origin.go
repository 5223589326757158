package server

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"zerotouch.example/internal/ztp"
)

// requestIDHeader carries the id in both directions.
const requestIDHeader = "X-Request-Id"

// forwarding are the headers by which proxies speak for others. They never get
// past origin: whoever is not trusted could write anything into them.
var forwarding = []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Proto",
	"X-Forwarded-Prefix", "X-Real-Ip", "True-Client-Ip", "X-Client-Ip"}

var saneID = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

// origin is where a request comes from.
type origin struct {
	// id is that of the request, address the caller's behind trusted proxies.
	id, address string
	// trusted: the connection comes from a trusted proxy. plain and tls: that proxy says
	// that the caller used http, or https; it may say nothing. said: it says something.
	trusted, plain, tls, said bool
	// mac is that of the phone, as its certificate proves it; zero without a proof.
	mac ztp.MAC
	// peer is the other end of the connection.
	peer netip.Addr
	// told is what the handler has told of the request, for its line in the log; its
	// attributes are in room, behind those that every line has.
	told told
	room [lineAttrs + toldAttrs]slog.Attr
}

// A line has so many attributes, and has room for so many of what is told; more are no
// trouble.
const lineAttrs, toldAttrs = 8, 6

// told is what Tell was given.
type told struct {
	level   slog.Level
	message string
	attrs   []slog.Attr
}

// Tell gives the one line that is logged of a request its message and what else it says;
// the last call counts. Where nobody writes such a line it does nothing and reports false.
func Tell(ctx context.Context, level slog.Level, message string, attrs ...slog.Attr) bool {
	o, ok := ctx.Value(originKey{}).(*origin)
	if ok {
		o.told = told{level, message, append(o.room[lineAttrs:lineAttrs], attrs...)}
	}
	return ok
}

type originKey struct{}

// RequestID returns the id under which the request of the context is logged.
func RequestID(ctx context.Context) string { return originOf(ctx).id }

// Address returns the network address the request came from: of the connection,
// or what a trusted proxy says.
func Address(ctx context.Context) string { return originOf(ctx).address }

// Caller is Address and RequestID.
func Caller(ctx context.Context) (address, requestID string) {
	o := originOf(ctx)
	return o.address, o.id
}

// AddressOf is Address for a request.
func AddressOf(r *http.Request) string { return Address(r.Context()) }

// Secure reports whether a request came over TLS: to a trusted proxy that says so, or to us.
// A proxy that says nothing and speaks http may have taken it so; one that speaks TLS to us
// passes that on as it is, unless it says of the caller that he does not.
func Secure(r *http.Request) bool {
	if o := originOf(r.Context()); o.said {
		return o.tls
	}
	_, ours := r.Context().Value(phoneConnKey{}).(*phoneConn)
	return ours || r.TLS != nil
}

// Local reports whether a request comes from this machine, as what runs here or a proxy
// that is not trusted.
func Local(r *http.Request) bool {
	o := originOf(r.Context())
	peer := o.peer
	if !peer.IsValid() { // it has not come through a listener
		peer = peerOf(r.RemoteAddr)
	}
	return !o.trusted && peer.IsLoopback()
}

// CertificateMAC returns the MAC that the phone behind a request has proven by its
// certificate: on the connection, or as a trusted proxy forwards it.
func CertificateMAC(ctx context.Context) (ztp.MAC, bool) {
	o := originOf(ctx)
	return o.mac, !o.mac.IsZero()
}

type phoneConnKey struct{}

// withPhoneConn is for http.Server.ConnContext.
func withPhoneConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, phoneConnKey{}, c)
}

// proven is the MAC that a certificate proves, of the connection before a proxy's word.
func (s *Server) proven(r *http.Request, trusted bool) ztp.MAC {
	if c, ok := r.Context().Value(phoneConnKey{}).(*phoneConn); ok && !c.mac.IsZero() {
		return c.mac
	}
	clients := s.cfg.Open.clients
	if !trusted || clients == nil || clients.cfg.Header == "" {
		return ztp.MAC{}
	}
	certs, err := forwardedCertificate(r.Header.Values(clients.cfg.Header))
	if certs == nil && err == nil {
		return ztp.MAC{}
	}
	var mac ztp.MAC
	if err == nil {
		mac, err = clients.judge(certs)
	}
	if err != nil {
		s.cfg.Log.Debug("certificate forwarded by a proxy", "err", err)
	}
	return mac
}

// noOrigin is that of a request that did not come through a listener.
var noOrigin origin

func originOf(ctx context.Context) *origin {
	if o, ok := ctx.Value(originKey{}).(*origin); ok {
		return o
	}
	return &noOrigin
}

// withOrigin finds out where requests come from, once and for all that follows.
func (s *Server) withOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := s.originOf(r)
		for _, name := range forwarding {
			delete(r.Header, name) // they are written as net/http has them
		}
		stripCertificates(r.Header, s.cfg.PhoneClients.Header)
		w.Header().Set(requestIDHeader, o.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), originKey{}, o)))
	})
}

func (s *Server) originOf(r *http.Request) *origin {
	peer := peerOf(r.RemoteAddr)
	o := &origin{address: peer.String(), trusted: s.trusts(peer), peer: peer}
	if !peer.IsValid() {
		o.address = r.RemoteAddr
	}
	if o.trusted {
		o.address = s.caller(peer, r.Header.Values("X-Forwarded-For")).String()
		protos := r.Header.Values("X-Forwarded-Proto")
		o.said = len(protos) > 0
		o.plain = strings.EqualFold(strings.TrimSpace(r.Header.Get("X-Forwarded-Proto")), "http")
		o.tls = len(protos) == 1 && strings.EqualFold(strings.TrimSpace(protos[0]), "https")
		if ids := r.Header.Values(requestIDHeader); len(ids) == 1 && saneID.MatchString(ids[0]) {
			o.id = ids[0]
		}
	}
	o.mac = s.proven(r, o.trusted)
	if o.id == "" {
		o.id = newRequestID()
	}
	return o
}

var idLetters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newRequestID is like ztp.NewID, but that nothing hangs on its not being guessed: it takes a
// tenth of the time.
func newRequestID() string {
	var b [16]byte
	binary.NativeEndian.PutUint64(b[:8], rand.Uint64()) //nolint:gosec // see above
	binary.NativeEndian.PutUint64(b[8:], rand.Uint64()) //nolint:gosec // see above
	var text [26]byte
	idLetters.Encode(text[:], b[:])
	return string(text[:])
}

// caller walks the chain of proxies from our side: each trusted one vouches for
// the entry before it, and what the first untrusted one claims is worth nothing.
func (s *Server) caller(peer netip.Addr, headers []string) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(peer); i-- {
		hop := peerOf(strings.TrimSpace(hops[i]))
		if !hop.IsValid() {
			break
		}
		peer = hop
	}
	return peer
}

func (s *Server) trusts(a netip.Addr) bool {
	for _, p := range s.cfg.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// peerOf reads an address with or without a port, invalid when it is neither.
func peerOf(s string) netip.Addr {
	if host, _, err := net.SplitHostPort(s); err == nil {
		s = host
	}
	a, err := netip.ParseAddr(strings.Trim(s, "[]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
