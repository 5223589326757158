package ztp

import (
	"context"
	"slices"
	"time"
)

// ImportID identifies an import: a file of phones, checked and perhaps begun.
type ImportID string

// Times after which an import and its rows are removed. What it did stays in its
// operation, the phones and the audit log.
const (
	// ImportPreviewKept is how long one waits to be started.
	ImportPreviewKept = 24 * time.Hour
	// ImportKept is how long one that was started keeps what became of each row.
	ImportKept = 90 * 24 * time.Hour
)

// ImportState is how far an import has come.
type ImportState string

const (
	// ImportReading: its file is being read. One whose reader has died stays so until
	// it is removed.
	ImportReading ImportState = "reading"
	// ImportReady: checked; nothing was done with it.
	ImportReady ImportState = "ready"
	// ImportStarted: its operation goes through the rows, or has ended.
	ImportStarted ImportState = "started"
)

// ImportMode says what becomes of the other rows when some can't be taken.
type ImportMode string

const (
	// ImportAllOrNothing: none is taken.
	ImportAllOrNothing ImportMode = "all_or_nothing"
	// ImportSkipInvalid: they are.
	ImportSkipInvalid ImportMode = "skip_invalid"
)

// RowOutcome is what an import does with one row, or why it does nothing.
type RowOutcome string

const (
	// RowNew: the phone is registered.
	RowNew RowOutcome = "new"
	// RowChange: the phone is registered already, and something of it changes.
	RowChange RowOutcome = "change"
	// RowUnchanged: the phone is as the row says.
	RowUnchanged RowOutcome = "unchanged"
	// RowTaken: the MAC is registered elsewhere; it is not said where.
	RowTaken RowOutcome = "taken"
	// RowInvalid: the row can't be taken, for its faults.
	RowInvalid RowOutcome = "invalid"
)

// RowOutcomes lists them all, in the order in which they are shown.
var RowOutcomes = []RowOutcome{RowNew, RowChange, RowUnchanged, RowTaken, RowInvalid}

// OK reports whether the row can be taken.
func (o RowOutcome) OK() bool { return o == RowNew || o == RowChange || o == RowUnchanged }

// Writes reports whether the row is written here and at the vendor.
func (o RowOutcome) Writes() bool { return o == RowNew || o == RowChange }

// ImportTally counts the rows of an import by outcome.
type ImportTally map[RowOutcome]int

// Left counts the rows that can't be taken, Writes those that are written.
func (t ImportTally) Left() int   { return t[RowTaken] + t[RowInvalid] }
func (t ImportTally) Writes() int { return t[RowNew] + t[RowChange] }

// Total counts all rows.
func (t ImportTally) Total() int { return t.Left() + t.Writes() + t[RowUnchanged] }

// RowFault is why a row can't be taken: which field, what is wrong, what to do.
type RowFault struct {
	Field  string `json:"field,omitempty"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// Import is a file of phones for one link.
type Import struct {
	ID       ImportID
	Platform PlatformID
	Vendor   VendorName
	State    ImportState
	// File is its name, as whoever sent it calls it.
	File string
	// Encoding and Separator are how it was read, Ignored its columns that nothing is
	// taken from.
	Encoding  string
	Separator string
	Ignored   []string
	Tally     ImportTally
	// Mode and Operation are set by the start.
	Mode      ImportMode
	Operation OperationID
	Actor     Actor
	CreatedAt time.Time
	// ExpiresAt is when it is removed.
	ExpiresAt time.Time
	// CancelledAt is when its operation was cancelled, zero while it was not.
	CancelledAt time.Time
	Version     int64
}

// ImportRow is one row of an import. An empty value leaves what is there.
type ImportRow struct {
	Line int
	// MAC is zero where the file has none that can be read; Written is what it has.
	MAC     MAC
	Written string
	Account AccountID
	// AccountRef is how the file names the account.
	AccountRef   string
	ProductGroup string
	Model        string
	Name         string
	Serial       string
	// PIN goes in with the row and never comes out; HasPIN says that there is one.
	PIN    Secret
	HasPIN bool
	// Outcome, what changes, and why it can't be taken.
	Outcome RowOutcome
	Changes []string
	Faults  []RowFault
	// State and Error are those of the phone in the import's operation, "" and nil before.
	State PhoneItemState
	Error *Problem
}

// Faulty is the row with a fault, which makes it invalid.
func (r ImportRow) Faulty(field, text, remedy string) ImportRow {
	r.Outcome, r.Changes = RowInvalid, nil
	r.Faults = append(slices.Clip(r.Faults), RowFault{field, text, remedy})
	return r
}

// Against decides what becomes of a row without faults. e is the phone's row here, nil
// without one; taken says that the MAC is another platform's, samePIN that the phone has
// the row's PIN.
func (r ImportRow) Against(v VendorName, e *Endpoint, taken, samePIN bool) ImportRow {
	r.Changes, r.Faults = nil, nil
	switch {
	case taken:
		r.Outcome = RowTaken
		r.Faults = []RowFault{{ColumnOfMAC, "This MAC is registered elsewhere.", "Whoever has it must release it first."}}
	case e == nil || e.State == EndpointReleased:
		r.Outcome = RowNew
	case e.Vendor != v:
		return r.Faulty(ColumnOfMAC, "This phone is registered at another vendor.", "Release it there first.")
	case e.MovedTo != "" && e.State != EndpointFailed: // which a move has left with nobody
		return r.Faulty(ColumnOfMAC, "This phone is on its way to another platform.", "Wait until the move has ended.")
	default:
		r.Changes = r.changes(*e, samePIN)
		r.Outcome = RowUnchanged
		if len(r.Changes) > 0 {
			r.Outcome = RowChange
		}
	}
	return r
}

// ColumnOfMAC is the column that a fault of the phone itself is about.
const ColumnOfMAC = "mac"

// ChangeRegistration says of a row that the vendor has not confirmed the phone: it is
// written again.
const ChangeRegistration = "registration"

// changes names what of the phone is not as the row says.
func (r ImportRow) changes(e Endpoint, samePIN bool) (names []string) {
	for _, c := range []struct{ name, want, have string }{
		{"account", string(r.Account), string(e.Account)}, {"product_group", r.ProductGroup, e.ProductGroup},
		{"model", r.Model, e.Model}, {"name", r.Name, e.Name}, {"serial", r.Serial, e.Serial},
	} {
		if c.want != "" && c.want != c.have {
			names = append(names, c.name)
		}
	}
	if r.HasPIN && !samePIN {
		names = append(names, "pin")
	}
	if e.State == EndpointFailed || e.State == EndpointWanted {
		names = append(names, ChangeRegistration)
	}
	return names
}

// Onto is the phone as the row wishes it: e when there is one, released or not, or a new one.
func (r ImportRow) Onto(e *Endpoint, p PlatformID, v VendorName, group string, now time.Time) Endpoint {
	out := Endpoint{Platform: p, Vendor: v, MAC: r.MAC, ProductGroup: group, State: EndpointWanted, CreatedAt: now}
	if e != nil {
		out = *e
	}
	if out.State == EndpointReleased { // of its former life
		out.Revive(v)
		out.ProductGroup = group
	}
	if out.State == EndpointFailed {
		out.State = EndpointWanted
	}
	out.Account, out.Error, out.UpdatedAt = r.Account, nil, now
	for _, c := range []struct {
		to  *string
		new string
	}{{&out.ProductGroup, r.ProductGroup}, {&out.Model, r.Model}, {&out.Name, r.Name}, {&out.Serial, r.Serial}} {
		if c.new != "" {
			*c.to = c.new
		}
	}
	return out
}

// ImportProgress is what the operation of an import knows after a restart.
type ImportProgress struct {
	// Checked: no row was refused when all were looked at once more.
	Checked bool `json:"checked,omitempty"`
	// MAC is that of the last row that is taken; they are taken by MAC.
	MAC MAC `json:"mac,omitzero"`
	// Taken counts the rows that were gone through; New and Changed those that were written,
	// Left those that could not be.
	Taken   int `json:"taken"`
	New     int `json:"new,omitempty"`
	Changed int `json:"changed,omitempty"`
	Left    int `json:"left,omitempty"`
	// Cancelled: the rest was not taken, since the operation was cancelled.
	Cancelled bool `json:"cancelled,omitempty"`
}

// Unsaved counts the rows of a tally that were to be written and are not saved, because
// the operation was cancelled before.
func (p *ImportProgress) Unsaved(t ImportTally) int {
	if p == nil || !p.Cancelled {
		return 0
	}
	return t.Writes() - p.New - p.Changed
}

// ImportQuery selects imports of a platform, newest first.
type ImportQuery struct {
	Platform PlatformID
	Cursor   string
	Limit    int
}

// ImportRowQuery selects rows of an import by line; zero fields select all.
type ImportRowQuery struct {
	Import  ImportID
	Outcome RowOutcome
	// State selects those whose phone is in it in the import's operation; they come by MAC.
	State PhoneItemState
	// After is the line after which to begin.
	After  int
	Cursor string
	Limit  int
}

// ImportPlace is where a file has a phone.
type ImportPlace struct {
	MAC  MAC
	Line int32
}

// ImportStore keeps imports with their rows.
type ImportStore interface {
	CreateImport(ctx context.Context, i Import) error
	Import(ctx context.Context, id ImportID) (Import, error)
	ListImports(ctx context.Context, q ImportQuery) (Page[Import], error)
	// SaveImport writes state, file facts, tally, mode, operation and expiry where the
	// version is i.Version, and sets the next version.
	SaveImport(ctx context.Context, i Import) error
	// CancelImport records that no more of its rows are to be saved; the first time counts.
	CancelImport(ctx context.Context, id ImportID, at time.Time) error
	// DropImports removes imports with their rows that expire until then, and are not the
	// file of an operation that has not ended.
	DropImports(ctx context.Context, until time.Time) error
	// ExpireImport makes one expired now, so that nobody starts it any more; in_use while
	// its operation is open.
	ExpireImport(ctx context.Context, id ImportID) error
	// DeleteImport does that, and removes it with its rows, a part at a time; not_found
	// without it.
	DeleteImport(ctx context.Context, id ImportID) error

	// AddImportRows inserts rows, their PINs sealed. Lines are new.
	AddImportRows(ctx context.Context, p PlatformID, id ImportID, rows []ImportRow) error
	// ListImportRows returns rows by line.
	ListImportRows(ctx context.Context, q ImportRowQuery) (Page[ImportRow], error)
	// ImportOrder returns by MAC where the rows are that can be taken, all at once: some
	// 12 bytes a row.
	ImportOrder(ctx context.Context, id ImportID) ([]ImportPlace, error)
	// ImportRowsAt returns the rows of those places, in the same order.
	ImportRowsAt(ctx context.Context, id ImportID, at []ImportPlace) ([]ImportRow, error)
	// CountImportRows counts rows by outcome.
	CountImportRows(ctx context.Context, id ImportID) (ImportTally, error)
	// SettleImportRows writes outcome, changes and faults of rows that are there.
	SettleImportRows(ctx context.Context, id ImportID, rows []ImportRow) error
	// MoveImportPINs gives the phones of rows, as far as they are written, the rows' PINs,
	// and wipes all of those in the rows.
	MoveImportPINs(ctx context.Context, p PlatformID, id ImportID, of []ImportPlace) error
	// SamePINs tells which phones of the platform have that PIN already.
	SamePINs(ctx context.Context, p PlatformID, pins map[MAC]Secret) (map[MAC]bool, error)
}
