package sipnotify

import (
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Proxy is where messages go.
type Proxy struct {
	// Host is a name or an IP address, without brackets.
	Host string
	// Port is 0 where none is named: SRV records are asked then, and 5060 or 5061 is used
	// where there are none.
	Port int
	// Transport is udp, tcp or tls.
	Transport string
}

var errProxyForm = errors.New("it is written as sip:proxy.example.net:5060;transport=tcp, with udp, tcp or tls")

// ParseProxy reads sip:host[:port][;transport=udp|tcp|tls] or sips:host[:port]. UDP is the
// transport of a sip: without one, TLS that of sips:.
func ParseProxy(text string) (Proxy, error) {
	scheme, rest, _ := strings.Cut(text, ":")
	p := Proxy{Transport: "udp"}
	switch strings.ToLower(scheme) {
	case "sip":
	case "sips":
		p.Transport = "tls"
	default:
		return p, errProxyForm
	}
	rest, params, _ := strings.Cut(rest, ";")
	for param := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.ToLower(param), "=")
		switch {
		case name == "" || name == "lr":
		case name == "transport" && (value == "udp" || value == "tcp" || value == "tls"):
			if p.Transport == "tls" && value == "udp" {
				return p, errProxyForm
			}
			if p.Transport != "tls" { // sips: over tcp is TLS
				p.Transport = value
			}
		default:
			return p, errProxyForm
		}
	}
	var ok bool
	if p.Host, p.Port, ok = splitHost(rest); !ok {
		return p, errProxyForm
	}
	return p, nil
}

// String is the proxy as ParseProxy reads it.
func (p Proxy) String() string {
	s := "sip:" + bracketed(p.Host)
	if p.Port != 0 {
		s += ":" + strconv.Itoa(p.Port)
	}
	return s + ";transport=" + p.Transport
}

func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// Address is whom a message is for: user and host[:port] of a SIP address. Make it with
// NewAddress.
type Address struct{ user, host string }

// NewAddress escapes the user after RFC 3261 (whatever it holds can't leave the user part),
// and refuses a host that is neither a name nor an IP address, with a port or without.
func NewAddress(user, host string) (Address, error) {
	if user == "" {
		return Address{}, errors.New("the address has no user")
	}
	name, port, ok := splitHost(host)
	if !ok {
		return Address{}, errors.New("its host is neither a name nor an IP address")
	}
	a := Address{user: escapeUser(user), host: bracketed(name)}
	if port != 0 {
		a.host += ":" + strconv.Itoa(port)
	}
	return a, nil
}

// String is the address as a URI.
func (a Address) String() string { return "sip:" + a.user + "@" + a.host }

// escapeUser keeps what RFC 3261 (section 25.1) has as unreserved and user-unreserved.
func escapeUser(user string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(user) {
		c := user[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\.?$`)

// splitHost reads host, host:port, [v6] or [v6]:port; port is 0 without one.
func splitHost(text string) (host string, port int, ok bool) {
	host = text
	if h, p, err := net.SplitHostPort(text); err == nil {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return "", 0, false
		}
		host = h
		if strings.Contains(h, ":") && !strings.HasPrefix(text, "[") {
			return "", 0, false
		}
	} else if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		host = text[1 : len(text)-1]
		if !strings.Contains(host, ":") {
			return "", 0, false
		}
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return host, port, a.Zone() == ""
	}
	return host, port, len(host) <= 253 && hostName.MatchString(host)
}

// CheckFrom says what is wrong with an address of our own: it is sip:user@host, with a port
// or without.
func CheckFrom(text string) error {
	user, host, _ := strings.Cut(strings.TrimPrefix(text, "sip:"), "@")
	if a, err := NewAddress(user, host); err != nil || a.String() != text {
		return errors.New("it is written as sip:zerotouch@example.net")
	}
	return nil
}
