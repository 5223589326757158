package ztp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// MaxResyncSpread is the longest time over which phones are told.
	MaxResyncSpread = 24 * time.Hour
	// ResyncRate is how many phones are told in a second at most, by all replicas together:
	// as many as may come for their settings in a planned way.
	ResyncRate = 50
	// resyncTries is how often it is tried to reach the proxy for a phone, and resyncWait how
	// long after the first time; it doubles up to resyncLongest. Together about 40 minutes.
	resyncTries   = 8
	resyncWait    = 30 * time.Second
	resyncLongest = 10 * time.Minute
	// ResyncPart is how many phones of a larger resync are put in by one commit, so that nobody
	// waits long for the database; ResyncStaging is within which time all of them are. The
	// first of them is told after that.
	ResyncPart    = 5000
	ResyncStaging = time.Minute
	// ResyncDead is when whoever puts phones in must be dead.
	ResyncDead = 2 * ResyncStaging
	// ResyncKept is how long one that has ended is kept.
	ResyncKept = 30 * 24 * time.Hour
)

// ResyncID identifies a resync.
type ResyncID string

// ResyncState is how far a resync is.
type ResyncState string

const (
	// ResyncRunning: phones are told, each at its time. Set by control.
	ResyncRunning ResyncState = "running"
	// ResyncDone: it is known of every phone what became of it. Set by the runner.
	ResyncDone ResyncState = "done"
	// ResyncCancelled: no further phone is told. Set by control, also while phones of a large
	// one are put in.
	ResyncCancelled ResyncState = "cancelled"
)

// ResyncStates lists every state, in the order of the documentation.
var ResyncStates = []ResyncState{ResyncRunning, ResyncDone, ResyncCancelled}

var resyncMoves = map[ResyncState][]ResyncState{ResyncRunning: {ResyncDone, ResyncCancelled}}

var resyncTitles = map[ResyncState]string{ResyncRunning: "Telling phones", ResyncDone: "Done", ResyncCancelled: "Cancelled"}

// ResyncMoves returns the states that may follow s.
func ResyncMoves(s ResyncState) []ResyncState { return resyncMoves[s] }

// Title is the state for people.
func (s ResyncState) Title() string { return titleOf(resyncTitles, s) }

// ResyncItemState is what became of a phone of a resync.
type ResyncItemState string

const (
	// ResyncItemQueued: its time has not come, or the proxy was not reached and it is tried again.
	ResyncItemQueued ResyncItemState = "queued"
	// ResyncItemSending: a process is telling it, or has died over it.
	ResyncItemSending ResyncItemState = "sending"
	// ResyncItemTold: it has taken the word.
	ResyncItemTold ResyncItemState = "told"
	// ResyncItemCame: it came by itself in the meantime, so it was not told.
	ResyncItemCame ResyncItemState = "came"
	// ResyncItemNotRegistered: the voice service does not know where it is.
	ResyncItemNotRegistered ResyncItemState = "not_registered"
	// ResyncItemNoAnswer: nobody answered in time; it may have been told.
	ResyncItemNoAnswer ResyncItemState = "no_answer"
	// ResyncItemRefused: phone or proxy refused, with Status.
	ResyncItemRefused ResyncItemState = "refused"
	// ResyncItemUnsent: the proxy was not reached, as often as it was tried.
	ResyncItemUnsent ResyncItemState = "unsent"
	// ResyncItemLeftOut: it can't be told, for the reason LeftOut.
	ResyncItemLeftOut ResyncItemState = "left_out"
	// ResyncItemCancelled: the resync was cancelled before its time.
	ResyncItemCancelled ResyncItemState = "cancelled"
)

// ResyncItemStates lists every state, in the order of the documentation.
var ResyncItemStates = []ResyncItemState{
	ResyncItemQueued, ResyncItemSending, ResyncItemTold, ResyncItemCame, ResyncItemNotRegistered, ResyncItemNoAnswer, ResyncItemRefused,
	ResyncItemUnsent, ResyncItemLeftOut, ResyncItemCancelled,
}

var resyncItemMoves = map[ResyncItemState][]ResyncItemState{
	ResyncItemQueued: {ResyncItemSending, ResyncItemCancelled},
	ResyncItemSending: {
		ResyncItemQueued, ResyncItemTold, ResyncItemCame, ResyncItemNotRegistered, ResyncItemNoAnswer, ResyncItemRefused, ResyncItemUnsent,
		ResyncItemLeftOut, ResyncItemCancelled,
	},
}

var resyncItemTitles = map[ResyncItemState]string{
	ResyncItemQueued: "Not told yet", ResyncItemSending: "Being told", ResyncItemTold: "Told", ResyncItemCame: "Came by itself",
	ResyncItemNotRegistered: "Not registered", ResyncItemNoAnswer: "No answer", ResyncItemRefused: "Refused", ResyncItemUnsent: "Proxy not reached",
	ResyncItemLeftOut: "Left out", ResyncItemCancelled: "Cancelled",
}

// ResyncItemMoves returns the states that may follow s.
func ResyncItemMoves(s ResyncItemState) []ResyncItemState { return resyncItemMoves[s] }

// Title is the state for people.
func (s ResyncItemState) Title() string { return titleOf(resyncItemTitles, s) }

// Open reports whether the phone is still to be told, or is being told.
func (s ResyncItemState) Open() bool { return s == ResyncItemQueued || s == ResyncItemSending }

// ResyncLeft is why a phone can't be told.
type ResyncLeft string

const (
	// LeftNotInService: it has never fetched its settings, so it has no line.
	LeftNotInService ResyncLeft = "not_in_service"
	// LeftNoLine: its settings have no line with a user.
	LeftNoLine ResyncLeft = "no_line"
	// LeftNoRegistrar: none of its lines has a registrar that is a host.
	LeftNoRegistrar ResyncLeft = "no_registrar"
	// LeftGone: it was given up before its turn.
	LeftGone ResyncLeft = "gone"
)

// ResyncLefts lists them in the order of pages.
var ResyncLefts = []ResyncLeft{LeftNotInService, LeftNoLine, LeftNoRegistrar, LeftGone}

var resyncLeftTitles = map[ResyncLeft]string{
	LeftNotInService: "Not in service: no settings fetched yet", LeftNoLine: "No SIP line in the settings", LeftNoRegistrar: "No registrar for the SIP lines",
	LeftGone: "Given up before its turn",
}

// Title is the reason for people.
func (l ResyncLeft) Title() string { return titleOf(resyncLeftTitles, l) }

var resyncLeftRemedies = map[ResyncLeft]string{
	LeftNotInService: "Its page under Explain this phone, or zerotouch endpoint explain, says what keeps it from them.",
	LeftNoLine:       "Give it a line_user and a line_password in its settings, or by zerotouch settings set.",
	LeftNoRegistrar:  "Set line_registrar in the settings of the phone, its account or its platform, or by zerotouch settings set.",
}

// Remedy is what to do, and where, so that it can be told; "" where nothing helps.
func (l ResyncLeft) Remedy() string { return resyncLeftRemedies[l] }

// Says is the reason with what to do.
func (l ResyncLeft) Says() string {
	if l.Remedy() == "" {
		return l.Title()
	}
	return l.Title() + ". " + l.Remedy()
}

// NoSIPProxy is what keeps phones from being told where no proxy is configured.
func NoSIPProxy() string {
	missing := Lookup(CodeSIPProxyMissing)
	return missing.Title + ". " + missing.Remedy
}

// Resync tells phones of a platform to look for their settings again.
type Resync struct {
	ID       ResyncID
	Platform PlatformID
	// Account is set when it is for an account's phones.
	Account AccountID
	// One is the phone that it is for, zero for more than one.
	One   MAC
	State ResyncState
	// Reboot: phones restart too.
	Reboot bool
	// Spread is over which time phones are told, EndsAt when the last one's turn is.
	Spread time.Duration
	EndsAt time.Time
	// Trouble is what keeps it from going on now, "" for nothing.
	Trouble    string
	CreatedAt  time.Time
	CreatedBy  string
	FinishedAt time.Time
	// FinishedBy is who has cancelled it.
	FinishedBy string
	// Tally counts its phones; the store fills it in.
	Tally ResyncTally
}

// ResyncTally counts phones of a resync by what became of them.
type ResyncTally map[ResyncItemState]int

// Phones is how many are or were to be told.
func (t ResyncTally) Phones() (n int) {
	for s, of := range t {
		if s != ResyncItemLeftOut {
			n += of
		}
	}
	return n
}

// Open is how many are still to be told.
func (t ResyncTally) Open() int { return t[ResyncItemQueued] + t[ResyncItemSending] }

// Move returns it in the state to, or an error when that is not legal.
func (r Resync) Move(to ResyncState, by string, at time.Time) (Resync, error) {
	if r.State != to && !slices.Contains(resyncMoves[r.State], to) {
		return r, fmt.Errorf("resync %s: no move from %s to %s", r.ID, r.State, to)
	}
	if r.State != to {
		r.State, r.FinishedAt, r.FinishedBy = to, at, by
	}
	return r, nil
}

// resyncStaged is the trouble of one that is staged, resyncCut that of one that was cut short.
const (
	resyncStaged = "Its phones are being put in; none is told before all of them are."
	resyncCut    = "zerotouch was ended before all of its phones were put in, so none was told. Begin it again."
)

// Stage is one that is to run as long as not all of its phones are put in: it is cancelled,
// by nobody, so that no program tells a phone of it, and one over which a process dies stays so.
func (r Resync) Stage() Resync {
	r.State, r.FinishedAt, r.FinishedBy, r.Trouble = ResyncCancelled, r.CreatedAt, "", resyncStaged
	return r
}

// Staged reports whether phones of it are being put in, or a process has died over that.
func (r Resync) Staged() bool { return r.State == ResyncCancelled && r.FinishedBy == "" }

// EndCut is one over which a process has died, as it is shown.
func (r Resync) EndCut() Resync {
	r.State, r.FinishedBy, r.Trouble = ResyncCancelled, resyncEnder, resyncCut
	return r
}

// CutShort reports whether it was never put in as a whole.
func (r Resync) CutShort() bool { return r.State == ResyncCancelled && r.FinishedBy == resyncEnder }

// resyncEnder is who ends those that were cut short.
var resyncEnder = System("resync").String()

// ResyncItem is a phone of a resync.
type ResyncItem struct {
	Resync   ResyncID
	Platform PlatformID
	MAC      MAC
	State    ResyncItemState
	// LeftOut is why, of one that is left out.
	LeftOut ResyncLeft
	// DueAt is when it is told, zero for one that is left out.
	DueAt time.Time
	// Tries is how often it was begun.
	Tries int
	// Target is the address that was told, "" before.
	Target string
	// Status is that of the SIP answer, 0 without one; Note what was in the way.
	Status int
	Note   string
	// SentAt is when it was last begun, EndedAt when it was known what became of it.
	SentAt, EndedAt time.Time
}

// Move returns it in the state to, or an error when that is not legal.
func (i ResyncItem) Move(to ResyncItemState, at time.Time) (ResyncItem, error) {
	if i.State != to && !slices.Contains(resyncItemMoves[i.State], to) {
		return i, fmt.Errorf("resync %s of %s: no move from %s to %s", i.Resync, i.MAC, i.State, to)
	}
	if i.State != to && !to.Open() {
		i.EndedAt = at
	}
	i.State = to
	return i, nil
}

// Answered is one that is being told with the final SIP answer to it.
func (i ResyncItem) Answered(status int, at time.Time) (ResyncItem, error) {
	i.Status, i.Note = status, ""
	return i.Move(outcomeOf(status), at)
}

func outcomeOf(status int) ResyncItemState {
	switch {
	case status >= 200 && status < 300:
		return ResyncItemTold
	case status == 404 || status == 410 || status == 480 || status == 604:
		return ResyncItemNotRegistered
	case status == 408:
		return ResyncItemNoAnswer
	}
	return ResyncItemRefused
}

// NotReached is one for which the proxy was not reached: it waits for another try, each
// longer than the one before, and in the end was not sent.
func (i ResyncItem) NotReached(why string, at time.Time) (ResyncItem, error) {
	i.Note = why
	if i.Tries >= resyncTries {
		return i.Move(ResyncItemUnsent, at)
	}
	i.DueAt = at.Add(min(resyncWait<<max(i.Tries-1, 0), resyncLongest))
	return i.Move(ResyncItemQueued, at)
}

// Leave is one that can't be told after all.
func (i ResyncItem) Leave(why ResyncLeft, at time.Time) (ResyncItem, error) {
	i.LeftOut = why
	return i.Move(ResyncItemLeftOut, at)
}

// ResyncSpread is over which time so many phones are told that are to be told within a
// time: longer where that would be more than ResyncRate in a second.
func ResyncSpread(phones int, within time.Duration) time.Duration {
	return max(within, time.Duration(phones)*time.Second/ResyncRate)
}

// SpreadText says a time over which phones are told: "at once" or "over 2h30m".
func SpreadText(d time.Duration) string {
	d = d.Round(time.Second)
	if d == 0 {
		return "at once"
	}
	text := d.String()
	for _, none := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, none) {
			text = text[:len(text)-2]
		}
	}
	return "over " + text
}

// SpreadOut gives each item that is queued its time. Phones are shuffled, so that an office
// does not go at once; the first is told at begin.
func (r Resync) SpreadOut(items []ResyncItem, begin time.Time) {
	type turn struct {
		place int64
		item  int
	}
	var turns []turn
	for n, i := range items {
		if i.State == ResyncItemQueued {
			turns = append(turns, turn{placeOf(string(r.ID), i.MAC), n})
		}
	}
	slices.SortFunc(turns, func(a, b turn) int { return cmp.Compare(a.place, b.place) })
	for n, t := range turns {
		// In milliseconds: a day times a million phones is no longer a Duration.
		items[t.item].DueAt = begin.Add(time.Duration(r.Spread.Milliseconds()*int64(n)/int64(len(turns))) * time.Millisecond)
	}
}

// SIPLine is the user and the registrar of the first line that has both; else why it can't
// be told by SIP.
func (e EffectiveSettings) SIPLine() (user, registrar string, left ResyncLeft) {
	left = LeftNoLine
	for _, line := range e.Lines() {
		left = LeftNoRegistrar
		if registrar = e.Text(SettingLineRegistrar, line); registrar != "" {
			return e.Text(SettingLineUser, line), registrar, ""
		}
	}
	return "", "", left
}
