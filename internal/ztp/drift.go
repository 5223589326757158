package ztp

import (
	"context"
	"slices"
	"time"
)

// DriftClass is how a phone differs between its row here and the vendor's list.
type DriftClass string

const (
	// DriftMissing: registered here, and the vendor's company does not have it.
	DriftMissing DriftClass = "missing_there"
	// DriftUnknown: in the vendor's company, and not registered here.
	DriftUnknown DriftClass = "unknown_here"
	// DriftOtherURL: the vendor sends it to another address than ours.
	DriftOtherURL DriftClass = "other_url"
	// DriftChanged: its address is ours, and something else was changed by hand.
	DriftChanged DriftClass = "changed"
	// DriftMoved: the vendor's company does not have it any more, and the company of
	// another platform of this installation is known to have it.
	DriftMoved DriftClass = "moved_away"
)

// DriftClasses lists every class, in the order of reports.
var DriftClasses = []DriftClass{DriftMissing, DriftMoved, DriftUnknown, DriftOtherURL, DriftChanged}

var driftTitles = map[DriftClass]string{
	DriftMissing: "Missing there", DriftMoved: "Moved away", DriftUnknown: "Unknown here", DriftOtherURL: "Other URL", DriftChanged: "Changed by hand",
}

// Title is the class for people.
func (c DriftClass) Title() string { return driftTitles[c] }

// ParseDriftClass takes a class, or "" for all of them. The error is invalid with the
// field "class".
func ParseDriftClass(s string) (DriftClass, error) {
	if s == "" || slices.Contains(DriftClasses, DriftClass(s)) {
		return DriftClass(s), nil
	}
	return "", Invalid("class", "A class is one of: missing_there, moved_away, unknown_here, other_url, changed.")
}

// What a phone that was changed by hand differs in.
const (
	DiffersName        = "name"
	DiffersGroup       = "product_group"
	DiffersRedirection = "redirection"
)

// DriftVerb is what can be done about a finding of a sync.
type DriftVerb string

const (
	// DriftAdopt registers here what the vendor has, without writing it.
	DriftAdopt DriftVerb = "adopt"
	// DriftFix writes what is registered here to the vendor.
	DriftFix DriftVerb = "fix"
	// DriftRelease gives the MAC up at the vendor.
	DriftRelease DriftVerb = "release"
)

// DriftVerbs lists every verb, the first one offered first.
var DriftVerbs = []DriftVerb{DriftAdopt, DriftFix, DriftRelease}

// DriftVerbsFor are the verbs that apply to a class.
func DriftVerbsFor(c DriftClass) []DriftVerb {
	switch c {
	case DriftUnknown:
		return []DriftVerb{DriftAdopt, DriftRelease}
	case DriftMoved:
		return []DriftVerb{DriftRelease}
	}
	return []DriftVerb{DriftFix, DriftRelease}
}

// Drift is a phone that a sync has found to differ.
type Drift struct {
	Platform PlatformID
	Vendor   VendorName
	// Operation is the sync whose list it is in.
	Operation OperationID
	MAC       MAC
	Class     DriftClass
	// Differs says what was changed by hand; nil for the other classes.
	Differs []string
	// Host is that of an address that is not ours, "" where there is none. The address
	// itself may hold a token and is not kept.
	Host string
	// Name, ProductGroup and Enabled are what the vendor has.
	Name         string
	ProductGroup string
	Enabled      bool
	// Account has the token in the address of a phone that is unknown here, "" when the
	// address is not one of this platform's. AddressTemplate and AddressTokenID say
	// which address that is.
	Account         AccountID
	AddressTemplate string
	AddressTokenID  string
	// Elsewhere is the platform whose company is known to have a phone that moved away.
	Elsewhere PlatformID
	FoundAt   time.Time
	// PickedBy is the operation that does something about it, "" for none.
	PickedBy OperationID
}

// PhoneSync is the last complete sync of a link.
type PhoneSync struct {
	Platform PlatformID
	Vendor   VendorName
	// Operation is whose list of findings counts, "" before the first.
	Operation  OperationID
	BeganAt    time.Time
	CompleteAt time.Time
	// By asked for it.
	By string
	// Pages and Phones are what the vendor's list had.
	Pages  int
	Phones int
	// Matching phones are the same on both sides; LeftOut were being changed and are
	// not judged.
	Matching int
	LeftOut  int
	// Counts are the findings that are left, by class.
	Counts map[DriftClass]int
}

// Findings is how many phones differ.
func (s PhoneSync) Findings() (n int) {
	for _, c := range s.Counts {
		n += c
	}
	return n
}

// DriftQuery selects findings of a sync; zero fields select all.
type DriftQuery struct {
	Operation OperationID
	Class     DriftClass
	PickedBy  OperationID
	// After begins behind a MAC, where there is no Cursor.
	After  MAC
	Cursor string
	Limit  int
}

// MaxPickedPhones is how many phones one request may name.
const MaxPickedPhones = 1000

// DriftStore keeps what syncs have found. Each list stands under its operation; the one
// that counts is named by the link's PhoneSync, so that a list is there as a whole or
// not at all.
type DriftStore interface {
	// PhoneSync returns the last complete sync; one without an Operation before that.
	PhoneSync(ctx context.Context, p PlatformID, v VendorName) (PhoneSync, error)
	// PhoneSyncs returns those of all links of the vendor.
	PhoneSyncs(ctx context.Context, v VendorName) ([]PhoneSync, error)
	// AddDrifts adds findings to the list of their operation.
	AddDrifts(ctx context.Context, found []Drift) error
	// CompletePhoneSync makes the list of s.Operation the one that counts, with its
	// counts, after it has told those that have moved away from those that are missing.
	CompletePhoneSync(ctx context.Context, s PhoneSync) error
	// DropDrifts removes up to n findings of lists of the link that do not count, but
	// for that of the operation but, and tells whether some may be left.
	DropDrifts(ctx context.Context, p PlatformID, v VendorName, but OperationID, n int) (bool, error)
	// Drifts returns findings by MAC.
	Drifts(ctx context.Context, q DriftQuery) (Page[Drift], error)
	// Drift finds one in a list.
	Drift(ctx context.Context, list OperationID, mac MAC) (Drift, error)
	// CountDrifts counts a class of a list, and of it those without an account.
	CountDrifts(ctx context.Context, list OperationID, class DriftClass) (all, withoutAccount int, err error)
	// PickDrifts gives findings of the list to an operation: those of a class, or else
	// those named. It returns how many there are.
	PickDrifts(ctx context.Context, list, by OperationID, class DriftClass, macs []MAC) (int, error)
	// LeaveDrift takes one back from the operation that picked it.
	LeaveDrift(ctx context.Context, list OperationID, mac MAC) error
	// SettleDrifts removes from the link's list what the operation has picked up to and
	// with the MAC last, and counts the rest.
	SettleDrifts(ctx context.Context, p PlatformID, v VendorName, by OperationID, last MAC) error
	// UnpickDrifts takes back what the operation has picked and has no item of, and
	// returns how many that were.
	UnpickDrifts(ctx context.Context, by OperationID) (int, error)
	// StillPicked are those of some findings of a list, by MAC, that the operation still
	// has. Until the end of the transaction nobody takes them back.
	StillPicked(ctx context.Context, by OperationID, some []Drift) ([]Drift, error)
	// SettleDoneDrifts removes what the operation has picked and done, by its items. Of
	// phones that it was to give up, that are unknown here and were cancelled, the rows are
	// released that were made to say what is being done.
	SettleDoneDrifts(ctx context.Context, p PlatformID, v VendorName, by OperationID, at time.Time) error
}
