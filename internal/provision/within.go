package provision

import (
	"context"
	"sync"
	"time"
)

// within is a context that ends after a time, which it counts from when somebody first
// waits for its end, as whoever asks the database does: most phones are answered from
// memory, and need no timer. Its end has to be called.
type within struct {
	context.Context
	time time.Duration

	mu     sync.Mutex
	waited context.Context // nil until somebody waits
	cancel context.CancelFunc
	ended  bool
}

func newWithin(ctx context.Context, d time.Duration) *within { return &within{Context: ctx, time: d} }

// inner is the context that somebody waits for.
func (w *within) inner() context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waited == nil {
		w.waited, w.cancel = context.WithTimeout(w.Context, w.time)
		if w.ended {
			w.cancel()
		}
	}
	return w.waited
}

func (w *within) Deadline() (time.Time, bool) { return w.inner().Deadline() }
func (w *within) Done() <-chan struct{}       { return w.inner().Done() }
func (w *within) Err() error                  { return w.inner().Err() }

// Value is the inner context's once there is one: contexts that are made of this one find
// there whose end is theirs.
func (w *within) Value(key any) any {
	w.mu.Lock()
	inner := w.waited
	w.mu.Unlock()
	if inner != nil {
		return inner.Value(key)
	}
	return w.Context.Value(key)
}

// end frees what it holds.
func (w *within) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	if w.cancel != nil {
		w.cancel()
	}
}
