package sqlstore

import (
	"context"
	"sync"
	"time"
)

// time asks the database's clock, which leases and due times go by, in milliseconds.
func (s *Store) time(ctx context.Context) (int64, error) {
	if s.clock != nil {
		return s.clock().UnixMilli(), nil
	}
	now, err := s.dialect.now(ctx, s.reader())
	if err == nil && s.elsewhere != nil {
		s.elsewhere.heard(time.UnixMilli(now))
	}
	return now, err
}

// Now is the database's clock without asking it, for everything that is compared
// with times in the database. It never runs ahead of it, and this machine's own
// clock, which may be wrong and may jump, has no part in it.
func (s *shared) Now() time.Time {
	switch {
	case s.clock != nil:
		return s.clock()
	case s.elsewhere != nil:
		return s.elsewhere.now()
	}
	return time.Now()
}

// distantClock is the clock of another machine: what it last said, and what has
// passed here since.
type distantClock struct {
	mu    sync.Mutex
	said  time.Time
	since time.Time // holds the monotonic clock
}

// stepped is how far the other clock may fall behind what we take it for without
// having been set back: answers take longer at times.
const stepped = 5 * time.Second

// heard takes note of what the other clock said just now. It was true when it was
// said, so of two answers the one that leads to the later time is the better one.
func (c *distantClock) heard(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if behind := c.at().Sub(at); c.since.IsZero() || behind < 0 || behind > stepped {
		c.said, c.since = at, time.Now()
	}
}

func (c *distantClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at()
}

func (c *distantClock) at() time.Time { return c.said.Add(time.Since(c.since)) }
