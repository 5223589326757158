package srapssim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Do says what a fault does to a call.
type Do string

const (
	DoLoseRequest Do = "lose_request" // connection closed, nothing carried out
	DoLoseAnswer  Do = "lose_answer"  // carried out, then connection closed
	DoApplyLate   Do = "apply_late"   // connection closed; carried out after Delay, or at ReleaseLate
	DoStatus      Do = "status"       // this status instead, not carried out unless Applied
	DoTruncate    Do = "truncate"     // carried out, the body breaks off in the middle
	DoHuge        Do = "huge"         // carried out, a body of more than 8 MiB
	DoHTML        Do = "html"         // 200 and a web page, not carried out unless Applied
	DoRedirect    Do = "redirect"     // 302 to another host, not carried out unless Applied
	DoStale       Do = "stale"        // the list as it was Delay ago, or before its last change
	DoDuplicate   Do = "duplicate"    // the last object of the page comes twice
)

var allDo = []Do{DoLoseRequest, DoLoseAnswer, DoApplyLate, DoStatus, DoTruncate, DoHuge, DoHTML, DoRedirect, DoStale, DoDuplicate}

// Fault is a rule. Among several that are due for a call the first added wins;
// each counts the calls that match it, whichever wins. stale and duplicate
// match reading a collection alone.
type Fault struct {
	Method     string   `json:"method,omitempty"`      // "" = any
	Resource   string   `json:"resource,omitempty"`    // a Resource… name, "" = any
	Nth        int      `json:"nth"`                   // 0 = every, n = the nth matching call from now alone
	Do         Do       `json:"do"`                    //
	Status     int      `json:"status,omitempty"`      // for status
	RetryAfter int      `json:"retry_after,omitempty"` // seconds; sent with status when not 0
	Delay      Duration `json:"delay,omitempty"`       // apply_late and stale: see there; else: pause before anything happens
	Applied    bool     `json:"applied,omitempty"`     // for status, html, redirect: carried out all the same
	Body       string   `json:"-"`                     // for status: the JSON answered; empty: {"detail":…}, or no body below 300
}

// Duration reads "1.5s" and a number of seconds, and writes the former.
type Duration time.Duration

func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

func (d *Duration) UnmarshalJSON(raw []byte) error {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		parsed, err := time.ParseDuration(text)
		*d = Duration(parsed)
		return err
	}
	var seconds float64
	if err := json.Unmarshal(raw, &seconds); err != nil {
		return fmt.Errorf("must be a duration like \"1.5s\" or a number of seconds")
	}
	*d = Duration(seconds * float64(time.Second))
	return nil
}

// FieldError names the field of a fault that makes no sense.
type FieldError struct {
	Field   string `json:"field"`
	Problem string `json:"error"`
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// check returns nil or what is wrong.
func (f Fault) check() *FieldError {
	methods := []string{"", http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
	resources := []string{"", ResourceSettings, ResourceSettingGroups, ResourceProductGroups, ResourceTokens,
		ResourceCompanies, ResourceRoles, ResourceProfiles, ResourceEndpoints, ResourcePhone}
	switch {
	case !slices.Contains(allDo, f.Do):
		return &FieldError{"do", fmt.Sprintf("must be one of %v", allDo)}
	case !slices.Contains(methods, f.Method):
		return &FieldError{"method", "must be an HTTP method in capitals, or empty for any"}
	case !slices.Contains(resources, f.Resource):
		return &FieldError{"resource", "must be the name of a resource, or empty for any"}
	case f.Nth < 0:
		return &FieldError{"nth", "must be 0 for every call, or 1 and up"}
	case f.Do == DoStatus && (f.Status < 200 || f.Status > 599):
		return &FieldError{"status", "must be 200 to 599"}
	case f.Do != DoStatus && f.Status != 0:
		return &FieldError{"status", "goes with do \"status\" alone"}
	case f.Do != DoStatus && f.RetryAfter != 0:
		return &FieldError{"retry_after", "goes with do \"status\" alone"}
	case f.Applied && !slices.Contains([]Do{DoStatus, DoHTML, DoRedirect}, f.Do):
		return &FieldError{"applied", "goes with do \"status\", \"html\" and \"redirect\" alone"}
	case f.Body != "" && f.Do != DoStatus:
		return &FieldError{"body", "goes with do \"status\" alone"}
	case f.Delay < 0:
		return &FieldError{"delay", "must not be negative"}
	}
	return nil
}

func (f Fault) matches(c Call, list bool) bool {
	if f.Do == DoStale || f.Do == DoDuplicate {
		if c.Method != http.MethodGet || !list {
			return false
		}
	}
	return (f.Method == "" || f.Method == c.Method) && (f.Resource == "" || f.Resource == c.Resource)
}

// FaultState is a rule with what it has met so far.
type FaultState struct {
	Fault
	Matched int `json:"matched"`
	Fired   int `json:"fired"`
}

type faults struct {
	mu    sync.Mutex
	rules []*FaultState
}

func (fs *faults) add(f Fault) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.rules = append(fs.rules, &FaultState{Fault: f})
}

func (fs *faults) clear() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.rules = nil
}

func (fs *faults) list() []FaultState {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	states := make([]FaultState, 0, len(fs.rules))
	for _, r := range fs.rules {
		states = append(states, *r)
	}
	return states
}

// due returns the fault that hits this call, or nil.
func (fs *faults) due(c Call, list bool) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var hit *FaultState
	for _, r := range fs.rules {
		if !r.matches(c, list) {
			continue
		}
		r.Matched++
		if hit == nil && (r.Nth == 0 || r.Nth == r.Matched) {
			hit = r
			r.Fired++
		}
	}
	if hit == nil {
		return nil
	}
	f := hit.Fault
	return &f
}

// AddFault adds a rule; it panics on one that makes no sense, because only a
// test writes it in Go.
func (s *Server) AddFault(f Fault) {
	if bad := f.check(); bad != nil {
		panic("srapssim: fault: " + bad.Error())
	}
	s.faults.add(f)
}

// ClearFaults removes all rules. What apply_late holds back stays held back.
func (s *Server) ClearFaults() { s.faults.clear() }

// Faults lists the rules with their counts.
func (s *Server) Faults() []FaultState { return s.faults.list() }
