package provision

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// flushEvery is how often what came is written down, and notesKept how many phones
	// that are not ours are noted between: no request of one costs a write.
	flushEvery = 5 * time.Second
	notesKept  = 1000
	// notedFor is how exactly it is kept when such a phone or token last came.
	notedFor     = 10 * time.Minute
	tokenNoteFor = time.Hour
	// touchesKept is of how many phones a fetch is noted at once, and touchPage how many are
	// written in one go.
	touchesKept = 100_000
	touchPage   = 1000
)

type place struct {
	platform ztp.PlatformID
	mac      ztp.MAC
}

type usedToken struct {
	platform ztp.PlatformID
	account  ztp.AccountID
	id       string
}

// notes are what is written down later: phones that nobody has registered, and tokens
// that phones have come by. A crash loses a few seconds of them.
type notes struct {
	mu        sync.Mutex
	unclaimed map[place]ztp.UnclaimedPhone
	tokens    map[usedToken]time.Time
	// touches are the latest fetches by the second: it is one statement for all of one.
	touches map[time.Time]map[ztp.FetchedPhone]struct{}
	// noted, used and touched are those of a short while ago.
	noted   *memory[place]
	used    *memory[usedToken]
	touched *memory[ztp.FetchedPhone]
}

func newNotes() *notes {
	return &notes{
		unclaimed: map[place]ztp.UnclaimedPhone{}, tokens: map[usedToken]time.Time{},
		touches: map[time.Time]map[ztp.FetchedPhone]struct{}{}, touched: newMemory[ztp.FetchedPhone](touchEvery, touchesKept),
		noted: newMemory[place](notedFor, 10*notesKept), used: newMemory[usedToken](tokenNoteFor, 100_000),
	}
}

func (n *notes) phone(u ztp.UnclaimedPhone) {
	k := place{u.Platform, u.MAC}
	if _, known := n.noted.age(k, u.LastAt); known {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, there := n.unclaimed[k]; there || len(n.unclaimed) < notesKept {
		n.unclaimed[k] = u
	}
}

func (n *notes) token(t usedToken, now time.Time) {
	if _, known := n.used.age(t, now); known {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tokens[t] = now
}

func (n *notes) touch(f ztp.FetchedPhone, now time.Time) {
	if _, known := n.touched.age(f, now); known {
		return
	}
	n.touched.put(f, now)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.addTouch(f, now.Truncate(time.Second))
}

func (n *notes) addTouch(f ztp.FetchedPhone, second time.Time) {
	if n.touches[second] == nil {
		n.touches[second] = map[ztp.FetchedPhone]struct{}{}
	}
	n.touches[second][f] = struct{}{}
}

// Flush writes down what was noted. After an error all of it is noted still.
func (h *Handler) Flush(ctx context.Context) error {
	n := h.s.notes
	n.mu.Lock()
	unclaimed, tokens, touches := n.unclaimed, n.tokens, n.touches
	n.unclaimed, n.tokens, n.touches = map[place]ztp.UnclaimedPhone{}, map[usedToken]time.Time{}, map[time.Time]map[ztp.FetchedPhone]struct{}{}
	n.mu.Unlock()
	err := h.writeDown(ctx, unclaimed, tokens)
	if err == nil {
		err = h.writeTouches(ctx, touches)
	}
	if err != nil {
		n.again(unclaimed, tokens, touches)
	}
	return errors.Join(err, h.writeFetches(ctx))
}

func (h *Handler) writeTouches(ctx context.Context, touches map[time.Time]map[ztp.FetchedPhone]struct{}) error {
	for second, phones := range touches {
		for page := range slices.Chunk(slices.Collect(maps.Keys(phones)), touchPage) {
			if err := h.s.cfg.Store.TouchEndpoints(ctx, page, second); err != nil {
				return err
			}
		}
		delete(touches, second)
	}
	return nil
}

// writeDown takes out of the notes what it has written.
func (h *Handler) writeDown(ctx context.Context, unclaimed map[place]ztp.UnclaimedPhone, tokens map[usedToken]time.Time) error {
	if len(unclaimed) > 0 {
		if err := h.s.cfg.Store.NoteUnclaimed(ctx, slices.Collect(maps.Values(unclaimed))); err != nil {
			return err
		}
	}
	for k, u := range unclaimed {
		h.s.notes.noted.put(k, u.LastAt)
		delete(unclaimed, k)
	}
	for t, at := range tokens {
		if err := h.s.cfg.Store.TouchAccountToken(ctx, t.platform, t.account, t.id, at); err != nil {
			return err
		}
		h.s.notes.used.put(t, at)
		delete(tokens, t)
	}
	return nil
}

// again notes what could not be written; what was noted meanwhile is newer.
func (n *notes) again(unclaimed map[place]ztp.UnclaimedPhone, tokens map[usedToken]time.Time, touches map[time.Time]map[ztp.FetchedPhone]struct{}) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for k, u := range unclaimed {
		if _, there := n.unclaimed[k]; !there && len(n.unclaimed) < notesKept {
			n.unclaimed[k] = u
		}
	}
	for t, at := range tokens {
		if _, there := n.tokens[t]; !there {
			n.tokens[t] = at
		}
	}
	kept := 0
	for second, phones := range touches {
		for f := range phones {
			if kept++; kept <= touchesKept { // the database may be away for long
				n.addTouch(f, second)
			}
		}
	}
}

// Run writes down what is noted, and keeps what is in memory true, until ctx ends.
func (h *Handler) Run(ctx context.Context) {
	var beside sync.WaitGroup
	beside.Go(func() { h.s.feed.run(ctx) })
	beside.Go(func() { h.s.remember(ctx) })
	defer beside.Wait()
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		h.Look(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupTimeout)
			defer cancel()
			h.flushed(last)
			return
		}
		h.flushed(ctx)
	}
}

// Look asks whether an older process is alive. What was known stays while that can't be told.
func (h *Handler) Look(ctx context.Context) {
	if h.s.cfg.Older == nil {
		return
	}
	older, err := h.s.cfg.Older(ctx)
	if err != nil {
		return
	}
	h.s.early.Store(older)
}

func (h *Handler) flushed(ctx context.Context) {
	if err := h.Flush(ctx); err != nil && ctx.Err() == nil {
		h.s.cfg.Log.Warn("what phones came is not recorded", "err", err)
	}
}
