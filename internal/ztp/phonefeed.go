package ztp

import (
	"context"
	"time"
)

// PhoneKey is what tells a phone that may be right from one that is not there: enough to
// say no, and never enough to say yes.
type PhoneKey struct {
	MAC             MAC
	Account         AccountID
	DeviceTokenHash string
	// Plain: it is also served by a URL without a token of its own.
	Plain bool
	// PhoneKind is what it is, so that a phone that has nothing yet can be told to wait.
	PhoneKind
	// FetchedAt is when it was last served, as far as it was told, and zero only before the
	// first time.
	FetchedAt time.Time
}

// PhoneKind is which files a phone reads, as far as that is known of it.
type PhoneKind struct {
	Vendor              VendorName
	Model, ProductGroup string
}

// TokenKey is the same of an account's token.
type TokenKey struct {
	Hash     string
	Platform PlatformID
	Account  AccountID
	// The names are for logs.
	PlatformSlug string
	AccountSlug  string
	// Home: the platform's phones are sent home, also those that it has given up.
	Home bool
}

// PhoneChange says that what phones get may have changed: of one phone, of those of an
// account or a platform, or of all. At is where it stands in the feed.
type PhoneChange struct {
	At   int64
	What SettingScope
}

// FormerPhone is a URL beside its own by which a phone may still come.
type FormerPhone struct {
	MAC MAC
	FormerURL
}

// FetchedPhone is a phone in the life in which it has fetched.
type FetchedPhone struct {
	Platform        PlatformID
	MAC             MAC
	DeviceTokenHash string
}

// PhoneRecord is what AccountByToken, AccountTokenID, OpenToken, Platform, EndpointByMAC,
// ContactsOfMAC, ContactPassword and OpenSettings say of one phone, at one moment.
type PhoneRecord struct {
	Account  Account
	Platform Platform
	// TokenID is the token by which it came, Current the account's latest.
	TokenID string
	Current Secret

	Endpoint Endpoint
	Contacts []Contact
	// Password is that of the contact on the phone's platform, zero without one.
	Password Secret
	// Settings opens those of the phone's scopes, the farthest first, without their versions
	// and when and by whom they were set. It fails like OpenSettings, and may be called twice.
	Settings func(context.Context) ([]ScopeSettings, error)
}

// PhoneInService is what serving a phone takes that has come before, as it will come again:
// its record, whose TokenID is that of the token by which it will come, the latest if it has
// fetched since there is that, or else the one by which it was last served. Settings is nil.
type PhoneInService struct {
	PhoneRecord
	// TokenHash is that of the same token.
	TokenHash string
	// Device is the phone's own token, zero without one.
	Device Secret
	// Layers are its settings with their secrets, the farthest first.
	Layers []ScopeSettings
}

// PhoneFeedStore lets a process keep in memory who the phones are and what they get. It
// tells every change that was committed, by whichever process; a value that is only sealed
// anew is none.
type PhoneFeedStore interface {
	// Commits counts the transactions that this process has ended. As long as it stays
	// the same, this process has changed nothing.
	Commits() uint64
	// PhoneFeedEnd is the place in the feed at which changes begin that are not committed
	// yet. Some after it may be committed as well, and are told again from there.
	PhoneFeedEnd(ctx context.Context) (int64, error)
	// PhoneChanges returns those from a place on, up to so many.
	PhoneChanges(ctx context.Context, from int64, limit int) ([]PhoneChange, error)
	// PrunePhoneChanges forgets changes of before, some thousand at once, and tells how
	// many.
	PrunePhoneChanges(ctx context.Context, before time.Time) (int64, error)
	// PhoneKeys returns those of phones that are not released, by MAC.
	PhoneKeys(ctx context.Context, after MAC, limit int) ([]PhoneKey, error)
	// FormerPhones returns MACs that have proven themselves under another account or in
	// another life than their present one, in order.
	FormerPhones(ctx context.Context, after MAC, limit int) ([]MAC, error)
	// PhoneRecord reads in one question what serving a phone takes that comes by an
	// account's token; false when the token, the phone or a contact of it is not there: then
	// each is to be asked for.
	PhoneRecord(ctx context.Context, token Secret, mac MAC) (PhoneRecord, bool, error)
	// PhonesInService reads so of all of these at once, but of those that have no contact or
	// no token of their own; form_outdated when settings have changed while they were read.
	PhonesInService(ctx context.Context, macs []MAC) ([]PhoneInService, error)
	// PhoneKeysOf returns what PhoneKeys has of these, and by which URLs FormerPhones may come.
	PhoneKeysOf(ctx context.Context, macs []MAC) (keys []PhoneKey, former []FormerPhone, err error)
	// TokenKeys returns those of accounts' tokens, by hash.
	TokenKeys(ctx context.Context, after string, limit int) ([]TokenKey, error)
	// TokenKeysOf returns those of an account, or of a platform when a is "".
	TokenKeysOf(ctx context.Context, p PlatformID, a AccountID) ([]TokenKey, error)
	// TouchEndpoints is TouchEndpoint for many, but of those that have begun another life.
	TouchEndpoints(ctx context.Context, phones []FetchedPhone, at time.Time) error
}
