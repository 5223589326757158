package ztp

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

const (
	// askPeriod is within which a phone in service asks for its settings: once a day, with
	// room for a slow one.
	askPeriod = 26 * time.Hour
	// watchLeast is how long a ring is watched at least after its phones have come once more
	// with the change, so that registrations which are not renewed have run out.
	watchLeast = 2 * time.Hour
	// enough of those that did before have to do it again, in percent.
	enough = 90
)

// ScopePhone is what a rollout looks at in a phone below its scope.
type ScopePhone struct {
	MAC            MAC
	Vendor         VendorName
	Model          string
	FirstFetchedAt time.Time
	FetchedAt      time.Time
	SIPRegistered  bool
}

// PhoneSigns counts phones that show that they are well.
type PhoneSigns struct {
	// Ring are those of the ring that ask for settings, Others those outside of it.
	Ring   int `json:"ring"`
	Others int `json:"others"`
	// Registered are those of the ring that the voice service knows.
	Registered int `json:"registered"`
	// Earlier are those of the ring before this one, which are among Ring too: they have had
	// the change longer, and show first what it does late. EarlierRegistered likewise.
	Earlier           int `json:"earlier,omitempty"`
	EarlierRegistered int `json:"earlier_registered,omitempty"`
}

// RolloutWatch is what is seen in a ring.
type RolloutWatch struct {
	// Before is how it was when the ring began: who had come in the day before; of the ring
	// before, how it was when that one began. Now is who has come since the ring began, since
	// SpreadAt, or since AgainAt.
	Before PhoneSigns `json:"before"`
	Now    PhoneSigns `json:"now"`
	// SpreadAt is when enough phones of the ring had the change: from then on they are to
	// come again with it. Zero before.
	SpreadAt time.Time `json:"spread_at,omitzero"`
	// AgainAt is when enough have come once more since SpreadAt: harm that begins with that
	// fetch shows from then on, by the next one too. Zero before.
	AgainAt time.Time `json:"again_at,omitzero"`
	// EarlierCut is the place of the last phone of the ring before, 0 where there is none.
	EarlierCut int64 `json:"earlier_cut,omitempty"`
	// SeenAt is when the phones were last counted.
	SeenAt time.Time `json:"seen_at,omitzero"`
}

// RolloutCount is a ring of so many percent before it begins.
type RolloutCount struct {
	Percent        int
	Cut            int64
	Phones, InRing int
	Alive          PhoneSigns
	// EarlierCut is that of the ring before.
	EarlierCut int64
}

// EachPhone hands phones to f until that returns false.
type EachPhone func(f func([]ScopePhone) bool) error

// RingSize is how many of so many phones the ring of so many percent has: never more
// than that, but one at least, of none none.
func RingSize(phones, percent int) int { return max(phones*percent/100, min(phones, 1)) }

// CountRing finds the ring of so many percent among the phones. A ring holds those before it.
func (r Rollout) CountRing(percent int, at time.Time, each EachPhone) (RolloutCount, error) {
	type placed struct {
		place int64
		ScopePhone
	}
	c := RolloutCount{Percent: percent, Cut: r.Cut, EarlierCut: r.Watch.EarlierCut}
	if percent > r.Percent {
		c.EarlierCut = r.Cut
	}
	var phones []placed
	err := each(func(page []ScopePhone) bool {
		for _, p := range page {
			place := RolloutPlace(r.ID, p.MAC)
			p.Vendor, p.Model = "", "" // there may be a million
			phones = append(phones, placed{place, p})
		}
		return true
	})
	if err != nil {
		return c, err
	}
	slices.SortFunc(phones, func(a, b placed) int { return cmp.Compare(a.place, b.place) })
	if c.Phones = len(phones); c.Phones > 0 {
		c.Cut = max(c.Cut, phones[RingSize(c.Phones, percent)-1].place)
	}
	for _, p := range phones {
		if p.place <= c.Cut {
			c.InRing++
		}
		c.Alive.add(p.ScopePhone, p.place <= c.Cut, p.place <= c.EarlierCut, at.Add(-askPeriod), at)
	}
	if percent > r.Percent && r.Percent > 0 { // as they were before they had it
		c.Alive.Earlier, c.Alive.EarlierRegistered = r.Watch.Before.Ring, r.Watch.Before.Registered
	}
	return c, nil
}

// add counts a phone that has come after since, and was there before another time: one that
// comes for the first time says nothing about a change.
func (s *PhoneSigns) add(p ScopePhone, in, earlier bool, since, before time.Time) {
	came := p.FetchedAt.After(since) && p.FirstFetchedAt.Before(before)
	if earlier && came {
		s.Earlier++
	}
	if earlier && p.SIPRegistered {
		s.EarlierRegistered++
	}
	switch {
	case in && came:
		s.Ring++
	case came:
		s.Others++
	}
	if in && p.SIPRegistered {
		s.Registered++
	}
}

// mark is since when phones of the ring are to have come.
func (r Rollout) mark() time.Time {
	return cmp.Or(r.Watch.AgainAt, r.Watch.SpreadAt, r.RingAt)
}

// LookedAt is when its phones were last counted.
func (r Rollout) LookedAt() time.Time {
	if r.Watch.SeenAt.After(r.RingAt) {
		return r.Watch.SeenAt
	}
	return r.RingAt
}

// Look counts the phones anew.
func (r Rollout) Look(at time.Time, each EachPhone) (Rollout, error) {
	r.Watch.Now, r.Watch.SeenAt = PhoneSigns{}, at
	err := each(func(page []ScopePhone) bool {
		for _, p := range page {
			place := RolloutPlace(r.ID, p.MAC)
			r.Watch.Now.add(p, place <= r.Cut, place <= r.Watch.EarlierCut, r.mark(), r.RingAt)
		}
		return true
	})
	switch {
	case err != nil || !r.Watch.came():
	case r.Watch.SpreadAt.IsZero():
		r.Watch.SpreadAt = at
	case r.Watch.AgainAt.IsZero():
		r.Watch.AgainAt = at
	}
	return r, err
}

// came reports whether enough phones of the ring have asked, and of the one before.
func (w RolloutWatch) came() bool {
	return w.Before.Ring > 0 && !few(w.Now.Ring, w.Before.Ring) && !few(w.Now.Earlier, w.Before.Earlier)
}

// few reports whether not enough of those from before are left.
func few(now, before int) bool { return now*100 < before*enough }

// Judge says what is to come of a running rollout that was looked at: the next ring, or an
// end for a reason; neither as long as it is not known.
func (r Rollout) Judge(at time.Time) (advance bool, stop string) {
	w := r.Watch
	waited := at.Sub(r.mark()) >= askPeriod
	hours := int(askPeriod.Hours())
	switch {
	case few(w.Now.Registered, w.Before.Registered):
		return false, fmt.Sprintf("Of the ring's phones, %d are registered at the voice service; %d were before.", w.Now.Registered, w.Before.Registered)
	case few(w.Now.EarlierRegistered, w.Before.EarlierRegistered):
		return false, fmt.Sprintf("Of the phones that have had it since the ring before, %d are registered at the voice service; %d were before they had it.", w.Now.EarlierRegistered, w.Before.EarlierRegistered)
	case w.Before.Others > 0 && !few(w.Now.Others, w.Before.Others) && w.Now.Ring*2 < w.Before.Ring:
		return false, fmt.Sprintf("Only %d of %d phones of the ring have asked for settings since %s; of the others, %d of %d have.",
			w.Now.Ring, w.Before.Ring, TimeText(r.mark()), w.Now.Others, w.Before.Others)
	case waited && w.Before.Ring == 0:
		return false, "No phone of the ring was in service before, so nothing can be told from it."
	case waited && few(w.Now.Earlier, w.Before.Earlier):
		return false, fmt.Sprintf("Of the phones that have had it since the ring before, only %d of %d have asked for settings within %d hours.", w.Now.Earlier, w.Before.Earlier, hours)
	case waited && !w.came():
		return false, fmt.Sprintf("Only %d of %d phones of the ring have asked for settings within %d hours.", w.Now.Ring, w.Before.Ring, hours)
	}
	return !w.AgainAt.IsZero() && w.came() && at.Sub(w.AgainAt) >= watchLeast && w.SeenAt.After(w.AgainAt), ""
}

// RolloutDuty is how often the phones are counted: seldom where there are very many.
func RolloutDuty(phones int) time.Duration {
	return time.Minute + time.Duration(phones/100_000)*time.Minute
}
