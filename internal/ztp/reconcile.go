package ztp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// ReconciliationPeriod is how often everything is compared with each vendor.
const ReconciliationPeriod = time.Hour

// Reconciliation compares what is recorded here with a vendor: the run that is asked
// for or under way, and when the last complete one was. What that one
// found are the ReconciliationRows, which stay until the next one is complete.
type Reconciliation struct {
	Vendor VendorName
	// Platform is the one that alone is compared, "" for all of them.
	Platform PlatformID
	// Run is the open one, "" when none is.
	Run     string
	AskedAt time.Time
	AskedBy string
	// StartedAt is when somebody first worked on it. Done of Total companies are
	// read; a run that was cut off begins again.
	StartedAt   time.Time
	Done, Total int
	// Attempt counts tries that came to nothing; the next one is at NextAt, and
	// Waiting says why, for people.
	Attempt int
	NextAt  time.Time
	Waiting string
	// Lease: who works on it, until when, and the fence under which its writes count.
	Owner      string
	LeaseUntil time.Time
	Fence      int64
	// Error is why the last run gave no result; nil after one that did.
	Error *Problem
	// CompleteAt is when the last complete run ended, zero before the first;
	// CompleteSince when it began, CompleteBy who had asked for it.
	CompleteSince, CompleteAt time.Time
	CompleteBy                string
	// Counts counts the rows by class. Of companies that are not ours at most
	// MaxOthersListed have a row; all of them count.
	Counts map[RowClass]int
}

// MaxOthersListed bounds how many companies that are not ours are listed.
const MaxOthersListed = 1000

// Findings counts the rows in which the two sides differ.
func (r Reconciliation) Findings() int {
	n := 0
	for class, rows := range r.Counts {
		if class.Differs() {
			n += rows
		}
	}
	return n
}

// Overdue reports whether the last complete run, or since when there has been
// something to compare, is longer ago than two periods.
func (r Reconciliation) Overdue(since, now time.Time) bool {
	if r.CompleteAt.After(since) {
		since = r.CompleteAt
	}
	return !since.IsZero() && now.Sub(since) > 2*ReconciliationPeriod
}

// ReconcilableSince is since when a vendor has had something of the links to compare
// by the reseller credential; zero when it has nothing.
func ReconcilableSince(links []Link) time.Time {
	var since time.Time
	for _, l := range links {
		if l.CompanyID == "" || l.Connected {
			continue
		}
		for _, at := range []time.Time{l.SetAt, l.DisabledAt} {
			if !at.IsZero() && (since.IsZero() || at.Before(since)) {
				since = at
			}
		}
	}
	return since
}

// RowClass says how the two sides of a row compare.
type RowClass string

const (
	// RowOursOnly: recorded here, and not at the vendor.
	RowOursOnly RowClass = "ours_only"
	// RowChanged: on both sides, and somebody changed it at the vendor.
	RowChanged RowClass = "changed"
	// RowTheirsOnly: at the vendor, and not recorded here.
	RowTheirsOnly RowClass = "theirs_only"
	// RowNotJudged: it moved while it was compared, or could not be read.
	RowNotJudged RowClass = "not_judged"
	// RowMatching: a platform of which everything is the same on both sides.
	RowMatching RowClass = "matching"
	// RowNotOurs: a company of the reseller that is none of this installation's.
	RowNotOurs RowClass = "not_ours"
)

// RowClasses lists every class, in the order of the report.
var RowClasses = []RowClass{RowOursOnly, RowChanged, RowTheirsOnly, RowNotJudged, RowMatching, RowNotOurs}

// Differs reports whether rows of the class say that the two sides differ.
func (c RowClass) Differs() bool { return c == RowOursOnly || c == RowChanged || c == RowTheirsOnly }

// Rank is the place of the class in the report.
func (c RowClass) Rank() int {
	for i, known := range RowClasses {
		if c == known {
			return i
		}
	}
	return len(RowClasses)
}

var rowClassTitles = map[RowClass]string{
	RowOursOnly: "Ours only", RowChanged: "Changed by hand", RowTheirsOnly: "Theirs only", RowNotJudged: "Not judged",
	RowMatching: "Matching", RowNotOurs: "Not ours",
}

// Title is the class for people.
func (c RowClass) Title() string { return titleOf(rowClassTitles, c) }

// ParseRowClass takes a class by its name; "" is every class.
func ParseRowClass(s string) (RowClass, error) {
	names := make([]string, len(RowClasses))
	for i, c := range RowClasses {
		if names[i] = string(c); s == names[i] {
			return c, nil
		}
	}
	if s == "" {
		return "", nil
	}
	return "", Invalid("class", "It is one of "+strings.Join(names, ", ")+".")
}

// RowKind is what a row compares.
type RowKind string

const (
	RowCompany RowKind = "company"
	RowKey     RowKind = "key"
	RowProfile RowKind = "profile"
)

// ReconciliationRow is one thing that was compared.
type ReconciliationRow struct {
	// ID stays the same from run to run as long as the row says the same.
	ID     string
	Vendor VendorName
	// Platform is "" for companies that belong to none.
	Platform PlatformID
	Kind     RowKind
	Reason   RowReason
	// CompanyID is the company that it is about or in; ObjectID the vendor's id of the
	// key or profile.
	CompanyID string
	ObjectID  string
	// Number of the credential, 0 for what is none of ours.
	Number int
	// Name is what it is called at the vendor, or was when it is gone.
	Name string
	// Detail says more, for people; never a secret.
	Detail string
	// SeenAt is when the vendor showed it.
	SeenAt time.Time
}

// Class is how the two sides compare.
func (r ReconciliationRow) Class() RowClass { return r.Reason.Class() }

// WithID returns the row with the id that follows from what it says.
func (r ReconciliationRow) WithID() ReconciliationRow {
	sum := sha256.Sum256([]byte(strings.Join([]string{
		string(r.Vendor), string(r.Platform), string(r.Kind), string(r.Reason), r.CompanyID, r.ObjectID, strconv.Itoa(r.Number),
	}, "\x00")))
	r.ID = hex.EncodeToString(sum[:8])
	return r
}

// ReconciliationQuery selects rows; zero fields select all.
type ReconciliationQuery struct {
	Vendor   VendorName
	Platform PlatformID
	Class    RowClass
	Cursor   string
	Limit    int
}

// ReconciliationStore keeps reconciliations with vendors and what they found. Times of
// leases are the database's.
type ReconciliationStore interface {
	// Reconciliation returns how things stand with a vendor, for all platforms ("") or
	// one. What was never asked for comes with zero times, so it is never not_found.
	Reconciliation(ctx context.Context, v VendorName, p PlatformID) (Reconciliation, error)
	// AskReconciliation opens a run, and reports whether it did: one that is open
	// already, for the same platform or for all of them, is left as it is.
	AskReconciliation(ctx context.Context, v VendorName, p PlatformID, by string) (bool, error)
	// ClaimReconciliation takes the open run that is due first under a new fence and
	// lease; not_found when none is.
	ClaimReconciliation(ctx context.Context, owner string, ttl time.Duration) (Reconciliation, error)
	// SaveReconciliation writes progress, wait, end (Run "") and error where the fence
	// is r.Fence and the run is claimed; it renews the lease by ttl unless NextAt or
	// the end gives it up. Zero rows: ErrLeaseLost.
	SaveReconciliation(ctx context.Context, r Reconciliation, ttl time.Duration) error
	// CompleteReconciliation ends the run r under its fence and puts rows in the place
	// of those of the last complete run: of the platform, or of all. Those of a
	// platform that somebody compared anew since r.StartedAt stay. others is how many
	// companies are not ours. Zero rows: ErrLeaseLost.
	CompleteReconciliation(ctx context.Context, r Reconciliation, rows []ReconciliationRow, others int) error
	// ReconciliationRows returns rows by class, platform and company.
	ReconciliationRows(ctx context.Context, q ReconciliationQuery) (Page[ReconciliationRow], error)
	// ReconciliationRow finds one of the last complete run.
	ReconciliationRow(ctx context.Context, v VendorName, id string) (ReconciliationRow, error)
}
