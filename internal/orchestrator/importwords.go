package orchestrator

import (
	"context"
	"time"
)

// wordsBeside puts in the words of phones that are taken while the next ones are.
type wordsBeside struct {
	r      *run
	put    func() (more bool, err error)
	end    func()
	phones int
	done   chan struct{} // nil when none are being put in
	more   bool
	err    error
}

func (r *run) putWordsBeside(ctx context.Context) *wordsBeside {
	ctx, cancel := context.WithCancel(ctx)
	b := &wordsBeside{r: r, put: func() (bool, error) { return r.o.cfg.Store.PutWords(ctx, r.op.Platform, r.op.ID) }}
	b.end = func() {
		cancel()
		if b.done != nil {
			<-b.done
		}
	}
	return b
}

// after is told that so many phones more are saved.
func (b *wordsBeside) after(ctx context.Context, phones int) error {
	if b.phones += phones; b.phones < b.r.o.cfg.ImportWords {
		return nil
	}
	b.phones = 0
	err := b.wait(ctx)
	if err == nil {
		b.start()
	}
	return err
}

func (b *wordsBeside) start() {
	done := make(chan struct{})
	b.done = done
	go func() {
		defer close(done)
		b.more, b.err = b.put()
	}()
}

// wordsTick is how often who waits for words looks whether it has to stop, or to show that
// it is alive: on a busy machine the words of so many phones take longer than the lease.
const wordsTick = time.Second

// wait is for the words that are being put in.
func (b *wordsBeside) wait(ctx context.Context) error {
	if b.done == nil {
		return nil
	}
	tick := time.NewTicker(wordsTick)
	defer tick.Stop()
	for {
		select {
		case <-b.done:
			b.done = nil
			if b.err != nil {
				return &storeError{b.err}
			}
			return nil
		case <-tick.C:
		}
		if err := b.r.alive(ctx); err != nil {
			return err
		}
	}
}

// alive renews the lease when half of it is over, unless the operation has to stop.
func (r *run) alive(ctx context.Context) error {
	if r.stopping() {
		return errStopped
	}
	if r.leaseEnd.Sub(r.o.now()) < r.o.cfg.Lease/2 {
		return r.commit(ctx, nil)
	}
	return nil
}

// putWords lets all phones of the import be found by name and word. A kill before that
// leaves it to the run that goes on, or to the schedule when none does.
func (r *run) putWords(ctx context.Context) error {
	words := r.putWordsBeside(ctx)
	defer words.end()
	for words.more = true; words.more; {
		if err := r.alive(ctx); err != nil {
			return err
		}
		words.start()
		if err := words.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}
