package ztp

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// LinkState is the state of what one platform has at one vendor.
type LinkState string

const (
	// LinkNotConfigured: no active credential. Every link starts here; Disable ends here.
	LinkNotConfigured LinkState = "not_configured"
	// LinkOnboarding: an Onboard, Connect, Adopt or Rebuild is in flight. Set by control with the operation.
	LinkOnboarding LinkState = "onboarding"
	// LinkConfigured: an active, proven credential. Set by the commit that activates one.
	LinkConfigured LinkState = "configured"
	// LinkRotating: a Rotate is in flight; the old credential stays active until the flip.
	LinkRotating LinkState = "rotating"
	// LinkDisabling: a Disable is in flight; nothing else may use the key.
	LinkDisabling LinkState = "disabling"
	// LinkUnknown: the open operation sent something and got no answer.
	LinkUnknown LinkState = "unknown"
	// LinkNeedsAttention: something at the vendor is proven wrong or needs a person.
	LinkNeedsAttention LinkState = "needs_attention"
)

// LinkStates lists every state, in the order of the documentation.
var LinkStates = []LinkState{LinkNotConfigured, LinkOnboarding, LinkConfigured, LinkRotating, LinkDisabling, LinkUnknown, LinkNeedsAttention}

// linkMoves is the state machine as data: from → allowed next states.
var linkMoves = map[LinkState][]LinkState{
	// Disabling: what a forced Disable left at the vendor.
	LinkNotConfigured:  {LinkOnboarding, LinkDisabling},
	LinkOnboarding:     {LinkConfigured, LinkUnknown, LinkNotConfigured, LinkNeedsAttention},
	LinkConfigured:     {LinkRotating, LinkDisabling, LinkNeedsAttention},
	LinkRotating:       {LinkConfigured, LinkUnknown, LinkNeedsAttention},
	LinkDisabling:      {LinkNotConfigured, LinkConfigured, LinkUnknown, LinkNeedsAttention},
	LinkUnknown:        {LinkOnboarding, LinkRotating, LinkDisabling, LinkConfigured, LinkNotConfigured, LinkNeedsAttention},
	LinkNeedsAttention: {LinkOnboarding, LinkRotating, LinkDisabling, LinkConfigured, LinkNotConfigured},
}

// LinkMoves returns the states that may follow s.
func LinkMoves(s LinkState) []LinkState { return linkMoves[s] }

// InFlight reports whether an operation holds the link in this state.
func (s LinkState) InFlight() bool {
	return s == LinkOnboarding || s == LinkRotating || s == LinkDisabling
}

// LinkFacts is a link with what is kept beside its row.
type LinkFacts struct {
	Link Link
	// Operation is the open one that changes the link; nil without one.
	Operation *Operation
	Counts    EndpointCounts
	// Sync is the last complete one; without an Operation before that.
	Sync PhoneSync
	// Loose are credentials that should be deleted at the vendor and are not yet.
	Loose []Credential
}

// UnsavedLink is a link that was never touched.
func UnsavedLink(p PlatformID, v VendorName) Link {
	return Link{Platform: p, Vendor: v, State: LinkNotConfigured, Profiles: map[string]string{}, NextCredential: 1}
}

// Link is what one platform has at one vendor. There is one for every platform
// and vendor; one that was never touched has the state not_configured and version 0.
type Link struct {
	Platform PlatformID
	Vendor   VendorName
	State    LinkState
	// Nonce is 128 random bits in hex, committed before the first vendor call and
	// never changed while a company is recorded. It makes our labels ours.
	Nonce string
	// CompanyID and CompanyName are as the vendor gave them; kept through Disable.
	CompanyID   string
	CompanyName string
	// Profiles maps product group to the vendor's profile id.
	Profiles map[string]string
	// NextCredential is the number the next credential gets; it only grows.
	NextCredential int
	// Active is the number of the active credential, 0 without one.
	Active int
	// SetAt and SetBy say when the active credential was set, and who asked. They
	// move only with the commit that makes a credential active.
	SetAt time.Time
	SetBy string
	// Connected: the key was made in the vendor's portal and pasted, so the
	// reseller credential is never used on this link.
	Connected bool
	// AddressTemplate and AddressTokenID record the provisioning URL that the
	// profile carries at the vendor, without its secret part.
	AddressTemplate string
	AddressTokenID  string
	DisabledAt      time.Time
	DisabledBy      string
	// Unconfirmed: a forced Disable wiped here what the vendor has not confirmed as revoked.
	Unconfirmed bool
	// CheckedAt is when the vendor last answered a check of this link.
	CheckedAt time.Time
	// RestoredAt is set while the link comes from a backup, or is being rebuilt, and is
	// not proven yet: its key is tested before anything else uses it.
	RestoredAt time.Time
	// Later are keys at the vendor with this link's label and a number that was
	// not given here: made after the backup, or by a database that is lost. Only a
	// person removes them.
	Later []VendorKey
	// Proof is what the last proof of the company has found; nil
	// without one since the link was set up.
	Proof *ExposureProof
	// ForeignAddresses is how many addresses at the vendor are known not to be ours and
	// are not put right yet.
	ForeignAddresses int
	// Error is the last refusal or finding, kept until the next try; nil without one.
	Error     *Problem
	UpdatedAt time.Time
	// Version grows with every save; SaveLink refuses an older one.
	Version int64
}

// OwnsProfile reports whether the profile is one that was made for the link.
func (l Link) OwnsProfile(id string) bool {
	for _, own := range l.Profiles {
		if own == id {
			return true
		}
	}
	return false
}

// Move returns the link in the state to, or an error when that is not a legal move.
func (l Link) Move(to LinkState) (Link, error) {
	if l.State == to {
		return l, nil
	}
	for _, s := range linkMoves[l.State] {
		if s == to {
			l.State = to
			return l, nil
		}
	}
	return l, fmt.Errorf("link %s/%s: no move from %s to %s", l.Platform, l.Vendor, l.State, to)
}

// Rest is the state to which the link returns when an operation ends without
// having changed which credential is active.
func (l Link) Rest() LinkState {
	if l.Active != 0 {
		return LinkConfigured
	}
	return LinkNotConfigured
}

// NeedsSomebody reports whether the link waits for a person: something is proven
// wrong or unknown, a key is in the company that we did not make, an address there is
// not ours, or a backup left something to be looked at.
func (l Link) NeedsSomebody() bool {
	return l.State == LinkNeedsAttention || l.State == LinkUnknown || l.ForeignAddresses > 0 ||
		l.Error != nil && (l.Error.Code == CodeForeignKeyFound || l.Error.Code == CodeDatabaseRestored)
}

// TakesPhones reports whether a phone can be written at the vendor, now or when
// what is in flight has ended. Without it only a release is possible.
func (l Link) TakesPhones() bool {
	return l.Active != 0 || l.State != LinkNotConfigured && l.State != LinkNeedsAttention
}

// Labels makes and reads the names by which objects at a vendor are known as
// ours: zt:<installation>:<nonce>… Only a whole match with the same nonce counts.
type Labels struct {
	Installation string
	Nonce        string
}

// Labels returns the labels of this link within an installation.
func (l Link) Labels(installation string) Labels { return Labels{installation, l.Nonce} }

func (b Labels) stem() string { return "zt:" + b.Installation + ":" + b.Nonce }

// Company is the name of the company: "<platform name> [zt:<installation>:<nonce>]".
func (b Labels) Company(platformName string) string { return platformName + " [" + b.stem() + "]" }

// Key is the name of credential n.
func (b Labels) Key(n int) string { return b.stem() + ":" + strconv.Itoa(n) }

// Profile is the name of the profile for a product group.
func (b Labels) Profile(group string) string { return b.stem() + ":" + group }

// Label is a parsed name of ours. Nonce is the link's; Rest is what follows it:
// a number for keys, a product group for profiles, "" for companies. Name is what
// stands before it in that of a company: the platform's name when it was made.
type Label struct{ Installation, Nonce, Rest, Name string }

var (
	companyLabel = regexp.MustCompile(`^(.*) \[zt:([a-z0-9-]{1,32}):([0-9a-f]{32})\]$`)
	objectLabel  = regexp.MustCompile(`^zt:([a-z0-9-]{1,32}):([0-9a-f]{32}):([^:]{1,64})$`)
)

// ParseCompanyLabel reads the name of a company; ok is false unless the whole
// name has our form.
func ParseCompanyLabel(name string) (l Label, ok bool) {
	m := companyLabel.FindStringSubmatch(name)
	if m == nil {
		return Label{}, false
	}
	return Label{Installation: m[2], Nonce: m[3], Name: m[1]}, true
}

// ParseObjectLabel reads the name of a key or a profile in the same manner.
func ParseObjectLabel(name string) (l Label, ok bool) {
	m := objectLabel.FindStringSubmatch(name)
	if m == nil {
		return Label{}, false
	}
	return Label{Installation: m[1], Nonce: m[2], Rest: m[3]}, true
}

// OwnsCompany reports whether the name is exactly this link's company label.
// The platform may have been renamed since, so only the label part is compared.
func (b Labels) OwnsCompany(name string) bool {
	l, ok := ParseCompanyLabel(name)
	return ok && b.Nonce != "" && l.Installation == b.Installation && l.Nonce == b.Nonce
}

// ProfileGroup returns the product group when the name is the label of a profile of
// this link.
func (b Labels) ProfileGroup(name string) (group string, ok bool) {
	l, ok := ParseObjectLabel(name)
	if !ok || b.Nonce == "" || l.Installation != b.Installation || l.Nonce != b.Nonce {
		return "", false
	}
	return l.Rest, true
}

// KeyNumber returns n when the name is the label of this link's credential n.
func (b Labels) KeyNumber(name string) (n int, ok bool) {
	rest, ok := b.ProfileGroup(name)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(rest)
	if err != nil || n < 1 || strconv.Itoa(n) != rest {
		return 0, false
	}
	return n, true
}
