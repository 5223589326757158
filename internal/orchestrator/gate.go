package orchestrator

import (
	"sync"
	"time"

	"zerotouch.example/internal/ztp"
)

// gates keeps, per link, which of this process's calls are in flight with its key.
// Who may work on the keys is decided by ztp.OperationStore.ClaimOperation.
type gates struct {
	mu sync.Mutex
	m  map[string]*gate
}

// gate guards one link. use is held shared while a call with the link's key is
// in flight, so that taking it exclusively means that all of them have ended.
type gate struct{ use sync.RWMutex }

func (g *gates) of(p ztp.PlatformID, v ztp.VendorName) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.m == nil {
		g.m = map[string]*gate{}
	}
	k := string(p) + "/" + string(v)
	if g.m[k] == nil {
		g.m[k] = &gate{}
	}
	return g.m[k]
}

// drain returns when every call that was in flight with the link's key has ended.
// Calls are bounded by their own time limit, so this is too.
func (g *gate) drain() {
	g.use.Lock()
	//lint:ignore SA2001 only the moment without users matters
	g.use.Unlock()
}

// uses knows since when the keys of links, of any of them, are in use here. Other
// processes are told one time: what began before it has ended.
type uses struct {
	mu    sync.Mutex
	last  uint64
	began map[uint64]time.Time
}

// begin notes a use, before it is read which key is in force.
func (u *uses) begin(now time.Time) (end func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.began == nil {
		u.began = map[uint64]time.Time{}
	}
	u.last++
	n := u.last
	u.began[n] = now
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		delete(u.began, n)
	}
}

// settled is the time before which every use that had begun has ended. now was
// read before the call.
func (u *uses) settled(now time.Time) time.Time {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, at := range u.began {
		if at.Before(now) {
			now = at
		}
	}
	return now
}
