package ztp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Code is a stable error code of the catalogue.
type Code string

// Error is the one error type that reaches users. Detail is safe to show; Err is
// for the log alone.
type Error struct {
	Code Code
	// Case says more closely what happened where the code's own words would not be
	// true; "" otherwise.
	Case Case
	// Detail is the cause in a sentence or two, safe for users.
	Detail string
	// What was looked for, of a not_found: a row of Missing, or anything else.
	What string
	// Standing: it was found before, and this request conflicts with it. The answer
	// is 409 whatever the status of the code.
	Standing bool
	// Fields names each wrong field of a request with what to do about it.
	Fields map[string]string
	// Operation is the one that is in the way, for operation_running.
	Operation *Operation
	// RetryAfter is how long to wait, when known.
	RetryAfter time.Duration
	// Holder is the platform of this installation that has a taken MAC, where that is
	// known. It is for super-admins alone.
	Holder PlatformID
	// Keys and Companies name what a person has to act on at the vendor.
	Keys      []VendorKey
	Companies []VendorCompany
	Err       error
}

func (e *Error) Error() string {
	s := string(e.Code)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Code: c}) compare codes.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Errorf makes an *Error with a detail for users.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Invalid makes the error for one wrong field.
func Invalid(field, remedy string) *Error {
	return &Error{Code: CodeInvalid, Detail: remedy, Fields: map[string]string{field: remedy}}
}

// InvalidFields makes the error for several wrong fields, or nil for none.
func InvalidFields(fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalid, Detail: "Nothing was changed. Correct the fields named and send it again.", Fields: fields}
}

// NotFound makes the error for something that does not exist, or that the asker
// may not know of.
func NotFound(what string) *Error {
	return &Error{Code: CodeNotFound, What: what, Detail: "There is no such " + what + "."}
}

// UnknownVendor is NotFound of a vendor, and names those that there are.
func UnknownVendor(known ...VendorName) *Error {
	e := NotFound("vendor")
	names := make([]string, len(known))
	for i, v := range known {
		names[i] = string(v)
	}
	e.Detail += " This build has " + strings.Join(names, ", ") + "."
	return e
}

// AsError finds the *Error in err, and gives trouble of the database and of a vendor its
// code; anything else becomes internal, whose detail says nothing of the cause.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var d *DatabaseError
	if errors.As(err, &d) {
		return d.shown(d.Lost, err)
	}
	var v *VendorError
	if errors.As(err, &v) {
		return &Error{Code: v.Code, Detail: v.Detail, RetryAfter: v.RetryAfter, Err: err}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &Error{Code: CodeInternal, Detail: "It took too long here. Nothing more is known; look at the page again.", Err: err}
	}
	return &Error{Code: CodeInternal, Err: err}
}

// CodeOf returns the code of err, "" for nil, internal for foreign errors.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return AsError(err).Code
}

// IsCode reports whether err carries the code.
func IsCode(err error, c Code) bool { return err != nil && CodeOf(err) == c }

// CatalogueEntry is one row of the table of errors that pages, API, CLI, log and
// documentation share. {vendor} in its texts stands for the vendor's title.
type CatalogueEntry struct {
	Code   Code
	Status int
	Title  string
	// Unchanged says what did not happen.
	Unchanged string
	// Remedy says what to do, in order.
	Remedy string
	// Link leads to the page where it is done, "" without one.
	Link string
}

// Lookup returns the entry of a code. Every Code constant has one; an unknown
// code yields the entry of internal.
func Lookup(c Code) CatalogueEntry {
	if e, ok := byCode[c]; ok {
		return e
	}
	return byCode[CodeInternal]
}

// Entry is the entry of the error's code, with the vendor's title filled in. A case
// has its own words, and a not_found the remedy for what was looked for.
func (e *Error) Entry(vendorTitle string) CatalogueEntry {
	entry := Lookup(e.Code)
	if e.Code == CodeNotFound {
		for _, m := range Missing {
			if m.What == e.What {
				entry.Remedy, entry.Link = m.Remedy, m.Link
			}
		}
	}
	for _, c := range Cases {
		if c.Code == e.Code && c.Case == e.Case {
			entry.Title, entry.Unchanged, entry.Remedy = c.Title, c.Unchanged, c.Remedy
		}
	}
	if e.Standing {
		entry.Status = 409
	}
	return entry.For(vendorTitle)
}

// For fills the vendor's title into the texts.
func (e CatalogueEntry) For(vendorTitle string) CatalogueEntry {
	fill := vendorWords(vendorTitle)
	e.Title, e.Unchanged, e.Remedy, e.Link = fill(e.Title), fill(e.Unchanged), fill(e.Remedy), fill(e.Link)
	return e
}

var byCode = func() map[Code]CatalogueEntry {
	m := make(map[Code]CatalogueEntry, len(Catalogue))
	for _, e := range Catalogue {
		if _, twice := m[e.Code]; twice {
			panic("ztp: error code twice in the catalogue: " + string(e.Code))
		}
		m[e.Code] = e
	}
	return m
}()
