package api

import "time"

// The states of an operation. The last three are final.
const (
	OperationQueued        = "queued"
	OperationRunning       = "running"
	OperationWaiting       = "waiting"
	OperationUnknown       = "unknown"
	OperationDone          = "done"
	OperationFailed        = "failed"
	OperationNeedsOperator = "needs_operator"
)

// Operation is one durable run of something that changes a vendor.
type Operation struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind" doc:"onboard, connect, rotate, disable, offboard, adopt, rebuild, check, revoke_key, update_address, tidy, pause_foreign, register, pause, resume, release, replace, move; for many phones import, bulk, sync"`
	Platform  string    `json:"platform" doc:"Slug of the platform"`
	Vendor    string    `json:"vendor"`
	State     string    `json:"state" enum:"queued,running,waiting,unknown,done,failed,needs_operator"`
	Steps     []Step    `json:"steps" nullable:"false"`
	AskedBy   string    `json:"asked_by"`
	CreatedAt time.Time `json:"created_at"`
	Error     *Problem  `json:"error" doc:"Why it failed, or what it found; null otherwise"`

	// What follows is left out where there is nothing to say.

	MAC        string           `json:"mac,omitempty" doc:"The phone that it writes"`
	OldMAC     string           `json:"old_mac,omitempty" doc:"The phone that a replacement retires"`
	ToPlatform string           `json:"to_platform,omitempty" doc:"Slug of the platform that a move brings the phone to"`
	Hint       string           `json:"hint,omitempty" doc:"What looks odd about the MAC address; nothing is refused for it"`
	Waiting    string           `json:"waiting,omitempty" doc:"Why it waits"`
	NextAt     *time.Time       `json:"next_at,omitempty" doc:"When it goes on by itself"`
	FinishedAt *time.Time       `json:"finished_at,omitempty" doc:"When it ended"`
	Outcome    string           `json:"outcome,omitempty" doc:"What it has led to, in words; once it is done"`
	Result     *OperationResult `json:"result,omitempty" doc:"What it has found so far"`
}

// Step is one named part of an operation.
type Step struct {
	Name  string     `json:"name"`
	State string     `json:"state" enum:"pending,running,done,skipped,failed"`
	At    *time.Time `json:"at,omitempty" doc:"When the state was reached"`
	Note  string     `json:"note,omitempty" doc:"What was found or done"`
}

// OperationResult is what an operation has found beyond its steps.
type OperationResult struct {
	ForeignKeys      []VendorKey     `json:"foreign_keys,omitempty" doc:"Keys in the company that we did not make; not touched"`
	ForeignEndpoints []string        `json:"foreign_endpoints,omitempty" doc:"The first phones and profiles whose address at the vendor is not ours; foreign-addresses has all that are named"`
	FailedEndpoints  []string        `json:"failed_endpoints,omitempty" doc:"Phones that the vendor refused"`
	Companies        []VendorCompany `json:"companies,omitempty" doc:"Companies of which one has to be picked"`
	Handled          int             `json:"handled,omitempty" doc:"Phones done"`
	Total            int             `json:"total,omitempty" doc:"Phones in all"`
	Proof            *ExposureProof  `json:"proof,omitempty" doc:"What an exposed rotation or check has compared and found"`
	Rebuilt          *Rebuilt        `json:"rebuilt,omitempty" doc:"What a rebuild has read back"`
}

// ExposureProof is what a proof of a company has found.
type ExposureProof struct {
	ForeignKeys       int       `json:"foreign_keys" doc:"Keys in the company that we did not make"`
	EndpointsCompared int       `json:"endpoints_compared"`
	ProfilesCompared  int       `json:"profiles_compared"`
	ForeignURLs       int       `json:"foreign_urls" doc:"Endpoints and profiles whose URL is not ours"`
	Listed            int       `json:"listed" doc:"How many of these are named one by one; all are counted"`
	ComparedAt        time.Time `json:"compared_at"`
}

// Clean reports whether nothing was found that is not ours.
func (p ExposureProof) Clean() bool { return p.ForeignKeys == 0 && p.ForeignURLs == 0 }

// Final reports whether the operation has ended.
func (o Operation) Final() bool {
	switch o.State {
	case OperationDone, OperationFailed, OperationNeedsOperator:
		return true
	}
	return false
}

// OperationFilter selects operations; zero fields select all.
type OperationFilter struct {
	Platform string
	Vendor   string
	MAC      string
	// Open selects those that have not ended.
	Open bool
}

// EventFilter selects rows of the audit log; zero fields select all.
type EventFilter struct {
	Platform string
	Vendor   string
	Actor    string
	Action   string
	Outcome  string
	Text     string
}
