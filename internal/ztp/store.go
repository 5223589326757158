package ztp

import (
	"context"
	"time"
)

// Store is everything that is kept. Rules that hold for all its methods:
//
//   - A missing row is an *Error with code not_found. Never (zero, nil).
//   - A write that lost a race (version, expected state, fence) is an *Error with
//     code form_outdated; ErrLeaseLost for writes under a fence.
//   - Methods are atomic each. Inside Tx they take part in its transaction.
//   - Every query on tenant data takes the PlatformID.
//   - Times come in and go out in UTC with millisecond resolution.
//   - A sealed value that does not open is sealing_key_mismatch.
//   - Strings are stored as given; callers validate.
type Store interface {
	InstallationStore
	PlatformStore
	AccountStore
	LinkStore
	CredentialStore
	EndpointStore
	SettingStore
	RolloutStore
	ContactStore
	PhoneFeedStore
	FetchStore
	ExposureStore
	OperationStore
	PhoneItemStore
	ImportStore
	DriftStore
	SubmissionStore
	EventStore
	AccessStore
	ReplicaStore
	RestoreStore
	ReconciliationStore
	CampaignStore
	OffboardingStore
	ResyncStore
	// Tx runs f in one transaction that can read and write; an error of f rolls
	// everything back and is returned. f must not call a vendor or wait for
	// anything. On a serialization failure f runs again, so it must have no other
	// effects. Tx inside Tx joins the outer one.
	Tx(ctx context.Context, f func(Store) error) error
}

// InstallationStore keeps what belongs to the installation as a whole.
type InstallationStore interface {
	// Installation returns the name stored at first start.
	Installation(ctx context.Context) (string, error)
	// PinAccount records the reseller's own company at first use. When another one
	// is recorded already it changes nothing and returns reseller_credentials_other_account.
	PinAccount(ctx context.Context, v VendorName, companyID string) error
	// PinnedAccount returns the company recorded by PinAccount; not_found without one.
	PinnedAccount(ctx context.Context, v VendorName) (string, error)
	// SetReseller seals the reseller credential of a vendor, replacing an earlier one.
	SetReseller(ctx context.Context, v VendorName, key APIKey, at time.Time) error
	// SealedReseller opens it; also tells when it was set. not_found without one.
	SealedReseller(ctx context.Context, v VendorName) (APIKey, time.Time, error)
	// RemoveReseller deletes it; not_found without one.
	RemoveReseller(ctx context.Context, v VendorName) error
	// PutChallenge stores the answer expected at an address check until it expires,
	// and forgets expired ones.
	PutChallenge(ctx context.Context, nonce, answer string, now, expires time.Time) error
	// Challenge returns the answer for a nonce that has not expired by now; not_found otherwise.
	Challenge(ctx context.Context, nonce string, now time.Time) (string, error)
}

// PlatformStore keeps platforms.
type PlatformStore interface {
	// CreatePlatform inserts p. A used slug, id or external id is invalid with that field.
	CreatePlatform(ctx context.Context, p Platform) error
	// Platform finds one by slug or by id.
	Platform(ctx context.Context, ref string) (Platform, error)
	// PlatformByExternalID finds one by the caller's id.
	PlatformByExternalID(ctx context.Context, externalID string) (Platform, error)
	// ListPlatforms returns platforms by name, then id, from after the cursor.
	ListPlatforms(ctx context.Context, q PlatformQuery) (Page[Platform], error)
	// UpdatePlatform writes name, external id, template and primary where the
	// version is p.Version, and sets the next version.
	UpdatePlatform(ctx context.Context, p Platform) error
	// DeletePlatform removes a platform with its accounts, links and endpoints.
	// It is in_use while a link has ever had a company that is still recorded, an
	// endpoint is not released, or an operation is open.
	DeletePlatform(ctx context.Context, id PlatformID) error
}

// PlatformQuery selects platforms. Text matches name or slug without case.
type PlatformQuery struct {
	Text   string
	Cursor string
	Limit  int
}

// Page is part of a list; Next is the cursor of what follows, "" at the end.
type Page[T any] struct {
	Items []T
	Next  string
}

// AccountStore keeps accounts and their provisioning tokens.
type AccountStore interface {
	CreateAccount(ctx context.Context, a Account) error
	// Account finds one of the platform by slug or id.
	Account(ctx context.Context, p PlatformID, ref string) (Account, error)
	AccountByExternalID(ctx context.Context, p PlatformID, externalID string) (Account, error)
	// AccountSlugs are those of these accounts of these platforms.
	AccountSlugs(ctx context.Context, ps []PlatformID, ids []AccountID) (map[AccountID]string, error)
	// PrimaryAccounts are those of the platforms that have one.
	PrimaryAccounts(ctx context.Context, ps []PlatformID) (map[PlatformID]Account, error)
	// ListAccounts returns the platform's accounts by creation time, then id.
	ListAccounts(ctx context.Context, p PlatformID, cursor string, limit int) (Page[Account], error)
	// UpdateAccount writes name and external id where the version is a.Version.
	UpdateAccount(ctx context.Context, a Account) error
	// DeleteAccount is in_use while an endpoint that is not released names it, or
	// it is the platform's primary account.
	DeleteAccount(ctx context.Context, p PlatformID, id AccountID) error
	// IssueToken seals a new provisioning token, stores its SHA-256 for look-up and
	// makes it the account's current one. Earlier tokens go on being served.
	IssueToken(ctx context.Context, p PlatformID, id AccountID, tokenID string, token Secret, at time.Time) error
	// OpenToken opens the token with that id.
	OpenToken(ctx context.Context, p PlatformID, id AccountID, tokenID string) (Secret, error)
	// AccountByToken finds the account of any of its tokens, by hash.
	AccountByToken(ctx context.Context, token Secret) (Account, error)
}

// LinkStore keeps links.
type LinkStore interface {
	// Link returns the link; one that was never saved comes as not_configured with
	// version 0, so it is never not_found.
	Link(ctx context.Context, p PlatformID, v VendorName) (Link, error)
	// ListLinks returns saved links, of one platform, of one vendor, or all.
	ListLinks(ctx context.Context, p PlatformID, v VendorName) ([]Link, error)
	// LinkFacts returns the saved links of these platforms with what belongs to each, in a
	// few questions for any number of them.
	LinkFacts(ctx context.Context, ps []PlatformID) (map[PlatformID]map[VendorName]LinkFacts, error)
	// CountAttention counts, per vendor, the links for which NeedsSomebody is true;
	// cheap enough for every page.
	CountAttention(ctx context.Context) (map[VendorName]int, error)
	// LinkByCompany finds the link that records the vendor's company.
	LinkByCompany(ctx context.Context, v VendorName, companyID string) (Link, error)
	// SaveLink inserts (version 0) or updates where the version is l.Version, and
	// sets the next version. A company recorded by another link is
	// vendor_company_in_use.
	SaveLink(ctx context.Context, l Link) error
}

// CredentialStore keeps the numbered credentials of links. Sealing happens here.
type CredentialStore interface {
	// PlanCredential inserts a row; the number must be new for the link.
	PlanCredential(ctx context.Context, c Credential) error
	Credential(ctx context.Context, p PlatformID, v VendorName, n int) (Credential, error)
	// Credentials returns all of the link, by number.
	Credentials(ctx context.Context, p PlatformID, v VendorName) ([]Credential, error)
	// SealCredential stores the secret sealed, with the vendor's id, and the state
	// and times of c, where the row's state is from.
	SealCredential(ctx context.Context, c Credential, secret Secret, from CredentialState) error
	// MoveCredential writes state, vendor id, deadline and times of c where the
	// row's state is from; states without a secret (revoked, orphan, unknown) wipe it.
	MoveCredential(ctx context.Context, c Credential, from CredentialState) error
	// OpenCredential opens the key pair of a credential that has a secret.
	OpenCredential(ctx context.Context, p PlatformID, v VendorName, n int) (APIKey, error)
	// LooseCredentials returns credentials of all links that should be deleted at
	// the vendor and are not yet: orphan, retiring, unknown. Oldest first.
	LooseCredentials(ctx context.Context, limit int) ([]Credential, error)
}

// ExposureStore keeps the lists of proofs, each under its operation.
type ExposureStore interface {
	// AddForeignAddress adds one to the list of op, unless it is in it.
	AddForeignAddress(ctx context.Context, p PlatformID, v VendorName, op OperationID, a ForeignAddress) error
	// ForeignAddress finds one in the list of op.
	ForeignAddress(ctx context.Context, p PlatformID, v VendorName, op OperationID, target string) (ForeignAddress, error)
	// ForeignAddresses returns the list of op, by target.
	ForeignAddresses(ctx context.Context, q ForeignAddressQuery) (Page[ForeignAddress], error)
	CountForeignAddresses(ctx context.Context, p PlatformID, v VendorName, op OperationID) (int, error)
	// DropForeignAddresses forgets the list of op.
	DropForeignAddresses(ctx context.Context, p PlatformID, v VendorName, op OperationID) error
	// SettleForeignAddress takes one that is put right off every list of the link, and
	// tells whether it was in any; SettleForeignProfiles does so with our own profiles.
	SettleForeignAddress(ctx context.Context, p PlatformID, v VendorName, target string) (bool, error)
	SettleForeignProfiles(ctx context.Context, p PlatformID, v VendorName) (bool, error)
}

// ForeignAddressQuery selects a part of the list of an operation.
type ForeignAddressQuery struct {
	Platform  PlatformID
	Vendor    VendorName
	Operation OperationID
	Cursor    string
	Limit     int
}

// OperationStore keeps operations, their leases and their idempotency keys.
type OperationStore interface {
	// CreateOperation inserts. Unique indexes refuse a second open one:
	// operation_running for a link-changing one of the same link or an open one of
	// an endpoint write of the same platform, vendor and MAC, and for a repeated key of
	// the same actor, and for a second one for many phones of the same link. A phone that
	// an open one holds beside its own (Also) is refused likewise. The error carries the
	// operation in the way.
	CreateOperation(ctx context.Context, o Operation) error
	Operation(ctx context.Context, id OperationID) (Operation, error)
	// OperationByKey finds the operation that the actor created under the key.
	OperationByKey(ctx context.Context, actor, key string) (Operation, error)
	// OperationResuming finds the one that has taken up what an operation for many has
	// left undone; not_found without one.
	OperationResuming(ctx context.Context, o Operation) (Operation, error)
	// OpenOperation returns the link's open link-changing operation; not_found without one.
	OpenOperation(ctx context.Context, p PlatformID, v VendorName) (Operation, error)
	// HeldPhones are the platform's phones at the vendor that open operations of one phone
	// or two hold, each with its operation.
	HeldPhones(ctx context.Context, p PlatformID, v VendorName) (map[MAC]Operation, error)
	// ListOperations returns operations, newest first.
	ListOperations(ctx context.Context, q OperationQuery) (Page[Operation], error)
	// ClaimOperation takes the next due operation (queued, waiting or unknown with
	// NextAt passed, running with its lease passed), by the database's clock, makes it
	// running under a new fence and lease. not_found when nothing is due. Of those
	// that work on one link's keys one runs at a time, in whichever process, and none
	// between the steps of one that changes the link.
	ClaimOperation(ctx context.Context, owner string, ttl time.Duration, which Claim) (Operation, error)
	// SaveOperation writes o where fence is o.Fence and the row is running; it also
	// renews the lease by ttl unless the new state is not running. Zero rows: ErrLeaseLost.
	SaveOperation(ctx context.Context, o Operation, ttl time.Duration) error
	// ReturnOperation makes a running operation due now, for the worker that cannot go
	// on with it, by its fence; the next claim raises that. not_found when it is not
	// running under that fence. It fails while the store takes no writes.
	ReturnOperation(ctx context.Context, id OperationID, fence int64) error
	// WakeOperation makes a waiting or unknown operation due now; not_found otherwise.
	WakeOperation(ctx context.Context, id OperationID) error
}

// OperationQuery selects operations; zero fields select all.
type OperationQuery struct {
	Platform PlatformID
	Vendor   VendorName
	// MAC selects operations of that phone; of open ones also those that hold it, or a
	// phone of the platform, beside their own.
	MAC MAC
	// Open selects those that are not final.
	Open   bool
	Cursor string
	Limit  int
}

// SubmissionKept is how long a submission is remembered.
const SubmissionKept = 24 * time.Hour

// Submission is a request under an idempotency key that made something without an
// operation, and what that was: ids, no values.
type Submission struct {
	// Actor sent it; keys of different actors have nothing to do with each other.
	Actor    string
	Key      string
	BodyHash string
	Platform PlatformID
	// Account and TokenID are "" where the request made none.
	Account AccountID
	TokenID string
	// Existed: it was there before, under the external id of the request.
	Existed bool
	At      time.Time
}

// SubmissionStore keeps submissions for SubmissionKept.
type SubmissionStore interface {
	// ClaimSubmission inserts m and returns fresh, or else what the actor has
	// submitted under that key before. Called first in the Tx of the change, it makes
	// a parallel request under the same key wait for the outcome of this one.
	ClaimSubmission(ctx context.Context, m Submission) (earlier Submission, fresh bool, err error)
	// Submission finds one.
	Submission(ctx context.Context, actor, key string) (Submission, error)
	// DropSubmissions forgets those made until then.
	DropSubmissions(ctx context.Context, until time.Time) error
}

// RestoreStore keeps what an installation knows of being older than its vendors,
// and whether anything may be changed there.
type RestoreStore interface {
	// MarkRestored takes note that the database may be older than the vendor, all
	// of them for "": links are to be proven before their key is used, what was
	// under way has ended as needs_operator, campaigns are paused, and numbers whose key was never in
	// force are forgotten, so that whatever carries them at the vendor counts as
	// made since. It returns how many links that are.
	MarkRestored(ctx context.Context, v VendorName, at time.Time) (int, error)
	// WritesOff returns every reason why nothing is changed at vendors, the one
	// for all of them (Vendor "") first.
	WritesOff(ctx context.Context) ([]WritesOff, error)
	// SwitchWritesOff adds a reason; one that is there already stays as it is, and
	// false is returned.
	SwitchWritesOff(ctx context.Context, w WritesOff) (bool, error)
	// SwitchWritesOn removes the reason of that vendor; not_found without one.
	SwitchWritesOn(ctx context.Context, v VendorName) error
}

// CampaignStore keeps campaigns and what became of each platform in them.
type CampaignStore interface {
	// CreateCampaign inserts it with its items and seals the secrets of pasted keys. One
	// of its vendor that has not ended, or one of the same actor under the same key, is
	// campaign_running.
	CreateCampaign(ctx context.Context, c Campaign, items []CampaignItem, keys map[PlatformID]APIKey) error
	// Campaign finds one, with its tally, as do the next two.
	Campaign(ctx context.Context, id CampaignID) (Campaign, error)
	// CampaignByKey finds the one that the actor made under the key.
	CampaignByKey(ctx context.Context, actor, key string) (Campaign, error)
	// ListCampaigns returns campaigns, newest first.
	ListCampaigns(ctx context.Context, q CampaignQuery) (Page[Campaign], error)
	// SaveCampaign writes what changes of a campaign where the version is c.Version,
	// and sets the next version.
	SaveCampaign(ctx context.Context, c Campaign) error
	// ListCampaignItems returns items in their order.
	ListCampaignItems(ctx context.Context, q CampaignItemQuery) (Page[CampaignItem], error)
	// SaveCampaignItem writes what changes of an item where its state is from. One
	// that has ended keeps no secret.
	SaveCampaignItem(ctx context.Context, i CampaignItem, from CampaignItemState) error
	// CancelCampaignItems ends every pending item as cancelled.
	CancelCampaignItems(ctx context.Context, id CampaignID, at time.Time) error
	// OpenCampaignKey opens the pasted key of an item; not_found without one.
	OpenCampaignKey(ctx context.Context, id CampaignID, p PlatformID, v VendorName) (APIKey, error)
}

// CampaignQuery selects campaigns; zero fields select all.
type CampaignQuery struct {
	Vendor VendorName
	// Open selects those with items that have not ended.
	Open   bool
	Cursor string
	Limit  int
}

// CampaignItemQuery selects items of a campaign; State "" selects all.
type CampaignItemQuery struct {
	Campaign CampaignID
	State    CampaignItemState
	Cursor   string
	Limit    int
}

// EventStore keeps the audit log.
type EventStore interface {
	// AppendEvent adds a row to the chain. Call it inside the change's Tx.
	AppendEvent(ctx context.Context, e Event) error
	// ListEvents returns events, newest first. A page that is filtered looks at a part of the
	// log, and may be empty while Next leads on.
	ListEvents(ctx context.Context, q EventQuery) (Page[Event], error)
	// VerifyEvents recomputes the chain and returns how many rows it has, or an
	// error that names the first wrong one.
	VerifyEvents(ctx context.Context) (int64, error)
}

// EventQuery selects events; zero fields select all. Cursor is a sequence number.
type EventQuery struct {
	Platform PlatformID
	Vendor   VendorName
	Actor    string
	Action   string
	Outcome  string
	Text     string
	// Target, when not "", selects what was done with it, whatever else is asked.
	Target string
	Cursor string
	Limit  int
}

// User is somebody who signs in at the portal with a password.
type User struct {
	Name string
	Role Role
	// PasswordHash is an argon2id PHC string.
	PasswordHash string
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// APIToken is a program's bearer token, without its value.
type APIToken struct {
	Name      string
	Role      Role
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time
}

// AccessStore keeps users, sessions and API tokens. Session and token values are
// stored as SHA-256 alone.
type AccessStore interface {
	CreateUser(ctx context.Context, u User) error
	User(ctx context.Context, name string) (User, error)
	ListUsers(ctx context.Context) ([]User, error)
	// UpdateUser writes role and password hash.
	UpdateUser(ctx context.Context, u User) error
	// DeleteUser removes the user and ends all sessions of it.
	DeleteUser(ctx context.Context, name string) error

	// SaveSession writes data under a hashed session id until it expires. user is ""
	// while nobody is signed in.
	SaveSession(ctx context.Context, hash, user string, data []byte, expires time.Time) error
	// RenewSession is SaveSession for one that is there; not_found when it was ended
	// meanwhile, by whichever process.
	RenewSession(ctx context.Context, hash string, data []byte, expires time.Time) error
	// Session returns the data of a session that has not expired by now.
	Session(ctx context.Context, hash string, now time.Time) ([]byte, error)
	DeleteSession(ctx context.Context, hash string) error
	// DeleteSessionsOf ends all sessions of a user.
	DeleteSessionsOf(ctx context.Context, user string) error

	CreateAPIToken(ctx context.Context, t APIToken, hash string) error
	// APIToken finds a token by hash, whether expired or not.
	APIToken(ctx context.Context, hash string) (APIToken, error)
	ListAPITokens(ctx context.Context) ([]APIToken, error)
	DeleteAPIToken(ctx context.Context, name string) error
	TouchAPIToken(ctx context.Context, name string, at time.Time) error
}

// ErrLeaseLost is returned by writes under a fence that no longer counts: another
// worker has the operation. The only right answer is to stop, without a further
// vendor call.
var ErrLeaseLost = &Error{Code: CodeInternal, Detail: "another worker has taken this operation over"}
