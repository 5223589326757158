package ztp

import (
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ExposureProof is how a company compared with what we made in it:
// the proof after a suspected exposure.
type ExposureProof struct {
	At time.Time `json:"at"`
	// Operation is the one that made it; its list says which addresses are not ours.
	Operation OperationID `json:"operation"`
	// ForeignKeys is how many keys in the company we did not make.
	ForeignKeys int `json:"foreign_keys"`
	// EndpointsCompared and ProfilesCompared is how many addresses were compared.
	EndpointsCompared int `json:"endpoints_compared"`
	ProfilesCompared  int `json:"profiles_compared"`
	// ForeignURLs is how many of them are not ours.
	ForeignURLs int `json:"foreign_urls"`
	// Listed is how many of those are named one by one.
	Listed int `json:"listed"`
}

// Clean reports whether nothing was found that is not ours.
func (p ExposureProof) Clean() bool { return p.ForeignKeys == 0 && p.ForeignURLs == 0 }

// Text is the proof in a sentence.
func (p *ExposureProof) Text() string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s in the company that we did not make, %s whose URL is not ours; %s and %s were compared.",
		Counted(p.ForeignKeys, "key", "keys"), Counted(p.ForeignURLs, "endpoint or profile", "endpoints and profiles"),
		Counted(p.EndpointsCompared, "endpoint", "endpoints"), Counted(p.ProfilesCompared, "profile", "profiles"))
}

// Counted is a number with its word.
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// ProofOperation is the operation whose list of foreign addresses counts for the link, ""
// without one: then it is what checks have found.
func (l Link) ProofOperation() OperationID {
	if l.Proof == nil {
		return ""
	}
	return l.Proof.Operation
}

// MaxForeignAddresses bounds how many addresses a proof names. All are counted.
const MaxForeignAddresses = 10_000

// MissingForeignAddress is the word of Missing for one that no list names.
const MissingForeignAddress = "foreign address"

// What a ForeignAddress is the address of.
const (
	// ForeignPhone is a phone in the company.
	ForeignPhone = "phone"
	// ForeignProfile is a profile of ours.
	ForeignProfile = "profile"
	// ForeignOtherProfile is a profile in the company that we did not make.
	ForeignOtherProfile = "foreign_profile"
)

// ForeignAddress is a phone or a profile in our company at the vendor that leads
// somewhere else.
type ForeignAddress struct {
	// Target is the MAC, or the vendor's id of the profile.
	Target string
	// What it is the address of: ForeignPhone, ForeignProfile or ForeignOtherProfile.
	What string
	// Host is where it leads, as far as that can be shown: never a path, which may hold
	// a secret of somebody. "" for no address at all.
	Host    string
	FoundAt time.Time
}

// MAC of the phone; ok is false for a profile.
func (a ForeignAddress) MAC() (mac MAC, ok bool) {
	if a.What != ForeignPhone {
		return MAC{}, false
	}
	mac, err := ParseMAC(a.Target)
	return mac, err == nil
}

// ProofProgress is how far a proof has come.
type ProofProgress struct {
	// Cursor is the page to read next.
	Cursor string `json:"cursor,omitempty"`
	// Phones are all read.
	Phones bool `json:"phones,omitempty"`
	// Compared counts phones; Listed and Unlisted those whose address is not ours, the
	// first up to MaxForeignAddresses.
	Compared int `json:"compared,omitempty"`
	Listed   int `json:"listed,omitempty"`
	Unlisted int `json:"unlisted,omitempty"`
	// Pages counts what was read, since a list may not end.
	Pages int `json:"pages,omitempty"`
}

// shownHost is what a host may look like that is shown to people.
var shownHost = regexp.MustCompile(`^[a-z0-9.:_-]{1,100}$`)

// HostOf is the host that an address leads to, and nothing else of it.
func HostOf(address Secret) string {
	if address.IsZero() {
		return ""
	}
	u, err := url.Parse(address.RevealSecret())
	if err != nil {
		return "?"
	}
	host := strings.ToLower(u.Hostname())
	if !shownHost.MatchString(host) {
		return "?"
	}
	return host
}
