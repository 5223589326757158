package api

import "time"

// The states of a link.
const (
	LinkNotConfigured  = "not_configured"
	LinkOnboarding     = "onboarding"
	LinkConfigured     = "configured"
	LinkRotating       = "rotating"
	LinkDisabling      = "disabling"
	LinkUnknown        = "unknown"
	LinkNeedsAttention = "needs_attention"
)

// Link is what one platform has at one vendor.
type Link struct {
	Vendor     string         `json:"vendor" doc:"Name of the vendor"`
	State      string         `json:"state" enum:"not_configured,onboarding,configured,rotating,disabling,unknown,needs_attention"`
	CompanyID  string         `json:"company_id" doc:"The vendor's id of the platform's company, empty until known"`
	Credential *Credential    `json:"credential" doc:"The key in force; null without one"`
	Endpoints  EndpointCounts `json:"endpoints"`
	// Operation is the open one that changes the link.
	Operation *Operation `json:"operation" doc:"The open operation that changes the link; null without one"`
	// Error is the last refusal or finding, kept until the next try.
	Error      *Problem   `json:"error" doc:"The last refusal or finding, kept until the next try"`
	DisabledAt *time.Time `json:"disabled_at" doc:"When the vendor had confirmed the last Disable"`

	// What follows is left out where there is nothing to say.

	Connected             bool       `json:"connected,omitempty" doc:"Its key was made in the vendor's portal and pasted"`
	AddressOutdated       bool       `json:"address_outdated,omitempty" doc:"The vendor still has an earlier provisioning URL; see update-address"`
	EarlierURLs           int        `json:"earlier_urls,omitempty" doc:"Phones that are told an earlier provisioning URL; after update-address they are told the present one at their next fetch. Said of a link that is asked for alone, while its address is outdated"`
	RevocationUnconfirmed bool       `json:"revocation_unconfirmed,omitempty" doc:"A forced Disable wiped here what the vendor has not confirmed as revoked"`
	LooseKeys             []LooseKey `json:"loose_keys,omitempty" doc:"Keys of ours that may exist at the vendor and should not; tried again hourly"`
	CheckedAt             *time.Time `json:"checked_at,omitempty" doc:"When the vendor last answered a check"`
	RestoredAt            *time.Time `json:"restored_at,omitempty" doc:"It comes from a backup that was restored then, or is being rebuilt since, and is not proven yet"`
	LaterKeys             []LaterKey `json:"later_keys,omitempty" doc:"Keys of ours at the vendor that this database does not know: made after a backup, or before a rebuild; revoke-key removes them"`
	// Proof is what the last one has found, ForeignURLs what of it is open.
	Proof       *ExposureProof `json:"proof,omitempty" doc:"What the last proof has found in the company that is not ours; see check with exposed"`
	ForeignURLs int            `json:"foreign_urls,omitempty" doc:"Endpoints and profiles in the company whose URL is not ours and that are not put right yet; see foreign-addresses"`
}

// ForeignAddress is an endpoint or a profile in the platform's company whose URL is
// not ours.
type ForeignAddress struct {
	Target  string    `json:"target" doc:"The MAC, or the vendor's id of the profile; fix-address takes it"`
	Kind    string    `json:"kind" enum:"phone,profile,foreign_profile" doc:"foreign_profile: one in the company that we did not make"`
	Host    string    `json:"host" doc:"Where it leads, without the path, which may hold a secret; empty for no URL of its own"`
	Fix     string    `json:"fix" enum:"write,update_address,pause" doc:"What fix-address does: write the phone's own URL, write ours into the profile, or pause what has no row here; nothing is deleted"`
	Account string    `json:"account,omitempty" doc:"Of a phone that has a row here"`
	Name    string    `json:"name,omitempty" doc:"Of a phone that has a row here"`
	FoundAt time.Time `json:"found_at"`
}

// Check says how to check.
type Check struct {
	Exposed bool `json:"exposed,omitempty" doc:"Also compare every address at the vendor with ours: the proof after a suspected exposure, without a rotation"`
}

// FixAddress names what to put right.
type FixAddress struct {
	Target string `json:"target" doc:"As foreign-addresses names it: a MAC, or the vendor's id of a profile"`
}

// Credential is the numbered key in force, without its secret.
type Credential struct {
	Number int       `json:"number" doc:"1, 2, 3 … per link"`
	SetAt  time.Time `json:"set_at" doc:"When it became the active one"`
	SetBy  string    `json:"set_by" doc:"Who asked for it"`
}

// LooseKey is a numbered key that should not exist any more.
type LooseKey struct {
	Number int    `json:"number"`
	ID     string `json:"id,omitempty" doc:"The vendor's id, empty until known"`
	State  string `json:"state" enum:"retiring,unknown,orphan"`
}

// LaterKey is a key with our label that this database does not know.
type LaterKey struct {
	ID   string `json:"id" doc:"The vendor's id"`
	Name string `json:"name" doc:"Its label"`
}

// EndpointCounts counts phones.
type EndpointCounts struct {
	Listed int `json:"listed" doc:"Redirected by the vendor"`
	Paused int `json:"paused" doc:"Ours at the vendor, not redirected"`
	Failed int `json:"failed" doc:"Refused by the vendor"`
}

// Rotate says how to rotate.
type Rotate struct {
	Exposed bool `json:"exposed,omitempty" doc:"The key may be known to others: also compare every address at the vendor with ours"`
	// KeyID and KeySecret are the pasted replacement of a connected link's key.
	KeyID     string `json:"key_id,omitempty" doc:"Replacement for a connected link: the id of the new key"`
	KeySecret Secret `json:"key_secret,omitempty" format:"password" doc:"Replacement for a connected link: its secret"`
}

// Disable says how to disable.
type Disable struct {
	Force bool `json:"force,omitempty" doc:"The vendor is out of reach for good: wipe here without its confirmation"`
}

// Connect brings a key that was made in the vendor's portal.
type Connect struct {
	KeyID     string `json:"key_id" doc:"Id of the key"`
	KeySecret Secret `json:"key_secret" format:"password" doc:"Its secret"`
}

// Adopt names the vendor's company that is the platform's.
type Adopt struct {
	CompanyID string `json:"company_id" doc:"The vendor's id of the company"`
}

// RevokeKey names a key at the vendor to be removed.
type RevokeKey struct {
	KeyID string `json:"key_id" doc:"The vendor's id of the key"`
}

// Answer is what a change of a link or an endpoint answers: the operation that
// was queued, or that there was nothing to do.
type Answer struct {
	// Operation is nil when nothing had to be done.
	Operation        *Operation `json:"-"`
	AlreadyOnboarded bool       `json:"already_onboarded,omitempty" doc:"The platform is onboarded; nothing was sent"`
	AlreadyDisabled  bool       `json:"already_disabled,omitempty" doc:"There is nothing to disable; nothing was sent"`
	Link             *Link      `json:"link,omitempty" doc:"The link as it is"`
	Endpoint         *Endpoint  `json:"endpoint,omitempty" doc:"The endpoint as it is"`
}
