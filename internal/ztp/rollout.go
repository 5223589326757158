package ztp

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"
)

// ManyPhones is up to how many phones a change of settings goes out to at once. One that
// stands above more of them is a version of its own: it is proposed, and goes out in rings.
const ManyPhones = 20

// RolloutRings are how many percent of the phones have a change, ring by ring. With the
// last one it is everybody's, and done.
var RolloutRings = []int{1, 10, 100}

// RolloutKept is how long one that has ended is kept; it can be taken back no longer.
const RolloutKept = 400 * 24 * time.Hour

// RolloutID identifies a rollout.
type RolloutID string

// RolloutState is how far a change of settings is that touches many phones.
type RolloutState string

const (
	// RolloutProposed: no phone has it, and it can be added to. Set by control with the first change.
	RolloutProposed RolloutState = "proposed"
	// RolloutRunning: the phones of its ring get it, and are watched.
	RolloutRunning RolloutState = "running"
	// RolloutStopped: no further phones get it; Reason says why. Those of its ring keep it.
	RolloutStopped RolloutState = "stopped"
	// RolloutDone: everybody has it.
	RolloutDone RolloutState = "done"
	// RolloutTakenBack: nobody has it any more; what was set before counts again.
	RolloutTakenBack RolloutState = "taken_back"
)

// RolloutStates lists every state, in the order of the documentation.
var RolloutStates = []RolloutState{RolloutProposed, RolloutRunning, RolloutStopped, RolloutDone, RolloutTakenBack}

var rolloutMoves = map[RolloutState][]RolloutState{
	RolloutProposed: {RolloutRunning, RolloutDone, RolloutTakenBack},
	RolloutRunning:  {RolloutStopped, RolloutDone, RolloutTakenBack},
	RolloutStopped:  {RolloutRunning, RolloutDone, RolloutTakenBack},
	RolloutDone:     {RolloutTakenBack},
}

var rolloutTitles = map[RolloutState]string{
	RolloutProposed: "Proposed", RolloutRunning: "Going out", RolloutStopped: "Stopped", RolloutDone: "Everywhere", RolloutTakenBack: "Taken back",
}

// RolloutMoves returns the states that may follow s.
func RolloutMoves(s RolloutState) []RolloutState { return rolloutMoves[s] }

// Title is the state for people.
func (s RolloutState) Title() string { return titleOf(rolloutTitles, s) }

// Open reports whether it is neither done nor taken back. A scope has one open at most.
func (s RolloutState) Open() bool {
	return s == RolloutProposed || s == RolloutRunning || s == RolloutStopped
}

// Rollout is a change of the settings of a scope on its way to the scope's phones.
type Rollout struct {
	ID    RolloutID
	Scope SettingScope
	State RolloutState
	// Percent is its ring, one of RolloutRings, and 0 before the first. Cut is the place
	// of the last phone in it.
	Percent int
	Cut     int64
	// Phones is how many were below its scope when they were last counted, InRing how many
	// of these in its ring.
	Phones, InRing int
	// RingAt is when the ring began.
	RingAt time.Time
	Watch  RolloutWatch
	// Reason is why it is stopped.
	Reason     string
	ProposedAt time.Time
	ProposedBy string
	// MovedAt is when its state or ring last changed, MovedBy who changed it.
	MovedAt time.Time
	MovedBy string
	// SettingsVersion is the version that its scope had with its last move.
	SettingsVersion int64
	// Version grows with every save; an older write never wins.
	Version int64
}

// RolloutChange is a line of its diff: what is set in its scope without it and with it,
// nil for nothing. The values of a secret are "".
type RolloutChange struct {
	Name          SettingName
	Index         int
	Secret        bool
	Before, After *string
}

// Reach says how many phones have the change, and its ring while that is not all of them; of
// one that is taken back, how many had it. number writes a number.
func (r Rollout) Reach(number func(int) string) string {
	phones := number(r.Phones) + " phones"
	if r.Phones == 1 {
		phones = number(1) + " phone"
	}
	has := number(r.InRing) + " of " + phones
	switch {
	case r.State == RolloutTakenBack && r.InRing == 0:
		return "no phone; none of " + phones + " had it"
	case r.State == RolloutTakenBack:
		return "no phone any more; " + has + " had it"
	case r.Percent == 0 || r.State == RolloutDone:
		return has
	}
	return has + ", ring " + strconv.Itoa(r.Percent) + " %"
}

// Label names what is changed.
func (c RolloutChange) Label() string { return c.Name.Label(c.Index) }

// Move returns it in the state to, or an error when that is not legal.
func (r Rollout) Move(to RolloutState, by string, at time.Time) (Rollout, error) {
	if r.State != to && !slices.Contains(rolloutMoves[r.State], to) {
		return r, fmt.Errorf("rollout %s: no move from %s to %s", r.ID, r.State, to)
	}
	r.State, r.MovedAt, r.MovedBy = to, at, by
	return r, nil
}

// Advance begins the ring of so many percent, or ends the rollout with the last one.
func (r Rollout) Advance(c RolloutCount, by string, at time.Time) (Rollout, error) {
	to := RolloutRunning
	if c.Percent == RolloutRings[len(RolloutRings)-1] {
		to = RolloutDone
	}
	r, err := r.Move(to, by, at)
	if err != nil {
		return r, err
	}
	r.Percent, r.Cut, r.Phones, r.InRing = c.Percent, c.Cut, c.Phones, c.InRing
	r.RingAt, r.Reason, r.Watch = at, "", RolloutWatch{Before: c.Alive, EarlierCut: c.EarlierCut}
	return r, nil
}

// Stop ends its way, for that reason.
func (r Rollout) Stop(reason, by string, at time.Time) (Rollout, error) {
	r, err := r.Move(RolloutStopped, by, at)
	r.Reason = reason
	return r, err
}

// NextRing is the ring after its own, 0 after the last.
func (r Rollout) NextRing() int {
	for _, p := range RolloutRings {
		if p > r.Percent {
			return p
		}
	}
	return 0
}

// Onward is the ring that it goes to when it is sent on and none is named, 0 after the
// last: the next one, and of one that is stopped its own once more, since the phones of that
// have not shown yet that they are well.
func (r Rollout) Onward() int {
	if r.State == RolloutStopped {
		return r.Percent
	}
	return r.NextRing()
}

// RolloutPlace is where a phone stands in the order in which phones get a rollout: the
// same at any time and in every process, and another for each rollout.
func RolloutPlace(id RolloutID, mac MAC) int64 { return placeOf(string(id), mac) }

// placeOf shuffles phones, in an order that is the same whoever asks and another for each id.
func placeOf(id string, mac MAC) int64 {
	sum := sha256.Sum256([]byte(id + mac.Bare()))
	return int64(binary.BigEndian.Uint64(sum[:8]) & math.MaxInt64)
}

// NextSettings are changes of a scope that are on their way: they count for the phones
// of their ring alone.
type NextSettings struct {
	Rollout RolloutID
	Cut     int64
	Changes []NextSetting
}

// NextSetting sets one value or takes it away.
type NextSetting struct {
	Setting
	Unset bool
}

// For returns what the scope says to the phone. It is all there is to who gets a change
// on its way: nothing is asked and nothing noted.
func (l ScopeSettings) For(mac MAC) ScopeSettings {
	next := l.Next
	l.Next = nil
	if next == nil || RolloutPlace(next.Rollout, mac) > next.Cut {
		return l
	}
	l.Settings = slices.Clone(l.Settings)
	for _, c := range next.Changes {
		l.Settings = slices.DeleteFunc(l.Settings, func(s Setting) bool { return s.Name == c.Name && s.Index == c.Index })
		if !c.Unset {
			l.Settings = append(l.Settings, c.Setting)
		}
	}
	return l
}

// SettingsOfPhone is ResolveSettings for a phone: of changes that are on their way, it has
// those whose ring it is in.
func SettingsOfPhone(mac MAC, layers ...ScopeSettings) EffectiveSettings {
	own := make([]ScopeSettings, len(layers))
	for i, l := range layers {
		own[i] = l.For(mac)
	}
	return ResolveSettings(own...)
}

// SettingFreeze says that no change of settings goes out, since when, and by whom.
type SettingFreeze struct {
	Reason string
	At     time.Time
	By     string
}

// Err is what a change of settings is refused with.
func (f SettingFreeze) Err() error {
	reason := ""
	if f.Reason != "" {
		reason = ": " + f.Reason
	}
	return Errorf(CodeSettingsFrozen, "%s has frozen the settings on %s%s.", f.By, TimeText(f.At), reason)
}
