package pace

import (
	"context"
	"sync"

	"zerotouch.example/internal/ztp"
)

// turns lets one call of the operations for many have a place at a time, the platforms
// one after the other. Whoever waits for no turn takes the next place at once, so that
// one phone waits for one call of the fifty thousand, and not for all that are on hand.
type turns struct {
	mu      sync.Mutex
	taken   bool
	waiting map[ztp.PlatformID][]chan struct{}
	order   []ztp.PlatformID // of those that have any waiting
}

// take returns when it is the platform's turn, and what ends it.
func (t *turns) take(ctx context.Context, p ztp.PlatformID) (leave func(), err error) {
	t.mu.Lock()
	if !t.taken {
		t.taken = true
		t.mu.Unlock()
		return t.leave, nil
	}
	if t.waiting == nil {
		t.waiting = map[ztp.PlatformID][]chan struct{}{}
	}
	mine := make(chan struct{}, 1)
	if len(t.waiting[p]) == 0 {
		t.order = append(t.order, p)
	}
	t.waiting[p] = append(t.waiting[p], mine)
	t.mu.Unlock()
	select {
	case <-mine:
		return t.leave, nil
	case <-ctx.Done():
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(mine) > 0 { // it came at the same moment
		t.next()
	} else {
		t.remove(p, mine)
	}
	return nil, ctx.Err()
}

func (t *turns) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.next()
}

// next gives the turn to the first platform in order, which goes to the end of it.
func (t *turns) next() {
	if len(t.order) == 0 {
		t.taken = false
		return
	}
	p := t.order[0]
	mine := t.waiting[p][0]
	t.order = t.order[1:]
	if t.waiting[p] = t.waiting[p][1:]; len(t.waiting[p]) == 0 {
		delete(t.waiting, p)
	} else {
		t.order = append(t.order, p)
	}
	mine <- struct{}{}
}

// remove takes somebody who has given up out of the queue.
func (t *turns) remove(p ztp.PlatformID, mine chan struct{}) {
	left := t.waiting[p][:0]
	for _, c := range t.waiting[p] {
		if c != mine {
			left = append(left, c)
		}
	}
	if t.waiting[p] = left; len(left) > 0 {
		return
	}
	delete(t.waiting, p)
	for i, q := range t.order {
		if q == p {
			t.order = append(t.order[:i:i], t.order[i+1:]...)
			return
		}
	}
}
