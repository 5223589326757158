package provision

import (
	"context"
	"slices"
	"sync"
)

// slots are how many phones are looked up at once. Whoever waits gets one in the order in
// which they came, but for a platform that holds half of them or more while another one
// waits: one that floods keeps no other from being served.
type slots struct {
	mu   sync.Mutex
	most int
	used int
	// held is how many each has, and waiting how many of each want one; wanted is the sum.
	held, waiting map[string]int
	wanted        int
	queue         []*turn
}

// turn is one that waits; came is closed when it has a slot.
type turn struct {
	tenant string
	came   chan struct{}
}

func newSlots(most int) *slots {
	return &slots{most: most, held: map[string]int{}, waiting: map[string]int{}}
}

// take waits for a slot until ctx ends, and then returns its error.
func (s *slots) take(ctx context.Context, tenant string) error {
	s.mu.Lock()
	if len(s.queue) == 0 && s.free(s.most, tenant) {
		s.grant(tenant)
		s.mu.Unlock()
		return nil
	}
	t := &turn{tenant, make(chan struct{})}
	s.queue = append(s.queue, t)
	s.count(tenant, 1)
	s.next() // those before it may have to wait where it does not
	s.mu.Unlock()
	select {
	case <-t.came:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if at := slices.Index(s.queue, t); at >= 0 {
		s.queue = slices.Delete(s.queue, at, at+1)
		s.count(tenant, -1)
		s.next()
		return ctx.Err()
	}
	return nil // it came at this moment
}

// takeBelow takes a slot while fewer than most are used, half of which are for one tenant
// at most while another one waits. It reports whether it did.
func (s *slots) takeBelow(most int, tenant string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.free(most, tenant) {
		return false
	}
	s.grant(tenant)
	return true
}

// wants counts those that come back to look for a slot.
func (s *slots) wants(tenant string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(tenant, n)
	s.next()
}

// give returns a slot.
func (s *slots) give(tenant string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used--
	if s.held[tenant]--; s.held[tenant] == 0 {
		delete(s.held, tenant)
	}
	s.next()
}

// busy is how many are used.
func (s *slots) busy() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used
}

func (s *slots) free(most int, tenant string) bool {
	others := s.wanted - s.waiting[tenant]
	return s.used < most && (others == 0 || s.held[tenant] < most/2)
}

func (s *slots) grant(tenant string) {
	s.used++
	s.held[tenant]++
}

func (s *slots) count(tenant string, n int) {
	s.wanted += n
	if s.waiting[tenant] += n; s.waiting[tenant] == 0 {
		delete(s.waiting, tenant)
	}
}

// next gives slots to whoever may have one.
func (s *slots) next() {
	for s.used < s.most {
		at := slices.IndexFunc(s.queue, func(t *turn) bool { return s.free(s.most, t.tenant) })
		if at < 0 {
			return
		}
		t := s.queue[at]
		s.queue = slices.Delete(s.queue, at, at+1)
		s.count(t.tenant, -1)
		s.grant(t.tenant)
		close(t.came)
	}
}
