package ztp

import "time"

// Event is one row of the audit log. It is written in the same transaction as
// the change it tells of, and never changed afterwards.
type Event struct {
	// Seq counts up without gaps; Hash chains the rows (set by the store).
	Seq  int64
	At   time.Time
	Hash string
	// Actor is Actor.String of who did it; Address where the request came from.
	Actor   string
	Address string
	// Action is a verb with its noun, such as "rotate.asked" or "credential.activated".
	Action   string
	Platform PlatformID
	Vendor   VendorName
	// Target names what was acted on: an account, a MAC, a key's number, a user.
	Target    string
	Operation OperationID
	// Outcome is "ok", "refused" or "failed"; Code the error code when not ok.
	Outcome   string
	Code      Code
	Detail    string
	RequestID string
}

// Outcomes of an event.
const (
	OutcomeOK      = "ok"
	OutcomeRefused = "refused"
	OutcomeFailed  = "failed"
)

// EventOutcomes lists them all.
var EventOutcomes = []string{OutcomeOK, OutcomeRefused, OutcomeFailed}

// Actions of phones and of who looks for them.
const (
	EventNewcomer = "endpoint.newcomer_held"
	EventScanned  = "phones.scanned"
)

// ScanTarget is the target of EventScanned, by which such events are found among all others.
const ScanTarget = "scan"

// EventsOfPhones are the ones that whoever serves phones tells, and the only ones.
var EventsOfPhones = []string{EventNewcomer, EventScanned}
