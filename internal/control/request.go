package control

import (
	"time"

	"zerotouch.example/internal/ztp"
)

// NewPlatform is the body of CreatePlatform. An empty Slug is made from Name.
type NewPlatform struct {
	Submission
	Slug, Name, ExternalID, URLTemplate string
}

// PlatformPatch is the body of UpdatePlatform; nil fields stay as they are.
type PlatformPatch struct {
	Name, ExternalID, URLTemplate *string
	PhoneProof                    *ztp.PhoneProof
	// Version, when not 0, refuses the change (form_outdated) unless it is current.
	Version int64
}

// NewAccount is the body of CreateAccount. An empty Slug is made from Name.
type NewAccount struct {
	Submission
	Slug, Name, ExternalID string
	// NoToken leaves the account without a provisioning token.
	NoToken bool
}

// NewToken is the body of IssueToken.
type NewToken struct {
	Submission
	// Replaces, when not nil, refuses the request (form_outdated) unless it is the id
	// of the account's token, "" for none.
	Replaces *string
}

// AccountPatch is the body of UpdateAccount; nil fields stay as they are.
type AccountPatch struct {
	Name, ExternalID *string
	// Primary makes it the platform's primary account; it needs a token.
	Primary bool
	Version int64
}

// Submission makes a request repeatable: the same actor, key and body yield the
// same operation, or within ztp.SubmissionKept what a request made without one. An
// empty Key makes every request a new one.
type Submission struct {
	// Key is the Idempotency-Key header, or the hidden op of a form.
	Key string
}

// RotateRequest asks for a new key.
type RotateRequest struct {
	Submission
	// Exposed also compares every URL at the vendor with ours.
	Exposed bool
	// Key is the pasted replacement on a connected link, zero elsewhere.
	APIKey ztp.APIKey
}

// DisableRequest ends a link.
type DisableRequest struct {
	Submission
	// Force wipes here although the vendor cannot confirm.
	Force bool
	// IfGone ends the link only when the vendor says that its company is gone.
	IfGone bool
}

// ConnectRequest brings a key made in the vendor's portal.
type ConnectRequest struct {
	Submission
	APIKey ztp.APIKey
	// CompanyID refuses a key of any other company, unless "".
	CompanyID string
}

// Result is the answer to an action: the operation that was queued (or found by
// its key), or that there was nothing to do. Link is the row as it is now.
type Result struct {
	Operation *ztp.Operation
	Link      LinkView
	// AlreadyOnboarded and AlreadyDisabled: nothing was sent, nothing was made.
	AlreadyOnboarded bool
	AlreadyDisabled  bool
}

// LinkView is everything a row of the card shows.
type LinkView struct {
	ztp.Link
	Info ztp.VendorInfo
	// Operation is the open link-changing operation; nil without one.
	Operation *ztp.Operation
	Counts    ztp.EndpointCounts
	// Sync is the last complete sync of its phones.
	Sync ztp.PhoneSync
	// Old: the credential is older than the policy; KeyAge is the policy.
	Old    bool
	KeyAge time.Duration
	// AddressOutdated: the vendor still has another provisioning URL than the
	// platform's present one.
	AddressOutdated bool
	// Loose are credentials that exist, or may, and should not: each is tried
	// again hourly.
	Loose []ztp.Credential
	// RowVersion changes whenever anything in the row changes; polling compares it.
	RowVersion string
}

// PlatformView is a platform with what its list row shows.
type PlatformView struct {
	ztp.Platform
	// PrimaryAccount is zero while there is none.
	PrimaryAccount ztp.Account
	Links          []LinkView
	// Endpoints counts over all vendors.
	Endpoints ztp.EndpointCounts
}

// EndpointRequest registers a phone or changes one.
type EndpointRequest struct {
	Submission
	// Account is a slug or id.
	Account string
	// Vendor is the vendor's name; "" when this build has one vendor.
	Vendor ztp.VendorName
	// ProductGroup "" means the vendor's default.
	ProductGroup string
	// Name, Model, Serial and PIN stay as they are when nil; an empty one removes it.
	Name   *string
	Model  *string
	Serial *string
	PIN    *ztp.Secret
	// ExpectedAt is when the phone is expected to come for the first time; nil leaves it.
	ExpectedAt *time.Time
	// Paused: registered, but not redirected. nil leaves it.
	Paused *bool
}

// EndpointResult is the answer to an endpoint write.
type EndpointResult struct {
	Operation *ztp.Operation
	Endpoint  ztp.Endpoint
}

// Preflight is what a confirmation page can say without calling anybody.
type Preflight struct {
	// Problems are what would refuse the action now, first one first.
	Problems []*ztp.Problem
	// ProvisioningURL is the template the vendor would get, token unfilled.
	ProvisioningURL string
	PrimaryAccount  *ztp.Account
	// EarlierURLs counts phones that are told another URL now, and will be told this one at
	// their next fetch; 0 for an action that changes none.
	EarlierURLs int
	// CompanyName is what a new company would be called, without the nonce.
	CompanyName string
	// CheckedAt is when the vendor last answered for this link.
	CheckedAt time.Time
}

// VendorHealth is what Health knows of a vendor without calling it.
type VendorHealth struct {
	Info ztp.VendorInfo
	// Reseller is nil when a reseller credential is in place.
	Reseller      *ztp.Problem
	ResellerKeyID string
	ResellerWhere string
	// Configured, Attention and InFlight count platforms, each in one of them at most.
	Configured, Attention, InFlight int
	Loose                           int
	// Restored counts platforms that come from a backup and are not proven yet,
	// Later the keys that were made after it.
	Restored, Later int
	// Last is the newest finding of any link.
	Last *ztp.Problem
}

// Health is the state of the installation.
type Health struct {
	Installation string
	Vendors      []VendorHealth
	// ProvisioningURL is the installation's template, "" when none is configured.
	ProvisioningURL string
	// URLCheckOff is shown in red: addresses are sent to vendors unproven.
	URLCheckOff bool
	// RotateEvery is the rotation policy, zero for none.
	RotateEvery time.Duration
	// Attention is how many links need somebody.
	Attention int
	Open      int
	// Replicas are the processes on this database, and those that were lost in the
	// last hour.
	Replicas []ReplicaHealth
	// Moving are phones on the move between platforms, and those left with nobody.
	Moving []Adrift
	// Waiting counts by platform the phones that get holding settings, and the alarms.
	Waiting map[ztp.PlatformID]ztp.WaitingCounts
	// Less counts platforms and phones with less than a device certificate.
	Less ztp.LessCounts
	// Rollouts are changes of settings that have not gone to every phone, Frozen says that
	// none goes out; nil when they do.
	Rollouts []ztp.Rollout
	Frozen   *ztp.SettingFreeze
	// Scans are who asked for many phones that are not there, in the last day before Now, the
	// newest first; twenty at most.
	Scans []ztp.Event
	// Authorities are those that phones are told to trust by settings, the one that ends first
	// before the others; as of ten minutes ago at most.
	Authorities []ztp.TrustedAuthority
	// WritesOff are the reasons why nothing is changed at vendors.
	WritesOff []ztp.WritesOff
	// Listeners is what the listeners of this process know of themselves, with the failed
	// handshakes of every process, at Now.
	Listeners ztp.ListenerState
	Now       time.Time
}

// ReplicaHealth is a process that works on the database.
type ReplicaHealth struct {
	ztp.Replica
	// Live: false for one that has gone without a word.
	Live bool
}
