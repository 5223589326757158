package ztp

import (
	"fmt"
	"slices"
	"time"
)

// Reasons why nothing is changed at a vendor.
const (
	// WritesSwitchedOff: a person switched them off, at all vendors.
	WritesSwitchedOff = "switched_off"
	// WritesAnotherCopy: a key at the vendor shows that another copy of this
	// installation is running.
	WritesAnotherCopy = "another_copy"
)

// WritesOff is one reason why nothing is changed at a vendor.
type WritesOff struct {
	// Vendor is "" for all of them.
	Vendor VendorName
	// Reason is WritesSwitchedOff or WritesAnotherCopy; Detail says more, for people.
	Reason, Detail string
	Since          time.Time
	By             string
}

// Covers reports whether the reason counts for a vendor.
func (w WritesOff) Covers(v VendorName) bool { return w.Vendor == "" || w.Vendor == v }

// Err is the refusal of what would change something at the vendor.
func (w WritesOff) Err() *Error {
	if w.Reason == WritesAnotherCopy {
		return Errorf(CodeAnotherCopyRunning, "Writing has stopped on %s. %s", TimeText(w.Since), w.Detail)
	}
	e := Errorf(CodeVendorWritesOff, "%s switched them off on %s.", w.By, TimeText(w.Since))
	if w.Detail != "" {
		e.Detail += " Reason: " + w.Detail
	}
	return e
}

// WritesOffFor returns the first reason that counts for the vendor, nil for none.
func WritesOffFor(all []WritesOff, v VendorName) *WritesOff {
	if i := slices.IndexFunc(all, func(w WritesOff) bool { return w.Covers(v) }); i >= 0 {
		return &all[i]
	}
	return nil
}

// Restored is the finding of everything that comes from a backup and is not
// proven yet.
func Restored(at time.Time) *Problem {
	return &Problem{Code: CodeDatabaseRestored, At: at,
		Detail: "The key is tested before it is used. What was under way in the backup has ended and is not gone on with."}
}

// LaterKeys is the finding of keys that were made after the backup, or before a rebuild,
// nil for none.
func LaterKeys(vendorTitle string, keys []VendorKey) *Error {
	if len(keys) == 0 {
		return nil
	}
	what := "1 key carries our label and a number"
	if len(keys) > 1 {
		what = fmt.Sprintf("%d keys carry our label and numbers", len(keys))
	}
	return &Error{Code: CodeDatabaseRestored, Case: CaseLaterKeys, Keys: keys, Detail: "At " + vendorTitle + " " + what +
		" that this database does not know; nobody here has the secret, and new numbers lie above."}
}
