package provision

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// failuresFree is how often an address may ask for what is not there within
	// failuresFor; what is right never counts. A desk where phones are prepared has a few
	// that nobody has registered yet, a scanner comes to this within a second.
	failuresFree = 100
	failuresFor  = 10 * time.Minute
	// penalty is how long each further failure takes, and waiters how many wait at once:
	// more than that cost nothing to be told at once.
	penalty = time.Second
	waiters = 256
	// addresses are counted at once, tokens that nobody has are remembered.
	addresses   = 10_000
	tokensKnown = 10_000
	tokenKept   = time.Minute
	// alarmsPerHour is of how many addresses somebody is told.
	alarmsPerHour = 10
)

// budget counts failures by address: of IPv4 each one, of IPv6 the /64 that somebody has.
type budget struct {
	mu     sync.Mutex
	counts map[netip.Prefix]*failures
	order  []netip.Prefix
	// alarms are those of the hour that began at hour.
	alarms int
	hour   time.Time

	wrong *memory[string] // hashes of account tokens that nobody has
	slots chan struct{}
}

type failures struct {
	n     int
	since time.Time
	told  bool
}

func newBudget() *budget {
	return &budget{counts: map[netip.Prefix]*failures{}, wrong: newMemory[string](tokenKept, tokensKnown), slots: make(chan struct{}, waiters)}
}

func caller4(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits)
	return p
}

// spent reports whether the address has used up what is free.
func (b *budget) spent(a netip.Addr, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.counts[caller4(a)]
	return f != nil && now.Sub(f.since) < failuresFor && f.n >= failuresFree
}

// fail counts a failure. alarm: the address has just used up what is free, and somebody
// is to be told.
func (b *budget) fail(a netip.Addr, now time.Time) (alarm bool) {
	key := caller4(a)
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.counts[key]
	if f == nil {
		if len(b.order) >= addresses {
			delete(b.counts, b.order[0])
			b.order = b.order[1:]
		}
		f = &failures{since: now}
		b.counts[key], b.order = f, append(b.order, key)
	}
	if now.Sub(f.since) >= failuresFor {
		*f = failures{since: now}
	}
	f.n++
	if f.n < failuresFree || f.told {
		return false
	}
	f.told = true
	if now.Sub(b.hour) >= time.Hour {
		b.hour, b.alarms = now, 0
	}
	b.alarms++
	return b.alarms <= alarmsPerHour
}

// failed answers what is not right: each failure alike, from an address with too many of
// them later.
func (s *server) failed(ctx context.Context, a netip.Addr) {
	now := s.now()
	late := s.budget.spent(a, now)
	if s.budget.fail(a, now) {
		s.cfg.Log.Warn("somebody asks for phones that are not there", "address", a.String(), "failures", failuresFree, "within", failuresFor)
		event := ztp.Event{At: now, Actor: ztp.System("phones").String(), Address: a.String(), Action: ztp.EventScanned, Outcome: ztp.OutcomeRefused,
			Detail: "asks for phones that are not there; its further failures are answered later, and what is right as ever"}
		if err := s.cfg.Store.AppendEvent(ctx, event); err != nil {
			s.cfg.Log.Error("alarm not recorded", "err", err)
		}
	}
	if !late {
		return
	}
	select {
	case s.budget.slots <- struct{}{}:
		s.cfg.Wait(ctx, penalty)
		<-s.budget.slots
	default:
	}
}

// wait lets d pass, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
