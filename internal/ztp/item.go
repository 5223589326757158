package ztp

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// ItemAction is what an operation for many does with one phone.
type ItemAction string

const (
	// ItemWrite brings the phone at the vendor to what its row says by then.
	ItemWrite ItemAction = "write"
	// ItemRelease gives its MAC up.
	ItemRelease ItemAction = "release"
)

// PhoneItemState is how far an operation for many has come with one phone.
type PhoneItemState string

const (
	// PhoneItemQueued: nothing was sent, or what was sent is to be sent again.
	PhoneItemQueued PhoneItemState = "queued"
	// PhoneItemSent: the call may have gone out, and takes effect by Deadline at the latest.
	PhoneItemSent PhoneItemState = "sent"
	// PhoneItemWritten: the vendor took it; its list is to confirm it.
	PhoneItemWritten PhoneItemState = "written"
	// PhoneItemDone: confirmed. Final, like the next two, but for a release whose phone an
	// off-boarding finds in the vendor's list still.
	PhoneItemDone PhoneItemState = "done"
	// PhoneItemFailed: refused, for the reason in Error.
	PhoneItemFailed PhoneItemState = "failed"
	// PhoneItemCancelled: the operation was cancelled before anything was sent.
	PhoneItemCancelled PhoneItemState = "cancelled"
)

// PhoneItemStates lists every state, in the order in which a phone goes through them.
var PhoneItemStates = []PhoneItemState{PhoneItemQueued, PhoneItemSent, PhoneItemWritten, PhoneItemDone, PhoneItemFailed, PhoneItemCancelled}

var phoneItemMoves = map[PhoneItemState][]PhoneItemState{
	PhoneItemQueued:  {PhoneItemSent, PhoneItemDone, PhoneItemFailed, PhoneItemCancelled},
	PhoneItemSent:    {PhoneItemQueued, PhoneItemWritten, PhoneItemDone, PhoneItemFailed, PhoneItemCancelled},
	PhoneItemWritten: {PhoneItemQueued, PhoneItemSent, PhoneItemDone, PhoneItemFailed},
	PhoneItemDone:    {PhoneItemSent},
}

// PhoneItemMoves returns the states that may follow s.
func PhoneItemMoves(s PhoneItemState) []PhoneItemState { return phoneItemMoves[s] }

// Before lists the states that s may follow, and s itself: what is saved twice changes nothing.
func (s PhoneItemState) Before() (all []PhoneItemState) {
	for _, from := range PhoneItemStates {
		if from == s || slices.Contains(phoneItemMoves[from], s) {
			all = append(all, from)
		}
	}
	return all
}

// Final reports whether nothing more is done with the phone.
func (s PhoneItemState) Final() bool {
	return s == PhoneItemDone || s == PhoneItemFailed || s == PhoneItemCancelled
}

// PhoneItem is one phone of an operation for many.
type PhoneItem struct {
	Operation OperationID
	MAC       MAC
	Action    ItemAction
	State     PhoneItemState
	// Deadline is set once the call may have gone out.
	Deadline time.Time
	// Line is the row of the file that it comes from, 0 without one.
	Line      int
	Error     *Problem
	UpdatedAt time.Time
}

// Move returns it in the state to, or an error when that is not legal.
func (i PhoneItem) Move(to PhoneItemState) (PhoneItem, error) {
	if !slices.Contains(to.Before(), i.State) {
		return i, fmt.Errorf("phone %s of operation %s: no move from %s to %s", i.MAC, i.Operation, i.State, to)
	}
	i.State = to
	return i, nil
}

// PhoneTally counts the phones of an operation for many by state.
type PhoneTally map[PhoneItemState]int

// Total is the number of all of them, Over of those that nothing more is done with.
func (t PhoneTally) Total() (n int) {
	for _, c := range t {
		n += c
	}
	return n
}

// Over counts those that nothing more is done with.
func (t PhoneTally) Over() (n int) {
	for s, c := range t {
		if s.Final() {
			n += c
		}
	}
	return n
}

// PhoneItemQuery selects phones of an operation; zero fields select all.
type PhoneItemQuery struct {
	Operation OperationID
	State     PhoneItemState
	Cursor    string
	Limit     int
}

// PhoneItemStore keeps the phones of operations for many.
type PhoneItemStore interface {
	// AddPhoneItems inserts phones of an operation of the platform at the vendor. A MAC
	// that the operation has already keeps its row. Until one that is to be given up has
	// been, CreateOperation refuses operations of that phone.
	AddPhoneItems(ctx context.Context, p PlatformID, v VendorName, items []PhoneItem) error
	// ListPhoneItems returns phones of an operation by MAC.
	ListPhoneItems(ctx context.Context, q PhoneItemQuery) (Page[PhoneItem], error)
	// PhoneItemsOf returns the phones named that an operation has, as they are named.
	PhoneItemsOf(ctx context.Context, op OperationID, macs []MAC) ([]PhoneItem, error)
	// CountPhoneItems counts the phones of an operation by state.
	CountPhoneItems(ctx context.Context, op OperationID) (PhoneTally, error)
	// SavePhoneItems writes state, deadline and error of items that are there, and returns
	// those that somebody has cancelled: they stay so. A move that is not legal is an error,
	// and none is written. The caller holds the operation's
	// fence in the same transaction.
	SavePhoneItems(ctx context.Context, items []PhoneItem) (cancelled []MAC, err error)
	// CancelPhoneItems makes every queued phone of the operation cancelled, and returns
	// how many that were.
	CancelPhoneItems(ctx context.Context, op OperationID, at time.Time) (int, error)
	// EndPhoneItems is for an operation that ends: what was not sent is cancelled, what was
	// sent and not confirmed has failed for why. Phones of both that the vendor has never
	// confirmed have failed too; what it has confirmed before says why it was not changed.
	EndPhoneItems(ctx context.Context, op OperationID, p PlatformID, why *Problem, at time.Time) error
}
