package provision

import (
	"context"
	"errors"
	"hash/fnv"
	"log/slog"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

const (
	// pollEvery is how often changes of other processes are asked for, and so how long what
	// one of them changes may not be known here. This process's own are known at once.
	pollEvery = time.Second
	// freshFor is how long what is in memory counts after the database has last told
	// everything; whoever comes later has the database asked.
	freshFor = 5 * time.Second
	// staleFor is how long phones that are known are served while the database is away.
	staleFor = time.Hour
	// pollTimeout bounds how long a phone waits for changes; a phone that is not known to be
	// up to date until then is looked up.
	pollTimeout = time.Second
	// catchUpTimeout bounds a poll that no phone waits for.
	catchUpTimeout = 30 * time.Second
	// changesKept is how long changes are kept for those who have not heard of them. Whoever
	// has not asked for reloadAfter, or meets mostChanges, reads everything anew.
	changesKept = 20 * time.Minute
	reloadAfter = 15 * time.Minute
	mostChanges = 50_000
	pruneEvery  = time.Minute
	loadPage    = 10_000
	changedPage = 1000
	tokensPage  = 1000
)

// standing is how far what is in memory can be gone by.
type standing int

const (
	// absent: the database is asked for everything.
	absent standing = iota
	// fresh: memory has all that is committed.
	fresh
	// away: the database does not answer; memory has what was committed a while ago.
	away
)

// feed keeps the index true, and tells what in memory has changed.
type feed struct {
	store Store
	now   func() time.Time
	log   *slog.Logger
	// patience is pollTimeout, but in tests.
	patience time.Duration

	// index is nil until it is complete.
	index atomic.Pointer[index]
	// epochs grow with each change of a thing that falls into one: what is remembered of
	// something holds as long as its epochs are those of before it was read.
	epochs [1 << 12]atomic.Uint32
	// told counts changes, wide those that are of more than one phone.
	told, wide atomic.Uint64
	// heard is up to which commit of this process changes are in, toldAt when the database
	// last told everything, failedAt when it last did not.
	heard            atomic.Uint64
	toldAt, failedAt atomic.Pointer[time.Time]
	// turn is held by whoever changes what is below.
	turn chan struct{}
	next int64
	// again are changes after next that have been dealt with.
	again    map[ztp.PhoneChange]struct{}
	prunedAt time.Time
	// silent: it was said that the database does not answer.
	silent bool
}

func newFeed(store Store, now func() time.Time, log *slog.Logger) *feed {
	f := &feed{store: store, now: now, log: log, patience: pollTimeout, turn: make(chan struct{}, 1)}
	f.toldAt.Store(new(time.Time))
	f.failedAt.Store(new(time.Time))
	return f
}

// errTooMany: there are more changes than are worth being looked at one by one.
var errTooMany = errors.New("too many changes")

func (f *feed) silentFor() time.Duration { return f.now().Sub(*f.toldAt.Load()) }

// current reports whether so many commits of this process are in, and others' of late.
func (f *feed) current(commits uint64) bool {
	return f.index.Load() != nil && f.heard.Load() >= commits && f.silentFor() < freshFor
}

// failing: the database did not answer when it was last asked.
func (f *feed) failing() bool { return f.failedAt.Load().After(*f.toldAt.Load()) }

// standing asks for changes when there may be some that this process has made before.
// Once the database has not answered, Run asks alone until it does.
func (f *feed) standing(ctx context.Context) (standing, *index) {
	commits := f.store.Commits()
	if !f.current(commits) && !f.failing() && f.index.Load() != nil {
		f.catchUp(ctx, commits)
	}
	switch x := f.index.Load(); {
	case x == nil:
		return absent, nil
	case f.current(commits):
		return fresh, x
	case f.failing() && f.silentFor() < staleFor:
		return away, x
	}
	return absent, nil
}

// catchUp polls unless somebody has meanwhile, or does not let go of the turn.
func (f *feed) catchUp(ctx context.Context, commits uint64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), f.patience) // it is for others too
	defer cancel()
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-f.turn }()
	if !f.current(commits) && !f.failing() {
		_ = f.poll(ctx) // Run tells of it
	}
}

// poll takes in what has changed. The caller has the turn.
func (f *feed) poll(ctx context.Context) error {
	began, commits := f.now(), f.store.Commits()
	err := f.take(ctx)
	if err != nil {
		f.failedAt.Store(new(f.now()))
		return err
	}
	f.heard.Store(commits)
	f.toldAt.Store(&began)
	return nil
}

func (f *feed) take(ctx context.Context) error {
	first, cancel := context.WithTimeout(ctx, f.patience)
	defer cancel()
	end, err := f.store.PhoneFeedEnd(first)
	if err != nil {
		return err
	}
	changes, err := f.store.PhoneChanges(ctx, f.next, mostChanges)
	if err == nil && (len(changes) == mostChanges || f.silentFor() > reloadAfter) {
		f.index.Store(nil) // Run reads everything anew
		return errTooMany
	}
	if err != nil {
		return err
	}
	again := map[ztp.PhoneChange]struct{}{}
	var news []ztp.SettingScope
	for _, c := range changes {
		if _, known := f.again[c]; !known {
			news = append(news, c.What)
		}
		if c.At >= end {
			again[c] = struct{}{}
		}
	}
	if err := f.apply(ctx, news); err != nil {
		return err
	}
	f.next, f.again = end, again
	return nil
}

// apply brings the index up to date, and lets what is remembered of the things go.
func (f *feed) apply(ctx context.Context, changed []ztp.SettingScope) error {
	x, seen := f.index.Load(), map[ztp.SettingScope]bool{}
	var macs []ztp.MAC
	for _, c := range changed {
		if seen[c] {
			continue
		}
		seen[c] = true
		f.epoch(c).Add(1)
		if f.told.Add(1); c.MAC.IsZero() {
			f.wide.Add(1)
		}
		switch c.Layer() {
		case ztp.LayerEndpoint:
			macs = append(macs, c.MAC)
		case ztp.LayerAccount, ztp.LayerPlatform:
			keys, err := f.store.TokenKeysOf(ctx, c.Platform, c.Account)
			if err != nil {
				return err
			}
			x.renewTokens(c.Platform, c.Account, keys)
		}
	}
	for len(macs) > 0 {
		n := min(len(macs), changedPage)
		keys, former, err := f.store.PhoneKeysOf(ctx, macs[:n])
		if err != nil {
			return err
		}
		x.renewPhones(macs[:n], keys, former)
		macs = macs[n:]
	}
	return nil
}

// epoch is that of a thing; of a phone it is the same on every platform.
func (f *feed) epoch(s ztp.SettingScope) *atomic.Uint32 {
	h := fnv.New32a()
	if s.MAC.IsZero() {
		_, _ = h.Write([]byte(s.Platform))
		_, _ = h.Write([]byte("/" + s.Account))
	} else {
		_, _ = h.Write(s.MAC[:])
	}
	return &f.epochs[h.Sum32()%uint32(len(f.epochs))]
}

// epochs are those of some things at one time.
type epochs struct {
	of [4]*atomic.Uint32
	at [4]uint32
}

// epochsOf is taken before anything of the things is read.
func (f *feed) epochsOf(things ...ztp.SettingScope) (e epochs) {
	for i, s := range things {
		e.of[i] = f.epoch(s)
		e.at[i] = e.of[i].Load()
	}
	return e
}

// hold reports whether nothing has changed since.
func (e *epochs) hold() bool {
	for i, of := range e.of {
		if of != nil && of.Load() != e.at[i] {
			return false
		}
	}
	return true
}
