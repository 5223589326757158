package ztp

import (
	"fmt"
	"time"
)

// OperationKind names what an operation does.
type OperationKind string

const (
	KindOnboard       OperationKind = "onboard"
	KindConnect       OperationKind = "connect"
	KindRotate        OperationKind = "rotate"
	KindDisable       OperationKind = "disable"
	KindAdopt         OperationKind = "adopt"
	KindCheck         OperationKind = "check"
	KindRevokeKey     OperationKind = "revoke_key"
	KindUpdateAddress OperationKind = "update_address"
	// KindTidy tries again hourly what an earlier operation could not bring to its
	// end: keys to delete, phones to redirect again.
	KindTidy OperationKind = "tidy"
	// KindPauseForeign ends a redirection in the company that leads elsewhere and is
	// none of ours to correct: of a phone without a row here, or of a profile that we
	// did not make.
	KindPauseForeign OperationKind = "pause_foreign"
	// KindRebuild reads back what a lost database knew of a company that carries the
	// label of this installation, with a new key.
	KindRebuild OperationKind = "rebuild"
	// KindImport, KindSync and KindBulk are for many phones of a link; one of them is
	// open per link. An import registers the rows of a file, a sync compares with the
	// vendor's list, a bulk writes or releases phones that were picked.
	KindImport OperationKind = "import"
	KindSync   OperationKind = "sync"
	KindBulk   OperationKind = "bulk"
	// KindOffboard gives up all phones of a link, then profile and keys: a Disable that
	// leaves nothing to come back to.
	KindOffboard OperationKind = "offboard"
	// The kinds below write one endpoint each, the last two a second one as well.
	KindRegister OperationKind = "register"
	KindPause    OperationKind = "pause"
	KindResume   OperationKind = "resume"
	KindRelease  OperationKind = "release"
	// KindReplace puts a new phone in an old one's place; it holds both.
	KindReplace OperationKind = "replace"
	// KindMove gives a phone up in one platform's company and registers it in another's.
	// It belongs to the first one's link, and holds the phone in both platforms.
	KindMove OperationKind = "move"
)

// ChangesLink reports whether operations of this kind change which credential a
// link has; one of them is open per link at most.
func (k OperationKind) ChangesLink() bool {
	switch k {
	case KindOnboard, KindConnect, KindRotate, KindDisable, KindAdopt, KindRebuild, KindOffboard:
		return true
	}
	return false
}

// ForMany reports whether operations of this kind are for many phones of a link.
func (k OperationKind) ForMany() bool {
	return k == KindImport || k == KindSync || k == KindBulk
}

// Claim is which operations a worker takes up.
type Claim string

const (
	ClaimAny Claim = ""
	// ClaimMany are those for many phones, ClaimOthers all but these: whoever waits for
	// one phone does not wait until somebody's fifty thousand are written.
	ClaimMany   Claim = "many"
	ClaimOthers Claim = "others"
)

// HasItems reports whether operations of this kind have a PhoneItem for each phone.
func (k OperationKind) HasItems() bool {
	return k == KindImport || k == KindBulk || k == KindOffboard
}

// EndsLink reports whether operations of this kind revoke the link's keys.
func (k OperationKind) EndsLink() bool { return k == KindDisable || k == KindOffboard }

// WritesEndpoint reports whether operations of this kind write one endpoint.
func (k OperationKind) WritesEndpoint() bool {
	switch k {
	case KindRegister, KindPause, KindResume, KindRelease, KindReplace, KindMove:
		return true
	}
	return false
}

// OperationState is the state of an operation.
type OperationState string

const (
	// OperationQueued: to be taken up by a worker.
	OperationQueued OperationState = "queued"
	// OperationRunning: a worker holds its lease. A killed worker leaves it here
	// until the lease ends.
	OperationRunning OperationState = "running"
	// OperationWaiting: continues at NextAt, for the reason in Waiting.
	OperationWaiting OperationState = "waiting"
	// OperationUnknown: something was sent and no answer came; read again at NextAt.
	OperationUnknown OperationState = "unknown"
	// OperationDone: all that was asked for has happened. Final, like the next two.
	OperationDone OperationState = "done"
	// OperationFailed: stopped for the reason in Error; it blocks nothing.
	OperationFailed OperationState = "failed"
	// OperationNeedsOperator: stopped; a person has to act on what Error names.
	OperationNeedsOperator OperationState = "needs_operator"
)

// OperationStates lists every state, in the order of the documentation.
var OperationStates = []OperationState{OperationQueued, OperationRunning, OperationWaiting, OperationUnknown, OperationDone, OperationFailed, OperationNeedsOperator}

var operationMoves = map[OperationState][]OperationState{
	OperationQueued:  {OperationRunning},
	OperationRunning: {OperationQueued, OperationWaiting, OperationUnknown, OperationDone, OperationFailed, OperationNeedsOperator},
	OperationWaiting: {OperationRunning, OperationFailed},
	OperationUnknown: {OperationRunning},
}

// OperationMoves returns the states that may follow s; none after a final one.
func OperationMoves(s OperationState) []OperationState { return operationMoves[s] }

// Final reports whether an operation in this state has ended.
func (s OperationState) Final() bool {
	return s == OperationDone || s == OperationFailed || s == OperationNeedsOperator
}

// StepState is the state of one step of an operation.
type StepState string

const (
	StepPending StepState = "pending"
	StepRunning StepState = "running"
	StepDone    StepState = "done"
	StepSkipped StepState = "skipped"
	StepFailed  StepState = "failed"
)

// Step is one named part of an operation.
type Step struct {
	Name  string    `json:"name"`
	State StepState `json:"state"`
	// At is when the state was reached.
	At time.Time `json:"at,omitzero"`
	// Note says what was found or done, for people; never a secret.
	Note string `json:"note,omitempty"`
}

// Operation is one durable run of something that changes a vendor.
type Operation struct {
	ID       OperationID
	Kind     OperationKind
	Platform PlatformID
	Vendor   VendorName
	// MAC is set for kinds that write one endpoint.
	MAC MAC
	// Also is the second phone that a replace or a move holds: the old one, or the same
	// MAC in the other platform.
	Also  HeldPhone
	State OperationState
	Steps []Step
	// HoldsLink: counts as the link's one open link-changing operation. An
	// Onboard gives this up when the link is configured and phones remain to resume.
	HoldsLink bool
	// Params is what was asked, Data what was learnt on the way. Neither holds a secret.
	Params OperationParams
	Data   OperationData
	Actor  Actor
	// Key is the Idempotency-Key or the form's op; BodyHash tells whether the same
	// key came with another body. Both "" without one.
	Key      string
	BodyHash string
	// Waiting says why the operation waits, for people.
	Waiting string
	// NextAt is when a waiting or unknown operation goes on by itself.
	NextAt time.Time
	// Attempt counts the tries of the current step.
	Attempt int
	Error   *Problem
	// Lease: who works on it, until when, and the fence under which its writes count.
	Owner      string
	LeaseUntil time.Time
	Fence      int64
	CreatedAt  time.Time
	StartedAt  time.Time
	FinishedAt time.Time
	UpdatedAt  time.Time
}

// HeldPhone is a phone of a platform that no other operation may begin to write.
type HeldPhone struct {
	Platform PlatformID
	MAC      MAC
}

// OperationParams is what was asked, beyond kind and link.
type OperationParams struct {
	Exposed bool `json:"exposed,omitempty"`
	Force   bool `json:"force,omitempty"`
	// IfGone: a Disable of a company that the vendor no longer has, and of none else.
	IfGone bool `json:"if_gone,omitempty"`
	// RevokeOld: a rebuild revokes the keys of ours whose secret is lost.
	RevokeOld bool   `json:"revoke_old,omitempty"`
	CompanyID string `json:"company_id,omitempty"`
	KeyID     string `json:"key_id,omitempty"`
	// Target is the MAC or the profile of a ForeignAddress.
	Target string `json:"target,omitempty"`
	// Template is the provisioning URL that was proven when an operation was asked for which
	// brings it to the vendor; what the platform has by the time that it runs may be another.
	Template string `json:"template,omitempty"`
	// Credential is the number under which a pasted key was sealed with the operation.
	Credential int `json:"credential,omitempty"`
	// Again: a rebuild of what has a key in force reads the phones once more.
	Again bool `json:"again,omitempty"`
	// Import is the file that an import takes; SkipInvalid leaves its rows out that can't
	// be taken, where else nothing is.
	Import      ImportID `json:"import,omitempty"`
	SkipInvalid bool     `json:"skip_invalid,omitempty"`
	// Version is the endpoint version an endpoint operation writes.
	Version int64 `json:"version,omitempty"`
	// Late: a release of a phone that is given up already, since a write that stopped may
	// have brought it back at the vendor.
	Late bool `json:"late,omitempty"`
	// Bulk is what was asked of many phones: pause, resume or release. Resumes is the
	// operation whose phones are taken up again.
	Bulk    string      `json:"bulk,omitempty"`
	Resumes OperationID `json:"resumes,omitempty"`
	// Findings: it does this about findings of a sync that were picked.
	Findings DriftVerb `json:"findings,omitempty"`
	// PauseOld: a replaced phone stays with the platform, paused.
	PauseOld bool `json:"pause_old,omitempty"`
	// Account is the one that a moved phone gets, and phones that are adopted with an
	// address that is not ours.
	Account AccountID `json:"account,omitempty"`
	// Offboarding is the one that it is a part of.
	Offboarding OffboardingID `json:"offboarding,omitempty"`
}

// OperationData is what an operation has learnt and needs after a restart.
type OperationData struct {
	// Mode of a Disable: "reseller" when the reseller credential may write below
	// the company, "platform" when the platform's own key has to.
	Mode string `json:"mode,omitempty"`
	// Pending marks a mutating call that may have been sent: what, to which
	// target, and until when it may take effect.
	Pending *PendingCall `json:"pending,omitempty"`
	// Foreign lists keys in the company that we did not make.
	Foreign []VendorKey `json:"foreign,omitempty"`
	// ForeignEndpoints lists endpoints whose URL is not ours (exposed proof, adoption).
	ForeignEndpoints []string `json:"foreign_endpoints,omitempty"`
	// Failed names the endpoints that the vendor definitely refused.
	Failed []string `json:"failed,omitempty"`
	// Handled and Total are the progress over many endpoints. At the end of an operation
	// that writes them beside what else it does, Handled counts those that went through.
	Handled int `json:"handled,omitempty"`
	Total   int `json:"total,omitempty"`
	// CompanyGone: the vendor has no such company any more.
	CompanyGone bool `json:"company_gone,omitempty"`
	// Candidates are companies of which a person has to pick one.
	Candidates []VendorCompany `json:"candidates,omitempty"`
	// Rebuilt is what a rebuild has read back.
	Rebuilt *Rebuilt `json:"rebuilt,omitempty"`
	// Import is how far an import has come with the rows of its file.
	Import *ImportProgress `json:"import,omitempty"`
	// Proof is what was compared with ours after a suspected exposure, and what was found.
	Proof *ExposureProof `json:"proof,omitempty"`
	// ProofProgress is how far one has come.
	ProofProgress *ProofProgress `json:"proof_progress,omitempty"`
	// Company says how the operation came to its company: CompanyCreated, CompanyTakenUp
	// or CompanyThere.
	Company string `json:"company,omitempty"`
	// Phone is the state that the vendor confirmed of the one phone it writes.
	Phone EndpointState `json:"phone,omitempty"`
	// NothingHeld: a release found that the vendor holds nothing under the MAC for
	// this platform, and so gave nothing up.
	NothingHeld bool `json:"nothing_held,omitempty"`
	// Undone: what an operation had begun before it was refused is as it was.
	Undone bool `json:"undone,omitempty"`
	// GivenUp: a move has let the phone go where it was, so that somebody has to have it
	// at the operation's end.
	GivenUp bool `json:"given_up,omitempty"`
	// Refused is why the second part of a replace or a move was refused, while the first
	// is being undone.
	Refused *Problem `json:"refused,omitempty"`
	// Turns counts how often a move that was being undone has gone forward again.
	Turns int `json:"turns,omitempty"`
	// Was is the state of the one phone it writes before it was marked as on its way.
	Was EndpointState `json:"was,omitempty"`
	// Unanswered: a call that changes something was sent, and nothing that came since
	// tells whether it took effect.
	Unanswered bool `json:"unanswered,omitempty"`
	// Unsettled: a write of a phone that got no answer may take effect until then.
	Unsettled time.Time `json:"unsettled,omitzero"`
	// Gathered: the phones that the operation writes beside what else it does are its items.
	Gathered bool `json:"gathered,omitempty"`
	// InDoubt are phones that were changed, or given up, while a version before items wrote
	// them: which of the two writes the vendor got last is not known.
	InDoubt []MAC `json:"in_doubt,omitempty"`
	// ConfirmFrom: until then an older write of a phone may take effect at the vendor, so
	// that what is read before confirms nothing.
	ConfirmFrom time.Time `json:"confirm_from,omitzero"`
	// Round counts how often phones that the vendor did not show as written were written
	// again.
	Round int `json:"round,omitempty"`
	// Offboard is what an off-boarding has found and done beside the phones.
	Offboard *OffboardData `json:"offboard,omitempty"`
	// Picked is how far an operation has come with the findings that it has picked, and
	// NotPicked how many of them it leaves alone.
	Picked    MAC `json:"picked,omitzero"`
	NotPicked int `json:"not_picked,omitempty"`
	// Flipped: this operation has made its credential active.
	Flipped bool `json:"flipped,omitempty"`
	// StoppedAt is when the last use of an old key may have begun, by the database's
	// clock, while an operation waits for all replicas to have ended theirs.
	StoppedAt time.Time `json:"stopped_at,omitzero"`
	// Changed: a call that changes something at the vendor has gone through.
	Changed bool `json:"changed,omitempty"`
	// CompanyBefore is what the link recorded before a Connect tried the company of
	// a pasted key; a Connect that fails goes back to it.
	CompanyBefore *VendorCompany `json:"company_before,omitempty"`
	// From is the link's state when the operation was asked for.
	From LinkState `json:"from,omitempty"`
	// Key is the number of the credential that this operation made or brought.
	Key int `json:"key,omitempty"`
	// DeadKey is the number of a credential that the vendor refuses.
	DeadKey int `json:"dead_key,omitempty"`
	// AddressTemplate and AddressTokenID: the URL that the profile was proven with.
	AddressTemplate string `json:"address_template,omitempty"`
	AddressTokenID  string `json:"address_token_id,omitempty"`
}

// PendingCall is a mutating vendor call whose intent is committed.
type PendingCall struct {
	What     string    `json:"what"`
	Target   string    `json:"target"`
	Deadline time.Time `json:"deadline"`
	// Seen: whoever sent it has lived to see how it ended, if only without an answer.
	Seen bool `json:"seen,omitempty"`
}

// Move returns the operation in the state to, or an error when that is not legal.
func (o Operation) Move(to OperationState, now time.Time) (Operation, error) {
	if o.State == to {
		return o, nil
	}
	for _, s := range operationMoves[o.State] {
		if s != to {
			continue
		}
		o.State, o.UpdatedAt = to, now
		if to.Final() {
			o.FinishedAt, o.NextAt, o.Waiting = now, time.Time{}, ""
		}
		return o, nil
	}
	return o, fmt.Errorf("operation %s: no move from %s to %s", o.ID, o.State, to)
}

// Step returns the named step, or nil.
func (o *Operation) Step(name string) *Step {
	for i := range o.Steps {
		if o.Steps[i].Name == name {
			return &o.Steps[i]
		}
	}
	return nil
}

// Ahead reports whether the operation has the named step and is not over with it.
func (o *Operation) Ahead(name string) bool {
	s := o.Step(name)
	return s != nil && s.State != StepDone && s.State != StepSkipped
}

// Current returns the first step that is not over, or nil when all are.
func (o *Operation) Current() *Step {
	for i := range o.Steps {
		if s := o.Steps[i].State; s == StepPending || s == StepRunning || s == StepFailed {
			return &o.Steps[i]
		}
	}
	return nil
}
