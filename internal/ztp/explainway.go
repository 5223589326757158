package ztp

import (
	"cmp"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// failed is what the look at our address came to, unless the phone has been served since.
func (f PhoneFacts) failed() error {
	if f.came().After(f.Address.At) || f.Template.IsZero() || !f.Template.ServedHere() {
		return nil
	}
	return f.Address.Err
}

// detail is the sentence for people in an error.
func detail(err error) string { return AsError(err).Detail }

func dnsGate(f PhoneFacts) Gate {
	var dns *net.DNSError
	switch err := f.failed(); {
	case errors.As(err, &dns):
		return closed(CauseDNS, detail(err))
	case f.Address.At.IsZero():
		return unknown("It was not looked up.")
	}
	return opened("This server finds it. The phone asks the DNS of its own network.")
}

// ourCertificate says what is wrong with the certificate that the check has met, "" for
// nothing.
func ourCertificate(err error) GateCause {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &authority):
		return CauseChain
	case errors.As(err, &name), errors.As(err, &invalid):
		return CauseOurCertificate
	}
	return ""
}

// reachGate: does the phone get here at all?
func reachGate(f PhoneFacts) Gate {
	var dns *net.DNSError
	err := f.failed()
	_, _, knocks := f.knocks()
	switch {
	case err != nil && !errors.As(err, &dns) && ourCertificate(err) == "":
		return closed(CauseUnreachable, detail(err))
	case knocks:
		return opened("A TLS handshake came from it, as it seems.")
	case f.lastSeen().IsZero() && certificateGate(f).State == GateClosed:
		return unknown("Nobody gets further than our certificate.")
	case f.lastSeen().IsZero() && f.Endpoint.ExpectedAt.After(f.Now):
		return closed(CauseNeverCame, "It is expected on "+at(f.Endpoint.ExpectedAt)+".")
	case f.lastSeen().IsZero():
		return closed(CauseNeverCame, "Nobody has asked for its settings, and no handshake that failed looks like it.")
	case f.silent():
		return closed(CauseSilent, "It last came on "+at(f.lastSeen())+".")
	}
	return opened("It last came on " + at(f.lastSeen()) + ".")
}

// handshakesFresh is how long a failed handshake is a reason.
const handshakesFresh = 24 * time.Hour

// knocks is the newest failed handshake that is the phone's: sure when it came from a
// network that the phone has come from. Of a phone that has never come it is one for our
// name that nobody else explains.
func (f PhoneFacts) knocks() (h HandshakeFailure, sure, any bool) {
	own := f.networks()
	for _, x := range f.Handshakes {
		a, err := netip.ParseAddr(x.Address)
		if err != nil || f.Now.Sub(x.Last) > handshakesFresh || !x.Last.After(f.lastSeen()) || x.Last.Before(f.Endpoint.CreatedAt) {
			continue
		}
		if own[NetworkOf(a)] {
			return x, true, true
		}
		if !any && len(own) == 0 && f.lastSeen().IsZero() && f.likely(x) {
			h, any = x, true
		}
	}
	return h, false, any
}

// likely leaves out what scanners leave behind: they ask for no name, and for nothing else
// than a port.
func (f PhoneFacts) likely(x HandshakeFailure) bool {
	base, err := url.Parse(f.Template.Base())
	if err == nil && x.Name != "" {
		return x.Name == base.Hostname() || x.Reason == HandshakeWrongName
	}
	switch x.Reason { // old phones say no name
	case HandshakeOldVersion, HandshakeNoCipher, HandshakeNotTrusted, HandshakeClock, HandshakePlainHTTP:
		return true
	}
	return false
}

var tlsCauses = map[HandshakeReason]GateCause{
	HandshakeOldVersion: CauseOldTLS, HandshakeNoCipher: CauseNoCipher, HandshakeWrongName: CauseName, HandshakePlainHTTP: CausePlainHTTP,
	HandshakeNotTLS: CauseHandshake, HandshakeTooSlow: CauseHandshake, HandshakeOther: CauseHandshake,
}

var certificateCauses = map[HandshakeReason]GateCause{
	HandshakeNotTrusted: CauseNotTrusted, HandshakeClock: CauseClock, HandshakeNoCertificate: CauseNoCertificate,
	HandshakeNotBelieved: CauseNotBelieved, HandshakeClosed: CauseNotTrusted,
}

// knocked closes a gate when the phone's failed handshake is one of its.
func (f PhoneFacts) knocked(causes map[HandshakeReason]GateCause) (g Gate, shut bool) {
	h, sure, any := f.knocks()
	cause := causes[h.Reason]
	if !any || cause == "" {
		return g, false
	}
	text := "From " + h.Address + " on " + at(h.Last) + ", where it has come from before."
	if !sure {
		text = "From " + h.Address + " on " + at(h.Last) + ": it may be this phone, which has never got through."
	}
	return closed(cause, text, h.Reason.Text(), h.Offers, h.Alert), true
}

// disbelieved closes the gate when a phone waits since it has to show its certificate, and
// one that is not believed came from its network then.
func (f PhoneFacts) disbelieved() (g Gate, shut bool) {
	c := f.Contact
	if c.Waiting != WaitingCertificate || c.Admitted(f.Now) {
		return g, false
	}
	for _, x := range f.Handshakes {
		a, err := netip.ParseAddr(x.Address)
		if err != nil || x.Reason != HandshakeNotBelieved || NetworkOf(a) != c.WaitingNetwork || x.Last.Before(c.WaitingAt.Add(-waitingExact)) {
			continue
		}
		return closed(CauseNotBelieved, "From "+x.Address+" on "+at(x.Last)+", where it last came from.", x.Reason.Text(), x.Alert), true
	}
	return g, false
}

func tlsGate(f PhoneFacts) Gate {
	g, shut := f.knocked(tlsCauses)
	_, _, any := f.knocks()
	switch {
	case shut:
		return g
	case f.Contact.Waiting == WaitingPlain && !f.resumed():
		return closed(CausePlainHTTP, "It last came so on "+at(f.Contact.WaitingAt)+".")
	case f.lastSeen().IsZero() && !any:
		return unknown("It has not come yet.")
	}
	return opened("It has come through.")
}

func certificateGate(f PhoneFacts) Gate {
	if cause := ourCertificate(f.failed()); cause != "" {
		return closed(cause, detail(f.failed()))
	}
	for _, c := range f.Certificates {
		if c.Listener == phoneListener && !c.NotAfter.After(f.Now) && f.lastSeen().Before(c.NotAfter) {
			return closed(CauseOurCertificate, "The one for "+cmp.Or(strings.Join(c.Names, ", "), "no name")+" has ended on "+at(c.NotAfter)+".")
		}
	}
	g, shut := f.knocked(certificateCauses)
	if !shut {
		g, shut = f.disbelieved()
	}
	switch {
	case shut:
		return g
	case f.Contact.Waiting == WaitingOther && !f.resumed():
		return closed(CauseOtherCert, "It last came on "+at(f.Contact.WaitingAt)+" from "+f.Contact.WaitingNetwork.String()+".")
	case f.lastSeen().IsZero():
		return unknown("It has not come yet.")
	case f.Contact.Assurance == AssuranceCertificate:
		return opened("It has shown its own.")
	}
	return opened("It has taken ours.")
}

// phoneListener is how the listener of phones is called.
const phoneListener = "phone"
