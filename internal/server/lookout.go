package server

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"zerotouch.example/internal/ztp"
)

// lookEvery is how long after a renewal of files what they held before may still be
// used.
const lookEvery = 10 * time.Second

// lookout reads files again from time to time, when somebody needs what is in them.
// While they cannot be used, what was read before stays, and that is told once.
type lookout struct {
	listener, what string
	now            func() time.Time
	log            *slog.Logger
	load           func() error

	reading sync.Mutex
	looked  atomic.Int64 // in Unix nanoseconds
	trouble atomic.Pointer[ztp.FileTrouble]
}

// look reads the files again when that is due. Whoever comes while another one reads
// goes on with what there is.
func (l *lookout) look() {
	now := l.now()
	if now.UnixNano()-l.looked.Load() < int64(lookEvery) || !l.reading.TryLock() {
		return
	}
	defer l.reading.Unlock()
	l.looked.Store(now.UnixNano())
	err := l.load()
	before := l.trouble.Load()
	switch {
	case err == nil:
		l.trouble.Store(nil)
	case before == nil || before.Detail != err.Error():
		l.log.Error(l.what+" cannot be used, the earlier ones stay", "listener", l.listener, "err", err)
		t := &ztp.FileTrouble{Listener: l.listener, Detail: err.Error(), Since: now}
		if before != nil {
			t.Since = before.Since
		}
		l.trouble.Store(t)
	}
}

// first reads them for the first time, when they have to be good.
func (l *lookout) first() error {
	l.looked.Store(l.now().UnixNano())
	return l.load()
}
