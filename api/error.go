package api

import (
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"
)

// Problem is an error as the server words it: the answer to a refused request
// (application/problem+json), and what a link or an operation keeps.
type Problem struct {
	Type   string `json:"type" doc:"urn:zerotouch:error:<code>"`
	Title  string `json:"title" doc:"What went wrong, in a few words; the same for every error of this code"`
	Status int    `json:"status" doc:"HTTP status"`
	Detail string `json:"detail" doc:"The cause, or what did not happen"`
	Code   string `json:"code" doc:"Stable code, see docs/errors.md"`
	// RequestID is the id under which the request stands in the server's log.
	RequestID string            `json:"request_id" doc:"The id under which the request stands in the log"`
	Remedy    string            `json:"remedy,omitempty" doc:"What to do"`
	Fields    map[string]string `json:"fields,omitempty" doc:"Each wrong field with what to do about it"`
	Operation *Operation        `json:"operation,omitempty" doc:"The operation that is in the way"`

	Holder string `json:"holder,omitempty" doc:"Slug of the platform of this installation that has a taken MAC, where that is known; told to super-admins alone"`

	// What follows is in problems that a link or an operation keeps.

	At        *time.Time      `json:"at,omitempty" doc:"When it happened"`
	Changed   *bool           `json:"changed,omitempty" doc:"Whether anything was changed before it stopped"`
	RetryAt   *time.Time      `json:"retry_at,omitempty" doc:"When the vendor said that it is free again"`
	Keys      []VendorKey     `json:"keys,omitempty" doc:"Keys at the vendor that a person has to act on"`
	Companies []VendorCompany `json:"companies,omitempty" doc:"Companies at the vendor that a person has to act on"`
}

// Error is a request that the server refused or could not carry out. Its text is
// what the server said; compare codes, not texts.
type Error struct {
	Problem
	// RetryAfter is how long to wait, when the server knows.
	RetryAfter time.Duration
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Title)
	if e.Detail != "" && len(e.Fields) == 0 {
		b.WriteString(": " + e.Detail)
	}
	names := make([]string, 0, len(e.Fields))
	for name := range e.Fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Fprintf(&b, "; %s: %s", name, e.Fields[name])
	}
	if e.Code != "" {
		b.WriteString(" (" + e.Code + ")")
	}
	return b.String()
}

// CodeOf returns the code of what the server answered, "" for any other error.
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// IsCode reports whether the server answered with this code.
func IsCode(err error, code string) bool { return err != nil && CodeOf(err) == code }

// IsNotFound reports that what the request names does not exist.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsUnauthenticated reports that the token is missing, unknown or expired.
func IsUnauthenticated(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsRefused reports that the server understood and will not: 403, 409 or 422.
func IsRefused(err error) bool {
	return hasStatus(err, http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity)
}

// IsOperationRunning reports that another change is running; see RunningOperation.
func IsOperationRunning(err error) bool { return IsCode(err, "operation_running") }

// IsInvalid reports that some fields of the request can't be taken; see Fields.
func IsInvalid(err error) bool { return IsCode(err, "invalid") }

// IsOutcomeUnknown reports that something was sent and no answer came.
func IsOutcomeUnknown(err error) bool { return IsCode(err, "outcome_unknown") }

// RunningOperation returns the operation that is in the way, or nil.
func RunningOperation(err error) *Operation {
	var e *Error
	if errors.As(err, &e) {
		return e.Operation
	}
	return nil
}

func hasStatus(err error, statuses ...int) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, s := range statuses {
		if e.Status == s {
			return true
		}
	}
	return false
}
