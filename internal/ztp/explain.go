package ztp

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// GateName is one of the things that stand between a new phone and its first call, in the
// order in which it meets them.
type GateName string

const (
	GateEntry       GateName = "vendor_entry" // the vendor redirects it
	GateURL         GateName = "url"          // to the right URL
	GateDNS         GateName = "dns"          // whose host has an address
	GateReach       GateName = "reach"        // that it gets to
	GateTLS         GateName = "tls"          // with a TLS that both speak
	GateCertificate GateName = "certificate"  // and certificates that both believe
	GateToken       GateName = "token"        // by a URL that counts
	GateWindow      GateName = "window"       // when it is expected, or known
	GateSettings    GateName = "settings"     // to a file with what it needs
	GateSIP         GateName = "sip"          // with which it registers
)

// GateState says whether a gate is open.
type GateState string

const (
	GateOpen    GateState = "open"
	GateClosed  GateState = "closed"
	GateUnknown GateState = "unknown" // nothing is known of it yet
	// GateLater: the phone is in service and does not come through here now; after a
	// factory reset it would, and be kept out.
	GateLater GateState = "later"
)

// Gate is one gate as a phone finds it.
type Gate struct {
	Name  GateName
	State GateState
	// Cause says why it is closed, "" when it is not.
	Cause GateCause
	// Text is what is known, in sentences.
	Text string
}

// Explanation is why a phone is in service, or is not.
type Explanation struct {
	// Gates are all of them, in their order.
	Gates []Gate
	// First is the first closed one, nil when none is.
	First *Gate
}

// InService reports whether the voice service has the phone and nothing is closed.
func (x Explanation) InService() bool {
	return x.First == nil && x.Gates[len(x.Gates)-1].State == GateOpen
}

// AddressCheck is what came of the last look at the provisioning URL, by DNS and TLS as a
// phone goes. The zero AddressCheck says nothing.
type AddressCheck struct {
	At  time.Time
	Err error
}

// PhoneFacts is what is known of a phone. Everything that an explanation says comes from it.
type PhoneFacts struct {
	Now time.Time
	// Vendor is the vendor's title.
	Vendor   string
	Platform Platform
	// Account has the phone; zero when it is gone.
	Account  Account
	Endpoint Endpoint
	Link     Link
	// Open: an operation is under way that writes the phone, alone or with all of its platform.
	Open bool
	// Drift is what the last sync has found of the phone, nil when it agreed or was not
	// made since the phone was written. Elsewhere is the slug of the platform that has the
	// phone by that.
	Drift     *Drift
	Elsewhere string
	// Template is the URL that the phone is told, see TemplateOf; Address is what came of
	// looking at it. Present is the platform's, which may have been edited since.
	Template URLTemplate
	Address  AddressCheck
	Present  URLTemplate
	// TokenServed: the account's token in the URL at the vendor is served.
	TokenServed  bool
	Certificates []ServedCertificate
	Handshakes   []HandshakeFailure
	Contact      Contact
	// Fetches is the log, the newest first.
	Fetches []Fetch
	// Rendered is what came of making its file; Values are what counts for it.
	Rendered error
	Values   EffectiveSettings
}

// gates are looked at in this order; each is a function of the facts alone.
var gates = []struct {
	name GateName
	look func(PhoneFacts) Gate
}{
	{GateEntry, entryGate}, {GateURL, urlGate}, {GateDNS, dnsGate}, {GateReach, reachGate}, {GateTLS, tlsGate},
	{GateCertificate, certificateGate}, {GateToken, tokenGate}, {GateWindow, windowGate}, {GateSettings, settingsGate}, {GateSIP, sipGate},
}

// Explain walks the gates.
func Explain(f PhoneFacts) Explanation {
	var x Explanation
	f.Fetches = f.own()
	for _, g := range gates {
		gate := g.look(f)
		gate.Name = g.name
		if gate.State == GateClosed && f.keptOn() && (g.name == GateEntry || g.name == GateURL) {
			gate.State = GateLater
		}
		gate.Text = strings.ReplaceAll(gate.Text, vendorWord, f.Vendor)
		x.Gates = append(x.Gates, gate)
	}
	for i := range x.Gates {
		if x.Gates[i].State == GateClosed {
			x.First = &x.Gates[i]
			break
		}
	}
	return x
}

func opened(text string) Gate { return Gate{State: GateOpen, Text: text} }

func unknown(text string) Gate { return Gate{State: GateUnknown, Text: text} }

func closed(c GateCause, text ...string) Gate {
	return Gate{State: GateClosed, Cause: c, Text: strings.Join(slices.DeleteFunc(text, func(t string) bool { return t == "" }), " ")}
}

// silentAfter is how long a phone that asks every night has not come when something is
// wrong with it.
const silentAfter = 3 * 24 * time.Hour

// own leaves out of the log what was refused to somebody in a network that the phone, which
// has others, has never come from: whoever knows its MAC can leave that behind.
func (f PhoneFacts) own() []Fetch {
	networks := f.networks()
	return slices.DeleteFunc(slices.Clone(f.Fetches), func(x Fetch) bool {
		return x.Result == FetchRefused && len(networks) > 0 && !networks[NetworkOf(x.Address)]
	})
}

// came is when it last got settings from here, zero when it never has.
func (f PhoneFacts) came() time.Time {
	at := f.Endpoint.FetchedAt
	for _, x := range f.Fetches {
		if (x.Result == FetchSettings || x.Result == FetchUnchanged) && x.At.After(at) {
			at = x.At
		}
	}
	return at
}

// served reports whether it is in service as far as its settings go: it has come not long
// ago, and whatever came since was served too.
func (f PhoneFacts) served() bool {
	return !f.came().IsZero() && !f.silent() && (f.Contact.Waiting == "" || f.resumed()) && !f.lastRefused()
}

// resumed reports whether whoever waits by its URL came before the phone itself came again.
func (f PhoneFacts) resumed() bool { return !f.Contact.Resumed(f.came()).IsZero() }

// keptOn reports whether it stays in service without its vendor: one that is released has
// come for the last time, unless it is sent home.
func (f PhoneFacts) keptOn() bool {
	return f.served() && (f.Endpoint.State != EndpointReleased || !f.Platform.HomeSince.IsZero())
}

// silent reports whether it has not come for longer than a phone does that asks every night.
func (f PhoneFacts) silent() bool {
	_, _, polls := ParseWindow(f.Values.Text(SettingPollWindow, 0))
	return polls && !f.came().IsZero() && f.Now.Sub(f.lastSeen()) > silentAfter
}

// lastSeen is when it last came, whatever it got.
func (f PhoneFacts) lastSeen() time.Time {
	at := f.came()
	for _, t := range []time.Time{f.Contact.waitedAt(), f.newest().At} {
		if t.After(at) {
			at = t
		}
	}
	return at
}

// newest is the last request, zero without any.
func (f PhoneFacts) newest() Fetch {
	if len(f.Fetches) == 0 {
		return Fetch{}
	}
	return f.Fetches[0]
}

// lastRefused reports whether its last request was refused.
func (f PhoneFacts) lastRefused() bool {
	last := f.newest()
	return last.Result == FetchRefused && last.At.After(f.came())
}

// networks are those that it has come from.
func (f PhoneFacts) networks() map[netip.Prefix]bool {
	all := map[netip.Prefix]bool{}
	for _, n := range f.Contact.Networks {
		all[n] = true
	}
	for _, v := range f.Contact.Waiters() {
		all[v.Network] = true
	}
	for _, x := range f.Fetches {
		if n := NetworkOf(x.Address); x.Result != FetchRefused && n.IsValid() {
			all[n] = true
		}
	}
	return all
}

// at is TimeText by a short name, for the many sentences of an explanation.
func at(t time.Time) string { return TimeText(t) }
