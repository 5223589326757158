package server

import (
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"unicode"

	"zerotouch.example/internal/ztp"
)

// failure describes a handshake that went wrong; false for a connection over which
// nothing was ever said, as those who test whether a port is open make.
func (c *phoneConn) failure(err error) (f ztp.HandshakeFailure, told bool) {
	f.Address = peerOf(c.RemoteAddr().String()).String()
	hello := c.heard.hello
	if hello != nil {
		f.Name, f.Offers = printable(hello.ServerName), offers(hello)
	}
	var ours *net.OpError
	if alert, open := c.heard.openAlert(); open && errors.As(err, &ours) && ours.Op == "local error" {
		err = &net.OpError{Op: "remote error", Err: alert}
	}
	f.Reason, f.Alert = reason(err, hello)
	// Of a certificate for another name clients say what they say of other bad ones.
	if (f.Reason == ztp.HandshakeNotTrusted || f.Reason == ztp.HandshakeClock) && hello != nil && hello.ServerName != "" && !c.tls.certificates.isFor(hello.ServerName) {
		f.Reason = ztp.HandshakeWrongName
	}
	return f, hello != nil || f.Reason != ztp.HandshakeClosed
}

// reason tells why: by the alert of the other side, or by what this side found.
func reason(err error, hello *tls.ClientHelloInfo) (r ztp.HandshakeReason, alert string) {
	var (
		said       *net.OpError
		timed      net.Error
		disbelief  notBelieved
		notTLS     tls.RecordHeaderError
		_, isPlain = plainHTTP(err)
	)
	switch {
	case errors.As(err, &said) && said.Op == "remote error":
		alert = strings.TrimPrefix(said.Err.Error(), "tls: ")
		return byAlert(alert), "it says: " + alert
	case errors.As(err, &timed) && timed.Timeout():
		return ztp.HandshakeTooSlow, ""
	case errors.As(err, &disbelief) && disbelief == noCertificate, strings.Contains(err.Error(), "client didn't provide a certificate"):
		return ztp.HandshakeNoCertificate, "we say: certificate required"
	case errors.As(err, &disbelief):
		return ztp.HandshakeNotBelieved, "we say: " + string(disbelief)
	case isPlain:
		return ztp.HandshakePlainHTTP, ""
	case errors.As(err, &notTLS):
		return ztp.HandshakeNotTLS, ""
	case hello != nil && newest(hello) < tls.VersionTLS12:
		return ztp.HandshakeOldVersion, "we say: protocol version not supported"
	case strings.Contains(err.Error(), "cipher suite"):
		return ztp.HandshakeNoCipher, "we say: handshake failure"
	case strings.Contains(err.Error(), "EOF") || errors.As(err, &said):
		return ztp.HandshakeClosed, ""
	}
	return ztp.HandshakeOther, "we say: " + strings.TrimPrefix(printable(err.Error()), "tls: ")
}

// byAlert tells what the other side means by an alert. OpenSSL, of which most phones are made,
// says "bad certificate" of one that is not valid yet, as ours is for a phone whose clock
// begins at 1970, and of one for another name; of an unknown authority it says just that.
func byAlert(alert string) ztp.HandshakeReason {
	switch alert {
	case "unsupported certificate", "revoked certificate", "unknown certificate", "unknown certificate authority", "access denied":
		return ztp.HandshakeNotTrusted
	case "bad certificate", "expired certificate":
		return ztp.HandshakeClock
	case "unrecognized name":
		return ztp.HandshakeWrongName
	case "protocol version not supported":
		return ztp.HandshakeOldVersion
	case "handshake failure", "insufficient security level":
		return ztp.HandshakeNoCipher
	}
	return ztp.HandshakeOther
}

func newest(hello *tls.ClientHelloInfo) uint16 {
	var top uint16
	for _, v := range hello.SupportedVersions {
		if v <= tls.VersionTLS13 { // others are there to see whether servers bear them
			top = max(top, v)
		}
	}
	return top
}

// offers is the newest version and the class of cipher suites of a hello.
func offers(hello *tls.ClientHelloInfo) string {
	classes := []struct {
		name string
		has  func(uint16) bool
	}{
		{"AES-GCM with ECDHE", of(tls.CipherSuites(), "_GCM_", "_CHACHA20_")},
		{"CBC with ECDHE", of(slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()), "_ECDHE_")},
		{"key exchange by RSA alone", of(slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()), "TLS_RSA_")},
	}
	version := strings.TrimPrefix(tls.VersionName(newest(hello)), "0x")
	if newest(hello) == tls.VersionTLS13 {
		return version
	}
	for _, c := range classes {
		if slices.ContainsFunc(hello.CipherSuites, c.has) {
			return version + ", " + c.name
		}
	}
	return version + ", other cipher suites"
}

// of finds the suites whose names have one of these in them.
func of(suites []*tls.CipherSuite, parts ...string) func(uint16) bool {
	return func(id uint16) bool {
		return slices.ContainsFunc(suites, func(s *tls.CipherSuite) bool {
			return s.ID == id && slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s.Name, p) })
		})
	}
}

// printable makes text of somebody else's harmless.
func printable(s string) string {
	const longest = 100
	if len(s) > longest {
		s = s[:longest]
	}
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}
