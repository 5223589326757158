package provision

import (
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// settingsAMinute is how often a phone gets its settings within a minute where nobody has
	// said. One that starts asks for up to four files, and once more with its password.
	settingsAMinute = 60
	// Phones are counted in a table of fixed size, where one may take the place of another,
	// which then begins anew.
	paceStripes = 256
	pacePlaces  = 256
)

// pace counts how often phones got their settings: up to most times a minute, without a
// limit below 0.
type pace struct {
	most    int
	stripes [paceStripes]struct {
		mu    sync.Mutex
		phone [pacePlaces]paced
	}
}

type paced struct {
	mac   uint64
	since uint32 // the second in which its minute began
	times uint32
}

// over counts one more, and reports whether that is too many.
func (p *pace) over(mac ztp.MAC, now time.Time) bool {
	if p.most < 0 {
		return false
	}
	key := macKey(mac)
	at := key * 0x9E3779B97F4A7C15 // spreads makers' rows of numbers
	stripe := &p.stripes[at>>56]
	second := uint32(now.Unix()) //nolint:gosec // only differences count
	stripe.mu.Lock()
	defer stripe.mu.Unlock()
	phone := &stripe.phone[at>>48&(pacePlaces-1)]
	if phone.mac != key || second-phone.since >= 60 {
		*phone = paced{mac: key, since: second}
	}
	phone.times++
	return phone.times > uint32(p.most) //nolint:gosec // it is not below 0
}

// loops reports whether a phone that has its settings asks for them too often. What it has
// not proven itself for does not count, so that nobody else uses up what it has.
func (s *server) loops(c *caller, v ztp.Verdict) bool {
	return v.Answer == ztp.AnswerSettings && !v.Fresh && !c.contact.ProvenAt.IsZero() && s.pace.over(c.at.mac, s.now())
}
