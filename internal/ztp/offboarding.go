package ztp

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// OffboardingID identifies an off-boarding: 26 lower-case base32 characters.
type OffboardingID string

// OffboardingState is how an off-boarding stands, as a whole and at each vendor.
type OffboardingState string

const (
	// OffboardingRunning: its operations go on by themselves.
	OffboardingRunning OffboardingState = "running"
	// OffboardingDone: everything that can be given up is. Final, like the next two.
	OffboardingDone OffboardingState = "done"
	// OffboardingStopped: something was refused, as Problem says; asked for again, a new
	// one takes up what is left.
	OffboardingStopped OffboardingState = "stopped"
	// OffboardingCancelled: cancelled while phones were being given up; the rest stays
	// as it is.
	OffboardingCancelled OffboardingState = "cancelled"
)

// OffboardingStates lists every state, in the order of the documentation.
var OffboardingStates = []OffboardingState{OffboardingRunning, OffboardingDone, OffboardingStopped, OffboardingCancelled}

// OffboardingMoves returns the states that may follow s; none after a final one.
func OffboardingMoves(s OffboardingState) []OffboardingState {
	if s == OffboardingRunning {
		return []OffboardingState{OffboardingDone, OffboardingStopped, OffboardingCancelled}
	}
	return nil
}

// OffboardAsks is up to how many phones an off-boarding is begun without their number.
const OffboardAsks = 100

// Offboarding gives up what a platform has at its vendors, with one operation for each;
// what became of it is kept as a receipt when the platform is gone.
type Offboarding struct {
	ID       OffboardingID
	Platform PlatformID
	// Slug and Name are the platform's.
	Slug, Name string
	State      OffboardingState
	// KeepPhones: phones are not sent home.
	KeepPhones bool
	// Parts has what became of it, vendor by vendor.
	Parts []OffboardingPart
	// AskedBy is who asked; Key and BodyHash as in Operation.
	AskedBy    string
	Key        string
	BodyHash   string
	CreatedAt  time.Time
	FinishedAt time.Time
	// Version grows with every save; SaveOffboarding refuses an older one.
	Version int64
}

// OffboardingPart is what an off-boarding does at one vendor, and what came of it.
type OffboardingPart struct {
	Vendor    VendorName       `json:"vendor"`
	Operation OperationID      `json:"operation"`
	State     OffboardingState `json:"state"`
	// CompanyID and CompanyName are of the company, which stays; Made tells that
	// zerotouch made it.
	CompanyID   string `json:"company_id,omitempty"`
	CompanyName string `json:"company_name,omitempty"`
	Made        bool   `json:"made,omitempty"`
	// CompanyGone: the vendor does not have the company any more, and nothing in it.
	CompanyGone bool `json:"company_gone,omitempty"`
	// Phones, Profiles and Keys are what was to be given up.
	Phones   int `json:"phones"`
	Profiles int `json:"profiles"`
	Keys     int `json:"keys"`
	// Released, Refused and Left are phones: given up, refused by the vendor, and left
	// as they are.
	Released int `json:"released"`
	Refused  int `json:"refused"`
	Left     int `json:"left"`
	// ProfilesRemoved and ProfilesOff are profiles that are deleted, and those that the
	// vendor only lets be switched off.
	ProfilesRemoved int `json:"profiles_removed"`
	ProfilesOff     int `json:"profiles_off"`
	KeysRevoked     int `json:"keys_revoked"`
	// Strangers counts phones in the company that are not registered here, StrangerMACs
	// names some; ForeignKeys are keys that we did not make. All of them stay.
	Strangers    int         `json:"strangers,omitempty"`
	StrangerMACs []MAC       `json:"stranger_macs,omitempty"`
	ForeignKeys  []VendorKey `json:"foreign_keys,omitempty"`
	Problem      *Problem    `json:"problem,omitempty"`
	EndedAt      time.Time   `json:"ended_at,omitzero"`
}

// OffboardData is what the operation of an off-boarding has learnt: profiles deleted and
// only switched off, and phones in the company that are not registered here.
type OffboardData struct {
	Removed      int   `json:"removed,omitempty"`
	Off          int   `json:"off,omitempty"`
	Strangers    int   `json:"strangers,omitempty"`
	StrangerMACs []MAC `json:"stranger_macs,omitempty"`
	// Cancelled: phones were left as they are because somebody has cancelled.
	Cancelled bool `json:"cancelled,omitempty"`
}

// Part returns what is done at a vendor, nil for nothing.
func (o *Offboarding) Part(v VendorName) *OffboardingPart {
	i := slices.IndexFunc(o.Parts, func(p OffboardingPart) bool { return p.Vendor == v })
	if i < 0 {
		return nil
	}
	return &o.Parts[i]
}

// Phones counts those that are given up, over all vendors, and Released those that are.
func (o Offboarding) Phones() (phones, released int) {
	for _, p := range o.Parts {
		phones, released = phones+p.Phones, released+p.Released
	}
	return phones, released
}

// Move returns the off-boarding in the state to, or an error when that is not legal.
func (o Offboarding) Move(to OffboardingState, now time.Time) (Offboarding, error) {
	if o.State == to {
		return o, nil
	}
	if !slices.Contains(OffboardingMoves(o.State), to) {
		return o, fmt.Errorf("off-boarding %s: no move from %s to %s", o.ID, o.State, to)
	}
	o.State, o.FinishedAt = to, now
	return o, nil
}

// Ended returns the off-boarding after the part of a vendor has come to its end: the
// worst end of any part is that of the whole.
func (o Offboarding) Ended(now time.Time) (Offboarding, error) {
	worst := OffboardingDone
	for _, p := range o.Parts {
		switch p.State {
		case OffboardingRunning:
			return o, nil
		case OffboardingStopped:
			worst = OffboardingStopped
		case OffboardingCancelled:
			if worst == OffboardingDone {
				worst = OffboardingCancelled
			}
		}
	}
	return o.Move(worst, now)
}

// Summary says in a line what was given up.
func (o Offboarding) Summary() string {
	phones, released := o.Phones()
	keys := 0
	for _, p := range o.Parts {
		keys += p.KeysRevoked
	}
	return fmt.Sprintf("%d of %s given up, %s revoked", released, Counted(phones, "phone", "phones"), Counted(keys, "key", "keys"))
}

// Stays says what is left at the vendor and what to do about it, a sentence or two for
// each; title is how people call the vendor.
func (p OffboardingPart) Stays(title string) []string {
	if p.State != OffboardingDone || p.CompanyGone || p.CompanyID == "" {
		return nil
	}
	company := p.CompanyID
	if p.CompanyName != "" {
		company = fmt.Sprintf("%q (%s)", p.CompanyName, p.CompanyID)
	}
	var out []string
	if p.Strangers > 0 {
		out = append(out, fmt.Sprintf("%s in the company that zerotouch never registered. Whoever needs them has to say so; remove the others in the portal of %s.",
			Counted(p.Strangers, "phone", "phones"), title))
	}
	if n := len(p.ForeignKeys); n > 0 {
		out = append(out, fmt.Sprintf("%s in the company that zerotouch did not make. Revoke what nobody uses in the portal of %s.", Counted(n, "key", "keys"), title))
	}
	if p.ProfilesOff > 0 {
		out = append(out, fmt.Sprintf("%s, switched off: %s did not let us delete it. Remove it in its portal.", Counted(p.ProfilesOff, "profile", "profiles"), title))
	}
	if p.Made {
		return append(out, fmt.Sprintf("Company %s. Remove it in the portal of %s, then press Check with %s (or zerotouch check), which finds it gone; after that the platform can be removed.", company, title, title))
	}
	return append(out, fmt.Sprintf("Company %s, which was there before zerotouch. It is not recorded here any more.", company))
}

// OffboardingStore keeps off-boardings; they outlive their platforms.
type OffboardingStore interface {
	// CreateOffboarding inserts it. A running one of the same platform, or one of the same
	// actor under the same key, is operation_running.
	CreateOffboarding(ctx context.Context, o Offboarding) error
	Offboarding(ctx context.Context, id OffboardingID) (Offboarding, error)
	// OffboardingByKey finds the one that the actor asked for under the key.
	OffboardingByKey(ctx context.Context, actor, key string) (Offboarding, error)
	// ListOffboardings returns those of a platform, or all for "", newest first.
	ListOffboardings(ctx context.Context, p PlatformID, cursor string, limit int) (Page[Offboarding], error)
	// SaveOffboarding writes state, parts and end where the version is o.Version.
	SaveOffboarding(ctx context.Context, o Offboarding) error
	// SendPhonesHome sets Platform.HomeSince; the zero time keeps phones.
	SendPhonesHome(ctx context.Context, p PlatformID, since time.Time) error
	// CountHome counts phones of the platform, given up or not, that have fetched since.
	CountHome(ctx context.Context, p PlatformID, since time.Time) (int, error)
	// AddReleaseItems adds every phone of the link that is not released to those that the
	// operation gives up. It may be called twice.
	AddReleaseItems(ctx context.Context, p PlatformID, v VendorName, op OperationID, at time.Time) (int, error)
	// EndWaitingOperation ends as failed an operation that nobody works on; false when
	// somebody does, or it has ended.
	EndWaitingOperation(ctx context.Context, id OperationID, why *Problem, at time.Time) (bool, error)
}
