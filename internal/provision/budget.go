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
	// accountFree and allFree are how many failures within failuresFor, from whatever
	// addresses, are no matter by the right token of one account and in all. Beyond them
	// somebody is told, and nobody is answered later: that would be to the phones' harm.
	accountFree = 1_000
	allFree     = 10_000
)

// budget counts failures by address: of IPv4 each one, of IPv6 the /64 that somebody has;
// by account, and all.
type budget struct {
	mu     sync.Mutex
	counts map[netip.Prefix]*failures
	order  []netip.Prefix
	// accounts are those whose token is right, so no stranger makes more of them.
	accounts map[ztp.AccountID]*failures
	all      failures
	// alarms are those of the hour that began at hour.
	alarms int
	hour   time.Time

	wrong *memory[string] // hashes of account tokens that nobody has
	slots chan struct{}
}

// failures are those since a time; told is when somebody was told of them.
type failures struct {
	n     int
	since time.Time
	told  time.Time
}

// toldFor is how long somebody who was told knows.
const toldFor = time.Hour

// count counts one more, and reports whether there are too many and nobody knows.
func (f *failures) count(now time.Time, free int) bool {
	if now.Sub(f.since) >= failuresFor {
		f.n, f.since = 0, now
	}
	if f.n++; f.n < free || !f.told.IsZero() && now.Sub(f.told) < toldFor {
		return false
	}
	f.told = now
	return true
}

func newBudget() *budget {
	return &budget{counts: map[netip.Prefix]*failures{}, accounts: map[ztp.AccountID]*failures{}, wrong: newMemory[string](tokenKept, tokensKnown), slots: make(chan struct{}, waiters)}
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

// scan is what somebody is told of.
type scan struct {
	what     string
	failures int
	// platform is whose account's token was used, "" for anybody's.
	platform ztp.PlatformID
}

// fail counts a failure, by the token of an account or of nobody. What it returns somebody
// is to be told: that the address has just used up what is free, and that many addresses
// together have.
func (b *budget) fail(c *caller, now time.Time) (alarms []scan) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.address(c.from, now).count(now, failuresFree) && b.tell(now) {
		alarms = append(alarms, scan{what: "asks for phones that are not there; its further failures are answered later, and what is right as ever", failures: failuresFree})
	}
	if c.account.ID != "" {
		f := b.accounts[c.account.ID]
		if f == nil {
			f = &failures{}
			b.accounts[c.account.ID] = f
		}
		if f.count(now, accountFree) {
			alarms = append(alarms, scan{what: "many addresses together, this one among them, ask for phones that are not there by the token of account " + c.account.Slug + "; if it has got about, issue a new one, and retire this one when its phones have the new", failures: accountFree, platform: c.platform.ID})
		}
	}
	if b.all.count(now, allFree) {
		alarms = append(alarms, scan{what: "many addresses together, this one among them, ask for phones that are not there", failures: allFree})
	}
	return alarms
}

// address is what there is of an address; of too many the oldest is forgotten.
func (b *budget) address(a netip.Addr, now time.Time) *failures {
	key := caller4(a)
	f := b.counts[key]
	if f == nil {
		if len(b.order) >= addresses {
			delete(b.counts, b.order[0])
			b.order = b.order[1:]
		}
		f = &failures{since: now}
		b.counts[key], b.order = f, append(b.order, key)
	}
	return f
}

// tell reports whether somebody hears of one more address within the hour.
func (b *budget) tell(now time.Time) bool {
	if now.Sub(b.hour) >= time.Hour {
		b.hour, b.alarms = now, 0
	}
	b.alarms++
	return b.alarms <= alarmsPerHour
}

// failed answers what is not right: each failure alike, from an address with too many of
// them later.
func (s *server) failed(ctx context.Context, c *caller) {
	now := s.now()
	late := s.budget.spent(c.from, now)
	for _, found := range s.budget.fail(c, now) {
		s.alarm(ctx, c.from, found, now)
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

func (s *server) alarm(ctx context.Context, a netip.Addr, found scan, now time.Time) {
	s.cfg.Log.Warn("somebody asks for phones that are not there", "address", a.String(), "alarm", found.what, "failures", found.failures, "within", failuresFor)
	event := ztp.Event{At: now, Actor: ztp.System("phones").String(), Address: a.String(), Action: ztp.EventScanned, Target: ztp.ScanTarget, Platform: found.platform,
		Outcome: ztp.OutcomeRefused, Detail: found.what}
	if err := s.cfg.Store.AppendEvent(ctx, event); err != nil {
		s.cfg.Log.Error("alarm not recorded", "err", err)
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
