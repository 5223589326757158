package ztp

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"slices"
	"time"
)

// Assurance is how well a phone has proven to be the one it says, the best first.
type Assurance string

const (
	// AssuranceCertificate: its maker's certificate names its MAC.
	AssuranceCertificate Assurance = "A"
	// AssurancePassword: it has said the HTTP password that it was given here.
	AssurancePassword Assurance = "B"
	// AssuranceNetwork: it came by its own token, within its window or from where it has
	// been before.
	AssuranceNetwork Assurance = "C"
	// AssuranceNone: nothing but its MAC; no secret is for it.
	AssuranceNone Assurance = "D"
)

// Assurances lists them all.
var Assurances = []Assurance{AssuranceCertificate, AssurancePassword, AssuranceNetwork, AssuranceNone}

var assuranceTitles = map[Assurance]string{
	AssuranceCertificate: "Device certificate", AssurancePassword: "Own HTTP password",
	AssuranceNetwork: "Own token and network", AssuranceNone: "Not proven",
}

// Title is the level for people.
func (a Assurance) Title() string { return titleOf(assuranceTitles, a) }

// Proof names what proves so much, to end "proven by"; "" for nothing.
func (a Assurance) Proof() string {
	switch a {
	case AssuranceCertificate:
		return "its device certificate"
	case AssurancePassword:
		return "its own password"
	case AssuranceNetwork:
		return "its own token and network"
	}
	return ""
}

// Waiting is why a phone gets holding settings.
type Waiting string

const (
	WaitingEarly     Waiting = "not_expected_yet"  // before its window
	WaitingLate      Waiting = "window_closed"     // after it
	WaitingElsewhere Waiting = "other_network"     // its token is in use by a phone that has proven itself
	WaitingOther     Waiting = "other_certificate" // with the certificate of another phone
	WaitingSettings  Waiting = "not_ready"         // its settings are not whole, see EffectiveSettings.Lacks
	WaitingPlain     Waiting = "plain_http"        // secrets only go over TLS
	WaitingHeld      Waiting = "held"              // somebody has said so, whatever it shows
	// WaitingCertificate: without the device certificate that it has to show.
	WaitingCertificate Waiting = "certificate_missing"
)

// Waitings lists them all.
var Waitings = []Waiting{WaitingEarly, WaitingLate, WaitingElsewhere, WaitingOther, WaitingSettings, WaitingPlain, WaitingHeld, WaitingCertificate}

var waitingTitles = map[Waiting]string{
	WaitingEarly: "Came before it is expected", WaitingLate: "Came after its window had closed",
	WaitingElsewhere: "Its settings were given out in another network before",
	WaitingOther:     "Shows the certificate of another phone", WaitingSettings: "Its settings are not complete",
	WaitingPlain: "Came without TLS", WaitingHeld: "Held by hand", WaitingCertificate: "Came without its device certificate",
}

// Title is the reason for people.
func (w Waiting) Title() string { return titleOf(waitingTitles, w) }

// Alarming reports whether it looks like somebody else than the phone.
func (w Waiting) Alarming() bool { return w == WaitingElsewhere || w == WaitingOther }

// Admitting reports whether admitting the phone gets it its settings.
func (w Waiting) Admitting() bool {
	return w == WaitingEarly || w == WaitingLate || w == WaitingElsewhere || w == WaitingCertificate
}

const (
	// WindowLead and WindowLength are the first-contact window around an expected arrival,
	// and WindowLength that after somebody has admitted the phone. A phone without an
	// expected arrival has until LongWindow after it was registered.
	WindowLead   = 24 * time.Hour
	WindowLength = 72 * time.Hour
	LongWindow   = 90 * 24 * time.Hour
	// knownNetworks is how many networks of a phone are kept: offices with two lines and
	// the desk where phones are prepared come to a few.
	knownNetworks = 4
)

// Contact is what a phone in its present life has shown of itself, and what it was given
// to show the next time. A life is that of its device token: a Contact with another
// DeviceTokenHash than the endpoint's is of a former one. The zero Contact is that of a
// phone which has never come.
type Contact struct {
	Platform        PlatformID
	MAC             MAC
	DeviceTokenHash string
	// Account is the one at whose URL it was last served, TokenID the token in that.
	Account AccountID
	TokenID string
	// Assurance is the last one reached, "" before the first success.
	Assurance Assurance
	// ProvenAt is the success that has closed its window, zero before the first.
	ProvenAt time.Time
	// Networks are those it has proven itself from, the newest first.
	Networks []netip.Prefix
	// Admitted is when somebody has opened its window again, until when, and who; for whom,
	// by the network that they come from, zero for whoever comes.
	AdmittedAt      time.Time
	AdmittedUntil   time.Time
	AdmittedBy      string
	AdmittedNetwork netip.Prefix
	// PasswordHash is that of its current HTTP password, given out at PasswordAt and first
	// said by the phone at PasswordUsedAt. PreviousHash goes on counting until then, since
	// the answer with the current one may have been lost.
	PasswordHash   string
	PasswordAt     time.Time
	PasswordUsedAt time.Time
	PreviousHash   string
	// AlarmedAt is when somebody else has come by its URL, as it seems; zero when nothing
	// is left to look at.
	AlarmedAt time.Time
	// Waiting is why it gets holding settings, "" when it does not; since when, when it
	// last came, from where, and what it says it is.
	Waiting Waiting
	// Of one that is held by hand and has not come since, there is no network.
	WaitingSince   time.Time
	WaitingAt      time.Time
	WaitingNetwork netip.Prefix
	WaitingAgent   string
	// Visitors are the first networks that wait, see Waiters; OtherVisits counts visits from
	// others, about one a minute at most.
	Visitors    []Visitor
	OtherVisits int
	// Less: it was last served without the certificate that was to be expected of it.
	Less bool
	// Former are the URLs that were its own before it was moved, until it has come by the
	// one that it has now.
	Former []FormerURL
	// Version grows with every save; an older write never wins.
	Version int64
}

// Of reports whether c is of the phone's present life.
func (c Contact) Of(e Endpoint) bool {
	return e.DeviceTokenHash != "" && c.DeviceTokenHash == e.DeviceTokenHash && c.Platform == e.Platform && c.MAC == e.MAC
}

// Window is when a phone gets its settings by its own token alone. The zero Window is
// closed.
type Window struct{ From, Until time.Time }

// Open reports whether at is within it.
func (w Window) Open(at time.Time) bool { return !at.Before(w.From) && at.Before(w.Until) }

// WindowOf is the first-contact window of a phone, closed after its first success.
func WindowOf(e Endpoint, c Contact) Window {
	switch {
	case c.pending():
		return Window{c.AdmittedAt, c.AdmittedUntil}
	case !c.ProvenAt.IsZero():
		return Window{}
	case !e.ExpectedAt.IsZero():
		return Window{e.ExpectedAt.Add(-WindowLead), e.ExpectedAt.Add(WindowLength)}
	}
	return Window{e.CreatedAt, e.CreatedAt.Add(LongWindow)}
}

// Admitted reports whether somebody has admitted the phone, and it may come still.
func (c Contact) Admitted(at time.Time) bool {
	return c.pending() && at.Before(c.AdmittedUntil)
}

// InService reports whether the phone has fetched before such contacts were kept: it is
// not asked for more than it can show.
func (c Contact) InService(e Endpoint) bool { return c.ProvenAt.IsZero() && !e.FetchedAt.IsZero() }

// Knows reports whether the phone has proven itself from there.
func (c Contact) Knows(n netip.Prefix) bool { return n.IsValid() && slices.Contains(c.Networks, n) }

// Admit opens the phone's window again, for whoever comes next; see AdmitFrom.
func (c Contact) Admit(by string, at time.Time) Contact {
	if !at.After(c.ProvenAt) { // in the very moment of a success: that one is not who is admitted
		at = c.ProvenAt.Add(time.Millisecond)
	}
	if c.Waiting == WaitingHeld {
		c = c.served()
	}
	c.AdmittedAt, c.AdmittedUntil, c.AdmittedBy, c.AdmittedNetwork, c.AlarmedAt = at, at.Add(WindowLength), by, netip.Prefix{}, time.Time{}
	return c
}

// Dismiss takes note that somebody has looked at the alarm, and admits nobody.
func (c Contact) Dismiss() Contact {
	c.AlarmedAt = time.Time{}
	if c.Waiting == WaitingHeld {
		return c
	}
	return c.served()
}

// WithPassword gives the phone another HTTP password. The one before goes on counting
// until this one is used.
func (c Contact) WithPassword(hash string, at time.Time) Contact {
	c.PreviousHash, c.PasswordHash, c.PasswordAt, c.PasswordUsedAt = c.PasswordHash, hash, at, time.Time{}
	return c
}

// served takes the phone off the list of those that wait.
func (c Contact) served() Contact {
	c.Waiting, c.WaitingSince, c.WaitingAt, c.WaitingNetwork, c.WaitingAgent = "", time.Time{}, time.Time{}, netip.Prefix{}, ""
	c.Visitors, c.OtherVisits = nil, 0
	return c
}

// NetworkOf is the network that an address counts as: /24, or /64 of IPv6. An address
// that is none has none.
func NetworkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// PhoneUser is the name that a phone says with its HTTP password.
func PhoneUser(mac MAC) string { return mac.Bare() }

const (
	pollAtLeast = 5 * time.Minute
	pollSpread  = 10 * time.Minute
)

// HoldingPoll is how often a waiting phone comes: the same for each phone, so that its
// file stays the same, and spread over all of them.
func HoldingPoll(mac MAC) time.Duration {
	sum := sha256.Sum256([]byte(mac.Bare()))
	return pollAtLeast + time.Duration(binary.BigEndian.Uint32(sum[:4]))%(pollSpread/time.Second)*time.Second
}

// Word is what a phone that waits shows.
func (w Waiting) Word() string {
	if w == WaitingSettings {
		return "Waiting for settings"
	}
	return "Waiting for approval"
}
