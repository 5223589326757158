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
	// watchLeast is how long a ring is watched at least after its phones have the change,
	// so that registrations which are not renewed have run out.
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
}

// RolloutWatch is what is seen in a ring.
type RolloutWatch struct {
	// Before is how it was when the ring began: who had come in the day before. Now is who
	// has come since the ring began, or since SpreadAt.
	Before PhoneSigns `json:"before"`
	Now    PhoneSigns `json:"now"`
	// SpreadAt is when enough phones of the ring had the change: from then on they are to
	// come again with it. Zero before.
	SpreadAt time.Time `json:"spread_at,omitzero"`
	// SeenAt is when the phones were last counted.
	SeenAt time.Time `json:"seen_at,omitzero"`
}

// RolloutCount is a ring of so many percent before it begins.
type RolloutCount struct {
	Percent        int
	Cut            int64
	Phones, InRing int
	Alive          PhoneSigns
}

// EachPhone hands phones to f until that returns false.
type EachPhone func(f func([]ScopePhone) bool) error

// CountRing finds the ring of so many percent among the phones: never more of them, but
// for one at least. A ring holds those before it.
func (r Rollout) CountRing(percent int, at time.Time, each EachPhone) (RolloutCount, error) {
	type placed struct {
		place int64
		ScopePhone
	}
	c := RolloutCount{Percent: percent, Cut: r.Cut}
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
		c.Cut = max(c.Cut, phones[max(c.Phones*percent/100, 1)-1].place)
	}
	for _, p := range phones {
		in := p.place <= c.Cut
		if in {
			c.InRing++
		}
		c.Alive.add(p.ScopePhone, in, at.Add(-askPeriod), at)
	}
	return c, nil
}

// add counts a phone that has come after since, and was there before another time: one that
// comes for the first time says nothing about a change.
func (s *PhoneSigns) add(p ScopePhone, in bool, since, before time.Time) {
	came := p.FetchedAt.After(since) && p.FirstFetchedAt.Before(before)
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
	if r.Watch.SpreadAt.IsZero() {
		return r.RingAt
	}
	return r.Watch.SpreadAt
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
			r.Watch.Now.add(p, RolloutPlace(r.ID, p.MAC) <= r.Cut, r.mark(), r.RingAt)
		}
		return true
	})
	if r.Watch.SpreadAt.IsZero() && r.Watch.came() {
		r.Watch.SpreadAt = at
	}
	return r, err
}

// came reports whether enough phones of the ring have asked.
func (w RolloutWatch) came() bool {
	return w.Before.Ring > 0 && w.Now.Ring*100 >= w.Before.Ring*enough
}

// Judge says what is to come of a running rollout that was looked at: the next ring, or an
// end for a reason; neither as long as it is not known.
func (r Rollout) Judge(at time.Time) (advance bool, stop string) {
	w := r.Watch
	waited := at.Sub(r.mark()) >= askPeriod
	switch {
	case w.Now.Registered*100 < w.Before.Registered*enough:
		return false, fmt.Sprintf("Of the ring's phones, %d are registered at the voice service; %d were before.", w.Now.Registered, w.Before.Registered)
	case w.Before.Others > 0 && w.Now.Others*100 >= w.Before.Others*enough && w.Now.Ring*2 < w.Before.Ring:
		return false, fmt.Sprintf("Only %d of %d phones of the ring have asked for settings since %s; of the others, %d of %d have.",
			w.Now.Ring, w.Before.Ring, r.mark().UTC().Format("2006-01-02 15:04 UTC"), w.Now.Others, w.Before.Others)
	case waited && w.Before.Ring == 0:
		return false, "No phone of the ring was in service before, so nothing can be told from it."
	case waited && !w.came():
		return false, fmt.Sprintf("Only %d of %d phones of the ring have asked for settings within %d hours.", w.Now.Ring, w.Before.Ring, int(askPeriod.Hours()))
	}
	return !w.SpreadAt.IsZero() && w.came() && at.Sub(w.SpreadAt) >= watchLeast && w.SeenAt.After(w.SpreadAt), ""
}

// RolloutDuty is how often the phones are counted: seldom where there are very many.
func RolloutDuty(phones int) time.Duration {
	return time.Minute + time.Duration(phones/100_000)*time.Minute
}
