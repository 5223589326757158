package ztp

import "time"

// Problem is an error of the catalogue as it is kept in a row and shown later.
type Problem struct {
	Code   Code   `json:"code"`
	Case   Case   `json:"case,omitempty"`
	Detail string `json:"detail,omitempty"`
	// What was looked for, of a not_found.
	What string `json:"what,omitempty"`
	// Changed says whether anything was changed before it stopped.
	Changed bool `json:"changed,omitempty"`
	// Kept: what was asked for stays here as a failed row.
	Kept      bool      `json:"kept,omitempty"`
	At        time.Time `json:"at"`
	RequestID string    `json:"request_id,omitempty"`
	// RetryAt is when the vendor said that it is free again, if it did.
	RetryAt time.Time `json:"retry_at,omitzero"`
	// Keys and Companies name what a person has to act on.
	Keys      []VendorKey     `json:"keys,omitempty"`
	Companies []VendorCompany `json:"companies,omitempty"`
	// Holder is the platform of this installation that has a taken MAC. It is for
	// super-admins alone.
	Holder PlatformID `json:"holder,omitempty"`
}

// ProblemOf turns any error into a Problem: an *Error keeps its code, anything
// else becomes internal and shows nothing of itself.
func ProblemOf(err error, now time.Time, requestID string) *Problem {
	if err == nil {
		return nil
	}
	e := AsError(err)
	p := &Problem{Code: e.Code, Case: e.Case, Detail: e.Detail, What: e.What, At: now, RequestID: requestID, Keys: e.Keys, Companies: e.Companies, Holder: e.Holder}
	if e.RetryAfter > 0 {
		p.RetryAt = now.Add(e.RetryAfter)
	}
	return p
}

// Words that stand beside those of the catalogue.
const (
	partlyDone   = "Part of it was done before it stopped; the steps in the audit log say what."
	keptAsFailed = "The phone stays in the list here as failed, so that nothing that was entered is lost."
)

// Unchanged says what did not happen, and what stays here all the same.
func (p *Problem) Unchanged(vendorTitle string) string {
	s := p.Err().Entry(vendorTitle).Unchanged
	if p.Changed {
		s = partlyDone
	}
	if kept := p.KeptHere(); kept != "" {
		s += " " + kept
	}
	return s
}

// KeptHere says that what was asked for stays here, "" when nothing does.
func (p *Problem) KeptHere() string {
	if !p.Kept {
		return ""
	}
	return keptAsFailed
}

// Err turns a kept problem back into an error of the same code.
func (p *Problem) Err() *Error {
	return &Error{Code: p.Code, Case: p.Case, Detail: p.Detail, What: p.What, Keys: p.Keys, Companies: p.Companies, Holder: p.Holder}
}
