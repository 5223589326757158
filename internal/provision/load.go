package provision

import (
	"context"
	"time"

	"zerotouch.example/internal/ztp"
)

// load reads who there is, and what has changed meanwhile. Until it is done the database
// is asked for every phone.
func (f *feed) load(ctx context.Context) error {
	f.turn <- struct{}{}
	defer func() { <-f.turn }()
	began := f.now()
	end, err := f.store.PhoneFeedEnd(ctx)
	if err != nil {
		return err
	}
	x := newIndex()
	for _, read := range []func(context.Context, *index) error{f.loadTokens, f.loadPhones, f.loadFormer} {
		if err := read(ctx, x); err != nil {
			return err
		}
	}
	f.next, f.again = end, nil
	f.toldAt.Store(&began)
	for i := range f.epochs {
		f.epochs[i].Add(1)
	}
	f.wide.Add(1)
	f.index.Store(x)
	if err := f.poll(ctx); err != nil {
		f.index.Store(nil)
		return err
	}
	f.log.Info("phones are known", "phones", len(x.phones), "accounts", len(x.accounts), "ms", f.now().Sub(began).Milliseconds())
	return nil
}

func (f *feed) loadTokens(ctx context.Context, x *index) error {
	for after := ""; ; {
		keys, err := f.store.TokenKeys(ctx, after, tokensPage)
		if err != nil || len(keys) == 0 {
			return err
		}
		x.putTokens(keys)
		after = keys[len(keys)-1].Hash
	}
}

func (f *feed) loadPhones(ctx context.Context, x *index) error {
	for after := (ztp.MAC{}); ; {
		keys, err := f.store.PhoneKeys(ctx, after, loadPage)
		if err != nil || len(keys) == 0 {
			return err
		}
		x.renewPhones(nil, keys, nil)
		after = keys[len(keys)-1].MAC
	}
}

func (f *feed) loadFormer(ctx context.Context, x *index) error {
	for after := (ztp.MAC{}); ; {
		macs, err := f.store.FormerPhones(ctx, after, changedPage)
		if err != nil || len(macs) == 0 {
			return err
		}
		keys, former, err := f.store.PhoneKeysOf(ctx, macs)
		if err != nil {
			return err
		}
		x.renewPhones(macs, keys, former)
		after = macs[len(macs)-1]
	}
}

// tick brings everything up to date.
func (f *feed) tick(ctx context.Context) {
	var err error
	if f.index.Load() == nil {
		err = f.load(ctx)
	} else {
		ctx, cancel := context.WithTimeout(ctx, catchUpTimeout)
		defer cancel()
		f.turn <- struct{}{}
		err = f.poll(ctx)
		<-f.turn
	}
	switch {
	case err != nil && ctx.Err() == nil && !f.silent:
		f.log.Warn("what has changed of phones is not known; those in memory are served", "err", err)
	case err == nil && f.silent:
		f.log.Info("what has changed of phones is known again")
	}
	if f.silent = err != nil; err == nil {
		f.prune(ctx)
	}
}

// prune forgets old changes; that several processes do it does no harm.
func (f *feed) prune(ctx context.Context) {
	now := f.now()
	if now.Sub(f.prunedAt) < pruneEvery {
		return
	}
	f.prunedAt = now
	for ctx.Err() == nil {
		n, err := f.store.PrunePhoneChanges(ctx, now.Add(-changesKept))
		if err != nil {
			f.log.Warn("old changes of phones are not removed", "err", err)
		}
		if err != nil || n == 0 {
			return
		}
	}
}

// run keeps what is in memory true until ctx ends.
func (f *feed) run(ctx context.Context) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		f.tick(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Known tells how many phones are registered as far as memory has it, -1 while it has not
// read them, and how long ago the database last told all changes.
func (h *Handler) Known() (phones int, behind time.Duration) {
	f := h.s.feed
	x := f.index.Load()
	if x == nil {
		return -1, 0
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.phones), f.silentFor()
}
