package ztp

import (
	"context"
	"time"
)

// ResyncQuery selects resyncs, the newest first; zero fields select all.
type ResyncQuery struct {
	Platform PlatformID
	// Open selects those that are running.
	Open   bool
	Cursor string
	Limit  int
}

// ResyncItemQuery selects phones of a resync, by MAC.
type ResyncItemQuery struct {
	Resync ResyncID
	State  ResyncItemState
	Cursor string
	Limit  int
}

// ResyncStore keeps resyncs and their phones.
type ResyncStore interface {
	// CreateResync inserts it with its phones, all in one commit; form_outdated where there is
	// one of that id.
	CreateResync(ctx context.Context, r Resync, items []ResyncItem) error
	// AddResyncItems puts in more phones of one that is staged, StartResync the last ones, and
	// lets it run; each in one commit. form_outdated for one that is not staged any more, or
	// that is another one under the same id.
	AddResyncItems(ctx context.Context, r Resync, items []ResyncItem) error
	StartResync(ctx context.Context, r Resync, items []ResyncItem) error
	// EndCutResyncs ends those that are staged since before then: whoever put them in is dead.
	// DropCutResync forgets one that is staged, or was ended so; any other stays. Both are
	// several commits, outside of a transaction, and may be repeated.
	EndCutResyncs(ctx context.Context, before, at time.Time) error
	DropCutResync(ctx context.Context, id ResyncID) error
	// Resync returns one with its Tally, ResyncHead without: to count takes as long as there
	// are phones. not_found where there is none.
	Resync(ctx context.Context, id ResyncID) (Resync, error)
	ResyncHead(ctx context.Context, id ResyncID) (Resync, error)
	ListResyncs(ctx context.Context, q ResyncQuery) (Page[Resync], error)
	ListResyncItems(ctx context.Context, q ResyncItemQuery) (Page[ResyncItem], error)
	// LastResync is the newest item of the phone; not_found without any.
	LastResync(ctx context.Context, p PlatformID, mac MAC) (ResyncItem, error)
	// ClaimResyncItems takes up to so many whose time has come, the earliest first, and
	// those that are being told since before lost: whoever began them is dead. They come
	// back as sending, begun now, with one try more. Two callers never get the same one.
	ClaimResyncItems(ctx context.Context, now, lost time.Time, limit int) ([]ResyncItem, error)
	// HasDueResyncItems reports whether there is anything to claim; it only reads.
	HasDueResyncItems(ctx context.Context, now, lost time.Time) (bool, error)
	// SaveResyncItems writes what became of items where they are still being told under the
	// same SentAt; others are left as they are. trouble is noted with each resync that is
	// named, and one of which nothing is open any more is done. One that is queued again
	// although its resync was cancelled is cancelled.
	SaveResyncItems(ctx context.Context, items []ResyncItem, trouble map[ResyncID]string, at time.Time) error
	// NoteOpenResyncs notes a trouble with each that runs.
	NoteOpenResyncs(ctx context.Context, trouble string) error
	// CancelResync ends a running one and those of its phones whose time has not come;
	// form_outdated for one that is not running.
	CancelResync(ctx context.Context, r Resync) error
	// DropResyncs forgets some that ended before then, the oldest first, outside of a
	// transaction; one that runs never. It may be repeated.
	DropResyncs(ctx context.Context, before time.Time) error
	// PhoneLines are users and registrars of lines that phones of the platform have in their
	// own layer of settings.
	PhoneLines(ctx context.Context, p PlatformID, macs []MAC) (map[MAC][]Setting, error)
}
