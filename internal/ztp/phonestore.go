package ztp

import (
	"context"
	"time"
)

// EndpointStore keeps endpoints.
type EndpointStore interface {
	// Endpoint finds one of the platform.
	Endpoint(ctx context.Context, p PlatformID, mac MAC) (Endpoint, error)
	// EndpointByMAC finds the one endpoint of the installation with the MAC that is
	// not released.
	EndpointByMAC(ctx context.Context, mac MAC) (Endpoint, error)
	// EndpointsByMACs returns those of the platform that there are, by MAC.
	EndpointsByMACs(ctx context.Context, p PlatformID, macs []MAC) (map[MAC]Endpoint, error)
	// EndpointsOfMAC returns the rows of every platform that has the MAC or had it, the
	// oldest first.
	EndpointsOfMAC(ctx context.Context, mac MAC) ([]Endpoint, error)
	// MovingEndpoints returns phones of any platform with MovedTo, by MAC: those on the
	// move, and those that a move has left behind.
	MovingEndpoints(ctx context.Context, limit int) ([]Endpoint, error)
	// ListEndpoints returns endpoints of the platform by MAC, or as q.Sort says; those that
	// a text finds come in the order in which they are found. A page looks at a few thousand
	// rows at most: it may have fewer than its limit, or none, and others follow all the
	// same as long as there is Next.
	ListEndpoints(ctx context.Context, q EndpointQuery) (Page[Endpoint], error)
	// ListModels are the models of the platform's phones in their order, up to so many.
	ListModels(ctx context.Context, p PlatformID, limit int) ([]string, error)
	// FindEndpoints looks a text up on all platforms, among those that are not released, and
	// tells whether there are more. Like a page of a list it looks at so many rows at most.
	FindEndpoints(ctx context.Context, text string, limit int) (found []Endpoint, more bool, err error)
	// CountEndpoints counts those of a link that are not released. It costs the same for
	// any number of them.
	CountEndpoints(ctx context.Context, p PlatformID, v VendorName) (EndpointCounts, error)
	// CountEarlierURLs counts those of a link that are not released and have another URL than
	// the present one. proven is the URL of those of which none is confirmed, see TemplateOf.
	// It looks at each of them.
	CountEarlierURLs(ctx context.Context, p PlatformID, v VendorName, present URLTemplate, proven string) (int, error)
	// SaveEndpoint inserts (version 0) or updates where the version is e.Version,
	// and sets the next version. A MAC held by another platform is endpoint_taken.
	// A released endpoint of the same platform is revived by its old row. A release
	// wipes PIN and device token; what the phone of the former life has told (fetches,
	// SIP) goes with the revival. An update leaves those facts alone: they have writes
	// of their own.
	SaveEndpoint(ctx context.Context, e Endpoint) error
	// SaveEndpoints is SaveEndpoint for many of one platform, in few statements; lost are
	// those of new ones whose MAC another platform has by now. Any other race is form_outdated.
	SaveEndpoints(ctx context.Context, p PlatformID, all []Endpoint) (lost []MAC, err error)
	// TakeEndpoints is SaveEndpoints for phones of an operation, whose items they are by
	// the end of the transaction, and which takes them by MAC. Until PutWords, new ones are
	// found by MAC, vendor, account, state and model alone where there are many: not by
	// name or word, nor listed by name.
	TakeEndpoints(ctx context.Context, p PlatformID, op OperationID, all []Endpoint) (lost []MAC, err error)
	// PutWords lets some of the operation's phones be found by name and word, in no
	// transaction of the caller's, and perhaps while others are taken. It has done all when
	// there are no more. PutLeftWords does so for what operations that have ended left.
	PutWords(ctx context.Context, p PlatformID, op OperationID) (more bool, err error)
	PutLeftWords(ctx context.Context) error
	// MACsElsewhere tells which of the MACs another platform has.
	MACsElsewhere(ctx context.Context, p PlatformID, macs []MAC) (map[MAC]bool, error)
	// AddEndpoints inserts new phones of one platform in few statements; a released one is
	// revived. It returns those that it left out, because this platform or another one
	// has them.
	AddEndpoints(ctx context.Context, p PlatformID, es []Endpoint) (taken []MAC, err error)
	// TouchEndpoint records that the phone fetched its settings; the version stays, as
	// with the next ones.
	TouchEndpoint(ctx context.Context, p PlatformID, mac MAC, at time.Time) error
	// SetSIP records what the voice service said of a phone that is not released, and
	// returns what stands then: an older word never wins.
	SetSIP(ctx context.Context, p PlatformID, mac MAC, f SIPFact) (SIPFact, error)
	// SetSIPs is SetSIP for many phones of a platform, all or none, and returns what stands
	// of those that there are and that are not released.
	SetSIPs(ctx context.Context, p PlatformID, said []SIPWord) (map[MAC]SIPFact, error)
	// SetPIN seals a phone's PIN; the zero Secret removes it.
	SetPIN(ctx context.Context, p PlatformID, mac MAC, pin Secret) error
	// PIN opens it, zero when there is none.
	PIN(ctx context.Context, p PlatformID, mac MAC) (Secret, error)
	// SetDeviceTokens seals new tokens of phones' own. When one of these has a token
	// already, or is released, it is form_outdated and none is set.
	SetDeviceTokens(ctx context.Context, p PlatformID, tokens map[MAC]Secret) error
	// DeviceTokens opens those that there are.
	DeviceTokens(ctx context.Context, p PlatformID, macs []MAC) (map[MAC]Secret, error)
	// LeavePlainURL records that the phone has come by its own URL, so that the one
	// without its token is not served any more.
	LeavePlainURL(ctx context.Context, p PlatformID, mac MAC) error
}

// ContactStore keeps how phones have come to us: what they have shown, those that wait,
// those that nobody has registered, and by which tokens of accounts.
type ContactStore interface {
	// Contact returns what is known of the platform's phone, maybe of a former life; the
	// zero Contact without anything, so it is never not_found.
	Contact(ctx context.Context, p PlatformID, mac MAC) (Contact, error)
	// ContactsOfMAC returns that of every platform.
	ContactsOfMAC(ctx context.Context, mac MAC) ([]Contact, error)
	// SaveContact inserts (version 0) or updates where the version is c.Version; password
	// is sealed when it is a new one, whose hash c has. A release forgets a contact, but
	// for one that was moved: it stays, without a password, until the MAC is saved as
	// proven on another platform. A move, here or to another platform, adds to Former.
	SaveContact(ctx context.Context, c Contact, password Secret) error
	// ContactPassword opens the current HTTP password; not_found without one.
	ContactPassword(ctx context.Context, p PlatformID, mac MAC) (Secret, error)
	// ListWaiting returns the platform's phones that wait, the longest first.
	ListWaiting(ctx context.Context, p PlatformID, cursor string, limit int) (Page[Contact], error)
	// WaitingOf returns those of these phones that wait, on any platform: one question.
	WaitingOf(ctx context.Context, macs []MAC) ([]Contact, error)
	// CountWaiting counts over all platforms; those without any are left out.
	CountWaiting(ctx context.Context) (map[PlatformID]WaitingCounts, error)
	// CountLess counts platforms and phones with less than a device certificate.
	CountLess(ctx context.Context) (LessCounts, error)
	// NoteUnclaimed keeps the newest MaxUnclaimed of each platform; LastAt counts.
	NoteUnclaimed(ctx context.Context, all []UnclaimedPhone) error
	// ListUnclaimed returns those that nobody has registered since, the newest first.
	ListUnclaimed(ctx context.Context, p PlatformID) ([]UnclaimedPhone, error)
	// AccountTokenID names a token; not_found when nobody has it.
	AccountTokenID(ctx context.Context, token Secret) (string, error)
	// AccountTokens returns all that are served, the newest first, without Current.
	AccountTokens(ctx context.Context, p PlatformID, a AccountID) ([]TokenUse, error)
	TouchAccountToken(ctx context.Context, p PlatformID, a AccountID, id string, at time.Time) error
	// RetireAccountToken ends one; the current one is not_found.
	RetireAccountToken(ctx context.Context, p PlatformID, a AccountID, id string) error
}

// EndpointQuery selects endpoints of a platform; zero fields select all.
type EndpointQuery struct {
	Platform PlatformID
	Vendor   VendorName
	State    EndpointState
	Account  AccountID
	// Model selects those of exactly this one.
	Model string
	// Held leaves out those that are released.
	Held bool
	// Found selects those that were taken over with an address that is not ours.
	Found bool
	// Text is any four or more digits of the MAC in a row, or beginnings of words of name,
	// model and serial. What it finds comes in the order in which it is found: Sort then
	// has no say.
	Text   string
	Sort   EndpointSort
	Cursor string
	Limit  int
}

// EndpointSort is an order of endpoints; those alike come by MAC.
type EndpointSort string

const (
	SortMAC     EndpointSort = "mac"
	SortName    EndpointSort = "name"
	SortState   EndpointSort = "state"
	SortFetched EndpointSort = "fetched" // those first that have never fetched from us
)

// EndpointSorts lists every order; with a minus before it each goes the other way. None
// is by MAC.
var EndpointSorts = []EndpointSort{SortMAC, "-" + SortMAC, SortName, "-" + SortName, SortState, "-" + SortState, SortFetched, "-" + SortFetched}

// SettingStore keeps the settings of phones. Sealing happens here. A phone that is
// released loses its settings in the same write.
type SettingStore interface {
	// Settings returns what is set in up to four scopes, in their order, without the
	// values of secrets.
	Settings(ctx context.Context, scopes ...SettingScope) ([]ScopeSettings, error)
	// OpenSettings is Settings with the secrets opened.
	OpenSettings(ctx context.Context, scopes ...SettingScope) ([]ScopeSettings, error)
	// ChangeSettings changes values of a scope, all or none, and returns its next version.
	// expected, unless nil, is the version that the scope is to have before: form_outdated
	// when it has another. not_found for a scope that does not exist.
	ChangeSettings(ctx context.Context, scope SettingScope, expected *int64, changes []SettingChange, by string, at time.Time) (version int64, err error)
	// SettingsNamed returns up to so many values of one setting that is no secret, wherever they
	// stand; nothing that is on its way. It looks through all settings, so it is not for
	// whoever asks often.
	SettingsNamed(ctx context.Context, name SettingName, most int) ([]ScopeSettings, error)
	// SealSettings seals values of vendors' own settings that an older program has kept in
	// the open, and that secret names by now, and returns how many. It may be repeated.
	SealSettings(ctx context.Context, secret func(SettingName) bool) (sealed int, err error)
	// CopySettings puts a phone's settings in the place of those of another phone of the
	// platform, with when and by whom they were set.
	CopySettings(ctx context.Context, p PlatformID, from, to MAC, at time.Time) error
}
