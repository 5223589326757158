package ztp

import (
	"crypto/subtle"
	"fmt"
	"strings"
	"time"
)

// EndpointState is what the vendor has confirmed about one phone.
type EndpointState string

const (
	// EndpointWanted: asked for here, not yet confirmed by the vendor.
	EndpointWanted EndpointState = "wanted"
	// EndpointListed: the vendor redirects this phone to its provisioning URL.
	EndpointListed EndpointState = "listed"
	// EndpointPaused: still ours at the vendor, not redirected.
	EndpointPaused EndpointState = "paused"
	// EndpointFailed: the vendor refused; Error says why.
	EndpointFailed EndpointState = "failed"
	// EndpointReleased: given up; the MAC is free.
	EndpointReleased EndpointState = "released"
)

// EndpointStates lists every state, in the order of the documentation.
var EndpointStates = []EndpointState{EndpointWanted, EndpointListed, EndpointPaused, EndpointFailed, EndpointReleased}

var endpointMoves = map[EndpointState][]EndpointState{
	EndpointWanted:   {EndpointListed, EndpointPaused, EndpointFailed, EndpointReleased},
	EndpointListed:   {EndpointPaused, EndpointFailed, EndpointReleased, EndpointWanted},
	EndpointPaused:   {EndpointListed, EndpointFailed, EndpointReleased, EndpointWanted},
	EndpointFailed:   {EndpointListed, EndpointPaused, EndpointReleased, EndpointWanted},
	EndpointReleased: {EndpointWanted},
}

// EndpointMoves returns the states that may follow s.
func EndpointMoves(s EndpointState) []EndpointState { return endpointMoves[s] }

// Endpoint is one phone of a platform at one vendor.
type Endpoint struct {
	Platform PlatformID
	Vendor   VendorName
	MAC      MAC
	Account  AccountID
	// ProductGroup is the vendor's family of the phone, such as "D-Series".
	ProductGroup string
	Name         string
	// Model and Serial are what somebody told us, "" when nobody did.
	Model  string
	Serial string
	// HasPIN: a PIN is kept for vendors that ask for one; it is never shown.
	HasPIN bool
	State  EndpointState
	// WantPaused is the wish: registered but not redirected.
	WantPaused bool
	// PausedBy is the operation that paused it: a Disable, whose phones the next
	// Onboard resumes, or a pause asked for by somebody, which stays.
	PausedBy OperationID
	// AddressTemplate and AddressTokenID record the URL the vendor confirmed,
	// without its secret parts.
	AddressTemplate string
	AddressTokenID  string
	// DeviceTokenHash is the hash of its own token in its URL, "" while it has none. It
	// gets one before it is first written to the vendor, and keeps it until it is
	// released. The store alone sets it, and PlainURL and HasPIN.
	DeviceTokenHash string
	// PlainURL: the phone has fetched at a URL without its own token, from before it had
	// one, and not at its own since.
	PlainURL  bool
	Error     *Problem
	CreatedAt time.Time
	// ConfirmedAt is when the vendor last confirmed the state.
	ConfirmedAt time.Time
	// FirstFetchedAt and FetchedAt are when the phone first and last fetched its
	// settings from us.
	FirstFetchedAt time.Time
	FetchedAt      time.Time
	// ExpectedAt is when the phone is expected to come for the first time, zero when nobody
	// has said.
	ExpectedAt time.Time
	// SIP is what the voice service said last about its registration there.
	SIP SIPFact
	// Replaces and ReplacedBy are phones of the same platform, zero for none.
	Replaces   MAC
	ReplacedBy MAC
	// MovedTo is the platform that a move brings it to, until it has arrived. It stays on
	// a phone that such a move has left with nobody.
	MovedTo PlatformID
	// Found: taken over from the vendor with an address that zerotouch never wrote.
	Found     bool
	UpdatedAt time.Time
	// Version grows with every save; an older write never wins.
	Version int64
}

// Admits reports whether a phone that came by a URL with this token of its own, zero for
// a URL without one, is to be served. The URL without one is that of rows from before
// there were such tokens: it counts until the vendor has confirmed the other one, and
// for a phone in service by it until that has come by the other one.
func (e Endpoint) Admits(device Secret) bool {
	if !device.IsZero() {
		hash := hashOf(device)
		return subtle.ConstantTimeCompare(hash[:], []byte(e.DeviceTokenHash)) == 1
	}
	unconfirmed := strings.HasSuffix(e.AddressTemplate, servedPlain)
	return e.DeviceTokenHash == "" || unconfirmed || e.PlainURL
}

// Revive begins another life of a phone that was released; nothing of the former one is
// left but what the phone itself is.
func (e *Endpoint) Revive(v VendorName) {
	e.Vendor, e.State, e.WantPaused, e.PausedBy, e.Name = v, EndpointWanted, false, "", ""
	e.ConfirmedAt, e.AddressTemplate, e.AddressTokenID, e.Found = time.Time{}, "", "", false
	e.Replaces, e.ReplacedBy, e.MovedTo = MAC{}, MAC{}, ""
}

// SIPWord is a SIPFact with the phone that it is of.
type SIPWord struct {
	MAC MAC
	SIPFact
}

// SIPFact is what the voice service said about a phone, and when; the zero time while
// it has said nothing.
type SIPFact struct {
	Registered bool
	At         time.Time
	// Reason is why it is not registered, "" when it has not said.
	Reason SIPReason
}

// SIPReason is why a phone is not registered at the voice service.
type SIPReason string

const (
	SIPWrongPassword SIPReason = "wrong_password" // it comes, and its user or password is not right
	SIPUnknownUser   SIPReason = "unknown_user"   // it comes as somebody whom the service doesn't know
	SIPGone          SIPReason = "gone"           // it was registered, and has not come again
)

// SIPReasons lists them all.
var SIPReasons = []SIPReason{SIPWrongPassword, SIPUnknownUser, SIPGone}

var sipReasonTitles = map[SIPReason]string{SIPWrongPassword: "wrong user or password", SIPUnknownUser: "unknown user", SIPGone: "it has not come again"}

// Title is the reason for people, "" when there is none.
func (r SIPReason) Title() string { return titleOf(sipReasonTitles, r) }

// Move returns the endpoint in the state to, or an error when that is not legal.
func (e Endpoint) Move(to EndpointState) (Endpoint, error) {
	if e.State == to {
		return e, nil
	}
	for _, s := range endpointMoves[e.State] {
		if s == to {
			e.State = to
			return e, nil
		}
	}
	return e, fmt.Errorf("endpoint %s: no move from %s to %s", e.MAC, e.State, to)
}

// EndpointCounts is how many endpoints of a link are in which state.
type EndpointCounts struct{ Wanted, Listed, Paused, Failed int }

// Held is the number of MACs that the vendor holds for the link.
func (c EndpointCounts) Held() int { return c.Listed + c.Paused }
