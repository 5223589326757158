package orchestrator

import (
	"context"
	"sync"
)

// wordsBeside puts in the words of phones that are taken while the next ones are.
type wordsBeside struct {
	each    int
	put     func() error
	end     func()
	phones  int
	running sync.WaitGroup
	err     error
}

func (r *run) putWordsBeside(ctx context.Context) *wordsBeside {
	ctx, cancel := context.WithCancel(ctx)
	b := &wordsBeside{each: r.o.cfg.ImportWords}
	b.put = func() error {
		_, err := r.o.cfg.Store.PutWords(ctx, r.op.Platform, r.op.ID)
		return err
	}
	b.end = func() {
		cancel()
		b.running.Wait()
	}
	return b
}

// after is told that so many phones more are saved.
func (b *wordsBeside) after(phones int) error {
	if b.phones += phones; b.phones < b.each {
		return nil
	}
	b.phones = 0
	err := b.wait()
	if err == nil {
		b.running.Go(func() { b.err = b.put() })
	}
	return err
}

// wait is for the words that are being put in.
func (b *wordsBeside) wait() error {
	b.running.Wait()
	return b.err
}

// putWords lets all phones of the import be found by name and word. A kill before that
// leaves it to the run that goes on, or to the schedule when none does.
func (r *run) putWords(ctx context.Context) error {
	for more := true; more; {
		if r.stopping() {
			return errStopped
		}
		if r.leaseEnd.Sub(r.o.now()) < r.o.cfg.Lease*3/4 {
			if err := r.commit(ctx, nil); err != nil {
				return err
			}
		}
		var err error
		if more, err = r.o.cfg.Store.PutWords(ctx, r.op.Platform, r.op.ID); err != nil {
			return &storeError{err}
		}
	}
	return nil
}
