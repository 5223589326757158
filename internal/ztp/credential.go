package ztp

import (
	"fmt"
	"time"
)

// CredentialState is the state of one numbered key of a link.
type CredentialState string

const (
	// CredentialPlanned: the intent is committed; a create may have been sent.
	CredentialPlanned CredentialState = "planned"
	// CredentialCreated: the vendor made it and its secret is sealed here, not yet proven.
	CredentialCreated CredentialState = "created"
	// CredentialActive: proven and named by the link. At most one per link.
	CredentialActive CredentialState = "active"
	// CredentialRetiring: replaced by an active one, not yet revoked at the vendor.
	CredentialRetiring CredentialState = "retiring"
	// CredentialRevoked: refused to be made, or confirmed gone. No secret is kept.
	CredentialRevoked CredentialState = "revoked"
	// CredentialUnknown: the create was sent and its answer lost; it may exist.
	CredentialUnknown CredentialState = "unknown"
	// CredentialOrphan: exists (or may exist) at the vendor, is used by nothing
	// here, and has to be deleted there.
	CredentialOrphan CredentialState = "orphan"
)

// CredentialStates lists every state, in the order of the documentation.
var CredentialStates = []CredentialState{CredentialPlanned, CredentialCreated, CredentialActive, CredentialRetiring, CredentialRevoked, CredentialUnknown, CredentialOrphan}

var credentialMoves = map[CredentialState][]CredentialState{
	CredentialPlanned:  {CredentialCreated, CredentialUnknown, CredentialRevoked, CredentialOrphan},
	CredentialCreated:  {CredentialActive, CredentialOrphan, CredentialRevoked},
	CredentialActive:   {CredentialRetiring, CredentialOrphan, CredentialRevoked},
	CredentialRetiring: {CredentialRevoked, CredentialOrphan},
	CredentialUnknown:  {CredentialOrphan, CredentialRevoked},
	CredentialOrphan:   {CredentialRevoked},
	// A key whose create arrived after its absence was concluded.
	CredentialRevoked: {CredentialOrphan},
}

// CredentialMoves returns the states that may follow s.
func CredentialMoves(s CredentialState) []CredentialState { return credentialMoves[s] }

// Credential is one numbered key of a link, without its secret: that is sealed
// in the store and opened by OpenCredential alone.
type Credential struct {
	Platform PlatformID
	Vendor   VendorName
	// Number is 1, 2, 3 … per link and never used again.
	Number int
	State  CredentialState
	// Label is the name it carries at the vendor; "" for a pasted key.
	Label string
	// VendorID is the vendor's id of the key, "" until known.
	VendorID string
	// Sealed reports whether a secret is stored.
	Sealed bool
	// Deadline is when the last call that may have created it has certainly
	// ended; absence at the vendor proves nothing until the settle time after it.
	Deadline   time.Time
	CreatedAt  time.Time
	VerifiedAt time.Time
	RevokedAt  time.Time
}

// Move returns the credential in the state to, or an error when that is not legal.
func (c Credential) Move(to CredentialState) (Credential, error) {
	if c.State == to {
		return c, nil
	}
	for _, s := range credentialMoves[c.State] {
		if s == to {
			c.State = to
			return c, nil
		}
	}
	return c, fmt.Errorf("credential %d of %s/%s: no move from %s to %s", c.Number, c.Platform, c.Vendor, c.State, to)
}

// Live reports whether a key of this state may exist at the vendor.
func (s CredentialState) Live() bool { return s != CredentialRevoked }

// APIKey is a pair of id and secret at a vendor: a link's credential when it is
// used, or the reseller credential.
type APIKey struct {
	ID     string
	Secret Secret
	// Role is the vendor role that keys made with this reseller credential get;
	// "" leaves the choice to configuration.
	Role string
}

// String names the key by its id, shortened, for logs.
func (k APIKey) String() string {
	if len(k.ID) > 9 {
		return k.ID[:9] + "…"
	}
	return k.ID
}
